"""`python -m tests.guide`: a shell in which `mxaudit` asks the lab of docs/troubleshooting.md, until it is left."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.cli import main
from tests.cli.command import beside
from tests.guide.lab import GuideLab, asking, prepared

CHECKOUT = Path(__file__).parents[2]
OPTIONS = "MXAUDIT_GUIDE_LAB"  # where the shell keeps the file with the lab's options
# The checkout comes last where modules are looked for: what is installed is what is called.
WRAPPER = """#!/bin/sh
exec "{python}" -c 'import runpy, sys
sys.path.append("{checkout}")
runpy.run_module("tests.guide", run_name="__main__")' mxaudit "$@"
"""


def shell(command: list[str]) -> int:
    """The user's shell, or another command, in a directory with what the commands of the guide read."""
    with TemporaryDirectory() as place, beside(GuideLab(datetime.now(UTC))) as lab:
        folder, programs = Path(place) / "guide", Path(place) / "bin"
        programs.mkdir()
        folder.mkdir()
        options = programs / "lab.json"
        options.write_text(json.dumps(prepared(lab, folder)))
        wrapper = programs / "mxaudit"
        wrapper.write_text(WRAPPER.format(checkout=CHECKOUT, python=sys.executable))
        wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
        environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", OPTIONS: str(options)}
        sys.stderr.write("mxaudit asks the lab here. The commands of docs/troubleshooting.md work; exit ends it.\n")
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def ours(words: list[str]) -> None:
    """mxaudit with the lab's options."""
    options = json.loads(Path(os.environ[OPTIONS]).read_text())
    known = bool(words) and not words[0].startswith("-")
    sys.argv = ["mxaudit", *(asking(words, options) if known else words)]
    main()


if __name__ == "__main__":
    if sys.argv[1:2] == ["mxaudit"]:
        ours(sys.argv[2:])
    else:
        sys.exit(shell(sys.argv[1:] or [os.environ.get("SHELL", "/bin/sh")]))
