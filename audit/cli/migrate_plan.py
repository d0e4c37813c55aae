"""`mxaudit migrate plan`: a dated plan of a move, from what the DNS says now and what the new provider expects."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rich_click as click

from audit import contract
from audit.catalog.migration import Migration, load_migrations
from audit.catalog.providers import load_providers
from audit.cli.asking import asking_dns
from audit.cli.messages import UserError, coloured
from audit.cli.settings import dialling, instant
from audit.cli.spf_tree import named
from audit.cli.terminal import columns
from audit.cli.whole import whole
from audit.desk.migration.plan import plan as planned
from audit.gather.asking import asked_on_record
from audit.gather.recorder import Recorder
from audit.model.evidence import Settings
from audit.model.fact import Fact, Unestablished, need
from audit.model.migration import Plan, PlannedRecord
from audit.model.subject import Domain
from audit.network.options import NetworkOptions
from audit.pipeline.exits import Exit
from audit.protocol.circumstances import Circumstances
from audit.protocol.migration.goal import GoalFault, goal_of
from audit.protocol.migration.ground import MoveGround, MoveWish, move_ground
from audit.report.moves import markdown, page, records, text
from audit.report.pen import NARROWEST, Pen
from audit.report.reasons import reason
from audit.syntax.escape import visible
from audit.syntax.names import DomainName, domain_name
from audit.syntax.planned import PlannedFault, read_planned

FORMS = ["text", "md", "html", "json", "zone", "octodns"]
MOST = 20
EPILOG = (
    "Exit codes: 0 the plan is whole; 1 the time of --cutover is too early; 2 the command is wrong; 3 a value is "
    "missing, or something could not be seen: the plan says what, and gives no time that rests on it."
)


@click.command(epilog=EPILOG)
@click.argument("domain")
@click.option(
    "--to", "goal", required=True, metavar="PROVIDER", help="Where the mail is to go; own: any other servers."
)
@click.option(
    "--zone",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Planned records (zone file, octoDNS YAML, or lines): they go before what the provider is known to expect.",
)
@click.option(
    "--cutover", metavar="TIME", help="When to switch the MX records, as 2026-12-24T20:00:00Z; default: soon."
)
@click.option("--set", "given", multiple=True, metavar="KEY=VALUE", help="A value that the provider's console shows.")
@click.option(
    "--old-selector", "selectors", multiple=True, metavar="NAME", help="A DKIM selector of the former provider."
)
@click.option("--new-ns", "name_servers", multiple=True, metavar="HOST", help="The DNS moves as well, to this server.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    default="text",
    show_default=True,
    help="json is for `migrate verify`; zone and octodns hold the records of each step.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--connect-to", multiple=True, metavar="ADDR:PORT:ADDR:PORT", help="Dial the second for the first.")
@click.option("--allow-net", multiple=True, metavar="CIDR", help="Treat this internal range as ordinary.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@asking_dns
def plan(domain: str, **options: Any) -> None:
    """Plan the move of the mail of DOMAIN to another provider: what to do, in which order, when, and the way back.

    Each step has its exact records, and the earliest time at which it loses no mail: from the TTLs that are observed,
    the MTA-STS policy, and the records of the zone above. What only the provider's console knows is never guessed.
    """
    name = named(domain)
    wish = _wish(name, options)
    cutover = _time(options["cutover"]) if options["cutover"] else None
    now = datetime.now(UTC)
    network = dialling({**options, "ehlo": None})
    work = move_ground(Domain(name), wish, load_providers(), _settings(network), Circumstances(now))
    faults: list[BaseException] = []
    fact, record = asyncio.run(asked_on_record(work, network, options["timeout"], faults.append))
    if faults:
        raise faults[0]
    ground = _known(name, fact)
    found = planned(ground, wish, now=now, observed_at=now, digest=_digest(record), cutover=cutover)
    sys.stdout.buffer.write(_told(found, options))
    sys.stdout.buffer.flush()
    sys.exit(_exit(found))


def _known(name: str, fact: Fact[MoveGround]) -> MoveGround:
    try:
        return need(fact)
    except Unestablished as end:
        raise UserError(f"{name}: nothing could be seen. {reason(end.unknown.reason).sentence}") from None


def _wish(name: str, options: Mapping[str, Any]) -> MoveWish:
    """What the options ask for.

    Raises:
        UserError: one of them cannot be understood.
    """
    entry = _entry(options["goal"])
    given: dict[str, str] = {}
    for each in options["given"]:
        key, sign, value = each.partition("=")
        if not sign or key in given:
            raise UserError(f"--set takes KEY=VALUE, each key once, not {visible(each, 80)}.")
        given[key] = value
    try:
        goal = goal_of(entry, name, given, _records(name, options["zone"]))
    except GoalFault as fault:
        raise UserError(f"--set: {visible(str(fault), 400)}") from None
    selectors = tuple(_label(s, "--old-selector") for s in options["selectors"][:MOST])
    return MoveWish(goal, selectors, tuple(_label(s, "--new-ns") for s in options["name_servers"][:MOST]))


def _entry(word: str) -> Migration:
    known = load_migrations()
    found = known.of(word)
    if found is None:
        ids = ", ".join(entry.id for entry in known.entries)
        raise UserError(f"What {visible(word, 80)} expects is not known. Known are {ids}; own is for any other.")
    return found


def _records(name: str, file: Path | None) -> tuple[PlannedRecord, ...]:
    if file is None:
        return ()
    try:
        return read_planned(whole(file), name, name=file.name).records
    except PlannedFault as fault:
        raise UserError(f"{visible(str(file), 300)}: {visible(str(fault), 400)}") from None


def _label(text: str, option: str) -> str:
    name = domain_name(text)
    if not isinstance(name, DomainName):
        raise UserError(f"{option} takes a name, not {visible(text, 80)}.")
    return name.ascii


def _time(text: str) -> datetime:
    try:
        return instant(text)
    except UserError:
        raise UserError(f"--cutover takes a time such as 2026-12-24T20:00:00Z, not {visible(text, 80)}.") from None


def _settings(network: NetworkOptions) -> Settings:
    """What the inquiry depends on; the rest of a run's settings is not looked at."""
    return Settings(
        profile="migration",
        smtp=False,
        smtp_port=25,
        smtp_off_because=None,
        https=True,
        https_port=443,
        https_off_because=None,
        ehlo=network.ehlo,
        blocklists=(),
        allow_net=network.allow_net,
        canaries=(),
        absent_name="",
        resolver_kind="other",
        second_opinion=False,
    )


def _digest(record: Recorder) -> str:
    return contract.sha256(*(contract.dump(each) for each in (*record.answers, *record.fetches)))


def _told(found: Plan, options: Mapping[str, Any]) -> bytes:
    form = options["form"]
    if form == "text":
        pen = Pen(coloured(options["color"], sys.stdout), max(columns(), NARROWEST))
        return "".join(f"{line}\n" for line in text.lines(found, pen)).encode()
    makers = {
        "md": markdown.render,
        "html": page.render,
        "json": contract.pretty,
        "zone": records.as_zone,
        "octodns": records.as_yaml,
    }
    return makers[form](found)


def _exit(found: Plan) -> Exit:
    if found.in_time is False:
        return Exit.FINDINGS
    return Exit.INCOMPLETE if found.missing or found.not_known else Exit.OK
