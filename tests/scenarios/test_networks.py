"""Bad networks: what could not be asked is unknown for its own reason, and the run ends within its deadlines."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import dns.flags
import dns.rdatatype
import pytest

from audit.model.report import Result, RunReport
from audit.model.subject import Domain, HeloName, Subdomain, lineage
from audit.rules.registry import named
from tests.cli.command import Done, beside, mxaudit, report_in
from tests.network.dnsfault import Asked, Packet, fault, fault_server, packets, response, rrset

LIST = "one.example selectors=s1\ntwo.example\nthree.example\nfour.co.uk\nxn--strae-oqa.de parked=true\n"
PATIENCE = 3.0  # seconds a question; less, and a busy machine is taken for a silent server
DEADLINE = 60.0  # seconds for five domains; without a bound on silence it would be minutes
NOBODY_TO_VISIT = {"SUB-465", "SUB-587", "SUB-AUTH-CLEAR"}  # where no servers for mail programs are looked for
UNWANTED = {  # of a parked domain
    *("DKIM-NONE", "DKIM-NOTFOUND"),
    *("SUB-SRV-MISSING", "SUB-SRV-TARGET", "SUB-SRV-ADDRESS", "SUB-SRV-CLEAR"),
}
CONFIGURED = {HeloName, Subdomain}  # there are none unless the list names them


@fault
def cut_and_closed(asked: Asked) -> list[Packet] | None:
    return None if asked.tcp else cut_short(asked)


@fault
def cut_and_hanging(asked: Asked) -> list[Packet]:
    return [] if asked.tcp else cut_short(asked)


def cut_short(asked: Asked) -> list[Packet]:
    message = response(asked)
    message.flags |= dns.flags.TC
    return packets(message)


@fault
def rewriting(asked: Asked) -> list[Packet]:
    """As hotels and some providers do it: every name has their address, and nothing else exists."""
    message = response(asked)
    if asked.kind == "A":
        message.answer.append(rrset(asked.name, "A", "198.51.100.7"))
    else:
        message.authority.append(rrset(".", "SOA", "a.root.test. b.root.test. 1 1 1 1 30"))
    return packets(message)


def audit(tmp_path: Path, nameserver: tuple[str, int], *options: str) -> tuple[Done, RunReport, float]:
    listed = tmp_path / "list.txt"
    listed.write_text(LIST, "utf-8")
    address, port = nameserver
    began = time.monotonic()
    done = mxaudit(
        "run",
        listed,
        "--out-dir",
        tmp_path,
        "--nameserver",
        f"{address}:{port}",
        "--dns-timeout",
        str(PATIENCE),
        *options,
    )
    return done, report_in(tmp_path), time.monotonic() - began


def said_of_each_domain(report: RunReport) -> set[str]:
    """The rules of the run on domains and on what lies below one."""
    about = {r.id: named(r.id).judge.subject for r in report.rules}
    return {rule for rule, kind in about.items() if Domain in lineage(kind) and kind not in CONFIGURED}


def state(report: RunReport, sight: str) -> tuple[str, str | None]:
    (found,) = (s for s in report.run.vantage if s.id == sight)
    return str(found.state), found.reason


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (None, "dns.unreachable"),
        ("silence", "dns.timeout"),
        ("servfail", "dns.servfail"),
        ("refused", "dns.refused"),
        ("formerr", "dns.formerr"),
        ("formerr_bare", "dns.formerr"),
        ("notimp", "dns.notimp"),
        ("yxdomain", "dns.other_rcode"),
        ("garbage", "dns.timeout"),
        ("cut_and_closed", "dns.tcp_failed"),
        ("cut_and_hanging", "dns.tcp_failed"),
        ("upward", "dns.lame"),
        ("foreign_nxdomain", "dns.lame"),
        ("foreign_nodata", "dns.lame"),
    ],
)
def test_where_dns_is_dead_nothing_passes_and_nothing_fails(tmp_path: Path, how: str | None, reason: str) -> None:
    server: Any = beside(fault_server(how)) if how else nullcontext()
    with server as running:
        done, report, seconds = audit(tmp_path, running.endpoint if running else ("127.0.0.1", 9))
    assert (done.code, done.out) == (3, b"")
    assert seconds < DEADLINE
    for domain in report.domains:
        assert domain.status == "audited"
        assert domain.passed == ()
        assert {(f.result, f.reason) for f in domain.findings} == {(Result.UNKNOWN, reason)}
        by_its_owners_word, unsaid = (UNWANTED, NOBODY_TO_VISIT) if "parked" in domain.input.text else (set(), set())
        assert {j.rule for j in domain.not_applicable} == by_its_owners_word
        assert {f.rule for f in domain.findings} == said_of_each_domain(report) - by_its_owners_word - unsaid
    assert {(f.result, f.reason) for f in report.findings} == {(Result.UNKNOWN, reason)}
    assert state(report, "resolver") == ("bad", reason)
    assert report.run.coverage.unknown_share == 1000
    assert len(report.run.coverage.without_record_result) == len(report.domains)


def test_a_resolver_that_invents_answers_makes_absence_unknown(tmp_path: Path) -> None:
    with beside(fault_server("rewriting")) as server:
        done, report, _ = audit(tmp_path, server.endpoint)
    assert done.code == 3
    for domain in report.domains:
        assert domain.passed == ()
        assert {(f.result, f.reason) for f in domain.findings} == {(Result.UNKNOWN, "vantage.rewriting")}
    assert [s.id for s in report.run.vantage if s.reason == "vantage.rewriting"] == ["honest"]
    assert state(report, "honest") == ("bad", "vantage.rewriting")
    assert done.err.count("invents answers") == 1
    assert state(report, "port25") == ("unknown", "vantage.port25_untested")  # the canaries' addresses are invented
