"""`mxaudit spf plan`: a change of an SPF record before it is made, and the cheapest ways back within the limit."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import rich_click as click

from audit import contract
from audit.catalog.providers import load_providers
from audit.cli.asking import ask, asking_dns
from audit.cli.messages import UNFOLDED, UserError, coloured, folded
from audit.cli.spf_tree import named
from audit.cli.spf_words import count, counted, unseen
from audit.cli.terminal import columns
from audit.model.fact import Known, Unknown
from audit.model.subject import Domain
from audit.pipeline.exits import Exit
from audit.protocol.spf.lookups import MAX_TERMS, MAX_VOIDS
from audit.protocol.spf.path import out_of_reach, permerrors_below
from audit.protocol.spf.plan import PlanFault, SpfPlan, spf_plan, term
from audit.protocol.spf.tree import SpfTree
from audit.protocol.spf.ways import Change, Price, Way, keeps_limits, missing
from audit.report.words import plural
from audit.syntax import spf as syntax
from audit.syntax import spf_edit, zonefile
from audit.syntax.escape import octet_text, visible

SHOWN, MAX_WAYS = 100, 12
EPILOG = (
    "Exit codes: 0 the planned record keeps the limits; 1 it does not, or is a permerror for another reason; 2 the "
    "command is wrong, or the record cannot be so changed; 3 it cannot be told, as the DNS did not say."
)


@click.command(epilog=EPILOG)
@click.argument("domain")
@click.option("--add", "added", multiple=True, metavar="TERM", help="A term to put in, such as include:spf.example.")
@click.option("--remove", "removed", multiple=True, metavar="TERM", help="A term to take out, as the record has it.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@asking_dns
def plan(domain: str, **given: Any) -> None:
    """Tell what a change of the SPF record of DOMAIN would cost, and the cheapest ways back to ten lookups.

    Without --add and --remove it plans for the record as it is.
    """
    name = named(domain)
    try:
        added, removed = (tuple(term(text) for text in given[which]) for which in ("added", "removed"))
    except PlanFault as fault:
        raise UserError(visible(str(fault), 300)) from None
    fact = ask(spf_plan(Domain(name), added, removed, load_providers()), given)
    if isinstance(fact, Unknown):
        unknown = unseen(fact)
        shown = contract.pretty({"domain": name, "unknown": unknown}).decode() if given["as_json"] else None
        click.echo(shown or folded(f"{name}: the SPF record is not known. {unknown}"), nl=shown is None)
        sys.exit(Exit.INCOMPLETE)
    if isinstance(fact.value, PlanFault):
        raise UserError(f"{name}: {visible(str(fact.value), 300)}")
    if given["as_json"]:
        click.echo(contract.pretty(as_json(fact.value)), nl=False)
    else:
        click.echo("\n".join(as_text(fact.value, colour=coloured(given["color"], sys.stdout))), color=True)
    sys.exit(_exit(fact.value))


def _exit(plan: SpfPlan) -> Exit:
    after, opens = plan.after, _open(plan)
    if opens or not keeps_limits(after) or missing(after) or _circle(after) or permerrors_below(after):
        return Exit.FINDINGS
    return Exit.INCOMPLETE if after.lookups.hole or isinstance(plan.strangers, Unknown) else Exit.OK


def _open(plan: SpfPlan) -> tuple[str, ...]:
    """The terms by which everybody may send in the end; none where none is known."""
    return plan.strangers.value if isinstance(plan.strangers, Known) else ()


def _circle(tree: SpfTree) -> tuple[str, ...]:
    """The names of a circle that a record leads into; none where none is known."""
    return tree.loop.value if isinstance(tree.loop, Known) else ()


def as_json(plan: SpfPlan) -> Mapping[str, Any]:
    """A plan as data."""
    return {
        "domain": plan.after.root.name,
        "allowed": {"lookups": MAX_TERMS, "voids": MAX_VOIDS},
        "before": _budget(plan.before),
        "after": _budget(plan.after),
        "closed": plan.closed,
        "open": [octet_text(text, SHOWN) for text in _open(plan)],
        "ways": [_way(way, shown=plan.strangers == Known(())) for way in plan.ways],
        "cheapest": {
            "changes": [_change(change) for change in plan.changes],
            **_budget(plan.mended),
            "publish": list(publish(plan)),
        },
    }


def publish(plan: SpfPlan) -> tuple[str, ...]:
    """What to publish, as lines of a zone file: the record, and those that are needed at other names. Nothing, while it
    is not known that the record lets no stranger send."""
    if plan.strangers != Known(()):
        return ()
    name = plan.mended.root.name
    besides = [b for change in plan.changes for b in change.besides]
    texts = {at: [t for where, t in besides if where == at] for at, _ in besides}
    own = spf_edit.paste(name, plan.mended.root.found[0])
    return (*own, *(zonefile.txt(at, _together(each), whole_words=True) for at, each in texts.items()))


def _together(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else spf_edit.merged(map(syntax.parse, texts))


def _budget(tree: SpfTree) -> Mapping[str, Any]:
    return {
        "records": [octet_text(text, 1000) for text in tree.root.found],
        "lookups": counted(tree.lookups),
        "voids": counted(tree.voids),
        "octets": max((len(text) for text in tree.root.found), default=0),
        "out_of_reach": [octet_text(t.term.text, SHOWN) for t in out_of_reach(tree, MAX_TERMS)],
        "missing": [octet_text(s.term.text, SHOWN) for s in missing(tree)],
        "permerrors": [octet_text(f"{name}: {why}", 300) for name, why in permerrors_below(tree)],
        "circle": [octet_text(name, SHOWN) for name in _circle(tree)],
        "unknown": unseen(tree.lookups.hole),
    }


def _change(change: Change) -> Mapping[str, Any]:
    return {
        "remove": octet_text(change.term, SHOWN),
        "put": list(change.instead),
        "because": octet_text(change.because, 200),
        "price": str(change.price),
        "besides": [zonefile.txt(name, text, whole_words=True) for name, text in change.besides],
    }


def _way(way: Way, *, shown: bool) -> Mapping[str, Any]:
    return {
        **_change(way.change),
        "saves": way.saves,
        "lookups": counted(way.after),
        "record": octet_text(way.text, 4096) if shown else None,
    }


def as_text(plan: SpfPlan, *, colour: bool) -> Iterator[str]:
    """A plan for a person."""
    yield from _budgets(plan)
    if plan.after.lookups.hole:
        yield folded(f"A part is not known. {unseen(plan.after.lookups.hole)}")
    over = plan.after.lookups.exceeds(MAX_TERMS) == Known(True)
    if over:
        behind = ", ".join(octet_text(t.term.text, SHOWN) for t in out_of_reach(plan.after, MAX_TERMS))
        text = folded(f"Receivers stop at {MAX_TERMS}. Senders get permerror that are named by: {behind}.")
        yield click.style(text, fg="red") if colour else text
    broken = [f"{octet_text(s.term.text, SHOWN)}: {s.why}" for s in missing(plan.after)]
    broken += [octet_text(f"{name}: {why}", 300) for name, why in permerrors_below(plan.after)]
    if circle := _circle(plan.after):
        broken.append(f"it leads in a circle: {' → '.join(octet_text(name, SHOWN) for name in circle)}")
    for fault in broken:
        text = folded(f"A permerror for every sender behind it: {fault}.")
        yield click.style(text, fg="red") if colour else text
    if plan.closed:
        yield folded(
            "As it was, the record would let everybody send, now or once its errors are mended. So it is closed here."
        )
    wanted = plan.ways if over else tuple(w for w in plan.ways if w.change.price is Price.NOTHING)
    if wanted:
        yield ""
        yield folded(f"Ways {'back' if over else 'to spare lookups'}, the cheapest first:")
        yield from _ways(wanted)
    yield ""
    yield from _result(plan, over=over)


def _ways(found: tuple[Way, ...]) -> Iterator[str]:
    price: Price | None = None
    for way in found[:MAX_WAYS]:
        if way.change.price is not price:
            price = way.change.price
            yield folded(f"Price: {price}.", "  ")
        text = f"-{way.saves} to {count(way.after)}: {_done(way.change)} ({octet_text(way.change.because, 200)})"
        yield folded(text, "    ", "      ")
    if len(found) > MAX_WAYS:
        yield folded(f"… and {len(found) - MAX_WAYS} more, which cost more (--json shows all).", "    ", "      ")


def _done(change: Change) -> str:
    term_text = octet_text(change.term, SHOWN)
    if change.besides:
        return f"move {term_text} to {change.besides[0][0]}"
    if not change.instead:
        return f"leave out {term_text}"
    shown = " ".join(change.instead[:3]) + (" …" if len(change.instead) > 3 else "")
    return f"write {shown} instead of {term_text}"


def _result(plan: SpfPlan, *, over: bool) -> Iterator[str]:
    if over and not keeps_limits(plan.mended):
        text = f"No way that is known here leads back to {MAX_TERMS} lookups and {MAX_VOIDS} in vain. The best is:"
        yield folded(text)
    elif plan.changes:
        yield f"The cheapest leads to {count(plan.mended.lookups)}:"
    elif plan.strangers == Known(()):
        yield "The record to publish:"
    else:
        yield folded(_unpublished(plan))
        return
    yield from (folded(_done(change), "  ", "    ") for change in plan.changes)
    yield ""
    yield from publish(plan) or (folded(_unpublished(plan)),)


def _unpublished(plan: SpfPlan) -> str:
    if terms := _open(plan):
        shown = ", ".join(octet_text(t, SHOWN) for t in terms)
        return f"No record is given to publish, as everybody could send by {shown}."
    if isinstance(plan.strangers, Unknown):
        return f"No record is given to publish, as it is not known whom it would let send. {unseen(plan.strangers)}"
    return "The record is too long to be pasted."


def _budgets(plan: SpfPlan) -> Iterator[str]:
    """What both records cost: a table, or lines where the terminal is too narrow for one."""
    head = f"{'':8}{'lookups':>18}  {'in vain':>16}  octets"
    roomy = len(head) <= columns(UNFOLDED)
    if roomy:
        yield head
    for label, tree in (("before", plan.before), ("after", plan.after)):
        octets = max((len(text) for text in tree.root.found), default=0)
        lookups, voids = count(tree.lookups), count(tree.voids)
        if roomy:
            yield f"{label:<8}{f'{lookups} of {MAX_TERMS}':>18}  {f'{voids} of {MAX_VOIDS}':>16}  {octets:>6}"
        else:
            costs = f"{lookups} lookups of {MAX_TERMS}, {voids} in vain of {MAX_VOIDS}"
            yield folded(f"{costs}, {plural(octets, 'octet')}", f"{label:<8}")
