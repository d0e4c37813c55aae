"""The oracle: queries and readings made by dnspython alone. What is read without it must be the same.

A datagram counts as the answer only when it comes to the socket that asked, with the id and the question that were
put; all else is dropped, and the wait goes on. What passes is then read for one question: records of the asked type at
the end of the chain of aliases, a denial only when the zone that signs it off is at or above the name (RFC 2308).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from itertools import islice

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from audit.model.probe import DnsStatus, ExtendedError, Question
from audit.syntax.escape import octets
from audit.syntax.tlsa_rdata import read_any_length

PAYLOAD = 1232  # avoids fragments on every usual path (DNS flag day 2020)
ALIASES_FOLLOWED = 8
EDE_SHOWN = 4
GLUE_KEPT = 100  # records of one referral
PROOF_SHOWN = 400  # records of one message
EDE_BOGUS = frozenset(range(6, 13))  # RFC 8914 sections 4.7 to 4.13: DNSSEC validation failed, and how

_HEADER = struct.Struct("!HHHHHH")
_RESPONSE, _OPCODE = 0x8000, 0x7800
_SHOWN_FLAGS = ((dns.flags.AA, "aa"), (dns.flags.TC, "tc"), (dns.flags.AD, "ad"), (dns.flags.RA, "ra"))
_RCODES = {
    0: DnsStatus.NOERROR,
    3: DnsStatus.NXDOMAIN,
    1: DnsStatus.FORMERR,
    2: DnsStatus.SERVFAIL,
    4: DnsStatus.NOTIMP,
    5: DnsStatus.REFUSED,
}
_WITHOUT_QUESTION = frozenset({1, 2, 4, 5})  # servers may give an error with the header alone


read_any_length()


class Unaskable(ValueError):
    """A name that cannot be put on the wire, or a type that does not exist."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One name and type, ready for the wire."""

    name: dns.name.Name
    rdtype: dns.rdatatype.RdataType

    @property
    def section(self) -> bytes:
        return self.name.to_digestable() + struct.pack("!HH", self.rdtype, dns.rdataclass.IN)


@dataclass(frozen=True, slots=True, kw_only=True)
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


MALFORMED = Reading(status=DnsStatus.MALFORMED)


def asking(name: str, rdtype: str) -> Asking:
    """The question in wire terms.

    Raises:
        Unaskable: a label is empty or too long, the name is, or the type is unknown.
    """
    if not name or name == "@" or not name.isascii():
        raise Unaskable(name)
    try:
        parsed = dns.name.from_text(name)
        kind = dns.rdatatype.from_text(rdtype)
    except (dns.exception.DNSException, ValueError) as error:
        raise Unaskable(str(error)) from None
    return Asking(parsed.canonicalize(), kind)


def query(asked: Asking, question: Question, ident: int, *, edns: bool) -> bytes:
    """A query. It sets AD, so that a validating resolver says whether it validated (RFC 6840 section 5.7)."""
    flags = dns.flags.Flag(0)
    if question.recurse:
        flags |= dns.flags.RD
    if question.cd:
        flags |= dns.flags.CD
    if question.recurse:
        flags |= dns.flags.AD
    message = dns.message.make_query(
        asked.name,
        asked.rdtype,
        use_edns=0 if edns else False,
        payload=PAYLOAD,
        want_dnssec=question.dnssec and edns,
        flags=flags,
        id=ident,
    )
    return message.to_wire()


def matches(packet: bytes, ident: int, asked: Asking) -> bool:
    """Whether a packet answers the question that was put under this id."""
    if len(packet) < _HEADER.size:
        return False
    got, flags, questions, *_ = _HEADER.unpack_from(packet)
    if got != ident or not flags & _RESPONSE or flags & _OPCODE:
        return False
    if questions == 0:
        return flags & 15 in _WITHOUT_QUESTION
    section = asked.section
    # lower(): a server may give the letters in another case; type and class hold none below 0x41 that this could change
    shown = packet[_HEADER.size : _HEADER.size + len(section)]
    return questions == 1 and shown[:-4].lower() == section[:-4].lower() and shown[-4:] == section[-4:]


def is_truncated(packet: bytes) -> bool:
    return bool(packet[2] & 0x02)


def read(packet: bytes, asked: Asking, *, proof: bool = False) -> Reading:
    """What a packet that matched says, with all its records as `proof` where that is wanted. Never raises: what cannot
    be parsed is malformed."""
    try:
        message = dns.message.from_wire(packet, ignore_trailing=True)
        reading = _read(message, asked, len(packet))
        return replace(reading, proof=_proof(message)) if proof else reading
    except (dns.exception.DNSException, ValueError, struct.error, IndexError, KeyError, AttributeError, TypeError):
        return MALFORMED


def _read(message: dns.message.Message, asked: Asking, size: int) -> Reading:
    rcode = int(message.rcode())
    said = Reading(
        status=_status(rcode, message),
        flags=tuple(text for bit, text in _SHOWN_FLAGS if message.flags & bit),
        ede=_extended_errors(message),
        rcode=rcode,
        size=size,
        edns=message.edns >= 0,
    )
    if rcode not in {0, 3}:
        return said
    chain = _chain(message, asked)
    if len(chain) > ALIASES_FOLLOWED or is_circle(asked.name, chain):
        return replace(said, status=DnsStatus.CNAME_CHAIN, aliases=chain)
    owner = chain[-1] if chain else asked.name
    found = _at(message.answer, owner, asked.rdtype)
    if found is None or rcode == 3:
        return _negative(message, owner, replace(said, aliases=chain))
    aliases = [int(s.ttl) for s in message.answer if s.rdtype == dns.rdatatype.CNAME]
    return replace(
        said,
        records=tuple(sorted({_text(rdata) for rdata in found})),
        aliases=chain,
        signatures=_signatures(message.answer, owner, asked.rdtype),
        ttl=min([int(found.ttl), *aliases]),
    )


def _status(rcode: int, message: dns.message.Message) -> DnsStatus:
    if rcode == 2 and any(error.code in EDE_BOGUS for error in _extended_errors(message)):
        return DnsStatus.BOGUS
    return _RCODES.get(rcode, DnsStatus.OTHER_RCODE)


def _negative(message: dns.message.Message, owner: dns.name.Name, said: Reading) -> Reading:
    """A denial is believed when its SOA is at or above the name, or from a resolver that gives no authority at all."""
    authority = [s for s in message.authority if s.rdclass == dns.rdataclass.IN]
    denials = [s for s in authority if s.rdtype == dns.rdatatype.SOA]
    referrals = [s for s in authority if s.rdtype == dns.rdatatype.NS]
    absent = said.status is DnsStatus.NXDOMAIN
    if denials:
        believed = all(owner.is_subdomain(s.name) for s in denials)
    elif said.aliases and not absent:
        believed = False  # the chain simply ends here: its last name is another question
    else:
        believed = "ra" in said.flags and (absent or not referrals)
    status = DnsStatus.NXDOMAIN if absent else DnsStatus.NODATA
    return replace(
        said,
        status=status if believed else DnsStatus.LAME,
        onward=owner if said.aliases and not believed else None,
        authority=_shown(denials or referrals),
        glue=() if denials or believed else _glue(message, referrals),
        ttl=_negative_ttl(denials[0]) if denials and believed else None,
    )


def _glue(message: dns.message.Message, referrals: list[dns.rrset.RRset]) -> tuple[str, ...]:
    """The addresses of the servers that a referral names, and of no other host."""
    named = {rdata.target for rrset in referrals for rdata in rrset}
    kinds = (dns.rdatatype.A, dns.rdatatype.AAAA)
    return _shown([s for s in message.additional if s.rdtype in kinds and s.name in named])[:GLUE_KEPT]


def is_circle(name: dns.name.Name, aliases: tuple[dns.name.Name, ...]) -> bool:
    """Whether the aliases of a name lead back to where they were before."""
    return len({name, *aliases}) <= len(aliases)


def _chain(message: dns.message.Message, asked: Asking) -> tuple[dns.name.Name, ...]:
    """The aliases from the asked name on, as far as the answer tells. It ends where a name comes again, and with the
    first that is too many."""
    if asked.rdtype in {dns.rdatatype.CNAME, dns.rdatatype.ANY}:
        return ()
    aliases: tuple[dns.name.Name, ...] = ()
    while (alias := _at(message.answer, (asked.name, *aliases)[-1], dns.rdatatype.CNAME)) is not None:
        aliases += (min(rdata.target.canonicalize() for rdata in alias),)
        if len(aliases) > ALIASES_FOLLOWED or is_circle(asked.name, aliases):
            break
    return aliases


def _at(
    section: list[dns.rrset.RRset], owner: dns.name.Name, rdtype: dns.rdatatype.RdataType
) -> dns.rrset.RRset | None:
    for rrset in section:
        if rrset.rdclass == dns.rdataclass.IN and rrset.rdtype == rdtype and rrset.name == owner and len(rrset):
            return rrset
    return None


def _signatures(
    section: list[dns.rrset.RRset], owner: dns.name.Name, rdtype: dns.rdatatype.RdataType
) -> tuple[str, ...]:
    return tuple(
        sorted(
            _text(rdata)
            for rrset in section
            if rrset.rdtype == dns.rdatatype.RRSIG and rrset.covers == rdtype and rrset.name == owner
            for rdata in rrset
        )
    )


def _proof(message: dns.message.Message) -> tuple[str, ...]:
    """All that a message holds beside what is additional, which proves nothing (RFC 4035 section 3.1.1)."""
    found = (s for s in (*message.answer, *message.authority) if s.rdclass == dns.rdataclass.IN)
    records = (record for rrset in found for record in _shown([rrset]))
    return tuple(sorted(set(islice(records, PROOF_SHOWN))))


def _text(rdata: dns.rdata.Rdata) -> str:
    """Presentation form, host names in lower case (the canonical form of RFC 4034 section 6.2)."""
    canonical = rdata.to_wire(canonicalize=True)
    if canonical is None:
        return rdata.to_text()
    return dns.rdata.from_wire(rdata.rdclass, rdata.rdtype, canonical, 0, len(canonical)).to_text()


def _shown(rrsets: list[dns.rrset.RRset]) -> tuple[str, ...]:
    return tuple(
        sorted(
            f"{s.name.canonicalize().to_text()} {int(s.ttl)} {dns.rdatatype.to_text(s.rdtype)} {_text(rdata)}"
            for s in rrsets
            for rdata in s
        )
    )


def _negative_ttl(soa: dns.rrset.RRset) -> int:
    return min([int(soa.ttl), *(int(rdata.minimum) for rdata in soa)])


def _extended_errors(message: dns.message.Message) -> tuple[ExtendedError, ...]:
    found = [option for option in message.options if isinstance(option, dns.edns.EDEOption)]
    return tuple(
        ExtendedError(code=int(option.code), text=octets((option.text or "").encode("utf-8")))
        for option in found[:EDE_SHOWN]
    )
