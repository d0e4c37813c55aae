"""The switch itself: from here on others deliver to the new provider, each as soon as its copy of the MX records ends.

Until the last copy has ended the former provider must take mail as before. Some resolvers serve a copy for days after
its time when they get no answer (RFC 8767 section 5), and a server that could not deliver tries for four to five days
(RFC 5321 section 4.5.4.1).
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.catalog.suffixes import registry_domain
from audit.desk.migration.before import KEYS, LOWER, SHORT, SPF, STS, Move, free_keys, gone
from audit.desk.migration.draft import Draft, Key, ZoneState, because, expected, grouped
from audit.desk.migration.mta_sts import binding, policy_of
from audit.model.fact import Known, Unknown
from audit.model.migration import Because, Change, RecordSet, StepKind
from audit.protocol.migration.standing import Standing
from audit.syntax import srv

MX, CLIENTS, SWAP, KEEP = "switch-mx", "switch-clients", "dkim-swap", "keep-old"
TWO_DAYS, STALE, QUEUE = 172_800, 259_200, 432_000


def switch_mx(move: Move, state: ZoneState, before: tuple[str, ...]) -> tuple[ZoneState, Draft]:
    """Switch the MX records, all at once."""
    here, goal = move.ground.domain, move.goal
    reasons, undated = _delays(move, before)
    changes: tuple[Change, ...] = ()
    if goal.mx:
        state, changes = state.put_all(goal.mx, SHORT)
    hosts = ", ".join(goal.hosts)
    dane = (
        ()
        if goal.dane or not _former_tlsa(move)
        else ("The new hosts have no TLSA records that are known: senders that validate DANE will deliver without it.",)
    )
    return state, Draft(
        MX,
        StepKind.SWITCH,
        f"Switch the MX records to {goal.name}",
        "From here on senders deliver to the new provider. Hosts of both providers at once would split the mail.",
        f"Publish the former MX records again: within {SHORT} seconds mail goes there as before, as long as the former "
        "provider takes it. What came to the new provider in between stays there.",
        changes=changes,
        by_hand=(
            f"Right before, hand a test message to {hosts or 'the new hosts'} directly, from outside.",
            "Then send from the new provider to a mailbox elsewhere, and look for spf=pass, dkim=pass and dmarc=pass.",
            *dane,
        ),
        because=reasons,
        done_when=tuple(expected(*key, s.values) for key, s in grouped(goal.mx).items()),
        waits_for=(*move.first, *before),
        missing=goal.lacks("mx"),
        undated=undated or not state.seen(here, "MX"),
    )


def _delays(move: Move, before: tuple[str, ...]) -> tuple[tuple[Because, ...], bool]:
    """Why the switch has to wait, and whether a value is lacking for that."""
    here, found, undated = move.ground.domain, [], False
    mx = move.ground.at(here, "MX")
    ttl, key = _ttl(mx)
    undated |= ttl is None
    sentence = f"Twice the time for which resolvers may keep the MX records ({ttl} seconds), as caches ask caches."
    found.append(because(sentence, 2 * (ttl or 0), LOWER, f"TTL {ttl} of {here} MX", key))
    found.append(because("Two days, to see that all servers of the zone have the lower times.", TWO_DAYS, LOWER))
    if SPF in before:
        ttl, key = _ttl(move.ground.at(here, "TXT"))
        undated |= ttl is None
        sentence = "Receivers may keep the former SPF record for so long."
        found.append(because(sentence, ttl or 0, SPF, f"TTL {ttl} of {here} TXT", key))
    if KEYS in before:
        denial = move.ground.denial
        kept = denial.value.ttl if isinstance(denial, Known) else denial
        undated |= isinstance(kept, Unknown)
        seconds = kept.value if isinstance(kept, Known) else 0
        apex, key = (denial.value.apex, denial.value.key) if isinstance(denial, Known) else (here, None)
        sentence = "Whoever asked for a key before it was there may remember for so long that it is not."
        found.append(because(sentence, seconds, KEYS, f"{seconds} seconds by the SOA of {apex}", key))
    if isinstance(move.ground.sts, Unknown):
        return tuple(found), True
    if STS in before:
        found += _policy_delays(move)
    policy = policy_of(move.ground)
    undated |= move.ground.sts.value is not None and policy is None
    if policy is not None and binding(move.ground, move.goal):
        announced, _ = _ttl(move.ground.at(f"_mta-sts.{here}", "TXT"))
        undated |= policy[1].max_age is None or announced is None
    return tuple(r for r in found if r.seconds), undated


def _policy_delays(move: Move) -> Iterator[Because]:
    policy = policy_of(move.ground)
    if policy is None or not binding(move.ground, move.goal):
        return
    name = f"_mta-sts.{move.ground.domain}"
    ttl, _ = _ttl(move.ground.at(name, "TXT"))
    age = policy[1].max_age or 0
    yield because(
        "Senders may hold the former MTA-STS policy, in mode enforce, for its max_age, after as long as they may keep "
        f"its record ({ttl or 0} seconds).",
        age + (ttl or 0),
        STS,
        f"max_age {age} at {policy[0].url}",
        f"dns {name} TXT",
    )


def _ttl(fact: Known[Standing] | Unknown) -> tuple[int | None, str | None]:
    """How long others keep what stands at a name, 0 where nothing stands there; None where it is not known."""
    if isinstance(fact, Unknown):
        return None, None
    told = fact.value.ttl
    return (None if isinstance(told, Unknown) else told.value or 0), fact.value.key


def _former_tlsa(move: Move) -> bool:
    return any(t == "TLSA" and isinstance(f, Known) and bool(f.value.records) for (_, t), f in move.ground.sets)


def switch_clients(move: Move, state: ZoneState) -> tuple[ZoneState, Draft | None]:
    """Lead mail programs to the new provider; None where they are led nowhere, before and after."""
    goal = move.goal
    state, changes = state.put_all(goal.clients, SHORT)
    kept = {(r.name, r.type) for r in goal.clients}
    for key in leaving_clients(move, state):
        if key not in kept:
            state, more = state.put(*key, None)
            changes += more
    missing = goal.lacks("clients")
    if not changes and not missing:
        return state, None
    return state, Draft(
        CLIENTS,
        StepKind.SWITCH,
        "Lead mail programs to the new provider",
        "Programs that follow autodiscover or SRV records to the former provider log in there, and see no new mail.",
        "Publish the former records again.",
        changes=changes,
        by_hand=("Tell people when to set up their programs anew; some ask for the password again.",),
        because=(because("With the MX records, so that people see new mail where it comes.", 0, MX),),
        done_when=gone(changes),
        waits_for=(MX,),
        missing=missing,
    )


def leaving_clients(move: Move, state: ZoneState) -> tuple[Key, ...]:
    """Names by which mail programs find a former provider."""
    here = move.ground.domain
    homes = {registry_domain(host) for host in move.ground.hosts} | {
        registry_domain(a.name) for p in move.ground.former for a in p.autodiscover
    }
    homes |= {registry_domain(place.rpartition(":")[0]) for p in move.ground.former for place in p.submission}
    homes -= {None, registry_domain(here), *(registry_domain(h) for h in move.goal.hosts)}
    leaving = frozenset(move.ground.hosts) - frozenset(move.goal.hosts)
    found: list[Key] = []
    for (name, rdtype), there in state.sets.items():
        targets = _targets(rdtype, there)
        if targets and all(registry_domain(t) in homes or t in leaving for t in targets):
            found.append((name, rdtype))
    return tuple(k for k in found if not k[0].endswith(f"._domainkey.{here}") and not k[0].startswith(("_mta", "mta-")))


def _targets(rdtype: str, there: RecordSet | None) -> tuple[str, ...]:
    values = there.values if there else ()
    if rdtype == "CNAME":
        return tuple(v.removesuffix(".") for v in values)
    if rdtype == "SRV":
        return tuple(r.target for v in values if (r := srv.parse(v)) and not r.absent)
    return ()


def swap_keys(move: Move, state: ZoneState) -> tuple[ZoneState, Draft | None]:
    """Replace the keys at selectors that both providers use; None where there are none."""
    free = free_keys(move, state)
    taken = tuple(r for r in move.goal.keys if r not in free)
    here = {key for key, s in grouped(taken).items() if state.of(*key) != s}
    if not here:
        return state, None
    state, changes = state.put_all(taken)
    return state, Draft(
        SWAP,
        StepKind.SWITCH,
        "Replace the DKIM keys at selectors that both providers use",
        "One selector holds one key: mail that the former provider signed by it fails DKIM from here on, and the new "
        "provider's did before. Let the former one sign by another selector first, if it can.",
        "Publish the former keys again.",
        changes=changes,
        because=(because("When the new provider sends, and the former one no longer.", 0, MX),),
        done_when=gone(changes),
        waits_for=(MX,),
    )


def keep_old(move: Move) -> Draft:
    """Let the former provider take mail until the last copy of its MX records has ended."""
    names = " and ".join(p.name for p in move.ground.former) or "the former servers"
    return Draft(
        KEEP,
        StepKind.KEEP,
        f"Let {names} take mail as before, and fetch it from there",
        "Mail that goes by an old copy of the MX records is refused, and lost, where nobody takes it any more.",
        "Nothing was changed.",
        by_hand=("Forward, or copy once more at the end, what still comes in there.",),
        because=(
            because("The switched MX records themselves are kept for so long.", SHORT, MX),
            because(
                "Resolvers may serve an old copy for days, where they get no answer (RFC 8767 section 5).", STALE, MX
            ),
            because("A server that could not deliver tries for up to five days (RFC 5321 section 4.5.4.1).", QUEUE, MX),
        ),
        waits_for=(MX,),
    )
