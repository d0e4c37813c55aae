"""A run in parts that are begun by hand comes to what one run comes to, and what cannot be a part of it is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import pytest

from audit.lab.lab import Lab
from audit.model.probe import Outcome, SmtpSession, SmtpVisit
from audit.model.report import DomainReport, RunReport
from audit.network import smtp as sessions_held
from audit.pipeline.ending import ending
from audit.pipeline.many import shards
from audit.pipeline.store import read_evidence
from tests.cli.command import NOW, Done, beside, lab_options, mxaudit, report_in

LISTED = (
    b"good.example selectors=lab1\nnullmx.example\n\nno such domain\ngood.example\nnotls.example\nlame.example\n"
    b"expired.example\nnoptr.example\n"
)
ROWS = 8
DNS, SMTP = 3, 2


@dataclass(frozen=True)
class Place:
    """A directory with a list, a running lab, and what one run and the parts came to."""

    path: Path
    options: list[str]

    def gather(self, *more: str | Path, listed: str = "list.txt") -> Done:
        return mxaudit("gather", self.path / listed, *more, *self.options)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    path = tmp_path_factory.mktemp("shards")
    (path / "list.txt").write_bytes(LISTED)
    (path / "other.txt").write_bytes(b"good.example\n")
    with beside(Lab(NOW)) as lab:
        yield Place(path, lab_options(lab, path / "ca.pem"))


@pytest.fixture(scope="module")
def alone(place: Place) -> RunReport:
    place.gather("--out-dir", place.path / "alone")
    return judged(place.path / "alone")


@pytest.fixture(scope="module")
def dns(place: Place) -> list[Done]:
    """The parts of the list, and what they were put together to."""
    done = [place.gather("--shard", f"{n}/{DNS}", "--out-dir", place.path / f"dns{n}") for n in range(1, DNS + 1)]
    parts = [place.path / f"dns{n}" for n in range(1, DNS + 1)]
    assert mxaudit("merge", *parts, "--out-dir", place.path / "dns").code == 0
    return done


@pytest.fixture(scope="module")
def smtp(place: Place, dns: list[Done]) -> list[Done]:
    before = place.path / "dns"
    with mock.patch.object(shards, "network_of", str):  # the lab's servers are all neighbours
        done = [
            place.gather("--from", before, "--shard", f"{n}/{SMTP}", "--out-dir", place.path / f"smtp{n}")
            for n in range(1, SMTP + 1)
        ]
    parts = [place.path / f"smtp{n}" for n in range(1, SMTP + 1)]
    assert mxaudit("merge", before, *parts, "--out-dir", place.path / "both").code == 0
    return done


def judged(directory: Path) -> RunReport:
    mxaudit("judge", directory, "-o", f"json={directory / 'report.json'}")
    return report_in(directory)


def plain(domain: DomainReport) -> DomainReport:
    """The same, without the lines that say which run held a session."""
    topics = tuple(
        replace(
            topic, records=tuple(replace(r, values=tuple(filter(is_of_the_server, r.values))) for r in topic.records)
        )
        for topic in domain.records
    )
    return replace(domain, records=topics)


def is_of_the_server(line: str) -> bool:
    return not line.startswith("held by the run that greets as ")


def test_parts_come_to_what_one_run_comes_to(place: Place, alone: RunReport, smtp: list[Done]) -> None:
    parts = judged(place.path / "both")
    assert [plain(d) for d in parts.domains] == [plain(d) for d in alone.domains]
    assert parts.run.coverage == alone.run.coverage
    assert parts.insights == alone.insights
    assert parts.run.complete
    assert [sum(m.sessions > 0 for m in parts.run.merged), len(parts.run.merged)] == [SMTP, SMTP + 1]


def sessions(directory: Path) -> dict[SmtpVisit, SmtpSession]:
    """Those with mail servers, but the canaries of the run."""
    evidence = read_evidence(directory)
    return {v: s for v, s in evidence.sessions.items() if v not in evidence.head.visits}


def visited(directory: Path) -> set[SmtpVisit]:
    return {v for v, s in sessions(directory).items() if s.stages[-1].outcome is not Outcome.NOT_GATHERED}


def test_each_row_is_in_one_part_and_each_server_too(place: Place, smtp: list[Done]) -> None:
    first = [place.path / f"dns{n}" for n in range(1, DNS + 1)]
    assert sum(read_evidence(part).done for part in first) == ROWS
    assert [len(read_evidence(part).rows) for part in first] == [2, 0, 0]
    assert any(sessions(part) for part in first)
    assert not any(visited(part) for part in first)
    one, other = (visited(place.path / f"smtp{n}") for n in range(1, SMTP + 1))
    assert one
    assert other
    assert one.isdisjoint(other)
    assert one | other == visited(place.path / "both")


def test_a_part_says_what_to_do_next(place: Place, dns: list[Done], smtp: list[Done]) -> None:
    assert [d.code for d in (*dns, *smtp)] == [0] * (DNS + SMTP)
    assert "No mail server of these domains was visited." in dns[0].err
    assert f"mxaudit merge {place.path / 'dns1'} OTHERS" in dns[0].err
    assert f"mxaudit gather {place.path / 'list.txt'} --from DIR" in dns[0].err
    assert f"mxaudit merge {place.path / 'dns'} {place.path / 'smtp1'} OTHERS --out-dir BOTH" in smtp[0].err


def test_all_servers_are_visited_where_no_part_is_named(place: Place, alone: RunReport, dns: list[Done]) -> None:
    done = place.gather("--from", place.path / "dns", "--out-dir", place.path / "every")
    assert f"mxaudit merge {place.path / 'dns'} {place.path / 'every'} --out-dir BOTH" in done.err
    assert mxaudit("merge", place.path / "dns", place.path / "every", "--out-dir", place.path / "all").code == 0
    assert [plain(d) for d in judged(place.path / "all").domains] == [plain(d) for d in alone.domains]


def test_what_parts_left_open_is_asked_without_a_visit(place: Place, alone: RunReport, smtp: list[Done]) -> None:
    both, rest, all_ = place.path / "both", place.path / "rest", place.path / "with-rest"
    with mock.patch.object(sessions_held, "hold", side_effect=AssertionError("a visit")) as held:
        place.gather("--from", both, "--out-dir", rest)
    assert {call.args[0].depth for call in held.mock_calls} == {"connect"}  # to the canaries
    assert mxaudit("merge", both, rest, "--out-dir", all_).code == 0
    assert [plain(d) for d in judged(all_).domains] == [plain(d) for d in alone.domains]


def test_a_part_that_was_cut_short_is_gone_on_with(place: Place, dns: list[Done]) -> None:
    directory = place.path / "again"
    place.gather("--shard", "1/1", "--out-dir", directory)
    whole = (directory / "evidence.jsonl").read_bytes()
    (directory / "evidence.jsonl").write_bytes(b"".join(whole.splitlines(keepends=True)[:4]))
    done = place.gather("--shard", "1/1", "--out-dir", directory, "--resume")
    assert re.search(rf"\d of {ROWS} rows in .* are done and stay", done.err)
    assert (end := ending(directory))
    assert (end.rows, end.done, end.outcome) == (ROWS, ROWS, "complete")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--shard", "0/3"], "--shard: a part is written 2/4"),
        (["--shard", "a"], "--shard: a part is written 2/4"),
        (["--shard", "1/3", "--processes", "2"], "--shard is for a run whose parts are begun by hand"),
        (["--shard", "1/3", "--dask", "local:2"], "--shard is for a run whose parts are begun by hand"),
        (["--shard", "1/3", "--only", "smtp"], "leave out --only"),
        (["--from", "dns", "--processes", "2"], "--from is for a run whose parts are begun by hand"),
        (["--from", "dns", "--only", "smtp"], "--from visits mail servers and nothing else"),
        (["--from", "dns", "--no-smtp"], "--from and --no-smtp leave nothing to do"),
        (["--from", "dns", "--tls-depth", "full"], "was gathered with another --tls-depth"),
        (["--from", "dns", "--dkim-guesses", "none"], "was gathered with another --dkim-guesses"),
        (["--from", "dns1"], "merge all parts first"),
        (["--from", "ca.pem"], "ca.pem"),
    ],
)
def test_what_does_not_go_together_is_refused(place: Place, dns: list[Done], options: list[str], sentence: str) -> None:
    words = [str(place.path / word) if (place.path / word).exists() else word for word in options]
    done = place.gather(*words, "--out-dir", place.path / "refused")
    assert (done.code, len(done.sentences)) == (2, 1)
    assert sentence in done.err
    assert not (place.path / "refused").exists()


def test_evidence_of_another_list_is_refused(place: Place, dns: list[Done]) -> None:
    done = place.gather("--from", place.path / "dns", "--out-dir", place.path / "refused", listed="other.txt")
    assert done.code == 2
    assert "is of another list: list.txt" in done.err


def test_evidence_that_was_to_name_no_server_is_refused(place: Place) -> None:
    place.gather("--no-smtp", "--out-dir", place.path / "without")
    done = place.gather("--from", place.path / "without", "--out-dir", place.path / "refused")
    assert done.code == 2
    assert "--no-smtp: use --shard 1/1 instead" in done.err
