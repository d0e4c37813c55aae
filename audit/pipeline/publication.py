"""Files that appear whole and together: written beside their places, synced, then renamed, one at once after another.

A reader sees the old file or the new one, never half of one. What fails before the first rename leaves everything as it
was. `latest.json` in the directory of the runs tells the newest that was finished; it is a file and no symbolic link,
so that it can be served, copied and archived.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from audit import contract
from audit.pipeline.journal import sync_directory

LATEST = "latest.json"
MAX_LATEST = 64 * 1024


class Publication:
    """Collects files, and puts all of them into their places when it ends without an exception."""

    def __init__(self) -> None:
        self._staged: list[tuple[Path, Path]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if error is None:
                self._publish()
        finally:  # whatever ends it, Ctrl-C too, leaves nothing behind, and goes on
            for staged, _ in self._staged:
                with suppress(OSError):
                    staged.unlink()

    @contextmanager
    def file(self, path: Path) -> Iterator[IO[bytes]]:
        """A file to write, which is to become `path`.

        Raises:
            OSError: it cannot be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".mxaudit-")
        self._staged.append((Path(name), path))
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fchmod(handle, 0o644)
            os.fsync(handle)

    def _publish(self) -> None:
        while self._staged:
            staged, path = self._staged[0]
            staged.replace(path)
            self._staged.pop(0)
            if all(other.parent != path.parent for _, other in self._staged):  # the last of its directory
                sync_directory(path.parent)


def name_latest(run: Path, observed_at: datetime) -> None:
    """Tell beside a run's directory that it is the newest that was finished. Their names begin with their times.

    Raises:
        OSError: it cannot be written.
    """
    path = run.parent / LATEST
    if _named(path) <= run.name:
        with Publication() as publication, publication.file(path) as file:
            file.write(contract.pretty({"run": run.name, "observed_at": observed_at}))


def _named(path: Path) -> str:
    """The run that is named now; empty where none is."""
    try:
        with path.open("rb") as file:
            value = contract.load(file.read(MAX_LATEST), dict[str, Any]).get("run")
    except (OSError, contract.ContractError):
        return ""
    return value if isinstance(value, str) else ""
