"""TOML (toml.io v1.0) as people write it: the values, and where in the file each key stands.

The parser of Python's library tells no places, so keys are looked for again, line by line: a table's header in `[ ]`,
an entry of an array of tables in `[[ ]]`, a key before `=`. What stands within a string of several lines is no key.
A place that isn't found, as in a table that is written on one line, is that of what it is in.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, TypeAlias

from audit.model.value import dataclass

Path: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]  # line and column, from 1

START: Place = (1, 1)
_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_ASSIGNED = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_DOTTED})[ \t]*\]")
_QUOTED = re.compile(r'''"""|\'\'\'|"(?:\\.|[^"\\])*"|'[^']*'|#.*''')
_AT = re.compile(r" \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class TomlFault:
    """What is no TOML, and where."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Toml:
    """What a file says: dates and times as they are written, and where each key stands."""

    value: dict[str, Any]
    places: Mapping[Path, Place]

    def place(self, path: Path) -> Place:
        """Where something stands, or else the next thing around it."""
        return next((self.places[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.places), START)


def parse(octets: bytes) -> Toml | TomlFault:
    """Read a file."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        before = octets[: error.start].decode("utf-8")
        return TomlFault(*_end(before), "this is not UTF-8")
    text = text.replace("\r\n", "\n")
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return _fault(str(error), text)
    except (RecursionError, ValueError):  # a number of thousands of digits is no TOMLDecodeError
        return TomlFault(*START, "this is nested too deeply, or a number is too long")
    return Toml(_plain(value), _places(text))


def _fault(message: str, text: str) -> TomlFault:
    found = _AT.search(message)
    line, column = (int(found[1]), int(found[2])) if found and found[1] else _end(text)
    said = message[: found.start()] if found else message
    return TomlFault(line, column, said[:1].lower() + said[1:])


def _end(text: str) -> Place:
    return text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1


def _plain(value: Any) -> Any:
    """The same with dates and times as text, so that a schema of JSON can judge them."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _places(text: str) -> dict[Path, Place]:
    found: dict[Path, Place] = {}
    entries: Counter[Path] = Counter()
    table: Path = ()
    within = ""  # the quotes that end a string of several lines
    for number, line in enumerate(text.split("\n"), 1):
        if not within:
            if header := _HEADER.match(line):
                *above, name = _names(header[2])
                table = (*_latest(above, entries), name)
                if header[1] == "[[":
                    entries[table] += 1
                    table = (*table, entries[table] - 1)
                found.setdefault(table, (number, header.start(1) + 1))
            elif assigned := _ASSIGNED.match(line):
                found.setdefault((*table, *_names(assigned[1])), (number, assigned.start(1) + 1))
        within = _within(line, within)
    return found


def _latest(names: Iterable[str | int], entries: Counter[Path]) -> Path:
    """The table that a header is below: of an array of tables, the last entry so far."""
    path: Path = ()
    for name in names:
        path = (*path, name)
        if entries[path]:
            path = (*path, entries[path] - 1)
    return path


def _within(line: str, within: str) -> str:
    """The quotes of the string of several lines in which a line ends; empty where there is none."""
    at = 0
    while at < len(line):
        if within:
            end = line.find(within, at)
            if end < 0:
                return within
            at, within = end + 3, ""
            continue
        token = _QUOTED.search(line, at)
        if token is None:
            return ""
        within = token[0] if token[0] in ('"""', "'''") else ""
        at = token.end()
    return within


def _names(dotted: str) -> Path:
    return tuple(name[1:-1] if name[0] in "\"'" else name for name in re.findall(_KEY, dotted))
