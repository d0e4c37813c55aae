"""How far a run is: for a terminal one line that changes, elsewhere a plain line every half minute."""

from __future__ import annotations

import io
import sys

import pytest

from audit.cli.progress import SPAN, ProgressLine, duration
from audit.pipeline.gathering import Progress

WAITING = (("google", 1200), ("\x1b[2Jop.test", 3))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Gone(Terminal):
    """A terminal whose window was closed."""

    def write(self, _: str) -> int:
        raise OSError(5, "Input/output error")


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("COLUMNS", "")


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def watched(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *, shown: bool, name: str = "one.example") -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with ProgressLine(shown=shown, now=Clock()) as watch:
        watch(Progress(1, 3, name))
        watch(Progress(2, 3, "two.example"))
    return stream.getvalue()


def timed(
    monkeypatch: pytest.MonkeyPatch,
    stream: io.StringIO,
    *seen: tuple[float, int],
    total: int = 1000,
    detailed: bool = False,
) -> list[str]:
    """The lines that are shown when so much is done at these seconds."""
    monkeypatch.setattr(sys, "stderr", stream)
    clock = Clock()
    line = ProgressLine(shown=True, detailed=detailed, now=clock)
    for seconds, done in seen:
        clock.seconds = Clock.seconds + seconds
        line(Progress(done, total, f"d{done}.example", WAITING))
    return stream.getvalue().replace("\r\x1b[K", "\n").split("\n")


def test_a_terminal_is_shown_one_line_that_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = watched(monkeypatch, Terminal(), shown=True)
    assert shown == "\r\x1b[K1/3 one.example\r\x1b[K2/3 two.example\r\x1b[K"


@pytest.mark.parametrize(("stream", "shown"), [(io.StringIO(), True), (Terminal(), False), (io.StringIO(), False)])
def test_a_file_is_shown_no_progress_of_a_short_run_nor_who_does_not_want_it(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, shown: bool
) -> None:
    assert watched(monkeypatch, stream, shown=shown) == ""


def test_a_name_cannot_leave_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = watched(monkeypatch, Terminal(), shown=True, name="\x1b[2J\n\u202e" + "a" * 500)
    assert shown.count("\x1b") == 3
    assert "\n" not in shown
    assert "\u202e" not in shown
    assert len(shown) < 120


def test_a_terminal_that_goes_away_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert watched(monkeypatch, Gone(), shown=True) == ""


@pytest.mark.parametrize(
    ("seen", "last"),
    [
        ([(0, 0), (1, 5)], "5/1,000 d5.example"),  # too early to tell
        ([(0, 0), (10, 100)], "100/1,000 (10.0/s, 2 min left) d100.example"),
        ([(0, 0), (10, 500), (20, 500), (40, 520), (50, 600)], "600/1,000 (3.3/s, 2 min left) d600.example"),
        ([(0, 400), (4, 400)], "400/1,000 (0.0/s) d400.example"),  # gone on with, and nothing done yet
        ([(0, 0), (10, 100), (11, 0), (15, 20)], "20/1,000 (5.0/s, 3 min left) d20.example"),  # another stage
        ([(0, 0), (2, 1000)], "1,000/1,000 (500.0/s, 0 s left) d1000.example"),
    ],
)
def test_the_pace_is_that_of_the_last_half_minute(
    monkeypatch: pytest.MonkeyPatch, seen: list[tuple[float, int]], last: str
) -> None:
    assert timed(monkeypatch, Terminal(), *seen)[-1] == last


@pytest.mark.parametrize(("stream", "ci"), [(io.StringIO(), ""), (io.StringIO(), "true"), (Terminal(), "true")])
def test_where_nothing_can_be_overwritten_there_is_a_line_every_half_minute(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, ci: str
) -> None:
    monkeypatch.setenv("CI", ci)
    stream.seek(0)
    stream.truncate()
    seen = [(second, 2 * second) for second in range(95)]
    shown = timed(monkeypatch, stream, *seen, detailed=True)
    assert [line.split(" ")[0] for line in shown] == ["60/1,000", "120/1,000", "180/1,000", ""]
    assert all(line.isprintable() for line in shown)
    assert shown[0] == "60/1,000 (2.0/s, 8 min left) d60.example waiting: google 1,200, \\x1b[2Jop.test 3"


def test_time_that_passes_is_told_though_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream := io.StringIO())
    clock = Clock()
    line = ProgressLine(shown=True, now=clock)
    line.look()  # nothing is known yet
    line(Progress(5, 10, "five.example"))
    clock.seconds += SPAN
    line.look()
    assert stream.getvalue() == "5/10 (0.0/s) five.example\n"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (29, "29 s"), (31, "1 min"), (7000, "117 min"), (7300, "2.0 h"), (90000, "25.0 h")],
)
def test_how_long_something_takes(seconds: float, said: str) -> None:
    assert duration(seconds) == said
