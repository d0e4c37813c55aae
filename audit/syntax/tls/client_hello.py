"""Offers that no library makes any more, as ClientHello messages (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2).

A server says in clear which of the versions and suites that it is offered it takes, before any key is computed. So
SSLv3 or RC4 can be offered by whoever can write a ClientHello, and the handshake is left there. An empty list of key
shares makes a server of TLS 1.3 name the group that it wants in a HelloRetryRequest (RFC 8446 section 4.2.8).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from audit.model.hello import Offer
from audit.model.value import dataclass
from audit.syntax.tls.codes import GROUPS, POST_QUANTUM, SCHEMES, SSL3, TLS10, TLS11, TLS12, TLS13
from audit.syntax.tls.suites import FOR_ECDSA, FOR_RSA, Family, beginning, of_family
from audit.syntax.tls.suites import TLS13 as OF_TLS13

RANDOM_OCTETS = 32
SAFE_RENEGOTIATION = 0x00FF  # a signal among the suites, which SSLv3 can carry as well (RFC 5746 section 3.3)
DEFLATE, NO_COMPRESSION = 1, 0
SERVER_NAME, SUPPORTED_GROUPS, POINT_FORMATS, SIGNATURE_ALGORITHMS = 0, 10, 11, 13
MASTER_SECRET, SUPPORTED_VERSIONS, PSK_MODES, KEY_SHARE = 23, 43, 45, 51
CLASSIC = tuple(code for code, name in GROUPS.items() if "MLKEM" not in name)
USER_CANCELED = 90


@dataclass(frozen=True, slots=True)
class Terms:
    """What an offer holds: the newest version that the client claims to know, the suites by preference, the groups."""

    version: int
    suites: tuple[int, ...]
    groups: tuple[int, ...] = CLASSIC


_BAD = (Family.NULL, Family.EXPORT, Family.RC4, Family.DES, Family.TRIPLE_DES, Family.MD5, Family.IDEA, Family.SEED)
_STATIC = ("TLS_RSA_WITH_", "TLS_DH_RSA_", "TLS_DH_DSS_", "TLS_ECDH_RSA_", "TLS_ECDH_ECDSA_")
_GOOD = beginning("TLS_ECDHE_", "TLS_DHE_", *_STATIC)
_ANY = (*_GOOD, *of_family(*_BAD))

OFFERS: Mapping[Offer, Terms] = MappingProxyType(
    {
        Offer.SSL3: Terms(SSL3, _ANY),
        Offer.TLS10: Terms(TLS10, _ANY),
        Offer.TLS11: Terms(TLS11, _ANY),
        Offer.TLS12: Terms(TLS12, _GOOD),
        Offer.TLS13: Terms(TLS13, beginning(*OF_TLS13)),
        Offer.POST_QUANTUM: Terms(
            TLS13, beginning(*OF_TLS13), tuple(code for code, name in GROUPS.items() if name == POST_QUANTUM)
        ),
        Offer.WEAK: Terms(TLS12, of_family(*_BAD)),
        Offer.NULL: Terms(TLS12, of_family(Family.NULL)),
        Offer.EXPORT: Terms(TLS12, of_family(Family.EXPORT)),
        Offer.RC4: Terms(TLS12, of_family(Family.RC4)),
        Offer.DES: Terms(TLS12, of_family(Family.DES)),
        Offer.TRIPLE_DES: Terms(TLS12, of_family(Family.TRIPLE_DES)),
        Offer.MD5: Terms(TLS12, of_family(Family.MD5)),
        Offer.IDEA: Terms(TLS12, of_family(Family.IDEA)),
        Offer.SEED: Terms(TLS12, of_family(Family.SEED)),
        Offer.ANONYMOUS: Terms(TLS12, of_family(Family.ANONYMOUS, anonymous=True)),
        Offer.STATIC: Terms(TLS12, beginning(*_STATIC)),
        Offer.DHE: Terms(TLS12, beginning("TLS_DHE_")),
        Offer.RSA: Terms(TLS12, beginning(*FOR_RSA)),
        Offer.ECDSA: Terms(TLS12, beginning(*FOR_ECDSA)),
    }
)


def client_hello(offer: Offer, name: str | None, random: bytes) -> bytes:
    """The first octets that a client sends, with a server's name (RFC 6066 section 3) where there is one.

    Raises:
        ValueError: `random` has not 64 octets, or the name is not ASCII.
    """
    if len(random) != 2 * RANDOM_OCTETS:
        raise ValueError("a ClientHello takes 64 random octets")
    terms = OFFERS[offer]
    modern = terms.version >= TLS13
    session = random[RANDOM_OCTETS:] if modern else b""
    # RFC 8446 section 4.1.2: whoever offers TLS 1.3 must not offer compression.
    compression = bytes((NO_COMPRESSION,)) if modern else bytes((DEFLATE, NO_COMPRESSION))
    body = struct.pack("!H", min(terms.version, TLS12)) + random[:RANDOM_OCTETS] + _short(session)
    body += _long(_numbers((*terms.suites, SAFE_RENEGOTIATION))) + _short(compression)
    if terms.version > SSL3:
        body += _long(b"".join(_extensions(terms, name)))
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16" + struct.pack("!H", min(terms.version, TLS10)) + _long(message)


def farewell(version: int | None) -> bytes:
    """The alert user_canceled, in a record of the version agreed upon: another would be one more error in their log."""
    return b"\x15" + struct.pack("!H", min(version or TLS10, TLS12)) + b"\x00\x02\x01" + bytes((USER_CANCELED,))


def _extensions(terms: Terms, name: str | None) -> Iterable[bytes]:
    if name:
        yield _extension(SERVER_NAME, _long(b"\x00" + _long(name.encode("ascii"))))
    yield _extension(SUPPORTED_GROUPS, _long(_numbers(terms.groups)))
    yield _extension(POINT_FORMATS, b"\x01\x00")
    yield _extension(MASTER_SECRET, b"")
    if terms.version >= TLS12:
        yield _extension(SIGNATURE_ALGORITHMS, _long(_numbers(sorted(SCHEMES, reverse=True))))
    if terms.version >= TLS13:
        yield _extension(SUPPORTED_VERSIONS, _short(_numbers((TLS13,))))
        yield _extension(PSK_MODES, b"\x01\x01")
        yield _extension(KEY_SHARE, _long(b""))


def _extension(kind: int, data: bytes) -> bytes:
    return struct.pack("!H", kind) + _long(data)


def _numbers(codes: Iterable[int]) -> bytes:
    return b"".join(struct.pack("!H", code) for code in codes)


def _short(data: bytes) -> bytes:
    return bytes((len(data),)) + data


def _long(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data
