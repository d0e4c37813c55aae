"""`mxaudit advice`, for people and for programs."""

from __future__ import annotations

import json
from datetime import date

import pytest

from audit.catalog.advice import load_advice
from audit.cli.advice import _told
from tests.cli.command import mxaudit


@pytest.mark.parametrize("word", ["google", "Gmail", "gmail.com", "Google Workspace and Gmail"])
def test_a_provider_is_found_however_it_is_called(word: str) -> None:
    done = mxaudit("advice", word)
    assert (done.code, done.err) == (0, "")
    text = done.out.decode()
    assert text.startswith("Google Workspace and Gmail\n")
    for title in ("Sending through it", "Logging in, today", "Sending to it", "Limits", "Pages for postmasters"):
        assert f"\n{title}\n" in text


def test_every_fact_is_told_with_its_source_to_programs() -> None:
    for entry in load_advice().entries:
        told = json.loads(mxaudit("advice", entry.id, "--json").out)
        assert told["id"] == entry.id
        assert [set(fact) for fact in told["facts"]] == [
            {"topic", "text", "since", "source", "confidence", "checked", "review_by"} for _ in entry.facts
        ]


def test_without_a_name_all_are_listed() -> None:
    entries = load_advice().entries
    assert [line.split()[0] for line in mxaudit("advice").out.decode().splitlines() if line[0] != " "] == [
        e.id for e in entries
    ]
    assert [e["id"] for e in json.loads(mxaudit("advice", "--json").out)] == [e.id for e in entries]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("gogle", "mxaudit: Nothing is known of a provider gogle. Did you mean google?"),
        ("zzz", "mxaudit: Nothing is known of a provider zzz. `mxaudit advice` lists those that are."),
        ("\x1b[2J", "mxaudit: Nothing is known of a provider \\x1b[2J. `mxaudit advice` lists those that are."),
    ],
)
def test_one_that_is_not_known_is_a_sentence(word: str, said: str) -> None:
    done = mxaudit("advice", word)
    assert (done.code, done.out, done.sentences) == (2, b"", [said])


@pytest.mark.parametrize("columns", [40, 80, 140])
@pytest.mark.parametrize("word", [(), ("microsoft-365",)])
def test_lines_fit_the_terminal(columns: int, word: tuple[str, ...]) -> None:
    lines = mxaudit("advice", *word, columns=columns).out.decode().splitlines()
    long = [line for line in lines if len(line) > min(columns, 100)]
    assert all("http" in line for line in long)  # an address is not cut


@pytest.mark.parametrize(
    ("today", "words", "not_words"),
    [
        (date(2026, 11, 29), ("[from 2026-12-31]",), ("out of date",)),
        (date(2027, 1, 1), ("[since 2026-12-31]",), ("out of date",)),
        (date(2028, 1, 1), ("[since 2026-12-31]", "may be out of date"), ()),
    ],
)
def test_time_shows(today: date, words: tuple[str, ...], not_words: tuple[str, ...]) -> None:
    facts = [f for e in load_advice().entries for f in e.facts if f.since == "2026-12-31"]
    text = _told(facts[0], today)
    assert all(word in text for word in words)
    assert not any(word in text for word in not_words)
