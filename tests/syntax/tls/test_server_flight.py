"""Server flights, read octet by octet: what is agreed upon, and where it breaks off."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from audit.syntax.tls.server_flight import CERTIFICATES_KEPT, CHAIN_OCTETS, MOST_OCTETS, End, FlightReader, ServerFlight
from tests.syntax.tls import flights
from tests.syntax.tls.flights import flight, record, retry
from tests.timing import within

SSL3, TLS10, TLS11, TLS12 = 0x0300, 0x0301, 0x0302, 0x0303
SAFE = flights.extension(0xFF01, b"\x00")


def read(*pieces: bytes) -> ServerFlight:
    reader = FlightReader()
    for piece in pieces:
        reader.feed(piece)
    return reader.flight


def each_octet(data: bytes) -> Iterable[bytes]:
    return (bytes((octet,)) for octet in data)


WHOLE = {
    "SSLv3 with RC4": (flight(SSL3, 0x0004), ServerFlight(SSL3, 0x0004, compression=0, chain=(b"leaf",))),
    "TLS 1.0 with 3DES": (flight(TLS10, 0x000A), ServerFlight(TLS10, 0x000A, compression=0, chain=(b"leaf",))),
    "TLS 1.1, compressing": (
        flight(TLS11, 0x002F, compression=1),
        ServerFlight(TLS11, 0x002F, compression=1, chain=(b"leaf",)),
    ),
    "DHE": (
        flight(TLS12, 0x009F, flights.dhe(1024, scheme=0x0401)),
        ServerFlight(TLS12, 0x009F, dh_bits=1024, scheme=0x0401, compression=0, chain=(b"leaf",)),
    ),
    "DHE with ChaCha20": (
        flight(TLS12, 0xCCAA, flights.dhe(2048, scheme=0x0804)),
        ServerFlight(TLS12, 0xCCAA, dh_bits=2048, scheme=0x0804, compression=0, chain=(b"leaf",)),
    ),
    "DHE of TLS 1.0, without a scheme": (
        flight(TLS10, 0x0039, flights.dhe(768)),
        ServerFlight(TLS10, 0x0039, dh_bits=768, compression=0, chain=(b"leaf",)),
    ),
    "ECDHE, safe to renegotiate": (
        flight(TLS12, 0xC030, flights.ecdhe(0x001D, scheme=0x0804), extensions=SAFE, chain=(b"leaf", b"ca")),
        ServerFlight(
            TLS12, 0xC030, 0x001D, scheme=0x0804, compression=0, renegotiation_info=True, chain=(b"leaf", b"ca")
        ),
    ),
    "no certificate": (
        flight(TLS12, 0x0034, flights.dhe(2048), chain=()),
        ServerFlight(TLS12, 0x0034, dh_bits=2048, scheme=9, compression=0),
    ),
    "EXPORT, whose short key is not that of Diffie-Hellman": (
        flight(TLS10, 0x0003, flights.dhe(512)),
        ServerFlight(TLS10, 0x0003, compression=0, chain=(b"leaf",)),
    ),
    "TLS 1.3": (retry(0x11EC), ServerFlight(0x0304, 0x1301, 0x11EC, compression=0)),
}


@pytest.mark.parametrize(("octets", "expected"), WHOLE.values(), ids=WHOLE)
def test_a_whole_flight_says_what_is_agreed_upon(octets: bytes, expected: ServerFlight) -> None:
    expected.end = End.COMPLETE
    for pieces in ((octets,), each_octet(octets)):
        assert read(*pieces) == expected


def test_messages_may_be_cut_into_records_anyhow() -> None:
    hello, shown = flights.server_hello(TLS12, 0x009C), flights.certificate(b"leaf" * 400)
    octets = hello + shown + flights.HELLO_DONE
    cut = b"".join(record(octets[at : at + 100]) for at in range(0, len(octets), 100))
    assert (read(cut).end, read(cut).chain) == (End.COMPLETE, (b"leaf" * 400,))


BROKEN = {
    "a refusal": (flights.alert(40), End.ALERT, "handshake_failure"),
    "a refusal by closing": (flights.alert(0, level=1), End.ALERT, "close_notify"),
    "a code that is not known": (flights.alert(200), End.ALERT, "alert 200"),
    "an alert after half of it": (
        record(flights.server_hello(TLS10, 5)) + flights.alert(80),
        End.ALERT,
        "internal_error",
    ),
    "only a warning": (flights.alert(112, level=1), None, "unrecognized_name"),
    "plain text": (b"250-evil.test\r\n", End.NOT_TLS, None),
    "an older SSL": (b"\x16\x02\x00\x00\x05hello", End.NOT_TLS, None),
    "half of it": (record(flights.server_hello(TLS12, 0x2F) + flights.certificate(b"leaf")), None, None),
    "an alert that is cut": (record(b"\x02", kind=21), End.MALFORMED, None),
    "a hello that is cut": (record(flights.message(2, b"\x03\x03")), End.MALFORMED, None),
    "a chain that is cut": (
        record(flights.server_hello(TLS12, 5) + flights.message(11, b"\x00\x00\x09")),
        End.MALFORMED,
        None,
    ),
    "two hellos": (record(flights.server_hello(TLS12, 5) * 2), End.MALFORMED, None),
    "no hello": (record(flights.HELLO_DONE), End.MALFORMED, None),
    "what is encrypted": (record(b"\x00" * 40, kind=23), End.MALFORMED, None),
    "too long a record": (b"\x16\x03\x03\xff\xff", End.MALFORMED, None),
    "too long a message": (record(b"\x0b\xff\xff\xff"), End.TOO_LONG, None),
}


@pytest.mark.parametrize(("octets", "end", "alert"), BROKEN.values(), ids=BROKEN)
def test_half_a_flight_is_no_consent(octets: bytes, end: End | None, alert: str | None) -> None:
    for pieces in ((octets,), each_octet(octets)):
        found = read(*pieces)
        assert (found.end, found.alert) == (end, alert)


def test_a_warning_does_not_end_a_flight() -> None:
    found = read(flights.alert(112, level=1) + flight(TLS12, 0x009C))
    assert (found.end, found.alert) == (End.COMPLETE, "unrecognized_name")


def test_nothing_is_read_behind_the_end() -> None:
    reader = FlightReader()
    reader.feed(flights.alert(40))
    reader.feed(flight(TLS12, 0x009C))
    assert reader.flight == ServerFlight(alert="handshake_failure", end=End.ALERT)


def test_of_a_long_chain_the_first_certificates_are_kept() -> None:
    many = flight(TLS12, 0x9C, chain=tuple(bytes((n,)) * 20 for n in range(30)))
    large = tuple(b"x" * 15_000 for _ in range(6))
    heavy = flights.server_hello(TLS12, 0x9C) + flights.certificate(*large) + flights.HELLO_DONE
    assert len(read(many).chain) == CERTIFICATES_KEPT
    kept = read(*(record(heavy[at : at + 16_000]) for at in range(0, len(heavy), 16_000)))
    assert kept.end is End.COMPLETE
    assert sum(map(len, kept.chain)) <= CHAIN_OCTETS


@pytest.mark.parametrize(
    "piece", [flights.alert(112, level=1), record(flights.message(22, b"x" * 16_000)), record(b"")]
)
def test_a_flood_has_an_end(piece: bytes) -> None:
    reader = FlightReader()
    reader.feed(record(flights.server_hello(TLS12, 0x9C)))
    fed = 0
    while reader.flight.end is None and fed < 4 * MOST_OCTETS:
        reader.feed(piece)
        fed += len(piece)
    assert reader.flight.end is End.TOO_LONG


def test_nothing_that_a_server_sends_raises() -> None:
    chance = random.Random(9325)
    whole = [octets for octets, _ in WHOLE.values()]
    for _ in range(20_000):
        octets = bytearray(chance.choice(whole))
        for _ in range(chance.randrange(1, 6)):
            octets[chance.randrange(len(octets))] = chance.randrange(256)
        found = read(bytes(octets[: chance.randrange(len(octets) + 1)]))
        assert len(found.chain) <= CERTIFICATES_KEPT
    for _ in range(5_000):
        read(chance.randbytes(chance.randrange(60)))


def test_octet_by_octet_it_costs_no_more_than_its_length() -> None:
    octets = (
        record(flights.server_hello(TLS12, 0x9C)) + record(b"") * 4 + record(flights.message(22, b"x" * 16_000)) * 7
    )
    assert within(2, lambda: read(*each_octet(octets)))
