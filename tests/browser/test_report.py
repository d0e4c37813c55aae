"""The report in a browser: for everybody, by keyboard, on paper, on a phone, and whatever the world has said."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from unicodedata import normalize

import pytest
from playwright.sync_api import Browser, Page

from audit.model.report import DomainReport, RunReport, Severity
from audit.report import html
from audit.report.groups import message, nameless
from audit.syntax.escape import visible
from tests.browser import payloads
from tests.report.sample import DECIDED, EMPTY, ONLY_BAD_ROWS, SAMPLE, poisoned

Write = Callable[..., str]
pytestmark = pytest.mark.real

UNFOLD = "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
AXE = """async (tags) => {
  const found = await axe.run(document, { runOnly: tags });
  const told = (node) => `${node.target.join(' ')}: ${node.failureSummary}`;
  return JSON.stringify(found.violations.map((v) => [v.id, v.nodes.slice(0, 3).map(told)]));
}"""
SHAPE = """(text) => {
  const tree = new DOMParser().parseFromString(text, 'text/html'), names = {};
  for (const node of tree.querySelectorAll('*')) {
    names[node.localName] = (names[node.localName] ?? 0) + 1;
    for (const { name } of node.attributes) names['@' + name] = (names['@' + name] ?? 0) + 1;
  }
  return names;
}"""
LIVE = "(() => {" + f"const shape = {SHAPE};" + "return shape(document.documentElement.outerHTML); })()"


@pytest.fixture
def opened(chromium: Browser, written: Write) -> Callable[..., Page]:
    """A report in a window, with whatever it does wrong."""

    def open_(report: RunReport = SAMPLE, *, width: int = 1280, after: str = "") -> Page:
        page = chromium.new_page(viewport={"width": width, "height": 900})
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(written(html.render(report)) + after)
        return page

    return open_


def shown(page: Page) -> list[str]:
    """The domains in the table, as far as they are shown, in its order."""
    return page.locator("#table tbody tr:not([hidden]) th a").all_text_contents()


def until(page: Page, holds: str) -> None:
    """Wait until something holds. Playwright's own way needs `eval`, which the page's policy refuses."""
    for _ in range(200):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never: {holds}")


def state(page: Page) -> str:
    return str(page.evaluate("location.hash"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "report", [SAMPLE, DECIDED, EMPTY, ONLY_BAD_ROWS], ids=["sample", "decided", "empty", "bad rows"]
)
def test_nothing_bars_anybody(chromium: Browser, written: Write, axe: str, scheme: str, report: RunReport) -> None:
    context = chromium.new_context(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(written(html.render(report)))
    page.evaluate(axe)
    page.evaluate(UNFOLD)
    assert json.loads(page.evaluate(AXE, TAGS)) == []
    context.close()


def test_the_page_of_one_domain_bars_nobody(chromium: Browser, written: Write, axe: str) -> None:
    parts = html.files(SAMPLE, "index.html", most=1)
    page_of_one = b"".join(part for name, part in parts if name == "index-pages/0/d2.html")
    context = chromium.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(written(page_of_one))
    page.evaluate(axe)
    page.evaluate(UNFOLD)
    assert json.loads(page.evaluate(AXE, TAGS)) == []
    context.close()


def test_no_request_is_made(chromium: Browser, written: Write) -> None:
    address = written(html.render(SAMPLE))
    context = chromium.new_context()
    asked: list[str] = []
    refused: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("console", lambda told: refused.append(told.text))
    page.goto(address)
    page.evaluate(UNFOLD)
    page.keyboard.press("/")
    page.keyboard.type("shop")
    page.wait_for_timeout(200)
    assert asked == [address]
    assert refused == []
    context.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 3840])
def test_nothing_runs_over_the_edge(opened: Callable[..., Page], width: int) -> None:
    page = opened(poisoned(DECIDED, "W" * 60), width=width)
    page.evaluate(UNFOLD)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def tab_to(page: Page, selector: str) -> None:
    """Go on by the tab key until a thing has the focus."""
    for _ in range(300):
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the tab key does not lead to {selector}")


def test_a_table_is_sorted_by_keyboard(opened: Callable[..., Page]) -> None:
    page = opened()
    before = shown(page)
    tab_to(page, "#table thead th:nth-child(1) button")
    page.keyboard.press("Enter")
    assert shown(page) == sorted(before, key=str.lower)
    assert page.locator("#table thead th").first.get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert shown(page) == sorted(before, key=str.lower, reverse=True)
    assert (page.locator("#table thead th").first.get_attribute("aria-sort"), state(page)) == (
        "descending",
        "#sort=-domain",
    )
    page.keyboard.press("Enter")
    assert (shown(page), state(page)) == (before, "#domains")
    tab_to(page, "#table thead th:nth-child(6) button")
    page.keyboard.press("Space")
    assert shown(page)[:2] == ["münchen.example", "shop.example"]  # one critical finding; then high ones
    page.close()


def test_a_search_is_by_keyboard_and_ends_with_escape(opened: Callable[..., Page]) -> None:
    page = opened()
    before = shown(page)
    page.keyboard.press("/")
    page.keyboard.type("SHOP exam")
    assert shown(page) == ["shop.example"]
    assert page.locator("#count").inner_text() == f"1 of {len(before)} domains"
    assert state(page) == "#q=SHOP%20exam"
    page.keyboard.type("nobody")
    assert (shown(page), page.locator("#none").is_visible()) == ([], True)
    page.keyboard.press("Escape")
    assert (shown(page), state(page)) == (before, "#domains")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert state(page) == "#d2"
    assert page.locator("#d2").is_visible()
    page.close()


@pytest.mark.parametrize(
    ("field", "presses", "hash_", "left"),
    [
        ("result", 1, "#result=any.bad", ["shop.example"]),
        ("severity", 2, "#severity=high", ["shop.example"]),
        ("topic", 1, "#topic=certificates", ["shop.example"]),
        ("operator", 1, "#operator=Mailhost%20Ltd", ["good.example"]),
    ],
)
def test_a_facet_is_chosen_by_keyboard(
    opened: Callable[..., Page], field: str, presses: int, hash_: str, left: list[str]
) -> None:
    page = opened()
    tab_to(page, f"#tools [name={field}]")
    for _ in range(presses):
        page.keyboard.press("ArrowDown")
    assert state(page) == hash_
    assert set(left) <= set(shown(page))
    assert len(shown(page)) < len(SAMPLE.domains)
    tab_to(page, "#tools [type=reset]")
    page.keyboard.press("Enter")
    until(page, "location.hash === '#domains'")
    assert len(shown(page)) == len(SAMPLE.domains)
    page.close()


@pytest.mark.parametrize(
    ("hash_", "left"),
    [
        ("#q=shop", ["shop.example"]),
        ("#result=forgery.bad&q=shop&sort=-domain", ["shop.example"]),
        ("#severity=critical&topic=mx", None),
        ("#operator=Nobody&severity=none&sort=--&q=%00%FF", None),
        ("#q=" + "a" * 5000, []),
    ],
)
def test_a_state_is_shared_by_its_address(opened: Callable[..., Page], hash_: str, left: list[str] | None) -> None:
    page = opened(after=hash_)
    if left is not None:
        assert shown(page) == left
    page.close()


@pytest.mark.parametrize(
    ("decision", "left"),
    [
        ("waived", ["shop.example"]),
        ("expired", ["shop.example"]),
        ("graver", ["shop.example", "odd.example"]),
    ],
)
def test_what_was_decided_is_a_facet(opened: Callable[..., Page], decision: str, left: list[str]) -> None:
    page = opened(DECIDED, after=f"#decision={decision}")
    assert shown(page) == left
    assert page.locator("[name=decision]").input_value() == decision
    page.locator("[name=decision]").select_option("")
    assert len(shown(page)) == len(DECIDED.domains)
    assert state(page) == "#domains"
    page.close()
    page = opened(SAMPLE, after=f"#decision={decision}")
    assert page.locator("[name=decision]").count() == 0
    page.close()


def test_what_was_decided_is_chosen_by_keyboard(opened: Callable[..., Page]) -> None:
    page = opened(DECIDED)
    tab_to(page, "#tools [name=decision]")
    found = []
    for _ in range(5):  # waived, expired, new, graver, known: in the order of the list
        page.keyboard.press("ArrowDown")
        found.append((state(page).removeprefix("#decision="), shown(page)))
    assert [decision for decision, _ in found] == ["waived", "expired", "new", "graver", "known"]
    assert dict(found)["waived"] == dict(found)["expired"] == ["shop.example"]
    assert dict(found)["graver"] == ["shop.example", "odd.example"]
    tab_to(page, "#tools [type=reset]")
    page.keyboard.press("Enter")
    until(page, "location.hash === '#domains'")
    assert len(shown(page)) == len(DECIDED.domains)
    page.close()


def test_a_number_of_the_summary_leads_to_its_domains(opened: Callable[..., Page]) -> None:
    page = opened()
    tab_to(page, ".tile:nth-child(2) .bad a")
    wanted = int(page.locator(".tile:nth-child(2) .bad b").inner_text())
    page.keyboard.press("Enter")
    until(page, "location.hash === '#result=forgery.bad'")
    until(page, "document.querySelectorAll('#table tbody tr:not([hidden])').length < 9")
    assert len(shown(page)) == wanted
    page.close()


def test_keys_that_are_letters_can_be_switched_off(opened: Callable[..., Page]) -> None:
    page = opened()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.localName") == "summary"
    page.evaluate("document.querySelector('.shortcuts').open = true")
    page.locator("#keys").focus()
    page.keyboard.press("Space")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.localName") == "body"
    page.close()


def test_without_a_script_it_is_a_plain_table_with_links(chromium: Browser, written: Write) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written(html.render(SAMPLE)))
    assert not page.locator("#tools").is_visible()
    assert page.locator("#table tbody tr").count() == len(SAMPLE.domains)
    page.locator("#table tbody tr:nth-child(2) th a").press("Enter")
    assert page.locator("#d2").is_visible()
    context.close()


def test_the_record_for_the_worst_finding_is_there_at_once(opened: Callable[..., Page]) -> None:
    shop = tuple(SAMPLE.domains)[1]
    graver = tuple(replace(f, severity=Severity.CRITICAL) if f.publish else f for f in shop.findings)
    page = opened(replace(SAMPLE, domains=(replace(shop, findings=graver),)))
    worst = page.locator("#h-worst + ul > li").first
    assert worst.locator(".badge").inner_text().lower() == "critical"
    assert worst.locator("pre.publish").first.is_visible()
    assert worst.locator("pre.publish button").first.inner_text() == "Copy"
    page.close()


def told(report: RunReport) -> list[str]:
    """What each finding of a report says."""
    rules = {rule.id: rule for rule in report.rules}
    domains: list[DomainReport] = list(report.domains)
    return [
        visible(message(finding, rules.get(finding.rule) or nameless(finding.rule)), 2000)
        for domain in domains
        for finding in domain.findings
        if finding.message
    ]


def test_paper_holds_every_finding_and_the_number_of_each_page(
    opened: Callable[..., Page], pdf_reader: ModuleType
) -> None:
    page = opened()
    pages = [
        each.extract_text() for each in pdf_reader.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    ]
    page.close()
    bare = [re.sub(r"\s+", "", normalize("NFKC", each)) for each in pages]  # "fi" is one sign on paper
    text = "".join(each.replace(f"MailandDNSaudit{n}/{len(pages)}", "") for n, each in enumerate(bare, 1))
    missing = [finding for finding in told(SAMPLE) if re.sub(r"\s+", "", normalize("NFKC", finding)) not in text]
    assert not missing
    assert [re.sub(r"\s", "", each).count(f"{n}/{len(pages)}") > 0 for n, each in enumerate(pages, 1)] == [True] * len(
        pages
    )
    assert "<https://www.rfc-editor.org/rfc/rfc7208#section-4.6.4>" in text
    for folded in ("Whyitmatters", "18checkspassed", "v=DMARC1;p=reject", "mx1.shop.example"):
        assert folded in text


def test_no_payload_changes_elements_or_attributes(opened: Callable[..., Page]) -> None:
    good, shop, _, _, silent, *_, failed = SAMPLE.domains
    some = replace(SAMPLE, domains=(good, shop, silent, failed))  # in which every field is
    page = opened(EMPTY)

    def made(payload: str) -> object:
        return page.evaluate(SHAPE, html.render(poisoned(some, payload)).decode())

    benign = made("benign")
    changed = [payload for payload in payloads.EACH if made(payload) != benign]
    assert len(payloads.EACH) == payloads.MANY
    assert not changed
    page.close()


def test_no_payload_changes_what_the_script_makes(opened: Callable[..., Page]) -> None:
    shop = tuple(SAMPLE.domains)[1]

    def live(words: tuple[str, ...]) -> dict[str, int]:
        rows = tuple(poisoned(shop, word) for word in words)
        page = opened(replace(SAMPLE, domains=rows))
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        page.evaluate(UNFOLD)
        page.locator("[name=q]").fill("shop")
        found: dict[str, int] = page.evaluate(LIVE)
        page.close()
        return found

    some = payloads.EACH[:40]
    assert live(some) == live(tuple(f"benign{at:02}" for at in range(len(some))))
