"""What becomes of a change: every server that holds the zone, and resolvers that have copies (RFC 1034 section 4.3.5).

A zone's own servers are the truth. A resolver keeps a copy for as long as its TTL says, a denial for as long as the
SOA says (RFC 2308 section 5), and asks anew afterwards. Many resolvers are several machines with a cache each, so each
is asked more than once. What it says of a name that nobody has registered tells a resolver that invents answers, or
refuses everybody, from one that has something against the name.

At an alias stands no record of another type (RFC 1034 section 3.6.2), so what is compared there is where it leads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from audit.model.fact import Fact, Known, Unestablished, Unknown, first_hole
from audit.model.probe import Answer, DnsStatus, Question, RouteCheck
from audit.model.subject import Domain, Host
from audit.model.value import dataclass
from audit.protocol.authority import ask_server, zone_of
from audit.protocol.inquiry import Steps, Work, answer, ask, attempt, inquiry, settle
from audit.protocol.mx.hosts import host_addresses
from audit.protocol.zone.delegation import delegation, name_servers
from audit.syntax.names import canonical

MOST_SERVERS, MOST_ADDRESSES = 32, 64  # name servers of a zone, and their addresses: the root has 13 and 26
OF_SERVERS, OF_RESOLVERS = 2, 3  # times that each is asked in a round
CNAME = "CNAME"
DS = "DS"  # which the zone above holds (RFC 4035 section 2.4)
NUMBER = re.compile(r"[0-9]{1,10}")
SOA_FIELDS = 7  # the third is the serial, the last for how long denials may be kept
BUDGET = Unknown("budget")
NO_AUTHORITY = "dns.no_authority"


@dataclass(frozen=True, slots=True)
class ServerHeld:
    """What one address of a name server said in the last round, each time that it was asked, and the zone's serial as
    it has it. `earlier`: what it held in rounds before."""

    host: str
    address: str
    said: tuple[Fact[Answer], ...]
    serial: int | None = None
    earlier: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """What the servers of a zone hold of a name. `hole`: there may be a server that is not among them. `denial_ttl`:
    for how many seconds the zone lets denials be kept; None where no server said so. `unasked`: addresses to which no
    packet of ours finds a way, of servers that have others."""

    rdtype: str
    apex: str
    servers: tuple[ServerHeld, ...]
    hole: Unknown | None = None
    denial_ttl: int | None = None
    unasked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copies:
    """What a resolver said: the answers of each round, the last one last; `canary` is its answer for the address of a
    name that does not exist."""

    resolver: str
    address: str
    rounds: tuple[tuple[Answer, ...], ...]
    canary: Answer | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """All that was said in one round."""

    truth: Truth
    copies: tuple[Copies, ...]


@dataclass(frozen=True, slots=True)
class _Places:
    """The servers of a zone, each with the addresses at which it is asked; and the hole where others may be."""

    apex: str
    at: tuple[tuple[str, str], ...]
    lost: tuple[tuple[str, Unknown], ...]
    unasked: tuple[str, ...]
    hole: Unknown | None


def data_of(got: Answer) -> tuple[str, ...]:
    """What an answer holds, to be compared: its records, or where the alias leads that stands at the name."""
    return (f"{CNAME} {got.aliases[0]}.",) if got.aliases else got.records


@inquiry
def round_of(name: str, rdtype: str, resolvers: tuple[tuple[str, str], ...], canary: str | None) -> Steps[Round]:
    """Ask every server of the zone, and each resolver, as (name, address); the canary is a name that does not exist."""
    works: list[Work[Truth | Copies]] = [_truth(name, rdtype)]
    works += [_copies(name, rdtype, *each, canary) for each in resolvers]
    facts = yield from attempt(works)
    known = [f.value for f in facts if isinstance(f, Known)]
    truth = next((v for v in known if isinstance(v, Truth)), Truth(rdtype, "", (), first_hole(facts[0])))
    return Round(truth, tuple(v for v in known if isinstance(v, Copies)))


def together(rounds: Sequence[Round]) -> Round:
    """What several rounds showed: the servers as they are now, and all that the resolvers said on the way.

    Raises:
        ValueError: there is no round.
    """
    if not rounds:
        raise ValueError("no round")
    *before, last = rounds
    earlier = {data_of(f.value) for r in before for s in r.truth.servers for f in s.said if isinstance(f, Known)}
    known = tuple(sorted(earlier))
    servers = tuple(replace(server, earlier=known) for server in last.truth.servers)
    copies = tuple(_joined([c for r in rounds for c in r.copies if c.address == each.address]) for each in last.copies)
    return Round(replace(last.truth, servers=servers), copies)


def _joined(of_one: list[Copies]) -> Copies:
    canaries = [c.canary for c in of_one if c.canary is not None]
    rounds = tuple(one for c in of_one for one in c.rounds)
    return replace(of_one[-1], rounds=rounds, canary=canaries[-1] if canaries else None)


# ---- the servers of the zone ----------------------------------------------------------------------------------------


def _truth(name: str, rdtype: str) -> Steps[Truth]:
    places = yield from _places(name if rdtype != DS else name.partition(".")[2] or ".")
    said = yield from attempt(_server(name, rdtype, places.apex, host, address) for host, address in places.at)
    rows = [f.value for f in said if isinstance(f, Known)]
    denials = [denial for _, denial in rows if denial is not None]
    return Truth(
        rdtype,
        places.apex,
        (*(row for row, _ in rows), *(ServerHeld(host, "", (hole,)) for host, hole in places.lost)),
        first_hole(places.hole, *(f for f in said if isinstance(f, Unknown))),
        max(denials, default=None),
        places.unasked,
    )


def _places(name: str) -> Steps[_Places]:
    """All servers that the parent names, and those that the zone names itself, at all their addresses."""
    domain = Domain(name)
    named = yield from settle(name_servers(domain))
    if isinstance(named, Known) and named.value.chosen:
        both = (named.value.delegated, named.value.published)
        apex, hole = named.value.apex, first_hole(*both)
        if hole is both[0] and hole.reason == NO_AUTHORITY:
            hole = None  # nobody stands above: the zone of a network of one's own
        hosts = tuple(dict.fromkeys(h for f in both if isinstance(f, Known) for h in f.value))
    else:  # a zone that nobody registered: its own word counts
        zone = yield from zone_of(name)
        apex, hosts, hole = zone.apex, zone.hosts, None
    told = yield from settle(delegation(domain))
    glue = told.value.glue if isinstance(told, Known) else ()
    found = yield from attempt(_addresses(host, glue) for host in hosts[:MOST_SERVERS])
    ipv4 = yield from ask(RouteCheck(family="ipv4"))
    ipv6 = yield from ask(RouteCheck(family="ipv6"))
    at: list[tuple[str, str]] = []
    lost: list[tuple[str, Unknown]] = []
    unasked: list[str] = []
    for host, fact in zip(hosts, found, strict=False):
        if isinstance(fact, Unknown):
            lost.append((host, fact))
            continue
        reached = [a for a in fact.value if (ipv6 if ":" in a else ipv4).available]
        at += [(host, a) for a in reached or fact.value]
        unasked += [a for a in fact.value if reached and a not in reached]
    over = len(hosts) > MOST_SERVERS or len(at) > MOST_ADDRESSES
    return _Places(apex, tuple(at[:MOST_ADDRESSES]), tuple(lost), tuple(unasked), hole or (BUDGET if over else None))


def _addresses(host: str, glue: tuple[tuple[str, str], ...]) -> Steps[tuple[str, ...]]:
    """The addresses of a name server, in the DNS and by the delegation.

    Raises:
        Unestablished: none was found.
    """
    own = yield from host_addresses(Host(host))
    found = dict.fromkeys((*own.known, *(a for name, a in glue if name == host)))
    if not found:
        missing = Unknown(NO_AUTHORITY, (Question(name=host, rdtype="A"),))
        raise Unestablished(first_hole(own.ipv4, own.ipv6) or missing)
    return tuple(found)


def _server(name: str, rdtype: str, apex: str, host: str, address: str) -> Steps[tuple[ServerHeld, int | None]]:
    """What a server holds, and for how long it lets denials be kept."""
    said = yield from attempt(_held(name, rdtype, address, repeat) for repeat in range(OF_SERVERS))
    soa = yield from settle(ask_server(apex, "SOA", address))
    if isinstance(soa, Unknown):
        return ServerHeld(host, address, said), None
    words = " ".join(soa.value.records[:1]).split()
    if len(words) != SOA_FIELDS or not all(NUMBER.fullmatch(words[at]) for at in (2, -1)):
        return ServerHeld(host, address, said), None
    lifetime, minimum = soa.value.ttl, int(words[-1])
    return ServerHeld(host, address, said, int(words[2])), minimum if lifetime is None else min(lifetime, minimum)


def _held(name: str, rdtype: str, address: str, repeat: int) -> Steps[Answer]:
    """What a server holds at a name: records, or an alias, of which it is no authority for where it leads."""
    question = Question(name=name, rdtype=rdtype, server=address, recurse=False, repeat=repeat)
    got = yield from ask(question)
    if not got.aliases or rdtype == CNAME:
        return (yield from ask_server(name, rdtype, address, repeat))
    alias = yield from ask_server(name, CNAME, address, repeat)
    if not alias.records:
        raise Unestablished(Unknown("dns.malformed", (question,)))
    return replace(alias, aliases=(canonical(alias.records[0]),), records=())


# ---- resolvers ------------------------------------------------------------------------------------------------------


def _copies(name: str, rdtype: str, resolver: str, address: str, canary: str | None) -> Steps[Copies]:
    said = yield from attempt(_copy(name, rdtype, address, repeat) for repeat in range(OF_RESOLVERS))
    absent = (yield from ask(Question(name=canary, rdtype="A", server=address))) if canary else None
    each = tuple(f.value if isinstance(f, Known) else Answer(status=DnsStatus.NOT_GATHERED) for f in said)
    return Copies(resolver, address, (each,), absent)


def _copy(name: str, rdtype: str, address: str, repeat: int) -> Steps[Answer]:
    """What a resolver says; of an alias with the lifetime that the alias has left, not what stands where it leads."""
    got = yield from ask(Question(name=name, rdtype=rdtype, server=address, repeat=repeat))
    if not got.aliases or rdtype == CNAME:
        return got
    alias = yield from settle(answer(Question(name=name, rdtype=CNAME, server=address, repeat=repeat)))
    if isinstance(alias, Unknown) or not alias.value.records:
        return got
    return replace(got, ttl=alias.value.ttl)
