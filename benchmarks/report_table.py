"""The table of the report beside a bare one and beside DataTables: what opening, a keystroke and sorting take.

    python -m benchmarks.report_table [--datatables dataTables.min.js] [--rows 10000]

Needs Chromium and the dependency group `browser`. DataTables comes by `npm pack datatables.net`, as a file of its
directory `js`. Times are milliseconds until the next frame is painted, the least of some rounds in turns.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from audit.report import html
from tests.report import large

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAINTED = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
OPENED = f"addEventListener('load', async () => {{ {PAINTED} window.opened = performance.now(); }});"
TIMED = f"async () => {{ const before = performance.now(); %s; {PAINTED} return performance.now() - before; }}"
TYPE = (
    "{{ const box = document.querySelector('{}'); box.value = 'host04';"
    "box.dispatchEvent(new Event('input', {{ bubbles: true }})) }}"
)
CLICK = "document.querySelector('{}').click()"


@dataclass(frozen=True, slots=True)
class Kind:
    """A page with a table, and where its search and the head that sorts are."""

    name: str
    octets: bytes
    search: str | None = None
    head: str | None = None


def kinds(rows: int, datatables: Path | None) -> Iterator[Kind]:
    """The pages to compare."""
    bare = large.bare(rows)
    yield Kind("bare table", bare)
    yield Kind("report", large.index(rows), "[name=q]", "#table thead th button")
    if datatables is not None:
        head = "<thead><tr><th>Domain<th>Mail<th>Forged<th>Encrypted<th>Listed<th>Findings</tr></thead><tbody>"
        script = f"<script>{datatables.read_text('utf-8')}</script><script>new DataTable('table')</script>"
        page = bare.decode().replace("<table>", f"<table>{head}", 1) + script
        yield Kind("DataTables, a page of 10", page.encode(), ".dt-search input", "thead th")
        whole = page.replace("new DataTable('table')", "new DataTable('table', { paging: false })")
        yield Kind("DataTables, all rows", whole.encode(), ".dt-search input", "thead th")


def measured(browser: Browser, address: str, kind: Kind) -> tuple[float, float, float]:
    """The milliseconds of opening, of a keystroke and of sorting; 0 of what a page cannot do."""
    page = browser.new_page()
    try:
        page.add_init_script(OPENED)
        page.goto(address)
        while (opened := page.evaluate("window.opened")) is None:
            page.wait_for_timeout(50)
        keystroke = page.evaluate(TIMED % TYPE.format(kind.search)) if kind.search else 0.0
        sort = page.evaluate(TIMED % CLICK.format(kind.head)) if kind.head else 0.0
        return float(opened), float(keystroke), float(sort)
    finally:
        page.close()


def _no_page(*_given: object) -> Iterator[bytes]:
    yield from ()


def main() -> int:
    """Measure and print a table; 2 where there is no browser."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report_table", description=__doc__)
    parser.add_argument("--datatables", type=Path)
    parser.add_argument("--rows", type=int, default=large.ROWS)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    path = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if path is None:
        print("No Chromium was found.", file=sys.stderr)
        return 2
    html._domain = _no_page  # type: ignore[assignment] # noqa: SLF001 - the table alone is measured
    best: dict[str, tuple[float, float, float]] = {}
    sizes: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        pages = []
        for at, kind in enumerate(kinds(wanted.rows, wanted.datatables)):
            file = Path(folder, f"{at}.html")
            file.write_bytes(kind.octets)
            sizes[kind.name] = len(kind.octets)
            pages.append((kind, file.as_uri()))
        for _ in range(wanted.rounds):
            for kind, address in pages:
                got = measured(browser, address, kind)
                old = best.get(kind.name, got)
                best[kind.name] = (min(old[0], got[0]), min(old[1], got[1]), min(old[2], got[2]))
        browser.close()
    print(f"{wanted.rows:,} rows".ljust(26), "KiB".rjust(8), "open".rjust(8), "key".rjust(8), "sort".rjust(8))
    for name, times in best.items():
        told = (f"{each:.0f}".rjust(8) if each else "-".rjust(8) for each in times)
        print(name.ljust(26), f"{sizes[name] // 1024:,}".rjust(8), *told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
