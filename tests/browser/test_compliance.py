"""The compliance report in a browser: for everybody, on a phone, and on paper, which it is made for."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from types import ModuleType
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from audit.report.compliance import page as compliance
from audit.report.compliance.document import compliance_report
from tests.browser.test_report import AXE, TAGS
from tests.report.compliance.test_report import GOOGLE, WORD, fleet

Write = Callable[..., str]
pytestmark = pytest.mark.real
PAGE = compliance.render(compliance_report(fleet(60), (GOOGLE,), (WORD,)))


def opened(chromium: Browser, written: Write, width: int = 1280, scheme: Literal["light", "dark"] = "light") -> Page:
    """The page in a window; whatever its policy refuses, or a script would do, fails the test."""
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("console", lambda told: pytest.fail(told.text))
    page.goto(written(PAGE, "compliance.html"))
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(chromium: Browser, written: Write, axe: str, scheme: Literal["light", "dark"]) -> None:
    page = opened(chromium, written, scheme=scheme)
    page.evaluate(axe)
    assert json.loads(page.evaluate(AXE, list(TAGS))) == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_the_window(chromium: Browser, written: Write, width: int) -> None:
    assert opened(chromium, written, width).evaluate("document.documentElement.scrollWidth") <= width


def test_its_style_is_not_refused(chromium: Browser, written: Write) -> None:
    page = opened(chromium, written)
    assert page.evaluate("getComputedStyle(document.querySelector('.control')).borderTopStyle") == "solid"


def test_on_paper_it_has_numbered_pages_of_a4_and_a_heading_stands_by_its_text(
    chromium: Browser, written: Write, pdf_reader: ModuleType
) -> None:
    reader = pdf_reader.PdfReader(io.BytesIO(opened(chromium, written).pdf(prefer_css_page_size=True)))
    texts = [page.extract_text() for page in reader.pages]
    assert {tuple(round(float(n)) for n in page.mediabox[2:]) for page in reader.pages} == {(595, 842)}
    assert all(f"{at} / {len(texts)}" in text and "Compliance report" in text for at, text in enumerate(texts, 1))
    assert "Contents" in texts[0]
    assert GOOGLE.title not in texts[1].splitlines()[-2:]
    titles = [f"{control.id} {control.title}" for control in GOOGLE.controls]
    for text in texts:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        assert not any(lines and lines[-1] == title for title in titles)
