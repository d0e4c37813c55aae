"""Evidence is judged by the profile of its run, of its domain, or of whoever judges; and never trusted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit.catalog.profiles import Profile, load_profile
from audit.catalog.tables import CatalogError
from audit.model.evidence import Asked, DomainEvidence, DomainOptions, InputLine, Row, RunEvidence, Sighting
from audit.model.probe import Answer, DnsStatus, Outcome, Question, SmtpSession, SmtpVisit, Stage, StageName
from audit.model.report import DomainReport, Result, RunReport, Severity
from audit.pipeline import judging
from audit.pipeline.journal import Journal
from audit.pipeline.judging import judge
from audit.pipeline.store import Evidence, read_evidence
from audit.report import FORMATS
from audit.rules.registry import RULES
from tests.records import RUN
from tests.rules import sessions

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEAD: RunEvidence = replace(
    RUN,
    settings=replace(RUN.settings, blocklists=(), allow_net=()),
    extra_ca=(),
    answers=(),
    visits=(),
    routes=(),
)
RECORDS = {
    ("MX", ""): ("10 mx.one.example.",),
    ("A", "mx."): ("192.0.2.1",),
    ("TXT", ""): ('"v=spf1 ~all"',),
    ("TXT", "_dmarc."): ('"v=DMARC1; p=none"',),
}


def domain(name: str = "one.example", line: int = 1, profile: str | None = None) -> DomainEvidence:
    answers = (
        Asked(
            question=Question(name=f"{before}{name}", rdtype=rdtype),
            answer=Answer(status=DnsStatus.NOERROR, records=tuple(r.replace("one.example", name) for r in records)),
        )
        for (rdtype, before), records in RECORDS.items()
    )
    return DomainEvidence(
        input=InputLine(file="list.txt", line=line, column=1, text=name),
        domain=name,
        unicode=name,
        options=DomainOptions(profile=profile),
        observed_at=NOW,
        sightings=None,
        answers=tuple(answers),
        visits=(),
        fetches=(),
    )


def row(line: int, column: int = 1) -> Row:
    at = InputLine(file="list.txt", line=line, column=column, text="x")
    return Row(
        input=at, status="invalid_input", domain=None, reason="input.no_dot", message="No dot.", suggestion="x.com"
    )


def judged(*domains: DomainEvidence, head: RunEvidence = HEAD, profile: str | None = None) -> RunReport:
    def broken(error: BaseException) -> None:
        raise error

    return judge(Evidence(head, domains, (), {}), profile, broken)


def severity(report: DomainReport, rule: str) -> Severity | None:
    return next((f.severity for f in report.findings if f.rule == rule and f.result is Result.FAIL), None)


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Profile:
    """A second profile, beside the one that is shipped."""
    profile = replace(
        load_profile("baseline"), id="strict", severities={"DMARC-P-NONE": "critical"}, without=("SPF-ALL-SOFTFAIL",)
    )
    shipped = load_profile
    monkeypatch.setattr(judging, "load_profile", lambda name: profile if name == "strict" else shipped(name))
    return profile


def test_a_profile_that_is_not_there_is_refused() -> None:
    with pytest.raises(CatalogError, match="There is no profile"):
        judged(domain(), profile="strict")
    with pytest.raises(CatalogError, match="There is no profile"):
        judged(domain(), head=replace(HEAD, settings=replace(HEAD.settings, profile="strict")))


def test_a_domain_that_names_a_profile_which_is_not_there_is_refused() -> None:
    with pytest.raises(CatalogError, match="There is no profile"):
        judged(domain(profile="strict"))


def test_a_list_that_the_catalogue_does_not_know_any_more_is_refused() -> None:
    with pytest.raises(CatalogError):
        judged(domain(), head=replace(HEAD, settings=replace(HEAD.settings, blocklists=("gone",))))


def test_a_domain_is_judged_by_its_own_profile(strict: Profile) -> None:
    report = judged(domain("one.example", 1), domain("two.example", 2, profile=strict.id))
    first, second = report.domains
    assert severity(first, "DMARC-P-NONE") is not Severity.CRITICAL
    assert severity(second, "DMARC-P-NONE") is Severity.CRITICAL
    assert severity(first, "SPF-ALL-SOFTFAIL")
    assert "SPF-ALL-SOFTFAIL" not in {f.rule for f in second.findings} | {j.rule for j in second.passed}
    assert report.run.profile == "baseline"


def test_a_report_tells_the_unit_of_a_domain() -> None:
    sales = replace(domain("two.example", 2), options=DomainOptions(unit="sales"))
    assert [each.unit for each in judged(domain(), sales).domains] == [None, "sales"]


def test_who_judges_by_another_profile_judges_all_by_it(strict: Profile) -> None:
    report = judged(domain("one.example", 1), domain("two.example", 2, profile="baseline"), profile=strict.id)
    assert {severity(d, "DMARC-P-NONE") for d in report.domains} == {Severity.CRITICAL}
    assert report.run.profile == "strict"
    assert "SPF-ALL-SOFTFAIL" in report.run.coverage.not_selected
    assert "SPF-ALL-SOFTFAIL" not in {r.id for r in report.rules}


def test_the_digest_is_of_what_judgement_depends_on(strict: Profile) -> None:
    whole = judged(domain()).run.digests.judgement
    same = replace(HEAD, nameservers=("192.0.2.53:53",), list_name="other.txt", observed_at=NOW - timedelta(days=1))
    assert judged(domain("two.example"), head=same).run.digests.judgement == whole
    others = {
        judged(domain(), profile=strict.id).run.digests.judgement,
        judged(domain(), head=replace(HEAD, extra_ca=(b"x",))).run.digests.judgement,
        judged(domain(), head=replace(HEAD, settings=replace(HEAD.settings, smtp=True))).run.digests.judgement,
    }
    assert len(others | {whole}) == 4


def test_rows_come_in_the_order_of_the_list_whatever_the_order_of_evidence() -> None:
    evidence = Evidence(HEAD, (domain("b.example", 4), domain("a.example", 1)), (row(5), row(2)), {})
    report = judge(evidence)
    assert [(d.input.line, d.status) for d in report.domains] == [
        (1, "audited"),
        (2, "invalid_input"),
        (4, "audited"),
        (5, "invalid_input"),
    ]
    problem = tuple(report.domains)[1].problem
    assert problem is not None
    assert (problem.reason, problem.message, problem.suggestion) == ("input.no_dot", "No dot.", "x.com")


def test_without_smtp_and_lists_their_rules_are_not_selected() -> None:
    report = judged(domain())
    used = {r.id for r in report.rules}
    assert used | set(report.run.coverage.not_selected) == {r.id for r in RULES}
    assert not used & set(report.run.coverage.not_selected)
    assert not {r for r in used if r.startswith(("CERT-", "TLS-", "DNSBL-"))}


def signing(name: str, line: int, text: str, sightings: tuple[Sighting, ...] | None = None) -> DomainEvidence:
    """A domain with a key at the selector s1."""
    told = domain(name, line)
    answer = Answer(status=DnsStatus.NOERROR, records=(f'"{text}"',))
    asked = Asked(question=Question(name=f"s1._domainkey.{name}", rdtype="TXT"), answer=answer)
    return replace(told, options=DomainOptions(selectors=("s1",)), answers=(*told.answers, asked), sightings=sightings)


def test_a_key_that_two_domains_publish_is_a_finding_of_the_run() -> None:
    one, two, three = (
        signing(f"{n}.example", n, f"v=DKIM1; p={p}") for n, p in ((1, "QUJD"), (2, "QUJD"), (3, "QUJE"))
    )
    (finding,) = judged(one, two, three).findings[:1]
    assert (finding.rule, finding.severity) == ("DKIM-SHARED-KEY", Severity.LOW)
    assert finding.arguments["names"] == ("1.example", "2.example")
    assert "DKIM-SHARED-KEY" not in {f.rule for f in judged(one, three).findings}


@pytest.mark.parametrize(("sightings", "selected"), [(None, False), ((), True)])
def test_the_age_of_keys_is_judged_only_where_earlier_runs_were_given(
    sightings: tuple[Sighting, ...] | None, selected: bool
) -> None:
    report = judged(signing("one.example", 1, "v=DKIM1; p=QUJD", sightings))
    assert ("DKIM-AGE" in {r.id for r in report.rules}) is selected
    assert ("DKIM-AGE" in report.run.coverage.not_selected) is not selected


def test_what_evidence_does_not_hold_is_unknown_and_never_absent() -> None:
    (report,) = judged(replace(domain(), answers=())).domains
    assert report.passed == ()
    assert {(f.result, f.reason) for f in report.findings} == {(Result.UNKNOWN, "not_gathered")}


def test_a_session_counts_only_for_the_domain_that_names_it() -> None:
    """Sessions are shared on disk; a domain whose record does not name one has not seen it."""
    head = replace(HEAD, settings=replace(HEAD.settings, smtp=True))
    visit = SmtpVisit(host="mx.one.example", address="192.0.2.1")
    sessions = {visit: SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.REFUSED),))}
    found = []
    for visits in ((), (visit,)):
        (report,) = judge(Evidence(head, (replace(domain(), visits=visits),), (), sessions)).domains
        found.append("smtp" in {t.topic for t in report.records})
    assert found == [False, True]


def overwriting(*names: str) -> RunReport:
    """Domains whose mail servers list STARTTLS as XXXXXXXA, each with a host of its own."""
    visits = {name: SmtpVisit(host=f"mx.{name}", address="192.0.2.1") for name in names}
    domains = tuple(replace(domain(n, line), visits=(visits[n],)) for line, n in enumerate(names, 1))
    head = replace(HEAD, settings=replace(HEAD.settings, smtp=True, allow_net=("192.0.2.0/24",)))
    return judge(Evidence(head, domains, (), dict.fromkeys(visits.values(), sessions.no_starttls("XXXXXXXA"))))


@pytest.mark.parametrize(
    ("names", "result", "reason"),
    [
        (("one.example",), Result.FAIL, None),
        (("one.example", "two.example"), Result.UNKNOWN, "vantage.starttls_overwritten"),
    ],
)
def test_a_keyword_that_is_overwritten_everywhere_is_overwritten_near_us(
    names: tuple[str, ...], result: Result, reason: str | None
) -> None:
    report = overwriting(*names)
    for each in report.domains:
        found = {f.rule: f for f in each.findings}["TLS-STARTTLS-STRIPPED"]
        assert found.result is result
        assert reason is None or found.reason == reason


def test_reports_on_disk_are_the_same(tmp_path: Path) -> None:
    """Whatever the order in which the domains were gathered, and wherever their evidence and reports are kept."""
    records = (domain("three.example", 3), domain("one.example", 1), domain("two.example", 2))
    with Journal(tmp_path) as writer:
        for record in (HEAD, *records, row(5), row(4)):
            writer.write(record)
        writer.end("complete")
    report = judge(read_evidence(tmp_path), spill=tmp_path)
    kept = judge(Evidence(HEAD, records, (row(5), row(4)), {}))
    assert replace(report, domains=tuple(report.domains)) == kept
    for name, rendered in FORMATS.items():
        assert rendered(report) == rendered(kept), name
