"""What a report shows of what was found. A TXT record may have 60,000 octets, and a domain many of them; the report is
for people, so of each value it shows a part, and of a domain so much in all. What is cut says so, with the length and
the SHA-256 of the whole, by which it can be told in the evidence: that holds each answer as it came, and verdicts rest
on the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from audit.model.report import CutValue, FoundRecord
from audit.syntax.escape import octet_text

MOST = 4000  # characters of a value
MOST_OF_DOMAIN = 256 * 1024  # characters of all values
MOST_OF_POINTER = 2000  # characters: 253 of a name, should each of them be an escape, and more
ENDS = "…"


def pointer(text: str) -> str:
    """A name or the key of a probe: whole, but where no message could carry the name, which a record may hold."""
    return text if len(text) <= MOST_OF_POINTER else text[: MOST_OF_POINTER - 1] + ENDS


def of_octets(text: str, at: int) -> tuple[str, tuple[CutValue, ...]]:
    """A text of which each character is an octet, as it is shown, and what was cut if it is the value at a place."""
    shown = octet_text(text, MOST)
    return shown, _cut(text, at) if shown.endswith(ENDS) else ()


def of_texts(texts: Iterable[str], before: int = 0) -> tuple[tuple[str, ...], tuple[CutValue, ...]]:
    """Such texts as values, behind some others."""
    each = [of_octets(text, at) for at, text in enumerate(texts, before)]
    return tuple(shown for shown, _ in each), tuple(cut for _, cuts in each for cut in cuts)


def of_values(values: Iterable[str], before: int = 0) -> tuple[tuple[str, ...], tuple[CutValue, ...]]:
    """Values in presentation form."""
    given = tuple(values)
    cuts = (_cut(value, at) for at, value in enumerate(given, before) if len(value) > MOST)
    shown = tuple(value if len(value) <= MOST else value[: MOST - 1] + ENDS for value in given)
    return shown, tuple(cut for each in cuts for cut in each)


def bounded(records: Iterable[FoundRecord], room: int = MOST_OF_DOMAIN) -> Iterator[FoundRecord]:
    """Records with as many of their values as there is room for, the first first."""
    for record in records:
        kept = 0
        for value in record.values:
            if len(value) > room:
                break
            room -= len(value)
            kept += 1
        if kept < len(record.values):
            cuts = tuple(cut for cut in record.truncated if cut.at < kept)
            left_out = len(record.values) - kept
            yield replace(record, values=record.values[:kept], truncated=cuts, left_out=left_out)
        else:
            yield record


def _cut(text: str, at: int) -> tuple[CutValue, ...]:
    octets = text.encode("latin-1", "backslashreplace")
    return (CutValue(at=at, octets=len(octets), sha256=hashlib.sha256(octets).hexdigest()),)
