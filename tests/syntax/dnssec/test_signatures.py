"""Signatures and DS records, by the examples of RFC 8080 section 6.1 and RFC 4509 section 2.3."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from audit.syntax.dnssec import signatures
from audit.syntax.dnssec.keys import is_of, rsa_bits, tag, vouched
from audit.syntax.dnssec.records import DNSKEY, DS, Proof, Signed, name, read
from audit.syntax.dnssec.signatures import SIGNATURES_TRIED, Verified, lifetime, verify
from audit.syntax.dnssec.state import Why

KEY = "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="
SIGNATURE = (
    "MX 15 2 3600 20150819220000 20150729220000 3613 example.com. "
    "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg=="
)
PROOF = (
    "example.com. 3600 MX 10 mail.example.com.",
    f"example.com. 3600 RRSIG {SIGNATURE}",
    f"example.com. 3600 DNSKEY {KEY}",
    "example.com. 3600 DS 3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b",
)
IN_TIME = datetime(2015, 8, 1, tzinfo=UTC)
OLD = (
    "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/"
    "M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw=="
)
SHA1 = "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"
SHA256 = "60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A"


def held(*records: str) -> Proof:
    found = read(records)
    assert found is not None
    return found


def the(proof: Proof, of: str, rdtype: str) -> Signed:
    found = proof.at(name(of), rdtype)
    assert found is not None
    return found


def records(of: str, rdtype: str, *data: str) -> tuple[Any, ...]:
    return tuple(the(held(*(f"{of} 1 {rdtype} {d}" for d in data)), of, rdtype).rrset)


def verified(
    signed: Signed, keys: tuple[DNSKEY, ...] = (), at: datetime = IN_TIME, zone: str = "example.com"
) -> Verified:
    return verify(signed, name(zone), keys or records("example.com", "DNSKEY", KEY), at)


MX = the(held(*PROOF), "example.com", "MX")


def test_the_example_holds() -> None:
    found = verified(MX)
    assert found.why is None
    assert found.lifetime == lifetime(MX.signatures[0])
    assert found.lifetime.expiration == datetime(2015, 8, 19, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (datetime(2015, 8, 19, 22, tzinfo=UTC), None),
        (datetime(2015, 8, 19, 22, 0, 1, tzinfo=UTC), Why.EXPIRED),
        (datetime(2015, 7, 29, 22, tzinfo=UTC), None),
        (datetime(2015, 7, 29, 21, 59, 59, tzinfo=UTC), Why.NOT_YET_VALID),
    ],
)
def test_a_signature_holds_from_its_first_second_to_its_last(at: datetime, why: Why | None) -> None:
    assert verified(MX, at=at).why is why


MOMENT = int(IN_TIME.timestamp())
RING = 1 << 32


@pytest.mark.parametrize(
    ("inception", "expiration", "why"),
    [
        (0, MOMENT + 9, Why.SIGNATURE),  # in time, so that the signature itself is looked at
        (MOMENT - 9, MOMENT + RING // 2 - 1, Why.SIGNATURE),
        (MOMENT - 9, MOMENT + RING // 2 + 1, Why.EXPIRED),  # further ahead is behind
        (MOMENT - 9, RING - 1, Why.EXPIRED),
        (MOMENT + 9, MOMENT - 9, Why.EXPIRED),
        (MOMENT + 9, MOMENT + 99, Why.NOT_YET_VALID),
        (RING - 9, 9, Why.EXPIRED),
    ],
)
def test_dates_are_numbers_on_a_ring(inception: int, expiration: int, why: Why) -> None:
    """RFC 4034 section 3.1.5: they are compared as serial numbers are (RFC 1982)."""
    dated = held(PROOF[0], PROOF[1].replace("20150819220000 20150729220000", f"{expiration} {inception}"))
    assert verified(the(dated, "example.com", "MX")).why is why


@pytest.mark.parametrize("date", ["99991231235959", "9999999999", "22000101000000"])
def test_dates_that_no_signature_can_have_make_none(date: str) -> None:
    for dates in (f"{date} 20150729220000", f"20150819220000 {date}", f"{date} {date}"):
        bad = read((PROOF[0], PROOF[1].replace("20150819220000 20150729220000", dates)))
        assert bad is None


def rsa(bits: int) -> tuple[DNSKEY, ...]:
    octets = bytes((3, 1, 0, 1, 0x80, *bytes(bits // 8 - 1)))
    return records("example.com", "DNSKEY", f"256 3 8 {base64.b64encode(octets).decode()}")


def by(key: DNSKEY, until: str = "20150819220000") -> str:
    return f"example.com. 3600 RRSIG MX 8 2 3600 {until} 20150729220000 {tag(key)} example.com. AAAA"


def test_a_key_that_is_too_large_to_be_tried_is_no_fault_of_the_signature() -> None:
    (large,) = rsa(8192)
    own = (*rsa(8192), *records("example.com", "DNSKEY", KEY))
    assert verified(the(held(PROOF[0], by(large)), "example.com", "MX"), own) == Verified(None, None, dear=True)
    both = the(held(*PROOF[:2], by(large, "20150820220000")), "example.com", "MX")
    assert verified(both, own).why is None
    (good,) = rsa(4096)
    assert verified(the(held(PROOF[0], by(good)), "example.com", "MX"), rsa(4096)).why is Why.SIGNATURE


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("10 mail", "20 mail", Why.SIGNATURE),
        ("3600 MX 10 mail.example", "3600 MX 10 MAIL.EXAMPLE", None),  # canonical form has lower case
        ("example.com. 3600 MX", "example.com. 60 MX", None),  # the TTL that was signed is in the signature
        ("3613", "3614", Why.NO_KEY),
        ("MX 15 2", "MX 16 2", Why.NO_KEY),
        ("MX 15 2", "MX 15 3", Why.SIGNATURE),  # more labels than the name has
        ("oL9k", "oL9j", Why.SIGNATURE),
        ("3613 example.com.", "3613 com.", Why.UNSIGNED),
    ],
)
def test_a_change_is_seen(old: str, new: str, why: Why | None) -> None:
    changed = held(*(r.replace(old, new) for r in PROOF[:2]))
    assert verified(the(changed, "example.com", "MX")).why is why


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (KEY.replace("257", "256"), Why.NO_KEY),  # another tag
        (KEY.replace("257", "385"), Why.NO_KEY),  # revoked
        (KEY.replace("257", "1"), Why.NO_KEY),  # not of a zone
        (KEY.replace(" 3 15", " 2 15"), Why.NO_KEY),
        (OLD, Why.NO_KEY),
    ],
)
def test_other_keys_do_not_do(key: str, why: Why) -> None:
    assert verified(MX, records("example.com", "DNSKEY", key)).why is why


def test_too_many_signatures_are_given_up() -> None:
    bad = held(*PROOF[:1], *(PROOF[1].replace("oL9k", f"oL{n:02}") for n in range(SIGNATURES_TRIED + 1)))
    assert verified(the(bad, "example.com", "MX")).dear


def test_of_two_signatures_the_one_that_lasts_longer_is_shown() -> None:
    two = held(*PROOF[:2], PROOF[1].replace("20150819220000", "20150818220000"))
    found = verified(the(two, "example.com", "MX"))
    assert found.signature == MX.signatures[0]


@pytest.mark.parametrize(("text", "fits"), [(SHA1, True), (SHA256, True), (SHA256.replace("D4B7", "D4B8"), False)])
def test_a_ds_is_the_digest_of_name_and_key(text: str, fits: bool) -> None:
    (key,) = records("dskey.example.com", "DNSKEY", OLD)
    (ds,) = records("dskey.example.com", "DS", text)
    assert isinstance(ds, DS)
    assert (tag(key), rsa_bits(key)) == (60485, 1024)
    assert is_of(ds, name("dskey.example.com"), key) is fits
    assert not is_of(ds, name("other.example.com"), key)


def test_sha1_does_not_count_beside_a_better_digest() -> None:
    (key,) = records("dskey.example.com", "DNSKEY", OLD)
    ds = records("dskey.example.com", "DS", SHA1, SHA256.replace("D4B7", "D4B8"))
    assert vouched(name("dskey.example.com"), (key,), ds) == ()
    assert vouched(name("dskey.example.com"), (key,), ds[:1] if ds[0].digest_type == 1 else ds[1:]) == (key,)


@pytest.mark.parametrize(
    ("data", "bits"),
    [
        ("256 3 8 AwEAAQ==", None),  # an exponent and no modulus
        ("256 3 8 AA==", None),
        ("256 3 13 " + "A" * 88, None),
        ("256 3 8 AAADAQAB" + "/" * 4, 24),  # the longer form of the exponent's length
    ],
)
def test_the_bits_of_a_key_are_those_of_its_modulus(data: str, bits: int | None) -> None:
    (key,) = records("example.com", "DNSKEY", data)
    assert rsa_bits(key) == bits


@pytest.mark.parametrize(
    "record",
    [
        "",
        "example.com.",
        "example.com. 1 MX",
        "example.com. 1 MX x",
        "a..b. 1 A 192.0.2.1",
        "a. x A 192.0.2.1",
        "a. 1 Q q",
    ],
)
def test_what_is_no_record_makes_all_unreadable(record: str) -> None:
    assert read((*PROOF, record)) is None


def test_a_signature_that_is_over_nothing_is_left_out() -> None:
    assert held(PROOF[1]).sets == {}
    assert replace(MX, signatures=()).signer(name("example.com")) is None


def test_a_signature_is_verified_once_for_all_domains_at_any_time_and_with_no_other_keys() -> None:
    own = records("example.com", "DNSKEY", KEY)
    forged = the(held(PROOF[0].replace("10 mail", "20 mail"), PROOF[1]), "example.com", "MX")
    verify(MX, name("example.com"), own, IN_TIME)
    before = signatures._holds.cache_info()
    for at, of, keys, why in (
        (IN_TIME, MX, own, None),
        (datetime(2015, 8, 2, tzinfo=UTC), MX, own, None),
        (datetime(2015, 8, 20, tzinfo=UTC), MX, own, Why.EXPIRED),
        (IN_TIME, forged, own, Why.SIGNATURE),
        (IN_TIME, MX, tuple(the(held(PROOF[2].replace("3600", "60")), "example.com", "DNSKEY").rrset), None),
    ):
        assert verify(of, name("example.com"), keys, at).why is why
    after = signatures._holds.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (2, 2)
