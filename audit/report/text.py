"""The report for a person at a terminal: plain words, no wider than asked for, colour only when asked for.

The only control sequences are our own SGR (ECMA-48 section 8.3.117); what the world said passes `visible` first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from audit.model.report import MailPath, RunReport, State
from audit.report import words
from audit.report.outline import Failures, Holes, Outline, Row, Shared, Subjects, outline
from audit.report.pen import HUES, NARROWEST, Pen
from audit.report.prose import plain
from audit.syntax.escape import visible

SUBJECTS_SHOWN = 4
DOMAINS_SHOWN = 8
ASKED = 30  # the width of a question

SIGNS: Mapping[State, str] = MappingProxyType(
    {State.GOOD: "+", State.WARNING: "!", State.BAD: "x", State.UNKNOWN: "?", State.NOT_APPLICABLE: "-"}
)


def render(report: RunReport) -> bytes:
    """A report is text of up to 100 columns, without colour."""
    return render_text(report).encode("utf-8")


def render_text(report: RunReport, *, colour: bool = False, width: int = 100) -> str:
    """The report for a terminal of `width` columns (at least 60); `colour` adds SGR sequences."""
    pen = Pen(colour, max(width, NARROWEST))
    view = outline(report)
    parts = [_domain(row, pen) for row in view.rows]
    if view.shared:
        parts.append([pen.paint("Fix once", "1"), *(line for s in view.shared for line in ("", *_shared(s, pen)))])
    parts.append(_run(view, pen))
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _domain(row: Row, pen: Pen) -> list[str]:
    domain = row.report
    lines = [pen.paint(line, "1") for line in pen.write(domain.unicode or domain.domain or domain.input.text)]
    if domain.domain and domain.unicode != domain.domain:
        lines += pen.write(domain.domain, "  ")
    if domain.problem:
        lines += pen.write(f"{words.STATUSES[domain.status]}: {domain.problem.message}", "  ")
        lines += pen.write(domain.problem.suggestion, "  ") if domain.problem.suggestion else []
    for verdict in domain.verdicts:
        head = f"  {SIGNS[verdict.state]} {visible(verdict.question, ASKED):<{ASKED}} "
        answer = visible(verdict.answer, pen.width - ASKED - 5)
        lines.append(head + pen.paint(answer, HUES[verdict.state]))
        lines += pen.write(verdict.because, "      ")
    for group in row.failures:
        lines += ["", *_failure(group, pen)]
    lines += _holes(row.holes, pen)
    lines += _paths(domain.paths, pen)
    if domain.status == "audited":
        done = f"{words.plural(len(domain.passed), 'check')} passed, {len(domain.not_applicable):,} did not apply."
        lines += ["", *pen.write(done, "  ")]
    return lines


def _paths(paths: tuple[MailPath, ...], pen: Pen) -> list[str]:
    """What each kind of sender comes to, and the servers that it tries in vain before."""
    lines = ["", *pen.write("How mail comes in:", "  ")] if paths else []
    for path in paths:
        lines += pen.write(f"{words.SENDERS[path.sender]}: {path.answer}.", f"  {SIGNS[path.state]} ", "    ")
        for step in path.steps:
            if not step.taken and step.host:
                at = f" {step.address}" if step.address else ""
                lines += pen.write(f"{step.host}{at} {step.text}", "      ")
    return lines


def _failure(group: Failures, pen: Pen) -> Iterator[str]:
    label = f"{group.severity.value:>8}"
    for i, finding in enumerate(group.findings):
        text = words.capital(finding.message or group.rule.title)
        named = finding.subject.kind in {"domain", "run"} or words.mentions(text, finding.subject.name)
        about = "" if named else f" ({finding.subject.name})"
        first, *more = pen.write(text + about, " " * 12)
        mark = label if i == 0 else " " * 8
        yield "  " + pen.paint(mark, HUES[group.severity]) + "  " + first[12:]
        yield from more
        if finding.reason:
            yield from pen.write(f"How grave this is could not be settled: {finding.reason}", " " * 12)
    if group.rule.fix:
        yield from pen.write(f"To do: {plain(words.first_sentence(group.rule.fix))}", " " * 12)
    yield from _publish(group.publish, pen, contested=group.contested)
    yield from pen.write(group.rule.id, " " * 12)


def _publish(records: tuple[str, ...], pen: Pen, *, contested: bool = False) -> Iterator[str]:
    """The records to paste. Each keeps to one line, however long: what is folded cannot be pasted."""
    if records:
        yield from pen.write(words.to_publish(len(records), contested=contested), " " * 12)
        yield from (f"{' ' * 12}{visible(record, words.RECORD)}" for record in records)


def _shared(shared: Shared, pen: Pen) -> Iterator[str]:
    insight = shared.insight
    text = words.capital(shared.message)
    cause = f" ({words.kind(insight.cause.kind)} {insight.cause.name})"
    first, *more = pen.write(text + ("" if words.mentions(text, insight.cause.name) else cause), " " * 12)
    yield "  " + pen.paint(f"{insight.severity.value:>8}", HUES[insight.severity]) + "  " + first[12:]
    yield from more
    names = ", ".join(insight.domains[:DOMAINS_SHOWN])
    left = insight.affected - len(insight.domains[:DOMAINS_SHOWN])
    yield from pen.write(f"{words.fix_once(insight.affected)} {names}{f' and {left:,} more' if left else ''}", " " * 12)
    if shared.rule.fix:
        yield from pen.write(f"To do: {plain(words.first_sentence(shared.rule.fix))}", " " * 12)
    yield from _publish(insight.publish, pen)
    yield from pen.write(shared.rule.id, " " * 12)


def _holes(holes: tuple[Holes, ...], pen: Pen) -> list[str]:
    if not holes:
        return []
    lines = ["", *pen.write(f"Could not test {words.plural(sum(hole.count for hole in holes), 'check')}:", "  ")]
    for hole in holes:
        lines += pen.write(f"{hole.words.sentence} ({hole.code})", "  ? ")
        lines += pen.write("; ".join(_subjects(group) for group in hole.rules), "      ")
        lines += pen.write(hole.words.advice, "      ") if hole.words.advice else []
    return lines


def _subjects(group: Subjects) -> str:
    """A rule, and the subjects below the domain for which it could not be judged."""
    names = [s.name for s in group.below]
    more = len(names) - SUBJECTS_SHOWN
    shown = ", ".join(names[:SUBJECTS_SHOWN])
    return f"{group.rule}{' of ' if names else ''}{shown}{f' and {more} more' if more > 0 else ''}"


def _run(view: Outline, pen: Pen) -> list[str]:
    run = view.report.run
    lines = [pen.paint("This run", "1"), *pen.write(view.coverage, "  ")]
    if not run.smtp:
        because = f", because of {run.smtp_off_because}" if run.smtp_off_because else ""
        lines += pen.write(f"No mail server was contacted{because}.", "  ")
    if not run.https:
        because = f", because of {run.https_off_because}" if run.https_off_because else ""
        lines += pen.write(f"Nothing was fetched over HTTPS{because}.", "  ")
    for sight in run.vantage:
        if sight.state in {State.GOOD, State.NOT_APPLICABLE}:
            continue
        lines += pen.write(sight.text, f"  {SIGNS[sight.state]} ")
        lines += pen.write(sight.advice, "    ") if sight.advice else []
    for group in view.concerns:
        lines += ["", *_failure(group, pen)]
    return lines + _holes(view.concern_holes, pen)
