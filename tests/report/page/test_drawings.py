"""Drawings say in words what they show, and hold whatever a report holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
import pytest

from audit.model.report import SpfDrawing, Turn
from audit.report.page.drawings import lifetimes, tree, ways
from audit.report.page.pieces import referred
from tests.report.sample import GOOD, certificate, server, term

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def parsed(markup: str) -> Element:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    found = parser.parse(f"<!doctype html><title>x</title>{markup}")
    assert not parser.errors
    assert isinstance(found, Element)
    return found


def each(markup: str, tag: str) -> list[Element]:
    """The elements of a name, of SVG or not."""
    return [node for node in parsed(markup).iter() if str(node.tag).rpartition("}")[2] == tag]


def number(node: Element, name: str) -> int:
    return int(node.attrib[name])


def label(markup: str) -> str:
    (drawn,) = (node for node in each(markup, "svg") if node.get("role") == "img")
    return drawn.attrib["aria-label"]


def test_ways_are_told_in_words() -> None:
    assert label(ways("good.example", GOOD.servers)) == (
        "Mail to good.example: mx1.good.example 192.0.2.25 (preference 10) takes the mail encrypted (TLSv1.3); "
        "mx1.good.example 2001:db8:25::1 (preference 10) takes the mail in the clear; "
        "mx2.good.example 198.51.100.25 (preference 20) could not be tested; "
        "mx3.good.example (preference 30) has no address."
    )


@pytest.mark.parametrize(
    ("turn", "drawn"),
    [
        (Turn.AUTHENTICATED, "good"),
        (Turn.ENCRYPTED, "good"),
        (Turn.FALLBACK, "warning"),
        (Turn.CLEAR, "warning"),
        (Turn.UNKNOWN, "unknown"),
        (Turn.CLOSED, "bad"),
        (Turn.ABSENT, "bad"),
    ],
)
def test_an_end_has_the_colour_of_what_comes_of_it(turn: Turn, drawn: str) -> None:
    markup = ways("a.example", (server("mx.a.example", "192.0.2.1", turn, "x"),))
    assert [node.get("class") for node in each(markup, "circle")] == [drawn]


def test_two_hosts_have_a_box_each_and_their_addresses_as_well() -> None:
    boxes = each(ways("good.example", GOOD.servers), "rect")
    assert len(boxes) == 1 + 3 + 3  # the domain, the hosts, the addresses


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (-30, 60, "until 23 January 2027, 60 days left"),
        (-30, 1, "until 25 November 2026, 1 day left"),
        (-90, -12, "until 12 November 2026, 12 days ago"),
        (3, 90, "not valid before 27 November 2026"),
    ],
)
def test_a_lifetime_is_told_in_words(start: int, end: int, told: str) -> None:
    shown = certificate("mx.a.example", NOW + timedelta(days=start), NOW + timedelta(days=end))
    assert label(lifetimes((shown,), NOW)).endswith(f"{told}.")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(1000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)),
        (datetime(9999, 12, 31, tzinfo=UTC), datetime(1000, 1, 1, tzinfo=UTC)),
        (NOW, NOW),
        (datetime(2000, 1, 1, tzinfo=UTC), datetime(2001, 1, 1, tzinfo=UTC)),
    ],
    ids=["ages", "backwards", "a moment", "long ago"],
)
def test_any_lifetime_lies_within_the_drawing(start: datetime, end: datetime) -> None:
    (span,) = each(lifetimes((certificate("mx.a.example", start, end),), NOW), "rect")
    assert number(span, "x") >= 0
    assert number(span, "width") >= 3
    assert number(span, "x") + number(span, "width") <= 960


def test_nothing_is_drawn_of_certificates_without_dates() -> None:
    assert lifetimes((certificate("mx.a.example", None, None),), NOW) == ""


def depths(markup: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []

    def visit(node: Element, depth: int) -> None:
        for child in node:
            if child.tag == "code":
                found.append((depth, child.text or ""))
            visit(child, depth + (child.tag == "ul"))

    visit(parsed(markup), -1)
    return found


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ((0, 0, 1, 2, 1, 0), (0, 0, 1, 2, 1, 0)),
        ((0,), (0,)),
        ((0, 1, 2, 3), (0, 1, 2, 3)),
        ((5, 9, 9, 0), (0, 1, 2, 0)),  # no record has such; a report made by another may
        ((0, *range(1, 40)), (0, *range(1, 13), *[12] * 27)),
    ],
    ids=["a tree", "a term", "a stair", "leaps", "a deep one"],
)
def test_terms_stand_below_what_leads_to_them(given: tuple[int, ...], drawn: tuple[int, ...]) -> None:
    lines = tuple(term(depth, f"t{at}", 1, at) for at, depth in enumerate(given))
    markup = tree(SpfDrawing(lines=lines, lookups=1, exact=True, cut=False))
    assert depths(markup) == [(depth, f"t{at}") for at, depth in enumerate(drawn)]


@pytest.mark.parametrize(
    ("lookups", "exact", "told", "state"),
    [
        (3, True, "3 DNS lookups; receivers stop at 10", "good"),
        (1, False, "at least 1 DNS lookup; receivers stop at 10", "unknown"),
        (11, True, "11 DNS lookups; receivers stop at 10", "bad"),
        (11, False, "at least 11 DNS lookups; receivers stop at 10", "bad"),
        (1000, True, "1,000 DNS lookups; receivers stop at 10", "bad"),
    ],
)
def test_the_cost_is_told_and_drawn(lookups: int, exact: bool, told: str, state: str) -> None:
    drawing = replace(GOOD.spf or SpfDrawing(lines=(), lookups=0, exact=True, cut=False), lookups=lookups, exact=exact)
    markup = tree(drawing)
    assert label(markup) == told
    (bar,) = (node for node in each(markup, "rect") if node.get("class") == state)
    assert 0 < number(bar, "width") <= 200


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("RFC 7208 section 4.6.4", ["rfc7208#section-4.6.4"]),
        ("RFC 5321 section 5.1, RFC 1035", ["rfc5321#section-5.1", "rfc1035"]),
        ("M3AAWG, Protecting Parked Domains; RFC 7505", ["rfc7505"]),
        ("RFC 0, RFC x, rfc 12, RFC", []),
        ('RFC 1"onclick=x section 2', ["rfc1"]),
    ],
)
def test_a_reference_leads_to_its_rfc(text: str, links: list[str]) -> None:
    markup = referred(text)
    assert [a.attrib["href"].removeprefix("https://www.rfc-editor.org/rfc/") for a in each(markup, "a")] == links
    assert all(set(a.attrib) == {"href", "rel"} for a in each(markup, "a"))
    assert "".join(parsed(markup).itertext()) == f"x{text}"


def test_servers_are_drawn_from_above_to_below() -> None:
    heights = [number(node, "cy") for node in each(ways("good.example", GOOD.servers), "circle")]
    assert all(above < below for above, below in pairwise(heights))
