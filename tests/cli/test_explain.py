"""`mxaudit explain` for people and for programs."""

from __future__ import annotations

import json

import pytest

from audit.report.prose import plain
from audit.rules.registry import RULES
from tests.cli.command import mxaudit


@pytest.mark.parametrize("word", ["SPF-LOOKUPS", "spf-lookups", "Spf-Lookups"])
def test_a_rule_is_explained_however_it_is_written(word: str) -> None:
    done = mxaudit("explain", word)
    assert (done.code, done.err) == (0, "")
    lines = done.out.decode().splitlines()
    assert lines[0] == "SPF-LOOKUPS"
    assert "What to do" in lines
    assert max(map(len, lines)) <= 100


def test_every_rule_can_be_explained_to_a_program() -> None:
    for rule in RULES:
        told = json.loads(mxaudit("explain", rule.id, "--json").out)
        assert (told["id"], told["why"], told["fix"], told["reference"]) == (
            rule.id,
            rule.why,
            rule.fix,
            rule.reference,
        )
        assert [grade["severity"] for grade in told["severities"]]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("SPF-LOOKUP", "mxaudit: There is no rule SPF-LOOKUP. Did you mean SPF-LOOKUPS?"),
        (
            "spf-all",
            "mxaudit: There is no rule spf-all. 4 rules begin so, such as SPF-ALL-PASS; `mxaudit rules` lists them.",
        ),
        ("CERT-KEY-", "mxaudit: There is no rule CERT-KEY-. Did you mean CERT-KEY?"),
        ("zzz", "mxaudit: There is no rule zzz. `mxaudit rules` lists them."),
        ("\x1b[2Jspf", "mxaudit: There is no rule \\x1b[2Jspf. `mxaudit rules` lists them."),
    ],
)
def test_a_rule_that_is_not_there_is_a_sentence_and_a_suggestion(word: str, said: str) -> None:
    done = mxaudit("explain", word)
    assert (done.code, done.out, done.sentences) == (2, b"", [said])


@pytest.mark.parametrize(("columns", "widest"), [(40, 40), (80, 80), (200, 100), (None, 100)])
def test_lines_are_as_wide_as_the_terminal_and_no_wider_than_reads_well(columns: int | None, widest: int) -> None:
    for rule in ("DNSBL-IP-LISTED", "DMARC-PSL-DIVERGE"):
        lengths = [*map(len, mxaudit("explain", rule, columns=columns).out.decode().splitlines())]
        assert widest - 12 < max(lengths) <= widest


@pytest.mark.parametrize("columns", [40, 80, 100, 120])
def test_the_rules_are_listed_within_the_terminal(columns: int) -> None:
    listed = mxaudit("rules", columns=columns).out.decode()
    assert max(map(len, listed.splitlines())) <= columns
    assert [line.split()[0] for line in listed.splitlines() if line[0] != " "] == [rule.id for rule in RULES]
    told = " ".join(listed.split())
    assert [rule.id for rule in RULES if plain(rule.title) not in told] == []


def test_where_nobody_looks_a_rule_is_one_line() -> None:
    assert len(mxaudit("rules").out.decode().splitlines()) == len(RULES)


def test_each_step_of_a_ladder_says_when_it_is_taken() -> None:
    told = mxaudit("explain", "SPF-MISSING").out.decode()
    assert "high when the domain takes mail\n" in told
    assert "medium when the domain takes no mail\n" in told
    grades = json.loads(mxaudit("explain", "SPF-MISSING", "--json").out)["severities"]
    assert [g["when"] for g in grades] == ["the domain takes mail", "the domain takes no mail"]


def test_colour_only_when_it_is_asked_for() -> None:
    assert b"\x1b[" not in mxaudit("explain", "SPF-LOOKUPS").out
    assert b"\x1b[31mhigh\x1b[0m" in mxaudit("explain", "SPF-LOOKUPS", "--color", "always").out
