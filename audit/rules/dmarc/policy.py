"""Rules on what DMARC asks receivers to do: with mail of the domain, and how much of it is heeded (RFC 9989)."""

from __future__ import annotations

from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dmarc.rollout import DmarcReadiness
from audit.protocol.dmarc.walk import AppliedDmarc, DmarcPolicy
from audit.rules.dmarc.publishing import asking, changed, of_record, published, readable, silenced
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule, rung
from audit.syntax.dmarc import DmarcRecord, Policy
from audit.syntax.dmarc_edit import with_tags
from audit.syntax.escape import octet_text


@rule(
    "DMARC-P-MISSING",
    severity=Severity.MEDIUM,
    reference="RFC 9989 sections 4.7 (p) and 4.10.1; RFC 7489 section 6.3",
    message="the DMARC record of {at} has no p tag",
)
def dmarc_p_missing(dmarc: AppliedDmarc, readiness: DmarcReadiness) -> Verdict:
    """The DMARC record does not say which policy it wants.

    ## Why it matters
    With an address for reports it counts as p=none; without one, the whole record is void. Receivers that follow the
    former standard may refuse the record either way.
    ## What to do
    Add p, right behind v=DMARC1.
    """
    if dmarc.record is None:
        return not_applicable()
    if dmarc.record.p is not None or dmarc.record.p_invalid:
        return ok()
    return fail(publish=_readable_again(dmarc, readiness), causes=of_record(dmarc), at=dmarc.at or "")


@rule(
    "DMARC-P-INVALID",
    severity=Severity.HIGH,
    reference="RFC 9989 section 4.10.1",
    message="the DMARC record of {at} asks for a policy that does not exist ({tags}): {effect}",
    supersedes=("DMARC-P-NONE",),
)
def dmarc_p_invalid(dmarc: AppliedDmarc, readiness: DmarcReadiness) -> Verdict:
    """The DMARC record names a policy that does not exist.

    ## Why it matters
    With an address for reports it is taken for none; without one, the whole record is void.
    ## What to do
    Use none, quarantine or reject for p, sp and np. It takes effect from then on, and rejects what fails where reject
    was meant. So a record to paste, if there is one, asks for no more than applies now; DMARC-NEXT-STEP leads on.
    """
    record = dmarc.record
    if record is None:
        return not_applicable()
    wrong = (("p", record.p_invalid), ("sp", record.sp_invalid), ("np", record.np_invalid))
    values = {name: record.value(name) or "" for name, invalid in wrong if invalid}
    if not values:
        return ok()
    return fail(
        publish=_readable_again(dmarc, readiness),
        causes=of_record(dmarc),
        at=dmarc.at or "",
        tags=tuple(f"{name}={octet_text(value, 50)}" for name, value in values.items()),
        effect="the whole record is taken for p=none" if record.rua else "the whole record is void",
    )


@rule(
    "DMARC-P-NONE",
    severity={"sends": Severity.MEDIUM, "sends nothing": Severity.HIGH},
    reference="RFC 9989 sections 4.7 (p) and 5.1.7",
    message="the DMARC policy for {domain} asks receivers to do nothing ({tag})",
)
def dmarc_p_none(domain: Domain, dmarc: AppliedDmarc, policy: DmarcPolicy, readiness: DmarcReadiness) -> Verdict:
    """The DMARC policy asks receivers to let forged mail through.

    ## Why it matters
    It is valid, and right while reports are watched. But it protects nobody: mail that fails is delivered all the same.
    ## What to do
    Read the reports until all your senders pass, then ask for quarantine, then for reject: DMARC-NEXT-STEP has the
    record, and what must hold first. A domain that sends nothing can ask for reject at once.
    """
    if dmarc.record is None:
        return not_applicable()
    return ok() if need(policy.enforcing) else _too_weak(domain, dmarc, policy, readiness)


@rule(
    "DMARC-P-QUARANTINE",
    severity={"sends": Severity.INFO, "sends nothing": Severity.LOW},
    reference="RFC 9989 section 4.7 (p)",
    message="the DMARC policy for {domain} asks receivers to set mail that fails apart ({tag})",
)
def dmarc_p_quarantine(domain: Domain, dmarc: AppliedDmarc, policy: DmarcPolicy, readiness: DmarcReadiness) -> Verdict:
    """The DMARC policy asks for quarantine, not for rejection.

    ## Why it matters
    Forged mail lands among junk, where people still find it. That is a good step on the way; a domain that sends
    nothing has no reason to stop there.
    ## What to do
    Ask for reject, when the reports show that genuine mail passes and all your mail is signed with DKIM:
    DMARC-NEXT-STEP has the record.
    """
    if dmarc.record is None or need(policy.requested) in (None, Policy.NONE):
        return not_applicable()
    return ok() if need(policy.rejecting) else _too_weak(domain, dmarc, policy, readiness)


@rule(
    "DMARC-T-Y",
    severity={"enforcing": Severity.MEDIUM, "": Severity.INFO},
    reference="RFC 9989 section 4.7 (t)",
    message="t=y in the DMARC record of {at} asks receivers to do one step less than the policy says ({policy})",
)
def dmarc_t_y(dmarc: AppliedDmarc, policy: DmarcPolicy, readiness: DmarcReadiness) -> Verdict:
    """The DMARC record is marked as a test.

    ## Why it matters
    Receivers treat reject as quarantine, and quarantine as none. It is right while a stricter policy is tried out, and
    is easily forgotten.
    ## What to do
    Remove t=y, and a pct beside it, when the reports show no genuine mail that fails.
    """
    if dmarc.record is None:
        return not_applicable()
    if not dmarc.record.t:
        return ok()
    written, requested = need(policy.written), need(policy.requested)
    told = f"{written}, taken for {requested}" if written is not requested else "nothing to soften"
    return fail(
        "" if written in (None, Policy.NONE) else "enforcing",
        publish=silenced(dmarc, readiness)
        if readiness.silent and not dmarc.inherited
        else changed(dmarc, t=None, pct=None),
        causes=of_record(dmarc),
        at=dmarc.at or "",
        policy=told,
    )


@rule(
    "DMARC-PCT",
    severity={"sampled": Severity.MEDIUM, "": Severity.INFO},
    reference="RFC 9989 section 9.3, appendices A.6 and C.5.2; RFC 7489 section 6.3",
    message="the DMARC record of {at} has pct={pct}, which {effect}",
)
def dmarc_pct(dmarc: AppliedDmarc) -> Verdict:
    """The DMARC record wants its policy applied to a share of the mail.

    ## Why it matters
    The standard of 2026 has no pct: receivers that follow it apply the policy to all mail. Others still spare the rest,
    so nobody can tell what happens to a message.
    ## What to do
    Remove it; a record to paste leaves it out, and all receivers then do what those that follow the standard of 2026 do
    already. Of pct=0 no record is shown, as you must choose: without it, receivers that follow the former standard do
    more than now; with t=y beside it, the others do less. Use both for as long as a policy is tried out, and remove
    them together.
    """
    record = dmarc.record
    if record is None:
        return not_applicable()
    value = record.value("pct")
    if value is None:
        return ok()
    trying = record.pct == 0 and _enforcing(record)
    sampled = record.pct not in (None, 100) and _enforcing(record) and not (trying and record.t)
    if trying and record.t:
        effect = "tells receivers that follow RFC 7489 what t=y tells the others"
    elif sampled:
        effect = "receivers that follow RFC 9989 ignore, while others apply the policy to that share of the mail only"
    else:
        effect = "changes nothing"
    return fail(
        "sampled" if sampled else "",
        publish=() if trying else changed(dmarc, pct=None),
        causes=of_record(dmarc),
        at=dmarc.at or "",
        pct=octet_text(value, 20),
        effect=effect,
    )


def _too_weak(domain: Domain, dmarc: AppliedDmarc, policy: DmarcPolicy, readiness: DmarcReadiness) -> Verdict:
    """A policy short of rejection, which only a domain that sends something has a reason for."""
    return fail(
        rung(readiness.sends, "sends", "sends nothing"),
        publish=silenced(dmarc, readiness) if readiness.silent and not dmarc.inherited else (),
        causes=of_record(dmarc),
        domain=domain.name,
        tag=policy.tag,
    )


def _readable_again(dmarc: AppliedDmarc, readiness: DmarcReadiness) -> tuple[str, ...]:
    """The record with policies that exist, as they are in effect today; a domain that sends nothing need not wait."""
    if dmarc.record is None:
        return ()
    if readiness.silent and not dmarc.inherited:
        return silenced(dmarc, readiness)
    return published(dmarc, with_tags(readable(dmarc.record), **asking(dmarc, readiness.meant)))


def _enforcing(record: DmarcRecord) -> bool:
    """Whether the record asks for anything, for some kind of name."""
    return record.valid and any(p not in (None, Policy.NONE) for p in (record.p, record.sp, record.np))
