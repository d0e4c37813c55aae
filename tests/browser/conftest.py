"""A real Chromium, for what only a browser can tell: tests/browser is skipped where there is none.

Its process is ended with each module: while Playwright works, a loop runs in this thread, and no other test could
start one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module, util
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def unable(reason: str) -> NoReturn:
    """Skip, unless the run must have a browser.

    Raises:
        pytest.skip.Exception, pytest.fail.Exception: always.
    """
    if os.environ.get("REQUIRE_REAL") == "1":
        pytest.fail(f"REQUIRE_REAL is set, but {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if path is None:
        unable("there is no Chromium (Debian: apt-get install chromium)")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])  # root may have no other
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The rules of WCAG that a program can check."""
    found = util.find_spec("axe_playwright_python")
    if found is None or not found.submodule_search_locations:
        unable("axe-playwright-python is not installed")
    return Path(found.submodule_search_locations[0], "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="session")
def pdf_reader() -> ModuleType:
    """What reads the text of a printed page."""
    if util.find_spec("pypdf") is None:
        unable("pypdf is not installed")
    return import_module("pypdf")


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., str]:
    """A page on disk, by its address."""

    def write(octets: bytes, name: str = "index.html") -> str:
        path = tmp_path / name
        path.write_bytes(octets)
        return path.as_uri()

    return write
