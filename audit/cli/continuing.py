"""A run begun or gone on with, by a command: where it is, what stays of it, and the lock around it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from audit.cli.job import Job, Telling
from audit.cli.messages import OutputError, UserError, unwritable
from audit.pipeline import constants
from audit.pipeline.ahead import Ahead, worthwhile
from audit.pipeline.config import RunConfig
from audit.pipeline.ending import unfinished
from audit.pipeline.gathering import Ended
from audit.pipeline.lock import Held, held
from audit.pipeline.many.by_hand import Part
from audit.pipeline.many.run import Many
from audit.pipeline.resuming import ResumeError, Wanted, newest_unfinished, resume

REPORTS = Path("reports")
DOMAIN_OCTETS = 64 * 1024 // 10  # of evidence and report: the least, of domains that don't exist; most need more


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuing:
    """What a command was told about going on with a run."""

    resume: bool
    adopt: bool
    max_age: float | None  # hours

    def __post_init__(self) -> None:
        if not self.resume and (self.adopt or self.max_age is not None):
            raise UserError(f"{'--adopt' if self.adopt else '--max-age'} goes with --resume.")


def place_of(job: Job, config: RunConfig, out_dir: Path | None, told: Continuing, suffix: str = "") -> Path:
    """The directory of the run; of a part of one its name has a suffix.

    Raises:
        UserError: no run is there to be gone on with, or what we would write into on our own account is not ours.
    """
    if out_dir is not None:
        return out_dir
    _look_whose(REPORTS)
    if not told.resume:
        return REPORTS / f"{job.run_id(config)}{suffix}"
    found = newest_unfinished(REPORTS, job.rows.digest, suffix)
    if found is None:
        raise UserError(f"{REPORTS} holds no unfinished run of this list: begin one without --resume.")
    return found


def _look_whose(directory: Path) -> None:
    """A directory that nobody named may come with what was checked out: it is taken only if it is one, and ours."""
    try:
        found = directory.lstat()
    except OSError:
        return  # it is made, or the attempt tells why not
    if stat.S_ISLNK(found.st_mode):
        raise UserError(f"{directory} is a symbolic link: name the directory that you mean by --out-dir.")
    if found.st_uid not in {os.geteuid(), 0} and os.geteuid() != 0:
        raise UserError(f"{directory} belongs to somebody else: name another directory by --out-dir.")


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """Keep other runs out of a directory.

    Raises:
        UserError: another run is there.
        OutputError: it cannot be made.
    """
    with ExitStack() as ours:
        try:
            ours.enter_context(held(directory))
        except Held as error:
            raise UserError(str(error)) from None
        except OSError as error:
            raise unwritable(error, directory) from None
        yield


@contextmanager
def judging_ahead(job: Job, directory: Path, many: Many | None) -> Iterator[Ahead | None]:
    """Who judges while a run gathers, where that is worth a process."""
    if many is not None or not worthwhile(len(job.rows)):
        yield None
        return
    try:
        ahead = Ahead(directory)
    except OSError as error:
        raise unwritable(error, directory) from None
    with ahead:
        yield ahead


def gathered(
    job: Job,
    config: RunConfig,
    directory: Path,
    told: Continuing,
    telling: Telling,
    *,
    many: Many | None = None,
    part: Part | None = None,
    ahead: Ahead | None = None,
) -> Ended:
    """Begin a run in a directory that is ours alone, or go on with the one that is there.

    Raises:
        UserError: that one is another run.
        OutputError: evidence cannot be written.
    """
    try:
        if many is not None:
            return _in_pieces(job, config, directory, told, telling, many=many)
        return _begun(job, config, directory, told, telling, part=part, ahead=ahead)
    except OutputError as error:
        raise OutputError(f"{error.message} What is done stays: go on with --resume --out-dir {directory}") from None


def _in_pieces(
    job: Job, config: RunConfig, directory: Path, told: Continuing, telling: Telling, *, many: Many
) -> Ended:
    """The same, by many. What is done of the pieces stays; without --resume they are begun anew."""
    if told.adopt or told.max_age is not None:
        raise UserError("A run in pieces is gone on with as it was begun: --adopt and --max-age are not for it.")
    if not told.resume:
        many.storage.clear()
    _look_at_room(directory, 2 * len(job.rows), telling)  # pieces, and what is put together of them
    return job.gather(config, directory, telling, many=many)


def _begun(
    job: Job,
    config: RunConfig,
    directory: Path,
    told: Continuing,
    telling: Telling,
    *,
    part: Part | None,
    ahead: Ahead | None,
) -> Ended:
    rows = part.count if part else len(job.rows)
    if not told.resume:
        if unfinished(directory):
            telling.say(f"Note: the unfinished run in {directory} is kept as evidence.old.jsonl and hosts.old.jsonl.")
        _look_at_room(directory, rows, telling)
        return job.gather(config, directory, telling, part=part, ahead=ahead)
    wanted = Wanted(
        config=config,
        digests=constants.digests(job.rows.digest, config.extra_ca),
        rows=job.rows,
        adopt=told.adopt,
        max_age=None if told.max_age is None else timedelta(hours=told.max_age),
    )
    try:
        resumed = resume(directory, wanted)
    except ResumeError as error:
        raise UserError(str(error)) from None
    except OSError as error:
        raise unwritable(error, directory) from None
    if resumed is None:
        telling.say(f"No domain in {directory} is done: the run begins anew.")
        return job.gather(config, directory, telling, part=part, ahead=ahead)
    telling.say(f"{len(resumed.lines):,} of {rows:,} rows in {directory} are done and stay.")
    _look_at_room(directory, rows - len(resumed.lines), telling)
    return job.gather(config.as_of(resumed.head), directory, telling, resumed=resumed, part=part, ahead=ahead)


def _look_at_room(directory: Path, rows: int, telling: Telling) -> None:
    """Warn of a disk that will plainly not do."""
    wanted, free = rows * DOMAIN_OCTETS, shutil.disk_usage(directory).free
    if free < wanted:
        telling.say(
            f"Note: {directory} has {free // 2**20:,} MiB of room, and {rows:,} domains may need "
            f"{wanted // 2**20:,} MiB. What is done when the disk is full stays, and --resume goes on."
        )
