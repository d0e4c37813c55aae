"""Is the domain on a blocklist: its name, that of a host that takes its mail, or an address that sends or takes it?

“No” is an answer of all the lists that were selected. A list that refused or did not answer may be the one that has the
domain, so without it nobody can say no, nor how grave it is where another has it. Only a list that is broken, for this
run and for everybody, has nothing to say and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from audit.model.report import DomainVerdict, Finding, Result, Severity, State, SubjectName
from audit.rules.summary.findings import Findings, answer, first, untested

LISTINGS = ("DNSBL-IP-LISTED", "DNSBL-DOMAIN-LISTED")
RULES = (*LISTINGS, "DNSBL-POLICY")
LOOK_UPS = frozenset({"list_entry", "name_entry"})
BROKEN = "dnsbl.broken"


def reputation(found: Findings, *, lists: bool) -> DomainVerdict:
    if not lists:
        return answer("reputation", State.UNKNOWN, "not tested", "No blocklist was asked in this run.")
    listed = found.fails(*RULES)
    if grave := [f for f in listed if f.severity is not Severity.LOW]:
        return answer("reputation", State.BAD, "yes", first(grave), listed)
    untold = found.untold(*RULES)
    unseen = tuple(f for f in untold if f.reason != BROKEN)
    open_questions = {f.subject for f in unseen}
    if said := listed or found.remarks(*LISTINGS):
        word, because = ("yes", first(listed)) if listed else ("only noted", _noted(said))
        if unseen:
            because = f"{because}{_unasked(open_questions - {f.subject for f in said})}"
            return answer("reputation", State.UNKNOWN, f"{word}, as far as tested", because, (*said, *unseen))
        return answer("reputation", State.WARNING, word, because, said)
    clean = [f for f in found.of(LISTINGS, Result.PASS) if f.subject not in open_questions]
    if clean:
        return _clean(len(clean), unseen, open_questions)
    if untold:
        return answer("reputation", State.UNKNOWN, "could not test", untested(untold), untold)
    return answer("reputation", State.NOT_APPLICABLE, "nothing to look up", "The domain has no address to look up.")


def _clean(count: int, unseen: tuple[Finding, ...], open_questions: set[SubjectName]) -> DomainVerdict:
    """Not listed, where that could be asked."""
    answered = f"any of the {count} look-ups that were" if count > 1 else "the one look-up that was"
    because = f"Not listed in {answered} answered.{_unasked(open_questions)}"
    if unseen:
        return answer("reputation", State.UNKNOWN, "not where tested", because, unseen)
    return answer("reputation", State.GOOD, "no", because)


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
