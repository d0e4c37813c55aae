"""The vantage in words: what could not be seen is never called good."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from audit.model.fact import Known, Unknown
from audit.model.report import Sight, State
from audit.protocol.vantage import Vantage
from audit.report.reasons import REASONS
from audit.rules.summary.sights import sights
from tests.rules.world import SETTINGS

YES, NO, UNSEEN = Known(True), Known(False), Unknown("dns.timeout")
FINE = Vantage(
    answering=YES,
    rewriting=NO,
    invented=(),
    validating=YES,
    port25=YES,
    ipv4=YES,
    ipv6=YES,
    clock=YES,
    port25_ipv6=YES,
)


def sight(name: str, vantage: Vantage, **settings: Any) -> Sight:
    return {s.id: s for s in sights(vantage, replace(SETTINGS, **settings))}[name]


def test_where_all_is_well_all_is_good() -> None:
    found = sights(FINE, SETTINGS)
    assert {s.state for s in found} == {State.GOOD}
    assert {s.reason for s in found} == {s.advice for s in found} == {None}
    assert [s.id for s in found] == [
        "resolver",
        "honest",
        "validating",
        "blocklists",
        "port25",
        "ipv4",
        "ipv6",
        "clock",
    ]


@pytest.mark.parametrize(
    ("name", "changes", "state", "reason"),
    [
        ("resolver", {"answering": UNSEEN}, State.BAD, "dns.timeout"),
        ("honest", {"rewriting": YES}, State.BAD, "vantage.rewriting"),
        ("honest", {"rewriting": UNSEEN}, State.UNKNOWN, "dns.timeout"),
        ("validating", {"validating": NO}, State.WARNING, "vantage.not_validating"),
        (
            "validating",
            {"validating": Unknown("vantage.resolver_not_local")},
            State.UNKNOWN,
            "vantage.resolver_not_local",
        ),
        ("port25", {"port25": NO}, State.BAD, "smtp.egress_blocked"),
        ("port25", {"port25": Unknown("vantage.port25_untested")}, State.UNKNOWN, "vantage.port25_untested"),
        ("ipv4", {"ipv4": NO}, State.WARNING, "vantage.no_ipv4"),
        ("ipv6", {"ipv6": NO}, State.WARNING, "vantage.no_ipv6"),
        ("ipv6", {"ipv6": UNSEEN}, State.UNKNOWN, "dns.timeout"),
        ("clock", {"clock": NO}, State.BAD, "vantage.clock"),
        ("clock", {"clock": Unknown("vantage.clock_untested")}, State.UNKNOWN, "vantage.clock_untested"),
    ],
)
def test_what_is_wrong_is_said_with_its_reason(name: str, changes: dict[str, Any], state: State, reason: str) -> None:
    found = sight(name, replace(FINE, **changes))
    assert (found.state, found.reason) == (state, reason)
    assert reason in REASONS
    assert found.advice or state is State.UNKNOWN


def test_a_closed_port_is_not_said_to_hide_the_servers_that_are_met_elsewhere() -> None:
    text = sight("port25", replace(FINE, port25=NO)).text
    assert "only where --connect-to names a stand-in." in text
    assert "no mail server" not in text


def test_what_was_switched_off_is_said_with_why() -> None:
    found = sight("port25", FINE, smtp=False, smtp_off_because="--no-smtp")
    assert (found.state, found.reason) == (State.NOT_APPLICABLE, "not_selected")
    assert "--no-smtp" in found.text


def test_a_public_resolver_is_one_that_blocklists_refuse() -> None:
    found = sight("blocklists", FINE, resolver_kind="public")
    assert (found.state, found.reason) == (State.WARNING, "dnsbl.public_resolver")


def test_of_nothing_seen_nothing_is_good() -> None:
    blind = Vantage(**{f.name: () if f.name == "invented" else UNSEEN for f in fields(Vantage)})  # type: ignore[arg-type]
    assert {s.id for s in sights(blind, SETTINGS) if s.state is State.GOOD} == {"blocklists"}
