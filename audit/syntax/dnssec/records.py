"""The records of an answer as signatures cover them: an RRset each, with its RRSIG records (RFC 4034 section 3).

Which section a record came in proves nothing, so it is forgotten. Text from evidence may have been written by anything:
what is not the presentation form of its type makes the whole unreadable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from typing import TypeAlias

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3
from dns.rdtypes.ANY.RRSIG import RRSIG

from audit.model.value import dataclass
from audit.syntax.tlsa_rdata import read_any_length

__all__ = ["DNSKEY", "DS", "NSEC", "NSEC3", "RRSIG", "Key", "Proof", "Signed", "kind", "name", "read", "shown"]

DENYING = (dns.rdatatype.NSEC, dns.rdatatype.NSEC3)
read_any_length()
Key: TypeAlias = tuple[dns.name.Name, dns.rdatatype.RdataType]


@dataclass(frozen=True, slots=True, eq=False)
class Signed:
    """An RRset and the signatures that are over its owner and type. One that was read anew is another: by that it is
    known again cheaply."""

    rrset: dns.rrset.RRset
    signatures: tuple[RRSIG, ...]

    @property
    def owner(self) -> dns.name.Name:
        return self.rrset.name

    @property
    def rdtype(self) -> dns.rdatatype.RdataType:
        return self.rrset.rdtype

    def signer(self, of: dns.name.Name, *, above: bool = False) -> dns.name.Name | None:
        """The closest zone at or above a name that signs this; `above`: a zone that is not the name itself, since a DS
        and its denial belong to the zone above (RFC 4035 section 5.2)."""
        fit = (s.signer for s in self.signatures if self.owner.is_subdomain(s.signer) and of.is_subdomain(s.signer))
        return max((n for n in fit if not (above and n == of)), key=len, default=None)


@dataclass(frozen=True, slots=True)
class Proof:
    """All records of an answer."""

    sets: Mapping[Key, Signed] = field(default_factory=dict)

    def at(self, owner: dns.name.Name, rdtype: str) -> Signed | None:
        return self.sets.get((owner, kind(rdtype)))

    @property
    def denials(self) -> tuple[Signed, ...]:
        """NSEC and NSEC3, in order."""
        return tuple(s for (_, rdtype), s in sorted(self.sets.items()) if rdtype in DENYING)

    @property
    def signed(self) -> bool:
        return any(s.signatures for s in self.sets.values())


@lru_cache(maxsize=32)  # what all domains share, the root's keys and those of a top-level domain, is read once
def read(records: tuple[str, ...]) -> Proof | None:
    """The RRsets of records as `owner ttl TYPE rdata`; None where one cannot be read."""
    try:
        parsed = [_record(record) for record in records]
    except (dns.exception.DNSException, ValueError, TypeError, IndexError, OverflowError):
        return None
    sets: dict[Key, dns.rrset.RRset] = {}
    signatures: dict[Key, list[RRSIG]] = {}
    for owner, ttl, rdata in parsed:
        if isinstance(rdata, RRSIG):
            signatures.setdefault((owner, rdata.type_covered), []).append(rdata)
        else:
            fresh = dns.rrset.RRset(owner, dns.rdataclass.IN, rdata.rdtype)
            sets.setdefault((owner, rdata.rdtype), fresh).add(rdata, ttl)
    return Proof({key: Signed(rrset, tuple(signatures.get(key, ()))) for key, rrset in sets.items()})


def _record(record: str) -> tuple[dns.name.Name, int, dns.rdata.Rdata]:
    owner, ttl, rdtype, data = record.split(None, 3)
    rdata = dns.rdata.from_text("IN", rdtype, data, dns.name.root, relativize=False)
    return name(owner), int(ttl), rdata


@lru_cache(maxsize=4096)
def name(text: str) -> dns.name.Name:
    """A name from presentation form, whole with or without the final dot, in lower case.

    Raises:
        dns.exception.DNSException: it is none.
    """
    return dns.name.from_text(text, dns.name.root).canonicalize()


def shown(of: dns.name.Name) -> str:
    """A name in canonical form, as questions have it."""
    return of.canonicalize().to_text(omit_final_dot=True)


@lru_cache(maxsize=64)
def kind(rdtype: str) -> dns.rdatatype.RdataType:
    return dns.rdatatype.from_text(rdtype)
