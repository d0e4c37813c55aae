"""Where a finding stands, as SARIF says it: a file below the root of the sources, a line and columns.

A file is a relative reference (RFC 3986 section 4.2). A message is no plain text in SARIF: braces are placeholders
(section 3.11.5) and `[text](target)` is a link (3.11.6), so what the world said has them taken apart.
"""

from __future__ import annotations

from typing import Any

from audit.model.evidence import InputLine
from audit.model.report import RunReport

ROOT = "%SRCROOT%"  # GitHub's name for the root of the repository
LONGEST = 1_000  # characters of a path
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
NAMELESS = frozenset({"", "-", ".", ".."})


def of_line(line: InputLine) -> dict[str, Any]:
    """The name on its line of the list."""
    rest = line.text[line.column - 1 :].split(maxsplit=1)
    end = line.column + (len(rest[0]) if rest and line.text[line.column - 1] not in " \t" else 1)
    return _at(line.file, line.line, line.column, end)


def of_list(report: RunReport) -> dict[str, Any]:
    """What is about the run stands at the head of its list."""
    return _at(report.run.list_name, 1, 1, 2)


def _at(file: str, line: int, column: int, end: int) -> dict[str, Any]:
    region = {"startLine": line, "startColumn": column, "endLine": line, "endColumn": end}
    return {"physicalLocation": {"artifactLocation": {"uri": uri(file), "uriBaseId": ROOT}, "region": region}}


def uri(file: str) -> str:
    """A path as a reference below the root. What leads out of it, or is no file, is known by its last name alone."""
    parts = [part for part in file.replace("\\", "/").split("/") if part not in {"", "."}]
    if file.startswith(("/", "\\")) or ".." in parts or file[1:2] == ":":
        parts = parts[-1:]
    name = "/".join(parts)[:LONGEST]
    return "list" if name in NAMELESS else quoted(name)


def quoted(text: str) -> str:
    """Percent-encoded (RFC 3986 section 2.1)."""
    octets = text.encode("utf-8", "backslashreplace")
    return "".join(chr(octet) if octet in _PLAIN else f"%{octet:02X}" for octet in octets)


def literal(text: str) -> str:
    """A message that says what it says."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")
