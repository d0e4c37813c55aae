"""What was heard in this run, as much of it as fits: what nobody asked for again leaves first.

Most of what a domain asks is of its own names, and never asked for again: of a long list that alone would push out what
many domains share. So whatever was asked for twice stays before what was asked for once, and of each the least recently
used leaves first. Sizes are counted as CPython keeps such things, within a tenth: they say what a run of any length may
hold in memory.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from audit.model.hello import TlsFlight
from audit.model.probe import Answer, HttpsFetch, Probe, Question, SmtpSession

AGAIN = 0.75  # of the limit: what was asked for twice has no more, so that there is room for what is new
ENTRY = 406  # octets: an object with its fields, its probe, and their place in the table
TEXT = 100  # beside its characters, with its place in a tuple
STAGE = 600  # a step of a session with its reply


class Memory:
    """Outcomes by their probes, of `limit` octets at most."""

    def __init__(self, limit: int) -> None:
        self._limit, self._most_again = limit, int(limit * AGAIN)
        self._size = self._again_size = 0
        self._once: OrderedDict[Probe[Any], tuple[Any, int]] = OrderedDict()
        self._again: OrderedDict[Probe[Any], tuple[Any, int]] = OrderedDict()

    def get(self, probe: Probe[Any]) -> Any | None:
        """What is kept of a probe, or None."""
        kept = self._again.get(probe)
        if kept is not None:
            self._again.move_to_end(probe)
            return kept[0]
        kept = self._once.pop(probe, None)
        if kept is None:
            return None
        self._again[probe] = kept
        self._again_size += kept[1]
        while self._again_size > self._most_again:  # what is not asked for any more must not fill it for ever
            old, (outcome, size) = self._again.popitem(last=False)
            self._once[old] = outcome, size
            self._again_size -= size
        return kept[0]

    def keep(self, probe: Probe[Any], outcome: Any) -> None:
        size = octets(probe, outcome)
        again = self._again.pop(probe, None)
        before = again or self._once.pop(probe, None)
        if before is not None:
            self._size -= before[1]
        if again is not None:
            self._again_size -= again[1]
        self._once[probe] = outcome, size
        self._size += size
        while self._size > self._limit and self._once:
            _, (_, gone) = self._once.popitem(last=False)
            self._size -= gone

    @property
    def size(self) -> int:
        """In octets."""
        return self._size

    def __len__(self) -> int:
        return len(self._once) + len(self._again)


def octets(probe: Probe[Any], outcome: Any) -> int:
    """About how much memory an outcome takes with its probe."""
    if isinstance(probe, Question) and isinstance(outcome, Answer):
        size = ENTRY + len(probe.name)
        if outcome.records:
            size += _texts(outcome.records)
        if outcome.aliases:
            size += _texts(outcome.aliases)
        if outcome.proof or outcome.signatures or outcome.glue:
            size += _texts((*outcome.proof, *outcome.signatures, *outcome.glue))
        return size  # texts of an authority are shared by all denials in its zone
    if isinstance(outcome, SmtpSession):
        tls = outcome.tls
        return ENTRY + STAGE * len(outcome.stages) + (_lengths((*tls.chain, tls.stapled or b"")) if tls else 0)
    if isinstance(outcome, TlsFlight):
        return ENTRY + STAGE * len(outcome.stages) + _lengths(outcome.chain)
    if isinstance(outcome, HttpsFetch):
        tls = outcome.tls
        return ENTRY + TEXT * len(outcome.headers) + len(outcome.body) + (_lengths(tls.chain) if tls else 0)
    return ENTRY


def _texts(texts: Iterable[str]) -> int:
    return sum([TEXT + len(text) for text in texts])


def _lengths(parts: Iterable[bytes]) -> int:
    return sum(map(len, parts))
