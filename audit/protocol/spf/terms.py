"""The terms of SPF records, as a receiver comes to them (RFC 7208 section 4.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.value import dataclass
from audit.syntax import spf as syntax
from audit.syntax import spf_macro, txt
from audit.syntax.names import canonical

MACRO = Unknown("spf.macro")
COUNTED = syntax.COUNTED  # section 4.6.4; `redirect` counts as well
AROUND = {4: 11, 6: 14}  # prefix lengths: ten hosts of an `mx` with smaller networks are no vast part of a family
MAX_HOSTS = 10  # of an `mx` (section 4.6.4)
SAMPLE = {  # what macros make of a client that nobody is, one of each family (RFC 5737, RFC 3849, section 7.3)
    4: {"i": "203.0.113.254", "v": "in-addr"},
    6: {"i": ".".join("20010db8ffff000000000000000000fe"), "v": "ip6"},
}


@dataclass(frozen=True, slots=True)
class SpfNode:
    """What stands at one name. `record` is None when there is not exactly one SPF record."""

    name: str
    exists: bool  # or, of an alias, its target does
    found: tuple[str, ...]  # the SPF records at the name
    record: syntax.SpfRecord | None
    target: str = ""  # where the name leads, when it is an alias

    @property
    def hidden(self) -> bool:
        """Whether the record leads to names that only a receiver can make, from the mail at hand (section 7)."""
        if self.record is None:
            return False
        redirect = self.record.redirect
        led = any(t.name == "include" and t.macro for t in self.record.asking)
        return led or bool(redirect and redirect.macro and not self.record.all)


@dataclass(frozen=True, slots=True)
class SpfBranch:
    """A term that leads to another record."""

    source: str
    term: str
    target: str
    redirect: bool


def evaluated(record: syntax.SpfRecord) -> tuple[syntax.Term, ...]:
    """The terms that a receiver can come to: those up to the first `all`, as far as they can change something."""
    return record.reached


def branches(node: SpfNode) -> Iterator[SpfBranch]:
    """The terms of a record that lead to others."""
    if node.record is None:
        return
    for term in node.record.asking:
        if term.name == "include" and term.target and not term.macro:
            yield SpfBranch(node.name, term.text, canonical(term.target), redirect=False)
    redirect = node.record.redirect
    if redirect and not redirect.macro and not node.record.all and redirect.value:
        yield SpfBranch(node.name, redirect.text, canonical(redirect.value), redirect=True)


def questions(node: SpfNode, root: str) -> Iterator[Question]:
    """What a receiver asks for the terms of a record, in mail of the domain whose record is the root."""
    for term in node.record.asking if node.record else ():
        made = expanded(term, node.name, root)
        if not made.macro:
            yield from asked_by(node.name, made)


def expanded(term: syntax.Term, name: str, root: str) -> syntax.Term:
    """A term of the record at a name, without macros where these are made of domains alone, whoever sends: `%{d}` is
    that of the record, `%{o}` that of the mail (section 7.2). Names that no message can carry are left as they are."""
    if not term.macro or term.target is None or term.name not in ("a", "mx", "exists", "ptr"):
        return term
    target = _name(term.target, {"d": name, "o": root})
    return term if target is None else term._replace(target=target, macro=False)


def sample_name(spec: str, name: str, root: str, version: int) -> str | None:
    """The name that macros of domains and of a client's address make of the sample of a family. None where a sender
    takes part in it: by what he says (`%{s}`, `%{l}`, `%{h}`), or by how he names his own addresses (`%{p}`)."""
    return _name(spec, {"d": name, "o": root, **SAMPLE[version]})


def _name(spec: str, values: Mapping[str, str]) -> str | None:
    """The name that macros make; None where they need other values, or make none that a message can carry."""
    pieces = spf_macro.pieces(spec)
    if not spf_macro.asked_for(pieces) <= values.keys():
        return None
    name = canonical(spf_macro.name(pieces, values))
    return name if all(syntax.LABEL.fullmatch(label.replace("_", "-")) for label in name.split(".")) else None


def read(name: str, got: Answer) -> SpfNode:
    """What an answer for TXT records says that stands at a name."""
    found = tuple(t for t in map(txt.joined, got.records) if syntax.is_spf(t))
    record = _parsed(found[0]) if len(found) == 1 else None
    return SpfNode(name, got.status is not DnsStatus.NXDOMAIN, found, record, "".join(got.aliases[-1:]))


@lru_cache(maxsize=256)
def _parsed(text: str) -> syntax.SpfRecord:
    """A record: domains share those that they include, and each is read by several inquiries."""
    return syntax.parse(text)


def asked_by(name: str, term: syntax.Term) -> tuple[Question, ...]:
    """What a receiver asks for a term, as far as it tells whether the term finds nothing."""
    target = canonical(term.target) if term.target else name
    match term.name:
        case "a":
            return Question(name=target, rdtype="A"), Question(name=target, rdtype="AAAA")
        case "mx":
            return (Question(name=target, rdtype="MX"),)
        case "exists":
            return (Question(name=target, rdtype="A"),)
    return ()


def around_hosts(exchanges: Iterable[str], version: int) -> tuple[Question, ...]:
    """What a receiver asks for the hosts of an `mx`, in mail from a client of one family."""
    names = (canonical(r.split()[-1]) for r in exchanges)
    return tuple(Question(name=n, rdtype="A" if version == 4 else "AAAA") for n in names if n and n != ".")[:MAX_HOSTS]


def wide_around(term: syntax.Term, version: int) -> bool:
    """Whether a term names such networks around hosts that its hosts must be looked up. Those of length 0 are the same
    around any host."""
    length = term.cidr4 if version == 4 else term.cidr6
    return length is not None and 0 < length <= AROUND[version]


def around(node: SpfNode, root: str, looked_up: Mapping[Question, Fact[Answer]]) -> Iterator[Question]:
    """The questions for the hosts of `mx` terms: those that may send must be there, as somebody else may get the name;
    and some terms let very large networks around them send."""
    for term in node.record.asking if node.record else ():
        made = expanded(term, node.name, root)
        if made.name != "mx" or made.macro:
            continue
        fact = looked_up.get(asked_by(node.name, made)[0])
        hosts = fact.value.records if isinstance(fact, Known) else ()
        wide4, wide6 = (wide_around(made, version) for version in (4, 6))
        if wide4 or made.qualifier is syntax.Qualifier.PASS:
            yield from around_hosts(hosts, 4)
        if wide6:
            yield from around_hosts(hosts, 6)
