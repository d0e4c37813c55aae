"""One server's TLS, judged apart from any run: the rules say of it what they say in an audit."""

from __future__ import annotations

import pytest

from audit.model.evidence import TlsDepth
from audit.model.fact import Known
from audit.model.hello import Offer
from audit.model.probe import Outcome, StageName
from audit.model.report import Finding, Result
from audit.model.subject import Server
from audit.protocol.drive import replay
from audit.protocol.survey import FULL_FACTS, STANDARD_FACTS
from audit.protocol.tls_offers import Way, offering
from audit.rules.registry import RULES
from audit.rules.server_tls import RULES as ASKED
from audit.rules.server_tls import ServerTls, server_tls
from tests.rules import pki, sessions, test_tls_offers
from tests.rules.hellos import before, ends
from tests.rules.pki import NOW
from tests.rules.test_tls_offers import HOST, case, met
from tests.rules.world import Case, World, replayed, store

HERE = Server(HOST, "192.0.2.1")
OF_SESSION = {"TLS-VER-NO12", "TLS-VER-NO13"}
IN_CLEAR = "TLS-REQUIRED-25"
BY_DEPTH = {r.id for r in RULES if {t for _, t in r.judge.takes} & (STANDARD_FACTS | FULL_FACTS)}


def looked(case: Case, *, clear: bool = True) -> ServerTls:
    """What offers to the server of a case come to."""
    session = case.sessions.get(HERE.address) or sessions.healthy(pki.good(HOST))
    assert session.tls is not None
    depth = case.settings["tls_depth"]
    way = Way(host=HERE.host, address=HERE.address, port=25, rset=clear)
    found, _ = replay(offering(way, depth, session.tls), World(case))
    assert isinstance(found, Known), found
    faults: list[BaseException] = []
    judged = server_tls(HERE, found.value, depth, at=NOW, store=store(), clear=clear, fault=faults.append)
    assert not faults
    return judged


def told(findings: tuple[Finding, ...], rules: set[str]) -> list[tuple[object, ...]]:
    """All that does not hang on a domain. Why a severity is not known does."""
    return [
        (f.rule, f.result, f.severity, f.message, f.arguments, f.reason if f.result is Result.UNKNOWN else None)
        for f in findings
        if f.rule in rules
    ]


def test_each_rule_on_offers_is_asked() -> None:
    assert {r.id for r in ASKED} == BY_DEPTH | OF_SESSION


ALONE = [
    c
    for c in test_tls_offers.CASES
    if not c.fetches and all(s.tls is not None for s in c.sessions.values())  # what binds senders is a domain's
]


@pytest.mark.parametrize("case", ALONE, ids=lambda c: c.id)
def test_it_says_what_an_audit_says(case: Case) -> None:
    rules = BY_DEPTH | OF_SESSION
    expected = told(replayed(case).findings, rules)
    assert told(looked(case).findings, rules) == expected
    assert expected


@pytest.mark.parametrize(
    ("depth", "rules"),
    [
        (TlsDepth.STANDARD, {"TLS-VER-10-11", "TLS-CIPHER-BAD", *OF_SESSION}),
        (TlsDepth.FULL, {*BY_DEPTH, *OF_SESSION}),
    ],
)
def test_a_depth_reaches_as_far_as_in_an_audit(depth: TlsDepth, rules: set[str]) -> None:
    assert {f.rule for f in looked(case("", "", settings={"tls_depth": depth})).findings} == rules


def test_where_no_command_was_said_in_clear_nothing_is_said_of_it() -> None:
    assert {f.rule for f in looked(case("", ""), clear=False).findings} == {*BY_DEPTH, *OF_SESSION} - {IN_CLEAR}


@pytest.mark.parametrize(
    ("planned", "connections"),
    [
        (case("", "", sessions=met(group="x25519")), 8),
        (case("", "", {Offer.DHE: ends(Outcome.TIMEOUT)}), 9),  # tried twice
        (case("", "", {Offer.TLS11: before(StageName.BANNER, Outcome.DEFERRED, 421)}), 1),
    ],
)
def test_how_many_connections_it_took(planned: Case, connections: int) -> None:
    assert looked(planned).connections == connections
