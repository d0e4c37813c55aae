"""Is the domain on a blocklist: its name, that of a host that takes its mail, or an address that sends or takes it?"""

from __future__ import annotations

from collections.abc import Iterable

from audit.model.report import DomainVerdict, Finding, Result, Severity, State, SubjectName
from audit.rules.summary.findings import Findings, answer, first, untested

LISTINGS = ("DNSBL-IP-LISTED", "DNSBL-DOMAIN-LISTED")
RULES = (*LISTINGS, "DNSBL-POLICY")
LOOK_UPS = frozenset({"list_entry", "name_entry"})


def reputation(found: Findings, *, lists: bool) -> DomainVerdict:
    if not lists:
        return answer("reputation", State.UNKNOWN, "not tested", "No blocklist was asked in this run.")
    listed = found.fails(*RULES)
    if listed:
        grave = [f for f in listed if f.severity is not Severity.LOW]
        return answer("reputation", State.BAD if grave else State.WARNING, "yes", first(listed), listed)
    unknown = found.unknown(*RULES)
    if noted := found.remarks(*LISTINGS):
        return answer("reputation", State.WARNING, "only noted", _noted(noted), noted)
    open_questions = {f.subject for f in unknown}
    clean = [f for f in found.of(LISTINGS, Result.PASS) if f.subject not in open_questions]
    if clean:
        answered = f"any of the {len(clean)} look-ups that were" if len(clean) > 1 else "the one look-up that was"
        because = f"Not listed in {answered} answered.{_unasked(open_questions)}"
        return answer("reputation", State.GOOD, "no", because, unknown)
    if unknown:
        return answer("reputation", State.UNKNOWN, "could not test", untested(unknown), unknown)
    return answer("reputation", State.NOT_APPLICABLE, "nothing to look up", "The domain has no address to look up.")


def _noted(noted: tuple[Finding, ...]) -> str:
    """What is listed and matters little, or nobody knows how much."""
    unsettled = [f for f in noted if f.reason]
    said = (unsettled or noted)[0]
    address, _, blocklist = said.subject.name.partition(" ")
    if unsettled:
        return f"{address} is on {blocklist}; how much that matters could not be told ({said.reason})."
    if said.rule != "DNSBL-IP-LISTED":
        return f"{address} is on {blocklist}, a list of little weight."
    return f"{address} is on {blocklist}, which matters little: it only takes mail, or is a provider's."


def _unasked(subjects: Iterable[SubjectName]) -> str:
    """How much more there was to ask the lists: look-ups, and addresses that could not even be found."""
    kinds = [s.kind for s in subjects]
    look_ups = sum(kind in LOOK_UPS for kind in kinds)
    said = f" {look_ups} more look-up{'' if look_ups == 1 else 's'} could not be answered." if look_ups else ""
    return f"{said} There may be more to look up that could not be found." if look_ups < len(kinds) else said
