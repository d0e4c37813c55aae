"""Rules on what binds senders to the old hosts, or protects mail on its way to the new ones (RFC 8461, RFC 7672)."""

from __future__ import annotations

from datetime import timedelta

from audit.model.fact import Known, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dane import DaneHosts
from audit.protocol.migration.relocation import Relocation
from audit.protocol.mx.hosts import MailHosts
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax.mta_sts import Mode

SHOWN = 5


@rule(
    "MIG-MTASTS",
    severity={"enforce": Severity.CRITICAL, "testing": Severity.LOW},
    reference="RFC 8461 sections 5 and 5.1",
    message="the MTA-STS policy of {domain}, mode {mode}, does not cover {hosts}; senders may hold to it until {until}",
    supersedes=("MTASTS-MX-MATCH",),
)
def mig_mtasts(domain: Domain, move: Relocation, mail: MailHosts) -> Verdict:
    """An MTA-STS policy that senders hold does not cover the new mail hosts.

    ## Why it matters
    Senders keep a policy for its max_age, whatever is published meanwhile. While it is enforced they deliver to no host
    that it leaves out: their mail waits, and comes back after days.
    ## What to do
    First serve the policy with both providers' hosts, mode testing and a short max_age, and change the id of the
    record. Switch the MX records only when the max_age of before has passed since then.
    """
    policy = need(move.before.policy)
    if policy is None or policy.mode not in (Mode.ENFORCE, Mode.TESTING):
        return not_applicable()
    names = (domain.name,) if mail.implicit else mail.hosts
    left = tuple(name for name in names if not policy.covers(name))
    if not left:
        return ok()
    until = move.observed_at + timedelta(seconds=policy.max_age or 0)
    shown = until.strftime("%Y-%m-%d %H:%M UTC")
    return fail(str(policy.mode), domain=domain.name, mode=str(policy.mode), hosts=left[:SHOWN], until=shown)


@rule(
    "MIG-DANE",
    severity=Severity.HIGH,
    reference="RFC 7672 sections 2.2 and 3.1",
    message="mail to {domain} was protected by DANE before the move, and is not at {hosts}",
)
def mig_dane(domain: Domain, move: Relocation, hosts: DaneHosts) -> Verdict:
    """Mail loses its protection by DANE with the move.

    ## Why it matters
    The TLSA records of the old hosts say nothing of the new ones. Where those have none in a signed zone, senders fall
    back to TLS that anybody on the way can take off.
    ## What to do
    Ask the new provider for hosts with TLSA records in a signed zone, where it has such; else protect mail by MTA-STS.
    """
    if not need(move.before.dane):
        return not_applicable()
    bare = tuple(name for name, fact, _ in hosts.rows if isinstance(fact, Known) and not fact.value.signed)
    if bare:
        return fail(domain=domain.name, hosts=bare[:SHOWN])
    for _, fact, _ in hosts.rows:
        need(fact)
    need(hosts.hole or Known(None))
    return ok()
