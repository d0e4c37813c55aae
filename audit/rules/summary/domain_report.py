"""A domain's findings folded into its part of the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.catalog.blocklists import Blocklists
from audit.catalog.providers import Providers
from audit.model.evidence import DomainEvidence
from audit.model.fact import Fact
from audit.model.report import DomainReport, Finding, Judged, Result, RuleText
from audit.rules.rule import Rule
from audit.rules.summary.found import Shared, found
from audit.rules.summary.paths import paths
from audit.rules.summary.verdicts import verdicts


def domain_report(
    evidence: DomainEvidence,
    shared: Shared,
    findings: tuple[Finding, ...],
    facts: Mapping[type, Fact[Any]],
    *,
    smtp: bool,
    blocklists: Blocklists,
    providers: Providers,
) -> DomainReport:
    """Verdicts first, then the findings, then what passed and what does not apply, then the records as found."""

    def compact(result: Result) -> tuple[Judged, ...]:
        return tuple(Judged(rule=f.rule, subject=f.subject) for f in findings if f.result is result)

    return DomainReport(
        input=evidence.input,
        domain=evidence.domain,
        unicode=evidence.unicode,
        status="audited",
        problem=None,
        verdicts=verdicts(findings, facts, smtp=smtp, lists=bool(blocklists.entries)),
        findings=tuple(f for f in findings if f.result in (Result.FAIL, Result.UNKNOWN)),
        passed=compact(Result.PASS),
        not_applicable=compact(Result.NOT_APPLICABLE),
        paths=paths(facts),
        records=found(evidence, shared, facts, blocklists, providers),
    )


def rule_text(rule: Rule) -> RuleText:
    """A rule as the report carries it."""
    return RuleText(
        id=rule.id,
        topic=rule.topic,
        severities=rule.severities,
        title=rule.title,
        why=rule.why,
        fix=rule.fix,
        reference=rule.reference,
    )
