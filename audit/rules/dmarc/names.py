"""Rules on the names for which a DMARC record speaks: those below the domain, and its organization (RFC 9989)."""

from __future__ import annotations

from audit.catalog.suffixes import registrable
from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dmarc.policies import DmarcAuthority, DmarcPolicies
from audit.protocol.dmarc.walk import AppliedDmarc
from audit.rules.dmarc.bounds import STRENGTH
from audit.rules.dmarc.publishing import changed, of_record, step
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax.dmarc import Policy


@rule(
    "DMARC-SP-WEAK",
    severity=Severity.MEDIUM,
    reference="RFC 9989 section 4.7 (sp)",
    message="for existing names below {domain} DMARC asks for {below}, for {domain} itself for {own}",
)
def dmarc_sp_weak(domain: Domain, dmarc: AppliedDmarc, policies: DmarcPolicies) -> Verdict:
    """The policy for existing subdomains is weaker than the domain's own.

    ## Why it matters
    Forgers take a name below the domain instead: www, mail, or any other that exists. People trust it as much.
    ## What to do
    Set sp to the same policy as p, or leave it out, when the subdomains that send pass as well. A subdomain that is not
    so far can have a record of its own. DMARC-NEXT-STEP has the record when it is time.
    """
    if dmarc.record is None or dmarc.inherited:
        return not_applicable()
    below, own = need(policies.existing_subdomains), need(policies.domain)
    if below.at != dmarc.at:
        return not_applicable()
    if STRENGTH.index(below.written) >= STRENGTH.index(own.written):
        return ok()
    return fail(domain=domain.name, below=str(below.written), own=str(own.written))


@rule(
    "DMARC-NP",
    severity=Severity.LOW,
    reference="RFC 9989 sections 3.2.13 and 4.7 (np)",
    message="for names below {domain} that do not exist DMARC asks for {below}, not for rejection",
)
def dmarc_np(domain: Domain, dmarc: AppliedDmarc, policies: DmarcPolicies) -> Verdict:
    """Mail from names below the domain that do not exist is not asked to be rejected.

    ## Why it matters
    Nobody sends genuine mail from a name that the DNS denies; forgers do. Rejecting it costs nothing.
    ## What to do
    Add np=reject. Receivers that follow the former standard use sp, or p, for those names. While t=y stands in the
    record, it makes quarantine of that too.
    """
    if dmarc.record is None or dmarc.inherited:
        return not_applicable()
    below, own = need(policies.nonexistent_subdomains), need(policies.domain)
    if below.at != dmarc.at or own.requested in (None, Policy.NONE):
        return not_applicable()
    if below.requested is Policy.REJECT:
        return ok()
    return fail(
        publish=() if dmarc.record.t else changed(dmarc, np=str(Policy.REJECT)),  # t=y: see DMARC-T-Y
        domain=domain.name,
        below=str(below.requested),
    )


@rule(
    "DMARC-SP-IGNORED",
    severity=Severity.INFO,
    reference="RFC 9989 section 4.7 (sp and np)",
    message="{tags} in the DMARC record of {domain} has no effect: for names below it {instead} decides",
)
def dmarc_sp_ignored(domain: Domain, dmarc: AppliedDmarc, policies: DmarcPolicies) -> Verdict:
    """The record sets a policy for subdomains, but receivers take that from another domain's record.

    ## Why it matters
    For a name without a record of its own, receivers use that of its organizational domain, not of a domain between.
    ## What to do
    Remove sp and np here. Set them at the organizational domain, or give the names below records of their own.
    """
    if dmarc.record is None or dmarc.inherited:
        return not_applicable()
    tags = tuple(t for t in ("sp", "np") if dmarc.record.value(t) is not None)
    if not tags:
        return ok()
    idle = registrable(domain.name) != domain.name  # for receivers that follow RFC 7489, too
    instead = need(policies.existing_subdomains).at
    if instead == domain.name:
        return ok()
    return fail(
        publish=step(dmarc, sp=None, np=None) if idle and dmarc.record.valid else (),
        domain=domain.name,
        tags=tags,
        instead=f"the record of {instead}" if instead else "no record",
    )


@rule(
    "DMARC-PSD",
    severity=Severity.HIGH,
    reference="RFC 9989 section 4.7 (psd)",
    message="psd=y in the DMARC record of {at} claims that it is a registry's suffix, which the suffix list denies",
)
def dmarc_psd(dmarc: AppliedDmarc) -> Verdict:
    """The DMARC record claims to be that of a public suffix.

    ## Why it matters
    Receivers take each name right below it for an organization of its own. Mail of one subdomain no longer aligns with
    another's, nor with the domain's.
    ## What to do
    Remove psd=y. Only registries need it, and those below whose name others register.
    """
    if dmarc.record is None:
        return not_applicable()
    if dmarc.record.psd != "y" or registrable(dmarc.at or "") is None:
        return ok()
    return fail(publish=changed(dmarc, psd=None), causes=of_record(dmarc), at=dmarc.at or "")


@rule(
    "DMARC-PSL-DIVERGE",
    severity={"below": Severity.INFO, "above": Severity.LOW},
    reference="RFC 9989 section 4.10.2; RFC 7489 section 3.2",
    message="to receivers that walk the DNS {domain} belongs to {walked}, to those that use the list to {listed}",
)
def dmarc_psl_diverge(domain: Domain, dmarc: AppliedDmarc, authority: DmarcAuthority) -> Verdict:
    """Old and new receivers disagree on the organization to which the domain belongs.

    ## Why it matters
    Which names align with each other, and whose policy counts, differs between receivers that follow RFC 9989 and
    those that use the public suffix list.
    ## What to do
    Publish a DMARC record at the domain that you regard as yours as a whole. Where one above it has a record without
    psd=y, add psd=n to yours.
    """
    if dmarc.record is None:
        return not_applicable()
    walked, listed = need(authority.org_domain_treewalk), authority.org_domain_psl
    if walked == listed:
        return ok()
    above = listed.endswith(f".{walked}")
    return fail(
        "above" if above else "below",
        publish=changed(dmarc, psd="n") if above and dmarc.at == listed else (),
        domain=domain.name,
        walked=walked,
        listed=listed,
    )
