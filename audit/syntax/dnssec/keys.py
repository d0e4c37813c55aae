"""Keys of a zone (RFC 4034 section 2), and the DS records by which the zone above vouches for them (section 5).

A key is named by its algorithm and a tag of sixteen bits; different keys may have the same tag. The SHA-1 algorithms 5
and 7 are still validated, as most resolvers do, though RFC 9905 has deprecated them.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

import dns.dnssec
import dns.name
import dns.rdatatype
from dns.rdataclass import IN
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS

from audit.model.value import dataclass

Parts: TypeAlias = tuple[int, int, int, bytes]  # flags, protocol, algorithm, and the key itself
ALGORITHMS = frozenset({5, 7, 8, 10, 13, 14, 15, 16})  # those that can be validated
DIGESTS = {1: hashlib.sha1, 2: hashlib.sha256, 4: hashlib.sha384}
RSA = frozenset({1, 5, 7, 8, 10})
KEYS_READ, DS_READ = 32, 16  # of a zone; more than that may not be left out either
ZONE_KEY, REVOKED, SEP, DNSSEC_PROTOCOL = 0x100, 0x80, 0x1, 3
NAMES = {
    1: "RSAMD5",
    3: "DSA",
    5: "RSASHA1",
    6: "DSA-NSEC3-SHA1",
    7: "RSASHA1-NSEC3-SHA1",
    8: "RSASHA256",
    10: "RSASHA512",
    12: "ECC-GOST",
    13: "ECDSAP256SHA256",
    14: "ECDSAP384SHA384",
    15: "ED25519",
    16: "ED448",
}


@dataclass(frozen=True, slots=True)
class ZoneKey:
    """A DNSKEY, as far as rules look at it; `bits` for RSA alone."""

    tag: int
    algorithm: int
    sep: bool
    bits: int | None


@dataclass(frozen=True, slots=True)
class Vouching:
    """A DS record, as far as rules look at it."""

    tag: int
    algorithm: int
    digest: int


def tag(key: DNSKEY) -> int:
    return _tag(parts(key))


@lru_cache(maxsize=256)  # those of the root and of top-level domains are looked at for every domain
def _tag(of: Parts) -> int:
    return int(dns.dnssec.key_id(made(of)))


def parts(key: DNSKEY) -> Parts:
    """A key as plain values, by which it is known again cheaply."""
    return int(key.flags), int(key.protocol), int(key.algorithm), bytes(key.key)


def made(of: Parts) -> DNSKEY:
    """The key of such values."""
    return DNSKEY(IN, dns.rdatatype.DNSKEY, *of)  # type: ignore[no-untyped-call]


def is_zone_key(key: DNSKEY) -> bool:
    """Whether a key may sign a zone (RFC 4034 section 2.1.1), and is not revoked (RFC 5011 section 2.1)."""
    return bool(key.flags & ZONE_KEY) and not key.flags & REVOKED and key.protocol == DNSSEC_PROTOCOL


def vouched(zone: dns.name.Name, keys: Iterable[DNSKEY], by: Iterable[DS]) -> tuple[DNSKEY, ...]:
    """The keys that a DS is of. SHA-1 counts only where there is no better digest (RFC 4509 section 3)."""
    usable = supported(by)
    strong = [d for d in usable if d.digest_type != 1] or usable
    return tuple(k for k in keys if is_zone_key(k) and any(is_of(d, zone, k) for d in strong))


def supported(records: Iterable[DS]) -> list[DS]:
    """The DS records that can be followed: where there is none, the zone counts as unsigned (RFC 4035 section 5.2)."""
    return [d for d in records if d.algorithm in ALGORITHMS and d.digest_type in DIGESTS]


def is_of(ds: DS, zone: dns.name.Name, key: DNSKEY) -> bool:
    """Whether a DS is the digest of a key of that zone (RFC 4034 section 5.1.4)."""
    if (ds.key_tag, ds.algorithm) != (tag(key), key.algorithm) or ds.digest_type not in DIGESTS:
        return False
    data = struct.pack("!HBB", key.flags, key.protocol, key.algorithm) + key.key
    owner = zone.canonicalize().to_wire() or b""
    return bytes(ds.digest) == DIGESTS[int(ds.digest_type)](owner + data).digest()


def rsa_bits(key: DNSKEY) -> int | None:
    """The length of the modulus of an RSA key (RFC 3110 section 2); None for other keys, and for what is no key."""
    octets = bytes(key.key)
    if key.algorithm not in RSA or len(octets) < 4:
        return None
    at, length = (1, octets[0]) if octets[0] else (3, int.from_bytes(octets[1:3], "big"))
    return int.from_bytes(octets[at + length :], "big").bit_length() or None


def read_keys(keys: Iterable[DNSKEY]) -> tuple[ZoneKey, ...]:
    """What there is to know of the zone keys among DNSKEY records."""
    zone_keys = (k for k in keys if is_zone_key(k))
    found = {ZoneKey(tag(k), int(k.algorithm), bool(k.flags & SEP), rsa_bits(k)) for k in zone_keys}
    return tuple(sorted(found, key=lambda k: (not k.sep, k.algorithm, k.tag)))


def read_ds(records: Iterable[DS]) -> tuple[Vouching, ...]:
    found = {Vouching(int(d.key_tag), int(d.algorithm), int(d.digest_type)) for d in records}
    return tuple(sorted(found, key=lambda d: (d.tag, d.algorithm, d.digest)))


def algorithm_name(number: int) -> str:
    """`8 (RSASHA256)`, or the number alone."""
    return f"{number} ({NAMES[number]})" if number in NAMES else str(number)


def as_text(key: DNSKEY) -> str:
    """Presentation form on one line, without the spaces that some put into the key."""
    return f"{int(key.flags)} {int(key.protocol)} {int(key.algorithm)} {base64.b64encode(key.key).decode()}"
