"""Aliases of DKIM selectors that lead to a domain which anybody may register.

Whoever registers it publishes a key of his own there, and signs in the name of the domain that the alias stands in.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.catalog.providers import Providers
from audit.catalog.selectors import Selectors
from audit.catalog.suffixes import registry_domain
from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known
from audit.model.subject import Domain
from audit.protocol.dkim.discovery import dkim_discovery, dkim_key, selectors
from audit.protocol.inquiry import Steps, attempt, inquiry
from audit.protocol.registration import Registration, registration

MAX_DOMAINS = 2  # that are asked about: an operator's aliases lead to few


@dataclass(frozen=True, slots=True)
class AbandonedAliases:
    """The domains that selectors' aliases lead to and that are certain to be free."""

    free: frozenset[str]

    def behind(self, target: str) -> str | None:
        """The free domain that a name lies in."""
        domain = registry_domain(target)
        return domain if domain in self.free else None


@inquiry
def abandoned_aliases(
    domain: Domain, options: DomainOptions, providers: Providers, generic: Selectors
) -> Steps[AbandonedAliases]:
    """Ask the registries of the targets that do not exist."""
    discovery = yield from dkim_discovery(domain, options, providers, generic)
    here = selectors(domain, discovery, options).known
    keys = yield from attempt(dkim_key(domain, selector, options, providers) for selector in here)
    gone = (k.value.aliases[-1] for k in keys if isinstance(k, Known) and k.value.target_denied)
    by_domain = {at: name for name in gone if (at := registry_domain(name)) and at != registry_domain(domain.name)}
    asked = tuple(by_domain.values())[:MAX_DOMAINS]
    found = yield from attempt(registration(name) for name in asked)
    return AbandonedAliases(frozenset(d for fact in found if (d := _free(fact)) is not None))


def _free(fact: Fact[Registration]) -> str | None:
    if isinstance(fact, Known) and fact.value.registered == Known(False):
        return fact.value.domain
    return None
