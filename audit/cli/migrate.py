"""`mxaudit migrate`: the mail of a domain moves from one provider to another."""

from __future__ import annotations

import rich_click as click

from audit.cli.migrate_plan import plan
from audit.cli.migrate_rehearse import rehearse
from audit.cli.migrate_verify import verify


@click.group()
def migrate() -> None:
    """Move the mail of a domain to another provider: plan it, step by step, with times and a way back."""


migrate.add_command(plan)
migrate.add_command(rehearse)
migrate.add_command(verify)
