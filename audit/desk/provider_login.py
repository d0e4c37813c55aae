"""How a provider wants its users to log in today (RFC 4954, RFC 7628), by the server at which they hand in mail.

Passwords have become the exception: most large providers take OAuth tokens or passwords made for one program, from a
day on that they announced. The days are facts of the catalogue, each with the day on which somebody looked.
"""

from __future__ import annotations

import re

from audit.catalog.advice import AdviceFact, ProviderAdvice, load_advice
from audit.catalog.providers import load_providers


def login_today(host: str) -> tuple[str, ...]:
    """What the provider says whose server this is; nothing of any other server."""
    found = provider_of(host)
    return tuple(_told(found, fact) for fact in found.facts if fact.topic == "login") if found else ()


def provider_of(host: str) -> ProviderAdvice | None:
    """The provider that takes its users' mail at this host."""
    name, advice = host.lower().removesuffix("."), load_advice()
    for provider in load_providers().entries:
        if name in {place.rpartition(":")[0] for place in provider.submission} and (known := advice.of(provider.id)):
            return known
    named = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)")
    return next(
        (e for e in advice.entries if any(f.topic == "submission" and named.search(f.text.lower()) for f in e.facts)),
        None,
    )


def _told(provider: ProviderAdvice, fact: AdviceFact) -> str:
    since = f", from {fact.since} on" if fact.since else ""
    return f"{provider.name}{since}: {fact.text} (Looked up on {fact.checked}.)"
