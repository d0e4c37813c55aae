"""The console blocks of a page: commands, and what they print.

A block is fenced as ```console. In it a line that begins with `$ ` is a command, and what follows up to the next one is
its output. A command is one of mxaudit's, with `< file` if it reads one, and with a filter behind `|` where only a part
of the output is shown; behind `2>&1` that is of what it tells on standard error as well.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cli.command import mxaudit

BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
COLUMNS, BOTH = 100, "2>&1"
# What another run prints otherwise: times that passed, days, ports, and ids that are made of them.
CHANGING = (
    (re.compile(r" {2,}[0-9.,]+ (?:ms|s)$", re.MULTILINE), "  TIME"),
    (re.compile(r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}(?:T[0-9:]{5,8}Z?| [0-9:]{5} UTC)?"), "DAY"),
    (re.compile(r"\b20[0-9]{6}T[0-9]{6}Z(?:-[0-9a-f]+)?"), "RUN"),
    (re.compile(r"\b[0-9.,]+\s+(?:ms|s|seconds?)\b"), "SPAN"),
    (re.compile(r"\b[0-9]{1,2} [A-Z][a-z]+ 20[0-9]{2}, [0-9:]{5} UTC"), "MINUTE"),
    (re.compile(r"\bsha256:[0-9a-f]{64}\b"), "DIGEST"),
    # what grows with the number of rules
    (re.compile(r"(?<=Findings: ).*"), "SO MANY"),
    (re.compile(r"\b[0-9]+ of [0-9]+(?= checks)"), "SO MANY"),
    (re.compile(r"\b[0-9]+(?= (?:findings|known)\b)"), "SO MANY"),
    (re.compile(r"\b127\.0\.0\.1:[0-9]+"), "LOOPBACK"),
)


@dataclass(frozen=True)
class Shown:
    """A command of a page, and the output that is shown."""

    command: str
    output: str


def shown(text: str) -> Iterator[Shown]:
    """The commands of a page, in order."""
    for block in BLOCK.findall(text):
        for command, output in COMMAND.findall(block):
            yield Shown(command, output.rstrip())


def made_anew(text: str, printed: Callable[[str], str]) -> str:
    """The page with the output of its commands as it is now."""

    def block(found: re.Match[str]) -> str:
        said = ((command, printed(command)) for command, _ in COMMAND.findall(found[0]))
        return "\n".join(f"$ {command}\n{output}\n" if output else f"$ {command}\n" for command, output in said)

    return BLOCK.sub(block, text)


def steady(output: str) -> str:
    """An output without what differs from run to run."""
    for pattern, instead in CHANGING:
        output = pattern.sub(instead, output)
    return output


def ran(command: str, put: Callable[[Sequence[str]], Sequence[str]]) -> str:
    """What a command prints, in the directory where we are; `put` puts the lab's options into its words."""
    ours, *filters = re.split(r" \| (?=(?:[^']*'[^']*')*[^']*$)", command, maxsplit=1)
    name, *words = shlex.split(ours)
    if name != "mxaudit":
        raise ValueError(f"the page calls {name}, which is no command of ours")
    stdin = b""
    if "<" in words:
        stdin = Path(words[words.index("<") + 1]).read_bytes()
        words = words[: words.index("<")]
    both = BOTH in words
    done = mxaudit(*put([word for word in words if word != BOTH]), stdin=stdin, columns=COLUMNS)
    printed, beside = (done.out + done.err.encode(), "") if both else (done.out, done.err)
    if filters:
        printed = subprocess.run(filters[0], shell=True, input=printed, capture_output=True, check=True).stdout
    return "\n".join(line.rstrip() for line in f"{printed.decode()}{beside}".splitlines()).rstrip()
