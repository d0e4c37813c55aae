"""Planned records over recorded answers: each question is answered as the DNS would, or stays unknown."""

from __future__ import annotations

from typing import Any

import pytest

from audit.model.evidence import Asked
from audit.model.probe import Answer, DnsStatus, Probe, Question, SmtpVisit
from audit.model.unasked import not_gathered
from audit.protocol.overlay import Overlay
from audit.syntax.planned import Form, read_planned

DOMAIN = "story.example"
SOA = "ns1.story.example. hostmaster.story.example. 1 7200 3600 1209600 300"
SERVER, OTHER = "192.0.2.53", "198.51.100.53"
PLANNED = """
@            300 MX    10 mx.new.example.
@            300 TXT   "v=spf1 include:new.example -all"
www          300 CNAME web.new.example.
deep.down    300 A     192.0.2.8
loop         300 CNAME pool
pool         300 CNAME loop
*.wild       300 TXT   "any"
child        300 NS    ns.child.story.example.
old          300 A     192.0.2.9
"""
REMOVED = "- autodiscover.story.example CNAME\n- gone.story.example TXT\n"


def asked(name: str, rdtype: str, status: str = "noerror", *records: str, **more: Any) -> Asked:
    given = {k: more.pop(k) for k in ("server", "recurse", "dnssec") if k in more}
    answer = Answer(status=DnsStatus(status), records=records, ttl=3600, **more)
    return Asked(question=Question(name=name, rdtype=rdtype, **given), answer=answer)


RECORDED = (
    asked(DOMAIN, "SOA", "noerror", SOA),
    asked(DOMAIN, "MX", "noerror", "10 mx.old.example."),
    asked(DOMAIN, "AAAA", "nodata"),
    asked(DOMAIN, "MX", "noerror", "10 mx.old.example.", server=SERVER, recurse=False, flags=("aa",)),
    asked(DOMAIN, "MX", "timeout", server=OTHER, recurse=False),
    asked(DOMAIN, "NS", "noerror", "ns1.story.example.", server="192.0.2.99", recurse=False),
    asked("_dmarc.story.example", "TXT", "noerror", '"v=DMARC1; p=none"'),
    asked("www.story.example", "A", "noerror", "192.0.2.80", aliases=("web.old.example",)),
    asked("old.story.example", "A", "noerror", "192.0.2.81", aliases=("web.old.example",)),
    asked("autodiscover.story.example", "A", "noerror", "192.0.2.82", aliases=("autodiscover.old.example",)),
    asked("gone.story.example", "TXT", "noerror", '"x"'),
    asked("web.new.example", "A", "noerror", "203.0.113.1"),
    asked("mx.new.example", "A", "noerror", "203.0.113.2"),
    asked("led.story.example", "A", "noerror", "192.0.2.80", aliases=("www.story.example", "web.old.example")),
    asked("down.story.example", "A", "nxdomain"),
    asked("a.wild.story.example", "TXT", "nxdomain"),
    asked("a.b.wild.story.example", "TXT", "nxdomain"),
    asked("nobody.story.example", "A", "nxdomain"),
)


def world(probe: Probe[Any]) -> Any:
    held = {each.question: each.answer for each in RECORDED}
    return held.get(probe) or not_gathered(probe)  # type: ignore[call-overload]


def answer(name: str, rdtype: str, *, whole: bool, text: str = PLANNED, **more: Any) -> Answer:
    planned = read_planned(text.encode(), DOMAIN, form=Form.ZONE if "@" in text else Form.LINES, whole=whole)
    got = Overlay(planned, RECORDED).over(world)(Question(name=name, rdtype=rdtype, **more))
    assert isinstance(got, Answer)
    return got


BOTH = [  # what a whole zone and a part of it agree on
    (DOMAIN, "MX", "noerror", ("10 mx.new.example.",), ()),
    (DOMAIN, "SOA", "noerror", (SOA,), ()),
    ("mx.new.example", "A", "noerror", ("203.0.113.2",), ()),
    ("www.story.example", "A", "noerror", ("203.0.113.1",), ("web.new.example",)),
    ("www.story.example", "AAAA", "not_gathered", (), ("web.new.example",)),
    ("www.story.example", "CNAME", "noerror", ("web.new.example.",), ()),
    ("down.story.example", "A", "nodata", (), ()),
    ("deep.down.story.example", "A", "noerror", ("192.0.2.8",), ()),
    ("loop.story.example", "A", "cname_chain", (), ("pool.story.example", "loop.story.example")),
    ("a.wild.story.example", "TXT", "noerror", ('"any"',), ()),
    ("a.wild.story.example", "A", "nodata", (), ()),
    ("x.child.story.example", "A", "not_gathered", (), ()),
    ("old.story.example", "AAAA", "nodata", (), ()),
    ("nobody.story.example", "A", "nxdomain", (), ()),
    ("other.example", "A", "not_gathered", (), ()),
]


@pytest.mark.parametrize(("name", "rdtype", "status", "records", "aliases"), BOTH)
@pytest.mark.parametrize("whole", [True, False])
def test_what_is_planned_is_answered(
    name: str, rdtype: str, status: str, records: tuple[str, ...], aliases: tuple[str, ...], *, whole: bool
) -> None:
    got = answer(name, rdtype, whole=whole)
    assert (got.status, got.records, got.aliases) == (DnsStatus(status), records, aliases)


@pytest.mark.parametrize(
    ("name", "rdtype", "in_part", "in_whole"),
    [
        ("_dmarc.story.example", "TXT", "noerror", "nxdomain"),
        (DOMAIN, "AAAA", "nodata", "nodata"),
        (DOMAIN, "A", "not_gathered", "nodata"),
        ("new.story.example", "A", "not_gathered", "nxdomain"),
        ("deep.down.story.example", "TXT", "not_gathered", "nodata"),
        ("a.b.wild.story.example", "TXT", "not_gathered", "noerror"),
        ("child.story.example", "DS", "not_gathered", "nodata"),
    ],
)
def test_what_is_not_planned_is_as_it_was_or_is_not_there(name: str, rdtype: str, in_part: str, in_whole: str) -> None:
    assert answer(name, rdtype, whole=False).status is DnsStatus(in_part)
    assert answer(name, rdtype, whole=True).status is DnsStatus(in_whole)


@pytest.mark.parametrize(
    ("name", "rdtype"),
    [("autodiscover.story.example", "A"), ("autodiscover.story.example", "CNAME"), ("gone.story.example", "TXT")],
)
def test_what_is_removed_is_gone(name: str, rdtype: str) -> None:
    assert answer(name, rdtype, whole=False, text=REMOVED).status is DnsStatus.NODATA


def test_a_recorded_alias_that_leads_to_a_planned_name_is_followed_anew() -> None:
    got = answer("led.story.example", "A", whole=False)
    assert (got.records, got.aliases) == (("203.0.113.1",), ("www.story.example", "web.new.example"))


def test_what_stays_the_same_keeps_its_answer_but_for_its_time_to_live() -> None:
    got = answer(DOMAIN, "MX", whole=False, text="@ 60 MX 10 mx.old.example.")
    assert got == Answer(status=DnsStatus.NOERROR, records=("10 mx.old.example.",), ttl=60)


def test_a_denial_carries_the_soa() -> None:
    assert answer("new.story.example", "A", whole=True).authority == (f"{DOMAIN}. 3600 SOA {SOA}",)


@pytest.mark.parametrize(
    ("server", "status", "flags"),
    [(SERVER, "noerror", ("aa",)), (OTHER, "timeout", ()), ("203.0.113.53", "not_gathered", ())],
)
def test_the_servers_of_the_zone_say_what_is_planned(server: str, status: str, flags: tuple[str, ...]) -> None:
    got = answer(DOMAIN, "MX", whole=False, server=server, recurse=False)
    assert (got.status, got.flags) == (DnsStatus(status), flags)
    assert ("10 mx.new.example." in got.records) is (server == SERVER)


def test_what_the_parent_says_stays() -> None:
    got = answer(DOMAIN, "NS", whole=True, text="@ NS ns.new.example.", server="192.0.2.99", recurse=False)
    assert got.records == ("ns1.story.example.",)


@pytest.mark.parametrize(("signed", "status"), [(True, "not_gathered"), (False, "noerror")])
def test_nobody_can_sign_what_is_planned(*, signed: bool, status: str) -> None:
    planned = read_planned(PLANNED.encode(), DOMAIN, form=Form.ZONE, whole=False)
    proof = ("story.example. 3600 RRSIG SOA 13 2 3600 20261201000000 20261124000000 1 story.example. AAAA",)
    soa = asked(DOMAIN, "SOA", "noerror", SOA, dnssec=True, proof=proof if signed else ())
    got = Overlay(planned, (*RECORDED, soa)).over(world)(Question(name=DOMAIN, rdtype="MX", dnssec=True))
    assert got.status is DnsStatus(status)
    assert got.proof == (() if signed else ("story.example. 300 MX 10 mx.new.example.",))


def test_where_nobody_saw_whether_the_zone_is_signed_nothing_is_said_of_proofs() -> None:
    assert answer(DOMAIN, "MX", whole=False, dnssec=True).status is DnsStatus.NOT_GATHERED


def test_other_probes_are_answered_as_they_were() -> None:
    overlay = Overlay(read_planned(PLANNED.encode(), DOMAIN, form=Form.ZONE), RECORDED)
    visit = SmtpVisit(host="mx.new.example", address="203.0.113.2")
    assert overlay.over(world)(visit) == not_gathered(visit)


def test_the_addresses_that_a_provider_makes_up_are_unknown() -> None:
    text = b"'': [{type: ALIAS, value: web.example.}, {type: NS, value: ns1.story.example.}]"
    overlay = Overlay(read_planned(text, DOMAIN, form=Form.OCTODNS), RECORDED)
    assert overlay.over(world)(Question(name=DOMAIN, rdtype="A")).status is DnsStatus.NOT_GATHERED
    assert overlay.over(world)(Question(name=DOMAIN, rdtype="TXT")).status is DnsStatus.NODATA


def test_what_an_alias_led_to_answers_for_that_name_as_well() -> None:
    """Evidence holds the whole chain under its first name; the plan may lead another name there."""
    got = answer("imap.story.example", "A", whole=False, text="@ A 192.0.2.7\nimap CNAME web.old.example.\n")
    assert (got.status, got.records, got.aliases) == (DnsStatus.NOERROR, ("192.0.2.80",), ("web.old.example",))


@pytest.mark.parametrize("lost", range(len(RECORDED)))
@pytest.mark.parametrize("whole", [True, False])
def test_an_observation_less_says_the_same_or_nothing(lost: int, *, whole: bool) -> None:
    planned = read_planned(PLANNED.encode(), DOMAIN, form=Form.ZONE, whole=whole)
    kept = tuple(each for at, each in enumerate(RECORDED) if at != lost)
    held = {each.question: each.answer for each in kept}
    over = Overlay(planned, kept).over(lambda probe: held.get(probe) or not_gathered(probe))  # type: ignore[call-overload]
    names = {q.question.name for q in RECORDED} | {name for name, *_ in BOTH}
    for question in (
        Question(name=name, rdtype=kind) for name in sorted(names) for kind in ("A", "TXT", "MX", "CNAME")
    ):
        before, after = answer(question.name, question.rdtype, whole=whole), over(question)
        same = (after.status, after.records) == (before.status, before.records)
        assert same or after.status is DnsStatus.NOT_GATHERED, question.key
