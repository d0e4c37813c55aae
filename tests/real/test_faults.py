"""More than two hundred domains with planted faults, through real servers: none is missed, and none is added."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.command import Audit, audited_through
from tests.real.internet import required
from tests.real.place import Place, claimed
from tests.real.records import LIST, Planted, planted, serving, silent

pytestmark = pytest.mark.real

DOMAINS = planted()
SILENT = silent()
UNKNOWN = {
    "include": {"SPF-LOOKUPS", "SPF-INCLUDE-NONE", "SPF-INCLUDE-NXDOMAIN", "SPF-INCLUDE-PERMERROR"},
    "policy": {"DMARC-MISSING", "DMARC-P-NONE", "DMARC-RUA-MISSING"},
    "selector": {"DKIM-CONFIGURED-MISSING", "DKIM-RSA-BITS"},
}
AT_LEAST = 200
# Said of each that takes mail, as nothing of the kind is planted; the last of each with a policy that is enforced.
LACKING = frozenset({"CAA-MISSING", "MTASTS-MISSING", "SUB-SRV-MISSING"})
MARKLESS = frozenset({"BIMI-MISSING"})
WITHOUT_MAIL = {"mx parked", "mx parked with another preference", "mx parked but sending", "mx nowhere"}
UNENFORCED = {
    *("dmarc missing", "dmarc two records", "dmarc a version in lower case", "dmarc the version not first"),
    *("dmarc a dangling alias", "dmarc no policy", "dmarc a policy that is none", "dmarc none"),
    "policy",  # which cannot be asked
}


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audit]:
    required()
    directory = tmp_path_factory.mktemp("faults")
    with claimed() as place, serving(directory, place, (*DOMAINS, *SILENT.values())):
        yield _audit(place, tmp_path_factory)


def _audit(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    lines = [domain.line for domain in (*DOMAINS, *SILENT.values())]
    nets = [o for net in ("127.0.0.0/8", "192.0.2.0/24", "2001:db8::/32") for o in ("--allow-net", net)]
    options = ("--no-smtp", "--dnsbl", LIST, "--concurrency", "20", *nets)
    return audited_through(f"{place.resolver}:53", lines, tmp_path_factory.mktemp("audited"), *options)


def lacking(domain: Planted) -> frozenset[str]:
    """What a domain lacks besides what is planted in it."""
    names = {fault.name for fault in domain.faults}
    if names & WITHOUT_MAIL:
        return frozenset()
    return LACKING if names & UNENFORCED else LACKING | MARKLESS


def fails(audit: Audit, domain: Planted) -> set[str]:
    return {rule for rule, _ in audit.fails(domain.name)}


def test_there_are_enough_of_them() -> None:
    assert len(DOMAINS) >= AT_LEAST
    names = {fault.name for domain in (*DOMAINS, *SILENT.values()) for fault in domain.faults}
    assert names >= WITHOUT_MAIL | UNENFORCED


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda d: " + ".join(f.name for f in d.faults) or "sound")
def test_a_domain_has_its_faults_and_no_others(audit: Audit, domain: Planted) -> None:
    assert fails(audit, domain) == domain.rules | lacking(domain)


@pytest.mark.parametrize("part", UNKNOWN)
def test_what_cannot_be_asked_is_unknown_and_never_missing(audit: Audit, part: str) -> None:
    results = audit.results(SILENT[part].name)
    assert fails(audit, SILENT[part]) == lacking(SILENT[part])
    assert {rule for rule, _, result, _ in results if result == "unknown"} >= UNKNOWN[part]


def test_eleven_lookups_beside_a_dead_include_are_certain(audit: Audit) -> None:
    assert fails(audit, SILENT["both"]) == {"SPF-LOOKUPS"} | lacking(SILENT["both"])
