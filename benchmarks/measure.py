"""What a program took: time on the clock, processor time, memory, and what it asked.

The processor time is what the kernel charged the process and those it waited for (getrusage(2)), so that another's load
on the machine changes it little; the time on the clock is what a user waits.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import Traffic, World

LAUNCHER = Path(__file__).with_name("launcher.py")


class Wrong(Exception):
    """A program failed, or its answers are not those of the world: what it took says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds, seconds, MiB of the largest process, and the relay's counters over that time."""

    wall: float
    cpu: float
    rss: float
    traffic: Traffic
    said: str


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of some rounds, and their range."""

    middle: float
    least: float
    most: float
    rounds: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Figure:
        found = sorted(values)
        return cls(statistics.median(found), found[0], found[-1], len(found))


def run(
    *commands: tuple[str, ...],
    world: World | None = None,
    cores: set[int] | None = None,
    accepted: tuple[int, ...] = (0,),
) -> Cost:
    """Run a program, or several at once, to their end. `cores` are those that they may use, null all of them.

    Raises:
        Wrong: one ended with another code than is accepted, or the relay lost something on the way.
    """
    before = world.traffic() if world else Traffic()
    with tempfile.TemporaryDirectory(prefix="mxbench-out-") as directory:
        files = [Path(directory) / str(number) for number in range(len(commands))]
        started = [_start(command, file, cores) for command, file in zip(commands, files, strict=True)]
        for process in started:
            process.wait()
        traffic = world.traffic().since(before) if world else Traffic()
        ended = [_ended(command, file, accepted) for command, file in zip(commands, files, strict=True)]
        said = "".join(file.with_suffix(".out").read_text(errors="replace") for file in files)
    if traffic.lost:
        raise Wrong(f"the relay lost {traffic.lost} messages")
    return Cost(
        wall=max(end["wall"] for end in ended),
        cpu=sum(end["cpu"] for end in ended),
        rss=max(end["rss"] for end in ended),
        traffic=traffic,
        said=said,
    )


def _start(command: tuple[str, ...], file: Path, cores: set[int] | None) -> subprocess.Popen[bytes]:
    where = ",".join(map(str, sorted(cores))) if cores else "-"
    launched = (sys.executable, "-I", "-S", str(LAUNCHER), str(file.with_suffix(".json")), where, *command)
    with file.with_suffix(".out").open("wb") as out, file.with_suffix(".err").open("wb") as err:
        return subprocess.Popen(launched, stdin=subprocess.DEVNULL, stdout=out, stderr=err)


def _ended(command: tuple[str, ...], file: Path, accepted: tuple[int, ...]) -> dict[str, float]:
    """What the launcher wrote down."""
    result = file.with_suffix(".json")
    found: dict[str, float] = json.loads(result.read_text()) if result.exists() else {"code": -1}
    if found["code"] not in accepted:
        told = "".join(file.with_suffix(end).read_text(errors="replace")[-1000:] for end in (".err", ".out"))
        raise Wrong(f"{' '.join(command[:6])} … ended with {found['code']}: {told}")
    return found
