"""Replies of real Postfix, Exim and Dovecot, made here and explained: class and permanence are right, each time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from audit.desk.diagnosis import diagnose
from audit.desk.reading import several
from tests.real.mail_daemons import dovecot, exim, missing, postfix, said

pytestmark = pytest.mark.real
Case = tuple[str, str, bool | None]  # a command, the class of its reply, whether that lasts
OK = ("ok", None)

ON_EXIM: tuple[Case, ...] = (
    ("EHLO client.example", *OK),
    ("RCPT TO:<ok@real.test>", "protocol", True),
    ("MAIL FROM:<a@b.example>", *OK),
    ("MAIL FROM:<a@b.example>", "protocol", True),
    ("RCPT TO:<nobody@real.test>", "hard-address", True),
    ("RCPT TO:<x@elsewhere.example>", "relay", True),
    ("RCPT TO:<grey@real.test>", "greylist", False),
    ("RCPT TO:<listed@real.test>", "reputation-block", True),
    ("AUTH PLAIN AGEAYg==", "config-sender", True),
    ("STARTTLS", "tls", True),
    ("RSET", *OK),
    ("MAIL FROM:<a@b.example> SIZE=99999999", "size", True),
    ("QUIT", *OK),
)
ON_POSTFIX: tuple[Case, ...] = (
    ("MAIL FROM:<a@b.example>", "protocol", True),
    ("EHLO localhost", *OK),
    ("RCPT TO:<ok@real.test>", "protocol", True),
    ("MAIL FROM:<a@b.example>", *OK),
    ("RCPT TO:<ok@real.test>", "protocol", True),  # the name after EHLO is not whole
    ("EHLO client.example", *OK),
    ("MAIL FROM:<a@b.example> SIZE=99999999", "size", True),
    ("RSET", *OK),
    ("MAIL FROM:<a@b.example>", *OK),
    ("RCPT TO:<nobody@real.test>", "hard-address", True),
    ("RCPT TO:<x@elsewhere.example>", "relay", True),
    ("RCPT TO:<grey@real.test>", "greylist", False),
    ("AUTH PLAIN AGEAYg==", "config-sender", True),
    ("STARTTLS", "protocol", True),
    ("DATA", "protocol", True),
    ("FOO", "protocol", True),
    ("QUIT", *OK),
)
ON_DOVECOT: tuple[Case, ...] = (
    ("LHLO client.example", *OK),
    ("RCPT TO:<ok@real.test>", "protocol", True),
    ("MAIL FROM:<a@b.example>", *OK),
    ("RCPT TO:<nobody@real.test>", "hard-address", True),
    ("RCPT TO:<>", "protocol", True),
    ("FOO", "protocol", True),
    ("QUIT", *OK),
)


def explained(replies: list[str]) -> list[tuple[str, str, bool | None]]:
    return [(reply, d.kind.id, d.permanent) for reply, d in zip(replies, map(diagnose, replies), strict=True)]


def wanted(replies: list[str], cases: tuple[Case, ...]) -> list[tuple[str, str, bool | None]]:
    """The cases, each with the reply that came; a case without one has none."""
    return [(reply or "", kind, lasts) for reply, (_, kind, lasts) in zip_longest(replies[: len(cases)], cases)]


@pytest.fixture
def directory() -> Iterator[Path]:
    """A place that the servers' own users may enter; pytest's is for one user alone."""
    with TemporaryDirectory(prefix="mxaudit-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def needed(name: str) -> None:
    """Skip where a server cannot run. Debian lets only one of Postfix and Exim be installed, so none is a must."""
    if missing(name):
        pytest.skip(f"{name} is not installed, or this is not root")
    assert os.geteuid() == 0


def test_exim(directory: Path) -> None:
    needed("exim4")
    replies = [r for r in several(exim(directory, tuple(c for c, *_ in ON_EXIM))) if r[:1].isdigit()]
    assert explained(replies[1:]) == wanted(replies[1:], ON_EXIM)


def test_postfix(directory: Path) -> None:
    needed("postfix")
    with postfix(directory) as port:
        replies = said(port, tuple(c for c, *_ in ON_POSTFIX))
    assert explained(replies[1:]) == wanted(replies[1:], ON_POSTFIX)


def test_dovecot(directory: Path) -> None:
    needed("dovecot")
    with dovecot(directory) as port:
        replies = said(port, tuple(c for c, *_ in ON_DOVECOT))
    assert explained(replies[1:]) == wanted(replies[1:], ON_DOVECOT)
