"""The codec and the schemas: what is written and read is the public contract.

Types are encoded by msgspec. The schemas are written by hand and shipped with the package; a parity test holds the two
together. `jsonschema-rs` checks records by the million, `jsonschema` where a person reads the error.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import jsonschema_rs
import msgspec

from audit.model.report import Finding

if TYPE_CHECKING:
    import jsonschema

T = TypeVar("T")

SCHEMAS = (
    *("evidence", "hosts", "report", "catalog", "smtp", "waivers", "baseline", "config", "bounce", "logs"),
    *("propagation", "migration", "migration_check", "rehearsal"),
    *("attestations", "digests", "compliance", "compliance-profile"),
)
PROBLEMS_SHOWN = 20
END = r"$(?!\\n)"  # how a schema ends a pattern: to Python a `$` also stands before a last line feed
SEAL, SEAL_SIZE = re.compile(rb',"crc":"([0-9a-f]{8})"}'), 18


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is read of a line to know what it is."""

    kind: str


class ContractError(ValueError):
    """Text that is not what its schema says."""


def dump(value: object) -> bytes:
    """The value as compact JSON, on one line, in ASCII escapes where needed by the codec."""
    return msgspec.json.encode(value)


def load(text: bytes, type_: type[T]) -> T:
    """The value of a JSON text.

    Raises:
        ContractError: it is not JSON, or not of that type.
    """
    try:
        return msgspec.json.decode(text, type=type_)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise ContractError(str(error)) from None


def load_kind(text: bytes, types: Mapping[str, type[Any]]) -> Any:
    """The value of a JSON text whose member `kind` tells of which type it is; of the rest nothing is read for that.

    Raises:
        ContractError: as for `load`, or nothing of the kind is known.
    """
    kind = load(text, _Kind).kind
    if kind not in types:
        raise ContractError(f"/kind: {kind[:40]!r} is not one of {', '.join(types)}")
    return load(text, types[kind])


def line(value: object) -> bytes:
    """A record as a line of a file that is appended to: its last member is the CRC-32 of all before it."""
    text = dump(value)[:-1]
    return b'%s,"crc":"%08x"}\n' % (text, zlib.crc32(text))


def intact(text: bytes) -> None:
    """Hold a line to its checksum.

    Raises:
        ContractError: it has none, or another.
    """
    text = text.rstrip()
    found = SEAL.fullmatch(text[-SEAL_SIZE:])
    if found is None:
        raise ContractError("it carries no checksum, so it was changed or is of an older version; gather again")
    counted = b"%08x" % zlib.crc32(text[:-SEAL_SIZE])
    if counted != found[1]:
        told, seen = found[1].decode(), counted.decode()
        raise ContractError(f"it was damaged or changed: its checksum is {told}, that of its text {seen}")


def convert(value: object, type_: type[T]) -> T:
    """The typed value of something that was read from TOML."""
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise ContractError(str(error)) from None


def pretty(value: object) -> bytes:
    """The value as indented JSON with a final newline."""
    return msgspec.json.format(dump(value), indent=1) + b"\n"


def indented(text: bytes, depth: int = 0) -> bytes:
    """A JSON text on several lines, each but the first behind that many blanks more than its own."""
    return msgspec.json.format(text, indent=1).replace(b"\n", b"\n" + b" " * depth)


def sha256(*parts: bytes) -> str:
    """The hex digest of the parts, each preceded by its length so that no two lists of parts collide."""
    state = hashlib.sha256()
    for part in parts:
        state.update(len(part).to_bytes(8, "big") + part)
    return state.hexdigest()


def fingerprint(finding: Finding, domain: str) -> str:
    """A failure is the same as last time if rule, domain and subject are, however it is told and how grave it is."""
    parts = ("mxaudit/1", finding.rule, domain, finding.subject.kind, finding.subject.name)
    return sha256("\0".join(parts).encode("utf-8", "backslashreplace"))[:32]


@cache
def schema_text(name: str) -> str:
    """A published schema, as written. Looked for in the installed package, then in the checkout."""
    packaged = resources.files("audit").joinpath("schemas", f"{name}.json")
    if packaged.is_file():
        return packaged.read_text("utf-8")
    return (Path(__file__).parents[1] / "schemas" / f"{name}.json").read_text("utf-8")


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(schema_text(name))
    return loaded


@cache
def _fast(name: str, part: str | None = None) -> jsonschema_rs.Draft202012Validator:
    whole = json.loads(
        schema_text(name).replace(END, "$")
    )  # where `$` is the end alone: the rest costs most of the time
    return jsonschema_rs.Draft202012Validator(_whole_or_part(whole, part), validate_formats=True)


def _whole_or_part(whole: dict[str, Any], part: str | None) -> dict[str, Any]:
    if part is None:
        return whole
    return {"$schema": whole["$schema"], "$ref": f"#/$defs/{part}", "$defs": whole["$defs"]}


def check(name: str, text: bytes) -> None:
    """Hold a JSON text to a schema, fast.

    Raises:
        ContractError: it does not agree; the message names the place.
    """
    _check(_fast(name), text)


def check_part(name: str, part: str, text: bytes) -> None:
    """Hold a JSON text to one definition of a schema, fast.

    Raises:
        ContractError: as for `check`.
    """
    _check(_fast(name, part), text)


def _check(validator: jsonschema_rs.Draft202012Validator, text: bytes) -> None:
    value = _parsed(text)
    try:
        error = None if validator.is_valid(value) else next(iter(validator.iter_errors(value)), None)
    except ValueError as fault:  # nested more deeply than it follows, which no schema of ours allows
        raise ContractError(f"/: {fault}") from None
    if error is not None:
        raise ContractError(f"{_place(error.instance_path)}: {error.message[:300]}")


def problems(name: str, text: bytes, part: str | None = None) -> list[str]:
    """What a person should know of a JSON text that does not agree with a schema, or with one definition of it; empty
    when it does."""
    try:
        value = _parsed(text)
    except ContractError as error:
        return [str(error)]
    try:
        return [f"{_place(e.absolute_path)}: {e.message[:300]}" for e in errors(name, value, part)]
    except RecursionError:
        return ["/: nested too deeply"]


def errors(name: str, value: object, part: str | None = None) -> list[jsonschema.ValidationError]:
    """Where a plain value does not agree with a schema, by place; the first of them.

    Raises:
        RecursionError: it is nested too deeply.
    """
    import jsonschema  # noqa: PLC0415 -- only where a person reads the error: it takes a twentieth of the start

    checker = jsonschema.FormatChecker()
    validator = jsonschema.Draft202012Validator(_whole_or_part(schema(name), part), format_checker=checker)
    return sorted(validator.iter_errors(value), key=lambda e: [str(p) for p in e.absolute_path])[:PROBLEMS_SHOWN]


def _parsed(text: bytes) -> Any:
    """The plain value of a JSON text, by the codec: `json` would also take NaN, lone surrogates and UTF-16."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContractError(f"not JSON: {error}") from None


def _place(path: Any) -> str:
    return "/" + "/".join(str(p) for p in path)
