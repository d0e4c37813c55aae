"""What each of a zone's servers holds, and what a resolver has of it: copies of one zone (RFC 1034 section 4.3.5).

Servers that disagree are asked a second time. Only what differs then differs, so that a transfer that was under way
between two questions is not taken for a fault. Nobody here waits: the two questions may be moments apart.

A resolver keeps what it was told for as long as the record's TTL says (RFC 1035 section 3.2.1), and what it was denied
as long as the SOA says (RFC 2308 section 5). Where it has something else than all the servers, the change is under way.
"""

from __future__ import annotations

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown, first_hole
from audit.model.probe import Answer, Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.authority import ask_server
from audit.protocol.inquiry import Steps, answer, attempt, inquiry
from audit.protocol.vantage import Vantage
from audit.protocol.zone.delegation import zone_cut
from audit.protocol.zone.service import ZoneService, speaker, zone_service
from audit.syntax.names import canonical

AGAIN = 1
SOA_AGAIN = 2  # 1 is the repetition of a question that brought no good answer
KINDS = ("MX", "TXT", "A")
COPIED = ("MX", "TXT")  # what is asked of the resolver in any case


@dataclass(frozen=True, slots=True)
class View:
    """What one server holds: the data as records, sorted; for a SOA the serial."""

    host: str
    address: str
    records: tuple[str, ...]
    ttl: int | None


@dataclass(frozen=True, slots=True)
class Views:
    """What the servers hold of one type. `hole`: there may be a server that was not heard."""

    rdtype: str
    seen: tuple[View, ...]
    hole: Unknown | None

    @property
    def differ(self) -> Fact[bool]:
        """Whether two servers differ: certain as soon as two were heard that do."""
        return Known(True) if len({v.records for v in self.seen}) > 1 else self.hole or Known(False)

    @property
    def agreed(self) -> Fact[tuple[str, ...] | None]:
        """What all of them hold; None where they differ, or nobody serves the zone."""
        if len({v.records for v in self.seen}) > 1:
            return Known(None)
        return self.hole or Known(self.seen[0].records if self.seen else None)


@dataclass(frozen=True, slots=True)
class ZoneContents:
    """What the zone's servers hold of the domain's own records: MX, TXT and A."""

    views: tuple[Views, ...]

    def of(self, rdtype: str) -> Views:
        return next(v for v in self.views if v.rdtype == rdtype)


@dataclass(frozen=True, slots=True)
class ZoneSerials:
    """The serial of the zone at each server."""

    views: Views


@dataclass(frozen=True, slots=True)
class ApexServers:
    """The NS set that the zone's own servers publish; None where nobody serves the zone."""

    hosts: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Copy:
    """What a resolver has of one type, and all the zone's servers. `held` is None where they don't agree."""

    rdtype: str
    held: Fact[tuple[str, ...] | None]
    copied: Fact[Answer]

    @property
    def stale(self) -> Fact[bool]:
        """Whether the resolver gives records that the servers no longer have."""
        if isinstance(self.copied, Known) and not self.copied.value.records:
            return Known(False)
        return self._other

    @property
    def denied(self) -> Fact[bool]:
        """Whether the resolver denies what the servers have."""
        if isinstance(self.copied, Known) and self.copied.value.records:
            return Known(False)
        return self._other

    @property
    def _other(self) -> Fact[bool]:
        if isinstance(self.held, Unknown):
            return self.held
        if self.held.value is None:
            return Known(False)
        if isinstance(self.copied, Unknown):
            return self.copied
        return Known(not self.copied.value.aliases and self.copied.value.records != self.held.value)


@dataclass(frozen=True, slots=True)
class ZoneCopies:
    """What a resolver has of the domain's own records beside what the zone's servers hold."""

    copies: tuple[Copy, ...]


@inquiry
def zone_contents(domain: Domain, settings: Settings, vantage: Vantage) -> Steps[ZoneContents]:
    """Ask each name server that serves the zone for the domain's records, at one address."""
    table = yield from zone_service(domain, settings, vantage)
    views = yield from attempt(_views(table, domain.name, kind) for kind in KINDS)
    return ZoneContents(
        tuple(v.value if isinstance(v, Known) else Views(k, (), v) for k, v in zip(KINDS, views, strict=True))
    )


def _views(table: ZoneService, name: str, rdtype: str) -> Steps[Views]:
    speakers, hole = speakers_of(table)
    said = yield from attempt(ask_server(name, rdtype, address) for _, address in speakers)
    if len({_data(f) for f in said if isinstance(f, Known)}) > 1:
        said = yield from attempt(ask_server(name, rdtype, address, AGAIN) for _, address in speakers)
    seen = tuple(
        View(host, address, _data(fact), fact.value.ttl)
        for (host, address), fact in zip(speakers, said, strict=True)
        if isinstance(fact, Known)
    )
    return Views(rdtype, seen, first_hole(*said, hole))


def _data(fact: Known[Answer]) -> tuple[str, ...]:
    """The records, and where an alias leads."""
    return (*fact.value.records, *(f"CNAME {a}" for a in fact.value.aliases))


def speakers_of(table: ZoneService) -> tuple[tuple[tuple[str, str], ...], Unknown | None]:
    """Host and address of each name server that can be heard, and the hole where another may be."""
    each = tuple((row.host, speaker(row)) for row in table.rows)
    known = tuple((host, f.value.address) for host, f in each if isinstance(f, Known) and f.value is not None)
    return known, first_hole(table.hole, *(f for _, f in each))


@inquiry
def zone_serials(domain: Domain, settings: Settings, vantage: Vantage) -> Steps[ZoneSerials]:
    """Compare the serials that the servers gave, and where they differ ask for them again."""
    table = yield from zone_service(domain, settings, vantage)
    speakers = tuple((row.host, speaker(row)) for row in table.rows)
    found = [(h, f.value) for h, f in speakers if isinstance(f, Known) and f.value is not None]
    hole = first_hole(table.hole, *(f for _, f in speakers))
    seen = [View(h, s.address, (serial,), None) for h, s in found if (serial := _serial(s.soa or "")) is not None]
    if len({v.records for v in seen}) < 2:
        return ZoneSerials(Views("SOA", tuple(seen), hole))
    again = yield from attempt(ask_server(table.apex, "SOA", v.address, SOA_AGAIN) for v in seen)
    confirmed = tuple(
        View(v.host, v.address, (_serial(" ".join(f.value.records)) or "",), None)
        for v, f in zip(seen, again, strict=True)
        if isinstance(f, Known)
    )
    return ZoneSerials(Views("SOA", confirmed, first_hole(*again, hole)))


def _serial(soa: str) -> str | None:
    words = soa.split()
    return words[2] if len(words) == 7 else None


@inquiry
def apex_servers(domain: Domain, settings: Settings, vantage: Vantage) -> Steps[ApexServers]:
    """Ask the first server of the zone for the NS records at its apex."""
    cut = yield from zone_cut(domain)
    table = yield from zone_service(domain, settings, vantage)
    for row in table.rows:
        heard = speaker(row)
        if isinstance(heard, Unknown):
            raise Unestablished(heard)
        if heard.value is not None:
            got = yield from ask_server(cut.apex, "NS", heard.value.address)
            return ApexServers(tuple(sorted(set(map(canonical, got.records)))))
    if table.hole:
        raise Unestablished(table.hole)
    return ApexServers(None)


@inquiry
def zone_copies(domain: Domain, settings: Settings, vantage: Vantage) -> Steps[ZoneCopies]:
    """Hold what the resolver has against what all servers of the zone hold."""
    contents = yield from zone_contents(domain, settings, vantage)
    views = tuple(v for v in contents.views if v.rdtype in COPIED)
    copied = yield from attempt(answer(Question(name=domain.name, rdtype=v.rdtype)) for v in views)
    return ZoneCopies(tuple(Copy(v.rdtype, v.agreed, fact) for v, fact in zip(views, copied, strict=True)))
