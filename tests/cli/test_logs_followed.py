"""`mxaudit logs -f`: what a file grows by is counted, through rotation and cutting, until Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path
from subprocess import Popen

from audit import contract
from tests.cli.test_interrupt import interrupted, started, until
from tests.desk.logs.generator import postfix_log

COUNTED = ("received", "sent", "deferred", "bounced", "rejected")


def has_read(process: Popen[bytes], log: Path) -> bool:
    """Whether a process stands at the end of a file, and waits for more: it sleeps at no other place."""
    for opened in Path(f"/proc/{process.pid}/fd").iterdir():
        try:
            same = opened.stat().st_ino == log.stat().st_ino
            info = Path(f"/proc/{process.pid}/fdinfo/{opened.name}").read_text()
        except OSError:  # closed in between
            continue
        if same and int(info.split()[1]) == log.stat().st_size:
            return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
    return False


def test_a_log_that_grows_and_is_rotated_is_counted_to_its_end(tmp_path: Path) -> None:
    log, wanted = tmp_path / "mail.log", Counter[str]()
    pieces = list(postfix_log(40_000))
    for _, counts in pieces:
        wanted.update(counts)
    octets = b"".join(text for text, _ in pieces)
    quarter = len(octets) // 4
    parts = [octets[at : at + quarter] for at in range(0, 3 * quarter, quarter)] + [octets[3 * quarter :]]
    log.write_bytes(parts[0])
    process = started("logs", "-f", log, "--year", "2026", "--json")
    try:
        until(lambda: has_read(process, log), 60)
        with log.open("ab") as file:
            file.write(parts[1])
        until(lambda: has_read(process, log), 60)
        whole = parts[2].rindex(b"\n") + 1  # a rotation falls between lines
        with log.open("ab") as file:
            file.write(parts[2][:whole])
        log.rename(tmp_path / "mail.log.1")
        log.write_bytes(parts[2][whole:] + parts[3])
        until(lambda: has_read(process, log), 60)
        code, out, err, _ = interrupted(process)
    finally:
        process.kill()
    assert (code, err) == (0, "")
    contract.check("logs", out)
    assert {name: json.loads(out)["totals"][name] for name in COUNTED} == wanted


def test_a_log_that_is_cut_to_nothing_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    first, second = (b"".join(text for text, _ in postfix_log(size)) for size in (8_000, 2_000))
    log.write_bytes(first)
    process = started("logs", "-f", log, "--year", "2026", "--json")
    try:
        until(lambda: has_read(process, log), 60)
        os.truncate(log, 0)  # as logrotate's copytruncate does
        until(lambda: has_read(process, log), 60)
        with log.open("ab") as file:
            file.write(second)
        until(lambda: has_read(process, log), 60)
        code, out, err, _ = interrupted(process, signal.SIGINT)
    finally:
        process.kill()
    assert (code, err) == (0, "")
    assert json.loads(out)["lines"] == first.count(b"\n") + second.count(b"\n")
