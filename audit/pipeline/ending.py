"""How the run in a directory ended, told by the last line of its evidence."""

from __future__ import annotations

import os
from pathlib import Path

from audit import contract
from audit.model.evidence import RunEnd

EVIDENCE, HOSTS = "evidence.jsonl", "hosts.jsonl"
TAIL = 4096  # octets: the end record is far shorter


def ending(directory: Path) -> RunEnd | None:
    """The end record; None where there is none, as of a run that goes on, or was cut off."""
    try:
        with (directory / EVIDENCE).open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - TAIL, 0))
            lines = file.read(TAIL).splitlines()
    except OSError:
        return None
    if not lines:
        return None
    try:
        contract.intact(lines[-1])
        return contract.load(lines[-1], RunEnd)
    except contract.ContractError:
        return None


def unfinished(directory: Path) -> bool:
    """Whether evidence is there, and not all of it."""
    path = directory / EVIDENCE
    if not path.is_file() or not path.stat().st_size:
        return False
    end = ending(directory)
    return end is None or end.outcome != "complete"
