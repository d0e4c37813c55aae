"""Metrics: what Prometheus reads, bounded, with nothing untested counted as good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from audit.model.report import DomainReport, FoundRecord, RunReport, Topic
from audit.report import FORMATS, prometheus
from audit.report.prometheus import HELP
from tests.report.golden import EVIL, commands, is_as_it_was
from tests.report.sample import (
    BROKEN,
    EMPTY,
    GOOD,
    NOT_A_DOMAIN,
    REPORTS,
    SAMPLE,
    SHOP,
    SILENT,
    TWICE,
    poisoned,
    unknown,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "formats.md"
render = FORMATS["prometheus"]
SEVERITIES = ("critical", "high", "medium", "low", "info")
END = "CN=mx.a for mx.a; issued by CN=CA; until 2027-01-23; EC 256"
Sample = tuple[str, dict[str, str], float]


def samples(report: RunReport) -> Iterator[Sample]:
    for family in text_string_to_metric_families(render(report).decode()):
        yield from ((s.name, dict(s.labels), s.value) for s in family.samples)


def named(name: str, report: RunReport) -> list[tuple[tuple[str, ...], float]]:
    return [(tuple(labels.values()), value) for found, labels, value in samples(report) if found == name]


def of(*domains: DomainReport) -> RunReport:
    return replace(EMPTY, domains=domains)


def test_the_sample_is_as_it_was() -> None:
    assert is_as_it_was("report.prom", render(SAMPLE))


def test_the_document_names_each_metric() -> None:
    assert set(re.findall(r"^\| `(mxaudit_\w+)`", DOCUMENT.read_text(), re.MULTILINE)) == set(HELP)


@pytest.mark.parametrize("report", [*REPORTS.values(), poisoned(SAMPLE, EVIL)], ids=[*REPORTS, "poisoned"])
def test_each_metric_is_told_once_and_each_series_too(report: RunReport) -> None:
    text = render(report).decode()
    assert re.findall(r"^# HELP (\w+)", text, re.MULTILINE) == re.findall(r"^# TYPE (\w+) gauge$", text, re.MULTILINE)
    assert sorted(re.findall(r"^# HELP (\w+)", text, re.MULTILINE)) == sorted(HELP)
    found = [(name, *sorted(labels.items())) for name, labels, _ in samples(report)]
    assert len(found) == len(set(found))
    assert text.count("\n") == len(found) + 2 * len(HELP)
    assert text.endswith("\n")
    assert commands(render(report)) == []


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\\nb", "a\\", "{}", 'x"} 1 #', "münchen"])
def test_a_label_reads_as_it_was(value: str) -> None:
    assert [labels[0] for labels, _ in named("mxaudit_verdict", of(replace(GOOD, domain=value)))] == [value] * 6


def test_a_domain_has_each_severity_so_that_it_can_go_to_zero() -> None:
    assert named("mxaudit_findings", of(SHOP, GOOD)) == [
        *((("shop.example", s), n) for s, n in zip(SEVERITIES, (0, 3, 3, 1, 1), strict=True)),
        *((("good.example", s), 0) for s in SEVERITIES),
    ]


def test_what_could_not_be_tested_is_counted_by_its_reason() -> None:
    assert named("mxaudit_unknown", of(GOOD)) == []
    assert named("mxaudit_unknown", of(SILENT)) == [(("silent.example", "dns.timeout"), 18)]
    assert {labels[1:] for labels, _ in named("mxaudit_verdict", of(SILENT))} == {
        (question, "could not test", "unknown")
        for question in ("delivery", "forgery", "forgery_subdomains", "forgery_nonexistent", "encryption", "reputation")
    }


def test_a_line_that_was_not_audited_has_no_series_of_its_own() -> None:
    report = of(NOT_A_DOMAIN, TWICE, BROKEN)
    assert not [s for s in samples(report) if "domain" in s[1]]
    assert dict(named("mxaudit_run_rows", report)) == {
        ("audited",): 0,
        ("invalid_input",): 1,
        ("duplicate",): 1,
        ("failed",): 1,
    }


def test_the_run_is_told() -> None:
    found = {name: value for name, labels, value in samples(SAMPLE) if not labels}
    assert found == {
        "mxaudit_run_observed_at_seconds": 1795512600,
        "mxaudit_run_complete": 1,
        "mxaudit_run_lines_done": 9,
        "mxaudit_run_lines": 9,
        "mxaudit_run_unknown_ratio": 0.042,
        "mxaudit_run_domains_left_out": 0,
    }
    cut = replace(SAMPLE, run=replace(SAMPLE.run, complete=False, done=3))
    assert named("mxaudit_run_complete", cut) == [((), 0)]


def test_there_are_series_for_so_many_domains_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus, "DOMAINS", 2)
    assert {s[1]["domain"] for s in samples(of(BROKEN, SHOP, SILENT, GOOD)) if "domain" in s[1]} == {
        "shop.example",
        "silent.example",
    }
    assert named("mxaudit_run_domains_left_out", of(BROKEN, SHOP, SILENT, GOOD)) == [((), 1)]


def test_what_is_cut_stays_apart() -> None:
    hosts = [FoundRecord(name=f"{'h' * 999}{n}", type="c", status="ok", values=(END,), evidence="e") for n in range(3)]
    found = named(
        "mxaudit_certificate_not_after_seconds",
        of(replace(GOOD, records=(Topic(topic="certificates", records=tuple(hosts)),))),
    )
    assert len({labels for labels, _ in found}) == 3
    assert max(len(server) for (_, server), _ in found) < 400


def test_many_reasons_are_counted_together() -> None:
    many = tuple(unknown("SPF-LOOKUPS", "domain", "x", f"internal.E{n}") for n in range(99))
    found = named("mxaudit_unknown", of(replace(GOOD, findings=many)))
    assert len(found) == prometheus.MOST + 1
    assert dict(found)["good.example", "other"] == 99 - prometheus.MOST
    assert sum(value for _, value in found) == 99


@pytest.mark.parametrize(
    ("shown", "ends"),
    [
        (END, [1800662400]),
        ("CN=mx.a; until 2099-01-01; x for mx.a; issued by CN=CA; until 2027-01-23; EC 256", [1800662400]),
        ("CN=mx.a for mx.a; issued by CN=CA; until unreadable; EC 256", []),
        ("CN=mx.a; until 2099-01-01; EC 256 for mx.a; issued by CN=CA; until unreadable; EC 256", []),
        ("CN=mx.a; issued by CN=CA; until 2027-02-31; EC 256", []),
        ("", []),
    ],
)
def test_a_certificate_ends_when_its_own_line_says(shown: str, ends: list[int]) -> None:
    record = FoundRecord(name="mx.a 192.0.2.1", type="certificate", status="ok", values=(shown, "CA"), evidence="e")
    topics = (Topic(topic="certificates", records=(record,)), Topic(topic="smtp", records=(record,)))
    found = named("mxaudit_certificate_not_after_seconds", of(replace(GOOD, records=topics)))
    assert found == [(("good.example", "mx.a 192.0.2.1"), float(end)) for end in ends]
