"""The summary of a job: short, and nothing in it acts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest

from audit.model.report import RunReport
from audit.report.markdown import FINDINGS_SHOWN, LIMIT, code, fenced, prose, render
from tests.report.golden import is_as_it_was
from tests.report.sample import EMPTY, REPORTS, SAMPLE, SHOP, fail, poisoned, unknown

FENCED = re.compile(r"\n  (```+)\n(?:  .*\n)+?  \1(?=\n)")
EVIL = "<img src=x>@admin|a`b``c\n# h\n\n[x](http://e.example)![y](z)\x1b[2J\u202e www.e.example a@b.example <!--"


def test_the_sample_is_as_it_was() -> None:
    assert is_as_it_was("report.md", render(SAMPLE))


@pytest.mark.parametrize("report", [*REPORTS.values(), poisoned(SAMPLE, EVIL)], ids=[*REPORTS, "poisoned"])
def test_nothing_of_the_world_is_markup(report: RunReport) -> None:
    text = render(report).decode()
    assert {c for c in text if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"}} <= {"\n"}
    assert "\u202e" not in text
    unfenced = FENCED.sub("\n", text)
    assert "<" not in unfenced
    assert "@" not in unfenced
    outside = [re.sub(r"(?<!\\)(`+)(?!`).*?(?<!`)\1(?!`)", "", line) for line in unfenced.splitlines()]
    for line in outside:
        bare = re.sub(r"\\.", "", line)
        assert not re.search(r"[`\[\]!~^$]|https?:|www\.", bare)


@pytest.mark.parametrize("report", [SAMPLE, poisoned(SAMPLE, EVIL)], ids=["sample", "poisoned"])
def test_each_row_has_six_cells(report: RunReport) -> None:
    rows = [line for line in render(report).decode().splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(report.domains)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("plain", "`plain`"),
        ("a`b", "``a`b``"),
        ("a``b`c", "```a``b`c```"),
        ("`", "`` ` ``"),
        ("", "`  `"),
        ("a\nb", "`a b`"),
        ("a|b", "`a\\|b`"),
        ("<b>", "`\\x3cb>`"),
        ("@all", "`\\x40all`"),
        ("##[error]x", "`#\\x23[error]x`"),
    ],
)
def test_a_code_span_holds_its_text(text: str, span: str) -> None:
    assert code(text, cell=True) == span


@pytest.mark.parametrize(
    ("lines", "listing"),
    [
        (("plain  text",), ["```", "plain  text", "```"]),
        (('a.example. 3600 IN TXT "v=DMARC1; rua=mailto:a@b"', "<b>"), ["```", None, "<b>", "```"]),
        (("```",), ["````", "```", "````"]),
        (("a ````b",), ["`````", "a ````b", "`````"]),
        (("a\n```\nb",), ["````", "a\\x0a```\\x0ab", "````"]),
    ],
)
def test_a_record_to_paste_stands_as_it_is_in_a_listing_that_it_cannot_end(
    lines: tuple[str, ...], listing: list[str | None]
) -> None:
    assert list(fenced(lines)) == [line or lines[0] for line in listing]


def test_a_finding_shows_the_record_that_mends_it() -> None:
    text = render(SAMPLE).decode()
    assert (
        "  Publish this record in place of all that is there of its kind\\:\n"
        "  ```\n"
        '  _dmarc.shop.example. 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@shop.example"\n'
        "  ```\n"
    ) in text
    assert text.count("each mends its own finding alone") == 2


def test_what_troubles_many_domains_comes_first() -> None:
    text = render(SAMPLE).decode()
    assert text.index("### Fix once") < text.index("### What could not be seen from here") < text.index("| Domain |")
    assert (
        "- **high** SPF include `_spf.mail.example`: `SPF evaluation needs more DNS lookups than receivers allow.` "
        "(`SPF-LOOKUPS`)\n"
        "  Affects 214 domains; fix once. `shop.example`, `elsewhere.example` and 212 more\n"
    ) in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*a* _b_", "\\*a\\* \\_b\\_"),
        ("http://e.example", "http\\:\\/\\/e\\.example"),
        ("a@b", "a\\(at\\)b"),
        ("<b>", "&lt;b\\>"),
        ("- item", "\\- item"),
    ],
)
def test_a_sentence_has_no_markup(text: str, shown: str) -> None:
    assert prose(text) == shown


def test_the_gravest_comes_first_and_the_rest_is_counted() -> None:
    many = replace(SAMPLE, domains=(*SAMPLE.domains, *[SHOP] * 400))
    text = render(many).decode()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows[0].startswith("| `xn--mnchen-3ya.example` |")
    assert len(rows) == 300
    assert "… and 109 more rows, in the full report." in text
    assert re.search(r"- … and [\d,]+ more, in the full report", text)


def test_a_summary_that_is_too_long_is_cut_and_says_so() -> None:
    sight = replace(SAMPLE.run.vantage[2], text="x" * 500, advice="y" * 500)
    names = tuple(replace(SHOP, domain="\u202e" * 120 + str(i)) for i in range(300))
    huge = replace(SAMPLE, domains=names, run=replace(SAMPLE.run, vantage=(sight,) * 100, list_name="\u202e" * 999))
    assert len(render(huge)) <= LIMIT
    assert "- … and 60 more, in the full report\n" in render(huge).decode()


def test_what_is_cut_for_its_size_is_counted_and_leaves_no_listing_open() -> None:
    """Records to paste are long, and are of no use if they are cut."""
    long = tuple(
        replace(fail("A", "high", "host", "h", "m", publish=(f'h. TXT "{"p" * 19_000}{n}"',)), rule=f"R-{n:02}")
        for n in range(99)
    )
    hole = unknown("SPF-LOOKUPS", "domain", "shop.example", "dns.timeout")
    text = render(replace(EMPTY, domains=(replace(SHOP, findings=(*long, hole)),))).decode()
    assert LIMIT - 25_000 < len(text.encode()) <= LIMIT
    shown = len(re.findall(r"^- \*\*high", text, re.MULTILINE))
    assert text.count("```\n") == 2 * shown
    left = FINDINGS_SHOWN - shown + 2  # the line that counts the findings beyond those, and that of what is unknown
    assert text.endswith(f"```\n\n… and {left} more lines, in the full report.\n")


def test_an_empty_report_is_a_summary() -> None:
    assert render(EMPTY).decode().startswith("## Mail audit of `domains.txt`\n")


def test_the_keys_that_dnssec_begins_with_are_named() -> None:
    root = "DNSSEC is validated from the keys of the root with tag 20326, 38696 (built in)."
    corp = "DNSSEC is validated from the keys of corp.example with tag 1 (from --trust-anchor)."
    assert f"\n{prose(root)} {prose(corp)}\n" in render(SAMPLE).decode()
