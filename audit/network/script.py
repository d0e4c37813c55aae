"""How far a dialogue with a mail server is to go, and with what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from audit.model.dialogue import Part
from audit.network.options import SmtpLimits
from audit.syntax.chain import TrustStore
from audit.syntax.sasl.mechanism import Credential

LONGEST_PATH = 254  # octets, without < and > (RFC 5321 section 4.5.3.1.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A sender, empty for the null path, and recipients, as they are written between < and >.

    Raises:
        ValueError: one of them could smuggle in a command.
    """

    sender: str
    recipients: tuple[str, ...]

    def __post_init__(self) -> None:
        for path in (self.sender, *self.recipients):
            if not _is_sayable(path):
                raise ValueError("an address that cannot be said in SMTP")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How far to go, and with what. `names` are tried with VRFY and EXPN; a `message` has its lines end with CRLF.
    Without a message the envelope is taken back with RSET."""

    until: Part = Part.EHLO_TLS
    credential: Credential | None = None
    mechanism: str | None = None
    names: tuple[tuple[Part, str], ...] = ()
    envelope: Envelope | None = None
    message: bytes | None = None

    @property
    def public(self) -> Script:
        """As much of it as may be said to any server."""
        return replace(self, credential=None, mechanism=None, names=(), envelope=None, message=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """The name we greet with, how long we wait, and by which roots and at which moment a certificate is judged.

    `patience` are the seconds of silence after which a server may be thought to wait for TLS; a greeting that is held
    back on purpose mostly comes sooner."""

    ehlo: str
    limits: SmtpLimits
    store: TrustStore
    at: datetime
    patience: float = 10.0


def _is_sayable(path: str) -> bool:
    return len(path) <= LONGEST_PATH and path.isascii() and path.isprintable() and not set(path) & set(" <>")


def stuffed(message: bytes) -> bytes:
    """A message as DATA carries it (RFC 5321 section 4.5.2): a dot before each dot that begins a line, and the end."""
    lines = message.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    return b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in lines) + b".\r\n"
