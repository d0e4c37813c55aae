"""What stands at a name, with the time for which others may keep it (RFC 1035 section 3.2.1).

A resolver's copy counts down, so the zone's own servers are asked. Where they differ, the longest time holds, and that
they differ is kept. A name that is an alias has no other records: then it is the alias that stands there. What comes
back for a name that is not there may be kept as well, for the lesser of the SOA's own time and its last field (RFC 2308
section 5).
"""

from __future__ import annotations

from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.probe import SPEAKING, Answer, DnsStatus, Question
from audit.model.value import dataclass
from audit.protocol.authority import AUTHORITATIVE, ask_server, zone_servers
from audit.protocol.inquiry import Reading, Steps, answer, ask, attempt, inquiry, settle, silence

SOA_FIELDS = 7
NOT_TOLD = "dns.not_authoritative"


@dataclass(frozen=True, slots=True)
class Standing:
    """The records at a name; `rdtype` is CNAME where an alias was found instead of what was asked for. `key` is that of
    the probe which told the time; `differs`: the zone's servers do not agree on the records."""

    name: str
    rdtype: str
    records: tuple[str, ...]
    ttl: Fact[int | None]  # None: nothing stands there
    key: str
    differs: bool = False

    @property
    def alias(self) -> str | None:
        """Where the name leads, without a final dot."""
        return self.records[0].removesuffix(".") if self.rdtype == "CNAME" and self.records else None


@dataclass(frozen=True, slots=True)
class Denial:
    """For how many seconds it may be remembered that a name of the zone is not there."""

    apex: str
    ttl: Fact[int]
    key: str


@inquiry
def standing(name: str, rdtype: str) -> Steps[Standing]:
    """Find what stands at a name, as the servers of its zone have it; where none of them speaks, as the resolver does.

    Raises:
        Unestablished: nobody says what is there.
    """
    servers = yield from settle(zone_servers(name))
    if isinstance(servers, Known):
        said = yield from attempt(_own(name, rdtype, server) for server in servers.value.addresses)
        own = [f.value for f in said if isinstance(f, Known)]
        if own:
            longest = max(own, key=lambda s: s.ttl.value or 0 if isinstance(s.ttl, Known) else 0)
            alike = len({(s.rdtype, s.records) for s in own}) == 1
            return Standing(name, longest.rdtype, longest.records, longest.ttl, longest.key, not alike)
    return (yield from _copied(name, rdtype))


def _own(name: str, rdtype: str, server: str) -> Steps[Standing]:
    """What one server of the zone has at a name."""
    got = yield from ask_server(name, rdtype, server)
    asked = Question(name=name, rdtype=rdtype, server=server, recurse=False)
    if got.aliases and rdtype != "CNAME":
        got = yield from ask_server(name, "CNAME", server)
        asked = Question(name=name, rdtype="CNAME", server=server, recurse=False)
    return _read(asked, got)


def _read(asked: Question, got: Answer) -> Standing:
    if not got.records:
        return Standing(asked.name, asked.rdtype, (), Known(None), asked.key)
    told: Fact[int | None] = Unknown(NOT_TOLD, (asked,)) if got.ttl is None else Known(got.ttl)
    return Standing(asked.name, asked.rdtype, got.records, told, asked.key)


def _copied(name: str, rdtype: str) -> Steps[Standing]:
    """What the resolver has. Its time counts only where it is an authority itself."""
    asked = Question(name=name, rdtype=rdtype)
    got = yield from answer_or_circle(asked)
    if got.aliases and rdtype != "CNAME":
        asked = Question(name=name, rdtype="CNAME")
        got = yield from answer(asked)
    seen = _read(asked, got)
    if not seen.records or AUTHORITATIVE in got.flags:
        return seen
    return Standing(seen.name, seen.rdtype, seen.records, Unknown(NOT_TOLD, (asked,)), seen.key)


def answer_or_circle(question: Question) -> Reading[Answer]:
    """An answer that says something, or a chain of aliases that leads nowhere: of this, the first alias stands."""

    def read(asked: Question, got: Answer) -> Fact[Answer]:
        spoken = got.status in SPEAKING or got.status is DnsStatus.CNAME_CHAIN
        return Known(got) if spoken else silence(asked, got)

    return Reading(question, read)


@inquiry
def denial(name: str) -> Steps[Denial]:
    """Find for how long a denial of the zone that holds a name is kept.

    Raises:
        Unestablished: the zone's SOA is not known.
    """
    servers = yield from settle(zone_servers(name))
    apex = servers.value.zone.apex if isinstance(servers, Known) else name
    soa = yield from standing(apex, "SOA")
    words = soa.records[0].split() if soa.records else []
    asked = Question(name=apex, rdtype="SOA")
    if len(words) != SOA_FIELDS or not words[-1].isdigit():
        raise Unestablished(Unknown("dns.malformed" if words else "dns.no_authority", (asked,)))
    if isinstance(soa.ttl, Unknown):
        return Denial(apex, soa.ttl, soa.key)
    return Denial(apex, Known(min(int(words[-1]), soa.ttl.value or 0)), soa.key)


@inquiry
def delegation_times(apex: str) -> Steps[tuple[Standing, Standing]]:
    """Find the NS and the DS records that the zone above has for a zone: they decide how long others stay with its
    former servers, or ask for signatures by its former keys.

    Raises:
        Unestablished: the servers of the zone above are not known, or do not say.
    """
    above = apex.partition(".")[2] or "."
    servers = (yield from zone_servers(above)).addresses
    said = yield from attempt(_delegated(apex, server) for server in servers)
    for fact in said:
        if isinstance(fact, Known):
            return fact.value
    raise Unestablished(next(f for f in said if isinstance(f, Unknown)))


def _delegated(apex: str, server: str) -> Steps[tuple[Standing, Standing]]:
    asked = Question(name=apex, rdtype="NS", server=server, recurse=False)
    got = yield from ask(asked)
    fields = [f for f in (line.split(None, 3) for line in got.authority) if len(f) == 4 and f[2] == "NS"]
    mine = [f for f in fields if f[0].lower().removesuffix(".") == apex and f[1].isdigit()]
    if mine:
        times = max(int(f[1]) for f in mine)
        ns = Standing(apex, "NS", tuple(sorted(f[3].lower() for f in mine)), Known(times), asked.key)
    elif got.status is DnsStatus.NOERROR and AUTHORITATIVE in got.flags and got.records:
        ns = _read(asked, got)  # a server that has both zones
    else:
        raise Unestablished(silence(asked, got) if not got.speaks else Unknown(NOT_TOLD, (asked,)))
    return ns, (yield from _own(apex, "DS", server))
