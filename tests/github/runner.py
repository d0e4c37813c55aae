"""A small runner of GitHub's: the steps of a composite action as it runs them, their shells with bash, none of `uses`.

Environment files and workflow commands are read as docs.github.com tells ("Workflow commands for GitHub Actions"), and
of expressions what our files need: contexts, `||`, `&&`, `==` and `!=`. Any other expression is an error.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")
COMMAND = re.compile(r"\s*::([a-z-]+)( [^:]*)?::(.*)|\s*::([0-9a-f]{32})::\s*|.*##\[")
SECONDS = 300


def load(path: Path) -> dict[str, Any]:
    """A file of YAML. The word `on` is a key here, and no truth value."""
    loaded = importlib.import_module("yaml").safe_load(path.read_text("utf-8"))
    return {("on" if key is True else key): value for key, value in loaded.items()}


ACTION = load(CHECKOUT / "action.yml")


def outputs_in(text: str) -> dict[str, str]:
    """What a step wrote into GITHUB_OUTPUT: `name=value`, or `name<<END` with lines up to END."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, sign, value = line.partition("=")
        if sign and "<<" not in name:
            found[name] = value
            continue
        name, sign, end = line.partition("<<")
        assert sign, f"no output: {line}"
        held = []
        for inner in lines:
            if inner == end:
                break
            held.append(inner)
        else:
            raise AssertionError(f"{name} has no end")
        found[name] = "\n".join(held)
    return found


def obeyed(log: str) -> list[str]:
    """The lines of a log that a runner takes for commands, but for the pair that stops and resumes them."""
    token, found = None, []
    for line in re.split(r"\r\n|[\r\n]", log):
        command = COMMAND.match(line)
        if token:
            token = None if line.strip() == f"::{token}::" else token
        elif command and command[1] == "stop-commands":
            token = command[3]
        elif command:
            found.append(line)
    assert token is None, "commands stay stopped"
    return found


@dataclass
class Ran:
    """How a step ended."""

    code: int
    log: str
    outputs: dict[str, str]

    @property
    def commands(self) -> list[str]:
        return obeyed(self.log)


@dataclass
class Runner:
    """A job on a machine of its own: a workspace, a directory for what is passing, and what steps gave."""

    home: Path
    inputs: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    github: Mapping[str, str] = field(default_factory=dict)
    action: Mapping[str, Any] = field(default_factory=lambda: ACTION)
    action_path: Path = CHECKOUT
    python: str = sys.executable
    errors: int = subprocess.STDOUT  # where standard error goes: a runner reads it beside standard output, in any order
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("workspace", "temp"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        self.summary = self.home / "summary.md"
        self.summary.touch()

    @property
    def workspace(self) -> Path:
        return self.home / "workspace"

    @property
    def work(self) -> Path:
        return Path(self.outputs["ready"]["work"])

    @property
    def log(self) -> str:
        return "\n".join(self.logs)

    def steps(self) -> list[dict[str, Any]]:
        return list(self.action["runs"]["steps"])

    def step(self, name: str) -> dict[str, Any]:
        (found,) = (s for s in self.steps() if name in {s.get("id"), s["name"]})
        return found

    def results(self) -> dict[str, str]:
        """The outputs of the action."""
        return {name: self.text(told["value"]) for name, told in self.action["outputs"].items()}

    def run_all(self, before: Mapping[str, Any] | None = None) -> int:
        """Run the steps until one fails; its exit code. `before`: what to do in place of a step, by its id or name."""
        for step in self.steps():
            told = (before or {}).get(step.get("id") or step["name"])
            if told is not None:
                told(self)
                continue
            code = self.run(step)
            if code:
                return code
        return 0

    def run(self, step: Mapping[str, Any]) -> int:
        if not self.holds(step.get("if", "")):
            self.outputs.setdefault(step.get("id", step["name"]), {})
            return 0
        if "uses" in step:
            given = {name: self.text(str(value)) for name, value in step.get("with", {}).items()}
            self.used.append((step["uses"].partition("@")[0], given))
            self.outputs[step.get("id", step["name"])] = {"python-path": self.python}
            return 0
        ran = self.shell(step)
        self.outputs[step.get("id", step["name"])] = ran.outputs
        self.logs.append(ran.log)
        return ran.code

    def shell(self, step: Mapping[str, Any]) -> Ran:
        """The text of a step's `run`, as it is, as a file for bash."""
        assert step["shell"] == "bash"
        script, output = self.home / "step.sh", self.home / "output"
        script.write_text(step["run"], "utf-8")
        output.write_text("")
        told = {
            "GITHUB_OUTPUT": output,
            "GITHUB_STEP_SUMMARY": self.summary,
            "GITHUB_ACTION_PATH": self.action_path,
            "GITHUB_WORKSPACE": self.workspace,
            "RUNNER_TEMP": self.home / "temp",
            "RUNNER_OS": "Linux",
        }
        given = {name: self.text(str(value)) for name, value in step.get("env", {}).items()}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "RUNNER_", "MXAUDIT_"))}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.workspace,
            env=kept | {k: str(v) for k, v in told.items()} | dict(self.environment) | given,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode("utf-8", "replace"), outputs_in(output.read_text("utf-8")))

    def text(self, template: str) -> str:
        return EXPRESSION.sub(lambda found: self.value(found[1]), template)

    def value(self, expression: str) -> str:
        """The first of what `||` parts that is not empty."""
        return next((v for term in expression.split(" || ") if (v := self.term(term))), "")

    def term(self, name: str) -> str:
        if quoted := re.fullmatch(r"'([^']*)'", name):
            return quoted[1]
        if name == "true":
            return name
        place, *rest = name.split(".")
        if place == "inputs":
            (input_,) = rest
            return self.inputs.get(input_, self.action["inputs"][input_].get("default", ""))
        if place == "steps":
            step, _, output = rest
            return self.outputs.get(step, {}).get(output, "")
        if place == "github":
            return self.github.get(".".join(rest), "")
        raise AssertionError(f"{name} is not known here")

    def holds(self, condition: str) -> bool:
        return all(self.compared(part) for part in condition.split(" && ") if part)

    def compared(self, part: str) -> bool:
        found = re.fullmatch(r"(\S+) (==|!=) (\S+)", part)
        assert found, f"{part} is not known here"
        return (self.term(found[1]) == self.term(found[3])) is (found[2] == "==")


def scripts(loaded: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each step of a workflow or an action that is a shell, with its name."""
    jobs = loaded["jobs"].values() if "jobs" in loaded else [loaded["runs"]]
    for job in jobs:
        for step in job.get("steps", ()):
            if "run" in step:
                yield step.get("name", "?"), step
