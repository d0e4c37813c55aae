"""What DMARC asks for (RFC 9989 section 4.7), by the record and by the policies that the report has worked out.

The row “policy” of the report's topic `dmarc` has a line for each kind of name, with what is asked in effect: t=y is
taken into account there, and the record of the organizational domain where that decides.
"""

from __future__ import annotations

import re

from audit.model.report import FoundRecord
from audit.report.compliance.reading import Reading
from audit.report.compliance.seen import NOT_JUDGED, Seen, untold
from audit.syntax import dmarc

POLICIES = ("missing", "none", "quarantine", "reject")
LINES = {"domain": "the domain", "subdomains": "existing subdomains", "nonexistent": "non-existent subdomains"}
ASKED = re.compile(r"(none|quarantine|reject) \(|(nothing); |could not be told \(([a-z0-9_.]{1,64})\)$(?!\n)")
PLACED = re.compile(r"record: (?:could not be told \(([a-z0-9_.]{1,64})\)|(\S+))$(?!\n)")
CUT = "report.cut"

RECORD = ("DMARC-MISSING", "DMARC-MULTIPLE", "DMARC-VERSION", "DMARC-P-MISSING", "DMARC-P-INVALID")
WEAK = {
    "domain": ("DMARC-P-NONE", "DMARC-P-QUARANTINE", "DMARC-T-Y"),
    "subdomains": ("DMARC-P-NONE", "DMARC-P-QUARANTINE", "DMARC-T-Y", "DMARC-SP-WEAK"),
    "nonexistent": ("DMARC-P-NONE", "DMARC-P-QUARANTINE", "DMARC-T-Y", "DMARC-SP-WEAK", "DMARC-NP"),
}
REPORTS = ("DMARC-RUA-MISSING", "DMARC-RUA-SYNTAX", "DMARC-RUA-SCHEME")


def policy(seen: Seen, kind: str) -> Reading:
    """What is asked for a kind of name; “missing” where nothing is."""
    row = _row(seen)
    if row is None:
        return Reading(reasons=untold(seen.unknown(*RECORD)) or (NOT_JUDGED,))
    line = next((v for v in row.values if v.startswith(f"{LINES[kind]}: ")), None)
    asked = ASKED.match(line, len(LINES[kind]) + 2) if line is not None else None
    if asked is None:
        return Reading(reasons=(CUT,), evidence=(row.evidence,))
    if asked[3]:
        return Reading(reasons=(asked[3],), evidence=(row.evidence,))
    findings = seen.fails(*RECORD, *WEAK[kind])
    return Reading(asked[1] or "missing", findings=findings, evidence=(row.evidence,))


def rua(seen: Seen, _: str) -> Reading:
    """The mailboxes that are sent reports, in small letters, without sizes."""
    row = _row(seen)
    if row is None:
        return Reading(reasons=untold(seen.unknown(*RECORD)) or (NOT_JUDGED,))
    placed = PLACED.match(row.values[0]) if row.values else None
    if placed is None or placed[1]:
        reason = placed[1] if placed else CUT
        return Reading(reasons=(reason,), evidence=(row.evidence,))
    if placed[2] == "none":
        return Reading((), findings=seen.fails(*RECORD), evidence=(row.evidence,))
    texts = _records(seen, f"_dmarc.{placed[2]}")
    if len(texts) != 1:
        return Reading(reasons=(CUT,), evidence=(row.evidence,))
    boxes = tuple(sorted({box for uri in dmarc.parse(texts[0]).rua if (box := _mailbox(uri))}))
    return Reading(boxes, findings=seen.fails(*REPORTS), evidence=(row.evidence,))


def rua_count(seen: Seen, kind: str) -> Reading:
    """How many mailboxes are sent reports."""
    read = rua(seen, kind)
    value = len(read.value) if isinstance(read.value, tuple) else None
    return Reading(value, read.reasons, read.findings, read.evidence)


def _row(seen: Seen) -> FoundRecord | None:
    return next((r for r in seen.records("dmarc") if r.type == "policy" and r.name == seen.domain), None)


def _records(seen: Seen, name: str) -> tuple[str, ...]:
    """The DMARC records at a name, as far as the report shows them whole."""
    texts: list[str] = []
    for record in seen.records("dmarc"):
        if (record.name, record.type) == (name, "TXT") and not record.left_out:
            cut = {value.at for value in record.truncated}
            texts += (t for at, t in enumerate(record.values) if at not in cut and dmarc.is_dmarc(t))
    return tuple(texts)


def _mailbox(uri: str) -> str | None:
    scheme, _, rest = uri.partition(":")
    return rest.partition("!")[0].partition("?")[0].lower() if scheme.lower() == "mailto" else None
