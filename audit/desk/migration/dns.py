"""A move to other name servers, which is done before the move of the mail, and apart from it.

The zone above says which servers hold a zone (NS) and by which keys it is signed (DS, RFC 4035). A resolver may keep
both for their TTL. So the DS goes first: with the new servers' keys and the former DS every answer would be bogus.
"""

from __future__ import annotations

from audit.desk.migration.draft import Draft, ZoneState, absent, because, expected
from audit.model.fact import Fact, Known
from audit.model.migration import Because, Change, RecordSet, StepKind
from audit.protocol.migration.ground import MoveGround
from audit.protocol.migration.standing import Standing

COPY, DS_OFF, NS, NS_KEEP, DS_ON = "zone-copy", "ds-remove", "ns-switch", "ns-keep-old", "ds-publish"
TWO_DAYS = 172_800
AT_REGISTRAR = "At the registrar of the domain, not in the zone."


def name_server_steps(
    ground: MoveGround, servers: tuple[str, ...], state: ZoneState
) -> tuple[ZoneState, tuple[Draft, ...]]:
    """The steps to other name servers."""
    ns, ds = ground.delegation.value if isinstance(ground.delegation, Known) else (None, None)
    apex = ns.name if ns else _apex(ground)
    state = _with(_with(state, ns), ds)
    signed = ds is None or bool(ds.records)
    steps = [_copied(servers)]
    if signed:
        state, gone = state.put(apex, "DS", None) if ds else (state, ())
        steps.append(_unsigned(apex, gone))
    hosts = tuple(sorted(f"{s}." for s in servers))
    state, changes = state.put(apex, "NS", RecordSet(values=hosts, ttl=_seconds(ns) or TWO_DAYS))
    steps += [_switched(apex, hosts, changes, ds if signed else None, signed=signed), _kept_old(ground, apex, ns)]
    return state, (*steps, *((_signed(),) if signed else ()))


def _unsigned(apex: str, changes: tuple[Change, ...]) -> Draft:
    return Draft(
        DS_OFF,
        StepKind.REMOVE,
        "Remove the DS records of the zone",
        "Resolvers that validate take every answer of the new servers for forged, as long as they hold a DS of the "
        "former keys.",
        "Publish the former DS records again, while the former servers answer.",
        changes=changes,
        by_hand=(AT_REGISTRAR,),
        done_when=(absent(apex, "DS"),),
        waits_for=(COPY,),
    )


def _switched(
    apex: str, hosts: tuple[str, ...], changes: tuple[Change, ...], ds: Standing | None, *, signed: bool
) -> Draft:
    """The switch itself; `ds` are the former DS records, None where there are none or they are not known."""
    return Draft(
        NS,
        StepKind.SWITCH,
        "Switch the zone to the new name servers",
        "From here on resolvers ask the new servers, each when its copy of the NS records ends.",
        "Name the former servers again: it takes as long as the switch itself.",
        changes=changes,
        by_hand=(AT_REGISTRAR, "Change nothing else while both sets of servers are asked, or change it at both."),
        because=(_kept("DS", f"{apex} DS, in the zone above", ds, DS_OFF),) if ds is not None else (),
        done_when=(expected(apex, "NS", hosts),),
        waits_for=(DS_OFF,) if signed else (COPY,),
        undated=signed and _seconds(ds) is None,
    )


def _kept_old(ground: MoveGround, apex: str, above: Standing | None) -> Draft:
    """Resolvers keep the NS records of the zone above, or those of the zone itself (RFC 2181 section 5.4.1)."""
    own = ground.at(apex, "NS")
    itself = own.value if isinstance(own, Known) else None
    return Draft(
        NS_KEEP,
        StepKind.KEEP,
        "Let the former name servers answer as before",
        "Resolvers that still hold the former NS records find nothing where those servers are gone.",
        "Nothing was changed.",
        because=(
            _kept("NS", f"{apex} NS, in the zone above", above, NS),
            _kept("NS", f"{apex} NS, in the zone itself", itself, NS),
            because("Two days at least: some resolvers keep records longer than they should.", TWO_DAYS, NS),
        ),
        waits_for=(NS,),
        undated=_seconds(above) is None or _seconds(itself) is None,
    )


def _signed() -> Draft:
    return Draft(
        DS_ON,
        StepKind.PUBLISH,
        "Sign the zone at the new servers, and publish their DS records",
        "Until then the domain is not signed: DANE at hosts in it does not hold.",
        "Remove the DS records again.",
        by_hand=(AT_REGISTRAR, "Look first that all new servers give signatures by the new key."),
        waits_for=(NS_KEEP,),
    )


def _copied(servers: tuple[str, ...]) -> Draft:
    return Draft(
        COPY,
        StepKind.PUBLISH,
        f"Copy the whole zone to {', '.join(servers)}",
        "A record that was forgotten is gone for everybody once the zone is switched.",
        "Nothing was changed for anybody else.",
        by_hand=(
            "Export the zone at the former operator; a list of names that somebody knows is not all of it.",
            "Ask former and new servers for each record set, and compare.",
        ),
    )


def _kept(rdtype: str, of: str, stands: Standing | None, after: str) -> Because:
    seconds = _seconds(stands) or 0
    sentence = f"Resolvers may keep the {rdtype} records for so long."
    return because(sentence, seconds, after, f"TTL {seconds} of {of}", stands.key if stands else None)


def _apex(ground: MoveGround) -> str:
    return ground.denial.value.apex if isinstance(ground.denial, Known) else ground.domain


def _with(state: ZoneState, stands: Standing | None) -> ZoneState:
    if stands is None:
        return state
    there = RecordSet(values=tuple(sorted(stands.records)), ttl=_seconds(stands)) if stands.records else None
    return ZoneState({**state.sets, (stands.name, stands.rdtype): there})


def _seconds(stands: Standing | None) -> int | None:
    told: Fact[int | None] | None = stands.ttl if stands else None
    return told.value or 0 if isinstance(told, Known) else None
