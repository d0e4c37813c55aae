"""DKIM selectors: in which order they are tried, and what a miss means."""

from __future__ import annotations

from dataclasses import replace

import dns.message
import dns.rrset
import pytest

from audit.catalog.providers import load_providers
from audit.catalog.selectors import Selectors, load_selectors
from audit.model.evidence import DkimGuesses, DomainOptions
from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Answer, DnsStatus
from audit.model.subject import Domain, Selector
from audit.protocol.dkim.discovery import (
    MAX_QUESTIONS,
    DkimDiscovery,
    dkim_discovery,
    dkim_key,
    met_at,
    selectors,
    unlikely,
)
from tests.protocol.walking import found, value
from tests.rules.keys import rsa_text
from tests.rules.world import SETTINGS

HERE = Domain("d.example")
KEY = '"v=DKIM1; p=MIIB"'
EMPTY = "_domainkey.d.example A nodata\n"
DENIED = "_domainkey.d.example A nxdomain\n"
FEW = Selectors(names=("g1", "g2", "g3", "g4", "g5", "g6", "g7"), source="", checked=load_selectors().checked)
USABLE = f'"v=DKIM1; p={rsa_text(2048)}"'
SERVFAIL = "dns.servfail"
GOOGLE = load_providers()["google"].selectors


def discovered(
    text: str, *named: str, generic: Selectors = FEW, guesses: DkimGuesses = DkimGuesses.ALL
) -> tuple[DkimDiscovery, tuple[str, ...]]:
    settings = replace(SETTINGS, dkim_guesses=guesses)
    work = dkim_discovery(HERE, DomainOptions(selectors=named), load_providers(), generic, settings)
    fact, asked = found(work, text)
    assert isinstance(fact, Known), fact
    tried = tuple(a.split("._domainkey.")[0] for a in asked if "._domainkey.d.example TXT" in a)
    return fact.value, tried[1:]  # the first is the name that nobody uses


def key(selector: str, text: str = KEY) -> str:
    return f"{selector}._domainkey.d.example TXT {text}\n"


def reason(fact: Fact[bool]) -> bool | str:
    return fact.reason if isinstance(fact, Unknown) else fact.value


@pytest.mark.parametrize(
    ("text", "named", "tried"),
    [
        (EMPTY, (), FEW.names),
        (EMPTY, ("own", "g2"), ("own", "g2", "g1", "g3", "g4", "g5", "g6", "g7")),
        (EMPTY + "d.example MX 1 smtp.google.com.\n", (), (*GOOGLE, *FEW.names)),
        (EMPTY + "d.example MX 1 smtp.google.com.evil.net.\n", (), FEW.names),  # no substring makes a provider
        (
            EMPTY + 'd.example TXT "v=spf1 include:spf.protection.outlook.com -all"',
            (),
            ("selector1", "selector2", *FEW.names),
        ),
        (DENIED, ("own",), ("own", *FEW.names[:5])),  # a few, as some servers deny empty names wrongly
        (DENIED + "d.example MX servfail\n", ("own",), ("own", *FEW.names)),  # which are likely could not be seen
    ],
)
def test_the_likely_ones_are_tried_first(text: str, named: tuple[str, ...], tried: tuple[str, ...]) -> None:
    assert discovered(text, *named)[1] == tried


def test_the_name_that_nobody_uses_is_the_same_each_time() -> None:
    work = dkim_discovery(HERE, DomainOptions(), load_providers(), FEW, SETTINGS)
    assert found(work, EMPTY)[1] == found(work, EMPTY)[1]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (key("g2"), ("g2",)),
        (key("g7") + key("g2"), ("g2", "g7")),
        (key("g2", '"p="'), ("g2",)),
        (key("g2", '"hello"'), ()),
        (key("*"), ()),  # what any name gets is no find
        (key("*", '"v=spf1 -all"') + key("g2"), ("g2",)),
        (key("*") + key("g2", '"v=DKIM1; p=MIIC"'), ("g2",)),
        (key("*", "timeout") + key("g2"), ()),  # it may be what any name gets
        ("g2._domainkey.d.example CNAME k.provider.example.\nk.provider.example TXT " + KEY, ("g2",)),
        (DENIED + key("g2"), ("g2",)),  # the denial was wrong
    ],
)
def test_what_is_found(text: str, keys: tuple[str, ...]) -> None:
    assert discovered(text)[0].found == keys


@pytest.mark.parametrize(
    ("text", "named", "met"),
    [
        ("g2._domainkey.d.example CNAME k.gone.example", (), ("g2",)),
        ("g2._domainkey.d.example CNAME k.gone.example\nx.k.gone.example A 192.0.2.1", (), ("g2",)),  # NODATA
        ("*.d.example CNAME www.d.example\nwww.d.example A 192.0.2.1", (), ()),  # an alias for the web
        ("*._domainkey.d.example CNAME k.gone.example", (), ()),
        ("*._domainkey.d.example CNAME k.gone.example", ("own",), ("own",)),
        ("*._domainkey.d.example CNAME k.gone.example\ng2._domainkey.d.example CNAME l.gone.example", (), ("g2",)),
        (key("*", "timeout") + "g2._domainkey.d.example CNAME k.gone.example", (), ()),
    ],
)
def test_an_alias_that_leads_nowhere_is_a_find_without_a_key(
    text: str, named: tuple[str, ...], met: tuple[str, ...]
) -> None:
    discovery, _ = discovered(EMPTY + text, *named)
    assert tuple(m.name for m in discovery.met) == met
    assert discovery.found == ()
    assert {s.name for s in selectors(HERE, discovery, DomainOptions()).known} == set(met)


def test_names_that_a_dname_makes_are_no_find() -> None:
    """Below a DNAME each name is an alias of its own (RFC 6672), and leads nowhere."""
    nobody = Known(Answer(status=DnsStatus.NXDOMAIN, aliases=(f"{unlikely('d.example')}._domainkey.e.example",)))
    got = Answer(status=DnsStatus.NXDOMAIN, aliases=("google._domainkey.e.example",))
    assert met_at("d.example", "google", got, nobody) is None
    assert met_at("d.example", "google", replace(got, aliases=("k.e.example",)), nobody) is not None


def test_an_alias_at_the_name_above_denies_nothing_below_it() -> None:
    text = "_domainkey.d.example CNAME gone.example\ng7._domainkey.d.example TXT " + KEY
    discovery, _ = discovered(text)
    assert (discovery.denied, discovery.found) == (Known(False), ("g7",))


@pytest.mark.parametrize(
    ("text", "provider", "awaiting"),
    [
        ("selector2._domainkey.d.example TXT " + KEY, None, False),
        (
            "selector2._domainkey.d.example CNAME selector2-d-example._domainkey.x.onmicrosoft.com",
            "Microsoft 365",
            True,
        ),
        ("selector2._domainkey.d.example CNAME selector2-d-example.x.n-v1.dkim.mail.microsoft", "Microsoft 365", True),
        (
            "selector2._domainkey.d.example CNAME a.example\na.example CNAME fm1.d.example.dkim.fmhosted.com",
            "Fastmail",
            False,
        ),
        ("selector2._domainkey.d.example CNAME onmicrosoft.com.evil.example", None, False),
    ],
)
def test_who_signs_shows_in_the_alias(text: str, provider: str | None, awaiting: bool) -> None:
    key_found = value(dkim_key(HERE, Selector("d.example", "selector2"), DomainOptions(), load_providers()), text)
    assert (key_found.provider, key_found.awaiting) == (provider, awaiting)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 1000])
def test_the_size_of_a_reply_is_that_on_the_wire(size: int) -> None:
    """Held to what a DNS library writes."""
    name, text = "selector2._domainkey.d.example.", "x" * size
    reply = dns.message.make_response(dns.message.make_query(name, "TXT"))
    strings = " ".join(f'"{text[i : i + 255]}"' for i in range(0, max(size, 1), 255))
    reply.answer.append(dns.rrset.from_text(name, 300, "IN", "TXT", strings))
    found_there = value(
        dkim_key(HERE, Selector("d.example", "selector2"), DomainOptions(), load_providers()), f"{name} TXT {strings}"
    )
    assert found_there.octets == len(reply.to_wire())


@pytest.mark.parametrize(
    ("text", "nothing_there"),
    [
        (DENIED, True),
        (EMPTY, False),
        (key("g2"), False),
        (DENIED + key("g2"), False),
        ("_domainkey.d.example A servfail", SERVFAIL),
        (DENIED + "g2._domainkey.d.example TXT servfail", SERVFAIL),
        (DENIED + "d.example MX servfail", True),  # the provider could not be seen, and all of the list was tried
        (DENIED + "d.example MX servfail\n" + key("g7", "servfail"), SERVFAIL),
        (DENIED + "d.example MX servfail\n" + key("g7"), False),
        (DENIED + 'd.example TXT "v=spf1 include:x.example -all"\nx.example TXT servfail', True),
        (DENIED + key("*"), False),  # what any name gets is there
        (EMPTY + "g2._domainkey.d.example TXT servfail", False),  # that there may be keys is certain
    ],
)
def test_that_there_is_no_key_takes_a_denial_and_no_hole(text: str, nothing_there: bool | str) -> None:
    assert reason(discovered(text)[0].nothing_there) == nothing_there


@pytest.mark.parametrize(
    ("text", "named", "all_selectors"),
    [
        (EMPTY, (), "dkim.selectors_unknown"),
        (EMPTY, ("own",), None),
        (EMPTY + key("own", "servfail"), ("own",), SERVFAIL),
    ],
)
def test_only_who_signs_knows_all_selectors(text: str, named: tuple[str, ...], all_selectors: str | None) -> None:
    fact = discovered(text, *named)[0].all_selectors
    assert fact == Known(None) if all_selectors is None else isinstance(fact, Unknown) and fact.reason == all_selectors


@pytest.mark.parametrize(
    ("text", "named", "hole", "child_hole"),
    [
        (key("own", USABLE) + key("g2", "servfail"), ("own",), None, None),
        (key("own", USABLE) + key("*", "servfail"), ("own",), None, None),
        (key("own", USABLE) + "d.example MX servfail", ("own",), None, None),
        (key("own", USABLE) + key("g2") + key("*", "servfail"), ("own",), SERVFAIL, None),  # does any name get it?
        (key("own", USABLE) + key("too", "servfail"), ("own", "too"), SERVFAIL, None),
        (
            key("own", '"v=DKIM1; p="') + key("g2", "servfail"),
            ("own",),
            SERVFAIL,
            None,
        ),  # nothing vouches for the names
        (key("g2", "servfail"), ("own",), SERVFAIL, None),
        (key("g2", "servfail"), (), SERVFAIL, SERVFAIL),
        (key("own", USABLE), tuple(f"s{n}" for n in range(39)), "budget", "budget"),
    ],
)
def test_beside_a_named_key_a_guess_leaves_no_hole(
    text: str, named: tuple[str, ...], hole: str | None, child_hole: str | None
) -> None:
    discovery, _ = discovered(EMPTY + text, *named)
    children = selectors(HERE, discovery, DomainOptions(selectors=named))
    assert [h and h.reason for h in (discovery.hole, children.hole)] == [hole, child_hole]


def test_no_more_is_asked_than_the_budget() -> None:
    many = Selectors(names=tuple(f"g{i}" for i in range(100)), source="", checked=FEW.checked)
    discovery, tried = discovered(EMPTY, *(f"own{i}" for i in range(30)), generic=many)
    assert len(tried) + 2 == MAX_QUESTIONS
    assert discovery.tried == len(tried)
    assert tried[:30] == tuple(f"own{i}" for i in range(30))


def test_the_subjects_are_those_named_and_those_found() -> None:
    discovery, _ = discovered(key("g2") + key("g3"))
    children = selectors(HERE, discovery, DomainOptions(selectors=("own", "g3")))
    assert children.known == tuple(Selector("d.example", n) for n in ("own", "g3", "g2"))
    assert children.hole is None


PROVIDER, NONE = DkimGuesses.PROVIDER, DkimGuesses.NONE
NOT_GUESSED = "dkim.not_guessed"
AT_GOOGLE = "d.example MX 1 smtp.google.com.\n"


@pytest.mark.parametrize(
    ("guesses", "text", "named", "tried", "missed", "child_hole"),
    [
        (PROVIDER, EMPTY + AT_GOOGLE, (), (*GOOGLE, *FEW.names[:5]), NOT_GUESSED, None),
        (PROVIDER, EMPTY, ("own",), ("own", *FEW.names[:5]), NOT_GUESSED, None),
        (PROVIDER, EMPTY + key("own", USABLE), ("own",), ("own", *FEW.names[:5]), None, None),  # what is named vouches
        (PROVIDER, DENIED + AT_GOOGLE, (), (*GOOGLE, *FEW.names[:5]), None, None),  # as many as without the choice
        (PROVIDER, DENIED + "d.example MX servfail", (), FEW.names[:5], NOT_GUESSED, None),  # without it all are tried
        (PROVIDER, EMPTY + key("g2", "servfail"), (), FEW.names[:5], SERVFAIL, SERVFAIL),
        (NONE, EMPTY + AT_GOOGLE, (), (), NOT_GUESSED, NOT_GUESSED),
        (NONE, DENIED, (), (), NOT_GUESSED, NOT_GUESSED),  # a denial alone may be wrong
        (NONE, EMPTY, ("own",), ("own",), NOT_GUESSED, None),
        (NONE, EMPTY + key("own", USABLE), ("own",), ("own",), None, None),
    ],
)
def test_who_wants_fewer_guesses_does_not_know_of_what_was_not_tried(
    guesses: DkimGuesses,
    text: str,
    named: tuple[str, ...],
    tried: tuple[str, ...],
    missed: str | None,
    child_hole: str | None,
) -> None:
    discovery, asked = discovered(text, *named, guesses=guesses)
    children = selectors(HERE, discovery, DomainOptions(selectors=named))
    assert asked == tried
    assert [h and h.reason for h in (discovery.missed, children.hole)] == [missed, child_hole]


@pytest.mark.parametrize("guesses", [PROVIDER, NONE])
@pytest.mark.parametrize("text", [EMPTY, DENIED, EMPTY + key("g7", USABLE), EMPTY + key("g1", USABLE), AT_GOOGLE])
def test_with_fewer_guesses_nothing_is_known_that_more_would_deny(guesses: DkimGuesses, text: str) -> None:
    more, less = discovered(text)[0], discovered(text, guesses=guesses)[0]
    assert set(less.found) <= set(more.found)
    for name in ("nothing_there", "signs", "answered", "all_selectors"):
        assert isinstance(getattr(less, name), Unknown) or getattr(less, name) == getattr(more, name)
