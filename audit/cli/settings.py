"""How options become a run's configuration; what cannot be understood is refused in one sentence."""

from __future__ import annotations

import binascii
import difflib
import ipaddress
import platform
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from rfc3339_validator import validate_rfc3339

from audit import contract
from audit.catalog.blocklists import Blocklists, load_blocklists
from audit.catalog.profiles import Profile, load_profile
from audit.catalog.resolvers import load_resolvers
from audit.catalog.tables import CatalogError
from audit.cli.complying import DEFAULT, sorted_out
from audit.cli.messages import UserError
from audit.cli.options import Asking
from audit.cli.terminal import columns
from audit.model.evidence import DkimGuesses, Settings, TlsDepth
from audit.model.secret import Secret
from audit.network.keys import held_keys
from audit.network.options import Endpoint, HttpsLimits, NetworkOptions, SmtpLimits, system_nameservers
from audit.network.route import own_literal
from audit.pipeline.config import RunConfig
from audit.pipeline.flow import Output
from audit.pipeline.history import History, read_history
from audit.pipeline.store import EvidenceError
from audit.protocol.tls_offers import MOST_OFFERS
from audit.report import FORMATS
from audit.syntax.dnssec.anchors import AnchorFault, anchors
from audit.syntax.escape import visible
from audit.syntax.names import NameFault, domain_name

CANARIES = ("gmail-smtp-in.l.google.com", "mx1.mail.icloud.com")
PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
YEARS = range(1970, 9000)
MAX_CA_FILE = 4 * 1024 * 1024
MAX_ANCHOR_FILE = 64 * 1024
SECOND_OPINION_ROWS = 200  # up to so many it is asked without being wanted: it takes 4 ms of a processor a domain


def configuration(given: Asking, rows: int, only: Literal["smtp"] | None = None) -> RunConfig:
    """Turn options into a configuration, for a list of so many rows. With `only`, nothing else is looked at.

    Raises:
        UserError: an option cannot be understood.
    """
    now = instant(given.now) if given.now else None
    try:
        keys = held_keys()
    except ValueError as error:
        raise UserError(str(error)) from None
    try:
        profile = load_profile(sorted_out(given.profile)[0] or DEFAULT)
        wanted = ("none",) if only else _wanted(given.dnsbl)
        blocklists = load_blocklists().chosen(wanted, frozenset(keys), forced=given.force_zone)
    except CatalogError as error:
        raise UserError(str(error)) from None
    network = _network(given, blocklists, keys)
    start = now or datetime.now(UTC)
    settings = _settings(given, rows=rows, profile=profile, blocklists=blocklists, network=network, now=start)
    return RunConfig(
        settings=_narrowed(settings, only),
        network=network,
        blocklists=blocklists,
        profile=profile,
        extra_ca=certificates(given.ca_file) if given.ca_file else (),
        now=now,
        history=_history(given.history),
        concurrency=given.concurrency,
        domain_seconds=given.timeout + MOST_OFFERS[TlsDepth(given.tls_depth)] * given.smtp_gap,
        run_seconds=min(given.timeout, 60.0),
    )


def _network(given: Asking, blocklists: Blocklists, keys: dict[str, Secret]) -> NetworkOptions:
    """How the network is asked."""
    return NetworkOptions(
        nameservers=tuple(map(nameserver_of, given.nameserver)) or system_nameservers(),
        connect_to=dict(_mapping(m) for m in given.connect_to),
        allow_net=tuple(_range(n) for n in given.allow_net),
        ehlo=_ehlo(given.ehlo),
        smtp_port=given.smtp_port,
        question_timeout=given.dns_timeout,
        first_timeout=min(0.5, given.dns_timeout / 3),
        limits=_limits(given),
        https_limits=_https_limits(given),
        paced_zones=tuple(b.zone for b in blocklists.entries),
        keys=keys,
    )


def dialling(given: Mapping[str, Any]) -> NetworkOptions:
    """How a command dials that has no list: the options of the same names that `run` has.

    Raises:
        UserError: an option cannot be understood.
    """
    seconds = given["timeout"]
    default = SmtpLimits()
    return NetworkOptions(
        nameservers=tuple(map(nameserver_of, given["nameserver"])) or system_nameservers(),
        connect_to=dict(_mapping(m) for m in given["connect_to"]),
        allow_net=tuple(_range(n) for n in given["allow_net"]),
        ehlo=_ehlo(given["ehlo"]),
        question_timeout=given["dns_timeout"],
        first_timeout=min(0.5, given["dns_timeout"] / 3),
        limits=SmtpLimits(
            connect=min(default.connect, seconds),
            banner=min(default.banner, seconds),
            ehlo=min(default.ehlo, seconds),
            tls=min(default.tls, seconds),
            session=seconds,
            gap_between_visits=0,
        ),
    )


def _settings(
    given: Asking, *, rows: int, profile: Profile, blocklists: Blocklists, network: NetworkOptions, now: datetime
) -> Settings:
    """What judgement depends on, and so stands in the evidence."""
    return Settings(
        profile=profile.id,
        smtp=not given.no_smtp,
        smtp_port=given.smtp_port,
        smtp_off_because="--no-smtp" if given.no_smtp else None,
        https=not given.no_https,
        https_port=given.https_port,
        https_off_because="--no-https" if given.no_https else None,
        ehlo=network.ehlo,
        blocklists=tuple(b.id for b in blocklists.entries),
        allow_net=network.allow_net,
        canaries=tuple(map(_host, given.canary)) or CANARIES,
        absent_name=absent_name(now),
        resolver_kind=_kind(network.nameservers),
        second_opinion=rows <= SECOND_OPINION_ROWS if given.second_opinion is None else given.second_opinion,
        tls_depth=TlsDepth(given.tls_depth),
        revocation=given.revocation,
        dkim_guesses=DkimGuesses(given.dkim_guesses),
        trust_anchors=_anchors(given.trust_anchor) if given.trust_anchor else (),
    )


def _narrowed(settings: Settings, only: Literal["smtp"] | None) -> Settings:
    """Of a run that only visits mail servers.

    Raises:
        UserError: it may not even do that.
    """
    if only is None:
        return settings
    if not settings.smtp:
        raise UserError("--only smtp and --no-smtp leave nothing to do.")
    return replace(settings, only=only, https=False, https_off_because=f"--only {only}", second_opinion=False)


def _wanted(dnsbl: str | None) -> tuple[str, ...] | None:
    """The words of --dnsbl; None where it was not given."""
    if dnsbl is None:
        return None
    words = tuple(w for w in dnsbl.split(",") if w.strip())
    if not words:  # perhaps a variable of a script that is not set: no reason to ask nobody
        raise UserError("--dnsbl names no blocklist; for none at all: --dnsbl none")
    return words


def _history(places: tuple[Path, ...]) -> History | None:
    if not places:
        return None
    try:
        return read_history(places)
    except EvidenceError as error:
        raise UserError(str(error)) from None


def instant(text: str, option: str = "--now") -> datetime:
    """A time as RFC 3339 writes it, given by an option."""
    refusal = _refusal(f"{option} takes a time from {YEARS[0]} on, such as 2026-11-24T12:00:00Z", text)
    if not validate_rfc3339(text):
        raise refusal
    given = datetime.fromisoformat(text)
    if given.year not in YEARS:  # at the edges of the calendar there is no day before or after
        raise refusal
    return given.astimezone(UTC)


def absent_name(now: datetime) -> str:
    """A name that nobody has registered: it is made of the time, so that nobody can have."""
    return f"nx-{contract.sha256(now.isoformat().encode())[:20]}.com"


def outputs_of(texts: tuple[str, ...], rows_in_one_file: int) -> tuple[Output, ...]:
    """`-o FORMAT=PATH`; `-` is standard output, for one format at most."""
    found = []
    for text in texts:
        kind, sign, path = text.partition("=")
        if not sign or not path:
            raise UserError(f"-o takes FORMAT=PATH, such as html=report.html, not “{visible(text, 60)}”.")
        if kind not in FORMATS:
            near = difflib.get_close_matches(kind, FORMATS, n=1)
            hint = f" Did you mean {near[0]}?" if near else f" There are {', '.join(FORMATS)}."
            raise UserError(f"There is no format “{visible(kind, 40)}”.{hint}")
        to = Output(kind, None, columns()) if path == "-" else Output(kind, Path(path))
        found.append(replace(to, rows_in_one_file=rows_in_one_file))
    if sum(o.path is None for o in found) > 1:
        raise UserError("Only one format can go to standard output.")
    return tuple(found)


def certificates(path: Path) -> tuple[bytes, ...]:
    """The certificates of a PEM file, as DER, in order."""
    with path.open("rb") as file:
        text = file.read(MAX_CA_FILE).decode("ascii", "replace")
    found = tuple(_der(body, path) for body in PEM.findall(text))
    if not found:
        raise UserError(f"{path} holds no certificate in PEM form.")
    return found


def _anchors(path: Path) -> tuple[str, ...]:
    """The trust anchors of a file, in order.

    Raises:
        UserError: it holds something else; the message names the line and the column.
    """
    with path.open("rb") as file:
        octets = file.read(MAX_ANCHOR_FILE + 1)
    if len(octets) > MAX_ANCHOR_FILE:
        raise UserError(f"{path} is longer than {MAX_ANCHOR_FILE // 1024} KiB: it is no file of trust anchors.")
    found = anchors(octets.decode("utf-8", "replace"))
    if isinstance(found, AnchorFault):
        raise UserError(f"{path}, line {found.line}, column {found.column}: {found.message}.")
    return tuple(a.text for a in found)


def _der(body: str, path: Path) -> bytes:
    try:
        return binascii.a2b_base64("".join(body.split()), strict_mode=True)
    except binascii.Error:
        raise UserError(f"{path} holds a certificate that is not base64.") from None


def nameserver_of(text: str) -> Endpoint:
    """A resolver as `--nameserver` names it.

    Raises:
        UserError: it is no address.
    """
    found = _endpoint(text, 53)
    if found is None:
        raise _refusal("--nameserver takes IP or IP:PORT, such as 127.0.0.1:5335", text)
    return found


def resolver_of(text: str) -> Endpoint:
    """A resolver as `--resolver` names it.

    Raises:
        UserError: it is no address.
    """
    found = _endpoint(text, 53)
    if found is None:
        raise _refusal("--resolver takes IP or IP:PORT, such as 9.9.9.10", text)
    return found


def _endpoint(text: str, port: int | None) -> Endpoint | None:
    """`192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`."""
    bracketed = re.fullmatch(r"\[([0-9a-fA-F:.]+)\](?::([0-9]{1,5}))?", text)
    plain = re.fullmatch(r"([0-9.]+)(?::([0-9]{1,5}))?", text)
    found = bracketed or plain
    host, number = (found[1], found[2]) if found else (text, None)
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        return None
    chosen = int(number) if number else port
    return (address, chosen) if chosen is not None and 0 < chosen < 65536 else None


def _mapping(text: str) -> tuple[Endpoint, Endpoint]:
    pair = re.fullmatch(r"(\[[^\]]+\]:[0-9]+|[0-9.]+:[0-9]+):(\[[^\]]+\]:[0-9]+|[0-9.]+:[0-9]+)", text)
    source = _endpoint(pair[1], None) if pair else None
    target = _endpoint(pair[2], None) if pair else None
    if source is None or target is None:
        raise _refusal("--connect-to takes ADDR:PORT:ADDR:PORT, such as 203.0.113.10:25:127.0.0.1:2525", text)
    return source, target


def _range(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise UserError(f"--allow-net takes a range such as 10.1.0.0/16: {visible(str(error), 120)}.") from None


def _host(text: str) -> str:
    name = domain_name(text)
    if isinstance(name, NameFault):
        raise UserError(f"--canary: {name.message}")
    return name.ascii


def _ehlo(text: str | None) -> str:
    """The name for EHLO: given, or this machine's if it is a whole one, else its address in brackets."""
    if text is not None:
        if not re.fullmatch(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Za-z:.]{2,60}\]", text):
            raise _refusal("--ehlo takes a host name or an address literal in brackets", text)
        return text
    name = platform.node().lower()
    return own_literal() if isinstance(domain_name(name), NameFault) else name


def _kind(nameservers: tuple[Endpoint, ...]) -> Literal["loopback", "public", "private", "other"]:
    addresses = [ipaddress.ip_address(a) for a, _ in nameservers]
    if all(a.is_loopback for a in addresses):
        return "loopback"
    public = load_resolvers()
    if any(public.name_of(a) for a, _ in nameservers):
        return "public"
    return "private" if all(a.is_private for a in addresses) else "other"


def _limits(given: Asking) -> SmtpLimits:
    default = SmtpLimits()
    return SmtpLimits(
        connect=min(default.connect, given.smtp_timeout),
        banner=min(default.banner, given.smtp_timeout),
        ehlo=min(default.ehlo, given.smtp_timeout),
        tls=min(default.tls, given.smtp_timeout),
        session=given.smtp_timeout,
        gap_between_visits=given.smtp_gap,
        stapling=given.revocation,
    )


def _https_limits(given: Asking) -> HttpsLimits:
    return HttpsLimits(connect=min(HttpsLimits().connect, given.https_timeout), total=given.https_timeout)


def _refusal(rule: str, text: str) -> UserError:
    return UserError(f"{rule}, not “{visible(text, 60)}”.")
