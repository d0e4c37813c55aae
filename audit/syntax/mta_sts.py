"""MTA-STS (RFC 8461): a TXT record that announces a policy, and the policy, which a web server gives.

The record at `_mta-sts` holds the version and an id (section 3.1); the policy holds lines of `name: value`, ended by LF
or CRLF (section 3.2). Of a field that is there twice the first counts, but of `mx`, which may be repeated; unknown
fields are ignored. A pattern is a host name, or `*.` and the rest of one, where the star stands for exactly one label
(section 4.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from audit.model.value import dataclass
from audit.syntax.escape import octet_text, octets
from audit.syntax.names import host_fault
from audit.syntax.spf import SyntaxProblem

VERSION = "v=STSv1;"
MAX_LINES, MAX_PROBLEMS, MAX_PATTERNS = 20_000, 20, 20_000
MAX_SHOWN = 100
MAX_AGE = 31_557_600  # seconds: a year
BLANK = " \t"
BOM = b"\xef\xbb\xbf"
ID = re.compile(r"[A-Za-z0-9]{1,32}")
FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([!-:<>-~]+)")
LINE = re.compile(rb"([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):[ \t]*(.*)", re.DOTALL)
SECONDS = re.compile(r"[0-9]{1,10}")
ODD = frozenset({"given twice", "empty line"})  # what readers can do with


class Mode(StrEnum):
    """What a sender does with mail for a host that the policy does not let it trust."""

    ENFORCE = "enforce"  # it does not deliver there
    TESTING = "testing"  # it delivers, and reports
    NONE = "none"  # nothing: the policy is being taken back


@dataclass(frozen=True, slots=True)
class StsRecord:
    """A record as senders read it. With a problem it counts as none."""

    id: str | None
    problems: tuple[SyntaxProblem, ...]


@dataclass(frozen=True, slots=True)
class StsPolicy:
    """A policy as senders read it. `mx` are its patterns, in lower case."""

    mode: Mode | None
    max_age: int | None
    mx: tuple[str, ...]
    problems: tuple[SyntaxProblem, ...]

    @property
    def broken(self) -> tuple[SyntaxProblem, ...]:
        """The problems by which senders take it that there is no policy."""
        return tuple(p for p in self.problems if p.code not in ODD)

    def covers(self, host: str) -> bool:
        return any(matches(pattern, host) for pattern in self.mx)


def is_record(text: str) -> bool:
    """Whether senders keep a TXT record: it begins with the version and a semicolon, letter by letter."""
    return text.startswith(VERSION)


def is_meant(text: str) -> bool:
    """Whether a text that senders discard was meant to be a record, such as `v=STSv1 ; id=1`, or `id=1; v=STSv1`."""
    if is_record(text):
        return False
    return any(map(_is_version, text[: 2 * MAX_SHOWN].split(";")))


def parse_record(text: str) -> StsRecord:
    """Read a record that `is_record` or `is_meant`."""
    problems: list[SyntaxProblem] = []
    found: str | None = None
    at = 0
    parts = text.split(";")
    for index, part in enumerate(parts):
        field = part.strip(BLANK)
        here = at + len(part) - len(part.lstrip(BLANK))
        name, sign, value = field.partition("=")
        if not field and index < len(parts) - 1:
            problems.append(SyntaxProblem("empty field", ";", at))
        elif index and sign and name == "id" and found is None:
            found = value
            if not ID.fullmatch(value):
                problems.append(SyntaxProblem("not an id", octet_text(field, MAX_SHOWN), here))
        elif field and not FIELD.fullmatch(field):
            problems.append(SyntaxProblem("not a field", octet_text(field, MAX_SHOWN), here))
        at += len(part) + 1
    if not is_record(text):
        code, at = _unversioned(text)
        problems.insert(0, SyntaxProblem(code, octet_text(text, MAX_SHOWN), at))
    if found is None:
        problems.append(SyntaxProblem("no id", octet_text(text, MAX_SHOWN), 0))
    return StsRecord(found, tuple(problems[:MAX_PROBLEMS]))


def parse_policy(body: bytes) -> StsPolicy:
    """Read a policy. Never raises. Places count octets from the start of the body."""
    problems: list[SyntaxProblem] = []
    values: dict[str, str] = {}
    patterns: list[str] = []
    if body.startswith(BOM):
        problems.append(SyntaxProblem("byte order mark", "\\xef\\xbb\\xbf", 0))
    for at, line in _lines(body.removeprefix(BOM), len(BOM) if body.startswith(BOM) else 0):
        name, value, problem = _field(line, at)
        if problem is not None:
            problems.append(problem)
        elif name == "mx":
            patterns.append(value)
        elif name in values:
            if name in ("version", "mode", "max_age"):
                problems.append(SyntaxProblem("given twice", f"{name}: {octet_text(value, MAX_SHOWN)}", at))
        else:
            values[name] = value
    problems += _values(values, patterns)
    mode = next((m for m in Mode if m == values.get("mode")), None)
    age = values.get("max_age", "")
    seconds = int(age) if SECONDS.fullmatch(age) and int(age) <= MAX_AGE else None
    good = tuple(dict.fromkeys(canonical(p) for p in patterns[:MAX_PATTERNS] if pattern_fault(p) is None))
    return StsPolicy(mode, seconds, good, tuple(problems[:MAX_PROBLEMS]))


def matches(pattern: str, host: str) -> bool:
    """Whether a pattern covers a host, both in canonical form: by each label, the star for the first one alone."""
    if not pattern.startswith("*."):
        return pattern == host
    first, dot, rest = host.partition(".")
    return bool(first and dot) and rest == pattern[2:]


def canonical(pattern: str) -> str:
    return pattern.lower()


def pattern_fault(pattern: str) -> str | None:
    """Why a pattern is none, in words; None when it is one. Unlike a name of the DNS it has no final dot."""
    rest = canonical(pattern).removeprefix("*.")
    if rest.endswith("."):
        return "a final dot"
    if "*" in rest:
        return "a star that is not the whole first label"
    return host_fault(rest) if rest else "no name"


def record(id_: str) -> str:
    """The text of a record."""
    return f"{VERSION} id={id_}"


def policy_lines(mode: Mode, hosts: tuple[str, ...], max_age: int) -> tuple[str, ...]:
    """The lines of a policy."""
    return ("version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in hosts), f"max_age: {max_age}")


def _is_version(part: str) -> bool:
    """Whether a field was meant to be the version."""
    name, _, value = part.partition("=")
    return (name.strip(BLANK).lower(), value.strip(BLANK).lower()) == ("v", "stsv1")


def _unversioned(text: str) -> tuple[str, int]:
    """Why a record that was meant does not begin with the version as senders compare it, and where."""
    first, sign, _ = text.partition(";")
    good = VERSION.removesuffix(";")
    if not _is_version(first):
        return "the version is not first", 0
    if first.strip(BLANK) != good:
        return "the version is not written v=STSv1", 0
    if not first.startswith(good):
        return "a blank before the version", 0
    return ("a blank before the semicolon" if sign else "no semicolon after the version"), len(good)


def _lines(body: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    at = offset
    lines = body.split(b"\n", MAX_LINES)
    if lines[-1] == b"":  # behind the last line's end
        lines.pop()
    for line in lines[:MAX_LINES]:
        yield at, line.removesuffix(b"\r")
        at += len(line) + 1


def _field(line: bytes, at: int) -> tuple[str, str, SyntaxProblem | None]:
    """The name and the value of a line, or what is wrong with it."""
    shown = octets(line[:MAX_SHOWN], MAX_SHOWN)
    if not line.strip(b" \t"):
        return "", "", SyntaxProblem("empty line", "", at)
    if b"\r" in line:
        return "", "", SyntaxProblem("CR without LF", shown, at)
    found = LINE.fullmatch(line)
    if found is None:
        return "", "", SyntaxProblem("not a field", shown, at)
    value = found[2].rstrip(b" \t")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return "", "", SyntaxProblem("not UTF-8", shown, at)
    if not value or any(octet < 0x20 or octet == 0x7F for octet in value):
        return "", "", SyntaxProblem("not a value", shown, at)
    return found[1].decode("ascii"), text, None


def _values(values: dict[str, str], patterns: list[str]) -> Iterator[SyntaxProblem]:
    version, mode, age = values.get("version"), values.get("mode"), values.get("max_age")
    if version != "STSv1":
        yield SyntaxProblem("version is not STSv1" if version else "no version", _shown(version), 0)
    if mode not in tuple(Mode):
        yield SyntaxProblem("not a mode" if mode else "no mode", _shown(mode), 0)
    if age is None or not SECONDS.fullmatch(age):
        yield SyntaxProblem("no number of seconds" if age else "no max_age", _shown(age), 0)
    elif int(age) > MAX_AGE:
        yield SyntaxProblem("more than a year", age, 0)
    if not patterns and mode != Mode.NONE:
        yield SyntaxProblem("no mx", "", 0)
    for pattern in patterns[:MAX_PATTERNS]:
        if fault := pattern_fault(pattern):
            yield SyntaxProblem(f"not a pattern, {fault}", _shown(pattern), 0)


def _shown(value: str | None) -> str:
    return octets(value.encode("utf-8", "backslashreplace"), MAX_SHOWN) if value else ""
