"""Rules on where mail goes and who may send while a domain's mail moves (RFC 5321 section 5.1, RFC 7208)."""

from __future__ import annotations

from datetime import timedelta

from audit.catalog.profiles import Thresholds
from audit.catalog.providers import Providers
from audit.model.fact import Known, Unestablished, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.migration.relocation import VALUE_LACKING, Relocation
from audit.protocol.mx.hosts import MailHosts
from audit.protocol.spf.tree import SpfTree
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule

SHOWN = 5
STRAGGLERS = timedelta(days=14)  # mail of before is still under way, and forgotten senders still show themselves


@rule(
    "MIG-MX-EXPECTED",
    severity=Severity.HIGH,
    reference="RFC 5321 section 5.1",
    message="the MX records of {domain} are not those of {goal}: {hosts}",
)
def mig_mx_expected(domain: Domain, move: Relocation, mail: MailHosts, providers: Providers) -> Verdict:
    """The MX records do not lead to the provider that the mail moves to.

    ## Why it matters
    Mail goes where the MX records lead. A host that is missing takes no share of it; one that is neither the old nor
    the new provider's may refuse it.
    ## What to do
    Publish exactly the hosts that the new provider's console shows for the domain.
    """
    hosts = set(mail.hosts)
    wanted = set(move.goal.hosts)
    theirs = {h for h in hosts if (p := providers.of_mx(h)) is not None and p.id == move.provider}
    if not wanted and move.provider is None:
        raise Unestablished(VALUE_LACKING)
    if hosts and hosts == theirs:  # an older set of the same provider's hosts is as good, but not half of each
        return ok()
    if wanted and hosts == wanted:
        return ok()
    left = hosts & set(_former(move))
    missing = wanted - hosts if wanted else (set() if theirs else {move.goal.name})
    strange = hosts - wanted - theirs - left
    if not missing and not strange and hosts:
        return ok()  # what is left of the old provider is told by another rule
    shown = (*(f"{h} is missing" for h in sorted(missing)), *(f"{h} is not expected" for h in sorted(strange)))
    return fail(domain=domain.name, goal=move.goal.name, hosts=shown[:SHOWN])


@rule(
    "MIG-MX-LEFTOVER",
    severity=Severity.MEDIUM,
    reference="RFC 5321 section 5.1",
    message="the MX records of {domain} still name hosts of before the move: {hosts}",
)
def mig_mx_leftover(domain: Domain, move: Relocation, mail: MailHosts) -> Verdict:
    """Hosts of the former provider still stand in the MX records.

    ## Why it matters
    Senders try the next host where the first does not answer at once, so some mail goes on to arrive at the mailboxes
    that nobody reads any more; once the old account is closed, it is refused there.
    ## What to do
    Replace all MX records at once. Let the former provider go on to take mail until caches have run out, without being
    named.
    """
    former = set(_former(move)) - set(move.goal.hosts)
    left = tuple(host for host in mail.hosts if host in former)
    return fail(domain=domain.name, hosts=left[:SHOWN]) if left else ok()


@rule(
    "MIG-SPF-NEW",
    severity=Severity.HIGH,
    reference="RFC 7208 section 5.2",
    message="the SPF record of {domain} does not name {goal}: {terms} is missing",
)
def mig_spf_new(domain: Domain, move: Relocation, spf: SpfTree) -> Verdict:
    """The SPF record does not let the new provider send.

    ## Why it matters
    From the first mail that users send there, receivers see a stranger: SPF fails, and with a strict DMARC policy mail
    is refused where its signature does not help.
    ## What to do
    Add the new provider's terms beside those of the old one before the switch, and keep both while either sends.
    """
    if not move.goal.terms:
        if move.goal.lacks("spf"):
            raise Unestablished(VALUE_LACKING)
        return not_applicable()
    missing = tuple(term for term in move.goal.terms if not named(spf, term))
    return fail(domain=domain.name, goal=move.goal.name, terms=missing) if missing else ok()


@rule(
    "MIG-SPF-OLD",
    severity={"while": Severity.INFO, "after": Severity.LOW},
    reference="RFC 7208 section 5.2",
    message="the SPF record of {domain} still names the former provider: {terms}",
)
def mig_spf_old(domain: Domain, move: Relocation, spf: SpfTree) -> Verdict:
    """The former provider may still send as the domain.

    ## Why it matters
    For some weeks that is right: mail of before the switch is still under way. Later each of its other customers could
    pass SPF as the domain, and the term costs lookups.
    ## What to do
    Keep the term for at least two weeks after the switch, see by DMARC reports that nothing passes by it any more, then
    take it out.
    """
    record = spf.root.record
    present = {t.text.lower().lstrip("+") for t in record.terms} if record else set()
    left = tuple(t for t in need(move.before.leaving) if t.lower().lstrip("+") in present)
    step = "after" if move.moment >= move.cutover + STRAGGLERS else "while"
    return fail(step, domain=domain.name, terms=left) if left else ok()


@rule(
    "MIG-SPF-LOOKUPS",
    severity=Severity.HIGH,
    reference="RFC 7208 section 4.6.4",
    message="with the terms of both providers the SPF record of {domain} needs {lookups} lookups; receivers stop at "
    "{allowed}",
    supersedes=("SPF-LOOKUPS",),
)
def mig_spf_lookups(domain: Domain, move: Relocation, spf: SpfTree, limits: Thresholds) -> Verdict:  # noqa: ARG001 -- judged in a move alone
    """The SPF record with both providers' terms costs more lookups than receivers allow.

    ## Why it matters
    Receivers stop at ten lookups with permerror. Then neither the old nor the new provider passes, nor does anybody
    else who is named behind the tenth.
    ## What to do
    Make room before the move: take out what nobody sends by, name own servers by address, or give a sender a
    subdomain of its own. `mxaudit spf plan` tells what each way saves.
    """
    if not need(spf.lookups.exceeds(limits.spf_lookups)):
        return ok()
    return fail(domain=domain.name, lookups=spf.lookups.at_least, allowed=limits.spf_lookups)


def _former(move: Relocation) -> tuple[str, ...]:
    return need(move.before.hosts)


def named(spf: SpfTree, term: str) -> bool:
    """Whether a term stands in the record, or in one that it includes.

    Raises:
        Unestablished: it is not where it was looked for, and not all could be seen.
    """
    wanted = term.lower().lstrip("+")
    facts = tuple(fact for _, fact in spf.nodes)
    known = [spf.root, *(f.value for _, f in spf.nodes if isinstance(f, Known))]
    if any(t.text.lower().lstrip("+") == wanted for node in known if node.record for t in node.record.terms):
        return True
    for fact in facts:
        need(fact)
    return False
