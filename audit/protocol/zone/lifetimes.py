"""For how long the records of a domain's mail may be kept (RFC 1035 section 3.2.1), where a move is planned.

Only the zone's own servers tell: a resolver's copy counts down. They are asked only where the profile sets a ceiling.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.catalog.profiles import Thresholds
from audit.model.evidence import Settings
from audit.model.fact import Known, Unestablished, Unknown
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.authority import ask_server
from audit.protocol.inquiry import Steps, attempt, inquiry, settle
from audit.protocol.mx.hosts import mail_hosts
from audit.protocol.vantage import Vantage
from audit.protocol.zone.contents import Views, speakers_of, zone_contents
from audit.protocol.zone.service import zone_service
from audit.syntax import spf, txt

MAX_HOSTS = 4  # of the domain's mail, in its own zone


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A record set and for how long it may be kept, in seconds."""

    name: str
    rdtype: str
    ttl: int
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """The record sets that a move of the mail changes. `hole`: one could not be asked."""

    known: tuple[Lifetime, ...]
    hole: Unknown | None


NONE = Lifetimes((), None)


@inquiry
def lifetimes(domain: Domain, limits: Thresholds, settings: Settings, vantage: Vantage) -> Steps[Lifetimes]:
    """Find the TTL of what a move of the domain's mail changes: MX, SPF, DMARC, autodiscover, hosts in the zone."""
    table = yield from zone_service(domain, settings, vantage)
    if not limits.ttl_ceiling:
        return NONE
    contents = yield from zone_contents(domain, settings, vantage)
    speakers, hole = speakers_of(table)
    if not speakers:
        if hole:
            raise Unestablished(hole)
        return NONE
    mail = yield from settle(mail_hosts(domain))
    hosts = mail.value.hosts if isinstance(mail, Known) else ()
    inside = [h for h in hosts if h == table.apex or h.endswith(f".{table.apex}")]
    wanted = [(f"_dmarc.{domain.name}", "TXT"), *((h, "A") for h in inside[:MAX_HOSTS])]
    server = speakers[0][1]
    said = yield from attempt(
        (*(_lifetime(n, t, server) for n, t in wanted), _autodiscover(f"autodiscover.{domain.name}", server))
    )
    known = [f.value for f in said if isinstance(f, Known) and f.value is not None]
    views = [_of_views(domain.name, contents.of("MX")), _of_views(domain.name, contents.of("TXT"), only_spf=True)]
    holes = (*(f for f in said if isinstance(f, Unknown)), *(v.hole for v in map(contents.of, ("MX", "TXT")) if v.hole))
    lost = mail if isinstance(mail, Unknown) else None
    return Lifetimes((*(x for view in views for x in view), *known), next(iter(holes), None) or hole or lost)


def _autodiscover(name: str, server: str) -> Steps[Lifetime | None]:
    """Mostly an alias of a provider's, else an address."""
    alias = yield from _lifetime(name, "CNAME", server)
    return alias or (yield from _lifetime(name, "A", server))


def _lifetime(name: str, rdtype: str, server: str) -> Steps[Lifetime | None]:
    """For how long a server lets records be kept; None where it has none."""
    got = yield from ask_server(name, rdtype, server)
    return Lifetime(name, rdtype, got.ttl, got.records) if got.records and got.ttl is not None else None


def _of_views(name: str, views: Views, *, only_spf: bool = False) -> Iterator[Lifetime]:
    """The longest lifetime that a server gives."""
    told = [v for v in views.seen if v.ttl is not None and v.records]
    if only_spf:
        told = [v for v in told if any(spf.is_spf(txt.joined(r)) for r in v.records)]
    longest = max(told, key=lambda v: (v.ttl or 0, v.address), default=None)
    if longest is not None and longest.ttl is not None:
        yield Lifetime(name, views.rdtype, longest.ttl, longest.records)
