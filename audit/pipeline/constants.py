"""The constants that a survey is given: catalogue, trust store, thresholds, and what the run itself established."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from audit.catalog import roots, suffixes
from audit.catalog.blocklists import Blocklists, load_blocklists
from audit.catalog.digest import catalog_digest
from audit.catalog.issuers import Issuers, load_issuers
from audit.catalog.profiles import Profile, Thresholds
from audit.catalog.providers import Providers, load_providers
from audit.catalog.selectors import Selectors, load_selectors
from audit.model.evidence import Digests, Settings
from audit.model.fact import Fact, Known, Unknown
from audit.model.opinion import NOT_ASKED, SecondOpinion
from audit.model.subject import ListEntry, ListZone, NameEntry, Subject
from audit.protocol.dkim.census import NO_CENSUS, KeyCensus
from audit.protocol.dnsbl import ListHealth, ListHealths
from audit.protocol.smtp import Mangled
from audit.protocol.survey import Survey
from audit.protocol.vantage import Vantage
from audit.syntax.chain import TrustStore


@cache
def trust_store(extra: tuple[bytes, ...]) -> TrustStore:
    """Mozilla's roots, and those that the user added."""
    return TrustStore.of(roots.mozilla(), extra)


def digests(listed: str, extra: tuple[bytes, ...]) -> Digests:
    """What judgement depends on besides evidence and rules. `listed` is the digest of the list."""
    return Digests(
        list=listed,
        catalog=catalog_digest(),
        trust_store=roots.digest((*roots.mozilla(), *extra)),
        suffix_list=suffixes.digest(),
    )


def selected_blocklists(settings: Settings) -> Blocklists:
    """The lists of a run, by the ids and zones in its settings; what was asked in spite of all is read, too."""
    return load_blocklists().selected(settings.blocklists, forced=True)


def for_run(settings: Settings, blocklists: Blocklists, census: KeyCensus = NO_CENSUS) -> dict[type, Any]:
    return {Settings: settings, Blocklists: blocklists, KeyCensus: census}


def for_domains(
    settings: Settings, blocklists: Blocklists, profile: Profile, extra_ca: tuple[bytes, ...], run: Fact[Survey]
) -> Mapping[type, Any]:
    """All that each domain's survey is given, but its options and the time."""
    return {
        Settings: settings,
        Blocklists: blocklists,
        Issuers: load_issuers(),
        Providers: load_providers(),
        Selectors: load_selectors(),
        Thresholds: profile.thresholds,
        TrustStore: trust_store(extra_ca),
        Vantage: seen_from(run),
        ListHealths: healths_of(run),
        Mangled: Mangled(),  # judging tells, when all sessions are known
        SecondOpinion: NOT_ASKED,  # judging asks for it, domain by domain
    }


def seen_from(run: Fact[Survey]) -> Vantage:
    """The vantage; where even that could not be established, nothing is known of it."""
    fact: Fact[Vantage] = run if isinstance(run, Unknown) else run.value.facts[Vantage]
    if isinstance(fact, Known):
        return fact.value
    return Vantage(fact, fact, (), fact, fact, fact, fact, fact, fact)


def healths_of(run: Fact[Survey]) -> ListHealths:
    """The health of the lists that the run asked."""
    if isinstance(run, Unknown):
        return ListHealths(())
    entries: list[tuple[str, Fact[ListHealth]]] = [
        (child.subject.id, child.facts[ListHealth])
        for child in run.value.children
        if isinstance(child.subject, ListZone)
    ]
    return ListHealths(tuple(entries))


def unusable(run: Fact[Survey]) -> frozenset[str]:
    """The lists that could not be used in the whole run."""
    healths = healths_of(run)
    return frozenset(name for name, health in healths.entries if isinstance(health, Unknown) or not health.value.usable)


def listless(blocklists: Blocklists) -> set[type[Subject]]:
    """The kinds of subject of which no list of the run says anything: lists judge addresses, or names."""
    blame = [entry for entry in blocklists.entries if not entry.allows]
    return {
        *(() if any(entry.ipv4 or entry.ipv6 for entry in blame) else (ListEntry,)),
        *(() if any(entry.names for entry in blame) else (NameEntry,)),
        *(() if blocklists.entries else (ListZone,)),
    }
