"""However much a domain's evidence holds, what is told of it stays within a mebibyte, and says where it was cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from audit import contract
from audit.model.evidence import Asked
from audit.model.probe import SmtpSession
from audit.model.report import RunReport
from audit.pipeline.judging import judge
from audit.pipeline.store import Evidence, read_evidence
from audit.protocol.mta_sts.policy import MAX_POLICY
from audit.report import html
from audit.syntax.smtp import MAX_REPLY

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"
MOST = 1024 * 1024  # octets
DOMAINS = frozenset({"good.example", "nullmx.example", "spfeleven.example"})
Records = tuple[str, ...]


def long(rdtype: str, records: Records) -> Records:
    """Texts as long as a DNS message can be."""
    more = '" "' + '" "'.join(["x" * 255] * 230) + '"'
    return tuple(text[:-1] + more for text in records) if rdtype == "TXT" else records


MANY: dict[str, Callable[[int], str]] = {
    "TXT": lambda i: f'"filler-{i} {"y" * 100}"',
    "MX": lambda i: f"10 m{i}.example.",
    "NS": lambda i: f"ns{i}.example.",
    "A": lambda i: f"203.{i // 62_500}.{i // 250 % 250}.{i % 250 + 1}",
    "AAAA": lambda i: f"2001:db8::{i:x}",
    "CAA": lambda i: f'0 issue "ca{i}.example"',
    "TLSA": lambda i: f"3 1 1 {i:064x}",
    "SRV": lambda i: f"0 1 587 s{i}.example.",
}


def many(rdtype: str, records: Records) -> Records:
    """As many records as a DNS message can hold, and of some types more."""
    made = MANY.get(rdtype)
    return (*records, *map(made, range(600 if rdtype == "TXT" else 1500))) if records and made else records


def swollen(asked: Asked, how: Callable[[str, Records], Records]) -> Asked:
    records = how(asked.question.rdtype, asked.answer.records)
    return replace(asked, answer=replace(asked.answer, records=records))


@pytest.mark.parametrize("how", [long, many])
def test_no_evidence_makes_a_report_without_end(how: Callable[[str, Records], Records]) -> None:
    found = read_evidence(EXAMPLE)
    domains = tuple(
        replace(d, answers=tuple(swollen(a, how) for a in d.answers)) for d in found.listed() if d.domain in DOMAINS
    )
    assert {d.domain for d in domains} == DOMAINS
    swelled = Evidence(found.head, domains, (), found.sessions, found.fetches, found.flights)
    report = judge(swelled)
    texts = {d.domain: contract.dump(d) for d in report.domains}
    assert max(map(len, (contract.dump(d) for d in domains))) > (MOST if how is many else MOST // 16)
    assert {name: len(text) for name, text in texts.items() if len(text) > MOST} == {}
    assert all("…".encode() in text for text in texts.values())
    pages = pages_of(report)
    assert len(pages) == len(DOMAINS)
    assert {name: len(page) for name, page in pages.items() if len(page) > MOST} == {}
    assert all("…".encode() in page for page in pages.values())


def pages_of(report: RunReport) -> dict[str, bytes]:
    """The page of each domain, as a long list has them."""
    pages: dict[str, bytes] = {}
    for name, part in html.files(report, "index.html", most=0):
        if not name.rpartition("/")[2].startswith("index"):
            pages[name] = pages.get(name, b"") + part
    return pages


def talkative(session: SmtpSession) -> SmtpSession:
    """Each reply as long as one is read."""
    more = ("x" * 2000,) * (MAX_REPLY // 2000)
    stages = (replace(s, reply=s.reply and replace(s.reply, lines=s.reply.lines + more)) for s in session.stages)
    return replace(session, stages=tuple(stages))


def test_no_server_makes_a_report_without_end() -> None:
    found = read_evidence(EXAMPLE)
    domains = tuple(found.listed())
    sessions = {visit: talkative(session) for visit, session in found.sessions.items()}
    fetches = {
        get: replace(fetch, body=(fetch.body + b"\nmx: a.example" * MAX_POLICY)[:MAX_POLICY])
        for get, fetch in found.fetches.items()
    }
    report = judge(Evidence(found.head, domains, (), sessions, fetches, found.flights))
    texts = {d.domain: contract.dump(d) for d in report.domains}
    assert len(texts) == len(domains)
    assert {name: len(text) for name, text in texts.items() if len(text) > MOST} == {}
    assert {name: len(page) for name, page in pages_of(report).items() if len(page) > MOST} == {}
