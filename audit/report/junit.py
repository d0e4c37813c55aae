"""The report as JUnit XML, which most CI servers show as a table of tests.

JUnit has no standard; this keeps to what Jenkins and GitLab read. A suite is a line of the list, a test is a rule and
what it was judged for. What could not be tested is skipped, with the reason: neither good nor bad. XML 1.0 (section
2.2) has no way to write a control character, so those are shown as escapes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import escape

from audit.model.report import (
    DomainReport,
    Finding,
    Judged,
    Result,
    RuleText,
    RunReport,
    Severity,
    SubjectName,
    WaiverUse,
)
from audit.report import words
from audit.report.decisions import STATES, about, accepted, idleness, state
from audit.report.groups import message, nameless
from audit.report.places import cut_short
from audit.report.prose import plain
from audit.report.reasons import reason
from audit.syntax.escape import inert

NAME, SENTENCE = 300, 1_000  # characters
RECORDS, PROBES = 10, 20  # of one test
DONE = "each line of the list is done"
DOES_NOT_APPLY = "does not apply"


@dataclass(frozen=True, slots=True)
class _Case:
    """A test: what stands in it, if it did not simply pass."""

    name: str
    outcome: str = ""  # "failure", "error", "skipped", "system-out"
    kind: str = ""
    said: str = ""
    more: tuple[str, ...] = ()


def stream(report: RunReport) -> Iterator[bytes]:
    """A report is a suite of tests a line of the list, behind one for the run itself."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="{_text("mxaudit", NAME)}">\n'.encode()
    rules = {rule.id: rule for rule in report.rules}
    when = report.run.observed_at.strftime("%Y-%m-%dT%H:%M:%S")
    yield from _suite("this run", when, _run(report, rules))
    for domain in report.domains:
        yield from _suite(domain.domain or domain.input.text, when, _cases(domain, rules))
    yield b"</testsuites>\n"


def _run(report: RunReport, rules: Mapping[str, RuleText]) -> Iterator[_Case]:
    short = cut_short(report.run)
    yield (
        _Case("each line of the list is done", "error", "run.incomplete", short)
        if short
        else _Case("each line of the list is done")
    )
    for finding in report.findings:
        yield _finding(finding, rules)
    yield from map(_waiver, report.waivers)


def _waiver(use: WaiverUse) -> _Case:
    """A waiver is a test of its own, which passes as long as it is of use."""
    name, of = f"waiver of {about(use.waiver)}", state(use)
    return _Case(name) if of == "live" else _Case(name, "skipped", f"waiver.{of}", idleness(use))


def _cases(domain: DomainReport, rules: Mapping[str, RuleText]) -> Iterator[_Case]:
    if problem := domain.problem:
        said = f"{problem.message} {problem.suggestion or ''}".rstrip()
        outcome = "skipped" if domain.status == "duplicate" else "error"
        yield _Case(f"line {domain.input.line}", outcome, problem.reason, said)
    for finding in domain.findings:
        yield _finding(finding, rules)
    yield from (_Case(_name(judged.rule, judged.subject)) for judged in domain.passed)
    yield from map(_beside, domain.not_applicable)


def _beside(judged: Judged) -> _Case:
    return _Case(_name(judged.rule, judged.subject), "skipped", "not_applicable", DOES_NOT_APPLY)


def _finding(finding: Finding, rules: Mapping[str, RuleText]) -> _Case:
    name = _name(finding.rule, finding.subject)
    if finding.result is Result.UNKNOWN:
        code = finding.reason or "not_gathered"
        return _Case(name, "skipped", code, f"could not test: {reason(code).sentence} ({code})")
    rule = rules.get(finding.rule) or nameless(finding.rule)
    severity = finding.severity or Severity.INFO
    outcome = "system-out" if severity is Severity.INFO else "failure"
    if finding.waived:
        said = f"{accepted(finding)} {severity.value}: {message(finding, rule)}"
        return _Case(name, "skipped", "waived", said)
    return _Case(name, outcome, severity.value, message(finding, rule), tuple(_more(finding, rule)))


def _more(finding: Finding, rule: RuleText) -> Iterator[str]:
    if told := accepted(finding):
        yield told
    if finding.baseline:
        yield f"Beside the baseline: {STATES[finding.baseline]}."
    if rule.fix:
        yield f"To do: {plain(words.first_sentence(rule.fix))}"
    if finding.publish:
        yield "Records that mend it:"
        yield from _first(finding.publish, RECORDS)
    if finding.evidence:
        yield "Rests on:"
        yield from _first(finding.evidence, PROBES)


def _first(lines: tuple[str, ...], most: int) -> Iterator[str]:
    yield from (f"  {line}" for line in lines[:most])
    if len(lines) > most:
        yield f"  and {len(lines) - most:,} more, in report.json"


def _name(rule: str, subject: SubjectName) -> str:
    return rule if subject.kind in {"domain", "run"} else f"{rule} {subject.name}"


def _suite(name: str, when: str, cases: Iterable[_Case]) -> Iterator[bytes]:
    held = tuple(cases)
    counts = Counter(case.outcome for case in held)
    shown = _text(name, NAME)
    yield (
        f'<testsuite name="{shown}" timestamp="{when}" tests="{len(held)}" failures="{counts["failure"]}" '
        f'errors="{counts["error"]}" skipped="{counts["skipped"]}">\n'
    ).encode()
    seen: Counter[str] = Counter()
    for case in held:
        seen[case.name] += 1
        yield _case(shown, case, seen[case.name])
    yield b"</testsuite>\n"


def _case(suite: str, case: _Case, nth: int) -> bytes:
    again = f" ({nth})" if nth > 1 else ""  # GitLab keeps only the first test of a name
    head = f'<testcase classname="{suite}" name="{_text(case.name, NAME)}{again}"'
    if not case.outcome:
        return f"{head}/>\n".encode()
    said = _text(case.said, SENTENCE)
    if case.outcome == "skipped":
        return f'{head}><skipped type="{_text(case.kind, NAME)}" message="{said}"/></testcase>\n'.encode()
    body = "\n".join([said, *(_text(line, words.RECORD) for line in case.more)])
    if case.outcome == "system-out":
        return f"{head}><system-out>{_text(case.kind, NAME)}: {body}</system-out></testcase>\n".encode()
    kind = _text(case.kind, NAME)
    return f'{head}><{case.outcome} type="{kind}" message="{said}">{body}</{case.outcome}></testcase>\n'.encode()


def _text(text: str, limit: int) -> str:
    """As text or in an attribute: nothing is left that XML reads as markup, not even `]]>`."""
    return str(escape(inert(text, limit)))
