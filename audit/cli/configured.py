"""`mxaudit.toml`: settings that need not be said each time. Command line > environment > file > default.

Each key is the long name of an option of `run`; an environment variable is `MXAUDIT_` and the same in capitals. click
itself looks in this order, and remembers where it found a value. A path in the file is meant from where the file is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click as plain
from click.core import ParameterSource

from audit import contract
from audit.catalog.blocklists import key_variable, load_blocklists
from audit.cli.messages import FileError
from audit.pipeline.handwritten import HandwrittenError, octets_of, read_toml
from audit.syntax.escape import visible
from audit.syntax.toml import Place, Toml, parse

CONFIG, SCHEMA = "mxaudit.toml", "config"
FOUND = "audit.cli.configured"  # where a context keeps what was read
PATHS = frozenset({"list", "out-dir", "ca-file", "trust-anchor", "waivers", "attestations", "baseline", "history"})
SAYING = frozenset({"color", "no-progress", "quiet", "verbose"})
OTHERWISE = frozenset({"out-dir", "output", "profile", "second-opinion"})  # which mean something else to `judge`
SECRET = re.compile(r"(?:^|[_-])(?:key|token|password|passwd|secret)s?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a file sets, by key, and where."""

    file: str
    values: Mapping[str, Any]
    places: Mapping[str, Place]

    def place(self, key: str) -> str:
        line, column = self.places[key]
        return f"{self.file}:{line}:{column}"


def keys() -> tuple[str, ...]:
    """All that can be set, in the order of the schema."""
    return tuple(contract.schema(SCHEMA)["$defs"]["ConfigFile"]["properties"])


def parameter_of(key: str) -> str:
    """The name by which a command knows a key."""
    return "source" if key == "list" else key.replace("-", "_")


def key_of(parameter: str) -> str:
    return "list" if parameter == "source" else parameter.replace("_", "-")


def variable_of(key: str) -> str:
    return f"MXAUDIT_{key.replace('-', '_').upper()}"


def settable(command: str) -> tuple[str, ...]:
    """The keys that a command takes from a file or the environment."""
    if command == "demo":
        return tuple(key for key in keys() if key in SAYING)
    without = OTHERWISE if command == "judge" else frozenset[str]()
    return tuple(key for key in keys() if key not in without and not (command == "check" and key == "output"))


def read_settings(file: Path) -> Settings:
    """What a file sets.

    Raises:
        FileError: it cannot be used.
    """
    try:
        read = read_toml(file, SCHEMA)
    except HandwrittenError as error:
        raise FileError(f"{error}{_on_secrets(file)}") from None
    values = {key: _meant(key, value, file.parent) for key, value in read.value.items()}
    return Settings(visible(str(file), 300), values, {key: read.place((key,)) for key in values})


def _on_secrets(file: Path) -> str:
    """What to do with a key or a password that somebody wrote into the file."""
    try:
        read = parse(octets_of(file))
    except HandwrittenError:
        return ""
    if not isinstance(read, Toml) or not any(SECRET.search(key) for key in read.value):
        return ""
    variables = ", ".join(map(key_variable, load_blocklists().keys))
    return f"\nNo secret belongs in {CONFIG}, which others read: put it into the environment ({variables})."


def _meant(key: str, value: Any, directory: Path) -> Any:
    """A value as the command line would have it; a path from where the file is."""
    if key in PATHS:
        return [str(directory / each) for each in value] if isinstance(value, list) else str(directory / value)
    if key == "output":
        return [_output(each, directory) for each in value]
    if key in ("dnsbl", "require-vantage") and isinstance(value, list):
        return ",".join(value)
    return value


def _output(text: str, directory: Path) -> str:
    kind, sign, path = text.partition("=")
    return text if not path or path == "-" else f"{kind}{sign}{directory / path}"


def configured(command: plain.Command, name: str) -> None:
    """Let a command take its settings from the environment and from a file."""
    keys_ = settable(name)
    known = {parameter_of(key): key for key in keys_}
    for parameter in command.params:
        if parameter.name in known:
            parameter.envvar = variable_of(known[parameter.name])

    def load(context: plain.Context, _: plain.Parameter, value: Path | None) -> None:
        if context.resilient_parsing:
            return
        file = value or (Path(CONFIG) if Path(CONFIG).is_file() else None)
        if file is None:
            return
        read = read_settings(file)
        taken = {parameter_of(key): value for key, value in read.values.items() if key in keys_}
        context.default_map = {**(context.default_map or {}), **taken}
        context.meta[FOUND] = read

    command.params.append(
        plain.Option(
            ["--config"],
            type=plain.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="FILE",
            envvar="MXAUDIT_CONFIG",
            is_eager=True,
            expose_value=False,
            callback=load,
            help=f"Settings that are not said here; default: {CONFIG}, if it is here.",
        )
    )


def origin(context: plain.Context, key: str) -> str:
    """Where a value comes from."""
    source = context.get_parameter_source(parameter_of(key))
    if source is ParameterSource.DEFAULT_MAP:
        read: Settings = context.meta[FOUND]
        return read.place(key)
    if source is ParameterSource.ENVIRONMENT:
        return variable_of(key)
    return "command line" if source is ParameterSource.COMMANDLINE else "default"


def shown(context: plain.Context) -> Iterator[tuple[str, Any, str]]:
    """Each key, the value that holds, and where it comes from."""
    for key in keys():
        name = parameter_of(key)
        if name in context.params:
            yield key, context.params[name], origin(context, key)
