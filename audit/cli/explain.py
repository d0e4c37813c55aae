"""`mxaudit explain`: what a rule finds, why that matters, and what to do."""

from __future__ import annotations

import sys

import rich_click as click

from audit import contract
from audit.cli import completing
from audit.cli.messages import UserError, coloured
from audit.cli.terminal import columns
from audit.report.explanation import text
from audit.report.words import plural
from audit.rules.explanation import explanation, nearest
from audit.rules.registry import RULES, named
from audit.syntax.escape import visible


@click.command()
@click.argument("rule", metavar="RULE", shell_complete=completing.rules)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def explain(rule: str, color: str, *, as_json: bool) -> None:
    """Explain RULE, such as SPF-LOOKUPS: what it finds, why that matters, and what to do."""
    try:
        told = explanation(named(rule.upper()))
    except KeyError:
        raise UserError(f"There is no rule {visible(rule, 80)}. {_hint(rule)}") from None
    if as_json:
        click.echo(contract.pretty(told), nl=False)
        return
    click.echo(text(told, colour=coloured(color, sys.stdout), width=columns()), nl=False, color=True)


def _hint(word: str) -> str:
    """What somebody may have meant: one rule, or those that begin alike."""
    alike = [rule.id for rule in RULES if rule.id.startswith(f"{word.upper().removesuffix('-')}-")]
    if alike:
        return f"{plural(len(alike), 'rule begins', 'rules begin')} so, such as {alike[0]}; `mxaudit rules` lists them."
    near = nearest(word)
    return f"Did you mean {near}?" if near else "`mxaudit rules` lists them."
