"""A recipient of a mail that came back, and how what was said of it is explained.

A report has a status beside the words (RFC 3464 section 2.3.4), which counts where the words have none. Of several
texts on one recipient that one decides which is told by its words; whether the refusal lasts is told by the first. That
the time of a mail was over is no cause: what is said beside it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from audit.catalog.bounces import BounceReason, Bounces
from audit.catalog.replies import load_replies
from audit.desk.bounce.notice import MAX_SAID
from audit.desk.bounce.reason import reason_of
from audit.desk.diagnosis import Diagnosis, diagnose
from audit.syntax.delivery_status import STATUS

NOTHING_SAID = re.compile(r"[245]\.0\.0")
SURE = {"high": 3, "medium": 2, "low": 1}
DELIVERED = frozenset({"delivered", "relayed", "expanded"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A recipient of a mail that came back, or that somebody complained of. Unknown things are "" or null.

    `action`: failed, delayed, delivered, relayed, expanded. `told` is null where nothing is to be explained.
    """

    address: str
    original: str
    action: str
    host: str
    reply: str
    status: str
    told: Diagnosis | None
    reason: BounceReason
    permanent: bool | None
    suppress: bool


EXPIRED = re.compile(
    r":? ?retry time(?:out)? (?:exceeded|not reached[^:]{0,60})|[^.:;]{0,40}\bexpired\b[:.;]?|"
    r"[^.:;]{0,60}\bin the queue too long",
    re.IGNORECASE,
)
REPLIED = re.compile(r"[245][0-9]{2}[ -]")


def composed(status: str, said: str) -> str:
    """A reply as a report has it, in the form that the engine reads: the status counts where the words have none."""
    said = said[:MAX_SAID]
    vague = not status or NOTHING_SAID.fullmatch(status)
    if said and (STATUS.search(said) or (vague and REPLIED.match(said))):
        return said
    if not said:
        return f"Status: {status}" if status else ""
    return f"Status: {status}\nDiagnostic-Code: smtp; {said}" if status else said


def best(texts: list[str], at: str) -> Diagnosis | None:
    """The first that is told by its words; else the surest. Whether it lasts is always told by the first."""
    found = [diagnose(text, host=at) for text in texts]
    if not found:
        return None
    first = found[0]
    if first.pattern == "expired":  # that the time was over is no cause; what is said beside it may be
        inner = diagnose(EXPIRED.sub(" ", texts[0]), host=at)
        if inner.basis == "text" and inner.pattern != "expired":
            return replace(inner, permanent=first.permanent if first.code or first.enhanced_code else True)
    if first.basis == "text" and first.confidence != "low" and first.kind.id != "unknown":
        return first
    surest = max(found, key=_weight)
    same = first.permanent is None or surest.permanent is None or first.permanent is surest.permanent
    return surest if same else first


def _weight(told: Diagnosis) -> tuple[bool, bool, int]:
    return told.kind.id != "unknown", told.basis == "text", SURE[told.confidence]


def returned(
    address: str,
    told: Diagnosis | None,
    known: Bounces,
    *,
    action: str,
    at: str,
    said: str,
    status: str,
    whole: bool,
    original: str = "",
) -> Returned:
    """A recipient, explained. `whole`: nothing of what was said was lost; else only clear words give an address up."""
    permanent = told.permanent if told else None
    if action in DELIVERED:
        told, permanent = diagnose("250 2.0.0"), None
    elif action == "delayed" and (told is None or told.code is None):
        permanent = False
    elif told and told.code is None and not told.enhanced_code:
        permanent = True if whole and action == "failed" else None  # the server has given it up
    if told and not whole and told.kind.suppress and (told.basis != "text" or told.confidence != "high"):
        told = replace(told, kind=load_replies()["unknown"], suppress=False)  # what is lost may have said otherwise
    suppress = told is not None and told.suppress and permanent is True
    reply = " ".join(said.split())[:MAX_SAID]
    return Returned(
        address=address,
        original=original if original.lower() != address.lower() else "",
        action=action,
        host=at,
        reply=reply,
        status=status or (told.enhanced_code or "" if told else ""),
        told=told,
        reason=reason_of(told, known),
        permanent=permanent,
        suppress=suppress,
    )
