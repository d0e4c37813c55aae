"""`mxaudit spf`: SPF, as receivers come to it (RFC 7208)."""

from __future__ import annotations

import rich_click as click

from audit.cli.spf_check import check
from audit.cli.spf_plan import plan
from audit.cli.spf_tree import tree


@click.group()
def spf() -> None:
    """Look into SPF: who may send, what it costs, and what a receiver makes of one client."""


spf.add_command(check)
spf.add_command(tree)
spf.add_command(plan)
