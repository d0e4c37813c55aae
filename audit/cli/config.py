"""`mxaudit config`: which settings hold here, and where each comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click as plain
import rich_click as click

from audit.cli.configured import CONFIG, configured, shown
from audit.cli.run import run
from audit.pipeline.attestations import ATTESTATIONS
from audit.pipeline.waivers import WAIVERS

ORIGIN = 44  # columns of a setting, before where it comes from
FOUND = {"waivers": WAIVERS, "attestations": ATTESTATIONS}  # what is read where it is here


@click.group()
def config() -> None:
    """Look at the settings: mxaudit.toml, the environment, and the defaults."""


@config.command()
@click.option("--origin", is_flag=True, help="Tell where each comes from: place in a file, variable, default.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option(
    "--config",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help=f"Of this file; default: {CONFIG}, if it is here.",
)
def show(*, origin: bool, as_json: bool, file: Path | None) -> None:
    """Show the settings of a run begun here, as mxaudit.toml would have them.

    Command line > environment > file > default: a variable is MXAUDIT_ and the key in capitals, as in
    MXAUDIT_FAIL_ON=never.
    """
    with _context(file) as context:
        found = [(key, _plain(value), source) for key, value, source in shown(context)]
    if as_json:
        told = {key: {"value": value, "origin": source} if origin else value for key, value, source in found}
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
        return
    click.echo("\n".join(_lines(found, origin=origin)))


def _context(file: Path | None) -> plain.Context:
    """A run that is told nothing on its command line but where the settings are."""
    if not any(parameter.name == "config" for parameter in run.params):
        configured(run, "run")
    root = plain.get_current_context().find_root()
    made: plain.Context = run.make_context("run", ["--config", str(file)] if file else [], parent=root)
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value


def _lines(found: list[tuple[str, Any, str]], *, origin: bool) -> Iterator[str]:
    for key, value, source in found:
        unset = value is None or value == []
        line = f"# {key}" if unset else f"{key} = {json.dumps(value, ensure_ascii=False)}"
        usual = FOUND.get(key)
        told = f"not set; {usual} is here" if usual and Path(usual).is_file() else "not set"
        yield f"{line:<{ORIGIN}} # {told if unset else source}" if origin else line
