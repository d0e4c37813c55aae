"""The report as workflow commands of GitHub Actions, which shows them as annotations beside the lines of the list.

A command is a line `::error file=list,line=3::text`. In its text `%`, CR and LF are percent-encoded, in a property `:`
and `,` too: nothing that the world said can end a command or begin another. GitHub keeps ten of a level from one step,
so the gravest are told, and the last of a level counts the others. What somebody accepts is a notice, whatever its
severity. What could not be tested is one notice: it is neither good nor bad.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from audit.model.evidence import InputLine
from audit.model.report import Finding, Result, RuleText, RunReport, Severity, glances
from audit.report import words
from audit.report.decisions import accepted, idleness, state
from audit.report.groups import message, nameless
from audit.report.outline import coverage
from audit.syntax.escape import inert

SHOWN = 9  # of a level: GitHub keeps ten, and the tenth tells how many there are besides
TEXT, NAME = 500, 300  # characters

LEVELS: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.CRITICAL: "error",
        Severity.HIGH: "error",
        Severity.MEDIUM: "warning",
        Severity.LOW: "notice",
        Severity.INFO: "notice",
    }
)


@dataclass(frozen=True, slots=True)
class _Told:
    """What an annotation says, and where."""

    text: str
    title: str
    file: str
    line: int
    column: int


class _Level:
    """The gravest of a level, those of equal weight in the order in which they come; all are counted."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[tuple[int, int, _Told]] = []  # the least grave, and the last of them, on top

    def add(self, rank: int, told: _Told) -> None:
        self.count += 1
        push = heapq.heappush if self.count <= SHOWN else heapq.heappushpop
        push(self._kept, (-rank, -self.count, told))

    def told(self) -> Iterator[_Told]:
        return (told for _, _, told in sorted(self._kept, reverse=True))


def stream(report: RunReport) -> Iterator[bytes]:
    """A report is up to thirty annotations, the gravest first."""
    levels = _levels(report)
    for name, level in levels.items():
        yield from (_command(name, told) for told in level.told())
        if name != "notice" and (more := level.count - SHOWN) > 0:
            yield _command(name, _of_run(report, f"… and {words.plural(more, 'more finding')}, in the full report."))
    more = max(levels["notice"].count - SHOWN, 0)
    rest = f" … and {words.plural(more, 'more finding')}, in the full report." if more else ""
    cut = "" if report.run.complete else "The run was cut short. "
    yield _command("notice", _of_run(report, f"{cut}{coverage(report)}{rest}"))


def _levels(report: RunReport) -> dict[str, _Level]:
    levels = {name: _Level() for name in ("error", "warning", "notice")}
    rules = {rule.id: rule for rule in report.rules}
    head = InputLine(file=report.run.list_name, line=1, column=1, text="")
    for finding in report.findings:
        _sort(levels, finding, rules, "", head)
    for use in report.waivers:
        if state(use) != "live":
            levels["warning"].add(0, _told(idleness(use), use.waiver.rule, head))
    for domain in glances(report.domains):
        if domain.status != "audited":
            why = domain.problem.message if domain.problem else ""
            said = f"{words.STATUSES[domain.status]}: {why}" if why else words.STATUSES[domain.status]
            levels["warning"].add(0, _told(said, domain.input.text, domain.input))
        for finding in domain.findings:
            _sort(levels, finding, rules, domain.domain or "", domain.input)
    return levels


def _sort(
    levels: Mapping[str, _Level], finding: Finding, rules: Mapping[str, RuleText], domain: str, at: InputLine
) -> None:
    if finding.result is not Result.FAIL:
        return
    severity = finding.severity or Severity.INFO
    said, about = message(finding, rules.get(finding.rule) or nameless(finding.rule)), finding.subject
    if about.kind not in {"domain", "run"} and not words.mentions(said, about.name):
        said = f"{said} ({words.kind(about.kind)} {about.name})"
    standing = [severity.value, *([finding.baseline.value] if finding.baseline else [])]
    rank, level = words.SEVERITIES.index(severity), LEVELS[severity]
    if finding.waived:
        standing.append("waived")
        rank, level = len(words.SEVERITIES), "notice"
    if decided := accepted(finding):
        said = f"{said}. {decided}"
    told = _told(f"{domain}: {said}" if domain else said, f"{finding.rule} ({', '.join(standing)})", at)
    levels[level].add(rank, told)


def _told(text: str, title: str, at: InputLine) -> _Told:
    return _Told(inert(text, TEXT), inert(title, NAME), inert(at.file, NAME), at.line, at.column)


def _of_run(report: RunReport, text: str) -> _Told:
    return _told(text, "mxaudit", InputLine(file=report.run.list_name, line=1, column=1, text=""))


def _command(level: str, told: _Told) -> bytes:
    where = {"file": told.file, "line": str(told.line), "col": str(told.column), "title": told.title}
    properties = ",".join(f"{name}={_property(value)}" for name, value in where.items())
    return f"::{level} {properties}::{_data(told.text)}\n".encode()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
