"""`mxaudit advice`: what a mail provider asks of those who send through it, and to it."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime

import rich_click as click

from audit import contract
from audit.catalog.advice import AdviceFact, ProviderAdvice, load_advice
from audit.cli.messages import UserError, coloured
from audit.cli.terminal import columns
from audit.report.pen import NARROWEST, Pen
from audit.syntax.escape import visible

TOPICS = {
    "submission": "Sending through it",
    "login": "Logging in, today",
    "requirement": "Sending to it",
    "limit": "Limits",
    "page": "Pages for postmasters",
}
SURE = {"high": "", "medium": " (likely)", "low": " (not sure)"}
EPILOG = "Exit codes: 0 the provider is known; 2 it is not."


@click.command(epilog=EPILOG)
@click.argument("provider", metavar="[PROVIDER]", required=False)
@click.option(
    "--json", "as_json", is_flag=True, help="As JSON, with the source of each fact; without PROVIDER as a list."
)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def advice(provider: str | None, color: str, *, as_json: bool) -> None:
    """Tell what PROVIDER asks: hosts and ports, how to log in today, what senders must do, limits and pages.

    Without PROVIDER those that are known are listed. gmail, hotmail.com or m365 are understood, too.
    """
    found = None if provider is None else _found(provider)
    if as_json:
        click.echo(contract.pretty(found or load_advice().entries), nl=False)
        return
    pen = Pen(coloured(color, sys.stdout), max(columns(), NARROWEST))
    lines = _list(pen) if found is None else _entry(found, pen, datetime.now(UTC).date())
    click.echo("\n".join(lines), color=True)


def _found(word: str) -> ProviderAdvice:
    known = load_advice()
    found = known.of(word)
    if found is None:
        words = [w for e in known.entries for w in (e.id, *e.aliases)]
        near = difflib.get_close_matches(word[:100].casefold(), words, n=1, cutoff=0.6)
        hint = f"Did you mean {near[0]}?" if near else "`mxaudit advice` lists those that are."
        raise UserError(f"Nothing is known of a provider {visible(word, 80)}. {hint}")
    return found


def _list(pen: Pen) -> Iterator[str]:
    entries = load_advice().entries
    width = max(len(e.id) for e in entries) + 2
    for entry in entries:
        more = f" ({', '.join(entry.aliases)})" if entry.aliases else ""
        if pen.roomy:
            yield from pen.write(f"{entry.name}{more}", f"{entry.id:<{width}}")
        else:
            yield from pen.write(f"{entry.id}: {entry.name}", "", "  ")


def _entry(entry: ProviderAdvice, pen: Pen, today: date) -> Iterator[str]:
    """All facts of a provider, by topic. What is past its review is said to be old."""
    yield pen.paint(entry.name, "1")
    if entry.note:
        yield from pen.write(entry.note, "  ")
    for topic, title in TOPICS.items():
        facts = [fact for fact in entry.facts if fact.topic == topic]
        if facts:
            yield ""
            yield pen.paint(title, "1")
        for fact in facts:
            yield from pen.write(_told(fact, today), "  - ", "    ")
    yield ""
    checked = min(fact.checked for fact in entry.facts)
    yield from pen.write(f"Looked up on {checked}; the source of each is in `mxaudit advice {entry.id} --json`.")


def _told(fact: AdviceFact, today: date) -> str:
    since = f" [since {fact.since}]" if fact.since and fact.since <= str(today) else ""
    since = since or (f" [from {fact.since}]" if fact.since else "")
    old = " (to be looked up again: this may be out of date)" if fact.review_by < today else ""
    return f"{fact.text}{since}{SURE[fact.confidence]}{old}"
