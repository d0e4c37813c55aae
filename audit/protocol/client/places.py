"""Where people of a domain hand in their mail (RFC 6409, RFC 8314 section 5.1, RFC 6186).

A domain may say so in SRV records, of which those for TLS from the start count first; a port that is none of mail's is
passed over, as a stranger chose it. Most domains have no such records; then the provider that takes the domain's mail
tells, as its customers send where they receive. Other servers deliver to the hosts of the MX records, on port 25.
"""

from __future__ import annotations

from audit.catalog.providers import Providers
from audit.model.fact import Known, Unknown
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, attempt, inquiry, records, settle
from audit.protocol.mx.hosts import mail_hosts
from audit.syntax import srv

SERVICES = (("submissions", True), ("submission", False))
IMPLICIT_TLS = 465
PORTS = frozenset({465, 587, 2525})
MAX_HOSTS = 2  # of each service, and of the MX


@dataclass(frozen=True, slots=True)
class MailPlace:
    host: str
    port: int
    implicit_tls: bool
    why: str  # "SRV", the provider's name, or "MX"


@dataclass(frozen=True, slots=True)
class MailPlaces:
    """Where to hand in mail, the best first, and where other servers deliver. `hole`: an answer that is missing."""

    submission: tuple[MailPlace, ...]
    exchanges: tuple[MailPlace, ...]
    hole: Unknown | None


@inquiry
def mail_places(domain: Domain, providers: Providers) -> Steps[MailPlaces]:
    """Find the servers of a domain's mail."""
    services = yield from attempt(_service(service, domain.name, implicit) for service, implicit in SERVICES)
    named = [place for found in services if isinstance(found, Known) for place in found.value]
    mail = yield from settle(mail_hosts(domain))
    hosts = mail.value.hosts if isinstance(mail, Known) and not mail.value.implicit else ()
    provider = next((p for host in hosts if (p := providers.of_mx(host))), None)
    if not named and provider is not None:
        named = [_place(text, provider.name) for text in provider.submission]
    hole = mail if isinstance(mail, Unknown) else next((f for f in services if isinstance(f, Unknown)), None)
    return MailPlaces(
        tuple(dict.fromkeys(named)), tuple(MailPlace(h, 25, False, "MX") for h in hosts[:MAX_HOSTS]), hole
    )


def _service(service: str, domain: str, implicit: bool) -> Steps[tuple[MailPlace, ...]]:
    parsed = [srv.parse(r) for r in (yield from records(Question(name=f"_{service}._tcp.{domain}", rdtype="SRV")))]
    found = sorted(r for r in parsed if r is not None and not r.absent and r.port in PORTS)
    return tuple(MailPlace(r.target, r.port, implicit, "SRV") for r in found[:MAX_HOSTS])


def _place(text: str, why: str) -> MailPlace:
    host, _, port = text.rpartition(":")
    return MailPlace(host, int(port), int(port) == IMPLICIT_TLS, why)
