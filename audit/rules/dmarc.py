"""Rules on DMARC (RFC 9989)."""

from __future__ import annotations

from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dmarc import AppliedDmarc, DmarcPolicy, OwnDmarc
from audit.protocol.mx import MailClass
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule, rung


@rule(
    "DMARC-MISSING",
    severity=Severity.HIGH,
    reference="RFC 9989 section 4.10; Google, Email sender guidelines",
    message="no DMARC record applies to {domain}",
)
def dmarc_missing(domain: Domain, dmarc: AppliedDmarc) -> Verdict:
    """No DMARC record applies to the domain.

    ## Why it matters
    Anyone can put the domain into the From line, nobody is asked to stop it, and you are sent no reports. Gmail, Yahoo
    and Microsoft want a record from everyone who sends much.
    ## What to do
    Publish a TXT record at _dmarc below the domain: "v=DMARC1; p=none; rua=mailto:" and an address that you read.
    Go on to quarantine and reject when the reports show that all your senders pass.
    """
    return ok() if dmarc.record else fail(domain=domain.name)


@rule(
    "DMARC-INHERITED",
    severity=Severity.INFO,
    reference="RFC 9989 section 4.10.1",
    message="the DMARC record of {at} applies to {domain}",
)
def dmarc_inherited(domain: Domain, dmarc: AppliedDmarc) -> Verdict:
    """The DMARC record of a domain above applies.

    ## Why it matters
    That is as it should be. Changes to the record above change this domain too.
    ## What to do
    Nothing, unless this domain needs a policy of its own.
    """
    if dmarc.record is None:
        return not_applicable()
    return fail(domain=domain.name, at=dmarc.at or "") if dmarc.inherited else ok()


@rule(
    "DMARC-MULTIPLE",
    severity=Severity.HIGH,
    reference="RFC 9989 section 4.10, step 2",
    message="{domain} has {count} DMARC records; receivers use none of them",
    supersedes=("DMARC-MISSING",),
)
def dmarc_multiple(domain: Domain, own: OwnDmarc) -> Verdict:
    """More than one DMARC record stands at the domain.

    ## Why it matters
    Receivers discard all of them, as if there were none.
    ## What to do
    Keep one.
    """
    return fail(domain=domain.name, count=len(own.found)) if len(own.found) > 1 else ok()


@rule(
    "DMARC-SYNTAX",
    severity=Severity.MEDIUM,
    reference="RFC 9989 section 4.8",
    message="the DMARC record of {at} cannot be read at {places}",
)
def dmarc_syntax(dmarc: AppliedDmarc) -> Verdict:
    """The DMARC record breaks the grammar.

    ## Why it matters
    Receivers ignore what they cannot read, each in its own way.
    ## What to do
    Write tags as name=value, with a semicolon between them, each tag once.
    """
    if dmarc.record is None:
        return not_applicable()
    if not dmarc.record.problems:
        return ok()
    places = tuple(f"{p.text} (character {p.at + 1}: {p.code})" for p in dmarc.record.problems[:5])
    return fail(at=dmarc.at or "", places=places)


@rule(
    "DMARC-P-INVALID",
    severity=Severity.HIGH,
    reference="RFC 9989 section 4.10.1",
    message="the DMARC record of {at} asks for a policy that does not exist: {tags}",
    supersedes=("DMARC-P-NONE",),
)
def dmarc_p_invalid(dmarc: AppliedDmarc) -> Verdict:
    """The DMARC record names a policy that does not exist.

    ## Why it matters
    With an address for reports it is taken for none; without one, the whole record is void.
    ## What to do
    Use none, quarantine or reject for p, sp and np.
    """
    record = dmarc.record
    if record is None:
        return not_applicable()
    wrong = (("p", record.p_invalid), ("sp", record.sp_invalid), ("np", record.np_invalid))
    tags = tuple(name for name, invalid in wrong if invalid)
    return fail(at=dmarc.at or "", tags=tags) if tags else ok()


@rule(
    "DMARC-P-NONE",
    severity={"no mail": Severity.HIGH, "mail": Severity.MEDIUM},
    reference="RFC 9989 section 4.7",
    message="the DMARC policy for {domain} asks receivers to do nothing ({tag})",
)
def dmarc_p_none(domain: Domain, dmarc: AppliedDmarc, policy: DmarcPolicy, mail: MailClass) -> Verdict:
    """The DMARC policy asks receivers to let forged mail through.

    ## Why it matters
    It is valid, and right while reports are watched. But it protects nobody: mail that fails is delivered all the same.
    ## What to do
    Read the reports until all your senders pass, then ask for quarantine, then for reject.
    """
    if dmarc.record is None:
        return not_applicable()
    if need(policy.enforcing):
        return ok()
    return fail(rung(mail.takes_mail, "mail", "no mail"), domain=domain.name, tag=policy.tag)


@rule(
    "DMARC-RUA-MISSING",
    severity=Severity.MEDIUM,
    reference="RFC 9989 section 4.7",
    message="the DMARC record of {at} names no address for reports",
)
def dmarc_rua_missing(dmarc: AppliedDmarc) -> Verdict:
    """The DMARC record asks for no reports.

    ## Why it matters
    Without reports nobody sees which genuine mail fails, nor who uses the name.
    ## What to do
    Add rua=mailto: and an address that is read, or that of a service that reads for you.
    """
    if dmarc.record is None:
        return not_applicable()
    return ok() if dmarc.record.rua or dmarc.record.rua_invalid else fail(at=dmarc.at or "")
