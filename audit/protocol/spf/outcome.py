"""What a receiver knows of a mail when it checks SPF, and what it comes to (RFC 7208 sections 2.6 and 4.1)."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

from audit.model.fact import Unknown
from audit.model.value import dataclass
from audit.syntax.labels import lowered
from audit.syntax.names import DomainName, as_address, domain_name

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

UNKNOWN = "unknown"  # what macros become whose value nobody knows (section 7.3)
POSTMASTER = "postmaster"


class SpfResult(StrEnum):
    """The results of section 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True)
class SpfQuery:
    """A client that sends: its address, what it said after MAIL FROM (empty for the null path) and after HELO.

    `receiver` is the host that checks, and `now` the seconds since 1970: only explanations name them. `shared` and
    `own` limit the questions: those that each client leads to, and those that only this one does, by macros.

    Raises:
        ValueError: `ip` is no address, when it is read.
    """

    ip: str
    mail_from: str = ""
    helo: str = ""
    receiver: str = UNKNOWN
    now: int = 0
    shared: int = 200
    own: int = 200

    @cached_property
    def address(self) -> IpAddress:
        """The client's address. One that is mapped into IPv6 is the IPv4 address that it holds (section 5)."""
        address = ipaddress.ip_address(self.ip)
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return mapped or address

    @property
    def identity(self) -> str:
        """Whose name is checked: `mailfrom`, or `helo` when the path is null (section 2.4)."""
        return "mailfrom" if self.mail_from else "helo"

    @property
    def local(self) -> str:
        """The local part as octets; who gives none is the postmaster (section 4.3)."""
        return _octets(self.mail_from.rpartition("@")[0]) or POSTMASTER

    @property
    def written(self) -> str:
        """The domain that is checked, as octets, as the client wrote it; in other scripts as A-labels (section 4.3)."""
        return wire_name(self.mail_from.rpartition("@")[2] if self.mail_from else self.helo)

    @property
    def domain(self) -> str:
        """The domain that is checked, in lower case."""
        return lowered(self.written)

    @property
    def greeting(self) -> str:
        """The name after HELO, which may be an address in brackets."""
        said = _octets(self.helo) if self.helo.isascii() else wire_name(self.helo)
        return said.removesuffix(".") or UNKNOWN


@dataclass(frozen=True, slots=True)
class SpfMatch:
    """A term of a record that decided, or that led to the record with the one that did."""

    domain: str
    term: str


@dataclass(frozen=True, slots=True)
class SpfOutcome:
    """What `check_host` returns, and how it came there. Texts of the world in it are octets, not yet escaped.

    `path` leads from the domain's own record to the mechanism that matched, through includes and redirects; it is
    empty when none did. `reason` says in words why the result is temperror, permerror or none, and `place` at which
    name; `hole` is the question that found no answer.
    """

    result: SpfResult
    domain: str
    identity: str
    explanation: str | None = None
    path: tuple[SpfMatch, ...] = ()
    lookups: int = 0
    voids: int = 0
    reason: str | None = None
    place: str | None = None
    hole: Unknown | None = None

    @property
    def matched(self) -> SpfMatch | None:
        """The mechanism that matched, with the name of the record that it stands in."""
        return self.path[-1] if self.path else None


def wire_name(text: str) -> str:
    """A domain as a client wrote it, as octets; without the final dot, which names the same."""
    text = text.removesuffix(".")
    if not text.isascii():
        read = domain_name(text)
        return read.ascii if isinstance(read, DomainName) else _octets(text)
    return "" if as_address(text) else text


def _octets(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
