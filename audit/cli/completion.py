"""`mxaudit completion`: what a shell needs to complete commands, options and their values."""

from __future__ import annotations

import click as plain
import rich_click as click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_MXAUDIT_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script by which SHELL completes mxaudit: bash, zsh or fish."""
    found = get_completion_class(shell)
    if found is None:
        raise plain.UsageError(f"{shell} is not known.")
    click.echo(found(plain.Command("mxaudit"), {}, "mxaudit", VARIABLE).source())
