"""What can be said of a rule, taken from the rule itself and from those that stand in for it."""

from __future__ import annotations

import difflib

from audit.model.explanation import Explanation, Grade
from audit.protocol.survey import FACTS, NEVER
from audit.rules.registry import RULES
from audit.rules.rule import ORDER, Rule
from audit.rules.rungs import meaning


def explanation(rule: Rule) -> Explanation:
    """A rule explained."""
    grades = sorted(rule.ladder.items(), key=lambda rung: ORDER.index(rung[1]))
    return Explanation(
        id=rule.id,
        topic=rule.topic,
        title=rule.title,
        subject=rule.judge.subject.kind,
        severities=tuple(Grade(context=c, when=meaning(rule.id, c), severity=severity) for c, severity in grades),
        message=rule.message,
        why=rule.why,
        fix=rule.fix,
        reference=rule.reference,
        supersedes=rule.supersedes,
        superseded_by=tuple(r.id for r in RULES if rule.id in r.supersedes),
        facts=tuple(taken.__name__ for _, taken in rule.judge.takes if taken in FACTS or taken in NEVER),
    )


def nearest(word: str) -> str | None:
    """The id that somebody may have meant."""
    near = difflib.get_close_matches(word[:100].upper(), [r.id for r in RULES], n=1, cutoff=0.5)
    return near[0] if near else None
