"""What a log tells, whatever server wrote it.

A mail is received, and each of its recipients is delivered, deferred, bounced or expired, once or many times; a client
is rejected before there is a mail. Lines of one mail share a queue id, which is used again later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["sent", "deferred", "bounced", "expired"]


@dataclass(slots=True)
class Entry:
    """A line, split. `moment` is in seconds since 1970, None where the line has no time that can be read."""

    moment: float | None
    program: str
    pid: str
    text: str


@dataclass(slots=True)
class Received:
    """A mail is in the queue. `begins`: this line is its first, by which mails are counted."""

    id: str
    sender: str = ""
    size: int = 0
    begins: bool = False


@dataclass(slots=True)
class Delivery:
    """One attempt for one recipient. `via`: over the wire, or into a mailbox here. `tls` is "" for unknown."""

    id: str
    outcome: Outcome
    via: Literal["out", "local"]
    recipient: str
    host: str = ""
    address: str = ""
    delay: float | None = None
    reply: str = ""
    tls: str = ""


@dataclass(slots=True)
class Reject:
    """A client was turned away by this server: nothing of its mail is in the queue."""

    client: str
    recipient: str
    sender: str
    reply: str
    temporary: bool
    stage: str


@dataclass(slots=True)
class Tls:
    """A connection is encrypted; `peer` is as deliveries of the same process name it."""

    way: Literal["out", "in"]
    pid: str
    peer: str
    version: str


@dataclass(slots=True)
class Gone:
    """A mail left the queue."""

    id: str


Event = Received | Delivery | Reject | Tls | Gone
