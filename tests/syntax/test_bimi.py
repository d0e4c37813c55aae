"""BIMI records: what readers take, and what is wrong with the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.syntax.bimi import BimiRecord, is_bimi, parse, url_host

ICON = "https://story.example/logo.svg"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("v=BIMI1; l=", True),
        ("v=BIMI1;l=", True),
        ("v=BIMI1 ; l=", True),
        ("v=BIMI1", True),
        ("v=bimi1; l=", False),
        ("l=; v=BIMI1", False),
        ("v=BIMI10; l=", False),
    ],
)
def test_which_texts_are_records(text: str, kept: bool) -> None:
    assert is_bimi(text) is kept


@pytest.mark.parametrize(
    ("text", "record", "codes"),
    [
        (f"v=BIMI1; l={ICON}; a=", (ICON, None, False), ()),
        (
            f"v=BIMI1; l={ICON}; a=https://story.example/vmc.pem; avp=brand;",
            (ICON, "https://story.example/vmc.pem", False),
            (),
        ),
        ("v=BIMI1; l=; a=", (None, None, True), ()),
        ("v=BIMI1; l=", (None, None, True), ()),
        ("v=BIMI1;", (None, None, False), ("no l",)),
        ("v=BIMI1; l=http://story.example/a.svg", (None, None, False), ("not an https address",)),
        ("v=BIMI1; l=https://127.0.0.1/a.svg", (None, None, False), ("not an https address",)),
        ("v=BIMI1; l=https://u@story.example/a.svg", (None, None, False), ("not an https address",)),
        ("v=BIMI1; l=https://story.example:8443/a.svg", (None, None, False), ("not an https address",)),
        (f"v=BIMI1; nonsense; l={ICON}", (ICON, None, False), ("not a tag",)),
        (f"v=BIMI1; l={ICON}; l=x", (ICON, None, False), ("given twice",)),
    ],
)
def test_a_record(text: str, record: tuple[str | None, str | None, bool], codes: tuple[str, ...]) -> None:
    found = parse(text)
    assert (found.picture, found.certificate, found.declined) == record
    assert tuple(p.code for p in found.problems) == codes


@pytest.mark.parametrize(
    "url", ["https://a.example/x y", "https://a.example/\n", "https://localhost/", "https:///x", "https://a.example/#x"]
)
def test_what_is_not_fetched(url: str) -> None:
    assert url_host(url) is None


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(parse(f"v=BIMI1;{text}"), BimiRecord)
