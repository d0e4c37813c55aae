"""Measures, read from reports that were judged from evidence, and from what a report shows in part only."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from audit import contract
from audit.catalog.compliance import SCHEMA
from audit.model.compliance import Condition
from audit.model.report import CutValue, DomainReport, RunReport, Topic
from audit.report.compliance.measures import MEASURES, outcome
from audit.report.compliance.seen import Seen, Selection
from audit.report.reasons import REASONS
from tests.report.compliance.domains import CISA, SELECTION, domain, selection

REPORT = Path(__file__).parents[3] / "reports" / "example" / "report.json"


@cache
def example() -> RunReport:
    return contract.load(REPORT.read_bytes(), RunReport)


@cache
def lab(name: str) -> Seen:
    report = next(each for each in example().domains if each.domain == name)
    return Seen.of(report, Selection.of(example().rules))


def read(seen: Seen, measure: str, kind: str = "domain") -> object:
    """The value, or why there is none."""
    got = MEASURES[measure].read(seen, kind)
    return got.reasons or got.value


@pytest.mark.parametrize(
    ("name", "measure", "value"),
    [
        ("good.example", "spf.all", "-"),
        ("spfall.example", "spf.all", "+"),
        ("spfeleven.example", "spf.all", "broken"),
        ("spftwo.example", "spf.all", "missing"),
        ("silent.example", "spf.all", ("dns.timeout",)),
        ("good.example", "dmarc.policy", "reject"),
        ("dmarcnone.example", "dmarc.policy", "none"),
        ("nodmarc.example", "dmarc.policy", "missing"),
        ("mail.inherits.example", "dmarc.policy", "reject"),  # the organizational domain's
        ("bogus.example", "dmarc.policy", ("dns.bogus",)),
        ("good.example", "dmarc.rua", ("dmarc@good.example",)),
        ("mail.inherits.example", "dmarc.rua_count", 1),
        ("nodmarc.example", "dmarc.rua_count", 0),
        ("silent.example", "dmarc.rua", ("dns.timeout",)),
        ("good.example", "dkim.keys", 1),
        ("dkim1024.example", "dkim.rsa_bits", 1024),
        ("nullmx.example", "dkim.keys", None),  # it sends nothing
        ("servfail.example", "dkim.keys", ("dns.servfail",)),
        ("good.example", "senders.known", 2),
        ("good.example", "ns.ipv6", 2),
        ("mail.inherits.example", "ns.ipv6", 2),
        ("silent.example", "ns.ipv6", ("dns.timeout",)),  # and not those of the zone above
        ("good.example", "mta_sts.mode", "enforce"),
        ("stsmissing.example", "mta_sts.mode", "missing"),
        ("nullmx.example", "mta_sts.mode", None),
    ],
)
def test_measures_of_domains_of_the_lab(name: str, measure: str, value: object) -> None:
    assert read(lab(name), measure) == value


def test_each_policy_of_the_lab_is_read_for_each_kind_of_name() -> None:
    for report in example().domains:
        seen = Seen.of(report, Selection.of(example().rules))
        for kind in ("domain", "subdomains", "nonexistent"):
            assert read(seen, "dmarc.policy", kind) != ("report.cut",), report.domain


def of(report: DomainReport, words: str = "") -> Seen:
    return Seen.of(report, selection(words) if words else SELECTION)


@pytest.mark.parametrize(
    ("words", "measure", "value"),
    [
        ("SPF-ALL-PASS ?SPF-LOOKUPS", "spf.all", "+"),  # certain whatever else is
        ("!SPF-ALL-SOFTFAIL", "spf.all", ("not_judged",)),
        ("-SPF-ALL-SOFTFAIL", "spf.all", None),
        ("sp=none", "dmarc.policy", "reject"),
        ("rua=", "dmarc.rua_count", 0),
        ("keys=0 -DKIM-NONE -DKIM-NOTFOUND", "dkim.keys", 0),
        ("?keys", "dkim.keys", ("dns.timeout",)),
        ("?keys DKIM-REVOKED !DKIM-SYNTAX", "dkim.keys", ("not_judged", "dns.timeout")),
        ("?DKIM-RSA-BITS", "dkim.rsa_bits", ("dns.timeout",)),  # another key may be shorter
        ("bits=1024", "dkim.rsa_bits", 1024),
        ("?senders", "senders.known", ("senders.unknown",)),
        ("!PTR-MISSING !PTR-FCRDNS", "senders.known", ("not_judged",)),
        ("ns6=0", "ns.ipv6", 0),
        ("?ns6", "ns.ipv6", ("dns.timeout",)),
        ("MTASTS-MODE", "mta_sts.mode", "testing"),
        ("?MTASTS-MODE", "mta_sts.mode", ("dns.timeout",)),
        ("MTASTS-ORPHAN -MTASTS-MODE", "mta_sts.mode", "missing"),
    ],
)
def test_measures_of_made_up_domains(words: str, measure: str, value: object) -> None:
    assert read(of(domain(words), words), measure) == value


def without(topic: str, *, cut: bool = False) -> DomainReport:
    """A report that shows nothing of a topic, or no value of it whole."""
    report = domain()
    kept = tuple(each for each in report.records if each.topic != topic)
    if not cut:
        return replace(report, records=kept)
    shown = next(each for each in report.records if each.topic == topic)
    marks = tuple(CutValue(at=at, octets=9999, sha256="0" * 64) for at in range(9))
    records = tuple(replace(r, truncated=marks) if r.type == "TXT" else r for r in shown.records)
    return replace(report, records=(*kept, Topic(topic=topic, records=records)))


@pytest.mark.parametrize(
    ("report", "measure", "reason"),
    [
        (without("dmarc"), "dmarc.policy", "not_judged"),
        (without("dmarc"), "dmarc.rua", "not_judged"),
        (without("dmarc", cut=True), "dmarc.rua", "report.cut"),
        (without("zone"), "ns.ipv6", "not_judged"),
        (without("addresses"), "ns.ipv6", "not_gathered"),
        (without("dkim"), "dkim.keys", "dkim.selectors_unknown"),
        (without("dkim", cut=True), "dkim.keys", "report.cut"),
        (without("dkim", cut=True), "dkim.rsa_bits", "report.cut"),
    ],
)
def test_what_a_report_does_not_show_is_not_told(report: DomainReport, measure: str, reason: str) -> None:
    assert read(of(report), measure) == (reason,)
    assert reason in REASONS


@pytest.mark.parametrize(
    "row",
    [
        ("record: none", "the domain: rejected (x)"),
        ("record: a b", "the domain: reject(p of x)"),
        ("record: could not be told (DROP TABLE)", "the domain: could not be told (Robert'); --)"),
        ("", "the domain: "),
        (),
    ],
)
def test_a_row_of_another_shape_is_not_told(row: tuple[str, ...]) -> None:
    report = domain()
    records = tuple(
        replace(t, records=tuple(replace(r, values=row) if r.type == "policy" else r for r in t.records))
        for t in report.records
    )
    seen = of(replace(report, records=records))
    assert read(seen, "dmarc.policy") == ("report.cut",)
    assert isinstance(read(seen, "dmarc.rua"), tuple)


@pytest.mark.parametrize(
    ("condition", "words", "state"),
    [
        (Condition(measure="spf.all", values=("-", "~")), "SPF-ALL-SOFTFAIL", "met"),
        (Condition(measure="spf.all", values=("-",)), "SPF-ALL-SOFTFAIL", "not_met"),
        (Condition(measure="spf.all", at_least="~"), "SPF-ALL-SOFTFAIL", "met"),
        (Condition(measure="spf.all", at_least="~"), "SPF-ALL-NEUTRAL", "not_met"),
        (Condition(measure="dmarc.policy", at_least="no such word"), "", "not_met"),
        (Condition(measure="dkim.keys", at_least="many"), "", "not_met"),
        (Condition(measure="dkim.rsa_bits", at_least=2048), "", "met"),
        (Condition(measure="dkim.rsa_bits", at_least=3072), "", "not_met"),
        (Condition(measure="dmarc.rua", contains=(CISA.upper(),)), "", "met"),
        (Condition(measure="dmarc.rua", contains=(CISA, "else@where.example")), "", "not_met"),
        (Condition(measure="dmarc.policy", at_least="none", over=("domain", "subdomains")), "sp=none", "met"),
        (Condition(measure="dmarc.policy", at_least="reject", over=("nonexistent",)), "sp=none", "met"),
    ],
)
def test_what_a_condition_wants_of_a_measure(condition: Condition, words: str, state: str) -> None:
    assert outcome(condition, of(domain(words))).state == state


def test_the_schema_knows_the_measures() -> None:
    named = contract.schema(SCHEMA)["$defs"]["Condition"]["properties"]["measure"]["enum"]
    assert sorted(named) == sorted(MEASURES)
