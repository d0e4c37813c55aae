"""Ways to bring an SPF record back within the limit of lookups (RFC 7208 section 4.6.4), the cheapest first.

The price of a way is what its owner has to look after from then on. Leaving out what lets nobody send costs nothing.
Addresses instead of names must be kept up to date by hand; those of one's own hosts rarely change. A service that sends
under a name of its own needs no term at all, and one that can send under a subdomain takes its lookups along. To copy
the networks of a provider is the last resort: the provider changes them without a word to whoever copied them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from enum import StrEnum

from audit.catalog.providers import Provider, Providers
from audit.model.fact import Count, Known
from audit.model.value import dataclass
from audit.protocol.spf import closing
from audit.protocol.spf.closing import strangers, strangers_at
from audit.protocol.spf.lookups import MAX_TERMS, MAX_VOIDS
from audit.protocol.spf.networks import Network, Networks, Reader
from audit.protocol.spf.spare import Spare, SpareTerm, spare_terms
from audit.protocol.spf.terms import evaluated
from audit.protocol.spf.tree import SpfTree, changed
from audit.syntax import spf_edit
from audit.syntax.names import canonical
from audit.syntax.spf import Qualifier, SpfRecord, Term, parse

MAX_ADDRESSES = 12  # that stand for one term without making the record unreadable
MAX_FLATTENED = 60  # networks that are copied
SUBDOMAIN = "news"  # a name for an example: its owner chooses


class Price(StrEnum):
    """What a way costs whoever goes it, from nothing to much."""

    NOTHING = "nothing: no sender is lost"
    OWN_ADDRESSES = "when an address of the host changes, the record must be changed as well"
    OTHER_BOUNCES = "nothing, if its mail bounces to a domain of the service: look at the Return-Path of a mail it sent"
    SUBDOMAIN = "the service must be told to send with the subdomain in the Return-Path"
    UPKEEP = "the networks are copied: whenever their owner changes them, mail fails until the copy is renewed"


ORDER = tuple(Price)


@dataclass(frozen=True, slots=True)
class Change:
    """A term that goes, and what stands in its place. `besides` are records that are needed at other names."""

    price: Price
    term: str
    because: str  # why it can be done
    instead: tuple[str, ...] = ()
    besides: tuple[tuple[str, str], ...] = ()
    spare: Spare | None = None

    def of(self, record: SpfRecord) -> str | None:
        """The record so changed; None where the term is not in it. Of equal terms all go, of repeated ones but one.
        Whoever sent by an include that is gone is not to be refused unheard: `-all` becomes `~all`."""
        gone = [t for t in record.terms if t.text == self.term][self.spare is Spare.DUPLICATE :]
        if not gone:
            return None
        text = spf_edit.replaced(record, {t.at: " ".join(self.instead) if t is gone[0] else "" for t in gone})
        lost = self.spare in (Spare.DEAD, Spare.NONE) and gone[0].qualifier is Qualifier.PASS
        return spf_edit.ended(parse(text), spf_edit.SOFTFAIL) if lost and closing.refuses(record) else text


@dataclass(frozen=True, slots=True)
class Way:
    """A change, and what the record comes to when only this is done."""

    change: Change
    text: str
    after: Count
    saves: int


def ways(tree: SpfTree, providers: Providers, hosts: Mapping[str, tuple[str, ...]]) -> tuple[Way, ...]:
    """All ways, by price and then by what they save. `hosts` are the addresses behind the domain's own `mx` terms."""
    record = tree.root.record
    if record is None or len(record.text) > spf_edit.MAX_PASTED:
        return ()
    found: dict[Change, Way] = {}
    for change in _changes(tree, record, providers, hosts):
        text = change.of(record)
        if text is not None and change not in found:
            there = changed(tree, text)
            if not _opens(tree, there, change):
                found[change] = Way(change, text, there.lookups, tree.lookups.at_least - there.lookups.at_least)
    useful = (w for w in found.values() if w.saves > 0)
    return tuple(sorted(useful, key=lambda w: (ORDER.index(w.change.price), -w.saves, w.change.term)))


def _opens(tree: SpfTree, after: SpfTree, change: Change) -> bool:
    """Whether a change leads to a record, here or at another name, that is seen to let everybody send."""
    found = (strangers(after), *(strangers_at(name, text, tree) for name, text in change.besides))
    return any(isinstance(f, Known) and f.value for f in found)


def missing(tree: SpfTree) -> tuple[SpareTerm, ...]:
    """The domain's own includes that are a permerror, as nothing is there."""
    return tuple(s for s in spare_terms(tree) if s.why in (Spare.DEAD, Spare.NONE))


def keeps_limits(tree: SpfTree) -> bool:
    """Whether a record is within the limits, as far as is known."""
    return tree.lookups.at_least <= MAX_TERMS and tree.voids.at_least <= MAX_VOIDS


def cheapest(tree: SpfTree, found: tuple[Way, ...]) -> tuple[tuple[Change, ...], SpfTree]:
    """Changes in the order of their price until a record is within the limits and names nothing that is missing,
    without those that were not needed in the end; and what the record is then. Where all together are not enough, all
    that save something."""
    taken, here = _followed(tree, tuple(w.change for w in found))
    if not keeps_limits(here):
        return taken, here
    for change in reversed(taken[:-1]):  # with the last one, which crosses the limit, an earlier one may be too much
        if change.price is not Price.NOTHING:
            fewer, there = _followed(tree, tuple(c for c in taken if c is not change))
            if keeps_limits(there):
                taken, here = fewer, there
    return taken, here


def _followed(tree: SpfTree, given: tuple[Change, ...]) -> tuple[tuple[Change, ...], SpfTree]:
    here, taken = tree, list[Change]()
    for change in given:
        if keeps_limits(here) and not missing(here):
            break
        text = change.of(here.root.record) if here.root.record else None
        after = changed(here, text) if text is not None else here
        if after.lookups.at_least < here.lookups.at_least:
            here = after
            taken.append(change)
    return tuple(taken), here


def _changes(
    tree: SpfTree, record: SpfRecord, providers: Providers, hosts: Mapping[str, tuple[str, ...]]
) -> Iterator[Change]:
    spare = {s.term.at: s.why for s in spare_terms(tree)}
    reader = Reader.of(tree)
    for term in evaluated(record):
        if term.at in spare:
            yield Change(Price.NOTHING, term.text, str(spare[term.at]), spare=spare[term.at])
        elif term.name in ("a", "mx") and not term.macro:
            yield from _addresses(tree, reader, term, hosts)
        elif term.name == "include" and term.target and not term.macro:
            yield from _include(tree, reader, term, providers.of_include(canonical(term.target)))


def _addresses(tree: SpfTree, reader: Reader, term: Term, hosts: Mapping[str, tuple[str, ...]]) -> Iterator[Change]:
    """The addresses of a host instead of its name, where the host is the domain's own."""
    target = canonical(term.target) if term.target else tree.root.name
    if target != tree.root.name and not target.endswith(f".{tree.root.name}"):
        return
    if term.name == "mx":
        networks = Networks.of(_around(hosts.get(target, ()), term), whole=target in hosts)
    else:
        networks = reader.term(tree.root.name, term)
    if networks.whole and 0 < len(networks.all) <= MAX_ADDRESSES:
        yield Change(
            Price.OWN_ADDRESSES, term.text, "the hosts are the domain's own", _written(networks, term.qualifier)
        )


def _include(tree: SpfTree, reader: Reader, term: Term, provider: Provider | None) -> Iterator[Change]:
    target = canonical(term.target or "")
    who = provider.name if provider else f"whoever runs {target}"
    if provider is not None and provider.kind == "sender":
        yield Change(Price.OTHER_BOUNCES, term.text, f"{who} can send with a bounce address of its own")
    if provider is None or provider.kind == "sender":
        below = f"{SUBDOMAIN}.{tree.root.name}"
        beside = (below, f"v=spf1 {term.text} {spf_edit.FAIL}")
        yield Change(Price.SUBDOMAIN, term.text, f"{below} stands for a name to be chosen", besides=(beside,))
    networks = reader.record(target)
    if networks.whole and 0 < len(networks.all) <= MAX_FLATTENED:
        networks_now = "1 network" if len(networks.all) == 1 else f"{len(networks.all)} networks"
        today = f"{networks_now} today, which {who} changes"
        yield Change(Price.UPKEEP, term.text, today, _written(networks, term.qualifier))


def _around(addresses: tuple[str, ...], term: Term) -> Iterator[Network]:
    for address in addresses:
        prefix = term.cidr6 if ":" in address else term.cidr4
        yield ipaddress.ip_network(address if prefix is None else f"{address}/{prefix}", strict=False)


def _written(networks: Networks, qualifier: Qualifier) -> tuple[str, ...]:
    """Networks as terms."""
    sign = "" if qualifier is Qualifier.PASS else str(qualifier)
    return tuple(
        f"{sign}ip{n.version}:{n.network_address if n.prefixlen == n.max_prefixlen else n}" for n in networks.all
    )
