"""The NS records to paste: one set with all in it mended, whatever finding gives it, or none."""

from __future__ import annotations

from itertools import combinations

import pytest

from audit.rules.zone.mending import TOO_FEW
from tests.rules.world import Case, check, replayed
from tests.rules.zone.test_delegation import ALIAS, COM, MORE, UNGLUED
from tests.rules.zone.zones import MAIL, PARENT, SOA, SOUND, TWO, mark

GOOD, THIRD = ("ns1.story.example", "ns2.story.example"), "ns3.story.example"
AT = "story.example. NS@198.51.100.1 referral "
WHERE = {GOOD[0]: "192.0.2.53", GOOD[1]: "198.51.100.53", THIRD: "198.51.100.153"}

FAULTS = {
    "NS-CNAME": ("alias.story.example", f"alias.story.example. CNAME {THIRD}.\n"),
    "NS-TAKEOVER": ("ns.gone.com", COM),
    "NS-UNRESOLVABLE": ("ns9.story.example", "ns9.story.example. TXT x\n"),
    "NS-ADDRESS": ("ns8.story.example", "ns8.story.example. A 10.0.0.1\n"),
    "NS-LAME": ("ns7.story.example", f"ns7.story.example. A 192.0.2.77\n{mark('192.0.2.77', 'refused')}"),
    "an address": ("10.0.0.1", ""),
    "the root": (".", ""),
}
PUBLISHING = ("NS-CNAME", "NS-TAKEOVER", "NS-UNRESOLVABLE", "NS-ADDRESS", "NS-PARENT-CHILD")


def zone(delegated: tuple[str, ...], published: tuple[str, ...], more: str = "") -> str:
    """A zone with these name servers, of which those in WHERE are well."""
    text = PARENT + SOA + MAIL + AT + " ".join(delegated) + "\n"
    text += "".join(f"{host}. A {address}\n" for host, address in WHERE.items())
    return text + "".join(f"story.example. NS {host.removesuffix('.')}.\n" for host in published) + more


def published(text: str) -> set[tuple[str, ...]]:
    """The sets that the findings give, by host."""
    lines = {f.publish for f in replayed(Case("", "", text)).findings if f.rule in PUBLISHING and f.publish}
    return {tuple(line.removeprefix("story.example. 3600 IN NS ").removesuffix(".") for line in set_) for set_ in lines}


@pytest.mark.parametrize("two", tuple(combinations(FAULTS, 2)), ids=" + ".join)
def test_whatever_finding_gives_it_the_set_is_one_and_whole(two: tuple[str, str]) -> None:
    wrong = tuple(FAULTS[fault][0] for fault in two)
    hosts = (*GOOD, *wrong)
    (only,) = published(zone(hosts, hosts, "".join(FAULTS[fault][1] for fault in two)))
    assert set(only) == {*GOOD, *((THIRD,) if "NS-CNAME" in two else ())}


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        (MORE, {GOOD}),  # the delegation is well, and stays as it is
        (MORE + mark(TWO, "refused"), {("ns1.story.example", THIRD)}),  # what the parent says is wrong
        (ALIAS, {("host.story.example", "ns2.story.example")}),
        (zone(GOOD, (*GOOD, "ns.gone.com"), COM), {GOOD}),  # where the zone alone is wrong
        (zone((*GOOD, "ns.gone.com"), GOOD, COM), {GOOD}),  # or its delegation
        (zone((GOOD[0], "ns.gone.com"), (GOOD[0], THIRD), COM), {(GOOD[0], THIRD)}),
        (zone((*GOOD, "ns.gone.com"), GOOD, COM + mark(TWO, "malformed")), set()),  # one more has to be known to serve
        (zone((*GOOD, "ns.gone.com", THIRD), GOOD, COM + mark(TWO, "malformed")), {(*GOOD, THIRD)}),  # and it stays
        (zone((*GOOD, "ns.gone.com"), GOOD, COM + mark(TWO, "refused")), set()),
        (UNGLUED, set()),
    ],
)
def test_what_is_to_be_published(text: str, sets: set[tuple[str, ...]]) -> None:
    assert published(text) == sets


@pytest.mark.parametrize(
    ("rule", "text", "subject", "left"),
    [
        ("NS-TAKEOVER", zone((GOOD[0], "ns.gone.com"), GOOD[:1], COM), "ns.gone.com", TOO_FEW),
        ("NS-UNRESOLVABLE", UNGLUED, "ns2.story.example", TOO_FEW),
        ("NS-ADDRESS", zone((GOOD[0], "ns8.story.example"), GOOD[:1], FAULTS["NS-ADDRESS"][1]), None, TOO_FEW),
        ("NS-CNAME", ALIAS + mark(TWO, "refused"), "ns1.story.example", TOO_FEW),
        ("NS-CNAME", ALIAS, "ns1.story.example", ""),
        ("NS-TAKEOVER", zone((*GOOD, "ns.gone.com"), GOOD, COM + mark(TWO, "malformed")), "ns.gone.com", ""),
    ],
)
def test_that_too_few_would_be_left_is_said(rule: str, text: str, subject: str | None, left: str) -> None:
    found = check(Case(rule, "fail", text, subject=subject or "ns8.story.example"))
    assert found is not None
    assert found.arguments["left"] == left
    assert bool(found.publish) == (text == ALIAS)
    assert (found.message or "").endswith(left)


def test_hundreds_of_name_servers_are_not_to_be_pasted() -> None:
    assert published(SOUND + "".join(f"story.example. NS n{i}.other.example.\n" for i in range(300))) == {GOOD}
