"""The servers that hold a zone (RFC 1034 section 4.2): what they say is the truth, what a resolver says is a copy.

A copy has a remaining lifetime instead of the one that was published, and its absence may be a resolver's mistake. So
where that matters the zone's own servers are asked, without recursion; they are believed only as authorities, with AA
set. A name's zone is found by its SOA: a negative answer carries that of the zone that holds the name (RFC 2308
section 3).
"""

from __future__ import annotations

from audit.model.fact import Known, Unestablished, Unknown, first_hole
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, answer, ask, attempt, inquiry, silence
from audit.syntax.addresses import special_use
from audit.syntax.names import canonical

HOSTS_FOLLOWED = 2  # name servers whose addresses are looked up
SERVERS_ASKED = 2
ZONES_CLIMBED = 3
AUTHORITATIVE = "aa"


@dataclass(frozen=True, slots=True)
class Zone:
    """The zone that holds a name: its apex, and the names of its servers, sorted."""

    apex: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ZoneServers:
    """Addresses of some of a zone's servers, no two of one host where that can be had. Those that the internet does not
    reach come last: they are not asked unless the user allows it."""

    zone: Zone
    addresses: tuple[str, ...]


@inquiry
def zone_apex(name: str) -> Steps[str]:
    """Find where the zone that holds a name begins: one question, or more of a resolver that leaves out who denies.

    Raises:
        Unestablished: no answer, or none that says whose it is.
    """
    above = name
    for _ in range(ZONES_CLIMBED):
        question = Question(name=above, rdtype="SOA")
        got = yield from answer(question)
        if got.status is DnsStatus.NOERROR and not got.aliases:
            return above
        apex = signed_off_by(got)
        if apex is not None and not got.aliases:  # at the end of an alias stands another zone
            return apex
        above = above.partition(".")[2]
        if not above:
            break
    raise Unestablished(Unknown("dns.no_authority", (question,)))


@inquiry
def zone_of(name: str) -> Steps[Zone]:
    """Find the zone that holds a name, and its servers."""
    apex = yield from zone_apex(name)
    question = Question(name=apex, rdtype="NS")
    hosts = (yield from answer(question)).records
    if not hosts:
        raise Unestablished(Unknown("dns.no_authority", (question,)))
    return Zone(apex, tuple(canonical(h) for h in hosts))


@inquiry
def zone_servers(name: str) -> Steps[ZoneServers]:
    """Find addresses of the servers that hold a name, by IPv4 where there is any.

    Raises:
        Unestablished: no address of a server could be found.
    """
    zone = yield from zone_of(name)
    asked = zone.hosts[:HOSTS_FOLLOWED]
    found = yield from attempt(answer(Question(name=h, rdtype="A")) for h in asked)
    if not any(f.value.records for f in found if isinstance(f, Known)):
        found += yield from attempt(answer(Question(name=h, rdtype="AAAA")) for h in asked)
    each = [f.value.records for f in found if isinstance(f, Known) and f.value.records]
    if not each:
        raise Unestablished(first_hole(*found) or Unknown("dns.no_authority", (Question(name=zone.apex, rdtype="NS"),)))
    firsts, others = [r[0] for r in each], [a for r in each for a in r[1:]]
    named = sorted(dict.fromkeys((*firsts, *others)), key=lambda a: special_use(a) is not None)
    return ZoneServers(zone, tuple(named[:SERVERS_ASKED]))


def ask_server(name: str, rdtype: str, server: str, repeat: int = 0) -> Steps[Answer]:
    """What one server says of a name as its authority.

    Raises:
        Unestablished: it says nothing, or something that it is no authority for.
    """
    question = Question(name=name, rdtype=rdtype, server=server, recurse=False, repeat=repeat)
    got = yield from ask(question)
    if not got.speaks:
        raise Unestablished(silence(question, got))
    if AUTHORITATIVE not in got.flags:
        raise Unestablished(Unknown("dns.not_authoritative", (question,)))
    return got


def signed_off_by(got: Answer) -> str | None:
    """The zone whose SOA a negative answer carries."""
    return next(iter(_owners(got, "SOA")), None)


def delegated_to(got: Answer) -> frozenset[str]:
    """The names that an answer refers elsewhere, with NS records."""
    return frozenset(_owners(got, "NS"))


def _owners(got: Answer, rdtype: str) -> tuple[str, ...]:
    """The owners of a type's records in the authority section."""
    fields = (record.split(None, 3) for record in got.authority)
    return tuple(canonical(f[0]) for f in fields if len(f) > 2 and f[2] == rdtype)
