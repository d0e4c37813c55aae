"""SRV records (RFC 2782)."""

from __future__ import annotations

import pytest

from audit.syntax.srv import Srv, parse


@pytest.mark.parametrize(
    ("rdata", "found"),
    [
        ("0 1 587 mail.example.org.", Srv(0, 1, 587, "mail.example.org")),
        ("10 20 993 IMAP.Example.ORG.", Srv(10, 20, 993, "imap.example.org")),
        ("0 0 0 .", Srv(0, 0, 0, ".")),
        ("0 0 0", None),
        ("a b c mail.example.org.", None),
        ("0 0 123456 mail.example.org.", None),
        ("0 0 25 mail.example.org. more", None),
        ("", None),
    ],
)
def test_a_record(rdata: str, found: Srv | None) -> None:
    assert parse(rdata) == found


def test_a_dot_says_that_there_is_none() -> None:
    assert Srv(0, 0, 0, ".").absent
    assert not Srv(0, 0, 25, "mail.example.org").absent


def test_the_lowest_priority_comes_first() -> None:
    later, first = Srv(20, 0, 465, "a.example"), Srv(10, 0, 465, "b.example")
    assert sorted((later, first)) == [first, later]
