"""The SPF record during a move and after it: first both providers may send, in the end the new one.

Receivers stop at ten DNS lookups (RFC 7208 section 4.6.4), and two providers together easily need more. Then terms are
replaced by the addresses that they stand for, for as long as the move takes; a record that would still need more, or
would let everybody send, is not given.
"""

from __future__ import annotations

from audit.desk.migration.draft import Draft, Move, ZoneState, alike, expected, lasting
from audit.model.fact import Fact, Known
from audit.model.migration import Change, Match, RecordSet, StepKind
from audit.model.value import dataclass
from audit.protocol.spf.closing import strangers
from audit.protocol.spf.lookups import MAX_TERMS
from audit.protocol.spf.plan import PlanFault, SpfPlan
from audit.protocol.spf.tree import SpfTree
from audit.protocol.spf.ways import Change as SpfChange
from audit.protocol.spf.ways import Price, cheapest, keeps_limits
from audit.syntax import spf, txt, zonefile
from audit.syntax.escape import visible

SPF = "spf-both"
SHOWN = 1000
BY_ADDRESSES = frozenset({Price.NOTHING, Price.OWN_ADDRESSES, Price.UPKEEP})


@dataclass(frozen=True, slots=True)
class Written:
    """A record to publish, None where none can be given; the changes that keep it within the limit; all it leads to."""

    text: str | None
    changes: tuple[SpfChange, ...]
    tree: SpfTree | None


def written(plan: Fact[SpfPlan | PlanFault], terms: tuple[str, ...]) -> Written:
    """The record of a plan. The new provider's own terms stay as they are."""
    if not isinstance(plan, Known) or isinstance(plan.value, PlanFault):
        return Written(None, (), None)
    told = plan.value
    changes: tuple[SpfChange, ...] = ()
    tree = told.after
    if not keeps_limits(tree):
        wanted = {text.lower().lstrip("+") for text in terms}
        ways = tuple(
            way
            for way in told.ways
            if way.change.price in BY_ADDRESSES
            and not way.change.besides
            and way.change.term.lower().lstrip("+") not in wanted
        )
        changes, tree = cheapest(tree, ways)
    found = tree.root.found
    whole = len(found) == 1 and keeps_limits(tree) and strangers(tree) == Known(())
    return Written(found[0] if whole else None, changes, tree)


def both_senders(move: Move, state: ZoneState) -> tuple[ZoneState, Draft | None]:
    """Let both providers send; None where the record does already."""
    here, terms = move.ground.domain, move.goal.terms
    record = written(move.ground.both, terms)
    title = "Let both providers send (SPF)"
    if record.text is None or not state.seen(here, "TXT"):
        return state, Draft(
            SPF,
            StepKind.PUBLISH,
            title,
            "Mail of the new provider would fail SPF.",
            "Publish the former SPF record again.",
            by_hand=(*budget(record), *(f"Put “{term}” into the SPF record, before its “all”." for term in terms)),
            waits_for=move.first,
            missing=move.goal.lacks("spf"),
        )
    state, changes, data = with_spf(here, state, record.text)
    if not changes:
        return state, None
    return state, Draft(
        SPF,
        StepKind.PUBLISH,
        title,
        "Mail of the new provider fails SPF until its term is there, that of the former one without its own.",
        "Publish the former SPF record again.",
        changes=changes,
        by_hand=budget(record),
        done_when=(expected(here, "TXT", (data,), Match.AMONG),),
        waits_for=move.first,
    )


def budget(record: Written) -> tuple[str, ...]:
    """What a record costs, where that is worth a word."""
    said: list[str] = []
    if record.changes and record.text is not None:
        replaced = visible(", ".join(change.term for change in record.changes), SHOWN)
        said.append(
            f"With both, the record would need more than {MAX_TERMS} DNS lookups, so addresses stand for these terms: "
            f"{replaced}. Look each day of the move whether their owners have changed them."
        )
    if record.tree is not None and record.tree.lookups.exceeds(MAX_TERMS) == Known(True):
        said.append(
            f"The record with both needs {record.tree.lookups.at_least} DNS lookups, and receivers stop at {MAX_TERMS} "
            "(RFC 7208 section 4.6.4): take out senders that you no longer use first; `mxaudit spf plan` shows ways."
        )
    return tuple(said)


def with_spf(here: str, state: ZoneState, text: str) -> tuple[ZoneState, tuple[Change, ...], str]:
    """The zone with another SPF record beside the other texts of the domain, and that record's data."""
    there = state.of(here, "TXT")
    values = there.values if there else ()
    data = zonefile.text_data(text, whole_words=True)
    data = next((value for value in values if alike("TXT", (value,), (data,))), data)
    others = tuple(v for v in values if not spf.is_spf(txt.joined(v)))
    after = RecordSet(values=tuple(sorted((*others, data))), ttl=lasting(there))
    state, changes = state.put(here, "TXT", after)
    return state, changes, data
