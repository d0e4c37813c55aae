"""What is drawn of a domain: its servers, its SPF record term by term, and certificates, each bounded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from audit.catalog.operators import named_operator
from audit.model.probe import SmtpSession
from audit.model.report import DomainReport, Turn
from audit.rules.summary import pictures
from audit.syntax import x509
from tests.rules import pki, sessions
from tests.rules.summary.test_domain_report import ZONE, reported

INCLUDES = ZONE.replace('"v=spf1 mx -all"', '"v=spf1 mx include:one.story.example -all include:two.story.example"') + (
    """
    one.story.example. TXT "v=spf1 ip4:192.0.2.0/24 include:gone.story.example ?all"
    gone.story.example. TXT nxdomain
"""
)
UNREAD = ZONE.replace('"v=spf1 mx -all"', '"v=spf1 include:slow.story.example -all"') + (
    "    slow.story.example. TXT timeout\n"
)


def lines(report: DomainReport) -> list[tuple[int, str, int, int, str | None, str | None]]:
    assert report.spf is not None
    return [(x.depth, x.text, x.lookups, x.total, x.remark, x.reason) for x in report.spf.lines]


def test_an_spf_record_is_drawn_in_the_order_of_a_receiver() -> None:
    report = reported(INCLUDES)
    assert lines(report) == [
        (0, "mx", 1, 1, None, None),
        (0, "include:one.story.example", 2, 3, None, None),
        (1, "ip4:192.0.2.0/24", 0, 2, None, None),
        (1, "include:gone.story.example", 1, 3, "no such name", None),
        (1, "?all", 0, 3, None, None),
        (0, "-all", 0, 3, None, None),
        (0, "include:two.story.example", 0, 3, "it stands behind all", None),
    ]
    assert report.spf is not None
    assert (report.spf.lookups, report.spf.exact, report.spf.cut) == (3, True, False)


def test_a_record_that_was_not_read_makes_a_lower_bound_of_the_cost() -> None:
    report = reported(UNREAD)
    assert lines(report) == [
        (0, "include:slow.story.example", 1, 1, None, "dns.timeout"),
        (0, "-all", 0, 1, None, None),
    ]
    assert report.spf is not None
    assert (report.spf.lookups, report.spf.exact) == (1, False)


@pytest.mark.parametrize(
    ("met", "turn", "reason"),
    [
        (sessions.healthy(pki.good("mx.story.example")), Turn.ENCRYPTED, None),
        (sessions.no_starttls(), Turn.CLEAR, None),
        (sessions.not_gathered(), Turn.UNKNOWN, "not_gathered"),
        (sessions.refused(), Turn.CLOSED, None),
    ],
    ids=["encrypted", "clear", "not gathered", "refused"],
)
def test_each_server_is_told_with_what_a_plain_sender_meets(met: SmtpSession, turn: Turn, reason: str | None) -> None:
    (server,) = reported(ZONE, met).servers
    assert (server.preference, server.host, server.address) == (10, "mx.story.example", "192.0.2.1")
    assert (server.turn, server.reason) == (turn, reason)


def test_a_certificate_is_told_once_with_those_that_showed_it() -> None:
    leaf, issuer = reported(ZONE, sessions.healthy(pki.good("mx.story.example"))).certificates
    assert (leaf.names, leaf.issuing, issuer.issuing) == (("mx.story.example",), False, True)
    assert leaf.servers == issuer.servers == ("mx.story.example 192.0.2.1",)
    assert leaf.not_before is not None
    assert leaf.not_after is not None
    assert leaf.not_before < leaf.not_after
    assert leaf.sha256 == x509.parse(pki.good("mx.story.example")[0]).sha256


def test_a_year_that_the_contract_cannot_write_is_left_out() -> None:
    read = x509.parse(pki.good("mx.story.example")[0])
    hostile = replace(read, not_before=datetime(1, 1, 1, tzinfo=UTC))
    told = pictures._certificate(hostile, "mx.story.example 192.0.2.1", issuing=False)
    assert (told.not_before, told.not_after) == (None, read.not_after)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("story-example.mail.protection.outlook.com", "Microsoft 365"),
        ("mx1.mailhost.example.", "mailhost.example"),
        ("localhost", "localhost"),
    ],
)
def test_an_operator_is_named_by_the_catalogue_else_by_its_domain(host: str, name: str) -> None:
    assert named_operator(host) == name


def test_who_runs_the_servers_is_said_of_the_domain() -> None:
    assert reported().operators == ("story.example",)
