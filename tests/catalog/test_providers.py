"""Providers are told by whole labels, and nobody is taken for somebody else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest

from audit.catalog.providers import Providers, load_providers

# Includes that two providers share, because the one sends through the other: the owner is told.
SHARED = {"amazonses.com": "amazon-ses", "relay.mailchannels.net": "mailchannels"}


@pytest.fixture(scope="module")
def providers() -> Providers:
    return load_providers()


@pytest.mark.parametrize(
    ("name", "suffix", "matches"),
    [
        ("google.com", "google.com", True),
        ("aspmx.l.google.com", "google.com", True),
        ("ASPMX.L.Google.Com.", "google.com.", True),
        ("google.com.evil.net", "google.com", False),
        ("notgoogle.com", "google.com", False),
        ("com", "google.com", False),
        ("", "google.com", False),
    ],
)
def test_a_suffix_fits_by_whole_labels(providers: Providers, name: str, suffix: str, matches: bool) -> None:
    entry = replace(providers["google"], mx=(suffix,), spf=(suffix,), dkim=(suffix,))
    one = Providers(entries=(entry,))
    for found in (one.of_mx(name), one.of_include(name), one.of_key(name)):
        assert found == (entry if matches else None)


@pytest.mark.parametrize(
    ("host", "id"),
    [
        ("aspmx.l.google.com", "google"),
        ("alt3.aspmx.l.google.com", "google"),
        ("smtp.google.com.", "google"),
        ("aspmx5.googlemail.com", "google"),
        ("aspmx.l.google.com.evil.net", None),
        ("google.com.evil.net", None),
        ("xaspmx.l.google.com", None),
        ("contoso-com.mail.protection.outlook.com", "microsoft-365"),
        ("contoso-com.o-v1.mx.microsoft", "microsoft-365"),
        ("contoso-com.mail.eo.outlook.com", "microsoft-365"),
        ("outlook-com.olc.protection.outlook.com", "outlook-com"),
        ("in1-smtp.messagingengine.com", "fastmail"),
        ("mail.protonmail.ch", "proton"),
        ("mx01.mail.icloud.com", "icloud"),
        ("mx00.ionos.co.uk", "ionos"),
        ("mta7.am0.yahoodns.net", "yahoo"),
        ("mx3.mail.ovh.net", "ovh"),
        ("aspmx2.migadu.com", "migadu"),
        ("inbound-smtp.eu-west-1.amazonaws.com", "amazon-workmail"),
        ("ec2-192-0-2-1.compute-1.amazonaws.com", None),
        ("route2.mx.cloudflare.net", "cloudflare-email-routing"),
        ("mx0a-00123.gslb.pphosted.com", "proofpoint"),
        ("mx1-us1.ppe-hosted.com", "proofpoint-essentials"),
        ("eu-smtp-inbound-1.mimecast.com", "mimecast"),
        ("d1.a.ess.de.barracudanetworks.com", "barracuda"),
        ("mx-01-eu-west-1.prod.hydra.sophos.com", "sophos"),
        ("mail.example.org", None),
        ("", None),
    ],
)
def test_who_takes_the_mail(providers: Providers, host: str, id: str | None) -> None:
    found = providers.of_mx(host)
    assert (found and found.id) == id


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("_spf.google.com", "google"),
        ("google.com", None),
        ("_spf.google.com.evil.net", None),
        ("spf.protection.outlook.com", "microsoft-365"),
        ("%{ir}.%{v}.%{d}.spf.has.pphosted.com", "proofpoint"),
        ("eu._netblocks.mimecast.com", "mimecast"),
        ("12345.spf01.hubspotemail.net", "hubspot"),
        ("eu.mailgun.org", "mailgun"),
        ("amazonses.com", "amazon-ses"),
        ("relay.mailchannels.net", "mailchannels"),
        ("netblocks.dreamhost.com", "dreamhost"),
        ("spf.example.org", None),
    ],
)
def test_who_sends_the_mail(providers: Providers, name: str, id: str | None) -> None:
    found = providers.of_include(name)
    assert (found and found.id) == id


@pytest.mark.parametrize(
    ("alias", "id"),
    [
        ("selector1-contoso-com._domainkey.contoso.onmicrosoft.com", "microsoft-365"),
        ("selector2-contoso-com._domainkey.contoso.n-v1.dkim.mail.microsoft", "microsoft-365"),
        ("fm2.example.org.dkim.fmhosted.com", "fastmail"),
        ("protonmail2.domainkey.dexample.domains.proton.ch.", "proton"),
        ("s1.domainkey.u123.wl045.sendgrid.net", "sendgrid"),
        ("abcdef.dkim.amazonses.com", "amazon-ses"),
        ("dkim2.mcsv.net", "mailchimp"),
        ("b1.example-org.dkim.brevo.com", "brevo"),
        ("dkim.mail.microsoft.evil.example", None),
        ("mail.microsoft", None),
    ],
)
def test_who_signs_the_mail(providers: Providers, alias: str, id: str | None) -> None:
    found = providers.of_key(alias)
    assert (found and found.id) == id


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("contoso-com.mail.protection.outlook.com", "autodiscover.outlook.com"),
        ("contoso-com.mail.eo.outlook.com.", "autodiscover.outlook.com"),
        ("contoso-com.o-v1.mx.microsoft", "autodiscover.outlook.com"),
        ("contoso.mail.protection.office365.us", "autodiscover.office365.us"),
        ("contoso.mail.protection.partner.outlook.cn", "autodiscover.partner.outlook.cn"),
        ("aspmx.l.google.com", None),
    ],
)
def test_where_autodiscover_has_to_lead(providers: Providers, host: str, name: str | None) -> None:
    provider = providers.of_mx(host)
    assert provider is not None
    assert provider.autodiscover_of(host) == name


def test_each_of_its_mail_hosts_has_a_name_where_one_of_a_provider_has(providers: Providers) -> None:
    for entry in providers.entries:
        assert {bool(entry.autodiscover_of(f"x.{suffix}")) for suffix in entry.mx} <= {bool(entry.autodiscover)}


def test_the_longest_suffix_wins() -> None:
    known = load_providers()["google"]
    short, long = replace(known, id="short", mx=("example",)), replace(known, id="long", mx=("mx.example",))
    for entries in ((short, long), (long, short)):
        found = Providers(entries=entries).of_mx("a.mx.example")
        assert found is long


def test_ids_and_names_are_unique(providers: Providers) -> None:
    for names in ([e.id for e in providers.entries], [e.name for e in providers.entries]):
        assert len(names) == len(set(names))


def test_no_two_providers_share_a_suffix_unawares(providers: Providers) -> None:
    owners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for entry in providers.entries:
        for suffix in entry.mx:
            owners["mx", suffix].append(entry.id)
        for suffix in entry.spf:
            owners["spf", suffix].append(entry.id)
        for suffix in entry.dkim:
            owners["dkim", suffix].append(entry.id)
    shared = {suffix: ids[0] for (_, suffix), ids in owners.items() if len(ids) > 1}
    assert shared == SHARED


@pytest.mark.parametrize(
    ("id", "selectors"),
    [
        ("microsoft-365", ("selector1", "selector2")),
        ("fastmail", ("fm1", "fm2", "fm3", "fm4", "mesmtp")),
        ("proton", ("protonmail", "protonmail2", "protonmail3")),
        ("mailgun", ("smtp", "mailo", "k1", "mx", "pic", "krs", "mg", "pdk1", "pdk2")),
        ("amazon-ses", ()),
    ],
)
def test_selectors_of_a_provider(providers: Providers, id: str, selectors: tuple[str, ...]) -> None:
    assert providers[id].selectors == selectors


def test_what_is_unverified_is_said(providers: Providers) -> None:
    assert [e.id for e in providers.entries if e.unverified] == ["hetzner", "strato", "everlytic"]


def test_an_id_that_is_not_there(providers: Providers) -> None:
    with pytest.raises(KeyError):
        providers["nobody"]
