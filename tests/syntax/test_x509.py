"""What is read of a certificate, and what names it covers."""

from __future__ import annotations

import hashlib
import warnings

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax.x509 import MAX_NAMES, covers, parse
from tests.syntax.pki import CA, DAY, HOST, NOW, PrivateKey, ec_key, issue

LEAF = issue(HOST, CA, dns=(HOST, "*.example.org"), serial=0xABC).der


def test_a_good_certificate() -> None:
    read = parse(LEAF)
    assert read.sha256 == hashlib.sha256(LEAF).hexdigest()
    assert (read.subject, read.issuer, read.serial) == (f"CN={HOST}", "CN=Test CA", "abc")
    assert (read.not_before, read.not_after) == (NOW - 30 * DAY, NOW + 60 * DAY)
    assert (read.dns_names, read.names_readable) == ((HOST, "*.example.org"), True)
    assert (read.key, read.bits, read.curve, read.signature_hash) == ("EC", 256, "secp256r1", "sha256")
    assert (read.self_issued, read.is_ca, read.readable) == (False, False, True)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (rsa.generate_private_key(65537, 1024), ("RSA", 1024, None)),
        (ec_key("x", ec.SECP384R1()), ("EC", 384, "secp384r1")),
        (ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)), ("Ed25519", 256, None)),
        (ed448.Ed448PrivateKey.from_private_bytes(bytes(57)), ("Ed448", 456, None)),
    ],
    ids=["rsa", "ec", "ed25519", "ed448"],
)
def test_keys(key: PrivateKey, expected: tuple[str, int, str | None]) -> None:
    read = parse(issue(HOST, CA, key=key).der)
    assert (read.key, read.bits, read.curve) == expected


def test_self_issued_authority() -> None:
    read = parse(issue("Root", None, ca=True).der)
    assert (read.self_issued, read.is_ca) == (True, True)


def test_without_basic_constraints_it_does_not_say() -> None:
    assert parse(issue(HOST, CA, constraints=False).der).is_ca is None


def test_names_are_escaped_and_counted() -> None:
    read = parse(issue("a\u202eb\n" + "x" * 50, CA, dns=tuple(f"h{n}.example.org" for n in range(150))).der)
    assert read.subject.startswith("CN=a\\u{202e}b\\x0a")
    assert len(read.dns_names) == MAX_NAMES
    hostile = parse(issue(HOST, CA, dns=("a\0b.example.org", "x" * 500)).der)
    assert hostile.dns_names[0] == "a\\x00b.example.org"
    assert len(hostile.dns_names[1]) == 200


def test_an_odd_serial_number_warns_nobody() -> None:
    der = issue(HOST, CA, serial=0x55).der
    zero = der.replace(b"\x02\x01\x55", b"\x02\x01\x00", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = parse(zero)
    assert (read.serial, read.readable) == ("0", True)


def test_one_bad_extension_leaves_the_names_unknown() -> None:
    der = LEAF.replace(b"\x82\x0fmx1.example.org", b"\x99\x0fmx1.example.org", 1)
    assert der != LEAF
    read = parse(der)
    assert (read.names_readable, read.dns_names, read.is_ca) == (False, (), None)
    assert (read.readable, read.subject) == (True, f"CN={HOST}")


@pytest.mark.parametrize("der", [b"", b"\x30", b"-----BEGIN CERTIFICATE-----", LEAF[:-1], LEAF + b"\0", bytes(100_000)])
def test_what_is_no_certificate(der: bytes) -> None:
    read = parse(der)
    assert (read.readable, read.names_readable, read.key, read.not_after) == (False, False, "unknown", None)
    assert read.sha256 == hashlib.sha256(der).hexdigest()


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(LEAF) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_certificate_is_read_as_far_as_it_goes(damage: list[tuple[int, int]]) -> None:
    der = bytearray(LEAF)
    for position, value in damage:
        der[position] = value
    read = parse(bytes(der))
    assert max(len(read.subject), len(read.issuer)) <= 200
    assert all(name.isprintable() for name in read.dns_names)


@pytest.mark.parametrize(
    ("pattern", "host", "expected"),
    [
        ("mx1.example.org", "mx1.example.org", True),
        ("MX1.Example.ORG", "mx1.example.org", True),
        ("mx1.example.org.", "mx1.example.org", True),
        ("mx1.example.org", "mx1.example.org.", True),
        ("example.org", "mx1.example.org", False),
        ("mx1.example.org", "example.org", False),
        ("*.example.org", "mx1.example.org", True),
        ("*.example.org", "a.mx1.example.org", False),  # one label, no more
        ("*.example.org", "example.org", False),
        ("*.example.org", ".example.org", False),
        ("*.org", "example.org", False),
        ("*", "org", False),
        ("mx*.example.org", "mx1.example.org", False),
        ("*1.example.org", "mx1.example.org", False),
        ("mx1.*.org", "mx1.example.org", False),
        ("*.*.org", "mx1.example.org", False),
        ("*.example.org", "*.example.org", False),
        ("*.xn--bcher-kva.example", "mx.xn--bcher-kva.example", True),
        ("mx1.bücher.example", "mx1.bücher.example", False),  # A-labels only
        ("mx1.example.org\0.evil.example", "mx1.example.org", False),
        ("mx1..org", "mx1..org", False),
        ("", "", False),
        (".", ".", False),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_which_host_a_name_covers(pattern: str, host: str, expected: bool) -> None:
    assert covers(pattern, host) is expected


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_can_be_compared(pattern: str, host: str) -> None:
    if covers(pattern, host):
        assert pattern.count(".") == host.count(".") or pattern.endswith(".") or host.endswith(".")


def test_the_library_is_as_strict_as_we_think() -> None:
    """Extensions are read all or none: that is why one bad one hides the names."""
    der = LEAF.replace(b"\x82\x0fmx1.example.org", b"\x99\x0fmx1.example.org", 1)
    with pytest.raises(ValueError):
        _ = x509.load_der_x509_certificate(der).extensions
