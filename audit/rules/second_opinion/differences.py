"""The known differences between checkdmarc's verdicts and ours; docs/second-opinion.md tells why we hold to ours.

checkdmarc's verdict is known by the type of the error that it raises, never by its text, which changes from release to
release.
"""

from __future__ import annotations

from audit.model.opinion import Heard, Stance
from audit.model.value import dataclass
from audit.rules.second_opinion.ours import Ours

VALID = "valid"
OTHER_RECORD, OTHER_POLICY = "other record", "other policy"


@dataclass(frozen=True, slots=True)
class Difference:
    """A class of differences: our causes, and what checkdmarc says to them."""

    id: str
    topic: str
    ours: frozenset[str]  # keys of CLAUSES
    theirs: frozenset[str]  # types of errors, VALID, OTHER_RECORD or OTHER_POLICY
    clause: str


def _of(topic: str, name: str, clause: str, *, ours: tuple[str, ...], theirs: tuple[str, ...]) -> Difference:
    return Difference(f"{topic}-{name}", topic, frozenset(ours), frozenset(theirs), clause)


SPF, DMARC, TLS_RPT = "spf", "dmarc", "tls-rpt"
ANY_DMARC = ("dmarc one", "dmarc p=none", "dmarc void", "dmarc none", "dmarc several")

DIFFERENCES: tuple[Difference, ...] = (
    _of(
        SPF,
        "capitals",
        "RFC 7208 section 12, RFC 5234 section 2.3",
        ours=("spf capitals",),
        theirs=("SPFSyntaxError",),
    ),
    _of(SPF, "behind-all", "RFC 7208 section 4.6", ours=("spf behind all",), theirs=(VALID,)),
    _of(SPF, "modifier", "RFC 7208 sections 4.6 and 12", ours=("spf modifier",), theirs=(VALID,)),
    _of(SPF, "domain", "RFC 7208 sections 4.6 and 7.1", ours=("spf domain",), theirs=(VALID,)),
    _of(SPF, "blanks", "RFC 7208 section 12", ours=("spf blanks",), theirs=(VALID,)),
    _of(SPF, "octets", "RFC 7208 sections 3.1 and 4.6", ours=("spf octets",), theirs=("SPFRecordNotFound", VALID)),
    _of(SPF, "exists", "RFC 7208 sections 4.6.4 and 5.7", ours=("spf exists",), theirs=(VALID,)),
    _of(
        SPF,
        "ptr",
        "RFC 7208 sections 4.6.4 and 5.5",
        ours=("spf ptr", "spf capitals"),
        theirs=("SPFTooManyVoidDNSLookups",),
    ),
    _of(DMARC, "unrelated", "RFC 9989 section 4.10", ours=ANY_DMARC, theirs=("UnrelatedTXTRecordFoundAtDMARC",)),
    _of(DMARC, "several", "RFC 9989 section 4.10, step 2", ours=ANY_DMARC, theirs=("MultipleDMARCRecords",)),
    _of(DMARC, "white-space", "RFC 9989 section 4.8", ours=ANY_DMARC, theirs=("DMARCRecordStartsWithWhitespace",)),
    _of(DMARC, "apex", "RFC 9989 section 4.10", ours=ANY_DMARC, theirs=("DMARCRecordInWrongLocation",)),
    _of(DMARC, "grammar", "RFC 9989 section 4.8", ours=("dmarc one", "dmarc p=none"), theirs=("DMARCSyntaxError",)),
    _of(DMARC, "duplicate", "RFC 9989 section 4.8", ours=("dmarc one", "dmarc p=none"), theirs=("InvalidDMARCTag",)),
    _of(DMARC, "value", "RFC 9989 section 4.8", ours=("dmarc one",), theirs=("InvalidDMARCTagValue",)),
    _of(DMARC, "policy", "RFC 9989 section 4.10.1", ours=("dmarc p=none",), theirs=("InvalidDMARCTagValue",)),
    _of(
        DMARC,
        "uri",
        "RFC 9989 sections 4.7 and 4.8",
        ours=("dmarc one", "dmarc p=none"),
        theirs=("InvalidDMARCReportURI",),
    ),
    _of(DMARC, "no-policy", "RFC 9989 section 4.10.1", ours=("dmarc void",), theirs=(VALID,)),
    _of(
        TLS_RPT,
        "space",
        "RFC 8460 section 3",
        ours=("tls-rpt none", "tls-rpt one"),
        theirs=(VALID, "MultipleSMTPTLSReportingRecords"),
    ),
    _of(
        TLS_RPT, "space-and-more", "RFC 8460 section 3", ours=("tls-rpt none",), theirs=("SMTPTLSReportingSyntaxError",)
    ),
    _of(
        TLS_RPT, "apex", "RFC 8460 section 3", ours=("tls-rpt none",), theirs=("SMTPTLSReportingRecordInWrongLocation",)
    ),
    _of(
        TLS_RPT,
        "uri",
        "RFC 3986 appendix A, RFC 6068 section 2",
        ours=("tls-rpt one",),
        theirs=("SMTPTLSReportingSyntaxError",),
    ),
    _of(
        TLS_RPT,
        "octets",
        "RFC 8460 section 3",
        ours=("tls-rpt octets",),
        theirs=("SMTPTLSReportingRecordNotFound", VALID),
    ),
)


def differs(ours: Ours, heard: Heard) -> str | None:
    """How the other verdict differs: what stands in `theirs` of a Difference. None where both say the same."""
    if ours.stance is not heard.stance:
        return heard.kind or VALID
    if ours.stance is not Stance.VALID:
        return None
    if ours.at != heard.at:
        return OTHER_RECORD
    return OTHER_POLICY if ours.policy != heard.policy else None


def explained(topic: str, ours: Ours, theirs: str) -> Difference | None:
    """The class of a difference; None where it is not known, or known for some of our causes only."""
    found = [_known(topic, cause, theirs) for cause in ours.causes]
    return found[0] if all(found) else None


def _known(topic: str, cause: str, theirs: str) -> Difference | None:
    return next((d for d in DIFFERENCES if d.topic == topic and cause in d.ours and theirs in d.theirs), None)
