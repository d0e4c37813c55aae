"""The report as a table of comma-separated values (RFC 4180), for spreadsheets and databases.

A row is a finding, or something that could not be tested; a line of the list that was not audited, or about which there
is nothing to say, has one row. Each value is quoted. One that a spreadsheet would take for a formula has an apostrophe
before it, and so has one that begins with an apostrophe: whoever takes away the first apostrophe has the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audit.model.report import DomainReport, Finding, Glance, Result, RuleText, RunReport, WaiverUse, glances
from audit.report import words
from audit.report.decisions import about, accepted, idleness, state
from audit.report.reasons import reason
from audit.syntax.escape import inert

COLUMNS = (
    *("line", "column", "domain", "status", "result", "severity", "rule", "subject_kind", "subject"),
    *("reason", "message", "confidence", "publish", "evidence", "file", "waiver", "accepted", "baseline"),
)
NOTHING = "Nothing was found."
BETWEEN = " | "  # records to paste, or observations, of one cell
NAME, SENTENCE, CELL = 300, 1_000, 32_000  # characters; a spreadsheet holds 32,767 in a cell
FORMULA = tuple("=+-@＝＋－＠'")  # what a cell may not begin with
_BEFORE = ' \t\r\n\x0b\x0c\u00a0\u3000\ufeff"`'  # what a spreadsheet may pass over


def stream(report: RunReport) -> Iterator[bytes]:
    """A report is a table with one header; what is about the run itself comes first, then the rows of the list."""
    yield _line(dict.fromkeys(COLUMNS, ""), header=True)
    rules = {rule.id: rule for rule in report.rules}
    for finding in report.findings:
        yield _line({"status": "run", "file": inert(report.run.list_name), **_finding(finding, rules)})
    yield from (_line(_waiver(use, report)) for use in report.waivers if state(use) != "live")
    for domain in glances(report.domains):
        yield b"".join(_line(_place(domain) | cells) for cells in _cells(domain, rules))


def _waiver(use: WaiverUse, report: RunReport) -> dict[str, str]:
    """A waiver that holds nothing back."""
    return {
        "status": "run",
        "rule": inert(use.waiver.rule),
        "subject_kind": "waiver",
        "subject": inert(about(use.waiver), NAME),
        "message": inert(idleness(use), SENTENCE),
        "file": inert(report.run.list_name),
        "waiver": state(use),
    }


def _place(domain: DomainReport | Glance) -> dict[str, str]:
    return {
        "line": str(domain.input.line),
        "column": str(domain.input.column),
        "domain": inert(domain.domain or "", NAME),
        "status": domain.status,
        "file": inert(domain.input.file, NAME),
    }


def _cells(domain: DomainReport | Glance, rules: Mapping[str, RuleText]) -> Iterator[dict[str, str]]:
    if problem := domain.problem:
        said = f"{problem.message} {problem.suggestion or ''}".rstrip()
        yield {
            "subject_kind": "line",
            "subject": inert(domain.input.text, NAME),
            "reason": inert(problem.reason, NAME),
            "message": inert(said, SENTENCE),
        }
    elif not domain.findings:
        yield {"message": NOTHING}
    for finding in domain.findings:
        yield _finding(finding, rules)


def _finding(finding: Finding, rules: Mapping[str, RuleText]) -> dict[str, str]:
    rule = rules.get(finding.rule)
    said = finding.message or (rule.title if rule else "")
    if finding.result is Result.UNKNOWN:
        said = reason(finding.reason or "not_gathered").sentence
    return {
        "result": finding.result.value,
        "severity": finding.severity.value if finding.severity else "",
        "rule": inert(finding.rule),
        "subject_kind": inert(finding.subject.kind),
        "subject": inert(finding.subject.name, NAME),
        "reason": inert(finding.reason or "", NAME),
        "message": inert(said, SENTENCE),
        "confidence": finding.confidence.value if finding.confidence else "",
        "publish": inert(BETWEEN.join(inert(line, words.RECORD) for line in finding.publish), CELL),
        "evidence": inert(BETWEEN.join(finding.evidence), CELL),
        "waiver": ("expired" if finding.waiver.expired else "live") if finding.waiver else "",
        "accepted": inert(accepted(finding) or "", SENTENCE),
        "baseline": finding.baseline.value if finding.baseline else "",
    }


def _line(cells: Mapping[str, str], *, header: bool = False) -> bytes:
    values = COLUMNS if header else tuple(cells.get(name, "") for name in COLUMNS)
    return (",".join(map(quoted, values)) + "\r\n").encode("utf-8")


def quoted(value: str) -> str:
    """A cell: in quotes, and with an apostrophe before what a spreadsheet would take for a formula."""
    guard = "'" if value.lstrip(_BEFORE).startswith(FORMULA) else ""
    return '"' + guard + value.replace('"', '""') + '"'
