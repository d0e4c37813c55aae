"""The figures over many domains."""

from __future__ import annotations

from audit.catalog.compliance import load_compliance
from audit.model.compliance import ControlCount
from audit.report.compliance.fleet import Counting
from audit.report.compliance.judging import assess
from tests.report.compliance.domains import SELECTION, domain


def test_domains_are_counted_by_control_and_by_unit() -> None:
    profile = load_compliance("nz-sge")
    counting = Counting(profile)
    for unit, words in ((None, ""), ("post", "SPF-ALL-SOFTFAIL"), ("post", "?SPF-ALL-PASS"), ("rail", "parked")):
        counting.add(unit, assess(profile, domain(words), SELECTION, lambda *_: None))
    counting.add("none at all", ())  # a line that holds no domain
    fleet = counting.fleet()
    assert fleet.domains == 4
    spf = [c for c in (*fleet.controls, *fleet.units) if c.control == "SGE-SPF"]
    assert spf == [
        ControlCount(control="SGE-SPF", unit=None, met=2, not_met=1, not_assessed=1),
        ControlCount(control="SGE-SPF", unit="post", not_met=1, not_assessed=1),
        ControlCount(control="SGE-SPF", unit="rail", met=1),
    ]
    dkim = next(c for c in fleet.controls if c.control == "SGE-DKIM")
    assert (dkim.met, dkim.not_applicable) == (3, 1)  # one is without mail
    dlp = next(c for c in fleet.controls if c.control == "SGE-DLP")
    assert dlp.needs_attestation == 3
    assert [c.control for c in fleet.controls] == [c.id for c in profile.controls]
