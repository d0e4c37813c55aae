"""How far a run is, on standard error: one line that changes on a terminal, a line every half minute elsewhere.

Its pace is that of the last half minute, and so is what it says of the time that is left: a list is in no order of
slowness. A run in which nothing is done for a while still says so.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

import rich_click as click

from audit.cli.terminal import columns
from audit.pipeline.gathering import Progress
from audit.syntax.escape import visible

SPAN = 30.0  # seconds over which the pace is measured, and between two lines where nothing can be overwritten
SAMPLED = 0.5  # seconds between two samples
ENOUGH = 2.0  # seconds without which no pace is told
LOOKS_EVERY = 1.0
WIDEST = 200


class ProgressLine:
    """Told of progress, from any thread. `detailed`: also for whom visits wait."""

    def __init__(self, *, shown: bool, detailed: bool = False, now: Callable[[], float] = time.monotonic) -> None:
        self._shown, self._detailed, self._now = shown, detailed, now
        self._live = sys.stderr.isatty() and os.environ.get("CI", "").lower() not in {"true", "1"}
        self._told: Progress | None = None
        self._samples: deque[tuple[float, int]] = deque()
        self._last_line = now()
        self._turn, self._over = threading.Lock(), threading.Event()
        self._looking = threading.Thread(target=self._keep_looking, name="progress", daemon=True)

    def __call__(self, progress: Progress) -> None:
        with self._turn:
            self._told = progress
            self._sample(progress.done)
            self._tell()

    def __enter__(self) -> Self:
        if self._shown:
            self._looking.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        if self._looking.ident is not None:
            self._looking.join()
        if self._shown and self._live:
            self._write("\r\x1b[K")

    def look(self) -> None:
        """Tell it again: time has passed."""
        with self._turn:
            if self._told is not None:
                self._sample(self._told.done)
                self._tell()

    def _keep_looking(self) -> None:
        while not self._over.wait(LOOKS_EVERY):
            self.look()

    def _sample(self, done: int) -> None:
        now = self._now()
        if self._samples and self._samples[-1][1] > done:  # another stage, which counts anew
            self._samples.clear()
        if not self._samples or now - self._samples[-1][0] >= SAMPLED:
            self._samples.append((now, done))
        while len(self._samples) > 2 and self._samples[1][0] <= now - SPAN:
            self._samples.popleft()

    def _tell(self) -> None:
        if not self._shown or self._told is None:
            return
        if self._live:
            self._write(f"\r\x1b[K{self._text(self._told)[: columns(WIDEST) - 1]}")
        elif self._now() - self._last_line >= SPAN:
            self._last_line = self._now()
            self._write(f"{self._text(self._told)}\n")

    def _text(self, told: Progress) -> str:
        words = [f"{told.done:,}/{told.total:,}"]
        pace = self._pace()
        if pace is not None:
            left = f", {duration((told.total - told.done) / pace)} left" if pace > 0 else ""
            words.append(f"({pace:.1f}/s{left})")
        words.append(visible(told.last, 50))
        if self._detailed and told.waiting:
            words.append("waiting: " + ", ".join(f"{visible(who, 40)} {count:,}" for who, count in told.waiting))
        return " ".join(words)

    def _pace(self) -> float | None:
        """What is done in a second; None where it is too early to tell."""
        if not self._samples or self._told is None:
            return None
        since, before = self._samples[0]
        span = self._now() - since
        return (self._told.done - before) / span if span >= ENOUGH else None

    def _write(self, text: str) -> None:
        try:
            click.echo(text, err=True, nl=False)
        except OSError:  # the terminal is gone, and the run is not about it
            self._shown = False


def duration(seconds: float) -> str:
    """How long something takes, as a person says it."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{max(round(seconds), 0)} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
