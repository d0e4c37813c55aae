"""What probes of a mail server of one's own showed: what it does for a stranger who asks (RFC 2505, RFC 5321).

Only `mxaudit smtp --own --probe` asks so, after the DNS has proved whose server it is: to others it would be an attack.
An audit asks none of it, and so judges none of it.
"""

from __future__ import annotations

from enum import StrEnum

from audit.model.fact import Fact
from audit.model.probe import Reply
from audit.model.value import dataclass


class ProbeName(StrEnum):
    RELAY = "relay"
    POSTMASTER = "postmaster"
    VRFY = "vrfy"
    EXPN = "expn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """One probe: what was said, what was answered, and whether the server did what was asked of it. `said` and `reply`
    are null where the dialogue did not come so far."""

    name: ProbeName
    said: str | None
    reply: Reply | None
    granted: Fact[bool]


@dataclass(frozen=True, slots=True)
class OwnProbes:
    """The probes that were wanted of one server."""

    probes: tuple[Probed, ...]

    def of(self, name: ProbeName) -> Probed | None:
        """What one probe showed; None where it was not wanted."""
        return next((p for p in self.probes if p.name is name), None)
