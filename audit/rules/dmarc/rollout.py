"""How far the domain has come with DMARC, and what to do next: none, quarantine, reject, for all its names."""

from __future__ import annotations

from audit.catalog.suffixes import registrable
from audit.model.fact import Fact, Known, Unknown, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dmarc.policies import DmarcPolicies, NamePolicy
from audit.protocol.dmarc.rollout import DmarcReadiness
from audit.protocol.dmarc.walk import AppliedDmarc, OwnDmarc
from audit.rules.dmarc.publishing import asked_now, changed, first_record
from audit.rules.rule import Verdict, fail, ok, rule
from audit.syntax import zonefile
from audit.syntax.dmarc import DmarcRecord, Policy

NONE, QUARANTINE, REJECT = (str(p) for p in Policy)
WATCHED = "two to four weeks of reports in which all genuine mail passes"
NOTHING = ("nothing, as the domain sends no mail",)


@rule(
    "DMARC-NEXT-STEP",
    severity=Severity.INFO,
    reference="RFC 9989 sections 5.1 and 8",
    message="DMARC of {domain}: {stage}. Next step: {step}. Before that: {before}",
)
def dmarc_next_step(
    domain: Domain,
    place: OwnDmarc,
    dmarc: AppliedDmarc,
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
    record, at = dmarc.record, dmarc.at or ""
    silent = readiness.sends == Known(False)
    if record is None or registrable(at) is None or (dmarc.inherited and record.psd == "y"):
        asked = need(policies.domain).requested if record else None
        now = asked_now(policies) if record else "p=none"
        first = first_record(domain.name, readiness.sends, readiness.takes_mail, now)
        wanted = f"{asked}, as the one above does, and for reports" if asked not in (None, Policy.NONE) else "reports"
        alias = (f"the alias at _dmarc.{domain.name} is removed",) if place.aliases else ()
        return fail(
            publish=(zonefile.txt(f"_dmarc.{domain.name}", first),) if first and not alias else (),
            domain=domain.name,
            stage="no record of its own" if record else "no record",
            step="publish a record that asks for rejection" if silent else f"publish a record that asks for {wanted}",
            before=(alias or NOTHING) if silent else (*alias, "a mailbox, or a service, that reads reports"),
        )
    own = need(policies.domain)
    if silent and not dmarc.inherited and own.requested is not Policy.REJECT:
        return fail(
            publish=changed(dmarc, p=REJECT, sp=None, np=None, t=None, pct=None),
            domain=domain.name,
            stage=f"a policy of {own.requested}" if own.requested else "a record that is void",
            step="ask for rejection at once",
            before=NOTHING,
        )
    if not record.valid:
        return fail(
            publish=changed(dmarc, **_mended(record)),
            domain=domain.name,
            stage="a record whose policy cannot be read",
            step=f"ask for a policy that there is, at first {NONE}",
            before=("a mailbox, or a service, that reads reports",),
        )
    if own.requested is Policy.REJECT:
        return _names_below(domain, dmarc, policies)
    return _stricter(domain, dmarc, own, readiness)


def _stricter(domain: Domain, dmarc: AppliedDmarc, own: NamePolicy, readiness: DmarcReadiness) -> Verdict:
    """The step from none to quarantine, or from quarantine to reject."""
    tag = "sp" if dmarc.inherited else "p"
    before: tuple[str, ...] = (
        f"reports arrive ({_told(readiness.reports_arrive)})",
        f"SPF can be evaluated ({_told(readiness.spf_works)})",
        f"mail is signed with DKIM (a key is published: {_told(readiness.dkim_signs)})",
        WATCHED,
    )
    changes: dict[str, str | None]
    if own.written is not own.requested:
        stage, step, changes = f"{own.written}, marked as a test", "remove t=y", {"t": None, "pct": None}
    elif own.requested is Policy.QUARANTINE:
        stage, step, changes = "quarantine", "ask for rejection", {tag: REJECT, "t": None, "pct": None}
    elif dmarc.record is not None and dmarc.record.rua:
        stage, step = "a valid record that watches only", "ask for quarantine"
        changes = {tag: QUARANTINE, "t": None, "pct": None}
    else:
        stage, step = "a valid record, but nobody is sent reports", "name a mailbox for reports"
        takes_mail = readiness.takes_mail == Known(True) and not dmarc.inherited
        changes = {"rua": f"mailto:postmaster@{domain.name}"} if takes_mail else {}
        before = ("a mailbox, or a service, that reads reports",)
    publish = changed(dmarc, **changes) if changes else ()
    return fail(publish=publish, domain=domain.name, stage=stage, step=step, before=before)


def _names_below(domain: Domain, dmarc: AppliedDmarc, policies: DmarcPolicies) -> Verdict:
    """The last step: the names below the domain, as far as the same record decides for them."""
    kinds = (("sp", need(policies.existing_subdomains)), ("np", need(policies.nonexistent_subdomains)))
    weak = {tag: kind for tag, kind in kinds if kind.at == dmarc.at and kind.requested is not Policy.REJECT}
    if not weak:
        return ok()
    told = {"sp": "existing", "np": "non-existent"}
    stage = ", ".join(f"{kind.requested} for {told[tag]} subdomains" for tag, kind in weak.items())
    return fail(
        publish=changed(dmarc, **dict.fromkeys(weak, REJECT), pct=None),
        domain=domain.name,
        stage=f"reject for the domain itself, but {stage}",
        step="ask for rejection of all names below it",
        before=("every subdomain that sends passes, or has a record of its own",)
        if "sp" in weak
        else ("nothing, as nobody sends from names that do not exist",),
    )


def _mended(record: DmarcRecord) -> dict[str, str | None]:
    changes: dict[str, str | None] = {"p": NONE} if record.p is None else {}
    return {**changes, **({"sp": None} if record.sp_invalid else {}), **({"np": None} if record.np_invalid else {})}


def _told(seen: Fact[bool]) -> str:
    if isinstance(seen, Unknown):
        return "could not be tested"
    return "yes" if seen.value else "no"
