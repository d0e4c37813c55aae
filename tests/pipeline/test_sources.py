"""What several runs saw: each observation once, from the run that saw most of it, in the order of the list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.model.probe import FetchOutcome, HttpsFetch, HttpsGet, Outcome, SmtpVisit
from audit.pipeline.merging import merge
from audit.pipeline.sources import each_once
from audit.pipeline.store import Evidence
from tests.pipeline.test_judging import domain, row
from tests.pipeline.test_merging import VISIT, run

GET = HttpsGet(url="https://mta-sts.one.example/.well-known/mta-sts.txt", address="192.0.2.1")
OTHER = replace(GET, address="192.0.2.2")
NOBODY = SmtpVisit(host="mx.nobody.example", address="192.0.2.9")


def fetching(evidence: Evidence, fetches: dict[HttpsGet, str], *asked: HttpsGet) -> Evidence:
    """A run that fetched these bodies, for a domain that asked so."""
    got = {get: HttpsFetch(outcome=FetchOutcome.OK, body=body.encode()) for get, body in fetches.items()}
    return replace(evidence, domains=tuple(replace(d, fetches=asked) for d in evidence.domains), fetches=got)


@pytest.mark.parametrize(
    ("held", "once"),
    [
        (({"a": 1, "b": 2}, {"b": 3, "c": 4}), ["a", "b", "c"]),
        (({}, {"a": 1}), ["a"]),
        (({"a": 1}, {"a": 2}, {"a": 3}), ["a"]),
    ],
)
def test_what_several_runs_asked_comes_once(held: tuple[dict[str, int], ...], once: list[str]) -> None:
    assert list(each_once(held)) == once


def test_a_fetch_is_that_of_the_run_that_gives_the_domain_s_answers() -> None:
    first = fetching(run("a.example", None, None), {GET: "first"}, GET)
    second = fetching(run("b.example", Outcome.OK, Outcome.OK, only=True), {GET: "second", OTHER: "other"}, GET, OTHER)
    merged = merge([second, first])
    assert {get: fetch.body for get, fetch in merged.fetches.items()} == {GET: b"first"}
    assert (len(merged.fetches), OTHER in merged.fetches) == (1, False)


def test_what_nobody_held_is_not_there() -> None:
    merged = merge([run("a.example", None, None), run("b.example", Outcome.OK, Outcome.OK)])
    assert VISIT in merged.sessions
    assert NOBODY not in merged.sessions
    assert len(merged.sessions) == len(list(merged.sessions)) == 3  # two canaries


def test_rows_come_in_the_order_of_the_list_without_what_some_run_audited() -> None:
    first = replace(run("a.example", None, None), domains=(domain("d2.example", 2),), rows=(row(7), row(4), row(3)))
    told = replace(row(4), message="Of the second.")
    second = replace(run("b.example", None, None), domains=(domain("d3.example", 3),), rows=(row(1), row(2), told))
    rows = merge([first, second]).rows
    assert [(r.input.line, r.message) for r in rows] == [(1, "No dot."), (4, "No dot."), (7, "No dot.")]
    assert len(rows) == 3
