"""Opinions come in the order of the domains, whatever becomes of the process that gives them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from audit.model.opinion import Consultation, SecondOpinion
from audit.opinion import consulting
from audit.opinion.consulting import CRASHED, second_opinions
from tests.opinion.answers import consultation

# A worker that says which domain it was asked about, and does as the domain's name says.
PUPPET = """
import json, os, sys, time
for line in sys.stdin:
    name = json.loads(line)["domain"]
    if name.startswith("die"):
        os._exit(3)
    if name.startswith("hang"):
        time.sleep(1000)
    if name.startswith("babble"):
        print("not json", flush=True)
    print(json.dumps({"asked": True, "tool": name}), flush=True)
"""
COMMAND = (sys.executable, "-c", PUPPET)


def asked(*names: str) -> list[str]:
    """The tool of each opinion, which the puppet makes the name of the domain; "-" where there is none."""
    opinions = list(second_opinions((Consultation(domain=n, answers=()) for n in names), COMMAND))
    assert all(o in (CRASHED, replace(CRASHED, failed=None, tool=o.tool)) for o in opinions)
    return [o.tool or "-" for o in opinions]


def test_in_order() -> None:
    assert asked("a", "b", "c") == ["a", "b", "c"]
    assert asked() == []


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_in_order_across_processes(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consulting, "BATCH", batch)
    assert asked("a", "b", "c", "d", "e") == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("bad", ["die", "babble"])
def test_a_domain_over_which_it_dies_has_none_and_the_others_have(bad: str) -> None:
    assert asked("a", bad, "b", "c") == ["a", "-", "b", "c"]
    assert asked(bad) == ["-"]
    assert asked("a", bad) == ["a", "-"]


def test_a_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consulting, "START_SECONDS", 1.5)
    monkeypatch.setattr(consulting, "DOMAIN_SECONDS", 0.0)
    assert asked("a", "hang", "b") == ["a", "-", "b"]


def test_who_interrupts_leaves_no_process_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def interrupted(process: subprocess.Popen[bytes], *_: object) -> None:
        started.append(process)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        asked("hang")
    assert started[0].poll() is not None


def test_after_some_deaths_the_rest_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consulting, "MAX_LOST", 2)
    assert asked("a", "die", "b", "die", "c", "die", "d") == ["a", "-", "b", "-", "-", "-", "-"]


def test_a_worker_that_cannot_be_started_gives_none() -> None:
    assert list(second_opinions([consultation("")] * 2, ("/nowhere/python",))) == [CRASHED] * 2


def test_a_process_is_started_only_when_there_is_something_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(subprocess, "Popen", started)
    assert list(second_opinions(())) == []


def test_consultations_are_taken_as_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consulting, "BATCH", 2)
    taken: list[str] = []

    def many() -> Iterator[Consultation]:
        for number in range(6):
            taken.append(str(number))
            yield Consultation(domain=str(number), answers=())

    opinions = second_opinions(many(), COMMAND)
    assert next(opinions).tool == "0"
    assert len(taken) == 2


def test_the_environment_changes_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """checkdmarc reads the sizes of its caches from there, and breaks on what is no number."""
    monkeypatch.setenv("DNS_CACHE_MAX_LEN", "many")
    monkeypatch.setenv("DNS_NAMESERVER_FAILURE_COOLDOWN_SECONDS", "long")
    (opinion,) = second_opinions([consultation('story.example. TXT "v=spf1 -all"')])
    assert opinion.spf is not None
    assert opinion.spf.lookups == 0


def test_what_lies_where_we_stand_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("audit", "checkdmarc", "dns", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    (opinion,) = second_opinions([consultation('story.example. TXT "v=spf1 -all"')])
    assert opinion.spf is not None


def test_the_command_does_not_import_it() -> None:
    code = (
        "import sys, audit.cli, audit.pipeline.judging\n"
        "print([m for m in sys.modules if m.startswith(('checkdmarc', 'dns.resolver'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert done.stdout == b"[]\n"


def test_same_again() -> None:
    zone = 'story.example. TXT "v=spf1 foo -all"\n_dmarc.story.example. TXT "v=DMARC1; p=none"'
    once: list[SecondOpinion] = list(second_opinions([consultation(zone), consultation("")]))
    assert list(second_opinions([consultation(zone), consultation("")])) == once


def test_chance_changes_no_word() -> None:
    """Its parser tells what it expected in the order of a set, which is another in each process."""
    heard = set()
    for _ in range(7):
        (opinion,) = second_opinions([consultation('_dmarc.story.example. TXT "v=DMARC1; p=none; x-tag=1"')])
        heard.add(opinion.dmarc and opinion.dmarc.words)
    assert len(heard) == 1
    assert "Expected end_of_statement or tag_value at position 18" in str(*heard)
