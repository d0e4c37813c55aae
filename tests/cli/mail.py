"""Mail servers on loopback under names and addresses of the documentation ranges, and the command that visits them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audit import contract
from audit.lab.pki import pem, root
from tests.cli.command import Done, beside, mxaudit
from tests.cli.served import served
from tests.network import submission
from tests.network.smtpfault import FAULTS, Mail, mail_servers
from tests.network.submission import Submission

HOST, ADDRESS, SECOND = "smtp.good.test", "192.0.2.25", "192.0.2.26"
CLOSED = 9  # a port of loopback on which nobody listens
PORTS = (25, 465, 587, 2525)
ZONE = f"""\
test. SOA a.test. admin.test. 1 1800 900 604800 86400
{HOST}. A {ADDRESS}
none.good.test. TXT nothing
"""
Server = Submission | str  # one that is told what to say, or the name of a fault


@dataclass
class Hosted:
    """Servers that run. `ports` says where each really listens."""

    options: list[str]
    mail: Mail
    servers: Mapping[int, Server]
    ran: list[Done] = field(default_factory=list)

    def smtp(self, target: str, *more: str, columns: int = 80, timeout: str = "1") -> Done:
        done = mxaudit("smtp", target, *self.options, "--timeout", timeout, *more, columns=columns)
        self.ran.append(done)
        return done

    def value(self, target: str, *more: str, timeout: str = "1") -> tuple[int, dict[str, Any]]:
        """The exit code, and the answer for programs, which keeps to its schema."""
        done = self.smtp(target, *more, "--json", timeout=timeout)
        assert done.err == ""
        contract.check("smtp", done.out)
        return done.code, json.loads(done.out)

    def heard(self, port: int) -> list[str]:
        server = self.servers[port]
        return server.heard if isinstance(server, Submission) else self.mail.said[f"at {port}"]


@contextmanager
def hosted(
    servers: Mapping[int, Server], folder: Path, zone: str = ZONE, addresses: tuple[str, ...] = (ADDRESS,)
) -> Iterator[Hosted]:
    """Servers on these ports of the host; on all other ports of it nobody listens. Certificates are valid now."""
    now = datetime.now(UTC).replace(microsecond=0)
    ca_file = folder / "root.pem"
    ca_file.write_bytes(pem(root(now)))
    with pytest.MonkeyPatch.context() as patch, served(zone) as nameserver:
        patch.setattr(submission, "NOW", now)
        for port, server in servers.items():
            patch.setitem(FAULTS, f"at {port}", FAULTS[server] if isinstance(server, str) else server)
        with beside(_listening(tuple(f"at {port}" for port in servers))) as mail:
            options = ["--nameserver", nameserver, "--allow-net", "192.0.2.0/24", "--ca-file", str(ca_file)]
            for address in addresses:
                for port in {*PORTS, *servers}:
                    at = mail.ports.get(f"at {port}", CLOSED)
                    options += ["--connect-to", f"{address}:{port}:127.0.0.1:{at}"]
            yield Hosted([*options, "--dns-timeout", "2", "--ehlo", "client.example"], mail, servers)


@asynccontextmanager
async def _listening(names: tuple[str, ...]) -> AsyncIterator[Mail]:
    async with mail_servers(*names) as mail:
        yield mail
