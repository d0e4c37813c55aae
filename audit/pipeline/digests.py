"""The digest of a run: one number by which somebody else knows that evidence and reports are as they were written.

`digests.json` holds a SHA-256 (FIPS 180-4) of each file of the run in its directory. The digest of the whole is that of
the lines which `sha256sum` prints of them, sorted by path, so that it can be had without us. It is of use where it is
kept elsewhere: who can change the files can write this one anew as well.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO

from audit import contract
from audit.model.digests import DigestManifest, FileDigest
from audit.pipeline.ending import EVIDENCE, HOSTS
from audit.pipeline.staging import Staging

DIGESTS = "digests.json"
SCHEMA, SCHEMA_ID = "digests", "https://mxaudit.example/schemas/digests-1.json"
BLOCK = 1024 * 1024
MAX_OCTETS = 256 * 1024 * 1024  # of the file: a million pages


class DigestsError(ValueError):
    """A digests.json that cannot be used, told in a sentence."""


def put_digests(directory: Path, staging: Staging) -> None:
    """Write the digests of a run's evidence, and of what is to stand beside it.

    Raises:
        OSError: a file cannot be read, or the disk does not take it.
    """
    files: dict[str, Path] = {n: directory / n for n in (EVIDENCE, HOSTS) if (directory / n).is_file()}
    files |= {name: path for name, path in staging.staged(directory) if is_plain(name)}
    manifest = manifest_of(files)
    text = contract.pretty(manifest)
    contract.check(SCHEMA, text)
    staging.put(directory, DIGESTS, text)


def manifest_of(files: Mapping[str, Path]) -> DigestManifest:
    """The digests of files, each told by its path below the directory.

    Raises:
        OSError: one cannot be read.
    """
    found = tuple(told(name, files[name]) for name in sorted(files, key=str.encode))
    return DigestManifest(digests=SCHEMA_ID, files=found, digest=whole(found))


def told(name: str, path: Path) -> FileDigest:
    """The length and the digest of a file.

    Raises:
        OSError: it cannot be read.
    """
    state, octets = sha256(), 0
    with _ordinary(path) as file:
        while block := file.read(BLOCK):
            state.update(block)
            octets += len(block)
    return FileDigest(path=name, octets=octets, sha256=state.hexdigest())


def whole(files: Iterable[FileDigest]) -> str:
    """The digest of all of them: of a line each, as sha256sum prints it."""
    state = sha256()
    for file in files:
        state.update(f"{file.sha256}  {file.path}\n".encode())
    return state.hexdigest()


def digest_in(directory: Path) -> str:
    """The digest of the whole, as it was written.

    Raises:
        DigestsError: there is none.
    """
    return read_digests(directory).digest


def read_digests(directory: Path) -> DigestManifest:
    """The digests that stand in the directory of a run, held to be exactly as we write them.

    Raises:
        DigestsError: there are none, or they were changed.
    """
    path = directory / DIGESTS
    try:
        with _ordinary(path) as file:
            text = file.read(MAX_OCTETS + 1)
    except FileNotFoundError:
        raise DigestsError(f"there is no {DIGESTS}, which holds the digests of the files.") from None
    except OSError as error:
        raise DigestsError(f"{DIGESTS} cannot be read: {error.strerror}.") from None
    if len(text) > MAX_OCTETS:
        raise DigestsError(f"{DIGESTS} is larger than {MAX_OCTETS // 1024 // 1024} MiB.")
    try:
        contract.check(SCHEMA, text)
        manifest = contract.load(text, DigestManifest)
    except contract.ContractError as error:
        raise DigestsError(f"{DIGESTS} is not as it was written: {error}") from None
    for fault in _faults(manifest, text):
        raise DigestsError(f"{DIGESTS} is not as it was written: {fault}")
    return manifest


@contextmanager
def _ordinary(path: Path) -> Iterator[IO[bytes]]:
    """A file that ends: what stands in its place may be a pipe, which would let us wait for ever."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file", str(path))
        yield file


def _faults(manifest: DigestManifest, text: bytes) -> Iterator[str]:
    names = [file.path for file in manifest.files]
    if not all(map(is_plain, names)):
        yield "it names a file outside the directory, or none that we would write."
    if names != sorted(set(names), key=str.encode):
        yield "its files are not in order, or one comes twice."
    if whole(manifest.files) != manifest.digest:
        yield "its digest of the whole is not that of its files."
    if contract.pretty(manifest) != text:
        yield "it is laid out in another way."


def is_plain(name: str) -> bool:
    """Whether a path stays below its directory, and is the same on every line on which it is printed."""
    path = PurePosixPath(name)
    within = bool(name) and not path.is_absolute() and ".." not in path.parts and str(path) == name
    return within and name.isprintable() and "\\" not in name and name != DIGESTS
