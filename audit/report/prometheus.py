"""The report as metrics in Prometheus' text format (version 0.0.4), for the textfile collector of node_exporter.

Metrics of one name stand together behind their HELP and TYPE, so the list is gone through once for each. Each domain
has a series for each severity, so that one which is mended goes to 0. The number of series is bounded: of a longer list
the first domains have them, and `mxaudit_run_domains_left_out` tells of how many it is silent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from types import MappingProxyType
from typing import TypeAlias

from audit import contract
from audit.model.report import BaselineState, DomainReport, Finding, Glance, Result, RunReport, Severity, glances
from audit.report import words
from audit.report.decisions import WaiverState, state
from audit.syntax.escape import inert

Series: TypeAlias = tuple[Mapping[str, str], int | float]

DOMAINS = 10_000
MOST = 50  # reasons, or servers, of a domain; more reasons are counted as one
LABEL = 300  # characters: room for the name of a host and its address
OTHER = "other"
_UNTIL = re.compile(r"; until ([0-9]{4}-[0-9]{2}-[0-9]{2}); [^;]*\Z")  # behind all that the certificate says itself

HELP: Mapping[str, str] = MappingProxyType(
    {
        "mxaudit_run_info": "What made the report, and from which list: always 1.",
        "mxaudit_run_observed_at_seconds": "When the run began, in seconds since 1970.",
        "mxaudit_run_complete": "1 if each line of the list is done, 0 if the run was cut short.",
        "mxaudit_run_lines_done": "Lines of the list that are done.",
        "mxaudit_run_lines": "Lines of the list that are to be done.",
        "mxaudit_run_rows": "Rows of the report, by what became of them.",
        "mxaudit_run_results": "Results of checks over all domains.",
        "mxaudit_run_unknown_ratio": "The share of the checks that apply which could not be tested, from 0 to 1.",
        "mxaudit_run_vantage": "What could be seen from where the run stood: always 1.",
        "mxaudit_run_findings": "Failures about the run itself, such as a blocklist that is broken.",
        "mxaudit_run_waivers": "Waivers that were given: live, expired or unused.",
        "mxaudit_run_baseline": "Failures beside the baseline; unseen: those of it that were not met again.",
        "mxaudit_run_domains_left_out": "Audited domains that are beyond what this file has room for.",
        "mxaudit_findings": "Failures of a domain, by severity.",
        "mxaudit_waived": "Of the failures of a domain, those that a waiver accepts, by severity.",
        "mxaudit_new": "Of the failures of a domain, those that are new or graver since the baseline, by severity.",
        "mxaudit_unknown": "Checks of a domain that could not be tested, by the reason.",
        "mxaudit_verdict": "The answer to one of the questions about a domain: always 1.",
        "mxaudit_certificate_not_after_seconds": "The day (0:00 UTC) on which a mail server's certificate ends.",
    }
)


def stream(report: RunReport) -> Iterator[bytes]:
    """A report is a family of metrics after the other, first those of the run."""
    yield from _run(report)
    for name, told in (
        ("mxaudit_findings", _findings),
        ("mxaudit_waived", _waived if report.waivers else _none),
        ("mxaudit_new", _new if report.baseline else _none),
        ("mxaudit_unknown", _unknown),
        ("mxaudit_verdict", _verdicts),
    ):
        yield from _family(name, _each(report, told))
    yield from _family("mxaudit_certificate_not_after_seconds", _certificates(report))


def _run(report: RunReport) -> Iterator[bytes]:
    run, seen = report.run, report.run.coverage
    of_rows: Counter[str] = Counter(dict.fromkeys(words.STATUSES, 0))
    of_rows.update(domain.status for domain in glances(report.domains))
    about = {"version": run.tool.version, "rules_version": run.tool.rules_version, "profile": run.profile}
    results = {"pass": seen.passed, "fail": seen.failed, "unknown": seen.unknown, "not_applicable": seen.not_applicable}
    vantage = {sight.id: sight.state.value for sight in run.vantage}
    findings = Counter(f.severity or Severity.INFO for f in report.findings if f.result is Result.FAIL)
    single: dict[str, Series] = {
        "mxaudit_run_info": (about | {"list": run.list_name}, 1),
        "mxaudit_run_observed_at_seconds": ({}, int(run.observed_at.timestamp())),
        "mxaudit_run_complete": ({}, int(run.complete)),
        "mxaudit_run_lines_done": ({}, run.done),
        "mxaudit_run_lines": ({}, run.total),
        "mxaudit_run_unknown_ratio": ({}, seen.unknown_share / 1000),
        "mxaudit_run_domains_left_out": ({}, max(of_rows["audited"] - DOMAINS, 0)),
    }
    for name, series in single.items():
        yield from _family(name, iter([series]))
    yield from _family("mxaudit_run_rows", (({"status": s}, n) for s, n in of_rows.items()))
    yield from _family("mxaudit_run_results", (({"result": r}, n) for r, n in results.items()))
    yield from _family("mxaudit_run_vantage", (({"sight": i, "state": s}, 1) for i, s in vantage.items()))
    yield from _family("mxaudit_run_waivers", _waivers(report))
    yield from _family("mxaudit_run_baseline", _baseline(report))
    yield from _family("mxaudit_run_findings", (({"severity": s.value}, findings[s]) for s in words.SEVERITIES))


def _waivers(report: RunReport) -> Iterator[Series]:
    counts = Counter(map(state, report.waivers))
    states: tuple[WaiverState, ...] = ("live", "expired", "unused")
    yield from (({"state": of}, counts[of]) for of in states if report.waivers)


def _baseline(report: RunReport) -> Iterator[Series]:
    if told := report.baseline:
        for of, count in (("new", told.new), ("worse", told.worse), ("known", told.known), ("unseen", told.unseen)):
            yield {"state": of}, count


def _each(report: RunReport, told: Callable[[DomainReport | Glance], Iterator[Series]]) -> Iterator[Series]:
    audited = (domain for domain in glances(report.domains) if domain.status == "audited")
    for domain in islice(audited, DOMAINS):
        name = {"domain": domain.domain or domain.input.text}
        yield from (({**name, **labels}, value) for labels, value in told(domain))


def _findings(domain: DomainReport | Glance) -> Iterator[Series]:
    return _by_severity(f for f in domain.findings if f.result is Result.FAIL)


def _waived(domain: DomainReport | Glance) -> Iterator[Series]:
    return _by_severity(f for f in domain.findings if f.waived)


def _new(domain: DomainReport | Glance) -> Iterator[Series]:
    return _by_severity(f for f in domain.findings if f.baseline in {BaselineState.NEW, BaselineState.WORSE})


def _none(_: DomainReport | Glance) -> Iterator[Series]:
    return iter(())


def _by_severity(findings: Iterable[Finding]) -> Iterator[Series]:
    counts = Counter(f.severity or Severity.INFO for f in findings)
    yield from (({"severity": s.value}, counts[s]) for s in words.SEVERITIES)


def _unknown(domain: DomainReport | Glance) -> Iterator[Series]:
    counts: Counter[str] = Counter()
    for finding in domain.findings:
        if finding.result is Result.UNKNOWN:
            code = finding.reason or "not_gathered"
            counts[code if code in counts or len(counts) < MOST else OTHER] += 1
    yield from (({"reason": code}, count) for code, count in sorted(counts.items()))


def _verdicts(domain: DomainReport | Glance) -> Iterator[Series]:
    for verdict in {v.id: v for v in domain.verdicts}.values():
        yield {"question": verdict.id, "answer": verdict.answer, "state": verdict.state.value}, 1


def _certificates(report: RunReport) -> Iterator[Series]:
    """By server: the leaf's last day. The longer part of the reports is read for this alone."""
    audited = (domain for domain in report.domains if domain.status == "audited")
    for domain in islice(audited, DOMAINS):
        ends = {
            record.name: int(day.timestamp())
            for topic in domain.records
            if topic.topic == "certificates"
            for record in topic.records
            if record.values and (day := _end(record.values[0]))
        }
        for server, end in islice(ends.items(), MOST):
            yield {"domain": domain.domain or domain.input.text, "server": server}, end


def _end(certificate: str) -> datetime | None:
    """None where it could not be read."""
    if found := _UNTIL.search(certificate):
        try:
            return datetime.strptime(found[1], "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            return None
    return None


def _family(name: str, series: Iterator[Series]) -> Iterator[bytes]:
    yield f"# HELP {name} {HELP[name]}\n# TYPE {name} gauge\n".encode()
    for labels, value in series:
        inner = ",".join(f'{key}="{_label(text)}"' for key, text in labels.items())
        yield f"{name}{{{inner}}} {value}\n".encode() if inner else f"{name} {value}\n".encode()


def _label(text: str) -> str:
    """Of a value only these three signs have a meaning; a line end is an escape already. What is cut stays itself, as
    no two series may have the same labels."""
    shown = inert(text, LABEL)
    if len(text) > LABEL or shown.endswith("…"):
        shown += contract.sha256(text.encode("utf-8", "backslashreplace"))[:16]
    return shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
