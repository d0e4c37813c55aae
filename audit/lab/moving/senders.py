"""Senders of mail to the company: what becomes of a mail, whatever their caches hold (RFC 5321 section 5).

A sender tries the hosts of the MX records in order. A server that refuses (5xx) ends it: the mail is returned to who
wrote it. Where nobody answers, or the sender's own rules forbid every host, the mail waits and is tried again, for five
days (RFC 5321 section 4.5.4.1), and is returned then. Returned is lost, whoever's cache was to blame.

By an MTA-STS policy of mode enforce a sender gives mail to hosts that it names alone (RFC 8461 section 5), by TLSA
records only to servers with such a key (RFC 7672 section 2.2).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from audit.lab.moving.history import Door, History, Said, Sts, bare
from audit.syntax.mta_sts import matches

MINUTE, HOUR, DAY = 60, 3600, 86400
TRIES = (0, 15 * MINUTE, HOUR, 4 * HOUR, *(half * 12 * HOUR for half in range(1, 11)))  # after the first, five days


class Kind(StrEnum):
    """What protects the mail on its way."""

    PLAIN = "plain"
    STS = "MTA-STS"  # looks whether the policy has a new id before each try
    STS_SELDOM = "MTA-STS, seldom asking"  # looks only when the policy that it keeps is over
    DANE = "DANE"


class Fate(StrEnum):
    """What comes of one try."""

    DELIVERED = "delivered"
    WAITS = "waits"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Try:
    """One way in which a try may end, and why."""

    fate: Fate
    because: str


@dataclass(frozen=True, slots=True, order=True)
class Loss:
    """A mail that can be lost: when it was sent, when it was given up, and why."""

    sent_at: int
    given_up_at: int
    kind: str
    because: str


@dataclass(frozen=True)
class Senders:
    """All senders of one kind, with all that their caches may hold."""

    history: History
    domain: str
    kind: Kind

    @cached_property
    def _turns(self) -> tuple[int, ...]:
        return self.history.turns()

    @cached_property
    def _known(self) -> dict[int, frozenset[Try]]:
        return {}

    def tries(self, moment: int) -> frozenset[Try]:
        """Every way in which a try at this moment may end. It is the same until the next turn of the history."""
        between = bisect(self._turns, moment)
        if between not in self._known:
            self._known[between] = self._ends(moment)
        return self._known[between]

    def _ends(self, moment: int) -> frozenset[Try]:
        ends: set[Try] = set()
        for policy in self._policies(moment):
            for said in self.history.views(self.domain, "MX", moment):
                ends |= set(self._by_mx(said, policy, moment))
        return frozenset(ends)

    def loss(self, sent_at: int) -> Loss | None:
        """The worst that may become of a mail, when that is to be lost."""
        waiting = ""
        for after in TRIES:
            ends = sorted(self.tries(sent_at + after), key=lambda end: end.because)
            returned = next((end for end in ends if end.fate is Fate.RETURNED), None)
            if returned:
                return Loss(sent_at, sent_at + after, self.kind, returned.because)
            waiting = next((end.because for end in ends if end.fate is Fate.WAITS), "")
            if not waiting:
                return None
        return Loss(sent_at, sent_at + TRIES[-1], self.kind, f"for five days: {waiting}")

    def _policies(self, moment: int) -> frozenset[Sts | None]:
        """The MTA-STS policies by which a sender of this kind may act."""
        if self.kind not in (Kind.STS, Kind.STS_SELDOM):
            return frozenset({None})
        kept, live = self.history.policies(moment), self.history.at(moment).policy
        if self.kind is Kind.STS_SELDOM:
            return frozenset({*kept, live})
        seen = {_announced(said) for said in self.history.views(f"_mta-sts.{self.domain}", "TXT", moment)}
        asked = {live if announced else None for announced in seen}
        # A kept policy holds while its id is the one that is announced, or while no other can be had (section 3.3).
        held = {each for each in kept if live is None or seen & {each.id, None}}
        return frozenset({*held, *asked})

    def _by_mx(self, said: Said, policy: Sts | None, moment: int) -> Iterator[Try]:
        order = sorted((int(number), bare(host)) for number, host in (value.split() for value in said.values))
        hosts = tuple(host for _, host in order) or (
            self.domain,
        )  # without MX the domain itself (RFC 5321 section 5.1)
        if hosts == (".",):
            yield Try(Fate.RETURNED, "the domain says that it takes no mail")
            return
        if policy and policy.mode == "enforce":
            named = tuple(host for host in hosts if any(matches(pattern, host) for pattern in policy.mx))
            if not named:
                yield Try(Fate.WAITS, f"the MTA-STS policy {policy.id} does not name {hosts[0]}")
                return
            hosts = named
        yield from self._at(hosts, moment)

    def _at(self, hosts: tuple[str, ...], moment: int) -> Iterator[Try]:
        """The ways in which trying these hosts in turn may end."""
        if not hosts:
            yield Try(Fate.WAITS, "no host of the MX records can be reached")
            return
        here, others = hosts[0], hosts[1:]
        doors = self.history.at(moment).doors
        for said in self.history.views(here, "A", moment):
            reached = tuple(address for address in said.values if address in doors)
            if not reached:
                yield from self._at(others, moment)
            for address in reached:
                if doors[address] is Door.REFUSES:
                    yield Try(Fate.RETURNED, f"{here} refuses mail for {self.domain}")
                else:
                    yield from self._past_dane(here, address, others, moment)

    def _past_dane(self, host: str, address: str, others: tuple[str, ...], moment: int) -> Iterator[Try]:
        if self.kind is not Kind.DANE:
            yield Try(Fate.DELIVERED, host)
            return
        shown = self.history.at(moment).keys.get(address)
        for said in self.history.views(f"_25._tcp.{host}", "TLSA", moment):
            if not said.values or shown in {value.split()[-1] for value in said.values}:
                yield Try(Fate.DELIVERED, host)
            elif others:
                yield from self._at(others, moment)
            else:
                yield Try(Fate.WAITS, f"no TLSA record names the key of {host}")


def losses(history: History, domain: str) -> tuple[Loss, ...]:
    """Every mail that can be lost, whenever it is sent and whoever sends it: the first of each kind and cause."""
    found: dict[tuple[str, str], Loss] = {}
    starts = sorted({turn - after for turn in history.turns() for after in TRIES})
    for kind in Kind:
        senders = Senders(history, domain, kind)
        for start in starts:
            loss = senders.loss(start)
            if loss:
                found.setdefault((loss.kind, loss.because), loss)
    return tuple(sorted(found.values()))


def _announced(said: Said) -> str | None:
    """The id in an MTA-STS record, as somebody reads it who looks for nothing else."""
    text = "".join(said.values).strip('"')
    return text.partition("id=")[2].partition(";")[0].strip() or None
