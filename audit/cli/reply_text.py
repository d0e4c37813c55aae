"""A reply explained on one screen: for somebody whose mail does not arrive, and who has little time."""

from __future__ import annotations

from collections.abc import Iterator

from audit.catalog.replies import Backoff
from audit.desk.diagnosis import Diagnosis
from audit.desk.rates import plan_for
from audit.desk.retry import waits
from audit.report.pen import NARROWEST, Pen

LABEL, INDENT = 10, "  "
RULES_SHOWN, WAITS_SHOWN = 4, 4
TRIES_SHOWN = 8
SIDES = {
    "ours": "the sender's side: you can mend it",
    "theirs": "the receiver's side",
    "recipient": "the recipient's side: the mailbox, or its domain",
    "network": "the network between",
    "none": "nobody's: nothing failed",
    "unknown": "not known",
}
SURE = {"high": "sure", "medium": "likely", "low": "a guess"}


def told(found: Diagnosis, *, colour: bool, width: int, planned: bool = False) -> str:
    """A diagnosis for a terminal of `width` columns (at least 32); `planned`: with its plan."""
    pen = Pen(colour, max(width, NARROWEST))
    codes = " ".join(filter(None, (str(found.code or ""), found.enhanced_code)))
    head = pen.write(f"{codes or 'No code'}: {found.kind.id}, {_lasting(found)}")
    hue = {True: "1;31", False: "1;33", None: "1"}[found.permanent] if found.kind.id != "ok" else "1;32"
    lines = [*(pen.paint(line, hue) for line in head), *pen.write(found.kind.meaning, INDENT), ""]
    for label, text in (*_rows(found), *(_planned(found) if planned else ())):
        lines += _beside(label, text, pen)
    return "\n".join(lines) + "\n"


def _lasting(found: Diagnosis) -> str:
    if found.kind.id == "ok":
        return "nothing failed"
    return {True: "permanent", False: "temporary", None: "permanent or not cannot be told"}[found.permanent]


def _rows(found: Diagnosis) -> Iterator[tuple[str, str]]:
    yield "reply", found.text
    if found.speaker or found.host:
        yield "said by", " at ".join(filter(None, (found.speaker, found.host)))
    yield "cause", found.cause
    yield "side", SIDES[found.side]
    for i, advice in enumerate(found.advice):
        yield "" if i else "do now", f"{i + 1}. {advice}"
    yield "retry", _retry(found)
    yield "address", _address(found)
    if found.rules:
        first, *more = found.rules[:RULES_SHOWN]
        yield "audit", f"`mxaudit explain {first}`{''.join(f', {rule}' for rule in more)}"
    yield "known by", _known_by(found)
    if found.cut:
        yield "note", "The text was longer than 64 KiB, and was cut."


def _retry(found: Diagnosis) -> str:
    plan = found.retry.backoff
    if plan is not None:
        return _plan(plan, permanent=found.permanent is True)
    return {
        "after_change": "not the same mail as it is; send it again when the cause is mended",
        "never": "no",
        "none": "nothing is to be tried again",
    }[found.retry.when]


def _plan(plan: Backoff, *, permanent: bool) -> str:
    steps = ", ".join(f"{_span(low)} to {_span(high)}" for low, high in waits(plan, WAITS_SHOWN))
    whose = "as a new mail, " if permanent else ""
    return (
        f"{whose}after {steps} … (each {plan.jitter:.0%} more or less, by chance); never less often than every "
        f"{_span(plan.cap_s)}; give up after {_span(plan.give_up_s)}"
    )


def _planned(found: Diagnosis) -> Iterator[tuple[str, str]]:
    """The tries one by one, and what else there is to keep to."""
    plan = plan_for(found)
    shown = plan.tries if len(plan.tries) <= TRIES_SHOWN else (*plan.tries[: TRIES_SHOWN - 1], plan.tries[-1])
    for i, each in enumerate(shown):
        skipped = "… " if i and each.number > shown[i - 1].number + 1 else ""
        text = f"{skipped}try {each.number}: {_span(each.earliest_s)} to {_span(each.latest_s)} after the refusal"
        yield "" if i else "plan", text
    yield "pace", plan.pace
    yield "stop", plan.stop
    for label, whom, facts in (("allows", "from an account there: ", plan.allows), ("asks", "", plan.asks)):
        for i, fact in enumerate(facts):
            told_by = f"({plan.provider}, looked up {fact.checked:%Y-%m-%d}: {fact.source})"
            yield "" if i else label, f"{whom}{fact.text} {told_by}"


def _span(seconds: int) -> str:
    """A time as a person says it: 48 min, 2.7 h, 5 days."""
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 48 * 3600:
        return f"{round(seconds / 3600, 1):g} h"
    return f"{round(seconds / 86400, 1):g} days"


def _address(found: Diagnosis) -> str:
    if found.suppress:
        return "suppress it: send it no more mail"
    if found.kind.suppress and found.permanent:
        return "keep it until a clearer reply says that it is gone"
    return "keep it"


def _known_by(found: Diagnosis) -> str:
    by = {
        "text": f"“{found.excerpt}” ({found.pattern})",
        "enhanced_code": f"the enhanced code {found.enhanced_code}{f' ({found.pattern})' if found.pattern else ''}",
        "code": f"the code {found.code} alone",
        "nothing": "nothing",
    }[found.basis]
    return f"{by}: {SURE[found.confidence]}"


def _beside(label: str, text: str, pen: Pen) -> list[str]:
    """A text and its label: in a column of labels, where there is room for one."""
    if pen.roomy:
        return pen.write(text, f"{INDENT}{label:<{LABEL}}", " " * (len(INDENT) + LABEL))
    return pen.write(f"{label}: {text}" if label else text, INDENT, INDENT * 2)
