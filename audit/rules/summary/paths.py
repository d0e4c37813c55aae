"""How mail comes in, as each kind of sender goes about it: its steps over the mail hosts, and what comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from audit.model.fact import Fact, Unknown
from audit.model.report import MailPath, PathStep, State, Turn
from audit.protocol.senders import HANDED_OVER, Sender, SenderPath, SenderPaths, SenderStep

TEXTS: Mapping[Turn, str] = MappingProxyType(
    {
        Turn.AUTHENTICATED: "takes the mail encrypted, and proves who it is",
        Turn.ENCRYPTED: "takes the mail encrypted ({})",
        Turn.FALLBACK: "offers TLS that fails ({}): some senders go on, others hand the mail over in the clear",
        Turn.CLEAR: "takes the mail in the clear",
        Turn.ABSENT: "has no address",
        Turn.CLOSED: "accepts no connection ({})",
        Turn.UNCOVERED: "is not named in the policy, so it is passed by",
        Turn.UNPROVED: "does not prove who it is ({}), so it is passed by",
        Turn.FORGED: "cannot be believed, as DNSSEC validation fails ({})",
        Turn.UNKNOWN: "could not be tested",
    }
)
ANSWERS: Mapping[Turn, tuple[State, str, str]] = MappingProxyType(
    {
        Turn.AUTHENTICATED: (State.GOOD, "encrypted, to the right server", "Nobody on the way can read or divert it."),
        Turn.ENCRYPTED: (State.GOOD, "encrypted", "Who sits on the way and only listens reads nothing."),
        Turn.FALLBACK: (State.WARNING, "encrypted or not", "TLS fails, and what a sender does then is its own choice."),
        Turn.CLEAR: (State.WARNING, "in the clear", "Everybody on the way can read and change it."),
    }
)
NOTHING_TO_HEED: Mapping[Sender, str] = MappingProxyType(
    {
        Sender.PLAIN: "",
        Sender.MTA_STS: "It finds no policy that it must enforce, and goes the way of a plain sender. ",
        Sender.DANE: "It finds no signed TLSA records, and goes the way of a plain sender. ",
    }
)


def paths(facts: Mapping[type, Fact[Any]]) -> tuple[MailPath, ...]:
    """The way of each kind of sender; none where mail servers were not connected to, or the domain takes no mail."""
    found = facts.get(SenderPaths)
    if found is None or isinstance(found, Unknown):
        return ()
    paths: SenderPaths = found.value
    return tuple(_path(path) for path in paths.paths)


def _path(path: SenderPath) -> MailPath:
    state, answer, because = _answer(path)
    before = NOTHING_TO_HEED[path.sender] if path.as_plain else ""
    return MailPath(
        sender=path.sender.value,
        state=state,
        answer=answer,
        because=before + because,
        steps=tuple(_step(step) for step in path.steps),
    )


def _answer(path: SenderPath) -> tuple[State, str, str]:
    """What comes of a path. A server that could not be seen may take the mail before another does, better or worse."""
    end = path.end
    if end is not None:
        state, answer, because = ANSWERS[end]
        if path.certain:
            return state, answer, because
        return State.UNKNOWN, "delivered; how, could not be tested", "A server that comes before could not be seen."
    if not path.certain:
        return State.UNKNOWN, "could not test", "Whether a server takes the mail could not be seen."
    if any(step.turn is Turn.FORGED for step in path.steps):
        return State.BAD, "not delivered", "DNSSEC validation fails: the mail waits with the sender, and bounces later."
    return State.BAD, "not delivered", "No server takes it: it waits with the sender for days, and then bounces."


def _step(step: SenderStep) -> PathStep:
    text = TEXTS[step.turn].format(step.detail or "no reason given")
    return PathStep(
        preference=step.preference,
        host=step.host,
        address=step.address,
        turn=step.turn,
        taken=step.turn in HANDED_OVER,
        text=text,
        reason=step.detail if step.turn is Turn.UNKNOWN else None,
    )
