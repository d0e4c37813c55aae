"""Advice by provider is dated, and somebody looks again before it is old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from audit.catalog.advice import ProviderAdvice, load_advice

ADVICE = load_advice()
FACTS = [(entry.id, fact) for entry in ADVICE.entries for fact in entry.facts]
ASKED_FOR = "google microsoft-365 outlook-com yahoo icloud fastmail zoho proton gmx web-de aol"


def test_no_fact_is_past_its_review() -> None:
    """When this fails: look at the source, correct the text, and set `checked` and `review_by` anew."""
    today = datetime.now(UTC).date()
    assert [(who, fact.text) for who, fact in FACTS if fact.review_by < today] == []


def test_nobody_promises_to_look_again_in_ten_years() -> None:
    assert [(who, fact.text) for who, fact in FACTS if fact.review_by - fact.checked > timedelta(days=366)] == []


def test_the_large_ones_are_there() -> None:
    assert set(ASKED_FOR.split()) <= {entry.id for entry in ADVICE.entries}


@pytest.mark.parametrize("entry", ADVICE.entries, ids=lambda e: e.id)
def test_each_tells_how_to_send_and_to_log_in(entry: ProviderAdvice) -> None:
    topics = {fact.topic for fact in entry.facts}
    assert {"submission", "login", "page"} <= topics


def test_words_lead_to_one_provider() -> None:
    words = [w for e in ADVICE.entries for w in {e.id, e.name.casefold(), *e.aliases}]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("word", "id"),
    [
        ("google", "google"),
        ("GMail", "google"),
        (" m365 ", "microsoft-365"),
        ("Microsoft 365", "microsoft-365"),
        ("hotmail.com", "outlook-com"),
        ("web.de", "web-de"),
        ("nobody", None),
        ("", None),
    ],
)
def test_who_is_meant(word: str, id: str | None) -> None:
    found = ADVICE.of(word)
    assert (found and found.id) == id


def test_less_secure_apps_are_nobodys_advice() -> None:
    assert [fact.text for _, fact in FACTS if "ess secure" in fact.text and "gone" not in fact.text] == []


def test_the_end_of_basic_authentication_is_dated() -> None:
    dates = {fact.since for who, fact in FACTS if who in {"microsoft-365", "outlook-com"} and fact.topic == "login"}
    assert {"2026-12-31", "2024-09-16", "2023-01"} <= dates
