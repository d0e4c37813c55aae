"""What is done after the switch: times go up again, and what belongs to the former provider goes, each at its time.

A key has to stay for as long as mail that was signed with it may still be looked at: in queues, and at forwarders
(RFC 6376 section 3.6.1 leaves that to the signer; a month is the custom).
"""

from __future__ import annotations

from audit.catalog.migration import load_migrations
from audit.desk.migration.before import announce, switched
from audit.desk.migration.draft import Draft, Move, ZoneState, absent, because, expected
from audit.desk.migration.mta_sts import awaiting_hosts, closed
from audit.desk.migration.senders import with_spf, written
from audit.desk.migration.switch import KEEP, MX
from audit.model.fact import Known
from audit.model.migration import Change, Expected, Match, RecordSet, StepKind
from audit.protocol.migration.goal import TTL
from audit.protocol.migration.ground import MoveWish, former_keys
from audit.syntax import dmarc, txt
from audit.syntax.escape import octet_text, visible

RAISE, STRICT, SPF_OLD, KEYS_OLD, REST = "raise-ttl", "mta-sts-close", "spf-new", "dkim-old", "remove-rest"
SHOWN, MOST = 400, 20
WEEK, FORTNIGHT, MONTH = 604_800, 1_209_600, 2_592_000


def raise_times(move: Move, state: ZoneState, first: ZoneState) -> tuple[ZoneState, Draft]:
    """Raise the times again, to what they were."""
    changes: list[Change] = []
    for key in switched(move, state):
        there, was = state.of(*key), first.of(*key)
        if there is not None:
            ttl = was.ttl if was is not None and was.ttl is not None else TTL
            state, changed = state.at_ttl(*key, ttl)
            changes += changed
    return state, Draft(
        RAISE,
        StepKind.RAISE,
        "Raise the TTL again",
        "Short times make each lookup slower, and no answer is left when the zone's servers cannot be reached.",
        "Lower the TTL again; nothing else changes.",
        changes=tuple(changes),
        because=(because("A week, in which the way back stays short.", WEEK, MX),),
        done_when=tuple(_lasting(c) for c in changes if c.after),
        waits_for=(MX,),
    )


def _lasting(change: Change) -> Expected:
    """What is to last: the set as it is; of the texts of a domain, which others add to, the SPF record."""
    values = change.after.values if change.after else ()
    if change.type != "TXT":
        return expected(change.name, change.type, values)
    return expected(change.name, change.type, (v for v in values if "v=spf1" in v), Match.AMONG)


def close_policy(move: Move, state: ZoneState) -> tuple[ZoneState, Draft | None]:
    """Let the MTA-STS policy name the new hosts alone, as strict as it was."""
    change = closed(move.ground, move.goal, move.sts_id)
    if change is None and not awaiting_hosts(move.ground, move.goal):
        return state, None
    state, changes, done, notes = announce(state, change)
    return state, Draft(
        STRICT,
        StepKind.RAISE,
        "Let the MTA-STS policy name the new hosts alone, in its former mode",
        "Until then anybody who can tamper with the DNS may lead senders to hosts without a certificate.",
        "Publish the policy of before with yet another id; senders that hold this one keep to it for its max_age.",
        changes=changes,
        files=(change.file,) if change else (),
        missing=() if change else move.goal.lacks("mx"),
        by_hand=notes,
        because=(
            because(
                "A week: no sender goes by old MX records any more, and the way back is no longer needed.", WEEK, MX
            ),
        ),
        done_when=done,
        waits_for=(MX, KEEP),
    )


def drop_sender(move: Move, state: ZoneState) -> tuple[ZoneState, Draft | None]:
    """Take what belongs to the former provider out of the SPF record; None where there is nothing that is known."""
    text = written(move.ground.after, move.goal.terms).text
    if not move.ground.leaving or text is None or not state.seen(move.ground.domain, "TXT"):
        return state, None
    state, changes, record = with_spf(move.ground.domain, state, text)
    if not changes:
        return state, None
    terms = _named(move.ground.leaving)
    return state, Draft(
        SPF_OLD,
        StepKind.REMOVE,
        f"Take {terms} out of the SPF record",
        "Whoever is a customer of the former provider can send as the domain with spf=pass, as long as it is there.",
        "Publish the record of before.",
        changes=changes,
        by_hand=("Look first whether the former provider still sends anything, by logs or DMARC reports.",),
        because=(
            because(
                "Two weeks: mail of the former provider may wait in its queue, and people may still send there.",
                FORTNIGHT,
                MX,
            ),
        ),
        done_when=(expected(move.ground.domain, "TXT", (record,), Match.AMONG),),
        waits_for=(KEEP,),
    )


def drop_keys(move: Move, state: ZoneState, wish: MoveWish) -> tuple[ZoneState, Draft | None]:
    """Remove the keys of the former provider; None where none are known."""
    kept = {(r.name, r.type) for r in move.goal.keys}
    changes: list[Change] = []
    for name in former_keys(move.ground.domain, wish, move.ground.former):
        for rdtype in ("CNAME", "TXT"):
            if state.of(name, rdtype) is not None and (name, rdtype) not in kept:
                state, changed = state.put(name, rdtype, None)
                changes += changed
    if not changes:
        return state, None
    return state, Draft(
        KEYS_OLD,
        StepKind.REMOVE,
        "Remove the DKIM keys of the former provider",
        "Whoever holds the private key can sign as the domain for as long as the public one is there.",
        "Publish the keys again; until then mail that was signed with them fails DKIM.",
        changes=tuple(changes),
        by_hand=("There may be more, which nobody can list: name them with --old-selector.",),
        because=(because("A month: mail that was signed may still be in queues, or be forwarded.", MONTH, MX),),
        done_when=tuple(absent(c.name, c.type) for c in changes),
        waits_for=(KEEP,),
    )


def drop_rest(move: Move, state: ZoneState) -> tuple[ZoneState, Draft]:
    """Remove what else is left of the former provider, and end the contract."""
    here, goal = move.ground.domain, set(move.goal.hosts)
    changes: list[Change] = []
    for name, rdtype in tuple(state.sets):
        host = name.removeprefix("_25._tcp.")
        if rdtype == "TLSA" and host not in goal and state.of(name, rdtype) is not None:
            state, changed = state.put(name, rdtype, None)
            changes += changed
    proofs = _proofs(move, state.of(here, "TXT"))
    own = [h for h in move.ground.hosts if h.endswith(f".{here}") and h not in goal]
    by_hand = [
        f"Remove the TXT record “{proof}”, unless another service of that provider needs it." for proof in proofs
    ]
    by_hand += [f"Remove the addresses of {host}, unless something else uses the name." for host in own]
    return state, Draft(
        REST,
        StepKind.REMOVE,
        "Remove what is left of the former provider, and end its contract",
        "A name that leads to a service which is no longer yours can be taken over by whoever gets it next.",
        "Publish the records again; a contract that has ended mostly cannot be taken up again.",
        changes=tuple(changes),
        by_hand=(
            *by_hand,
            "Take the domain off the former provider's account, so that its own customers' mail comes too.",
        ),
        because=(because("A month: together with the keys.", MONTH, MX),),
        done_when=tuple(absent(c.name, c.type) for c in changes),
        waits_for=(KEEP,),
    )


def _strict(move: Move) -> tuple[str, ...]:
    """A word on a DMARC policy by which mail is lost that fails."""
    fact = move.ground.at(f"_dmarc.{move.ground.domain}", "TXT")
    texts = [txt.joined(value) for value in fact.value.records] if isinstance(fact, Known) else []
    asked = next((dmarc.parse(text).p for text in texts if dmarc.is_dmarc(text)), None)
    if asked not in (dmarc.Policy.QUARANTINE, dmarc.Policy.REJECT):
        return ()
    word = (
        f"By p={asked} mail that passes neither SPF nor DKIM in alignment is lost: test what the new provider sends "
        "before the switch. Only where that cannot be mended in time, publish p=none until it is."
    )
    return (word,)


def _named(terms: tuple[str, ...]) -> str:
    shown = " and ".join(octet_text(term, 100) for term in terms[:3])
    return f"{shown} and {len(terms) - 3} more" if len(terms) > 3 else shown


def _proofs(move: Move, there: RecordSet | None) -> tuple[str, ...]:
    """Texts that prove the domain to a former provider, told by how they begin."""
    goals = [g for p in move.ground.former if (g := load_migrations().of(p.id))]
    begins = {v.example.partition("=")[0] + "=" for g in goals for v in g.values if v.key == "verification"}
    texts = [txt.joined(value) for value in (there.values if there else ())]
    return tuple(octet_text(text, SHOWN) for text in texts if text.startswith(tuple(begins)))[:MOST]


def keeps(move: Move) -> Draft | None:
    """Say what stays as it is."""
    here = move.ground.domain
    rows = [(f"_dmarc.{here}", "the DMARC record"), (f"_smtp._tls.{here}", "the TLS-RPT record")]
    found = [
        f"Keep {what} ({name}): {visible(values[0], SHOWN)}"
        for name, what in rows
        if isinstance(fact := move.ground.at(name, "TXT"), Known) and (values := fact.value.records)
    ]
    if not found:
        return None
    found += _strict(move)
    return Draft(
        "keep-rest",
        StepKind.KEEP,
        "Keep what does not depend on the provider",
        "Without DMARC anybody may send as the domain; its reports show during the move who fails.",
        "Nothing was changed.",
        by_hand=tuple(found),
    )
