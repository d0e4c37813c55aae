"""A run that was cut short is gone on with: by whom, where, and what a person is told."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.pipeline.ending import EVIDENCE, ending
from audit.pipeline.gathering import GRACE
from audit.pipeline.latest import LATEST
from audit.pipeline.lock import held
from tests.cli.command import Done, mxaudit, report_in
from tests.cli.test_interrupt import interrupted, silent, started, statuses, until
from tests.scenarios.resolver import muted, resolver

__all__ = ["silent"]
DOMAINS = 12
LIST = "".join(f"d{n}.example\n" for n in range(DOMAINS)) + "not a domain\n"
OPTIONS = ("--no-smtp", "--no-https", "--dnsbl", "none", "--no-second-opinion", "--now", "2026-11-24T12:00:00Z")
BAD_LIST = 2  # the exit code of a list with a line that is no domain


@pytest.fixture
def nameserver(tmp_path: Path) -> Iterator[str]:
    with resolver(tmp_path / "log") as address:
        yield address


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.txt").write_text(LIST, "ascii")
    return tmp_path / "list.txt"


def run(listed: Path, nameserver: str, *words: str | Path, command: str = "run") -> Done:
    return mxaudit(command, listed, "--nameserver", nameserver, *OPTIONS, *words)


def cut(directory: Path, records: int) -> None:
    """As after a kill: so many records, and a part of another."""
    lines = (directory / EVIDENCE).read_bytes().splitlines(keepends=True)
    (directory / EVIDENCE).write_bytes(b"".join(lines[:records]) + lines[records][:50])


def test_a_run_is_gone_on_with_in_its_directory(tmp_path: Path, listed: Path, nameserver: str) -> None:
    out = tmp_path / "out"
    assert run(listed, nameserver, "--out-dir", out).code == BAD_LIST
    whole = (out / "report.json").read_bytes(), (out / "index.html").read_bytes()
    cut(out, 6)
    (tmp_path / "log").write_bytes(b"")
    done = run(listed, nameserver, "--out-dir", out, "--resume")
    assert done.code == BAD_LIST
    assert done.sentences[0] == f"5 of 13 rows in {out} are done and stay."
    assert ((out / "report.json").read_bytes(), (out / "index.html").read_bytes()) == whole
    assert len(set((tmp_path / "log").read_text("ascii").split())) == DOMAINS - 4  # one of the five is the bad row
    assert not (out / ".lock").exists()


def test_gather_is_gone_on_with_as_well(tmp_path: Path, listed: Path, nameserver: str) -> None:
    out = tmp_path / "out"
    assert run(listed, nameserver, "--out-dir", out, command="gather").code == 0
    cut(out, 4)
    assert run(listed, nameserver, "--out-dir", out, "--resume", command="gather").code == 0
    end = ending(out)
    assert end is not None
    assert (end.outcome, end.done) == ("complete", DOMAINS + 1)


def test_without_a_directory_the_newest_unfinished_run_of_the_list_is_meant(
    tmp_path: Path, listed: Path, nameserver: str
) -> None:
    told = run(listed, nameserver, "--resume")
    assert (told.code, told.sentences) == (
        2,
        ["mxaudit: reports holds no unfinished run of this list: begin one without --resume."],
    )
    assert run(listed, nameserver).code == BAD_LIST
    (place,) = (p for p in (tmp_path / "reports").iterdir() if p.is_dir())
    named = {"run": place.name, "observed_at": "2026-11-24T12:00:00Z"}
    assert json.loads((tmp_path / "reports" / LATEST).read_bytes()) == named
    (tmp_path / "reports" / LATEST).unlink()
    cut(place, 7)
    assert mxaudit("judge", place).code == BAD_LIST
    assert not (tmp_path / "reports" / LATEST).exists()
    assert (
        run(listed, nameserver, "--resume").sentences[0] == f"6 of 13 rows in reports/{place.name} are done and stay."
    )
    assert json.loads((tmp_path / "reports" / LATEST).read_bytes()) == named


def test_another_list_is_refused_and_can_be_adopted(tmp_path: Path, listed: Path, nameserver: str) -> None:
    out = tmp_path / "out"
    run(listed, nameserver, "--out-dir", out)
    cut(out, 9)
    before = (out / EVIDENCE).read_bytes()
    listed.write_text(f"# a comment\n{LIST}one.more.example\n", "ascii")
    (tmp_path / "log").write_bytes(b"")
    refused = run(listed, nameserver, "--out-dir", out, "--resume")
    assert refused.code == 2
    assert refused.sentences[0].startswith(f"mxaudit: {out} holds another run: digest of list: ")
    assert (out / EVIDENCE).read_bytes() == before
    assert (tmp_path / "log").read_bytes() == b""
    assert run(listed, nameserver, "--out-dir", out, "--resume", "--adopt").code == BAD_LIST
    report = report_in(out)
    assert [d.input.line for d in report.domains] == list(range(2, DOMAINS + 4))
    assert (report.run.complete, report.run.done, report.run.total) == (True, DOMAINS + 2, DOMAINS + 2)
    assert len(set((tmp_path / "log").read_text("ascii").split())) == DOMAINS - 7


def test_settings_that_are_others_are_told(tmp_path: Path, listed: Path, nameserver: str) -> None:
    out = tmp_path / "out"
    run(listed, nameserver, "--out-dir", out)
    told = run(listed, nameserver, "--out-dir", out, "--resume", "--ehlo", "other.example.net")
    assert told.code == 2
    assert '"other.example.net" now' in told.err


@pytest.mark.parametrize("word", ["--adopt", "--max-age=2"])
def test_what_goes_with_resume_does_not_go_alone(listed: Path, word: str) -> None:
    done = mxaudit("run", listed, word)
    assert (done.code, done.sentences) == (2, [f"mxaudit: {word.partition('=')[0]} goes with --resume."])


@pytest.mark.parametrize("command", ["run", "gather"])
def test_a_directory_that_is_in_use_is_refused(tmp_path: Path, listed: Path, command: str) -> None:
    with held(tmp_path / "out"):
        done = mxaudit(command, listed, "--nameserver", "127.0.0.1:9", "--out-dir", tmp_path / "out")
    assert done.code == 2
    assert f"is in use by process {os.getpid()}:" in done.sentences[0]


def test_an_unfinished_run_is_judged_and_says_so(tmp_path: Path, listed: Path, nameserver: str) -> None:
    out = tmp_path / "out"
    run(listed, nameserver, "--out-dir", out)
    cut(out, 6)
    done = mxaudit("judge", out, "-o", "md=-", "-o", f"json={out / 'report.json'}")
    assert done.sentences[0] == "Cut short: 5 of 13 rows are done."
    assert b"The run was cut short: 5 of 13 rows are done." in done.out.replace(b"\\", b"")
    report = report_in(out)
    assert (report.run.complete, report.run.done, report.run.total, len(report.domains)) == (False, 5, 13, 5)


def test_a_disk_that_is_full_leaves_the_report_of_before_and_the_run_goes_on_later(
    tmp_path: Path, listed: Path, nameserver: str
) -> None:
    out = tmp_path / "small"
    out.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", out], check=False, capture_output=True
    ).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        listed.write_text(LIST[:30], "ascii")  # of a few domains
        assert run(listed, nameserver, "--out-dir", out).code in (1, BAD_LIST)
        listed.write_text(LIST, "ascii")
        before = (out / "report.json").read_bytes()
        free = os.statvfs(out).f_bavail * os.statvfs(out).f_frsize
        (out / "filler").write_bytes(b"x" * (free - 1024 * 1024 - 8 * 1024))
        full = run(listed, nameserver, "--out-dir", out)
        assert full.code == 4
        *_, said = full.sentences
        assert said == (
            f"mxaudit: {out / EVIDENCE} cannot be written: No space left on device. "
            f"What is done stays: go on with --resume --out-dir {out}"
        )
        assert (out / "report.json").read_bytes() == before
        assert mxaudit("validate", out / EVIDENCE).code == 0
        end = ending(out)
        assert end is not None
        assert end.outcome == "failed"
        (out / "filler").unlink()
        (tmp_path / "log").write_bytes(b"")
        assert run(listed, nameserver, "--out-dir", out, "--resume").code == BAD_LIST
        assert report_in(out).run.complete
        assert len(set((tmp_path / "log").read_text("ascii").split())) < DOMAINS
    finally:
        subprocess.run(["umount", out], check=True)


# ---- signals ------------------------------------------------------------------------------------------------------


def waiting(tmp_path: Path, nameserver: str, ear: socket.socket, *prefix: str) -> subprocess.Popen[bytes]:
    """A run of which the resolver says nothing."""
    words: list[str | Path] = [
        "run",
        tmp_path / "list.txt",
        "--nameserver",
        nameserver,
        "--out-dir",
        tmp_path / "out",
        *OPTIONS,
    ]
    if prefix:
        process = subprocess.Popen(
            [*prefix, "python", "-m", "audit", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    else:
        process = started(*words)
    ear.recv(2000)
    return process


def test_a_terminal_that_goes_away_is_as_if_we_were_told_to_end(
    tmp_path: Path, listed: Path, silent: tuple[str, socket.socket]
) -> None:
    code, out, _, _ = interrupted(waiting(tmp_path, *silent), signal.SIGHUP)
    assert (code, out) == (130, b"")
    assert len(statuses(tmp_path / "out")) == DOMAINS + 1
    assert not report_in(tmp_path / "out").run.complete


def test_below_nohup_a_terminal_that_goes_away_is_nothing(
    tmp_path: Path, listed: Path, silent: tuple[str, socket.socket]
) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # which children inherit
    try:
        process = waiting(tmp_path, *silent)
    finally:
        signal.signal(signal.SIGHUP, before)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    process.kill()
    process.communicate()


@pytest.fixture
def in_flight(tmp_path: Path, listed: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run whose vantage is known, and whose domains all wait for a resolver that says nothing for a while."""
    log = tmp_path / "log"
    with resolver(log) as nameserver:
        words: list[str | Path] = [
            listed,
            "--nameserver",
            nameserver,
            "--out-dir",
            tmp_path / "out",
            *OPTIONS,
            "--dns-timeout",
            "60",
        ]
        mxaudit("gather", *words)
        cut(tmp_path / "out", 3)
        log.write_bytes(b"")
        muted(log).touch()
        process = started("run", *words, "--resume")
        until(lambda: len(set(log.read_bytes().split())) == DOMAINS - 1)
        yield process
        process.kill()
        process.communicate()


def test_those_in_flight_get_a_few_seconds(tmp_path: Path, in_flight: subprocess.Popen[bytes]) -> None:
    in_flight.send_signal(signal.SIGTERM)
    muted(tmp_path / "log").unlink()
    in_flight.communicate(timeout=60)
    assert in_flight.returncode == BAD_LIST  # so nothing was cut short, and it ends as it would have
    assert report_in(tmp_path / "out").run.complete


def test_after_a_few_seconds_what_is_done_is_reported(tmp_path: Path, in_flight: subprocess.Popen[bytes]) -> None:
    code, _, err, seconds = interrupted(in_flight, signal.SIGTERM)
    assert code == 130
    assert seconds >= GRACE
    assert "Cut short: 2 of 13 rows are done." in err
    report = report_in(tmp_path / "out")
    assert (report.run.complete, report.run.done, report.run.total) == (False, 2, DOMAINS + 1)
    assert len(report.domains) == DOMAINS + 1


def test_a_second_signal_ends_all_at_once(tmp_path: Path, in_flight: subprocess.Popen[bytes]) -> None:
    in_flight.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    code, out, err, seconds = interrupted(in_flight, signal.SIGTERM)
    assert (code, out) == (130, b"")
    assert "Traceback" not in err
    assert seconds < GRACE - 1
    assert not (tmp_path / "out" / "report.json").exists()
