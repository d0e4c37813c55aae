"""A world that writes down what another says, and that can be told that time is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from audit.model.evidence import Asked, Fetched, Offered, Routed, Visited
from audit.model.hello import TlsHello
from audit.model.probe import HttpsGet, Probe, Question, RouteCheck, SmtpVisit
from audit.model.unasked import out_of_time
from audit.protocol.inquiry import World


class Recorder:
    """Records each observation once. After `expire`, whatever is still open or asked later is answered `budget`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[Probe[Any], Any] = {}
        self._open: dict[Probe[Any], list[Callable[[Any], None]]] = {}
        self._expired = False

    def __call__(self, probe: Probe[Any], done: Callable[[Any], None]) -> None:
        if probe in self._seen:
            done(self._seen[probe])
        elif probe in self._open:
            self._open[probe].append(done)
        elif self._expired:
            self._seen[probe] = out_of_time(probe)
            done(self._seen[probe])
        else:
            self._open[probe] = [done]
            self._world(probe, lambda came: self._came(probe, came))

    def expire(self) -> None:
        """Time is over."""
        self._expired = True
        for probe in tuple(self._open):
            self._came(probe, out_of_time(probe))

    def forget(self) -> None:
        """Nobody wants to know any more: what still comes in leads to no further probe."""
        self._open.clear()

    def _came(self, probe: Probe[Any], came: Any) -> None:
        waiting = self._open.pop(probe, None)
        if waiting is None:  # too late: it was answered `budget`, or nobody waits
            return
        self._seen[probe] = came
        for done in waiting:
            done(came)

    @property
    def answers(self) -> tuple[Asked, ...]:
        return tuple(Asked(question=p, answer=self._seen[p]) for p in self._ordered() if isinstance(p, Question))

    @property
    def visits(self) -> tuple[Visited, ...]:
        return tuple(Visited(visit=p, session=self._seen[p]) for p in self._ordered() if isinstance(p, SmtpVisit))

    @property
    def fetches(self) -> tuple[Fetched, ...]:
        return tuple(Fetched(get=p, fetch=self._seen[p]) for p in self._ordered() if isinstance(p, HttpsGet))

    @property
    def hellos(self) -> tuple[Offered, ...]:
        return tuple(Offered(hello=p, flight=self._seen[p]) for p in self._ordered() if isinstance(p, TlsHello))

    @property
    def routes(self) -> tuple[Routed, ...]:
        return tuple(Routed(check=p, route=self._seen[p]) for p in self._ordered() if isinstance(p, RouteCheck))

    def _ordered(self) -> list[Probe[Any]]:
        return sorted(self._seen, key=lambda p: p.key)
