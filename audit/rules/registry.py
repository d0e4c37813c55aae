"""All rules, by topic."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from audit import contract
from audit.rules import banner, bimi, caa, dnsbl, dnssec, domain, helo, reverse, tls_rpt
from audit.rules.certificate import chain as certificate_chain
from audit.rules.certificate import form as certificate_form
from audit.rules.certificate import revocation as certificate_revocation
from audit.rules.client import autodiscover as client_autodiscover
from audit.rules.client import services as client_services
from audit.rules.client import submission as client_submission
from audit.rules.dane import match as dane_match
from audit.rules.dane import presence as dane_presence
from audit.rules.dane import records as dane_records
from audit.rules.dkim import discovery as dkim_discovery
from audit.rules.dkim import key as dkim_key
from audit.rules.dkim import record as dkim_record
from audit.rules.dkim import sharing as dkim_sharing
from audit.rules.dmarc import authentication as dmarc_authentication
from audit.rules.dmarc import names as dmarc_names
from audit.rules.dmarc import policy as dmarc_policy
from audit.rules.dmarc import record as dmarc_record
from audit.rules.dmarc import reports as dmarc_reports
from audit.rules.dmarc import rollout as dmarc_rollout
from audit.rules.migration import keys as migration_keys
from audit.rules.migration import names as migration_names
from audit.rules.migration import records as migration_records
from audit.rules.migration import transport as migration_transport
from audit.rules.mta_sts import policy as sts_policy
from audit.rules.mta_sts import record as sts_record
from audit.rules.mta_sts import serving as sts_serving
from audit.rules.mx import hosts as mx_hosts
from audit.rules.mx import null as mx_null
from audit.rules.mx import record as mx_record
from audit.rules.mx import redundancy as mx_redundancy
from audit.rules.mx import servers as mx_servers
from audit.rules.rule import Rule
from audit.rules.second_opinion import verdicts as second_opinion
from audit.rules.smtp import extensions as smtp_extensions
from audit.rules.smtp import probes as smtp_probes
from audit.rules.spf import below as spf_below
from audit.rules.spf import costs as spf_costs
from audit.rules.spf import ends as spf_ends
from audit.rules.spf import includes as spf_includes
from audit.rules.spf import publication as spf_publication
from audit.rules.spf import reach as spf_reach
from audit.rules.spf import record as spf_record
from audit.rules.spf import sender as spf_sender
from audit.rules.spf import takeover as spf_takeover
from audit.rules.tls import starttls as tls_starttls
from audit.rules.tls import suites as tls_suites
from audit.rules.tls import versions as tls_versions
from audit.rules.zone import contents as zone_contents
from audit.rules.zone import delegation as zone_delegation
from audit.rules.zone import names as zone_names
from audit.rules.zone import service as zone_service
from audit.rules.zone import soa as zone_soa

SINCE = "2026.11"  # what the version of the rules begins with, for people
TOPICS: tuple[ModuleType, ...] = (
    domain,
    mx_record,
    mx_null,
    mx_hosts,
    mx_servers,
    mx_redundancy,
    reverse,
    helo,
    spf_record,
    spf_publication,
    spf_costs,
    spf_includes,
    spf_takeover,
    spf_ends,
    spf_reach,
    spf_below,
    spf_sender,
    dkim_discovery,
    dkim_record,
    dkim_key,
    dkim_sharing,
    dmarc_record,
    dmarc_policy,
    dmarc_names,
    dmarc_reports,
    dmarc_authentication,
    dmarc_rollout,
    sts_record,
    sts_serving,
    sts_policy,
    bimi,
    tls_rpt,
    client_services,
    client_autodiscover,
    client_submission,
    dnsbl,
    banner,
    smtp_extensions,
    smtp_probes,
    tls_starttls,
    tls_versions,
    tls_suites,
    certificate_chain,
    certificate_form,
    certificate_revocation,
    dane_presence,
    dane_records,
    dane_match,
    dnssec,
    caa,
    zone_delegation,
    zone_service,
    zone_contents,
    zone_soa,
    zone_names,
    migration_records,
    migration_keys,
    migration_transport,
    migration_names,
    second_opinion,
)
RULES: tuple[Rule, ...] = tuple(r for topic in TOPICS for r in vars(topic).values() if isinstance(r, Rule))
_BY_ID = {rule.id: rule for rule in RULES}
RECORD_TOPICS = frozenset({"domain", "mx", "spf", "dkim", "dmarc", "tls_rpt"})  # what a domain itself publishes


def version_of(rules: Iterable[Rule]) -> str:
    """The version of rules taken together: whatever one of them says or how grave it takes it makes another."""
    texts = (
        (r.id, r.topic, sorted(r.ladder.items()), r.reference, r.message, r.title, r.why, r.fix, r.supersedes)
        for r in rules
    )
    return f"{SINCE}+{contract.sha256(contract.dump(tuple(texts)))[:8]}"


RULES_VERSION = version_of(RULES)


def named(rule_id: str) -> Rule:
    """The rule of an id.

    Raises:
        KeyError: there is none.
    """
    return _BY_ID[rule_id]
