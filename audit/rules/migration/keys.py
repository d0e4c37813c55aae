"""Rules on DKIM keys and DMARC while a domain's mail moves (RFC 6376, RFC 9989)."""

from __future__ import annotations

from datetime import timedelta

from audit.model.fact import Known, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dmarc.walk import DmarcPolicy
from audit.protocol.migration.relocation import MoveSight, Relocation
from audit.protocol.spf.tree import SpfTree
from audit.rules.migration.records import named
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule

SHOWN = 5
QUEUES = timedelta(days=7)  # longer than mail waits in queues (RFC 5321 section 4.5.4.1)


@rule(
    "MIG-DKIM-NEW",
    severity=Severity.HIGH,
    reference="RFC 6376 section 3.6.2",
    message="there is no DKIM key of {goal} at {names}",
)
def mig_dkim_new(move: Relocation, sight: MoveSight) -> Verdict:
    """A DKIM key of the new provider is missing.

    ## Why it matters
    The new provider signs by this selector, or cannot begin to sign before the key is there. Mail without a valid
    signature passes DMARC by SPF alone, and that breaks when it is forwarded.
    ## What to do
    Publish every selector that the new provider's console shows, and turn signing on there before the switch.
    """
    names = need(move.keys)
    if not names:
        return not_applicable()
    missing = tuple(name for name in names if sight.key(name) == Known(False))
    if missing:
        return fail(goal=move.goal.name, names=missing[:SHOWN])
    for name in names:
        need(sight.key(name))
    return ok()


@rule(
    "MIG-DKIM-OLD",
    severity=Severity.INFO,
    reference="RFC 6376 section 3.6.2.1; RFC 5321 section 4.5.4.1",
    message="DKIM keys of the former provider are gone from {domain}: {names}",
)
def mig_dkim_old(domain: Domain, move: Relocation, sight: MoveSight) -> Verdict:
    """DKIM keys of the former provider are taken away with the switch.

    ## Why it matters
    Mail that was signed before the switch may wait in queues for five days, and lists and forwarders pass it on later
    still. Without the key its signature is invalid.
    ## What to do
    Keep the old keys for 7 to 30 days after the last mail was sent by the former provider.
    """
    names = need(move.before.keys)
    if not names or move.moment >= move.cutover + QUEUES:
        return not_applicable()
    gone = tuple(name for name in names if sight.key(name) == Known(False))
    if gone:
        return fail(domain=domain.name, names=gone[:SHOWN])
    for name in names:
        need(sight.key(name))
    return ok()


@rule(
    "MIG-DMARC-STRICT",
    severity=Severity.HIGH,
    reference="RFC 9989 section 4.4; RFC 9989 section 4.7",
    message="the DMARC policy of {domain} asks receivers to {policy} mail that fails, and mail of {goal} would: it is "
    "named neither by SPF nor by a DKIM key",
)
def mig_dmarc_strict(domain: Domain, move: Relocation, sight: MoveSight, policy: DmarcPolicy, spf: SpfTree) -> Verdict:
    """The DMARC policy is strict, and nothing makes mail of the new provider pass.

    ## Why it matters
    Receivers act on the policy from the first mail: what users send by the new provider is refused, or ends among spam.
    ## What to do
    Publish the new provider's SPF terms and DKIM keys first. While they are tried out, `t=y` or `p=none` keeps
    receivers from acting on failures; go back when reports show that all passes.
    """
    asked = need(policy.requested)
    if asked is None or str(asked) == "none":
        return not_applicable()
    if not move.goal.terms and not _known_keys(move):
        return not_applicable()  # nothing is known by which it could pass
    keys = [sight.key(name) for name in _known_keys(move)]
    if Known(True) in keys or _by_spf(move, spf):
        return ok()
    for key in keys:
        need(key)
    need(move.keys)
    return fail(domain=domain.name, policy=str(asked), goal=move.goal.name)


def _known_keys(move: Relocation) -> tuple[str, ...]:
    return move.keys.value if isinstance(move.keys, Known) else ()


def _by_spf(move: Relocation, spf: SpfTree) -> bool:
    return bool(move.goal.terms) and all(named(spf, term) for term in move.goal.terms)
