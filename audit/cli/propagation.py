"""`mxaudit propagation`: how far a change in the DNS has come."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import rich_click as click

from audit import contract
from audit.catalog.resolvers import load_resolvers
from audit.cli.asking import asking_dns
from audit.cli.messages import UserError, coloured
from audit.cli.propagation_text import text
from audit.cli.propagation_watch import clock, looked, looking, watched
from audit.cli.settings import absent_name, dialling, instant, resolver_of
from audit.cli.terminal import columns
from audit.cli.whole import whole
from audit.desk.propagation.expecting import readable
from audit.desk.propagation.session import SCHEMA, PropagationReport, judged
from audit.desk.propagation.verdict import Spread
from audit.model.propagation import AskedResolver, PropagationSession
from audit.network.options import DNS_PORT, NetworkOptions
from audit.pipeline.exits import Exit
from audit.report.pen import NARROWEST, Pen
from audit.syntax.escape import visible
from audit.syntax.names import NameFault, domain_name

TYPES = (
    *("A", "AAAA", "CAA", "CNAME", "DNSKEY", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SRV", "SSHFP", "SVCB"),
    *("TLSA", "TXT"),
)
MOST = 64  # resolvers, and records that are expected
CODES = {Spread.EVERYWHERE: Exit.OK, Spread.NOT_YET: Exit.FINDINGS, Spread.UNKNOWN: Exit.INCOMPLETE}
EPILOG = (
    "Exit codes: 0 all servers and all resolvers that were asked have it; 1 not yet, or not everywhere; 2 the command "
    "is wrong; 3 it could not be told, since somebody was not heard or answers go by place; 4 a fault of mxaudit's "
    "own; 130 interrupted: what was seen until then is told."
)


@click.command(epilog=EPILOG)
@click.argument("name", metavar="NAME", required=False)
@click.argument("rdtype", metavar="TYPE", required=False, type=click.Choice(TYPES, case_sensitive=False))
@click.option("--expect", multiple=True, metavar="VALUE", help="The record that should be there (repeat for several).")
@click.option(
    "--resolver",
    "resolvers",
    multiple=True,
    metavar="IP[:PORT]",
    help="Compare this resolver (repeat); default: the public ones that the catalogue knows to filter nothing.",
)
@click.option("--watch", is_flag=True, help="Look again until it is everywhere, or time alone will not bring it there.")
@click.option("--every", type=click.FloatRange(1, 3600), default=30.0, show_default=True, help="Seconds between looks.")
@click.option("--watch-for", type=click.FloatRange(1), metavar="SECONDS", help="Watch for no longer than that.")
@click.option(
    "--again",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Judge what --json wrote once more; nothing is asked.",
)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object, with all that was seen.")
@click.option("--connect-to", multiple=True, metavar="ADDR:PORT:ADDR:PORT", help="Dial the second for the first.")
@click.option("--allow-net", multiple=True, metavar="CIDR", help="Treat this internal range as ordinary.")
@click.option("--now", metavar="TIME", help="The time to begin at, such as 2026-11-24T12:00:00Z; default: the clock's.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@asking_dns
def propagation(name: str | None, rdtype: str | None, **given: Any) -> None:
    """Tell how far a change in the DNS has come: who has it, who differs why, and from when it is safe.

    Every server that holds the zone is asked, and resolvers are compared with them: a copy that is on its way out, a
    denial from before, a server that is behind, a resolver that is stale, that filters, rewrites, or sees another view
    of the zone. Times are UTC.
    """
    faults: list[BaseException] = []
    interrupted = False
    if given["again"]:
        if name:
            raise UserError("--again judges a file: name and type are in it.")
        session = _recorded(given["again"])
    else:
        session, interrupted = _seen(name, rdtype, given, faults.append)
    report = PropagationReport(schema=SCHEMA, found=judged(session, faults.append), session=session)
    if faults:
        raise faults[0]
    if given["as_json"]:
        click.echo(contract.pretty(report), nl=False)
    else:
        pen = Pen(coloured(given["color"], sys.stdout), max(columns(), NARROWEST))
        click.echo(text(report, pen), nl=False, color=True)
    sys.exit(Exit.INTERRUPTED if interrupted else CODES[report.found.outcome])


def _recorded(path: Path) -> PropagationSession:
    """A session that was written down."""
    octets = whole(path)
    try:
        contract.check("propagation", octets)
        return contract.load(octets, PropagationReport).session
    except contract.ContractError as error:
        raise UserError(f"{visible(str(path), 300)} is not what --json writes: {error}") from None


def _seen(
    name: str | None, rdtype: str | None, given: Mapping[str, Any], fault: Any
) -> tuple[PropagationSession, bool]:
    """What is seen now, and until it is everywhere where somebody watches; and whether the user ended that."""
    if not name or not rdtype:
        raise UserError("Name a name and a type, such as example.org MX.")
    now = clock(_time(given["now"]))
    session, options = _session(name, rdtype, given, now()), dialling({**given, "ehlo": None})
    take = looking(_reaching(options, session), given["timeout"], now, fault)
    session = looked(session, take(session))
    if not given["watch"]:
        return session, False
    return watched(session, take, every=given["every"], patience=given["watch_for"])


def _time(text: str | None) -> datetime | None:
    return None if text is None else instant(text)


def _session(name: str, rdtype: str, given: Mapping[str, Any], now: datetime) -> PropagationSession:
    """What is to be looked at, and nothing seen of it yet."""
    read = domain_name(name)
    if isinstance(read, NameFault):
        raise UserError(f"“{visible(name, 60)}” is no name. {read.message}")
    for value in given["expect"]:
        if not readable(rdtype, value):
            raise UserError(f"--expect takes the data of a record of type {rdtype}, not “{visible(value, 60)}”.")
    if len(given["expect"]) > MOST or len(given["resolvers"]) > MOST:
        raise UserError(f"--expect and --resolver can each be given {MOST} times.")
    return PropagationSession(
        name=read.ascii,
        rdtype=rdtype,
        expect=given["expect"],
        resolvers=_resolvers(given["resolvers"]),
        canary=absent_name(now),
        rounds=(),
    )


def _resolvers(texts: tuple[str, ...]) -> tuple[AskedResolver, ...]:
    """Those that are named, else one of each operator that filters nothing."""
    known = load_resolvers()
    if not texts:
        chosen = ((e.name, e.unfiltered[0]) for e in known.entries if e.unfiltered)
        return tuple(AskedResolver(name=name, address=address, port=DNS_PORT) for name, address in chosen)
    ends = dict.fromkeys((str(ip_address(address)), port) for address, port in map(resolver_of, texts))
    if len({address for address, _ in ends}) < len(ends):
        raise UserError("--resolver takes each address once: two ports of one cannot be told apart.")
    return tuple(AskedResolver(name=known.name_of(a) or "", address=a, port=port) for a, port in ends)


def resolvers_of(texts: tuple[str, ...], options: NetworkOptions) -> tuple[tuple[AskedResolver, ...], NetworkOptions]:
    """The resolvers that `--resolver` names, or the public ones, and how they are reached."""
    resolvers = _resolvers(texts)
    return resolvers, _reached(options, resolvers)


def _reaching(options: NetworkOptions, session: PropagationSession) -> NetworkOptions:
    """The resolvers are the user's own word, so they are asked wherever they are."""
    return _reached(options, session.resolvers)


def _reached(options: NetworkOptions, resolvers: tuple[AskedResolver, ...]) -> NetworkOptions:
    nets = tuple(f"{r.address}/{128 if ':' in r.address else 32}" for r in resolvers)
    ports = {(r.address, DNS_PORT): (r.address, r.port) for r in resolvers if r.port != DNS_PORT}
    return replace(options, allow_net=(*options.allow_net, *nets), connect_to={**ports, **options.connect_to})
