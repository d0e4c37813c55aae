"""`mxaudit rules`: what is judged, and why."""

from __future__ import annotations

from collections.abc import Iterator

import rich_click as click

from audit import contract
from audit.cli.terminal import WIDEST, columns
from audit.report.pen import Pen
from audit.report.prose import plain
from audit.rules.registry import RULES
from audit.rules.rule import Rule
from audit.rules.summary.domain_report import rule_text


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, with the texts.")
def rules(*, as_json: bool) -> None:
    """List the rules: id, severities, what they find."""
    if as_json:
        click.echo(contract.pretty(tuple(rule_text(r) for r in RULES)), nl=False)
        return
    click.echo("\n".join(_listed(columns(WHOLE))))


def _listed(width: int) -> Iterator[str]:
    """A line a rule, where it has room; in a narrow terminal, what it finds stands below its id."""
    pen = Pen(colour=False, width=width)
    for rule in RULES:
        levels = _levels(rule)
        if width >= WIDEST:
            yield from pen.write(plain(rule.title), f"{rule.id:<{ID}} {levels:<{LEVELS}} ")
        else:
            yield from pen.write(f"{rule.id} ({levels})", "", "  ")
            yield from pen.write(plain(rule.title), "  ")


def _levels(rule: Rule) -> str:
    return "/".join(str(s) for s in rule.severities)


ID, LEVELS = max(len(rule.id) for rule in RULES), max(len(_levels(rule)) for rule in RULES)
WHOLE = ID + LEVELS + 2 + max(len(rule.title) for rule in RULES)  # where nobody looks at a width, a rule is one line
