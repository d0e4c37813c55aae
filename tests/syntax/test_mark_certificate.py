"""What a mark certificate says of itself, and of the picture in it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.syntax import mark_certificate
from audit.syntax.mark_certificate import ABOVE, OWN, MarkCertificate
from tests.rules.pki import NOW
from tests.syntax.marks import AUTHORITY, DOMAIN, OTHER, authority, der, logotypes, mark

SERVER = "1.3.6.1.5.5.7.3.1"
PICTURE = b"<svg>story</svg>"


def read(file: bytes) -> MarkCertificate:
    found = mark_certificate.read(file)
    assert found is not None
    return found


def test_a_good_one() -> None:
    found = read(mark())
    assert (found.mark, found.names, found.readable, found.faults(NOW)) == ("Registered Mark", (DOMAIN,), True, ())
    assert len(found.chain) == 2


@pytest.mark.parametrize(
    ("file", "faults"),
    [
        (mark(purpose=SERVER), ("its purpose is not BIMI",)),
        (mark(logos=None), ("it holds no picture",)),
        (mark(until=-1), (OWN["expired"],)),
        (mark(since=1), (OWN["not-yet-valid"],)),
        (mark(above=None), (OWN["issuer-not-sent"],)),
        (mark(above=authority(OTHER)), (OWN["issuer-not-sent"],)),
        (mark(signer=OTHER), (OWN["bad-signature"],)),
        (mark(issuer=DOMAIN, above=None), (OWN["self-signed"],)),
        (mark(above=authority(until=-1)), (ABOVE["expired"],)),
        (mark(above=authority(since=1)), (ABOVE["not-yet-valid"],)),
        (mark(above=authority(ca=False)), (ABOVE["not-a-ca"],)),
        (mark(above=authority(OTHER) + authority(AUTHORITY)), ()),
        (mark(above=b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + authority()), ()),
    ],
)
def test_what_is_wrong(file: bytes, faults: tuple[str, ...]) -> None:
    assert read(file).faults(NOW) == faults


@pytest.mark.parametrize(
    ("name", "domain", "covered"),
    [
        (DOMAIN, DOMAIN, True),
        ("Story.Example", DOMAIN, True),
        (f"default._bimi.{DOMAIN}", DOMAIN, True),
        (f"other._bimi.{DOMAIN}", DOMAIN, False),
        ("other.example", DOMAIN, False),
        (f"*.{DOMAIN}", f"news.{DOMAIN}", False),
        (DOMAIN, f"news.{DOMAIN}", False),
    ],
)
def test_which_domain_it_is_for(name: str, domain: str, covered: bool) -> None:
    assert read(mark((name,))).covers(domain, "default") is covered


def test_it_may_be_for_many_names() -> None:
    assert read(mark((*(f"a{n}.example" for n in range(150)), DOMAIN))).covers(DOMAIN, "default")


@pytest.mark.parametrize(
    ("logos", "same"),
    [
        (logotypes(PICTURE), True),
        (logotypes(PICTURE, packed=False), True),
        (logotypes(PICTURE, over=b"packed in some way"), True),
        (logotypes(PICTURE, address=b"https://story.example/logo.svg"), True),
        (logotypes(b"<svg>other</svg>"), False),
        (logotypes(b"<svg>other</svg>", packed=False), False),
        (logotypes(b"<svg>other</svg>", address=b"https://story.example/logo.svg"), None),
        (logotypes(b"<svg>other</svg>", address=b"data:image/svg+xml;base64,!"), None),
        (logotypes(b"<svg>other</svg>", address=b"data:image/svg+xml,%3Csvg"), None),
        (logotypes(b"x" * 2_000_000), None),  # a bomb
        (b"\x30\x03\x02\x01\x05", None),
        (b"\x30\x84\xff\xff\xff\xff", None),
        (b"garbage", None),
    ],
    ids=range(13),
)
def test_whether_a_picture_is_the_one_in_it(logos: bytes, same: bool | None) -> None:
    assert read(mark(logos=logos)).shows(PICTURE) is same


def test_of_two_pictures_one_will_do() -> None:
    two = der(0x30, logotypes(b"<svg>other</svg>"), logotypes(PICTURE))
    assert read(mark(logos=two)).shows(PICTURE) is True


def test_of_a_long_file_only_the_beginning_is_read() -> None:
    assert len(read(mark() + authority() * 200).chain) == mark_certificate.MAX_CERTIFICATES


@given(st.binary(max_size=300))
def test_any_octets_are_read(octets: bytes) -> None:
    assert mark_certificate.read(octets) is None
    assert mark_certificate.read(b"-----BEGIN CERTIFICATE-----" + octets + b"-----END CERTIFICATE-----") is None


@given(st.binary(max_size=300), st.integers(0, 3000))
def test_a_certificate_that_was_tampered_with_is_read(octets: bytes, place: int) -> None:
    ders = [base64.b64decode(block) for block in mark_certificate.PEM.findall(mark())]
    broken = ders[0][:place] + octets + ders[0][place + len(octets) :]
    found = mark_certificate.read(
        b"-----BEGIN CERTIFICATE-----" + base64.b64encode(broken) + b"-----END CERTIFICATE-----"
    )
    if found is not None:
        found.faults(NOW)
        found.shows(PICTURE)
