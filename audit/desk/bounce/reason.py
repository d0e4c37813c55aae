"""Why a mail came back: finer than the class of a reply, and with a name in sisimai for each.

What told the class tells the reason, in the same order: the pattern of the text, the enhanced code, the class. Where a
class has several reasons, words of the reply choose among them.
"""

from __future__ import annotations

from audit.catalog.bounces import BounceReason, Bounces
from audit.catalog.replies import holding
from audit.desk.diagnosis import Diagnosis


def reason_of(told: Diagnosis | None, known: Bounces) -> BounceReason:
    """The reason of a reply; "unknown" where there is none."""
    if told is None:
        return known.reason("unknown")
    for reason in known.reasons:
        if told.pattern is not None and told.pattern in reason.patterns:
            return reason
    if told.basis == "enhanced_code" and told.enhanced_code:
        detail = told.enhanced_code.partition(".")[2]
        for reason in known.reasons:
            if detail in reason.enhanced:
                return reason
    of_class = [reason for reason in known.reasons if told.kind.id in reason.classes]
    return next(
        (reason for reason in of_class if not reason.says or holding(reason.says, told.text)), known.reason("unknown")
    )
