"""What a SARIF log says beside its results: what could not be tested, or was not audited, and what was left out.

Notifications (SARIF 2.1.0 section 3.58) are no results: nobody is told that something is wrong, nor that it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, TypeAlias

from audit.model.report import DomainReport, Glance, RunReport, Severity, State, glances
from audit.report import sarif_places, words
from audit.report.decisions import idleness, state
from audit.report.groups import Holes, holes
from audit.report.places import cut_short
from audit.syntax.escape import inert

Node: TypeAlias = dict[str, Any]

RULES_NAMED = 20
WAIVERS_NAMED = 100
SENTENCE, NAME = 1_000, 200  # characters


def of_subjects(report: RunReport) -> Iterator[Node]:
    """What could not be tested of the run, then what is about lines, in the order of the list."""
    at_list = sarif_places.of_list(report)
    for hole in holes(report.findings):
        yield _notice(hole.code, "note", _untested(hole, "this run"), at_list)
    for domain in glances(report.domains):
        yield from _of_line(domain)


def left_out(count: int) -> Node:
    """What there was no room for is counted."""
    return _notice("report.cut", "warning", f"{words.plural(count, 'more notification')}, in the full report.", None)


def of_run(report: RunReport, cut: Mapping[Severity, int]) -> Iterator[Node]:
    """What limits the whole log: a few sentences."""
    if short := cut_short(report.run):
        yield _notice("run.incomplete", "error", short, None)
    if left := sum(cut.values()):
        by = ", ".join(f"{cut[s]:,} {s.value}" for s in words.SEVERITIES if cut.get(s))
        said = f"{words.plural(left, 'finding')} had no room here and stand in the full report: {by}."
        yield _notice("report.cut", "warning", said, None)
    for sight in report.run.vantage:
        if sight.state not in {State.GOOD, State.NOT_APPLICABLE}:
            said = f"{sight.text} {sight.advice or ''}".rstrip()
            yield _notice(f"vantage.{sight.id}", "warning", said, None)
    yield from of_waivers(report)


def of_waivers(report: RunReport) -> Iterator[Node]:
    """The waivers that hold nothing back: they are named, so that somebody takes them out."""
    idle = [use for use in report.waivers if state(use) != "live"]
    for use in idle[:WAIVERS_NAMED]:
        yield _notice(f"waiver.{state(use)}", "warning", idleness(use), None)


def _of_line(domain: DomainReport | Glance) -> Iterator[Node]:
    at = sarif_places.of_line(domain.input)
    if problem := domain.problem:
        level = {"duplicate": "note", "failed": "error"}.get(domain.status, "warning")
        yield _notice(problem.reason, level, f"{problem.message} {problem.suggestion or ''}".rstrip(), at)
    for hole in holes(domain.findings):
        yield _notice(hole.code, "note", _untested(hole, domain.domain or "this line"), at)


def _untested(hole: Holes, whose: str) -> str:
    rules = islice(hole.rules.items(), RULES_NAMED)
    named = [f"{rule} ({len(names):,})" if len(names) > 1 else rule for rule, names in rules]
    more = len(hole.rules) - len(named)
    which = words.all_of([*named, f"{more:,} more rules"] if more > 0 else named)
    return f"Could not test {words.plural(hole.count, 'check')} of {whose}: {hole.words.sentence} ({which})"


def _notice(code: str, level: str, said: str, location: Node | None) -> Node:
    text = sarif_places.literal(inert(said, SENTENCE))
    node: Node = {"descriptor": {"id": inert(code, NAME)}, "level": level, "message": {"text": text}}
    return node if location is None else node | {"locations": [location]}
