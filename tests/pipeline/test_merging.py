"""Several runs as one: each observation from where it could be made, and nothing made of two moments."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from audit.model.evidence import Asked, MergedRun, Routed, RunEvidence, TlsDepth
from audit.model.hello import Offer, TlsFlight, TlsHello
from audit.model.probe import (
    Answer,
    Depth,
    DnsStatus,
    Outcome,
    Question,
    Route,
    RouteCheck,
    SmtpSession,
    SmtpVisit,
    Stage,
    StageName,
)
from audit.pipeline.merging import MergeError, merge, write_evidence
from audit.pipeline.store import Evidence, read_evidence
from tests.pipeline.test_judging import HEAD, domain, row

CANARIES = ("canary1.example", "canary2.example")
VISIT = SmtpVisit(host="mx.one.example", address="192.0.2.1")


def connect(outcome: Outcome) -> SmtpSession:
    return SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=outcome),))


def canary(number: int) -> SmtpVisit:
    return SmtpVisit(host=CANARIES[number], address=f"198.51.100.{number + 1}", depth=Depth.CONNECT)


def head(ehlo: str, canaries: Outcome | None, *, only: bool = False) -> RunEvidence:
    """A run whose canaries ended so; without canaries it visits no mail servers."""
    asked = tuple(
        Asked(
            question=Question(name=name, rdtype="A"),
            answer=Answer(status=DnsStatus.NOERROR, records=(f"198.51.100.{n + 1}",)),
        )
        for n, name in enumerate(CANARIES)
    )
    settings = replace(
        HEAD.settings,
        ehlo=ehlo,
        smtp=canaries is not None,
        smtp_off_because=None if canaries else "--no-smtp",
        canaries=CANARIES,
        only="smtp" if only else None,
        second_opinion=False,
    )
    return replace(
        HEAD,
        settings=settings,
        answers=asked if canaries else (),
        visits=(canary(0), canary(1)) if canaries else (),
        routes=tuple(Routed(check=RouteCheck(family=f), route=Route(available=True)) for f in ("ipv4", "ipv6")),
    )


def run(ehlo: str, canaries: Outcome | None, met: Outcome | None, *names: str, only: bool = False) -> Evidence:
    records = tuple(
        replace(domain(name, line), visits=(VISIT,) if met else ())
        for line, name in enumerate(names or ("one.example",), 1)
    )
    sessions = {v: connect(canaries) for v in (canary(0), canary(1))} if canaries else {}
    return Evidence(
        head(ehlo, canaries, only=only), records, (), {**sessions, **({VISIT: connect(met)} if met else {})}
    )


def stage(evidence: Evidence) -> tuple[Outcome, str | None]:
    session = evidence.sessions[VISIT]
    return session.stages[0].outcome, session.vantage


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((None, None), (Outcome.OK, Outcome.OK), (Outcome.OK, "b.example")),
        ((None, None), (Outcome.OK, Outcome.REFUSED), (Outcome.REFUSED, "b.example")),
        ((Outcome.TIMEOUT, Outcome.EGRESS_BLOCKED), (Outcome.OK, Outcome.OK), (Outcome.OK, "b.example")),
        ((Outcome.TIMEOUT, Outcome.EGRESS_BLOCKED), (Outcome.OK, Outcome.TIMEOUT), (Outcome.TIMEOUT, "b.example")),
        ((Outcome.OK, Outcome.OK), (Outcome.OK, Outcome.OK), (Outcome.OK, "a.example")),
        ((Outcome.OK, Outcome.TIMEOUT), (Outcome.OK, Outcome.OK), (Outcome.OK, "b.example")),
        ((Outcome.OK, Outcome.PAUSED), (Outcome.OK, Outcome.REFUSED), (Outcome.REFUSED, "b.example")),
    ],
)
def test_the_session_that_came_furthest_counts_and_says_whose_it_is(
    first: tuple[Outcome | None, Outcome | None],
    second: tuple[Outcome | None, Outcome | None],
    expected: tuple[Outcome, str],
) -> None:
    merged = merge([run("a.example", *first), run("b.example", *second, only=True)])
    assert stage(merged) == expected
    assert stage(merge([run("b.example", *second, only=True), run("a.example", *first)])) == expected


def test_a_failure_of_a_run_that_could_connect_nowhere_is_none_of_the_servers() -> None:
    blind = run("a.example", Outcome.TIMEOUT, Outcome.TIMEOUT)
    seeing = replace(run("b.example", Outcome.OK, None), domains=())
    merged = merge([blind, seeing])
    assert stage(merged) == (Outcome.EGRESS_BLOCKED, "a.example")
    assert [merged.sessions[canary(n)].stages[0].outcome for n in (0, 1)] == [Outcome.OK] * 2


def test_an_offer_of_tls_is_taken_from_the_run_whose_connection_stood() -> None:
    hello = TlsHello(host=VISIT.host, address=VISIT.address, offer=Offer.TLS12)

    def offering(evidence: Evidence, outcome: Outcome) -> Evidence:
        flight = TlsFlight(stages=(Stage(stage=StageName.CONNECT, outcome=outcome),))
        return replace(
            evidence, domains=tuple(replace(d, hellos=(hello,)) for d in evidence.domains), flights={hello: flight}
        )

    closed = offering(run("a.example", Outcome.TIMEOUT, Outcome.TIMEOUT), Outcome.TIMEOUT)
    opened = offering(run("b.example", Outcome.OK, Outcome.OK, only=True), Outcome.OK)
    merged = merge([closed, opened])
    assert merged.flights == opened.flights
    assert next(iter(merged.domains)).hellos == (hello,)


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ((None, False), (Outcome.OK, True), True),
        ((None, True), (Outcome.OK, False), False),
        ((Outcome.OK, True), (Outcome.OK, True), True),
        ((Outcome.OK, True), (Outcome.OK, False), False),
        ((Outcome.OK, False), (Outcome.OK, True), False),
    ],
)
def test_revocation_is_judged_only_if_every_server_was_asked_for_its_word(
    first: tuple[Outcome | None, bool], second: tuple[Outcome | None, bool], merged: bool
) -> None:
    runs = [run(name, canaries, canaries) for name, (canaries, _) in (("a.example", first), ("b.example", second))]
    asked = [
        replace(r, head=replace(r.head, settings=replace(r.head.settings, revocation=wanted)))
        for r, (_, wanted) in zip(runs, (first, second), strict=True)
    ]
    assert merge(asked).head.settings.revocation is merged


def test_dns_answers_come_from_one_run() -> None:
    whole, visiting = run("a.example", None, None), run("b.example", Outcome.OK, Outcome.OK, only=True)
    later = replace(
        next(iter(visiting.domains)),
        answers=(),
        observed_at=next(iter(visiting.domains)).observed_at + timedelta(hours=1),
    )
    merged = merge([replace(visiting, domains=(later,)), whole])
    (record,) = merged.domains
    assert record == replace(next(iter(whole.domains)), visits=(VISIT,))
    settings = merged.head.settings
    assert (settings.smtp, settings.smtp_off_because, settings.only, settings.ehlo) == (True, None, None, "a.example")


@pytest.mark.parametrize(("only", "added"), [(True, True), (False, False)])
def test_what_only_sessions_gave_reason_to_ask_comes_from_who_held_them(*, only: bool, added: bool) -> None:
    whole, visiting = run("a.example", None, None), run("b.example", Outcome.OK, Outcome.OK, only=only)
    (base,), (seen,) = whole.domains, visiting.domains
    other = replace(base.answers[0], answer=Answer(status=DnsStatus.NXDOMAIN))
    greeting = Asked(question=Question(name="greeting.example", rdtype="A"), answer=Answer(status=DnsStatus.NODATA))
    (record,) = merge([whole, replace(visiting, domains=(replace(seen, answers=(other, greeting)),))]).domains
    assert set(record.answers) == {*base.answers, *((greeting,) if added else ())}


def test_runs_over_parts_of_a_list_make_the_whole() -> None:
    def part(evidence: Evidence, *lines: int) -> Evidence:
        kept = tuple(d for d in evidence.domains if d.input.line in lines)
        failed = tuple(
            replace(row(d.input.line), status="failed", reason="interrupted")
            for d in evidence.domains
            if d.input.line not in lines
        )
        return replace(evidence, domains=kept, rows=(*failed, row(9)))

    whole = run("a.example", None, None, "one.example", "two.example", "three.example")
    merged = merge([part(whole, 1, 3), part(whole, 2)])
    assert merged.domains == whole.domains
    assert merged.rows == (row(9),)


def test_it_is_told_where_each_run_stood_and_what_it_gave() -> None:
    merged = merge([run("a.example", None, None), run("b.example", Outcome.OK, Outcome.OK, only=True)])
    assert [(m.ehlo, m.domains, m.sessions) for m in merged.head.merged] == [("a.example", 1, 0), ("b.example", 0, 1)]
    assert all(isinstance(m, MergedRun) for m in merged.head.merged)


def test_an_ipv6_route_counts_where_mail_servers_were_visited() -> None:
    without = tuple(Routed(check=RouteCheck(family=f), route=Route(available=f == "ipv4")) for f in ("ipv4", "ipv6"))
    dns, smtp = run("a.example", None, None), run("b.example", Outcome.OK, Outcome.OK, only=True)
    merged = merge([replace(dns, head=replace(dns.head, routes=without)), smtp])
    assert {r.check.family: r.route.available for r in merged.head.routes} == {"ipv4": True, "ipv6": True}


def as_deep(evidence: Evidence, depth: TlsDepth) -> Evidence:
    head = evidence.head
    return replace(evidence, head=replace(head, settings=replace(head.settings, tls_depth=depth)))


@pytest.mark.parametrize(
    ("dns", "smtp", "depth"),
    [
        (None, (TlsDepth.FULL,), TlsDepth.FULL),  # who visits nobody says nothing about depth
        (None, (TlsDepth.FULL, TlsDepth.STANDARD), TlsDepth.STANDARD),
        (Outcome.OK, (TlsDepth.FULL,), TlsDepth.SESSION),
    ],
)
def test_tls_is_judged_as_deep_as_all_went_that_visited(
    dns: Outcome | None, smtp: tuple[TlsDepth, ...], depth: TlsDepth
) -> None:
    runs = [as_deep(run("a.example", dns, dns), TlsDepth.SESSION)]
    runs += [as_deep(run("b.example", Outcome.OK, Outcome.OK, only=True), each) for each in smtp]
    assert merge(runs).head.settings.tls_depth is depth


def test_runs_over_different_lists_are_not_merged() -> None:
    one, two = run("a.example", None, None), run("b.example", Outcome.OK, Outcome.OK)
    other = replace(two, head=replace(two.head, digests=replace(two.head.digests, list="f" * 64)))
    with pytest.raises(MergeError, match="different lists"):
        merge([one, other])
    with pytest.raises(MergeError, match="two runs"):
        merge([one])


def test_merged_evidence_can_be_written_read_and_merged_again(tmp_path: Path) -> None:
    merged = merge([run("a.example", None, None), run("b.example", Outcome.OK, Outcome.OK, only=True)])
    write_evidence(merged, tmp_path)
    assert read_evidence(tmp_path) == merged
    again = merge([merged, run("c.example", Outcome.OK, Outcome.TIMEOUT)])
    assert stage(again) == (Outcome.OK, "b.example")
