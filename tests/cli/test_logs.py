"""`mxaudit logs`: any size in constant memory, packed or not, with local parts hidden."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from audit import contract
from audit.pipeline.logfiles import followed
from tests.cli.command import mxaudit
from tests.desk.logs.generator import postfix_log

COUNTED = ("received", "sent", "deferred", "bounced", "rejected")
SIZE = 50_000_000
HEAD = (
    "Nov 30 04:38:01 mail postfix/smtp[7]: 4F1A2B3C4D: to=<jane@b.example>, relay=mx.b.example[192.0.2.1]:25, delay=1, "
)
BOUNCE = HEAD + "dsn=5.1.1, status=bounced (host mx.b.example[192.0.2.1] said: 550 5.1.1 User jane unknown <b>)\n"


def made(path: Path, octets: int) -> Counter[str]:
    wanted: Counter[str] = Counter()
    with path.open("wb") as file:
        for text, counts in postfix_log(octets):
            file.write(text)
            wanted += counts
    return wanted


def test_fifty_megabytes_are_counted_right_in_constant_memory(tmp_path: Path) -> None:
    wanted = made(tmp_path / "mail.log", SIZE)
    program = (
        "import pathlib, re, sys; from audit.cli import main; sys.argv = ['mxaudit', *sys.argv[1:]]\n"
        "try: main()\n"
        "finally: print(re.search(r'VmHWM:\\s+([0-9]+)', pathlib.Path('/proc/self/status').read_text())[1], "
        "file=sys.stderr)"  # the peak of this process alone: getrusage counts what its parent had when it was born
    )
    done = subprocess.run(
        (sys.executable, "-c", program, "logs", str(tmp_path / "mail.log"), "--year", "2026", "--json"),
        capture_output=True,
        timeout=300,
        check=False,
    )
    value = json.loads(done.stdout)
    assert {name: value["totals"][name] for name in COUNTED} == dict(wanted)
    assert int(done.stderr.split()[-1]) < 150 * 1024


def test_packed_files_read_as_plain_ones(tmp_path: Path) -> None:
    wanted = made(tmp_path / "mail.log", 100_000)
    text = (tmp_path / "mail.log").read_bytes()
    (tmp_path / "mail.gz").write_bytes(gzip.compress(text))
    names = ["mail.log", "mail.gz"]
    if shutil.which("zstd"):
        subprocess.run(("zstd", "-q", str(tmp_path / "mail.log"), "-o", str(tmp_path / "mail.zst")), check=True)
        names.append("mail.zst")
    for name in names:
        done = mxaudit("logs", str(tmp_path / name), "--json")
        contract.check("logs", done.out)
        assert {n: json.loads(done.out)["totals"][n] for n in COUNTED} == dict(wanted)


def test_a_journal_is_read() -> None:
    message = BOUNCE[len("Nov 30 04:38:01 mail postfix/smtp[7]: ") :].strip().encode()
    entry = b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1796013481000000\nSYSLOG_IDENTIFIER=postfix/smtp\n"
    odd = b"MESSAGE\n" + len(message).to_bytes(8, "little") + message + b"\n\n"
    done = mxaudit("logs", "-", "--json", stdin=entry + b"MESSAGE=" + message + b"\n\n" + entry + odd)
    assert json.loads(done.out)["totals"]["bounced"] == 2


def test_local_parts_are_hidden_by_a_key() -> None:
    outs = [mxaudit("logs", "-", "--json", *more, stdin=BOUNCE.encode()).out for more in (("--salt", "a"),) * 2]
    assert outs[0] == outs[1]
    assert b"jane" not in outs[0]
    assert mxaudit("logs", "-", "--json", "--salt", "b", stdin=BOUNCE.encode()).out != outs[0]
    assert b"jane" in mxaudit("logs", "-", "--json", "--show-addresses", stdin=BOUNCE.encode()).out
    assert mxaudit("logs", "-", "--json", stdin=BOUNCE.encode()).out != outs[0]


def test_the_key_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXAUDIT_REDACT_KEY", "0123456789abcdef")
    one, two = (mxaudit("logs", "-", "--json", stdin=BOUNCE.encode()).out for _ in range(2))
    assert one == two
    assert mxaudit("logs", "-", "--json", "--salt", "a", stdin=BOUNCE.encode()).out != one


def test_the_page_asks_for_nothing_and_escapes(tmp_path: Path) -> None:
    assert mxaudit("logs", "-", "--html", str(tmp_path / "x.html"), stdin=BOUNCE.encode()).code == 0
    page = (tmp_path / "x.html").read_text()
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert re.search(r"(?:src|href)=", page) is None


@pytest.mark.parametrize(
    ("more", "bounced"),
    [
        (("--since", "2026-12-01"), 0),
        (("--since", "2026-11-30T04:00:00Z", "--until", "2026-11-30T05:00:00Z"), 1),
        (("--until", "2026-11-30"), 0),
        (("--domain", "b.example"), 1),
        (("--domain", "example"), 1),
        (("--domain", "xb.example"), 0),
    ],
)
def test_what_is_left_out(more: tuple[str, ...], bounced: int) -> None:
    done = mxaudit("logs", "-", "--year", "2026", "--json", *more, stdin=BOUNCE.encode())
    assert json.loads(done.out)["totals"]["bounced"] == bounced


@pytest.mark.parametrize(
    "arguments", [("-", "-f"), ("/nowhere",), ("-", "--since", "yesterday"), ("-", "--zone", "CET")]
)
def test_a_wrong_command_is_told(arguments: tuple[str, ...]) -> None:
    done = mxaudit("logs", *arguments, stdin=b"")
    assert done.code == 2
    assert len(done.sentences) == 1


def test_a_log_of_something_else_is_no_answer() -> None:
    assert mxaudit("logs", "-", stdin=b"hello\n").code == 3


def test_a_file_is_followed_through_rotation_and_cutting(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(b"one\ntw")
    coming = followed(str(log))
    assert [next(coming), next(coming)] == [b"one\n", None]
    with log.open("ab") as file:
        file.write(b"o\n")
    assert next(coming) == b"two\n"
    assert next(coming) is None
    log.rename(tmp_path / "mail.log.1")
    log.write_bytes(b"three, and long\n")
    assert next(line for line in coming if line) == b"three, and long\n"
    assert next(coming) is None
    log.write_bytes(b"four\n")
    assert next(line for line in coming if line) == b"four\n"


def test_what_comes_just_before_a_rotation_is_read(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(b"one\n")
    coming = followed(str(log))
    assert [next(coming), next(coming)] == [b"one\n", None]
    with log.open("ab") as file:
        file.write(b"two\nthree, without an end")
    log.rename(tmp_path / "mail.log.1")
    log.write_bytes(b"four\n")
    found = [line for line in (next(coming) for _ in range(4)) if line]
    assert found == [b"two\n", b"three, without an end", b"four\n"]


def test_a_gzip_file_that_was_cut_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(BOUNCE.encode() * 100)[:-20])
    assert mxaudit("logs", str(tmp_path / "x.gz")).code == 2
