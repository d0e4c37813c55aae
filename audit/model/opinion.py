"""What another tool says of the same evidence: a second opinion on SPF, DMARC and TLS-RPT."""

from __future__ import annotations

from enum import StrEnum

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Answer, Question
from audit.model.value import dataclass

COULD_NOT_ASK = Unknown("opinion.could_not_ask")


class Stance(StrEnum):
    """What the other tool says of a record."""

    VALID = "valid"
    INVALID = "invalid"
    MISSING = "missing"
    COULD_NOT_ASK = "could_not_ask"  # it stopped at a question that evidence does not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Its verdict on one topic. `kind` is the type of the error that it raised, `words` its text: escaped and cut."""

    stance: Stance
    kind: str = ""
    words: str = ""
    at: str | None = None  # DMARC: the domain whose record applies
    lookups: int | None = None  # SPF: terms that need the DNS
    voids: int | None = None  # SPF: terms that found nothing
    policy: str | None = None  # DMARC: `p` as it reads it
    subdomain_policy: str | None = None  # DMARC: `sp`, or what stands for it


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """All that it says of a domain. `asked` is false where nobody wanted it; `failed` is the reason where it broke."""

    asked: bool
    tool: str = ""  # name and version
    failed: str | None = None  # "opinion.timeout", "opinion.crashed"
    spf: Heard | None = None
    dmarc: Heard | None = None
    tls_rpt: Heard | None = None

    def settled(self, heard: Heard | None) -> Fact[Heard]:
        """What was heard on a topic; a hole where it could not say anything."""
        if heard is None:
            return Unknown(self.failed or "opinion.crashed")
        return COULD_NOT_ASK if heard.stance is Stance.COULD_NOT_ASK else Known(heard)


NOT_ASKED = SecondOpinion(asked=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One answer of the evidence."""

    question: Question
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """What the other tool is given: a domain, and all answers that it may be told."""

    domain: str
    answers: tuple[Told, ...]
