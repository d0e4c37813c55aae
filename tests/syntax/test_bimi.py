"""BIMI records: what readers take, and what is wrong with the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.syntax.bimi import BimiRecord, Place, is_bimi, parse, place, url_fault

ICON = "https://story.example/logo.svg"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("v=BIMI1; l=", True),
        ("v=BIMI1;l=", True),
        ("v=BIMI1 ; l=", True),
        ("v=BIMI1", True),
        ("v = BIMI1; l=", True),
        ("V=BIMI1; l=", False),
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
        ("v=BIMI1; l=https://127.0.0.1/a.svg", (None, None, False), ("an address without a host name",)),
        ("v=BIMI1; l=https://u@story.example/a.svg", (None, None, False), ("an address with a user",)),
        ("v=BIMI1; l=https://story.example:8443/a.svg", ("https://story.example/a.svg", None, False), ()),
        ("v=BIMI1; " + "x=y;" + "".join(f"x{n}=y;" for n in range(40)) + f"l={ICON}", (ICON, None, False), ()),
        (f"v=BIMI1; nonsense; l={ICON}", (ICON, None, False), ("not a tag",)),
        (f"v=BIMI1; l={ICON}; l=x", (ICON, None, False), ("given twice",)),
    ],
)
def test_a_record(text: str, record: tuple[str | None, str | None, bool], codes: tuple[str, ...]) -> None:
    found = parse(text)
    urls = tuple(p.url if p else None for p in (found.picture, found.certificate))
    assert (*urls, found.declined) == record
    assert tuple(p.code for p in found.problems) == codes


def test_where_a_fault_is() -> None:
    (problem,) = parse(f"v=BIMI1;  l={ICON}; l=x").problems
    assert (problem.text, problem.at) == ("l", len(f"v=BIMI1;  l={ICON}; "))


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (ICON, Place(ICON, "story.example", 443)),
        ("HTTPS://Story.Example./a", Place("https://Story.Example./a", "story.example", 443)),
        ("https://story.example", Place("https://story.example", "story.example", 443)),
        ("https://story.example?a=b", Place("https://story.example?a=b", "story.example", 443)),
        ("https://story.example:443/a", Place("https://story.example/a", "story.example", 443)),
        ("https://story.example:/a", Place("https://story.example/a", "story.example", 443)),
        ("https://story.example:8443/a", Place("https://story.example/a", "story.example", 8443)),
    ],
)
def test_where_a_url_leads(url: str, found: Place) -> None:
    assert place(url) == found
    assert url_fault(url) is None


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://story.example/a", "not an https address"),
        ("story.example/a", "not an https address"),
        ("https://a.example/x y", "an address with a character that none has"),
        ("https://a.example/\n", "an address with a character that none has"),
        ("https://\xe4.example/", "an address with a character that none has"),
        ("https://localhost/", "an address without a host name"),
        ("https://[::1]/", "an address without a host name"),
        ("https://192.0.2.1/", "an address without a host name"),
        ("https://a..example/", "an address without a host name"),
        ("https:///x", "an address without a host name"),
        ("https://a.example/#x", "an address with a fragment"),
        ("https://u:p@a.example/", "an address with a user"),
        ("https://a.example:70000/", "an address with a port that is none"),
        ("https://a.example:0/", "an address with a port that is none"),
        ("https://a.example:x/", "an address with a port that is none"),
        ("https://a.example/" + "x" * 1000, "an address of more than 1000 characters"),
    ],
)
def test_why_a_url_leads_nowhere(url: str, fault: str) -> None:
    assert place(url) is None
    assert url_fault(url) == fault


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(parse(f"v=BIMI1;{text}"), BimiRecord)
