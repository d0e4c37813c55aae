"""Rules on what DMARC rests upon: a policy is of use only where genuine mail can pass (RFC 9989 section 5.1)."""

from __future__ import annotations

from audit.model.fact import Known, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dkim.discovery import DkimDiscovery
from audit.protocol.dmarc.rollout import signs
from audit.protocol.dmarc.walk import AppliedDmarc, DmarcPolicy
from audit.protocol.sending import Sending
from audit.protocol.spf.futility import futile
from audit.protocol.spf.tree import SpfTree
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule


@rule(
    "DMARC-ALIGN-STRICT",
    severity=Severity.INFO,
    reference="RFC 9989 section 4.4",
    message="the DMARC record of {at} wants names to match exactly: {tags}",
)
def dmarc_align_strict(dmarc: AppliedDmarc) -> Verdict:
    """The DMARC record asks for strict alignment.

    ## Why it matters
    Mail passes only if SPF or DKIM vouches for the very name in the From line. A service that sends with a name below
    the domain, as most do, no longer counts.
    ## What to do
    Nothing, if all senders use exactly the domain. Else remove adkim=s and aspf=s.
    """
    record = dmarc.record
    if record is None:
        return not_applicable()
    tags = tuple(f"{tag}=s" for tag, value in (("adkim", record.adkim), ("aspf", record.aspf)) if value == "s")
    return fail(at=dmarc.at or "", tags=tags) if tags else ok()


@rule(
    "DMARC-SPF-ONLY",
    severity=Severity.MEDIUM,
    reference="RFC 9989 sections 7.1 and 8",
    message="DMARC asks receivers to reject what fails as {domain}, but the domain has no DKIM key: all rests on SPF",
)
def dmarc_spf_only(domain: Domain, policy: DmarcPolicy, dkim: DkimDiscovery, sending: Sending) -> Verdict:
    """A domain that asks for rejection relies on SPF alone.

    ## Why it matters
    SPF does not survive forwarding: genuine mail by way of mailing lists and forwarded mailboxes is rejected. The
    standard forbids to rely on SPF alone with p=reject.
    ## What to do
    Sign all mail with DKIM, with the domain itself as signer. Until then ask for quarantine at most.
    """
    if not need(policy.rejecting) or not need(sending.sends):
        return not_applicable()
    if not need(dkim.nothing_there):
        return ok()
    return fail(domain=domain.name)


@rule(
    "DMARC-NO-AUTH",
    severity=Severity.HIGH,
    reference="RFC 9989 section 5.1",
    message="DMARC asks receivers to act on mail that fails as {domain}, which has neither {spf} nor a usable DKIM key",
    supersedes=("DMARC-SPF-ONLY",),
)
def dmarc_no_auth(domain: Domain, policy: DmarcPolicy, spf: SpfTree, dkim: DkimDiscovery, sending: Sending) -> Verdict:
    """The domain enforces DMARC without any means for genuine mail to pass.

    ## Why it matters
    All its own mail fails, and is set apart or rejected. An SPF record that is an error for every receiver, before any
    sender can pass, is as good as none; so is a DKIM key that verifiers must refuse.
    ## What to do
    Publish an SPF record, or mend the one that there is, and sign with DKIM; until then ask for p=none. A domain that
    sends nothing should say so with "v=spf1 -all".
    """
    if not need(policy.enforcing) or not need(sending.sends):
        return not_applicable()
    signed = signs(dkim)
    error = futile(spf)
    if signed == Known(True) or (spf.root.found and error == Known(False)):
        return ok()
    need(error)
    need(signed)
    return fail(domain=domain.name, spf="an SPF record without an error" if spf.root.found else "SPF")
