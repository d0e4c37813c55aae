"""The DKIM keys that were found (RFC 6376 section 3.6.1). Selectors cannot be listed, so that none was found says
nothing, but where the name above them all does not exist, or the owner has named his."""

from __future__ import annotations

from collections.abc import Iterator

from audit.report.compliance.dmarc_measures import CUT
from audit.report.compliance.reading import Reading, open_by
from audit.report.compliance.seen import Seen
from audit.syntax import dkim

NONE, NOT_FOUND = "DKIM-NONE", "DKIM-NOTFOUND"
USELESS = (
    "DKIM-CONFIGURED-MISSING",
    "DKIM-CNAME-DANGLING",
    "DKIM-REVOKED",
    "DKIM-SYNTAX",
    "DKIM-KEYTYPE",
    "DKIM-HASH",
    "DKIM-SERVICE",
    "DKIM-RSA-BITS",
    "DKIM-ED25519-LEN",
    "DKIM-MULTI-TXT",
)
SHORT = ("DKIM-RSA-BITS", "DKIM-RSA-1024")


def keys(seen: Seen, _: str) -> Reading:
    """How many keys were found that verifiers of mail take; there may be more."""
    found = tuple(evidence for key, evidence in _keys(seen) if key is not None and key.taken)
    if found:
        return Reading(len(found), evidence=found)
    if failed := seen.fails(NONE):
        return Reading(0, findings=failed, evidence=_shown(seen))
    if hole := open_by(seen, NONE, NOT_FOUND, *USELESS):
        return hole
    if any(key is None for key, _ in _keys(seen)):
        return Reading(reasons=(CUT,))
    if failed := seen.fails(NOT_FOUND, *USELESS):
        return Reading(0, findings=failed, evidence=_shown(seen))
    return Reading() if not {NONE, NOT_FOUND} & seen.passed else Reading(reasons=("dkim.selectors_unknown",))


def rsa_bits(seen: Seen, _: str) -> Reading:
    """The length of the shortest RSA key that was found; nothing is said where all are of another kind."""
    found = [(key.bits, evidence) for key, evidence in _keys(seen) if key is not None and key.usable and key.bits]
    shown = tuple(evidence for _, evidence in found)
    if hole := open_by(seen, *SHORT):
        return hole
    if any(key is None for key, _ in _keys(seen)):
        return Reading(reasons=(CUT,))
    if not found:
        return Reading(evidence=shown)
    return Reading(min(bits for bits, _ in found), findings=seen.fails(*SHORT), evidence=shown)


def _keys(seen: Seen) -> Iterator[tuple[dkim.DkimKey | None, str]]:
    """The keys of the report with their probes; None for one that it shows in part."""
    for record in seen.records("dkim"):
        cut = {value.at for value in record.truncated}
        whole = [text for at, text in enumerate(record.values) if at not in cut]
        yield from ((dkim.parse(text), record.evidence) for text in whole if dkim.looks_like_key(text))
        if cut or record.left_out:
            yield None, record.evidence


def _shown(seen: Seen) -> tuple[str, ...]:
    return tuple(record.evidence for record in seen.records("dkim"))
