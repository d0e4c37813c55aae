"""Whether the servers of a zone serve it: each is asked for the SOA, by UDP and by TCP, without recursion.

A server of a zone answers for it as an authority, with AA set (RFC 1034 section 4.3.1). One that is delegated to and
does not is lame (RFC 1912 section 2.8, RFC 9499): it refuses, fails, refers elsewhere, gives a copy of its own, or is
silent. TCP is no option but a duty (RFC 7766 section 5), and so is to answer EDNS with EDNS (RFC 6891 section 7).

An address that the internet does not reach is not asked: nobody out there could, so it serves nothing.
"""

from __future__ import annotations

from enum import StrEnum

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown, any_of, first_hole, need
from audit.model.probe import SPEAKING, Answer, DnsStatus, Question
from audit.model.subject import Domain, NameServer, NameServerAddress
from audit.model.value import dataclass
from audit.protocol.authority import AUTHORITATIVE, delegated_to
from audit.protocol.fanning import Children
from audit.protocol.inquiry import REASONS, Steps, ask, attempt, every, inquiry, settle, silence, together
from audit.protocol.vantage import Vantage
from audit.protocol.zone.delegation import NameServerFound, name_server_found, name_servers, zone_cut

NO_IPV4, NO_IPV6 = Unknown("vantage.no_ipv4"), Unknown("vantage.no_ipv6")
SILENT = frozenset({DnsStatus.TIMEOUT, DnsStatus.UNREACHABLE})
SAY_NOTHING = frozenset(
    {
        DnsStatus.TRUNCATED,
        DnsStatus.MALFORMED,
        DnsStatus.REWRITTEN,
        DnsStatus.BUDGET,
        DnsStatus.GUARD_REFUSED,
        DnsStatus.NOT_GATHERED,
    }
)
MAX_STRAYS = 2  # addresses of one host that only the delegation gives
NOT_AUTHORITATIVE, DENIES = "not authoritative", "denies the zone"
ELSEWHERE, EMPTY = "refers elsewhere", "has no SOA of the zone"


class Voice(StrEnum):
    """How a server answers for a zone."""

    AUTHORITY = "authority"
    ASTRAY = "astray"  # it answers, and is none
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Heard:
    """A server's answer by one transport. `word`: what an answer without authority was."""

    voice: Voice
    word: str
    soa: str | None
    edns: bool


@dataclass(frozen=True, slots=True)
class Service:
    """What one address of a name server does for a zone. `udp` and `tcp` are the better of two answers, where the first
    was not good; `edns` is None where no authority answers by UDP."""

    address: str
    udp: Fact[Heard]
    tcp: Fact[Heard]
    edns: Fact[bool] | None

    @property
    def serves(self) -> Fact[bool]:
        return any_of(says(f, Voice.AUTHORITY) for f in (self.udp, self.tcp))

    @property
    def sends_to_tcp(self) -> bool:
        """Whether its answer by UDP was cut off, and none came by TCP to take its place (RFC 7766 section 5)."""
        return isinstance(self.udp, Unknown) and self.udp.reason == REASONS[DnsStatus.TRUNCATED]

    @property
    def soa(self) -> str | None:
        said = (f.value.soa for f in (self.udp, self.tcp) if isinstance(f, Known))
        return next((soa for soa in said if soa is not None), None)


@dataclass(frozen=True, slots=True)
class ServerRow:
    """A name server with its addresses, and what those do that are asked: the first of each family, and stray glue."""

    host: str
    found: Fact[NameServerFound]
    services: tuple[tuple[str, Fact[Service]], ...]

    @property
    def serves(self) -> Fact[bool]:
        """Whether it serves the zone at some address."""
        if isinstance(self.found, Unknown):
            return self.found
        hole = self.found.value.hole
        return any_of([*(_serves(f) for _, f in self.services), *([hole] if hole else [])])


@dataclass(frozen=True, slots=True)
class ZoneService:
    """All name servers of the domain's zone. `hole`: there may be others."""

    apex: str
    rows: tuple[ServerRow, ...]
    hole: Unknown | None

    @property
    def services(self) -> tuple[tuple[str, str, Fact[Service]], ...]:
        """Host, address and service of each that was asked."""
        return tuple((row.host, address, fact) for row in self.rows for address, fact in row.services)


@inquiry
def service(apex: str, address: str) -> Steps[Service]:
    """Ask one address for the zone's SOA by both transports, and again where that brought no good answer."""
    asked = Question(name=apex, rdtype="SOA", server=address, recurse=False)
    by_tcp = Question(name=apex, rdtype="SOA", server=address, recurse=False, transport="tcp")
    first = yield from together(ask(asked), ask(by_tcp))
    udp, tcp = heard(asked, first[0]), heard(by_tcp, first[1])
    if says(udp, Voice.AUTHORITY) == Known(False) or _lacks_edns(udp):
        again = Question(name=apex, rdtype="SOA", server=address, recurse=False, repeat=1)
        udp = _better(udp, heard(again, (yield from ask(again))))
    if says(tcp, Voice.AUTHORITY) == Known(False):
        again = Question(name=apex, rdtype="SOA", server=address, recurse=False, transport="tcp", repeat=1)
        tcp = _better(tcp, heard(again, (yield from ask(again))))
    return Service(address, udp, tcp, _edns(udp))


def heard(question: Question, got: Answer) -> Fact[Heard]:
    """What an answer to the question for a zone's SOA makes of the server."""
    if got.status in SAY_NOTHING:
        return silence(question, got)
    if got.status in SILENT:
        return Known(Heard(Voice.SILENT, str(got.status), None, got.edns))
    authority = AUTHORITATIVE in got.flags and not got.aliases
    if got.status is DnsStatus.NOERROR and got.records and authority:
        return Known(Heard(Voice.AUTHORITY, "", got.records[0], got.edns))
    word = (DENIES if authority else NOT_AUTHORITATIVE) if got.status in SPEAKING else str(got.status)
    if got.status is DnsStatus.LAME:
        word = ELSEWHERE if delegated_to(got) else EMPTY
    return Known(Heard(Voice.ASTRAY, word, None, got.edns))


@inquiry
def zone_service(domain: Domain, settings: Settings, vantage: Vantage) -> Steps[ZoneService]:
    """Ask each name server of the domain's zone, at one public address of each family."""
    cut = yield from zone_cut(domain)
    servers = yield from name_servers(domain)
    rows = yield from every(_row(domain, cut.apex, name, settings, vantage) for name in servers.chosen)
    return ZoneService(cut.apex, rows, servers.hole)


def _row(domain: Domain, apex: str, host: str, settings: Settings, vantage: Vantage) -> Steps[ServerRow]:
    found = yield from settle(name_server_found(domain, NameServer(host), settings))
    if isinstance(found, Unknown):
        return ServerRow(host, found, ())
    at = found.value
    families = ((at.public_ipv4, vantage.ipv4, NO_IPV4), (at.public_ipv6, vantage.ipv6, NO_IPV6))
    chosen = [(f.value[0], route, none) for f, route, none in families if isinstance(f, Known) and f.value]
    chosen += [(a, *((vantage.ipv6, NO_IPV6) if ":" in a else (vantage.ipv4, NO_IPV4))) for a in at.strays[:MAX_STRAYS]]
    asked = yield from attempt(_by_route(apex, *each) for each in chosen)
    return ServerRow(host, found, tuple((address, f) for (address, _, _), f in zip(chosen, asked, strict=True)))


def _by_route(apex: str, address: str, route: Fact[bool], none: Unknown) -> Steps[Service]:
    """Ask an address, where our packets can get there at all.

    Raises:
        Unestablished: they cannot, or nothing that was said tells how it serves.
    """
    if not need(route):
        raise Unestablished(none)
    return (yield from service(apex, address))


@inquiry
def name_server_service(domain: Domain, at: NameServerAddress) -> Steps[Service]:
    """What one address of a name server does for the domain's zone."""
    cut = yield from zone_cut(domain)
    return (yield from service(cut.apex, at.address))


def each_address(table: ZoneService) -> Children[NameServerAddress]:
    """Each address that is asked. Those that no packet of ours can reach leave a hole."""
    asked = [(h, a) for h, a, f in table.services if f not in (NO_IPV4, NO_IPV6)]
    untried = (f for _, _, f in table.services if isinstance(f, Unknown) and f in (NO_IPV4, NO_IPV6))
    found = [r.found for r in table.rows]
    others = (f.value.hole for f in found if isinstance(f, Known))
    hole = table.hole or first_hole(*found, *others, *untried)
    return Children(tuple(NameServerAddress(host, address) for host, address in asked), hole)


def failing_word(found: Service) -> str:
    """In a word, why it does not serve."""
    said = [f.value for f in (found.udp, found.tcp) if isinstance(f, Known)]
    return next((h.word for h in said if h.voice is Voice.ASTRAY), "") or next((h.word for h in said), "")


def speaker(row: ServerRow) -> Fact[Service | None]:
    """The address at which a name server is heard on what is in the zone: the first that serves it; None where none
    does. One that is not known may be that, unless no packet of its family can leave us."""
    if isinstance(row.found, Unknown):
        return row.found
    for _, fact in row.services:
        if fact in (NO_IPV4, NO_IPV6):
            continue
        serves = _serves(fact)
        if isinstance(serves, Unknown):
            return serves
        if serves.value and isinstance(fact, Known):
            return Known(fact.value)
    return first_hole(row.found.value.hole, *(f for _, f in row.services)) or Known(None)


def says(fact: Fact[Heard], voice: Voice) -> Fact[bool]:
    """Whether a server spoke so."""
    return fact if isinstance(fact, Unknown) else Known(fact.value.voice is voice)


def _serves(fact: Fact[Service]) -> Fact[bool]:
    return fact if isinstance(fact, Unknown) else fact.value.serves


def _lacks_edns(fact: Fact[Heard]) -> bool:
    return isinstance(fact, Known) and fact.value.voice is Voice.AUTHORITY and not fact.value.edns


def _better(first: Fact[Heard], second: Fact[Heard]) -> Fact[Heard]:
    """Of two answers to the same question the one that speaks better of the server; unknown while one is."""
    if isinstance(first, Unknown) or isinstance(second, Unknown):
        return first if isinstance(first, Unknown) else second
    order = (Voice.AUTHORITY, Voice.ASTRAY, Voice.SILENT)
    return min((second, first), key=lambda f: (order.index(f.value.voice), not f.value.edns))


def _edns(udp: Fact[Heard]) -> Fact[bool] | None:
    if isinstance(udp, Unknown):
        return udp
    return Known(udp.value.edns) if udp.value.voice is Voice.AUTHORITY else None
