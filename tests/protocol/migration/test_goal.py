"""What the new provider expects, with what the user gives: nothing is made up."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from audit.catalog.migration import load_migrations
from audit.model.migration import PlannedRecord
from audit.protocol.migration.goal import Goal, GoalFault, goal_of


def goal(word: str, *planned: PlannedRecord, **given: str) -> Goal:
    entry = load_migrations().of(word)
    assert entry is not None
    return goal_of(entry, "story.example", {key.replace("_", "-"): text for key, text in given.items()}, planned)


def shown(records: tuple[PlannedRecord, ...]) -> list[str]:
    return [f"{r.name} {r.type} {r.value}" for r in records]


def test_what_needs_no_console_is_there_at_once() -> None:
    found = goal("fastmail")
    assert found.hosts == ("in1-smtp.messagingengine.com", "in2-smtp.messagingengine.com")
    assert shown(found.keys)[0] == "fm1._domainkey.story.example CNAME fm1.story.example.dkim.fmhosted.com."
    assert found.terms == ("include:spf.messagingengine.com",)
    assert (found.missing, found.lacking) == ((), ())


def test_what_only_the_console_shows_is_missing_and_not_guessed() -> None:
    found = goal("m365", selector1="selector1-story._domainkey.x.n-v1.dkim.mail.microsoft")
    assert (found.mx, found.verification) == ((), ())
    assert [m.key for m in found.missing] == ["mx", "selector2", "verification"]
    assert found.lacks("dkim") == ("selector2",)
    assert shown(found.keys) == [
        "selector1._domainkey.story.example CNAME selector1-story._domainkey.x.n-v1.dkim.mail.microsoft."
    ]


def test_half_of_the_hosts_are_no_goal() -> None:
    found = goal("zoho")
    assert (found.mx, found.terms, found.lacks("mx"), found.lacks("spf")) == ((), (), ("region",), ("region",))
    assert goal("zoho", region="EU").hosts == ("mx.zoho.eu", "mx2.zoho.eu", "mx3.zoho.eu")


def test_servers_of_ones_own_are_given_whole() -> None:
    found = goal(
        "own",
        mx="10 MX1.new.example, 20 mx2.new.example.",
        spf="ip4:192.0.2.1",
        dkim="v=DKIM1; p=x",
        dkim_selector="s1",
    )
    assert shown(found.mx) == ["story.example MX 10 mx1.new.example.", "story.example MX 20 mx2.new.example."]
    assert shown(found.keys) == ['s1._domainkey.story.example TXT "v=DKIM1; p=x"']
    assert (found.terms, found.missing) == (("ip4:192.0.2.1",), ())


def test_a_long_key_is_cut_into_strings() -> None:
    (key,) = goal("google", dkim=f"v=DKIM1; p={'x' * 400}").keys
    assert key.value.count('"') == 4


def test_a_planned_zone_goes_before_the_catalogue() -> None:
    mx = PlannedRecord(name="story.example", ttl=60, type="MX", value="5 smtp.google.com.")
    key = PlannedRecord(name="google._domainkey.story.example", ttl=60, type="TXT", value='"v=DKIM1; p=x"')
    found = goal("google", mx, key)
    assert (found.mx, found.keys, [m.key for m in found.missing]) == ((mx,), (key,), ["verification"])


GIVEN: list[tuple[str, Mapping[str, str]]] = [
    ("m365", {"mx": "no host"}),
    ("m365", {"mx": "x"}),
    ("m365", {"nothing": "x"}),
    ("m365", {"verification": "a\nb"}),
    ("m365", {"verification": "ü"}),
    ("m365", {"verification": ""}),
    ("m365", {"verification": "x" * 5000}),
    ("zoho", {"region": "../eu"}),
    ("own", {"mx": "mx.new.example"}),
    ("own", {"mx": "70000 mx.new.example"}),
    ("own", {"mx": ",".join(f"1 m{n}.new.example" for n in range(30))}),
    ("own", {"spf": "include:"}),
    ("own", {"spf": "a b"}),
]


@pytest.mark.parametrize(("word", "given"), GIVEN, ids=lambda v: str(v)[:30])
def test_a_value_of_another_form_is_refused_in_a_sentence(word: str, given: Mapping[str, str]) -> None:
    with pytest.raises(GoalFault) as told:
        goal(word, **given)
    assert str(told.value).endswith(".")
    assert len(str(told.value)) < 400


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("v=spf1 ip4:192.0.2.1 include:a.example -all", ("ip4:192.0.2.1", "include:a.example")),
        ("v=spf1 include: -all", ()),
        ("another text", ()),
    ],
)
def test_a_planned_zone_tells_who_sends(text: str, terms: tuple[str, ...]) -> None:
    record = PlannedRecord(name="story.example", ttl=60, type="TXT", value=f'"{text}"')
    found = goal("own", record, mx="1 mx.new.example")
    assert (found.terms, found.lacks("spf")) == (terms, () if terms else ("spf",))
