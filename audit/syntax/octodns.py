"""Record sets as octoDNS YAML (github.com/octodns/octodns): a mapping of names, relative to the zone, to their sets.

    "":
      - type: "MX"
        ttl: 300
        values:
          - {preference: 10, exchange: "mx.new.example."}

Every text is a double-quoted scalar (YAML 1.2 section 7.3.1), so that none can be taken for anything else; in texts of
TXT records a semicolon is written `\\;`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from audit.syntax import txt

FIELDS = {"MX": ("preference", "exchange"), "SRV": ("priority", "weight", "port", "target")}
TLSA = ("certificate_usage", "selector", "matching_type", "certificate_association_data")
NUMBERS = frozenset({"preference", "priority", "weight", "port", "certificate_usage", "selector", "matching_type"})
SINGLE = frozenset({"CNAME"})
OTHER = frozenset({"A", "AAAA", "NS"})

Set = tuple[str, str, int, tuple[str, ...]]  # name, type, TTL, data


def document(zone: str, sets: Iterable[Set]) -> str:
    """The sets of a zone's names as a document. Types that octoDNS has no form for are a comment."""
    by_name: dict[str, list[Set]] = {}
    for each in sets:
        by_name.setdefault(_relative(each[0], zone), []).append(each)
    lines = ["---"]
    for name in sorted(by_name):
        lines.append(f"{_text(name)}:")
        for each in by_name[name]:
            lines += _set(each)
    return "\n".join(lines) + "\n"


def _set(each: Set) -> Iterator[str]:
    _, rdtype, ttl, values = each
    written = [_value(rdtype, value) for value in values]
    if not values or any(v is None for v in written):
        yield f"  # {_text(rdtype)}: no form is known for it here; see the zone file"
        return
    yield f"  - type: {_text(rdtype)}"
    yield f"    ttl: {ttl}"
    if rdtype in SINGLE:
        yield f"    value: {written[0]}"
        return
    yield "    values:"
    yield from (f"      - {value}" for value in written)


def _value(rdtype: str, data: str) -> str | None:
    fields = TLSA if rdtype == "TLSA" else FIELDS.get(rdtype)
    if rdtype == "TXT":
        return _text(txt.joined(data).replace(";", "\\;"))
    if fields is None:
        return _text(data) if rdtype in SINGLE | OTHER else None
    words = data.split(None, len(fields) - 1)
    if len(words) != len(fields):
        return None
    pairs = [f"{f}: {w if f in NUMBERS and w.isdigit() else _text(w)}" for f, w in zip(fields, words, strict=True)]
    return f"{{{', '.join(pairs)}}}"


def _relative(name: str, zone: str) -> str:
    return "" if name == zone else name.removesuffix(f".{zone}")


def _text(text: str) -> str:
    return json.dumps(text)
