"""What is too long for a report is cut, and says so."""

from __future__ import annotations

import hashlib

import pytest

from audit.model.report import CutValue, FoundRecord
from audit.rules.summary.excerpts import MOST, bounded, of_octets, of_texts, of_values


def cut(whole: bytes, at: int) -> CutValue:
    return CutValue(at=at, octets=len(whole), sha256=hashlib.sha256(whole).hexdigest())


def record(*values: str, truncated: tuple[CutValue, ...] = ()) -> FoundRecord:
    return FoundRecord(name="a.example", type="TXT", status="noerror", values=values, evidence="e", truncated=truncated)


@pytest.mark.parametrize(
    ("text", "shown", "octets"),
    [
        ("v=spf1 -all", "v=spf1 -all", None),
        ("a" * MOST, "a" * MOST, None),
        ("a" * 60_000, "a" * (MOST - 1) + "…", 60_000),
        ("\xff" * 1500, "\\xff" * 999 + "…", 1500),
        ("\xe2\x80\xa6", "\\xe2\\x80\\xa6", None),
    ],
)
def test_a_text_is_shown_in_part_with_the_length_and_the_digest_of_the_whole(
    text: str, shown: str, octets: int | None
) -> None:
    digest = hashlib.sha256(text.encode("latin-1")).hexdigest()
    cuts = () if octets is None else (CutValue(at=3, octets=octets, sha256=digest),)
    assert of_octets(text, 3) == (shown, cuts)


def test_what_was_cut_is_told_by_its_place() -> None:
    long, short = "x" * 5000, "y"
    expected = ((short, "x" * (MOST - 1) + "…", short), (cut(long.encode(), 3),))
    assert of_texts((short, long, short), 2) == expected
    assert of_values((short, long, short), 2) == expected


@pytest.mark.parametrize(
    ("room", "values", "left_out"),
    [
        (100, (("aa", "bb"), ("cc",)), (0, 0)),
        (6, (("aa", "bb"), ("cc",)), (0, 0)),
        (5, (("aa", "bb"), ()), (0, 1)),
        (3, (("aa",), ()), (1, 1)),
        (0, ((), ()), (2, 1)),
    ],
)
def test_a_domain_has_room_for_so_much(
    room: int, values: tuple[tuple[str, ...], ...], left_out: tuple[int, ...]
) -> None:
    truncated = (cut(b"a", 0), cut(b"b", 1))
    found = tuple(bounded([record("aa", "bb", truncated=truncated), record("cc")], room))
    assert (tuple(r.values for r in found), tuple(r.left_out for r in found)) == (values, left_out)
    assert [c.at for c in found[0].truncated] == list(range(len(values[0])))
