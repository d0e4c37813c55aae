"""`mxaudit spf tree` and `mxaudit spf plan`, over a resolver of our own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.command import Done, mxaudit
from tests.cli.served import served

ZONE = (
    r"""
shop.example. TXT "v=spf1 mx include:_spf.google.com include:sendgrid.net include:dead.example a:gone.shop.example -all"
shop.example. MX 10 mx.shop.example.
mx.shop.example. A 192.0.2.25
_spf.google.com. TXT "v=spf1 include:_netblocks.google.com ip6:2001:4860:4000::/36 ~all"
_netblocks.google.com. TXT "v=spf1 ip4:35.190.247.0/24 ip4:64.233.160.0/19 ip4:66.102.0.0/20 ip4:66.249.80.0/20 ~all"
sendgrid.net. TXT "v=spf1 ip4:167.89.0.0/17 ~all"
dead.example. SERVFAIL
ten.example. TXT "v=spf1 include:i0.t.example include:i1.t.example include:i2.t.example include:i3.t.example -all"
i0.t.example. TXT "v=spf1 exists:a.%{d} exists:b.%{d} -all"
i1.t.example. TXT "v=spf1 exists:a.%{d} exists:b.%{d} -all"
i2.t.example. TXT "v=spf1 exists:a.%{d} ip4:192.0.2.0/24 -all"
i3.t.example. TXT "v=spf1 ip4:198.51.100.0/24 -all"
two.example. TXT "v=spf1 mx -all"
two.example. TXT "v=spf1 a -all"
late.example. TXT "v=spf1 ip4:192.0.2.0/24 foo:bar -all"
crowd.example. TXT "v=spf1 mx -all"
"""
    + "".join(f"crowd.example. MX {n} m{n}.crowd.example.\n" for n in range(11))
    + r"""
leads.example. TXT "v=spf1 include:two.example -all"
near.example. TXT "v=spf1-all"
wide.example. TXT "v=spf1 ip4:192.0.2.1 include:gone.example +all"
by.example. TXT "v=spf1 include:bare.example -all"
bare.example. TXT "v=spf1 +all"
deep.example. TXT "v=spf1 include:a.deep.example -all"
a.deep.example. TXT "v=spf1 include:a.a.deep.example -all"
a.a.deep.example. TXT "v=spf1 include:a.a.a.deep.example -all"
a.a.a.deep.example. TXT "v=spf1 include:a.a.a.a.deep.example -all"
a.a.a.a.deep.example. TXT "v=spf1 include:a.a.a.a.a.deep.example -all"
a.a.a.a.a.deep.example. TXT "v=spf1 include:a.a.a.a.a.a.deep.example -all"
a.a.a.a.a.a.deep.example. TXT "v=spf1 ip4:192.0.2.0/24 -all"
round.example. TXT "v=spf1 include:round.example -all"
odd.example. TXT "v=spf1 include:\027[31mred.example exp=\226\128\174x -all"
"""
)


@pytest.fixture(scope="module")
def nameserver() -> Iterator[str]:
    with served(ZONE) as address:
        yield address


def tree(nameserver: str, *arguments: str) -> Done:
    return mxaudit("spf", "tree", *arguments, "--nameserver", nameserver)


def plan(nameserver: str, *arguments: str) -> Done:
    return mxaudit("spf", "plan", *arguments, "--nameserver", nameserver)


def as_json(done: Done) -> Any:
    return json.loads(done.out)


DRAWN = """\
v=spf1 mx include:_spf.google.com include:sendgrid.net include:dead.example a:gone.shop.example -all
shop.example                          cost  so far
├─ mx                                    1       1
├─ include:_spf.google.com               2       3  Google Workspace and Gmail; 4 IPv4 networks, 1 IPv6 network
│  ├─ include:_netblocks.google.com      1       3  4 IPv4 networks
│  │  ├─ ip4 × 4
│  │  └─ ~all
│  ├─ ip6:2001:4860:4000::/36
│  └─ ~all
├─ include:sendgrid.net                  1       4  Twilio SendGrid; 1 IPv4 network
│  ├─ ip4:167.89.0.0/17
│  └─ ~all
├─ include:dead.example                 1+      5+  The resolver could not get an answer (SERVFAIL).
├─ a:gone.shop.example                   1      6+  it finds nothing
└─ -all

At worst 6 or more DNS lookups of 10, 1 or more in vain of 2. The resolver could not get an answer (SERVFAIL).
Can go: a:gone.shop.example (it finds nothing).
"""


def test_a_record_is_drawn(nameserver: str) -> None:
    done = tree(nameserver, "shop.example")
    assert done.out.decode() == DRAWN
    assert (done.code, done.err) == (0, "")


NARROW = """\
v=spf1 mx include:_spf.google.com
  include:sendgrid.net
  include:dead.example
  a:gone.shop.example -all
shop.example
├ mx
│   1 lookup, 1 so far
├ include:_spf.google.com
│ │ 2 lookups, 3 so far; Google
│ │ Workspace and Gmail; 4 IPv4
│ │ networks, 1 IPv6 network
│ ├ include:_netblocks.google.com
│ │ │ 1 lookup, 3 so far; 4 IPv4
│ │ │ networks
│ │ ├ ip4 × 4
│ │ └ ~all
│ ├ ip6:2001:4860:4000::/36
│ └ ~all
"""


def test_a_record_is_drawn_in_a_narrow_terminal(nameserver: str) -> None:
    done = mxaudit("spf", "tree", "shop.example", "--nameserver", nameserver, columns=40)
    assert done.out.decode().startswith(NARROW)


BESIDE = """\
├─ include:_spf.google.com               2       3  Google Workspace and
│  │                                                Gmail; 4 IPv4 networks,
│  │                                                1 IPv6 network
│  ├─ include:_netblocks.google.com      1       3  4 IPv4 networks
"""


def test_a_term_that_is_too_long_begins_beside_its_branch(nameserver: str) -> None:
    lines = mxaudit("spf", "tree", "deep.example", "--nameserver", nameserver, columns=40).out.decode().splitlines()
    assert "│ │ │ │ │ ├ include:a.a.a.a.a.a.deep.exa" in lines
    assert "│ │ │ │ │ │ │ mple" in lines


def test_what_is_beside_a_term_is_folded_there(nameserver: str) -> None:
    done = mxaudit("spf", "tree", "shop.example", "--nameserver", nameserver, columns=76)
    assert BESIDE in done.out.decode()


WAYS = (
    "--add",
    "include:sendgrid.net",
    "--add",
    "include:_netblocks.google.com",
    "--add",
    "a:" + "x" * 60 + ".example",
)
NARROWEST = 40


@pytest.mark.parametrize("columns", [NARROWEST, 60, 80, 140])
@pytest.mark.parametrize(
    "arguments",
    [
        *(
            (command, domain)
            for command in ("tree", "plan")
            for domain in (
                "shop",
                "ten",
                "two",
                "late",
                "crowd",
                "leads",
                "near",
                "wide",
                "by",
                "odd",
                "dead",
                "deep",
                "round",
            )
        ),
        ("plan", "ten", *WAYS),
        ("plan", "ten", *WAYS, "--remove", "include:i0.t.example"),
        ("plan", "wide", "--remove", "include:gone.example"),
    ],
    ids=" ".join,
)
def test_only_records_to_paste_are_wider_than_the_terminal(
    nameserver: str, arguments: tuple[str, ...], columns: int
) -> None:
    command, domain, *rest = arguments
    done = mxaudit("spf", command, f"{domain}.example", *rest, "--nameserver", nameserver, columns=columns)
    lines = done.out.decode().splitlines()
    assert not [line for line in lines if len(line) > columns and " IN TXT " not in line]
    assert lines or done.err


def test_a_record_as_data(nameserver: str) -> None:
    found = as_json(tree(nameserver, "SHOP.example.", "--json"))
    assert found["domain"] == "shop.example"
    assert found["lookups"] == {"at_least": 6, "exact": False}
    assert found["spare"] == [{"term": "a:gone.shop.example", "why": "it finds nothing"}]
    google = found["terms"][1]
    assert google["provider"] == "Google Workspace and Gmail"
    assert google["networks"] == {"ipv4": 4, "ipv6": 1, "ipv4_addresses": 16640, "whole": True}
    assert google["terms"][0]["total"] == {"at_least": 3, "exact": True}
    assert found["terms"][3]["unknown"].endswith("(SERVFAIL).")


@pytest.mark.parametrize(
    ("domain", "code", "line"),
    [
        ("nothing.example", 0, "nothing.example has no SPF record."),
        ("two.example", 0, "two.example has 2 SPF records: receivers use none of them."),
        (
            "dead.example",
            3,
            "dead.example: the SPF record is not known. The resolver could not get an answer (SERVFAIL).",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said(nameserver: str, domain: str, code: int, line: str) -> None:
    done = tree(nameserver, domain)
    assert (done.code, done.out.decode().splitlines()[0]) == (code, line)
    data = as_json(tree(nameserver, domain, "--json"))
    assert data["domain"] == domain


def test_what_nearly_is_a_record_is_told(nameserver: str) -> None:
    lines = tree(nameserver, "near.example").out.decode().splitlines()
    assert lines == [
        "near.example has no SPF record.",
        "“v=spf1-all” is no SPF record: no space follows the version. Perhaps it was to be: v=spf1 -all",
    ]
    assert as_json(tree(nameserver, "near.example", "--json"))["nearly"] == [
        {"shown": "v=spf1-all", "fault": "no space follows the version", "meant": "v=spf1 -all"}
    ]


def test_what_a_zone_says_moves_no_cursor(nameserver: str) -> None:
    for done in (tree(nameserver, "odd.example"), tree(nameserver, "odd.example", "--json")):
        text = done.out.decode()
        assert not [c for c in text if c != "\n" and not c.isprintable()]
        assert "\\x1b[31mred" in text.replace("\\\\", "\\")


@pytest.mark.parametrize("command", ["tree", "plan"])
@pytest.mark.parametrize("domain", ["foo bar", "192.0.2.1", "", "a@b.example"])
def test_what_is_no_domain_is_a_mistake(command: str, domain: str) -> None:
    done = mxaudit("spf", command, domain)
    assert done.code == 2
    assert len(done.sentences) == 1


def test_a_plan_that_fits(nameserver: str) -> None:
    done = plan(nameserver, "ten.example", "--add", "ip4:203.0.113.9")
    text = done.out.decode()
    assert done.code == 0
    assert text.splitlines()[1:3] == [
        "before             9 of 10    0 or more of 2      95",
        "after              9 of 10    0 or more of 2     111",
    ]
    assert text.splitlines()[-1].startswith('ten.example. 3600 IN TXT "v=spf1 include:i0.t.example')
    assert "ip4:203.0.113.9 -all" in text


def test_a_plan_that_does_not_fit(nameserver: str) -> None:
    done = plan(
        nameserver, "ten.example", "--add", "include:sendgrid.net", "--add", "include:_netblocks.google.com", "--json"
    )
    found = as_json(done)
    assert done.code == 1
    assert found["before"]["lookups"] == {"at_least": 9, "exact": True}
    assert found["after"]["lookups"] == {"at_least": 11, "exact": True}
    assert found["after"]["out_of_reach"] == ["include:_netblocks.google.com"]
    assert [c["remove"] for c in found["cheapest"]["changes"]] == ["include:sendgrid.net"]
    assert found["cheapest"]["lookups"]["at_least"] == 10
    assert len(found["cheapest"]["publish"]) == 1
    prices = [way["price"] for way in found["ways"]]
    assert prices == sorted(prices, key=prices.index)
    assert "the networks are copied" in prices[-1]


def test_a_plan_closes_what_would_be_open(nameserver: str) -> None:
    done = plan(nameserver, "wide.example", "--remove", "include:gone.example")
    text = done.out.decode()
    assert done.code == 0
    assert "So it is closed here." in text
    assert text.splitlines()[-1] == 'wide.example. 3600 IN TXT "v=spf1 ip4:192.0.2.1 ~all"'
    found = as_json(plan(nameserver, "wide.example", "--json"))
    assert (found["closed"], found["open"]) == (True, [])


@pytest.mark.parametrize("domain", ["by.example", "bare.example"])
def test_a_plan_gives_no_record_that_opens(nameserver: str, domain: str) -> None:
    done = plan(nameserver, domain)
    assert done.code == 1
    assert "No record is given to publish, as everybody could send by +all." in done.out.decode()
    assert as_json(plan(nameserver, domain, "--json"))["cheapest"]["publish"] == []


def test_a_plan_without_a_record_has_no_heading_for_one(nameserver: str) -> None:
    for domain in ("shop.example", "by.example"):
        text = plan(nameserver, domain).out.decode()
        assert "The record to publish:" not in text
        assert text.splitlines()[-1].startswith("No record is given to publish, as ")


def test_a_plan_gives_no_record_of_which_a_part_is_not_seen(nameserver: str) -> None:
    done = plan(nameserver, "shop.example")
    assert done.code == 3
    assert "No record is given to publish, as it is not known whom it would let send." in done.out.decode()


def test_what_opens_a_domain_cannot_be_planned(nameserver: str) -> None:
    done = plan(nameserver, "ten.example", "--add", "+all")
    assert done.code == 2
    assert "“+all” would let everybody send as ten.example, and no plan opens a domain." in done.err


@pytest.mark.parametrize(
    ("term", "why"),
    [
        ("include:two.example", "two.example: 2 SPF records stand there"),
        ("include:late.example", "late.example: its record cannot be read at foo:bar (unknown mechanism)"),
        ("include:crowd.example", "crowd.example: it has 11 MX hosts, of 10 at most"),
        ("mx:crowd.example", "crowd.example: it has 11 MX hosts, of 10 at most"),
    ],
)
def test_a_plan_that_leads_to_a_permerror(nameserver: str, term: str, why: str) -> None:
    done = plan(nameserver, "ten.example", "--remove", "include:i0.t.example", "--add", term)
    assert done.code == 1
    assert f"A permerror for every sender behind it: {why}." in done.out.decode()
    assert as_json(plan(nameserver, "ten.example", "--add", term, "--json"))["after"]["permerrors"] == [why]


def test_a_tree_names_the_permerrors_that_it_leads_to(nameserver: str) -> None:
    why = "two.example: 2 SPF records stand there"
    assert f"A permerror for every sender behind it: {why}." in tree(nameserver, "leads.example").out.decode()
    assert as_json(tree(nameserver, "leads.example", "--json"))["problems"] == [why]


def test_a_way_that_needs_another_record_prints_it(nameserver: str) -> None:
    done = plan(nameserver, "ten.example", "--add", "exists:%{i}.a.example", "--add", "exists:%{i}.b.example")
    text = done.out.decode()
    assert done.code == 1
    assert "move include:i0.t.example to news.ten.example" in text
    assert 'news.ten.example. 3600 IN TXT "v=spf1 include:i0.t.example -all"' in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--remove", "include:x.example"), "“include:x.example” is not in the record"),
        (("--add", "foo"), "“foo” is no mechanism of SPF: unknown mechanism"),
        (("--add", "redirect=a.example"), "is no mechanism"),
    ],
)
def test_a_plan_that_makes_no_sense(nameserver: str, arguments: tuple[str, ...], sentence: str) -> None:
    done = plan(nameserver, "ten.example", *arguments)
    assert done.code == 2
    assert sentence in done.sentences[0]


def test_a_plan_for_what_is_not_known(nameserver: str) -> None:
    done = plan(nameserver, "dead.example", "--add", "mx")
    assert done.code == 3
    assert "is not known" in done.out.decode()
    partly = plan(nameserver, "shop.example", "--remove", "a:gone.shop.example")
    assert partly.code == 3
    assert "A part is not known." in partly.out.decode()
