"""A rule: its text, and a function from facts to a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from audit.model.fact import Fact, Known, Unknown
from audit.model.report import Argument, Result, Severity, SubjectName
from audit.model.value import dataclass
from audit.protocol.survey import FACTS, Declared, declared

WHY, FIX = "## Why it matters", "## What to do"


TOPIC = 2  # the part of a module's name that is the topic: audit.rules.spf, audit.rules.spf.includes
ONLY_RUNG: Fact[str] = Known("")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of its subject. `rung` is the step of the severity ladder that the context asks for; `publish`
    holds the records that would mend it, as lines of a zone file, `causes` what may trouble other domains as well.
    `doubt` is why it is not known whether a graver step would be right; `single`, that one session alone shows it."""

    result: Result
    arguments: Mapping[str, Argument]
    rung: Fact[str] = ONLY_RUNG
    publish: tuple[str, ...] = ()
    causes: tuple[SubjectName, ...] = ()
    doubt: Unknown | None = None
    single: bool = False


PASSES, DOES_NOT_APPLY = Verdict(Result.PASS, {}), Verdict(Result.NOT_APPLICABLE, {})


def ok() -> Verdict:
    return PASSES


def fail(
    rung: Fact[str] | str = "",
    /,
    *,
    publish: tuple[str, ...] = (),
    causes: tuple[SubjectName, ...] = (),
    doubt: Unknown | None = None,
    single: bool = False,
    **arguments: Argument,
) -> Verdict:
    """A failure, with exactly the arguments of the rule's message."""
    return Verdict(
        Result.FAIL, arguments, Known(rung) if isinstance(rung, str) else rung, publish, causes, doubt, single
    )


def cause(kind: str, name: str) -> SubjectName:
    """Something that may trouble many domains at once: an include, a host, a report mailbox."""
    return SubjectName(kind=kind, name=name)


def not_applicable() -> Verdict:
    return DOES_NOT_APPLY


def rung(context: Fact[bool], yes: str, no: str) -> Fact[str]:
    """One step of the ladder or the other; unknown where the context is."""
    return context if isinstance(context, Unknown) else Known(yes if context.value else no)


Ladder: TypeAlias = Mapping[str, Severity]
ORDER = list(Severity)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. `ladder` maps the contexts that it tells apart to severities; "" is the only one where it tells none."""

    id: str
    topic: str
    ladder: Ladder
    reference: str
    message: str
    title: str
    why: str
    fix: str
    supersedes: tuple[str, ...]
    judge: Declared[Verdict]

    @property
    def severities(self) -> tuple[Severity, ...]:
        """From the gravest to the least."""
        return tuple(sorted(set(self.ladder.values()), key=ORDER.index))


def rule(
    rule_id: str, *, severity: Severity | Ladder, reference: str, message: str, supersedes: tuple[str, ...] = ()
) -> Callable[[Callable[..., Verdict]], Rule]:
    """Make a rule of a function; its parameters declare, by type, the facts that it needs.

    Raises:
        TypeError: its documentation lacks a part, or a parameter is of a type that nothing gives.
    """

    def made(judge: Callable[..., Verdict]) -> Rule:
        title, why, fix = _documentation(judge)
        ladder = {"": severity} if isinstance(severity, Severity) else severity
        topic = judge.__module__.split(".")[TOPIC]
        return Rule(rule_id, topic, ladder, reference, message, title, why, fix, supersedes, declared(judge, FACTS))

    return made


def _documentation(judge: Callable[..., Verdict]) -> tuple[str, str, str]:
    text = judge.__doc__ or ""
    if WHY not in text or FIX not in text:
        raise TypeError(f"{judge.__name__}: the documentation needs '{WHY}' and '{FIX}'")
    title, rest = text.split(WHY, 1)
    why, fix = rest.split(FIX, 1)
    return " ".join(title.split()), " ".join(why.split()), " ".join(fix.split())
