"""What came back, on one screen: how many mails of each kind, and what to do first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from audit.cli.reply_text import SIDES
from audit.desk.bounce.tally import Cause, Tally
from audit.report.pen import NARROWEST, Pen
from audit.report.words import plural

SHOWN, PLACES, ADVICE = 8, 3, 2
KINDS = {
    "bounce": "came back",
    "delayed": "still tried",
    "delivered": "delivered after all",
    "feedback": "complaints",
    "auto-reply": "answers of programs",
    "none": "no bounces",
    "unparseable": "could not be read",
}
INDENT = "   "


def summary(
    tally: Tally, failing: Mapping[str, Iterable[str]], *, sisimai: bool, redact: bool, colour: bool, width: int
) -> str:
    """The summary for a terminal of `width` columns. `failing`: rules that an audit found to fail,
    and where: of the senders' domains where the cause is the sender's, else of the recipients'."""
    pen = Pen(colour, max(width, NARROWEST))
    kinds = ", ".join(f"{tally.kinds[kind]:,} {words}" for kind, words in KINDS.items() if tally.kinds[kind])
    lines = pen.write(f"{plural(tally.mails, 'mail')}: {kinds or 'none'}.")
    causes = tally.causes()
    if not causes:
        return "\n".join(lines) + "\n"
    gone = plural(tally.suppress, "address", "addresses")
    lines += pen.write(
        f"{plural(tally.recipients, 'recipient')}; {gone} to send no more mail to (--format csv names them, column "
        "suppress)."
    )
    lines += ["", *(pen.paint(line, "1") for line in pen.write("What to do first"))]
    for number, cause in enumerate(causes[:SHOWN], 1):
        lines += ["", *_cause(number, cause, failing, pen, sisimai=sisimai, redact=redact)]
    if len(causes) > SHOWN:
        lines += ["", *pen.write(f"… and {plural(len(causes) - SHOWN, 'more reason')}; --format jsonl has all.")]
    return "\n".join(lines) + "\n"


def _cause(
    number: int, cause: Cause, failing: Mapping[str, Iterable[str]], pen: Pen, *, sisimai: bool, redact: bool
) -> Iterator[str]:
    name = cause.reason.sisimai if sisimai else cause.reason.id
    counts = f"{plural(cause.count, 'recipient')}, {cause.permanent:,} for good"
    yield from (pen.paint(line, "1") for line in pen.write(f"{number}. {name}: {counts}", "", INDENT))
    yield from pen.write(cause.reason.meaning, INDENT)
    if cause.sides:
        yield from pen.write(f"Side: {SIDES[cause.side]}", INDENT)
    if not redact and cause.places:
        most = ", ".join(f"{place} ({count:,})" for place, count in cause.places.most_common(PLACES))
        yield from pen.write(f"At: {most}{' …' if len(cause.places) > PLACES else ''}", INDENT)
    advice = cause.advice.most_common(1)[0][0] if cause.advice else ()
    if cause.suppress:
        words = f"Take {plural(cause.suppress, 'address', 'addresses')} off your lists: they get no more mail."
        yield from pen.write(f"- {words}", INDENT, f"{INDENT}  ")
    for text in advice[:ADVICE]:
        yield from pen.write(f"- {text}", INDENT, f"{INDENT}  ")
    rules = cause.rules.most_common(1)[0][0] if cause.rules else ()
    concerned = cause.senders if cause.side == "ours" else cause.places
    places = {rule: [d for d in failing.get(rule, ()) if d in concerned][:PLACES] for rule in rules}
    found = [f"{rule} at {', '.join(at)}" for rule, at in places.items() if at]
    if found:
        yield from pen.write(f"- The audit found: {'; '.join(found)}.", INDENT, f"{INDENT}  ")
    elif rules:
        yield from pen.write(f"- The audit tests it: `mxaudit explain {rules[0]}`.", INDENT, f"{INDENT}  ")
