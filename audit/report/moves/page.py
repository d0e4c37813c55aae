"""The plan of a move as one page that asks for nothing: with the report's style sheet, and without a script."""

from __future__ import annotations

from typing import Any

from audit.model.migration import Plan, Step
from audit.report.html import style_hash, template
from audit.report.moves.records import yaml, zone_lines
from audit.report.moves.words import KINDS, awaited, due, gap, names, reasons, verdict

PAGE = "moves.html.j2"


def render(plan: Plan) -> bytes:
    """The page of a plan; every text of it is escaped by the template."""
    former, goal = names(plan)
    value = {
        "plan": plan,
        "former": former,
        "goal": goal,
        "verdict": verdict(plan),
        "gaps": [gap(each) for each in plan.not_known],
        "steps": [_step(plan, step, number) for number, step in enumerate(plan.steps, 1)],
    }
    return template(PAGE).render(**value, style_hash=style_hash(), script_hash=None).encode("utf-8")


def _step(plan: Plan, step: Step, number: int) -> dict[str, Any]:
    return {
        "number": number,
        "step": step,
        "kind": KINDS[step.kind],
        "due": due(step),
        "waits": awaited(plan, step),
        "reasons": tuple(reasons(plan, step)),
        "zone": "\n".join(zone_lines(step.changes)),
        "yaml": yaml(plan.domain, step.changes) if step.changes else "",
    }
