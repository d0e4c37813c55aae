"""The page: nothing that the world says becomes markup, and a reader finds everything."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections import Counter
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
import pytest

from audit.model.report import RunReport
from audit.report import html
from audit.syntax.escape import visible
from tests.report.golden import is_as_it_was
from tests.report.sample import CLEAN, EMPTY, HOSTILE, ONLY_BAD_ROWS, REPORTS, SAMPLE, poisoned

PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><use href=data:image/svg+xml,x></svg>",
    "<math><mi xlink:href=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=//evil.example>",
    "<embed src=//evil.example>",
    "<base href=//evil.example>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<form action=//evil.example><button>ok",
    "<details open ontoggle=alert(1)>",
    "<template><script>x</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea><script>",
    "<xmp><script>",
    "<plaintext>",
    "<!-- ",
    "--><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "` onmouseover=alert(1)",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://evil.example/?<a href=x>",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "{{ 7 * 7 }}{% raw %}",
    "${7*7}#{7*7}",
    "&lt;script&gt;&#60;img src=x&#62;",
    "&quot; onload=&quot;alert(1)",
    "\x1b[2J\x1b]0;title\x07\r\n\x00\x7f\x9b31m",
    "\u202egpj.exe\u202c\u2066x\u2069\u200b\ufeff\u2028",
    "</td></tr></table></details></section></main></body></html><script>1</script>",
    "<a name=x id=d1 href=#d1>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
)


def page(report: RunReport) -> Element:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(html.render(report), transport_encoding="utf-8")
    assert not parser.errors
    assert isinstance(tree, Element)
    return tree


def shape(tree: Element) -> tuple[Counter[str], Counter[str]]:
    """The names of all elements and of all attributes."""
    return (
        Counter(str(node.tag) for node in tree.iter()),
        Counter(str(name) for node in tree.iter() for name in node.attrib),
    )


RFC = re.compile(r"https://www\.rfc-editor\.org/rfc/rfc[0-9]{1,5}(#section-[0-9.]+)?")  # all that a page leads out to
NO_TRACE = "noopener noreferrer nofollow"

BENIGN = shape(page(poisoned(SAMPLE, "benign")))


def test_the_sample_is_as_it_was() -> None:
    """Without the style and the script, and what the policy calls them: those are files of their own."""
    octets = html.render(SAMPLE)
    octets = re.sub(rb"(?s)(?<=<style>).*?(?=</style>)|(?<=<script>).*?(?=</script>)", b"", octets)
    assert is_as_it_was("index.html", re.sub(rb"sha256-[A-Za-z0-9+/]{43}=", b"sha256-", octets))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_every_text_stays_text(payload: str) -> None:
    tree = page(poisoned(SAMPLE, payload))
    assert shape(tree) == BENIGN
    texts = "".join(tree.itertext())
    shown = visible(payload, 400)
    for text in ("good.example", "dns.timeout", "Its only mail server has the private address 10.1.2.3."):
        assert f"{shown}{text}" in texts


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_the_page_asks_for_nothing(report: RunReport) -> None:
    tree = page(report)
    assert [script.attrib for script in tree.iter("script")] == [{}]
    for node in tree.iter():
        assert node.tag not in {"link", "img", "iframe", "object", "embed", "base", "source"}
        for name, value in node.attrib.items():
            assert not str(name).startswith("on")
            assert name not in {"src", "srcset", "style", "action", "data", "poster", "background", "ping"}
            if "href" in str(name):
                assert value.startswith("#") or (RFC.fullmatch(value) and node.get("rel") == NO_TRACE)
    assert b"url(" not in html.render(report)
    assert b"@import" not in html.render(report)


def digest(text: str | None) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256((text or "").encode()).digest()).decode()


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    tree = page(SAMPLE)
    (style,), (script,) = tree.iter("style"), tree.iter("script")
    (policy,) = (m.attrib["content"] for m in tree.iter("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy == (
        f"default-src 'none'; style-src '{digest(style.text)}'; script-src '{digest(script.text)}'; "
        "base-uri 'none'; form-action 'none'"
    )


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_link_leads_somewhere_and_each_place_is_one(report: RunReport) -> None:
    tree = page(report)
    ids = [node.attrib["id"] for node in tree.iter() if "id" in node.attrib]
    assert len(ids) == len(set(ids))
    targets = {node.attrib["href"][1:] for node in tree.iter("a") if node.attrib["href"].startswith("#")}
    assert targets <= set(ids)
    labels = {node.attrib["aria-labelledby"] for node in tree.iter() if "aria-labelledby" in node.attrib}
    assert labels <= set(ids)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_headings_skip_no_level_and_header_cells_have_a_scope(report: RunReport) -> None:
    tree = page(report)
    levels = [int(node.tag[1]) for node in tree.iter() if re.fullmatch("h[1-6]", str(node.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert all(node.get("scope") in {"col", "row"} for node in tree.iter("th"))
    assert tree.get("lang") == "en"


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_no_character_steers_the_reader(report: RunReport) -> None:
    text = html.render(report).decode()
    assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs"}} <= {"\n"}


def test_the_same_report_gives_the_same_bytes() -> None:
    assert html.render(SAMPLE) == html.render(SAMPLE)


def words_of(tree: Element) -> str:
    return " ".join("".join(tree.itertext()).split())


def test_what_a_reader_looks_for_first_is_there_and_in_order() -> None:
    text = words_of(page(SAMPLE))
    places = [
        text.index(part)
        for part in (
            "24 November 2026, 09:30 UTC",
            "No mail server was contacted, because of --no-smtp",
            "At a glance",
            "Of 6 domains: mail arrives at 2, 2 can be forged",
            "412 of 430 applicable checks could be answered; 18 could not be tested. That counts as 4.2 % not tested.",
            "1 domain without any result about a DNS record: silent.example",
            "What to fix first",
            "Affects 214 domains; fix once.",
            "Then the gravest",
            "Details",
            "Two mail servers accept mail, over IPv4 and IPv6, and their names match.",
            "8 findings",
            "6 checks could not be done",
            "What could be seen from here",
            "What concerns the whole run",
            "How to read this report",
        )
    ]
    assert places == sorted(places)


def test_findings_stand_by_severity() -> None:
    (shop,) = (node for node in page(SAMPLE).iter("div") if node.get("id") == "d2")
    severities = [node.attrib["class"].split()[1] for node in shop.iter("li") if "finding" in node.get("class", "")]
    assert severities == ["high", "high", "high", "medium", "medium", "low", "info"]


def test_a_finding_leads_to_its_record() -> None:
    tree = page(SAMPLE)
    links = {"".join(a.itertext()): a.attrib["href"][1:] for a in tree.iter("a")}
    (record,) = (n for n in tree.iter("tr") if n.get("id") == links["dns _dmarc.shop.example TXT"])
    assert "v=DMARC1; p=reject" in words_of(record)


def test_a_record_to_publish_stands_with_its_finding_to_be_copied_whole() -> None:
    (shop,) = (node for node in page(SAMPLE).iter("div") if node.get("id") == "d2")
    found = {
        words_of(node.find("p") or node): ["".join(line.itertext()) for line in pre.iter("code")]
        for node in shop.iter("li")
        for pre in node.findall("pre")
        if pre.get("class") == "publish"
    }
    assert sorted(len(lines) for lines in found.values()) == [1, 1, 1]
    assert ['_dmarc.shop.example. 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@shop.example"'] in found.values()
    assert words_of(shop).count("for the same place: each mends its own finding alone. Publish one of them") == 2


def test_what_many_domains_share_names_them_and_leads_to_those_that_are_here() -> None:
    (section,) = (n for n in page(SAMPLE).iter("ul") if n.get("aria-labelledby") == "h-insights")
    assert {"".join(a.itertext()): a.attrib["href"] for a in section.iter("a")} == {
        "shop.example": "#d2",
        "odd.example": "#d6",
    }
    text = words_of(section)
    assert "SPF include _spf.mail.example" in text
    assert "shop.example, elsewhere.example, …" in text
    assert "and 212 more" in text
    assert "25.100.51.198.in-addr.arpa. 3600 IN PTR mx2.shop.example." in text


def test_a_table_says_what_can_be_forged_below_where_that_is_another_answer() -> None:
    (table,) = (n for n in page(SAMPLE).iter("table") if n.get("class") == "overview")
    rows = [words_of(row) for row in table.iter("tr")]
    assert [row for row in rows if "subdomains:" in row] == [row for row in rows if "subdomains: open" in row]
    assert sum("made-up names: could not test" in row for row in rows) == 1


def test_a_duplicate_leads_to_the_row_that_was_audited() -> None:
    (link,) = (a for a in page(SAMPLE).iter("a") if "".join(a.itertext()) == "To the row that was audited")
    assert link.attrib["href"] == "#d1"


def test_nothing_tested_is_not_called_free_of_findings() -> None:
    (silent,) = (node for node in page(SAMPLE).iter("div") if node.get("id") == "d5")
    assert "Nothing could be tested." in words_of(silent)
    assert "No finding" not in words_of(silent)


def test_a_clear_sight_is_said_shortly_and_a_hindered_one_in_full() -> None:
    clear = "Nothing about the place of this audit limits what it could see."
    assert clear in words_of(page(CLEAN))
    assert clear not in words_of(page(SAMPLE))
    assert "Run mxaudit from a host that may use port 25" in words_of(page(SAMPLE))


def test_rows_without_an_audit_say_why() -> None:
    text = words_of(page(ONLY_BAD_ROWS))
    for part in (
        "This is a web address, not a domain.",
        "Did you mean example.com?",
        "good.example is already on line 3.",
    ):
        assert part in text


def test_an_empty_report_is_a_page() -> None:
    assert "No check applied." in words_of(page(EMPTY))


def test_hostile_text_is_shown_and_not_hidden() -> None:
    assert visible(HOSTILE, 1000) in "".join(page(SAMPLE).itertext())


def colours(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", css))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT = [
    *[(ink, ground) for ink in ("ink", "muted", "link") for ground in ("paper", "surface", "sunk", "unknown-tint")],
    *[(state, f"{state}-tint") for state in ("good", "warning", "bad", "unknown", "none")],
    *[("unknown", "surface"), ("ink", "none-tint"), ("on-critical", "critical"), ("muted", "none-tint")],
]
GRAPHICS = [(f"{state}-fill", "surface") for state in ("good", "bad", "unknown")] + [("critical", "surface")]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_apart(scheme: int) -> None:
    (style,) = page(SAMPLE).iter("style")
    light, dark = (style.text or "").split("@media screen and (prefers-color-scheme: dark)")
    palette = colours(light) | (colours(dark) if scheme else {})
    weak = {(a, b): contrast(palette[a], palette[b]) for a, b in TEXT if contrast(palette[a], palette[b]) < 4.5}
    faint = {(a, b): contrast(palette[a], palette[b]) for a, b in GRAPHICS if contrast(palette[a], palette[b]) < 3}
    assert not weak
    assert not faint


def test_the_keys_that_dnssec_begins_with_are_named() -> None:
    text = html.render(SAMPLE).decode()
    assert "DNSSEC is validated from the keys of the root with tag 20326, 38696 (built in)." in text
    assert "DNSSEC is validated from the keys of corp.example with tag 1 (from --trust-anchor)." in text
