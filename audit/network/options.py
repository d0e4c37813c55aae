"""What the network is told before it asks anything: servers, limits, and how polite to be.

The defaults are those for the internet: a greeting may take a minute on purpose (RFC 5321 section 4.5.3.2 allows five),
and strict servers want half a minute between two visits. The lab and the tests use their own, shorter ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TypeAlias

from audit.model.secret import Secret

Endpoint: TypeAlias = tuple[str, int]

DNS_PORT = 53
SYSTEM_CONFIGURATION = Path("/etc/resolv.conf")
AT_HOME, ELSEWHERE = 1000, 200  # questions in flight to resolvers on this machine, where they keep up, and to others
NAMESERVERS_USED = 3  # resolv.conf(5): MAXNS


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpLimits:
    """How a session is held. Seconds: each is a total for its stage, so that a server that drips cannot stretch it."""

    connect: float = 10.0
    banner: float = 60.0
    ehlo: float = 30.0  # each command and its reply
    tls: float = 20.0
    quit: float = 2.0
    session: float = 120.0  # all stages together, but QUIT
    gap_between_visits: float = 30.0  # to one address
    stapling: bool = False  # whether an OCSP response is asked for in the handshake


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpsLimits:
    """Seconds. `total` is for a whole fetch: RFC 8461 section 3.3 suggests a minute, and less is plenty."""

    connect: float = 10.0
    total: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOptions:
    """`connect_to` says where an (address, port) really listens, as curl's option of that name does.

    `question_timeout` is for one question with all its retries, `first_timeout` for its first datagram; both seconds.
    `paced_zones` are the zones of blocklists: each is asked at most `list_qps` questions a second. With `only_mapped`
    nothing is dialled but what `connect_to` and `nameservers` name, so that a lab never leaves its machine. `keys` are
    put, by their names, where a paced zone holds `{name}`.

    Raises:
        ValueError: a nameserver is not a numeric address, or the name for EHLO could smuggle in a command.
    """

    nameservers: tuple[Endpoint, ...]
    connect_to: Mapping[Endpoint, Endpoint] = field(default_factory=dict)
    allow_net: tuple[str, ...] = ()
    ehlo: str = "localhost"
    smtp_port: int = 25
    question_timeout: float = 7.0
    first_timeout: float = 0.5
    limits: SmtpLimits = field(default_factory=SmtpLimits)
    https_limits: HttpsLimits = field(default_factory=HttpsLimits)
    dns_concurrency: int | None = None  # questions in flight; null: more of them to a resolver on this machine
    dns_at_first: int = ELSEWHERE  # how many it is begun with, and never gets fewer of, be it ever so slow
    dns_pool: int = 16  # sockets that the questions to a resolver on this machine share; 0: a socket a question
    answers_kept: int = 16 << 20  # octets of answers that are remembered
    sessions_kept: int = 16 << 20  # octets of sessions, offers and fetches, which are in hosts.jsonl as well
    server_concurrency: int = 8  # questions at a time to one name server that is asked itself
    smtp_concurrency: int = 20
    operator_concurrency: int = 2  # sessions with one operator at a time
    network_concurrency: int = 1  # sessions with neighbours, of one /24 or /48, at a time
    smtp_rate: float = 20.0  # sessions that may begin in a second, all together
    https_concurrency: int = 16
    list_qps: float = 10.0
    paced_zones: tuple[str, ...] = ()
    keys: Mapping[str, Secret] = field(default_factory=dict)
    only_mapped: bool = False

    def __post_init__(self) -> None:
        for address, _ in self.nameservers:
            if not _numeric(address):
                raise ValueError(f"the nameserver {address!r} is not a numeric address")
        if not self.ehlo.isascii() or not self.ehlo.isprintable() or not self.ehlo or " " in self.ehlo:
            raise ValueError(f"{self.ehlo!r} cannot be said after EHLO")

    @property
    def pools(self) -> bool:
        """Whether questions share sockets: where all resolvers are on this machine, whose address nobody can forge."""
        return self.dns_pool > 0 and all(ip_address(address).is_loopback for address, _ in self.nameservers)

    @property
    def questions_in_flight(self) -> int:
        """To resolvers, at most. Where each has a socket of its own, they would use up a process's files."""
        return self.dns_concurrency or (AT_HOME if self.pools else ELSEWHERE)


def system_nameservers(configuration: Path = SYSTEM_CONFIGURATION) -> tuple[Endpoint, ...]:
    """The nameservers of resolv.conf(5), at most three; 127.0.0.1 when it names none or cannot be read."""
    try:
        text = configuration.read_text("utf-8", "replace")
    except OSError:
        text = ""
    found: list[Endpoint] = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver" and _numeric(words[1]):
            found.append((words[1], DNS_PORT))
    return tuple(dict.fromkeys(found[:NAMESERVERS_USED])) or (("127.0.0.1", DNS_PORT),)


def _numeric(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
