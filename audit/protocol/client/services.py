"""The servers that mail programs are sent to by SRV records (RFC 6186, RFC 8314 section 5.1).

`_submission` speaks STARTTLS on 587, `_submissions` TLS from the start on 465; `_imap` and `_pop3` have such twins.
A target is a host with addresses of its own, never an alias (RFC 2782).
"""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.probe import Question
from audit.model.subject import Domain, Host
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, attempt, inquiry, records
from audit.protocol.mx.hosts import BUDGET, HostAddresses, host_addresses, mail_class
from audit.protocol.registration import FreeDomains, free_domains
from audit.syntax import srv

SERVICES = ("submission", "submissions", "imap", "imaps", "pop3", "pop3s")
STANDARD_PORTS = {"submission": 587, "submissions": 465, "imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995}
MAX_TARGETS = 6  # whose addresses are looked up
MAX_DOMAINS = 2  # of missing targets, of which registries are asked


@dataclass(frozen=True, slots=True)
class ClientServices:
    """Each service and its records, sorted; a service without records is not named. Empty of a domain without mail."""

    rows: tuple[tuple[str, Fact[tuple[srv.Srv, ...]]], ...]

    def of(self, service: str) -> Fact[tuple[srv.Srv, ...]]:
        return dict(self.rows).get(service, Known(()))


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """A host that a service is offered on, and its addresses; of one that does not exist, where it is missing."""

    service: str
    record: srv.Srv
    addresses: Fact[HostAddresses]

    @property
    def missing(self) -> str | None:
        """The name that does not exist: the host's, or the end of its aliases."""
        found = self.addresses.value if isinstance(self.addresses, Known) else None
        if found is None or found.exists != Known(False):
            return None
        return found.aliases[-1] if found.aliases else self.record.target


@dataclass(frozen=True, slots=True)
class ServiceTargets:
    """Where the records lead; `hole` is what could not be looked at, `domains` those in which hosts are missing."""

    found: tuple[ServiceTarget, ...]
    hole: Unknown | None
    domains: FreeDomains


@inquiry
def client_services(domain: Domain, options: DomainOptions) -> Steps[ClientServices]:
    """Ask for the SRV records of all services; of a domain that takes no mail nothing is asked."""
    mail = yield from mail_class(domain, options)
    if mail.takes_mail == Known(False):
        return ClientServices(())
    found = yield from attempt(_service(service, domain.name) for service in SERVICES)
    return ClientServices(tuple(zip(SERVICES, found, strict=True)))


@inquiry
def service_targets(domain: Domain, options: DomainOptions) -> Steps[ServiceTargets]:
    """Look up the hosts that the records name; of those that are gone, ask whether anybody may register them."""
    services = yield from client_services(domain, options)
    named = [(s, r) for s, f in services.rows if isinstance(f, Known) for r in f.value if not r.absent]
    hosts = tuple(dict.fromkeys(r.target for _, r in named))
    found = yield from attempt(host_addresses(Host(h)) for h in hosts[:MAX_TARGETS])
    seen = dict(zip(hosts, found, strict=False))
    hole = next((f for _, f in services.rows if isinstance(f, Unknown)), None)
    targets = tuple(ServiceTarget(s, r, seen.get(r.target, BUDGET)) for s, r in named)
    gone = [name for target in targets if (name := target.missing) is not None]
    return ServiceTargets(targets, hole, (yield from free_domains(gone, domain.name, MAX_DOMAINS)))


def _service(service: str, domain: str) -> Steps[tuple[srv.Srv, ...]]:
    question = Question(name=f"_{service}._tcp.{domain}", rdtype="SRV")
    parsed = [srv.parse(r) for r in (yield from records(question))]
    if None in parsed:
        raise Unestablished(Unknown("dns.malformed", (question,)))
    return tuple(sorted(r for r in parsed if r is not None))
