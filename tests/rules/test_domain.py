"""Whether a domain exists, and how its name is written."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from tests.rules.keys import rsa_text
from tests.rules.world import GONE, Case, World, check, replayed

HERE = 'story.example. TXT "v=spf1 -all"'
NOWHERE = "example. SOA nodata"
OWN_ZONE = "story.example. SOA ns1.story.example. hostmaster.story.example. 7 3600 900 1209600 3600\n"
DENIED_ONCE = "story.example. SOA nxdomain +0\nstory.example. SOA servfail +1"

CLOSED = """
    story.example.         TXT  "v=spf1 -all"
    _dmarc.story.example.  TXT  "v=DMARC1; p=reject; rua=mailto:d@other.example"
"""
NULL = CLOSED + "story.example. MX 0 .\nstory.example. A 192.0.2.80\n"
SELECTOR = DomainOptions(parked=True, selectors=("s1",))
PARKED = DomainOptions(parked=True)


def dmarc(tags: str) -> str:
    return f'story.example. TXT "v=spf1 -all"\n_dmarc.story.example. TXT "v=DMARC1; {tags}"\n'


def key(text: str) -> str:
    return f'{CLOSED}s1._domainkey.story.example. TXT "{text}"\n'


PARKING = (
    Case("DOMAIN-PARKED-INCOMPLETE", "pass", CLOSED),
    Case("DOMAIN-PARKED-INCOMPLETE", "pass", NULL, why="with an address"),
    Case("DOMAIN-PARKED-INCOMPLETE", "pass", CLOSED.replace("v=spf1", "V=SPF1 "), why="written otherwise"),
    Case("DOMAIN-PARKED-INCOMPLETE", "not_applicable", "story.example. A 192.0.2.80", why="implicit MX"),
    Case(
        "DOMAIN-PARKED-INCOMPLETE",
        "fail",
        "story.example. A 192.0.2.80",
        why="parked, with an address",
        options=PARKED,
        severity="medium",
        arguments={
            "domain": "story.example",
            "missing": ("SPF that lets nobody send", "DMARC that rejects", "a null MX"),
        },
    ),
    Case("DOMAIN-PARKED-INCOMPLETE", "fail", CLOSED.replace("-all", "~all"), why="~all"),
    Case("DOMAIN-PARKED-INCOMPLETE", "fail", dmarc("p=quarantine"), why="quarantine"),
    Case("DOMAIN-PARKED-INCOMPLETE", "fail", dmarc("p=reject; sp=none"), why="a weaker sp"),
    Case("DOMAIN-PARKED-INCOMPLETE", "fail", dmarc("p=reject; np=none"), why="a weaker np"),
    Case("DOMAIN-PARKED-INCOMPLETE", "fail", dmarc("p=reject; t=y"), why="only a test"),
    Case(
        "DOMAIN-PARKED-INCOMPLETE",
        "fail",
        key(f"v=DKIM1; k=rsa; p={rsa_text(2048)}"),
        why="a key is left",
        options=SELECTOR,
        severity="info",
        arguments={"missing": ("the end of DKIM key s1",)},
    ),
    Case("DOMAIN-PARKED-INCOMPLETE", "pass", key("v=DKIM1; p="), why="a key is revoked", options=SELECTOR),
    Case(
        "DOMAIN-PARKED-INCOMPLETE",
        "not_applicable",
        "story.example. TXT x",
        why="it sends",
        options=DomainOptions(sending_ips=("192.0.2.1",)),
    ),
    Case(
        "DOMAIN-PARKED-INCOMPLETE",
        "not_applicable",
        "story.example. TXT x",
        why="meant to take mail",
        options=DomainOptions(mail=True),
    ),
    Case("DOMAIN-PARKED-INCOMPLETE", "unknown", CLOSED + "story.example. MX servfail", reason="dns.servfail"),
    Case(
        "DOMAIN-PARKED-INCOMPLETE",
        "unknown",
        CLOSED + "_dmarc.story.example. TXT timeout",
        why="DMARC unknown",
        reason="dns.timeout",
    ),
    Case(
        "DOMAIN-PARKED-INCOMPLETE",
        "fail",
        "story.example. TXT x\n_dmarc.story.example. TXT timeout",
        why="one is missing for certain",
        arguments={"missing": ("SPF that lets nobody send",)},
    ),
)

CASES = (
    *PARKING,
    Case("DOMAIN-NXDOMAIN", "pass", HERE),
    Case("DOMAIN-NXDOMAIN", "pass", "www.story.example. A 192.0.2.1", why="empty non-terminal"),
    Case(
        "DOMAIN-NXDOMAIN",
        "fail",
        NOWHERE,
        severity="critical",
        arguments={"domain": "story.example"},
    ),
    Case("DOMAIN-NXDOMAIN", "pass", "story.example. SOA nxdomain\n" + OWN_ZONE, why="denied by servers of its own"),
    Case("DOMAIN-NXDOMAIN", "unknown", "story.example. SOA servfail", reason="dns.servfail"),
    Case("DOMAIN-NXDOMAIN", "unknown", "story.example. SOA timeout", why="silence", reason="dns.timeout"),
    Case("DOMAIN-NXDOMAIN", "unknown", "story.example. SOA bogus", why="bogus", reason="dns.bogus"),
    Case("DOMAIN-NXDOMAIN", "unknown", DENIED_ONCE, why="denied only once", reason="dns.servfail"),
    Case("DOMAIN-NXDOMAIN", "pass", "story.example. SOA nxdomain +0\n" + HERE, why="the second time it was there"),
    Case("DOMAIN-IDN", "pass", HERE),
    Case(
        "DOMAIN-IDN",
        "fail",
        "xn--mnchen-3ya.example. TXT nodata",
        domain="xn--mnchen-3ya.example",
        severity="info",
        arguments={"domain": "xn--mnchen-3ya.example"},
    ),
    Case("DOMAIN-IDN", "unknown", "story.example. SOA timeout", reason="dns.timeout"),
    # Nothing else is said of a domain that does not exist.
    Case("DOMAIN-IDN", "not_applicable", NOWHERE),
    Case("SPF-MISSING", "not_applicable", NOWHERE, why="no domain"),
    Case("DMARC-MISSING", "not_applicable", NOWHERE, why="no domain"),
    Case("DKIM-NONE", "not_applicable", NOWHERE, why="no domain"),
    Case("MX-REACH", "not_applicable", NOWHERE, why="no domain"),
    Case("CERT-EXPIRED", "not_applicable", NOWHERE, why="no domain", subject="story.example"),
    Case("DNSBL-IP-LISTED", "not_applicable", NOWHERE, why="no domain"),
    # Not to know whether it exists keeps nothing else from being seen.
    Case("SPF-MISSING", "pass", HERE + "\nstory.example. SOA servfail", why="existence unknown"),
    Case("MX-REACH", GONE, HERE, why="no host"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


REJECTING = '_dmarc.story.example. 3600 IN TXT "v=DMARC1; p=reject"'
NOBODY = 'story.example. 3600 IN TXT "v=spf1 -all"'
NO_MX = "story.example. 3600 IN MX 0 ."
NO_KEY = '*._domainkey.story.example. 3600 IN TXT "v=DKIM1; p="'


@pytest.mark.parametrize(
    ("zone", "options", "publish"),
    [
        ("story.example. TXT x", PARKED, (NOBODY, REJECTING, NO_KEY)),
        ("story.example. A 192.0.2.80", PARKED, (NOBODY, REJECTING, NO_MX, NO_KEY)),
        (NULL.replace("-all", "?all"), PARKED, (NOBODY, NO_KEY)),
        (NULL.replace("-all", "?all") + '*._domainkey.story.example. TXT "v=DKIM1; p="', PARKED, (NOBODY,)),
        (
            dmarc("p=none; sp=none; rua=mailto:d@other.example"),
            PARKED,
            ('_dmarc.story.example. 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:d@other.example"', NO_KEY),
        ),
        (
            key(f"v=DKIM1; k=rsa; p={rsa_text(2048)}"),
            SELECTOR,
            ('s1._domainkey.story.example. 3600 IN TXT "v=DKIM1; p="', NO_KEY),
        ),
    ],
)
def test_exactly_what_is_missing_is_to_be_published(
    zone: str, options: DomainOptions, publish: tuple[str, ...]
) -> None:
    found = check(Case("DOMAIN-PARKED-INCOMPLETE", "fail", zone, options=options))
    assert found is not None
    assert found.publish == publish


NULL_MX = "story.example. MX 0 .\n"
NO_MAIL = NULL_MX + 'story.example. TXT "v=spf1 -all"\n*._domainkey.story.example. TXT "v=DKIM1; p="\n'
READS = "reader.example. MX 1 mx.reader.example.\n"
AGREES = READS + 'story.example._report._dmarc.reader.example. TXT "v=DMARC1"\n'
READER = "rua=mailto:d@reader.example"
SUB = "sub.story.example"
BELOW = f'{SUB}. MX 0 .\n{SUB}. TXT "v=spf1 -all"\n*._domainkey.{SUB}. TXT "v=DKIM1; p="\n'
ABOVE = (
    '_dmarc.story.example. TXT "v=DMARC1; p=quarantine; rua=mailto:d@story.example"\nstory.example. MX 1 mx.example.\n'
)
AWAY = f'_dmarc.story.example. TXT "v=DMARC1; p=quarantine; {READER}"\n'
PLAIN = "DMARC that rejects"
NOT_SHOWN = f"{PLAIN} (without reports, as nothing shows that reader.example may be sent them)"


def broken(tags: str) -> str:
    return f'{NO_MAIL}_dmarc.story.example. TXT "{tags}"\n'


@pytest.mark.parametrize(
    ("zone", "domain", "rua", "missing"),
    [
        (NO_MAIL, "story.example", "", PLAIN),
        (broken(f"v=dmarc1; p=none; {READER}") + AGREES, "story.example", READER, PLAIN),
        (broken(f"v=dmarc1; p=none; {READER}") + READS, "story.example", "", NOT_SHOWN),
        (
            broken(f"v=dmarc1; p=none; {READER}") + READS + "story.example._report._dmarc.reader.example. TXT timeout",
            "story.example",
            "",
            NOT_SHOWN,
        ),
        (broken(f"v=dmarc1; p=none; {READER}") + AGREES.replace(READS, ""), "story.example", "", NOT_SHOWN),  # no mail
        (
            broken(f"v=dmarc1; p=none; {READER},mailto:d@other.example") + AGREES,
            "story.example",
            READER,
            PLAIN,
        ),
        (
            broken("v=dmarc1; rua=mailto:d@in.story.example") + "in.story.example. MX 1 mx.example.\n",
            "story.example",
            "rua=mailto:d@in.story.example",
            PLAIN,
        ),
        (
            broken("v=dmarc1; rua=mailto:d@story.example"),  # where no mail can arrive
            "story.example",
            "",
            NOT_SHOWN.replace("reader", "story"),
        ),
        (NO_MAIL + f'story.example. TXT "v=DMARC1; p=none; {READER}"\n' + AGREES, "story.example", READER, PLAIN),
        (
            f'{NO_MAIL}_dmarc.story.example. TXT "v=DMARC1; p=none"\nstory.example. TXT "v=DMARC1; {READER}"\n{AGREES}',
            "story.example",
            READER,
            PLAIN,
        ),
        (BELOW + ABOVE, SUB, "rua=mailto:d@story.example", PLAIN),
        (BELOW + AWAY + AGREES.replace("story.example", SUB), SUB, READER, PLAIN),
        (BELOW + AWAY + AGREES, SUB, "", NOT_SHOWN),  # it agrees for the domain above alone
    ],
)
def test_reports_of_a_closed_domain_go_to_who_may_be_sent_them(zone: str, domain: str, rua: str, missing: str) -> None:
    case = Case("DOMAIN-PARKED-INCOMPLETE", "fail", zone, domain=domain, arguments={"missing": (missing,)})
    found = check(case)
    assert found is not None
    tail = f"; {rua}" if rua else ""
    assert found.publish == (f'_dmarc.{domain}. 3600 IN TXT "v=DMARC1; p=reject{tail}"',)
    wanted = {f.publish for f in replayed(case).all if f.rule in ("DMARC-MISSING", "DMARC-P-NONE") and f.publish}
    assert wanted <= {found.publish}


def test_a_key_that_is_an_alias_ends_with_that() -> None:
    zone = f'{CLOSED}s1._domainkey.story.example. CNAME k.p.test.\nk.p.test. TXT "v=DKIM1; p={rsa_text(2048)}"\n'
    found = check(Case("DOMAIN-PARKED-INCOMPLETE", "fail", zone, options=SELECTOR, severity="info"))
    assert found is not None
    assert found.arguments["missing"] == ("the end of DKIM key s1 (an alias)",)
    assert found.publish == (NO_KEY,)


INSTEAD = f"{PLAIN} (in place of the alias at _dmarc.story.example)"


@pytest.mark.parametrize(
    ("alias", "place", "missing"),
    [
        ('d.story.example. TXT "v=DMARC1; p=none"', "d.story.example", PLAIN),
        ("d.story.example. A 192.0.2.9", "d.story.example", PLAIN),
        ("", "d.story.example", PLAIN),
        ("d.story.example. CNAME _dmarc.story.example.", "", INSTEAD),  # in a circle
        ("d.story.example. CNAME r.hosted.test.", "", INSTEAD),  # somebody else's
        ('d.story.example. CNAME r.hosted.test.\nr.hosted.test. TXT "v=DMARC1; p=none"', "", INSTEAD),
    ],
)
def test_no_record_is_given_to_stand_beside_an_alias(alias: str, place: str, missing: str) -> None:
    zone = f"{NO_MAIL}_dmarc.story.example. CNAME d.story.example.\n{alias}"
    found = check(Case("DOMAIN-PARKED-INCOMPLETE", "fail", zone, arguments={"missing": (missing,)}))
    assert found is not None
    assert found.publish == ((f'{place}. 3600 IN TXT "v=DMARC1; p=reject"',) if place else ())


def test_the_addresses_of_a_domain_with_mail_are_not_asked_for() -> None:
    world = World(Case("", "", "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1"))
    replayed(world.case, world)
    assert not [p.key for p in world.asked if p.key.startswith(("dns story.example A", "dns story.example AAAA"))]
