"""All results of one domain, and how an answer is made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from audit.model.report import DomainVerdict, Finding, QuestionId, Result, Severity, State
from audit.model.value import dataclass

QUESTIONS: dict[QuestionId, str] = {
    "delivery": "Will mail arrive?",
    "forgery": "Can it be forged?",
    "forgery_subdomains": "Can its subdomains be forged?",
    "forgery_nonexistent": "Can made-up names be forged?",
    "encryption": "Is it encrypted?",
    "reputation": "Is it on a blocklist?",
}
NO_IPV6 = "vantage.no_ipv6"
GRAVE = frozenset({Severity.CRITICAL, Severity.HIGH})


@dataclass(frozen=True, slots=True)
class Findings:
    """All results of one domain, by rule."""

    all: tuple[Finding, ...]
    _places: dict[tuple[str, Result], list[int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places: dict[tuple[str, Result], list[int]] = {}
        for place, f in enumerate(self.all):
            places.setdefault((f.rule, f.result), []).append(place)
        object.__setattr__(self, "_places", places)

    def of(self, rules: Iterable[str], result: Result) -> tuple[Finding, ...]:
        """The results of these rules of one kind, in the order of all."""
        found = [place for rule in set(rules) for place in self._places.get((rule, result), ())]
        return tuple([self.all[place] for place in sorted(found)])

    def fails(self, *rules: str) -> tuple[Finding, ...]:
        return tuple(f for f in self.of(rules, Result.FAIL) if f.severity is not Severity.INFO)

    def remarks(self, *rules: str) -> tuple[Finding, ...]:
        """The fails that are only worth a note."""
        return tuple(f for f in self.of(rules, Result.FAIL) if f.severity is Severity.INFO)

    def failed(self, rule: str) -> bool:
        return bool(self.of((rule,), Result.FAIL))

    def passed(self, *rules: str) -> bool:
        return bool(self.of(rules, Result.PASS))

    def unknown(self, *rules: str) -> tuple[Finding, ...]:
        return self.of(rules, Result.UNKNOWN)

    def untold(self, *rules: str) -> tuple[Finding, ...]:
        """Where it could not be told whether a rule fails, or how grave that is."""
        unsettled = (f for f in self.of(rules, Result.FAIL) if f.reason)
        return (*self.unknown(*rules), *unsettled)


def answer(
    topic: QuestionId,
    state: State,
    answer: str,
    because: str,
    findings: Iterable[Finding] = (),
) -> DomainVerdict:
    rules = tuple(dict.fromkeys(f.rule for f in findings))
    return DomainVerdict(id=topic, question=QUESTIONS[topic], state=state, answer=answer, because=because, rules=rules)


def takes_no_mail(found: Findings) -> bool:
    return found.failed("MX-NULL") or found.failed("MX-NONE-NOADDR")


def first(findings: Iterable[Finding]) -> str:
    """The gravest of these, as a sentence."""
    order = list(Severity)
    message = min(findings, key=lambda f: order.index(f.severity or Severity.INFO)).message or ""
    end = "" if message.endswith((".", "!", "?", "…")) else "."
    word = message.split(" ", 1)[0]
    is_name = "." in word or ":" in word or word != word.lower()  # a host, an address, or what is written so
    return f"{message}{end}" if is_name else f"{message[:1].upper()}{message[1:]}{end}"


def by_ipv6(untold: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """What only a machine with IPv6 could tell, and the rest. The vantage says so for the whole run, and that such
    servers were left out; of the others an answer can be had all the same."""
    told = tuple(untold)
    return tuple(f for f in told if f.reason == NO_IPV6), tuple(f for f in told if f.reason != NO_IPV6)


def untested(unknown: Iterable[Finding]) -> str:
    return lacking(*sorted({f.reason for f in unknown if f.reason}))


def lacking(*reasons: str) -> str:
    return f"What this needs could not be asked ({', '.join(reasons[:3])})." if reasons else "Nothing could be tested."
