"""Mail providers, told by the names that their customers publish.

Who takes a domain's mail shows in its MX (RFC 5321 section 5.1), who sends it in the includes of its SPF record
(RFC 7208 section 5.2). A provider also chooses its customers' DKIM selectors, so knowing it is knowing which keys to
look for. Names are matched by whole labels from the right: `google.com.evil.net` is not Google's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date
from functools import cache
from typing import Literal, TypeVar

from audit.catalog import tables
from audit.catalog.suffixes import registry_domain
from audit.model.value import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Autodiscover:
    """To which name autodiscover has to lead, for mail that goes to hosts with this suffix of whole labels."""

    mx: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A mailbox host, a filter in front of one (gateway), or a service that sends for others.

    `mx` and `spf` are suffixes of whole labels: of an MX host, and of an SPF include's target. `selectors` are names as
    they stand; those made for each customer are not listed. `dkim` are suffixes of the names to which customers'
    selectors are aliases; `spare_selectors` stay empty until the provider changes keys for the first time.
    `submission` are the servers, as host:port, that take mail of customers' programs, the best first.
    `shared_frontend`: each customer has an MX name of their own, and all of them lead to the same few servers.
    `unverified`: no public page of the provider confirms it.
    """

    id: str
    name: str
    kind: Literal["mailbox", "gateway", "sender"]
    mx: tuple[str, ...]
    spf: tuple[str, ...]
    selectors: tuple[str, ...]
    dkim: tuple[str, ...]
    spare_selectors: tuple[str, ...]
    autodiscover: tuple[Autodiscover, ...]
    submission: tuple[str, ...]
    source: str
    checked: date
    shared_frontend: bool
    unverified: bool

    def autodiscover_of(self, host: str) -> str | None:
        """Where autodiscover has to lead for mail that goes to an MX host; None where it has to lead nowhere."""
        return _longest(host, {entry.mx: entry.name for entry in self.autodiscover})


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """All providers. Where several fit, the longest suffix wins, then the earlier entry."""

    entries: tuple[Provider, ...]
    _mx: Mapping[str, Provider] = field(init=False, repr=False, compare=False)  # by suffix
    _spf: Mapping[str, Provider] = field(init=False, repr=False, compare=False)
    _dkim: Mapping[str, Provider] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_mx", _by_suffix((s, e) for e in self.entries for s in e.mx))
        object.__setattr__(self, "_spf", _by_suffix((s, e) for e in self.entries for s in e.spf))
        object.__setattr__(self, "_dkim", _by_suffix((s, e) for e in self.entries for s in e.dkim))

    def __hash__(self) -> int:
        """A run has one or two of these, which are in the identity of hundreds of inquiries a domain: to tell them
        apart by their size is enough."""
        return len(self.entries)

    def __getitem__(self, id: str) -> Provider:
        for entry in self.entries:
            if entry.id == id:
                return entry
        raise KeyError(id)

    def of_mx(self, host: str) -> Provider | None:
        """The provider that runs an MX host, or None."""
        return _longest(host, self._mx)

    def of_include(self, name: str) -> Provider | None:
        """The provider that publishes the target of an SPF include, or None. Macros in its left part don't disturb."""
        return _longest(name, self._spf)

    def of_key(self, name: str) -> Provider | None:
        """The provider that signs, by the name to which a DKIM selector is an alias, or None."""
        return _longest(name, self._dkim)

    def shares(self, host: str) -> bool:
        """Whether one of a provider's few servers for all of its customers stands behind a host: where they receive, or
        where they hand in mail."""
        name = host.lower().removesuffix(".")
        behind = self.of_mx(name)
        at = {place.rpartition(":")[0] for e in self.entries for place in e.submission}
        return name in at or (behind is not None and behind.shared_frontend)

    def runs(self, host: str) -> bool:
        """Whether a host lies in a registered domain in which a provider has its servers: `mail-1.google.com`."""
        domain = registry_domain(host)
        return any(domain == registry_domain(s) for e in self.entries for s in (*e.mx, *e.spf) if domain)


def _by_suffix(pairs: Iterable[tuple[str, Provider]]) -> Mapping[str, Provider]:
    found: dict[str, Provider] = {}
    for suffix, entry in pairs:
        found.setdefault(suffix.lower().removesuffix("."), entry)
    return found


def _longest(name: str, suffixes: Mapping[str, T]) -> T | None:
    """What belongs to the longest suffix of whole labels."""
    rest = name.lower().removesuffix(".")
    while rest:
        if entry := suffixes.get(rest):
            return entry
        rest = rest.partition(".")[2]
    return None


@cache
def load_providers() -> Providers:
    """The providers that are shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return Providers(entries=tables.section("providers", tuple[Provider, ...]))
