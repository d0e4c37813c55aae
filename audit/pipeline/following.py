"""The process that judges domains while others are gathered: it reads evidence as it grows. See `pipeline/ahead.py`.

What a domain names of hosts.jsonl stands there before the domain's own record does, and an observation is written once.
So a domain is judged as it will be in the end, but where nobody was asked in time: such a session may yet be held for
another domain, and so that domain is left for the end. So is one in which a fault of ours shows, which is to be told.
"""

from __future__ import annotations

import os
import select
import shutil
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from audit import contract
from audit.model.evidence import DomainEvidence, Fetched, Offered, RunEvidence, Visited
from audit.model.opinion import SecondOpinion
from audit.model.probe import Probe
from audit.pipeline import constants
from audit.pipeline.ahead import Early
from audit.pipeline.ending import EVIDENCE, HOSTS
from audit.pipeline.garbage import seldom_collected
from audit.pipeline.hosts import SHARED, probe_of, read_shared, shared_of, was_asked
from audit.pipeline.judging import Bench
from audit.pipeline.shelf import Held
from audit.pipeline.store import MAX_LINE, Evidence, pairs, read_record
from audit.protocol.vantage import Vantage
from audit.rules.summary.coverage import counts

DOMAIN_LINE = b'{"kind":"domain",'  # as the codec writes it
LOOKS_EVERY = 1.0  # seconds, where too little came
ROOM = 1 << 30  # octets of disk that are left to the evidence, and to what the run writes in the end
BATCH = 200  # records: another tool is asked about so many at a time, as its start takes a while
GENTLE = 10  # whoever gathers gets the processor first (nice(2))


def main(handle: int, directory: str) -> None:
    """Judge what comes into a directory until the standard input ends, as it does when who began this does."""
    os.nice(GENTLE)
    with os.fdopen(handle, "wb") as out, seldom_collected():
        Follower(Path(directory), out).work()


class Follower:
    """Reads evidence as it grows, and writes what is made of it."""

    def __init__(self, directory: Path, out: BinaryIO) -> None:
        self._directory, self._out = directory, out
        self._records, self._hosts = _Growing(directory / EVIDENCE), _Growing(directory / HOSTS)
        self._held: dict[type[Any], Held[Any, Any]] = {
            kind: Held(directory / HOSTS, pairs(kind, directory / HOSTS)) for kind in SHARED.values()
        }
        self._head: RunEvidence | None = None
        self._bench: _Bench | None = None

    def work(self) -> None:
        waiting: list[tuple[int, bytes]] = []
        wait = 0.0
        while self._has_room() and not is_over(wait):
            waiting += islice(self._records.lines(), BATCH - len(waiting))
            for at, line in self._hosts.lines():  # what a record names was written before it
                shared = read_shared(line, own=True)
                self._held[type(shared)].note(probe_of(shared), at)
            wait = 0.0 if len(waiting) >= self._least() else LOOKS_EVERY
            if not wait:
                self._judge(waiting)
                waiting = []

    def _has_room(self) -> bool:
        return shutil.disk_usage(self._directory).free >= ROOM

    def _least(self) -> int:
        return BATCH if self._head is not None and self._head.settings.second_opinion else 1

    def _judge(self, lines: list[tuple[int, bytes]]) -> None:
        if self._head is None:
            (_, first), *lines = lines
            head = read_record(first, own=True)
            if not isinstance(head, RunEvidence):
                raise TypeError("evidence opens with a run record")
            self._head = head
        read = ((at, contract.load(line, DomainEvidence)) for at, line in lines if line.startswith(DOMAIN_LINE))
        records = [(at, record) for at, record in read if self._is_settled(record)]
        if not records:
            return
        if self._bench is None:
            held = self._held
            evidence = Evidence(self._head, (), (), held[Visited], held[Fetched], held[Offered])
            self._bench = _Bench(evidence, aged=records[0][1].sightings is not None)
        for before, text in self._bench.judged(records):
            self._out.write(contract.dump(before) + b"\n" + text + b"\n")
            self._out.flush()
            if is_over():
                return

    def _is_settled(self, record: DomainEvidence) -> bool:
        """Whether all that it names is there, and was asked."""
        probes: tuple[Probe[Any], ...] = (*record.visits, *record.fetches, *record.hellos)
        return all(map(self._was_asked, probes))

    def _was_asked(self, probe: Any) -> bool:
        told = (held[probe] for held in self._held.values() if probe in held)
        return any(was_asked(shared_of(probe, outcome)) for outcome in told)


class _Bench:
    """Where domains are judged one after another, as they will be in the end."""

    def __init__(self, evidence: Evidence, *, aged: bool) -> None:
        self._faults, self._aged = 0, aged
        self._bench = Bench(evidence, None, self._broke, aged=aged)
        run, _ = self._bench.run()
        self._given: Mapping[type, Any] = self._bench.given(run)
        self._unusable = constants.unusable(run)

    def judged(self, records: list[tuple[int, DomainEvidence]]) -> Iterator[tuple[Early, bytes]]:
        opinions = self._bench.opinions((record for _, record in records), self._given[Vantage])
        for (at, record), opinion in zip(records, opinions, strict=False):
            before = self._faults
            report, results = self._bench.domain(record, {**self._given, SecondOpinion: opinion})
            if self._faults > before or opinion.failed:
                continue
            text = contract.dump(report)
            yield (
                Early(
                    at=at,
                    size=len(text),
                    aged=self._aged,
                    visited=bool(record.visits),
                    counts=counts(report, results, self._unusable),
                ),
                text,
            )

    def _broke(self, _: BaseException) -> None:
        self._faults += 1


class _Growing:
    """The whole lines of a file, as far as it has grown."""

    def __init__(self, path: Path) -> None:
        self._file, self._at = path.open("rb"), 0

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Those that came since, each with the offset at which it begins."""
        self._file.seek(self._at)
        while (line := self._file.readline(MAX_LINE)).endswith(b"\n"):
            at, self._at = self._at, self._at + len(line)
            yield at, line


def is_over(seconds: float = 0.0) -> bool:
    """Whether the standard input has ended, or does so within some time."""
    return bool(select.select([sys.stdin], [], [], seconds)[0])
