"""Why a mail server would not talk to us, told from its own words.

A greeting of 554 or 421 ends the visit of an auditor (RFC 5321 section 3.1), and mostly says something about the
auditor's address, not about the server. What the reply means is told beside it, so that nobody mends what is whole.
"""

from __future__ import annotations

from audit.desk.diagnosis import diagnose
from audit.model.probe import Outcome, Reply, SmtpSession

OURS = " That is about the address from which we asked, not about the server."


def turned_away(host: str, session: SmtpSession) -> str | None:
    """What the first reply by which a server turned us away, or put us off, means.

    None where there was none, or where it says no more than that.
    """
    for stage in session.stages:
        if stage.outcome in {Outcome.DEFERRED, Outcome.REJECTED} and stage.reply is not None:
            found = diagnose(_whole(stage.reply), host=host)
            if found.confidence == "low":
                return None
            lasting = "permanent" if found.permanent else "temporary"
            probably = "" if found.confidence == "high" else ", probably"
            whose = OURS if found.side == "ours" else ""
            return f"Its reply means: {found.cause}{whose} ({found.kind.id}, {lasting}{probably})"
    return None


def _whole(reply: Reply) -> str:
    """A reply as it came off the wire."""
    *others, last = reply.lines or ("",)
    return "\n".join((*(f"{reply.code}-{line}" for line in others), f"{reply.code} {last}"))
