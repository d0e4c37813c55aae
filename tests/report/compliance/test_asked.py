"""What is tested of a control, in words."""

from __future__ import annotations

import pytest

from audit.catalog.compliance import compliance_profiles, load_compliance
from audit.report.compliance.asked import checks


@pytest.mark.parametrize(
    ("profile", "control", "said"),
    [
        ("nz-sge", "SGE-TLS", 0),
        ("scuba-exo", "MS.EXO.4.3v1", "the mailboxes for DMARC reports: reports@dmarc.cyber.dhs.gov among them"),
        ("scuba-exo", "MS.EXO.4.4v1", "the number of mailboxes for DMARC reports: at least 2"),
        ("m3aawg", "M3-ROTATE", "no failure of DKIM-AGE"),
        ("bulk-google", "G-ALL-6", "no failure of DNSBL-IP-LISTED (if high or graver)"),
        ("bsi-tr-03182", "SPF-2", "the end of the SPF record: at least “~”"),
        ("nl-comply-or-explain", "NL-IPV6-NS", "the number of name servers with an IPv6 address: at least 2"),
    ],
)
def test_rules_and_thresholds_are_told(profile: str, control: str, said: str | int) -> None:
    told = checks(next(c for c in load_compliance(profile).controls if c.id == control))
    assert told == (said,) if said else "TLS-VER-NO12" in told[0]


def test_of_several_ways_each_is_told() -> None:
    first, second = checks(load_compliance("bulk-google").controls[0])
    assert first.startswith("no failure of SPF-MISSING, ")
    assert second == "or the number of DKIM keys that can be used: at least 1"


def test_kinds_of_names_are_told() -> None:
    control = next(c for c in load_compliance("au-ism").controls if c.id == "ISM-1540")
    kinds = "for the domain and for existing subdomains and for names that do not exist"
    assert f"the DMARC policy {kinds}: at least “reject”" in checks(control)[0]


def test_what_is_not_tested_has_no_words() -> None:
    for profile in compliance_profiles():
        assert [c.id for c in profile.controls if bool(checks(c)) != bool(c.ways)] == []
