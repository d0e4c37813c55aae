"""What a rule on SPF gives to paste mends what it found: published instead of the old record, it is not found again."""

from __future__ import annotations

from collections.abc import Iterator

import dns.rrset

from audit.model.report import Finding, Result
from audit.rules.registry import named
from audit.syntax import spf_mend
from audit.syntax.spf import is_spf
from audit.syntax.txt import joined
from tests.rules.tables import CASES, found
from tests.rules.world import Case, replayed
from tests.together import of_each

FAILING = [c for c in CASES if c.rule.startswith("SPF-") and named(c.rule).topic == "spf" and c.expected == "fail"]


def published(case: Case) -> Iterator[Finding]:
    """The findings of a case that say what to publish."""
    return (f for f in found(case).findings if f.rule == case.rule and f.publish)


def mended(case: Case, finding: Finding) -> str:
    """The zone of a case with the records that a finding gives instead of those of SPF at their names."""
    lines = case.zone.splitlines()
    for line in finding.publish:
        owner, ttl, rdclass, rdtype, data = line.split(" ", 4)
        rrset = dns.rrset.from_text(owner, int(ttl), rdclass, rdtype, data)
        assert len(rrset) == 1
        kept = [each for each in lines if not _is_replaced(each, owner)]
        lines = [*kept, f"{owner} TXT {data}"]
    return "\n".join(lines)


def _is_replaced(line: str, owner: str) -> bool:
    words = line.split("#", 1)[0].split(None, 2)
    if len(words) < 3 or (words[0].rstrip("."), words[1]) != (owner.rstrip("."), "TXT"):
        return False
    text = joined(words[2])
    return is_spf(text) or spf_mend.nearly(text) is not None


@of_each(FAILING, lambda c: c.id, by=lambda c: c.rule)
def test_what_is_published_is_not_found_again(case: Case) -> None:
    for finding in published(case):
        _is_not_found_again(case, finding)


def _is_not_found_again(case: Case, finding: Finding) -> None:
    zone = mended(case, finding)
    again = replayed(Case(case.rule, "", zone, options=case.options, domain=case.domain))
    assert not again.faults
    same = [f for f in again.findings if (f.rule, f.subject) == (finding.rule, finding.subject)]
    assert same
    silent = {Result.UNKNOWN} if any(mark in zone for mark in ("servfail", "timeout", "%{")) else set()
    assert {f.result for f in same} <= {Result.PASS, Result.NOT_APPLICABLE, *silent}, (finding.publish, same)
    syntax = [f for f in again.findings if f.rule in ("SPF-SYNTAX", "SPF-MULTIPLE", "SPF-SPLIT-SPACE")]
    assert not [f for f in syntax if f.result is Result.FAIL]


def test_most_rules_on_the_record_give_one() -> None:
    giving = {case.rule for case in FAILING if any(published(case))}
    wanted = {
        "SPF-MISSING", "SPF-MULTIPLE", "SPF-SYNTAX", "SPF-UNKNOWN-MODIFIER", "SPF-SPACES", "SPF-SPLIT-SPACE",
        "SPF-NOMAIL", "SPF-EXP", "SPF-VOID-ANY", "SPF-INCLUDE-NONE", "SPF-INCLUDE-NXDOMAIN", "SPF-INCLUDE-DUP",
        "SPF-PTR", "SPF-ALL-PASS", "SPF-ALL-NEUTRAL", "SPF-ALL-NOT-LAST", "SPF-REDIRECT-IGNORED", "SPF-PRIVATE-IP",
        "SPF-MX-NOT-AUTH", "SPF-SUBDOMAIN-NONE",
    }  # fmt: skip
    assert wanted <= giving, wanted - giving
