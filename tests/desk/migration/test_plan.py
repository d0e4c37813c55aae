"""The plan of a move: its order, its times from what was observed, and its exact records."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from audit import contract
from audit.desk.migration.plan import plan
from audit.model.migration import Match, Plan, RecordSet, Step, StepKind
from audit.protocol.migration.ground import MoveWish
from tests.protocol.migration.test_ground import HERE, POLICY, STS, goal, ground
from tests.rules import fetches
from tests.rules.pki import NOW

DAY = 86_400
LONG = "autodiscover.story.example.    86400 CNAME autodiscover.outlook.com.\n"
DMARC = '_dmarc.story.example. TXT "v=DMARC1; p=reject"\n'


def made(
    text: str = HERE,
    *,
    policy: bytes | None = None,
    cutover: datetime | None = None,
    word: str = "fastmail",
    **wish: Any,
) -> Plan:
    given = wish.pop("given", {})
    wanted = goal(word, **given)
    seen = ground(text, fetches.got(policy) if policy else None, wanted, **wish)
    found = plan(seen, MoveWish(wanted, **wish), now=NOW, observed_at=NOW, digest="0" * 64, cutover=cutover)
    assert contract.problems("migration", contract.dump(found)) == []
    assert contract.load(contract.dump(found), Plan) == found
    return found


def step(found: Plan, id: str) -> Step:
    return next(s for s in found.steps if s.id == id)


def days(found: Plan, id: str) -> float | None:
    at = step(found, id).earliest
    return None if at is None else (at - NOW).total_seconds() / DAY


def after(found: Plan, id: str) -> dict[tuple[str, str], RecordSet | None]:
    return {(c.name, c.type): c.after for c in step(found, id).changes}


def test_the_order() -> None:
    ids = [s.id for s in made(HERE + STS + DMARC, policy=POLICY).steps]
    assert ids == [
        "keep-rest",
        "prepare",
        "dkim-new",
        "spf-both",
        "mta-sts-open",
        "lower-ttl",
        "switch-mx",
        "switch-clients",
        "keep-old",
        "raise-ttl",
        "mta-sts-close",
        "spf-new",
        "dkim-old",
        "remove-rest",
    ]


@pytest.mark.parametrize("text", [HERE, HERE + STS, HERE + DMARC, HERE + LONG], ids=["plain", "sts", "dmarc", "long"])
def test_each_step_comes_after_those_that_it_waits_for(text: str) -> None:
    found = made(text, policy=POLICY, name_servers=("ns1.new.example",))
    met: set[str] = set()
    for each in found.steps:
        assert set(each.waits_for) | {r.after for r in each.because if r.after} <= met
        met.add(each.id)


def test_each_step_has_a_way_back_and_a_reason() -> None:
    assert [s.id for s in made().steps if not (s.why and s.way_back and s.title)] == []


@pytest.mark.parametrize(
    ("id", "changes"),
    [
        (
            "dkim-new",
            {
                (f"fm{n}._domainkey.story.example", "CNAME"): (f"fm{n}.story.example.dkim.fmhosted.com.",)
                for n in (1, 2, 3)
            },
        ),
        (
            "spf-both",
            {
                ("story.example", "TXT"): (
                    '"v=spf1 include:_spf.google.com include:esp.example include:spf.messagingengine.com -all"',
                )
            },
        ),
        (
            "switch-mx",
            {("story.example", "MX"): ("10 in1-smtp.messagingengine.com.", "20 in2-smtp.messagingengine.com.")},
        ),
        ("spf-new", {("story.example", "TXT"): ('"v=spf1 include:esp.example include:spf.messagingengine.com -all"',)}),
        ("dkim-old", {("google._domainkey.story.example", "TXT"): None}),
    ],
)
def test_the_exact_records(id: str, changes: dict[tuple[str, str], tuple[str, ...] | None]) -> None:
    assert {key: s.values if s else None for key, s in after(made(), id).items()} == changes


def test_a_name_that_leads_programs_to_the_former_provider_goes() -> None:
    assert after(made(), "switch-clients")["autodiscover.story.example", "CNAME"] is None


def test_times_rest_on_what_was_observed() -> None:
    found = made(HERE.replace("7200 MX", "259200 MX"))
    assert days(found, "switch-mx") == 6  # twice the TTL of the MX
    reason = step(found, "switch-mx").because[0]
    assert (reason.seconds, reason.observed, reason.after) == (518400, "TTL 259200 of story.example MX", "lower-ttl")
    assert reason.evidence == "dns story.example MX @192.0.2.53 +norecurse"


@pytest.mark.parametrize(
    ("text", "policy", "switch"),
    [
        (HERE, None, 2),  # two days, to look
        (HERE + STS, POLICY, 7 + 3600 / DAY),  # max_age, and the TTL of its record
        (HERE + STS, POLICY.replace(b"enforce", b"testing"), 2),
        (HERE + STS, POLICY.replace(b"enforce", b"none"), 2),
        (HERE + STS, POLICY.replace(b"aspmx.l.google.com", b"*.messagingengine.com"), 2),
        (HERE.replace("900 TXT", "864000 TXT"), None, 10),
        (HERE.replace("1209600 600", "1209600 345600").replace("3600 SOA", "400000 SOA"), None, 4),
        (HERE + "story.example. ANY@192.0.2.53 timeout", None, None),
        (HERE + STS.replace("A     192.0.2.80", "A timeout"), None, None),
        (HERE + "story.example. SOA servfail", None, None),
    ],
    ids=["plain", "enforce", "testing", "none", "covered", "spf", "denial", "no ttl", "no policy", "no soa"],
)
def test_when_the_switch_is_safe(text: str, policy: bytes | None, switch: float | None) -> None:
    found = made(text, policy=policy)
    assert days(found, "switch-mx") == switch
    assert bool(found.not_known) == (switch is None)


def test_a_policy_opens_before_and_closes_after() -> None:
    found = made(HERE + STS, policy=POLICY)
    (opened,), (closed,) = step(found, "mta-sts-open").files, step(found, "mta-sts-close").files
    assert opened.before == POLICY.decode()
    assert opened.after == (
        "version: STSv1\r\nmode: testing\r\nmx: aspmx.l.google.com\r\nmx: in1-smtp.messagingengine.com\r\n"
        "mx: in2-smtp.messagingengine.com\r\nmax_age: 86400\r\n"
    )
    assert closed.before == opened.after
    assert closed.after == (
        "version: STSv1\r\nmode: enforce\r\nmx: in1-smtp.messagingengine.com\r\nmx: in2-smtp.messagingengine.com\r\n"
        "max_age: 604800\r\n"
    )
    ids = {s.values for at in ("mta-sts-open", "mta-sts-close") for s in after(found, at).values() if s}
    assert len(ids) == 2


def test_a_policy_that_somebody_else_keeps_is_theirs_to_change() -> None:
    text = HERE + STS.replace('TXT   "v=STSv1; id=1"', "CNAME _mta-sts.keeper.example.")
    found = made(text + '_mta-sts.keeper.example. TXT "v=STSv1; id=1"\n', policy=POLICY)
    opened = step(found, "mta-sts-open")
    assert opened.changes == ()
    assert "_mta-sts.keeper.example" in opened.by_hand[0]


def test_ttls_go_down_and_up_again() -> None:
    found = made(HERE + LONG)
    assert {k: s.ttl for k, s in after(found, "lower-ttl").items() if s} == {
        ("story.example", "MX"): 300,
        ("story.example", "TXT"): 300,
        ("autodiscover.story.example", "CNAME"): 300,
    }
    assert all(e.ttl == 300 and e.match is Match.AMONG for e in step(found, "lower-ttl").done_when)
    raised = {k: s.ttl for k, s in after(found, "raise-ttl").items() if s}
    assert (raised["story.example", "MX"], raised["story.example", "TXT"]) == (7200, 900)


@pytest.mark.parametrize(("asked", "in_time", "cutover"), [(None, True, 2), (30, True, 30), (1, False, 1)])
def test_the_time_that_is_asked_for(asked: int | None, in_time: bool, cutover: int) -> None:
    found = made(cutover=None if asked is None else NOW + timedelta(days=asked))
    assert (found.in_time, found.cutover) == (in_time, NOW + timedelta(days=cutover))
    assert days(found, "raise-ttl") == max(cutover, 2) + 7
    latest = step(found, "lower-ttl").latest
    assert latest == NOW + timedelta(days=max(cutover, 2) - 2)


def test_what_only_the_console_knows_is_missing() -> None:
    found = made(word="m365")
    assert [m.key for m in found.missing] == ["mx", "selector1", "selector2", "verification"]
    assert step(found, "switch-mx").missing == ("mx",)
    assert step(found, "switch-mx").changes == step(found, "dkim-new").changes == ()


def test_a_selector_of_both_is_replaced_after_the_switch() -> None:
    found = made(
        word="own", given={"mx": "1 mx.new.example", "spf": "a", "dkim-selector": "google", "dkim": "v=DKIM1; p=y"}
    )
    assert step(found, "dkim-new").changes == ()
    assert after(found, "dkim-swap") == {
        ("google._domainkey.story.example", "TXT"): RecordSet(values=('"v=DKIM1; p=y"',), ttl=3600)
    }
    assert [s.id for s in found.steps].index("dkim-swap") > [s.id for s in found.steps].index("switch-mx")
    assert "dkim-old" not in [s.id for s in found.steps]


ABOVE = """
    example.            SOA   ns.example. h.example. 1 2 3 4 5
    example.            NS    ns.example.
    ns.example.         A     192.0.2.1
    story.example.      NS@192.0.2.1 referral ns1.story.example=192.0.2.53
"""
DS = "story.example. 172800 DS@192.0.2.1 12345 13 2 AB\n"


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        (ABOVE + DS, ["zone-copy", "ds-remove", "ns-switch", "ns-keep-old", "ds-publish"]),
        (ABOVE, ["zone-copy", "ns-switch", "ns-keep-old"]),
        ("", ["zone-copy", "ds-remove", "ns-switch", "ns-keep-old", "ds-publish"]),  # not known
    ],
)
def test_name_servers_move_first(text: str, steps: list[str]) -> None:
    found = made(HERE + text, name_servers=("ns1.new.example",))
    assert [s.id for s in found.steps][: len(steps)] == steps
    known = bool(text)
    assert (days(found, "switch-mx") is None) != known
    if "DS" in text.split():
        assert days(found, "ns-switch") == 2
        assert days(found, "prepare") == 4


@pytest.mark.parametrize(
    ("text", "kept"),
    [("", 2), ("story.example. 604800 NS ns1.story.example.\n", 7), ("story.example. NS@192.0.2.53 timeout", None)],
)
def test_former_name_servers_answer_until_all_ns_records_are_over(text: str, kept: int | None) -> None:
    found = made(HERE + ABOVE + text, name_servers=("ns1.new.example",))
    assert days(found, "ns-keep-old") == kept


def test_everything_lost_is_said_and_nothing_is_dated_by_it() -> None:
    found = made("story.example. ANY servfail\n")
    assert found.moves_from == ()
    assert days(found, "switch-mx") is None
    assert {"dns.servfail"} <= {g.why for g in found.not_known}
    assert not any(s.changes for s in found.steps if s.kind is StepKind.REMOVE)


def test_a_text_that_is_only_cut_otherwise_is_the_same_key() -> None:
    key = f"v=DKIM1; p={'x' * 300}"
    there = f'google._domainkey.story.example. TXT "{key[:100]}" "{key[100:200]}" "{key[200:]}"\n'
    given = {"mx": "1 mx.new.example", "spf": "a", "dkim-selector": "google", "dkim": key}
    text = HERE.replace('google._domainkey.story.example. TXT "v=DKIM1; p=x"', there)
    found = made(text, word="own", given=given)
    assert step(found, "dkim-new").changes == ()
    assert "dkim-swap" not in [s.id for s in found.steps]


def crowded(included: str) -> Plan:
    terms = " ".join(f"include:n{n}.example" for n in range(8))
    more = "".join(f'n{n}.example. TXT "v=spf1 {included.format(n)} -all"\n' for n in range(8))
    return made(HERE.replace("include:esp.example", f"include:esp.example {terms}") + more)


def test_over_ten_lookups_addresses_stand_for_terms_and_that_is_said() -> None:
    both = step(crowded("ip4:203.0.113.{}"), "spf-both")
    assert "more than 10 DNS lookups" in both.by_hand[0]
    (after_,) = (c.after for c in both.changes)
    assert after_ is not None
    assert after_.values[0].count("include:") == 10
    assert "include:spf.messagingengine.com" in after_.values[0]


def test_where_no_way_leads_back_to_ten_no_record_is_given() -> None:
    found = crowded("exists:%{{i}}.n{}.example")
    both = step(found, "spf-both")
    assert both.changes == ()
    assert [g.why for g in found.not_known if g.what.startswith("The SPF record with both")] != []


def test_a_move_within_a_provider_is_not_told_as_one_from_nobody() -> None:
    found = made(HERE.replace("aspmx.l.google.com", "in1-smtp.messagingengine.com"))
    assert (found.moves_from, found.not_known) == ((), ())


def test_a_domain_whose_host_nobody_knows() -> None:
    found = made(
        HERE.replace("aspmx.l.google.com", "mail.story.example") + "_25._tcp.mail.story.example. TLSA 3 1 1 ab\n"
    )
    assert [g.why for g in found.not_known] == ["not_listed"]
    assert after(found, "remove-rest") == {("_25._tcp.mail.story.example", "TLSA"): None}
    assert "mail.story.example" in step(found, "remove-rest").by_hand[0]
    assert "DANE" in step(found, "switch-mx").by_hand[2]


@pytest.mark.parametrize(("policy", "told"), [("reject", True), ("quarantine", True), ("none", False)])
def test_a_strict_policy_is_worth_a_word(policy: str, told: bool) -> None:
    found = made(HERE + DMARC.replace("reject", policy))
    assert any(f"p={policy} mail" in text for text in step(found, "keep-rest").by_hand) is told


def test_hosts_that_are_missing_make_the_switch_no_earlier() -> None:
    found = made(HERE + STS, policy=POLICY, word="m365")
    assert days(found, "switch-mx") == 7 + 3600 / DAY
    for at in ("mta-sts-open", "mta-sts-close"):
        assert (step(found, at).missing, step(found, at).files, step(found, at).changes) == (("mx",), (), ())


def test_a_policy_host_that_is_an_alias_is_worth_a_word() -> None:
    text = HERE + STS.replace("A     192.0.2.80", "CNAME web.old.example.") + "web.old.example. A 192.0.2.80\n"
    assert "web.old.example" in step(made(text, policy=POLICY), "mta-sts-open").by_hand[1]
