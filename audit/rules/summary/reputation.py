"""Is the sender of the domain listed?"""

from __future__ import annotations

from collections.abc import Iterable

from audit.model.report import DomainVerdict, Finding, Result, Severity, State, SubjectName
from audit.rules.summary.findings import Findings, answer, first, untested


def reputation(found: Findings, *, lists: bool) -> DomainVerdict:
    if not lists:
        return answer("reputation", State.UNKNOWN, "not tested", "No blocklist was asked in this run.")
    listed = found.fails("DNSBL-IP-LISTED", "DNSBL-POLICY")
    if listed:
        grave = [f for f in listed if f.severity is not Severity.LOW]
        return answer("reputation", State.BAD if grave else State.WARNING, "yes", first(listed), listed)
    unknown = found.unknown("DNSBL-IP-LISTED", "DNSBL-POLICY")
    if noted := found.remarks("DNSBL-IP-LISTED"):
        return answer("reputation", State.WARNING, "only noted", _noted(noted), noted)
    open_questions = {f.subject for f in unknown}
    clean = [f for f in found.of(("DNSBL-IP-LISTED",), Result.PASS) if f.subject not in open_questions]
    if clean:
        answered = f"any of the {len(clean)} look-ups that were" if len(clean) > 1 else "the one look-up that was"
        because = f"Not listed in {answered} answered.{_unasked(open_questions)}"
        return answer("reputation", State.GOOD, "no", because, unknown)
    if unknown:
        return answer("reputation", State.UNKNOWN, "could not test", untested(unknown), unknown)
    return answer("reputation", State.NOT_APPLICABLE, "no sender", "The domain has no address to look up.")


def _noted(noted: tuple[Finding, ...]) -> str:
    """What an address is listed for that is not known to be the domain's own sender."""
    unsettled = [f for f in noted if f.reason]
    said = (unsettled or noted)[0]
    address, _, blocklist = said.subject.name.partition(" ")
    if unsettled:
        return f"{address} is on {blocklist}; how much that matters could not be told ({said.reason})."
    return f"{address} is on {blocklist}, which matters little: it only takes mail, or is a provider's."


def _unasked(subjects: Iterable[SubjectName]) -> str:
    """How much more there was to ask the lists: look-ups, and addresses that could not even be found."""
    kinds = [s.kind for s in subjects]
    look_ups = kinds.count("list_entry")
    said = f" {look_ups} more look-up{'' if look_ups == 1 else 's'} could not be answered." if look_ups else ""
    return f"{said} There may be addresses that could not be found." if look_ups < len(kinds) else said
