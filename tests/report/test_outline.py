"""The order of a report, and the words for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from audit.model.report import FoundRecord, Severity, State, Topic
from audit.protocol.survey import FULL_FACTS, STANDARD_FACTS
from audit.report import FORMATS
from audit.report.outline import outline
from audit.report.prose import blocks, plain, runs
from audit.report.selecting import NEEDING_DEPTH
from audit.report.words import capital, first_sentence, mentions, moment, plural, to_publish
from audit.rules.registry import RULES
from tests.report.sample import EMPTY, REPORTS, SAMPLE, fail

VIEW = outline(SAMPLE)
ROWS = {row.anchor: row for row in VIEW.rows}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("report", REPORTS)
def test_each_format_renders_each_report_and_always_alike(name: str, report: str) -> None:
    octets = FORMATS[name](REPORTS[report])
    assert octets
    assert octets == FORMATS[name](REPORTS[report])


OWN = "a dialogue with a server of one's own, which no audit holds: mxaudit smtp HOST --own --probe"


@pytest.mark.parametrize(
    ("rules", "smtp", "second_opinion", "said"),
    [
        ((), True, True, ()),
        (("DKIM-AGE",), True, True, ("DKIM-AGE needs an earlier run, given with --history.",)),
        (
            ("DNSBL-DOMAIN-LISTED", "DKIM-AGE"),
            True,
            True,
            (
                (
                    "DNSBL-DOMAIN-LISTED needs a blocklist of names: name one with --dnsbl, or set the key of one that "
                    "takes a key."
                ),
                "DKIM-AGE needs an earlier run, given with --history.",
            ),
        ),
        (
            ("DNSBL-IP-LISTED", "DNSBL-POLICY"),
            False,
            True,
            ("DNSBL-IP-LISTED, DNSBL-POLICY need a blocklist, chosen with --dnsbl.",),
        ),
        (
            ("SPF-SECOND-OPINION",),
            True,
            False,
            ("SPF-SECOND-OPINION needs the second opinion, wanted with --second-opinion.",),
        ),
        (
            ("CERT-REVOKED",),
            True,
            True,
            ("CERT-REVOKED needs the server's word on revocation, wanted with --revocation.",),
        ),
        (("TLS-VER-NO12",), True, True, ("TLS-VER-NO12 needs a profile that has it.",)),
        (
            ("MIG-DANE", "MIG-DKIM-NEW"),
            True,
            True,
            ("MIG-DANE, MIG-DKIM-NEW need a planned zone, and where the mail moves to: mxaudit migrate rehearse.",),
        ),
        (
            ("SMTP-OPENRELAY", "SMTP-VRFY"),
            False,
            True,
            (f"SMTP-OPENRELAY, SMTP-VRFY need {OWN}.",),
        ),
        (
            ("TLS-VER-SSL", "TLS-PQ"),
            True,
            True,
            ("TLS-VER-SSL, TLS-PQ need more handshakes with mail servers, made with --tls-depth full.",),
        ),
        (
            ("MX-REACH", "CERT-KEY", "CERT-NAME", "TLS-VER-NO12"),
            False,
            True,
            ("4 rules need mail servers to be visited, as without --no-smtp.",),
        ),
    ],
)
def test_what_was_not_selected_is_said_with_what_selects_it(
    rules: tuple[str, ...], smtp: bool, second_opinion: bool, said: tuple[str, ...]
) -> None:
    coverage = replace(SAMPLE.run.coverage, not_selected=rules)
    run = replace(SAMPLE.run, coverage=coverage, smtp=smtp, second_opinion=second_opinion)
    assert outline(replace(SAMPLE, run=run)).unselected == said


def test_what_a_run_without_https_left_out_is_said_with_its_option() -> None:
    coverage = replace(SAMPLE.run.coverage, not_selected=("MTASTS-FETCH", "BIMI-SVG", "MTASTS-ID-STALE"))
    run = replace(SAMPLE.run, coverage=coverage, https=False)
    assert outline(replace(SAMPLE, run=run)).unselected == (
        "MTASTS-FETCH, BIMI-SVG need policies to be fetched, as without --no-https.",
        "MTASTS-ID-STALE needs an earlier run, given with --history.",
    )


def test_failures_of_one_rule_stand_together_and_the_gravest_come_first() -> None:
    found = [(group.severity.value, group.rule.id, len(group.findings)) for group in ROWS["d2"].failures]
    assert found == [
        ("high", "DNSBL-IP-LISTED", 1),
        ("high", "PTR-MISSING", 1),
        ("high", "SPF-LOOKUPS", 1),
        ("medium", "CERT-EXPIRED", 2),
        ("medium", "DMARC-P-NONE", 1),
        ("low", "DKIM-RSA-1024", 1),
        ("info", "SPF-ALL-SOFTFAIL", 1),
    ]
    assert ROWS["d2"].worst is Severity.HIGH
    assert ROWS["d2"].failed == 8


def test_what_could_not_be_tested_stands_together_by_its_reason() -> None:
    assert [(hole.code, hole.count) for hole in ROWS["d2"].holes] == [
        ("smtp.tempfail", 3),
        ("dnsbl.broken", 2),
        ("odd.code", 1),
    ]
    assert [(hole.code, hole.count) for hole in ROWS["d5"].holes] == [("dns.timeout", 18)]


def test_a_reply_that_turned_us_away_is_explained_where_it_left_holes() -> None:
    domain = ROWS["d2"].report
    key = next(f.evidence[0] for f in domain.findings if f.reason == "smtp.tempfail")
    record = FoundRecord(name="mx2", type="SMTP", status="deferred", values=(), evidence=key, explained="It means: x")
    topics = (*domain.records, Topic(topic="smtp", records=(record, record)))
    (row,) = outline(replace(SAMPLE, domains=(replace(domain, records=topics),))).rows
    told = row.holes
    assert [(hole.code, hole.explained) for hole in told] == [
        ("smtp.tempfail", ("It means: x",)),
        ("dnsbl.broken", ()),
        ("odd.code", ()),
    ]
    shown = replace(SAMPLE, domains=(replace(domain, records=topics),))
    assert b"\n      It means: x\n" in FORMATS["text"](shown)
    assert FORMATS["html"](shown).count(b"It means: x") == 3  # with the hole, and with both records


def test_each_question_is_tallied() -> None:
    assert [dict(tally.counts)[State.BAD] for tally in VIEW.tallies] == [1, 2, 0, 1]
    assert [tally.total for tally in VIEW.tallies] == [6, 6, 6, 6]


@pytest.mark.parametrize(
    ("passed", "failed", "unknown", "sentence"),
    [
        (0, 0, 0, "No check applied."),
        (1, 0, 0, "All 1 applicable check could be answered."),
        (1200, 30, 0, "All 1,230 applicable checks could be answered."),
        (0, 0, 7, "0 of 7 applicable checks could be answered; 7 could not be tested."),
    ],
)
def test_coverage(passed: int, failed: int, unknown: int, sentence: str) -> None:
    seen = replace(EMPTY.run.coverage, passed=passed, failed=failed, unknown=unknown)
    assert outline(replace(EMPTY, run=replace(EMPTY.run, coverage=seen))).coverage == sentence


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One. Two.", "One."),
        ("Use e.g. this. Then that.", "Use e.g. this."),
        ("No end", "No end"),
        ("Over\ntwo lines. More.\n\nNext", "Over two lines."),
        ("", ""),
    ],
)
def test_the_first_sentence(text: str, first: str) -> None:
    assert first_sentence(text) == first


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", []),
        ("one\ntwo", ["p"]),
        ("one\n\ntwo", ["p", "p"]),
        ("one\n- a\n- b\n  more", ["p", "ul"]),
        ("one\n```\ncode\n\nmore\n```\ntwo", ["p", "pre", "p"]),
        ("```\nnever closed", ["pre"]),
    ],
)
def test_prose_has_blocks(text: str, kinds: list[str]) -> None:
    assert [block.kind for block in blocks(text)] == kinds


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a `b` c", [("a ", False), ("b", True), (" c", False)]),
        ("a ` b", [("a ` b", False)]),
        ("`a` `", [("a", True), (" `", False)]),
    ],
)
def test_code_stands_between_backticks(text: str, parts: list[tuple[str, bool]]) -> None:
    assert [(run.text, run.code) for run in runs(text)] == parts
    assert plain("a `b` c") == "a b c"


def test_a_moment_is_said_in_utc() -> None:
    assert moment(datetime(2026, 1, 2, 3, 4, tzinfo=UTC)) == "2 January 2026, 03:04 UTC"
    assert moment(datetime(2026, 1, 1, 23, 0, tzinfo=timezone(-timedelta(hours=3)))) == "2 January 2026, 02:00 UTC"


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("the key is short", "The key is short"),
        ("mx1.example.org has no address", "mx1.example.org has no address"),
        ("11 lookups", "11 lookups"),
        ("", ""),
    ],
)
def test_a_message_begins_with_a_capital_unless_it_is_a_name(text: str, head: str) -> None:
    assert capital(text) == head


@pytest.mark.parametrize(
    ("text", "given", "head"),
    [
        ("localhost is no name of a host", ("localhost",), "localhost is no name of a host"),
        ("localhost is no name of a host", (), "Localhost is no name of a host"),
        ("the name localhost is none", ("localhost", "t", 3), "The name localhost is none"),
        ("bl lists it", ("bl entry",), "bl lists it"),
        ("the record is void", ("the whole record is void",), "The record is void"),
    ],
)
def test_what_was_given_is_written_as_it_is(text: str, given: tuple[object, ...], head: str) -> None:
    assert capital(text, given) == head


@pytest.mark.parametrize("name", ["text", "html", "md"])
def test_no_format_changes_what_a_server_said(name: str) -> None:
    given = {"name": "localhost"}
    found = fail("PTR-MISSING", "low", "server", "mx.example 192.0.2.1", "localhost is no name", arguments=given)
    domain = replace(next(iter(SAMPLE.domains)), findings=(found,))
    shown = FORMATS[name](replace(SAMPLE, domains=(domain,), insights=())).decode()
    assert "localhost is no name" in shown
    assert "Localhost" not in shown


def test_a_message_that_names_its_subject_is_enough() -> None:
    assert mentions("mx1.example at 192.0.2.1 is silent", "mx1.example 192.0.2.1")
    assert not mentions("the certificate has expired", "mx1.example 192.0.2.1")


ONE = "Publish this record in place of all that is there of its kind:"
TWO = "Publish these records in place of all that is there of their kind:"
ALONE = "for the same place: each mends its own finding alone. Publish one of them"
HERE = "in place of the present one, if there is one, and audit again:"


@pytest.mark.parametrize(
    ("records", "rivals", "said"),
    [
        (1, (), ONE),
        (2, (), TWO),
        (1, ("B",), f"An alternative to what is shown with B {ALONE} {HERE}"),
        (1, ("A",), f"An alternative to what is shown with the other findings of this rule {ALONE} {HERE}"),
        (1, ("A", "B"), f"An alternative to what is shown with B and the other findings of this rule {ALONE} {HERE}"),
        (1, ("B", "C", "D"), f"An alternative to what is shown with B, C and D {ALONE} {HERE}"),
        (1, tuple("BCDEFG"), f"An alternative to what is shown with B, C, D, E and 2 more {ALONE} {HERE}"),
    ],
)
def test_what_stands_above_records_to_publish(records: int, rivals: tuple[str, ...], said: str) -> None:
    assert to_publish(records, "A", rivals) == said


def test_plurals() -> None:
    assert [plural(n, "check") for n in (0, 1, 2000)] == ["0 checks", "1 check", "2,000 checks"]


def test_a_record_of_a_later_step_waits() -> None:
    assert to_publish(1, "DMARC-NEXT-STEP").startswith("When that holds, publish this record ")


def test_the_rules_that_need_more_handshakes_are_those_that_rest_on_offers() -> None:
    offered = STANDARD_FACTS | FULL_FACTS
    assert {r.id for r in RULES if offered & {kind for _, kind in r.judge.takes}} == NEEDING_DEPTH
