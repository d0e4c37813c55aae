"""What is worth a word beside the cause of a dialogue's end: what went well and still should not be so.

Before TLS anybody on the way reads what is said, and may change it, so what a server offers then (RFC 4954 section 4)
is held against what it offers within TLS. A login is said once and by one mechanism: the others are named, not tried.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.model.dialogue import Dialogue, Ending, Part
from audit.syntax.sasl.mechanism import FOR_PASSWORDS, FOR_TOKENS
from audit.syntax.smtp import Capabilities

SLOW_GREETING_MS = 5000
INJECTED = (
    "Plain text came before TLS began: the server lets in commands that others put there (the STARTTLS injection of "
    "2011), or somebody sits between."
)
READABLE = frozenset({"PLAIN", "LOGIN"})
LOGIN_REFUSED = frozenset({Ending.REJECTED, Ending.FAULTY})


def remarks(dialogue: Dialogue, stage: Part) -> tuple[str, ...]:
    """What is to be said beside the cause, which lies at this stage."""
    return (*_of_greeting(dialogue), *_of_offers(dialogue), *_of_login(dialogue, stage))


def _of_greeting(dialogue: Dialogue) -> Iterator[str]:
    greeting, helo = dialogue.at(Part.BANNER), dialogue.at(Part.HELO)
    if greeting and greeting.ending is Ending.OK and (greeting.elapsed_ms or 0) >= SLOW_GREETING_MS:
        yield (
            f"The greeting took {(greeting.elapsed_ms or 0) / 1000:.0f} seconds: a delay on purpose, which drives off "
            "impatient senders, or slow reverse DNS on the server's side."
        )
    if dialogue.injected is not None:
        yield f"{INJECTED} It was “{dialogue.injected}”."
    if helo and helo.ending is Ending.OK:
        yield "The server does not know EHLO: there is no TLS and no login with it."


def _of_offers(dialogue: Dialogue) -> Iterator[str]:
    """The ways to log in, in clear and within TLS."""
    before, after = mechanisms(dialogue.before), mechanisms(dialogue.after)
    if set(before) & READABLE:
        yield "Before TLS the server already offers a login that hands over the password: it should not."
    if before and dialogue.after and set(before) != set(after):
        yield f"In clear it offers {_listed(before)} to log in, within TLS {_listed(after)}."


def _of_login(dialogue: Dialogue, stage: Part) -> Iterator[str]:
    login = dialogue.at(Part.AUTH)
    if login is None:
        return
    if login.ending is Ending.WITHHELD and stage is not Part.AUTH:
        yield f"The login was not sent: {login.detail}."
    if login.ending in LOGIN_REFUSED and dialogue.mechanism is not None:
        kind = FOR_TOKENS if dialogue.mechanism in FOR_TOKENS else FOR_PASSWORDS
        others = tuple(m for m in kind if m in mechanisms(dialogue.after) and m != dialogue.mechanism)
        if others:
            yield (
                f"The server offers {_listed(others)} as well. That was not tried, as servers count logins that fail "
                f"and lock accounts; to try it: `--mechanism {others[0]}`."
            )


def mechanisms(keywords: tuple[str, ...]) -> tuple[str, ...]:
    """The ways to log in that an answer to EHLO names."""
    told = Capabilities("", tuple((k.partition(" ")[0], k.partition(" ")[2]) for k in keywords))
    return tuple(m.upper() for m in told.mechanisms)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(sorted(set(names))) or "nothing"
