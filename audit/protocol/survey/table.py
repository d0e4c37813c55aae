"""The table of what may be established: inquiries, the fans that give the subjects below one, and constants.

An inquiry is found by the type that it returns, its arguments by the types that it takes: a subject or a constant.
Adding a fact, or a kind of subject, is one function and its name in a list here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from audit.catalog.blocklists import Blocklists
from audit.catalog.issuers import Issuers
from audit.catalog.profiles import Thresholds
from audit.catalog.providers import Providers
from audit.catalog.selectors import Selectors
from audit.model.evidence import DomainOptions, Settings
from audit.model.opinion import SecondOpinion
from audit.model.own import OwnProbes
from audit.protocol import (
    banner,
    bimi,
    caa,
    certificate,
    circumstances,
    dane,
    dnsbl,
    extensions,
    helo,
    parking,
    reverse,
    revocation,
    senders,
    sending,
    smtp,
    tls_context,
    tls_rpt,
    tls_terms,
    vantage,
)
from audit.protocol.client import autodiscover, services, submission
from audit.protocol.dkim import abandoned as dkim_abandoned
from audit.protocol.dkim import census as dkim_census
from audit.protocol.dkim import discovery as dkim
from audit.protocol.dkim import history as dkim_history
from audit.protocol.dmarc import listed as dmarc_listed
from audit.protocol.dmarc import places as dmarc_places
from audit.protocol.dmarc import policies as dmarc_policies
from audit.protocol.dmarc import readers as dmarc_readers
from audit.protocol.dmarc import reports as dmarc_reports
from audit.protocol.dmarc import rollout as dmarc_rollout
from audit.protocol.dmarc import stance as dmarc_stance
from audit.protocol.dmarc import walk as dmarc
from audit.protocol.dnssec import bogus as dnssec_bogus
from audit.protocol.dnssec import confirmation as dnssec_confirmation
from audit.protocol.dnssec import domain as dnssec_domain
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Inquiry
from audit.protocol.migration import relocation
from audit.protocol.mta_sts import cover as sts_cover
from audit.protocol.mta_sts import history as sts_history
from audit.protocol.mta_sts import policy as sts_policy
from audit.protocol.mta_sts import record as sts_record
from audit.protocol.mx import hosts as mx
from audit.protocol.mx import origin as mx_origin
from audit.protocol.spf import abandoned as spf_abandoned
from audit.protocol.spf import behind as spf_behind
from audit.protocol.spf import beside as spf_beside
from audit.protocol.spf import draft as spf_draft
from audit.protocol.spf import meant as spf_meant
from audit.protocol.spf import organization as spf_organization
from audit.protocol.spf import sender, subdomains
from audit.protocol.spf import tree as spf
from audit.protocol.zone import contents as zone_contents
from audit.protocol.zone import delegation as zone_delegation
from audit.protocol.zone import denial as zone_denial
from audit.protocol.zone import lifetimes as zone_lifetimes
from audit.protocol.zone import port53 as zone_port53
from audit.protocol.zone import service as zone_service
from audit.protocol.zone import soa as zone_soa
from audit.protocol.zone import wildcard as zone_wildcard
from audit.syntax.chain import TrustStore

INQUIRIES: tuple[Callable[..., Inquiry[Any]], ...] = (
    vantage.vantage,
    dnsbl.list_health,
    circumstances.moment,
    mx.existence,
    mx.mail_hosts,
    mx.mail_class,
    mx.host_table,
    mx_origin.mx_lifetime,
    mx_origin.host_registration,
    mx.address_use,
    mx.host_addresses,
    spf.spf_record,
    spf.spf_tree,
    spf.spf_default,
    spf_abandoned.spf_abandoned,
    spf_behind.spf_behind,
    spf_beside.spf_typed,
    spf_beside.spf_explanation,
    spf_draft.spf_draft,
    spf_meant.spf_meant,
    spf_organization.organization_spf,
    subdomains.subdomain_mail,
    subdomains.subdomain_spf,
    subdomains.wildcard_spf,
    sending.sending,
    sender.sender_checks,
    dmarc.own_dmarc,
    dmarc.applied_dmarc,
    dmarc.dmarc_walk,
    dmarc.dmarc_policy,
    dmarc_policies.dmarc_authority,
    dmarc_policies.dmarc_policies,
    dmarc_places.dmarc_strays,
    dmarc_places.dmarc_alias,
    dmarc_readers.reports_meant,
    dmarc_reports.report_reach,
    dmarc_reports.report_consent,
    dmarc_rollout.dmarc_readiness,
    dmarc_stance.dmarc_stance,
    dmarc_listed.listed_stances,
    dkim.dkim_discovery,
    dkim.dkim_key,
    dkim_abandoned.abandoned_aliases,
    dkim_history.key_age,
    dkim_census.key_use,
    zone_delegation.zone_cut,
    zone_delegation.delegation,
    zone_delegation.name_servers,
    zone_delegation.name_server_found,
    zone_delegation.name_server_registration,
    zone_service.zone_service,
    zone_service.name_server_service,
    zone_port53.port53,
    zone_contents.zone_contents,
    zone_contents.zone_serials,
    zone_contents.zone_copies,
    zone_contents.apex_servers,
    zone_denial.spf_denial,
    zone_denial.mx_denial,
    zone_denial.dmarc_denial,
    zone_soa.soa,
    zone_soa.soa_mailbox,
    zone_wildcard.wildcard,
    zone_lifetimes.lifetimes,
    services.client_services,
    services.service_targets,
    autodiscover.settings_names,
    autodiscover.autodiscover_service,
    submission.submission_tls,
    submission.submissions_tls,
    submission.plain_offer,
    sts_record.sts_record,
    sts_record.sts_aliases,
    sts_policy.sts_served,
    sts_policy.sts_policy,
    sts_policy.sts_stray,
    sts_policy.sts_certificates,
    sts_cover.sts_heeded,
    sts_cover.sts_readiness,
    sts_cover.tls_proof,
    sts_history.sts_age,
    bimi.bimi_found,
    bimi.bimi_policies,
    bimi.bimi_alias,
    bimi.bimi_picture,
    bimi.bimi_mark,
    tls_rpt.tls_rpt_found,
    tls_rpt.tls_rpt_alias,
    tls_rpt.tls_report_reach,
    tls_rpt.tls_insisted,
    parking.parking,
    helo.helo_form,
    helo.helo_lookup,
    reverse.mail_addresses,
    reverse.mail_role,
    reverse.reverse_names,
    reverse.confirmation,
    sender.sender_check,
    dnsbl.listing,
    dnsbl.listed_names,
    dnsbl.name_listing,
    dnsbl.approvals,
    dnsbl.name_approvals,
    smtp.contact,
    smtp.reach,
    smtp.ipv6_reach,
    banner.greeting,
    banner.greeting_name,
    smtp.start_tls,
    smtp.neighbours_start_tls,
    smtp.handshake,
    extensions.extensions,
    certificate.shown,
    certificate.judged_chain,
    certificate.host_certificates,
    revocation.revocation,
    tls_context.tls_context,
    tls_terms.old_tls,
    tls_terms.ssl3,
    tls_terms.bad_suites,
    tls_terms.static_keys,
    tls_terms.diffie_hellman,
    tls_terms.older_habits,
    tls_terms.post_quantum,
    tls_terms.other_certificate,
    tls_terms.clear_commands,
    dnssec_domain.domain_security,
    dnssec_bogus.bogus_found,
    dnssec_confirmation.resolver_view,
    dane.dane_hosts,
    dane.host_tlsa,
    dane.host_keys,
    dane.dane_match,
    senders.sender_paths,
    caa.caa_set,
    caa.policy_host,
    caa.certificates_in_use,
    relocation.move_sight,
)
FANS: tuple[Callable[..., Children[Any]], ...] = (
    dnsbl.list_zones,
    mx.hosts,
    mx.servers,
    reverse.addresses,
    helo.helo_names,
    dnsbl.list_entries,
    dnsbl.names_listed,
    dnsbl.name_entries,
    dkim.selectors,
    dmarc_reports.report_mailboxes,
    subdomains.subdomains,
    zone_delegation.each_name_server,
    zone_service.each_address,
    dkim_census.shared_keys,
    caa.certified_names,
    submission.submission_servers,
    submission.submissions_servers,
)
CONSTANTS: frozenset[type] = frozenset(
    {
        Settings,
        DomainOptions,
        Blocklists,
        Issuers,
        Providers,
        Selectors,
        Thresholds,
        TrustStore,
        circumstances.Circumstances,
        vantage.RunMoment,
        dnsbl.ListHealths,
        dkim_census.KeyCensus,
        dkim_history.Sightings,
        SecondOpinion,
        OwnProbes,
        relocation.Relocation,
        smtp.Mangled,
    }
)
