"""Part of what a run needs is missing, or breaks: what is left stands as it was."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from audit.lab.lab import Lab
from audit.model.report import DomainReport, RunReport
from audit.model.subject import Domain
from audit.pipeline import judging
from audit.protocol import survey
from audit.protocol.dmarc import walk as dmarc
from audit.protocol.inquiry import Inquiry, Steps
from audit.protocol.survey import SMTP_FACTS, walk
from audit.report.selecting import NEEDING_DEPTH, NEEDING_OWN
from audit.rules.registry import RULES
from tests.cli.command import NOW, Done, beside, endpoint, lab_options, mxaudit, report_in
from tests.scenarios.lab_run import results

DOMAINS = ("good.example", "expired.example", "nullmx.example", "listed.example", "greylists.example")
OVER_SMTP = {r.id for r in RULES if any(t in SMTP_FACTS for _, t in r.judge.takes)}
# the lab has no earlier run, and no list of names; neither offers of TLS nor words on revocation are wanted,
# and no audit probes as an owner may, or knows where a domain moves to
OF_MOVES = {r.id for r in RULES if r.topic == "migration"}
NEEDING_MORE = {*NEEDING_DEPTH, *NEEDING_OWN, *OF_MOVES}
NOT_ASKED_FOR = {"DKIM-AGE", "MTASTS-ID-STALE", "DNSBL-DOMAIN-LISTED", "CERT-REVOKED", *NEEDING_MORE}
OF_LISTS = {r.id for r in RULES if r.topic == "dnsbl"}

Results = dict[tuple[str, str, str], str]


@dataclass(frozen=True)
class Running:
    options: tuple[str, ...]
    directory: Path
    domains: dict[str, Results]
    """What an undisturbed run finds."""

    def again(self, directory: Path, *more: str, options: tuple[str, ...] | None = None) -> tuple[Done, RunReport]:
        given = self.options if options is None else options
        done = mxaudit("run", self.directory / "list.txt", "--out-dir", directory, *given, *more)
        return done, report_in(directory)


def by_domain(report: RunReport) -> dict[str, Results]:
    return {str(d.domain): results(d) for d in report.domains}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("lab")
    (directory / "list.txt").write_text("\n".join(DOMAINS), "utf-8")
    with beside(Lab(NOW)) as started:
        running = Running((*lab_options(started, directory / "ca.pem"), "--fail-on", "medium"), directory, {})
        done, report = running.again(directory / "whole")
        assert done.code == 1, done.err
        yield replace(running, domains=by_domain(report))


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, and that nobody else is given meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def _of_ipv6_alone(key: tuple[str, str, str]) -> bool:
    """Whether a rule on IPv6 is judged of a server that is known by its IPv4 address."""
    return key[0] == "MX-IPV6-REACH" and ":" not in key[2]


def _needs_smtp(key: tuple[str, str, str], before: Mapping[tuple[str, str, str], str]) -> bool:
    """The certificate of an MTA-STS host is seen over HTTPS, and without a policy, or TLSA records, nothing is asked of
    a server."""
    asks = "DANE-MISMATCH" if key[0].startswith("DANE-") else "MTASTS-MX-TLS" if key[0] == "MTASTS-MX-TLS" else ""
    without_policy = before.get((asks, *key[1:])) == "not_applicable"
    over_https = key[2].startswith("mta-sts.")
    return key[0] in OVER_SMTP and not _of_ipv6_alone(key) and not over_https and not without_policy


def test_with_port_25_closed_everywhere_dns_stands_and_smtp_is_unknown(
    lab: Running, tmp_path: Path, closed_port: int
) -> None:
    closed = endpoint("127.0.0.1", closed_port)
    options = tuple(f"{w.rsplit(':127.0.0.1:', 1)[0]}:{closed}" if ":25:127.0.0.1:" in w else w for w in lab.options)
    assert options != lab.options
    done, report = lab.again(tmp_path, options=options)
    assert done.code == 1  # the listed sender is still one
    found = by_domain(report)
    for domain, before in lab.domains.items():
        expected = {
            key: "unknown smtp.egress_blocked" if _needs_smtp(key, before) else was for key, was in before.items()
        }
        assert found[domain] == expected
    (sight,) = (s for s in report.run.vantage if s.state == "bad")
    assert (sight.id, sight.reason) == ("port25", "smtp.egress_blocked")
    assert done.err.count(sight.text) == 1


def test_a_dead_nameserver_beside_one_that_answers_changes_nothing(
    lab: Running, tmp_path: Path, closed_port: int
) -> None:
    done, report = lab.again(tmp_path, options=("--nameserver", endpoint("127.0.0.1", closed_port), *lab.options))
    assert done.code == 1
    assert by_domain(report) == lab.domains


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        (("--no-smtp",), OVER_SMTP),
        (("--dnsbl", "none"), OF_LISTS),
        (("--no-smtp", "--dnsbl", "none"), OVER_SMTP | OF_LISTS),
    ],
    ids=["no SMTP", "no lists", "neither"],
)
def test_what_was_switched_off_has_no_result_and_is_named(
    lab: Running, tmp_path: Path, options: tuple[str, ...], gone: set[str]
) -> None:
    _, report = lab.again(tmp_path, *options)
    for domain, before in lab.domains.items():
        expected = {key: was for key, was in before.items() if key[0] not in gone}
        assert by_domain(report)[domain] == expected
    assert set(report.run.coverage.not_selected) == gone | NOT_ASKED_FOR
    assert not gone & {r.id for r in report.rules}
    assert not gone & {f.rule for f in report.findings}


class Broken(Exception):
    """A fault of ours."""


def breaks(*_: Any) -> Any:
    raise Broken


@pytest.mark.parametrize("rule_id", ["SPF-LOOKUPS", "CERT-KEY", "DNSBL-IP-LISTED", "DOMAIN-IDN"])
def test_a_rule_that_breaks_is_its_own_unknown(
    lab: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule_id: str
) -> None:
    broken = tuple(replace(r, judge=replace(r.judge, function=breaks)) if r.id == rule_id else r for r in RULES)
    monkeypatch.setattr(judging, "RULES", broken)
    words = ("judge", lab.directory / "whole", "--out-dir", tmp_path, "--fail-on", "medium")
    done = mxaudit(*words)
    found = by_domain(report_in(tmp_path))
    assert done.code == 1
    assert "Broken" not in done.err
    assert "a fault of its own (Broken in breaks, line " in mxaudit(*words, "-v").err
    for domain, before in lab.domains.items():
        assert found[domain] == {
            key: "unknown internal.Broken" if key[0] == rule_id and was.startswith(("pass", "fail")) else was
            for key, was in before.items()
        }
    assert any(v == "unknown internal.Broken" for d in found.values() for v in d.values())


def test_a_protocol_that_breaks_for_one_domain_costs_what_rests_on_it(
    lab: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = survey.FACTS[dmarc.OwnDmarc]

    def broken(domain: Domain) -> Steps[Any]:
        if domain.name == "good.example":
            raise Broken
        return (yield from whole.function(domain))

    patched = replace(whole, function=lambda domain: Inquiry(broken, (domain,)))
    monkeypatch.setitem(survey.FACTS, dmarc.OwnDmarc, patched)
    monkeypatch.setattr(walk, "_wanted", walk._wanted.__wrapped__)  # what it made of the facts for a run before this
    done, report = lab.again(tmp_path)
    found = by_domain(report)
    assert done.code == 1  # the other domains' findings
    for domain, before in lab.domains.items():
        changed = {k: v for k, v in found[domain].items() if before[k] != v}
        assert found[domain].keys() == before.keys()
        assert set(changed.values()) == ({"unknown internal.Broken"} if domain == "good.example" else set())
        assert {k[0].split("-")[0] for k in changed} <= {"DMARC"}


def test_a_domain_that_breaks_as_a_whole_is_a_row_that_says_so(
    lab: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(subject: Any, *more: Any) -> Steps[Any]:
        if subject == Domain("good.example"):
            raise Broken
        return (yield from whole(subject, *more))

    whole = survey.survey
    monkeypatch.setattr("audit.gather.domain.survey", broken)
    done, report = lab.again(tmp_path, "--fail-on", "never")
    assert done.code == 3
    (failed,) = (d for d in report.domains if d.domain == "good.example")
    assert failed.problem is not None
    assert (failed.status, failed.problem.reason) == ("failed", "internal.Broken")
    rest = by_domain(report)
    assert {d: rest[d] for d in DOMAINS[1:]} == {d: lab.domains[d] for d in DOMAINS[1:]}


def test_judging_that_breaks_for_one_domain_is_a_row_that_says_so(
    lab: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(subject: Any, *more: Any) -> Steps[Any]:
        if subject == Domain("expired.example"):
            raise Broken
        return (yield from whole(subject, *more))

    whole = survey.survey
    monkeypatch.setattr(judging, "survey", broken)
    done = mxaudit("judge", lab.directory / "whole", "--out-dir", tmp_path, "--fail-on", "never")
    assert done.code == 3
    statuses: dict[str | None, DomainReport] = {d.domain: d for d in report_in(tmp_path).domains}
    problem = statuses["expired.example"].problem
    assert problem is not None
    assert problem.reason == "internal.Broken"
    assert {d.status for name, d in statuses.items() if name != "expired.example"} == {"audited"}
