"""What another tool says, beside what we say: agreement, difference, and silence on either side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.model.opinion import Heard, SecondOpinion, Stance
from tests.rules.world import Case, check

VALID = Heard(stance=Stance.VALID)
SPF_INVALID = Heard(stance=Stance.INVALID, kind="SPFTooManyVoidDNSLookups", words="3/2 void lookups")
DMARC_VALID = Heard(stance=Stance.VALID, at="story.example", policy="none", subdomain_policy="none")
DMARC_INVALID = Heard(stance=Stance.INVALID, kind="InvalidDMARCTagValue", words="not a tag")
TLS_MISSING = Heard(stance=Stance.MISSING, kind="SMTPTLSReportingRecordNotFound", words="does not exist")
SPF_MISSING = Heard(stance=Stance.MISSING, kind="SPFRecordNotFound")
SILENT = Heard(stance=Stance.COULD_NOT_ASK, kind="SPFRecordNotFound")
ALL_VALID = SecondOpinion(asked=True, tool="other 1", spf=VALID, dmarc=DMARC_VALID, tls_rpt=VALID)
BROKEN = SecondOpinion(asked=True, failed="opinion.timeout")
ZONE = """
    story.example.             TXT  "v=spf1 ip4:192.0.2.1 -all"
    _dmarc.story.example.      TXT  "v=DMARC1; p=none; rua=mailto:a@story.example"
    _smtp._tls.story.example.  TXT  "v=TLSRPTv1; rua=mailto:a@story.example"
"""
SPF, DMARC, TLS_RPT = "SPF-SECOND-OPINION", "DMARC-SECOND-OPINION", "TLSRPT-SECOND-OPINION"


def case(rule: str, expected: str, why: str, opinion: SecondOpinion = ALL_VALID, zone: str = ZONE, **more: str) -> Case:
    reason = more.pop("reason", None)
    return Case(rule, expected, zone, why=why, opinion=opinion, reason=reason, arguments=dict(more) or None)


def with_silence(name: str) -> str:
    lines = (line for line in ZONE.splitlines() if not line.strip().startswith(name))
    return "\n".join([*lines, f"{name} TXT timeout"])


CASES = (
    case(SPF, "pass", "both say valid"),
    case(
        SPF,
        "fail",
        "it says invalid",
        replace(ALL_VALID, spf=SPF_INVALID),
        theirs="invalid (3/2 void lookups)",
        ours="valid (receivers can evaluate it)",
        clause="RFC 7208 section 4.6",
    ),
    case(
        SPF,
        "fail",
        "it says invalid, and the ledger tells why",
        replace(ALL_VALID, spf=SPF_INVALID),
        ZONE.replace("ip4:192.0.2.1", "ptr"),
        theirs="invalid (3/2 void lookups)",
        ours="valid (receivers can evaluate it)",
        clause="RFC 7208 sections 4.6.4 and 5.5",
    ),
    case(SPF, "pass", "both say missing", replace(ALL_VALID, spf=SPF_MISSING), "story.example. A 192.0.2.1"),
    case(SPF, "not_applicable", "nobody asked it", SecondOpinion(asked=False)),
    case(SPF, "unknown", "it could not ask", replace(ALL_VALID, spf=SILENT), reason="opinion.could_not_ask"),
    case(SPF, "unknown", "it did not end", BROKEN, reason="opinion.timeout"),
    case(
        SPF,
        "unknown",
        "our facts have a hole where it says missing",
        replace(ALL_VALID, spf=SPF_MISSING),
        with_silence("story.example."),
        reason="dns.timeout",
    ),
    case(
        SPF,
        "unknown",
        "an include is not known",
        ALL_VALID,
        'story.example. TXT "v=spf1 include:a.example -all"\na.example. TXT servfail',
        reason="dns.servfail",
    ),
    case(
        SPF,
        "fail",
        "eleven lookups beside an include that is not known",
        ALL_VALID,
        'story.example. TXT "v=spf1 include:a.example exists:b.example exists:c.example exists:d.example '
        "exists:e.example exists:f.example exists:g.example exists:h.example exists:i.example exists:j.example "
        'exists:k.example -all"\na.example. TXT servfail\n'
        + "\n".join(f"{letter}.example. A 127.0.0.2" for letter in "bcdefghijk"),
        theirs="valid",
        ours="invalid (it takes too many lookups)",
        clause="RFC 7208 section 4.6.4",
    ),
    case(DMARC, "pass", "both say the same"),
    case(
        DMARC,
        "fail",
        "it reads another policy",
        replace(ALL_VALID, dmarc=replace(DMARC_VALID, policy="reject")),
        theirs="valid (p=reject of story.example)",
        ours="valid (p=none of story.example)",
        clause="RFC 9989 section 4.10.1",
    ),
    case(DMARC, "fail", "it says invalid", replace(ALL_VALID, dmarc=DMARC_INVALID), theirs="invalid (not a tag)"),
    case(DMARC, "not_applicable", "nobody asked it", SecondOpinion(asked=False)),
    case(DMARC, "unknown", "our walk has a hole", zone=with_silence("_dmarc.story.example."), reason="dns.timeout"),
    case(TLS_RPT, "pass", "both say valid"),
    case(
        TLS_RPT,
        "fail",
        "it says missing",
        replace(ALL_VALID, tls_rpt=TLS_MISSING),
        theirs="missing (does not exist)",
        ours="valid (senders can use it)",
        clause="RFC 8460 section 3",
    ),
    case(TLS_RPT, "not_applicable", "nobody asked it", SecondOpinion(asked=False)),
    case(
        TLS_RPT,
        "unknown",
        "we could not ask",
        replace(ALL_VALID, tls_rpt=TLS_MISSING),
        with_silence("_smtp._tls.story.example."),
        reason="dns.timeout",
    ),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: Case) -> None:
    check(case)
