"""What the walk reads of a packet is what dnspython reads of it, whatever the packet holds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import fields
from functools import cache

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.model.probe import Question
from audit.network.dns import message, presentation, reading, wire
from tests.network import dnsfault
from tests.network.dns import oracle

NAMES = (
    "example.org.",
    "www.Example.ORG.",
    "a.b.example.org.",
    "org.",
    ".",
    "mx1.example.net.",
    r"odd\.la\032bel.example.org.",
    r"\000\255\@\$.example.org.",
    "xn--bcher-kva.example.",
    "_dmarc.example.org.",
    ".".join(["a" * 60] * 4) + ".",
)
RDATA = {
    "A": ("192.0.2.1", "198.51.100.255", "0.0.0.0"),
    "AAAA": ("2001:db8::1", "::", "::ffff:192.0.2.1", "::192.0.2.1", "2001:db8:0:0:1::"),
    "MX": tuple(f"{n} {name}" for n, name in enumerate(NAMES)),
    "NS": NAMES,
    "CNAME": NAMES,
    "PTR": NAMES,
    "SOA": tuple(
        f"{NAMES[n]} {NAMES[-2 - n]} {serial} 3600 600 {expire} 300"
        for n, serial, expire in ((0, 1, 9), (3, 2**32 - 1, 2**31 - 1), (7, 0, 2**31), (5, 7, 2**32 - 1))
    ),
    "TXT": ('"v=spf1 -all"', '"a" "b"', '""', r'"\"\\\000\200"', '"' + "x" * 255 + '"', '" ~\x7f"'),
    "TLSA": ("3 1 1 " + "ab" * 32, "3 1 1 abcd"),
    "CAA": ('0 issue "ca.example"',),
    "RRSIG": (
        "MX 13 2 60 20261205000000 20261121000000 1 Example.org. c2ln",
        "A 13 2 60 20261205000000 20261121000000 1 org. c2ln",
    ),
    "NSEC": ("B.example.org. A RRSIG",),
    "HINFO": ('"a" "b"',),
    "DS": ("1 13 2 " + "cd" * 32,),
}
ASKED_TYPES = ("A", "AAAA", "MX", "NS", "CNAME", "PTR", "SOA", "TXT", "TLSA", "CAA", "DS", "ANY")
USUAL = ("A", "AAAA", "MX", "NS", "CNAME", "PTR", "SOA", "TXT")


@cache
def made(klass: str, kind: str) -> tuple[dns.rdata.Rdata, ...]:
    return tuple(dns.rdata.from_text(klass, kind, text) for text in RDATA[kind])


@cache
def owned(name: str) -> dns.name.Name:
    return dns.name.from_text(name)


def both(packet: bytes, asked: wire.Asking, *, proof: bool = False) -> tuple[dict[str, object], dict[str, object]]:
    kind = dns.rdatatype.RdataType.make(asked.kind)
    ours = reading.read(packet, asked, proof=proof)
    theirs = oracle.read(packet, oracle.Asking(asked.name, kind), proof=proof)
    return tuple({f.name: getattr(r, f.name) for f in fields(r)} for r in (ours, theirs))  # type: ignore[return-value]


def generated(chance: random.Random, *, usual: bool) -> tuple[bytes, wire.Asking]:
    """A reply with records of any kind, anywhere."""
    name = chance.choice(NAMES)
    asked = wire.asking(name, chance.choice(USUAL if usual else ASKED_TYPES))
    query = dns.message.make_query(
        name, dns.rdatatype.RdataType.make(asked.kind), use_edns=0 if chance.random() < 0.7 else False
    )
    reply = dns.message.make_response(query)
    reply.flags |= chance.choice((0, dns.flags.RA, dns.flags.AA, dns.flags.RA | dns.flags.AD))
    reply.set_rcode(dns.rcode.Rcode(chance.choice((0, 0, 0, 0, 3, 3, 2, 5) if usual else (0, 0, 3, 2, 9, 16, 23))))
    if not usual and reply.edns >= 0 and chance.random() < 0.3:
        reply.use_edns(
            0,
            options=[
                dns.edns.EDEOption(dns.edns.EDECode(chance.choice((0, 7, 22))), chance.choice(("", "why \u202e")))
            ],
        )
    owners = (name, name, name.upper(), *NAMES[:6])
    for section, most in ((reply.answer, 5), (reply.authority, 3), (reply.additional, 3)):
        for _ in range(chance.randint(0, most)):
            kinds = (dns.rdatatype.to_text(dns.rdatatype.RdataType.make(asked.kind)), "CNAME", *USUAL)
            kind = chance.choice(kinds if usual else (*kinds, *RDATA))
            kind = kind if kind in RDATA else "A"
            klass = "CH" if not usual and kind in {"MX", "TXT", "CNAME"} and chance.random() < 0.05 else "IN"
            known = made(klass, kind)
            some = chance.sample(known, 1 if kind == "RRSIG" else min(len(known), chance.randint(1, 3)))
            ttl = chance.choice((0, 60, 300, 2**31 - 1))
            section.append(dns.rrset.from_rdata_list(owned(chance.choice(owners)), ttl, some))
    return reply.to_wire(max_size=65535), asked


def damaged(chance: random.Random, packet: bytes) -> bytes:
    """A packet with a few octets changed, cut off, or put in, behind the id."""
    mutant = bytearray(packet)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(2, len(mutant))
        if chance.random() < 0.1:
            mutant[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 3)))
        else:
            mutant[at] = chance.choice(
                (0, 0xC0, 0xFF, 0x0C, 1, 63, 64, chance.randrange(256), mutant[at] ^ 1 << chance.randrange(8))
            )
    if chance.random() < 0.15:
        del mutant[chance.randrange(12, len(mutant)) :]
    return bytes(mutant)


@pytest.mark.parametrize("usual", [True, False])
def test_what_is_generated_is_read_like_dnspython_reads_it(usual: bool) -> None:
    chance = random.Random(11)
    for _ in range(1000):
        packet, asked = generated(chance, usual=usual)
        ours, theirs = both(packet, asked, proof=chance.random() < 0.3)
        assert ours == theirs, packet.hex()


def test_most_usual_messages_are_walked() -> None:
    """Else the rest of this module would compare dnspython with itself."""
    chance = random.Random(12)
    walked = 0
    for _ in range(300):
        packet, asked = generated(chance, usual=True)
        try:
            message.walked(packet, asked.section)
            walked += 1
        except message.Unusual:
            pass
    assert walked > 200


@pytest.mark.parametrize("usual", [True, False])
def test_what_is_damaged_is_read_like_dnspython_reads_it(usual: bool) -> None:
    chance = random.Random(13)
    for _ in range(200):
        packet, asked = generated(chance, usual=usual)
        for _ in range(10):
            mutant = damaged(chance, packet)
            if mutant[2] & 0x78:
                continue  # another opcode never passes `matches`
            ours, theirs = both(mutant, asked)
            assert ours == theirs, (mutant.hex(), asked)


@given(st.binary(max_size=80), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
@settings(max_examples=400, deadline=None)
def test_whatever_follows_the_question_is_read_alike(rest: bytes, answers: int, authorities: int, more: int) -> None:
    asked = wire.asking("example.org", "A")
    counts = (1).to_bytes(2, "big") + b"".join(n.to_bytes(2, "big") for n in (answers, authorities, more))
    ours, theirs = both(b"\0\1\x81\x80" + counts + asked.section + rest, asked)
    assert ours == theirs


SIBLINGS = ("s1", "k2", "a.s1", "b.k2", "s1._domainkey", "k2._domainkey", r"\255\255", r"\255\192")


def denied(chance: random.Random) -> tuple[list[bytes], wire.Asking]:
    """What denies a name in zones above it, at it and elsewhere, as it comes and with a few octets changed."""
    name = f"{chance.choice(SIBLINGS)}.example.org."
    asked = wire.asking(name, "TXT")
    query = dns.message.make_query(name, "TXT", use_edns=chance.choice((0, False)))
    reply = dns.message.make_response(query)
    reply.flags |= chance.choice((0, dns.flags.RA, dns.flags.AA))
    reply.set_rcode(chance.choice((dns.rcode.NOERROR, dns.rcode.NXDOMAIN)))
    owner = owned(chance.choice((name, name.partition(".")[2], "example.org.", "s1.example.org.", "org.", "net.")))
    kind, text = "SOA", f"{chance.choice(('ns', name, 'ns.example.org.'))} h.example.org. 1 2 3 4 5"
    if chance.random() < 0.2:
        kind, text = "NS", name
    rdata = dns.rdata.from_text("IN", kind, text, owned("example.org."), relativize=False)
    reply.authority.append(dns.rrset.from_rdata_list(owner, 60, [rdata]))
    packet = reply.to_wire(max_size=65535)
    behind = 12 + len(asked.section)
    changed = [bytearray(packet) for _ in range(6)]
    for mutant in changed:
        for _ in range(chance.randint(1, 2)):
            mutant[chance.randrange(behind, len(mutant))] = chance.choice((0, 0xC0, 12, 13, 14, 15, 16, 20, 255))
    return [packet, *map(bytes, changed)], asked


def test_what_denies_one_name_is_read_of_its_sibling_like_dnspython_reads_it() -> None:
    """A denial is read once for all names that differ in their first label alone, in whatever order they come."""
    chance = random.Random(14)
    known = reading._sibling_denied.cache_info()
    for _ in range(800):
        packets, asked = denied(chance)
        for packet in packets:
            ours, theirs = both(packet, asked)
            assert ours == theirs, (packet.hex(), asked)
    heard = reading._sibling_denied.cache_info()
    assert heard.hits - known.hits > 200


def recorded() -> Iterator[tuple[str, bytes, wire.Asking]]:
    for kind, name in (("A", "a.test"), ("MX", "mx.test"), ("TXT", "t.test"), ("PTR", "4.2.0.192.in-addr.arpa")):
        asked = wire.asking(name, kind)
        query = dns.message.from_wire(wire.query(asked, Question(name=name, rdtype=kind), 7, edns=True))
        for fault in dnsfault.FAULTS.values():
            for packet in fault(dnsfault.Asked(query, True, 0)) or ():
                if wire.matches(packet.wire, 7, asked):
                    yield f"{fault.__name__} {kind}", packet.wire, asked


@pytest.mark.parametrize(("packet", "asked"), [pytest.param(p, a, id=title) for title, p, a in recorded()])
def test_what_servers_say_is_read_like_dnspython_reads_it(packet: bytes, asked: wire.Asking) -> None:
    ours, theirs = both(packet, asked)
    assert ours == theirs


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in RDATA for text in RDATA[kind]])
def test_presentation_is_that_of_dnspython(kind: str, text: str) -> None:
    rdata = dns.rdata.from_text("IN", kind, text)
    canonical = rdata.to_wire(canonicalize=True)
    assert canonical is not None
    expected = dns.rdata.from_wire(rdata.rdclass, rdata.rdtype, canonical, 0, len(canonical)).to_text()
    assert presentation.text_of(1, int(rdata.rdtype), canonical) == expected


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=6))
def test_names_are_written_like_dnspython_writes_them(labels: list[bytes]) -> None:
    name = dns.name.Name([*labels, b""])
    assert presentation.name_text(name.to_digestable()) == name.canonicalize().to_text()


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=4))
def test_strings_are_written_like_dnspython_writes_them(strings: list[bytes]) -> None:
    rdata = b"".join(bytes((len(s),)) + s for s in strings)
    expected = dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.TXT, rdata, 0, len(rdata)).to_text()
    assert presentation.text_of(1, 16, rdata) == expected


@pytest.mark.parametrize(
    "name", ["example.org", "Example.ORG", "_dmarc.a-b.example", r"odd\.one.example", ".", "1.2.3.4.test."]
)
@pytest.mark.parametrize("edns", [True, False])
@pytest.mark.parametrize(
    "question",
    [
        Question(name="", rdtype="MX"),
        Question(name="", rdtype="MX", recurse=False),
        Question(name="", rdtype="MX", cd=True),
        Question(name="", rdtype="MX", dnssec=True),
        Question(name="", rdtype="MX", dnssec=True, cd=True, recurse=False),
    ],
    ids=lambda q: q.key,
)
def test_a_query_is_that_of_dnspython(name: str, edns: bool, question: Question) -> None:
    theirs = oracle.query(oracle.asking(name, "MX"), question, 4711, edns=edns)
    assert wire.query(wire.asking(name, "MX"), question, 4711, edns=edns) == theirs
