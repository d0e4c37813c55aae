"""How far the domain has come with DMARC, and what to do next: none, quarantine, reject, for all its names."""

from __future__ import annotations

from audit.catalog.suffixes import registrable
from audit.model.fact import Fact, Known, Unknown, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dmarc.places import DmarcAlias
from audit.protocol.dmarc.policies import DmarcPolicies, NamePolicy
from audit.protocol.dmarc.rollout import DmarcReadiness
from audit.protocol.dmarc.walk import AppliedDmarc
from audit.protocol.zone.denial import DmarcDenial
from audit.rules.dmarc.publishing import (
    asked_now,
    asking,
    first_record,
    published,
    readable,
    reporting,
    silenced,
    step,
)
from audit.rules.rule import Verdict, fail, ok, rule
from audit.syntax import zonefile
from audit.syntax.dmarc import DmarcRecord, Policy
from audit.syntax.dmarc_edit import with_tags

NONE, QUARANTINE, REJECT = (str(p) for p in Policy)
AT_ONCE, NOT_TODAY = "What it needs first", "Not today, but when all of this holds"
WATCHED = "for two to four weeks reports arrive and show that all genuine mail passes (only their reader can tell)"
CLOSED = "SPF does not let everybody send (no: it does, so that reports show nothing but mail that passes)"
NOTHING = ("nothing, as the domain sends no mail; a name below it that does needs a record of its own",)
READER = ("a mailbox, or a service, that reads reports",)


@rule(
    "DMARC-NEXT-STEP",
    severity=Severity.INFO,
    reference="RFC 9989 sections 5.1 and 8",
    message="DMARC of {domain}: {stage}. Next step: {step}. {when}: {before}",
)
def dmarc_next_step(  # noqa: PLR0917 -- what a rule takes is found by type
    domain: Domain,
    place: DmarcAlias,
    dmarc: AppliedDmarc,
    denial: DmarcDenial,
    policies: DmarcPolicies,
    readiness: DmarcReadiness,
) -> Verdict:
    """The roll-out of DMARC has not come to its end.

    ## Why it matters
    A policy of none is valid, and the right way to begin: it shows who sends as the domain. It protects nobody until
    quarantine, and then reject, follow. A step that is taken too early costs genuine mail.
    ## What to do
    Take one step at a time: reports first, then quarantine, then reject, then the names below the domain. Before each,
    see that what is named holds. The record that is shown is for the next step, not for today.
    """
    record, own = dmarc.record, need(policies.domain)
    if record is None or registrable(dmarc.at or "") is None or (dmarc.inherited and record.psd == "y"):
        need(denial.doubt or Known(None))
        return _first(domain, place, record, policies, readiness)
    if readiness.silent and not dmarc.inherited and own.requested is not Policy.REJECT:
        return _advice(
            domain,
            stage=f"a policy of {own.requested}" if own.requested else "a record that is void",
            next_step="ask for rejection at once",
            before=NOTHING,
            publish=silenced(dmarc, readiness),
        )
    if not record.valid:
        return _unreadable(domain, dmarc, record, readiness)
    if own.requested is Policy.REJECT:
        return _names_below(domain, dmarc, policies)
    return _stricter(domain, dmarc, own, readiness)


def _advice(
    domain: Domain,
    *,
    stage: str,
    next_step: str,
    before: tuple[str, ...],
    publish: tuple[str, ...],
    when: str = AT_ONCE,
) -> Verdict:
    return fail(publish=publish, domain=domain.name, stage=stage, step=next_step, when=when, before=before)


def _first(
    domain: Domain,
    place: DmarcAlias,
    record: DmarcRecord | None,
    policies: DmarcPolicies,
    readiness: DmarcReadiness,
) -> Verdict:
    """A record of the domain's own."""
    asked = need(policies.domain).requested if record else None
    now = asked_now(policies) if record else "p=none"
    first = first_record(domain.name, readiness.meant, now)
    wanted = f"{asked}, as the one above does, and for reports" if asked not in (None, Policy.NONE) else "reports"
    alias = (f"the alias at _dmarc.{domain.name} is removed",) if place.stands else ()
    silent = readiness.silent
    return _advice(
        domain,
        stage="no record of its own" if record else "no record",
        next_step=f"publish a record that asks for {'rejection' if silent else wanted}",
        before=(alias or NOTHING) if silent else (*alias, *READER),
        publish=(zonefile.txt(f"_dmarc.{domain.name}", first),) if first and not alias else (),
    )


def _unreadable(domain: Domain, dmarc: AppliedDmarc, record: DmarcRecord, readiness: DmarcReadiness) -> Verdict:
    """A record that counts as none, or is void: one that can be read, with the policy that is in effect, and that asks
    for reports."""
    stage = f"a record whose policy cannot be read, so that it {'counts as p=none' if record.rua else 'is void'}"
    tags = asking(dmarc, readiness.meant)
    if publish := published(dmarc, with_tags(readable(record), **tags)):
        return _advice(
            domain,
            stage=stage,
            next_step=f"ask for a policy that there is, at first {NONE}",
            before=READER,
            publish=publish,
        )
    return _advice(
        domain,
        stage=stage,
        next_step="ask for policies that there are; p then counts for all receivers",
        before=_conditions(dmarc, readiness),
        publish=step(dmarc, **tags),
        when=NOT_TODAY,
    )


def _conditions(dmarc: AppliedDmarc, readiness: DmarcReadiness) -> tuple[str, ...]:
    """What a stricter policy rests on, and what of it the DNS shows."""
    others = (f"every other name below {dmarc.at} that sends passes, or has a record of its own",)
    closed = (CLOSED,) if readiness.spf_open == Known(True) else ()
    return (
        *closed,
        WATCHED,
        f"reports could arrive ({_told(readiness.reports_can_arrive)})",
        f"SPF can be evaluated ({_told(readiness.spf_works)})",
        f"mail is signed with DKIM (a key is published: {_told(readiness.dkim_signs)})",
        *(others if dmarc.inherited else ()),
    )


def _stricter(domain: Domain, dmarc: AppliedDmarc, own: NamePolicy, readiness: DmarcReadiness) -> Verdict:
    """The step from none to quarantine, or from quarantine to reject."""
    tag = "sp" if dmarc.inherited else "p"
    watched = dmarc.record is not None and bool(dmarc.record.rua)
    changes: dict[str, str | None] = {"t": None, "pct": None}
    if own.written is not own.requested:
        stage, next_step = f"{own.written}, marked as a test", "remove t=y"
    elif own.requested is Policy.QUARANTINE:
        stage, next_step, changes = "quarantine", "ask for rejection", {tag: REJECT, **changes}
    elif watched:
        stage, next_step = "a valid record that watches only", "ask for quarantine"
        changes = {tag: QUARANTINE, **changes}
    else:
        return _watching(domain, dmarc, readiness)
    return _advice(
        domain,
        stage=stage,
        next_step=next_step,
        before=_conditions(dmarc, readiness),
        publish=step(dmarc, **changes),
        when=NOT_TODAY,
    )


def _watching(domain: Domain, dmarc: AppliedDmarc, readiness: DmarcReadiness) -> Verdict:
    """The step to reports, where a record asks for none."""
    return _advice(
        domain,
        stage="a valid record, but nobody is sent reports",
        next_step="name a mailbox for reports",
        before=READER,
        publish=reporting(dmarc, readiness.meant),
    )


def _names_below(domain: Domain, dmarc: AppliedDmarc, policies: DmarcPolicies) -> Verdict:
    """The last step: the names below the domain, as far as the same record decides for them."""
    kinds = (("sp", need(policies.existing_subdomains)), ("np", need(policies.nonexistent_subdomains)))
    weak = {tag: kind for tag, kind in kinds if kind.at == dmarc.at and kind.requested is not Policy.REJECT}
    if not weak:
        return ok()
    told = {"sp": "existing", "np": "non-existent"}
    stage = ", ".join(f"{kind.requested} for {told[tag]} subdomains" for tag, kind in weak.items())
    existing = "sp" in weak
    return _advice(
        domain,
        stage=f"reject for the domain itself, but {stage}",
        next_step="ask for rejection of all names below it",
        before=("every subdomain that sends passes, or has a record of its own",)
        if existing
        else ("nothing, as nobody sends from names that do not exist",),
        publish=step(dmarc, **dict.fromkeys(weak, REJECT), pct=None),
        when=NOT_TODAY if existing else AT_ONCE,
    )


def _told(seen: Fact[bool]) -> str:
    if isinstance(seen, Unknown):
        return "could not be tested"
    return "yes" if seen.value else "no"
