"""What a program took: time on the clock, processor time, memory, and what it asked.

The processor time is what the kernel charged the process and those it waited for (getrusage(2)), so that another's load
on the machine changes it little; the time on the clock is what a user waits.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import Traffic, World


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
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Run a program, or several at once, to their end. `cores` are those that they may use, null all of them.

    Raises:
        Wrong: one ended with another code than is accepted, or the relay lost something on the way.
    """
    before = world.traffic() if world else Traffic()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mxbench-out-") as directory:
        started = [_start(command, Path(directory) / str(n), cores, environment) for n, command in enumerate(commands)]
        cpu = rss = 0.0
        for process in started:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            cpu += usage.ru_utime + usage.ru_stime
            rss = max(rss, usage.ru_maxrss / 1024)
        wall = time.monotonic() - began
        traffic = world.traffic().since(before) if world else Traffic()
        said = "".join((Path(directory) / f"{n}.out").read_text(errors="replace") for n in range(len(commands)))
        for n, process in enumerate(started):
            if process.returncode not in accepted:
                told = "".join(
                    (Path(directory) / f"{n}.{end}").read_text(errors="replace")[-1000:] for end in ("err", "out")
                )
                raise Wrong(f"{' '.join(commands[n][:6])} … ended with {process.returncode}: {told}")
    if traffic.lost:
        raise Wrong(f"the relay lost {traffic.lost} messages")
    return Cost(wall=wall, cpu=cpu, rss=rss, traffic=traffic, said=said)


def _start(
    command: tuple[str, ...], files: Path, cores: set[int] | None, environment: Mapping[str, str] | None
) -> subprocess.Popen[bytes]:
    def confined() -> None:
        if cores:
            os.sched_setaffinity(0, cores)

    with files.with_suffix(".out").open("wb") as out, files.with_suffix(".err").open("wb") as err:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env={**os.environ, **(environment or {})},
            preexec_fn=confined,  # noqa: PLW1509 -- nothing here has threads
        )
