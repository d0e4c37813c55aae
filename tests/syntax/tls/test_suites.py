"""Suites by name: which are bad, and why."""

from __future__ import annotations

import pytest

from audit.syntax.tls.suites import SUITES, Family, families, forward_secret, of_family, suite_name

F = Family


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", ()),
        ("TLS_AES_256_GCM_SHA384", ()),
        ("TLS_RSA_WITH_AES_128_CBC_SHA", ()),  # it keeps no secret for long, which is another matter
        ("TLS_RSA_WITH_NULL_MD5", (F.NULL, F.MD5)),
        ("TLS_RSA_EXPORT_WITH_RC4_40_MD5", (F.EXPORT, F.RC4, F.MD5)),
        ("TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA", (F.EXPORT, F.DES)),
        ("TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA", (F.EXPORT, F.DES)),
        ("TLS_ECDHE_RSA_WITH_RC4_128_SHA", (F.RC4,)),
        ("TLS_RSA_WITH_DES_CBC_SHA", (F.DES,)),
        ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", (F.TRIPLE_DES,)),
        ("TLS_RSA_WITH_IDEA_CBC_SHA", (F.IDEA,)),
        ("TLS_DHE_RSA_WITH_SEED_CBC_SHA", (F.SEED,)),
        ("TLS_DH_anon_WITH_RC4_128_MD5", (F.RC4, F.MD5, F.ANONYMOUS)),
        ("TLS_ECDH_anon_WITH_AES_256_CBC_SHA", (F.ANONYMOUS,)),
    ],
)
def test_a_name_says_what_there_is_against_a_suite(name: str, expected: tuple[Family, ...]) -> None:
    assert name in SUITES.values()
    assert families(name) == expected


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("TLS_AES_128_GCM_SHA256", True),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", True),
        ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", True),
        ("TLS_RSA_WITH_AES_128_GCM_SHA256", False),
        ("TLS_ECDH_RSA_WITH_AES_128_CBC_SHA", False),
        ("TLS_DH_RSA_WITH_AES_128_CBC_SHA", False),
        ("ECDHE-RSA-AES256-GCM-SHA384", True),  # as OpenSSL says
        ("DHE-RSA-AES256-SHA", True),
        ("AES256-GCM-SHA384", False),
        ("SEED-SHA", False),
        ("ECDH-RSA-AES128-SHA", False),
    ],
)
def test_whether_it_keeps_its_secret(name: str, secret: bool) -> None:
    assert forward_secret(name) is secret


def test_no_name_is_no_answer() -> None:
    with pytest.raises(ValueError, match="without a name"):
        forward_secret("")


def test_a_suite_that_was_never_offered_is_a_number() -> None:
    assert suite_name(0x1A2B) == "0x1A2B"


def test_anonymous_suites_stand_apart() -> None:
    assert {SUITES[code] for code in of_family(F.RC4)} == {
        n for n in SUITES.values() if "_RC4_" in n and "anon" not in n
    }
    assert {SUITES[code] for code in of_family(F.ANONYMOUS, anonymous=True)} == {
        n for n in SUITES.values() if "anon" in n
    }
