"""In a terminal nothing of the world moves the cursor, sets a title, fills a clipboard or overwrites a line: of all
that a command writes there, printable characters, ends of lines and colours of our own are all."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

ATTACKS = (
    "\x1b]52;c;ZXZpbA==\x07",  # the clipboard
    "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",  # a link
    "\x1b]0;title\x07\x1b[2J\x1b[1;1H",
    "\x1b[8mconcealed",
    "\x9b31m\x9d0;t\x9c",  # the same with eight bits
    "fine\rforged",
    "secret\b\b\b\b\b\bpublic",
    "\u202eTXT.EXE\u2066\u200b",
    "a" + "\u0301" * 40,
    "\nERROR admin logged in",
    "\v\f\0\x7f\u2028",
)
HOSTILE = "".join(ATTACKS)
OURS = re.compile(r"\x1b\[(?:[0-4]|(?:[0-4];)?[39][0-7])?m")  # colours and weights, and nothing that conceals
MARKS = re.compile("[\u0300-\u036f]{5}")
SECONDS = 120
LOG = (
    "Nov 24 12:00:0{n} mx postfix/smtp[7]: 4A{n}: to=<{evil}@a.example>, relay=b.example[192.0.2.1]:25, delay=1, "
    "dsn=5.1.1, status=bounced (host b.example[192.0.2.1] said: 550 5.1.1 {evil})\n"
)
BOUNCE = (
    "From: MAILER-DAEMON@mx.example\nSubject: =?utf-8?q?=1B=5D0=3Bx=07?= {evil}\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\n{evil}\n--b\n'
    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
    "Final-Recipient: rfc822; x{evil}@a.example\nAction: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 no such user {evil}\n\n--b--\n"
)


def in_terminal(directory: Path, *words: str) -> str:
    """What a command writes to the terminal in which it runs, on standard output and standard error alike."""
    ours, its = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        (sys.executable, "-m", "audit", *words), cwd=directory, stdin=its, stdout=its, stderr=its, env=environment
    )
    os.close(its)
    said = b""
    try:
        while block := _read(ours):
            said += block
        process.wait(SECONDS)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return said.decode("utf-8")


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65_536)
    except OSError:  # the other side is closed, as Linux tells it
        return b""


def hidden(said: str) -> list[str]:
    """What is neither printable, nor the end of a line, nor a colour of ours."""
    plain = OURS.sub("", said).replace("\r\n", "\n")
    return [repr(c) for c in plain if not c.isprintable() and c != "\n"]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Files that hold what nobody wants in a terminal, one of them by its name."""
    evil = HOSTILE.replace("\0", "")
    one_line = evil.replace("\n", " ")
    (tmp_path / "list.txt").write_text(f"good.example\nbad {one_line}\n{one_line}.example\n", encoding="utf-8")
    (tmp_path / "mail.log").write_text("".join(LOG.format(n=n, evil=one_line) for n in range(3)), encoding="utf-8")
    (tmp_path / "bounce.eml").write_text(BOUNCE.format(evil=one_line), encoding="utf-8")
    (tmp_path / "mxaudit-waivers.toml").write_text('[[waivers]]\nrule = "\\u001b]0;x\\u0007"\nreason = ""\n')
    (tmp_path / "report.json").write_text('{"schema": "\\u001b[2J"}')
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("reply", "--color", "always", f"550 5.1.1 {HOSTILE.replace(chr(0), '')}"),
        ("bounce", "bounce.eml", "--color", "always"),
        ("logs", "mail.log", "--color", "always"),
        ("run", "list.txt", "--out-dir", "out", "--nameserver", "127.0.0.1:9", "--no-smtp", "--no-progress", "-v"),
        ("gather", HOSTILE.replace("\0", "").replace("/", "")),
        ("validate", "report.json"),
        ("validate", "mxaudit-waivers.toml"),
        ("judge", "missing\x1b[2J"),
        ("explain", "SPF\x1b]0;x\x07"),
    ],
    ids=lambda words: " ".join(words)[:24].encode("unicode_escape").decode(),
)
def test_nothing_of_the_world_reaches_the_terminal_as_it_is(world: Path, words: tuple[str, ...]) -> None:
    if words[0] != "validate":
        (world / "mxaudit-waivers.toml").unlink()
    said = in_terminal(world, *words)
    assert said.strip()
    assert hidden(said) == []
    assert MARKS.search(said) is None
    assert not any(line.lstrip().startswith("ERROR admin") for line in said.splitlines())


def test_the_scan_finds_what_it_looks_for() -> None:
    assert hidden("plain \x1b[1;31mred\x1b[0m\r\n") == []
    assert all(hidden(text) for text in (*ATTACKS[:8], ATTACKS[10]))
    assert MARKS.search(ATTACKS[8])
