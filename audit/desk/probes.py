"""What a mail server that is one's own lets strangers do: relay, look up names, reach its postmaster (RFC 5321).

A server that passes on mail from anybody to anywhere is an open relay (RFC 2505 section 2.1), and soon on every
blocklist. VRFY and EXPN (RFC 5321 section 7.3) tell who has a mailbox; postmaster has to have one (section 4.5.1). A
recipient that is taken is a suspicion and no proof: some servers take all, and send it back later. A server that turns
us away for what we are says nothing about what it does for others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from audit.desk.diagnosis import diagnose
from audit.model.dialogue import Dialogue, Part, Step
from audit.model.probe import Reply

OF_US = frozenset({"reputation-block", "auth-fail", "rate", "greylist", "tls", "protocol"})
NO_SUCH = frozenset({"hard-address", "hard-domain"})


class ProbeName(StrEnum):
    RELAY = "relay"
    POSTMASTER = "postmaster"
    VRFY = "vrfy"
    EXPN = "expn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What one probe showed, under the id of its rule; `severity` is null unless it failed."""

    rule: str
    result: Literal["pass", "fail", "unknown"]
    severity: Literal["high", "low"] | None
    text: str
    said: str | None
    reply: Reply | None

    @property
    def suspected(self) -> bool:
        """Whether it failed by a sign that is no proof."""
        return self.result == "fail" and self.rule == KINDS[ProbeName.RELAY].rule


@dataclass(frozen=True, slots=True)
class _Kind:
    rule: str
    severity: Literal["high", "low"]
    fails: str
    passes: str


KINDS = {
    ProbeName.RELAY: _Kind(
        "SMTP-OPENRELAY",
        "high",
        "The server took a recipient elsewhere from a stranger: suspected to be an open relay. Restrict relaying to "
        "users who are logged in and to your own networks (Postfix: `smtpd_relay_restrictions`).",
        "The server does not relay for strangers.",
    ),
    ProbeName.POSTMASTER: _Kind(
        "SMTP-POSTMASTER",
        "low",
        "The server refuses mail to postmaster, which RFC 5321 section 4.5.1 asks each to take: make it an alias.",
        "The server takes mail to postmaster.",
    ),
    ProbeName.VRFY: _Kind(
        "SMTP-VRFY",
        "low",
        "VRFY tells strangers which mailboxes there are: switch it off (Postfix: `disable_vrfy_command = yes`).",
        "VRFY tells nothing.",
    ),
    ProbeName.EXPN: _Kind(
        "SMTP-EXPN", "low", "EXPN tells strangers who is on a list: switch it off.", "EXPN tells nothing."
    ),
}


def probed(dialogue: Dialogue, probes: tuple[ProbeName, ...], relayed_to: str) -> tuple[ProbeResult, ...]:
    """What the probes of a dialogue showed; `relayed_to` is the recipient elsewhere."""
    return tuple(_result(probe, dialogue, relayed_to) for probe in ProbeName if probe in probes)


def _result(probe: ProbeName, dialogue: Dialogue, relayed_to: str) -> ProbeResult:
    kind, step = KINDS[probe], _step(probe, dialogue, relayed_to)
    reply = step.reply if step else None
    verdict = _verdict(probe, reply, dialogue.host) if reply else None
    why = f"the server answers {reply.code}, which tells nothing" if reply else "the dialogue did not come so far"
    return ProbeResult(
        rule=kind.rule,
        result="unknown" if verdict is None else "pass" if verdict else "fail",
        severity=kind.severity if verdict is False else None,
        text=f"This could not be told: {why}." if verdict is None else kind.passes if verdict else kind.fails,
        said=step.said if step else None,
        reply=reply,
    )


def _step(probe: ProbeName, dialogue: Dialogue, relayed_to: str) -> Step | None:
    return next((s for s in _steps(probe, dialogue, relayed_to)), None)


def _steps(probe: ProbeName, dialogue: Dialogue, relayed_to: str) -> Iterator[Step]:
    part = {ProbeName.VRFY: Part.VRFY, ProbeName.EXPN: Part.EXPN}.get(probe, Part.RCPT)
    elsewhere = f"RCPT TO:<{relayed_to}>"
    for step in dialogue.steps:
        if step.part is part and (part is not Part.RCPT or (step.said == elsewhere) == (probe is ProbeName.RELAY)):
            yield step


def _verdict(probe: ProbeName, reply: Reply, host: str) -> bool | None:
    """Whether it is as it should be; None where the reply does not tell."""
    taken, refused = reply.code // 100 == 2, reply.code // 100 == 5
    if probe in {ProbeName.VRFY, ProbeName.EXPN}:
        tells = reply.code in {250, 251}
        return False if tells else True if reply.code == 252 or refused else None
    kind = diagnose(f"{reply.code} {' '.join(reply.lines)}", host=host).kind.id
    if probe is ProbeName.RELAY:
        return False if taken else True if refused and kind not in OF_US else None
    return True if taken else False if refused and kind in NO_SUCH else None
