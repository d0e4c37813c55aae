"""DNSSEC: the state of a domain, and what its zone is signed with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.rules.world import Case, check
from tests.signed import DAYS, Internet, Zone

MAIL = """
    story.example     MX    10 mx.story.example
    story.example     TXT   "v=spf1 mx -all"
    mx.story.example  A     198.51.100.25
    mx.story.example  AAAA  2001:db8::25
"""
ELSEWHERE = """
    story.example     MX    10 mx.story.example
    story.example     MX    20 mx.host.example
    mx.story.example  A     198.51.100.25
"""
HOST = "mx.host.example A 198.51.100.26"
GONE_BY = (-40 * DAYS, -10 * DAYS)
SECURE = frozenset({"story.example"})


def internet(text: str = MAIL, *more: Zone, **ways: Any) -> Internet:
    return Internet(Zone(apex="."), Zone(apex="example."), Zone(apex="story.example.", text=text, **ways), *more)


GOOD = internet()
UNSIGNED = internet(signed=False)
EXPIRED = internet(dates=GONE_BY)
ISLAND = internet(linked=False)
MX_EXPIRED = internet(old={"MX": GONE_BY})
FOREIGN_BOGUS = internet(ELSEWHERE, Zone(apex="host.example.", text=HOST, dates=GONE_BY))
DMARC = """
    story.example         MX    10 mx.story.example
    _dmarc.story.example  TXT   "v=DMARC1; p=reject"
    mx.story.example      A     198.51.100.25
"""
TXT_EXPIRED = internet(old={"TXT": GONE_BY})
DMARC_EXPIRED = internet(DMARC, old={"TXT": GONE_BY})
ALIAS = "_dmarc.story.example CNAME _dmarc.host.example"
HOSTED = '_dmarc.host.example TXT "v=DMARC1; p=reject"'
HOSTED_BOGUS = internet(ALIAS, Zone(apex="host.example.", text=HOSTED, dates=GONE_BY), signed=False)
FOREIGN_UNSIGNED = internet(ELSEWHERE, Zone(apex="host.example.", text=HOST, signed=False))
MANY = "\n".join(f"story.example MX {n} mx{n}.story.example\nmx{n}.story.example A 198.51.100.{n}" for n in range(9))
FAILS = "story.example SOA bogus"
HOMELESS = internet(MAIL, Zone(apex="arpa."), dates=GONE_BY)
HOME = internet(MAIL, Zone(apex="arpa."), Zone(apex="home.arpa.", signed=False), dates=GONE_BY)


def case(rule: str, expected: str, of: Internet, zone: str = "", /, **more: Any) -> Case:
    return Case(rule, expected, zone, internet=of, **{"authenticated": SECURE, **more})


LOST = (
    ("the zone's own SOA", "story.example SOA+dnssec timeout", "dns.timeout"),
    ("the DS", "story.example DS+dnssec servfail", "dns.servfail"),
    ("the keys", "story.example DNSKEY+dnssec refused", "dns.refused"),
    ("the keys above", "example DNSKEY+dnssec timeout", "dns.timeout"),
    ("the root's keys", ". DNSKEY+dnssec timeout", "dns.timeout"),
)
STATE_RULES = ("DNSSEC-NONE", "DNSSEC-BOGUS", "DNSSEC-NO-DS", "DNSSEC-ALG", "DNSSEC-DS-SHA1", "DNSSEC-RSA-BITS")
UNKNOWN = tuple(
    case(rule, "unknown", GOOD, text, why=f"without {what}", reason=reason)
    for rule in (*STATE_RULES, "DNSSEC-NSEC3", "DNSSEC-SIG-EXPIRY", "DNSSEC-RESOLVER-DIFFERS")
    for what, text, reason in LOST
)
VANTAGE = (
    Case("DNSSEC-NONE", "unknown", MAIL, why="signatures are left out", reason="vantage.dnssec_stripped"),
    Case("DNSSEC-BOGUS", "unknown", MAIL, why="signatures are left out", reason="vantage.dnssec_stripped"),
    case(
        "DNSSEC-BOGUS",
        "unknown",
        GOOD,
        why="other keys at the root",
        settings={"trust_anchors": (f". DS 1 15 2 {'AB' * 32}",)},
        reason="vantage.trust_anchor",
    ),
    case(
        "DNSSEC-BOGUS",
        "unknown",
        EXPIRED,
        why="our clock is wrong",
        root_signature="SOA 8 0 86400 20251205050000 20251122040000 12345 . c2ln",
        reason="vantage.clock",
    ),
)
STATES = (
    case("DNSSEC-NONE", "pass", GOOD),
    case(
        "DNSSEC-NONE",
        "fail",
        UNSIGNED,
        authenticated=frozenset(),
        severity="low",
        arguments={"domain": "story.example", "reason": "the zone above has no DS record for story.example"},
    ),
    case("DNSSEC-NONE", "fail", ISLAND, why="an island"),
    case(
        "DNSSEC-NONE",
        "fail",
        internet(ds=(f"1 250 2 {'ab' * 32}",)),
        why="an algorithm that nobody knows",
        arguments={"reason": "the DS records of story.example are of algorithms or digests that resolvers do not know"},
    ),
    case("DNSSEC-NONE", "not_applicable", EXPIRED, FAILS, why="bogus"),
    case(
        "DNSSEC-NONE",
        "not_applicable",
        GOOD,
        why="no anchor above",
        settings={"trust_anchors": (f"elsewhere. DS 1 15 2 {'AB' * 32}",)},
    ),
    case("DNSSEC-NO-DS", "pass", GOOD),
    case("DNSSEC-NO-DS", "fail", ISLAND, severity="info", arguments={"domain": "story.example"}),
    case("DNSSEC-NO-DS", "not_applicable", UNSIGNED),
    case("DNSSEC-NO-DS", "not_applicable", EXPIRED, FAILS, why="bogus"),
    case("DNSSEC-NO-DS", "not_applicable", internet(ds=(f"1 250 2 {'ab' * 32}",)), why="a DS that nobody can follow"),
    case(
        "DNSSEC-NO-DS",
        "unknown",
        ISLAND,
        "story.example DNSKEY+dnssec timeout",
        why="an island's keys",
        reason="dns.timeout",
    ),
)
BOGUS = (
    case("DNSSEC-BOGUS", "pass", GOOD),
    case("DNSSEC-BOGUS", "pass", UNSIGNED, why="unsigned"),
    case("DNSSEC-BOGUS", "pass", FOREIGN_UNSIGNED, why="an unsigned host"),
    case(
        "DNSSEC-BOGUS",
        "fail",
        EXPIRED,
        FAILS,
        severity="critical",
        arguments={
            "failures": ("the signature over story.example DNSKEY has expired",),
            "resolver": "; the resolver says EDE 7 “signature expired”",
        },
    ),
    case(
        "DNSSEC-BOGUS", "fail", EXPIRED, "story.example SOA servfail", why="plain SERVFAIL", arguments={"resolver": ""}
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        internet(ds=(f"1 15 2 {'ab' * 32}",)),
        FAILS,
        why="another key's DS",
        arguments={"failures": ("no key of story.example is the one that its DS record names",)},
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        internet(signed=False, ds=(f"1 15 2 {'ab' * 32}",)),
        FAILS,
        why="a DS without keys",
        arguments={"failures": ("story.example has a DS record and no DNSKEY",)},
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        internet(unsigned=frozenset({"SOA", "MX"})),
        f"{FAILS}\nstory.example MX bogus",
        why="no signature",
        severity="critical",
        arguments={
            "failures": (
                "the signature over story.example SOA is missing",
                "the signature over story.example MX is missing",
            )
        },
    ),
    case("DNSSEC-BOGUS", "fail", internet(old={"SOA": GONE_BY}), FAILS, why="the SOA alone", severity="high"),
    case(
        "DNSSEC-BOGUS",
        "fail",
        MX_EXPIRED,
        "story.example MX bogus",
        why="the MX alone",
        arguments={"failures": ("the signature over story.example MX has expired",)},
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        FOREIGN_BOGUS,
        "mx.host.example A bogus",
        why="a host",
        arguments={"failures": ("mx.host.example: the signature over host.example DNSKEY has expired",)},
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        EXPIRED,
        why="a resolver that does not validate",
        root_signature=None,
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        EXPIRED,
        why="a resolver far away",
        settings={"resolver_kind": "public"},
    ),
    case("DNSSEC-BOGUS", "unknown", EXPIRED, why="the resolver accepts it", reason="dnssec.disputed"),
    *(
        case("DNSSEC-BOGUS", expected, of, zone, why=f"AD {why}", authenticated=claimed, reason=reason)
        for why, expected, of, zone, claimed, reason in (
            ("on what is never signed, too", "fail", HOME, "", SECURE | {"home.arpa"}, None),
            ("but not on what is never signed", "unknown", HOME, "", SECURE, "dnssec.disputed"),
            (
                "on the denial of a tree of one's own",
                "unknown",
                HOMELESS,
                "",
                SECURE | {"home.arpa"},
                "dnssec.disputed",
            ),
            ("as far as heard", "unknown", HOME, "home.arpa SOA timeout", SECURE | {"home.arpa"}, "dnssec.disputed"),
        )
    ),
    case(
        "DNSSEC-BOGUS",
        "unknown",
        EXPIRED,
        "story.example SOA bogus +0\nstory.example SOA timeout +1",
        why="only once",
        reason="dns.timeout",
    ),
    case("DNSSEC-BOGUS", "unknown", EXPIRED, "story.example SOA timeout", why="no answer", reason="dns.timeout"),
    case(
        "DNSSEC-BOGUS",
        "unknown",
        FOREIGN_UNSIGNED,
        "host.example DS+dnssec timeout",
        why="a host's zone",
        reason="dns.timeout",
    ),
    case("DNSSEC-BOGUS", "unknown", internet(MANY), why="very many hosts", reason="budget"),
)
POLICIES = (
    case(
        "DNSSEC-BOGUS",
        "fail",
        TXT_EXPIRED,
        "story.example TXT bogus",
        why="SPF alone, expired",
        severity="high",
        arguments={"failures": ("the signature over story.example TXT has expired",)},
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        internet(unsigned=frozenset({"TXT"})),
        "story.example TXT servfail",
        why="SPF alone, unsigned",
        severity="high",
        arguments={"failures": ("the signature over story.example TXT is missing",)},
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        DMARC_EXPIRED,
        "_dmarc.story.example TXT bogus",
        why="DMARC alone, expired",
        severity="high",
        arguments={"failures": ("the signature over _dmarc.story.example TXT has expired",)},
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        internet(DMARC, unsigned=frozenset({"TXT"})),
        "_dmarc.story.example TXT servfail",
        why="DMARC alone, unsigned",
        severity="high",
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        internet(old={"NSEC": GONE_BY}),
        "_dmarc.story.example TXT bogus",
        why="that there is no DMARC record",
        severity="high",
        arguments={"failures": ("_dmarc.story.example: the signature over story.example NSEC has expired",)},
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        HOSTED_BOGUS,
        "_dmarc.story.example TXT bogus",
        why="DMARC kept elsewhere, of an unsigned domain",
        authenticated=frozenset(),
        severity="high",
        arguments={"failures": ("_dmarc.story.example: the signature over host.example DNSKEY has expired",)},
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        internet(old={"MX": GONE_BY, "TXT": GONE_BY}),
        "story.example MX bogus\nstory.example TXT bogus",
        why="MX and SPF",
        severity="critical",
    ),
    case(
        "DNSSEC-BOGUS",
        "fail",
        TXT_EXPIRED,
        "story.example TXT bogus\nstory.example MX+dnssec timeout",
        why="SPF for certain, and the MX could not be asked",
        severity="high",
        reason="dns.timeout",
    ),
    case("DNSSEC-BOGUS", "fail", TXT_EXPIRED, why="SPF, far away", settings={"resolver_kind": "public"}),
    case("DNSSEC-BOGUS", "fail", DMARC_EXPIRED, why="DMARC, not validated", root_signature=None, severity="high"),
    case("DNSSEC-BOGUS", "unknown", TXT_EXPIRED, why="SPF that the resolver accepts", reason="dnssec.disputed"),
    case("DNSSEC-BOGUS", "unknown", DMARC_EXPIRED, why="DMARC that the resolver accepts", reason="dnssec.disputed"),
    *(
        case("DNSSEC-BOGUS", "unknown", GOOD, f"{of} TXT+dnssec timeout", why=f"{of} TXT", reason="dns.timeout")
        for of in ("story.example", "_dmarc.story.example")
    ),
)
SIGNING = (
    case("DNSSEC-ALG", "pass", GOOD),
    case("DNSSEC-ALG", "not_applicable", UNSIGNED),
    case("DNSSEC-ALG", "pass", internet(algorithm=8, rsa=2048), why="RSA and SHA-256"),
    case(
        "DNSSEC-ALG",
        "fail",
        internet(algorithm=5, rsa=2048),
        severity="medium",
        arguments={"algorithms": ("5 (RSASHA1)",)},
    ),
    case("DNSSEC-ALG", "fail", internet(algorithm=7, rsa=2048, iterations=0), why="with NSEC3", severity="medium"),
    case("DNSSEC-ALG", "fail", internet(algorithm=10, rsa=2048), why="RSA and SHA-512", severity="low"),
    case("DNSSEC-ALG", "fail", internet(algorithm=5, rsa=2048, linked=False), why="an island", severity="medium"),
    case("DNSSEC-DS-SHA1", "pass", GOOD),
    case("DNSSEC-DS-SHA1", "not_applicable", UNSIGNED),
    case("DNSSEC-DS-SHA1", "not_applicable", ISLAND, why="an island"),
    case("DNSSEC-DS-SHA1", "fail", internet(digest="SHA1"), severity="medium", arguments={"digests": ("1 (SHA-1)",)}),
    case(
        "DNSSEC-DS-SHA1",
        "pass",
        internet(ds=(GOOD.zones[next(z for z in GOOD.zones if len(z) == 3)].right_ds, f"1 15 1 {'ab' * 20}")),
        why="one of two",
    ),
    case("DNSSEC-RSA-BITS", "pass", internet(algorithm=8, rsa=2048)),
    case("DNSSEC-RSA-BITS", "pass", GOOD, why="no RSA"),
    case("DNSSEC-RSA-BITS", "not_applicable", UNSIGNED),
    case("DNSSEC-RSA-BITS", "fail", internet(algorithm=8, rsa=1024), severity="medium"),
    case(
        "DNSSEC-RSA-BITS",
        "fail",
        internet("story.example DNSKEY 256 3 8 AwEAAQ" + "/" * 85 + "w=="),
        why="512 bits",
        severity="high",
    ),
    case("DNSSEC-NSEC3", "pass", internet(iterations=0)),
    case("DNSSEC-NSEC3", "not_applicable", GOOD),
    case("DNSSEC-NSEC3", "not_applicable", UNSIGNED, why="unsigned"),
    case(
        "DNSSEC-NSEC3",
        "fail",
        internet(iterations=10, salt="abcd"),
        severity="low",
        arguments={"parameters": "10 iterations and salt"},
    ),
    case(
        "DNSSEC-NSEC3",
        "fail",
        internet(iterations=0, salt="ab"),
        why="salt",
        severity="low",
        arguments={"parameters": "salt"},
    ),
    case(
        "DNSSEC-NSEC3",
        "fail",
        internet(iterations=51),
        why="many",
        severity="medium",
        arguments={"parameters": "51 iterations"},
    ),
    case("DNSSEC-NSEC3", "unknown", GOOD, "story.example NSEC3PARAM+dnssec timeout", reason="dns.timeout"),
    case("DNSSEC-SIG-EXPIRY", "pass", GOOD),
    case("DNSSEC-SIG-EXPIRY", "not_applicable", UNSIGNED),
    case("DNSSEC-SIG-EXPIRY", "not_applicable", ISLAND, why="an island"),
    case(
        "DNSSEC-SIG-EXPIRY",
        "fail",
        internet(old={"MX": (-13 * DAYS, timedelta(hours=30)), "TXT": (-13 * DAYS, timedelta(minutes=30))}),
        severity="medium",
        arguments={"signatures": ("MX in 30 hours", "TXT in less than an hour")},
    ),
    case(
        "DNSSEC-SIG-EXPIRY",
        "pass",
        internet(dates=(-1 * DAYS, timedelta(hours=25))),
        why="signed anew with each answer",
    ),
    case("DNSSEC-SIG-EXPIRY", "unknown", GOOD, "story.example TXT+dnssec timeout", reason="dns.timeout"),
    case(
        "DNSSEC-SIG-EXPIRY",
        "fail",
        internet(DMARC, old={"TXT": (-13 * DAYS, timedelta(hours=30))}),
        why="DMARC",
        arguments={"signatures": ("_dmarc TXT in 30 hours",)},
    ),
    case(
        "DNSSEC-SIG-EXPIRY",
        "pass",
        internet(ALIAS, Zone(apex="host.example.", text=HOSTED, dates=(-13 * DAYS, timedelta(hours=30)))),
        why="of another's zone",
    ),
    case("DNSSEC-SIG-EXPIRY", "pass", TXT_EXPIRED, why="what is over is bogus"),
    case("DNSSEC-SIG-EXPIRY", "unknown", GOOD, "story.example MX+dnssec timeout", why="MX", reason="dns.timeout"),
)
VIEWS = (
    case("DNSSEC-RESOLVER-DIFFERS", "pass", GOOD),
    case("DNSSEC-RESOLVER-DIFFERS", "pass", UNSIGNED, why="insecure", authenticated=frozenset()),
    case("DNSSEC-RESOLVER-DIFFERS", "pass", EXPIRED, FAILS, why="bogus"),
    case(
        "DNSSEC-RESOLVER-DIFFERS",
        "pass",
        GOOD,
        why="it does not validate",
        root_signature=None,
        authenticated=frozenset(),
    ),
    case("DNSSEC-RESOLVER-DIFFERS", "pass", GOOD, why="far away", settings={"resolver_kind": "private"}),
    case(
        "DNSSEC-RESOLVER-DIFFERS",
        "fail",
        GOOD,
        authenticated=frozenset(),
        severity="info",
        arguments={"ours": "secure", "theirs": "insecure"},
    ),
    case("DNSSEC-RESOLVER-DIFFERS", "fail", UNSIGNED, why="AD without a chain", arguments={"theirs": "secure"}),
    case("DNSSEC-RESOLVER-DIFFERS", "fail", GOOD, FAILS, why="refused", arguments={"theirs": "bogus"}),
    case("DNSSEC-RESOLVER-DIFFERS", "fail", EXPIRED, why="accepted", arguments={"ours": "bogus", "theirs": "secure"}),
    case("DNSSEC-RESOLVER-DIFFERS", "unknown", GOOD, "story.example SOA timeout", reason="dns.timeout"),
)
CASES = (*STATES, *BOGUS, *POLICIES, *SIGNING, *VIEWS, *UNKNOWN, *VANTAGE)


@pytest.mark.parametrize("each", CASES, ids=lambda c: c.id)
def test_rule(each: Case) -> None:
    check(each)
