"""The options that several sub-commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click

from audit.model.evidence import DkimGuesses, TlsDepth
from audit.report.html import SINGLE_FILE

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The options of every command that asks the network."""

    nameserver: tuple[str, ...]
    connect_to: tuple[str, ...]
    allow_net: tuple[str, ...]
    canary: tuple[str, ...]
    ca_file: Path | None
    trust_anchor: Path | None
    ehlo: str | None
    smtp_port: int
    no_smtp: bool
    tls_depth: str
    revocation: bool
    https_port: int
    no_https: bool
    second_opinion: bool | None
    dnsbl: str | None
    force_zone: bool
    dkim_guesses: str
    profile: str
    history: tuple[Path, ...]
    now: str | None
    timeout: float
    dns_timeout: float
    smtp_timeout: float
    smtp_gap: float
    https_timeout: float
    concurrency: int


ASKING: tuple[Callable[[Any], Any], ...] = (
    click.option("--nameserver", multiple=True, metavar="IP[:PORT]", help="Ask this resolver; default: the system's."),
    click.option(
        "--dnsbl",
        metavar="ZONE,…|none",
        help="Ask these blocklists, by id or zone ('names:' before one of names), 'default' or 'none'.",
    ),
    click.option("--force-zone", is_flag=True, help="Ask a list of --dnsbl although it is known to be dead."),
    click.option(
        "--dkim-guesses",
        type=click.Choice([str(guesses) for guesses in DkimGuesses]),
        default=str(DkimGuesses.ALL),
        show_default=True,
        help="Which DKIM selectors to try beside those named in the list: up to 38, those of the providers that MX and "
        "SPF give away with the five likeliest, or none.",
    ),
    click.option("--no-smtp", is_flag=True, help="Don't connect to mail servers."),
    click.option(
        "--second-opinion/--no-second-opinion",
        default=None,
        help="Let checkdmarc judge the same answers, and tell where it differs; default: up to 200 lines.",
    ),
    click.option(
        "--smtp-port",
        type=click.IntRange(1, 65535),
        default=25,
        show_default=True,
        help="Port of mail servers.",
    ),
    click.option(
        "--tls-depth",
        type=click.Choice([str(depth) for depth in TlsDepth]),
        default=str(TlsDepth.SESSION),
        show_default=True,
        help="How much of a mail server's TLS to try: no, two, or up to seventeen more connections to each address. "
        "With --smtp-gap between them full takes four to ten minutes an address.",
    ),
    click.option(
        "--revocation", is_flag=True, help="Judge what mail servers staple on the revocation of their certificates."
    ),
    click.option("--no-https", is_flag=True, help="Don't fetch policies from web servers."),
    click.option(
        "--https-port",
        type=click.IntRange(1, 65535),
        default=443,
        show_default=True,
        help="Port of policy servers.",
    ),
    click.option("--ehlo", metavar="NAME", help="The name we greet with; best one that leads back to this machine."),
    click.option(
        "--canary",
        multiple=True,
        metavar="HOST",
        help="A well-run mail host, to see whether port 25 is open from here (repeat; two are built in).",
    ),
    click.option(
        "--ca-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="PEM file of more roots to trust, besides Mozilla's.",
    ),
    click.option(
        "--trust-anchor",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="File of DS or DNSKEY records that DNSSEC begins with, instead of the root's that are built in.",
    ),
    click.option(
        "--connect-to",
        multiple=True,
        metavar="ADDR:PORT:ADDR:PORT",
        help="Dial the second address and port where the first would be dialled; [ ] around IPv6.",
    ),
    click.option(
        "--allow-net",
        multiple=True,
        metavar="CIDR",
        help="Treat this internal range as ordinary; said in the report.",
    ),
    click.option(
        "--profile",
        default="baseline",
        show_default=True,
        metavar="NAME,…",
        help="Which rules and severities; `run` also takes compliance profiles (mxaudit comply).",
    ),
    click.option(
        "--history",
        multiple=True,
        metavar="PATH",
        type=click.Path(exists=True, path_type=Path),
        help="The directory of an earlier run, to tell since when each DKIM key has been in use (repeat).",
    ),
    click.option("--now", metavar="RFC3339", help="Pretend that it is this time."),
    click.option(
        "--timeout",
        type=click.FloatRange(1),
        default=300.0,
        show_default=True,
        metavar="SECONDS",
        help="Seconds for one domain.",
    ),
    click.option(
        "--dns-timeout",
        type=click.FloatRange(0.1),
        default=7.0,
        show_default=True,
        metavar="SECONDS",
        help="Seconds for one DNS question.",
    ),
    click.option(
        "--smtp-timeout",
        type=click.FloatRange(0.1),
        default=120.0,
        show_default=True,
        metavar="SECONDS",
        help="Seconds for one session.",
    ),
    click.option(
        "--smtp-gap",
        type=click.FloatRange(0),
        default=30.0,
        show_default=True,
        metavar="SECONDS",
        help="Seconds between two sessions with one address.",
    ),
    click.option(
        "--https-timeout",
        type=click.FloatRange(0.1),
        default=30.0,
        show_default=True,
        metavar="SECONDS",
        help="Seconds for one fetch of a policy.",
    ),
    click.option(
        "--concurrency", type=click.IntRange(1, 1000), default=50, show_default=True, help="Domains at a time."
    ),
)


def asking(function: F) -> F:
    """Add the options of Asking."""
    for option in reversed(ASKING):
        function = option(function)
    return function


def resuming(function: F) -> F:
    """Add the options of going on with a run that was cut short."""
    for option in (
        click.option(
            "--max-age",
            type=click.FloatRange(0, min_open=True),
            metavar="HOURS",
            help="With --resume: audit those domains again that were looked at longer ago.",
        ),
        click.option(
            "--adopt", is_flag=True, help="With --resume: go on although list, settings or version are others now."
        ),
        click.option(
            "--resume",
            is_flag=True,
            help="Go on with a run that was cut short: the one in --out-dir, or else the newest of this list.",
        ),
    ):
        function = option(function)
    return function


def paging(function: F) -> F:
    """Add the option that decides how many files a page takes."""
    return click.option(
        "--single-file-limit",
        type=int,
        default=SINGLE_FILE,
        show_default=True,
        metavar="N",
        help="Rows up to which HTML is one file; of more, the details of each have a page of their own.",
    )(function)


def telling(function: F) -> F:
    """Add the options on what is said on standard error."""
    for option in (
        click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True),
        click.option("--no-progress", is_flag=True, help="Don't tell how far the run is."),
        click.option("-q", "--quiet", is_flag=True, help="Only errors on standard error."),
        click.option(
            "-v", "--verbose", is_flag=True, help="Say more: of faults of ours, and which operators visits wait for."
        ),
    ):
        function = option(function)
    return function


def asking_of(values: Mapping[str, Any]) -> Asking:
    return Asking(**{name: values[name] for name in Asking.__slots__})
