"""What a mail server that is one's own does for strangers: relay, look up names, take mail to its postmaster.

A server that passes on mail from anybody to anywhere is an open relay (RFC 2505 section 2.1). VRFY and EXPN (RFC 5321
section 7.3) tell who has a mailbox; postmaster has to have one (section 4.5.1). A reply shows whether it was granted.
One that turns us away for what we are says nothing about what the server does for others, and one that asks to come
again says nothing yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.desk.diagnosis import diagnose
from audit.model.dialogue import Dialogue, Part, Step
from audit.model.fact import Fact, Known, Unknown
from audit.model.own import OwnProbes, Probed, ProbeName
from audit.model.probe import Reply

OF_US = frozenset({"reputation-block", "auth-fail", "rate", "greylist", "tls", "protocol"})
NO_SUCH = frozenset({"hard-address", "hard-domain"})
TELLS = frozenset({250, 251})  # of VRFY and EXPN: a mailbox, or where it is now
DISCREET = 252  # “cannot verify, but will take the message”
NOT_REACHED, VAGUE = Unknown("smtp.not_reached"), Unknown("smtp.vague")
LATER, TURNED_AWAY = Unknown("smtp.tempfail"), Unknown("smtp.client_rejected")


def own_probes(dialogue: Dialogue, wanted: tuple[ProbeName, ...], relayed_to: str) -> OwnProbes:
    """What the probes of a dialogue showed; `relayed_to` is the recipient elsewhere."""
    return OwnProbes(tuple(_probed(name, dialogue, relayed_to) for name in ProbeName if name in wanted))


def _probed(name: ProbeName, dialogue: Dialogue, relayed_to: str) -> Probed:
    step = next(_steps(name, dialogue, relayed_to), None)
    reply = step.reply if step else None
    granted = _granted(name, reply, dialogue.host) if reply else NOT_REACHED
    return Probed(name=name, said=step.said if step else None, reply=reply, granted=granted)


def _steps(name: ProbeName, dialogue: Dialogue, relayed_to: str) -> Iterator[Step]:
    part = {ProbeName.VRFY: Part.VRFY, ProbeName.EXPN: Part.EXPN}.get(name, Part.RCPT)
    elsewhere = f"RCPT TO:<{relayed_to}>"
    for step in dialogue.steps:
        if step.part is part and (part is not Part.RCPT or (step.said == elsewhere) == (name is ProbeName.RELAY)):
            yield step


def _granted(name: ProbeName, reply: Reply, host: str) -> Fact[bool]:
    """Whether the server did what was asked; unknown where the reply is about us, or about something else."""
    kind_of_code = reply.code // 100
    if kind_of_code == 4:
        return LATER
    if name in {ProbeName.VRFY, ProbeName.EXPN}:
        return Known(reply.code in TELLS) if reply.code in {*TELLS, DISCREET} or kind_of_code == 5 else VAGUE
    if kind_of_code == 2:
        return Known(True)
    kind = diagnose(f"{reply.code} {' '.join(reply.lines)}", host=host).kind.id
    if kind in OF_US:
        return TURNED_AWAY
    certain = kind_of_code == 5 and (name is ProbeName.RELAY or kind in NO_SUCH)
    return Known(False) if certain else VAGUE
