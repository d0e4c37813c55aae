"""What the action installs is what the lock names, file by file; and the resolver that it starts is ours alone."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import audit
from tests.github.runner import CHECKOUT, Runner
from tests.github.test_action import INSTALL, script

LOCKS = CHECKOUT / ".github" / "locks"
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
MADE_FROM = {
    "install": [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["build"]],
    "workflows": PROJECT["dependency-groups"]["workflows"],
    "release": [r for r in PROJECT["dependency-groups"]["release"] if isinstance(r, str)]
    + PROJECT["dependency-groups"]["build"],
}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
needs_registry = pytest.mark.skipif("REQUIRE_REAL" not in os.environ, reason="needs a package registry (REQUIRE_REAL)")


def locked(name: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Each requirement of a lock, with its hashes."""
    text = (LOCKS / f"{name}.txt").read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if not line.startswith("#"):
            requirement, *hashes = re.split(r" +(?=--hash)", line.strip())
            yield Requirement(requirement), hashes


def test_each_lock_is_made_from_something() -> None:
    assert {path.stem for path in LOCKS.iterdir()} == set(MADE_FROM)


@pytest.mark.parametrize("name", MADE_FROM)
def test_a_lock_names_one_version_of_each_thing_and_its_hashes(name: str) -> None:
    entries = list(locked(name))
    assert [str(r) for r, _ in entries if not re.fullmatch(r"==[0-9a-z.]+", str(r.specifier))] == []
    assert [str(r) for r, hashes in entries if not hashes or not all(map(HASH.fullmatch, hashes))] == []


@pytest.mark.parametrize("name", MADE_FROM)
def test_a_lock_is_of_what_the_project_asks_for(name: str) -> None:
    """If this fails, run `make locks`."""
    versions = {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r, _ in locked(name)}
    wanted = [Requirement(text) for text in MADE_FROM[name]]
    assert [str(r) for r in wanted if canonicalize_name(r.name) not in versions] == []
    assert [str(r) for r in wanted if not r.specifier.contains(versions[canonicalize_name(r.name)])] == []


def test_what_builds_the_project_is_locked_as_the_project_says() -> None:
    assert PROJECT["build-system"]["requires"] == PROJECT["dependency-groups"]["build"]


@pytest.mark.parametrize("name", MADE_FROM)
def test_a_lock_names_no_registry(name: str) -> None:
    text = (LOCKS / f"{name}.txt").read_text("utf-8")
    assert [word for word in ("://", "index-url", "find-links", "@ ") if word in text] == []


BACKEND = """
import pathlib, zipfile

def build_wheel(directory, settings=None, metadata=None):
    name = "mini-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory) / name, "w") as wheel:
        wheel.writestr("mini-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: mini\\nVersion: 1\\n")
        wheel.writestr("mini-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("mini-1.dist-info/entry_points.txt", "[console_scripts]\\nmxaudit = dep:main\\n")
        wheel.writestr("mini-1.dist-info/RECORD", "")
    return name
"""


def wheel(directory: Path, name: str) -> str:
    """A wheel with one module, and its SHA-256."""
    directory.mkdir(exist_ok=True)
    path = directory / f"{name}-1-py3-none-any.whl"
    module = b"def main():\n    print('it runs')\n"
    digest = base64.urlsafe_b64encode(hashlib.sha256(module).digest()).rstrip(b"=").decode()
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{name}.py", module)
        made.writestr(f"{name}-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        made.writestr(f"{name}-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{name}-1.dist-info/RECORD", f"{name}.py,sha256={digest},\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def small(home: Path, lock: str) -> Runner:
    """A job of an action whose project and lock are tiny; what is installed comes from a directory, and from nowhere
    else."""
    tree = home / "action"
    (tree / ".github/locks").mkdir(parents=True)
    (tree / ".github/locks/install.txt").write_text(lock)
    (tree / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "mini"\nversion = "1"\n'
    )
    (tree / "backend.py").write_text(BACKEND)
    environment = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(home / "wheels"), "PIP_CONFIG_FILE": os.devnull}
    runner = Runner(home / "job", {"python": sys.executable}, environment, action_path=tree)
    for step in runner.steps():
        if step.get("id") == "ready":
            assert runner.run(step) == 0
    return runner


@pytest.mark.parametrize(
    ("lock", "code"),
    [
        ("dep==1 --hash=sha256:{sha256}\n", 0),
        ("dep==1 --hash=sha256:" + "0" * 64 + "\n", 1),  # another file under the same name
        ("dep==1\n", 1),  # no hash
    ],
)
def test_only_what_the_lock_names_is_installed(lock: str, code: int, tmp_path: Path) -> None:
    sha256 = wheel(tmp_path / "wheels", "dep")
    runner = small(tmp_path, lock.replace("{sha256}", sha256))
    # what a stranger proposed lies in the workspace under the names of what is run
    for name in ("venv", "pip", "dep", "sys", "ensurepip"):
        (runner.workspace / f"{name}.py").write_text("open('pwned', 'w')\n")
    ran = runner.shell(runner.step(INSTALL))
    assert ran.code == code, ran.log
    assert not (runner.workspace / "pwned").exists()
    assert (runner.work / "venv/bin/mxaudit").exists() is (code == 0)


@needs_registry
def test_the_lock_itself_is_installed_and_the_program_runs(tmp_path: Path) -> None:
    runner = Runner(tmp_path, {"python": sys.executable, "domains": "x", "arguments": "--no-such-option"})
    assert runner.run(runner.step("ready")) == 0
    ran = runner.shell(runner.step(INSTALL))
    assert ran.code == 0, ran.log
    runner.outputs["resolver"] = {}
    told = runner.shell(runner.step("audit"))
    assert told.outputs == {"exit-code": "2"}
    assert "--no-such-option" in told.log
    assert (runner.work / "venv/bin/mxaudit").exists()
    installed = list((runner.work / "venv").glob("lib/python3.*/site-packages/mxaudit-*.dist-info"))
    assert [path.name for path in installed] == [f"mxaudit-{audit.__version__}.dist-info"]


SUDO = """#!/bin/bash
printf '%s\\n' "$*" >>"$HOME_OF_TEST/done"
case "$*" in
  *"$REFUSED"*) [ -z "$REFUSED" ] || exit 1 ;;
esac
case "$*" in
  *" tee "*) cat >"$HOME_OF_TEST/conf" ;;
  *"restart unbound"*) touch "$HOME_OF_TEST/running" ;;
esac
"""
DIG = """#!/bin/bash
[ -e "$HOME_OF_TEST/running" ] && [ "$DUMB" = no ] && echo a.root-servers.net.
"""
HOSTED = {"RUNNER_ENVIRONMENT": "github-hosted"}
OWN = {"own": "127.0.0.1:5335"}
FAILS = "::error title=mxaudit::unbound could not be started"
WARNS = "::warning title=mxaudit::unbound could not be started"


@pytest.mark.parametrize(
    ("nameserver", "environment", "code", "outputs", "said", "touched"),
    [
        ("auto", HOSTED, 0, OWN, "", True),
        ("auto", {"RUNNER_ENVIRONMENT": "self-hosted"}, 0, {}, "", False),
        ("auto", HOSTED | {"RUNNER_OS": "macOS"}, 0, {}, "", False),
        ("auto", {}, 0, {}, "", False),
        ("unbound", {"RUNNER_ENVIRONMENT": "self-hosted"}, 0, OWN, "", True),
        ("system", HOSTED, 0, {}, "", False),
        ("192.0.2.1", HOSTED, 0, {}, "", False),
        ("$(touch pwned)", HOSTED, 0, {}, "", False),
        ("auto", HOSTED | {"REFUSED": "install"}, 0, {}, WARNS, True),
        ("auto", HOSTED | {"REFUSED": "mask"}, 0, {}, WARNS, True),
        ("auto", HOSTED | {"DUMB": "yes"}, 0, {}, WARNS, True),
        ("unbound", {"REFUSED": "update"}, 1, {}, FAILS, True),
        ("unbound", {"DUMB": "yes"}, 1, {}, FAILS, True),
    ],
)
def test_a_resolver_is_started_where_it_is_wanted_and_nowhere_else(
    nameserver: str,
    environment: dict[str, str],
    code: int,
    outputs: dict[str, str],
    said: str,
    touched: bool,
    tmp_path: Path,
) -> None:
    for name, text in {"sudo": SUDO, "dig": DIG, "sleep": "#!/bin/sh\n"}.items():
        script(tmp_path / "bin" / name, text)
    path = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "HOME_OF_TEST": str(tmp_path)}
    runner = Runner(
        tmp_path / "job", {"nameserver": nameserver}, path | {"REFUSED": "no such word", "DUMB": "no"} | environment
    )
    ran = runner.shell(runner.step("resolver"))
    assert (ran.code, ran.outputs) == (code, outputs), ran.log
    assert [line.split(":")[3] for line in ran.commands] == [said.split(":")[3]] if said else ran.commands == []
    assert all(line.startswith(said) for line in ran.commands)
    assert (tmp_path / "done").exists() is touched
    if outputs:
        assert "interface: 127.0.0.1@5335\n" in (tmp_path / "conf").read_text()
