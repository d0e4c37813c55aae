"""The pages of a long report: each way leads to a file that is there."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from dataclasses import replace
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import html5lib
import pytest

from audit.model.report import RunReport
from audit.report import html, shelving
from tests.report.sample import SAMPLE, poisoned

NAME = "a & b #1.html"
OUT = re.compile(r"https://www\.rfc-editor\.org/rfc/rfc[0-9]{1,5}(#section-[0-9.]+)?")
HOSTILE = poisoned(SAMPLE, "</a><script>alert(1)</script>../")


def pages(report: RunReport, most: int = 0) -> dict[str, bytes]:
    found: defaultdict[str, bytes] = defaultdict(bytes)
    for name, part in html.files(report, NAME, most):
        found[name] += part
    return dict(found)


def parsed(page: bytes) -> Element:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(page, transport_encoding="utf-8")
    assert not parser.errors
    assert isinstance(tree, Element)
    return tree


def test_a_short_list_is_one_page() -> None:
    assert pages(SAMPLE, len(SAMPLE.domains)) == {NAME: html.render(SAMPLE)}


@pytest.mark.parametrize("rows_a_page", [2, 10_000])
@pytest.mark.parametrize(
    "report", [SAMPLE, poisoned(SAMPLE, "</a><script>alert(1)</script>../")], ids=["plain", "hostile"]
)
def test_every_way_leads_to_what_is_there(report: RunReport, rows_a_page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelving, "ROWS_A_PAGE", rows_a_page)
    monkeypatch.setattr(html, "ROWS_A_PAGE", rows_a_page)
    found = pages(report)
    rows = len(report.domains)
    count = -(-rows // rows_a_page)
    assert set(found) == {
        NAME,
        *(f"a & b #1-pages/{n}.html" for n in range(2, count + 1)),
        *(f"a & b #1-pages/0/d{n}.html" for n in range(1, rows + 1)),
    }
    led = set()
    for name, octets in found.items():
        tree = parsed(octets)
        here = {i for node in tree.iter() if (i := node.get("id"))}
        assert [script.attrib for script in tree.iter("script")] == ([] if posixpath.basename(name)[0] == "d" else [{}])
        for node in tree.iter():
            assert node.get("src") is None
            way = node.get("href") or ""
            if way.startswith("#"):
                assert way[1:] in here
            elif way.startswith("https:"):
                assert OUT.fullmatch(way)
            elif way:
                led.add(posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(way))))
    assert led == (set(found) if count > 1 or rows else {NAME})


def test_a_page_says_which_rows_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelving, "ROWS_A_PAGE", 3)
    monkeypatch.setattr(html, "ROWS_A_PAGE", 3)
    many = replace(SAMPLE, domains=tuple(SAMPLE.domains)[:1] * 7)
    found = pages(many)
    texts = [
        "".join(parsed(found[name]).itertext()) for name in (NAME, "a & b #1-pages/2.html", "a & b #1-pages/3.html")
    ]
    for text, said in zip(texts, ("1 to 3", "4 to 6", "7 to 7"), strict=True):
        assert f"Rows {said} of 7." in text
    assert all(f"/d{n}.html".encode() in found[NAME] for n in (1, 2, 3))
    assert b"/d4.html" not in found[NAME]


def test_no_directory_holds_more_than_a_thousand() -> None:
    shelf = shelving.Shelving("index.html", 12_345)
    assert shelf.domain("d1000") == "index-pages/0/d1000.html"
    assert shelf.domain("d1001") == "index-pages/1/d1001.html"
    assert shelf.from_index(2, "d12345") == "12/d12345.html"
    assert (shelf.back(1), shelf.back(2), shelf.pages) == ("../../index.html", "../2.html", 2)
