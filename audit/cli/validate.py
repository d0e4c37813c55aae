"""`mxaudit validate`: does a file keep to its published schema?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rich_click as click

from audit import contract
from audit.cli.messages import UserError
from audit.cli.whole import whole
from audit.pipeline.attestations import ATTESTATIONS, all_controls, read_attestations
from audit.pipeline.exits import Exit
from audit.pipeline.handwritten import HandwrittenError, octets_of, read_toml
from audit.pipeline.own_profile import read_own_profile
from audit.pipeline.waivers import WAIVERS, read_waivers
from audit.syntax.escape import visible
from audit.syntax.toml import Toml, parse

MAX_LINE = 64 * 1024 * 1024
HOSTS = "hosts"
SEALED = ("evidence", HOSTS)
BY_KEY = {
    "plan_digest": "migration_check",
    "moves_to": "migration",
    "rehearsed_for": "rehearsal",
    "visit": HOSTS,
    "get": HOSTS,
    "hello": HOSTS,
    "kind": "evidence",
    "blocklists": "catalog",
    "session": "propagation",
    "schema": "report",
    "baseline": "baseline",
    "compliance": "compliance",
    "digests": "digests",
}
ROW, ROW_OF = "verdicts", ("report", "DomainReport")  # a line of a report that is written as lines


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--schema", "name", type=click.Choice(contract.SCHEMAS), help="Default: told by the content.")
def validate(file: Path, name: str | None) -> None:
    """Hold FILE to the schema of its kind: a .json, each line of a .jsonl, or a .toml."""
    if file.suffix == ".toml":
        _toml(file)
        return
    found = 0
    lines = 0
    for number, text in _texts(file):
        lines += 1
        kind = name or _kind(text)
        if kind is None:
            raise UserError(f"{file}, line {number}: not JSON of a kind that mxaudit writes; name one with --schema.")
        part = ROW_OF[1] if kind == ROW_OF[0] and _is_row(text) else None
        for problem in contract.problems(kind, text, part) or _damage(kind, text):
            found += 1
            click.echo(f"{file}:{number}: {visible(problem, 500)}")
    if not lines and (name or file.stem) != HOSTS:  # where no mail server was visited, there is no session to write
        raise UserError(f"{file} is empty.")
    if found:
        sys.exit(Exit.FINDINGS)
    click.echo(f"{file} keeps to its schema.", err=True)


def _toml(file: Path) -> None:
    """Waivers, attestations, a compliance profile or a configuration: told by what is in it."""
    try:
        if _holds(file, "waivers", WAIVERS):
            read_waivers(file)
        elif _holds(file, "attestations", ATTESTATIONS):
            read_attestations(file, all_controls())
        elif _holds(file, "controls", "compliance-profile"):
            read_own_profile(file)
        else:
            read_toml(file, "config")
    except HandwrittenError as error:
        click.echo(str(error))
        sys.exit(Exit.FINDINGS)
    click.echo(f"{file} keeps to its schema.", err=True)


def _holds(file: Path, key: str, usual: str) -> bool:
    """Whether a file is one of that kind, by what is in it or by its name."""
    read = parse(octets_of(file))
    return usual in file.name or (isinstance(read, Toml) and key in read.value)


def _damage(kind: str, text: bytes) -> list[str]:
    """What the checksum tells of a line that carries one."""
    try:
        if kind in SEALED:
            contract.intact(text)
    except contract.ContractError as error:
        return [f"/crc: {error}"]
    return []


def _texts(file: Path) -> Iterator[tuple[int, bytes]]:
    if file.suffix != ".jsonl":
        yield 1, whole(file)
        return
    with file.open("rb") as stream:
        for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE), b""), 1):
            if line.strip():
                yield number, line


def _kind(text: bytes) -> str | None:
    keys = _keys(text)
    return next((kind for key, kind in BY_KEY.items() if key in keys), ROW_OF[0] if ROW in keys else None)


def _is_row(text: bytes) -> bool:
    keys = _keys(text)
    return ROW in keys and not keys & {*BY_KEY}


def _keys(text: bytes) -> set[str]:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return set()
    return set(value) if isinstance(value, dict) else set()
