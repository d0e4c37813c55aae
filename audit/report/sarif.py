"""The report as SARIF 2.1.0 (OASIS, errata 01), which code scanning reads: each finding on its line of the list.

A failure is a result. What could not be tested is none: it is a notification of the invocation (section 3.58), as is
what had to be left out. GitHub refuses more than 25,000 results or 10 MB when compressed, so the gravest are kept. It
knows a result again by `partialFingerprints` (3.27.17), which are made of rule, domain and subject, not of words.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from audit import contract
from audit.model.report import BaselineState, Finding, Result, RuleText, RunReport, Severity, glances
from audit.report import sarif_places, words
from audit.report.decisions import accepted
from audit.report.groups import message, nameless
from audit.report.prose import plain
from audit.report.sarif_notices import left_out, of_run, of_subjects
from audit.syntax.escape import inert

Node: TypeAlias = dict[str, Any]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RESULTS, RULES = 25_000, 25_000  # GitHub refuses a run with more
NOTICES = 5_000
OCTETS, RESULT_OCTETS = 9_000_000, 8_000_000  # when compressed; GitHub refuses a file of more than 10 MB
SENTENCE, TEXT, NAME = 1_000, 10_000, 300  # characters; GitHub takes 1,024 of a rule's short text

LEVELS: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.CRITICAL: "error",
        Severity.HIGH: "error",
        Severity.MEDIUM: "warning",
        Severity.LOW: "note",
        Severity.INFO: "note",
    }
)
SCORES: Mapping[Severity, str] = MappingProxyType(
    {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
)  # in the bands by which GitHub names a severity; to be told something is no danger


STATES: Mapping[BaselineState, str] = MappingProxyType(
    {BaselineState.NEW: "new", BaselineState.WORSE: "updated", BaselineState.KNOWN: "unchanged"}
)


class _Meter:
    """How large what was given is when compressed; with a faster method than gzip's, so it is rather less."""

    def __init__(self) -> None:
        self.octets = 0
        self._packer = zlib.compressobj(1)

    def of(self, part: bytes) -> bytes:
        self.octets += len(self._packer.compress(part))
        return part


def stream(report: RunReport) -> Iterator[bytes]:
    """A report is a log with one run: its rules, its results in the order of the list, and what is to be said of it."""
    meter = _Meter()
    yield from map(meter.of, _log(report, meter))


def _log(report: RunReport, meter: _Meter) -> Iterator[bytes]:
    counts, named = _count(report)
    rules = _rules(report, named)
    yield b'{"$schema":%s,"version":"2.1.0","runs":[{\n"tool":' % contract.dump(SCHEMA)
    yield contract.dump({"driver": _driver(report, rules)})
    yield b',\n"automationDetails":' + contract.dump({"id": f"mxaudit/{sarif_places.uri(report.run.list_name)}/"})
    yield b',\n"columnKind":"unicodeCodePoints","results":['
    cut: Counter[Severity] = Counter()
    yield from _kept(_results(report, rules), counts, cut, meter)
    yield b'],\n"invocations":[' + _invocation(report)
    yield from _told(report, cut, meter)
    yield b"]}]}]}\n"


def _kept(
    results: Iterator[tuple[Severity, bytes]], counts: Mapping[Severity, int], cut: Counter[Severity], meter: _Meter
) -> Iterator[bytes]:
    """The gravest, as far as there is room; the rest is counted."""
    shares = _shares(counts)
    before = b"\n"
    for severity, result in results:
        if shares[severity] and meter.octets < RESULT_OCTETS:
            shares[severity] -= 1
            yield before + result
            before = b",\n"
        else:
            cut[severity] += 1


def _told(report: RunReport, cut: Mapping[Severity, int], meter: _Meter) -> Iterator[bytes]:
    before, left = b"\n", 0
    for notice in of_run(report, cut):
        yield before + contract.dump(notice)
        before = b",\n"
    for number, notice in enumerate(of_subjects(report)):
        if number < NOTICES and meter.octets < OCTETS:
            yield before + contract.dump(notice)
            before = b",\n"
        else:
            left += 1
    if left:
        yield before + contract.dump(left_out(left))


def _count(report: RunReport) -> tuple[Counter[Severity], dict[str, None]]:
    """How many failures of each severity there are, and which rules they name."""
    counts: Counter[Severity] = Counter()
    named: dict[str, None] = {}
    for finding in _failures(report):
        counts[finding.severity or Severity.INFO] += 1
        if len(named) < RULES:
            named[finding.rule] = None
    return counts, named


def _failures(report: RunReport) -> Iterator[Finding]:
    yield from (f for f in report.findings if f.result is Result.FAIL)
    for domain in glances(report.domains):
        yield from (f for f in domain.findings if f.result is Result.FAIL)


def _shares(counts: Mapping[Severity, int]) -> dict[Severity, int]:
    left, shares = RESULTS, {}
    for severity in words.SEVERITIES:
        shares[severity] = min(left, counts.get(severity, 0))
        left -= shares[severity]
    return shares


def _rules(report: RunReport, named: Mapping[str, None]) -> list[RuleText]:
    """The rules of the report, and those that it names without a text."""
    known = {rule.id: rule for rule in report.rules}
    return [*known.values(), *(nameless(id_) for id_ in named if id_ not in known)][:RULES]


def _driver(report: RunReport, rules: list[RuleText]) -> Node:
    tool = report.run.tool
    return {
        "name": inert(tool.name, NAME),
        "version": inert(tool.version, NAME),
        "semanticVersion": inert(tool.version, NAME),
        "rules": [_rule(rule) for rule in rules],
    }


def _rule(rule: RuleText) -> Node:
    gravest = min(rule.severities, key=words.SEVERITIES.index, default=Severity.INFO)
    title, why, fix = (_text(plain(text)) for text in (rule.title, rule.why, rule.fix))
    help_ = "\n\n".join(part for part in (why, fix and f"What to do: {fix}", _text(rule.reference)) if part)
    properties: Node = {"tags": [tag for tag in ("mail", inert(rule.topic)) if tag]}
    if score := SCORES.get(gravest):
        properties |= {"security-severity": score, "tags": [*properties["tags"], "security"]}
    return {
        "id": inert(rule.id),
        "shortDescription": {"text": _cut(title or inert(rule.id), SENTENCE)},
        "fullDescription": {"text": _cut(why or title or inert(rule.id), SENTENCE)},
        "help": {"text": help_ or title or inert(rule.id)},
        "defaultConfiguration": {"level": LEVELS[gravest]},
        "properties": properties,
    }


def _results(report: RunReport, rules: list[RuleText]) -> Iterator[tuple[Severity, bytes]]:
    places = {rule.id: (place, rule) for place, rule in enumerate(rules)}
    decided = bool(report.waivers)
    yield from _of(report.findings, "", sarif_places.of_list(report), places, decided=decided)
    for domain in glances(report.domains):
        at = sarif_places.of_line(domain.input)
        yield from _of(domain.findings, domain.domain or "", at, places, decided=decided)


def _of(
    findings: tuple[Finding, ...],
    domain: str,
    location: Node,
    places: Mapping[str, tuple[int, RuleText]],
    *,
    decided: bool,
) -> Iterator[tuple[Severity, bytes]]:
    times: Counter[str] = Counter()
    for finding in findings:
        if finding.result is not Result.FAIL:
            continue
        print_ = contract.fingerprint(finding, domain)
        times[print_] += 1
        place, rule = places.get(finding.rule) or (None, nameless(finding.rule))
        severity = finding.severity or Severity.INFO
        node: Node = {
            "ruleId": inert(finding.rule),
            "level": LEVELS[severity],
            "message": {"text": _said(finding, rule)},
            "locations": [location],
            "partialFingerprints": {"primaryLocationLineHash": f"{print_}:{times[print_]}"},
            "properties": _properties(finding, domain, severity),
        }
        if place is not None:
            node["ruleIndex"] = place
        if decided:
            node["suppressions"] = _suppressions(finding)
        if finding.baseline:
            node["baselineState"] = STATES[finding.baseline]
        yield severity, contract.dump(node)


def _suppressions(finding: Finding) -> list[Node]:
    """A waiver that holds (section 3.35); none is an empty list wherever some result of the run could have one."""
    if not finding.waived:
        return []
    return [{"kind": "external", "status": "accepted", "justification": inert(accepted(finding) or "", SENTENCE)}]


def _properties(finding: Finding, domain: str, severity: Severity) -> Node:
    given = {
        "severity": severity.value,
        "domain": domain,
        "subjectKind": finding.subject.kind,
        "subject": finding.subject.name,
        "confidence": finding.confidence.value if finding.confidence else "",
        "severityUnsettled": finding.reason or "",
        "waiverExpired": (finding.waiver.expires or "") if finding.waiver and finding.waiver.expired else "",
    }
    return {key: inert(value, NAME) for key, value in given.items() if value}


def _said(finding: Finding, rule: RuleText) -> str:
    said, about = message(finding, rule), finding.subject
    if about.kind not in {"domain", "run"} and not words.mentions(said, about.name):
        said = f"{said} ({words.kind(about.kind)} {about.name})"
    return sarif_places.literal(_cut(inert(said, SENTENCE), SENTENCE))


def _invocation(report: RunReport) -> bytes:
    """The head of the invocation; its notifications follow, and end it."""
    run = report.run
    when = run.observed_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    node = {"executionSuccessful": run.complete, "startTimeUtc": when, "toolExecutionNotifications": []}
    return contract.dump(node).removesuffix(b"]}")


def _text(text: str) -> str:
    """Several lines, each of which hides nothing."""
    return _cut("\n".join(inert(line, TEXT) for line in re.split(r"\r?\n", text[:TEXT])), TEXT)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
