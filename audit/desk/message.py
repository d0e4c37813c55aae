"""The test message: short, plain, and marked as made by a machine, so that nobody answers it (RFC 5322, RFC 3834)."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

BODY = """\
This is a test message. Somebody who may send through this server wanted to see whether it takes mail.

It was made by mxaudit; no answer is needed.
"""


def made_message(sender: str, recipients: tuple[str, ...], at: datetime, run: str) -> bytes:
    """A message as SMTP carries it, its lines ending with CRLF. `run` tells one test from another.

    Raises:
        ValueError: an address that no header field may hold.
    """
    if not all(address.isprintable() for address in (sender, *recipients)):
        raise ValueError("an address with control characters")
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = f"mxaudit test {run}"
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<mxaudit-{run}@{sender.rpartition('@')[2] or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Mxaudit-Run"] = run
    message.set_content(BODY)
    return message.as_bytes()
