"""What several runs saw, each observation from the run that saw most of it; read from their files when it is asked for.

The sessions of a million domains do not fit into memory, so these are no tables: each looks into all runs in turn.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, TypeVar

from audit.model.evidence import DomainEvidence, Row, RunEvidence
from audit.model.fact import Known
from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import HttpsFetch, HttpsGet, Outcome, SmtpSession, SmtpVisit, Stage, StageName
from audit.pipeline.shelf import Index, InOrder, Numbers, digest_of, packed
from audit.pipeline.store import Evidence, place
from audit.protocol.smtp import NOT_REACHED
from audit.protocol.vantage import Vantage

SMTP_PORT = 25
PREVENTED, TRIED, CONNECTED = 0, 1, 2
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Source:
    """A run, what it could see, and the name under which its sessions are known."""

    evidence: Evidence
    vantage: Vantage

    @property
    def head(self) -> RunEvidence:
        return self.evidence.head

    def worth(self, asked: SmtpVisit | TlsHello) -> int:
        """How much a session says of the server: most where it could connect, nothing where our own network may be why
        it could not."""
        held = self.held(asked)
        connect = held.at(StageName.CONNECT) if held else None
        if connect is None:
            return PREVENTED
        if connect.outcome is Outcome.OK:
            return CONNECTED
        by_ipv6 = ":" in asked.address
        port25 = self.vantage.port25_ipv6 if by_ipv6 else self.vantage.port25
        open_here = asked.port != SMTP_PORT or port25 == Known(True)
        return TRIED if connect.outcome in NOT_REACHED and open_here else PREVENTED

    def held(self, asked: SmtpVisit | TlsHello) -> SmtpSession | TlsFlight | None:
        if isinstance(asked, SmtpVisit):
            return self.evidence.sessions.get(asked)
        return self.evidence.flights.get(asked)

    def session(self, visit: SmtpVisit) -> SmtpSession:
        """The session, marked with its run; a failure of our own network is told as one."""
        session = self.evidence.sessions[visit]
        connect = session.at(StageName.CONNECT)
        if self.worth(visit) is PREVENTED and connect is not None and connect.outcome in NOT_REACHED:
            blocked = Stage(stage=StageName.CONNECT, outcome=Outcome.EGRESS_BLOCKED)
            session = SmtpSession(stages=(blocked,), asked_at=session.asked_at)
        return replace(session, vantage=session.vantage or self.head.settings.ehlo)


def best(sources: Sequence[Source], asked: SmtpVisit | TlsHello) -> Source:
    """The run whose session came furthest; of equals the first.

    Raises:
        KeyError: none of them held one.
    """
    holders = [s for s in sources if s.held(asked)]
    if not holders:
        raise KeyError(asked)
    return max(holders, key=lambda s: s.worth(asked))


def each_once(held: Sequence[Mapping[A, Any]]) -> Iterator[A]:
    """All that was asked in any of the runs."""
    for at, mapping in enumerate(held):
        yield from (asked for asked in mapping if not any(asked in earlier for earlier in held[:at]))


class Sessions(Mapping[SmtpVisit, SmtpSession]):
    """Of each visit the session that came furthest. Canaries tell of the run itself, and are left as they are."""

    def __init__(self, sources: Sequence[Source], canaries: frozenset[SmtpVisit]) -> None:
        self._sources, self._canaries = sources, canaries

    def __getitem__(self, visit: SmtpVisit) -> SmtpSession:
        source = best(self._sources, visit)
        return source.evidence.sessions[visit] if visit in self._canaries else source.session(visit)

    def __iter__(self) -> Iterator[SmtpVisit]:
        return each_once([source.evidence.sessions for source in self._sources])

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Flights(Mapping[TlsHello, TlsFlight]):
    """Of each offer of TLS the answer from the run whose connection stood."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def __getitem__(self, hello: TlsHello) -> TlsFlight:
        return best(self._sources, hello).evidence.flights[hello]

    def __iter__(self) -> Iterator[TlsHello]:
        return each_once([source.evidence.flights for source in self._sources])

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Fetches(Mapping[HttpsGet, HttpsFetch]):
    """What was fetched by the runs that give the domains' answers: of what several fetched, that of the last domain."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources, self._index = sources, Index()
        self._ranks = {id(source): rank for rank, source in enumerate(sources)}

    def note(self, source: Source, record: DomainEvidence) -> None:
        """This run gives the answers of a domain."""
        for get in record.fetches:
            if get in source.evidence.fetches:
                self._index.note(digest_of(get), self._ranks[id(source)])

    def __getitem__(self, get: HttpsGet) -> HttpsFetch:
        for rank in self._index.offsets(digest_of(get)):
            fetch = self._sources[rank].evidence.fetches.get(get)
            if fetch is not None:
                return fetch
        raise KeyError(get)

    def __iter__(self) -> Iterator[HttpsGet]:
        return (get for get in each_once([source.evidence.fetches for source in self._sources]) if get in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Rows(InOrder[Row]):
    """The lines of the list that no run audited, each from the first run that tells of it."""

    def __init__(self, sources: Sequence[Source], audited: Numbers) -> None:
        self._sources, self._audited = sources, audited

    def __iter__(self) -> Iterator[Row]:
        told = heapq.merge(*(_ordered(source.evidence.rows) for source in self._sources), key=place)
        return (next(same) for at, same in groupby(told, key=place) if packed(*at) not in self._audited)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _ordered(rows: Iterable[Row]) -> Iterable[Row]:
    return rows if isinstance(rows, InOrder) else sorted(rows, key=place)
