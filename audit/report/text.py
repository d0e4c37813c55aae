"""The report for a person at a terminal: plain words, no wider than asked for, colour only when asked for.

The only control sequences are our own SGR (ECMA-48 section 8.3.117); what the world said passes `visible` first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from audit.model.report import DomainVerdict, MailPath, RunReport, Severity, State
from audit.report import words
from audit.report.decisions import accepted, standing
from audit.report.groups import Failures, Holes, message
from audit.report.outline import Outline, Shared, outline
from audit.report.pen import HUES, NARROWEST, Pen
from audit.report.proposals import Proposal
from audit.report.prose import plain
from audit.report.reasons import reason
from audit.report.rows import Row
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
    """The report for a terminal of `width` columns (at least 32); `colour` adds SGR sequences. Records to paste keep to
    one line each."""
    return "".join(stream_text(report, colour=colour, width=width))


def stream(report: RunReport, *, width: int = 100) -> Iterator[bytes]:
    """The same as octets, domain by domain."""
    return (part.encode("utf-8") for part in stream_text(report, width=width))


def stream_text(report: RunReport, *, colour: bool = False, width: int = 100) -> Iterator[str]:
    """The same as `render_text`, domain by domain."""
    pen = Pen(colour, max(width, NARROWEST))
    view = outline(report)
    for row in view.rows:
        yield "\n".join(_domain(row, pen)) + "\n\n"
    if view.shared:
        yield "\n".join([pen.paint("Fix once", "1"), *(line for s in view.shared for line in ("", *_shared(s, pen)))])
        yield "\n\n"
    yield "\n".join(_run(view, pen)) + "\n"


def _domain(row: Row, pen: Pen) -> list[str]:
    domain = row.report
    lines = [pen.paint(line, "1") for line in pen.write(domain.unicode or domain.domain or domain.input.text)]
    if domain.domain and domain.unicode != domain.domain:
        lines += pen.write(domain.domain, "  ")
    if domain.problem:
        lines += pen.write(f"{words.STATUSES[domain.status]}: {domain.problem.message}", "  ")
        lines += pen.write(domain.problem.suggestion, "  ") if domain.problem.suggestion else []
    for verdict in domain.verdicts:
        lines += [*_verdict(verdict, pen), *pen.write(verdict.because, "      ")]
    for group in row.failures:
        lines += ["", *_failure(group, pen)]
    lines += _holes(row.holes, pen)
    lines += _paths(domain.paths, pen)
    if domain.status == "audited":
        done = f"{words.plural(len(domain.passed), 'check')} passed, {len(domain.not_applicable):,} did not apply."
        lines += ["", *pen.write(done, "  ")]
    return lines


def _verdict(verdict: DomainVerdict, pen: Pen) -> Iterator[str]:
    """A question, and its answer beside it, or below where there is no room."""
    head = pen.write(verdict.question, f"  {SIGNS[verdict.state]} ", "    ")
    beside = pen.roomy and len(head) == 1
    indent = " " * (ASKED + 5 if beside else 6)
    answer = [line.removeprefix(indent) for line in pen.write(verdict.answer, indent)]
    painted = [pen.paint(line, HUES[verdict.state]) for line in answer]
    if beside:
        yield f"{head[0]:<{len(indent)}}{painted.pop(0)}"
    else:
        yield from head
    yield from (indent + line for line in painted)


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
    indent = _indent(pen)
    for i, finding in enumerate(group.findings):
        text = message(finding, group.rule)
        named = finding.subject.kind in {"domain", "run"} or words.mentions(text, finding.subject.name)
        about = "" if named else f" ({finding.subject.name})"
        yield from _graded(group.severity if i == 0 else None, text + about + standing(finding), pen)
        if told := accepted(finding):
            yield from pen.write(told, indent)
        if finding.reason:
            why = f"{reason(finding.reason).sentence} ({finding.reason})"
            yield from pen.write(f"How grave this is could not be settled: {why}", indent)
    if group.rule.fix:
        yield from pen.write(f"To do: {plain(words.first_sentence(group.rule.fix))}", indent)
    yield from _publish(group.rule.id, group.proposals, pen)
    yield from pen.write(group.rule.id, indent)


def _indent(pen: Pen) -> str:
    """What stands before the lines of a finding: room for its severity, where there is any."""
    return " " * (12 if pen.roomy else 4)


def _graded(severity: Severity | None, text: str, pen: Pen) -> Iterator[str]:
    """A text behind its severity, or below it."""
    indent = _indent(pen)
    lines = pen.write(text, indent)
    if severity and pen.roomy:
        yield f"  {pen.paint(f'{severity.value:>8}', HUES[severity])}  {lines.pop(0).removeprefix(indent)}"
    elif severity:
        yield f"  {pen.paint(severity.value, HUES[severity])}"
    yield from lines


def _publish(rule: str, proposals: tuple[Proposal, ...], pen: Pen) -> Iterator[str]:
    """The records to paste. Each keeps to one line, however long: what is folded cannot be pasted."""
    for proposal in proposals:
        yield from pen.write(words.to_publish(len(proposal.records), rule, proposal.rivals), _indent(pen))
        yield from (f"{_indent(pen)}{visible(record, words.RECORD)}" for record in proposal.records)


def _shared(shared: Shared, pen: Pen) -> Iterator[str]:
    insight, indent = shared.insight, _indent(pen)
    text = shared.message
    cause = f" ({words.kind(insight.cause.kind)} {insight.cause.name})"
    yield from _graded(insight.severity, text + ("" if words.mentions(text, insight.cause.name) else cause), pen)
    names = ", ".join(insight.domains[:DOMAINS_SHOWN])
    left = insight.affected - len(insight.domains[:DOMAINS_SHOWN])
    yield from pen.write(f"{words.fix_once(insight.affected)} {names}{f' and {left:,} more' if left else ''}", indent)
    if shared.rule.fix:
        yield from pen.write(f"To do: {plain(words.first_sentence(shared.rule.fix))}", indent)
    yield from _publish(shared.rule.id, shared.proposals, pen)
    yield from pen.write(shared.rule.id, indent)


def _holes(holes: tuple[Holes, ...], pen: Pen) -> list[str]:
    if not holes:
        return []
    lines = ["", *pen.write(f"Could not test {words.plural(sum(hole.count for hole in holes), 'check')}:", "  ")]
    for hole in holes:
        lines += pen.write(f"{hole.words.sentence} ({hole.code})", "  ? ")
        for told in hole.explained:
            lines += pen.write(told, "      ")
        lines += pen.write("; ".join(_subjects(rule, names) for rule, names in hole.rules.items()), "      ")
        lines += pen.write(hole.words.advice, "      ") if hole.words.advice else []
    return lines


def _subjects(rule: str, names: Sequence[str]) -> str:
    """A rule, and the subjects below the domain for which it could not be judged."""
    more = len(names) - SUBJECTS_SHOWN
    shown = ", ".join(names[:SUBJECTS_SHOWN])
    return f"{rule}{' of ' if names else ''}{shown}{f' and {more} more' if more > 0 else ''}"


def _run(view: Outline, pen: Pen) -> list[str]:
    run = view.report.run
    lines = [pen.paint("This run", "1"), *pen.write(view.coverage, "  ")]
    if view.cut_short:
        lines += pen.write(view.cut_short, "  ")
    if not run.smtp:
        because = f", because of {run.smtp_off_because}" if run.smtp_off_because else ""
        lines += pen.write(f"No mail server was contacted{because}.", "  ")
    if not run.https:
        because = f", because of {run.https_off_because}" if run.https_off_because else ""
        lines += pen.write(f"Nothing was fetched over HTTPS{because}.", "  ")
    for anchors in run.trust_anchors:
        lines += pen.write(words.anchored(anchors), "  ")
    for decision in view.decisions:
        lines += pen.write(decision, "  ", "    ")
    for needed in view.unselected:
        lines += pen.write(f"Not selected: {needed}", "  ", "    ")
    for sentence in view.places.sentences:
        lines += pen.write(sentence, "  ")
    for place in view.places.runs:
        lines += pen.write(place, "  - ", "    ")
    for sight in run.vantage:
        if sight.state in {State.GOOD, State.NOT_APPLICABLE}:
            continue
        lines += pen.write(sight.text, f"  {SIGNS[sight.state]} ")
        lines += pen.write(sight.advice, "    ") if sight.advice else []
    for group in view.concerns:
        lines += ["", *_failure(group, pen)]
    return lines + _holes(view.concern_holes, pen)
