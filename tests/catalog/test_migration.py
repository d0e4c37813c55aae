"""The goals of a move: every placeholder is explained, and what is known of a provider agrees elsewhere."""

from __future__ import annotations

import re

import pytest

from audit.catalog.advice import load_advice
from audit.catalog.migration import OWN, Migration, load_migrations, name_of, provider_of
from audit.catalog.providers import load_providers
from audit.syntax import spf

GOALS = load_migrations()
GIVEN = {"domain", "dashes"}
PROVIDERS = load_providers()


def placeholders(goal: Migration) -> set[str]:
    texts = [*goal.spf, *(text for r in goal.records for text in (r.name, r.value))]
    return {word for text in texts for word in re.findall(r"\{([^}]*)\}", text)} - GIVEN


@pytest.mark.parametrize("goal", GOALS.entries, ids=lambda g: g.id)
def test_each_placeholder_is_explained_and_each_explanation_is_needed(goal: Migration) -> None:
    assert placeholders(goal) == {value.key for value in goal.values}


@pytest.mark.parametrize("goal", [g for g in GOALS.entries if g.id != OWN], ids=lambda g: g.id)
def test_its_names_are_told_as_the_providers_own(goal: Migration) -> None:
    provider = provider_of(goal)
    assert provider is not None
    hosts = [
        r.value.split()[1].replace("{region}", "eu") for r in goal.records if r.role == "mx" and "{mx}" not in r.value
    ]
    assert {PROVIDERS.of_mx(host.rstrip(".")) for host in hosts} <= {provider}
    includes = [term.removeprefix("include:").replace("{region}", "eu") for term in goal.spf]
    assert {PROVIDERS.of_include(name) for name in includes} == {provider}
    assert any(r.role == "dkim" for r in goal.records)


@pytest.mark.parametrize("goal", GOALS.entries, ids=lambda g: g.id)
def test_targets_of_records_end_with_a_dot(goal: Migration) -> None:
    targets = [r.value.split()[-1] for r in goal.records if r.type != "TXT"]
    assert [t for t in targets if not t.endswith((".", "}"))] == []


@pytest.mark.parametrize("goal", [g for g in GOALS.entries if g.id != OWN], ids=lambda g: g.id)
def test_the_spf_terms_can_be_read(goal: Migration) -> None:
    record = spf.parse(f"v=spf1 {' '.join(goal.spf).replace('{region}', 'eu')}")
    assert (record.problems, len(record.terms)) == ((), len(goal.spf))


@pytest.mark.parametrize(
    ("word", "id"), [("m365", "microsoft-365"), (" Google ", "google"), ("other", "own"), ("nobody", None), ("", None)]
)
def test_who_is_meant(word: str, id: str | None) -> None:
    found = GOALS.of(word)
    assert (found and found.id) == id


def test_words_lead_to_one_goal() -> None:
    words = [word for goal in GOALS.entries for word in (goal.id, *goal.aliases)]
    assert len(words) == len(set(words))


def test_a_goal_has_a_name() -> None:
    assert [name_of(goal) for goal in GOALS.entries if goal.id in ("google", OWN)] == [
        "Google Workspace and Gmail",
        "servers of your own, or of a provider that is not listed",
    ]


def test_words_for_providers_are_those_of_the_advice() -> None:
    advice = load_advice()
    for goal in GOALS.entries:
        for word in goal.aliases:
            found = advice.of(word)
            assert found is None or found.id in {goal.id, "outlook-com"}
