"""The lab of the troubleshooting guide: the embedded lab, and beside it servers where people hand in mail.

`prepared` makes a directory with what the commands read (passwords, bounces, a log), so that it is the one to call them
from; `asking` puts the lab's addresses into a command, as its options.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

import click as plain

from audit.cli.group import loaded
from audit.lab.lab import DNS_PORT, Lab, zones
from audit.lab.listeners import LOOPBACK
from audit.lab.pki import CertificateFault, credentials
from audit.lab.signing import SignedZones
from audit.lab.story import addresses
from audit.lab.streams import tls_context
from audit.lab.zone import Zones
from tests.cli.command import lab_options
from tests.guide.server import SubmissionServer

INPUTS = Path(__file__).parent / "inputs"
SUBMISSION, OLD, MISNAMED, PART, SLOW = 200, 201, 202, 203, 204  # numbers of addresses
HOSTS = {
    "smtp.good.example": (SUBMISSION, CertificateFault.NONE),
    "old.good.example": (OLD, CertificateFault.EXPIRED),
    "www.good.example": (MISNAMED, CertificateFault.WRONG_NAME),
    "part.good.example": (PART, CertificateFault.INCOMPLETE),
    "slow.good.example": (SLOW, CertificateFault.NONE),
}
PORTS = {"smtp.good.example": (25, 465, 587), "slow.good.example": (587,)}  # of the others 465 and 587
RESOLVER = "198.51.100.200"
COMPARED = (25, 465, 587, 2525)
PASSWORD, WRONG = "l3tters-of-the-lab", "l3tters-of-the-lap"
NOT_AN_APP = (
    "534-5.7.9 Application-specific password required. For more information, go to\r\n"
    "534 5.7.9 https://support.google.com/mail/?p=InvalidSecondFactor a-gsmtp"
)


class GuideLab(Lab):
    """The running lab, as an asynchronous context."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self._signed = SignedZones(guide_zones(), self._now)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.connect_to[RESOLVER, DNS_PORT] = self.nameserver
        shut = self._refusing()
        for host, (number, fault) in HOSTS.items():
            shown = tls_context(credentials(host, fault, self._now))
            for port in COMPARED:
                listening = shut
                if port in PORTS.get(host, (465, 587)):
                    server = SubmissionServer(
                        host,
                        shown,
                        implicit=port == 465,
                        silent=number == SLOW,
                        accounts={"anna@good.example": PASSWORD},
                        refusals={"lee@good.example": NOT_AN_APP},
                    )
                    listening = await self._listeners.open(server.converse)
                self.connect_to[addresses(number)[0], port] = (LOOPBACK, listening)
        return self

    def _refusing(self) -> int:
        """A port that is kept, and on which nobody listens."""
        taken = socket.socket()
        self._listeners.closed.append(taken)
        taken.bind((LOOPBACK, 0))
        port: int = taken.getsockname()[1]
        return port


def guide_zones() -> Zones:
    """The lab's internet, and the names of the servers beside."""
    return zones(*(f"{host} A {addresses(number)[0]}" for host, (number, _) in HOSTS.items()))


def prepared(lab: Lab, folder: Path) -> list[str]:
    """Put into a folder what the commands read. Returns the options by which a command asks the lab."""
    shutil.copytree(INPUTS, folder, dirs_exist_ok=True)
    (folder / "domains.txt").write_text("good.example selectors=lab1\nexpired.example selectors=lab1\n")
    (folder / "password").write_text(f"{PASSWORD}\n")
    (folder / "mistyped").write_text(f"{WRONG}\n")
    (folder / ".lab").mkdir(exist_ok=True)
    options = lab_options(lab, folder / ".lab" / "root.pem")
    return [*options[: options.index("--now")], "--ehlo", "client.example", "--tls-gap", "0"]


def asking(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """The words of a command, and after its name those options of the lab that it knows and that it does not say."""
    command, depth = loaded(words[0]), 1
    if isinstance(command, plain.Group):
        command, depth = command.commands[words[1]], 2
    known = {name for parameter in command.params for name in parameter.opts} - set(words)
    if "--nameserver" not in known:
        return list(words)
    return [*words[:depth], *_kept(options, known), *words[depth:]]


def _kept(options: Sequence[str], known: Iterable[str]) -> list[str]:
    pairs = zip(options[::2], options[1::2], strict=True)
    return [word for name, value in pairs if name in known for word in (name, value)]
