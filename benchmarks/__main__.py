"""`python -m benchmarks` measures and prints the table; `make bench` calls it."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks import isolation, table
from benchmarks.measure import Wrong
from benchmarks.rows import PARTS, Scale
from benchmarks.servers import NotReady

SHORT, LONG = (1000, 5000), (1000, 10_000, 100_000)


def main() -> int:
    """Measure what was asked for; 1 when a program gave wrong answers or a server did not start."""
    wanted = _arguments().parse_args()
    if (code := isolation.enter(sys.argv[1:])) is not None:
        return code
    scale = Scale(
        rounds=wanted.rounds,
        domains=wanted.domains or (2000 if wanted.nightly else 500),
        peer_domains=wanted.peer_domains,
        sizes=tuple(wanted.sizes or (LONG if wanted.nightly else SHORT)),
        log_mb=wanted.log_mb,
        say=lambda text: print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True),
    )
    found: list[table.Row] = []
    where = table.circumstances(
        rounds=str(scale.rounds), domains=f"{scale.domains}, of the CLI {scale.peer_domains} a round"
    )
    code = 0
    for part in dict.fromkeys(PARTS[letter] for letter in wanted.rows):
        try:
            found += part(scale)
        except (Wrong, NotReady) as error:
            print(f"benchmarks: {error}", file=sys.stderr)
            code = 1
    shown = sorted((row for row in found if row.part in wanted.rows), key=lambda row: row.part)
    print(table.text(shown, where), end="")
    if wanted.json:
        wanted.json.write_text(table.document(shown, where))
    return code


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=_letters, default=sorted(PARTS), help="letters of parts, such as a,c,h")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--domains", type=int, help="of an audit; 500, by night 2,000")
    parser.add_argument("--peer-domains", type=int, default=60, help="that the serial CLI is given in a round")
    parser.add_argument("--sizes", type=_numbers, help="of the lists that memory is watched with")
    parser.add_argument("--log-mb", type=int, default=1000, help="megabytes of the log that is read")
    parser.add_argument("--nightly", action="store_true", help="lists of up to 100,000 domains")
    parser.add_argument("--json", type=Path, help="write the table there as well")
    return parser


def _letters(text: str) -> list[str]:
    letters = text.split(",")
    if not set(letters) <= set(PARTS):
        raise argparse.ArgumentTypeError(f"parts are {', '.join(PARTS)}")
    return letters


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
