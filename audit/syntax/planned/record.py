"""One planned record, in the form in which answers hold it: rdata in canonical form (RFC 4034 section 6.2), as text.

So a planned record and one that a server gave are the same text if they are the same record, and can be compared.
"""

from __future__ import annotations

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.ttl

from audit.model.migration import PlannedRecord
from audit.model.value import dataclass
from audit.syntax.escape import visible
from audit.syntax.names import canonical

MAX_OCTETS = 1024 * 1024
MAX_RECORDS = 20_000
MAX_RDATA = 65_535  # octets: RFC 1035 section 3.2.1
UNJUDGED = frozenset({"RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "CDS", "CDNSKEY", "ZONEMD"})  # what a signer makes
ROOT = dns.name.root


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file, from 1."""

    line: int
    column: int


class PlannedFault(ValueError):
    """What is wrong with a file of planned records: a sentence, and where."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place, self.message = place, message


@dataclass(frozen=True, slots=True)
class Planned:
    """What is planned. `whole`: all that the zone of `origin` will hold, so that what is not here will not be there;
    else these sets of records alone become others, and those that are `removed`, by name and type, go. `unjudged`: how
    many records are left aside, since a signer makes them anew; `opaque`: the names whose addresses
    a provider makes up."""

    origin: str
    records: tuple[PlannedRecord, ...]
    removed: tuple[tuple[str, str], ...]
    whole: bool
    unjudged: int = 0
    opaque: tuple[str, ...] = ()


def read_name(text: str, origin: dns.name.Name, place: Place) -> dns.name.Name:
    """A name, relative to an origin unless it ends with a dot.

    Raises:
        PlannedFault: it is none.
    """
    try:
        return dns.name.from_text(text, origin).canonicalize()
    except (dns.exception.DNSException, UnicodeError) as error:
        raise PlannedFault(place, f"“{visible(text, 80)}” is no name: {told(error)}.") from None


def shown(name: dns.name.Name) -> str:
    """A name as evidence has it."""
    return canonical(name.to_text())


def below(name: dns.name.Name, origin: dns.name.Name, place: Place) -> str:
    """A name that has to lie in the zone, as evidence has it.

    Raises:
        PlannedFault: it lies elsewhere.
    """
    if not name.is_subdomain(origin):
        raise PlannedFault(place, f"{visible(shown(name), 120)} does not lie in the zone {shown(origin)}.")
    return shown(name)


def read_type(text: str, place: Place) -> str:
    """The mnemonic of a type that a zone can hold.

    Raises:
        PlannedFault: it is none.
    """
    try:
        kind = dns.rdatatype.from_text(text)
    except (dns.exception.DNSException, ValueError):
        raise PlannedFault(place, f"“{visible(text, 40)}” is no type of record.") from None
    if dns.rdatatype.is_metatype(kind) or kind == dns.rdatatype.NONE:
        raise PlannedFault(place, f"a zone holds no record of type {visible(text, 40)}.")
    return dns.rdatatype.to_text(kind)


def read_ttl(text: str, place: Place) -> int:
    """A time to live: seconds, or `1h30m` as BIND has it.

    Raises:
        PlannedFault: it is none.
    """
    try:
        return dns.ttl.from_text(text)
    except (dns.exception.DNSException, ValueError):
        raise PlannedFault(place, f"“{visible(text, 40)}” is no time to live in seconds.") from None


def read_value(rdtype: str, source: str | dns.tokenizer.Tokenizer, origin: dns.name.Name, place: Place) -> str:
    """The data of a record, as evidence has it.

    Raises:
        PlannedFault: it has not the form of its type.
    """
    try:
        rdata = dns.rdata.from_text(dns.rdataclass.IN, rdtype, source, origin, relativize=False)
        wire = rdata.to_wire(canonicalize=True) or b""
        again = dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.from_text(rdtype), wire, 0, len(wire))
    except (dns.exception.DNSException, ValueError, UnicodeError, IndexError, OverflowError) as error:
        raise PlannedFault(place, f"the data of this {rdtype} record cannot be read: {told(error)}.") from None
    if len(wire) > MAX_RDATA:
        raise PlannedFault(place, f"the data of this {rdtype} record is longer than {MAX_RDATA} octets.")
    return again.to_text()


def told(error: Exception) -> str:
    """What a library says of an error, to stand in a sentence."""
    return visible(str(error) or type(error).__name__, 120).rstrip(".")
