"""Which domains of a run publish the same DKIM key.

A domain whose selector is an alias (CNAME) leaves the key to whoever signs; that many do so with one provider is as it
should be. Where several domains publish one key themselves, whoever gets hold of its private half signs for all, and
the key can be changed only everywhere at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from audit.model.evidence import DomainEvidence
from audit.model.fact import Fact, Known, Unknown, first_hole
from audit.model.probe import Answer, Question
from audit.model.subject import PublicKey, Run
from audit.protocol.dkim.discovery import BUDGET, MAX_TRIED, joined, met_at, only_key, unlikely
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, ask, heard_out, inquiry

MAX_POINTERS = 20  # answers that a finding points at


@dataclass(frozen=True, slots=True)
class Holder:
    """A selector at which a key stands. `own`: the domain publishes it itself, not by an alias."""

    domain: str
    selector: str
    own: bool


@dataclass(frozen=True, slots=True, eq=False)
class KeyCensus:
    """The keys of all domains of a run, by digest, and the hole where a selector could not be read: of a domain whose
    selectors are named, one of these."""

    holders: Mapping[str, tuple[Holder, ...]]
    hole: Unknown | None = None


NO_CENSUS = KeyCensus(MappingProxyType({}))  # while gathering: the domains are not yet asked


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Who holds one key."""

    domains: tuple[str, ...]
    own: tuple[str, ...]  # the domains that publish it themselves


def census(records: Iterable[DomainEvidence]) -> KeyCensus:
    """Count the keys of a run."""
    holders: dict[str, list[Holder]] = {}
    hole: Unknown | None = None
    for record in records:
        answers = dict(_answers(record))
        over = BUDGET if len(record.options.selectors) > MAX_TRIED else None
        counted = (answers.get(n) for n in record.options.selectors) if record.options.selectors else answers.values()
        hole = hole or over or first_hole(*counted)
        for digest, holder in _held(record, answers):
            holders.setdefault(digest, []).append(holder)
    return KeyCensus({digest: tuple(found) for digest, found in holders.items()}, hole)


def shared_keys(_: Run, census: KeyCensus) -> Children[PublicKey]:
    """Each key that the run met. Beside a hole, only those that several domains have: of another somebody may have it
    as well."""
    shown = (d for d, held in census.holders.items() if not census.hole or len({h.domain for h in held}) > 1)
    return Children(tuple(PublicKey(digest) for digest in sorted(shown)), census.hole)


@inquiry
def key_use(key: PublicKey, census: KeyCensus) -> Steps[KeyUse]:
    """Tell who holds a key. What was answered is in the records of the domains; it is asked for here again only so
    that a finding points at it."""
    holders = census.holders[key.digest]
    for holder in holders[:MAX_POINTERS]:
        yield from ask(Question(name=f"{holder.selector}._domainkey.{holder.domain}", rdtype="TXT"))
    domains = dict.fromkeys(h.domain for h in holders)
    own = dict.fromkeys(h.domain for h in holders if h.own)
    return KeyUse(tuple(sorted(domains)), tuple(sorted(own)))


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
