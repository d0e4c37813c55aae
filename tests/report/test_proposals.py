"""Records to paste: what can be published together is one set, what excludes each other is told apart."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from audit.model.report import Finding
from audit.report.groups import failures
from audit.report.html import render as render_html
from audit.report.markdown import render as render_markdown
from audit.report.text import render_text
from tests.report.sample import EMPTY, GOOD, fail

X, Y = "a.example. 3600 IN TXT x", "a.example. 3600 IN TXT y"
MX1, MX2, MX3 = (f"a.example. 3600 IN MX {data}" for data in ("1 b.", "2 c.", "3 d."))
PTR = "1.2.0.192.in-addr.arpa. 3600 IN PTR mx.a.example."


def publishing(rule: str, *records: str, about: str = "a.example") -> Finding:
    return fail(rule, "low", "domain", about, "it is so", publish=records)


@pytest.mark.parametrize(
    ("findings", "proposed"),
    [
        ((publishing("A", X),), [("A", (X,), ())]),
        ((publishing("A"),), []),
        ((publishing("A", X), publishing("B", X)), [("A", (X,), ()), ("B", (X,), ())]),
        ((publishing("A", X), publishing("B", Y.upper())), [("A", (X,), ("B",)), ("B", (Y.upper(),), ("A",))]),
        ((publishing("A", X), publishing("B", MX1)), [("A", (X,), ()), ("B", (MX1,), ())]),
        ((publishing("A", MX1, MX2),), [("A", (MX1, MX2), ())]),
        # one rule: what agrees or is for other places is one set, each once
        ((publishing("A", MX1, MX2), publishing("A", MX1, MX2), publishing("A", PTR)), [("A", (MX1, MX2, PTR), ())]),
        # what differs is never mixed
        (
            (publishing("A", MX1, MX2), publishing("A", MX2, MX3), publishing("A", PTR)),
            [("A", (PTR,), ()), ("A", (MX1, MX2), ("A",)), ("A", (MX2, MX3), ("A",))],
        ),
        (
            (publishing("A", X, PTR), publishing("B", Y), publishing("C", Y), publishing("D", X)),
            [("A", (X, PTR), ("B", "C")), ("B", (Y,), ("A", "D")), ("C", (Y,), ("A", "D")), ("D", (X,), ("B", "C"))],
        ),
        (
            (publishing("A", "x"), publishing("B", " "), publishing("C", "x y")),
            [("A", ("x",), ()), ("B", (" ",), ()), ("C", ("x y",), ())],
        ),
    ],
)
def test_records_that_exclude_each_other_are_told_apart(
    findings: tuple[Finding, ...], proposed: list[tuple[str, tuple[str, ...], tuple[str, ...]]]
) -> None:
    groups = failures(findings, {})
    assert [(g.rule.id, p.records, p.rivals) for g in groups for p in g.proposals] == proposed


FOUND = (publishing("A", MX1, MX2), publishing("A", MX2, MX3, about="b.example"), publishing("B", X))
RIVALS = replace(EMPTY, domains=(replace(GOOD, findings=FOUND),))


def test_in_a_terminal_each_alternative_has_its_own_words() -> None:
    words = " ".join(render_text(RIVALS).split())
    said = "An alternative to what is shown with the other findings of this rule"
    assert words.count(said) == 2
    assert f"audit again: {MX1} {MX2} {said}" in words
    assert f"audit again: {MX2} {MX3} A" in words
    assert f"Publish this record in place of all that is there of its kind: {X} B" in words


def test_in_markdown_each_alternative_is_a_listing_of_its_own() -> None:
    text = render_markdown(RIVALS).decode()
    assert f"```\n  {MX1}\n  {MX2}\n  ```" in text
    assert f"```\n  {MX2}\n  {MX3}\n  ```" in text
    assert text.count("An alternative to what is shown with") == 2


def test_on_the_page_each_alternative_is_copied_by_itself() -> None:
    page = render_html(RIVALS).decode()
    blocks = re.findall(r'<pre class="publish">(.*?)</pre>', page, re.DOTALL)
    assert [re.findall(r"<code>(.*?)</code>", b) for b in blocks] == [[MX1, MX2], [MX2, MX3], [X]]
    assert page.count("An alternative to what is shown with") == 2
