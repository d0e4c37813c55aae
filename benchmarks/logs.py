"""`python -m benchmarks.logs [--mb N] [--rounds N]`: `mxaudit logs` beside pflogsumm, over a log that is made.

Both read the same file, in turns. What either counts must be what the generator put in, or it is no figure. pflogsumm
(Debian's package) adds counts up and knows no causes; it keeps each address, and ours a bounded number of names.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks import table
from benchmarks.measure import Cost, Figure, Wrong, run
from benchmarks.servers import program
from benchmarks.table import Row, at_most
from tests.desk.logs.generator import postfix_log

PART = "l"
MEGABYTE = 1_000_000
THEIRS = {"received": "received", "delivered": "sent", "bounced": "bounced", "rejected": "rejected"}
KILO = 1024  # what pflogsumm divides large counts by, behind which it writes a k


def rows(megabytes: int, rounds: int, say: Callable[[str], None]) -> Iterator[Row]:
    """Lines a second and the peak of memory of both, and their ratio.

    Raises:
        Wrong: a program failed, or counted something else than is there.
    """
    with tempfile.TemporaryDirectory(prefix="mxbench-logs-", dir="/var/tmp") as directory:
        log = Path(directory) / "mail.log"
        say(f"logs: a log of {megabytes:,} MB is made")
        wanted, lines = made(log, megabytes * MEGABYTE)
        summer = program("pflogsumm")
        ours: list[Cost] = []
        theirs: list[Cost] = []
        for turn in range(rounds):
            say(f"logs: round {turn + 1}")
            ours.append(run((sys.executable, "-m", "audit", "logs", str(log), "--year", "2026", "--json")))
            check("mxaudit logs", json.loads(ours[-1].said)["totals"], wanted)
            if summer:
                theirs.append(run((summer, str(log))))
                check("pflogsumm", summed(theirs[-1].said), wanted)
    yield from _of("mxaudit logs", megabytes, lines, ours)
    if not theirs:
        return
    yield from _of("pflogsumm", megabytes, lines, theirs)
    yield Row(
        part=PART,
        what="mxaudit logs over pflogsumm, by CPU",
        figure=Figure.of(our.cpu / their.cpu for our, their in zip(ours, theirs, strict=True)),
        unit="times",
        note="pflogsumm explains no reply",
    )


def _of(name: str, megabytes: int, lines: int, costs: list[Cost]) -> Iterator[Row]:
    about = f"{name}, {megabytes:,} MB"
    note = f"{lines:,} lines"
    yield Row(part=PART, what=f"{about}: lines", figure=Figure.of(lines / c.cpu for c in costs), unit="1/s", note=note)
    target = at_most(150) if name.startswith("mxaudit") else None
    peak = Figure.of(c.rss for c in costs)
    yield Row(part=PART, what=f"{about}: resident memory at its peak", figure=peak, unit="MiB", target=target)


def made(log: Path, octets: int) -> tuple[Counter[str], int]:
    """Write the log. Returns what is in it, and its lines."""
    wanted, lines = Counter[str](), 0
    with log.open("wb") as file:
        for text, counts in postfix_log(octets):
            file.write(text)
            wanted.update(counts)
            lines += text.count(b"\n")
    return wanted, lines


def summed(told: str) -> dict[str, str]:
    """What pflogsumm says, under our names; deferred are its deferrals."""
    counts = {name: count for count, name in re.findall(r"^ +([0-9]+k?) +(\w+)", told, re.MULTILINE)[:6]}
    deferrals = re.search(r"\(([0-9]+k?) +deferrals\)", told)
    return {ours: counts.get(name, "0") for name, ours in THEIRS.items()} | {
        "deferred": deferrals[1] if deferrals else "0"
    }


def check(name: str, found: Mapping[str, int | str], wanted: Mapping[str, int]) -> None:
    """Hold counts to what is in the log; those with a k are rounded down.

    Raises:
        Wrong: they differ.
    """
    for what, count in wanted.items():
        told = str(found.get(what, ""))
        right = told == f"{count // KILO}k" if told.endswith("k") else told == str(count)
        if not right:
            raise Wrong(f"{name} counts {told} {what}, and {count} are in the log")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.logs", description=__doc__)
    parser.add_argument("--mb", type=int, default=50, help="size of the log; default 50")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    try:
        found = [*rows(wanted.mb, wanted.rounds, lambda text: print(text, file=sys.stderr, flush=True))]
    except Wrong as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    print(table.text(found, table.circumstances(rounds=str(wanted.rounds))), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
