"""Files that are put in place together: readers see the old or the new, never half.

Each is written beside where it is to stand, and renamed when all of them are whole (POSIX rename replaces a file in one
step). A page that has others beside it gets them in a directory, which is replaced as a whole. Such a directory carries
a mark, and one without is somebody else's: it is left alone, and the report is not written.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from audit.pipeline.journal import opened, sync_directory

MARK = ".mxaudit-pages"
FILE_MODE, DIRECTORY_MODE = 0o644, 0o755


class Staging:
    """What is written and not yet in place."""

    def __init__(self) -> None:
        self._files: dict[Path, Path] = {}  # where a file is to stand, and where it stands now
        self._directories: dict[Path, Path] = {}
        self._beside: list[Path] = []  # directories that a page has, or had
        self._open: tuple[Path, IO[bytes]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Whatever ends it, Ctrl-C too, leaves nothing behind."""
        if self._open is not None:
            with suppress(OSError):
                self._open[1].close()
        for staged in self._files.values():
            with suppress(OSError):
                staged.unlink()
        for staged in self._directories.values():
            shutil.rmtree(staged, ignore_errors=True)

    def begin(self, path: Path) -> None:
        """A file is to stand here, and what belongs to an earlier one goes."""
        self._beside.append(path.with_name(f"{path.stem}-pages"))

    def put(self, root: Path, name: str, part: bytes) -> None:
        """Add to a file: one directly in `root`, or in a directory of its own in it.

        Raises:
            OSError: the disk does not take it.
        """
        root.mkdir(parents=True, exist_ok=True)
        directory, _, within = name.partition("/")
        place = self._directory(root / directory) / within if within else self._file(root / name)
        if self._open is None or self._open[0] != place:
            self._close()
            place.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._open = place, os.fdopen(opened(place, flags, 0o600), "ab")
        self._open[1].write(part)

    def staged(self, root: Path) -> Iterator[tuple[str, Path]]:
        """What is to stand in a directory, by its path below it, and where it is now."""
        if self._open is not None:
            self._open[1].flush()
        place = root.resolve()
        for path, staged in self._files.items():
            if path.parent.resolve() == place:
                yield path.name, staged
        for directory, staged in self._directories.items():
            if directory.parent.resolve() == place:
                yield from _below(directory.name, staged)

    def publish(self) -> None:
        """Put all in place.

        Raises:
            OSError: it cannot be done; then what can be left as it was is.
        """
        self._close()
        parents = {path.parent for path in (*self._files, *self._directories)}
        for staged in self._files.values():
            with _itself(staged, os.O_RDONLY) as handle:
                os.fsync(handle)
                os.fchmod(handle, FILE_MODE)
        for staged in self._directories.values():
            with _itself(staged, os.O_RDONLY | os.O_DIRECTORY) as handle:
                os.fchmod(handle, DIRECTORY_MODE)
        for directory in self._beside:
            self._clear(directory)
        for directory, staged in tuple(self._directories.items()):
            staged.replace(directory)
            del self._directories[directory]
        for path, staged in tuple(self._files.items()):
            staged.replace(path)
            del self._files[path]
        for directory in parents:
            sync_directory(directory)

    def _file(self, path: Path) -> Path:
        if path not in self._files:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".mxaudit-")
            os.close(handle)
            self._files[path] = Path(name)
        return self._files[path]

    def _directory(self, path: Path) -> Path:
        if path not in self._directories:
            if path.exists() and not (path / MARK).is_file():
                raise FileExistsError(17, "there is something else in the place of the pages", str(path))
            self._directories[path] = Path(tempfile.mkdtemp(dir=path.parent, prefix=".mxaudit-"))
            (self._directories[path] / MARK).touch()
        return self._directories[path]

    def _close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _clear(self, directory: Path) -> None:
        """Take away the pages of an earlier report, if they are ours."""
        if (directory / MARK).is_file() and not directory.is_symlink():
            shutil.rmtree(directory)


def _below(name: str, staged: Path) -> Iterator[tuple[str, Path]]:
    """The files of a directory that is staged, but for our mark."""
    for path in staged.rglob("*"):
        if path.is_file() and path.name != MARK:
            yield f"{name}/{path.relative_to(staged).as_posix()}", path


@contextmanager
def _itself(staged: Path, flags: int) -> Iterator[int]:
    """What we staged, by a handle: its name may meanwhile be that of a link."""
    handle = opened(staged, flags | os.O_CLOEXEC, 0)
    try:
        yield handle
    finally:
        os.close(handle)
