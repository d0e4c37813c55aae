"""`mxaudit migrate verify`: how far a move has come, held against its plan."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import rich_click as click

from audit import contract
from audit.cli.asking import asking_dns
from audit.cli.messages import UserError, coloured, unwritable
from audit.cli.migrate_verify_text import text
from audit.cli.migrate_verify_watch import Watch, Way, looking, watched
from audit.cli.propagation import resolvers_of
from audit.cli.propagation_watch import clock
from audit.cli.settings import absent_name, dialling, instant
from audit.cli.terminal import columns
from audit.cli.whole import whole
from audit.model.migration import Plan
from audit.model.migration_check import MoveState, PlanCheck
from audit.pipeline.exits import Exit
from audit.pipeline.staging import Staging
from audit.protocol.migration.looking import MOST_NAMES, policy_url, wanted_by
from audit.report.pen import NARROWEST, Pen
from audit.syntax.escape import visible
from audit.syntax.names import NameFault, domain_name
from audit.syntax.planned import Place, PlannedFault
from audit.syntax.planned.record import read_type

CODES = {
    MoveState.DONE: Exit.OK,
    MoveState.UNDER_WAY: Exit.FINDINGS,
    MoveState.WRONG: Exit.FINDINGS,
    MoveState.UNKNOWN: Exit.INCOMPLETE,
}
EPILOG = (
    "Exit codes: 0 all steps are done; 1 not yet, or something is wrong; 2 the command or the plan is wrong; 3 it "
    "could not be told, since somebody was not heard; 4 a fault of mxaudit's own, or --seen cannot be written; 130 "
    "interrupted: what was seen until then is told."
)


@click.command(epilog=EPILOG)
@click.argument("plan", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--resolver",
    "resolvers",
    multiple=True,
    metavar="IP[:PORT]",
    help="Compare this resolver (repeat); default: the public ones that the catalogue knows to filter nothing.",
)
@click.option(
    "--seen",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep here since when steps are known to be done, and count the times of later ones from then.",
)
@click.option("--done", multiple=True, metavar="STEP=TIME", help="When a step was done (repeat), if you know better.")
@click.option("--watch", is_flag=True, help="Look again until all steps are done, or the one of --until.")
@click.option("--until", metavar="STEP", help="With --watch: until this step is done.")
@click.option(
    "--every", type=click.FloatRange(1, 86400), default=60.0, show_default=True, help="Seconds between looks."
)
@click.option("--watch-for", type=click.FloatRange(1), metavar="SECONDS", help="Watch for no longer than that.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.option(
    "--https-port", type=click.IntRange(1, 65535), default=443, show_default=True, help="Of the policy's host."
)
@click.option("--connect-to", multiple=True, metavar="ADDR:PORT:ADDR:PORT", help="Dial the second for the first.")
@click.option("--allow-net", multiple=True, metavar="CIDR", help="Treat this internal range as ordinary.")
@click.option("--now", metavar="TIME", help="The time to begin at, such as 2026-11-24T12:00:00Z; default: the clock's.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@asking_dns
def verify(plan: Path, **given: Any) -> None:
    """Hold a move against PLAN, which `migrate plan --json` wrote: what is done, under way, wrong, or left.

    All servers of the zone are asked for what each step leaves there, and resolvers for their copies of it; of the
    MTA-STS policy the file. Times are UTC.
    """
    faults: list[BaseException] = []
    octets = whole(plan)
    moving = _plan(plan, octets)
    watch = _watch(moving, contract.sha256(octets), given, faults.append)
    check, interrupted = watched(
        watch,
        until=given["until"],
        again=given["watch"],
        every=given["every"],
        patience=given["watch_for"],
    )
    if faults:
        raise faults[0]
    if given["seen"]:
        _keep(given["seen"], check)
    if given["as_json"]:
        click.echo(contract.pretty(check), nl=False)
    else:
        pen = Pen(coloured(given["color"], sys.stdout), max(columns(), NARROWEST))
        click.echo(text(check, pen), nl=False, color=True)
    sys.exit(Exit.INTERRUPTED if interrupted else CODES[check.outcome])


def _plan(path: Path, octets: bytes) -> Plan:
    """The plan that a file holds.

    Raises:
        UserError: it holds none, or one of more than can be looked at.
    """
    try:
        contract.check("migration", octets)
        plan = contract.load(octets, Plan)
    except contract.ContractError as error:
        shown = visible(str(path), 300)
        raise UserError(f"{shown} is not what `mxaudit migrate plan --json` writes: {error}") from None
    fault = _fault(plan)
    if fault:
        raise UserError(f"{visible(str(path), 300)} cannot be looked at: {fault}.")
    return plan


def _fault(plan: Plan) -> str | None:
    """Why no plan of ours is like this one; None where it may be one."""
    if isinstance(domain_name(plan.domain), NameFault):
        return f"“{visible(plan.domain, 60)}” is no domain"
    if len({step.id for step in plan.steps}) < len(plan.steps):
        return "it names a step twice"
    if sum(len(step.done_when) for step in plan.steps) > MOST_NAMES:
        return f"it names more than {MOST_NAMES} sets of records"
    wanted = wanted_by(plan, 443)
    strange = [url for url in wanted.files if url != policy_url(plan.domain)]
    if strange:
        return f"{visible(strange[0], 100)} is not where the MTA-STS policy of {plan.domain} is"
    try:
        for _, rdtype in wanted.names:
            read_type(rdtype, Place(1, 1))
    except PlannedFault as error:
        return error.message.rstrip(".")
    return None


def _watch(plan: Plan, digest: str, given: Mapping[str, Any], fault: Any) -> Watch:
    """What is looked at, and how."""
    now = clock(instant(given["now"]) if given["now"] else None)
    steps = {step.id for step in plan.steps}
    if given["until"] and not given["watch"]:
        raise UserError("--until goes with --watch.")
    if given["until"] and given["until"] not in steps:
        raise UserError(f"--until: the plan has no step “{visible(given['until'], 60)}”.")
    resolvers, options = resolvers_of(given["resolvers"], dialling({**given, "ehlo": None}))
    take = looking(
        wanted_by(plan, given["https_port"]),
        tuple((each.name, each.address) for each in resolvers),
        absent_name(now()),
        Way(options, given["timeout"], fault, now),
    )
    return Watch(plan, digest, take, now, _done_since(plan, given, steps))


def _done_since(plan: Plan, given: Mapping[str, Any], steps: set[str]) -> dict[str, datetime]:
    """Since when steps are known to be done: by what was seen before, and by the user's own word."""
    found: dict[str, datetime] = {}
    if given["seen"] and given["seen"].exists():
        found = _kept(given["seen"], plan.domain)
    for each in given["done"]:
        name, _, when = each.partition("=")
        if name not in steps:
            raise UserError(f"--done: the plan has no step “{visible(name, 60)}”.")
        found[name] = instant(when, "--done")
    return found


def _kept(path: Path, domain: str) -> dict[str, datetime]:
    octets = whole(path)
    try:
        contract.check("migration_check", octets)
        before = contract.load(octets, PlanCheck)
    except contract.ContractError as error:
        raise UserError(f"{visible(str(path), 300)} is not what --seen keeps: {error}") from None
    if before.domain != domain:
        raise UserError(f"{visible(str(path), 300)} is of {before.domain}, and the plan of {domain}.")
    return {step.id: step.since for step in before.steps if step.since is not None}


def _keep(path: Path, check: PlanCheck) -> None:
    try:
        with Staging() as staging:
            staging.put(path.parent, path.name, contract.pretty(check))
            staging.publish()
    except OSError as error:
        raise unwritable(error, path) from None
