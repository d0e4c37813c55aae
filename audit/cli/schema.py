"""`mxaudit schema`: the published schemas."""

from __future__ import annotations

import rich_click as click

from audit import contract


@click.command()
@click.argument("name", metavar="NAME", type=click.Choice(contract.SCHEMAS))
def schema(name: str) -> None:
    """Print the JSON Schema NAME, such as report, waivers or config."""
    click.echo(contract.schema_text(name), nl=False)
