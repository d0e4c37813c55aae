"""SRV records (RFC 2782): on which host and port a service of a domain is offered.

`.` as target says that the service is not offered at all.
"""

from __future__ import annotations

import re

from audit.model.value import dataclass
from audit.syntax.names import canonical

RECORD = re.compile(r"([0-9]{1,5}) +([0-9]{1,5}) +([0-9]{1,5}) +(\S+)")


@dataclass(frozen=True, slots=True, order=True)
class Srv:
    """One record; the lowest priority is tried first, `weight` shares among equals. `target` is canonical."""

    priority: int
    weight: int
    port: int
    target: str

    @property
    def absent(self) -> bool:
        return self.target == "."


def parse(rdata: str) -> Srv | None:
    """A record in presentation form; None for what has not its form."""
    found = RECORD.fullmatch(rdata.strip())
    if found is None:
        return None
    priority, weight, port = (int(n) for n in found.groups()[:3])
    return Srv(priority, weight, port, canonical(found.group(4)))
