"""The command as a user runs it: a process of its own, read only by what it leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.real.internet import Internet

SECONDS = 240.0  # two hundred domains on a busy machine


@dataclass(frozen=True, slots=True)
class Audit:
    """A run that ended: its exit code, its standard error, and the directory with its files."""

    code: int
    said: str
    directory: Path

    @property
    def report(self) -> dict[str, Any]:
        return _parsed(self.directory / "report.json")

    def lines(self, file: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.directory / file).read_bytes().splitlines()]

    def domain(self, name: str) -> dict[str, Any]:
        """The part of the report on a domain."""
        (found,) = (d for d in self.report["domains"] if d["domain"] == name)
        return dict(found)

    def answers(self, domain: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """The questions and answers in the evidence on a domain."""
        (found,) = (r for r in self.lines("evidence.jsonl") if r["kind"] == "domain" and r["domain"] == domain)
        return [(asked["question"], asked["answer"]) for asked in found["answers"]]

    def session(self, host: str) -> dict[str, Any]:
        """What a host's whole SMTP session was like; the canaries' short ones are left out."""
        (found,) = (
            v["session"]
            for v in self.lines("hosts.jsonl")
            if v["visit"]["host"] == host and v["visit"]["depth"] == "session"
        )
        return dict(found)

    def results(self, domain: str) -> set[tuple[str, str, str, str | None]]:
        """Rule, subject, result and reason of all that was found out about a domain, but for what does not apply."""
        report = self.domain(domain)
        found = {(f["rule"], f["subject"]["name"], f["result"], f["reason"]) for f in report["findings"]}
        return found | {(p["rule"], p["subject"]["name"], "pass", None) for p in report["passed"]}

    def fails(self, domain: str) -> set[tuple[str, str]]:
        return {(rule, subject) for rule, subject, result, _ in self.results(domain) if result == "fail"}


@cache
def _parsed(file: Path) -> dict[str, Any]:
    """A report may be large, and is asked for by each of hundreds of tests."""
    found: dict[str, Any] = json.loads(file.read_bytes())
    return found


def mxaudit(*arguments: str, directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "audit", *arguments),
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def audit(internet: Internet, lines: list[str], directory: Path, *more: str) -> Audit:
    """Audit a list of domains through the servers."""
    canaries = ("--canary", "mx1.good.test", "--canary", "mx2.good.test")
    trusted = ("--ca-file", str(internet.ca_file), "--trust-anchor", str(internet.anchor_file))
    smtp = (*trusted, *canaries, "--smtp-gap", "0", "--smtp-timeout", "5")
    return audited_through(
        f"{internet.place.resolver}:53", lines, directory, "--allow-net", "127.0.0.0/8", *smtp, *more
    )


def audited_through(nameserver: str, lines: list[str], directory: Path, *more: str) -> Audit:
    """Audit a list of domains through a resolver."""
    (directory / "list.txt").write_text("".join(f"{line}\n" for line in lines))
    done = mxaudit(
        *("run", "list.txt", "--out-dir", "out", "--no-progress", "--nameserver", nameserver, "--dns-timeout", "3"),
        *more,
        directory=directory,
    )
    return Audit(done.returncode, done.stderr, directory / "out")
