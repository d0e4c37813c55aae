"""The row on what DMARC asks for."""

from __future__ import annotations

import pytest

from audit.rules.summary.found_policies import found_policies
from tests.rules.dmarc.zones import BELOW, DEAD, DEAD_ABOVE, HERE, REJECT, SUB, own
from tests.rules.world import DOMAIN, Case, replayed

ORGANIZATION = "organizational domain: story.example (DNS), story.example (suffix list)"
SOFT = "reject for 20 % of the mail, quarantine for the rest"
SOFTER = "quarantine for 20 % of the mail, none for the rest"


@pytest.mark.parametrize(
    ("domain", "zone", "values"),
    [
        (
            DOMAIN,
            own("p=reject", "sp=quarantine", "np=reject", "pct=20"),
            (
                "record: story.example",
                ORGANIZATION,
                f"the domain: reject (p of story.example); by RFC 7489: {SOFT}",
                f"existing subdomains: quarantine (sp of story.example); by RFC 7489: {SOFTER}",
                f"non-existent subdomains: reject (np of story.example); by RFC 7489: {SOFTER}",
            ),
        ),
        (
            SUB,
            REJECT + BELOW,
            (
                "record: story.example",
                ORGANIZATION,
                *(
                    f"{kind}: reject (p of story.example); by RFC 7489: reject"
                    for kind in ("the domain", "existing subdomains", "non-existent subdomains")
                ),
            ),
        ),
        (
            DOMAIN,
            HERE,
            (
                "record: none",
                ORGANIZATION,
                *(
                    f"{kind}: nothing; by RFC 7489: nothing"
                    for kind in ("the domain", "existing subdomains", "non-existent subdomains")
                ),
            ),
        ),
        (
            DOMAIN,
            REJECT + DEAD_ABOVE,
            (
                "record: story.example",
                "organizational domain: could not be told (dns.servfail) (DNS), story.example (suffix list)",
                "the domain: reject (p of story.example); by RFC 7489: reject",
                "existing subdomains: could not be told (dns.servfail)",
                "non-existent subdomains: could not be told (dns.servfail)",
            ),
        ),
    ],
)
def test_the_row(domain: str, zone: str, values: tuple[str, ...]) -> None:
    (row,) = found_policies(domain, replayed(Case("", "", zone, domain=domain)).domain.facts)
    assert (row.name, row.type, row.evidence) == (domain, "policy", "dns _dmarc.story.example TXT")
    assert row.values == values


def test_a_silent_server_is_said() -> None:
    (row,) = found_policies(DOMAIN, replayed(Case("", "", DEAD)).domain.facts)
    assert row.values[0] == "record: could not be told (dns.servfail)"


def test_a_domain_that_does_not_exist_has_no_row() -> None:
    assert not list(found_policies(DOMAIN, replayed(Case("", "", "example. A 192.0.2.1")).domain.facts))
