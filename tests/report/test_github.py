"""Annotations: few, the gravest first, each on its line of the list, and no text of strangers is a command."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest

from audit.model.report import BaselineState, Finding, RunReport, Waiver
from audit.report import FORMATS
from audit.report.github import SHOWN
from tests.report.golden import EVIL, is_as_it_was
from tests.report.sample import EMPTY, GOOD, REPORTS, RULES, SAMPLE, fail, poisoned, unknown

render = FORMATS["github"]
ENDINGS = re.compile(r"\r\n|[\n\r]")  # a runner reads a log line by line
KEPT = 10  # of a level, by GitHub


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    text: str


def decoded(text: str) -> str:
    for sign, code in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        text = text.replace(code, sign)
    return text


def read(octets: bytes) -> list[Command]:
    """What a runner makes of a log: a command is what lies between the first `::` of a line and the next."""
    found = []
    for line in filter(None, ENDINGS.split(octets.decode())):
        assert line.startswith("::"), line
        head, _, text = line.removeprefix("::").partition("::")
        name, _, rest = head.partition(" ")
        properties = dict(pair.split("=", 1) for pair in rest.split(","))
        found.append(Command(name, {k: decoded(v) for k, v in properties.items()}, decoded(text)))
    return found


def of(*findings: Finding) -> RunReport:
    return replace(EMPTY, rules=RULES, domains=(replace(GOOD, findings=findings),))


def test_the_sample_is_as_it_was() -> None:
    assert is_as_it_was("report.github", render(SAMPLE))


@pytest.mark.parametrize("report", [*REPORTS.values(), poisoned(SAMPLE, EVIL)], ids=[*REPORTS, "poisoned"])
def test_nothing_is_a_command_but_annotations_and_of_each_level_there_are_ten_at_most(report: RunReport) -> None:
    found = read(render(report))
    assert {c.name for c in found} <= {"error", "warning", "notice"}
    assert all(list(c.properties) == ["file", "line", "col", "title"] for c in found)
    assert all(c.properties["line"].isdecimal() and c.properties["col"].isdecimal() for c in found)
    assert all(sum(c.name == level for c in found) <= KEPT for level in ("error", "warning", "notice"))
    assert "##[" not in render(report).decode()


@pytest.mark.parametrize(
    ("severity", "level"),
    [("critical", "error"), ("high", "error"), ("medium", "warning"), ("low", "notice"), ("info", "notice")],
)
def test_a_finding_stands_on_the_line_of_its_domain(severity: str, level: str) -> None:
    first, *_ = read(render(of(fail("SPF-LOOKUPS", severity, "domain", "good.example", "It is 12"))))
    at = GOOD.input
    assert (first.name, first.text) == (level, f"{GOOD.domain}: It is 12")
    assert first.properties == {
        "file": at.file,
        "line": str(at.line),
        "col": str(at.column),
        "title": f"SPF-LOOKUPS ({severity})",
    }


WAIVER = Waiver(
    rule="SPF-LOOKUPS", domain=None, subject=None, reason="Known,\n::error::x", owner=None, expires=None, expired=False
)


@pytest.mark.parametrize(
    ("waiver", "baseline", "level", "title", "waived"),
    [
        (None, BaselineState.NEW, "error", "SPF-LOOKUPS (high, new)", False),
        (None, BaselineState.KNOWN, "error", "SPF-LOOKUPS (high, known)", False),
        (WAIVER, None, "notice", "SPF-LOOKUPS (high, waived)", True),
        (WAIVER, BaselineState.WORSE, "notice", "SPF-LOOKUPS (high, worse, waived)", True),
        (replace(WAIVER, expired=True), None, "error", "SPF-LOOKUPS (high)", False),
    ],
)
def test_what_is_new_or_accepted_says_so(
    waiver: Waiver | None, baseline: BaselineState | None, level: str, title: str, waived: bool
) -> None:
    finding = fail("SPF-LOOKUPS", "high", "domain", "good.example", "It is 12")
    first, *_ = read(render(of(replace(finding, waiver=waiver, baseline=baseline))))
    assert (first.name, first.properties["title"]) == (level, title)
    assert ("Waived: Known," in first.text) is waived


@pytest.mark.parametrize("list_name", ["a,b.txt", "a:b=c.txt", "50%.txt", "%2C.txt", "::error::x"])
def test_a_list_may_be_called_what_it_likes(list_name: str) -> None:
    finding = fail("CERT-NAME", "low", "domain", "good.example", "m")
    domain = replace(GOOD, input=replace(GOOD.input, file=list_name), findings=(finding,))
    first, *_ = read(render(replace(EMPTY, rules=RULES, domains=(domain,))))
    assert first.properties["file"] == list_name


@pytest.mark.parametrize(
    ("count", "more"), [(SHOWN, None), (SHOWN + 1, "1 more finding"), (1500, "1,491 more findings")]
)
def test_of_many_the_gravest_are_told_and_the_others_counted(count: int, more: str) -> None:
    high = [fail("SPF-LOOKUPS", "high", "host", f"h{n}.example", "m") for n in range(count - 1)]
    found = read(render(of(*high, fail("CERT-NAME", "critical", "host", "worst.example", "m"))))
    errors = [c for c in found if c.name == "error"]
    assert errors[0].properties["title"] == "CERT-NAME (critical)"
    assert ("h0.example" in errors[1].text, "h1.example" in errors[2].text) == (True, True)
    assert len(errors) == min(count, KEPT)
    assert (f"… and {more}, in the full report." in errors[-1].text) is bool(more)


def test_what_could_not_be_tested_is_one_notice_and_neither_good_nor_bad() -> None:
    (only,) = read(render(of(*(unknown("SPF-LOOKUPS", "domain", "good.example", "dns.timeout") for _ in range(3)))))
    assert only.name == "notice"
    assert read(render(SAMPLE))[-1].text.endswith("could not be tested.")


def test_a_run_that_was_cut_short_says_so() -> None:
    assert "cut short" in read(render(replace(SAMPLE, run=replace(SAMPLE.run, complete=False))))[-1].text
    assert b"cut short" not in render(SAMPLE)
