"""What the commands leave behind: reports that can be made again, files that keep to their schemas, exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.command import Audit, audit, mxaudit
from tests.real.internet import Internet
from tests.real.zones import LISTING

pytestmark = pytest.mark.real

# they have few servers, zones as short-lived as the test, and nothing that mail can do without
ALL_LACK = {
    *("MX-IPV6-NONE", "MX-SINGLE", "NS-COUNT", "NS-IPV6", "SOA-RNAME", "SOA-VALUES"),
    *("BIMI-MISSING", "CAA-MISSING", "DANE-MISSING", "MTASTS-MISSING", "SUB-SRV-MISSING", "DNSSEC-NONE"),
}
EXPECTED = {
    "good.test": set(),
    "bogus.test": {"DNSSEC-BOGUS"},
    "unsigned.test": set(),
    "lame.test": {"NS-LAME"},
    "expired.test": {"CERT-EXPIRED"},
    "wrongname.test": {"CERT-NAME"},
    "listed.test": {"DNSBL-IP-LISTED", "DNSBL-DOMAIN-LISTED"},
}


@pytest.mark.parametrize("domain", EXPECTED)
def test_each_domain_fails_as_it_should_and_not_otherwise(audited: Audit, domain: str) -> None:
    assert {rule for rule, _ in audited.fails(domain)} - ALL_LACK == EXPECTED[domain]


def test_what_fails_is_exit_1_and_said(audited: Audit) -> None:
    assert audited.code == 1
    assert "7 of 7 rows audited" in audited.said
    assert (audited.directory / "index.html").stat().st_size > 10_000


def test_judging_the_evidence_again_gives_the_same_report(audited: Audit, tmp_path: Path) -> None:
    done = mxaudit("judge", str(audited.directory), "--out-dir", "again", directory=tmp_path)
    assert done.returncode == 1, done.stderr
    for name in ("report.json", "index.html"):
        assert (tmp_path / "again" / name).read_bytes() == (audited.directory / name).read_bytes()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--fail-on", "medium"), 1),
        (("--fail-on", "critical"), 1),
        (("--fail-on", "never"), 3),
        (("--fail-on", "never", "--max-unknown", "100"), 3),  # of two domains no record is known
    ],
)
def test_the_exit_code_is_what_was_asked_for(
    audited: Audit, tmp_path: Path, options: tuple[str, ...], code: int
) -> None:
    done = mxaudit("judge", str(audited.directory), "--out-dir", "again", *options, directory=tmp_path)
    assert done.returncode == code, done.stderr


@pytest.mark.parametrize("name", ["report.json", "evidence.jsonl", "hosts.jsonl"])
def test_the_files_keep_to_their_schemas(audited: Audit, tmp_path: Path, name: str) -> None:
    done = mxaudit("validate", str(audited.directory / name), directory=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize(
    ("lines", "code"),
    [(["good.test selectors=s1"], 0), (["bogus.test"], 1), (["good.test selectors=s1", "bad..test"], 2)],
    ids=["all well", "withheld", "bad input"],
)
def test_runs_end_with_the_code_for_what_was_found(
    internet: Internet, tmp_path: Path, lines: list[str], code: int
) -> None:
    done = audit(internet, lines, tmp_path, "--dnsbl", LISTING)
    assert done.code == code, done.said
    assert [d["input"]["line"] for d in done.report["domains"]] == list(range(1, len(lines) + 1))
