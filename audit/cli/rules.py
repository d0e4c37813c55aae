"""`mxaudit rules`: what is judged, and why."""

from __future__ import annotations

import rich_click as click

from audit import contract
from audit.rules.registry import RULES
from audit.rules.summary.domain_report import rule_text


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, with the texts.")
def rules(*, as_json: bool) -> None:
    """List the rules: id, severities, what they find."""
    if as_json:
        click.echo(contract.pretty(tuple(rule_text(r) for r in RULES)), nl=False)
        return
    widest = max(len(rule.id) for rule in RULES)
    for rule in RULES:
        levels = "/".join(str(s) for s in rule.severities)
        click.echo(f"{rule.id:<{widest}} {levels:<26} {rule.title}")
