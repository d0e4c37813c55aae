"""DKIM key records: the tag list, and the key in it (RFC 6376, RFC 8301, RFC 8463)."""

from __future__ import annotations

import base64
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax.dkim import looks_like_key, parse
from audit.syntax.dkim_mending import hint, mended
from tests.timing import in_proportion


@cache
def rsa_key(bits: int, bare: bool = False) -> str:
    """A key in base64: SubjectPublicKeyInfo, or a bare RSAPublicKey."""
    public = rsa.RSAPublicNumbers(65537, (1 << bits) - 159).public_key()
    form = PublicFormat.PKCS1 if bare else PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(public.public_bytes(Encoding.DER, form)).decode("ascii")


EC_KEY = base64.b64encode(
    ec.derive_private_key(7, ec.SECP256R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode("ascii")
ED25519 = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="  # RFC 8463 appendix A.2


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("bits", [1024, 2048, 4096])
def test_the_length_of_an_rsa_key_is_told_in_both_forms(bits: int, bare: bool) -> None:
    key = parse(f"v=DKIM1; k=rsa; p={rsa_key(bits, bare)}")
    assert (key.problems, key.bits, key.revoked) == ((), bits, False)


@pytest.mark.parametrize(
    ("tags", "taken"),
    [
        (f"p={rsa_key(2048)}", True),
        (f"p={rsa_key(1024)}", True),
        (f"p={rsa_key(1016)}", False),
        (f"k=ed25519; p={ED25519}", True),
        (f"k=ed25519; p={ED25519[:40]}", False),  # not whole
        (f"k=ed448; p={ED25519}", False),
        (f"h=sha256; s=email; p={rsa_key(2048)}", True),
        (f"h=sha1:sha256; s=*; p={rsa_key(2048)}", True),
        (f"h=sha1; p={rsa_key(2048)}", False),
        (f"s=tlsrpt; p={rsa_key(2048)}", False),
        ("p=", False),
        ("p=nonsense!", False),
    ],
)
def test_which_keys_a_verifier_of_mail_takes(tags: str, taken: bool) -> None:
    assert parse(f"v=DKIM1; {tags}").taken is taken


def test_short_keys_are_told_too() -> None:
    key = parse(f"p={rsa_key(512)}")
    assert (key.problems, key.bits) == ((), 512)


def test_the_key_of_rfc_8463() -> None:
    key = parse(f"v=DKIM1; k=ed25519; p={ED25519}")
    assert (key.problems, key.key_type, key.bits) == ((), "ed25519", None)


def test_the_version_may_be_left_out() -> None:
    key = parse(f"p={rsa_key(2048)}")
    assert (key.problems, key.key_type, key.bits) == ((), "rsa", 2048)


def test_white_space_inside_the_key_is_ignored() -> None:
    text = rsa_key(2048)
    assert parse(f"v=DKIM1;p = {text[:90]} {text[90:200]}\r\n\t{text[200:]} ;").bits == 2048


@pytest.mark.parametrize("text", ["v=DKIM1; p=", "p=", "p= ;", "v=DKIM1; k=ed25519; p="])
def test_an_empty_key_is_revoked(text: str) -> None:
    key = parse(text)
    assert (key.revoked, key.bits, key.problems) == (True, None, ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("v=DKIM1; k=rsa", "no p tag"),
        ("v=DKIM2; p=", "v must be DKIM1 and stand first"),
        ("v=dkim1; p=", "v must be DKIM1 and stand first"),
        ("p=; v=DKIM1", "v must be DKIM1 and stand first"),
        ("v=DKIM1; p=; p=", "second time"),
        ("v=DKIM1; nonsense; p=", "not a tag"),
        ("v=DKIM1\\; p=", "v must be DKIM1 and stand first"),
        ("v=DKIM1; p=!!!!", "not base64"),
        ("v=DKIM1; p=QUJ", "not base64"),
        ("v=DKIM1; p=QUJD\xe9", "not base64"),
        ('v=DKIM1; p="QUJD"', "not base64"),
        ("v=DKIM1; p=QUJD", "not an RSA key"),
        (f"v=DKIM1; p={EC_KEY}", "not an RSA key"),
        (f"v=DKIM1; p={ED25519}", "not an RSA key"),
        ("v=DKIM1; k r=rsa; p=", "not a tag"),
        ("v=DKIM1; p=" + "QUJD" * 5000, "not base64"),
    ],
)
def test_problems(text: str, code: str) -> None:
    key = parse(text)
    assert [p.code for p in key.problems] == [code]
    assert key.bits is None


def test_lists() -> None:
    key = parse("v=DKIM1; h=sha1 : SHA256; s=*:email; t=y:s; n=a note; p=")
    assert (key.hashes, key.services, key.flags) == (("sha1", "sha256"), ("*", "email"), ("y", "s"))
    assert (parse("p=").hashes, parse("p=").services, parse("p=").flags) == ((), (), ())


def test_a_type_that_is_not_known_has_no_problem_of_its_own() -> None:
    key = parse("k=mldsa65; p=QUJD")
    assert (key.key_type, key.problems, key.bits) == ("mldsa65", (), None)


def test_what_stands_for_an_ed25519_key_is_measured() -> None:
    assert (parse(f"k=ed25519; p={ED25519}").octets, parse("k=ed25519; p=QUJD").octets) == (32, 3)


def test_the_digest_is_of_the_key_alone() -> None:
    key = rsa_key(2048)
    digest = parse(f"v=DKIM1; p={key}").digest
    assert digest == parse(f"t=s; p={key[:70]} {key[70:]}; n=x").digest != parse(f"p={rsa_key(1024)}").digest
    assert digest is not None
    assert len(digest) == 64
    assert parse("p=").digest is parse("v=DKIM1").digest is None


@pytest.mark.parametrize("text", ["p=", "v=DKIM1; k=rsa", "k=rsa; p=QUJD", "V = DKIM1"])
def test_what_is_meant_as_a_key(text: str) -> None:
    assert looks_like_key(text)


@pytest.mark.parametrize(
    "text",
    ["", "v=spf1 -all", "v=DMARC1; p=none", "v = BIMI1; p=x", "google-site-verification=x", "v=DMARC1; sp=none", "p"],
)
def test_what_is_not_meant_as_a_key(text: str) -> None:
    assert not looks_like_key(text)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.one_of(
        st.text(st.characters(max_codepoint=255)),
        st.binary(max_size=300).map(lambda b: "p=" + base64.b64encode(b).decode("ascii")),
        st.tuples(st.integers(0, 293), st.integers(0, 255)).map(lambda change: "p=" + _damaged(rsa_key(2048), *change)),
    )
)
def test_no_record_is_too_odd(text: str) -> None:
    key = parse(text)
    assert key.bits is None or key.bits > 0
    assert all(p.text.isprintable() for p in key.problems)
    looks_like_key(text)
    hint(key)
    mended(text)


def _damaged(key: str, at: int, value: int) -> str:
    octets = bytearray(base64.b64decode(key))
    octets[at] = value
    return base64.b64encode(octets).decode("ascii")


@pytest.mark.parametrize(
    "token",
    [
        "a=b;",
        "\\;",
        '"',
        '" "',
        "k=rsa p",
        "-----BEGIN PUBLIC KEY-----",
        ";",
        "=",
        "QUJD",
        "/",
        " ",
        ":",
        "\xe9",
        "\r\n",
    ],
)
@pytest.mark.parametrize("start", ["", "p=", "k=ed25519;p=", "h="])
def test_sixteen_times_the_text_takes_at_most_twenty_times_as_long(token: str, start: str) -> None:
    assert in_proportion(_read, lambda length: f"{start}{token * (length // len(token))}")


def _read(text: str) -> None:
    """Read a text, and look for what was meant."""
    looks_like_key(text)
    hint(parse(text))
    mended(text)
