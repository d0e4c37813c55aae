"""TOML: the values, and where in the file each key stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.syntax.toml import Toml, TomlFault, parse

TEXT = b'''\
# a comment, and no = key
fail-on = "high"
 "quoted" = 1
a . b = true
note = """
fail-on = "within a string"
""" # ends here
other = \'\'\'one line\'\'\'
day = 2026-12-31

[[waivers]]
rule = "A-B"

  [[ waivers ]]
  reason = "x [[waivers]]"
  rule = "C-D"
[table."in quotes"]
key = [
  1, 2
]
inline = { x = 1 }

[[waivers.parts]]
size = 1
[[waivers.parts]]
size = 2
[waivers.parts.within]
size = 3
'''


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("fail-on",), (2, 1)),
        (("quoted",), (3, 2)),
        (("a", "b"), (4, 1)),
        (("note",), (5, 1)),
        (("other",), (8, 1)),
        (("waivers", 0), (11, 1)),
        (("waivers", 0, "rule"), (12, 1)),
        (("waivers", 1), (14, 3)),
        (("waivers", 1, "reason"), (15, 3)),
        (("waivers", 1, "rule"), (16, 3)),
        (("waivers", 1, "missing"), (14, 3)),
        (("table", "in quotes", "key"), (18, 1)),
        (("table", "in quotes", "inline", "x"), (21, 1)),
        (("waivers", 1, "parts", 0, "size"), (24, 1)),
        (("waivers", 1, "parts", 1), (25, 1)),
        (("waivers", 1, "parts", 1, "within", "size"), (28, 1)),
        (("nowhere",), (1, 1)),
    ],
)
def test_a_key_has_a_place(path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    for octets in (TEXT, TEXT.replace(b"\n", b"\r\n")):
        read = parse(octets)
        assert isinstance(read, Toml)
        assert read.place(path) == place


def test_dates_are_text() -> None:
    read = parse(b"day = 2026-12-31\nmoment = 2026-12-31T10:00:00Z\nlist = [2026-01-01]\n")
    assert isinstance(read, Toml)
    assert read.value == {"day": "2026-12-31", "moment": "2026-12-31T10:00:00+00:00", "list": ["2026-01-01"]}


@pytest.mark.parametrize(
    ("octets", "line", "column", "said"),
    [
        (b"a = 1\nb = \n", 2, 5, "invalid value"),
        (b"a = 1\na = 2\n", 2, 6, "cannot overwrite a value"),
        (b'a = "', 1, 6, "unterminated string"),
        (b"a = 1\n b = \xff\n", 2, 6, "this is not UTF-8"),
        (b"\xff\xfea", 1, 1, "this is not UTF-8"),
        (b"waivers = []\n[[waivers]]\n", 2, 10, "cannot mutate immutable"),
    ],
)
def test_what_is_no_toml_is_told_with_its_place(octets: bytes, line: int, column: int, said: str) -> None:
    fault = parse(octets)
    assert isinstance(fault, TomlFault)
    assert (fault.line, fault.column) == (line, column)
    assert said in fault.message


@pytest.mark.parametrize("octets", [b"a = " + b"[" * 100_000, b"a = " + b"9" * 10_000])
def test_what_is_beyond_measure_is_a_fault(octets: bytes) -> None:
    assert isinstance(parse(octets), TomlFault)


@given(st.binary(max_size=200) | st.text(alphabet="a=\"'[]{}.#\n ,1", max_size=60).map(str.encode))
def test_whatever_comes_it_is_read_or_told_of(octets: bytes) -> None:
    read = parse(octets)
    if isinstance(read, TomlFault):
        assert read.line >= 1
        assert read.column >= 1
    else:
        assert all(line >= 1 and column >= 1 for line, column in read.places.values())
