"""What is mended first: the gravest, a rule at a time, without what is told once for several domains."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.model.report import DomainReport, Finding, Severity, SubjectName, Waiver
from audit.report import worst
from tests.report.sample import RULES, fail, row

BY_ID = {rule.id: rule for rule in RULES}
CAUSE = SubjectName(kind="include", name="_spf.mail.example")


def domain(name: str, *findings: Finding) -> DomainReport:
    return row(1, name, name, findings=findings)


def found(*domains: DomainReport, shared: frozenset[tuple[str, str, str]] = frozenset()) -> list[tuple[str, str, int]]:
    grave = worst.Grave(shared)
    for at, each in enumerate(domains, 1):
        grave.add(f"d{at}", each.domain or "", each)
    return [(str(w.severity), w.rule.id, w.affected) for w in grave.worst(BY_ID)]


def broken(id_: str, severity: str = "high", publish: tuple[str, ...] = ()) -> Finding:
    return fail(id_, severity, "domain", "x.example", "it is broken", publish=publish)


@pytest.mark.parametrize(
    ("domains", "told"),
    [
        ([], []),
        ([domain("a.example", broken("DMARC-P-NONE", "medium"))], []),
        (
            [domain("a.example", broken("SPF-LOOKUPS"), broken("MX-PRIVATE", "critical"))],
            [("critical", "MX-PRIVATE", 1), ("high", "SPF-LOOKUPS", 1)],
        ),
        (
            [
                domain("a.example", broken("DNSBL-IP-LISTED")),
                domain("b.example", broken("SPF-LOOKUPS"), broken("SPF-LOOKUPS")),
                domain("c.example", broken("SPF-LOOKUPS")),
            ],
            [("high", "SPF-LOOKUPS", 2), ("high", "DNSBL-IP-LISTED", 1)],
        ),
    ],
    ids=["nothing", "nothing grave", "by severity", "by how many"],
)
def test_the_gravest_come_first(domains: list[DomainReport], told: list[tuple[str, str, int]]) -> None:
    assert found(*domains) == told


def test_what_is_told_once_for_several_is_left_out() -> None:
    shared = frozenset({("SPF-LOOKUPS", CAUSE.kind, CAUSE.name)})
    caused = replace(broken("SPF-LOOKUPS"), causes=(CAUSE,))
    assert found(domain("a.example", caused), domain("b.example", broken("SPF-LOOKUPS")), shared=shared) == [
        ("high", "SPF-LOOKUPS", 1)
    ]


@pytest.mark.parametrize(("expired", "told"), [(False, []), (True, [("high", "SPF-LOOKUPS", 1)])])
def test_what_somebody_accepts_is_left_out_for_as_long_as_that_holds(
    expired: bool, told: list[tuple[str, str, int]]
) -> None:
    accepted = Waiver(
        rule="SPF-LOOKUPS",
        domain="*.example",
        subject=None,
        reason="it moves next month",
        owner="postmaster",
        expires="2026-12-31",
        expired=expired,
    )
    assert found(domain("a.example", replace(broken("SPF-LOOKUPS"), waiver=accepted))) == told


def test_the_first_domains_are_named_with_the_records_that_mend_them() -> None:
    grave = worst.Grave(frozenset())
    record = 'x.example. 3600 IN TXT "v=spf1 -all"'
    other = 'x.example. 3600 IN TXT "v=spf1 ~all"'
    for at in range(1, 6):
        findings = (broken("SPF-LOOKUPS", publish=(record,)), broken("SPF-ALL-SOFTFAIL", "info", publish=(other,)))
        grave.add(f"d{at}", f"{at}.example", domain(f"{at}.example", *findings))
    (told,) = grave.worst(BY_ID)
    assert (told.affected, [each.name for each in told.first]) == (5, ["1.example", "2.example", "3.example"])
    (proposal,) = told.first[0].proposals
    assert proposal.records == (record,)
    assert proposal.rivals == ("SPF-ALL-SOFTFAIL",)  # which wants another record in the same place


def test_a_report_that_names_any_number_of_rules_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worst, "RULES", 3)
    many = [domain(f"{at}.example", broken(f"NO-SUCH-{at}")) for at in range(9)]
    assert len(found(*many)) == 3
    assert len(found(*[domain("a.example", broken(f"NO-SUCH-{at}")) for at in range(3)])) == 3
    assert Severity.CRITICAL in worst.GRAVE
