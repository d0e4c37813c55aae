"""What the lab's resolver answers, from a zone small enough to read; nothing of it is signed."""

from __future__ import annotations

from datetime import UTC, datetime

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import pytest

from audit.lab.recursion import answer
from audit.lab.signing import SignedZones
from audit.lab.zone import parse

ZONE = """
. SOA ns.lab.example h.lab.example 1 1 1 1 1
a.example SOA ns.lab.example h.lab.example 1 1 1 1 1
a.example MX 10 mx.a.example
mx.a.example A 203.0.113.1
www.a.example CNAME mx.a.example
long.a.example 7200 TXT "kept for two hours"
lost.a.example CNAME gone.a.example
off.a.example CNAME www.broken.example
turn.a.example CNAME turned.a.example
turned.a.example CNAME turn.a.example
deep.empty.a.example TXT "x"
*.wild.a.example A 127.0.0.2
known.wild.a.example TXT "x"
broken.example SERVFAIL
mute.example SILENT
"""
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ZONES = SignedZones(parse(ZONE.splitlines()), NOW)


@pytest.mark.parametrize(
    ("name", "rdtype", "rcode", "data", "denied_by"),
    [
        ("a.example", "MX", "NOERROR", ["10 mx.a.example."], None),
        ("A.EXAMPLE", "MX", "NOERROR", ["10 mx.a.example."], None),
        ("mx.a.example", "AAAA", "NOERROR", [], "a.example."),
        ("nope.a.example", "A", "NXDOMAIN", [], "a.example."),
        ("empty.a.example", "TXT", "NOERROR", [], "a.example."),
        ("nope.empty.a.example", "TXT", "NXDOMAIN", [], "a.example."),
        ("nope.com", "A", "NXDOMAIN", [], "."),
        ("example", "A", "NOERROR", [], "."),
        ("www.a.example", "A", "NOERROR", ["mx.a.example.", "203.0.113.1"], None),
        ("www.a.example", "CNAME", "NOERROR", ["mx.a.example."], None),
        ("www.a.example", "TXT", "NOERROR", ["mx.a.example."], "a.example."),
        ("lost.a.example", "A", "NXDOMAIN", ["gone.a.example."], "a.example."),
        ("off.a.example", "A", "SERVFAIL", [], None),
        ("turn.a.example", "A", "SERVFAIL", [], None),
        ("any.wild.a.example", "A", "NOERROR", ["127.0.0.2"], None),
        ("one.any.wild.a.example", "A", "NOERROR", ["127.0.0.2"], None),
        ("any.wild.a.example", "TXT", "NOERROR", [], "a.example."),
        ("known.wild.a.example", "A", "NOERROR", [], "a.example."),
        ("below.known.wild.a.example", "A", "NXDOMAIN", [], "a.example."),
        ("x.broken.example", "MX", "SERVFAIL", [], None),
    ],
)
def test_answers(name: str, rdtype: str, rcode: str, data: list[str], denied_by: str | None) -> None:
    reply = answer(ZONES, dns.message.make_query(name, rdtype))
    assert reply is not None
    assert dns.rcode.to_text(reply.rcode()) == rcode
    assert [rdata.to_text() for rrset in reply.answer for rdata in rrset] == data
    assert [rrset.name.to_text() for rrset in reply.authority] == ([denied_by] if denied_by else [])
    assert reply.flags & dns.flags.RA
    assert not reply.flags & dns.flags.AA
    assert not reply.flags & dns.flags.AD


def test_a_wildcard_answers_in_the_name_that_was_asked() -> None:
    reply = answer(ZONES, dns.message.make_query("any.wild.a.example", "A"))
    assert reply is not None
    assert reply.answer[0].name.to_text() == "any.wild.a.example."


@pytest.mark.parametrize(("name", "ttl"), [("long.a.example", 7200), ("mx.a.example", 300)])
def test_a_line_may_say_how_long_its_record_is_kept(name: str, ttl: int) -> None:
    reply = answer(ZONES, dns.message.make_query(name, "TXT" if name.startswith("long") else "A"))
    assert reply is not None
    assert reply.answer[0].ttl == ttl


def test_a_silent_zone_says_nothing() -> None:
    assert answer(ZONES, dns.message.make_query("www.mute.example", "A")) is None


def test_only_queries_are_answered() -> None:
    query = dns.message.make_query("a.example", "MX")
    query.set_opcode(dns.opcode.NOTIFY)
    reply = answer(ZONES, query)
    assert reply is not None
    assert reply.rcode() == dns.rcode.NOTIMP


@pytest.mark.parametrize(
    ("text", "lengths"), [("k" * 600, [255, 255, 90]), (f"{'k' * 200} {'w' * 100}", [201, 100]), ("", [0])]
)
def test_long_text_is_cut_into_strings(text: str, lengths: list[int]) -> None:
    zones = SignedZones(parse([f'a.example TXT "{text}"']), NOW)
    reply = answer(zones, dns.message.make_query("a.example", "TXT"))
    assert reply is not None
    assert [len(s) for s in reply.answer[0][0].strings] == lengths
    assert b"".join(reply.answer[0][0].strings) == text.encode()


@pytest.mark.parametrize(
    "line",
    ["a.example A", "a.example", "a.example BOGUS x", "a.example DELEGATED", "a.example SIGNED badly", "a.example 300"],
)
def test_nonsense_in_zone_text_is_an_error(line: str) -> None:
    with pytest.raises(Exception, match=r"no data|not enough values|unknown|not a valid Signing"):
        parse([line])
