"""Mails in files: mboxes, Maildirs, directories, streams."""

from __future__ import annotations

import io
import os
import tracemalloc
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from audit.pipeline.mailboxes import CHUNK, Letter, letters_in, letters_of
from audit.syntax.mail import MAX_MAIL

ONE, TWO = b"From: a@b.example\n\none\n", b"From: c@d.example\n\ntwo\n"
LINE = b"From a@b.example Tue Nov 17 10:12:31 2026\n"


def read(octets: bytes) -> list[Letter]:
    return list(letters_of(io.BytesIO(octets), "x"))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (b"", []),
        (ONE, [("x", ONE)]),
        (LINE + ONE, [("x:1", ONE)]),
        (LINE + ONE + b"\n" + LINE + TWO, [("x:1", ONE + b"\n"), ("x:2", TWO)]),
        (LINE + ONE + LINE + TWO, [("x:1", ONE + LINE + TWO)]),  # no empty line before it: it is of the mail
        (LINE + ONE + b"\nFrom here on\n", [("x:1", ONE + b"\nFrom here on\n")]),
        (LINE + ONE + b"\n>From me\n>>From you\n", [("x:1", ONE + b"\nFrom me\n>From you\n")]),
        (LINE, [("x:1", b"")]),
    ],
)
def test_an_mbox_is_mails_one_behind_the_other(octets: bytes, found: list[tuple[str, bytes]], end: bytes) -> None:
    assert [(letter.source, letter.octets) for letter in read(octets.replace(b"\n", end))] == found


@pytest.mark.parametrize("before", range(CHUNK - 4, CHUNK + 4))
def test_where_a_chunk_ends_changes_nothing(before: int) -> None:
    first = b"a" * before + b"\r\n\r\nb\r\n"
    assert b"".join(letter.octets for letter in read(b"X: y\r\n" + first)) == b"X: y\n" + first.replace(b"\r\n", b"\n")


def test_of_a_mail_that_is_too_long_no_more_is_kept_than_shows_it() -> None:
    (letter,) = read(ONE + b"x" * (MAX_MAIL + 3 * CHUNK))
    assert len(letter.octets) == MAX_MAIL + 1
    first, second = read(LINE + ONE + b"y\n" * MAX_MAIL + b"\n" + LINE + TWO)
    assert (len(first.octets), second.octets) == (MAX_MAIL + 1, TWO)


class Endless(io.RawIOBase):
    """A mailbox that is made as it is read."""

    def __init__(self, mails: int) -> None:
        self._mails, self._rest = mails, b""

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and self._mails:
            self._mails -= 1
            self._rest += LINE + ONE + b"x" * 2000 + b"\n\n"
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def test_memory_does_not_grow_with_the_mailbox() -> None:
    def peak(mails: int) -> int:
        tracemalloc.start()
        try:
            assert sum(1 for _ in letters_of(cast("BinaryIO", Endless(mails)), "x")) == mails
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(5000) < 2 * peak(100) + 500_000


def test_a_directory_is_read_in_order_and_nothing_is_followed(tmp_path: Path) -> None:
    box = tmp_path / "box"
    for name in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new"):
        (box / name).mkdir(parents=True)
    for name in ("cur/2", "cur/1", "new/3", "tmp/4", ".Sent/cur/5", "dovecot.index", "cur/.hidden"):
        (box / name).write_bytes(ONE)
    (tmp_path / "secret").write_bytes(TWO)
    (box / "cur" / "0").symlink_to(tmp_path / "secret")
    (box / "cur" / "loop").symlink_to(box)
    os.mkfifo(box / "cur" / "pipe")
    found = [letter.source.removeprefix(f"{box}/") for letter in letters_in(box)]
    assert found == [".Sent/cur/5", "cur/1", "cur/2", "new/3"]


def test_plain_directories_are_gone_through_and_mboxes_in_them_read(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "all.mbox").write_bytes(LINE + ONE + b"\n" + LINE + TWO)
    (tmp_path / "a.eml").write_bytes(ONE)
    found = [letter.source.removeprefix(f"{tmp_path}/") for letter in letters_in(tmp_path)]
    assert found == ["a.eml", "b/all.mbox:1", "b/all.mbox:2"]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        list(letters_in(tmp_path / "nowhere"))
