"""Of the evidence of pieces, one evidence: that which one process would have written."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from audit.model.evidence import DomainEvidence, Row, RunEvidence, Visited
from audit.model.hello import TlsHello
from audit.model.probe import HttpsGet, SmtpVisit
from audit.pipeline.hosts import Shared
from audit.pipeline.journal import Journal
from audit.pipeline.many.elsewhere import Source, observed, written
from audit.pipeline.many.storage import Storage
from audit.pipeline.store import Evidence, read_evidence

A = TypeVar("A", SmtpVisit, HttpsGet, TlsHello)


def put_together(
    directory: Path,
    storage: Storage,
    *,
    head: RunEvidence,
    seen: tuple[Visited, ...],
    first: Sequence[str],
    later: Sequence[str],
    interrupted: bool,
) -> None:
    """Write the evidence of a run into a directory: of the pieces with all rows of the list, in its order, and of those
    that came later to the same domains.

    Raises:
        EvidenceError: a piece cannot be used.
        OSError: the disk does not take the evidence.
    """
    with Journal(directory) as journal, ExitStack() as open_:
        journal.write(head, seen)
        more = heapq.merge(*(_sources(_opened(open_, storage, name)) for name in later), key=lambda s: _line(s[0]))
        ahead = next(more, None)
        for name in first:
            with ExitStack() as closing:
                evidence = _opened(closing, storage, name)
                for record in evidence.in_order():
                    if isinstance(record, Row):
                        journal.write(record)
                        continue
                    sources = [(record, evidence)]
                    while ahead is not None and _line(ahead[0]) == _line(record):
                        sources.append(ahead)
                        ahead = next(more, None)
                    whole = whole_of([each for each, _ in sources])
                    journal.write(whole, tuple(_shared(whole, sources)))
        journal.end("interrupted" if interrupted else "complete")


def whole_of(records: Sequence[DomainEvidence]) -> DomainEvidence:
    """A domain's record of all that pieces tell of it."""
    if len(records) == 1:
        return records[0]
    answers = {asked.question: asked for record in reversed(records) for asked in record.answers}
    return replace(
        records[0],
        answers=tuple(answers[question] for question in sorted(answers, key=lambda q: q.key)),
        visits=_union(record.visits for record in records),
        fetches=_union(record.fetches for record in records),
        hellos=_union(record.hellos for record in records),
    )


def _union(probes: Iterable[tuple[A, ...]]) -> tuple[A, ...]:
    return tuple(sorted({probe for some in probes for probe in some}, key=lambda probe: probe.key))


def _shared(record: DomainEvidence, sources: Sequence[Source]) -> Iterator[Shared]:
    """What came of a record's probes, where somebody asked; else that nobody did."""
    where = [evidence for _, evidence in sources]
    probes: tuple[SmtpVisit | HttpsGet | TlsHello, ...] = (*record.visits, *record.fetches, *record.hellos)
    for probe in probes:
        shared = observed(probe, where) or next((w for each in where if (w := written(probe, each))), None)
        if shared is not None:
            yield shared


def _opened(stack: ExitStack, storage: Storage, name: str) -> Evidence:
    return read_evidence(stack.enter_context(storage.copy(name)))


def _sources(evidence: Evidence) -> Iterator[Source]:
    return ((record, evidence) for record in evidence.listed())


def _line(record: DomainEvidence) -> int:
    return record.input.line
