"""The cut of a zone (RFC 1034 section 4.2.1): the parent's servers say which servers hold it, and so does the zone.

A resolver that is asked for NS shows the zone's own set, so the delegation is asked at the parent's servers themselves,
without recursion. They are no authority for what they delegate: they answer with a referral, whose NS stand in the
authority section and whose glue (RFC 9471) gives the addresses of servers that lie below the cut. A server that holds
both parent and child answers as the child, and shows no delegation.

Where no resolver can say in which zone a domain lies, since none of its servers answers, the registry still can.
"""

from __future__ import annotations

from audit.catalog.suffixes import registry_domain
from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown, any_of, first_hole, need
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.subject import Domain, Host, NameServer
from audit.model.value import dataclass
from audit.protocol.authority import AUTHORITATIVE, ZoneServers, delegated_to, zone_apex, zone_servers
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, answer, ask, attempt, inquiry, records, settle, silence
from audit.protocol.mx.hosts import host_addresses
from audit.protocol.registration import registration
from audit.syntax.addresses import special_use
from audit.syntax.names import as_address, canonical

MAX_SERVERS = 13  # as many as the root has: a delegation to more is cut, whatever it makes resolvers do
MAX_MISSING = 3  # name servers of which registries are asked
BUDGET = Unknown("budget")
NO_DELEGATION = "dns.no_authority"
UNVALIDATED = frozenset({"dns.bogus", "dns.servfail"})  # what a validating resolver may say of wrong signatures


@dataclass(frozen=True, slots=True)
class ZoneCut:
    """Where the zone that holds a domain begins. `own`: at or below a name that somebody registered; what stands in the
    registry's own zone has no servers of its own."""

    apex: str
    own: bool


@dataclass(frozen=True, slots=True)
class Delegation:
    """The servers that the parent names, sorted, with their glue as (host, address). `shown`: by a referral; not where
    the parent's servers hold the zone themselves. `parent` are the servers that were asked, `told_by` the one that
    said so; `recursive`: it offers to resolve for us, as no parent's server should."""

    apex: str
    hosts: tuple[str, ...]
    glue: tuple[tuple[str, str], ...]
    shown: bool
    parent: ZoneServers | None
    told_by: str | None
    recursive: bool = False


NOTHING = Delegation("", (), (), shown=False, parent=None, told_by=None)


@dataclass(frozen=True, slots=True)
class NameServers:
    """The name servers of a zone, by the parent and as a resolver has the zone's own set. `chosen` are those that are
    looked at; the hole: there may be others."""

    apex: str
    delegated: Fact[tuple[str, ...]]
    published: Fact[tuple[str, ...]]
    chosen: tuple[str, ...]
    hole: Unknown | None


@dataclass(frozen=True, slots=True)
class NameServerFound:
    """What the name of a name server leads to: its addresses, from the DNS or, where it has none, from the glue.
    `special` are those that the internet does not reach, each with what it is set aside for (RFC 6890). `strays` is
    public glue beside other addresses in the DNS: resolvers that come from above go there first. `hole`: it may
    have others than those known, in the DNS, where glue stands in for it, or by the delegation."""

    exists: Fact[bool]
    ipv4: Fact[tuple[str, ...]]
    ipv6: Fact[tuple[str, ...]]
    aliases: tuple[str, ...]
    special: tuple[tuple[str, str], ...]
    strays: tuple[str, ...]
    hole: Unknown | None

    @property
    def any(self) -> Fact[bool]:
        return any_of(f if isinstance(f, Unknown) else Known(bool(f.value)) for f in (self.ipv4, self.ipv6))

    @property
    def public_ipv4(self) -> Fact[tuple[str, ...]]:
        return self._public(self.ipv4)

    @property
    def public_ipv6(self) -> Fact[tuple[str, ...]]:
        return self._public(self.ipv6)

    def _public(self, family: Fact[tuple[str, ...]]) -> Fact[tuple[str, ...]]:
        aside = {address for address, _ in self.special}
        return family if isinstance(family, Unknown) else Known(tuple(a for a in family.value if a not in aside))


@dataclass(frozen=True, slots=True)
class NameServerRegistration:
    """The registrable domain in which a name server is missing, and whether it is registered; None for one that is
    there."""

    domain: str | None
    registered: Fact[bool]


@inquiry
def zone_cut(domain: Domain) -> Steps[ZoneCut]:
    """Find where the domain's zone begins. Where no answer tells, a registrable domain is taken for a zone: whether it
    is one, its delegation shows."""
    found = yield from settle(zone_apex(domain.name))
    registered = registry_domain(domain.name)
    if isinstance(found, Unknown) and registered != domain.name:
        raise Unestablished(found)
    if isinstance(found, Unknown) or (registered == domain.name and (yield from _untold(domain, found.value))):
        return ZoneCut(domain.name, own=True)
    apex = found.value
    return ZoneCut(apex, own=registered is not None and f".{apex}".endswith(f".{registered}"))


def _untold(domain: Domain, apex: str) -> Steps[bool]:
    """Whether a domain that is there was denied by nobody: its SOA is an alias, or missing without a word of whose it
    would be. So answer broken servers of its own, and the zone in which it seems to stand may be another."""
    got = yield from answer(Question(name=domain.name, rdtype="SOA"))
    silent = got.status is DnsStatus.NODATA and not got.authority
    return apex != domain.name and bool(got.aliases or silent)


@inquiry
def delegation(domain: Domain) -> Steps[Delegation]:
    """Ask the parent's servers, one after the other, until one tells.

    Raises:
        Unestablished: none does.
    """
    cut = yield from zone_cut(domain)
    if not cut.own:
        return NOTHING
    parent = yield from zone_servers(cut.apex.partition(".")[2] or ".")
    holes: list[Unknown] = []
    for server in parent.addresses:
        question = Question(name=cut.apex, rdtype="NS", server=server, recurse=False)
        told = _told(question, (yield from ask(question)), parent)
        if isinstance(told, Known):
            return told.value
        holes.append(told)
    raise Unestablished(holes[0])


def _told(question: Question, got: Answer, parent: ZoneServers) -> Fact[Delegation]:
    """What a parent's server says of the cut."""
    if got.status is DnsStatus.LAME and question.name in delegated_to(got):
        hosts = sorted({canonical(f[3]) for f in _fields(got.authority) if f[2] == "NS"})
        below = f".{parent.zone.apex}".rstrip(".")  # what else a server adds resolvers don't believe
        told = ((canonical(f[0]), f[3]) for f in _fields(got.glue))
        glue = sorted({(host, address) for host, address in told if f".{host}".endswith(below)})
        resolves = "ra" in got.flags
        return Known(Delegation(question.name, tuple(hosts), tuple(glue), True, parent, question.server, resolves))
    if got.status is DnsStatus.NOERROR and AUTHORITATIVE in got.flags and not got.aliases:
        hosts = sorted({canonical(r) for r in got.records})
        return Known(Delegation(question.name, tuple(hosts), (), False, parent, question.server))
    return Unknown(NO_DELEGATION, (question,)) if got.speaks else silence(question, got)


def _fields(shown: tuple[str, ...]) -> list[list[str]]:
    return [f for f in (record.split(None, 3) for record in shown) if len(f) == 4]


@inquiry
def name_servers(domain: Domain) -> Steps[NameServers]:
    """Find the servers of the domain's zone: those that are delegated to, and those that it names itself."""
    cut = yield from zone_cut(domain)
    if not cut.own:
        return NameServers(cut.apex, Known(()), Known(()), (), None)
    found = yield from settle(delegation(domain))
    delegated: Fact[tuple[str, ...]] = Known(found.value.hosts) if isinstance(found, Known) else found
    own = yield from settle(_published(cut.apex))
    published: Fact[tuple[str, ...]] = Known(tuple(canonical(r) for r in own.value)) if isinstance(own, Known) else own
    names = tuple(dict.fromkeys(h for f in (delegated, published) if isinstance(f, Known) for h in f.value))
    over = BUDGET if len(names) > MAX_SERVERS else None
    hole = first_hole(delegated, published) or over
    if not names:
        raise Unestablished(hole or Unknown(NO_DELEGATION, (Question(name=cut.apex, rdtype="NS"),)))
    return NameServers(cut.apex, delegated, published, names[:MAX_SERVERS], hole)


def _published(apex: str) -> Steps[tuple[str, ...]]:
    """The NS records of a zone as the resolver has them; of one whose signatures are wrong, without validation."""
    found = yield from settle(records(Question(name=apex, rdtype="NS")))
    if isinstance(found, Unknown) and found.reason in UNVALIDATED:
        return (yield from records(Question(name=apex, rdtype="NS", cd=True)))
    return need(found)


@inquiry
def name_server_found(domain: Domain, server: NameServer, settings: Settings) -> Steps[NameServerFound]:
    """Find the addresses of a name server."""
    own = yield from host_addresses(Host(server.name))
    told = yield from settle(delegation(domain))
    ipv4, ipv6 = _or_glue(own.ipv4, server.name, told, "."), _or_glue(own.ipv6, server.name, told, ":")
    known = tuple(a for f in (ipv4, ipv6) if isinstance(f, Known) for a in f.value)
    glue = tuple(a for mark in ".:" for a in _glue(server.name, told, mark) if a not in known)
    special = tuple((a, use) for a in (*known, *glue) if (use := special_use(a, settings.allow_net)))
    strays = tuple(a for a in glue if not special_use(a, settings.allow_net))
    hole = first_hole(own.ipv4, own.ipv6, ipv4, ipv6, told)
    return NameServerFound(own.exists, ipv4, ipv6, own.aliases, special, strays, hole)


def _or_glue(own: Fact[tuple[str, ...]], host: str, told: Fact[Delegation], mark: str) -> Fact[tuple[str, ...]]:
    """The addresses of a family, which have `mark` in them: where glue is all, resolvers find their way by it."""
    if isinstance(own, Known) and own.value:
        return own
    if isinstance(told, Unknown):
        return told if isinstance(own, Known) else own
    glue = _glue(host, told, mark)
    return Known(glue) if glue else own


def _glue(host: str, told: Fact[Delegation], mark: str) -> tuple[str, ...]:
    """The addresses of a family that the delegation gives a host."""
    shown = told.value.glue if isinstance(told, Known) else ()
    return tuple(a for name, text in shown if name == host and mark in (a := as_address(text) or ""))


@inquiry
def name_server_registration(domain: Domain, server: NameServer) -> Steps[NameServerRegistration]:
    """Of a name server that does not exist, ask the registry whether anybody has the domain that it lies in."""
    found = yield from host_addresses(Host(server.name))
    if isinstance(found.exists, Unknown):
        raise Unestablished(found.exists)
    missing = found.aliases[-1] if found.aliases else server.name
    if found.exists.value or registry_domain(missing) == registry_domain(domain.name):
        return NameServerRegistration(None, Known(True))
    others = (yield from name_servers(domain)).chosen
    before = others[: others.index(server.name)] if server.name in others else others
    found_before = yield from attempt(host_addresses(Host(name)) for name in before)
    if sum(not (isinstance(f, Known) and f.value.exists == Known(True)) for f in found_before) >= MAX_MISSING:
        raise Unestablished(BUDGET)
    registered = yield from registration(missing)
    return NameServerRegistration(registered.domain, registered.registered)


def each_name_server(servers: NameServers) -> Children[NameServer]:
    """Each name server of the zone."""
    return Children(tuple(NameServer(name) for name in servers.chosen), servers.hole)
