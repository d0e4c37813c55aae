"""Each reason that the protocols can give has words for a person."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import audit
from audit.model.probe import DnsStatus, Outcome
from audit.model.report import State
from audit.report.reasons import FAMILIES, REASONS, reason
from audit.report.words import ANSWERS, STATES

ROOT = Path(audit.__file__).parent


def literals() -> Iterator[str]:
    """The codes that stand in the sources as the first argument of Unknown(...)."""
    for path in sorted((ROOT / "protocol").rglob("*.py")) + sorted((ROOT / "rules").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "Unknown":
                continue
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def test_reasons_are_found_in_the_sources() -> None:
    assert "spf.macro" in set(literals())


@pytest.mark.parametrize("code", sorted(set(literals())))
def test_a_reason_has_words(code: str) -> None:
    assert code in REASONS or code.partition(".")[0] in FAMILIES


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("dns.timeout", "No DNS server answered in time."),
        ("tls.never_heard_of", "The TLS session did not come about."),
        ("internal.KeyError", "A part of this tool failed; that says nothing about the domain."),
        ("never.heard_of", "never.heard_of"),
    ],
)
def test_a_reason_without_words_stands_for_its_family_or_itself(code: str, sentence: str) -> None:
    assert reason(code).sentence == sentence


@pytest.mark.parametrize("code", REASONS)
def test_the_words_are_sentences(code: str) -> None:
    words = REASONS[code]
    for text in (words.sentence, words.advice or "A."):
        assert text.endswith(".")
        assert text[0].isupper()


def test_each_status_and_each_state_has_a_word() -> None:
    assert {str(s) for s in (*DnsStatus, *Outcome)} <= set(ANSWERS)
    assert set(STATES) == set(State)
