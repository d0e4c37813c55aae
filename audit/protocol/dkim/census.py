"""Which domains of a run publish the same DKIM key.

A domain whose selector is an alias (CNAME) leaves the key to whoever signs; that many do so with one provider is as it
should be. Where several domains publish one key themselves, whoever gets hold of its private half signs for all, and
the key can be changed only everywhere at once.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import groupby
from types import MappingProxyType

from audit.model.evidence import DomainEvidence
from audit.model.fact import Fact, Known, Unknown, first_hole
from audit.model.probe import Answer, Question
from audit.model.recurrence import Recurrence
from audit.model.subject import PublicKey, Run
from audit.model.value import dataclass
from audit.protocol.dkim.discovery import BUDGET, MAX_TRIED, joined, met_at, only_key, unlikely
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, ask, heard_out, inquiry

MAX_POINTERS = 20  # answers that a finding points at
MAX_NAMED = 10  # domains that are named


@dataclass(frozen=True, slots=True)
class Holder:
    """A selector at which a key stands. `own`: the domain publishes it itself, not by an alias."""

    domain: str
    selector: str
    own: bool


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Who holds one key: how many domains, how many of them publish it themselves, and of either the first few."""

    domains: int
    own: int
    named: tuple[str, ...]  # of those that publish it themselves, in the order of the alphabet
    holders: tuple[Holder, ...]  # in the order of the list


@dataclass(frozen=True, slots=True, eq=False)
class KeyCensus:
    """The keys of a run that several domains hold, by digest, and the hole where a selector could not be read: of a
    domain whose selectors are named, one of these. Of a key that one domain holds there is nothing to say."""

    uses: Mapping[str, KeyUse]
    hole: Unknown | None = None


NO_CENSUS = KeyCensus(MappingProxyType({}))  # while gathering: the domains are not yet asked


@dataclass(slots=True)
class _Count:
    """One key, as far as domains were read."""

    domains: int = 0
    own: int = 0
    named: list[str] = field(default_factory=list)
    holders: list[Holder] = field(default_factory=list)

    def add(self, domain: str, holders: Sequence[Holder]) -> None:
        """Add a domain, and the selectors at which it has the key."""
        self.domains += 1
        self.holders += holders[: MAX_POINTERS - len(self.holders)]
        if any(h.own for h in holders):
            self.own += 1
            insort(self.named, domain)
            del self.named[MAX_NAMED:]

    def use(self) -> KeyUse:
        return KeyUse(self.domains, self.own, tuple(self.named), tuple(self.holders))


def census(records: Callable[[], Iterable[DomainEvidence]]) -> KeyCensus:
    """Count the keys of a run, in two passes over its domains: most keys belong to one domain, and only what the first
    pass met twice is counted by the second. Each domain comes once."""
    met = Recurrence()
    hole: Unknown | None = None
    for record in records():
        answers = dict(_answers(record))
        over = BUDGET if len(record.options.selectors) > MAX_TRIED else None
        counted = (answers.get(n) for n in record.options.selectors) if record.options.selectors else answers.values()
        hole = _first(hole, over, first_hole(*counted))
        for digest in {digest for digest, _ in _held(record, answers)}:
            met.note(digest)
    counts: dict[str, _Count] = {}
    for record in records() if met.any else ():
        held: dict[str, list[Holder]] = {}
        for digest, holder in _held(record, dict(_answers(record))):
            if met.again(digest):
                held.setdefault(digest, []).append(holder)
        for digest, holders in held.items():
            counts.setdefault(digest, _Count()).add(record.domain, holders)
    return KeyCensus({digest: count.use() for digest, count in counts.items() if count.domains > 1}, hole)


def _first(*holes: Unknown | None) -> Unknown | None:
    """Of several holes that whose reason comes first in the alphabet: it is the same however the list is sorted."""
    return min((hole for hole in holes if hole), key=lambda hole: hole.reason, default=None)


def key_use_of(holders: Iterable[Holder]) -> KeyUse:
    """The use of a key by its holders, those of a domain one after the other."""
    count = _Count()
    for domain, own in groupby(holders, key=lambda holder: holder.domain):
        count.add(domain, tuple(own))
    return count.use()


def shared_keys(_: Run, census: KeyCensus) -> Children[PublicKey]:
    """Each key that was counted. Beside a hole, only those that several domains have: of another somebody may have it
    as well."""
    shown = (digest for digest, use in census.uses.items() if not census.hole or use.domains > 1)
    return Children(tuple(PublicKey(digest) for digest in sorted(shown)), census.hole)


@inquiry
def key_use(key: PublicKey, census: KeyCensus) -> Steps[KeyUse]:
    """Tell who holds a key. What was answered is in the records of the domains; it is asked for here again only so
    that a finding points at it."""
    use = census.uses[key.digest]
    for holder in use.holders:
        yield from ask(Question(name=f"{holder.selector}._domainkey.{holder.domain}", rdtype="TXT"))
    return use


def _answers(record: DomainEvidence) -> Iterator[tuple[str, Fact[Answer]]]:
    """What was said at each selector that was tried."""
    end = f"._domainkey.{record.domain}"
    for asked in record.answers:
        if asked.question.rdtype == "TXT" and asked.question.name.endswith(end):
            yield asked.question.name.removesuffix(end), heard_out(asked.question, asked.answer)


def _held(record: DomainEvidence, answers: Mapping[str, Fact[Answer]]) -> Iterator[tuple[str, Holder]]:
    nobody = unlikely(record.domain)
    anything = answers.get(nobody, Unknown("not_gathered"))
    for name, fact in answers.items():
        if name == nobody or not isinstance(fact, Known):
            continue
        met = met_at(record.domain, name, fact.value, None if name in record.options.selectors else anything)
        key = only_key(joined(fact.value)) if met else None
        if key is not None and key.digest is not None:
            yield key.digest, Holder(record.domain, name, own=not fact.value.aliases)
