"""The test message is one that mail software reads, and nobody answers."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from audit.desk.message import made_message

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def made(sender: str = "anna@one.test", recipients: tuple[str, ...] = ("bob@two.test",)) -> bytes:
    return made_message(sender, recipients, AT, "0123456789ab")


def test_the_header() -> None:
    read = email.message_from_bytes(made(recipients=("bob@two.test", "eve@two.test")), policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert {name: str(read[name]) for name in ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted")} == {
        "From": "anna@one.test",
        "To": "bob@two.test, eve@two.test",
        "Subject": "mxaudit test 0123456789ab",
        "Date": "Tue, 24 Nov 2026 12:00:00 +0000",
        "Message-ID": "<mxaudit-0123456789ab@one.test>",
        "Auto-Submitted": "auto-generated",
    }
    assert read["X-Mxaudit-Run"] == "0123456789ab"
    assert read.defects == []
    assert "no answer is needed" in read.get_content()


def test_the_same_is_made_of_the_same() -> None:
    assert made() == made()


def test_its_lines_end_as_smtp_wants_and_none_is_too_long() -> None:
    message = made()
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert message.isascii()


@pytest.mark.parametrize("address", ["a@b.test\r\nBcc: eve@two.test", "a@b.test\nX: y", "a@b.test\r"])
def test_no_header_is_smuggled_in(address: str) -> None:
    with pytest.raises(ValueError):
        made(sender=address)
    with pytest.raises(ValueError):
        made(recipients=(address,))
