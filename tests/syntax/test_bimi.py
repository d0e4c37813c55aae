"""BIMI records, pictures in SVG Tiny PS, and what a mark certificate says of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.syntax import mark_certificate, svg_tiny
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


GOOD = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" '
    b'viewBox="0 0 100 100"><title>Story</title><circle cx="50" cy="50" r="40"/></svg>'
)
TITLE = b"<title>Story</title>"


@pytest.mark.parametrize(
    ("picture", "problems"),
    [
        (GOOD, ()),
        (GOOD.replace(b"0 0 100 100", b"0,0,64.0,64.0"), ()),
        (GOOD.replace(TITLE, b""), ("it has no title",)),
        (GOOD.replace(TITLE, b"<title> </title>"), ("it has no title",)),
        (GOOD.replace(TITLE, b"<g>" + TITLE + b"</g>"), ("it has no title",)),
        (GOOD.replace(b"tiny-ps", b"tiny"), ("its baseProfile is not tiny-ps",)),
        (GOOD.replace(b'version="1.2"', b'version="1.1"'), ("its version is not 1.2",)),
        (GOOD.replace(b"0 0 100 100", b"0 0 100 50"), ("it is not square",)),
        (GOOD.replace(b'viewBox="0 0 100 100"', b""), ("it has no viewBox",)),
        (GOOD.replace(b"viewBox", b'x="0" viewBox'), ("it has x or y at its root",)),
        (GOOD.replace(TITLE, TITLE + b"<script>alert(1)</script>"), ("it has an element script",)),
        (GOOD.replace(TITLE, TITLE + b'<g onclick="x"/>'), ("it handles events",)),
        (GOOD.replace(TITLE, TITLE + b'<use href="https://evil.example/"/>'), ("it refers to something outside",)),
        (GOOD.replace(TITLE, TITLE + b'<use href="#a"/>'), ()),
        (GOOD.replace(b"<svg", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg'), ("it has a document type",)),
        (GOOD.replace(b"http://www.w3.org/2000/svg", b"http://x"), ("it is no SVG",)),
        (b"<html/>", ("it is no SVG",)),
        (b"\x1f\x8b\x08", ("it is packed (gzip)",)),
        (GOOD.replace(b"<circle", b"<g>" * 200), ("it has too many elements, or too deeply nested ones",)),
        (GOOD + b" " * 40_000, (f"it has {len(GOOD) + 40_000} octets; 32768 are advised at most",)),
    ],
)
def test_a_picture(picture: bytes, problems: tuple[str, ...]) -> None:
    assert svg_tiny.problems(picture) == problems


def test_laughs_are_not_laughed() -> None:
    laughs = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    assert svg_tiny.problems(b'<!DOCTYPE svg [<!ENTITY a0 "ha">' + laughs + b"]><svg>&a9;</svg>") == (
        "it has a document type",
    )


@pytest.mark.parametrize(
    "picture", [b"", b"\xff\xfe\x00", b"<svg", b"\x00" * 100, b'<?xml version="1.0" encoding="x-none"?><a/>']
)
def test_what_is_no_xml(picture: bytes) -> None:
    (problem,) = svg_tiny.problems(picture)
    assert problem.startswith("it is no XML: ")


@given(st.binary(max_size=300))
def test_any_octets_are_read(octets: bytes) -> None:
    assert svg_tiny.problems(octets)
    assert mark_certificate.read(octets) is None
    assert mark_certificate.read(b"-----BEGIN CERTIFICATE-----" + octets + b"-----END CERTIFICATE-----") is None
