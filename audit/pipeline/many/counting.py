"""How far the pieces of a run are. Workers tell when one is done; until then, the lines of journals that grow here."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from audit.pipeline.ending import EVIDENCE
from audit.pipeline.gathering import Progress, Watcher
from audit.pipeline.many.storage import Storage

LOOKS_EVERY = 1.0  # seconds
READ_AT_ONCE = 1 << 20


class Counting(AbstractContextManager["Counting"]):
    """Tells a watcher every second. `sizes`: how many rows each piece has."""

    def __init__(self, storage: Storage, sizes: Mapping[str, int], watch: Watcher) -> None:
        self._sizes, self._watch = sizes, watch
        self._logs = {name: _Lines(path / EVIDENCE) for name in sizes if (path := storage.here(name)) is not None}
        self._done = dict.fromkeys(sizes, 0)
        self._turn, self._over = threading.Lock(), threading.Event()
        self._looking = threading.Thread(target=self._keep_looking, name="counting", daemon=True)

    def ended(self, name: str, *, interrupted: bool) -> None:
        """A piece is done, or was stopped."""
        with self._turn:
            if not interrupted:
                self._done[name] = self._sizes[name]
                self._logs.pop(name, None)
            self._tell(name)

    def look(self) -> None:
        """Count what was written."""
        grown = ""
        with self._turn:
            for name, lines in self._logs.items():
                done = min(max(lines.count() - 1, 0), self._sizes[name])  # the first is the run's
                if done > self._done[name]:
                    self._done[name], grown = done, name
            if grown:
                self._tell(grown)

    def _tell(self, last: str) -> None:
        self._watch(Progress(sum(self._done.values()), sum(self._sizes.values()), last))

    def _keep_looking(self) -> None:
        while not self._over.wait(LOOKS_EVERY):
            self.look()

    def __enter__(self) -> Self:
        self._looking.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._looking.join()


class _Lines:
    """The lines of a file that grows. Each part of it is read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = self._lines = 0

    def count(self) -> int:
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                while part := file.read(READ_AT_ONCE):
                    self._read += len(part)
                    self._lines += part.count(b"\n")
        except OSError:  # not yet there
            pass
        return self._lines
