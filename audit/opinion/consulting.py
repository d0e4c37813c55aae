"""Second opinions on many domains, from a process of their own. Nothing of checkdmarc is imported here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import islice

from audit import contract
from audit.model.opinion import Consultation, SecondOpinion

BATCH = 200  # domains a process: its start costs half a second, and so much text is held at a time
START_SECONDS, DOMAIN_SECONDS = 60.0, 2.0  # when a process hangs though it uses no processor time
MAX_LOST = 5  # processes that may die in one run before the rest is given up
LIMITS_OF_CACHES = ("_MAX_LEN", "_MAX_AGE_SECONDS", "_COOLDOWN_SECONDS")  # variables that checkdmarc reads
WORKER = """
import sys
sys.path[:] = sys.argv[1:]
from audit.opinion.worker import main
main(sys.stdin.buffer, sys.stdout.buffer)
"""
CRASHED = SecondOpinion(asked=True, failed="opinion.crashed")


def second_opinions(
    consultations: Iterable[Consultation], command: tuple[str, ...] | None = None
) -> Iterator[SecondOpinion]:
    """An opinion for each consultation, in order. Where the process dies or hangs, that domain has none."""
    command = command or _worker()
    waiting = iter(consultations)
    lost = 0
    while batch := list(islice(waiting, BATCH)):
        while batch:
            heard = _consult(batch, command) if lost < MAX_LOST else [CRASHED] * len(batch)
            if len(heard) < len(batch):  # it ended at the next one
                heard, lost = [*heard, CRASHED], lost + 1
            yield from heard
            batch = batch[len(heard) :]


def _consult(batch: list[Consultation], command: tuple[str, ...]) -> list[SecondOpinion]:
    """What one process says of a batch: less than all of it where it died or hung."""
    asked = b"".join(contract.dump(c) + b"\n" for c in batch)
    try:
        process = subprocess.Popen(  # noqa: S603 -- our own module, no word of the world among the arguments
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the run, which ends this process itself
        )
    except OSError:
        return []
    try:
        told, _ = process.communicate(asked, START_SECONDS + DOMAIN_SECONDS * len(batch))
    except subprocess.TimeoutExpired:
        process.kill()
        told, _ = process.communicate()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return list(_opinions(told, len(batch)))


def _opinions(told: bytes, most: int) -> Iterator[SecondOpinion]:
    for line in told.split(b"\n")[:most]:
        try:
            yield contract.load(line, SecondOpinion)
        except contract.ContractError:  # cut short in the middle of a line
            return


def _worker() -> tuple[str, ...]:
    """A Python that finds its modules where we found ours, and not where we happen to stand."""
    return (sys.executable, "-I", "-c", WORKER, *filter(None, sys.path))


def _environment() -> dict[str, str]:
    """Ours, without what would change its verdicts from outside."""
    return {k: v for k, v in os.environ.items() if not k.endswith(LIMITS_OF_CACHES)}
