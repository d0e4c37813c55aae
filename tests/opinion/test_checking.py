"""What is heard of checkdmarc: its verdicts, told from the silence of the DNS, each domain as if it were the first."""

from __future__ import annotations

import sys

import pytest

from audit.model.opinion import Heard, Stance
from audit.opinion.checking import imported, opinion_on
from audit.opinion.words import MAX_WORDS
from tests.opinion.answers import DOMAIN, consultation

WELL = """
    story.example.             TXT  "v=spf1 a mx include:a.example -all"
    story.example.             A    192.0.2.1
    a.example.                 TXT  "v=spf1 ip4:192.0.2.1 -all"
    _dmarc.story.example.      TXT  "v=DMARC1; p=reject; sp=quarantine; rua=mailto:a@story.example"
    _smtp._tls.story.example.  TXT  "v=TLSRPTv1; rua=mailto:a@story.example"
"""


def heard(zone: str, topic: str) -> Heard:
    found = getattr(opinion_on(consultation(zone)), topic)
    assert isinstance(found, Heard)
    return found


def test_what_is_well_is_valid() -> None:
    opinion = opinion_on(consultation(WELL))
    assert (opinion.asked, opinion.failed) == (True, None)
    assert opinion.tool.startswith("checkdmarc 6.")
    assert opinion.spf == Heard(stance=Stance.VALID, lookups=3, voids=1)
    assert opinion.dmarc == Heard(stance=Stance.VALID, at=DOMAIN, policy="reject", subdomain_policy="quarantine")
    assert opinion.tls_rpt == Heard(stance=Stance.VALID)


SPF, DMARC, TLS = "story.example. TXT", "_dmarc.story.example. TXT", "_smtp._tls.story.example. TXT"


@pytest.mark.parametrize(
    ("topic", "zone", "stance", "kind"),
    [
        ("spf", "story.example. A 192.0.2.1", Stance.MISSING, "SPFRecordNotFound"),
        ("spf", f"{SPF} servfail", Stance.COULD_NOT_ASK, "SPFRecordNotFound"),
        ("spf", f"{SPF} timeout", Stance.COULD_NOT_ASK, "SPFRecordNotFound"),
        ("spf", f'{SPF} "v=spf1 foo -all"', Stance.INVALID, "SPFSyntaxError"),
        ("spf", f'{SPF} "v=spf1 include:a.example -all"', Stance.INVALID, "SPFRecordNotFound"),
        ("spf", f'{SPF} "v=spf1 redirect=a.example"', Stance.INVALID, "SPFRecordNotFound"),
        ("spf", f'{SPF} "v=spf1 include:a.example"\na.example. TXT refused', Stance.COULD_NOT_ASK, "SPFRecordNotFound"),
        ("spf", f'{SPF} "v=spf1 redirect=a.example"\na.example. TXT bogus', Stance.COULD_NOT_ASK, "SPFRecordNotFound"),
        ("spf", f'{SPF} "v=spf1 include:never.asked -all"', Stance.COULD_NOT_ASK, "SPFRecordNotFound"),
        ("spf", f'{SPF} "v=spf1 exists:x.y{" exists:x.y" * 10} -all"', Stance.INVALID, "SPFTooManyDNSLookups"),
        ("spf", f'{SPF} "v=spf1 a:never.asked -all"', Stance.VALID, ""),
        ("spf", f'{SPF} "v=spf1 a:never.asked a:never.asked mx:never.asked -all"', Stance.COULD_NOT_ASK, ""),
        ("spf", f'{SPF} "v=spf1 exp=never.asked -all"', Stance.VALID, ""),
        ("dmarc", f'{SPF} "x"', Stance.MISSING, "DMARCRecordNotFound"),
        ("dmarc", f"{DMARC} timeout\n{SPF} nodata", Stance.COULD_NOT_ASK, "DMARCError"),
        ("dmarc", f"_dmarc.example. TXT servfail\n{SPF} nodata", Stance.COULD_NOT_ASK, "DMARCError"),
        ("dmarc", f"{SPF} servfail", Stance.COULD_NOT_ASK, "DMARCRecordNotFound"),
        ("dmarc", f'{SPF} servfail\n_dmarc.example. TXT "v=DMARC1; p=none"', Stance.COULD_NOT_ASK, ""),
        ("dmarc", f'{SPF} servfail\n{DMARC} "v=DMARC1; p=none"', Stance.VALID, ""),
        ("dmarc", f'{DMARC} "v=DMARC1; p=x"', Stance.INVALID, "InvalidDMARCTagValue"),
        ("dmarc", f'{DMARC} "v=DMARC1; p=none"\n{DMARC} "v=DMARC1; p=reject"', Stance.INVALID, "MultipleDMARCRecords"),
        ("tls_rpt", f'{SPF} "x"', Stance.MISSING, "SMTPTLSReportingRecordNotFound"),
        ("tls_rpt", f"{TLS} servfail", Stance.COULD_NOT_ASK, "SMTPTLSReportingRecordNotFound"),
        ("tls_rpt", f'{TLS} "v=TLSRPTv1; rua=x"', Stance.INVALID, "SMTPTLSReportingSyntaxError"),
    ],
)  # fmt: skip
def test_absence_fault_and_silence_are_told_apart(topic: str, zone: str, stance: Stance, kind: str) -> None:
    found = heard(zone, topic)
    assert (found.stance, found.kind) == (stance, kind), found.words


def test_its_numbers_are_kept() -> None:
    found = heard(f'{SPF} "v=spf1 exists:x.y{" exists:x.y" * 10} -all"', "spf")
    assert found.lookups == 11


def test_a_text_that_would_take_it_long_is_not_told() -> None:
    """It splits `rua` in a time that grows with the square of the spaces in it: 8 seconds for 60,000."""
    strings = " ".join([f'"{" " * 255}"'] * 230)
    assert heard(f'{TLS} "v=TLSRPTv1;rua=x" {strings} "y"', "tls_rpt").stance is Stance.COULD_NOT_ASK


def test_its_words_hide_nothing_and_are_cut() -> None:
    found = heard(f'{SPF} "v=spf1 \\027[31m{"x" * 2000} -all"', "spf")
    assert "\x1b" not in found.words
    assert len(found.words) <= MAX_WORDS


def test_what_it_does_not_mean_to_raise_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    imported()
    monkeypatch.setattr(sys.modules["checkdmarc.spf"], "parse_spf_record", broken)
    opinion = opinion_on(consultation(WELL))
    assert opinion.spf == Heard(stance=Stance.COULD_NOT_ASK, kind="ZeroDivisionError")
    assert opinion.dmarc is not None
    assert opinion.dmarc.stance is Stance.VALID


def test_a_domain_is_judged_as_if_it_were_the_first() -> None:
    other = WELL.replace("-all", "foo").replace("p=reject", "p=x").replace("v=TLSRPTv1", "v=x")
    first = opinion_on(consultation(WELL))
    assert opinion_on(consultation(other)) != first
    assert opinion_on(consultation(WELL)) == first


def test_no_cache_of_its_own_is_left_out() -> None:
    """Whatever holds what was heard before: found by looking at all that its modules hold."""
    opinion_on(consultation(WELL))
    held = [
        value
        for name, module in sys.modules.items()
        if name.split(".")[0] == "checkdmarc"
        for value in vars(module).values()
        if hasattr(value, "clear") and "Expiring" in type(value).__name__
    ]
    assert {id(c) for c in held} == {id(c) for c in imported().caches}
    assert any(held)
    imported().forget()
    assert not any(held)
