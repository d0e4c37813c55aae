"""The options that let a run be done by several processes or machines, or be done in part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click

from audit.cli.job import Telling
from audit.cli.messages import UserError
from audit.pipeline.many.dask import Dask, DaskMissing, SchedulerUnreachable
from audit.pipeline.many.executor import Processes
from audit.pipeline.many.run import PIECES, Many
from audit.pipeline.many.storage import Storage
from audit.report.words import plural

F = TypeVar("F", bound=Callable[..., Any])
MOST_PROCESSES = 64
OURS = "mxaudit-pieces"


def spreading(function: F) -> F:
    """Add the options on who does the work."""
    for option in (
        click.option(
            "--storage",
            metavar="DIR|URL",
            help="Where several machines keep the pieces of a run, which all of them must see; S3 and others by URL.",
        ),
        click.option(
            "--dask",
            metavar="ADDRESS|local:N",
            help="Let the workers of a Dask scheduler do it (extra [dask]); local:2 begins two here.",
        ),
        click.option(
            "--processes",
            type=click.IntRange(1, MOST_PROCESSES),
            default=1,
            show_default=True,
            help="Processes that share the work on this machine.",
        ),
    ):
        function = option(function)
    return function


@contextmanager
def many_of(given: Mapping[str, Any], directory: Path, told: Telling) -> Iterator[Many | None]:
    """Who does the work; None where this process does all of it.

    Raises:
        UserError: the options don't go together, or there is no scheduler.
    """
    processes, dask, place = given["processes"], given["dask"], given["storage"]
    if dask and processes > 1:
        raise UserError("--dask and --processes exclude each other: for processes on this machine: --dask local:2")
    if place and not dask:
        raise UserError("--storage goes with --dask: processes of one machine see the directory of the run.")
    storage = Storage(_below(place) if place else str((directory / PIECES).absolute()))
    if dask:
        try:
            cluster = Dask(dask)
        except (DaskMissing, SchedulerUnreachable) as error:
            raise UserError(str(error)) from None
        with cluster:
            told.say(f"{plural(cluster.hands, 'worker')} at {dask}. Dashboard: {cluster.dashboard}")
            yield Many(executor=cluster, storage=storage, even=False)
    elif processes > 1 or _has_pieces(directory):
        yield Many(executor=Processes(processes), storage=storage, even=True)
    else:
        yield None


def _below(place: str) -> str:
    """A place of our own there: it is emptied, and what others keep beside it is not ours."""
    return f"{place.rstrip('/')}/{OURS}" if "://" in place else str(Path(place).absolute() / OURS)


def _has_pieces(directory: Path) -> bool:
    """Whether a run that was cut short was done in pieces here, so that it is gone on with in pieces."""
    return (directory / PIECES).is_dir()
