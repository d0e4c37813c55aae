"""Rules on the SRV records by which mail programs find their servers (RFC 6186, RFC 8314)."""

from __future__ import annotations

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unknown, any_of, first_hole, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.client.services import STANDARD_PORTS, ClientServices, ServiceTarget, ServiceTargets
from audit.protocol.mx.hosts import MailClass
from audit.protocol.registration import FreeDomains
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.syntax.addresses import special_use
from audit.syntax.srv import Srv

ENOUGH = ("submissions", "submission", "imaps", "pop3s")  # any of them helps a program
SHOWN = 6  # addresses in a message
TWINS = {"submission": "submissions", "imap": "imaps", "pop3": "pop3s"}


@rule(
    "SUB-SRV-MISSING",
    severity=Severity.INFO,
    reference="RFC 6186 section 3, RFC 8314 section 5.1",
    message="{domain} has no SRV record that leads mail programs to its servers",
)
def sub_srv_missing(domain: Domain, mail: MailClass, services: ClientServices) -> Verdict:
    """Mail programs cannot find the servers of a domain by themselves.

    ## Why it matters
    People must type in host names and ports. Some type them wrong, and some programs guess, and send passwords to the
    wrong place.
    ## What to do
    If people use mail programs with this domain, publish _submissions._tcp and _imaps._tcp. Where a service is not
    offered, say so with "." as target.
    """
    if any(isinstance(f, Known) and f.value for f in (services.of(s) for s in ENOUGH)):
        return ok()
    if not need(mail.takes_mail):
        return not_applicable()
    for service in ENOUGH:
        need(services.of(service))
    return fail(domain=domain.name)


@rule(
    "SUB-SRV-TARGET",
    severity={"free": Severity.HIGH, "": Severity.MEDIUM},
    reference="RFC 2782, RFC 6186 section 3.4",
    message="SRV records of {domain} lead mail programs astray: {faults}",
)
def sub_srv_target(domain: Domain, targets: ServiceTargets) -> Verdict:
    """An SRV record leads mail programs to a host that is not there, or to a port for something else.

    ## Why it matters
    Programs that set themselves up by these records fail, and people are asked for details that they do not have. A
    host that is missing in a domain which nobody has registered may be anybody's tomorrow, and then gets passwords.
    ## What to do
    Let each target be a host with addresses of its own (no alias), on the port that the service listens on: 465 for
    submissions, 587 for submission, 993 for imaps, 995 for pop3s. Say with "." that a service is not offered.
    """
    judged = tuple((target, _fault(target, targets.domains)) for target in targets.found)
    wrong = tuple((t, f.value) for t, f in judged if isinstance(f, Known) and f.value)
    if wrong:
        faults = tuple(dict.fromkeys(f"_{t.service}._tcp: {fault}" for t, fault in wrong))
        causes = tuple(dict.fromkeys(cause("host", t.record.target) for t, _ in wrong))
        free = any_of(_free(t, targets.domains) for t in targets.found)
        step = "free" if free == Known(True) else ""
        doubt = None if step else first_hole(free, targets.hole)
        return fail(step, domain=domain.name, faults=faults, causes=causes, doubt=doubt)
    for _, fact in judged:
        need(fact)
    need(targets.hole or Known(None))
    return ok() if judged else not_applicable()


@rule(
    "SUB-SRV-ADDRESS",
    severity=Severity.MEDIUM,
    reference="RFC 6186 section 3; RFC 6890",
    message="SRV records of {domain} lead mail programs to addresses that are not public: {addresses}",
)
def sub_srv_address(domain: Domain, targets: ServiceTargets, settings: Settings) -> Verdict:
    """An SRV record leads mail programs to an address that the internet does not reach.

    ## Why it matters
    Away from your network programs wait in vain, or reach another machine that has the address where they are, and
    offer it a password.
    ## What to do
    Publish the public addresses of these hosts. If a service is for inside alone, keep its SRV records in an internal
    view of the zone.
    """
    led = ((t.record.target, a, special_use(a, settings.allow_net)) for t in targets.found for a in _known(t))
    special = tuple(dict.fromkeys((host, f"{host} at {address} ({use})") for host, address, use in led if use))
    if special:
        causes = tuple(dict.fromkeys(cause("host", host) for host, _ in special))
        return fail(domain=domain.name, addresses=tuple(text for _, text in special[:SHOWN]), causes=causes)
    for target in targets.found:
        found = need(target.addresses)
        need(first_hole(found.ipv4, found.ipv6) or Known(None))
    need(targets.hole or Known(None))
    return ok() if targets.found else not_applicable()


@rule(
    "SUB-SRV-CLEAR",
    severity=Severity.LOW,
    reference="RFC 8314 sections 3 and 4.1",
    message="{domain} offers {services} without the twin that begins with TLS: {twins}",
)
def sub_srv_clear(domain: Domain, services: ClientServices) -> Verdict:
    """A service is announced that begins in the clear, and its twin with TLS from the start is not.

    ## Why it matters
    A program that begins in the clear can be kept there by whoever sits on the way. TLS from the start leaves nothing
    to take away.
    ## What to do
    Offer submissions on 465, imaps on 993 or pop3s on 995, and announce them with a better priority.
    """
    offered = {s: _offered(services.of(s)) for s in (*TWINS, *TWINS.values())}
    bare = tuple(s for s in TWINS if offered[s] == Known(True) and offered[TWINS[s]] == Known(False))
    if bare:
        twins = tuple(f"_{TWINS[s]}._tcp" for s in bare)
        return fail(domain=domain.name, services=tuple(f"_{s}._tcp" for s in bare), twins=twins)
    for service, twin in TWINS.items():
        if offered[twin] != Known(True) and offered[service] != Known(False):
            need(offered[service])
            need(offered[twin])
    return ok() if need(any_of(offered.values())) else not_applicable()


def _known(target: ServiceTarget) -> tuple[str, ...]:
    return target.addresses.value.known if isinstance(target.addresses, Known) else ()


def _offered(records: Fact[tuple[Srv, ...]]) -> Fact[bool]:
    if isinstance(records, Unknown):
        return records
    return Known(any(not r.absent for r in records.value))


def _free(target: ServiceTarget, domains: FreeDomains) -> Fact[bool]:
    """Whether anybody may register the domain in which a target is missing."""
    if isinstance(target.addresses, Unknown):
        return target.addresses
    behind = domains.behind(target.missing) if target.missing else Known(None)
    return behind if isinstance(behind, Unknown) else Known(behind.value is not None)


def _fault(target: ServiceTarget, domains: FreeDomains) -> Fact[str]:
    """What is wrong with a target; nothing where all is well."""
    host, port = target.record.target, target.record.port
    if target.missing is not None:
        behind = domains.behind(target.missing)
        free = behind.value if isinstance(behind, Known) else None
        return Known(f"{host} does not exist{f' (anybody may register {free})' if free else ''}")
    other = next((s for s, p in STANDARD_PORTS.items() if p == port and s != target.service), None)
    if other is not None:
        return Known(f"port {port} of {host} is for {other}")
    if port == 0:
        return Known(f"port 0 of {host} takes no connection")
    if isinstance(target.addresses, Unknown):
        return target.addresses
    found = target.addresses.value
    if found.aliases:
        return Known(f"{host} is an alias, of {found.aliases[-1]}")
    if isinstance(found.any, Unknown):
        return found.any
    return Known("" if found.any.value else f"{host} has no address")
