"""The options of `gather` that take one part of a list, for jobs that know nothing of one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import rich_click as click

from audit.cli.job import Job
from audit.cli.messages import UserError
from audit.pipeline.config import RunConfig
from audit.pipeline.many.by_hand import Part, of_list, of_servers
from audit.pipeline.many.shards import Shard
from audit.pipeline.store import Evidence, EvidenceError, read_evidence

F = TypeVar("F", bound=Callable[..., Any])
WHOLE = Shard(1, 1)
AS_BEFORE = {
    "--smtp-port": "smtp_port",
    "--tls-depth": "tls_depth",
    "--revocation": "revocation",
    "--dkim-guesses": "dkim_guesses",
}


def parting(function: F) -> F:
    """Add the options on which part of a list is gathered."""
    for option in (
        click.option(
            "--from",
            "before",
            type=click.Path(exists=True, path_type=Path),
            metavar="DIR",
            help="Visit the mail servers that the evidence in DIR names, and ask for nothing else that it tells.",
        ),
        click.option(
            "--shard",
            metavar="I/N",
            help="The I-th of N parts: of the list, without its mail servers; with --from, of the mail servers.",
        ),
    ):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Parting:
    """What a command was told: the part, and where evidence of before lies."""

    shard: Shard | None
    before: Path | None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Read the options.

        Raises:
            UserError: they don't go together, or with others.
        """
        before, written = options["before"], options["shard"]
        try:
            shard = Shard.read(written) if written is not None else None
        except ValueError as error:
            raise UserError(f"--shard: {error}.") from None
        given = "--from" if before else "--shard"
        if (before or shard) and (options["processes"] > 1 or options["dask"]):
            raise UserError(f"{given} is for a run whose parts are begun by hand: leave out --processes and --dask.")
        if before and options["only"]:
            raise UserError("--from visits mail servers and nothing else: leave out --only.")
        if before and options["no_smtp"]:
            raise UserError("--from and --no-smtp leave nothing to do.")
        if shard and options["only"]:
            raise UserError("--shard parts mail servers by what --from knows of them: leave out --only.")
        return cls(shard, before)

    @property
    def suffix(self) -> str:
        """What tells the directory of a part from those of others."""
        kind = "smtp" if self.before else "part"
        return f"-{kind}{self.shard.number}of{self.shard.of}" if self.shard else ""

    def part(self, job: Job, config: RunConfig) -> Part | None:
        """The part; None where it is the whole run.

        Raises:
            UserError: the evidence of before is of something else.
        """
        if self.before is not None:
            return of_servers(_before(self.before, job, config), self.shard or WHOLE, config)
        return of_list(job.rows, self.shard, config) if self.shard else None

    def next(self, directory: Path, source: str) -> str:
        """What to do with the evidence of the part."""
        if self.before is not None:
            others = " OTHERS" if self.shard and self.shard.of > 1 else ""
            return f"Next: mxaudit merge {self.before} {directory}{others} --out-dir BOTH, and judge that"
        shard = self.shard or WHOLE
        whole = "DIR" if shard.of > 1 else str(directory)
        merge = f"when all {shard.of} parts are there, mxaudit merge {directory} OTHERS --out-dir DIR, then "
        return (
            f"No mail server of these domains was visited. Next: {merge if shard.of > 1 else ''}"
            f"mxaudit gather {source} --from {whole}"
        )


def _before(place: Path, job: Job, config: RunConfig) -> Evidence:
    try:
        evidence = read_evidence(place)
    except EvidenceError as error:
        raise UserError(str(error)) from None
    head, listed = evidence.head, job.rows.digest
    if head.digests.list != listed:
        raise UserError(
            f"{place} is of another list: {head.list_name} ({head.digests.list[:12]}), not {job.name} ({listed[:12]})."
        )
    if not head.settings.smtp:
        raise UserError(f"{place} names no mail servers, as it was gathered with --no-smtp: use --shard 1/1 instead.")
    if evidence.done < evidence.total:
        raise UserError(
            f"{place} holds {evidence.done:,} of {evidence.total:,} rows of the list: merge all parts first, since "
            "mail servers are parted by all that is known of them."
        )
    then, now = head.settings, config.settings
    apart = [option for option, name in AS_BEFORE.items() if getattr(then, name) != getattr(now, name)]
    if apart:
        raise UserError(f"{place} was gathered with another {apart[0]}: give it here as there.")
    return evidence
