"""What a program took is what the kernel says of it, and a program that failed gives no figure."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import programs
from benchmarks.measure import Wrong, run
from benchmarks.rows import PARTS
from benchmarks.servers import Traffic, compiled, program

BUSY = "import time\nwhile time.process_time() < 0.3: pass"
LARGE = "x = b'x' * (80 << 20)"


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", script)


def test_processor_time_is_that_of_all_programs() -> None:
    one, two = run(python(BUSY)), run(python(BUSY), python(BUSY))
    assert 0.29 < one.cpu < 0.6
    assert 0.58 < two.cpu < 1.2


def test_waiting_costs_no_processor_time() -> None:
    cost = run(python("import time; time.sleep(0.5)"))
    assert cost.wall >= 0.5
    assert cost.cpu < 0.3


def test_memory_is_that_of_the_largest_program() -> None:
    ours = b"x" * (100 << 20)  # what we have ourselves is none of theirs
    small, both = run(python("pass")), run(python("pass"), python(LARGE))
    assert small.rss < 60
    assert 80 < both.rss < 160
    assert len(ours) == 100 << 20


def test_what_a_program_says_is_kept() -> None:
    assert run(python("print('yes')")).said == "yes\n"


def test_a_program_that_fails_is_no_figure() -> None:
    with pytest.raises(Wrong, match=r"ended with 3: no luck"):
        run(python("import sys; print('no luck', file=sys.stderr); sys.exit(3)"))
    assert run(python("raise SystemExit(3)"), accepted=(3,)).said == ""


def test_traffic_is_what_came_between_two_moments() -> None:
    before = Traffic(udp=5, udp_answers=5, tcp=1, tcp_answers=1, relay_seconds=1.0, server_seconds=0.5)
    after = Traffic(udp=9, udp_answers=8, tcp=3, tcp_answers=3, lost=1, relay_seconds=1.5, server_seconds=0.75)
    between = after.since(before)
    assert (between.questions, between.udp_answers, between.lost) == (6, 3, 1)
    assert (between.relay_seconds, between.server_seconds) == (0.5, 0.25)


def record(domain: str, status: str) -> str:
    asked = {"question": {"name": domain}, "answer": {"status": status}}
    return json.dumps({"kind": "domain", "domain": domain, "answers": [asked]}) + "\n"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (record("a.test", "noerror"), "1 of 2 domains"),
        (record("a.test", "noerror") + record("b.test", "timeout"), "b.test: .* timeout"),
    ],
)
def test_evidence_with_holes_is_wrong(tmp_path: Path, lines: str, said: str) -> None:
    (tmp_path / "evidence.jsonl").write_text(lines)
    with pytest.raises(Wrong, match=said):
        programs.checked_evidence(tmp_path, 2)


def test_evidence_that_is_whole_is_counted(tmp_path: Path) -> None:
    head = json.dumps({"kind": "run"}) + "\n"
    (tmp_path / "evidence.jsonl").write_text(head + record("a.test", "noerror") + record("b.test", "nxdomain"))
    assert programs.checked_evidence(tmp_path, 2) == 2


@pytest.mark.parametrize(("audited", "unknown", "sound"), [(2, 0, True), (1, 0, False), (2, 1, False)])
def test_a_report_with_holes_is_wrong(tmp_path: Path, audited: int, unknown: int, sound: bool) -> None:
    coverage = {"audited": audited, "unknown": unknown}
    (tmp_path / "report.json").write_text(json.dumps({"run": {"coverage": coverage}, "domains": []}))
    (tmp_path / "index.html").touch()
    if sound:
        programs.checked_report(tmp_path, 2)
    else:
        with pytest.raises(Wrong):
            programs.checked_report(tmp_path, 2)


@pytest.mark.skipif(program("cc") is None, reason="no C compiler")
def test_the_relay_compiles(tmp_path: Path) -> None:
    assert compiled(tmp_path).stat().st_size > 0


def test_each_letter_is_measured() -> None:
    assert "".join(PARTS) == "abcdefghil"
