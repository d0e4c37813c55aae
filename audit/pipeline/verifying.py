"""Whether the files of a run are as they were written.

Three things are looked at: each file's digest; each record's own checksum; and whether judging the evidence again gives
the report. Only a digest that was kept elsewhere tells who wrote them: without it, whoever changed the files may have
written all digests anew, and what is found to agree is consistent, not authenticated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from audit import contract
from audit.model.digests import DigestManifest, FileDigest
from audit.pipeline.digests import DIGESTS, DigestsError, read_digests, told
from audit.pipeline.ending import EVIDENCE, HOSTS
from audit.pipeline.flow import REPORT
from audit.pipeline.rejudging import Again, again
from audit.pipeline.staging import MARK
from audit.pipeline.store import MAX_LINE
from audit.syntax.escape import visible

NAMED = 20  # of what was altered in one file
WANTED = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")


class Outcome(StrEnum):
    UNALTERED = "unaltered"  # the digest that somebody kept is that of the files
    CONSISTENT = "consistent"  # all agrees, and nobody vouches for it
    ALTERED = "altered"
    UNCHECKED = "unchecked"  # nothing to hold the files to


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: sentences on what was altered, on what was held to what, and on what could not be."""

    outcome: Outcome
    altered: tuple[str, ...]
    held: tuple[str, ...]
    unchecked: tuple[str, ...]
    digest: str | None  # of the files as they are described


def wanted(text: str) -> str | None:
    """The digest that somebody kept, as we print it or bare; None where it is none."""
    found = WANTED.fullmatch(text.strip())
    return found[1].lower() if found else None


def verify(place: Path, digest: str | None) -> Verified:
    """Hold the files of a run to their digests. `place` is its directory, or the report in it."""
    directory, report = (place, place / REPORT) if place.is_dir() else (place.parent, place)
    try:
        manifest = read_digests(directory)
    except DigestsError as error:
        return _without(directory, report, digest, str(error))
    altered = [*_unlisted_report(report, manifest)]
    for file in manifest.files:
        altered += _of_file(directory, file)
    if digest is not None and manifest.digest != digest and not altered:
        altered.append(
            f"{DIGESTS} was written anew: its files have the digest sha256:{manifest.digest}. "
            "Which of them changed can be told only beside the ones that were kept."
        )
    held = [f"{len(manifest.files)} files held to their digests in {DIGESTS}"]
    extra = [f"{name} stands in the directory, and no digest covers it." for name in _uncovered(directory, manifest)]
    if digest is not None and not altered:
        return Verified(Outcome.UNALTERED, (), tuple(held), tuple(extra), manifest.digest)
    if digest is not None and manifest.digest != digest:
        held.append(f"the digest that was kept, sha256:{digest}, is not that of {DIGESTS}")
    return _judged(directory, report, manifest, (altered, held, extra))


def _judged(
    directory: Path,
    report: Path,
    manifest: DigestManifest | None,
    said: tuple[list[str], list[str], list[str]],
) -> Verified:
    """What judging the evidence again adds, where that is as it was written."""
    altered, held, unchecked = said
    found = Again()
    if not any(sentence.startswith((EVIDENCE, HOSTS)) for sentence in altered):
        found = again(directory, report, {f.path: f.sha256 for f in manifest.files} if manifest else {})
    altered = [*altered, *found.altered]
    outcome = Outcome.ALTERED if altered else Outcome.CONSISTENT if manifest else Outcome.UNCHECKED
    return Verified(
        outcome,
        tuple(altered),
        (*held, *found.held),
        (*unchecked, *found.unchecked),
        manifest.digest if manifest else None,
    )


def _without(directory: Path, report: Path, digest: str | None, why: str) -> Verified:
    """What can be said where there are no digests to hold files to: at most that something was altered."""
    there = (directory / DIGESTS).exists()
    altered = [why] if there else []
    unchecked = [] if there else [why[:1].upper() + why[1:]]
    if digest is not None:
        unchecked.append(f"The digest that was kept, sha256:{digest}, cannot be compared.")
    for name in (EVIDENCE, HOSTS):
        altered += _broken_lines(directory / name)
    return _judged(directory, report, None, (altered, [], unchecked))


def _of_file(directory: Path, file: FileDigest) -> Iterator[str]:
    """What is amiss with a file, and in which of its records."""
    path = directory / file.path
    try:
        found = told(file.path, path)
    except FileNotFoundError:
        yield f"{file.path} is missing."
        return
    except OSError as error:
        yield f"{file.path} cannot be read: {error.strerror}."
        return
    if found == file:
        return
    if found.octets != file.octets:
        yield f"{file.path} was altered: it has {found.octets} octets, and had {file.octets}."
    else:
        yield f"{file.path} was altered: its SHA-256 is {found.sha256}, and was {file.sha256}."
    if file.path in (EVIDENCE, HOSTS):
        yield from _broken_lines(path)


def _broken_lines(path: Path) -> Iterator[str]:
    """The records whose own checksum does not fit; the first of them."""
    count = 0
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE), b""), 1):
                if not line.strip():
                    continue
                try:
                    contract.intact(line)
                except contract.ContractError as error:
                    count += 1
                    if count <= NAMED:
                        yield f"{path.name}, line {number}: {visible(str(error), 300)}."
    except OSError:
        return
    if count > NAMED:
        yield f"{path.name}: and {count - NAMED} more lines."


def _unlisted_report(report: Path, manifest: DigestManifest) -> Iterator[str]:
    if report.name not in {file.path for file in manifest.files}:
        yield f"{report.name} is not among the files of {DIGESTS}."


def _uncovered(directory: Path, manifest: DigestManifest) -> Iterator[str]:
    """What else stands there; the first of it."""
    known = {file.path.partition("/")[0] for file in manifest.files} | {DIGESTS}
    others = sorted(p.name for p in directory.iterdir() if p.name not in known and not p.name.startswith("."))
    yield from (visible(name, 200) for name in others[:NAMED])
    within = {file.path for file in manifest.files}
    for parent in sorted(known):
        for path in sorted((directory / parent).rglob("*")) if (directory / parent).is_dir() else ():
            name = path.relative_to(directory).as_posix()
            if path.is_file() and path.name != MARK and name not in within:
                yield visible(name, 200)
