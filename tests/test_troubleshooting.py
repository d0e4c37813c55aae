"""The troubleshooting guide: each command runs in the lab, and prints what the page shows.

`UPDATE_GOLDEN=1 pytest tests/test_troubleshooting.py` puts what they print now into the page.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.command import beside
from tests.guide.lab import GuideLab, asking, prepared
from tests.guide.page import made_anew, ran, shown, steady

PAGE = Path(__file__).parents[1] / "docs" / "troubleshooting.md"
# One test each: what one command writes another reads, and each worker of pytest has a lab of its own.
SECTIONS = {text.partition("\n")[0]: text for text in PAGE.read_text().split("\n## ")[1:]}
IN_A_SHELL = "import runpy, sys; sys.path.append({!r}); runpy.run_module('tests.guide', run_name='__main__')"
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


if os.environ.get("UPDATE_GOLDEN"):

    def test_the_page_is_made_anew(options: list[str]) -> None:
        PAGE.write_text(made_anew(PAGE.read_text(), lambda command: ran(command, lambda words: asking(words, options))))

else:

    @pytest.mark.parametrize("section", SECTIONS)
    def test_the_commands_of_a_section_print_what_it_shows(section: str, options: list[str]) -> None:
        each = list(shown(SECTIONS[section]))
        printed = {one.command: steady(ran(one.command, lambda words: asking(words, options))) for one in each}
        assert printed == {one.command: steady(one.output) for one in each}


def test_a_reader_has_the_same_lab_in_a_shell() -> None:
    lines = "mxaudit reply - < codes.txt | head -1; mxaudit smtp smpt.good.example:587; cat domains.txt | wc -l"
    done = subprocess.run(
        (sys.executable, "-c", IN_A_SHELL.format(str(PAGE.parents[1])), "sh", "-c", lines),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == "mxaudit asks the lab here. The commands of docs/troubleshooting.md work; exit ends it.\n"
    assert done.stdout.startswith("421: soft-system, temporary\nsmpt.good.example:587 (STARTTLS)\n")
    assert (done.returncode, done.stdout.split()[-1]) == (0, "2")


def test_every_question_is_answered_by_a_command() -> None:
    assert len(SECTIONS) == 9
    found = {title: len([*shown(text)]) for title, text in SECTIONS.items()}
    assert [title for title, commands in found.items() if not commands] == []
    assert sum(found.values()) >= 30
