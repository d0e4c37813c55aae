"""`mxaudit migrate rehearse`: what planned records would make of a domain, before they are live."""

from __future__ import annotations

import asyncio
import ipaddress
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rich_click as click

from audit import contract
from audit.catalog.migration import Migration, load_migrations
from audit.catalog.providers import load_providers
from audit.catalog.tables import CatalogError
from audit.cli.job import Job, Telling
from audit.cli.messages import UserError, coloured
from audit.cli.options import asking, asking_of, telling
from audit.cli.settings import configuration, instant
from audit.cli.spf_tree import named
from audit.cli.terminal import columns
from audit.cli.whole import whole
from audit.gather.asking import asked
from audit.model.evidence import DomainEvidence
from audit.model.fact import Unknown
from audit.model.probe import Probe
from audit.model.rehearsal import Fate, PlannedSeen, Rehearsal
from audit.model.subject import Domain
from audit.pipeline.comparing import rehearsal
from audit.pipeline.config import RunConfig
from audit.pipeline.exits import Exit
from audit.pipeline.rehearsing import Asking, Wish
from audit.pipeline.rehearsing import rehearse as rehearsed
from audit.pipeline.store import Evidence, EvidenceError, read_evidence
from audit.protocol.inquiry import ask, attempt
from audit.protocol.migration.goal import GoalFault, goal_of
from audit.protocol.migration.source import Source, met
from audit.report.moves import rehearsal as text
from audit.report.moves import rehearsal_page as page
from audit.report.pen import NARROWEST, Pen
from audit.syntax.escape import visible
from audit.syntax.names import DomainName, canonical, domain_name
from audit.syntax.planned import Form, Planned, PlannedFault, form_of, read_planned

MOST = 20
PROFILE = "migration"
SECONDS = 120.0  # for one round of questions
EPILOG = (
    "Exit codes: 0 nothing that was tested would be newly wrong; 1 something would; 2 the command or file is wrong; "
    "3 nothing is known to be newly wrong, but something could not be told; 130 interrupted."
)


@click.command(epilog=EPILOG)
@click.argument("domain")
@click.option(
    "--zone",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The planned records: a zone file, octoDNS YAML, or lines `name ttl type value`.",
)
@click.option("--form", type=click.Choice([*Form]), help="The form of --zone; default: by its name and text.")
@click.option("--whole/--part", "whole_zone", default=None, help="Whether --zone is all that the zone will hold.")
@click.option(
    "--evidence",
    type=click.Path(exists=True, path_type=Path),
    help="Rehearse on this run's evidence; default: gather it now.",
)
@click.option("--live", is_flag=True, help="Ask the network for what the evidence does not answer.")
@click.option("--to", "goal", metavar="PROVIDER", help="Where the mail goes; default: by the planned MX records.")
@click.option("--set", "given", multiple=True, metavar="KEY=VALUE", help="A value that the provider's console shows.")
@click.option("--cutover", metavar="TIME", help="When the MX records are switched; default: the evidence's time.")
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="IP[,MAIL-FROM[,SELECTOR…]]",
    help="A server that sends as the domain, with the selectors by which it signs (repeat).",
)
@click.option("--format", "output", type=click.Choice(["text", "html", "json"]), default="text", show_default=True)
@click.option("--json", "output", flag_value="json", help="The same as --format json.")
@asking
@telling
def rehearse(domain: str, **options: Any) -> None:
    """Lay planned records over the evidence of DOMAIN, and judge it as if they were live.

    What would be newly wrong, what would be mended, what SPF would cost, whether senders that are named would pass, and
    what binds others to the old hosts. What the evidence cannot answer is not known, and is asked for with --live.
    """
    name = named(domain)
    told = Telling.of(options)
    planned, seen = _planned(name, options)
    sources = tuple(_source(name, each) for each in options["sources"][:MOST])
    config = configuration(asking_of(options), 1)
    with tempfile.TemporaryDirectory(prefix="mxaudit-") as place:
        evidence = _evidence(name, options["evidence"], config, Path(place), told)
        record = _record(evidence, name)
        wish = _wish(name, planned, record, options, sources)
        profile = options["profile"] if _is_said("profile") else PROFILE
        asking_live = _asking(config) if options["live"] else None
        try:
            done = rehearsed(evidence, record, wish, profile, fault=told.fault, ask=asking_live)
        except (CatalogError, EvidenceError) as error:
            raise UserError(str(error)) from None
    heard = PlannedSeen(
        **seen,
        sets=tuple(f"{n} {t}" for n, t in done.changed),
        unseen=tuple(sorted(p.key for p in done.unseen)),
    )
    found = rehearsal(done, heard, sources, profile, live=options["live"], goal=wish.entry.id if wish.entry else None)
    sys.stdout.buffer.write(_told(found, options))
    sys.stdout.buffer.flush()
    sys.exit(_exit(found))


def _is_said(option: str) -> bool:
    context = click.get_current_context()
    source = context.get_parameter_source(option) if context else None
    return source is not None and source.name != "DEFAULT"


def _planned(name: str, options: Mapping[str, Any]) -> tuple[Planned, dict[str, Any]]:
    file: Path = options["zone"]
    octets = whole(file)
    form = Form(options["form"]) if options["form"] else form_of(file.name, octets.decode("utf-8", "replace"), name)
    try:
        planned = read_planned(octets, name, name=file.name, form=form, whole=options["whole_zone"])
    except PlannedFault as fault:
        at = f"{visible(str(file), 300)}, line {fault.place.line}, column {fault.place.column}"
        raise UserError(f"{at}: {visible(fault.message, 400)}") from None
    seen = {
        "file": visible(file.name, 300),
        "form": str(form),
        "whole": planned.whole,
        "records": len(planned.records),
        "removed": len(planned.removed),
        "unjudged": planned.unjudged,
    }
    return planned, seen


def _source(domain: str, given: str) -> Source:
    """A sender that was named.

    Raises:
        UserError: it has no address, or no name where one should be.
    """
    ip, mail_from, *selectors = [*(part.strip() for part in given.split(",")), ""][: MOST + 2]
    try:
        address = str(ipaddress.ip_address(ip.removeprefix("[").removesuffix("]")))
    except ValueError:
        raise UserError(f"--source begins with an address, not “{visible(ip, 60)}”.") from None
    path = mail_from or domain
    host = domain_name(path.rpartition("@")[2])
    if not isinstance(host, DomainName) or "%" in ip:
        raise UserError(f"--source: “{visible(path, 120)}” is no mailbox or domain.")
    local = path.rpartition("@")[0]
    kept = tuple(s for s in selectors if s)
    if any(not isinstance(domain_name(f"{s}.example"), DomainName) for s in kept):
        raise UserError("--source: a selector is one or more labels, such as s1.")
    return Source(address, f"{local}@{host.ascii}" if local else host.ascii, tuple(s.lower() for s in kept))


def _wish(
    name: str, planned: Planned, record: DomainEvidence, options: Mapping[str, Any], sources: tuple[Source, ...]
) -> Wish:
    entry = _entry(name, planned, options["goal"])
    at = instant(options["cutover"]) if options["cutover"] else record.observed_at
    given: dict[str, str] = {}
    for each in options["given"]:
        key, sign, value = each.partition("=")
        if not sign or key in given:
            raise UserError(f"--set takes KEY=VALUE, each key once, not {visible(each, 80)}.")
        given[key] = value
    if given and entry is None:
        raise UserError("--set says something of a provider: name it with --to.")
    try:
        goal = goal_of(entry, name, given) if entry else None
    except GoalFault as fault:
        raise UserError(f"--set: {visible(str(fault), 400)}") from None
    also = tuple(met(Domain(name), source) for source in sources)
    return Wish(planned, moment=at, cutover=at, goal=goal, entry=entry, also=also)


def _entry(name: str, planned: Planned, word: str | None) -> Migration | None:
    """Where the mail goes: as it was said, or as the planned MX records tell."""
    known = load_migrations()
    if word is not None:
        found = known.of(word)
        if found is None:
            ids = ", ".join(entry.id for entry in known.entries)
            raise UserError(f"What {visible(word, 80)} expects is not known. Known are {ids}; own is for any other.")
        return found
    hosts = [canonical(r.value.split()[-1]) for r in planned.records if (r.name, r.type) == (name, "MX")]
    met_ids = {provider.id for h in hosts if (provider := load_providers().of_mx(h))}
    return known.of(met_ids.pop()) if len(met_ids) == 1 else None


def _evidence(name: str, given: Path | None, config: RunConfig, place: Path, told: Telling) -> Evidence:
    if given is None:
        job = Job.of(name.encode("ascii"), "arguments")
        ended = job.gather(config, place, told)
        if ended.interrupted:
            sys.exit(Exit.INTERRUPTED)
    try:
        return read_evidence(given or place)
    except EvidenceError as error:
        raise UserError(str(error)) from None


def _record(evidence: Evidence, name: str) -> DomainEvidence:
    found = next((record for record in evidence.listed() if record.domain == name), None)
    if found is None:
        raise UserError(f"The evidence holds nothing of {name}.")
    return found


def _asking(config: RunConfig) -> Asking:
    """How the network is asked for what is missing: all at once, within a time."""

    def ask_for(probes: tuple[Probe[Any], ...]) -> Mapping[Probe[Any], Any]:
        faults: list[BaseException] = []
        fact = asyncio.run(asked(attempt(ask(p) for p in probes), config.network, SECONDS, faults.append))
        if faults:
            raise faults[0]
        came = () if isinstance(fact, Unknown) else fact.value
        return {p: f.value for p, f in zip(probes, came, strict=False) if not isinstance(f, Unknown)}

    return ask_for


def _told(found: Rehearsal, options: Mapping[str, Any]) -> bytes:
    if options["output"] == "json":
        return contract.pretty(found)
    if options["output"] == "html":
        return page.render(found)
    pen = Pen(coloured(options["color"], sys.stdout), max(columns(), NARROWEST))
    return "".join(f"{line}\n" for line in text.lines(found, pen)).encode()


def _exit(found: Rehearsal) -> Exit:
    grave = [f for f in found.findings if f.turn is Fate.NEW and f.severity_then != "info"]
    if grave:
        return Exit.FINDINGS
    open_ = [f for f in found.findings if f.turn in (Fate.UNKNOWN, Fate.UNCERTAIN)]
    return Exit.INCOMPLETE if open_ else Exit.OK
