"""Rules on names that lead mail programs, and on the zone itself, while a domain's mail moves (RFC 6186, RFC 6781)."""

from __future__ import annotations

from audit.model.fact import Known, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.migration.relocation import MoveSight, Relocation, belongs
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule

SHOWN = 5


@rule(
    "MIG-AUTODISCOVER",
    severity=Severity.MEDIUM,
    reference="RFC 6186 section 3; MS-OXDISCO section 3.1.5",
    message="names of {domain} still lead mail programs to the former provider: {names}",
    supersedes=("AUTOD-STALE",),
)
def mig_autodiscover(domain: Domain, move: Relocation, sight: MoveSight) -> Verdict:
    """A name by which mail programs find their server still leads to the former provider.

    ## Why it matters
    Programs that are set up anew, or that look again, go to the old server, and send passwords there. Users see an
    empty or an old mailbox, while their mail arrives elsewhere.
    ## What to do
    With the switch, let the name lead to the new provider, or remove it where the new provider has none.
    """
    need(move.before.hosts)
    wanted = {(r.name, r.value.split()[-1].removesuffix(".")) for r in move.goal.clients}
    known = [fact.value for fact in sight.leads if isinstance(fact, Known)]
    left = tuple(
        f"{lead.name} to {lead.target}"
        for lead in known
        if lead is not None
        and (lead.name, lead.target) not in wanted
        and belongs(lead.target, move.before, domain.name)
    )
    if left:
        return fail(domain=domain.name, names=left[:SHOWN])
    for fact in sight.leads:
        need(fact)
    return ok()


@rule(
    "MIG-DNS-PROVIDER",
    severity={"signed": Severity.HIGH, "unsigned": Severity.INFO},
    reference="RFC 6781 section 4.3.5; RFC 4035 section 5.2",
    message="the zone of {domain} moves to other name servers as well ({servers}), and it {state}",
)
def mig_dns_provider(domain: Domain, move: Relocation, sight: MoveSight) -> Verdict:
    """The name servers of the zone change together with the mail.

    ## Why it matters
    Where a DS record vouches for keys that the new servers do not sign with, the domain is gone for every resolver that
    validates. And for up to two days some resolvers ask the old servers, so both must hold the same records.
    ## What to do
    Move the DNS first, or last, but not with the mail. Remove the DS record and wait until its TTL and that of the NS
    records are over, compare all records at the old and the new servers, then change the delegation; sign again in the
    end.
    """
    before, now = need(move.before.servers), need(sight.servers)
    if not before:
        return not_applicable()
    new = tuple(name for name in now if name not in before)
    if not new:
        return ok()
    signed = need(move.before.signed)
    state = "is signed: a DS record stands in the zone above" if signed else "is not signed"
    return fail("signed" if signed else "unsigned", domain=domain.name, servers=new[:SHOWN], state=state)
