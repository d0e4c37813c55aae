"""Keep the tables of docs/blocklists.md as the catalogue says: `python docs/blocklist_tables.py [--check]`.

The text between the tables is written by hand. With --check nothing is written, and it fails if a table is outdated.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from audit.catalog.blocklists import Blocklist, load_blocklists

PAGE = Path(__file__).parent / "blocklists.md"
TABLE = re.compile(r"(<!-- table: (\w+) -->\n\n).*?(\n<!-- end -->)", re.DOTALL)
HEAD = "| id | zone | lists | weight | terms | removal |\n| --- | --- | --- | --- | --- | --- |\n"

CHOICES: Mapping[str, Callable[[Blocklist], bool]] = {
    "usual": lambda b: b.default and b.key is None,
    "keyed": lambda b: b.key is not None,
    "named": lambda b: not (b.default or b.key or b.names or b.allows),
    "names": lambda b: b.names and not (b.key or b.allows),
    "allows": lambda b: b.allows,
}


def page(text: str) -> str:
    """The page with its tables made anew."""
    return TABLE.sub(lambda found: found[1] + table(found[2]) + found[3], text)


def table(name: str) -> str:
    lists = load_blocklists()
    if name == "dead":
        return "| zone | it is |\n| --- | --- |\n" + "".join(f"| `{d.zone}` | {d.fate} |\n" for d in lists.dead)
    return HEAD + "".join(row(b) for b in lists.entries if CHOICES[name](b))


def row(entry: Blocklist) -> str:
    kinds = [k for k, held in (("IPv4", entry.ipv4), ("IPv6", entry.ipv6), ("names", entry.names)) if held]
    weight = f"{entry.weight}, some codes {entry.minor_weight}" if entry.minor else str(entry.weight)
    cells = (f"`{entry.id}`", f"`{entry.zone}`", ", ".join(kinds), weight, entry.terms, entry.delist)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def main(arguments: list[str]) -> None:
    if arguments not in ([], ["--check"]):
        raise SystemExit("Usage: python docs/blocklist_tables.py [--check]")
    there = PAGE.read_text("utf-8")
    wanted = page(there)
    if not arguments:
        PAGE.write_text(wanted, "utf-8")
    elif wanted != there:
        raise SystemExit("Run `python docs/blocklist_tables.py`: the tables are not as the catalogue says.")


if __name__ == "__main__":
    main(sys.argv[1:])
