"""ClientHello messages by hand: their form, read by another reader than the one that made them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pytest

from audit.model.hello import Offer
from audit.syntax.tls.client_hello import OFFERS, client_hello, farewell
from audit.syntax.tls.suites import SUITES

RANDOM = bytes(range(64))
HOST = "mx.story.example"


@dataclass(frozen=True)
class Hello:
    record_version: int
    version: int
    session: bytes
    suites: tuple[int, ...]
    compression: bytes
    extensions: dict[int, bytes]


def read(octets: bytes) -> Hello:
    """A ClientHello, as RFC 8446 section 4.1.2 lays it out."""
    kind, record_version, length = struct.unpack("!BHH", octets[:5])
    assert (kind, length) == (22, len(octets) - 5)
    assert octets[5] == 1
    assert int.from_bytes(octets[6:9], "big") == len(octets) - 9
    (version,) = struct.unpack("!H", octets[9:11])
    assert octets[11:43] == RANDOM[:32]
    at = 43
    session, at = octets[at + 1 : at + 1 + octets[at]], at + 1 + octets[at]
    (size,) = struct.unpack("!H", octets[at : at + 2])
    suites = struct.unpack(f"!{size // 2}H", octets[at + 2 : at + 2 + size])
    at += 2 + size
    compression, at = octets[at + 1 : at + 1 + octets[at]], at + 1 + octets[at]
    extensions: dict[int, bytes] = {}
    if at < len(octets):
        assert struct.unpack("!H", octets[at : at + 2])[0] == len(octets) - at - 2
        at += 2
    while at < len(octets):
        name, size = struct.unpack("!HH", octets[at : at + 4])
        assert name not in extensions
        extensions[name] = octets[at + 4 : at + 4 + size]
        at += 4 + size
    assert at == len(octets)
    return Hello(record_version, version, session, suites, compression, extensions)


@pytest.mark.parametrize("offer", Offer)
def test_each_offer_is_well_formed(offer: Offer) -> None:
    hello = read(client_hello(offer, HOST, RANDOM))
    assert hello.suites[:-1] == OFFERS[offer].suites
    assert hello.suites[-1] == 0x00FF
    assert set(hello.suites[:-1]) <= set(SUITES)
    assert len(set(hello.suites)) == len(hello.suites) > 1


@pytest.mark.parametrize(
    ("offer", "record_version", "version"),
    [
        (Offer.SSL3, 0x0300, 0x0300),
        (Offer.TLS10, 0x0301, 0x0301),
        (Offer.TLS11, 0x0301, 0x0302),
        (Offer.TLS12, 0x0301, 0x0303),
        (Offer.TLS13, 0x0301, 0x0303),
    ],
)
def test_versions(offer: Offer, record_version: int, version: int) -> None:
    hello = read(client_hello(offer, HOST, RANDOM))
    assert (hello.record_version, hello.version) == (record_version, version)
    assert (43 in hello.extensions) is (offer is Offer.TLS13)


def test_sslv3_has_no_extensions() -> None:
    assert read(client_hello(Offer.SSL3, HOST, RANDOM)).extensions == {}


def test_the_name_is_said_where_there_is_one() -> None:
    name = HOST.encode()
    said = read(client_hello(Offer.TLS10, HOST, RANDOM)).extensions
    assert said[0] == struct.pack("!HBH", len(name) + 3, 0, len(name)) + name
    assert 0 not in read(client_hello(Offer.TLS10, None, RANDOM)).extensions


def test_tls_1_3_brings_no_key_share_and_nothing_to_compress_with() -> None:
    for offer, groups in ((Offer.TLS13, None), (Offer.POST_QUANTUM, b"\x00\x02\x11\xec")):
        hello = read(client_hello(offer, HOST, RANDOM))
        assert hello.extensions[51] == b"\x00\x00"
        assert hello.extensions[43] == b"\x02\x03\x04"
        assert hello.compression == b"\x00"
        assert hello.session == RANDOM[32:]
        assert groups is None or hello.extensions[10] == groups


def test_older_offers_try_compression() -> None:
    assert read(client_hello(Offer.TLS12, HOST, RANDOM)).compression == b"\x01\x00"


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        (Offer.NULL, "_NULL_"),
        (Offer.EXPORT, "EXPORT"),
        (Offer.RC4, "_RC4_"),
        (Offer.TRIPLE_DES, "_3DES_"),
        (Offer.MD5, "_MD5"),
        (Offer.IDEA, "_IDEA_"),
        (Offer.SEED, "_SEED_"),
        (Offer.ANONYMOUS, "_anon_"),
        (Offer.DHE, "TLS_DHE_"),
        (Offer.ECDSA, "TLS_ECDHE_ECDSA_"),
    ],
)
def test_an_offer_of_a_family_holds_nothing_else(offer: Offer, words: str) -> None:
    assert all(words in SUITES[code] for code in OFFERS[offer].suites)


def test_the_weak_offer_holds_each_family_and_no_anonymous_suite() -> None:
    weak = set(OFFERS[Offer.WEAK].suites)
    for offer in (Offer.NULL, Offer.EXPORT, Offer.RC4, Offer.DES, Offer.TRIPLE_DES, Offer.MD5, Offer.IDEA, Offer.SEED):
        assert set(OFFERS[offer].suites) <= weak
    assert not weak & set(OFFERS[Offer.ANONYMOUS].suites)
    assert not weak & set(OFFERS[Offer.TLS12].suites)


def test_no_static_suite_is_ephemeral() -> None:
    assert not [SUITES[code] for code in OFFERS[Offer.STATIC].suites if "DHE" in SUITES[code] or "anon" in SUITES[code]]


def test_chance_is_given_from_outside() -> None:
    with pytest.raises(ValueError, match="64 random octets"):
        client_hello(Offer.TLS12, HOST, b"too short")


@pytest.mark.parametrize(
    ("version", "record_version"), [(None, b"\x03\x01"), (0x0300, b"\x03\x00"), (0x0304, b"\x03\x03")]
)
def test_the_farewell_is_in_a_record_of_the_version(version: int | None, record_version: bytes) -> None:
    assert farewell(version) == b"\x15" + record_version + b"\x00\x02\x01\x5a"
