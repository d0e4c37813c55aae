"""`mxaudit smtp`: one mail server, stage by stage."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rich_click as click

from audit import contract
from audit.catalog.providers import load_providers
from audit.cli import smtp_probes, smtp_values, smtp_words
from audit.cli.messages import coloured, waiting
from audit.cli.settings import certificates, dialling
from audit.cli.smtp_depth import Clean
from audit.cli.smtp_own import VARIABLE, prove
from audit.cli.smtp_script import PASSWORD, TOKEN, script_of, target_of
from audit.cli.smtp_words import Deeper
from audit.cli.terminal import columns
from audit.desk.account import account
from audit.gather import depth
from audit.gather.asking import asked
from audit.gather.dialogue import IMPLICIT_TLS, Place, dialogues
from audit.model.dialogue import Dialogue, Part
from audit.model.evidence import TlsDepth
from audit.model.fact import Unknown
from audit.model.own import ProbeName
from audit.model.report import Result
from audit.model.subject import Domain, Server
from audit.network.options import NetworkOptions
from audit.network.script import Manner, Script
from audit.pipeline.constants import trust_store
from audit.pipeline.exits import Exit
from audit.protocol.client.places import MailPlace, mail_places
from audit.protocol.drive import FaultHook
from audit.protocol.tls_offers import MOST_OFFERS
from audit.report.pen import NARROWEST, Pen
from audit.rules.server_tls import server_tls
from audit.syntax.sasl.mechanism import known
from audit.syntax.sasl.redact import Redaction

COMPARED = (25, 465, 587, 2525)
STAGES = [p.value for p in Part if p not in {Part.RESOLVE, Part.HELO, Part.RSET, Part.VRFY, Part.EXPN}]
LOGGED_IN = tuple(Part)[tuple(Part).index(Part.AUTH) :]
HEARSAY = frozenset({"SRV", "MX"})  # a provider's servers are known beforehand
SECONDS = 30.0  # to find the servers of a domain
MECHANISMS = [*known(bearer=False), *known(bearer=True)]
EPILOG = (
    "A login is sent over TLS alone, to a server whose certificate proves who it is, once. The password comes from "
    f"{PASSWORD}, --password-file or a question; a token from {TOKEN} or --token-file; never from the command line. "
    f"For --own, set {VARIABLE} to 16 letters and digits or more, and publish `_mxaudit.HOST TXT "
    '"mxaudit-own=TOKEN"`. '
    "Exit codes: 0 it works; 1 it fails, and the stage is named, or a probe fails; 2 the command is wrong; 3 a probe "
    "could not tell; 4 a fault of mxaudit's own. What --tls-depth shows changes none of them: mail flows all the same."
)


@click.command(epilog=EPILOG)
@click.argument("target", metavar="HOST[:PORT]|DOMAIN")
@click.option("--implicit-tls", "tls", flag_value="implicit", help="TLS from the start; default on port 465.")
@click.option("--starttls", "tls", flag_value="starttls", help="STARTTLS; default on all other ports.")
@click.option("-4", "family", flag_value=4, type=int, help="Only by IPv4.")
@click.option("-6", "family", flag_value=6, type=int, help="Only by IPv6.")
@click.option("--quit-after", type=click.Choice(STAGES), help="The last stage; default: as far as the options lead.")
@click.option("--user", metavar="NAME", help="Log in as this user.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its first line.")
@click.option("--token-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="An OAuth 2.0 token.")
@click.option("--mechanism", type=click.Choice(MECHANISMS, case_sensitive=False), help="Log in by this one alone.")
@click.option("--send", is_flag=True, help="Send one test message, after the login.")
@click.option("--from", "sender", metavar="ADDRESS", help="Its sender; default: --user, where that is an address.")
@click.option("--to", "recipients", multiple=True, metavar="ADDRESS", help="Its recipient (repeat).")
@click.option("--own", is_flag=True, help="The server is yours, as a TXT record proves: --probe needs it.")
@click.option(
    "--probe",
    "probes",
    multiple=True,
    type=click.Choice([str(p) for p in ProbeName]),
    help="Test what your server lets strangers do (repeat); relay needs --from and --to in two domains of yours.",
)
@click.option(
    "--tls-depth",
    type=click.Choice([str(level) for level in TlsDepth]),
    help="How much of the TLS of a port that you name to try: no, two, or up to seventeen more connections to each "
    "address; default: full, with --quit-after session.",
)
@click.option(
    "--tls-gap",
    type=click.FloatRange(0, 3600),
    default=1.0,
    show_default=True,
    help="Seconds before each of these connections.",
)
@click.option("--nameserver", multiple=True, metavar="IP[:PORT]", help="Ask this resolver; default: the system's.")
@click.option("--connect-to", multiple=True, metavar="ADDR:PORT:ADDR:PORT", help="Dial the second for the first.")
@click.option("--allow-net", multiple=True, metavar="CIDR", help="Treat this internal range as ordinary.")
@click.option(
    "--ca-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file of more roots to trust, besides Mozilla's.",
)
@click.option("--ehlo", metavar="NAME", help="The name we greet with; default: this machine's.")
@click.option(
    "--dns-timeout", type=click.FloatRange(0.1), default=7.0, show_default=True, help="Seconds for one DNS question."
)
@click.option("--timeout", type=click.FloatRange(0.1), default=120.0, show_default=True, help="Seconds for a dialogue.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option("-v", "--verbose", is_flag=True, help="Whole replies, and what was said.")
def smtp(target: str, **given: Any) -> None:
    """Test a mail server as an administrator does: connect, greeting, TLS, certificate, login, message.

    Each stage is told with its time, its reply, what that means, whose side it is on, and what to do next. Without a
    port, 25, 465, 587 and 2525 are compared. Of a DOMAIN the servers are found where people hand in mail (SRV records,
    or its provider's) and where it arrives (MX). Nothing is sent but EHLO, STARTTLS and QUIT unless the options say so.
    """
    options = dialling(given)
    place = target_of(target, given["tls"], given["family"], probing=bool(given["probes"]))
    script = script_of(given)
    manner = Manner(
        ehlo=options.ehlo,
        limits=options.limits,
        store=trust_store(certificates(given["ca_file"]) if given["ca_file"] else ()),
        at=datetime.now(UTC),
    )
    faults: list[BaseException] = []
    prove(place, given, options, faults.append)
    held = asyncio.run(_held(place, script, manner, options, faults.append))
    deeper, interrupted = _deeper(held, _level(place, given), given["tls_gap"], manner, options, fault=faults.append)
    probes, relayed_to = tuple(ProbeName(p) for p in given["probes"]), "".join(given["recipients"])
    found = smtp_words.Found(
        tuple(account(smtp_words.reasoned(d), probing=bool(probes)) for d in held),
        _login_tried(script, held),
        deeper,
        tuple(smtp_probes.results(d, probes, relayed_to, faults.append) for d in held),
    )
    if faults:
        raise faults[0]
    clean: Clean = Redaction((script.credential.secret,) if script.credential else ())
    if given["as_json"]:
        click.echo(contract.pretty(smtp_values.value(found, clean)), nl=False)
    else:
        pen = Pen(coloured(given["color"], sys.stdout), max(columns(), NARROWEST))
        click.echo(smtp_words.whole(found, pen, clean, verbose=given["verbose"]), nl=False, color=True)
    sys.exit(Exit.INTERRUPTED if interrupted else _code(found))


def _code(found: smtp_words.Found) -> Exit:
    results = {r.finding.result for probes in found.probes for r in probes}
    if not found.good or Result.FAIL in results:
        return Exit.FINDINGS
    return Exit.INCOMPLETE if Result.UNKNOWN in results else Exit.OK


async def _held(
    place: Place, script: Script, manner: Manner, options: NetworkOptions, fault: FaultHook
) -> tuple[Dialogue, ...]:
    """The dialogues that a target asks for."""
    places = [place] if place.port else await _places(place, options, fault)
    return await dialogues(places, script, manner, options, fault=fault)


def _level(place: Place, given: Mapping[str, Any]) -> TlsDepth:
    """How deep to look: of ports that are only compared at the session alone, as of a test that is to end early."""
    if not place.port:
        return TlsDepth.SESSION
    return TlsDepth(given["tls_depth"] or (TlsDepth.SESSION if given["quit_after"] else TlsDepth.FULL))


def _deeper(
    held: Sequence[Dialogue],
    level: TlsDepth,
    gap: float,
    manner: Manner,
    options: NetworkOptions,
    *,
    fault: FaultHook,
) -> tuple[tuple[Deeper, ...], bool]:
    """Of each dialogue what its server's TLS takes beside the best, why that was not tried, or None without TLS; and
    whether the user had no patience for it: what the dialogues showed is told all the same."""
    found: list[Deeper] = []
    try:
        for each in held:
            of_one = _depth_of(each, level, gap, manner, options, fault=fault)
            found.append(asyncio.run(of_one))
    except KeyboardInterrupt:
        left = held[len(found) :]
        return (*found, *(depth.Spared.INTERRUPTED if each.tls is not None else None for each in left)), True
    return tuple(found), False


async def _depth_of(
    each: Dialogue, level: TlsDepth, gap: float, manner: Manner, options: NetworkOptions, *, fault: FaultHook
) -> Deeper:
    if level is TlsDepth.SESSION or each.tls is None:
        return None
    if (why := depth.spared(each)) is not None:
        return why
    with waiting(f"TLS in depth: up to {MOST_OFFERS[level]} connections to {each.host}:{each.port}"):
        offers = await depth.offers_to(each, each.tls, level, gap, options, fault=fault)
    if isinstance(offers, Unknown):  # a fault of ours, which was told
        return None
    server, clear = Server(each.host, each.address), depth.in_clear(each)
    return server_tls(server, offers.value, level, at=manner.at, store=manner.store, clear=clear, fault=fault)


def _login_tried(script: Script, held: Iterable[Dialogue]) -> bool | None:
    """Whether a login was said to anybody; None where there was none to say."""
    if script.credential is None or script.until not in LOGGED_IN:
        return None
    return any(d.mechanism is not None for d in held)


async def _places(place: Place, options: NetworkOptions, fault: FaultHook) -> list[Place]:
    """Where to go without a port: the servers of a domain, or the ports of a host."""
    if not place.is_address:
        found = await asked(mail_places(Domain(place.host), load_providers()), options, SECONDS, fault)
        named = () if isinstance(found, Unknown) else (*found.value.submission, *found.value.exchanges)
        if named:
            return [_place(place, n) for n in named]
    return [replace(place, port=port, implicit_tls=port == IMPLICIT_TLS) for port in COMPARED]


def _place(domain: Place, found: MailPlace) -> Place:
    """A server that was found for a domain."""
    outside = found.host != domain.host and not found.host.endswith(f".{domain.host}")
    return replace(
        domain,
        host=found.host,
        port=found.port,
        implicit_tls=found.implicit_tls,
        hearsay=outside and found.why in HEARSAY,
    )
