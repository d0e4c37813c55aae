"""The pages of docs/rules/, made from the rules themselves: `python docs/rule_pages.py [--check]`.

Writes what has changed and removes the pages of rules that are gone. With --check it writes nothing, names the pages
that are not as they should be, and fails if there are any.
"""

from __future__ import annotations

import sys
from pathlib import Path

from audit.report.explanation import index, page
from audit.rules.explanation import explanation
from audit.rules.registry import RULES

FOLDER = Path(__file__).parent / "rules"


def pages() -> dict[str, str]:
    """The pages by the names of their files."""
    told = [explanation(rule) for rule in RULES]
    return {"README.md": index(told), **{f"{rule.id}.md": page(rule) for rule in told}}


def stale(wanted: dict[str, str]) -> list[str]:
    """The files that are missing, outdated or too many."""
    there = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write(wanted: dict[str, str], names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in names:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], "utf-8")
        else:
            (FOLDER / name).unlink()


def main(arguments: list[str]) -> None:
    if arguments not in ([], ["--check"]):
        raise SystemExit("Usage: python docs/rule_pages.py [--check]")
    wanted = pages()
    names = stale(wanted)
    if not arguments:
        write(wanted, names)
    elif names:
        raise SystemExit(f"Run `python docs/rule_pages.py`: not as the rules say: {', '.join(names)}")


if __name__ == "__main__":
    main(sys.argv[1:])
