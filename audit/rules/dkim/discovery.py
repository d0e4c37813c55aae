"""Rules on what trying selectors finds (RFC 6376 section 3.1). A miss proves nothing, so a guess is never held against
a domain."""

from __future__ import annotations

from audit.model.fact import Known, Unknown, need
from audit.model.report import Severity
from audit.model.subject import Domain, Selector
from audit.protocol.dkim.abandoned import AbandonedAliases
from audit.protocol.dkim.discovery import DkimDiscovery, DkimKeyFound
from audit.protocol.dmarc.walk import DmarcPolicy
from audit.protocol.sending import Sending
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule, rung
from audit.syntax import dkim as syntax


@rule(
    "DKIM-NONE",
    severity={"enforced": Severity.HIGH, "": Severity.MEDIUM},
    reference="RFC 6376 section 3.6.2, RFC 8020",
    message="{domain} publishes no DKIM key: its _domainkey does not exist",
)
def dkim_none(domain: Domain, dkim: DkimDiscovery, sending: Sending, policy: DmarcPolicy) -> Verdict:
    """The domain publishes no DKIM key.

    ## Why it matters
    Mail without a signature fails DMARC as soon as it is forwarded, and large receivers want one from all who send
    much.
    ## What to do
    Turn on DKIM signing where your mail is sent, and publish the key that you are given.
    """
    if not need(sending.sends):
        return not_applicable()
    if not need(dkim.nothing_there):
        return ok()
    return fail(rung(policy.enforcing, "enforced", ""), domain=domain.name)


@rule(
    "DKIM-NOTFOUND",
    severity=Severity.INFO,
    reference="RFC 6376 section 3.1",
    message="no DKIM key of {domain} was found",
)
def dkim_notfound(domain: Domain, dkim: DkimDiscovery, sending: Sending) -> Verdict:
    """No DKIM key was found, though there may be some.

    ## Why it matters
    Selectors cannot be listed, only tried. A key that was not found says nothing about whether the domain signs.
    ## What to do
    Look at the s= tag of a DKIM-Signature in mail that was sent, and name it in the list: selectors=name.
    """
    if not need(sending.sends):
        return not_applicable()
    if dkim.found:
        return ok()
    if need(dkim.nothing_there):
        return not_applicable()
    need(dkim.all_selectors)
    return fail(domain=domain.name)


@rule(
    "DKIM-CONFIGURED-MISSING",
    severity=Severity.HIGH,
    reference="RFC 6376 section 3.6.2",
    message="no DKIM key is published at {name}",
)
def dkim_configured_missing(selector: Selector, found: DkimKeyFound) -> Verdict:
    """A selector that should be there is not.

    ## Why it matters
    Every signature made with it fails.
    ## What to do
    Publish the key at the selector, or correct the selector in the list.
    """
    if not found.configured:
        return not_applicable()
    return ok() if found.exists else fail(name=selector.label)


@rule(
    "DKIM-CNAME-DANGLING",
    severity={
        "free": Severity.CRITICAL,
        "configured": Severity.HIGH,
        "guessed": Severity.MEDIUM,
        "spare": Severity.INFO,
    },
    reference="RFC 6376 section 3.6.2.1",
    message="{name} is an alias of {target}, where no key is{danger}",
    supersedes=("DKIM-CONFIGURED-MISSING",),
)
def dkim_cname_dangling(selector: Selector, found: DkimKeyFound, abandoned: AbandonedAliases) -> Verdict:
    """A selector is an alias that leads to no key.

    ## Why it matters
    Signatures made with it fail. Where the alias leads to a domain that nobody owns any more, whoever registers that
    can sign in your name.
    ## What to do
    Finish the setup of DKIM at the provider, or remove the alias if the provider is not used any more. The second
    selector of Microsoft 365 may stay empty until its keys change for the first time.
    """
    if not found.aliases:
        return not_applicable()
    if found.exists:
        return ok()
    target = found.aliases[0 if found.circle else -1]
    behind = abandoned.domains.behind(target)
    free = behind.value if isinstance(behind, Known) else None
    step = "free" if free else "spare" if found.awaiting else "configured" if found.configured else "guessed"
    danger = f"; nobody owns {free}, and whoever registers it can sign in your name" if free else ""
    danger = "; the aliases lead in a circle" if found.circle else danger
    doubt = behind if isinstance(behind, Unknown) else None
    shared = (cause("host", target),)
    return fail(step, causes=shared, doubt=doubt, name=selector.label, target=target, danger=danger)


@rule(
    "DKIM-WILDCARD",
    severity=Severity.MEDIUM,
    reference="RFC 6376 section 3.6.2.1",
    message="every selector of {domain} gets the same key",
)
def dkim_wildcard(domain: Domain, dkim: DkimDiscovery) -> Verdict:
    """A wildcard answers for every DKIM selector with a key.

    ## Why it matters
    Whatever selector a signature names, the key is there: a key cannot be withdrawn by removing its selector, and
    nobody can see which are in use.
    ## What to do
    Publish the key at its selector alone, and remove the wildcard below _domainkey. A wildcard with an empty p= does no
    harm: it says that the domain signs nothing.
    """
    keys = [syntax.parse(t) for t in need(dkim.wildcard) if syntax.looks_like_key(t)]
    return fail(domain=domain.name) if any(not key.revoked for key in keys) else ok()


@rule(
    "DKIM-ED25519-ONLY",
    severity=Severity.LOW,
    reference="RFC 8463 section 5",
    message="{domain} has Ed25519 keys only",
)
def dkim_ed25519_only(domain: Domain, dkim: DkimDiscovery) -> Verdict:
    """The domain has Ed25519 keys only.

    ## Why it matters
    Many receivers, large ones among them, cannot check Ed25519 signatures: to them the mail is not signed.
    ## What to do
    Sign with an RSA key of 2048 bits as well, at a selector of its own.
    """
    types = {m.key_type for m in dkim.met if m.taken}
    if types - {syntax.ED25519}:
        return ok()
    need(dkim.answered)
    if not types:
        return not_applicable()
    need(dkim.all_selectors)
    return fail(domain=domain.name)
