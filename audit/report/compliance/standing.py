"""Whether a domain sends mail, and whether it takes any: what is asked of it depends on that.

The report says it by the rules that look at nothing else first: DOMAIN-PARKED-INCOMPLETE is about domains without mail,
DKIM-NONE about those that send, MX-NULL and MX-NONE-NOADDR tell those that take none.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.model.compliance import Applies, ControlState
from audit.report.compliance.seen import NOT_JUDGED, Outcome, Seen, untold
from audit.report.reasons import reason

PARKED, KEYS = "DOMAIN-PARKED-INCOMPLETE", "DKIM-NONE"
NO_MAIL = ("MX-NULL", "MX-NONE-NOADDR")
NOBODY = "-all"


@dataclass(frozen=True, slots=True)
class Standing:
    """None where it could not be told; `reasons` say why."""

    sends: bool | None
    receives: bool | None
    reasons: tuple[str, ...]

    def bars(self, applies: Applies) -> Outcome | None:
        """Why a control of that kind is not judged for the domain; None where it is."""
        if applies is Applies.ALL:
            return None
        is_so = self.receives if applies is Applies.RECEIVES else self.sends
        if is_so is None:
            what = "takes" if applies is Applies.RECEIVES else "sends"
            reasons = self.reasons or (NOT_JUDGED,)
            why = " ".join(reason(code).sentence for code in reasons)
            because = (
                f"Whether this is asked of the domain is open, since it could not be told whether it {what} mail: {why}"
            )
            return Outcome(ControlState.NOT_ASSESSED, (because,), reasons=reasons)
        if is_so is (applies is not Applies.PARKED):
            return None
        return Outcome(ControlState.NOT_APPLICABLE, (WORDS[applies],))


WORDS = {
    Applies.SENDS: "The domain sends no mail: it is held to what is asked of such domains.",
    Applies.RECEIVES: "The domain takes no mail.",
    Applies.PARKED: "The domain sends mail, and this is asked of those that send none.",
}


def standing(seen: Seen) -> Standing:
    """How a domain stands, as its report tells."""
    parked = _about(seen, PARKED)
    sends = False if parked else _about(seen, KEYS)
    if sends is None and parked is False and _authorises(seen):
        sends = True
    receives = False if parked or seen.fails(*NO_MAIL) else None
    if receives is None and all(rule in seen.passed for rule in NO_MAIL):
        receives = True
    return Standing(sends, receives, untold(seen.unknown(PARKED, KEYS, *NO_MAIL)))


def _about(seen: Seen, rule: str) -> bool | None:
    """Whether the domain is one that a rule is about: it holds or fails there, and does not apply to others."""
    if rule in seen.passed or seen.fails(rule):
        return True
    aside = any(judged.rule == rule for judged in seen.report.not_applicable)
    return False if aside and not seen.unknown(rule) else None


def _authorises(seen: Seen) -> bool:
    """Whether the SPF record says more than that nobody sends."""
    drawing = seen.report.spf
    return drawing is not None and tuple(line.text.lower() for line in drawing.lines) != (NOBODY,)
