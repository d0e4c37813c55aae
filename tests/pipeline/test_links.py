"""Links that somebody put where we write lead nobody's file into harm, whenever they were put there."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from audit.cli import continuing
from audit.cli.messages import UserError
from audit.pipeline import latest
from audit.pipeline.baseline import baseline_of, write_baseline
from audit.pipeline.ending import EVIDENCE, HOSTS
from audit.pipeline.handwritten import HandwrittenError
from audit.pipeline.hosts import KnownHosts
from audit.pipeline.journal import BALLAST, Journal, Standing, opened
from audit.pipeline.lock import held
from audit.pipeline.rewriting import quarantine, write
from audit.pipeline.staging import Staging
from audit.pipeline.waivers import add_waiver
from tests.cli.command import NOW, mxaudit
from tests.pipeline.test_waivers import BARE
from tests.records import REPORT, RUN

SWAPS = 1000
SAID = b"as it was\n"


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """What belongs to somebody, beside the directory into which we write."""
    (tmp_path / "out").mkdir()
    path = tmp_path / "canary"
    path.write_bytes(SAID)
    return path


def journal(directory: Path) -> None:
    with Journal(directory):
        pass


def gone_on_with(directory: Path) -> None:
    """The journal of a run that stands on the lines of an earlier one."""
    behind = directory / ".kept"
    behind.touch()
    with Journal(directory, Standing(0, 0, KnownHosts(directory / HOSTS), behind)) as writer:
        writer.write(RUN)


def staged(path: Path) -> None:
    with Staging() as staging:
        staging.begin(path)
        staging.put(path.parent, path.name, b"a report")
        staging.publish()


def locked(directory: Path) -> None:
    with held(directory):
        pass


REFUSED: dict[str, Callable[[Path], object]] = {
    HOSTS: journal,
    BALLAST: journal,
    "evidence.bad": lambda out: quarantine(out / EVIDENCE, b"damaged"),
    ".hosts.jsonl.new": lambda out: write(out / ".hosts.jsonl.new", iter([b"anew"])),
    ".evidence.jsonl.new": gone_on_with,
}
WRITERS: dict[str, Callable[[Path], object]] = {
    latest.LATEST: lambda out: latest.name_latest(out / "20261124T1", NOW),
    "baseline.json": lambda out: write_baseline(out / "baseline.json", baseline_of(REPORT)),
}
REPLACED = ("report.json", "index.html", "report.sarif", latest.LATEST)


@pytest.mark.parametrize("name", REFUSED)
def test_what_grows_is_not_written_through_a_link(canary: Path, name: str) -> None:
    (canary.parent / "out" / name).symlink_to(canary)
    with pytest.raises(OSError, match="it is a symbolic link") as found:
        REFUSED[name](canary.parent / "out")
    assert found.value.errno == errno.ELOOP
    assert canary.read_bytes() == SAID


def test_evidence_that_is_a_link_is_put_aside_as_what_an_unfinished_run_left(canary: Path) -> None:
    out = canary.parent / "out"
    (out / EVIDENCE).symlink_to(canary)
    journal(out)
    assert canary.read_bytes() == SAID
    assert (out / "evidence.old.jsonl").is_symlink()
    assert not (out / EVIDENCE).is_symlink()


@pytest.mark.parametrize("name", REPLACED)
def test_what_is_put_in_place_takes_the_place_of_a_link(canary: Path, name: str) -> None:
    place = canary.parent / "out" / name
    place.symlink_to(canary)
    staged(place)
    assert canary.read_bytes() == SAID
    assert (place.read_bytes(), place.is_symlink()) == (b"a report", False)


@pytest.mark.parametrize("name", WRITERS)
def test_the_writers_of_single_files_leave_alone_what_a_link_leads_to(canary: Path, name: str) -> None:
    out = canary.parent / "out"
    (out / name).symlink_to(canary)
    WRITERS[name](out)
    assert canary.read_bytes() == SAID
    assert not (out / name).is_symlink()


def test_waivers_follow_a_link_only_to_waivers(canary: Path) -> None:
    """People keep this file elsewhere and link it; what else a link leads to is not written."""
    link = canary.parent / "out" / "waivers.toml"
    link.symlink_to(canary)
    with pytest.raises(HandwrittenError):
        add_waiver(link, BARE)
    assert canary.read_bytes() == SAID


@pytest.mark.parametrize("more", [True, False], ids=["written to again", "put in place"])
def test_a_file_that_is_not_yet_in_place_is_no_way_in(canary: Path, more: bool) -> None:
    out = canary.parent / "out"
    canary.chmod(0o600)
    with Staging() as staging:
        staging.put(out, "report.json", b"a report")
        staging.put(out, "index.html", b"a page")
        for each in out.glob(".mxaudit-*"):
            each.unlink()
            each.symlink_to(canary)
        with pytest.raises(OSError, match="it is a symbolic link"):
            staging.put(out, "report.json", b"the rest") if more else staging.publish()
    assert (canary.read_bytes(), stat.S_IMODE(canary.stat().st_mode)) == (SAID, 0o600)


def test_pages_that_are_not_yet_in_place_are_no_way_in(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    with Staging() as staging:
        staging.put(tmp_path, "index-pages/1.html", b"a page")
        for each in tmp_path.glob(".mxaudit-*"):
            each.rename(tmp_path / "aside")
            each.symlink_to(elsewhere)
        with pytest.raises(OSError, match="Not a directory"):
            staging.publish()
    assert (list(elsewhere.iterdir()), stat.S_IMODE(elsewhere.stat().st_mode)) == ([], 0o700)


def test_pages_do_not_go_where_a_link_leads(canary: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_bytes(SAID)
    place = canary.parent / "out" / "index-pages"
    place.symlink_to(elsewhere)
    with Staging() as staging:
        staging.begin(place.with_name("index.html"))
        with pytest.raises(OSError, match="something else in the place of the pages"):
            staging.put(place.parent, "index-pages/1.html", b"a page")
    assert [p.name for p in elsewhere.iterdir()] == ["kept"]


def test_a_lock_does_not_follow_a_link(canary: Path) -> None:
    for name in {p.name for p in _made_by(lambda: locked(canary.parent / "out"), canary.parent / "out")}:
        (canary.parent / "out" / name).unlink(missing_ok=True)
        (canary.parent / "out" / name).symlink_to(canary)
    with suppress(OSError):
        locked(canary.parent / "out")
    assert canary.read_bytes() == SAID


def test_a_race_for_a_place_is_not_won(canary: Path) -> None:
    """Another swaps a link in and out while we write: a thousand times, for what grows and for what is put in place."""
    out = canary.parent / "out"
    grows, placed = out / EVIDENCE, out / "report.json"
    with _swapping(canary, grows, placed):
        for _ in range(SWAPS):
            with suppress(OSError):
                handle = opened(grows, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC, 0o600)
                os.write(handle, b"evidence\n")
                os.close(handle)
            staged(placed)
    assert canary.read_bytes() == SAID


@pytest.mark.parametrize("command", ["run", "gather"])
def test_a_directory_that_nobody_named_is_no_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    Path("reports").symlink_to(elsewhere)
    Path("domains.txt").write_text("a.example\n")
    done = mxaudit(command, "domains.txt", "--now", f"{NOW:%Y-%m-%dT%H:%M:%SZ}")
    assert (done.code, done.out) == (2, b"")
    assert "reports is a symbolic link: name the directory that you mean by --out-dir." in done.err
    assert list(elsewhere.iterdir()) == []


def test_a_directory_of_somebody_else_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "reports"
    directory.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: directory.stat().st_uid + 1)
    if directory.stat().st_uid == 0:
        os.chown(directory, 12_345, -1)
    with pytest.raises(UserError, match="belongs to somebody else"):
        continuing._look_whose(directory)


def _made_by(work: Callable[[], object], directory: Path) -> list[Path]:
    before = set(directory.iterdir())
    work()
    return [p for p in directory.iterdir() if p not in before]


@contextmanager
def _swapping(canary: Path, *places: Path) -> Iterator[None]:
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            for place in places:
                link = place.with_name(f".link-{place.name}")
                with suppress(OSError):
                    link.symlink_to(canary)
                    link.replace(place)
                with suppress(OSError):
                    place.unlink()

    other = threading.Thread(target=swap, daemon=True)
    other.start()
    try:
        yield
    finally:
        over.set()
        other.join()
