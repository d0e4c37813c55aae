"""What workers do in the tests: functions of a module, as they must be."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def double(number: int) -> int:
    return 2 * number


def process(_: int) -> int:
    return os.getpid()


def refuse(number: int) -> int:
    raise LookupError(f"no {number}")


def die_once(mark: str) -> str:
    """Kill the own process, the first time."""
    path = Path(mark)
    if path.name.startswith("dies") and not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
