"""A dialogue told to a person: each stage with what it means, and in front of all the cause and the next step.

The stage that decides is the first that is not good. Where the server gave a reply, the engine for replies explains it,
with the server's host as the speaker; a certificate's problems are told by what a mail program makes of them. A stage
may be good and still worth a word: a greeting that took long, a login offered in clear.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.catalog.replies import Side
from audit.catalog.stages import StageWords, load_stages
from audit.desk.diagnosis import Diagnosis, diagnose
from audit.model.dialogue import Dialogue, Ending, Part, Step
from audit.model.probe import Reply
from audit.syntax.smtp import Capabilities

SLOW_GREETING_MS = 5000
SMTP_PORT = 25
OUTGOING = (
    "Most access networks, clouds and CI runners let nothing out to port 25: try from a server whose provider does, or "
    "hand in mail on port 587 or 465."
)
INJECTED = (
    "Plain text came before TLS began: the server lets in commands that others put there (the STARTTLS injection of "
    "2011), or somebody sits between."
)
READABLE = frozenset({"PLAIN", "LOGIN"})
REPLIED = frozenset({Ending.DEFERRED, Ending.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A stage, explained. `means` is null of one of which nothing is to be said; `diagnosis` is that of its reply."""

    step: Step
    means: str | None
    side: Side
    advice: tuple[str, ...]
    diagnosis: Diagnosis | None

    @property
    def good(self) -> bool:
        return self.step.ending is Ending.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A dialogue, explained. `stage` is the one that decides: the first that is not good, or the last of all."""

    dialogue: Dialogue
    stages: tuple[Told, ...]
    good: bool
    stage: Part
    cause: str
    side: Side
    advice: tuple[str, ...]
    notes: tuple[str, ...]


def account(dialogue: Dialogue) -> Account:
    """Explain a dialogue."""
    stages = tuple(_told(step, dialogue) for step in dialogue.steps)
    decisive = _decisive(stages)
    if decisive is None:
        last = next(t for t in reversed(stages) if t.step.part is not Part.QUIT)
        return Account(
            dialogue=dialogue,
            stages=stages,
            good=True,
            stage=last.step.part,
            cause=_success(last.step, dialogue),
            side="none",
            advice=(),
            notes=tuple(_notes(dialogue, stages)),
        )
    return Account(
        dialogue=dialogue,
        stages=stages,
        good=False,
        stage=decisive.step.part,
        cause=decisive.means or "It did not go on.",
        side=decisive.side,
        advice=decisive.advice,
        notes=tuple(_notes(dialogue, stages)),
    )


def _decisive(stages: tuple[Told, ...]) -> Told | None:
    """The first stage that is not good. Lookups of names decide nothing, and where STARTTLS is not offered or the
    certificate is bad, what comes of it (a login that was not sent) is not the cause."""
    passed_over = {Part.QUIT, Part.VRFY, Part.EXPN}
    failed = [t for t in stages if not t.good and t.step.part not in passed_over]
    if failed and failed[0].step.part is Part.EHLO and len(failed) > 1 and failed[1].step.part is Part.HELO:
        return failed[0]
    if failed and failed[0].step.part is Part.EHLO and any(t.step.part is Part.HELO and t.good for t in stages):
        return failed[1] if len(failed) > 1 else None
    return failed[0] if failed else None


def _told(step: Step, dialogue: Dialogue) -> Told:
    if step.reply is not None and step.ending in REPLIED:
        diagnosis = diagnose(_as_text(step.reply), host=dialogue.host)
        return Told(
            step=step,
            means=diagnosis.cause,
            side=diagnosis.side,
            advice=diagnosis.advice,
            diagnosis=diagnosis,
        )
    found = _words(step)
    if found is None:
        return Told(step=step, means=None, side="none", advice=(), diagnosis=None)
    detail = _problem(step, found) if step.part is Part.CERTIFICATE else step.detail
    put = {"host": dialogue.host, "port": str(dialogue.port), "detail": detail or "nothing"}
    advice = found.advice
    if step.part is Part.CONNECT and step.ending is Ending.TIMEOUT and dialogue.port == SMTP_PORT:
        advice = (OUTGOING, *advice)
    return Told(
        step=step,
        means=_put(found.means, put),
        side=found.side,
        advice=tuple(_put(text, put) for text in advice),
        diagnosis=None,
    )


def _put(text: str, values: dict[str, str]) -> str:
    """Values put where they are named. They may hold braces of their own."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _words(step: Step) -> StageWords | None:
    """What the catalogue says of an ending. Of a certificate's problems the first that it knows counts."""
    if step.ending is Ending.OK:
        return None
    known = load_stages()
    part, ending = str(step.part), str(step.ending)
    for problem in step.problems:
        found = known.of(part, ending, problem=_code(problem))
        if found is not None:
            return found
    return known.of(part, ending, dripped=step.detail is not None)


def _problem(step: Step, found: StageWords) -> str | None:
    """What a certificate's problem is about, such as the names that it has."""
    problem = next((p for p in step.problems if _code(p) == found.problem), "")
    return problem.partition(" ")[2] or None


def _code(problem: str) -> str:
    return problem.partition("@")[0]


def _success(last: Step, dialogue: Dialogue) -> str:
    """What was shown, by how far it came."""
    if last.part is Part.MESSAGE and last.reply is not None:
        return f"The server has taken the message: {' '.join(last.reply.lines)}"
    if last.part is Part.AUTH or (dialogue.mechanism and last.part in {Part.RSET, Part.RCPT, Part.MAIL}):
        return f"The login works ({dialogue.mechanism})."
    if dialogue.tls is not None:
        return f"The server answers, and TLS holds ({dialogue.tls.version}, {dialogue.tls.cipher})."
    return "The server answers."


def _notes(dialogue: Dialogue, stages: tuple[Told, ...]) -> list[str]:
    """What is worth a word beside the cause."""
    found = []
    greeting = dialogue.at(Part.BANNER)
    if greeting and greeting.ending is Ending.OK and (greeting.elapsed_ms or 0) >= SLOW_GREETING_MS:
        found.append(
            f"The greeting took {(greeting.elapsed_ms or 0) / 1000:.0f} seconds: a delay on purpose, which drives off "
            "impatient senders, or slow reverse DNS on the server's side."
        )
    if dialogue.injected is not None:
        found.append(f"{INJECTED} It was “{dialogue.injected}”.")
    in_clear = _mechanisms(dialogue.before)
    if in_clear & READABLE:
        found.append("Before TLS the server already offers a login that hands over the password: it should not.")
    if in_clear and dialogue.after and in_clear != _mechanisms(dialogue.after):
        found.append(
            f"In clear it offers {_listed(in_clear)} to log in, within TLS {_listed(_mechanisms(dialogue.after))}."
        )
    if any(t.step.part is Part.HELO and t.good for t in stages):
        found.append("The server does not know EHLO: there is no TLS and no login with it.")
    return found


def _mechanisms(keywords: tuple[str, ...]) -> frozenset[str]:
    told = Capabilities("", tuple((k.partition(" ")[0], k.partition(" ")[2]) for k in keywords))
    return frozenset(told.mechanisms)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _as_text(reply: Reply) -> str:
    """A reply as it came over the wire."""
    lines = reply.lines or ("",)
    return "\n".join(f"{reply.code}{' ' if n == len(lines) - 1 else '-'}{line}" for n, line in enumerate(lines))
