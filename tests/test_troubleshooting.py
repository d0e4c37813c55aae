"""The troubleshooting guide: each command runs in the lab, and prints what the page shows.

`UPDATE_GOLDEN=1 pytest tests/test_troubleshooting.py` puts what they print now into the page.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.command import beside
from tests.guide.lab import GuideLab, asking, prepared
from tests.guide.page import made_anew, ran, shown, steady

PAGE = Path(__file__).parents[1] / "docs" / "troubleshooting.md"
COMMANDS = tuple(shown(PAGE.read_text()))
SECRETS = ("MXAUDIT_SMTP_PASSWORD", "MXAUDIT_SMTP_TOKEN", "MXAUDIT_CONFIG")


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The lab, and the directory from which the commands are called, one after another."""
    folder, before = tmp_path_factory.mktemp("guide"), Path.cwd()
    with pytest.MonkeyPatch.context() as patch, beside(GuideLab(datetime.now(UTC))) as lab:
        for name in SECRETS:
            patch.delenv(name, raising=False)
        found = prepared(lab, folder)
        os.chdir(folder)
        try:
            yield found
        finally:
            os.chdir(before)


@pytest.mark.skipif(bool(os.environ.get("UPDATE_GOLDEN")), reason="the page is made anew")
@pytest.mark.parametrize("at", range(len(COMMANDS)), ids=[each.command[:60] for each in COMMANDS])
def test_a_command_prints_what_the_page_shows(at: int, options: list[str]) -> None:
    each = COMMANDS[at]
    assert steady(ran(each.command, lambda words: asking(words, options))) == steady(each.output)


@pytest.mark.skipif(not os.environ.get("UPDATE_GOLDEN"), reason="UPDATE_GOLDEN is not set")
def test_the_page_is_made_anew(options: list[str]) -> None:
    PAGE.write_text(made_anew(PAGE.read_text(), lambda command: ran(command, lambda words: asking(words, options))))


def test_every_question_is_answered_by_a_command() -> None:
    sections = PAGE.read_text().split("\n## ")[1:]
    assert len(sections) == 9
    assert [text.partition("\n")[0] for text in sections if "\n$ mxaudit " not in text] == []
    assert len(COMMANDS) >= 30
