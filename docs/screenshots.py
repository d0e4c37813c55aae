"""Pictures of a report, as a browser shows it: `python docs/screenshots.py REPORT.html OUTDIR`.

Makes report-1280.png, report-390.png, report-1280-dark.png, report-domain.png and report-drawings.png (one domain in
full), and report-print.png (the first sheet), and refuses a report that would have to be scrolled sideways. Needs
playwright for Python, and a Chromium of the system.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHOTS: tuple[tuple[str, int, Literal["light", "dark"]], ...] = (
    ("report-1280.png", 1280, "light"),
    ("report-390.png", 390, "light"),
    ("report-1280-dark.png", 1280, "dark"),
    ("report-domain.png", 1280, "light"),
    ("report-drawings.png", 1280, "light"),
    ("report-print.png", 696, "light"),
)
HEIGHTS = {1280: 1600, 390: 1688, 696: 1000}  # pixels: the first look, not the whole page; 696 is a sheet of A4 inside
DOMAIN = "spfeleven.example"  # which has something of everything
PLACES = {"report-domain.png": "summary", "report-drawings.png": ".part:has(+ .drawing)"}
OPEN = """([name, at]) => {
  const shown = [...document.querySelectorAll('details.domain')].find((d) => d.querySelector('h3').innerText === name);
  shown.open = true;
  shown.querySelector('.finding details').open = true;
  shown.querySelector(at).scrollIntoView({ behavior: 'instant' });
}"""


def browser() -> str:
    """The path of a Chromium on this machine.

    Raises:
        SystemExit: there is none.
    """
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise SystemExit("No Chromium was found; install one, for instance with: apt-get install chromium")


def take(report: Path, folder: Path) -> None:
    """A picture for each width and colour scheme.

    Raises:
        SystemExit: there is no browser, or the page is wider than the window.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
        for name, width, scheme in SHOTS:
            page = chromium.new_page(viewport={"width": width, "height": HEIGHTS[width]}, color_scheme=scheme)
            page.goto(report.resolve().as_uri())
            if page.evaluate("document.documentElement.scrollWidth") > width:
                raise SystemExit(f"The report is wider than {width} pixels.")
            if name in PLACES:
                page.evaluate(OPEN, [DOMAIN, PLACES[name]])
            if "print" in name:
                page.emulate_media(media="print")
            page.screenshot(path=folder / name)
            page.close()
        chromium.close()


def main(arguments: list[str]) -> None:
    if len(arguments) != 2:
        raise SystemExit("Usage: python docs/screenshots.py REPORT.html OUTDIR")
    take(Path(arguments[0]), Path(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
