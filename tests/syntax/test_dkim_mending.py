"""A record as it was meant, where the record itself tells; and in words what went wrong."""

from __future__ import annotations

import pytest

from audit.syntax.dkim import parse
from audit.syntax.dkim_mending import MAX_TEXT, hint, mended
from tests.rules.keys import bare_rsa_text, ed25519_info_text, ed25519_text, rsa_text, short_rsa_text

KEY = rsa_text(2048)
PADDED = bare_rsa_text(1024)
GOOD = f"v=DKIM1; k=rsa; p={KEY}"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (GOOD, GOOD),
        (f"v=DKIM1;k=rsa;p={KEY[:99]} {KEY[99:]};", GOOD),
        (f"v=DKIM1\\; k=rsa\\; p={KEY}", GOOD),
        (f'"v=DKIM1; k=rsa; p={KEY[:99]}" "{KEY[99:]}"', GOOD),
        (f'v=DKIM1; k=rsa; p="{KEY}"', GOOD),
        (f"k=rsa; p={KEY}; v=DKIM1", GOOD),
        (f"v=DKIM1; p={PADDED.rstrip('=')}", f"v=DKIM1; p={PADDED}"),
        (f"v=dkim1; k=rsa; p={KEY}", GOOD),
        (f"V=DKIM1; K=rsa; P={KEY}", GOOD),
        (f"v=DKIM1; k=rsa; k=rsa; p={KEY}", GOOD),
        (f"v=DKIM1; k=rsa; p=-----BEGIN PUBLIC KEY-----{KEY}-----END PUBLIC KEY-----", GOOD),
        (f"v=DKIM1; k=rsa; h=sha1; p={KEY}", GOOD),
        (f"v=DKIM1; k=rsa; h=; p={KEY}", GOOD),
        (f"v=DKIM1; h=sha1:sha256; p={KEY}", f"v=DKIM1; h=sha1:sha256; p={KEY}"),
        (f"v=DKIM1; k=rsa; s=tlsrpt; p={KEY}", GOOD),
        (f"v=DKIM1; s=tlsrpt:email; p={KEY}", f"v=DKIM1; s=tlsrpt:email; p={KEY}"),
        (f"v=DKIM1; k=rsa; t=y; p={KEY}", GOOD),
        (f"v=DKIM1; t=y:s; p={KEY}", f"v=DKIM1; t=s; p={KEY}"),
        (f"v=DKIM1; k=rsa; g=; p={KEY}", GOOD),
        (f"v=DKIM1; k=ed25519; p={ed25519_info_text()}", f"v=DKIM1; k=ed25519; p={ed25519_text()}"),
        (f"v=DKIM1; p={ed25519_info_text()}", f"v=DKIM1; k=ed25519; p={ed25519_text()}"),
    ],
)
def test_what_was_meant(text: str, meant: str) -> None:
    assert mended(text) == meant
    assert mended(meant) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=DKIM1; p=",  # revoked: nothing to mend
        "v=DKIM1; k=rsa",
        "v=DKIM2; p=" + KEY,
        f"v=DKIM1; k=dsa; p={KEY}",
        f"v=DKIM1; k=rsa; p={KEY[:200]}",
        f"v=DKIM1; k=rsa; k=ed25519; p={KEY}",
        f"v=DKIM1; p={ed25519_text()}",  # it may be one; that is a guess
        f"v=DKIM1; k=ed25519; p={KEY}",
        f"v=DKIM1; p={short_rsa_text()}",
        f"v=DKIM1; p={KEY}; n={'x' * MAX_TEXT}",
        f"v=DKIM1; hello; p={KEY}",
    ],
)
def test_what_cannot_be_told_is_not_guessed(text: str) -> None:
    assert mended(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"v=DKIM1\\; k=rsa\\; p={KEY}", "backslash"),
        (f'v=DKIM1; p="{KEY}"', "quotation marks"),
        (f"v=DKIM1; p=-----BEGIN PUBLIC KEY-----{KEY}", "PEM"),
        (f"V=DKIM1; P={KEY}", "lower case"),
        (f"v=DKIM1 k=rsa p={KEY}", "semicolon"),
        (f"k=rsa; v=DKIM1; p={KEY}", "first tag"),
        (f"v=DKIM1; p={ed25519_info_text()}", "wrapping"),
        (f"v=DKIM1; p={ed25519_text()}", "k=ed25519"),
        (f"v=DKIM1; k=rsa; p={KEY[:236]}", "end of the key is missing"),
        (f"v=DKIM1; k=rsa; p={KEY[:238]}", "end of the key is missing"),
        (f"v=DKIM1; p={KEY[:50]}\xc2\xa0{KEY[50:]}", "no-break space"),
        (f"v=DKIM1; p={KEY[:237]}", "not whole"),
        (f"v=DKIM1; k=ed25519; p={ed25519_text().rstrip('=')}", "equals sign"),
        (f"v=DKIM1; p={PADDED.rstrip('=')}", "equals sign"),
    ],
)
def test_the_likely_cause_is_named(text: str, words: str) -> None:
    key = parse(text)
    assert key.problems
    assert words in (hint(key) or "")


def test_no_cause_is_made_up() -> None:
    assert hint(parse("v=DKIM1; k=rsa")) is None
