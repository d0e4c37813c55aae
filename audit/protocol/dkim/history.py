"""How long a DKIM key has been in use, as far as earlier runs saw it.

A record does not say when its key was made. What can be told is since when the same key has stood at the same selector;
a key that was changed begins anew. M3AAWG (DKIM Key Rotation Best Common Practices) advises to change keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from audit.catalog.providers import Providers
from audit.model.evidence import DomainEvidence, DomainOptions, Sighting
from audit.model.fact import Fact, Known, Unknown
from audit.model.subject import Domain, Selector
from audit.model.value import dataclass
from audit.protocol.dkim.discovery import dkim_key, joined, only_key
from audit.protocol.inquiry import Steps, inquiry

MAX_SIGHTINGS = 200  # of one domain


@dataclass(frozen=True, slots=True)
class Sightings:
    """The keys and policies of a domain that earlier runs saw; None when no earlier run was given."""

    entries: tuple[Sighting, ...] | None


@dataclass(frozen=True, slots=True)
class KeyAge:
    """Since when the key of a selector has been seen there: None when another stood there before, or none stands."""

    since: Fact[datetime | None]


@inquiry
def key_age(
    domain: Domain, selector: Selector, options: DomainOptions, providers: Providers, sightings: Sightings
) -> Steps[KeyAge]:
    """Look for a key among those seen before."""
    found = yield from dkim_key(domain, selector, options, providers)
    digest = found.key.digest if found.key else None
    if digest is None:
        return KeyAge(Known(None))
    here = tuple(s for s in sightings.entries or () if s.name == selector.label)
    if not here:
        return KeyAge(Unknown("history.none"))
    return KeyAge(Known(min((s.first_seen for s in here if s.digest == digest), default=None)))


def carried_on(
    known: Mapping[str, Sighting], record: DomainEvidence, also: Iterable[tuple[str, str]] = ()
) -> dict[str, Sighting]:
    """What was known of a domain's keys, by name, and what a later run tells: what it saw, and what it knew itself from
    runs before it. A key counts from the time on at which it has stood there with no other in between. `also` are the
    names and digests of what else the run saw, of which the same holds."""
    state = dict(known)
    for told in record.sightings or ():
        have = state.get(told.name)
        earlier = have is not None and told.first_seen < have.first_seen
        same = have is not None and told.digest == have.digest
        if have is None or earlier == same:  # of one key the first time counts, of two keys the later one
            state[told.name] = told
    for name, digest in (*_seen(record), *also):
        have = state.get(name)
        if have is None or have.digest != digest:
            state[name] = Sighting(name=name, digest=digest, first_seen=record.observed_at)
    return {name: state[name] for name in sorted(state)[:MAX_SIGHTINGS]}


def _seen(record: DomainEvidence) -> Iterator[tuple[str, str]]:
    for asked in record.answers:
        question, got = asked.question, asked.answer
        if question.rdtype == "TXT" and got.records and question.name.endswith(f"._domainkey.{record.domain}"):
            key = only_key(joined(got))
            if key is not None and key.digest is not None:
                yield question.name, key.digest
