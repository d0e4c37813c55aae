"""Rules on CAA records (RFC 8659) of the names for which mail servers need certificates."""

from __future__ import annotations

from audit.catalog.issuers import Issuers
from audit.model.fact import Fact, Known, Unknown, need
from audit.model.report import Severity
from audit.model.subject import CertifiedName
from audit.protocol.caa import CaaSet, CertificateInUse, CertificatesInUse
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.syntax import caa

SHOWN = 5


@rule(
    "CAA-MISSING",
    severity=Severity.INFO,
    reference="RFC 8659 section 3",
    message="neither {name} nor a name above it has CAA records: every authority may issue certificates for it",
)
def caa_missing(name: CertifiedName, found: CaaSet) -> Verdict:
    """No CAA record restricts who may issue certificates for a host on which mail rests.

    ## Why it matters
    Any of the many authorities that senders trust may be tricked into a certificate for this name. CAA makes all but
    yours refuse.
    ## What to do
    Publish CAA records at the registrable domain that name the authorities you use, such as: 0 issue
    "letsencrypt.org". Whoever runs the host must do it, in the zone of the host's name.
    """
    return ok() if found.at is not None else fail(name=name.name)


@rule(
    "CAA-BLOCKS",
    severity=Severity.MEDIUM,
    reference="RFC 8659 section 4.2",
    message="the CAA records at {at} do not let {issuers} issue, from whom {name} has its certificate",
)
def caa_blocks(name: CertifiedName, certificates: CertificatesInUse, issuers: Issuers) -> Verdict:
    """CAA records shut out the authority from which a host on which mail rests has its certificate.

    ## Why it matters
    The certificate in use stays good to its end, and the next one will be refused. Renewal that runs by itself then
    fails, mostly at night. Senders that heed an MTA-STS policy then no longer deliver.
    ## What to do
    Add an issue property with the name of that authority, or change to an authority that the records allow.
    """
    may = tuple(_may_renew(used, issuers) for used in certificates.found)
    barred = [used for used in certificates.found if _may_renew(used, issuers) == Known(False)]
    if barred:
        blocked = tuple(dict.fromkeys(_called(used, issuers) for used in barred))
        at = next((f.value.at for used in barred if isinstance(f := used.applies, Known) and f.value.at), name.name)
        return fail(name=name.name, at=at, issuers=blocked, causes=(cause("caa", at),))
    for allowed in may:
        need(allowed)
    if certificates.hole is not None:
        need(certificates.hole)
    return ok() if may else not_applicable()


@rule(
    "CAA-SYNTAX",
    severity=Severity.MEDIUM,
    reference="RFC 8659 section 4.1",
    message="of the CAA records at {at}, which apply to {name}, {faults}",
)
def caa_syntax(name: CertifiedName, found: CaaSet) -> Verdict:
    """A CAA record is malformed.

    ## Why it matters
    An authority that cannot read a record must take the strictest view of it: it may refuse certificates to everybody,
    or the record may not protect at all.
    ## What to do
    Write each record as flags 0 or 128, a known tag such as issue, issuewild or iodef, and a quoted value.
    """
    if found.at is None:
        return not_applicable()
    faults = tuple(dict.fromkeys(p.malformed for p in found.properties if p.malformed))
    return (
        fail(name=name.name, at=found.at, faults=faults[:SHOWN], causes=(cause("caa", found.at),)) if faults else ok()
    )


def _called(used: CertificateInUse, issuers: Issuers) -> str:
    issuer = issuers.of(used.organization or "")
    return issuer.name if issuer else used.organization or "an authority"


def _may_renew(used: CertificateInUse, issuers: Issuers) -> Fact[bool]:
    """Whether the authority may issue this certificate again; unknown where its names in CAA records are."""
    if isinstance(used.applies, Unknown):
        return used.applies
    properties = used.applies.value.properties
    issuer = issuers.of(used.organization or "")
    if issuer is not None:
        return Known(caa.may_issue(properties, frozenset(issuer.domains), wildcard=used.wildcard))
    nobody, anybody = frozenset[str](), frozenset(p.issuer for p in properties if p.issuer)
    if caa.may_issue(properties, nobody, wildcard=used.wildcard):
        return Known(True)
    return Unknown("caa.issuer_unknown") if caa.may_issue(properties, anybody, wildcard=used.wildcard) else Known(False)
