"""A domain's findings folded into its part of the report."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from audit.catalog.blocklists import Blocklists
from audit.catalog.providers import Providers
from audit.model.evidence import DomainEvidence, Row
from audit.model.fact import Fact
from audit.model.report import Confidence, DomainReport, Finding, Judged, Problem, Result, RuleText
from audit.rules.rule import Rule
from audit.rules.summary.found import Shared, found
from audit.rules.summary.paths import paths
from audit.rules.summary.pictures import certificates, mail_servers, operators, spf_drawing
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

    sampled = {v.key for v in evidence.visits if (s := shared.sessions.get(v)) and s.sampled is not None}
    told = tuple(_weighed(f, sampled) for f in findings if f.result in (Result.FAIL, Result.UNKNOWN))

    def compact(result: Result) -> tuple[Judged, ...]:
        return tuple(Judged(rule=f.rule, subject=f.subject) for f in findings if f.result is result)

    return DomainReport(
        input=evidence.input,
        domain=evidence.domain,
        unicode=evidence.unicode,
        status="audited",
        problem=None,
        verdicts=verdicts(findings, facts, smtp=smtp, lists=bool(blocklists.entries)),
        findings=told,
        passed=compact(Result.PASS),
        not_applicable=compact(Result.NOT_APPLICABLE),
        paths=paths(facts),
        records=found(evidence, shared, facts, blocklists, providers),
        operators=operators(evidence.domain, facts),
        unit=evidence.options.unit,
        servers=mail_servers(facts),
        spf=spf_drawing(facts, providers),
        certificates=certificates(evidence, shared.sessions),
    )


def unaudited(row: Row) -> DomainReport:
    """A line of the list that was not audited."""
    return DomainReport(
        input=row.input,
        domain=row.domain,
        unicode=row.domain,
        status=row.status,
        problem=Problem(reason=row.reason, message=row.message, suggestion=row.suggestion),
        verdicts=(),
        findings=(),
        passed=(),
        not_applicable=(),
        paths=(),
        records=(),
    )


def _weighed(finding: Finding, sampled: Set[str]) -> Finding:
    """A failure that rests on a session held under another name says so."""
    if finding.result is Result.FAIL and not sampled.isdisjoint(finding.evidence):
        return replace(finding, confidence=Confidence.SAMPLED)
    return finding


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
