"""TXT rdata: strings join without anything between them, and an octet stays an octet."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax.txt import joined, strings


@pytest.mark.parametrize(
    ("rdata", "pieces"),
    [
        ('"v=spf1 -all"', ("v=spf1 -all",)),
        ('"v=spf1 " "-all"', ("v=spf1 ", "-all")),
        ('"v=spf1" "-all"', ("v=spf1", "-all")),
        ('"a""b"', ("a", "b")),
        ("v=spf1", ("v=spf1",)),
        ("a b", ("a", "b")),
        ('""', ("",)),
        ("", ()),
        (r'"say \"hi\""', ('say "hi"',)),
        (r'"back\\slash\;"', ("back\\slash;",)),
        (r'"\233\255\000"', ("\xe9\xff\0",)),
        (r'"\1234"', ("{4",)),
        (r'"\300"', ("300",)),
        ('"open', ("open",)),
        ('"open\\', ("open\\",)),
        ('"tab\tinside"  "x"', ("tab\tinside", "x")),
    ],
)
def test_strings(rdata: str, pieces: tuple[str, ...]) -> None:
    assert strings(rdata) == pieces
    assert joined(rdata) == "".join(pieces)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=4))
def test_octets_survive_presentation(parts: list[bytes]) -> None:
    rdata = " ".join('"' + "".join(f"\\{value:03d}" for value in part) + '"' for part in parts)
    assert joined(rdata) == b"".join(parts).decode("latin-1")


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(st.sampled_from('"\\ 0129ax\t;é\ud800')))
def test_no_text_is_too_odd(rdata: str) -> None:
    assert len(joined(rdata)) <= len(rdata)
