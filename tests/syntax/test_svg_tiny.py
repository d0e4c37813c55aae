"""Pictures in SVG Tiny PS, and those that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.syntax import svg_tiny
from tests.timing import within

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
        (GOOD.replace(b"0 0 100 100", b" 0 0 100 100.0 "), ()),
        (GOOD.replace(b"0 0 100 100", b"-1e1 +.5 1e2 100."), ()),
        (GOOD.replace(b"0 0 100 100", b"0 0 0 0"), ("its viewBox has no area",)),
        (GOOD.replace(b"0 0 100 100", b"0 0 -5 -5"), ("its viewBox has no area",)),
        (GOOD.replace(b"0 0 100 100", b"0 0 nan nan"), ("its viewBox is not four numbers",)),
        (GOOD.replace(b"0 0 100 100", b"0 0 inf inf"), ("its viewBox is not four numbers",)),
        (GOOD.replace(b"0 0 100 100", b"0 0 1e999 1e999"), ("its viewBox is not four numbers",)),
        (GOOD.replace(b"0 0 100 100", b"0 0 1.2.3 1.2.3"), ("its viewBox is not four numbers",)),
        (GOOD.replace(b"0 0 100 100", b"0 0 100"), ("its viewBox is not four numbers",)),
        (GOOD.replace(TITLE, b""), ("it has no title",)),
        (GOOD.replace(TITLE, b"<title> </title>"), ("it has no title",)),
        (GOOD.replace(TITLE, b"<g>" + TITLE + b"</g>"), ("it has no title",)),
        (GOOD.replace(b"tiny-ps", b"tiny"), ("its baseProfile is not tiny-ps",)),
        (GOOD.replace(b'version="1.2"', b'version="1.1"'), ("its version is not 1.2",)),
        (GOOD.replace(b"0 0 100 100", b"0 0 100 50"), ("it is not square",)),
        (GOOD.replace(b'viewBox="0 0 100 100"', b""), ("it has no viewBox",)),
        (GOOD.replace(b"viewBox", b'x="0" viewBox'), ("it has x or y at its root",)),
        (GOOD.replace(TITLE, TITLE + b'<g onclick="x"/>'), ("it handles events",)),
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


XLINK = b'xmlns:xlink="http://www.w3.org/1999/xlink" '
XHTML = b'xmlns:h="http://www.w3.org/1999/xhtml" '
OUTSIDE = "it refers to something outside"


@pytest.mark.parametrize(
    ("inside", "problems"),
    [
        (b"<script>alert(1)</script>", ("it has an element script",)),
        (b"<style>@import 'https://evil.example/a.css';</style>", ("it has an element style",)),
        (b"<style>@font-face{src:url(https://evil.example/f)}</style>", ("it has an element style",)),
        (b"<iframe/>", ("it has an element iframe",)),
        (b"<embed/>", ("it has an element embed",)),
        (b"<foreignObject/>", ("it has an element foreignObject",)),
        (b"<image/>", ("it has an element image",)),
        (b"<filter/>", ("it has an element filter",)),
        (b"<svg/>", ("it has an element svg below its root",)),
        (b"<g><path d='M0 0'/><text x='1'>a<tspan>b</tspan></text></g>", ()),
        (b"<defs><linearGradient id='a'><stop offset='0' stop-color='#fff'/></linearGradient></defs>", ()),
        (b"<metadata>text</metadata><desc>what it shows</desc>", ()),
        (b"<h:script " + XHTML + b">alert(1)</h:script>", ("it has an element script of another vocabulary",)),
        (b"<metadata><h:script " + XHTML + b"/></metadata>", ("it has an element script of another vocabulary",)),
        (b'<use href="https://evil.example/"/>', (OUTSIDE,)),
        (b'<use href="#a"/>', ()),
        (b"<use " + XLINK + b'xlink:href="#a"/>', ()),
        (b"<use " + XLINK + b'xlink:href=" #a "/>', ()),
        (b"<use " + XLINK + b'xlink:href="b.svg#a"/>', (OUTSIDE,)),
        (b"<use " + XLINK + b'xlink:href=""/>', (OUTSIDE,)),
        (b"<use " + XLINK + b'xlink:href="data:text/html,x"/>', (OUTSIDE,)),
        (b"<font-face-uri " + XLINK + b'xlink:href="https://evil.example/f"/>', (OUTSIDE,)),
        (b'<g xml:base="https://evil.example/"/>', (OUTSIDE,)),
        (b'<g fill="url(#a)"/>', ()),
        (b"<g fill=\"url( '#a' ) red\"/>", ()),
        (b'<g fill="url(http://evil.example/a)"/>', (OUTSIDE,)),
        (b'<g fill="url(#a) URL (//evil.example)"/>', (OUTSIDE,)),
        (b'<g stroke="url(&quot;//evil.example/#a&quot;)"/>', (OUTSIDE,)),
        (b'<g fill="\\75rl(//evil.example)"/>', (OUTSIDE,)),
        (b'<g style="fill:url(//evil.example)"/>', ("it has an attribute style", OUTSIDE)),
        (b'<g clip-path="url(#a)"/>', ("it has an attribute clip-path",)),
        (b'<g xmlns:i="urn:i" i:label="a"/>', ("it has an attribute label of another vocabulary",)),
        (b'<g onclick="x"/>', ("it handles events",)),
        (b'<g xml:space="preserve" xml:lang="en" xml:id="a" role="img"/>', ()),
        (b"<?xml-stylesheet href='https://evil.example/a.css'?>", ("it has an instruction xml-stylesheet",)),
        (b"<g>&undeclared;</g>", ("it is no XML: undefined entity: line 1, column 142",)),
    ],
)
def test_what_stands_in_a_picture(inside: bytes, problems: tuple[str, ...]) -> None:
    assert svg_tiny.problems(GOOD.replace(TITLE, TITLE + inside)) == problems


@pytest.mark.parametrize("before", [b"<?xml-stylesheet href='a.css'?>", b"<?php echo 1 ?>"])
def test_an_instruction_before_the_picture(before: bytes) -> None:
    (problem,) = svg_tiny.problems(GOOD.replace(b"<svg", before + b"<svg"))
    assert problem.startswith("it has an instruction ")


@pytest.mark.parametrize(
    "declared",
    [
        b"<!DOCTYPE svg>",
        b'<!DOCTYPE svg SYSTEM "https://evil.example/a.dtd">',
        b'<!DOCTYPE svg [<!ENTITY % a SYSTEM "https://evil.example/a"> %a;]>',
        b'<!DOCTYPE svg [<!ATTLIST svg onload CDATA "alert(1)">]>',
    ],
)
def test_a_document_type_ends_the_reading(declared: bytes) -> None:
    assert svg_tiny.problems(GOOD.replace(b"<svg", declared + b"<svg")) == ("it has a document type",)


def test_names_are_shown_escaped_and_cut_and_are_few() -> None:
    found = svg_tiny.problems(GOOD.replace(TITLE, TITLE + b"".join(b"<x%d/>" % n for n in range(99))))
    assert len(found) == svg_tiny.MAX_PROBLEMS
    (long,) = svg_tiny.problems(GOOD.replace(TITLE, TITLE + "<\u0438\u0301".encode() + b"x" * 900 + b"/>"))
    assert len(long) < 80


@pytest.mark.parametrize("value", [b"url" + b" " * 200_000, b"url(" + b" " * 200_000 + b"#", b"url( " * 50_000])
def test_a_long_value_takes_little_time(value: bytes) -> None:
    files = (
        GOOD.replace(TITLE, TITLE + b'<g fill="' + value + b'"/>'),
        GOOD.replace(b"0 0 100 100", value.replace(b"u", b"1")),
        GOOD.replace(b"0 0 100 100", b"1" * 200_000 + b"x"),
    )
    assert within(1, lambda: [svg_tiny.problems(file) for file in files])


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
