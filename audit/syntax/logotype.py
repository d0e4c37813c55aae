"""Logotypes in certificates (RFC 9399, which took the place of RFC 3709): the pictures that an authority vouches for.

An extension (1.3.6.1.5.5.7.1.12) names pictures by media type, hashes and addresses. In the certificate of a mark the
address holds the picture itself, as a `data:` URI that is mostly packed with gzip, so that nothing need be fetched. A
hash may be over the picture as packed, or as it is. What is unpacked is bounded.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterator

from cryptography import x509

from audit.model.value import dataclass
from audit.syntax.x509 import attempt

EXTENSION = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.12")
MAX_PICTURE = 1024 * 1024  # octets, unpacked
MAX_PICTURES, MAX_DEPTH, MAX_ELEMENTS = 20, 12, 2000
GZIP = b"\x1f\x8b"
GZIP_WINDOW = 31  # zlib's number for gzip
IA5, OCTETS, SEQUENCE, CONSTRUCTED = 0x16, 0x04, 0x30, 0x20
HASHES = {  # by the DER of their object identifiers: SHA-1, SHA-256, SHA-384, SHA-512
    bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}


@dataclass(frozen=True, slots=True)
class Logotype:
    """A picture in a certificate: its hashes (algorithm and value), and itself as far as it is there, unpacked."""

    hashes: tuple[tuple[str, bytes], ...]
    picture: bytes | None

    def is_of(self, picture: bytes) -> bool | None:
        """Whether a picture is this one; None where only a hash is there, perhaps of something packed."""
        plain = unpacked(picture)
        if any(hashlib.new(name, each).digest() == value for name, value in self.hashes for each in (picture, plain)):
            return True
        return None if self.picture is None else self.picture == plain


def read(extension: bytes) -> tuple[Logotype, ...]:
    """The pictures that an extension names; none where it cannot be read. Never raises."""
    found = attempt(lambda: [_logotype(details) for details in _details(extension)])
    return tuple(found or ())


def unpacked(picture: bytes) -> bytes:
    """A picture without gzip around it; as it is where it cannot be unpacked, or is too large."""
    if not picture.startswith(GZIP):
        return picture
    return attempt(lambda: _unpacked(picture)) or picture


def _unpacked(picture: bytes) -> bytes | None:
    stream = zlib.decompressobj(wbits=GZIP_WINDOW)
    plain = stream.decompress(picture, MAX_PICTURE)
    return plain if stream.eof else None


def _details(der: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Each LogotypeDetails: a media type, hashes and addresses, wherever the extension has them."""
    waiting = [(der, 0)]
    seen = given = 0
    while waiting:
        content, depth = waiting.pop(0)
        elements = tuple(_elements(content))
        seen += len(elements)
        if seen > MAX_ELEMENTS:
            return
        if tuple(tag for tag, _ in elements) == (IA5, SEQUENCE, SEQUENCE):
            kind, hashes, addresses = (value for _, value in elements)
            given += 1
            yield kind, hashes, addresses
            if given == MAX_PICTURES:
                return
        elif depth < MAX_DEPTH:
            waiting += [(value, depth + 1) for tag, value in elements if tag & CONSTRUCTED]


def _logotype(details: tuple[bytes, bytes, bytes]) -> Logotype:
    _, hashes, addresses = details
    pairs = [tuple(_elements(pair)) for tag, pair in _elements(hashes) if tag == SEQUENCE]
    known = tuple(
        (name, pair[1][1])
        for pair in pairs
        if len(pair) == 2 and pair[1][0] == OCTETS and (name := HASHES.get(_algorithm(pair[0][1])))
    )
    held = (_held(address) for tag, address in _elements(addresses) if tag == IA5)
    return Logotype(known, next((picture for picture in held if picture is not None), None))


def _algorithm(identifier: bytes) -> bytes:
    """The object identifier in an AlgorithmIdentifier."""
    return next((value for _, value in _elements(identifier)), b"")


def _held(address: bytes) -> bytes | None:
    """The picture in a `data:` URI (RFC 2397), unpacked; None where it is none, or too large."""
    head, comma, data = address.partition(b",")
    if not comma or head[:5].lower() != b"data:" or not head.lower().endswith(b";base64"):
        return None
    octets = attempt(lambda: base64.b64decode(data, validate=True))
    plain = unpacked(octets) if octets else None
    return None if plain is None or plain.startswith(GZIP) else plain


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """The tags and values of elements that stand side by side (X.690); those behind a malformed one are left out."""
    at = 0
    while at + 2 <= len(der):
        tag, length, start = der[at], der[at + 1], at + 2
        if length & 0x80:
            width = length & 0x7F
            length, start = int.from_bytes(der[start : start + width]), start + width
            if not 0 < width <= 4:
                return
        if start + length > len(der):
            return
        yield tag, der[start : start + length]
        at = start + length
