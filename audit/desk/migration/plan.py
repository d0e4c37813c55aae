"""A plan from what was seen: steps in their order, their times, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from audit.desk.migration import after, before, dns, switch
from audit.desk.migration.before import Move
from audit.desk.migration.draft import Draft, ZoneState, state_of
from audit.desk.migration.mta_sts import policy_of
from audit.desk.migration.schedule import scheduled
from audit.model.fact import Known, Unknown
from audit.model.migration import Gap, Plan
from audit.protocol.migration.ground import MoveGround, MoveWish
from audit.protocol.spf.plan import PlanFault

STS_ID = "%Y%m%d%H%M%SZ"


def plan(
    ground: MoveGround,
    wish: MoveWish,
    *,
    now: datetime,
    observed_at: datetime,
    digest: str,
    cutover: datetime | None = None,
) -> Plan:
    """The plan of a move. `now` is when it is made; `cutover` when the MX records are to be switched, None for as soon
    as that is safe."""
    drafts = drafted(ground, wish, now.strftime(STS_ID))
    steps, at = scheduled(drafts, now, switch.MX, cutover)
    safe = next(s.earliest for s in steps if s.id == switch.MX)
    return Plan(
        domain=ground.domain,
        moves_from=tuple(p.id for p in ground.former),
        moves_to=wish.goal.id,
        made_at=now,
        observed_at=observed_at,
        cutover=cutover or at,
        in_time=None if safe is None else cutover is None or cutover >= safe,
        evidence_digest=digest,
        steps=steps,
        missing=wish.goal.missing,
        not_known=tuple(gaps(ground, wish)),
    )


def drafted(ground: MoveGround, wish: MoveWish, sts_id: str) -> tuple[Draft, ...]:
    """The steps in their order. One that changes nothing, and asks for nothing, is left out."""
    first = state = state_of(ground.sets)
    steps: list[Draft | None] = []
    if wish.name_servers:
        state, moved = dns.name_server_steps(ground, wish.name_servers, state)
        steps += moved
    move = Move(ground, wish.goal, sts_id, (dns.NS_KEEP,) if wish.name_servers else ())
    steps.append(after.keeps(move))
    made: list[Draft] = []
    for build in (before.prepare, before.new_keys, before.both_senders, before.open_policy):
        state, built = build(move, state)
        made += [built] if built else []
    state, lowered = before.lower(move, state, tuple(d.id for d in made))
    made.append(lowered)
    state, switched = switch.switch_mx(move, state, tuple(d.id for d in made))
    steps += [*made, switched]
    state, clients = switch.switch_clients(move, state)
    state, swapped = switch.swap_keys(move, state)
    steps += [clients, swapped, switch.keep_old(move)]
    steps += _afterwards(move, wish, state, first)
    return tuple(step for step in steps if step is not None)


def _afterwards(move: Move, wish: MoveWish, state: ZoneState, first: ZoneState) -> Iterator[Draft | None]:
    state, raised = after.raise_times(move, state, first)
    yield raised
    state, strict = after.close_policy(move, state)
    yield strict
    state, sender = after.drop_sender(move, state)
    yield sender
    state, keys = after.drop_keys(move, state, wish)
    yield keys
    _, rest = after.drop_rest(move, state)
    yield rest


def gaps(ground: MoveGround, wish: MoveWish) -> Iterator[Gap]:
    """What evidence lacked. `why` is a reason of the report's table, such as dns.timeout."""
    for (name, rdtype), fact in ground.sets:
        if isinstance(fact, Unknown):
            yield _gap(f"What stands at {name} {rdtype}", fact, "It is taken for something that may be there.")
        elif isinstance(fact.value.ttl, Unknown):
            instead = "No time is given that rests on it."
            yield _gap(f"For how long {name} {fact.value.rdtype} is kept", fact.value.ttl, instead)
        elif fact.value.differs:
            what = f"Which of several answers for {name} {rdtype} holds: the zone's servers do not agree"
            yield Gap(
                what=what, why="differs", instead="The one that is kept longest is taken.", evidence=fact.value.key
            )
    kept = ground.denial.value.ttl if isinstance(ground.denial, Known) else ground.denial
    if isinstance(kept, Unknown):
        yield _gap(
            "For how long it is remembered that a name is not there", kept, "The time of the switch is not given."
        )
    yield from _policy_gaps(ground)
    yield from _sender_gaps(ground, wish)
    if isinstance(ground.delegation, Unknown):
        instead = "No times are given for the move to other name servers, nor for what comes after it."
        yield _gap("The NS and DS records in the zone above", ground.delegation, instead)
    if not ground.former:
        instead = "What belongs to it is not named: look for its SPF terms, keys and names yourself."
        yield Gap(
            what="Who takes the mail now: no provider that is known", why="not_listed", instead=instead, evidence=None
        )


def _policy_gaps(ground: MoveGround) -> Iterator[Gap]:
    instead = "The time of the switch is not given: senders may hold a policy that forbids the new hosts."
    if isinstance(ground.sts, Unknown):
        yield _gap("The MTA-STS policy that senders hold", ground.sts, instead)
    elif ground.sts.value is not None and policy_of(ground) is None:
        what = "The MTA-STS policy that senders hold: one is announced, and none that can be read is served"
        yield Gap(what=what, why="not_served", instead=instead, evidence=None)


def _sender_gaps(ground: MoveGround, wish: MoveWish) -> Iterator[Gap]:
    if not wish.goal.terms:
        return
    for which, found in (("with both providers", ground.both), ("of the new provider alone", ground.after)):
        what = f"The SPF record {which}"
        instead = "No record is given to publish."
        if isinstance(found, Unknown):
            yield _gap(what, found, instead)
        elif isinstance(found.value, PlanFault):
            yield Gap(what=f"{what}: {found.value}", why="not_made", instead=instead, evidence=None)
        elif isinstance(found.value.strangers, Unknown):
            yield _gap(f"{what}: whom it would let send", found.value.strangers, instead)
        elif found.value.strangers.value:
            terms = ", ".join(found.value.strangers.value)
            what += f": everybody could send by {terms}"
            yield Gap(what=what, why="not_made", instead=instead, evidence=None)


def _gap(what: str, hole: Unknown, instead: str) -> Gap:
    key = hole.probes[0].key if hole.probes else None
    return Gap(what=what, why=hole.reason, instead=instead, evidence=key)
