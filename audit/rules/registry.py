"""All rules, by topic."""

from __future__ import annotations

from types import ModuleType

from audit.rules import certificate, dkim, dmarc, dnsbl, domain, mx, reverse, tls, tls_rpt
from audit.rules.rule import Rule
from audit.rules.second_opinion import verdicts as second_opinion
from audit.rules.spf import record as spf_record

RULES_VERSION = "2026.11.24"
TOPICS: tuple[ModuleType, ...] = (
    domain,
    mx,
    reverse,
    spf_record,
    dkim,
    dmarc,
    tls_rpt,
    dnsbl,
    tls,
    certificate,
    second_opinion,
)
RULES: tuple[Rule, ...] = tuple(r for topic in TOPICS for r in vars(topic).values() if isinstance(r, Rule))
RECORD_TOPICS = frozenset({"domain", "mx", "spf", "dkim", "dmarc", "tls_rpt"})  # what a domain itself publishes


def named(rule_id: str) -> Rule:
    """The rule of an id.

    Raises:
        KeyError: there is none.
    """
    return {r.id: r for r in RULES}[rule_id]
