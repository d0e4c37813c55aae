"""The known differences between checkdmarc's verdicts and ours; docs/second-opinion.md tells why we hold to ours.

checkdmarc's verdict is known by the type of the error that it raises, never by its text, which changes from release to
release.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.model.opinion import Heard, Stance
from audit.rules.second_opinion.ours import Ours

VALID = "valid"
OTHER_RECORD, OTHER_POLICY = "other record", "other policy"


@dataclass(frozen=True, slots=True)
class Difference:
    """A class of differences: our causes, and what checkdmarc says to them."""

    id: str
    topic: str
    ours: frozenset[str]  # keys of CLAUSES
    theirs: frozenset[str]  # types of errors, VALID, OTHER_RECORD or OTHER_POLICY
    clause: str


DIFFERENCES: tuple[Difference, ...] = ()


def differs(ours: Ours, heard: Heard) -> str | None:
    """How the other verdict differs: what stands in `theirs` of a Difference. None where both say the same."""
    if ours.stance is not heard.stance:
        return heard.kind or VALID
    if ours.stance is not Stance.VALID:
        return None
    if ours.at != heard.at:
        return OTHER_RECORD
    return OTHER_POLICY if ours.policy != heard.policy else None


def explained(topic: str, ours: Ours, theirs: str) -> Difference | None:
    """The class of a difference; None where it is not known, or known for some of our causes only."""
    found = [_known(topic, cause, theirs) for cause in ours.causes]
    return found[0] if all(found) else None


def _known(topic: str, cause: str, theirs: str) -> Difference | None:
    return next((d for d in DIFFERENCES if d.topic == topic and cause in d.ours and theirs in d.theirs), None)
