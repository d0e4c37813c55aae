"""Help teaches by examples, each of which is a command; and what a shell completes."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from audit.cli.examples import EXAMPLES
from audit.cli.group import SENTENCES, cli, loaded
from audit.cli.sections import SECTIONS
from tests.cli.command import mxaudit

COMMANDS = [command for of in EXAMPLES.values() for _, command in of]


@pytest.mark.parametrize("path", [path for path, of in EXAMPLES.items() if of])
def test_help_ends_with_examples_that_fit(path: str) -> None:
    done = mxaudit(*path.split(), "--help", columns=80)
    shown = done.out.decode().split("\nExamples:\n")[1]
    lines = [line.strip() for line in shown.splitlines() if line]
    assert lines == [line for says, command in EXAMPLES[path] for line in (f"# {says}", command)]
    assert all(len(line) <= 100 for line in shown.splitlines())


def test_each_command_has_examples_but_those_that_only_hold_others() -> None:
    paths = {*SENTENCES, *(f"{name} {below}" for name in SENTENCES for below in getattr(loaded(name), "commands", ()))}
    assert paths - {path for path, of in EXAMPLES.items() if of} == {"config"}
    assert set(EXAMPLES) == {"", *paths}


@pytest.mark.parametrize("line", COMMANDS)
def test_an_example_is_a_command(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its options are those of the command. What has to be there already is put there."""
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line.removeprefix('eval "$(').removesuffix(')"').split(" > ")[0].split(" < ")[0])
    assert words.pop(0) == "mxaudit"
    for word in words:
        file = Path(word)
        if word.endswith((".toml", ".json")):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("")
        elif "/" in word or word in {"inside", "outside"}:
            file.mkdir(parents=True, exist_ok=True)
    command: click.Command = loaded(words.pop(0))
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    command.make_parser(click.Context(command)).parse_args(list(words))
    with click.Context(cli) as root:
        known = {name for p in command.get_params(root) for name in (*p.opts, *p.secondary_opts)}
    assert [word for word in words if word.startswith("-") and word not in {"-", *known}] == []


def test_each_option_of_a_run_stands_below_the_title_where_it_is_looked_for() -> None:
    names = {p.name for p in loaded("run").params if isinstance(p, click.Option)}
    left = names - {name for of in SECTIONS.values() for name in of}
    assert left == {"color", "no_progress", "quiet", "verbose", "config"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_given_a_script_that_it_understands(shell: str, tmp_path: Path) -> None:
    done = mxaudit("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert b"_MXAUDIT_COMPLETE" in done.out
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not here")
    script = tmp_path / "script"
    script.write_bytes(done.out)
    assert subprocess.run([found, "-n", str(script)], capture_output=True, check=False, timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("mxaudit run --fail-on hi", "high"),
        ("mxaudit run --require-v", "--require-vantage"),
        ("mxaudit config sh", "show"),
        ("mxaudit waive SPF-LOOKUPS-N", "SPF-LOOKUPS-NEAR"),
    ],
)
def test_bash_completes(words: str, completed: str, tmp_path: Path) -> None:
    found = shutil.which("bash")
    if found is None:
        pytest.skip("bash is not here")
    place = tmp_path / "mxaudit"
    place.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m audit "$@"\n')
    place.chmod(0o755)
    (tmp_path / "script").write_bytes(mxaudit("completion", "bash").out)
    count = len(words.split()) - 1
    script = (
        f"source ./script; COMP_WORDS=({words}); COMP_CWORD={count}; _mxaudit_completion ./mxaudit; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [found, "--norc", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.split() == [completed], done.stderr
