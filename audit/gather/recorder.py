"""A world that writes down what another says, and that can be told that time is over."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from audit.model.evidence import Asked, Fetched, Offered, Routed, Visited
from audit.model.hello import TlsHello
from audit.model.probe import HttpsGet, Probe, Question, RouteCheck, SmtpVisit
from audit.model.unasked import out_of_time
from audit.protocol.drive import World

P = TypeVar("P", bound=Probe[Any])


class Recorder:
    """Records each observation once. After `expire`, whatever is still open or asked later is answered `budget`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[Probe[Any], Any] = {}
        self._open: dict[Probe[Any], list[Callable[[Any], None]]] = {}
        self._expired = False

    def __call__(self, probe: Probe[Any], done: Callable[[Any], None]) -> None:
        seen = self._seen.get(probe)
        if seen is not None:
            done(seen)
            return
        waiting = self._open.get(probe)
        if waiting is not None:
            waiting.append(done)
        elif self._expired:
            late = self._seen[probe] = out_of_time(probe)
            done(late)
        else:
            self._open[probe] = [done]
            self._world(probe, partial(self._came, probe))

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
        return tuple([Asked(question=p, answer=seen) for p, seen in self._ordered(Question)])

    @property
    def visits(self) -> tuple[Visited, ...]:
        return tuple([Visited(visit=p, session=seen) for p, seen in self._ordered(SmtpVisit)])

    @property
    def fetches(self) -> tuple[Fetched, ...]:
        return tuple([Fetched(get=p, fetch=seen) for p, seen in self._ordered(HttpsGet)])

    @property
    def hellos(self) -> tuple[Offered, ...]:
        return tuple([Offered(hello=p, flight=seen) for p, seen in self._ordered(TlsHello)])

    @property
    def routes(self) -> tuple[Routed, ...]:
        return tuple([Routed(check=p, route=seen) for p, seen in self._ordered(RouteCheck)])

    def _ordered(self, kind: type[P]) -> list[tuple[P, Any]]:
        """What was seen of one kind of probe, by the probes' text."""
        return sorted(
            [(p, seen) for p, seen in self._seen.items() if isinstance(p, kind)], key=lambda each: each[0].key
        )
