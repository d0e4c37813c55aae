"""`mxaudit explain` for people and for programs."""

from __future__ import annotations

import json

import pytest

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
        ("zzz", "mxaudit: There is no rule zzz. `mxaudit rules` lists them."),
        ("\x1b[2Jspf", "mxaudit: There is no rule \\x1b[2Jspf. `mxaudit rules` lists them."),
    ],
)
def test_a_rule_that_is_not_there_is_a_sentence_and_a_suggestion(word: str, said: str) -> None:
    done = mxaudit("explain", word)
    assert (done.code, done.out, done.sentences) == (2, b"", [said])


def test_colour_only_when_it_is_asked_for() -> None:
    assert b"\x1b[" not in mxaudit("explain", "SPF-LOOKUPS").out
    assert b"\x1b[31mhigh\x1b[0m" in mxaudit("explain", "SPF-LOOKUPS", "--color", "always").out
