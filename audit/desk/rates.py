"""At what pace mail goes to somebody who has turned some of it away, and when to stop.

A queue that comes back all at once is turned away again, and noted as one that does not listen. So each mail waits
longer from try to try, by chance more or less (RFC 5321 section 4.5.4.1), and after a reply about the pace all mail to
the same provider goes slower, not this one alone. What a provider allows, it says on its own pages: the catalogue has
that with its date. More addresses to send from are no way out: who counts, counts by domain and by network as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.catalog.advice import AdviceFact, load_advice
from audit.catalog.replies import Backoff, load_replies
from audit.desk.diagnosis import Diagnosis
from audit.desk.retry import waits

MOST_TRIES = 500  # of the slowest give-up and the shortest cap of the catalogue there are fewer
PACE = {
    "rate": (
        "All mail to this provider waits, not this one alone. Begin again with one connection and half the pace; while "
        "nothing is turned away, go up by a tenth an hour. Spreading over more addresses is no way out: limits go by "
        "domain and network, too, and it looks like abuse."
    ),
    "greylist": (
        "Only this mail waits. Come back from the same address, with the same sender and recipient: who comes from "
        "another is met for the first time again (RFC 6647)."
    ),
    "soft-system": "Other mail to this server need not be tried meanwhile: it would meet the same.",
    "soft-mailbox": "Only mail to this mailbox waits; all other goes on.",
    "reputation-block": (
        "Stop all mail that nobody is waiting for until the cause is mended. Another address would be listed as well."
    ),
}
ANY_PACE = "Only this mail waits; if the next ones to the same server fail alike, hold all of it to this plan."
ABOUT_SENDERS = frozenset(
    {"rate", "reputation-block", "policy-block", "auth-fail"}
)  # where a provider's own rules help
ENDS = {
    "after_change": "Now: the same mail, as it is, fails again. Send it anew when the cause is mended.",
    "never": "Now: this address takes no mail. Take it off the list.",
    "none": "Nothing is to be tried again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A further try, in seconds after the refusal: between its earliest and its latest time, by chance."""

    number: int
    earliest_s: int
    latest_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do with the mail that met a reply, and with other mail to the same place. `allows` and `asks`: what its
    provider lets those send who have an account there, and wants of those who send to it."""

    tries: tuple[Try, ...]  # none where the mail is not tried again
    pace: str
    stop: str
    give_up_s: int | None
    provider: str | None
    allows: tuple[AdviceFact, ...]
    asks: tuple[AdviceFact, ...]


def plan_for(found: Diagnosis) -> Plan:
    """The plan for the mail that met a reply."""
    backoff = found.retry.backoff
    known = load_advice().of(_advised(found.speaker)) if found.speaker else None
    facts = known.facts if known and found.kind.id in ABOUT_SENDERS else ()
    return Plan(
        tries=tries(backoff) if backoff else (),
        pace=PACE.get(found.kind.id, ANY_PACE) if backoff else "Other mail to this place goes on as before.",
        stop=_stop(backoff) if backoff else ENDS[found.retry.when],
        give_up_s=backoff.give_up_s if backoff else None,
        provider=known.name if known and facts else None,
        allows=tuple(f for f in facts if f.topic == "limit"),
        asks=tuple(f for f in facts if f.topic == "requirement"),
    )


def tries(backoff: Backoff) -> tuple[Try, ...]:
    """All tries of a plan until it gives up, each with the sum of the waits before it."""
    found: list[Try] = []
    earliest = latest = 0
    for number, (low, high) in enumerate(waits(backoff, MOST_TRIES), 1):
        earliest, latest = earliest + low, latest + high
        found.append(Try(number=number, earliest_s=earliest, latest_s=min(latest, backoff.give_up_s)))
    return tuple(found)


def limits(provider: str) -> tuple[AdviceFact, ...]:
    """What a provider lets those send who have an account there, as its own pages say."""
    known = load_advice().of(_advised(provider))
    return tuple(fact for fact in known.facts if fact.topic == "limit") if known else ()


def _advised(name: str) -> str:
    """By what the advice knows who is called so by replies and logs."""
    known = {speaker.name.casefold(): speaker.id for speaker in load_replies().speakers}
    return known.get(name.casefold(), name)


def _stop(backoff: Backoff) -> str:
    days = backoff.give_up_s / 86400
    return (
        f"After {days:g} {'day' if days == 1 else 'days'}: give the mail back to its sender. At once when a reply "
        "begins with 5: that is no longer about the pace."
    )
