"""What the lab's name servers say when they are asked directly."""

from __future__ import annotations

from datetime import UTC, datetime

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from audit.lab.authority import Authority, Manners, NameServer
from audit.lab.signing import SignedZones
from audit.lab.zone import parse

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TEXT = """
. SOA a.root.example h.example 1 1 1 1 1
. NS a.root.example
. SIGNED
example SOA a.nic.example h.example 1 1 1 1 1
example NS a.nic.example
example SIGNED
a.nic.example A 203.0.113.54
ns1.lab.example A 203.0.113.53
ns1.lab.example AAAA 2001:db8:25::35
lab.example SOA ns1.lab.example h.example 1 1 1 1 1
lab.example NS ns1.lab.example
good.example SOA ns1.lab.example h.example 7 1 1 1 1
good.example NS ns1.lab.example
good.example NS ns.elsewhere.test
good.example SIGNED
good.example MX 10 mx.good.example
mx.good.example A 203.0.113.1
near.good.example CNAME mx.good.example
far.good.example CNAME www.other.example
moved.example SOA ns1.lab.example h.example 1 1 1 1 1
moved.example NS ns1.lab.example
moved.example DELEGATED ns9.lab.example
broken.example SOA ns1.lab.example h.example 1 1 1 1 1
broken.example NS ns1.lab.example
broken.example SERVFAIL
mute.example SOA ns1.lab.example h.example 1 1 1 1 1
mute.example NS ns1.lab.example
mute.example SILENT
other.example SOA x.other.example h.example 1 1 1 1 1
other.example NS x.other.example
"""
SIGNED = SignedZones(parse(TEXT.splitlines()), NOW)


def asked(
    name: str,
    rdtype: str,
    server: str = "ns1.lab.example",
    manners: Manners = Manners.SOUND,
    *records: str,
    edns: bool = True,
) -> dns.message.Message | None:
    at = NameServer(name=server, addresses=(), manners=manners, records=records)
    query = dns.message.make_query(name, rdtype, use_edns=0 if edns else False, want_dnssec=edns)
    query.flags &= ~dns.flags.RD
    reply = Authority.of(at, SIGNED).answer(query)
    return None if reply is None else dns.message.from_wire(reply.to_wire())


def told(name: str, rdtype: str, server: str = "ns1.lab.example", *records: str) -> dns.message.Message:
    reply = asked(name, rdtype, server, Manners.SOUND, *records)
    assert reply is not None
    return reply


@pytest.mark.parametrize(
    ("name", "rdtype", "server", "rcode", "authoritative"),
    [
        ("good.example", "MX", "ns1.lab.example", "NOERROR", True),
        ("good.example", "AAAA", "ns1.lab.example", "NOERROR", True),
        ("no.good.example", "A", "ns1.lab.example", "NXDOMAIN", True),
        ("near.good.example", "A", "ns1.lab.example", "NOERROR", True),
        ("example", "SOA", "ns1.lab.example", "REFUSED", False),
        ("other.example", "MX", "ns1.lab.example", "REFUSED", False),
        ("good.example", "MX", "ns9.lab.example", "REFUSED", False),
        ("example", "SOA", "a.nic.example", "NOERROR", True),
        ("no.example", "NS", "a.nic.example", "NXDOMAIN", True),
        ("good.example", "DS", "a.nic.example", "NOERROR", True),
        ("good.example", "DS", "ns1.lab.example", "NOERROR", True),
        ("good.example", "MX", "a.nic.example", "NOERROR", False),
        ("broken.example", "SOA", "ns1.lab.example", "SERVFAIL", False),
    ],
)
def test_a_server_answers_for_the_zones_that_name_it(
    name: str, rdtype: str, server: str, rcode: str, authoritative: bool
) -> None:
    reply = told(name, rdtype, server)
    assert dns.rcode.to_text(reply.rcode()) == rcode
    assert bool(reply.flags & dns.flags.AA) is authoritative
    assert not reply.flags & dns.flags.RA


@pytest.mark.parametrize(
    ("name", "server", "servers", "glue", "proof"),
    [
        ("mx.good.example", "a.nic.example", {"ns1.lab.example.", "ns.elsewhere.test."}, True, "DS"),
        ("mx.moved.example", "a.nic.example", {"ns9.lab.example."}, False, "NSEC"),
        ("good.example", "a.root.example", {"a.nic.example."}, True, "DS"),
    ],
)
def test_the_zone_above_refers(name: str, server: str, servers: set[str], glue: bool, proof: str) -> None:
    reply = told(name, "MX", server)
    assert not reply.answer
    assert {
        rdata.to_text() for rrset in reply.authority if rrset.rdtype == dns.rdatatype.NS for rdata in rrset
    } == servers
    assert bool(reply.additional) is glue
    assert proof in {dns.rdatatype.to_text(rrset.rdtype) for rrset in reply.authority}


def test_an_alias_ends_where_the_server_ends() -> None:
    reply = told("far.good.example", "A")
    assert [rrset.rdtype for rrset in reply.answer] == [dns.rdatatype.CNAME, dns.rdatatype.RRSIG]
    assert reply.rcode() == dns.rcode.NOERROR


def test_a_server_may_have_data_of_its_own() -> None:
    own = told("good.example", "MX", "ns1.lab.example", "good.example MX 10 old.good.example").answer[0]
    assert own[0].to_text() == "10 old.good.example."
    assert told("good.example", "MX").answer[0][0].to_text() == "10 mx.good.example."


@pytest.mark.parametrize(
    ("manners", "rcode", "authoritative", "answers"),
    [
        (Manners.SOUND, "NOERROR", True, True),
        (Manners.REFUSES, "REFUSED", False, False),
        (Manners.UNAUTHORITATIVE, "NOERROR", False, True),
        (Manners.WITHOUT_TCP, "NOERROR", True, True),
    ],
)
def test_manners(manners: Manners, rcode: str, authoritative: bool, answers: bool) -> None:
    reply = asked("good.example", "MX", "ns1.lab.example", manners)
    assert reply is not None
    assert dns.rcode.to_text(reply.rcode()) == rcode
    assert bool(reply.flags & dns.flags.AA) is authoritative
    assert bool(reply.answer) is answers


@pytest.mark.parametrize(("name", "manners"), [("good.example", Manners.SILENT), ("mute.example", Manners.SOUND)])
def test_silence(name: str, manners: Manners) -> None:
    assert asked(name, "MX", "ns1.lab.example", manners) is None
