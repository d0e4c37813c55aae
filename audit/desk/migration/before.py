"""What is done before the switch: everything new is published beside what is there, so that until then nothing changes.

Receivers must find the new keys and the new senders in SPF before the first mail of the new provider reaches them, and
senders must have let go of an MTA-STS policy that forbids the new hosts (RFC 8461 section 5). Last, times are lowered,
so that the switch reaches others within minutes.
"""

from __future__ import annotations

from audit.desk.migration.draft import UNDONE, Draft, Key, Move, ZoneState, absent, alike, expected, grouped, lasting
from audit.desk.migration.mta_sts import PATH_NOTE, PolicyChange, awaiting_hosts, opened
from audit.model.fact import Known
from audit.model.migration import Change, Expected, Match, PlannedRecord, RecordSet, StepKind

PREPARE, KEYS, STS, LOWER = "prepare", "dkim-new", "mta-sts-open", "lower-ttl"
SHORT = 300  # seconds
LONG_DENIAL = 3600


def prepare(move: Move, state: ZoneState) -> tuple[ZoneState, Draft]:
    """Prepare the new provider, which nobody out there sees."""
    here, goal = move.ground.domain, move.goal
    changes: tuple[Change, ...] = ()
    values = tuple(r.value for r in goal.verification if r.type == "TXT")
    if values:
        there = state.of(here, "TXT")
        after = RecordSet(values=tuple(sorted({*(there.values if there else ()), *values})), ttl=lasting(there))
        state, changes = state.put(here, "TXT", after)
    return state, Draft(
        PREPARE,
        StepKind.PUBLISH,
        f"Prepare {goal.name}",
        "Mail for an address that the new provider does not know is refused the moment the MX records lead there.",
        UNDONE,
        changes=changes,
        by_hand=(
            "Add the domain at the new provider and have it verified.",
            "Create every mailbox, alias, group and forwarding there, and copy the mail that is to be kept.",
            "List everything that sends as the domain (SPF, DMARC reports, printers, web forms): it must still pass.",
            *goal.notes,
        ),
        done_when=(expected(here, "TXT", values, Match.AMONG),) if values else (),
        waits_for=move.first,
        missing=goal.lacks("verification"),
    )


def new_keys(move: Move, state: ZoneState) -> tuple[ZoneState, Draft]:
    """Publish the keys of the new provider where nothing stands; those that replace a key wait for the switch."""
    free = free_keys(move, state)
    state, changes = state.put_all(free)
    return state, Draft(
        KEYS,
        StepKind.PUBLISH,
        "Publish the DKIM keys of the new provider",
        "Without its key each mail that it signs fails DKIM, and with it DMARC where SPF does not align.",
        UNDONE,
        changes=changes,
        by_hand=("Turn on signing at the new provider, once it sees the keys.",),
        done_when=_stands(free),
        waits_for=move.first,
        missing=move.goal.lacks("dkim"),
    )


def free_keys(move: Move, state: ZoneState) -> tuple[PlannedRecord, ...]:
    """The new provider's keys for which no other key has to go."""
    taken = {key for key, after in grouped(move.goal.keys).items() if _taken(state, key, after)}
    return tuple(r for r in move.goal.keys if (r.name, r.type) not in taken)


def _taken(state: ZoneState, key: Key, after: RecordSet) -> bool:
    stands = [(t, there) for (name, t), there in state.sets.items() if name == key[0] and there]
    return any(rdtype != key[1] or not alike(rdtype, there.values, after.values) for rdtype, there in stands)


def open_policy(move: Move, state: ZoneState) -> tuple[ZoneState, Draft | None]:
    """Let the MTA-STS policy cover both providers' hosts, and bind nobody."""
    change = opened(move.ground, move.goal, move.sts_id)
    if change is None and not awaiting_hosts(move.ground, move.goal):
        return state, None
    state, changes, done, notes = announce(state, change)
    return state, Draft(
        STS,
        StepKind.PUBLISH,
        "Let the MTA-STS policy cover both providers, and only test",
        "Senders that hold a policy in mode enforce do not deliver to a host that it does not name, for as long as its "
        "max_age says. They are to look for a new policy before they give up (RFC 8461 section 5.1), but not all do.",
        "Publish the former policy with yet another id; senders then keep to it as before.",
        changes=changes,
        files=(change.file,) if change else (),
        by_hand=notes,
        done_when=done,
        waits_for=move.first,
        missing=() if move.goal.hosts else move.goal.lacks("mx"),
    )


def announce(
    state: ZoneState, change: PolicyChange | None
) -> tuple[ZoneState, tuple[Change, ...], tuple[Expected, ...], tuple[str, ...]]:
    """Change the record that announces a policy; where it is an alias, whoever keeps its target has to. None: the hosts
    are not known that it is to name."""
    if change is None:
        return state, (), (), (PATH_NOTE,)
    name, rdtype, record = change.record
    alias = state.of(name, "CNAME")
    if alias is not None:
        note = f"{name} is an alias of {alias.values[0]}: have record and policy changed by whoever keeps them there."
        return state, (), (), (note,)
    state, changes = state.put(name, rdtype, record)
    web = name.removeprefix("_")
    kept_at = state.of(web, "CNAME")
    where = (
        (f"{web} is an alias of {kept_at.values[0]}: make sure that it is yours after the move.",) if kept_at else ()
    )
    return state, changes, (expected(name, rdtype, record.values),), (PATH_NOTE, *where)


def lower(move: Move, state: ZoneState, before: tuple[str, ...]) -> tuple[ZoneState, Draft]:
    """Lower the times of all that the switch changes."""
    changes: list[Change] = []
    for key in switched(move, state):
        there = state.of(*key)
        if there is not None and (there.ttl is None or there.ttl > SHORT):
            state, changed = state.at_ttl(*key, SHORT)
            changes += changed
    denial = move.ground.denial
    kept = denial.value.ttl if isinstance(denial, Known) else denial
    long = isinstance(kept, Known) and kept.value > LONG_DENIAL
    note = "Lower the last field of the SOA to 3600 as well: for so long others remember that a name is not there."
    return state, Draft(
        LOWER,
        StepKind.LOWER,
        f"Lower the TTL of what will be switched to {SHORT} seconds",
        "A resolver may go on with the records that it has until their TTL is over: by then the switch reaches it, and "
        "so does the way back.",
        "Raise the TTL again; nothing else changes.",
        changes=tuple(changes),
        by_hand=(note,) if long else (),
        done_when=tuple(
            Expected(name=c.name, type=c.type, match=Match.AMONG, values=(), ttl=SHORT) for c in changes if c.after
        ),
        waits_for=(*move.first, *before),
    )


def switched(move: Move, state: ZoneState) -> tuple[Key, ...]:
    """The record sets that the switch changes, and the texts of the domain, among which the SPF record is."""
    here = move.ground.domain
    clients = [(r.name, r.type) for r in move.goal.clients]
    settings = [(f"{label}.{here}", t) for label in ("autodiscover", "autoconfig") for t in ("CNAME", "A")]
    services = [key for key in state.sets if key[1] == "SRV"]
    return tuple(dict.fromkeys(((here, "MX"), (here, "TXT"), *clients, *settings, *services)))


def _stands(records: tuple[PlannedRecord, ...]) -> tuple[Expected, ...]:
    return tuple(expected(name, rdtype, s.values) for (name, rdtype), s in grouped(records).items())


def gone(changes: tuple[Change, ...]) -> tuple[Expected, ...]:
    """What to expect of changes: the new set, or nothing."""
    return tuple(expected(c.name, c.type, c.after.values) if c.after else absent(c.name, c.type) for c in changes)
