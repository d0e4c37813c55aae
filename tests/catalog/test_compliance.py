"""Compliance profiles are found by name, and each says what it is, as of when, and by which text."""

from __future__ import annotations

import hashlib
import re

import pytest

from audit.catalog import tables
from audit.catalog.compliance import compliance_names, compliance_profiles, load_compliance
from audit.catalog.profiles import profile_names, profiles
from audit.catalog.tables import CatalogError
from audit.model.compliance import Applies, ComplianceProfile, Criticality

IDS = [
    "au-ism",
    "bod-18-01",
    "bsi-tr-03108",
    "bsi-tr-03182",
    "bulk-apple",
    "bulk-google",
    "bulk-microsoft",
    "bulk-yahoo",
    "m3aawg",
    "nis2-2024-2690",
    "nist-800-177",
    "nl-comply-or-explain",
    "nz-sge",
    "pci-dss",
    "scuba-exo",
    "uk-government",
]
EVERY = pytest.mark.parametrize("profile", compliance_profiles(), ids=lambda profile: profile.id)


def test_the_profiles_that_are_shipped() -> None:
    assert list(compliance_names()) == IDS
    assert not set(IDS) & set(profile_names())  # `--profile` takes both kinds


@EVERY
def test_a_profile_has_the_digest_of_its_file(profile: ComplianceProfile) -> None:
    octets = tables.shipped().joinpath("compliance", f"{profile.id}.toml").read_bytes()
    assert profile.digest == hashlib.sha256(octets).hexdigest()


@EVERY
def test_texts_are_sentences(profile: ComplianceProfile) -> None:
    for control in profile.controls:
        for text in (control.meaning, control.attestation or "X.", control.untested or "X."):
            assert re.fullmatch(r"[A-Z0-9].*\.", text), control.id
        assert not control.title.endswith(".")
    assert profile.scope.endswith(".")
    assert profile.as_of <= profile.checked


@EVERY
def test_a_control_that_is_no_test_is_a_word_or_says_what_is_not_looked_at(profile: ComplianceProfile) -> None:
    for control in profile.controls:
        assert control.ways or control.attestation or control.untested


def test_what_could_not_be_held_to_its_text_is_a_draft() -> None:
    drafts = {p.id for p in compliance_profiles() if p.draft}
    assert drafts == {"bsi-tr-03108", "bsi-tr-03182", "nist-800-177"}
    for profile in compliance_profiles():
        if profile.draft:
            assert all(control.draft for control in profile.controls)
    nis2 = {c.id.partition("-")[0] for c in load_compliance("nis2-2024-2690").controls if c.draft}
    assert nis2 == {"6.7.2"}  # its letters were read in a draft of the annex


def test_no_profile_of_rules_leaves_a_rule_out() -> None:
    """A report tells which rules its run judged, not which a domain's own `profile=` did: of one that was left out
    there would be no result, as of one that had nothing to judge."""
    assert [profile.id for profile in profiles() if profile.without] == []


@pytest.mark.parametrize("name", ["pci-dss", "nis2-2024-2690"])
def test_what_names_no_protocol_is_supported_only(name: str) -> None:
    tested = [control for control in load_compliance(name).controls if control.ways]
    assert {control.criticality for control in tested} == {Criticality.INFORMATIVE}
    assert all(
        "support" in control.title or "evidence" in control.title or "practice" in control.title for control in tested
    )


@pytest.mark.parametrize(
    "name",
    ["uk-government", "m3aawg", "nl-comply-or-explain", "nis2-2024-2690", "nist-800-177"],
)
def test_a_set_for_domains_without_mail(name: str) -> None:
    assert any(control.applies is Applies.PARKED for control in load_compliance(name).controls)


@pytest.mark.parametrize(
    ("name", "said"),
    [("nzsge", "did you mean 'nz-sge'?"), ("???", "there is au-ism, "), ("../../etc/passwd", "there is au-ism, ")],
)
def test_a_profile_that_is_not_there(name: str, said: str) -> None:
    with pytest.raises(CatalogError, match="There is no compliance profile") as caught:
        load_compliance(name)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 500
