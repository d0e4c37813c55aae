"""Proof that a name is one's own: a TXT record that only who keeps its zone can put there.

No RFC says how; the way is that of RFC 8555 section 8.4 and of many providers: a token of one's own choice below an
underscored name (RFC 8552), here `mxaudit-own=TOKEN` at `_mxaudit.NAME`. It stands between a tool and its misuse: what
a server might take for an attack is only said to the servers of who asks.
"""

from __future__ import annotations

import re

from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, inquiry, texts

BELOW, KEY = "_mxaudit", "mxaudit-own"
TOKEN = re.compile(r"[A-Za-z0-9]{16,64}")


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whether the record is there."""

    proved: bool


def proof_of(name: str, token: str) -> str:
    """The record to publish, as a zone file has it."""
    return f'{BELOW}.{name}. TXT "{KEY}={token}"'


@inquiry
def ownership(domain: Domain, token: str) -> Steps[Ownership]:
    """Look for the proof of a name; it may be a host's or a mail domain's."""
    return Ownership(f"{KEY}={token}" in (yield from texts(f"{BELOW}.{domain.name}")))
