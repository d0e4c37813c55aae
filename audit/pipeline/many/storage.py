"""Where the pieces of a run are kept: a directory that all workers see, or a place that fsspec reaches (S3, SSH …).

A journal grows by appending to a file, which object stores cannot do. So there a piece is gathered in a directory of
its worker, and copied every few seconds: of a worker that dies with its disk, that much is lost at most.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.pipeline.ending import EVIDENCE, HOSTS

COPIED_EVERY = 5.0  # seconds
FILES = (HOSTS, EVIDENCE)  # in this order: a record names what must be there


class StorageMissing(Exception):
    """The extra is not installed."""

    def __init__(self) -> None:
        super().__init__("fsspec is not installed: pip install 'mxaudit[dask]'.")


@dataclass(frozen=True, slots=True)
class Storage:
    """A directory, or an address with a scheme such as `s3://bucket/runs`. It may hold credentials: it has no text.

    Raises (each method):
        OSError: the place cannot be reached, read or written.
        StorageMissing: an address is given, and fsspec is not installed.
    """

    place: str

    def __repr__(self) -> str:
        return "Storage(…)"

    @contextmanager
    def directory(self, name: str) -> Iterator[Path]:
        """A directory of this machine with what is kept of a piece; what becomes of it is kept."""
        if not self._is_remote:
            path = Path(self.place) / name
            path.mkdir(parents=True, exist_ok=True)
            yield path
            return
        with self.copy(name) as path:
            over = threading.Event()
            copying = threading.Thread(target=self._keep_copied, args=(path, name, over), daemon=True)
            copying.start()
            try:
                yield path
            finally:
                over.set()
                copying.join()
                self._keep(path, name)

    def here(self, name: str) -> Path | None:
        """Where on this machine a piece is kept; None where it is kept elsewhere."""
        return None if self._is_remote else Path(self.place) / name

    @contextmanager
    def copy(self, name: str) -> Iterator[Path]:
        """A directory of this machine with what is kept of a piece, to be read."""
        if not self._is_remote:
            yield Path(self.place) / name
            return
        path = Path(tempfile.mkdtemp(prefix="mxaudit-piece-"))
        try:
            files, root = self._reached()
            for each in FILES:
                with suppress(FileNotFoundError):
                    files.get_file(f"{root}/{name}/{each}", str(path / each))
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def mark(self, name: str) -> None:
        """Leave a file without content."""
        if self._is_remote:
            files, root = self._reached()
            files.makedirs(root, exist_ok=True)
            files.pipe_file(f"{root}/{name}", b"")
        else:
            Path(self.place).mkdir(parents=True, exist_ok=True)
            (Path(self.place) / name).touch()

    def is_marked(self, name: str) -> bool:
        if self._is_remote:
            files, root = self._reached()
            files.invalidate_cache()
            return bool(files.exists(f"{root}/{name}"))
        return (Path(self.place) / name).exists()

    def clear(self, name: str | None = None) -> None:
        """Remove a file, or all that is kept."""
        if not self._is_remote:
            path = Path(self.place)
            if name is None:
                shutil.rmtree(path, ignore_errors=True)
            else:
                (path / name).unlink(missing_ok=True)
            return
        files, root = self._reached()
        with suppress(FileNotFoundError):
            files.rm(root if name is None else f"{root}/{name}", recursive=name is None)

    def _keep_copied(self, path: Path, name: str, over: threading.Event) -> None:
        while not over.wait(COPIED_EVERY):
            with suppress(OSError):  # the last copy, which counts, tells
                self._keep(path, name)

    def _keep(self, path: Path, name: str) -> None:
        files, root = self._reached()
        files.makedirs(f"{root}/{name}", exist_ok=True)
        for each in FILES:
            if (path / each).exists():
                files.put_file(str(path / each), f"{root}/{name}/{each}")

    @property
    def _is_remote(self) -> bool:
        return "://" in self.place

    def _reached(self) -> tuple[Any, str]:
        try:
            from fsspec.core import url_to_fs  # noqa: PLC0415 - an extra, paid for when it is used
        except ImportError:
            raise StorageMissing from None
        files, root = url_to_fs(self.place)
        return files, str(root).rstrip("/")
