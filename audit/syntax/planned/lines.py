"""Planned records as lines `name ttl type value`, each name whole, as a table or a provider's console gives them.

    example.org            300 MX    10 mx.new.example
    _dmarc.example.org     300 TXT   "v=DMARC1; p=none"
    - autodiscover.example.org CNAME

A line that begins with a minus takes away all records of a name and type. Empty lines and those with `#` or `;` at the
beginning say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import dns.name

from audit.model.migration import PlannedRecord
from audit.syntax.planned.record import (
    MAX_RECORDS,
    ROOT,
    UNJUDGED,
    Place,
    Planned,
    PlannedFault,
    below,
    read_name,
    read_ttl,
    read_type,
    read_value,
)

REMARK = (";", "#")
FORM = "name ttl type value"


def are_lines(text: str, domain: str) -> bool:
    """Whether a text is a list of lines and no zone file: each has a TTL in the second place, and begins with a whole
    name without the final dot that would make it one in a zone file."""
    said = [words for _, _, words in _said(text)]
    return bool(said) and all(
        words[0] == "-" or (len(words) > 3 and words[1].isdigit() and _is_whole(words[0], domain)) for words in said
    )


def read_lines(text: str, domain: str, *, whole: bool | None) -> Planned:
    """The records of a list of lines.

    Raises:
        PlannedFault: a line cannot be read.
    """
    origin = dns.name.from_text(domain + ".")
    records: list[PlannedRecord] = []
    removed: list[tuple[str, str]] = []
    unjudged = 0
    for number, columns, words in _said(text):
        start = Place(number, columns[0])
        if words[0] == "-":
            removed.append(_removed(words, origin, start))
            continue
        if len(words) < 4:
            raise PlannedFault(start, f"a line is `{FORM}`, and this one has {len(words)} words.")
        ttl, kind, value = (Place(number, column) for column in columns[1:])
        name = below(read_name(words[0], ROOT, start), origin, start)
        rdtype = read_type(words[2].upper(), kind)
        if rdtype in UNJUDGED:
            unjudged += 1
            continue
        seconds = read_ttl(words[1], ttl)
        records.append(
            PlannedRecord(name=name, ttl=seconds, type=rdtype, value=read_value(rdtype, words[3], ROOT, value))
        )
        if len(records) > MAX_RECORDS:
            raise PlannedFault(start, f"there are more than {MAX_RECORDS} records.")
    return Planned(domain, tuple(records), tuple(removed), bool(whole), unjudged)


def _removed(words: list[str], origin: dns.name.Name, start: Place) -> tuple[str, str]:
    rest = " ".join(words[1:]).split()
    if len(rest) != 2:
        raise PlannedFault(start, "a line that takes records away is `- name type`.")
    return below(read_name(rest[0], ROOT, start), origin, start), read_type(rest[1].upper(), start)


def _said(text: str) -> Iterator[tuple[int, list[int], list[str]]]:
    """The lines that say something, with their numbers: name, TTL, type and the rest as it is, each with its column."""
    for number, line in enumerate(text.split("\n"), 1):
        words = line.rstrip().split(None, 3)
        if words and not words[0].startswith(REMARK):
            yield number, _columns(line, words), words


def _columns(line: str, words: list[str]) -> list[int]:
    """Where each word begins, from 1."""
    columns, at = [], 0
    for word in words:
        at = line.index(word, at)
        columns.append(at + 1)
        at += len(word)
    return columns


def _is_whole(name: str, domain: str) -> bool:
    lowered = name.lower()
    return lowered == domain or lowered.endswith(f".{domain}")
