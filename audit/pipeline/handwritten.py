"""Files that people write: TOML, held to a schema. What is wrong is told with line and column, and what was meant.

A key that nobody knows is an error: one that is overlooked would be a setting that silently does nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit import contract
from audit.syntax.escape import visible
from audit.syntax.toml import Place, Toml, TomlFault, parse

if TYPE_CHECKING:
    import jsonschema

MAX_OCTETS = 4 * 1024 * 1024
SHOWN = 20  # faults that are told


class HandwrittenError(ValueError):
    """A file that cannot be used; the message has a line for each thing that is wrong."""


class Faults:
    """What is wrong with one file."""

    def __init__(self, file: Path) -> None:
        self._file = visible(str(file), 300)
        self._found: list[tuple[Place, str]] = []

    def add(self, place: Place, message: str) -> None:
        self._found.append((place, visible(message, 500)))

    def check(self) -> None:
        """End where anything was found.

        Raises:
            HandwrittenError: it was.
        """
        if self._found:
            told = [f"{self._file}:{line}:{column}: {text}" for (line, column), text in sorted(self._found)[:SHOWN]]
            left = len(self._found) - len(told)
            raise HandwrittenError("\n".join([*told, *([f"… and {left} more"] if left > 0 else [])]))


def octets_of(file: Path, most: int = MAX_OCTETS) -> bytes:
    """The content of a file that a person names.

    Raises:
        HandwrittenError: it cannot be read, or is too long.
    """
    try:
        with file.open("rb") as stream:
            octets = stream.read(most + 1)
    except OSError as error:
        raise HandwrittenError(f"{visible(str(file), 300)} cannot be read: {error.strerror}.") from None
    if len(octets) > most:
        raise HandwrittenError(f"{visible(str(file), 300)} is larger than {most // 1024 // 1024} MiB.")
    return octets


def read_toml(file: Path, schema: str) -> Toml:
    """A file as its schema has it.

    Raises:
        HandwrittenError: it cannot be read, is no TOML, or something else than the schema says.
    """
    read = parse(octets_of(file))
    faults = Faults(file)
    if isinstance(read, TomlFault):
        faults.add((read.line, read.column), f"{read.message}.")
        faults.check()
        raise AssertionError
    try:
        for error in contract.errors(schema, read.value):
            for path, message in _told(error):
                faults.add(read.place(path), message)
    except RecursionError:
        faults.add((1, 1), "this is nested too deeply.")
    faults.check()
    return read


def meant(word: str, known: Iterable[str]) -> str:
    """What somebody may have meant, as the end of a sentence; empty where nothing is like it."""
    near = difflib.get_close_matches(word[:64], known, n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _told(error: jsonschema.ValidationError) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """An error of the schema in words, and the path of what it is about."""
    path = tuple(error.absolute_path)
    name = next((str(part) for part in reversed(path) if isinstance(part, str)), "the file")
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    described = str(schema.get("description", ""))
    given: Any = error.instance
    wanted: Any = error.validator_value
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", ()))
        for key in given:
            if key not in known:
                hint = meant(str(key), known) or f" There are {', '.join(known)}."
                yield (*path, str(key)), f"there is no key “{visible(str(key), 60)}”.{hint}"
    elif error.validator == "required":
        properties = schema.get("properties", {})
        for key in wanted:
            if key not in given:
                what = str(properties.get(key, {}).get("description", "")).rstrip(".")
                yield path, f"“{key}” is missing{f': {what[:1].lower()}{what[1:]}' if what else ''}."
    elif error.validator == "enum":
        words = [str(word) for word in wanted]
        hint = meant(str(given), words)
        yield path, f"{name} is one of {', '.join(words)}, not {_shown(given)}.{hint}"
    elif error.validator in ("minimum", "maximum", "exclusiveMinimum"):
        bounds = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than"}
        yield path, f"{name} is {bounds[str(error.validator)]} {wanted}, not {_shown(given)}."
    else:
        yield path, f"{name} cannot be {_shown(given)}. {described}".rstrip()


def _shown(value: object) -> str:
    """A value as TOML has it, near enough."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"“{visible(value, 60)}”" if isinstance(value, str) else visible(str(value), 60)
