"""The plan of a move in GitHub Flavored Markdown, as a list to be worked off: a heading and a box for each step."""

from __future__ import annotations

from collections.abc import Iterator

from audit.model.migration import Plan, Step
from audit.report.markdown import code, fenced, prose
from audit.report.moves.records import yaml, zone_lines
from audit.report.moves.words import awaited, due, gap, names, reasons, verdict
from audit.report.words import moment

LONG = 2000


def render(plan: Plan) -> bytes:
    return "".join(f"{line}\n" for line in _lines(plan)).encode()


def _lines(plan: Plan) -> Iterator[str]:
    former, goal = names(plan)
    yield f"# Move of the mail of {code(plan.domain)} to {prose(goal)}"
    yield ""
    seen = f"Made on {moment(plan.made_at)}, from what was observed on {moment(plan.observed_at)}."
    yield f"From {prose(former)}. {prose(seen)}"
    yield ""
    yield f"**{prose(verdict(plan))}**"
    yield ""
    if plan.missing:
        yield from ("## Missing", "", "Give each with `--set KEY=VALUE`.", "")
        for value in plan.missing:
            yield f"- {code(value.key)}: {prose(value.what)}. {prose(value.where)}. Like {code(value.example)}"
        yield ""
    if plan.not_known:
        yield from ("## Not known", "")
        yield from (f"- {prose(gap(each), LONG)}" for each in plan.not_known)
        yield ""
    yield from ("## Steps", "")
    for number, step in enumerate(plan.steps, 1):
        yield from _step(plan, step, number)


def _step(plan: Plan, step: Step, number: int) -> Iterator[str]:
    yield f"### {number}. {prose(step.title)}"
    yield ""
    yield f"- [ ] {code(step.id)}: **{prose(due(step))}**"
    if waits := awaited(plan, step):
        yield f"- {waits}"
    yield from (f"- {prose(sentence, LONG)}" for sentence in reasons(plan, step))
    if step.missing:
        yield f"- Missing for it: {', '.join(map(code, step.missing))}"
    yield from ("", prose(step.why, LONG), "")
    yield from (f"- [ ] {prose(sentence, LONG)}" for sentence in step.by_hand)
    if step.by_hand:
        yield ""
    if step.changes:
        yield from ("Zone file:", "")
        yield from fenced(zone_lines(step.changes))
        yield from ("", "octoDNS:", "")
        yield from fenced(tuple(yaml(plan.domain, step.changes).splitlines()))
        yield ""
    for file in step.files:
        yield from (f"{code(file.url)}:", "")
        yield from fenced(tuple((file.after or "").splitlines()))
        yield ""
    yield from (f"Way back: {prose(step.way_back, LONG)}", "")
