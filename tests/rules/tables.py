"""The cases of all rules, from the tables of the topics."""

from __future__ import annotations

from tests.rules import (
    test_banner,
    test_bimi,
    test_caa,
    test_certificate,
    test_certificate_contexts,
    test_client,
    test_dane,
    test_dkim,
    test_dkim_key,
    test_dkim_record,
    test_dkim_sharing,
    test_dnsbl,
    test_dnssec,
    test_domain,
    test_helo,
    test_migration,
    test_mta_sts,
    test_mx,
    test_mx_null,
    test_mx_record,
    test_mx_redundancy,
    test_mx_takeover,
    test_reverse,
    test_revocation,
    test_second_opinion,
    test_smtp,
    test_smtp_probes,
    test_spf,
    test_spf_below,
    test_spf_costs,
    test_spf_ends,
    test_spf_includes,
    test_spf_publication,
    test_spf_reach,
    test_spf_record,
    test_spf_sender,
    test_tls,
    test_tls_offers,
    test_tls_rpt,
)
from tests.rules.dmarc import test_authentication as dmarc_authentication
from tests.rules.dmarc import test_names as dmarc_names
from tests.rules.dmarc import test_policy as dmarc_policy
from tests.rules.dmarc import test_record as dmarc_record
from tests.rules.dmarc import test_reports as dmarc_reports
from tests.rules.dmarc import test_rollout as dmarc_rollout
from tests.rules.world import Case, found
from tests.rules.zone import test_contents as zone_contents
from tests.rules.zone import test_delegation as zone_delegation
from tests.rules.zone import test_denial as zone_denial
from tests.rules.zone import test_service as zone_service

__all__ = ["CASES", "found"]

CASES: tuple[Case, ...] = (
    *test_domain.CASES,
    *test_caa.CASES,
    *test_client.CASES,
    *test_mx.CASES,
    *test_mx_record.CASES,
    *test_mx_null.CASES,
    *test_mx_takeover.CASES,
    *test_mx_redundancy.CASES,
    *test_reverse.CASES,
    *test_helo.CASES,
    *test_spf.CASES,
    *test_spf_record.CASES,
    *test_spf_publication.CASES,
    *test_spf_costs.CASES,
    *test_spf_includes.CASES,
    *test_spf_ends.CASES,
    *test_spf_reach.CASES,
    *test_spf_below.CASES,
    *test_spf_sender.CASES,
    *test_dkim.CASES,
    *test_dkim_record.CASES,
    *test_dkim_key.CASES,
    *test_dkim_sharing.CASES,
    *dmarc_record.CASES,
    *dmarc_policy.CASES,
    *dmarc_names.CASES,
    *dmarc_reports.CASES,
    *dmarc_authentication.CASES,
    *dmarc_rollout.CASES,
    *test_mta_sts.CASES,
    *test_bimi.CASES,
    *test_tls_rpt.CASES,
    *test_dnsbl.CASES,
    *test_banner.CASES,
    *test_smtp.CASES,
    *test_smtp_probes.CASES,
    *test_tls.CASES,
    *test_tls_offers.CASES,
    *test_certificate.CASES,
    *test_certificate_contexts.CASES,
    *test_revocation.CASES,
    *test_dane.CASES,
    *test_dnssec.CASES,
    *zone_delegation.CASES,
    *zone_service.CASES,
    *zone_contents.CASES,
    *zone_denial.CASES,
    *test_second_opinion.CASES,
    *test_migration.CASES,
)
