"""Servers that stand behind the MX names of thousands of customers: a few names are visited, and speak for the rest.

A provider that gives each customer an MX name of their own leads them all to the same few addresses. Visiting each name
would be a flood for the provider, and tell the same thing a thousand times. So at each such address a few sessions are
held, each with another customer's name; after that the best of them is handed out for every other name, and says whose
session it was. Whether the certificate covers a name is judged for that name, from the certificate that was seen.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from audit.catalog.providers import load_providers
from audit.model.probe import Outcome, SmtpSession, SmtpVisit

NAMES_SAMPLED = 3
MOST_ADDRESSES = 1024  # that are remembered: those of the largest providers together are fewer
UNTRIED = frozenset(
    {Outcome.GUARD_REFUSED, Outcome.EGRESS_BLOCKED, Outcome.PAUSED, Outcome.BUDGET, Outcome.NOT_GATHERED}
)


@dataclass(slots=True)
class _Address:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    held: list[tuple[str, SmtpSession]] = field(default_factory=list)


class Frontends:
    def __init__(self) -> None:
        self._addresses: OrderedDict[SmtpVisit, _Address] = OrderedDict()

    @asynccontextmanager
    async def turn(self, visit: SmtpVisit) -> AsyncIterator[SmtpSession | None]:
        """Wait until it is known whether a visit is needed: a session that stands for it, or null."""
        address = self._address(visit)
        if address is None:
            yield None
            return
        async with address.lock:
            yield _speaker(address.held)

    def keep(self, visit: SmtpVisit, session: SmtpSession) -> None:
        """Let a session that was held speak for other names."""
        address = self._address(visit)
        if address is not None and len(address.held) < NAMES_SAMPLED:
            address.held.append((visit.host, session))

    def _address(self, visit: SmtpVisit) -> _Address | None:
        provider = _provider(visit)
        if provider is None:
            return None
        key = replace(visit, host=provider)
        address = self._addresses.setdefault(key, _Address())
        self._addresses.move_to_end(key)
        if len(self._addresses) > MOST_ADDRESSES:
            self._forget()
        return address

    def _forget(self) -> None:
        """Of the address that nobody came to for the longest time nothing is known any more: three names are visited
        again. One at which somebody is just now stays."""
        idle = next((key for key, address in self._addresses.items() if not address.lock.locked()), None)
        if idle is not None:
            del self._addresses[idle]


def is_speaker(visit: SmtpVisit, session: SmtpSession) -> bool:
    """Whether a session was held, and may speak for other names."""
    tried = bool(session.stages) and session.stages[0].outcome not in UNTRIED
    return tried and session.sampled is None and _provider(visit) is not None


def _provider(visit: SmtpVisit) -> str | None:
    """The provider behind whose front end a server stands."""
    provider = load_providers().of_mx(visit.host)
    return provider.id if provider is not None and provider.shared_frontend else None


def _speaker(held: list[tuple[str, SmtpSession]]) -> SmtpSession | None:
    """The session that stands for all, once there are enough: the last that came as far as TLS, or the last."""
    if len(held) < NAMES_SAMPLED:
        return None
    host, session = next(((h, s) for h, s in reversed(held) if s.tls is not None), held[-1])
    return replace(session, sampled=host)
