"""Rules on whether mail hosts have TLSA records, and whether senders can believe them."""

from __future__ import annotations

from audit.model.fact import Fact, Known, any_of, first_hole, need
from audit.model.report import Severity
from audit.model.subject import Domain, Host
from audit.protocol.dane import DaneHosts, HostTlsa
from audit.protocol.mx.hosts import MailClass
from audit.rules.dane.mending import mended
from audit.rules.dnssec import REASONS
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule, rung
from audit.syntax.dnssec.state import Standing, State


@rule(
    "DANE-MISSING",
    severity={"able": Severity.LOW, "unable": Severity.INFO},
    reference="RFC 7672 section 2.2",
    message="no signed TLSA records tell senders to {domain} which certificate to expect at {hosts}",
)
def dane_missing(domain: Domain, hosts: DaneHosts, mail: MailClass) -> Verdict:
    """The domain is signed, and a host that takes its mail has no TLSA records.

    ## Why it matters
    TLSA records tell senders that the host encrypts, and by which certificate it is known. Without them somebody on the
    way can take encryption out of the dialogue, or answer in the host's place.
    ## What to do
    Publish the records at the host, after checking that the keys in them are those of your servers. Before a key is
    changed, publish the record of the next one beside it. A host in an unsigned zone cannot have them: there its
    operator must sign the zone first.
    """
    if not need(mail.takes_mail):
        return not_applicable()
    if need(hosts.mx).state is not State.SECURE:
        return not_applicable()
    known = [(name, fact.value, keys) for name, fact, keys in hosts.rows if isinstance(fact, Known)]
    bare = [row for row in known if _bare(row[1]) == Known(True)]
    hole = first_hole(*(fact for _, fact, _ in hosts.rows), *(_bare(t) for _, t, _ in known), hosts.hole)
    if not bare:
        need(hole or Known(True))
        return ok() if any(t.signed for _, t, _ in known) else not_applicable()
    able: list[Fact[bool]] = [Known(t.able) for _, t, _ in bare]
    return fail(
        rung(any_of([*able, *([hole] if hole else [])]), "able", "unable"),
        domain=domain.name,
        hosts=tuple(name for name, _, _ in bare),
        publish=tuple(line for name, tlsa, keys in bare for line in mended(name, tlsa, keys)),
        causes=tuple(cause("host", name) for name, _, _ in bare),
    )


def _bare(tlsa: HostTlsa) -> Fact[bool]:
    """Whether a host has no records at all, neither signed ones nor others."""
    if tlsa.base is not None or tlsa.failing is not None:
        return Known(tlsa.able and not tlsa.signed)
    return Known(not tlsa.unsigned.value) if isinstance(tlsa.unsigned, Known) else tlsa.unsigned


@rule(
    "DANE-NODNSSEC",
    severity=Severity.MEDIUM,
    reference="RFC 7672 sections 2.1.3 and 2.2.2",
    message="{host} has TLSA records ({count}) that no sender looks at, as its zone is not signed",
)
def dane_nodnssec(host: Host, tlsa: HostTlsa) -> Verdict:
    """A mail host has TLSA records, and DNSSEC does not protect them.

    ## Why it matters
    Senders look for TLSA records only where all that leads to them is signed. These do no harm, and do nothing.
    ## What to do
    Have the zone of the host signed, and give its DS record to the registrar; or take the records away.
    """
    if tlsa.signed:
        return ok()
    records = need(tlsa.unsigned)
    if not records:
        return not_applicable()
    return fail(host=host.name, count=len(records), causes=(cause("host", host.name),))


@rule(
    "DANE-MX-INSECURE",
    severity=Severity.LOW,
    reference="RFC 7672 section 2.2.1",
    message="the MX records of {domain} are not signed, though TLSA records protect the way to {hosts}",
)
def dane_mx_insecure(domain: Domain, hosts: DaneHosts) -> Verdict:
    """TLSA records protect a mail host, and nothing protects the MX records that lead to it.

    ## Why it matters
    Whoever can forge the MX records leads the mail to a server of his own, where no TLSA record speaks against it.
    ## What to do
    Have the zone of the domain signed, and give its DS record to the registrar.
    """
    signed = tuple(name for name, fact, _ in hosts.rows if isinstance(fact, Known) and fact.value.signed)
    if not signed:
        need(first_hole(*(fact for _, fact, _ in hosts.rows), hosts.hole) or Known(True))
        return not_applicable()
    state = need(hosts.mx).state
    if state is State.INSECURE:
        return fail(domain=domain.name, hosts=signed)
    return ok() if state is State.SECURE else not_applicable()


@rule(
    "DANE-BOGUS",
    severity=Severity.CRITICAL,
    reference="RFC 7672 sections 2.1.1 and 2.2",
    message="whether {host} has TLSA records cannot be validated: {reason}",
)
def dane_bogus(host: Host, tlsa: HostTlsa) -> Verdict:
    """The TLSA records of a mail host, or the proof that it has none, fail DNSSEC validation.

    ## Why it matters
    A sender that validates DANE cannot tell what is expected of the host. It does not deliver there: if no other host
    takes the mail, it waits, and comes back.
    ## What to do
    Look how the zone is signed. Some name servers, and load balancers in their place, answer wrongly to types that they
    do not know: those must give a signed proof that there is no such record.
    """
    if tlsa.failing is not None and tlsa.base is not None:
        return fail(host=host.name, reason=_reason(tlsa.failing), causes=(cause("host", host.name),))
    return ok() if tlsa.able else not_applicable()


def _reason(standing: Standing) -> str:
    return REASONS[standing.why].format(standing.where) if standing.why else str(standing.state)
