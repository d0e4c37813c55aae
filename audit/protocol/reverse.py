"""Reverse DNS (RFC 1912 section 2.1), and which addresses it matters for.

Receivers look at the name of the address that sends. An address that only takes mail needs none. Which is which is told
by the user's list and by the domain's own SPF terms, as far as they name single addresses or small networks. Of a
network's addresses it is not known which send, so that they are looked at by their names alone. The reverse zone of a
small network is often delegated by aliases (RFC 2317); that of a private one is nobody's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TypeAlias

from audit.catalog.providers import Providers
from audit.model.evidence import DomainOptions, Settings
from audit.model.fact import Fact, Known, Unknown, any_of, first_hole
from audit.model.probe import Answer, Question
from audit.model.subject import Address, Domain, HeloName, Host
from audit.model.value import dataclass
from audit.protocol.fanning import Children
from audit.protocol.helo import MAX_NAMES as MAX_HELO
from audit.protocol.helo import helo_form
from audit.protocol.inquiry import Steps, answer, attempt, inquiry, records, settle
from audit.protocol.mx.hosts import HostAddresses, addressed, host_addresses, mail_hosts
from audit.protocol.spf.cost import passing
from audit.protocol.spf.tree import SpfTree, spf_tree
from audit.syntax.addresses import special_use
from audit.syntax.names import canonical
from audit.syntax.spf import Term

Terms: TypeAlias = tuple[tuple[str, Term], ...]  # each with the name of its record
MAX_ADDRESSES = 16
MAX_POSSIBLE = 14  # the hosts of one network of sixteen addresses
MAX_NAMES = 10  # of one address: the limit of RFC 7208 section 4.6.4 for `ptr`
SMALL_IPV4, SMALL_IPV6 = 28, 128  # networks from these lengths on are taken for single senders
BUDGET = Unknown("budget")


@dataclass(frozen=True, slots=True)
class MailAddresses:
    """The addresses that take a domain's mail, with their hosts, and those that send it."""

    taking: tuple[tuple[str, str], ...]  # address, host
    sending: tuple[str, ...]
    possible: tuple[str, ...]  # of small networks that may send, as many as are looked at
    configured: tuple[str, ...]
    hole: Unknown | None  # where some could not be found
    spf_hole: Unknown | None  # where it could not be seen who may send

    @property
    def chosen(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.configured, *(a for a, _ in self.taking), *self.sending)))


@dataclass(frozen=True, slots=True)
class MailRole:
    """Whether an address sends the domain's mail, and whether it is one of a provider's, shared by many. `possible`: it
    may send as one of a network, and nothing else is known of it. `name` is one of the domain's own that leads to the
    address: the one for its PTR record."""

    sends: Fact[bool]
    shared: bool
    possible: bool
    name: str | None


@dataclass(frozen=True, slots=True)
class ReverseNames:
    """The names of an address, and the aliases that lead to them. `public`: somebody may ask for them at all."""

    names: tuple[str, ...]
    aliases: tuple[str, ...]
    public: bool


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Forward-confirmed reverse DNS: a name of the address leads back to it. `checked` are the names followed."""

    names: tuple[str, ...]
    confirmed: Fact[bool]


@inquiry
def mail_addresses(domain: Domain, options: DomainOptions) -> Steps[MailAddresses]:
    """Collect the addresses that the user named, those of the MX hosts, and those that SPF names singly."""
    tree = yield from settle(spf_tree(domain))
    mail = yield from settle(mail_hosts(domain))
    hosts: tuple[Host, ...] = ()
    over: Unknown | None = None
    if isinstance(mail, Known):
        hosts, over = addressed(domain, mail.value)
    found = yield from attempt(host_addresses(h) for h in hosts)
    taking = tuple(
        (a, h.name) for h, f in zip(hosts, found, strict=True) if isinstance(f, Known) for a in f.value.known
    )
    own = _terms(tree.value, includes=False) if isinstance(tree, Known) else ()
    sending = _sending(tree.value, own, tuple(a for a, _ in taking)) if isinstance(tree, Known) else ()
    spf_hole = tree if isinstance(tree, Unknown) else _unseen(tree.value, own)
    return MailAddresses(
        taking,
        sending,
        _possible(own),
        options.sending_ips,
        first_hole(mail, over, *found, *_families(found), spf_hole),
        spf_hole,
    )


@inquiry
def mail_role(domain: Domain, address: Address, options: DomainOptions, providers: Providers) -> Steps[MailRole]:
    """Tell whether an address sends the domain's mail, whose it is, and what it may be called."""
    known = yield from mail_addresses(domain, options)
    hosts = [h for a, h in known.taking if a == address.address]
    shared = bool(hosts) and all(providers.of_mx(h) for h in hosts)
    greeting = yield from _greeting_as(address, options)
    name = greeting or next((h for h in hosts if not providers.of_mx(h)), None)
    if address.address in known.configured:
        return MailRole(Known(True), shared, False, name)
    tree = yield from settle(spf_tree(domain))
    if isinstance(tree, Unknown):
        return MailRole(tree, shared, False, name)
    if address.address in known.sending or _authorised(tree.value, address.address):
        return MailRole(Known(True), shared, address.address not in known.chosen, name)
    return MailRole(known.spf_hole or known.hole or Known(False), shared, False, name)


def _greeting_as(address: Address, options: DomainOptions) -> Steps[str | None]:
    """The configured name for EHLO that leads to an address."""
    for text in options.helo[:MAX_HELO]:
        form = yield from helo_form(HeloName(text))
        if form.is_name:
            found = yield from host_addresses(Host(canonical(text)))
            if address.address in found.known:
                return canonical(text)
    return None


@inquiry
def reverse_names(address: Address, settings: Settings) -> Steps[ReverseNames]:
    """Ask what names an address has; of one that is not public nobody can tell from outside."""
    if special_use(address.address, settings.allow_net):
        return ReverseNames((), (), public=False)
    got = yield from answer(Question(name=pointer(address.address), rdtype="PTR"))
    return ReverseNames(tuple(canonical(n) for n in got.records), got.aliases, public=True)


@inquiry
def confirmation(address: Address, settings: Settings) -> Steps[Confirmation]:
    """Follow the names of an address back to it."""
    names = (yield from reverse_names(address, settings)).names
    rdtype = "AAAA" if ":" in address.address else "A"
    asked = names[:MAX_NAMES]
    found = yield from attempt(records(Question(name=n, rdtype=rdtype)) for n in asked)
    facts = [Known(address.address in f.value) if isinstance(f, Known) else f for f in found]
    hidden: list[Fact[bool]] = [BUDGET] if len(names) > MAX_NAMES else []
    return Confirmation(asked, any_of([*facts, *hidden]))


def pointer(address: str) -> str:
    """The name at which the names of an address stand (RFC 1035 section 3.5, RFC 3596 section 2.5)."""
    return ipaddress.ip_address(address).reverse_pointer


def addresses(mail: MailAddresses) -> Children[Address]:
    """Each address that sends or takes the domain's mail, up to sixteen, and some that may send as one of a network.

    That there are more of the latter is no hole: a network tells who may send, not who does.
    """
    chosen = mail.chosen
    over = BUDGET if len(chosen) > MAX_ADDRESSES else None
    names = (*chosen[:MAX_ADDRESSES], *(a for a in mail.possible if a not in chosen))
    return Children(tuple(Address(a) for a in names), mail.hole or over)


def _families(found: tuple[Fact[HostAddresses], ...]) -> tuple[Fact[tuple[str, ...]], ...]:
    return tuple(f for each in found if isinstance(each, Known) for f in (each.value.ipv4, each.value.ipv6))


def _terms(tree: SpfTree, *, includes: bool) -> Terms:
    """The terms that let somebody send, with the names of their records: of the domain's own policy, or of all."""
    return tuple(passing(tree.root, dict(tree.nodes), includes=includes))


def _sending(tree: SpfTree, own: Terms, taking: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses that the domain's own policy names: by `a` and by its own `mx`, and by `ip4` and `ip6` singly, as
    many of these as show that there are more than are looked at."""
    found: dict[str, None] = {}
    answers = dict(tree.looked_up)
    for name, term in own:
        if term.span:
            if term.span.length == term.span.bits and len(found) <= MAX_ADDRESSES:
                found[str(term.span.network.network_address)] = None
        elif term.name == "mx" and _target(name, term) == tree.root.name:
            found.update(dict.fromkeys(taking))
        elif term.name == "a" and not term.macro:
            found.update(dict.fromkeys(_looked_up(answers, _target(name, term))))
    return tuple(found)


def _possible(own: Terms) -> tuple[str, ...]:
    """The addresses of hosts in the small networks that the domain's own policy names."""
    found: dict[str, None] = {}
    for _, term in own:
        span = term.span
        if span and span.version == 4 and SMALL_IPV4 <= span.length < span.bits:
            found.update(dict.fromkeys(str(a) for a in span.network.hosts()))
            if len(found) >= MAX_POSSIBLE:
                break
    return tuple(found)[:MAX_POSSIBLE]


def _target(name: str, term: Term) -> str:
    """The name that an `a` or `mx` term of a record looks up."""
    return canonical(term.target) if term.target else name


def _looked_up(answers: Mapping[Question, Fact[Answer]], name: str) -> tuple[str, ...]:
    facts = (answers.get(Question(name=name, rdtype=rdtype)) for rdtype in ("A", "AAAA"))
    return tuple(r for f in facts if isinstance(f, Known) for r in f.value.records)


def _authorised(tree: SpfTree, address: str) -> bool:
    """Whether a small network of any record that the domain's SPF leads to holds the address."""
    ip = ipaddress.ip_address(address)
    for _, term in _terms(tree, includes=True):
        span = term.span
        if span and span.version == ip.version:
            small = span.length >= (SMALL_IPV4 if span.version == 4 else SMALL_IPV6)
            if small and ip in span.network:
                return True
    return False


def _unseen(tree: SpfTree, own: Terms) -> Unknown | None:
    """The hole where a record, or an `a` or `mx` term of the domain's own policy, could not be looked up."""
    names = {_target(n, t) for n, t in own if t.name in ("a", "mx") and not t.macro}
    return first_hole(*(f for _, f in tree.nodes), *(f for q, f in tree.looked_up if q.name in names))
