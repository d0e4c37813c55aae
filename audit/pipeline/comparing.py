"""What a rehearsal tells: findings now and then, what SPF costs, what senders' mail meets, and what binds senders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unknown
from audit.model.rehearsal import (
    Binding,
    Fate,
    HostBound,
    Passing,
    PlannedSeen,
    Rehearsal,
    SenderCheck,
    SourceSeen,
    SpfBudget,
    Stand,
    Turned,
)
from audit.model.report import Finding, Result
from audit.model.subject import Domain
from audit.pipeline.rehearsing import Rehearsed, Stage
from audit.protocol.circumstances import Circumstances
from audit.protocol.dane import dane_hosts
from audit.protocol.migration.source import Met, Source, met
from audit.protocol.mx.hosts import mail_hosts
from audit.protocol.spf.lookups import MAX_TERMS
from audit.protocol.spf.outcome import SpfResult
from audit.protocol.spf.tree import spf_tree
from audit.protocol.vantage import Vantage
from audit.rules.registry import named
from audit.rules.rule import ORDER
from audit.syntax.escape import octet_text, visible
from audit.syntax.mta_sts import Mode

SHOWN = 300
TURNS = list(Fate)


def rehearsal(
    done: Rehearsed, planned: PlannedSeen, sources: tuple[Source, ...], profile: str, *, live: bool, goal: str | None
) -> Rehearsal:
    """The document of a rehearsal."""
    domain = Domain(done.record.domain)
    moment = done.move.moment if done.move else done.record.observed_at
    return Rehearsal(
        domain=domain.name,
        former=tuple(p.id for p in done.before.providers),
        goal=goal,
        rehearsed_for=moment,
        observed_at=done.record.observed_at,
        profile=profile,
        asked_live=live,
        planned=planned,
        findings=turned(done.now.findings, done.then.findings),
        spf_now=_budget(domain, done.now),
        spf_then=_budget(domain, done.then),
        sources=tuple(_source(domain, source, done) for source in sources),
        binding=_binding(domain, done),
    )


# ---- findings -----------------------------------------------------------------------------------------------------


def turned(now: tuple[Finding, ...], then: tuple[Finding, ...]) -> tuple[Turned, ...]:
    """What becomes of each finding: the gravest first."""
    before, after = ({(f.rule, f.subject.kind, f.subject.name): f for f in each} for each in (now, then))
    found = [t for key in dict.fromkeys((*after, *before)) if (t := _turn(before.get(key), after.get(key)))]
    return tuple(sorted(found, key=lambda t: (TURNS.index(t.turn), _rank(t), t.rule, t.subject)))


def _turn(was: Finding | None, will: Finding | None) -> Turned | None:
    failed, fails = _failure(was), _failure(will)
    lost = will is not None and will.result is Result.UNKNOWN
    if failed and fails:
        turn = Fate.STAYS
    elif fails:
        turn = Fate.NEW
    elif failed:
        turn = Fate.UNCERTAIN if lost else Fate.GONE
    elif lost and (was is None or was.result is not Result.UNKNOWN):
        turn = Fate.UNKNOWN
    else:
        return None
    one = will if will is not None and (fails or lost) else was
    if one is None:  # neither is there, which no turn is made of
        return None
    return Turned(
        turn=turn,
        rule=one.rule,
        title=named(one.rule).title,
        subject=one.subject.name,
        severity_now=str(was.severity) if was is not None and was.severity else None,
        severity_then=str(will.severity) if will is not None and will.severity else None,
        message=one.message or (was.message if was is not None else None),
        reason=one.reason,
        publish=one.publish,
    )


def _failure(finding: Finding | None) -> bool:
    return finding is not None and finding.result is Result.FAIL


def _rank(turned: Turned) -> int:
    worst = [s for s in ORDER if str(s) in (turned.severity_then, turned.severity_now)]
    return ORDER.index(worst[0]) if worst else len(ORDER)


# ---- SPF ----------------------------------------------------------------------------------------------------------


def _budget(domain: Domain, stage: Stage) -> SpfBudget:
    tree = stage.fact(spf_tree(domain))
    if isinstance(tree, Unknown):
        return SpfBudget(record=None, lookups=0, allowed=MAX_TERMS, voids=0, octets=0, costs=(), unknown=tree.reason)
    found, spf = tree.value.root.found, tree.value
    hole = spf.lookups.hole or spf.voids.hole
    return SpfBudget(
        record=octet_text(found[0], 1000) if len(found) == 1 else None,
        lookups=spf.lookups.at_least,
        allowed=MAX_TERMS,
        voids=spf.voids.at_least,
        octets=max((len(text) for text in found), default=0),
        costs=tuple(f"{octet_text(term, 100)}: {count.at_least}" for term, count in spf.costs),
        unknown=hole.reason if hole else None,
    )


# ---- senders ------------------------------------------------------------------------------------------------------


def _source(domain: Domain, source: Source, done: Rehearsed) -> SourceSeen:
    now, then = (stage.fact(met(domain, source)) for stage in (done.now, done.then))
    return SourceSeen(
        ip=source.ip,
        mail_from=source.mail_from,
        selectors=source.selectors,
        now=_passing(source, now),
        then=_passing(source, then),
    )


def _passing(source: Source, fact: Fact[Met]) -> Passing:
    if isinstance(fact, Unknown):
        return Passing(checks=(), dmarc=Stand.UNKNOWN)
    return Passing(checks=tuple(_checks(source, fact.value)), dmarc=_state(fact.value.passes))


def _checks(source: Source, seen: Met) -> Iterator[SenderCheck]:
    """What receivers look at; those of bulk mail want SPF and DKIM, not one of them."""
    spf = seen.spf
    if isinstance(spf, Unknown):
        yield SenderCheck(name="SPF passes", state=Stand.UNKNOWN, detail=spf.reason)
    else:
        outcome = spf.value
        by = f" by {octet_text(outcome.path[-1].term, 100)}" if outcome.path else ""
        why = f": {visible(outcome.reason, 200)}" if outcome.reason else ""
        state = Stand.UNKNOWN if outcome.result is SpfResult.TEMPERROR else _state(seen.passes_spf)
        yield SenderCheck(name="SPF passes", state=state, detail=f"{outcome.result}{by}{why}")
    yield SenderCheck(
        name="SPF is aligned",
        state=_state(seen.aligned),
        detail=_why(seen.aligned) or f"mail from {visible(source.domain, 253)}",
    )
    if not seen.keys:
        yield SenderCheck(name="DKIM key is there", state=Stand.UNKNOWN, detail="no selector was named")
    for selector, fact in seen.keys:
        yield SenderCheck(name="DKIM key is there", state=_state(fact), detail=_why(fact) or visible(selector, 100))
    dmarc = seen.dmarc
    there: Fact[bool] = dmarc if isinstance(dmarc, Unknown) else Known(dmarc.value is not None)
    told = f"p={dmarc.value}" if isinstance(dmarc, Known) and dmarc.value else "no record applies"
    yield SenderCheck(name="DMARC record applies", state=_state(there), detail=_why(there) or told)
    pointer = seen.pointer
    back: Fact[bool] = pointer if isinstance(pointer, Unknown) else Known(pointer.value is not None)
    name = pointer.value if isinstance(pointer, Known) and pointer.value else "no name leads back to it"
    yield SenderCheck(name="address has a name", state=_state(back), detail=_why(back) or visible(name, 253))


def _state(fact: Fact[bool]) -> Stand:
    return Stand.UNKNOWN if isinstance(fact, Unknown) else Stand.YES if fact.value else Stand.NO


def _why(fact: Fact[Any]) -> str | None:
    return fact.reason if isinstance(fact, Unknown) else None


# ---- what binds senders -------------------------------------------------------------------------------------------


def _binding(domain: Domain, done: Rehearsed) -> Binding:
    policy, scope = done.before.policy, done.constants
    held = policy.value if isinstance(policy, Known) else None
    mail = done.then.fact(mail_hosts(domain))
    hosts = mail.value.hosts if isinstance(mail, Known) else ()
    tlsa = done.then.fact(dane_hosts(domain, scope[Settings], scope[Circumstances], scope[Vantage]))
    rows = {name: fact for name, fact, _ in tlsa.value.rows} if isinstance(tlsa, Known) else {}
    bound = tuple(_host(host, held, policy, rows.get(host) or Unknown("not_gathered")) for host in hosts)
    forbidden = any(each.covered is Stand.NO for each in bound)
    keeps = held is not None and held.mode is Mode.ENFORCE and forbidden
    until = done.record.observed_at + timedelta(seconds=held.max_age or 0) if held is not None and keeps else None
    return Binding(
        mode=str(held.mode) if held is not None and held.mode else None,
        max_age=held.max_age if held is not None else None,
        patterns=tuple(visible(p, 253) for p in held.mx) if held is not None else (),
        safe_from=until,
        unknown=_why(policy),
        hosts=bound,
        remarks=tuple(_remarks(done, mail)),
    )


def _host(host: str, held: Any, policy: Fact[Any], tlsa: Fact[Any]) -> HostBound:
    if isinstance(policy, Unknown):
        covered, detail = Stand.UNKNOWN, policy.reason
    elif held is None or held.mode not in (Mode.ENFORCE, Mode.TESTING):
        covered, detail = Stand.NOT_APPLICABLE, "no policy binds"
    else:
        covered = Stand.YES if held.covers(host) else Stand.NO
        detail = "covered" if covered is Stand.YES else f"not covered, mode {held.mode}"
    signed: Fact[bool] = tlsa if isinstance(tlsa, Unknown) else Known(tlsa.value.signed)
    why = _why(signed)
    return HostBound(
        host=host, covered=covered, tlsa=_state(signed), detail=f"{detail}; TLSA: {why}" if why else detail
    )


def _remarks(done: Rehearsed, mail: Fact[Any]) -> Iterator[str]:
    if isinstance(mail, Unknown):
        yield "The mail hosts of then are not known."
    yield (
        "Only the policy that is served now was seen: senders may also hold one that was served earlier, until its own "
        "max_age is over."
    )
    if done.before.signed == Known(True):
        yield (
            "The zone is signed now. Nobody can sign planned records beforehand, so whether they will be signed is not "
            "known here."
        )
