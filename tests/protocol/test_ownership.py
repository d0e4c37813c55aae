"""A TXT record proves that a name is one's own; nothing else does."""

from __future__ import annotations

import pytest

from audit.model.fact import Unknown
from audit.model.subject import Domain
from audit.protocol.ownership import TOKEN, Ownership, ownership, proof_of
from tests.protocol.walking import found, value

NAME, GIVEN = "mx.one.test", "0123456789abcdef"
SOA = "one.test. SOA a.one.test. admin.one.test. 1 1800 900 604800 86400\n"


@pytest.mark.parametrize(
    ("records", "proved"),
    [
        (f'_mxaudit.{NAME}. TXT "mxaudit-own={GIVEN}"', True),
        (f'_mxaudit.{NAME}. TXT "mxaudit-own=0123" "456789abcdef"', True),
        (f'_mxaudit.{NAME}. TXT "v=spf1"\n_mxaudit.{NAME}. TXT "mxaudit-own={GIVEN}"', True),
        (f'_mxaudit.{NAME}. TXT "mxaudit-own={GIVEN}x"', False),
        (f'_mxaudit.{NAME}. TXT " mxaudit-own={GIVEN}"', False),
        (f'_mxaudit.{NAME}. TXT "mxaudit-own={GIVEN.upper()}"', False),
        (f'_mxaudit.{NAME}. TXT "{GIVEN}"', False),
        (f'_mxaudit.one.test. TXT "mxaudit-own={GIVEN}"', False),
        (f'{NAME}. TXT "mxaudit-own={GIVEN}"', False),
        ("", False),
    ],
)
def test_what_proves(records: str, proved: bool) -> None:
    assert value(ownership(Domain(NAME), GIVEN), SOA + records) == Ownership(proved)


def test_the_record_to_publish_is_the_one_that_is_looked_for() -> None:
    assert value(ownership(Domain(NAME), GIVEN), SOA + proof_of(NAME, GIVEN)) == Ownership(True)


def test_silence_proves_nothing() -> None:
    fact, asked = found(ownership(Domain(NAME), GIVEN), f"{SOA}_mxaudit.{NAME}. TXT timeout")
    assert isinstance(fact, Unknown)
    assert asked == (f"_mxaudit.{NAME} TXT",)


@pytest.mark.parametrize(
    ("text", "fits"),
    [("a" * 16, True), ("A1" * 32, True), ("a" * 15, False), ("a" * 65, False), ("a" * 15 + "-", False)],
)
def test_what_a_token_is(text: str, fits: bool) -> None:
    assert (TOKEN.fullmatch(text) is not None) is fits
