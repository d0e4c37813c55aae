"""What a server's TLS takes beside the best, found out after a dialogue that a person asked for.

A dialogue shows the best that both sides know. What else is taken (RFC 9325, RFC 8996) shows in offers of nothing
better, each in a connection of its own, with a pause before each. They are made to a server that somebody named, since
it is that person's server, or soon will be; not to one that turned us away, nor to the few servers that a provider has
for everybody, of which others know more than one visitor can see.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from enum import StrEnum

from audit.catalog.providers import load_providers
from audit.gather.asking import asked
from audit.gather.dialogue import MX_PORT
from audit.model.dialogue import Dialogue, Ending, Part
from audit.model.evidence import TlsDepth
from audit.model.fact import Fact
from audit.model.probe import TlsShown
from audit.network.options import NetworkOptions
from audit.network.pace import JITTER
from audit.protocol.drive import FaultHook
from audit.protocol.tls_offers import MOST_OFFERS, TlsOffers, Way, offering

NOT_NOW = 421  # RFC 5321 section 3.8: it may be said to any command


class Spared(StrEnum):
    """Why it is not known what a server that speaks TLS takes."""

    SHARED = "shared"
    TURNED_AWAY = "turned_away"
    INTERRUPTED = "interrupted"


def spared(dialogue: Dialogue) -> Spared | None:
    """Why a server is left alone after a dialogue with it; None where it need not be."""
    if load_providers().shares(dialogue.host):
        return Spared.SHARED
    return Spared.TURNED_AWAY if _turned_away(dialogue) else None


def in_clear(dialogue: Dialogue) -> bool:
    """Whether to see if the server takes commands in clear: it should where servers deliver, and only there."""
    return dialogue.port == MX_PORT and not dialogue.implicit_tls


def _turned_away(dialogue: Dialogue) -> bool:
    """Whether the server did not let us come in. A login that it refuses is about the login."""
    if any(step.reply is not None and step.reply.code == NOT_NOW for step in dialogue.steps):
        return True
    entry = (dialogue.at(Part.BANNER), dialogue.at(Part.HELO) or dialogue.at(Part.EHLO), dialogue.at(Part.EHLO_TLS))
    return any(step is not None and step.ending is not Ending.OK for step in entry)


async def offers_to(
    dialogue: Dialogue, shown: TlsShown, depth: TlsDepth, gap: float, options: NetworkOptions, *, fault: FaultHook
) -> Fact[TlsOffers]:
    """Offer the server of a dialogue what a depth asks for, with a pause of `gap` seconds or a little more before each.

    All offers together have as long as one dialogue, without the pauses.
    """
    way = Way(
        host=dialogue.host,
        address=dialogue.address,
        port=dialogue.port,
        implicit_tls=dialogue.implicit_tls,
        rset=in_clear(dialogue),
    )
    paced = replace(options, limits=replace(options.limits, gap_between_visits=gap))
    seconds = options.limits.session + 2 * MOST_OFFERS[depth] * gap * (1 + JITTER)
    await asyncio.sleep(gap)
    return await asked(offering(way, depth, shown), paced, seconds, fault)
