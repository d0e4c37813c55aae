"""CAA: who may issue certificates for mail hosts, and whether the one that did still may."""

from __future__ import annotations

import pytest

from audit.model.probe import FetchOutcome, HttpsFetch, SmtpSession
from tests.rules import pki, sessions
from tests.rules.fetches import ANNOUNCED, URL, ended, got
from tests.rules.fetches import HOST as WEB
from tests.rules.world import GONE, Case, check, replayed

HOST = "mx.story.example"
MX = f"story.example. MX 10 {HOST}.\n{HOST}. A 192.0.2.1\n"
INTERNAL = f"story.example. MX 10 {HOST}.\n{HOST}. A 10.0.0.1\n"
TWO = f"{MX}{HOST}. A 192.0.2.2\n"
ABOVE = 'story.example. CAA 0 issue "letsencrypt.org"\n'
OTHER = 'story.example. CAA 0 issue "digicert.com"\n'
LETS_ENCRYPT = "Let's Encrypt"


def from_(organization: str, *, wildcard: bool = False) -> dict[str, SmtpSession]:
    return {"192.0.2.1": sessions.healthy(pki.issued_by(HOST, organization, wildcard=wildcard))}


OTHER_NAME = {"192.0.2.1": sessions.healthy(pki.issued_by("other.story.example", LETS_ENCRYPT))}
KNOWN, STRANGE, WILD = from_(LETS_ENCRYPT), from_("Snake Oil"), from_(LETS_ENCRYPT, wildcard=True)
SELF_SIGNED = {"192.0.2.1": sessions.healthy(pki.self_signed(HOST))}
PLAIN = {"192.0.2.1": sessions.no_starttls()}
SECOND_SILENT = {**KNOWN, "192.0.2.2": sessions.timeout()}

FOUND = (
    Case("CAA-MISSING", "fail", MX, severity="info", arguments={"name": HOST}),
    Case("CAA-MISSING", "pass", MX + ABOVE),
    Case("CAA-MISSING", "pass", f'{MX}{HOST}. CAA 0 issue ";"', why="at the host"),
    Case("CAA-MISSING", "pass", MX + 'example. CAA 0 issue "ca.example"', why="far above"),
    Case(
        "CAA-MISSING",
        "pass",
        f"story.example. MX 10 {HOST}.\n{HOST}. CNAME real.other.test.\nreal.other.test. A 192.0.2.1\n"
        'real.other.test. CAA 0 issue "ca.example"',
        why="at the end of an alias",
    ),
    Case("CAA-MISSING", "unknown", f"{MX}story.example. CAA servfail", reason="dns.servfail"),
    Case("CAA-MISSING", GONE, "story.example. MX 0 .", why="takes no mail"),
    Case("CAA-MISSING", GONE, f"story.example. MX 10 {HOST}.", why="no address"),
    Case("CAA-MISSING", GONE, INTERNAL, why="no address that the internet reaches"),
    Case("CAA-MISSING", "fail", f"{INTERNAL}{HOST}. AAAA 2001:db8::25", why="one of two addresses is internal"),
    Case("CAA-MISSING", "unknown", f"{INTERNAL}{HOST}. AAAA timeout", why="another address", reason="dns.timeout"),
)
BLOCKS = (
    Case("CAA-BLOCKS", "pass", MX + ABOVE, sessions=KNOWN),
    Case("CAA-BLOCKS", "pass", f"{MX}{ABOVE}{HOST}. A 10.0.0.1", why="beside an internal address", sessions=KNOWN),
    Case("CAA-BLOCKS", "pass", MX, why="no records", sessions=KNOWN),
    Case("CAA-BLOCKS", "pass", MX, why="no records, unknown authority", sessions=STRANGE),
    Case(
        "CAA-BLOCKS",
        "fail",
        MX + OTHER,
        sessions=KNOWN,
        severity="medium",
        arguments={"name": HOST, "at": "story.example", "issuers": (LETS_ENCRYPT,)},
    ),
    Case("CAA-BLOCKS", "fail", f'{MX}story.example. CAA 0 issue ";"', why="nobody", sessions=KNOWN),
    Case("CAA-BLOCKS", "fail", MX + ABOVE + 'story.example. CAA 128 new "x"', why="critical", sessions=KNOWN),
    Case("CAA-BLOCKS", "fail", f'{MX}{ABOVE}{HOST}. CAA 0 issue "pki.goog"', why="the nearest counts", sessions=KNOWN),
    Case("CAA-BLOCKS", "pass", f'{MX}{ABOVE}{HOST}. CAA 0 issue "pki.goog"', why="wildcard, from above", sessions=WILD),
    Case("CAA-BLOCKS", "fail", f'{MX}{ABOVE}story.example. CAA 0 issuewild ";"', why="no wildcards", sessions=WILD),
    Case("CAA-BLOCKS", "pass", f'{MX}{ABOVE}story.example. CAA 0 issuewild ";"', why="not one", sessions=KNOWN),
    Case("CAA-BLOCKS", "fail", TWO + OTHER, why="and one not seen", sessions=SECOND_SILENT),
    Case(
        "CAA-BLOCKS", "unknown", TWO + ABOVE, why="one not seen", sessions=SECOND_SILENT, reason="smtp.connect_timeout"
    ),
    Case("CAA-BLOCKS", "unknown", MX + ABOVE, why="authority", sessions=STRANGE, reason="caa.issuer_unknown"),
    Case("CAA-BLOCKS", "unknown", f"{MX}{HOST}. CAA timeout", why="no answer", sessions=KNOWN, reason="dns.timeout"),
    Case("CAA-BLOCKS", "fail", f'{MX}story.example. CAA 0 issue ";"', why="not even a strange one", sessions=STRANGE),
    Case("CAA-BLOCKS", "not_applicable", MX + OTHER, why="no public authority", sessions=SELF_SIGNED),
    Case("CAA-BLOCKS", "not_applicable", MX + OTHER, why="for another name", sessions=OTHER_NAME),
    Case(
        "CAA-BLOCKS",
        "fail",
        f'{MX}{OTHER}{HOST}. CAA 0 issue "letsencrypt.org"',
        why="by what counts for a pattern",
        sessions=WILD,
        arguments={"at": "story.example"},
    ),
    Case("CAA-BLOCKS", "not_applicable", MX + OTHER, why="no TLS", sessions=PLAIN),
)
SYNTAX = (
    Case("CAA-SYNTAX", "pass", MX + ABOVE),
    Case("CAA-SYNTAX", "not_applicable", MX),
    Case("CAA-SYNTAX", "fail", f'{MX}story.example. CAA 1 issue "ca.example"', severity="medium"),
    Case("CAA-SYNTAX", "fail", f'{MX}story.example. CAA 128 new "x"', why="critical and unknown"),
    Case("CAA-SYNTAX", "fail", f'{MX}story.example. CAA 0 issue "http://ca.example/"', why="no domain name"),
    Case("CAA-SYNTAX", "unknown", f"{MX}{HOST}. CAA bogus", reason="dns.bogus"),
)
BOTH = MX + ANNOUNCED
WEB_ELSEWHERE = f'{BOTH}{WEB}. CAA 0 issue "digicert.com"\n'


def web(organization: str, *, wildcard: bool = False) -> dict[str, HttpsFetch]:
    return {URL: got(chain=pki.issued_by(WEB, organization, wildcard=wildcard))}


POLICY_HOST = (
    Case("CAA-MISSING", "fail", BOTH, why="policy host", subject=WEB, fetches={URL: got()}),
    Case("CAA-MISSING", GONE, f"{MX}{WEB}. A 192.0.2.80", why="no policy announced", subject=WEB),
    Case("CAA-BLOCKS", "pass", BOTH + ABOVE, why="policy host", subject=WEB, fetches=web(LETS_ENCRYPT)),
    Case(
        "CAA-BLOCKS",
        "fail",
        WEB_ELSEWHERE,
        why="policy host",
        subject=WEB,
        fetches=web(LETS_ENCRYPT),
        severity="medium",
        arguments={"name": WEB, "at": WEB, "issuers": (LETS_ENCRYPT,)},
    ),
    Case("CAA-BLOCKS", "pass", WEB_ELSEWHERE, why="not mail", subject=HOST, sessions=KNOWN, fetches=web("Other")),
    Case(
        "CAA-BLOCKS",
        "pass",
        WEB_ELSEWHERE,
        why="wildcard of the policy host, from above",
        subject=WEB,
        fetches=web(LETS_ENCRYPT, wildcard=True),
    ),
    Case(
        "CAA-BLOCKS",
        "unknown",
        BOTH + ABOVE,
        why="policy not fetched",
        subject=WEB,
        fetches={URL: ended(FetchOutcome.TIMEOUT)},
        reason="https.timeout",
    ),
    Case(
        "CAA-BLOCKS",
        "not_applicable",
        BOTH + ABOVE,
        why="self-signed policy host",
        subject=WEB,
        fetches={URL: got(chain=pki.self_signed(WEB))},
    ),
)
CASES = (*FOUND, *BLOCKS, *SYNTAX, *POLICY_HOST)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_case(case: Case) -> None:
    check(case)


def test_domains_that_share_a_record_share_the_cause() -> None:
    (finding,) = (
        f for f in replayed(Case("CAA-BLOCKS", "fail", MX + OTHER, sessions=KNOWN)).findings if f.rule == "CAA-BLOCKS"
    )
    assert [(c.kind, c.name) for c in finding.causes] == [("caa", "story.example")]


def test_a_climb_is_bounded() -> None:
    deep = ".".join(["a"] * 60)
    case = Case("CAA-MISSING", "unknown", f"story.example. MX 10 {deep}.\n{deep}. A 192.0.2.1", reason="budget")
    check(case)  # above what was asked there may be records
    found = replayed(case)
    asked = {p for f in found.findings if f.rule == "CAA-MISSING" for p in f.evidence}
    assert len(asked) < 20


def test_without_https_the_policy_host_is_not_judged_by_a_certificate_that_nobody_saw() -> None:
    case = Case("CAA-BLOCKS", "unknown", WEB_ELSEWHERE, settings={"https": False, "https_off_because": "not_selected"})
    found = {f.subject.name: (f.result, f.reason) for f in replayed(case).findings if f.rule == case.rule}
    assert found[WEB] == ("unknown", "not_selected")
