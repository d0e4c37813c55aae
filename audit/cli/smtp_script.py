"""The options of `mxaudit smtp` as a script: where to go, how far, and with which login."""

from __future__ import annotations

import getpass
import os
import secrets
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from audit.cli.messages import UserError
from audit.desk.message import made_message
from audit.gather.dialogue import IMPLICIT_TLS, MX_PORT, Place
from audit.model.dialogue import Part
from audit.model.own import ProbeName
from audit.model.secret import Secret
from audit.network.script import Envelope, Script
from audit.syntax.escape import visible
from audit.syntax.names import NameFault, domain_name
from audit.syntax.sasl.mechanism import Credential

PASSWORD, TOKEN = "MXAUDIT_SMTP_PASSWORD", "MXAUDIT_SMTP_TOKEN"
MAX_SECRET = 16 * 1024  # octets of a file with one; tokens are long
MAX_USER = 320
ADDRESSES = "--from and --to take addresses such as anna@example.org."


def target_of(text: str, tls: str | None, family: int | None, *, probing: bool = False) -> Place:
    """Where to go; to probe a server, where other servers deliver.

    Raises:
        UserError: it is neither a host, nor a domain, nor an address, or its port is none.
    """
    host, port = _parted(text)
    port = MX_PORT if probing and port is None else port
    implicit = tls == "implicit" or (tls is None and port == IMPLICIT_TLS)
    if tls is not None and port is None:
        raise UserError("--implicit-tls and --starttls are about one port: name it, as in HOST:587.")
    try:
        name = str(ip_address(host))
    except ValueError:
        found = domain_name(host)
        if isinstance(found, NameFault):
            raise UserError(f"“{visible(host, 60)}” is no host: {found.message}") from None
        name = found.ascii
    return Place(host=name, port=port or 0, implicit_tls=implicit, family=family)


def _parted(text: str) -> tuple[str, int | None]:
    """HOST, HOST:PORT, [IPv6], [IPv6]:PORT, or an IPv6 address without a port."""
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise UserError(f"“{visible(text, 60)}” lacks a bracket: write [2001:db8::1]:587.")
        return host, _port(rest[1:]) if rest else None
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, _port(port)
    return text, None


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536:
        return int(text)
    raise UserError(f"“{visible(text, 20)}” is no port: it is a number from 1 to 65535.")


def script_of(given: Mapping[str, Any]) -> Script:
    """How far to go, and with what.

    Raises:
        UserError: the options don't go together, or the secret is nowhere.
    """
    if given["probes"]:
        return _probing(given)
    credential = _credential(given)
    sender = given["sender"] or (given["user"] if given["user"] and "@" in given["user"] else None)
    recipients: tuple[str, ...] = given["recipients"]
    if (given["send"] or recipients or given["sender"]) and credential is None:
        raise UserError("A sender, a recipient or a message goes to a server whose user you are: log in with --user.")
    if given["send"] and not (sender and recipients):
        raise UserError("--send needs --to ADDRESS, and --from ADDRESS unless --user is one.")
    try:
        envelope = Envelope(sender=sender, recipients=recipients) if sender and recipients else None
        message = _message(envelope) if envelope and given["send"] else None
    except ValueError:
        raise UserError(ADDRESSES) from None
    last = Part.QUIT if envelope else Part.AUTH if credential else Part.EHLO_TLS
    until = Part(given["quit_after"]) if given["quit_after"] else last
    return Script(until=until, credential=credential, mechanism=given["mechanism"], envelope=envelope, message=message)


def _probing(given: Mapping[str, Any]) -> Script:
    """What is said to a server that is one's own: never a login, never a message."""
    if given["user"] or given["send"] or given["quit_after"]:
        raise UserError("--probe goes without --user, --send and --quit-after: a stranger has no login.")
    probes, sender, recipients = given["probes"], given["sender"], given["recipients"]
    if ("relay" in probes) != bool(recipients) or len(recipients) > 1 or (recipients and not sender):
        raise UserError("--probe relay needs --from ADDRESS and one --to ADDRESS, in two domains of yours.")
    own = domain_of(sender) if sender else None
    if recipients and domain_of(recipients[0]) == own:
        raise UserError("--probe relay needs two domains: --to in one that this server does not serve.")
    rcpt = [*recipients, *(["postmaster" + (f"@{own}" if own else "")] if "postmaster" in probes else [])]
    names = tuple((Part(p), "postmaster") for p in (ProbeName.VRFY, ProbeName.EXPN) if p in probes)
    try:
        envelope = Envelope(sender=sender or "", recipients=tuple(rcpt)) if rcpt else None
    except ValueError:
        raise UserError(ADDRESSES) from None
    return Script(until=Part.QUIT, names=names, envelope=envelope)


def domain_of(address: str) -> str:
    """The domain of an address.

    Raises:
        UserError: it has none.
    """
    found = domain_name(address.rpartition("@")[2]) if "@" in address else None
    if found is None or isinstance(found, NameFault):
        raise UserError(ADDRESSES)
    return found.ascii


def _message(envelope: Envelope) -> bytes:
    return made_message(envelope.sender, envelope.recipients, datetime.now(UTC), secrets.token_hex(6))


def _credential(given: Mapping[str, Any]) -> Credential | None:
    user: str | None = given["user"]
    if user is None:
        if given["password_file"] or given["token_file"] or given["mechanism"]:
            raise UserError("A login needs --user NAME.")
        return None
    if len(user) > MAX_USER or any(ord(c) < 0x20 or ord(c) == 0x7F for c in user):
        raise UserError("--user takes a name without control characters.")
    if given["password_file"] and given["token_file"]:
        raise UserError("--password-file and --token-file exclude each other.")
    credential = _secret(user, given)
    if "\0" in credential.secret.reveal():
        raise UserError("The password holds a NUL, which no login can carry.")
    return credential


def _secret(user: str, given: Mapping[str, Any]) -> Credential:
    token = _first_line(given["token_file"]) if given["token_file"] else os.environ.get(TOKEN)
    password = _first_line(given["password_file"]) if given["password_file"] else os.environ.get(PASSWORD)
    if token and not given["password_file"]:
        return Credential(user=user, secret=Secret(token), bearer=True)
    if not password and sys.stdin.isatty():
        password = getpass.getpass(f"Password of {visible(user, 60)}: ")
    if not password:
        raise UserError(f"There is no password: set {PASSWORD}, give --password-file, or a token (--token-file).")
    return Credential(user=user, secret=Secret(password))


def _first_line(path: Path) -> str:
    """The first line of a file, without its end. Nothing of it is ever shown."""
    try:
        with path.open("rb") as file:
            line = file.read(MAX_SECRET + 1).split(b"\n", 1)[0].rstrip(b"\r")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
    if not line or len(line) > MAX_SECRET:
        raise UserError(f"The first line of {path} is empty, or too long for a secret.")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"The first line of {path} is not UTF-8.") from None
