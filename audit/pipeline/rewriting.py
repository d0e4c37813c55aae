"""Files of lines that are put in order before they grow on: what is torn is cut off, what is damaged put aside.

A file from whose middle something is to go is written anew beside it, brought to the disk, and renamed: whatever
happens meanwhile, one of the two is whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from audit.pipeline.journal import opened, sync_directory
from audit.pipeline.shelf import Numbers
from audit.pipeline.store import MAX_LINE


def whole_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with the places where they begin, but for a torn one at its end."""
    at = 0
    with path.open("rb") as file:
        while text := file.readline(MAX_LINE):
            if not text.endswith(b"\n") and len(text) < MAX_LINE:
                return
            yield at, text
            at += len(text)


def quarantine(path: Path, text: bytes) -> None:
    """Put a line where a person can look at it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    with os.fdopen(opened(path.with_suffix(".bad"), flags, 0o644), "ab") as file:
        file.write(text if text.endswith(b"\n") else text + b"\n")
        file.flush()
        os.fsync(file.fileno())


def rewrite(path: Path, stays: Callable[[int], bool], bad: Numbers) -> None:
    """Write a file anew, of the lines that stay; damaged ones are put aside first."""
    for at, text in whole_lines(path):
        if at in bad:
            quarantine(path, text)
    new = path.with_name(f".{path.name}.new")
    write(new, (text for at, text in whole_lines(path) if stays(at)))
    new.replace(path)
    sync_directory(path.parent)


def write(path: Path, texts: Iterator[bytes]) -> None:
    try:
        with os.fdopen(opened(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644), "wb") as file:
            file.writelines(texts)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def cut(path: Path, size: int) -> None:
    """Cut off what comes behind, if there is anything."""
    if path.stat().st_size != size:
        with path.open("rb+") as file:
            file.truncate(size)
            file.flush()
            os.fsync(file.fileno())
