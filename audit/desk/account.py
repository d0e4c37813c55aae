"""A dialogue told to a person: each stage with what it means, and in front of all the cause and the next step.

The stage that decides is the first that is not good. Where the server gave a reply, the engine for replies explains it,
with the server's host as the speaker; a certificate's problems are told by what a mail program makes of them. Where a
provider's login fails, the provider's own words on logins come with it, with the day from which they hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.catalog.replies import Side
from audit.catalog.stages import StageWords, load_stages
from audit.desk.diagnosis import Diagnosis, diagnose
from audit.desk.provider_login import login_today
from audit.desk.remarks import remarks
from audit.model.dialogue import Dialogue, Ending, Part, Step
from audit.model.probe import Reply

SMTP_PORT = 25
OUTGOING = (
    "Most access networks, clouds and CI runners let nothing out to port 25: try from a server whose provider does, or "
    "hand in mail on port 587 or 465."
)
REPLIED = frozenset({Ending.DEFERRED, Ending.REJECTED})
GREETING = "smtp"
OTHERS = "others"  # mechanisms are offered, and none of them takes what was given
RELAY = "relay"  # a class of replies; behind a login that worked, to log in is no advice
SIGNS = (  # what begins a text that is not the one that was waited for
    ("\\x15\\x03", "tls"),
    ("\\x16\\x03", "tls"),
    ("HTTP/", "http"),
    ("<", "http"),
    ("SSH-", "ssh"),
    ("* ", "imap"),
    ("+OK", "pop3"),
    ("220", GREETING),
)
NO_VERDICT = frozenset({Part.QUIT, Part.VRFY, Part.EXPN})  # a refusal there stops nothing
PROBED = NO_VERDICT | {Part.MAIL, Part.RCPT, Part.RSET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A stage, explained. `means` is null of one of which nothing is to be said; `more` is what else is wrong with a
    certificate; `diagnosis` is that of a reply."""

    step: Step
    means: str | None
    side: Side = "none"
    advice: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    diagnosis: Diagnosis | None = None

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


def account(dialogue: Dialogue, *, probing: bool = False) -> Account:
    """Explain a dialogue. Of one that probed a server, a sender and recipients that are refused are no failure."""
    stages = tuple(_told(step, dialogue) for step in dialogue.steps)
    decisive = _decisive(stages, PROBED if probing else NO_VERDICT)
    if decisive is None:
        last = next(t for t in reversed(stages) if t.step.part is not Part.QUIT)
        stage, cause, side, advice = last.step.part, _success(last.step, dialogue), last.side, last.advice
    else:
        stage, cause = decisive.step.part, decisive.means or "It did not go on."
        side, advice = decisive.side, decisive.advice
    return Account(
        dialogue=dialogue,
        stages=stages,
        good=decisive is None,
        stage=stage,
        cause=cause,
        side="none" if decisive is None else side,
        advice=() if decisive is None else advice,
        notes=remarks(dialogue, stage),
    )


def _decisive(stages: tuple[Told, ...], passed_over: frozenset[Part]) -> Told | None:
    """The first stage that is not good. Where STARTTLS is not offered or the certificate is bad, what comes of it (a
    login that was not sent) is not the cause; where HELO is taken in place of EHLO, that is good. Of several
    recipients one that is taken is enough."""
    taken = {t.step.part for t in stages if t.good}
    forgiven = passed_over | ({Part.EHLO} if Part.HELO in taken else set()) | (taken & {Part.RCPT})
    return next((t for t in stages if not t.good and t.step.part not in forgiven), None)


def _told(step: Step, dialogue: Dialogue) -> Told:
    if step.ending is Ending.OK:
        return Told(step=step, means=None)
    replied = step.reply is not None and step.ending in REPLIED
    diagnosis = diagnose(_as_text(step.reply), host=dialogue.host) if step.reply is not None and replied else None
    signs = _strange(step, wrapped=dialogue.implicit_tls)
    if diagnosis is not None and diagnosis.kind.id == RELAY and dialogue.mechanism is not None:
        signs = (*signs, RELAY)
    if step.ending is Ending.NOT_OFFERED and step.part is Part.AUTH and step.detail:
        signs = (*signs, OTHERS)
    found = list(_words(step, signs, exact=replied))
    login = login_today(dialogue.host) if step.part is Part.AUTH and step.ending is not Ending.WITHHELD else ()
    if not found:
        if diagnosis is None:
            return Told(step=step, means=None)
        advice = (*diagnosis.advice, *login)
        return Told(step=step, means=diagnosis.cause, side=diagnosis.side, advice=advice, diagnosis=diagnosis)
    (words, about), *others = found
    put = _values(step, dialogue)
    outgoing = step.part is Part.CONNECT and step.ending is Ending.TIMEOUT and dialogue.port == SMTP_PORT
    return Told(
        step=step,
        means=_put(words.means, put | about),
        side=words.side,
        advice=(*((OUTGOING,) if outgoing else ()), *(_put(text, put | about) for text in words.advice), *login),
        more=tuple(_put(other.means, put | what) for other, what in others),
        diagnosis=diagnosis,
    )


def _values(step: Step, dialogue: Dialogue) -> dict[str, str]:
    """What is put into the words of the catalogue."""
    return {
        "host": dialogue.host,
        "port": str(dialogue.port),
        "detail": _line(step.detail or (" ".join(step.reply.lines) if step.reply else "")) or "nothing",
        "wait": _wait(step.elapsed_ms or 0),
        "command": (step.said or "").split(" ", 1)[0] or "what was sent",
    }


def _wait(ms: float) -> str:
    seconds = round(ms / 1000)
    return f"{round(ms)} ms" if ms < 950 else f"{seconds} second{'' if seconds == 1 else 's'}"


def _line(text: str) -> str:
    """The first line of octets that are written out."""
    return text.partition("\\x0d\\x0a")[0]


def _put(text: str, values: dict[str, str]) -> str:
    """Values put where they are named, each once: they may hold braces of their own."""
    pieces = text.split("{")
    return pieces[0] + "".join(_filled(piece, values) for piece in pieces[1:])


def _filled(piece: str, values: dict[str, str]) -> str:
    name, closed, rest = piece.partition("}")
    return values[name] + rest if closed and name in values else "{" + piece


def _words(step: Step, signs: tuple[str, ...], *, exact: bool) -> Iterator[tuple[StageWords, dict[str, str]]]:
    """What the catalogue says of an ending, and of each problem that it knows; with `exact` only of this very stage."""
    known = load_stages()
    part, ending = str(step.part), str(step.ending)
    found = False
    for problem in (*step.problems, *signs):
        words = known.of(part, ending, problem=_code(problem))
        if words is not None:
            found = True
            about = problem.partition(" ")[2]
            yield words, {"detail": about} if about else {}
    if not found:
        words = known.of(part, ending, dripped=step.detail is not None)
        if words is not None and (words.stage or not exact):
            yield words, {}


def _strange(step: Step, *, wrapped: bool) -> tuple[str, ...]:
    """What speaks where SMTP, or TLS, was waited for; a greeting in place of TLS counts only where none came before."""
    text = step.detail or ""
    signs = tuple(sign for start, sign in SIGNS if text.startswith(start) and (wrapped or sign != GREETING))
    return (*signs, "implicit") if wrapped and not signs else signs


def _code(problem: str) -> str:
    return problem.partition(" ")[0].partition("@")[0]


def _success(last: Step, dialogue: Dialogue) -> str:
    """What was shown, by how far it came."""
    if last.part is Part.MESSAGE and last.reply is not None:
        return f"The server has taken the message: {' '.join(last.reply.lines)}"
    if dialogue.mechanism is not None:
        return f"The login works ({dialogue.mechanism})."
    if dialogue.tls is not None:
        return f"The server answers, and TLS holds ({dialogue.tls.version}, {dialogue.tls.cipher})."
    return "The server answers."


def _as_text(reply: Reply) -> str:
    """A reply as it came over the wire."""
    lines = reply.lines or ("",)
    return "\n".join(f"{reply.code}{' ' if n == len(lines) - 1 else '-'}{line}" for n, line in enumerate(lines))
