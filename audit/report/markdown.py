"""The report as a short summary of a job, in GitHub Flavored Markdown.

Names and messages stand in code spans (CommonMark section 6.1), where nothing is a link, a picture or a mention; the
sentences of the report have every sign of markup escaped (section 2.4). What doesn't fit is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from audit.model.report import RunReport, State
from audit.report import words
from audit.report.outline import Failures, Outline, Row, message, outline
from audit.report.proposals import Proposal
from audit.report.prose import plain
from audit.syntax.escape import visible

LIMIT = 900 * 1024  # octets; GitHub takes a mebibyte
CUT = b"\n... and more, in the full report.\n"
ROWS_SHOWN = 300
FINDINGS_SHOWN = 50
NOTES_SHOWN = 40
DOMAINS_SHOWN = 8
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")  # all the punctuation of ASCII

SIGNS: Mapping[State, str] = MappingProxyType(
    {State.GOOD: "✅", State.WARNING: "⚠️", State.BAD: "❌", State.UNKNOWN: "❔", State.NOT_APPLICABLE: "➖"}
)


def render(report: RunReport) -> bytes:
    """A report is a summary of up to 900 KiB of Markdown."""
    view = outline(report)
    kept: list[bytes] = []
    size = 0
    for line in (line for part in (_head, _shared, _vantage, _domains, _findings, _holes) for line in part(view)):
        octets = f"{line}\n".encode()
        size += len(octets)
        if size > LIMIT - len(CUT):
            return b"".join([*kept, CUT])
        kept.append(octets)
    return b"".join(kept)


def code(text: str, limit: int = 200, *, cell: bool = False) -> str:
    """A text of the world as a code span; the sign that ends a cell of a table is escaped there.

    `<` and `@` are shown as escapes: some readers look for mentions before they look for spans.
    """
    inner = visible(" ".join(text.split()), limit).replace("<", "\\x3c").replace("@", "\\x40")
    inner = inner.replace("|", "\\|") if cell else inner
    longest = max((len(run) for run in re.findall("`+", inner)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if inner[:1] == "`" or inner[-1:] == "`" or not inner else ""
    return f"{fence}{pad}{inner}{pad}{fence}"


def fenced(lines: tuple[str, ...]) -> Iterator[str]:
    """Lines as a listing (CommonMark section 4.5), exactly as they are to be pasted: nothing in it means anything."""
    shown = [visible(line, words.RECORD) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield fence
    yield from shown
    yield fence


def prose(text: str, limit: int = 500) -> str:
    """A sentence of the report, in which no sign means anything."""
    shown = visible(plain(" ".join(text.split())), limit).replace("@", "(at)")
    return _MARKUP.sub(r"\\\1", shown).replace("\\<", "&lt;")


def _head(view: Outline) -> Iterator[str]:
    run = view.report.run
    yield f"## Mail audit of {code(run.list_name)}"
    yield ""
    yield f"{words.plural(run.coverage.audited, 'domain')} audited on {words.moment(run.observed_at)}. {view.coverage}"
    yield ""
    if view.cut_short:
        yield f"**{prose(view.cut_short)}**"
        yield ""
    if not run.smtp:
        because = f", because of {code(run.smtp_off_because)}" if run.smtp_off_because else ""
        yield f"No mail server was contacted{because}."
        yield ""
    if not run.https:
        because = f", because of {code(run.https_off_because)}" if run.https_off_because else ""
        yield f"Nothing was fetched over HTTPS{because}."
        yield ""
    if run.trust_anchors:
        yield " ".join(prose(words.anchored(anchors)) for anchors in run.trust_anchors)
        yield ""


def _vantage(view: Outline) -> Iterator[str]:
    for sentence in view.places.sentences:
        yield prose(sentence)
        yield ""
    if view.places.runs:
        yield from (f"- {prose(place)}" for place in view.places.runs)
        yield ""
    limits = [s for s in view.report.run.vantage if s.state not in {State.GOOD, State.NOT_APPLICABLE}]
    if not limits:
        return
    yield "### What could not be seen from here"
    yield ""
    for sight in limits[:NOTES_SHOWN]:
        yield f"- {SIGNS[sight.state]} {prose(sight.text)}{' ' + prose(sight.advice) if sight.advice else ''}"
    yield ""


def _domains(view: Outline) -> Iterator[str]:
    yield f"| Domain | {' | '.join(words.QUESTIONS[id_] for id_ in words.COLUMNS)} | Worst |"
    yield "|---|" + "---|" * (len(words.COLUMNS) + 1)
    shown = sorted(view.rows, key=_rank)[:ROWS_SHOWN]
    yield from (_row(row) for row in shown)
    yield ""
    if len(view.rows) > len(shown):
        yield f"… and {words.plural(len(view.rows) - len(shown), 'more row')}, in the full report."
        yield ""


def _rank(row: Row) -> int:
    """The gravest first; rows without a finding last, in the order of the list."""
    return words.SEVERITIES.index(row.worst) if row.worst else len(words.SEVERITIES)


def _row(row: Row) -> str:
    domain = row.report
    name = code(domain.domain or domain.input.text, 120, cell=True)
    if domain.status != "audited":
        return f"| {name} | {words.STATUSES[domain.status]} | | | | |"
    answers: dict[str, str] = {v.id: f"{SIGNS[v.state]} {prose(v.answer, 60)}" for v in domain.verdicts}
    below = [f"{prose(name)}: {prose(verdict.answer, 60)}" for name, verdict in row.below]
    answers["forgery"] = "; ".join([answers.get("forgery", ""), *below])
    cells = " | ".join(answers.get(id_, "") for id_ in words.COLUMNS)
    return f"| {name} | {cells} | {row.worst.value if row.worst else ''} |"


def _findings(view: Outline) -> Iterator[str]:
    found = [(row, group) for row in view.rows for group in row.failures]
    found.sort(key=lambda pair: words.SEVERITIES.index(pair[1].severity))
    if not (found or view.concerns):
        return
    yield "### Findings"
    yield ""
    for group in view.concerns[:FINDINGS_SHOWN]:
        yield from _finding(None, group)
    for row, group in found[:FINDINGS_SHOWN]:
        yield from _finding(row, group)
    if len(found) > FINDINGS_SHOWN:
        yield f"- … and {len(found) - FINDINGS_SHOWN:,} more, in the full report"
    yield ""


def _finding(row: Row | None, group: Failures) -> Iterator[str]:
    where = f" {code(row.report.domain or '', 120)}" if row else ""
    more = f" and {len(group.findings) - 1:,} more" if len(group.findings) > 1 else ""
    said = message(group.findings[0], group.rule)
    yield f"- **{group.severity.value}**{where}: {code(said, 300)}{more} ({code(group.rule.id, 80)})"
    yield from _publish(group.rule.id, group.proposals)


def _publish(rule: str, proposals: tuple[Proposal, ...]) -> Iterator[str]:
    """The records to paste, below an item of a list."""
    for proposal in proposals:
        yield f"  {prose(words.to_publish(len(proposal.records), rule, proposal.rivals))}"
        yield from (f"  {line}" for line in fenced(proposal.records))


def _shared(view: Outline) -> Iterator[str]:
    if not view.shared:
        return
    yield "### Fix once"
    yield ""
    for shared in view.shared[:FINDINGS_SHOWN]:
        insight = shared.insight
        about = f"{prose(words.kind(insight.cause.kind))} {code(insight.cause.name, 120)}"
        yield f"- **{insight.severity.value}** {about}: {code(shared.message, 300)} ({code(shared.rule.id, 80)})"
        names = ", ".join(code(name, 120) for name in insight.domains[:DOMAINS_SHOWN])
        left = insight.affected - len(insight.domains[:DOMAINS_SHOWN])
        yield f"  {words.fix_once(insight.affected)} {names}{f' and {left:,} more' if left else ''}"
        yield from _publish(shared.rule.id, shared.proposals)
    if len(view.shared) > FINDINGS_SHOWN:
        yield f"- … and {len(view.shared) - FINDINGS_SHOWN:,} more, in the full report"
    yield ""


def _holes(view: Outline) -> Iterator[str]:
    counts: dict[str, int] = {}
    sentences: dict[str, str] = {}
    for hole in (*view.concern_holes, *(hole for row in view.rows for hole in row.holes)):
        counts[hole.code] = counts.get(hole.code, 0) + hole.count
        sentences[hole.code] = hole.words.sentence
    if not counts:
        return
    yield "### Could not be tested"
    yield ""
    for id_, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:NOTES_SHOWN]:
        yield f"- {words.plural(count, 'check')}: {prose(sentences[id_])} ({code(id_, 80)})"
    if len(counts) > NOTES_SHOWN:
        yield f"- … and {words.plural(len(counts) - NOTES_SHOWN, 'more reason')}, in the full report"
    yield ""
