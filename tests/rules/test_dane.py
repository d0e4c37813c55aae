"""DANE: TLSA records of mail hosts, whether senders believe them, and whether the servers fit them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from audit.model.evidence import TlsDepth
from audit.model.hello import Offer
from audit.model.probe import Outcome
from audit.model.report import Result
from audit.syntax.dane import key_info
from tests.rules import hellos, pki, sessions
from tests.rules.world import DOMAIN, Case, check, replayed
from tests.signed import DAYS, Internet, Zone

HOST = "mx.story.example"
HERE = {"host": HOST, "address": "192.0.2.1"}
AT = f"_25._tcp.{HOST}"
MAIL = f"story.example MX 10 {HOST}\n{HOST} A 192.0.2.1\n"
OTHER = "ab" * 32
GOOD = pki.good(HOST)
RENEWED = pki.of_key(HOST, "next key")
RSA = pki.of_rsa(HOST, 2048)
LETS = pki.issued_by(HOST, "Let's Encrypt")
SHORT = f"3 1 1 {OTHER[:16]}…"
FULL = {"tls_depth": TlsDepth.FULL}


def tlsa(usage: int, selector: int, matching: int, der: bytes) -> str:
    """The record that names a certificate, made apart from the project's own matcher."""
    data = der if selector == 0 else key_info(der) or b""
    said = {1: hashlib.sha256, 2: hashlib.sha512}[matching](data).digest() if matching else data
    return f"{usage} {selector} {matching} {said.hex()}"


OURS, NEXT = tlsa(3, 1, 1, GOOD[0]), tlsa(3, 1, 1, RENEWED[0])
AUTHORITY, ROOT = tlsa(2, 1, 1, GOOD[1]), tlsa(2, 1, 1, pki.root())


def internet(*records: str, text: str = MAIL, more: tuple[Zone, ...] = (), **ways: Any) -> Internet:
    held = text + "".join(f"{AT} TLSA {record}\n" for record in records)
    return Internet(Zone(apex="."), Zone(apex="example."), Zone(apex="story.example.", text=held, **ways), *more)


def case(rule: str, expected: str, *records: str, **rest: Any) -> Case:
    """A signed domain with these records at its one host, whose one server shows a chain."""
    of = rest.pop("of", None) or internet(*records)
    chain = rest.pop("chain", None)
    shown = {"sessions": {"192.0.2.1": sessions.healthy(chain)}} if chain else {}
    return Case(rule, expected, rest.pop("zone", ""), internet=of, **{**shown, **rest})


def published(*records: str, at: str = AT) -> tuple[str, ...]:
    return tuple(f"{at}. 3600 IN TLSA {record}" for record in records)


def provider(*records: str, domain: bool = True, host: bool = True) -> Internet:
    """A domain whose mail another takes; each may be signed or not."""
    held = "mx.host.example A 192.0.2.1\n" + "".join(f"_25._tcp.mx.host.example TLSA {r}\n" for r in records)
    return Internet(
        Zone(apex="."),
        Zone(apex="example."),
        Zone(apex="story.example.", text="story.example MX 10 mx.host.example", signed=domain),
        Zone(apex="host.example.", text=held, signed=host),
    )


THERE = {"subject": "mx.host.example"}
LOST = f"{AT} TLSA+dnssec timeout"
TWO = MAIL + "story.example MX 20 bare.story.example\nbare.story.example A 192.0.2.2\n"
TLSA_EXPIRED = internet(OURS, old={"TLSA": (-40 * DAYS, -10 * DAYS)})
FAILS = f"{AT} TLSA servfail"
ALIAS = MAIL.replace(f"{HOST} A 192.0.2.1", f"{HOST} CNAME mx.host.example") + f"{AT} TLSA {OURS}\n"
UNSIGNED_TARGET = (Zone(apex="host.example.", text="mx.host.example A 192.0.2.1", signed=False),)
ABSENT = tuple(
    case(rule, "not_applicable", why="no records")
    for rule in (
        *("DANE-NODNSSEC", "DANE-MX-INSECURE", "DANE-USAGE", "DANE-PARAMS", "DANE-ROLLOVER", "DANE-SELECTOR0"),
        *("DANE-LE-TA", "DANE-COUNT", "DANE-NOSTARTTLS", "DANE-MISMATCH", "DANE-TA-CHAIN"),
    )
)
UNKNOWN = tuple(
    case(rule, "unknown", OURS, zone=LOST, why="records lost", reason="dns.timeout")
    for rule in (
        *("DANE-MISSING", "DANE-NODNSSEC", "DANE-MX-INSECURE", "DANE-BOGUS", "DANE-USAGE", "DANE-PARAMS"),
        *("DANE-ROLLOVER", "DANE-SELECTOR0", "DANE-LE-TA", "DANE-COUNT"),
        *("DANE-NOSTARTTLS", "DANE-MISMATCH", "DANE-TA-CHAIN"),
    )
)
TURNED_AWAY = tuple(
    case(
        rule,
        "unknown",
        AUTHORITY,
        sessions={"192.0.2.1": sessions.greeting(450)},
        why="turned away",
        reason="smtp.tempfail",
    )
    for rule in ("DANE-NOSTARTTLS", "DANE-MISMATCH", "DANE-TA-CHAIN", "DANE-LE-TA")
)
PRESENCE = (
    case("DANE-MISSING", "pass", OURS),
    case(
        "DANE-MISSING",
        "fail",
        severity="low",
        subject=DOMAIN,
        arguments={"domain": DOMAIN, "hosts": (HOST,)},
    ),
    case(
        "DANE-MISSING",
        "fail",
        OURS,
        of=internet(OURS, text=TWO),
        why="one of two",
        arguments={"hosts": ("bare.story.example",)},
    ),
    case("DANE-MISSING", "fail", of=provider(host=False), why="a provider that cannot", severity="info"),
    case(
        "DANE-MISSING",
        "fail",
        of=internet(text=TWO),
        zone="_25._tcp.bare.story.example TLSA+dnssec timeout",
        why="one unknown",
        arguments={"hosts": (HOST,)},
    ),
    case("DANE-MISSING", "not_applicable", of=internet(signed=False), why="unsigned"),
    case("DANE-MISSING", "not_applicable", of=internet(text="story.example MX 0 ."), why="no mail"),
    case("DANE-MISSING", "not_applicable", of=provider(OURS, host=False), why="only unsigned records"),
    case("DANE-MISSING", "not_applicable", of=TLSA_EXPIRED, zone=FAILS, why="bogus"),
    case(
        "DANE-MISSING",
        "unknown",
        why="no DNSSEC here",
        of=None,
        zone="",
        settings={"trust_anchors": (f". DS 1 15 2 {'AB' * 32}",)},
        reason="vantage.trust_anchor",
    ),
    case("DANE-NODNSSEC", "pass", OURS),
    case("DANE-NODNSSEC", "pass", of=internet(text=ALIAS, more=UNSIGNED_TARGET), why="a signed alias", subject=HOST),
    case(
        "DANE-NODNSSEC",
        "fail",
        of=internet(OURS, NEXT, signed=False),
        severity="medium",
        arguments={"host": HOST, "count": 2},
    ),
    case("DANE-NODNSSEC", "fail", of=provider(OURS, host=False), why="a provider's", **THERE),
    case("DANE-NODNSSEC", "not_applicable", of=internet(signed=False), why="unsigned and without"),
    case(
        "DANE-NODNSSEC",
        "unknown",
        of=internet(signed=False),
        zone=f"{AT} TLSA servfail",
        why="unsigned and silent",
        reason="dns.servfail",
    ),
    case("DANE-MX-INSECURE", "pass", OURS),
    case(
        "DANE-MX-INSECURE",
        "fail",
        of=provider(OURS, domain=False),
        severity="low",
        arguments={"domain": DOMAIN, "hosts": ("mx.host.example",)},
    ),
    case("DANE-MX-INSECURE", "not_applicable", of=provider(domain=False), why="no records behind it"),
    case(
        "DANE-MX-INSECURE",
        "unknown",
        of=provider(OURS),
        zone="story.example MX+dnssec timeout",
        why="MX records lost",
        reason="dns.timeout",
    ),
    case("DANE-BOGUS", "pass", OURS),
    case("DANE-BOGUS", "pass", why="proved to be absent"),
    case(
        "DANE-BOGUS",
        "fail",
        of=TLSA_EXPIRED,
        zone=FAILS,
        severity="critical",
        arguments={"host": HOST, "reason": f"the signature over {AT} TLSA has expired"},
    ),
    case("DANE-BOGUS", "not_applicable", of=internet(OURS, signed=False), why="nothing is signed"),
    case(
        "DANE-BOGUS",
        "unknown",
        of=TLSA_EXPIRED,
        authenticated=frozenset({AT}),
        zone=f"{AT} TLSA {OURS}",
        why="the resolver finds it good",
        reason="dnssec.disputed",
    ),
)
RECORDS = (
    case("DANE-USAGE", "pass", OURS),
    case(
        "DANE-USAGE",
        "fail",
        f"1 1 1 {OTHER}",
        severity="medium",
        arguments={"host": HOST, "records": (f"1 1 1 {OTHER[:16]}…",)},
    ),
    case("DANE-USAGE", "fail", f"0 0 1 {OTHER}", OURS, why="beside another", severity="low"),
    case("DANE-PARAMS", "pass", OURS),
    case(
        "DANE-PARAMS",
        "fail",
        f"3 2 1 {OTHER}",
        why="selector",
        severity="medium",
        arguments={"records": (f"3 2 1 {OTHER[:16]}…",)},
    ),
    case("DANE-PARAMS", "fail", f"3 1 3 {OTHER}", why="matching type", severity="medium"),
    case("DANE-PARAMS", "fail", "3 1 1 abcd", OURS, why="length", arguments={"records": ("3 1 1 abcd",)}),
    case("DANE-PARAMS", "fail", "3 1 0 abcd", why="no key"),
    case("DANE-PARAMS", "fail", tlsa(3, 0, 0, GOOD[0]), why="whole", severity="info"),
    case("DANE-PARAMS", "pass", f"1 1 1 {OTHER}", why="another usage"),
    case("DANE-ROLLOVER", "pass", OURS, NEXT),
    case("DANE-ROLLOVER", "pass", OURS, AUTHORITY, why="key and authority"),
    case("DANE-ROLLOVER", "fail", OURS, severity="low", arguments={"host": HOST, "what": "key or certificate"}),
    case("DANE-ROLLOVER", "fail", OURS, tlsa(3, 0, 1, GOOD[0]), why="the same twice"),
    case("DANE-ROLLOVER", "pass", OURS, tlsa(3, 1, 2, RENEWED[0]), why="of different kinds", chain=GOOD),
    case("DANE-ROLLOVER", "fail", AUTHORITY, why="an authority", severity="info", arguments={"what": "authority"}),
    case("DANE-ROLLOVER", "not_applicable", f"1 1 1 {OTHER}", why="none can be used"),
    case(
        "DANE-ROLLOVER",
        "unknown",
        OURS,
        tlsa(3, 1, 2, GOOD[0]),
        sessions={"192.0.2.1": sessions.greeting(450)},
        why="the server was not seen",
        reason="smtp.tempfail",
    ),
    case("DANE-SELECTOR0", "pass", OURS),
    case("DANE-SELECTOR0", "pass", OURS, tlsa(3, 0, 1, GOOD[0]), why="beside the key"),
    case("DANE-SELECTOR0", "fail", tlsa(3, 0, 1, GOOD[0]), severity="low", arguments={"host": HOST}),
    case("DANE-SELECTOR0", "not_applicable", f"1 1 1 {OTHER}", why="none can be used"),
    case("DANE-LE-TA", "pass", OURS),
    case("DANE-LE-TA", "pass", AUTHORITY, why="an authority that stays"),
    case(
        "DANE-LE-TA",
        "fail",
        tlsa(2, 1, 1, LETS[1]),
        chain=LETS,
        severity="medium",
        arguments={"host": HOST, "count": 1, "authority": "Let's Encrypt", "of": 3},
    ),
    case("DANE-LE-TA", "pass", tlsa(2, 1, 1, LETS[1]), tlsa(3, 1, 1, LETS[0]), why="the key as well", chain=LETS),
    case(
        "DANE-LE-TA",
        "pass",
        tlsa(2, 1, 1, LETS[1]),
        f"2 1 1 {OTHER}",
        f"2 1 1 {'cd' * 32}",
        why="all that may issue",
        chain=LETS,
    ),
    case("DANE-COUNT", "pass", OURS),
    case("DANE-COUNT", "pass", *(f"3 1 1 {n:064x}" for n in range(12)), why="twelve"),
    case(
        "DANE-COUNT",
        "fail",
        *(f"3 1 1 {n:064x}" for n in range(13)),
        severity="low",
        arguments={"host": HOST, "count": 13, "allowed": 12},
    ),
)
OF_RSA = hellos.takes("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", chain=RSA)
MATCH = (
    case("DANE-NOSTARTTLS", "pass", OURS),
    case(
        "DANE-NOSTARTTLS",
        "fail",
        OURS,
        sessions={"192.0.2.1": sessions.no_starttls()},
        severity="critical",
        arguments={**HERE, "failure": "does not offer STARTTLS"},
    ),
    case(
        "DANE-NOSTARTTLS",
        "fail",
        f"1 1 1 {OTHER}",
        sessions={"192.0.2.1": sessions.no_starttls()},
        why="none can be used, and TLS is wanted all the same",
    ),
    case("DANE-MISMATCH", "pass", OURS),
    case("DANE-MISMATCH", "pass", NEXT, OURS, why="the next key stands beside it"),
    case("DANE-MISMATCH", "pass", AUTHORITY, why="an authority"),
    case("DANE-MISMATCH", "pass", tlsa(3, 1, 1, pki.expired(HOST)[0]), chain=pki.expired(HOST), why="expired"),
    case(
        "DANE-MISMATCH",
        "pass",
        tlsa(3, 1, 1, pki.for_another_name(HOST)[0]),
        chain=pki.for_another_name(HOST),
        why="another name",
    ),
    case(
        "DANE-MISMATCH",
        "pass",
        of=internet(text=ALIAS, more=UNSIGNED_TARGET),
        why="a signed alias",
        subject=f"{HOST} 192.0.2.1",
    ),
    case(
        "DANE-MISMATCH",
        "fail",
        f"3 1 1 {OTHER}",
        severity="critical",
        arguments={**HERE, "shown": "", "records": (f"{SHORT}: of another certificate or key",)},
    ),
    case(
        "DANE-MISMATCH",
        "fail",
        f"3 1 1 {OTHER}",
        f"3 0 1 {OTHER}",
        f"2 1 1 {OTHER}",
        why="for more than one reason",
        arguments={
            "records": (
                f"2 1 1 {OTHER[:16]}…: no certificate that was sent is the authority that it names",
                f"3 0 1 {OTHER[:16]}… and {SHORT}: of another certificate or key",
            )
        },
    ),
    case(
        "DANE-MISMATCH",
        "fail",
        AUTHORITY,
        chain=pki.expired(HOST),
        why="an authority, and the certificate has expired",
    ),
    case(
        "DANE-MISMATCH",
        "fail",
        AUTHORITY,
        chain=pki.for_another_name(HOST),
        why="an authority, and another name",
    ),
    case(
        "DANE-MISMATCH",
        "fail",
        OURS,
        f"3 1 2 {'cd' * 64}",
        why="a stronger digest that is wrong",
        arguments={
            "records": (
                f"{OURS[:6]}{OURS[6:22]}…: not heeded beside a stronger digest",
                f"3 1 2 {'cd' * 8}…: of another certificate or key",
            )
        },
    ),
    case("DANE-MISMATCH", "not_applicable", f"1 1 1 {OTHER}", why="none can be used"),
    case("DANE-MISMATCH", "not_applicable", of=internet(f"3 1 1 {OTHER}", signed=False), why="unsigned"),
    case(
        "DANE-MISMATCH",
        "not_applicable",
        f"3 1 1 {OTHER}",
        sessions={"192.0.2.1": sessions.no_starttls()},
        why="no TLS",
    ),
    case(
        "DANE-MISMATCH",
        "fail",
        OURS,
        chain=GOOD,
        hellos={Offer.RSA: OF_RSA},
        settings=FULL,
        why="of the other key",
        arguments={"shown": " (shown to those who ask for RSA)"},
    ),
    case(
        "DANE-MISMATCH",
        "pass",
        OURS,
        tlsa(3, 1, 1, RSA[0]),
        chain=GOOD,
        hellos={Offer.RSA: OF_RSA},
        settings=FULL,
        why="both keys",
    ),
    case(
        "DANE-MISMATCH",
        "unknown",
        OURS,
        chain=GOOD,
        hellos={Offer.RSA: hellos.ends(Outcome.TIMEOUT)},
        settings=FULL,
        why="the other key was not seen",
        reason="tls.io",
    ),
    case("DANE-TA-CHAIN", "pass", AUTHORITY),
    case("DANE-TA-CHAIN", "pass", ROOT, chain=(*GOOD, pki.root()), why="the root is sent"),
    case("DANE-TA-CHAIN", "pass", OURS, f"2 1 1 {OTHER}", why="an authority in reserve"),
    case("DANE-TA-CHAIN", "not_applicable", OURS, why="the server's own key"),
    case(
        "DANE-TA-CHAIN",
        "fail",
        ROOT,
        severity="critical",
        arguments={**HERE, "records": (f"{ROOT[:22]}…",)},
    ),
    case("DANE-TA-CHAIN", "fail", ROOT, OURS, why="beside the key", severity="low"),
    case("DANE-TA-CHAIN", "fail", AUTHORITY, chain=pki.incomplete(HOST), why="the chain stops short"),
    case("DANE-MISMATCH", "not_applicable", ROOT, why="the root is not sent"),
)
CASES = (*ABSENT, *UNKNOWN, *TURNED_AWAY, *PRESENCE, *RECORDS, *MATCH)


@pytest.mark.parametrize("each", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(each: Case) -> None:
    check(each)


PUBLISHED = (
    (case("DANE-MISSING", "fail", chain=GOOD), published(OURS)),
    (case("DANE-MISSING", "fail", of=provider(host=False)), ()),
    (case("DANE-MISSING", "fail", settings={"smtp": False}), ()),
    (case("DANE-MISMATCH", "fail", f"3 1 1 {OTHER}", chain=GOOD), published(f"3 1 1 {OTHER}", OURS)),
    # A weaker digest would not be heeded.
    (
        case("DANE-MISMATCH", "fail", f"3 1 2 {OTHER * 2}", chain=GOOD),
        published(f"3 1 2 {OTHER * 2}", tlsa(3, 1, 2, GOOD[0])),
    ),
    (case("DANE-USAGE", "fail", f"1 1 1 {OTHER}", chain=GOOD), published(OURS)),
    (case("DANE-PARAMS", "fail", "3 1 1 abcd", chain=GOOD), published(OURS)),
    (case("DANE-SELECTOR0", "fail", tlsa(3, 0, 1, GOOD[0]), chain=GOOD), published(tlsa(3, 0, 1, GOOD[0]), OURS)),
    (
        case(
            "DANE-MISMATCH",
            "fail",
            OURS,
            chain=GOOD,
            hellos={Offer.RSA: OF_RSA},
            settings=FULL,
        ),
        published(OURS, tlsa(3, 1, 1, RSA[0])),
    ),
    (case("DANE-TA-CHAIN", "fail", ROOT, chain=GOOD), published(ROOT, OURS)),
)


@pytest.mark.parametrize(("each", "lines"), PUBLISHED)
def test_the_records_to_publish_are_of_the_keys_that_were_seen(each: Case, lines: tuple[str, ...]) -> None:
    (found,) = (f for f in replayed(each).findings if f.rule == each.rule)
    assert found.publish == lines


@pytest.mark.parametrize(("each", "lines"), [p for p in PUBLISHED if p[1]])
def test_what_is_published_mends_it(each: Case, lines: tuple[str, ...]) -> None:
    records = (line.split(" TLSA ", 1)[1] for line in lines)
    mended = replace(each, internet=internet(*records))
    (found,) = (f for f in replayed(mended).findings if f.rule == each.rule)
    # The authority that is not sent stays: it may be sent one day. Nobody waits for it any more.
    assert found.result is not Result.FAIL or (found.rule, found.severity) == ("DANE-TA-CHAIN", "low")


def test_an_address_that_was_not_seen_is_told_beside_the_records() -> None:
    text = MAIL + f"{HOST} A 192.0.2.2\n"
    shown = {"192.0.2.1": sessions.healthy(GOOD), "192.0.2.2": sessions.greeting(450)}
    (found,) = (
        f
        for f in replayed(case("DANE-MISSING", "fail", of=internet(text=text), sessions=shown)).findings
        if f.rule == "DANE-MISSING"
    )
    said = "; the certificate at 192.0.2.2 was not seen: if its key is another, it needs a record as well"
    assert found.publish == (*published(OURS), said)


def test_at_an_alias_the_records_belong_to_its_end() -> None:
    text = MAIL.replace(f"{HOST} A 192.0.2.1", f"{HOST} CNAME mx.host.example")
    end = f"mx.host.example A 192.0.2.1\n_25._tcp.mx.host.example TLSA 3 1 1 {OTHER}"
    signed = internet(text=text, more=(Zone(apex="host.example.", text=end),))
    (found,) = (
        f for f in replayed(case("DANE-MISMATCH", "fail", of=signed, chain=GOOD)).findings if f.rule == "DANE-MISMATCH"
    )
    assert found.publish == published(f"3 1 1 {OTHER}", OURS, at="_25._tcp.mx.host.example")


def test_at_an_alias_the_name_of_the_host_does_not_count_below_an_authority() -> None:
    """RFC 7672 section 3.2.2: the name to which the records belong, and the domain."""
    text = MAIL.replace(f"{HOST} A 192.0.2.1", f"{HOST} CNAME mx.host.example")
    end = f"mx.host.example A 192.0.2.1\n_25._tcp.mx.host.example TLSA {AUTHORITY}"
    signed = internet(text=text, more=(Zone(apex="host.example.", text=end),))
    results = {}
    for name in (HOST, "mx.host.example"):
        findings = replayed(case("", "", of=signed, chain=pki.good(name))).findings
        results[name] = next(f.result for f in findings if f.rule == "DANE-MISMATCH")
    assert results == {HOST: Result.FAIL, "mx.host.example": Result.PASS}


def test_below_an_authority_the_domain_s_own_name_counts_where_the_mx_is_signed() -> None:
    chain = pki.good(DOMAIN)
    record = tlsa(2, 1, 1, chain[1])
    results = {}
    for signed in (True, False):
        of = Internet(
            Zone(apex="."),
            Zone(apex="example."),
            Zone(apex="story.example.", text="story.example MX 10 mx.host.example", signed=signed),
            Zone(
                apex="host.example.",
                text=f"mx.host.example A 192.0.2.1\n_25._tcp.mx.host.example TLSA {record}",
            ),
        )
        (found,) = (
            f for f in replayed(case("DANE-MISMATCH", "", of=of, chain=chain)).findings if f.rule == "DANE-MISMATCH"
        )
        results[signed] = found.result
    assert results == {True: Result.PASS, False: Result.FAIL}
