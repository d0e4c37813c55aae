"""The report as a short summary of a job, in GitHub Flavored Markdown.

Names and messages stand in code spans (CommonMark section 6.1), where nothing is a link, a picture or a mention; the
sentences of the report have every sign of markup escaped (section 2.4). What doesn't fit is counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

from audit.model.report import RunReport, State
from audit.report import words
from audit.report.decisions import accepted, standing
from audit.report.groups import Failures, Holes, message
from audit.report.outline import Outline, outline
from audit.report.proposals import Proposal
from audit.report.prose import plain
from audit.report.rows import Row
from audit.syntax.escape import inert, visible

LIMIT = 900 * 1024  # octets; GitHub takes a mebibyte
CUT = 80  # octets, in which a cut is told
ROWS_SHOWN = 300
FINDINGS_SHOWN = 50
NOTES_SHOWN = 40
T = TypeVar("T")
DOMAINS_SHOWN = 8
ACCEPTED_SHOWN = 5  # reasons by which one rule is accepted
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")  # all the punctuation of ASCII

SIGNS: Mapping[State, str] = MappingProxyType(
    {State.GOOD: "✅", State.WARNING: "⚠️", State.BAD: "❌", State.UNKNOWN: "❔", State.NOT_APPLICABLE: "➖"}
)


def render(report: RunReport) -> bytes:
    """A report is a summary of up to 900 KiB of Markdown."""
    view = outline(report)
    seen = _seen(view)
    run = (_head(view), _decisions(view), _shared(view), _vantage(view))
    parts = (*run, _domains(seen), _findings(view, seen), _holes(seen))
    kept: list[bytes] = []
    size = left = 0
    for item in _items(line for part in parts for line in part):
        size += len(item)
        if size <= LIMIT - CUT:
            kept.append(item)
        else:
            left += item.startswith((b"- ", b"| "))
    if size > LIMIT - CUT:
        kept.append(f"\n… and {words.plural(left, 'more line')}, in the full report.\n".encode())
    return b"".join(kept)


def _items(lines: Iterable[str]) -> Iterator[bytes]:
    """Each line with those that belong to it, which stand further in: nobody can paste half a record."""
    held = b""
    for line in lines:
        if held and not line.startswith("  "):
            yield held
            held = b""
        held += f"{line}\n".encode()
    yield held


def stream(report: RunReport) -> Iterator[bytes]:
    """The same: it is never long."""
    yield render(report)


def code(text: str, limit: int = 200, *, cell: bool = False) -> str:
    """A text of the world as a code span; the sign that ends a cell of a table is escaped there.

    `<` and `@` are shown as escapes: some readers look for mentions before they look for spans.
    """
    inner = inert(" ".join(text.split()), limit).replace("<", "\\x3c").replace("@", "\\x40")
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


def _decisions(view: Outline) -> Iterator[str]:
    if view.decisions:
        yield from (f"- {prose(decision)}" for decision in view.decisions)
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
    if len(limits) > NOTES_SHOWN:
        yield f"- … and {len(limits) - NOTES_SHOWN:,} more, in the full report"
    yield ""


class _Gravest(Generic[T]):
    """The gravest of many things, those of equal weight in the order in which they come; all are counted."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[tuple[int, T]] = []
        self.count = 0

    def add(self, rank: int, thing: T) -> None:
        self.count += 1
        self._kept.append((rank, thing))
        if len(self._kept) > 4 * self._most:
            self._kept = self._first()

    def __iter__(self) -> Iterator[T]:
        return (thing for _, thing in self._first())

    def _first(self) -> list[tuple[int, T]]:
        return sorted(self._kept, key=lambda pair: pair[0])[: self._most]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there is room for, of all rows."""

    rows: _Gravest[Row]
    findings: _Gravest[tuple[str, Failures]]
    holes: Counter[str]
    sentences: dict[str, str]


def _seen(view: Outline) -> _Seen:
    """Go through the rows, once."""
    seen = _Seen(_Gravest(ROWS_SHOWN), _Gravest(FINDINGS_SHOWN), Counter(), {})
    _count(seen, view.concern_holes)
    for row in view.rows:
        seen.rows.add(_rank(row), row)
        for group in row.failures:
            seen.findings.add(words.SEVERITIES.index(group.severity), (row.report.domain or "", group))
        _count(seen, row.holes)
    return seen


def _count(seen: _Seen, holes: Iterable[Holes]) -> None:
    for hole in holes:
        seen.holes[hole.code] += hole.count
        seen.sentences[hole.code] = hole.words.sentence


def _domains(seen: _Seen) -> Iterator[str]:
    yield f"| Domain | {' | '.join(words.QUESTIONS[id_] for id_ in words.COLUMNS)} | Worst |"
    yield "|---|" + "---|" * (len(words.COLUMNS) + 1)
    yield from (_row(row) for row in seen.rows)
    yield ""
    if (more := seen.rows.count - ROWS_SHOWN) > 0:
        yield f"… and {words.plural(more, 'more row')}, in the full report."
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


def _findings(view: Outline, seen: _Seen) -> Iterator[str]:
    if not (seen.findings.count or view.concerns):
        return
    yield "### Findings"
    yield ""
    for group in view.concerns[:FINDINGS_SHOWN]:
        yield from _finding(None, group)
    for domain, group in seen.findings:
        yield from _finding(domain, group)
    if (more := seen.findings.count - FINDINGS_SHOWN) > 0:
        yield f"- … and {more:,} more, in the full report"
    yield ""


def _finding(domain: str | None, group: Failures) -> Iterator[str]:
    where = "" if domain is None else f" {code(domain, 120)}"
    more = f" and {len(group.findings) - 1:,} more" if len(group.findings) > 1 else ""
    said = message(group.findings[0], group.rule)
    state = f" {prose(told)}" if (told := standing(group.findings[0])) else ""
    yield f"- **{group.severity.value}**{where}: {code(said, 300)}{more} ({code(group.rule.id, 80)}){state}"
    yield from _accepted(group)
    yield from _publish(group.rule.id, group.proposals)


def _accepted(group: Failures) -> Iterator[str]:
    """Who accepts it: once where they say the same of several, each below the item of the list."""
    said = Counter(told for finding in group.findings if (told := accepted(finding)))
    for told, count in said.most_common(ACCEPTED_SHOWN):
        of = f"{count:,} of {len(group.findings):,}: " if len(group.findings) > 1 else ""
        yield f"  {of}{prose(told)}"


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


def _holes(seen: _Seen) -> Iterator[str]:
    if not seen.holes:
        return
    yield "### Could not be tested"
    yield ""
    for id_, count in sorted(seen.holes.items(), key=lambda item: (-item[1], item[0]))[:NOTES_SHOWN]:
        yield f"- {words.plural(count, 'check')}: {prose(seen.sentences[id_])} ({code(id_, 80)})"
    if len(seen.holes) > NOTES_SHOWN:
        yield f"- … and {words.plural(len(seen.holes) - NOTES_SHOWN, 'more reason')}, in the full report"
    yield ""
