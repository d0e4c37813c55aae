"""What is whole stays and is not asked for again; what is damaged is put aside; another run is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from audit import __version__, contract
from audit.gather.domain import Target
from audit.model.evidence import DkimGuesses, DomainEvidence, MergedRun, Row, RunEvidence, Visited
from audit.model.probe import Outcome, SmtpSession, Stage, StageName
from audit.model.unasked import out_of_time
from audit.pipeline.config import RunConfig
from audit.pipeline.ending import EVIDENCE, HOSTS, ending
from audit.pipeline.gathering import gather_list
from audit.pipeline.journal import INTERRUPTED, Journal
from audit.pipeline.resuming import Resumed, ResumeError, Wanted, nameservers, newest_unfinished, resume
from audit.pipeline.store import read_evidence
from tests.pipeline.test_gathering import CONFIG, Domains, domains, target
from tests.records import DOMAIN, FETCHED, LATER, NOW, OFFERED, ROW, RUN, VISITED

__all__ = ["domains"]
COUNT = 6
EARLY = NOW - timedelta(hours=2)
TARGETS = [target(n) for n in range(1, COUNT + 1)]
BAD_ROW = replace(ROW, input=replace(ROW.input, line=40))
HEAD = replace(
    RUN,
    tool=__version__,
    settings=CONFIG.settings,
    nameservers=nameservers(CONFIG),
    extra_ca=(),
    rows=COUNT + 1,
)
WANTED = Wanted(config=CONFIG, digests=RUN.digests, rows=TARGETS)


def record(number: int, **more: Any) -> DomainEvidence:
    plain = replace(DOMAIN, answers=(), visits=(), fetches=(), hellos=(), sightings=None)
    wanted = target(number)
    return replace(plain, input=wanted.input, domain=wanted.domain, unicode=wanted.unicode, **more)


def cut_short(number: int) -> Row:
    wanted = target(number)
    return replace(ROW, input=wanted.input, status="failed", domain=wanted.domain, reason=INTERRUPTED)


def journal(directory: Path, *records: Any, head: RunEvidence = HEAD, outcome: Any = None) -> None:
    with Journal(directory) as writer:
        writer.write(head)
        for each in records:
            writer.write(*each) if isinstance(each, tuple) else writer.write(each)
        if outcome:
            writer.end(outcome)


def resumed(directory: Path, wanted: Wanted = WANTED) -> Resumed:
    found = resume(directory, wanted)
    assert found is not None
    return found


def change(path: Path, number: int, by: Callable[[bytes], bytes]) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number - 1] = by(lines[number - 1])
    path.write_bytes(b"".join(lines))


def kinds(directory: Path) -> list[str]:
    lines = (directory / EVIDENCE).read_bytes().splitlines()
    return [contract.load(line, dict[str, Any])["kind"] for line in lines]


# ---- what stays ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [0, 1, 2, 40, 400])
def test_a_torn_last_line_is_cut_off_and_what_stands_before_it_stays(tmp_path: Path, cut: int) -> None:
    journal(tmp_path, record(1), BAD_ROW, record(2))
    whole = (tmp_path / EVIDENCE).read_bytes()
    (tmp_path / EVIDENCE).write_bytes(whole + contract.line(record(3))[: -1 - cut] if cut else whole)
    found = resumed(tmp_path)
    assert (found.head, found.lines) == (HEAD, frozenset({1, 2, 40}))
    assert (tmp_path / EVIDENCE).read_bytes() == whole
    assert not (tmp_path / "evidence.bad").exists()


def test_rows_that_were_cut_short_are_done_again_and_the_end_is_none(tmp_path: Path) -> None:
    journal(tmp_path, BAD_ROW, record(1), cut_short(2), cut_short(3), outcome="interrupted")
    assert resumed(tmp_path).lines == {1, 40}
    assert kinds(tmp_path) == ["run", "row", "domain"]
    assert resumed(tmp_path).lines == {1, 40}  # once more, and nothing is left to do


def test_a_bad_line_is_put_aside_and_its_domain_is_done_again(tmp_path: Path) -> None:
    journal(tmp_path, record(1), record(2), record(3))
    change(tmp_path / EVIDENCE, 3, lambda line: line.replace(b"d2.example", b"d7.example"))
    bad = (tmp_path / EVIDENCE).read_bytes().splitlines(keepends=True)[2]
    assert resumed(tmp_path).lines == {1, 3}
    assert (tmp_path / "evidence.bad").read_bytes() == bad
    assert [d.domain for d in read_evidence(tmp_path).domains] == ["d1.example", "d3.example"]


def test_of_two_records_the_last_that_is_whole_stays(tmp_path: Path) -> None:
    journal(tmp_path, record(1), record(2), record(1, observed_at=LATER), record(1, observed_at=LATER))
    change(tmp_path / EVIDENCE, 5, lambda line: line.replace(b"d1.example", b"d9.example"))
    assert resumed(tmp_path).lines == {1, 2}
    assert [(d.domain, d.observed_at) for d in read_evidence(tmp_path).domains] == [
        ("d1.example", LATER),
        ("d2.example", DOMAIN.observed_at),
    ]


@pytest.mark.parametrize("hours", [1, 48])
def test_what_is_too_old_is_done_again(tmp_path: Path, hours: int) -> None:
    journal(tmp_path, record(1, observed_at=EARLY), record(2, observed_at=NOW))
    found = resumed(tmp_path, replace(WANTED, max_age=timedelta(hours=hours)))
    assert found.lines == ({2} if hours == 1 else {1, 2})


@pytest.mark.parametrize("spoilt", [False, True])
def test_a_domain_whose_session_is_not_there_is_done_again(tmp_path: Path, *, spoilt: bool) -> None:
    named = record(1, visits=(VISITED.visit,), fetches=(FETCHED.get,), hellos=(OFFERED.hello,))
    journal(tmp_path, (named, (VISITED, FETCHED, OFFERED)), record(2))
    if spoilt:
        change(tmp_path / HOSTS, 2, lambda line: line.replace(b"200", b"201"))
    found = resumed(tmp_path)
    assert found.lines == ({2} if spoilt else {1, 2})
    with closing(found.standing.hosts) as hosts:
        assert hosts(VISITED.visit) == VISITED.session
        assert hosts(OFFERED.hello) == OFFERED.flight
        assert hosts(FETCHED.get) == (None if spoilt else FETCHED.fetch)
    assert (tmp_path / "hosts.bad").exists() is spoilt
    assert len((tmp_path / HOSTS).read_bytes().splitlines()) == 3 - spoilt


def test_what_nobody_was_asked_for_want_of_time_is_asked_now(tmp_path: Path) -> None:
    late = Visited(visit=VISITED.visit, session=out_of_time(VISITED.visit))
    journal(tmp_path, (record(1, visits=(VISITED.visit,)), (late,)))
    found = resumed(tmp_path)
    with Journal(tmp_path, found.standing) as writer:
        assert found.lines == {1}
        assert writer.known(VISITED.visit) is None
        writer.write(record(2, visits=(VISITED.visit,)), (VISITED,))
    assert read_evidence(tmp_path).sessions == {VISITED.visit: VISITED.session}


def test_a_torn_session_is_cut_off(tmp_path: Path) -> None:
    journal(tmp_path, (record(1, visits=(VISITED.visit,)), (VISITED,)))
    whole = (tmp_path / HOSTS).read_bytes()
    (tmp_path / HOSTS).write_bytes(whole + whole[:-9])
    assert resumed(tmp_path).lines == {1}
    assert (tmp_path / HOSTS).read_bytes() == whole


def test_a_run_that_came_to_no_domain_looks_at_its_vantage_anew(tmp_path: Path) -> None:
    """It may have been interrupted while it looked, and then its record is full of holes."""
    journal(tmp_path, BAD_ROW, cut_short(1), cut_short(2), outcome="interrupted")
    assert resume(tmp_path, WANTED) is None


@pytest.mark.parametrize("text", [None, b"", b'{"kind":"run","tool'])
def test_where_nothing_is_done_the_run_begins_anew(tmp_path: Path, text: bytes | None) -> None:
    if text is not None:
        (tmp_path / EVIDENCE).write_bytes(text)
    assert resume(tmp_path, WANTED) is None


# ---- another run --------------------------------------------------------------------------------------------------

OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "list": ({"digests": replace(RUN.digests, list="5" * 64)}, "digest of list: 555555555555 then, "),
    "catalogue": ({"digests": replace(RUN.digests, catalog="5" * 64)}, "digest of catalog: "),
    "version": ({"tool": "0.0.1"}, "version: 0.0.1 then, "),
    "nameservers": ({"nameservers": ("192.0.2.1:53",)}, "nameservers: 192.0.2.1:53 then, 127.0.0.1:9 now"),
    "roots": ({"extra_ca": (b"der",)}, "ca-file: "),
    "settings": ({"settings": replace(CONFIG.settings, smtp=not CONFIG.settings.smtp)}, "smtp: "),
    "guesses": (
        {"settings": replace(CONFIG.settings, dkim_guesses=DkimGuesses.NONE)},
        'dkim-guesses: "none" then, "provider" now',
    ),
    "hostile": ({"tool": "\x1b[31m"}, r"version: \x1b[31m then, "),
}


@pytest.mark.parametrize(("other", "said"), OTHERS.values(), ids=OTHERS)
def test_another_run_is_refused_with_what_differs(tmp_path: Path, other: dict[str, Any], said: str) -> None:
    journal(tmp_path, record(1), head=replace(HEAD, **other))
    before = (tmp_path / EVIDENCE).read_bytes()
    with pytest.raises(ResumeError) as caught:
        resume(tmp_path, WANTED)
    assert f"holds another run: {said}" in str(caught.value)
    assert "--adopt" in str(caught.value)
    assert (tmp_path / EVIDENCE).read_bytes() == before


def test_the_name_that_does_not_exist_is_each_runs_own(tmp_path: Path) -> None:
    settings = replace(CONFIG.settings, absent_name="nx-00000000000000000000.com")
    journal(tmp_path, record(1), head=replace(HEAD, settings=settings))
    found = resumed(tmp_path)
    assert CONFIG.as_of(found.head).settings == settings


def test_a_run_that_told_domains_of_earlier_ones_is_another(tmp_path: Path) -> None:
    journal(tmp_path, replace(record(1), sightings=()))
    with pytest.raises(ResumeError, match="history: some then, none now"):
        resume(tmp_path, WANTED)


def test_merged_evidence_is_not_gone_on_with(tmp_path: Path) -> None:
    part = MergedRun(tool="1", observed_at=NOW, nameservers=(), ehlo="a.example", domains=1, sessions=0)
    journal(tmp_path, record(1), head=replace(HEAD, merged=(part,)))
    with pytest.raises(ResumeError, match="put together"):
        resume(tmp_path, replace(WANTED, adopt=True))


def test_a_damaged_run_record_is_told(tmp_path: Path) -> None:
    journal(tmp_path, record(1))
    change(tmp_path / EVIDENCE, 1, lambda line: line.replace(b"list", b"lost", 1))
    with pytest.raises(ResumeError, match="its run record is damaged"):
        resume(tmp_path, WANTED)


@pytest.mark.parametrize("damaged", [False, True])
def test_what_is_adopted_keeps_the_domains_that_the_list_still_names(
    tmp_path: Path, domains: Domains, *, damaged: bool
) -> None:
    other = replace(target(3), options=replace(DOMAIN.options, parked=not DOMAIN.options.parked))
    moved = replace(target(2), input=replace(target(2).input, line=33))
    head = replace(HEAD, tool="0.0.1")
    journal(tmp_path, BAD_ROW, *(record(n, observed_at=EARLY) for n in (1, 2, 3, 99)), head=head)
    if damaged:
        change(tmp_path / EVIDENCE, 1, lambda line: line.replace(b"list", b"lost", 1))
    targets = [target(1), moved, other]
    wanted = replace(WANTED, adopt=True, rows=targets)
    found = resumed(tmp_path, wanted)
    assert (found.head, found.lines) == (None, frozenset({1, 33}))
    assert kinds(tmp_path)[1:] == ["row", *["domain"] * 4]  # nothing is changed yet
    again(tmp_path, found, targets)
    evidence = read_evidence(tmp_path)
    assert evidence.head.tool == HEAD.tool
    assert {(d.domain, d.input.line, d.observed_at) for d in evidence.domains} == {
        ("d1.example", 1, EARLY),
        ("d2.example", 33, EARLY),
        ("d3.example", 3, DOMAIN.observed_at),
    }
    assert domains.begun == ["d3.example"]
    assert b"d99.example" in (tmp_path / "evidence.bad").read_bytes()


# ---- the whole ----------------------------------------------------------------------------------------------------


def again(directory: Path, found: Resumed | None, rows: Sequence[Target | Row], config: RunConfig = CONFIG) -> None:
    async def run() -> None:
        with Journal(directory, found.standing if found else None) as writer:
            await gather_list(
                rows,
                config.as_of(found.head if found else None),
                writer,
                total=len(rows),
                list_name="list.txt",
                digests=RUN.digests,
                watch=lambda _: None,
                stop=asyncio.Event(),
                fault=lambda _: None,
                resumed=found,
            )

    asyncio.run(run())


def test_only_what_is_open_is_gathered(tmp_path: Path, domains: Domains, monkeypatch: pytest.MonkeyPatch) -> None:
    journal(tmp_path, BAD_ROW, record(1), record(4), cut_short(2), cut_short(3), outcome="interrupted")
    monkeypatch.setattr("audit.pipeline.gathering.gather_run", lambda **_: pytest.fail("the vantage is known"))
    again(tmp_path, resumed(tmp_path), [*TARGETS, BAD_ROW])
    assert sorted(domains.begun) == ["d2.example", "d3.example", "d5.example", "d6.example"]
    found = read_evidence(tmp_path)
    assert (found.head, found.rows) == (HEAD, (BAD_ROW,))
    assert sorted(d.domain for d in found.domains) == [t.domain for t in TARGETS]
    assert (found.complete, found.done, found.total) == (True, COUNT + 1, COUNT + 1)


def test_a_run_that_is_complete_has_nothing_left_to_do(tmp_path: Path, domains: Domains) -> None:
    journal(tmp_path, *(record(t.input.line) for t in TARGETS), BAD_ROW, outcome="complete")
    before = (tmp_path / EVIDENCE).read_bytes()
    again(tmp_path, resumed(tmp_path), [*TARGETS, BAD_ROW])
    assert domains.begun == []
    assert (tmp_path / EVIDENCE).read_bytes() == before


def test_the_newest_unfinished_run_of_a_list_is_found(tmp_path: Path) -> None:
    digest = "0f" * 32
    assert newest_unfinished(tmp_path / "none", digest) is None
    for day, name, outcome in [
        (1, digest, None),
        (2, digest, "interrupted"),
        (3, digest, "complete"),
        (4, "a" * 8, None),
    ]:
        journal(tmp_path / f"2026110{day}T000000Z-{name[:8]}", record(1), outcome=outcome)
    (tmp_path / f"20261105T000000Z-{digest[:8]}").mkdir()  # nothing was written there
    found = newest_unfinished(tmp_path, digest)
    assert found == tmp_path / f"20261102T000000Z-{digest[:8]}"
    assert ending(found) is not None


SESSION = SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.REFUSED),))


def test_a_session_of_before_is_handed_out_only_for_its_own_visit(tmp_path: Path) -> None:
    other = replace(VISITED.visit, port=2525)
    journal(tmp_path, (record(1, visits=(VISITED.visit,)), (Visited(visit=VISITED.visit, session=SESSION),)))
    with closing(resumed(tmp_path).standing.hosts) as hosts:
        assert hosts(VISITED.visit) == SESSION
        assert hosts(other) is None
        assert hosts(DOMAIN.answers[0].question) is None
