"""checkdmarc's parsers of MTA-STS (RFC 8461) and BIMI, over texts that are handed in: nothing is fetched.

Its BIMI parser fetches the image and the certificate that a record names. Here it is given what was fetched before, and
what was not is to it as if the host could not be reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from audit.opinion.words import MAX_WORDS, words
from audit.syntax.escape import visible

MAX_PROBLEMS = 20
MAX_TEXT = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """How it reads a text. `values` are those it keeps, as text; `kind` is the type of error of a text that it refuses,
    `words` what it says of it. All that it says is escaped and cut."""

    valid: bool
    values: Mapping[str, tuple[str, ...]]
    warnings: tuple[str, ...] = ()
    kind: str = ""
    words: str = ""


def parse_mta_sts_record(text: str) -> Parsed:
    """A TXT record at `_mta-sts` (RFC 8461 section 3.1)."""
    return _parsed(lambda: _mta_sts().parse_mta_sts_record(_bounded(text)), "tags")


def parse_mta_sts_policy(content: bytes) -> Parsed:
    """The policy file (RFC 8461 section 3.2)."""
    return _parsed(lambda: _mta_sts().parse_mta_sts_policy(_bounded(content.decode("utf-8"))), "policy")


def parse_bimi_record(text: str, domain: str, fetched: Mapping[str, bytes] | None = None) -> Parsed:
    """A TXT record at `default._bimi`, with what was fetched from the URLs that it names."""

    def parse() -> dict[str, Any]:
        bimi = import_module("checkdmarc.bimi")
        with _handed(bimi, fetched or {}):
            found: dict[str, Any] = bimi.parse_bimi_record(_bounded(text), domain=domain)
            return found

    return _parsed(parse, "tags")


def _mta_sts() -> Any:
    return import_module("checkdmarc.mta_sts")


def _bounded(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueError(f"longer than {MAX_TEXT} characters")
    return text


def _parsed(parse: Callable[[], Mapping[str, Any]], key: str) -> Parsed:
    try:
        found = parse()
    except Exception as error:  # noqa: BLE001 -- another's code over hostile text: whatever it raises is its verdict
        return Parsed(valid=False, values={}, kind=type(error).__name__, words=words(error))
    values = {visible(str(name), 64): _texts(value) for name, value in found[key].items()}
    warnings = [
        *found["warnings"],
        *(found[part]["error"] for part in ("image", "certificate") if _failed(found, part)),
    ]
    return Parsed(valid=True, values=values, warnings=tuple(map(words, warnings[:MAX_PROBLEMS])))


def _failed(found: Mapping[str, Any], part: str) -> bool:
    return "error" in found.get(part, {})


def _texts(value: object) -> tuple[str, ...]:
    """A value as it stands in the record; of BIMI it is wrapped."""
    bare = value["value"] if isinstance(value, dict) else value
    return tuple(visible(str(each), MAX_WORDS) for each in (bare if isinstance(bare, list) else [bare]))


@contextmanager
def _handed(bimi: Any, fetched: Mapping[str, bytes]) -> Iterator[None]:
    """While this lasts, its HTTP client reads from what is handed in."""
    requests = bimi.requests

    class Session:
        def __init__(self) -> None:
            self.headers: dict[str, str] = {}

        def get(self, url: str, **_: object) -> Any:
            if url not in fetched:
                raise requests.ConnectionError("not fetched")
            return SimpleNamespace(content=fetched[url], raise_for_status=lambda: None)

    bimi.requests = SimpleNamespace(Session=Session, RequestException=requests.RequestException)
    try:
        yield
    finally:
        bimi.requests = requests
