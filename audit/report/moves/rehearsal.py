"""A rehearsal on a terminal: what is new, gone and stays, then SPF, senders, and what binds others to the old hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from audit.catalog.migration import load_migrations, name_of
from audit.model.rehearsal import Fate, Passing, Rehearsal, SourceSeen, SpfBudget, Stand, Turned
from audit.model.report import Severity
from audit.report.pen import HUES, Pen
from audit.report.reasons import reason
from audit.report.words import moment, plural
from audit.syntax.escape import visible

HEADS: Mapping[Fate, str] = MappingProxyType(
    {
        Fate.NEW: "New with the planned records",
        Fate.GONE: "Gone with them",
        Fate.STAYS: "Stays as it is",
        Fate.UNCERTAIN: "Wrong now; not known for then",
        Fate.UNKNOWN: "Known now; not known for then",
    }
)
WORDS: Mapping[Stand, str] = MappingProxyType(
    {Stand.YES: "yes", Stand.NO: "no", Stand.UNKNOWN: "not known", Stand.NOT_APPLICABLE: "-"}
)
SGR: Mapping[Stand, str] = MappingProxyType(
    {Stand.YES: "32", Stand.NO: "31", Stand.UNKNOWN: "36", Stand.NOT_APPLICABLE: "2"}
)
MOST_UNSEEN = 10


def lines(told: Rehearsal, pen: Pen) -> Iterator[str]:
    """The rehearsal, line by line."""
    yield from (pen.paint(t, "1") for t in pen.write(title(told)))
    yield from pen.write(basis(told))
    yield from pen.write(read(told))
    for fate in (Fate.NEW, Fate.UNCERTAIN, Fate.GONE, Fate.STAYS):
        found = [t for t in told.findings if t.turn is fate]
        if found or fate is Fate.NEW:
            yield from _section(f"{HEADS[fate]} ({len(found)})", pen)
        if not found and fate is Fate.NEW:
            yield from pen.write("Nothing that was tested would be wrong that is not wrong now.", "  ")
        for each in found:
            yield from _turned(each, pen)
    yield from _untold(told, pen)
    yield from _section("SPF", pen)
    yield from pen.write(f"now: {cost(told.spf_now)}", "  ", "    ")
    yield from pen.write(f"then: {cost(told.spf_then)}", "  ", "    ")
    for term in told.spf_then.costs:
        yield from pen.write(term, "    ", "      ")
    if told.sources:
        yield from _section("Senders", pen)
        for source in told.sources:
            yield from _source(source, pen)
    else:
        yield from _section("Senders", pen)
        yield from pen.write("None was named: give each with --source IP,MAIL-FROM,SELECTOR.", "  ")
    yield from _binding(told, pen)


def title(told: Rehearsal) -> str:
    goal = load_migrations().of(told.goal) if told.goal else None
    to = f", as its mail moves to {name_of(goal)}" if goal else ""
    return f"{told.domain} with the records of {visible(told.planned.file, 200)}{to}"


def basis(told: Rehearsal) -> str:
    """What it rests on."""
    live = "; what that lacked was asked for" if told.asked_live else ""
    return (
        f"Judged for {moment(told.rehearsed_for)}, by what was observed on {moment(told.observed_at)}{live}. "
        f"Profile {told.profile}."
    )


def read(told: Rehearsal) -> str:
    """What was read of the planned records."""
    planned = told.planned
    kind = "the whole zone" if planned.whole else "some sets of records; all else stays as it is"
    count = plural(planned.records, "record")
    gone = f", {plural(planned.removed, 'set')} taken away" if planned.removed else ""
    aside = f" {planned.unjudged} that a signer makes were left aside." if planned.unjudged else ""
    changed = ", ".join(visible(s, 120) for s in planned.sets[:12]) or "nothing that was seen"
    more = f" and {len(planned.sets) - 12} more" if len(planned.sets) > 12 else ""
    return f"Read as {kind}: {count}{gone}.{aside} It changes {changed}{more}."


def cost(budget: SpfBudget) -> str:
    """What a record costs, in words."""
    if budget.record is None and budget.unknown:
        return f"not known. {reason(budget.unknown).sentence}"
    least = "at least " if budget.unknown else ""
    over = ": receivers stop with permerror" if budget.lookups > budget.allowed else ""
    text = f"{least}{plural(budget.lookups, 'lookup')} of {budget.allowed}{over}, {least}{budget.voids} in vain"
    return f"{text}, {plural(budget.octets, 'octet')}"


def severity(each: Turned) -> str:
    """The severity, or both where they differ."""
    now, then = each.severity_now, each.severity_then
    if each.turn is Fate.STAYS and now != then:
        return f"{now} → {then}"
    return then or now or ""


def sentence(each: Turned) -> str:
    """What is found, with its subject where that is another than the domain."""
    return each.message or each.title


def _section(text: str, pen: Pen) -> Iterator[str]:
    yield ""
    yield from (pen.paint(t, "1") for t in pen.write(text))


def _turned(each: Turned, pen: Pen) -> Iterator[str]:
    grade = severity(each)
    hue = HUES[Severity(each.severity_then or each.severity_now or "info")]
    text = f"{grade}  {each.rule}  {sentence(each)}"
    if each.reason and each.turn is Fate.UNCERTAIN:
        text += f" Not known for then: {reason(each.reason).sentence}"
    shown = pen.write(text, "  ", "    ")
    yield shown[0].replace(grade, pen.paint(grade, hue), 1) if grade else shown[0]
    yield from shown[1:]


def untold(told: Rehearsal) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What cannot be told for then, by its reason."""
    by: dict[str, dict[str, None]] = {}
    for each in told.findings:
        if each.turn is Fate.UNKNOWN:
            by.setdefault(each.reason or "", {})[each.rule] = None
    return tuple((why, tuple(rules)) for why, rules in by.items())


def _untold(told: Rehearsal, pen: Pen) -> Iterator[str]:
    groups = untold(told)
    unseen = told.planned.unseen
    if not groups and not unseen:
        return
    yield from _section(HEADS[Fate.UNKNOWN], pen)
    for why, rules in groups:
        yield from pen.write(f"{reason(why).sentence} {', '.join(rules)}", "  ", "    ")
    if unseen:
        hint = "" if told.asked_live else " --live asks for it."
        yield from pen.write(f"Nothing answers {plural(len(unseen), 'question')}:{hint}", "  ", "    ")
        for key in unseen[:MOST_UNSEEN]:
            yield from pen.write(key, "    ", "      ")
        if len(unseen) > MOST_UNSEEN:
            yield from pen.write(f"… and {len(unseen) - MOST_UNSEEN} more (--json names all).", "    ")


def _source(source: SourceSeen, pen: Pen) -> Iterator[str]:
    yield from pen.write(f"{source.ip}, mail from {visible(source.mail_from, 200)}", "  ", "    ")
    for label, passing in (("now", source.now), ("then", source.then)):
        word = WORDS[passing.dmarc]
        shown = pen.write(f"{label}: DMARC passes: {word}. {checks(passing)}", "    ", "      ")
        yield shown[0].replace(word, pen.paint(word, SGR[passing.dmarc]), 1)
        yield from shown[1:]


def checks(passing: Passing) -> str:
    """All checks of a sender in one line."""
    if not passing.checks:
        return "Nothing could be looked at."
    return "; ".join(f"{c.name}: {WORDS[c.state]} ({visible(c.detail, 300)})" for c in passing.checks) + "."


def bound(told: Rehearsal) -> str:
    """What senders hold, in words."""
    held = told.binding
    if held.unknown:
        return f"Whether an MTA-STS policy binds senders is not known. {reason(held.unknown).sentence}"
    if held.mode is None:
        return "No MTA-STS policy binds senders."
    text = (
        f"The MTA-STS policy of now, mode {held.mode}, is kept for {held.max_age} seconds: {', '.join(held.patterns)}."
    )
    if held.safe_from is not None:
        text += (
            f" It forbids hosts of then. If it is changed at once, the switch is safe from {moment(held.safe_from)} on."
        )
    return text


def _binding(told: Rehearsal, pen: Pen) -> Iterator[str]:
    yield from _section("What binds senders (MTA-STS, DANE)", pen)
    hue = "1;31" if told.binding.safe_from else ""
    yield from (pen.paint(t, hue) if hue else t for t in pen.write(bound(told), "  ", "  "))
    for host in told.binding.hosts:
        text = f"{host.host}: covered by the policy: {WORDS[host.covered]}; signed TLSA records: {WORDS[host.tlsa]}"
        yield from pen.write(f"{text} ({visible(host.detail, 300)})", "  - ", "    ")
    for remark in told.binding.remarks:
        yield from pen.write(remark, "  ", "  ")
