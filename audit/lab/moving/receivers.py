"""Receivers of the company's own mail: whether they take it, whatever their caches hold (RFC 9989 section 5.3).

A mail is checked when it arrives, which may be five days after it was signed and sent. It passes DMARC by SPF (RFC
7208) when the address that sends is listed for the company's domain, or by DKIM (RFC 6376) when there is a key for its
signature. Who forwards mail sends it from an address of his own, so that only the signature is left. Of what passes by
neither, a domain of policy reject loses all.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from audit.lab.moving.history import Epoch, History, Said
from audit.lab.moving.senders import DAY, HOUR, Loss
from audit.model.fact import need
from audit.model.probe import Answer, DnsStatus, Probe, Question
from audit.protocol.drive import replay
from audit.protocol.spf.check_host import check_host
from audit.protocol.spf.outcome import SpfQuery, SpfResult

ARRIVES = (0, HOUR, DAY, 5 * DAY)  # after it was sent (RFC 5321 section 4.5.4.1)


class Way(StrEnum):
    """How a mail comes to its receiver."""

    DIRECT = "direct"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Service:
    """What sends mail for the company: from which address, and with which selector it signs."""

    name: str
    address: str
    selector: str | None


@dataclass(frozen=True)
class Receivers:
    """All receivers, with all that their caches may hold."""

    history: History
    domain: str
    services: tuple[Service, ...]

    def loss(self, service: Service, way: Way, sent_at: int) -> Loss | None:
        """The worst that may become of a mail, when that is to be lost."""
        for after in ARRIVES:
            because = self._turned_away(service, way, sent_at + after)
            if because:
                return Loss(sent_at, sent_at + after, f"from {service.name}, {way}", because)
        return None

    def losses(self) -> tuple[Loss, ...]:
        """Every mail that can be lost, whenever it is sent: the first of each service, way and cause."""
        found: dict[tuple[str, str], Loss] = {}
        starts = sorted({turn - after for turn in self.history.turns() for after in ARRIVES})
        for start in starts:
            for service in self.services:
                if service.name in self.history.at(start).sending:
                    for way in Way:
                        loss = self.loss(service, way, start)
                        if loss:
                            found.setdefault((loss.kind, loss.because), loss)
        return tuple(sorted(found.values()))

    def _turned_away(self, service: Service, way: Way, moment: int) -> str | None:
        """Why some receiver turns the mail away at a moment; None when each takes it. It is the same until the next
        turn of the history."""
        key = service, way, bisect(self._turns, moment)
        if key not in self._known:
            self._known[key] = self._why(service, way, moment)
        return self._known[key]

    @cached_property
    def _turns(self) -> tuple[int, ...]:
        return self.history.turns()

    @cached_property
    def _known(self) -> dict[tuple[Service, Way, int], str | None]:
        return {}

    def _why(self, service: Service, way: Way, moment: int) -> str | None:
        if not any("p=reject" in "".join(said.values) for said in self._views(f"_dmarc.{self.domain}", moment)):
            return None
        spf = None if way is Way.DIRECT else "its sender is who forwards it"
        spf = spf or self._without_spf(service, moment)
        dkim = self._without_key(service, moment)
        return f"SPF: {spf}; DKIM: {dkim}" if spf and dkim else None

    def _without_key(self, service: Service, moment: int) -> str | None:
        if service.selector is None:
            return "no signature"
        name = f"{service.selector}._domainkey.{self.domain}"
        if any(not said.values for said in self._views(name, moment)):
            return f"no key at {name}"
        return None

    def _without_spf(self, service: Service, moment: int) -> str | None:
        """The first result that is no pass, over all records that a receiver may hold."""
        epoch = self.history.at(moment)
        for said in sorted(self._views(self.domain, moment), key=str):
            result = self._checked(service.address, said, epoch)
            if result is not SpfResult.PASS:
                return result
        return None

    def _views(self, name: str, moment: int) -> frozenset[Said]:
        return self.history.views(name, "TXT", moment)

    def _checked(self, address: str, said: Said, epoch: Epoch) -> SpfResult:
        key = address, said, epoch.since
        if key not in self._results:
            self._results[key] = _result(address, self.domain, said, epoch)
        return self._results[key]

    @cached_property
    def _results(self) -> dict[tuple[str, Said, int], SpfResult]:
        return {}


def _result(address: str, domain: str, said: Said, epoch: Epoch) -> SpfResult:
    """What SPF comes to with the company's record as a cache holds it, and all others as they are."""

    def told(probe: Probe[Any]) -> Any:
        if not isinstance(probe, Question):
            raise TypeError(f"SPF asks the DNS, not {probe}")
        own = (probe.name, probe.rdtype) == (domain, "TXT")
        return _answer(said if own else epoch.says(probe.name, probe.rdtype))

    fact, _ = replay(check_host(SpfQuery(address, mail_from=f"info@{domain}", helo=domain)), told)
    return need(fact).result


def _answer(said: Said) -> Answer:
    status = DnsStatus.NOERROR if said.values else DnsStatus.NXDOMAIN
    return Answer(status=status, records=tuple(sorted(said.values)), ttl=said.ttl, flags=("ra",))
