"""Insights across domains: counted exactly, each domain once, and only what domains share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.model.evidence import InputLine
from audit.model.report import DomainReport, Finding, Insight, Result, Severity, SubjectName
from audit.rules.summary.insights import NAMED, insights
from tests.rules import keys
from tests.rules.world import Case, replayed


def fail(
    rule: str,
    kind: str,
    name: str,
    *causes: tuple[str, str],
    severity: str = "high",
    message: str = "it is so",
    publish: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        rule=rule,
        subject=SubjectName(kind=kind, name=name),
        result=Result.FAIL,
        severity=Severity(severity),
        reason=None,
        message=message,
        arguments={},
        publish=publish,
        causes=tuple(SubjectName(kind=k, name=n) for k, n in causes),
        evidence=(),
    )


def unknown(rule: str, kind: str, name: str) -> Finding:
    return Finding(
        rule=rule,
        subject=SubjectName(kind=kind, name=name),
        result=Result.UNKNOWN,
        severity=None,
        reason="dns.timeout",
        message=None,
        arguments={},
        publish=(),
        causes=(),
        evidence=(),
    )


def domain(number: int, *findings: Finding) -> DomainReport:
    name = f"d{number}.example"
    return DomainReport(
        input=InputLine(file="domains.txt", line=number, column=1, text=name),
        domain=name,
        unicode=name,
        status="audited",
        problem=None,
        verdicts=(),
        findings=findings,
        passed=(),
        not_applicable=(),
        paths=(),
        records=(),
    )


def told(*domains: tuple[Finding, ...]) -> list[tuple[str, str, str, int]]:
    found = insights([domain(n, *findings) for n, findings in enumerate(domains, 1)])
    return [(i.rule, i.cause.kind, i.cause.name, i.affected) for i in found]


INCLUDE = ("include", "_spf.mail.example")
OTHER = ("include", "_spf.other.example")


def spf(n: int, *causes: tuple[str, str], severity: str = "high") -> Finding:
    return fail("SPF-INCLUDE-NONE", "domain", f"d{n}.example", *causes, severity=severity)


def server(host: str, address: str) -> Finding:
    return fail("CERT-EXPIRED", "server", f"{host} {address}")


def listed(address: str) -> Finding:
    return fail("DNSBL-IP-LISTED", "list_entry", f"{address} spamcop")


@pytest.mark.parametrize(
    ("domains", "expected"),
    [
        ((), []),
        (((spf(1, INCLUDE),),), []),
        (((spf(1, INCLUDE),), (spf(2, INCLUDE),)), [("SPF-INCLUDE-NONE", *INCLUDE, 2)]),
        (((spf(1, INCLUDE),), (spf(2, OTHER),)), []),
        (((spf(1, INCLUDE, OTHER),), (spf(2, OTHER, OTHER),)), [("SPF-INCLUDE-NONE", *OTHER, 2)]),
        (((spf(1, INCLUDE), spf(1, INCLUDE)),), []),  # one domain, twice
        (((spf(1),), (spf(2),)), []),  # nothing that domains share
        (((spf(1, INCLUDE, severity="info"),), (spf(2, INCLUDE, severity="info"),)), []),
        (((listed("192.0.2.1"),),) * 3, [("DNSBL-IP-LISTED", "list_entry", "192.0.2.1 spamcop", 3)]),
        (((unknown("DNSBL-IP-LISTED", "list_entry", "192.0.2.1 spamcop"),),) * 3, []),
        (((fail("MX-NXDOMAIN", "host", "mx.test"),),) * 2, [("MX-NXDOMAIN", "host", "mx.test", 2)]),
        (((fail("DKIM-SYNTAX", "selector", "s._domainkey.a.example"),),) * 2, []),
        (  # the rule tells apart what one host does
            ((fail("MX-NXDOMAIN", "host", "mx.test"),), (fail("MX-CNAME", "host", "mx.test"),)),
            [],
        ),
        (  # a host with two addresses: the host says it all
            ((server("mx.test", "192.0.2.1"), server("mx.test", "2001:db8::1")),) * 2,
            [("CERT-EXPIRED", "host", "mx.test", 2)],
        ),
        (  # a machine with a name for each customer: the address says it all
            (
                (server("mx1.test", "192.0.2.1"),),
                (server("mx2.test", "192.0.2.1"),),
                (server("mx2.test", "192.0.2.1"),),
            ),
            [("CERT-EXPIRED", "address", "192.0.2.1", 3)],
        ),
        (  # neither covers the other
            (
                (server("mx1.test", "192.0.2.1"),),
                (server("mx1.test", "192.0.2.2"),),
                (server("mx2.test", "192.0.2.1"),),
            ),
            [("CERT-EXPIRED", "address", "192.0.2.1", 2), ("CERT-EXPIRED", "host", "mx1.test", 2)],
        ),
        (  # the gravest first, then the most frequent
            (
                (spf(1, INCLUDE, OTHER), listed("192.0.2.1")),
                (spf(2, INCLUDE, OTHER), listed("192.0.2.1")),
                (spf(3, OTHER), fail("MX-NXDOMAIN", "host", "mx.test", severity="critical")),
                (fail("MX-NXDOMAIN", "host", "mx.test", severity="low"),),
            ),
            [
                ("MX-NXDOMAIN", "host", "mx.test", 2),
                ("SPF-INCLUDE-NONE", *OTHER, 3),
                ("DNSBL-IP-LISTED", "list_entry", "192.0.2.1 spamcop", 2),
                ("SPF-INCLUDE-NONE", *INCLUDE, 2),
            ],
        ),
    ],
)
def test_what_domains_share(
    domains: tuple[tuple[Finding, ...], ...], expected: list[tuple[str, str, str, int]]
) -> None:
    assert told(*domains) == expected


def only(*findings: Finding) -> Insight:
    (insight,) = insights([domain(n, finding) for n, finding in enumerate(findings, 1)])
    return insight


def test_all_are_counted_and_the_first_are_named() -> None:
    insight = only(*[spf(n, INCLUDE) for n in range(214)])
    assert insight.affected == 214
    assert insight.domains == tuple(f"d{n}.example" for n in range(1, NAMED + 1))


def test_it_is_as_grave_as_the_gravest() -> None:
    assert only(spf(1, INCLUDE, severity="low"), spf(2, INCLUDE, severity="critical")).severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("messages", "records", "message", "publish"),
    [
        (("same", "same", "same"), (("r",), ("r",), ("r",)), "same", ("r",)),
        (("same", "other", "same"), (("r",), ("r",), ("r",)), None, ("r",)),
        (("same", "same", "same"), (("r",), ("s",), ("r",)), "same", ()),
    ],
)
def test_only_what_is_said_of_each_domain_is_said_of_all(
    messages: tuple[str, ...], records: tuple[tuple[str, ...], ...], message: str | None, publish: tuple[str, ...]
) -> None:
    pairs = zip(messages, records, strict=True)
    insight = only(*[fail("PTR-MISSING", "address", "192.0.2.1", message=m, publish=r) for m, r in pairs])
    assert (insight.message, insight.publish) == (message, publish)


def replays(zone: str, *domains: str) -> list[tuple[str, str, str, int]]:
    """What real rules find of domains in one zone."""
    return told(*(replayed(Case("", "", zone, domain=name)).findings for name in domains))


def test_what_the_rules_find_comes_together() -> None:
    weak = f'"v=DKIM1; k=rsa; p={keys.rsa_text(1024)}"'
    zone = f"""
        a.example. TXT "v=spf1 include:_spf.gone.test -all"
        b.example. TXT "v=spf1 include:_spf.gone.test -all"
        _spf.gone.test. A 192.0.2.1
        google._domainkey.a.example. TXT {weak}
        google._domainkey.b.example. CNAME google._domainkey.a.example.
        a.example. MX 10 mx.away.test.
        b.example. MX 10 mx.away.test.
        away.test. A 192.0.2.1
        mx.away.test. TXT "no address"
    """
    found = replays(zone, "a.example", "b.example")
    assert ("SPF-INCLUDE-NONE", "include", "_spf.gone.test", 2) in found
    assert ("MX-NOADDR", "host", "mx.away.test", 2) in found
    assert [(rule, kind, count) for rule, kind, _, count in found if kind == "key"] == [("DKIM-RSA-1024", "key", 2)]


def test_a_row_that_is_no_domain_has_no_part_in_it() -> None:
    row = domain(1, spf(1, INCLUDE))
    blank = DomainReport(**{f: getattr(row, f) for f in row.__slots__} | {"domain": None})
    assert insights([blank, domain(2, spf(2, INCLUDE))]) == ()


NAMES = st.sampled_from(["mx1.test", "mx2.test", "mx3.test"])
ADDRESSES = st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1"])
SERVERS = st.builds(server, NAMES, ADDRESSES)
INCLUDES = st.builds(lambda *causes: spf(0, *causes), *[st.sampled_from([INCLUDE, OTHER])] * 2)


def simply(domains: list[DomainReport]) -> dict[tuple[str, str, str], list[str]]:
    """The domains that each cause troubles, all kept in memory, without the narrower of a host and its address."""
    troubles: dict[tuple[str, str, str], list[str]] = {}
    pairs: dict[tuple[tuple[str, str, str], tuple[str, str, str]], None] = {}
    for report in domains:
        for finding in report.findings:
            causes = [(finding.rule, c.kind, c.name) for c in finding.causes]
            if finding.subject.kind == "server":
                host, address = finding.subject.name.split()
                causes = [(finding.rule, "host", host), (finding.rule, "address", address)]
                pairs[causes[0], causes[1]] = None
            for cause in causes:
                named = troubles.setdefault(cause, [])
                named += [report.domain or ""] if report.domain not in named else []
    shared = {cause: named for cause, named in troubles.items() if len(named) > 1}
    for one, other in pairs:
        if one in shared and other in shared:
            if set(shared[other]) <= set(shared[one]):
                del shared[other]
            elif set(shared[one]) <= set(shared[other]):
                del shared[one]
    return shared


@given(st.lists(st.lists(SERVERS | INCLUDES, max_size=4), max_size=6))
def test_two_passes_find_what_one_that_keeps_all_would_find(found: list[list[Finding]]) -> None:
    domains = [domain(n, *findings) for n, findings in enumerate(found, 1)]
    told = {(i.rule, i.cause.kind, i.cause.name): list(i.domains) for i in insights(domains)}
    assert told == simply(domains)
