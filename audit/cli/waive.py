"""`mxaudit waive`: somebody accepts a failure, and says why."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import rich_click as click

from audit.cli import completing
from audit.cli.messages import FileError, UserError, unwritable
from audit.cli.settings import instant
from audit.model.report import Waiver
from audit.pipeline.handwritten import HandwrittenError, meant
from audit.pipeline.waivers import WAIVERS, add_waiver, is_day
from audit.rules.registry import RULES
from audit.syntax.escape import visible


@click.command()
@click.argument("rule", metavar="RULE", shell_complete=completing.rules)
@click.option("--domain", metavar="PATTERN", help="Of which domains, such as *.example.org; without it, of all.")
@click.option("--subject", metavar="PATTERN", help="Of which hosts, addresses …; without it, of all.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it is accepted: a sentence that others will read.")
@click.option("--owner", metavar="WHO", help="Who answers for it.")
@click.option("--expires", metavar="YYYY-MM-DD", help="The last day on which it holds (UTC); best always given.")
@click.option(
    "--waivers",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(WAIVERS),
    show_default=True,
    metavar="FILE",
    help="Where to: at its end; what is there stays as it is.",
)
@click.option("--now", metavar="RFC3339", help="Pretend that it is this time.")
def waive(
    rule: str,
    *,
    domain: str | None,
    subject: str | None,
    reason: str,
    owner: str | None,
    expires: str | None,
    file: Path,
    now: str | None,
) -> None:
    """Accept the findings of RULE: write a waiver, with the reason.

    They are shown from then on as waived, and fail no run. Quote a pattern, or the shell may take it for files.
    """
    today = (instant(now) if now else datetime.now(UTC)).date()
    known = [each.id for each in RULES]
    if rule not in known:
        raise UserError(f"There is no rule “{visible(rule, 64)}”.{meant(rule.upper(), known)}")
    if not reason.strip():
        raise UserError("--reason is empty: say why the failure is accepted.")
    if expires is not None and not is_day(expires):
        raise UserError(f"--expires takes a day, such as {today.year + 1}-06-30, not “{visible(expires, 40)}”.")
    if expires is not None and expires < today.isoformat():
        raise UserError(f"--expires {expires} is over already.")
    waiver = Waiver(
        rule=rule, domain=domain, subject=subject, reason=reason, owner=owner, expires=expires, expired=False
    )
    try:
        add_waiver(file, waiver)
    except HandwrittenError as error:
        raise FileError(str(error)) from None
    except OSError as error:
        raise unwritable(error, file) from None
    click.echo(f"{file} accepts {rule} {'until ' + expires if expires else 'without an end'}.", err=True)
