"""What a reply says of one question: records, a denial, a step of a chain of aliases, or nothing.

Records are those of the asked type at the end of the chain of aliases. A denial counts only when the zone that signs
it off is at or above the name (RFC 2308 section 2), a referral (RFC 1034 section 4.3.2) is no answer.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import dns.exception
import dns.name

from audit.model.probe import DnsStatus, ExtendedError
from audit.network.dns.message import Message, RecordSet, Unusual, parsed, walked
from audit.network.dns.presentation import AAAA, CNAME, IN, NS, SOA, A, as_name, kind_text, name_end, name_text, text_of
from audit.network.dns.wire import Asking

ALIASES_FOLLOWED = 8
GLUE_KEPT = 100  # records of one referral
PROOF_SHOWN = 400  # records of one message
EDE_BOGUS = frozenset(range(6, 13))  # RFC 8914 sections 4.7 to 4.13: DNSSEC validation failed, and how

_RRSIG, _ANY = 46, 255
_RA = 0x0080
_SHOWN_FLAGS = ((0x0400, "aa"), (0x0200, "tc"), (0x0020, "ad"), (_RA, "ra"))
_SHOWN = 0x06A0
_HEADER = 12
_NO_RECORDS, _OF_ITSELF = b"\0\0", b"\xc0\x0c"
_FILLED = b"\xff"
_LARGEST_DENIAL = 512  # octets; so no pointer that reads as one into what fills a label leads anywhere
_DENIED = frozenset({DnsStatus.NXDOMAIN, DnsStatus.NODATA})
_RCODES = {
    0: DnsStatus.NOERROR,
    3: DnsStatus.NXDOMAIN,
    1: DnsStatus.FORMERR,
    2: DnsStatus.SERVFAIL,
    4: DnsStatus.NOTIMP,
    5: DnsStatus.REFUSED,
}


@dataclass(slots=True, kw_only=True)
class Reading:
    """What one message says of one question. `onward` is the name to ask next, when the chain of aliases leads out."""

    status: DnsStatus
    records: tuple[str, ...] = ()
    aliases: tuple[dns.name.Name, ...] = ()
    onward: dns.name.Name | None = None
    authority: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    proof: tuple[str, ...] = ()
    glue: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    ttl: int | None = None
    ede: tuple[ExtendedError, ...] = ()
    rcode: int | None = None
    size: int | None = None
    edns: bool = True  # whether the message has an OPT record, as a reply to EDNS must (RFC 6891 section 7)


def read(packet: bytes, asked: Asking, *, proof: bool = False) -> Reading:
    """What a packet that matched says, with all its records as `proof` where that is wanted. Never raises: what cannot
    be parsed is malformed."""
    if not proof and (denial := _denial(packet, asked.section)) is not None:
        return denial
    try:
        message = parsed(packet, asked.section)  # whole where it is signed: signatures are not usual
        reading = _read(message, asked, len(packet))
        if proof:
            reading.proof = _proof(message)
    except (dns.exception.DNSException, ValueError, struct.error, IndexError, KeyError, AttributeError, TypeError):
        return Reading(status=DnsStatus.MALFORMED)
    return reading


def _denial(packet: bytes, section: bytes) -> Reading | None:
    """What a packet says that denies a name in the usual way; None for any other, which is to be read as a whole."""
    label, end = section[0], _HEADER + len(section)
    if packet[6:8] != _NO_RECORDS or not label or len(packet) > _LARGEST_DENIAL:
        return None
    if packet[end : end + 2] == _OF_ITSELF or not packet.startswith(section, _HEADER):
        return None
    return _sibling_denied(packet[2:_HEADER], label, section[1 + label :], packet[end:])


@lru_cache(maxsize=2048)
def _sibling_denied(counts: bytes, label: int, parent: bytes, rest: bytes) -> Reading | None:
    """What is said of any name below a parent whose first label has so many octets, where it is the same of each: of
    forty selectors that are tried, most are not there, and what denies them is read once for each length.

    The label is filled with octets that no name points into, as each looks like a pointer that leads forward.
    """
    section = bytes((label,)) + _FILLED * label + parent
    packet = bytes(2) + counts + section + rest
    try:
        message = walked(packet, section)
        said = _read(message, Asking(section, int.from_bytes(parent[-4:-2], "big")), len(packet))
    except (Unusual, dns.exception.DNSException, ValueError, struct.error, IndexError):
        return None
    shown = [part for s in message.authority for part in (s.owner, *s.data)]
    if said.status not in _DENIED or not said.authority or any(_FILLED in part for part in shown):
        return None
    return said


def _read(message: Message, asked: Asking, size: int) -> Reading:
    said = Reading(
        status=_status(message),
        flags=_flags(message.flags & _SHOWN),
        ede=message.ede,
        rcode=message.rcode,
        size=size,
        edns=message.edns,
    )
    if message.rcode not in {0, 3}:
        return said
    owner = asked.owner
    if chain := _chain(message, asked) if message.answer else ():
        said.aliases = tuple([as_name(alias) for alias in chain])
        if len(chain) > ALIASES_FOLLOWED or is_circle(owner, chain):
            said.status = DnsStatus.CNAME_CHAIN
            return said
        owner = chain[-1]
    found = _at(message.answer, owner, asked.kind)
    if found is None or message.rcode == 3:
        _deny(message, owner, said)
        return said
    said.records = tuple(sorted([text_of(found.klass, found.kind, rdata) for rdata in found.data]))
    said.ttl = found.ttl
    if len(message.answer) > 1:
        said.signatures = _signatures(message.answer, owner, asked.kind)
        said.ttl = min([found.ttl, *(s.ttl for s in message.answer if s.kind == CNAME)])
    return said


def _status(message: Message) -> DnsStatus:
    if message.rcode == 2 and any(error.code in EDE_BOGUS for error in message.ede):
        return DnsStatus.BOGUS
    return _RCODES.get(message.rcode, DnsStatus.OTHER_RCODE)


@lru_cache(maxsize=64)
def _flags(bits: int) -> tuple[str, ...]:
    return tuple([text for bit, text in _SHOWN_FLAGS if bits & bit])


def _deny(message: Message, owner: bytes, said: Reading) -> None:
    """A denial is believed when its SOA is at or above the name, or from a resolver that gives no authority at all."""
    denials = [s for s in message.authority if s.kind == SOA and s.klass == IN]
    referrals = [s for s in message.authority if s.kind == NS and s.klass == IN]
    absent = said.status is DnsStatus.NXDOMAIN
    if denials:
        believed = all(_is_at_or_below(owner, s.owner) for s in denials)
    elif said.aliases and not absent:
        believed = False  # the chain simply ends here: its last name is another question
    else:
        believed = bool(message.flags & _RA) and (absent or not referrals)
    status = DnsStatus.NXDOMAIN if absent else DnsStatus.NODATA
    said.status = status if believed else DnsStatus.LAME
    said.onward = said.aliases[-1] if said.aliases and not believed else None
    said.authority = _shown(denials or referrals)
    said.glue = () if denials or believed else _glue(message, referrals)
    said.ttl = _negative_ttl(denials[0]) if denials and believed else None


def _is_at_or_below(name: bytes, zone: bytes) -> bool:
    """Whether a name lies in a zone: its last labels are those of the zone, which begin where a label begins."""
    begin = len(name) - len(zone)
    at = 0
    while at < begin and name[at]:
        at += 1 + name[at]
    return at == begin and name.endswith(zone)


def _glue(message: Message, referrals: list[RecordSet]) -> tuple[str, ...]:
    """The addresses of the servers that a referral names, and of no other host."""
    named = {server for s in referrals for server in s.data}
    return _shown([s for s in message.additional if s.kind in {A, AAAA} and s.owner in named])[:GLUE_KEPT]


def is_circle(name: object, aliases: tuple[object, ...]) -> bool:
    """Whether the aliases of a name lead back to where they were before."""
    return len({name, *aliases}) <= len(aliases)


def _chain(message: Message, asked: Asking) -> tuple[bytes, ...]:
    """The aliases from the asked name on, as far as the answer tells. It ends where a name comes again, and with the
    first that is too many."""
    if asked.kind in {CNAME, _ANY}:
        return ()
    aliases: tuple[bytes, ...] = ()
    while (alias := _at(message.answer, (asked.owner, *aliases)[-1], CNAME)) is not None:
        aliases += (next(iter(alias.data)),)
        if len(aliases) > ALIASES_FOLLOWED or is_circle(asked.owner, aliases):
            break
    return aliases


def _at(section: list[RecordSet], owner: bytes, kind: int) -> RecordSet | None:
    for found in section:
        if found.kind == kind and found.owner == owner and found.klass == IN and found.data:
            return found
    return None


def _signatures(section: list[RecordSet], owner: bytes, kind: int) -> tuple[str, ...]:
    return tuple(
        sorted(
            text_of(s.klass, s.kind, rdata)
            for s in section
            if s.kind == _RRSIG and s.covers == kind and s.owner == owner
            for rdata in s.data
        )
    )


def _proof(message: Message) -> tuple[str, ...]:
    """All that a message holds beside what is additional, which proves nothing (RFC 4035 section 3.1.1)."""
    found = (s for s in (*message.answer, *message.authority) if s.klass == IN)
    records = (record for each in found for record in _shown([each]))
    return tuple(sorted(set(islice(records, PROOF_SHOWN))))


def _shown(sets: list[RecordSet]) -> tuple[str, ...]:
    lines = [
        f"{name_text(s.owner)} {s.ttl} {kind_text(s.kind)} {text_of(s.klass, s.kind, rdata)}"
        for s in sets
        for rdata in s.data
    ]
    return tuple(sorted(lines))


def _negative_ttl(soa: RecordSet) -> int:
    return min([soa.ttl, *(_minimum(rdata) for rdata in soa.data)])


def _minimum(rdata: bytes) -> int:
    """The last of the five numbers in a SOA record's data."""
    return int.from_bytes(rdata[name_end(rdata, name_end(rdata, 0)) + 16 :], "big")
