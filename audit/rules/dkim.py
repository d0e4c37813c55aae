"""Rules on DKIM keys (RFC 6376, RFC 8301, RFC 8463)."""

from __future__ import annotations

from audit.catalog.profiles import Thresholds
from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Domain, Selector
from audit.protocol.dkim import DkimDiscovery, DkimKeyFound
from audit.protocol.dmarc import DmarcPolicy
from audit.protocol.sending import Sending
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule, rung


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
    message="nothing is published at {name}",
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
    "DKIM-SYNTAX",
    severity=Severity.HIGH,
    reference="RFC 6376 sections 3.2 and 3.6.1",
    message="the key at {name} cannot be read: {places}",
    supersedes=("DKIM-RSA-BITS", "DKIM-RSA-1024"),
)
def dkim_syntax(selector: Selector, found: DkimKeyFound) -> Verdict:
    """A DKIM key record breaks the grammar.

    ## Why it matters
    Verifiers cannot use it: signatures made with it fail.
    ## What to do
    Paste the record again as it was given. Usual faults: an escaped semicolon, quotes inside, a part that was cut off.
    """
    if found.key is None:
        return not_applicable()
    if not found.key.problems:
        return ok()
    return fail(name=selector.label, places=tuple(f"{p.text} ({p.code})" for p in found.key.problems[:5]))


@rule(
    "DKIM-REVOKED",
    severity={"configured": Severity.HIGH, "guessed": Severity.INFO},
    reference="RFC 6376 section 3.6.1",
    message="the key at {name} is revoked",
)
def dkim_revoked(selector: Selector, found: DkimKeyFound) -> Verdict:
    """A DKIM key is revoked.

    ## Why it matters
    An empty p= says that the key must not be used any more: signatures made with it fail.
    ## What to do
    Make sure that nothing signs with the selector, or publish its key again.
    """
    if found.key is None:
        return not_applicable()
    if not found.key.revoked:
        return ok()
    return fail("configured" if found.configured else "guessed", name=selector.label)


@rule(
    "DKIM-RSA-BITS",
    severity=Severity.HIGH,
    reference="RFC 8301 section 3.2",
    message="the key at {name} has {bits} bits; verifiers must refuse fewer than {least}",
)
def dkim_rsa_bits(selector: Selector, found: DkimKeyFound, limits: Thresholds) -> Verdict:
    """A DKIM key is too short to be accepted.

    ## Why it matters
    Keys of fewer than 1024 bits can be broken at home; verifiers must not accept them.
    ## What to do
    Make a key of 2048 bits, publish it at a new selector, and sign with that.
    """
    bits = _rsa_bits(found)
    if bits is None:
        return not_applicable()
    return fail(name=selector.label, bits=bits, least=limits.dkim_min_bits) if bits < limits.dkim_min_bits else ok()


@rule(
    "DKIM-RSA-1024",
    severity=Severity.MEDIUM,
    reference="RFC 8301 section 3.2",
    message="the key at {name} has {bits} bits; {good} are recommended",
)
def dkim_rsa_1024(selector: Selector, found: DkimKeyFound, limits: Thresholds) -> Verdict:
    """A DKIM key is shorter than recommended.

    ## Why it matters
    Keys of 1024 bits are accepted today, and within reach of those who have the means.
    ## What to do
    Make a key of 2048 bits, publish it at a new selector, sign with it, and remove the old one a week later.
    """
    bits = _rsa_bits(found)
    if bits is None or bits < limits.dkim_min_bits:
        return not_applicable()
    return fail(name=selector.label, bits=bits, good=limits.dkim_good_bits) if bits < limits.dkim_good_bits else ok()


def _rsa_bits(found: DkimKeyFound) -> int | None:
    return found.key.bits if found.key is not None and found.key.key_type == "rsa" else None
