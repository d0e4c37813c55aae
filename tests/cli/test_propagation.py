"""`mxaudit propagation`, over servers and resolvers of our own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from audit import contract
from audit.catalog.resolvers import load_resolvers
from audit.desk.propagation.verdict import CopyState
from tests.cli.command import Done, mxaudit
from tests.cli.propagating import (
    FIRST,
    NAME,
    NEW,
    OLD,
    SECOND,
    TYPE,
    copying,
    denying,
    inventing,
    refusing,
    silent,
    spread,
    zone,
)
from tests.cli.test_pty import HOSTILE, hidden

NOW = "2026-11-30T12:00:00Z"
AGREED = {FIRST: zone(NEW), SECOND: zone(NEW)}
DIVIDED = {FIRST: zone(NEW), SECOND: zone(OLD, serial=6)}
RESOLVERS = {
    "198.51.100.1": copying(NEW, ttl=200),
    "198.51.100.2": copying(OLD, ttl=1200),
    "198.51.100.3": denying(ttl=250),
    "198.51.100.4": copying(OLD, ttl=30, ede=3),
    "198.51.100.5": refusing,
    "198.51.100.6": inventing,
}


def run(words: list[str], *more: str | Path, columns: int | None = 80) -> Done:
    return mxaudit("propagation", NAME, TYPE, *words, "--now", NOW, "--dns-timeout", "3", *more, columns=columns)


def told(done: Done) -> Any:
    contract.check("propagation", done.out)
    return json.loads(done.out)["found"]


def test_each_cause_is_named_and_the_time_told() -> None:
    with spread(AGREED, RESOLVERS) as words:
        done = run(words, "--json")
    found = told(done)
    assert (done.code, done.err) == (1, "")
    assert {c["address"]: c["state"] for c in found["copies"]} == {
        "198.51.100.1": "current",
        "198.51.100.2": "lag",
        "198.51.100.3": "negative_cache",
        "198.51.100.4": "stale",
        "198.51.100.5": "filtered",
        "198.51.100.6": "rewritten",
    }
    assert found["outcome"] == "not_yet"
    assert found["safe_after"][:16] == "2026-11-30T12:20"
    assert found["doubts"] == ["stale"]


def test_servers_that_disagree_leave_no_time_to_name() -> None:
    resolvers = {"198.51.100.1": copying(NEW, ttl=200), "198.51.100.2": copying(OLD, ttl=1200)}
    with spread(DIVIDED, resolvers) as words:
        found = told(run(words, "--json"))
    assert [(s["host"], s["state"], s["serial"]) for s in found["servers"]] == [
        ("ns1.story.example", "current", 7),
        ("ns2.story.example", "behind", 6),
    ]
    assert [c["state"] for c in found["copies"]] == ["current", "inconsistent_zone"]
    assert found["copies"][1]["from_server"] == "ns2.story.example"
    assert (found["safe_after"], found["doubts"]) == (None, ["inconsistent"])


@pytest.mark.parametrize(
    ("expect", "resolver", "code"),
    [
        ((), copying(NEW, ttl=9), 0),
        (("10 NEW.example",), copying(NEW, ttl=9), 0),
        (("10 new.example",), copying(OLD, ttl=9), 1),
        (("20 newer.example",), copying(NEW, ttl=9), 1),
        ((), silent, 3),
    ],
)
def test_the_exit_code_says_whether_it_is_everywhere(expect: tuple[str, ...], resolver: Any, code: int) -> None:
    with spread(AGREED, {"198.51.100.1": resolver}) as words:
        done = run(words, *(word for value in expect for word in ("--expect", value)))
    assert done.code == code, done.out


def test_a_large_answer_is_written_as_the_schema_says(tmp_path: Path) -> None:
    hosts = [f"{n} host-{n}.example." for n in range(1500)]
    with spread({FIRST: zone(*hosts), SECOND: zone(*hosts)}, {"198.51.100.1": copying(*hosts, ttl=60)}) as words:
        done = run(words, "--dns-timeout", "30", "--json")
        text = run(words, "--dns-timeout", "30")
    assert (done.code, text.code) == (0, 0)
    (copy,) = told(done)["copies"]
    assert (copy["state"], len(copy["records"])) == ("current", 1500)
    assert len(text.out) < 4000
    assert "and 1,497 more records" in " ".join(text.out.decode().split())


def test_where_no_server_is_heard_what_resolvers_give_is_told_all_the_same() -> None:
    with spread(
        {FIRST: silent, SECOND: silent, "192.0.2.99": zone(NEW)}, {"198.51.100.1": copying(NEW, ttl=60)}
    ) as words:
        done = run(words)
    flat = " ".join(done.out.decode().split())
    assert done.code == 3
    assert "unknown: 198.51.100.1 It gives: 10 new.example. (60 s left)" in flat


def test_what_was_seen_is_judged_again_without_asking(tmp_path: Path) -> None:
    with spread(AGREED, RESOLVERS) as words:
        done = run(words, "--json")
    file = tmp_path / "seen.json"
    file.write_bytes(done.out)
    again = mxaudit("propagation", "--again", file, "--json")
    assert (again.code, again.out) == (done.code, done.out)
    assert mxaudit("validate", file).code == 0
    file.write_bytes(done.out.replace(b'"rdtype"', b'"type"', 1))
    assert mxaudit("propagation", "--again", file).sentences[0].startswith("mxaudit: ")
    assert mxaudit("propagation", "--again", file).code == 2


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_a_person_reads_it_on_any_screen(columns: int) -> None:
    with spread(DIVIDED, RESOLVERS) as words:
        done = run(words, columns=columns)
    text = done.out.decode()
    assert all(len(line) <= min(columns, 100) for line in text.splitlines())
    flat = " ".join(text.split())
    assert flat.startswith("story.example MX: not yet everywhere. 1 of 6 resolvers has what the servers hold.")
    assert "No time can be named. The zone's servers disagree" in flat
    assert "ns2.story.example 192.0.2.54, serial 6" in flat
    assert "inconsistent zone: 198.51.100.2" in flat
    assert "Not seen: any other resolver" in flat


def test_a_server_that_says_nothing_leaves_it_open() -> None:
    with spread({FIRST: zone(NEW), SECOND: silent}, {"198.51.100.2": copying(NEW, ttl=60)}) as words:
        done = run(words)
    flat = " ".join(done.out.decode().split())
    assert done.code == 3
    assert "whether it is everywhere cannot be told" in flat
    assert "Not certain: Not every server of the zone was heard, and one may still have something else." in flat
    assert "unknown No DNS server answered in time. ns2.story.example 192.0.2.54" in flat


def test_without_a_resolver_those_are_asked_that_filter_nothing() -> None:
    public = [(e.name, e.unfiltered[0]) for e in load_resolvers().entries if e.unfiltered]
    with spread(AGREED, {address: copying(NEW, ttl=60) for _, address in public}) as words:
        at = [n for n, word in enumerate(words) if word == "--resolver"]
        left = [word for n, word in enumerate(words) if n not in at and n - 1 not in at]
        found = told(run(left, "--json"))
    assert [(c["resolver"], c["address"], c["state"]) for c in found["copies"]] == [(*p, "current") for p in public]


def test_a_record_that_somebody_made_up_conceals_nothing(tmp_path: Path) -> None:
    with spread(DIVIDED, RESOLVERS) as words:
        seen = json.loads(run(words, "--json").out)
    evil = HOSTILE.replace("\0", "")
    seen["session"]["resolvers"] = [{**r, "name": evil[:200]} for r in seen["session"]["resolvers"]]
    seen["session"]["expect"] = [evil]
    for each in seen["session"]["rounds"][0]["answers"]:
        each["answer"]["records"] = [evil, *each["answer"]["records"]]
    file = tmp_path / "seen.json"
    file.write_text(json.dumps(seen))
    done = mxaudit("propagation", "--again", file, "--color", "always")
    assert (done.code, done.err) == (1, "")
    assert hidden(done.out.decode()) == []


def test_the_page_shows_what_is_printed() -> None:
    page = (Path(__file__).parents[2] / "docs" / "propagation.md").read_text()
    (block,) = re.findall(r"```console\n\$ (.*?)\n(.*?)```", page, re.DOTALL)
    named = {word for word in block[0].split() if word in RESOLVERS}
    with spread(AGREED, {at: RESOLVERS[at] for at in RESOLVERS if at in named}) as words:
        assert run(words, columns=100).out.decode() == block[1]
    assert block[0].split()[:4] == ["mxaudit", "propagation", NAME, TYPE]
    assert {word.replace("_", " ") for word in CopyState} <= set(re.findall(r"^\| ([a-z ]+) \|", page, re.MULTILINE))


def test_it_watches_until_it_is_everywhere() -> None:
    asked = 0
    old, new = copying(OLD, ttl=1), copying(NEW, ttl=300)

    def changing(query: Any) -> Any:
        nonlocal asked
        asked += 1
        return (old if asked <= 4 else new)(query)  # three copies and the canary are one look

    with spread(AGREED, {"198.51.100.1": changing}) as words:
        done = run(words, "--watch", "--every", "1", "--json")
    assert (done.code, told(done)["outcome"]) == (0, "everywhere")
    assert [line.split("  ")[1] for line in done.sentences] == [
        "2 of 2 servers, 0 of 1 resolver; safe after 2026-11-30 12:01 UTC; 198.51.100.1: lag",
        "2 of 2 servers, 1 of 1 resolver",
    ]


def test_it_watches_no_longer_than_time_helps() -> None:
    with spread(AGREED, {"198.51.100.1": refusing}) as words:
        assert run(words, "--watch").code == 1
    with spread(AGREED, {"198.51.100.1": copying(OLD, ttl=9)}) as words:
        assert run(words, "--watch", "--every", "60", "--watch-for", "5").code == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Name a name and a type, such as example.org MX."),
        (("example.org",), "Name a name and a type, such as example.org MX."),
        (("a..b", "MX"), "“a..b” is no name."),
        (("example.org", "AXFR"), "'AXFR' is not one of"),
        (("example.org", "MX", "--expect", "mail"), "--expect takes the data of a record of type MX, not “mail”."),
        (("example.org", "TXT", "--expect", "v" * 65_536), "--expect takes the data of a record of type TXT, not “v"),
        (("example.org", "MX", "--resolver", "dns.example"), "--resolver takes IP or IP:PORT"),
        (
            ("example.org", "MX", "--resolver", "1.1.1.1", "--resolver", "1.1.1.1:54"),
            "--resolver takes each address once",
        ),
        (("example.org", "MX", "--now", "today"), "--now takes a time"),
    ],
)
def test_a_wrong_command_is_told_what_is_wrong(words: tuple[str, ...], sentence: str) -> None:
    done = mxaudit("propagation", *words)
    assert (done.code, done.out) == (2, b"")
    assert sentence in done.err
