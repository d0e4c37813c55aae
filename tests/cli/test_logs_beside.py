"""`mxaudit logs` beside what is usual, and beside an audit: unusual days, and findings that explain refusals."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from audit import contract
from audit.lab.lab import Lab
from tests.cli.command import NOW, beside, lab_options, mxaudit
from tests.desk.logs.generator import daily_log

HOST, OTHER = "mx1.b.example", "mx.c.example"


def told(log: bytes, *more: str | Path) -> dict[str, Any]:
    done = mxaudit("logs", "-", "--year", "2026", "--json", *more, stdin=log)
    contract.check("logs", done.out)
    value: dict[str, Any] = json.loads(done.out)
    return value


def usual(seed: int) -> dict[int, tuple[int, int]]:
    """Days as they are: the traffic doubles and halves, and one to three in a hundred fail."""
    chance = Random(seed)
    days = {}
    for day in range(1, 21):
        attempts = chance.randint(200, 800)
        days[day] = (attempts, attempts * chance.randint(1, 3) // 100)
    return days


@pytest.mark.parametrize("seed", range(3))
def test_a_day_on_which_much_fails_is_unusual_and_no_other(seed: int) -> None:
    days = usual(seed)
    attempts, _ = days[18]
    log = daily_log(HOST, days | {18: (attempts, attempts // 4)}) + daily_log(OTHER, usual(seed + 10))
    rises = told(log)["rises"]
    assert [(rise["provider"], rise["day"], rise["failed"]) for rise in rises] == [
        ("b.example", "2026-11-18", attempts // 4)
    ]
    assert told(daily_log(HOST, days))["rises"] == []


def test_much_traffic_alone_is_not_unusual() -> None:
    days = dict.fromkeys(range(1, 10), (300, 6))
    assert told(daily_log(HOST, days | {10: (3000, 60)}))["rises"] == []


def test_an_unusual_day_is_on_the_screen() -> None:
    days = dict.fromkeys(range(1, 10), (300, 6)) | {10: (300, 90)}
    shown = mxaudit("logs", "-", "--year", "2026", stdin=daily_log(HOST, days), columns=80).out.decode()
    assert "Unusual rises\n   2026-11-10 b.example: 90 failed, 6 is usual\n" in shown


# ---- beside the report of the lab ---------------------------------------------------------------------------------

MX = "mx.far.example[192.0.2.9]"


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of an audit of some domains of the lab."""
    place = tmp_path_factory.mktemp("audited")
    with beside(Lab(NOW)) as lab:
        options = lab_options(lab, place / "root.pem")
        rows = [f"{domain} selectors=lab1" for domain in REFUSALS]
        done = mxaudit("check", *rows, *options, "--fail-on", "never", "-o", f"json={place / 'report.json'}")
    assert done.code == 0, done.err
    return place / "report.json"


REFUSALS = {
    "noptr.example": "550 5.7.25 [203.0.113.15] does not have a PTR record",
    "listed.example": "554 5.7.1 Service unavailable; Client host [203.0.113.50] blocked using bl.lab.example",
    "spfeleven.example": "550 5.7.23 SPF validation failed",
    "dmarcnone.example": "550 5.1.1 User unknown",
    "good.example": "550 5.7.23 SPF validation failed",
}


def refused(sender: str, said: str, number: int) -> str:
    at, queue = f"Nov 24 12:00:{number:02d} mail postfix", f"{number:010X}"
    return (
        f"{at}/qmgr[1]: {queue}: from=<news@{sender}>, size=900, nrcpt=1 (queue active)\n"
        f"{at}/smtp[2]: {queue}: to=<a@far.example>, relay={MX}:25, delay=1, delays=0/0/0/1, dsn=5.7.1, "
        f"status=bounced (host {MX} said: {said} (in reply to RCPT TO command))\n"
    )


@pytest.mark.parametrize(
    ("sender", "said", "wanted"),
    [
        ("noptr.example", REFUSALS["noptr.example"], {"PTR-MISSING"}),
        ("listed.example", REFUSALS["listed.example"], {"DNSBL-IP-LISTED"}),
        ("listed.example", "554 5.7.1 Service unavailable; blocked using bl.lab.example", {"DNSBL-IP-LISTED"}),
        ("listed.example", "554 5.7.1 Service unavailable; blocked using bl.elsewhere.example", set()),
        ("good.example", "554 5.7.1 Service unavailable; blocked using bl.lab.example", set()),
        ("spfeleven.example", REFUSALS["spfeleven.example"], {"SPF-LOOKUPS"}),
        ("good.example", REFUSALS["good.example"], set()),
        ("dmarcnone.example", REFUSALS["dmarcnone.example"], set()),
    ],
)
def test_findings_of_the_labs_report_explain_refusals(sender: str, said: str, wanted: set[str], audited: Path) -> None:
    (cause,) = told(refused(sender, said, 1).encode(), "--join", audited)["causes"]
    assert {finding["rule"] for finding in cause["findings"]} == wanted
    assert {finding["domain"] for finding in cause["findings"]} <= {sender}


def test_findings_are_on_the_screen_and_on_the_page(tmp_path: Path, audited: Path) -> None:
    log = "".join(refused(sender, said, number) for number, (sender, said) in enumerate(REFUSALS.items()))
    page = tmp_path / "logs.html"
    done = mxaudit("logs", "-", "--join", audited, "--html", page, stdin=log.encode(), columns=200)
    for rule in ("PTR-MISSING", "DNSBL-IP-LISTED", "SPF-LOOKUPS"):
        assert f"- The audit found {rule} of " in done.out.decode()
        assert rule in page.read_text()
