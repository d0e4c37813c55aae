"""Starts a program, waits for it, and writes down what the kernel says that it took.

    python -I -S launcher.py RESULT CORES PROGRAM [ARGUMENT ...]

A process of its own, as a child's peak of memory begins with what its parent had when it forked (getrusage(2)), and
this parent has next to nothing. CORES are numbers with commas between, or `-`. The result is JSON.
"""

from __future__ import annotations

import os
import sys
import time


def main(result: str, cores: str, command: list[str]) -> None:
    """Run it, and write the result."""
    if cores != "-":
        os.sched_setaffinity(0, [int(core) for core in cores.split(",")])
    began = time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - began
    code = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    with open(result, "w", encoding="ascii") as file:  # noqa: PTH123 -- pathlib is half of what this process would hold
        file.write(f'{{"code": {code}, "wall": {wall}, "cpu": {cpu}, "rss": {usage.ru_maxrss / 1024}}}')


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
