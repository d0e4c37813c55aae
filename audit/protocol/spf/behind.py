"""Terms of an SPF record behind its `all`, which no receiver comes to (RFC 7208 section 5.1).

They have no effect, and perhaps for years they have had none. To move them before `all` lets send whom they name, so a
term is moved only when it is certain that these are few; by a name of somebody else's, or one that a mail decides,
anybody might be. What only refuses may move, too. Where a domain sends no mail, none moves.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known, need
from audit.model.probe import Question
from audit.model.subject import Domain, Host
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, attempt, every, inquiry, records
from audit.protocol.mx.hosts import host_addresses, mail_class
from audit.protocol.spf import closing
from audit.protocol.spf.draft import configured_senders
from audit.protocol.spf.lookups import MAX_TERMS
from audit.protocol.spf.networks import UNSEEN, Network, Networks, Reader
from audit.protocol.spf.terms import COUNTED, MAX_HOSTS, evaluated
from audit.protocol.spf.tree import SpfTree, changed, spf_planned, spf_record
from audit.syntax import spf_edit
from audit.syntax.names import canonical
from audit.syntax.spf import Qualifier, SpfRecord, Term

NARROW_IPV4, NARROW_IPV6 = 16, 48  # prefix lengths: a site's own network
FEW = 2**16  # IPv4 addresses
MAX_MX = 3  # terms whose hosts are looked up


@dataclass(frozen=True, slots=True)
class SpfBehind:
    """The terms behind `all`, those of them that a record to paste leaves out, and the line that publishes it."""

    terms: tuple[Term, ...]
    left_out: tuple[Term, ...]
    publish: tuple[str, ...]


@inquiry
def spf_behind(domain: Domain, options: DomainOptions) -> Steps[SpfBehind]:
    """See which terms behind `all` can be moved before it."""
    record = (yield from spf_record(domain)).record
    behind = record.terms[len(evaluated(record)) :] if record and record.all else ()
    if record is None or not behind:
        return SpfBehind((), (), ())
    silent = yield from _silent(domain, options, record)
    if silent != Known(False):
        nobody = spf_edit.paste(domain.name, spf_edit.NOBODY) if silent == Known(True) else ()
        return SpfBehind(behind, (), nobody)
    tree = yield from spf_planned(domain, spf_edit.all_last(record))
    hosts = yield from _hosts(domain.name, behind)
    moved = tuple(_movable(tree, hosts, behind))
    if changed(tree, _text(record, moved)).lookups.exceeds(MAX_TERMS) != Known(False):
        moved = tuple(t for t in moved if t.name not in COUNTED)
    left_out = tuple(t for t in behind if t.qualifier is Qualifier.PASS and t.name != "all" and t not in moved)
    return SpfBehind(behind, left_out, closing.kept(tree, _text(record, moved), configured_senders(options)))


def _silent(domain: Domain, options: DomainOptions, record: SpfRecord) -> Steps[Fact[bool]]:
    """Whether a domain sends no mail: its owner says so, or nobody may send by what is in effect, and it takes none."""
    if options.parked:
        return Known(True)
    named = any(t.qualifier is not Qualifier.FAIL for t in evaluated(record))
    if named or options.sending_ips or options.selectors:
        return Known(False)
    takes_mail = (yield from mail_class(domain, options)).takes_mail
    return Known(not takes_mail.value) if isinstance(takes_mail, Known) else takes_mail


def _text(record: SpfRecord, moved: tuple[Term, ...]) -> str:
    """The record with these terms before its `all`, and none behind it."""
    gone = record.terms[len(evaluated(record)) :]
    there = {t.text.lower() for t in evaluated(record)}
    new = [t.text for t in moved if t.text.lower() not in there]
    ends = record.all
    by = {t.at: "" for t in gone} | ({ends.at: " ".join((*new, ends.text))} if ends else {})
    return spf_edit.replaced(record, by)


def _movable(tree: SpfTree, hosts: dict[str, Fact[tuple[str, ...]]], behind: tuple[Term, ...]) -> Iterator[Term]:
    """The terms by which few may send, or that refuse networks. Behind one that takes away who knows what none is, as
    it might have been an exception to that."""
    reader = Reader.of(tree)
    for term in behind:
        if term.name == "all":
            continue
        if term.qualifier is not Qualifier.PASS:
            if term.qualifier is not Qualifier.FAIL or not term.span:
                return
            yield term
        elif _few(_networks(reader, tree.root.name, term, hosts)):
            yield term


def _networks(reader: Reader, name: str, term: Term, hosts: dict[str, Fact[tuple[str, ...]]]) -> Networks:
    if term.name != "mx" or term.macro:
        return reader.term(name, term)
    found = hosts.get(canonical(term.target or name))
    return Networks.of(_around(found.value, term)) if isinstance(found, Known) else UNSEEN


def _around(addresses: tuple[str, ...], term: Term) -> Iterator[Network]:
    for address in addresses:
        prefix = term.cidr6 if ":" in address else term.cidr4
        yield ipaddress.ip_network(address if prefix is None else f"{address}/{prefix}", strict=False)


def _few(networks: Networks) -> bool:
    """Whether it is certain that somebody may send, and not many."""
    return (
        networks.whole
        and networks.sure
        and bool(networks.all)
        and all(n.prefixlen >= NARROW_IPV4 for n in networks.ipv4)
        and all(n.prefixlen >= NARROW_IPV6 for n in networks.ipv6)
        and sum(n.num_addresses for n in networks.ipv4) <= FEW
    )


def _hosts(name: str, terms: tuple[Term, ...]) -> Steps[dict[str, Fact[tuple[str, ...]]]]:
    """The addresses of the hosts that `mx` terms name."""
    names = dict.fromkeys(canonical(t.target or name) for t in terms if t.name == "mx" and not t.macro)
    asked = tuple(names)[:MAX_MX]
    return dict(zip(asked, (yield from attempt(_addresses(each) for each in asked)), strict=True))


def _addresses(name: str) -> Steps[tuple[str, ...]]:
    """All addresses of a name's mail hosts; none where these are too many to evaluate."""
    exchanges = [canonical(r.split()[-1]) for r in (yield from records(Question(name=name, rdtype="MX")))]
    if len(exchanges) > MAX_HOSTS:
        return ()
    found = yield from every(host_addresses(Host(each)) for each in exchanges if each != ".")
    return tuple(address for each in found for fact in (each.ipv4, each.ipv6) for address in need(fact))
