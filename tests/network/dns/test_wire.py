"""DNS messages: what goes out, and that nothing which comes back can do more than be called malformed."""

from __future__ import annotations

import random

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from audit.model.probe import DnsStatus, Question
from audit.network.dns import reading, wire

ASKED = wire.asking("Example.ORG", "MX")
QUESTION = Question(name="example.org", rdtype="MX")


def reply(*answer: str, flags: int = dns.flags.RA, authority: tuple[str, ...] = (), rcode: int = 0) -> bytes:
    """`answer` and `authority` are lines of a zone: owner, type, data."""
    query = dns.message.from_wire(wire.query(ASKED, QUESTION, 77, edns=True))
    message = dns.message.make_response(query)
    message.flags |= flags
    message.set_rcode(dns.rcode.Rcode(rcode))
    for section, lines in ((message.answer, answer), (message.authority, authority)):
        for line in lines:
            owner, kind, data = line.split(" ", 2)
            section.append(dns.rrset.from_text(owner, 300, "IN", kind, data))
    return message.to_wire()


SOA = "org. SOA a.org. b.org. 1 1 1 1 60"


@pytest.mark.parametrize(
    ("packet", "status", "records"),
    [
        (reply("example.org. MX 10 MX.Example.org."), DnsStatus.NOERROR, ("10 mx.example.org.",)),
        (reply("EXAMPLE.org. MX 0 ."), DnsStatus.NOERROR, ("0 .",)),
        (reply("other.org. MX 10 mx.example.org.", authority=(SOA,)), DnsStatus.NODATA, ()),
        (reply("example.org. MX 10 mx.example.org.", authority=(SOA,), rcode=3), DnsStatus.NXDOMAIN, ()),
        (reply(authority=(SOA,)), DnsStatus.NODATA, ()),
        (reply(authority=(SOA,), flags=0), DnsStatus.NODATA, ()),
        (reply(authority=(". SOA a. b. 1 1 1 1 60",), rcode=3), DnsStatus.NXDOMAIN, ()),
        (reply(authority=("www.example.org. SOA a. b. 1 1 1 1 60",), rcode=3), DnsStatus.LAME, ()),
        (reply(authority=("example.org. NS ns.example.org.",)), DnsStatus.LAME, ()),
        (reply(authority=("example.org. NS ns.example.org.", SOA)), DnsStatus.NODATA, ()),
        (reply(rcode=3), DnsStatus.NXDOMAIN, ()),
        (reply(rcode=3, flags=0), DnsStatus.LAME, ()),
        (reply(rcode=9), DnsStatus.OTHER_RCODE, ()),
        (reply() + b"trailing", DnsStatus.NODATA, ()),
        (reply()[:-3], DnsStatus.MALFORMED, ()),
    ],
)
def test_reading(packet: bytes, status: DnsStatus, records: tuple[str, ...]) -> None:
    assert wire.matches(packet, 77, ASKED)
    said = reading.read(packet, ASKED)
    assert (said.status, said.records) == (status, records)


@pytest.mark.parametrize(
    ("rdtype", "data", "expected"),
    [
        ("TXT", '"v=DKIM1; p=" "AbC"', '"v=DKIM1; p=" "AbC"'),
        ("TXT", r'"\000\255\"\\"', r'"\000\255\"\\"'),
        ("TXT", '""', '""'),
        ("AAAA", "2001:0DB8::0001", "2001:db8::1"),
        ("PTR", r"Odd\.Name\032X.Example.", r"odd\.name\032x.example."),
        ("TLSA", "3 1 1 " + "AB" * 32, "3 1 1 " + "ab" * 32),
    ],
)
def test_presentation(rdtype: str, data: str, expected: str) -> None:
    asked = wire.asking("example.org", rdtype)
    query = dns.message.from_wire(wire.query(asked, Question(name="example.org", rdtype=rdtype), 1, edns=True))
    message = dns.message.make_response(query)
    message.answer.append(dns.rrset.from_text("example.org.", 1, "IN", rdtype, data))
    assert reading.read(message.to_wire(), asked).records == (expected,)


@pytest.mark.parametrize(
    ("question", "edns", "flags", "payload"),
    [
        (QUESTION, True, {"RD", "AD"}, 1232),
        (QUESTION, False, {"RD", "AD"}, None),
        (Question(name="example.org", rdtype="MX", recurse=False), True, set(), 1232),
        (Question(name="example.org", rdtype="MX", cd=True), True, {"RD", "AD", "CD"}, 1232),
    ],
)
def test_query(question: Question, edns: bool, flags: set[str], payload: int | None) -> None:
    message = dns.message.from_wire(wire.query(ASKED, question, 77, edns=edns))
    assert message.id == 77
    assert message.question[0].to_text() == "example.org. IN MX"
    assert set(dns.flags.to_text(message.flags).split()) == flags
    assert (message.payload if message.edns >= 0 else None) == payload


def test_dnssec_sets_do() -> None:
    asked = Question(name="example.org", rdtype="MX", dnssec=True)
    assert dns.message.from_wire(wire.query(ASKED, asked, 1, edns=True)).ednsflags & dns.flags.DO


def test_all_records_are_kept_as_proof_where_that_is_wanted() -> None:
    signature = "example.org. RRSIG {} 13 2 60 20261205000000 20261121000000 1 example.org. c2ln"
    denial = "B.example.org. NSEC Z.example.org. A RRSIG"
    packet = reply("example.org. MX 10 MX.example.org.", signature.format("MX"), authority=(denial,))
    said = reading.read(packet, ASKED, proof=True)
    assert [record.split(None, 3)[2:] for record in said.proof] == [
        ["NSEC", "Z.example.org. A RRSIG"],  # RFC 6840 section 5.1: in canonical form it keeps its letters
        ["MX", "10 mx.example.org."],
        ["RRSIG", signature.format("MX").split(None, 2)[2]],
    ]
    assert {record.split()[0] for record in said.proof} == {"example.org.", "b.example.org."}
    assert reading.read(packet, ASKED).proof == ()


def test_a_tlsa_record_with_a_digest_of_the_wrong_length_is_read_like_the_others() -> None:
    """Senders pass over it (RFC 7671 section 4), and heed those beside it."""
    tlsa = wire.asking("_25._tcp.example.org", "TLSA")
    asked = Question(name="_25._tcp.example.org", rdtype="TLSA")
    query = dns.message.from_wire(wire.query(tlsa, asked, 77, edns=False))
    message = dns.message.make_response(query)
    good = f"3 1 1 {'ab' * 32}"
    records = [f"\\# {len(d) // 2} {d}" for d in ("030101abcd", f"030101{'ab' * 32}")]
    message.answer.append(dns.rrset.from_text("_25._tcp.example.org.", 300, "IN", "TLSA", *records))
    said = reading.read(message.to_wire(), tlsa, proof=True)
    assert (said.status, set(said.records)) == (DnsStatus.NOERROR, {"3 1 1 abcd", good})
    assert len(said.proof) == 2


def test_the_proof_is_bounded() -> None:
    message = dns.message.make_response(dns.message.from_wire(wire.query(ASKED, QUESTION, 77, edns=False)))
    message.answer += [dns.rrset.from_text(f"{n}.example.org.", 300, "IN", "A", "192.0.2.1") for n in range(1000)]
    assert len(reading.read(message.to_wire(), ASKED, proof=True).proof) == reading.PROOF_SHOWN


def test_the_glue_of_a_referral_is_that_of_the_servers_it_names() -> None:
    query = dns.message.from_wire(wire.query(ASKED, QUESTION, 77, edns=False))
    message = dns.message.make_response(query)
    message.authority.append(dns.rrset.from_text("example.org.", 300, "IN", "NS", "NS1.example.org.", "ns.other.test."))
    message.additional += [
        dns.rrset.from_text("ns1.example.org.", 300, "IN", "A", "192.0.2.53"),
        dns.rrset.from_text("ns1.example.org.", 300, "IN", "AAAA", "2001:db8::53"),
        dns.rrset.from_text("www.example.org.", 300, "IN", "A", "192.0.2.80"),
    ]
    said = reading.read(message.to_wire(), ASKED)
    assert (said.status, len(said.authority)) == (DnsStatus.LAME, 2)
    assert said.glue == ("ns1.example.org. 300 A 192.0.2.53", "ns1.example.org. 300 AAAA 2001:db8::53")


@pytest.mark.parametrize("edns", [True, False])
def test_a_reply_to_edns_that_lacks_it_is_seen(edns: bool) -> None:
    message = dns.message.make_response(dns.message.from_wire(wire.query(ASKED, QUESTION, 77, edns=edns)))
    assert reading.read(message.to_wire(), ASKED).edns is edns


WHOLE = reply("example.org. MX 10 mx.example.org.", authority=("example.org. NS ns.example.org.",))


@pytest.mark.parametrize(
    ("packet", "ident", "expected"),
    [
        (WHOLE, 77, True),
        (WHOLE, 78, False),
        (WHOLE[:11], 77, False),
        (b"", 77, False),
        (WHOLE[:2] + bytes((WHOLE[2] & 0x7F,)) + WHOLE[3:], 77, False),  # a query
        (WHOLE[:2] + bytes((WHOLE[2] | 0x20,)) + WHOLE[3:], 77, False),  # another opcode
        (WHOLE[:5] + b"\x02" + WHOLE[6:], 77, False),  # two questions
        (WHOLE[:5] + b"\x00" + WHOLE[6:], 77, False),  # none, and yet no error
        (WHOLE.replace(b"\x07example\x03org", b"\x07examplf\x03org"), 77, False),
        (WHOLE.replace(b"\x07example\x03org", b"\x07eXaMpLe\x03org"), 77, True),
    ],
)
def test_matching(packet: bytes, ident: int, expected: bool) -> None:
    assert wire.matches(packet, ident, ASKED) is expected


def test_no_mutant_raises() -> None:
    """Damaged answers are read as something or as malformed; the seed is fixed."""
    chance = random.Random(7)
    seeds = [
        WHOLE,
        reply("example.org. CNAME a.example.org.", "a.example.org. MX 1 b.example.org.", authority=(SOA,)),
        reply('example.org. TXT "x" "y"', authority=(SOA,), rcode=3),
    ]
    statuses = set()
    for _ in range(4000):
        packet = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 6)):
            packet[chance.randrange(12, len(packet))] = chance.choice((0, 0xC0, 0xFF, chance.randrange(256)))
        if chance.random() < 0.2:
            del packet[chance.randrange(12, len(packet)) :]
        statuses.add(reading.read(bytes(packet), ASKED).status)
    assert {DnsStatus.MALFORMED, DnsStatus.NOERROR, DnsStatus.NODATA} <= statuses
