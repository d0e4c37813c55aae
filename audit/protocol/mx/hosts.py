"""MX (RFC 5321 section 5.1, RFC 7505): which hosts take a domain's mail, and at which addresses.

A domain without MX takes mail at its own address (implicit MX). A single MX with the root as exchange says that it
takes no mail at all (null MX). Senders try hosts by ascending preference; equal preferences are a set.
"""

from __future__ import annotations

from audit.model.evidence import DomainOptions, Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown, any_of, first_hole
from audit.model.probe import DnsStatus, Question
from audit.model.subject import Domain, Host, Server
from audit.model.value import dataclass
from audit.protocol.authority import signed_off_by
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, answer, attempt, inquiry, lookup, settle
from audit.syntax.addresses import special_use
from audit.syntax.names import as_address, canonical

MAX_HOSTS = 20  # two questions each, so that a domain's own names stay within sixty questions
MAX_ADDRESSES = 8  # of one family, of one host

BUDGET = Unknown("budget")


@dataclass(frozen=True, slots=True)
class Existence:
    """Whether the domain exists in the DNS at all."""

    exists: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    preference: int
    host: str  # canonical; "." for the null exchange


@dataclass(frozen=True, slots=True)
class MailHosts:
    """The hosts that take a domain's mail, by preference and name. `exchanges` are the MX records as found."""

    exchanges: tuple[Exchange, ...]
    implicit: bool  # no MX, but an address of its own

    @property
    def null(self) -> bool:
        """The domain says that it takes no mail (RFC 7505 section 3)."""
        return len(self.exchanges) == 1 and self.exchanges[0].host == "."

    @property
    def literals(self) -> tuple[str, ...]:
        """Exchanges that are addresses, which an exchange may not be."""
        return tuple(e.host for e in self.exchanges if as_address(e.host))

    @property
    def hosts(self) -> tuple[str, ...]:
        named = (e.host for e in self.exchanges if e.host != "." and not as_address(e.host))
        return tuple(dict.fromkeys(named))

    @property
    def lowest(self) -> int | None:
        """The preference that is tried first."""
        return min((e.preference for e in self.exchanges), default=None)


@dataclass(frozen=True, slots=True)
class MailClass:
    """Whether a domain takes mail: not with a null MX, not without any address, not when its owner says so."""

    takes_mail: Fact[bool]


@dataclass(frozen=True, slots=True)
class HostAddresses:
    """What a host's name leads to. `servers` are certain; a family that could not be asked is a hole."""

    exists: Fact[bool]
    ipv4: Fact[tuple[str, ...]]
    ipv6: Fact[tuple[str, ...]]
    aliases: tuple[str, ...]
    circle: bool  # the aliases lead back to where they were before: no address is there for certain

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(a for f in (self.ipv4, self.ipv6) if isinstance(f, Known) for a in f.value)

    @property
    def any(self) -> Fact[bool]:
        return any_of(Known(bool(f.value)) if isinstance(f, Known) else f for f in (self.ipv4, self.ipv6))


@dataclass(frozen=True, slots=True)
class AddressUse:
    """What the address of a server is set aside for; None when it is an ordinary public one (RFC 6890)."""

    special: str | None


@dataclass(frozen=True, slots=True)
class HostTable:
    """The addresses of each host of the domain's mail, side by side. `hole`: there are more than are looked up.
    `inward`: hosts of which it is certain that the internet reaches no address."""

    rows: tuple[tuple[str, Fact[HostAddresses]], ...]
    hole: Unknown | None
    inward: frozenset[str]

    @property
    def ipv6(self) -> Fact[bool]:
        """Whether some host has an IPv6 address."""
        return any_of([*(_has_ipv6(f) for _, f in self.rows), *([self.hole] if self.hole else [])])


@inquiry
def existence(domain: Domain) -> Steps[Existence]:
    """That a domain does not exist is said only when it was denied twice, and not by servers of its own: those there
    would not be without it."""
    for repeat in (0, 1):
        got = yield from answer(Question(name=domain.name, rdtype="SOA", repeat=repeat))
        if got.status is not DnsStatus.NXDOMAIN or signed_off_by(got) == domain.name:
            return Existence(True)
    return Existence(False)


@inquiry
def mail_hosts(domain: Domain) -> Steps[MailHosts]:
    """Find the hosts that take mail for a domain; without MX it is the domain itself."""
    found = (yield from answer(Question(name=domain.name, rdtype="MX"))).records
    if found:
        by_preference = sorted((_exchange(r) for r in found), key=lambda e: (e.preference, e.host))
        return MailHosts(tuple(by_preference), implicit=False)
    own = yield from host_addresses(Host(domain.name))
    if isinstance(own.any, Unknown):
        raise Unestablished(own.any)
    return MailHosts((), implicit=own.any.value)


@inquiry
def mail_class(domain: Domain, options: DomainOptions) -> Steps[MailClass]:
    """Tell a domain that takes mail from one that does not."""
    if options.parked:
        return MailClass(Known(False))
    mail = yield from settle(mail_hosts(domain))
    if isinstance(mail, Unknown):
        return MailClass(mail)
    return MailClass(Known(bool(mail.value.implicit or (mail.value.exchanges and not mail.value.null))))


@inquiry
def host_addresses(host: Host) -> Steps[HostAddresses]:
    """Find the addresses of a host, each family by itself. A circle of aliases leads to none."""
    answers = yield from attempt(lookup(Question(name=host.name, rdtype=t)) for t in ("A", "AAAA"))
    ipv4, ipv6 = (Known(a.value.records) if isinstance(a, Known) else a for a in answers)
    # A name is denied for all types at once (RFC 8020), so both denials are wanted: one may be a server's mistake.
    exists = any_of(Known(a.value.status is not DnsStatus.NXDOMAIN) if isinstance(a, Known) else a for a in answers)
    led = next((a.value for a in answers if isinstance(a, Known) and a.value.aliases), None)
    circle = led is not None and led.status is DnsStatus.CNAME_CHAIN
    return HostAddresses(exists, ipv4, ipv6, led.aliases if led else (), circle)


@inquiry
def address_use(server: Server, settings: Settings) -> Steps[AddressUse]:
    """Tell a public address from one that the internet does not reach."""
    yield from host_addresses(Host(server.host))
    return AddressUse(special_use(server.address, settings.allow_net))


@inquiry
def host_table(domain: Domain, settings: Settings) -> Steps[HostTable]:
    """Look up all hosts of the domain's mail."""
    hosts, over = addressed(domain, (yield from mail_hosts(domain)))
    found = yield from attempt(host_addresses(h) for h in hosts)
    rows = tuple(zip((h.name for h in hosts), found, strict=True))
    return HostTable(rows, over, frozenset(name for name, fact in rows if _is_inward(fact, settings)))


def addressed(domain: Domain, mail: MailHosts) -> tuple[tuple[Host, ...], Unknown | None]:
    """The hosts whose addresses are asked, and the hole when there are too many."""
    names = (domain.name,) if mail.implicit else mail.hosts
    return tuple(Host(n) for n in names[:MAX_HOSTS]), BUDGET if len(names) > MAX_HOSTS else None


def hosts(domain: Domain, mail: MailHosts) -> Children[Host]:
    """Each host that takes the domain's mail."""
    return Children(*addressed(domain, mail))


def servers(host: Host, addresses: HostAddresses) -> Children[Server]:
    """Each address of a host is a server of its own: one may fail while another is well."""
    found = [f.value for f in (addresses.ipv4, addresses.ipv6) if isinstance(f, Known)]
    hole = first_hole(addresses.ipv4, addresses.ipv6)
    over = any(len(each) > MAX_ADDRESSES for each in found)
    kept = tuple(Server(host.name, a) for each in found for a in each[:MAX_ADDRESSES])
    return Children(kept, hole or (BUDGET if over else None))


def _is_inward(found: Fact[HostAddresses], settings: Settings) -> bool:
    """Whether all addresses of a host were seen, and are set aside for other uses (RFC 6890)."""
    if isinstance(found, Unknown) or not found.value.known or first_hole(found.value.ipv4, found.value.ipv6):
        return False
    return all(special_use(address, settings.allow_net) for address in found.value.known)


def _has_ipv6(found: Fact[HostAddresses]) -> Fact[bool]:
    if isinstance(found, Unknown):
        return found
    ipv6 = found.value.ipv6
    return ipv6 if isinstance(ipv6, Unknown) else Known(bool(ipv6.value))


def _exchange(record: str) -> Exchange:
    preference, host = record.split(None, 1)
    return Exchange(int(preference), canonical(host))
