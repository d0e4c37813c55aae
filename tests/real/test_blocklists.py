"""Blocklists as rbldnsd serves them (RFC 5782): a listing is found, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from tests.real.command import Audit
from tests.real.internet import Internet
from tests.real.zones import ALL_NAMES, EMPTY, LISTING, NAMES, REFUSING, WORLD

pytestmark = pytest.mark.real

RULES = {"DNSBL-IP-LISTED", "DNSBL-POLICY"}


def entries(audited: Audit, zone: str) -> set[tuple[str, str | None]]:
    """Every result on an entry of a list, of all domains."""
    found = [
        (result, reason)
        for domain in ("good.test", "unsigned.test", "expired.test", "wrongname.test", "listed.test")
        for rule, subject, result, reason in audited.results(domain)
        if rule in RULES and subject.split(" ")[-1] == zone
    ]
    assert len(found) == 2 * 7  # addresses: 2, 1, 1, 1, 2
    return set(found)


def test_a_listing_is_found_with_the_words_of_the_list(audited: Audit, internet: Internet) -> None:
    listed = internet.place.listed
    (found,) = (f for f in audited.domain("listed.test")["findings"] if f["rule"] == "DNSBL-IP-LISTED" if f["message"])
    assert found["subject"] == {"kind": "list_entry", "name": f"{listed} {LISTING}"}
    assert (found["result"], found["severity"]) == ("fail", "medium")
    assert found["arguments"]["reasons"] == [f"Listed, see https://dnsbl.invalid/q?ip={listed}"]
    assert f"Listed, see https://dnsbl.invalid/q?ip={listed}" in found["message"]


def test_nobody_else_is_listed(audited: Audit) -> None:
    fails = {
        (domain["domain"], f["subject"]["name"])
        for domain in audited.report["domains"]
        for f in domain["findings"]
        if f["rule"] in RULES and f["result"] == "fail"
    }
    assert {domain for domain, _ in fails} == {"listed.test"}
    assert len(fails) == 1


def test_a_refusal_code_is_no_listing(audited: Audit) -> None:
    asked = [a for q, a in audited.answers("listed.test") if q["name"].endswith(REFUSING) and q["rdtype"] == "A"]
    assert {record for a in asked for record in a["records"]} == {"127.255.255.254"}
    assert entries(audited, REFUSING) == {("unknown", "dnsbl.refused")}


@pytest.mark.parametrize("zone", [EMPTY, WORLD], ids=["names nobody", "names everybody"])
def test_a_broken_list_is_not_believed(audited: Audit, zone: str) -> None:
    assert entries(audited, zone) == {("unknown", "dnsbl.broken")}
    assert not [q for q, _ in audited.answers("listed.test") if q["name"].endswith(zone)]


def test_broken_lists_are_named_once_for_the_run(audited: Audit) -> None:
    found = [f for f in audited.report["findings"] if f["rule"] == "DNSBL-LIST-BROKEN"]
    broken = sorted((EMPTY, WORLD, f"names:{ALL_NAMES}"))
    assert [(f["subject"]["name"], f["result"]) for f in found] == [(zone, "fail") for zone in broken]


def test_a_name_is_found_on_a_list_of_names(audited: Audit) -> None:
    found = [f for f in audited.domain("listed.test")["findings"] if f["rule"] == "DNSBL-DOMAIN-LISTED"]
    (listed,) = (f for f in found if f["result"] == "fail")
    assert listed["subject"] == {"kind": "name_entry", "name": f"listed.test names:{NAMES}"}
    assert listed["severity"] == "medium"
    assert listed["arguments"]["reasons"] == ["Seen in spam: listed.test"]
    unknown = {(f["subject"]["name"].split(" ")[1], f["reason"]) for f in found if f["result"] == "unknown"}
    assert unknown == {(f"names:{ALL_NAMES}", "dnsbl.broken")}


def test_no_other_name_is_listed_and_no_address_goes_to_a_list_of_names(audited: Audit) -> None:
    fails = {
        d["domain"]
        for d in audited.report["domains"]
        for f in d["findings"]
        if f["rule"] == "DNSBL-DOMAIN-LISTED" and f["message"]
    }
    assert fails == {"listed.test"}
    asked = {
        q["name"].removesuffix(f".{NAMES}") for q, _ in audited.answers("good.test") if q["name"].endswith(f".{NAMES}")
    }
    assert asked == {"good.test"}
