"""Mail providers, told by the names that their customers publish.

Who takes a domain's mail shows in its MX (RFC 5321 section 5.1), who sends it in the includes of its SPF record
(RFC 7208 section 5.2). A provider also chooses its customers' DKIM selectors, so knowing it is knowing which keys to
look for. Names are matched by whole labels from the right: `google.com.evil.net` is not Google's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from audit.catalog import tables
from audit.catalog.suffixes import registry_domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A mailbox host, a filter in front of one (gateway), or a service that sends for others.

    `mx` and `spf` are suffixes of whole labels: of an MX host, and of an SPF include's target. `selectors` are names as
    they stand; those made for each customer are not listed. `dkim` are suffixes of the names to which customers'
    selectors are aliases; `spare_selectors` stay empty until the provider changes keys for the first time.
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
    source: str
    checked: date
    unverified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """All providers. Where several fit, the longest suffix wins, then the earlier entry."""

    entries: tuple[Provider, ...]

    def __getitem__(self, id: str) -> Provider:
        for entry in self.entries:
            if entry.id == id:
                return entry
        raise KeyError(id)

    def of_mx(self, host: str) -> Provider | None:
        """The provider that runs an MX host, or None."""
        return self._longest(host, lambda entry: entry.mx)

    def of_include(self, name: str) -> Provider | None:
        """The provider that publishes the target of an SPF include, or None. Macros in its left part don't disturb."""
        return self._longest(name, lambda entry: entry.spf)

    def of_key(self, name: str) -> Provider | None:
        """The provider that signs, by the name to which a DKIM selector is an alias, or None."""
        return self._longest(name, lambda entry: entry.dkim)

    def runs(self, host: str) -> bool:
        """Whether a host lies in a registered domain in which a provider has its servers: `mail-1.google.com`."""
        domain = registry_domain(host)
        return any(domain == registry_domain(s) for e in self.entries for s in (*e.mx, *e.spf) if domain)

    def _longest(self, name: str, suffixes: Callable[[Provider], tuple[str, ...]]) -> Provider | None:
        fitting = [(len(s), e) for e in self.entries for s in suffixes(e) if suffix_matches(name, s)]
        return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def suffix_matches(name: str, suffix: str) -> bool:
    """Whether a name is the suffix or lies below it: whole labels, without case, a final dot aside."""
    whole, end = name.lower().removesuffix("."), suffix.lower().removesuffix(".")
    return whole == end or whole.endswith(f".{end}")


@cache
def load_providers() -> Providers:
    """The providers that are shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return Providers(entries=tables.section("providers", tuple[Provider, ...]))
