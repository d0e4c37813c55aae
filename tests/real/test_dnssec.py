"""DNSSEC as a validating resolver reports it: AD seen, and bogus told apart from a plain SERVFAIL (RFC 4035, 8914)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.real.command import Audit

pytestmark = pytest.mark.real

SIGNATURE_EXPIRED = 7  # RFC 8914 section 4.8
ABOUT_DNSSEC = set(range(6, 13))


def own(audited: Audit, domain: str) -> list[dict[str, Any]]:
    """The resolver's answers on names at or below a domain, such as it gives to whoever trusts it."""
    below = [(q, a) for q, a in audited.answers(domain) if f".{q['name']}".endswith(f".{domain}")]
    found = [a for q, a in below if q["server"] is None and not q["cd"]]
    assert len(found) > 5
    return found


@pytest.mark.parametrize("sight", ["resolver", "honest", "validating", "blocklists", "port25", "clock"])
def test_the_vantage_is_good(audited: Audit, sight: str) -> None:
    states = {s["id"]: s["state"] for s in audited.report["run"]["vantage"]}
    assert states[sight] == "good"


def test_every_answer_from_a_signed_zone_is_authenticated(audited: Audit) -> None:
    answers = own(audited, "good.test")
    assert {a["status"] for a in answers} == {"noerror", "nodata", "nxdomain"}
    assert all("ad" in a["flags"] for a in answers)


def test_no_answer_from_an_unsigned_zone_is_authenticated(audited: Audit) -> None:
    answers = own(audited, "unsigned.test")
    assert {a["status"] for a in answers} == {"noerror", "nodata", "nxdomain"}
    assert not any("ad" in a["flags"] for a in answers)


def test_reverse_names_are_authenticated_and_lists_are_not(audited: Audit) -> None:
    pointers = [a for q, a in audited.answers("good.test") if q["rdtype"] == "PTR"]
    lists = [a for q, a in audited.answers("good.test") if q["name"].endswith(".dnsbl.invalid")]
    assert pointers
    assert lists
    assert all("ad" in a["flags"] for a in pointers)
    assert not any("ad" in a["flags"] for a in lists)


def test_expired_signatures_are_bogus_and_the_resolver_says_why(audited: Audit) -> None:
    answers = own(audited, "bogus.test")
    assert {a["status"] for a in answers} == {"bogus"}
    codes = {e["code"] for a in answers for e in a["ede"]}
    assert SIGNATURE_EXPIRED in codes
    assert all("ad" not in a["flags"] for a in answers)


def test_a_lame_zone_is_a_servfail_and_not_bogus(audited: Audit) -> None:
    answers = own(audited, "lame.test")
    assert {a["status"] for a in answers} == {"servfail"}
    assert not {e["code"] for a in answers for e in a["ede"]} & ABOUT_DNSSEC


@pytest.mark.parametrize(("domain", "reason"), [("bogus.test", "dns.bogus"), ("lame.test", "dns.servfail")])
def test_what_cannot_be_asked_is_unknown_and_nothing_else(audited: Audit, domain: str, reason: str) -> None:
    results = audited.results(domain)
    assert {"SPF-MISSING", "DMARC-MISSING", "MX-MISSING", "DKIM-NOTFOUND"} <= {rule for rule, *_ in results}
    # a list of names can be asked for it all the same, and the zone above
    known = "DNSBL-DOMAIN-LISTED", "DNSSEC-", "NS-", "TTL-"
    assert {(result, why) for rule, _, result, why in results if not rule.startswith(known)} == {("unknown", reason)}
    assert domain in audited.report["run"]["coverage"]["without_record_result"]
