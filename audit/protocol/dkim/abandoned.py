"""Aliases of DKIM selectors that lead to a domain which anybody may register.

Whoever registers it publishes a key of his own there, and signs in the name of the domain that the alias stands in.
"""

from __future__ import annotations

from audit.catalog.providers import Providers
from audit.catalog.selectors import Selectors
from audit.model.evidence import DomainOptions, Settings
from audit.model.fact import Known
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.dkim.discovery import dkim_discovery, dkim_key, selectors
from audit.protocol.inquiry import Steps, attempt, inquiry
from audit.protocol.registration import FreeDomains, free_domains

MAX_DOMAINS = 2  # that are asked about: an operator's aliases lead to few


@dataclass(frozen=True, slots=True)
class AbandonedAliases:
    """The domains of targets that do not exist."""

    domains: FreeDomains


@inquiry
def abandoned_aliases(
    domain: Domain, options: DomainOptions, providers: Providers, generic: Selectors, settings: Settings
) -> Steps[AbandonedAliases]:
    """Ask the registries of the targets that do not exist."""
    discovery = yield from dkim_discovery(domain, options, providers, generic, settings)
    here = selectors(domain, discovery, options).known
    keys = yield from attempt(dkim_key(domain, selector, options, providers) for selector in here)
    gone = [k.value.aliases[-1] for k in keys if isinstance(k, Known) and k.value.target_denied]
    return AbandonedAliases((yield from free_domains(gone, domain.name, MAX_DOMAINS)))
