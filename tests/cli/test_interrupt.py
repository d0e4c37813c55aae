"""Ctrl-C saves what was done: each line of the list has its row, and the evidence can be judged."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.lab.lab import Lab
from tests.cli.command import NOW, beside, lab_options, mxaudit, report_in

ROWS = 9
LIST = "".join(f"d{n}.example\n" for n in range(ROWS - 2)) + "not a domain\nd1.example\n"
SOON = 20.0  # seconds from the signal to the end: five for what is in flight, and a machine that is busy


def started(*arguments: str | Path, program: tuple[str, ...] = ("-m", "audit")) -> subprocess.Popen[bytes]:
    words = [sys.executable, *program, *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def interrupted(process: subprocess.Popen[bytes], number: int = signal.SIGINT) -> tuple[int, bytes, str, float]:
    began = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err.decode(), time.monotonic() - began


def until(condition: object, seconds: float = 30.0) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def statuses(directory: Path) -> list[tuple[str, str | None]]:
    for name in ("evidence.jsonl", "report.json"):
        assert mxaudit("validate", directory / name).code == 0
    return [(d.status, d.problem.reason if d.problem else None) for d in report_in(directory).domains]


@pytest.fixture
def silent() -> Iterator[tuple[str, socket.socket]]:
    """A nameserver that hears everything and says nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(30)
        yield f"127.0.0.1:{ear.getsockname()[1]}", ear


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_before_the_first_domain(tmp_path: Path, silent: tuple[str, socket.socket], number: int) -> None:
    (tmp_path / "list.txt").write_text(LIST, "utf-8")
    nameserver, ear = silent
    process = started("run", tmp_path / "list.txt", "--nameserver", nameserver, "--out-dir", tmp_path / "out")
    ear.recv(2000)  # it asks
    code, out, err, seconds = interrupted(process, number)
    assert (code, out) == (130, b"")
    assert seconds < SOON
    assert "Traceback" not in err
    assert statuses(tmp_path / "out") == [("failed", "interrupted")] * (ROWS - 2) + [
        ("invalid_input", "input.no_dot"),
        ("duplicate", "input.duplicate"),
    ]


TOLD = b"\nmxaudit: interrupted.\n"  # as soon as there is somebody to tell it


@pytest.mark.parametrize(
    ("module", "said"),
    [("audit.cli.group", b""), ("rich_click", b""), ("dns.message", TOLD), ("audit.rules.registry", TOLD)],
)
def test_while_the_command_is_still_loading(module: str, said: bytes) -> None:
    """A finder that is asked for a module stands for the moment at which Ctrl-C comes."""
    script = (
        "import sys\n"
        "sys.argv[1:] = ['check', '--help']\n"
        "class Impatient:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Impatient())\n"
        "from audit.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", said)


def test_what_is_loaded_before_ctrl_c_is_heeded_is_next_to_nothing() -> None:
    script = "import sys; old = set(sys.modules); import audit.cli; print(*sorted(set(sys.modules) - old))"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["__future__", "audit", "audit.cli"]


MEANWHILE = """
import audit.cli.continuing
audit.cli.continuing.worthwhile = lambda rows: True
from audit.cli import main
main()
"""


@pytest.mark.parametrize("program", [("-m", "audit"), ("-c", MEANWHILE)], ids=["afterwards", "meanwhile"])
def test_in_the_midst_of_the_domains(tmp_path: Path, program: tuple[str, str]) -> None:
    """Judged in the end, or by another process meanwhile."""
    out_dir = tmp_path / "out"
    (tmp_path / "list.txt").write_text("good.example\nsilent.example\nlistless..example\nnullmx.example\n", "utf-8")
    with beside(Lab(NOW)) as lab:
        options = [*lab_options(lab, tmp_path / "ca.pem"), "--dns-timeout", "30", "--no-smtp"]
        process = started("run", tmp_path / "list.txt", "--out-dir", out_dir, *options, program=program)
        until(
            lambda: (
                (out_dir / "evidence.jsonl").exists()
                and b'"nullmx.example","unicode"' in written(out_dir)
                and b'"good.example","unicode"' in written(out_dir)
            )
        )
        code, out, err, seconds = interrupted(process)
    assert (code, out) == (130, b"")
    assert seconds < SOON
    assert "list.txt:2:1: The run was interrupted before this domain was done." in err
    assert err.splitlines()[-1].startswith("Interrupted: the domains that were finished are in the reports")
    assert statuses(out_dir) == [
        ("audited", None),
        ("failed", "interrupted"),
        ("invalid_input", "input.empty_label"),
        ("audited", None),
    ]
    judged = (out_dir / "report.json").read_bytes()
    assert mxaudit("judge", out_dir).code in (2, 3)
    assert (out_dir / "report.json").read_bytes() == judged
    assert not list(out_dir.glob(".mxaudit*"))


def written(directory: Path) -> bytes:
    return (directory / "evidence.jsonl").read_bytes()


def test_gather_keeps_its_evidence(tmp_path: Path, silent: tuple[str, socket.socket]) -> None:
    (tmp_path / "list.txt").write_text(LIST, "utf-8")
    nameserver, ear = silent
    process = started("gather", tmp_path / "list.txt", "--nameserver", nameserver, "--out-dir", tmp_path / "out")
    ear.recv(2000)
    code, out, _, _ = interrupted(process)
    assert (code, out) == (130, b"")
    assert mxaudit("judge", tmp_path / "out").code in (2, 3)
    assert len(statuses(tmp_path / "out")) == ROWS


def test_check_tells_what_it_has(silent: tuple[str, socket.socket]) -> None:
    nameserver, ear = silent
    process = started("check", "one.example", "--nameserver", nameserver)
    ear.recv(2000)
    code, out, err, _ = interrupted(process)
    assert (code, err) == (130, "")
    assert out.startswith(b"one.example\n")
    assert b"interrupted" in out
