"""What `run`, `check` and `gather` have in common: read a list, gather it, and tell of it on standard error."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, Self

import rich_click as click

from audit.catalog.suffixes import has_known_suffix
from audit.cli.ending import say
from audit.cli.messages import UserError, coloured, fault_message, summary, unwritable
from audit.cli.progress import ProgressLine
from audit.model.report import RunReport
from audit.pipeline import constants
from audit.pipeline.ahead import Ahead
from audit.pipeline.config import RunConfig
from audit.pipeline.flow import gather_into
from audit.pipeline.gate import Ruling
from audit.pipeline.gathering import Ended, as_it_is
from audit.pipeline.listed import MOST, Listed, ListTooLarge
from audit.pipeline.lock import Held
from audit.pipeline.many.by_hand import Part
from audit.pipeline.many.executor import WorkersDied
from audit.pipeline.many.piece import KeyMissing
from audit.pipeline.many.run import Many
from audit.pipeline.many.storage import StorageMissing
from audit.pipeline.resuming import Resumed, ResumeError
from audit.pipeline.shelf import NONE
from audit.protocol.drive import FaultHook
from audit.syntax.escape import visible
from audit.syntax.names import DomainName, domain_name

LIST, STANDARD_INPUT = "domains.txt", "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How much is said on standard error, and in what colour."""

    color: str
    no_progress: bool
    quiet: bool
    verbose: bool

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        return cls(**{name: options[name] for name in cls.__slots__})

    def progress(self) -> ProgressLine:
        return ProgressLine(shown=not (self.quiet or self.no_progress), detailed=self.verbose)

    @property
    def fault(self) -> FaultHook:
        """Where a fault of ours in one rule or domain is told, while the run goes on."""
        return self._told if self.verbose else _untold

    def say(self, text: str) -> None:
        if not self.quiet:
            click.echo(text, err=True, color=coloured(self.color, sys.stderr))

    def summary(self, report: RunReport) -> None:
        self.say(summary(report, colour=coloured(self.color, sys.stderr)))

    def end(self, ruling: Ruling) -> NoReturn:
        """End with the code that was ruled, and say why it is that one."""
        if ruling.because and not self.quiet:
            say(f"Exit {ruling.code.value}: {visible(ruling.because, 500)}")
        sys.exit(ruling.code)

    def _told(self, error: BaseException) -> None:
        click.echo(fault_message(error, verbose=True), err=True)


def _untold(_: BaseException) -> None:
    """The report says `internal.*`; more is said with -v."""


@dataclass(frozen=True, slots=True)
class Job:
    """A list, and its name."""

    rows: Listed
    name: str

    @classmethod
    def of(cls, listed: bytes, source: str) -> Self:
        """A list that is at hand.

        Raises:
            UserError: it names no domain.
        """
        return cls._read(io.BytesIO(listed), source)

    @classmethod
    def from_source(cls, source: str) -> Self:
        """Read a list, from a file or from standard input.

        Raises:
            UserError: it cannot be read, is too large, or names no domain.
        """
        try:
            if source == STANDARD_INPUT:
                return cls._read(sys.stdin.buffer, source)
            with Path(source).open("rb") as file:
                return cls._read(file, source)
        except ListTooLarge:
            raise UserError(f"{visible(source, 300)} is larger than {MOST // 1024 // 1024} MiB.") from None
        except OSError as error:
            raise UserError(f"{visible(source, 300)} cannot be read: {error.strerror}.{_instead(source)}") from None

    @classmethod
    def _read(cls, stream: BinaryIO, source: str) -> Self:
        shown = "standard input" if source == STANDARD_INPUT else visible(source, 200)
        rows = Listed(stream, shown)
        if not len(rows):
            raise UserError(f"{shown} names no domain: write one a line.")
        return cls(rows, visible(name_of(source), 200))

    def run_id(self, config: RunConfig) -> str:
        """When, and of which list: a name for a directory, made of digits and letters only."""
        return f"{config.clock():%Y%m%dT%H%M%SZ}-{self.rows.digest[:8]}"

    def gather(
        self,
        config: RunConfig,
        directory: Path,
        telling: Telling,
        *,
        resumed: Resumed | None = None,
        many: Many | None = None,
        part: Part | None = None,
        ahead: Ahead | None = None,
    ) -> Ended:
        """Write the evidence of the list, or of a part of it, into a directory, or go on with what is there; with
        `many`, in pieces; with `ahead`, judging meanwhile.

        Raises:
            OutputError: it cannot be written.
            UserError: a worker cannot do its piece.
        """
        digests = constants.digests(self.rows.digest, config.extra_ca)
        try:
            with telling.progress() as watch:
                if many is not None:
                    return many.gather(
                        tuple(self.rows), config, directory, list_name=self.name, digests=digests, watch=watch
                    )
                done = resumed.lines if resumed else NONE
                return asyncio.run(
                    gather_into(
                        part.rows(done) if part else self.rows,
                        config,
                        directory,
                        total=len(self.rows),
                        list_name=self.name,
                        digests=digests,
                        watch=(lambda p: watch(replace(p, total=part.count))) if part else watch,
                        fault=telling.fault,
                        resumed=resumed,
                        around=part.around if part else as_it_is,
                        ahead=ahead,
                    )
                )
        except (KeyMissing, StorageMissing, WorkersDied, ResumeError, Held) as error:
            raise UserError(str(error)) from None
        except OSError as error:
            raise unwritable(error, directory) from None


def name_of(source: str) -> str:
    """A list by its path below the directory in which we stand, where code scanning looks for it; another, by its last
    name alone, for where it lies is nobody's business."""
    path = Path(source)
    return path.name if path.is_absolute() or ".." in path.parts else path.as_posix()


def _instead(source: str) -> str:
    """What was meant, where a list could not be read."""
    if source == LIST:
        return " Name your list, or write domains.txt: a domain a line."
    read_name = domain_name(source)
    if isinstance(read_name, DomainName) and has_known_suffix(read_name.ascii):
        return f" For a domain instead of a list: mxaudit check {read_name.ascii}"
    return ""
