"""Server flights by octets, for tests: what servers of any age say, however few of them are left to be asked."""

from __future__ import annotations

import struct

HANDSHAKE, ALERT = 22, 21
HELLO_DONE = b"\x0e\x00\x00\x00"
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")  # RFC 8446 section 4.1.3


def record(fragment: bytes, version: int = 0x0303, kind: int = HANDSHAKE) -> bytes:
    return bytes((kind,)) + struct.pack("!HH", version, len(fragment)) + fragment


def message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


def server_hello(
    version: int, suite: int, *, compression: int = 0, extensions: bytes | None = None, random: bytes = bytes(32)
) -> bytes:
    body = struct.pack("!H", version) + random + b"\x00" + struct.pack("!HB", suite, compression)
    return message(2, body if extensions is None else body + vector(extensions, 2))


def extension(kind: int, data: bytes) -> bytes:
    return struct.pack("!H", kind) + vector(data, 2)


def vector(data: bytes, size: int) -> bytes:
    return len(data).to_bytes(size, "big") + data


def certificate(*chain: bytes) -> bytes:
    return message(11, vector(b"".join(vector(der, 3) for der in chain), 3))


def dhe(bits: int, *, scheme: int | None = None) -> bytes:
    """The parameters of a Diffie-Hellman exchange whose prime has so many bits; nobody checks that it is one."""
    prime = (1 << (bits - 1) | 1).to_bytes((bits + 7) // 8, "big")
    body = vector(prime, 2) + vector(b"\x02", 2) + vector(b"\x05" * 8, 2)
    return message(12, body + (struct.pack("!H", scheme) if scheme else b"") + vector(b"signature", 2))


def ecdhe(group: int, *, scheme: int | None = None) -> bytes:
    body = b"\x03" + struct.pack("!H", group) + vector(b"\x04" * 65, 1)
    return message(12, body + (struct.pack("!H", scheme) if scheme else b"") + vector(b"signature", 2))


def alert(code: int, level: int = 2, version: int = 0x0303) -> bytes:
    return record(bytes((level, code)), version, ALERT)


def flight(
    version: int,
    suite: int,
    *messages: bytes,
    chain: tuple[bytes, ...] = (b"leaf",),
    compression: int = 0,
    extensions: bytes | None = None,
) -> bytes:
    """A whole flight of TLS 1.2 or older."""
    hello = server_hello(version, suite, compression=compression, extensions=extensions)
    shown = (certificate(*chain),) if chain else ()
    return record(b"".join((hello, *shown, *messages, HELLO_DONE)), version)


def retry(group: int, suite: int = 0x1301) -> bytes:
    """A HelloRetryRequest of TLS 1.3 that asks for a group."""
    extensions = extension(43, b"\x03\x04") + extension(51, struct.pack("!H", group))
    return record(server_hello(0x0303, suite, extensions=extensions, random=RETRY))
