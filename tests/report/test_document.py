"""The JSON: the whole report, and no character that steers whoever looks at it."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

import pytest

from audit.contract import load, pretty
from audit.model.report import DomainReport, RunReport
from audit.report.document import lines, render, stream
from tests.report.golden import is_as_it_was
from tests.report.sample import CLEAN, REPORTS, SAMPLE, poisoned

EVIL = "\x1b[2J\x07\r\n\x00\x7f\x9b31m\u202ex\u2066\u200b\ufeff\u2028\U000e0041ü漢"


def test_the_sample_is_as_it_was() -> None:
    assert is_as_it_was("report.json", render(SAMPLE))
    assert is_as_it_was("report.jsonl", b"".join(lines(SAMPLE)))


@pytest.mark.parametrize("report", [*REPORTS.values(), poisoned(SAMPLE, EVIL)], ids=[*REPORTS, "poisoned"])
def test_the_document_is_the_report(report: RunReport) -> None:
    text = render(report)
    assert load(text, RunReport) == report
    parts = ["schema", "run", "rules", "insights", "findings", "waivers", "baseline", "domains"]
    assert list(json.loads(text)) == parts


def test_letters_stay_and_steering_signs_are_escaped() -> None:
    text = render(poisoned(SAMPLE, EVIL)).decode()
    assert "ü漢" in text
    assert "\\u202e" in text
    assert "\\udb40\\udc41" in text
    assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs"}} == {"\n"}


@pytest.mark.parametrize(
    "first_and_last",
    [(0x7F, 0x9F), (0x202A, 0x202E), (0x2066, 0x2069), (0xFDD0, 0xFDEF), (0xFFFE, 0xFFFF), (0x1FFFE, 0x1FFFF)],
    ids=lambda pair: f"{pair[0]:04X}",
)
def test_controls_and_noncharacters_are_escaped_and_read_back(first_and_last: tuple[int, int]) -> None:
    first, last = first_and_last
    signs = "".join(map(chr, range(first, last + 1)))
    report = poisoned(SAMPLE, signs)
    assert not set(signs) & set(render(report).decode())
    assert load(render(report), RunReport) == report


@pytest.mark.parametrize("sign", [*map(chr, range(0x20)), "\x7f"], ids=ascii)
def test_a_document_in_ascii_holds_no_control_character(sign: str) -> None:
    report = poisoned(CLEAN, sign)
    text = render(report)
    assert text.isascii()
    assert {c for c in text.decode() if unicodedata.category(c) == "Cc"} == {"\n"}
    assert load(text, RunReport) == report


def test_lines_hold_the_report_and_then_its_domains() -> None:
    head, *domains = b"".join(lines(SAMPLE)).splitlines()
    assert load(head, RunReport) == replace(SAMPLE, domains=())
    assert tuple(load(text, DomainReport) for text in domains) == SAMPLE.domains


@pytest.mark.parametrize("count", [0, 1, 2])
def test_part_by_part_it_is_the_same_document(count: int) -> None:
    report = replace(SAMPLE, domains=tuple(SAMPLE.domains)[:count])
    assert b"".join(stream(report)) == render(report) == pretty(report)
