"""What is judged while others are gathered is what judging it in the end gives, and nothing hangs on it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit.cli import continuing
from audit.lab.lab import Lab
from audit.model.evidence import DomainEvidence, Visited
from audit.model.probe import Outcome, Reply, SmtpSession, Stage, StageName
from audit.model.report import Waiver
from audit.pipeline import following, judging
from audit.pipeline.ahead import Ahead, worthwhile
from audit.pipeline.flow import Output, publish
from audit.pipeline.following import Follower
from audit.pipeline.journal import Journal
from audit.pipeline.judging import UNDECIDED
from audit.pipeline.many.elsewhere import written
from audit.pipeline.store import Evidence, read_evidence
from audit.protocol.smtp import mangled
from audit.rules.registry import RULES
from audit.rules.summary.marks import Decisions
from tests.cli.command import NOW, beside, lab_options, mxaudit
from tests.scenarios.lab_run import raised

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"
EACH = 4  # of its rows that many are passed over but one
PATIENCE = 300.0  # seconds for a process of the lowest priority, on a machine where others work


@pytest.fixture(scope="module")
def example() -> Evidence:
    return read_evidence(EXAMPLE)


def copied(
    example: Evidence,
    directory: Path,
    session: Callable[[SmtpSession], SmtpSession] = lambda same: same,
    *,
    second_opinion: bool = False,
) -> Path:
    """The example's evidence in a directory, each session changed."""
    head = replace(example.head, settings=replace(example.head.settings, second_opinion=second_opinion))

    def shared(probes: tuple[Any, ...]) -> Iterator[Any]:
        for probe in probes:
            told = written(probe, example)
            if told is not None:
                yield replace(told, session=session(told.session)) if isinstance(told, Visited) else told

    with Journal(directory) as journal:
        journal.write(head, tuple(shared(head.visits)))
        for record in [*example.in_order()][::-EACH]:  # gathered in another order than that of the list
            named = (*record.visits, *record.fetches, *record.hellos) if isinstance(record, DomainEvidence) else ()
            journal.write(record, tuple(shared(named)))
        journal.end("complete")
    return directory


def report(directory: Path, ahead: Ahead | None = None, kind: str = "json", decisions: Decisions = UNDECIDED) -> bytes:
    path = directory / "out" / "report"
    publish(directory, (Output(kind, path),), raised, ahead=ahead, decisions=decisions)
    return path.read_bytes()


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Ahead]:
    """Follow evidence that is whole, in this process, until nothing more comes."""
    monkeypatch.setattr(following, "is_over", lambda seconds=0.0: seconds > 0)

    def follow(directory: Path) -> Ahead:
        ahead = Ahead(directory)
        with os.fdopen(os.dup(ahead._file.fileno()), "wb") as out:
            Follower(directory, out).work()
        return ahead

    return follow


def early(ahead: Ahead, *, unvisited_only: bool = False, aged: bool | None = None) -> int:
    judged = [ahead.judged(aged=flag, unvisited_only=unvisited_only) for flag in (False, True)]
    return sum(map(len, judged)) if aged is None else len(judged[aged])


def test_a_process_that_follows_comes_to_the_same_reports(example: Evidence, tmp_path: Path) -> None:
    directory = copied(example, tmp_path)
    alone = report(directory, kind="html")
    with Ahead(directory) as ahead:
        ahead.begin()
        end = time.monotonic() + PATIENCE
        while os.fstat(ahead._file.fileno()).st_size < 100_000:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert report(directory, ahead, "html") == alone
        assert early(ahead) > 0
    assert sorted(p.name for p in directory.iterdir()) == ["evidence.jsonl", "hosts.jsonl", "out"]


@pytest.mark.parametrize("second_opinion", [False, True])
def test_all_that_is_settled_is_judged_and_comes_to_the_same(
    example: Evidence,
    tmp_path: Path,
    here: Callable[[Path], Ahead],
    monkeypatch: pytest.MonkeyPatch,
    second_opinion: bool,
) -> None:
    monkeypatch.setattr(following, "BATCH", 10)
    directory = copied(example, tmp_path, second_opinion=second_opinion)
    ahead = here(directory)
    count = early(ahead)
    assert count > len(example.domains) / EACH / 2
    assert report(directory, ahead) == report(directory)


def test_what_people_decided_is_marked_in_what_was_judged_early(
    example: Evidence, tmp_path: Path, here: Callable[[Path], Ahead]
) -> None:
    directory = copied(example, tmp_path)
    lenient = Waiver(
        rule="SPF-MISSING", domain=None, subject=None, reason="known", owner=None, expires=None, expired=False
    )
    decisions = Decisions(waivers=(lenient,))
    ahead = here(directory)
    assert early(ahead) > 0
    marked = report(directory, ahead, decisions=decisions)
    assert marked == report(directory, decisions=decisions)
    assert marked != report(directory)


def test_nothing_that_was_judged_is_judged_again(
    example: Evidence, tmp_path: Path, here: Callable[[Path], Ahead], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = copied(example, tmp_path)
    assert not mangled(read_evidence(directory).sessions.items()).operators
    ahead = here(directory)
    count, judged = early(ahead), 0
    whole = judging.Bench.domain

    def domain(self: Any, *words: Any) -> Any:
        nonlocal judged
        judged += 1
        return whole(self, *words)

    monkeypatch.setattr(judging.Bench, "domain", domain)
    report(directory, ahead)
    assert judged == len(read_evidence(directory).domains) - count


def test_a_session_that_may_yet_be_held_is_waited_for(
    example: Evidence, tmp_path: Path, here: Callable[[Path], Ahead]
) -> None:
    late = SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.BUDGET),))
    directory = copied(example, tmp_path, lambda _: late)
    domains = read_evidence(directory).domains
    assert early(here(directory)) == sum(not d.visits for d in domains) < len(domains)


def test_what_was_overwritten_on_the_way_is_known_in_the_end(
    example: Evidence, tmp_path: Path, here: Callable[[Path], Ahead]
) -> None:
    said = Reply(code=250, lines=("mx.example", "XXXXXXXA", "SIZE"))
    ok = Stage(stage=StageName.CONNECT, outcome=Outcome.OK)
    greeting = Stage(stage=StageName.BANNER, outcome=Outcome.OK, reply=Reply(code=220, lines=("mx.example",)))
    stages = (ok, greeting, Stage(stage=StageName.EHLO, outcome=Outcome.OK, reply=said))
    directory = copied(example, tmp_path, lambda old: replace(old, stages=stages, tls=None))
    assert mangled(read_evidence(directory).sessions.items()).operators
    ahead = here(directory)
    assert early(ahead, unvisited_only=True) < early(ahead)
    assert report(directory, ahead) == report(directory)


def test_a_fault_of_ours_is_left_to_be_told(
    example: Evidence, tmp_path: Path, here: Callable[[Path], Ahead], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(**_: Any) -> Any:
        raise ValueError

    broken = tuple(replace(r, judge=replace(r.judge, function=breaks)) if r.id == "SPF-LOOKUPS" else r for r in RULES)
    assert broken != RULES
    monkeypatch.setattr(judging, "RULES", broken)
    directory = copied(example, tmp_path)
    ahead, told = here(directory), list[BaseException]()
    publish(directory, (), told.append, ahead=ahead)
    count = len(told)
    publish(directory, (), told.append)
    assert len(told) == 2 * count > 0


def test_what_was_torn_off_is_judged_in_the_end(
    example: Evidence, tmp_path: Path, here: Callable[[Path], Ahead]
) -> None:
    directory = copied(example, tmp_path)
    ahead = here(directory)
    counts = [early(ahead)]
    for lost in (1, 1, 500, 10_000, 30_000):
        os.ftruncate(ahead._file.fileno(), os.fstat(ahead._file.fileno()).st_size - lost)
        counts.append(early(ahead))
    assert counts[0] - 1 == counts[1] == counts[2] >= counts[3] >= counts[4] > counts[5] > 0
    assert report(directory, ahead) == report(directory)


def test_what_was_judged_without_the_age_of_things_does_not_hold_with_it(
    example: Evidence, tmp_path: Path, here: Callable[[Path], Ahead]
) -> None:
    ahead = here(copied(example, tmp_path))
    aged = example.knows_earlier_runs()
    assert early(ahead, aged=aged) > 0
    assert early(ahead, aged=not aged) == 0


def test_a_disk_that_is_nearly_full_is_left_to_the_evidence(
    example: Evidence, tmp_path: Path, here: Callable[[Path], Ahead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "ROOM", shutil.disk_usage(tmp_path).total + 1)
    directory = copied(example, tmp_path)
    ahead = here(directory)
    assert early(ahead) == 0
    assert report(directory, ahead) == report(directory)


def test_it_ends_when_who_began_it_is_killed(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "run")
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from audit.pipeline.ahead import Ahead\n"
        "with Ahead(Path(sys.argv[1])) as ahead:\n"
        "    ahead.begin()\n"
        "    print(ahead._process.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "run")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        follower = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while is_running(follower):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert {p.name for p in (tmp_path / "run").iterdir()} == {p.name for p in EXAMPLE.iterdir()}


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # nobody waits for it, where this is not below an init


def test_a_run_that_judges_meanwhile_gives_what_judge_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Path] = []
    begin = Ahead.begin

    def noted(self: Ahead) -> None:
        begin(self)
        assert self._process is not None
        begun.append(self._directory)

    monkeypatch.setattr(Ahead, "begin", noted)
    monkeypatch.setattr(continuing, "worthwhile", lambda rows: rows > 1)
    (tmp_path / "list.txt").write_text("good.example\nnullmx.example\nno domain\nnotls.example\n", "ascii")
    out = tmp_path / "out"
    with beside(Lab(NOW)) as lab:
        words: list[str | Path] = [tmp_path / "list.txt", "--out-dir", out, *lab_options(lab, tmp_path / "ca.pem")]
        assert mxaudit("run", *words, "--fail-on", "never").code in (0, 2, 3)
    assert begun == [out]
    at_once = (out / "report.json").read_bytes()
    assert [d["domain"] for d in json.loads(at_once)["domains"]] == [
        "good.example",
        "nullmx.example",
        None,
        "notls.example",
    ]
    mxaudit("judge", out, "--fail-on", "never")
    assert (out / "report.json").read_bytes() == at_once
    assert not list(out.glob(".mxaudit*"))


@pytest.mark.parametrize(("rows", "cores", "worth"), [(1, 8, False), (10_000, 1, False), (10_000, 2, True)])
def test_when_it_is_worth_a_process(monkeypatch: pytest.MonkeyPatch, rows: int, cores: int, worth: bool) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    assert worthwhile(rows) is worth
