"""The four answers that a person looks for first, drawn from the findings alone.

Will mail arrive? Can the domain be forged? Is its mail encrypted? Is its sender listed? What could not be tested is
said to be so: an answer is `good` only when something was seen that makes it so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from audit.model.report import Finding, Opinion, Result, Severity, State, SubjectName

QUESTIONS: dict[Literal["delivery", "forgery", "encryption", "reputation"], str] = {
    "delivery": "Will mail arrive?",
    "forgery": "Can it be forged?",
    "encryption": "Is it encrypted?",
    "reputation": "Is its sender listed?",
}
GRAVE = frozenset({Severity.CRITICAL, Severity.HIGH})
MX_RULES = ("MX-NULL-MIXED", "MX-IPLIT", "MX-NXDOMAIN", "MX-NOADDR", "MX-PRIVATE", "MX-REACH", "MX-CNAME", "MX-MISSING")
PLAIN_RULES = ("TLS-STARTTLS-MISSING", "TLS-STARTTLS-FAIL")
TLS_RULES = (*PLAIN_RULES, "TLS-VER-NO12")
CERT_RULES = (
    "CERT-EXPIRED",
    "CERT-EXPIRING",
    "CERT-NAME",
    "CERT-UNTRUSTED",
    "CERT-SELFSIGNED",
    "CERT-CHAIN-INCOMPLETE",
    "CERT-KEY",
)
NAMED = 3  # servers in one sentence


BROKEN_SPF = (
    "SPF-MISSING",
    "SPF-MULTIPLE",
    "SPF-SYNTAX",
    "SPF-LOOKUPS",
    "SPF-LOOP",
    "SPF-INCLUDE-NONE",
    "SPF-INCLUDE-NXDOMAIN",
)


@dataclass(frozen=True, slots=True)
class Findings:
    """All results of one domain, by rule."""

    all: tuple[Finding, ...]

    def of(self, rules: Iterable[str], result: Result) -> tuple[Finding, ...]:
        wanted = set(rules)
        return tuple(f for f in self.all if f.rule in wanted and f.result is result)

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


def opinions(all_findings: tuple[Finding, ...], *, smtp: bool, lists: bool) -> tuple[Opinion, ...]:
    """Answer the four questions. `smtp` and `lists` tell whether servers and blocklists were asked at all."""
    found = Findings(all_findings)
    if found.failed("DOMAIN-NXDOMAIN"):
        return _of_nothing()
    return (
        _delivery(found, smtp=smtp),
        _forgery(found),
        _encryption(found, smtp=smtp),
        _reputation(found, lists=lists),
    )


def _opinion(
    topic: Literal["delivery", "forgery", "encryption", "reputation"],
    state: State,
    answer: str,
    because: str,
    findings: Iterable[Finding] = (),
) -> Opinion:
    rules = tuple(dict.fromkeys(f.rule for f in findings))
    return Opinion(id=topic, question=QUESTIONS[topic], state=state, answer=answer, because=because, rules=rules)


def _of_nothing() -> tuple[Opinion, ...]:
    gone = "The domain does not exist in the DNS."
    nobody = "A domain that does not exist has nothing to test."
    return (
        Opinion(
            id="delivery",
            question=QUESTIONS["delivery"],
            state=State.BAD,
            answer="no",
            because=gone,
            rules=("DOMAIN-NXDOMAIN",),
        ),
        _opinion("forgery", State.NOT_APPLICABLE, "no domain", nobody),
        _opinion("encryption", State.NOT_APPLICABLE, "no domain", nobody),
        _opinion("reputation", State.NOT_APPLICABLE, "no domain", nobody),
    )


def _takes_no_mail(found: Findings) -> bool:
    return found.failed("MX-NULL") or found.failed("MX-NONE-NOADDR")


def _delivery(found: Findings, *, smtp: bool) -> Opinion:
    if found.failed("MX-NONE-NOADDR"):
        because = "The domain has neither MX nor address, so it takes no mail."
        return _opinion("delivery", State.NOT_APPLICABLE, "takes no mail", because)
    if _takes_no_mail(found):
        return _opinion("delivery", State.NOT_APPLICABLE, "takes no mail", "The domain says that it takes no mail.")
    fails = found.fails(*MX_RULES)
    grave = [f for f in fails if f.severity in GRAVE]
    reached = found.passed("MX-REACH")
    if grave and not reached and not _may_be_reached(found, smtp=smtp):
        return _opinion("delivery", State.BAD, "no", _first(grave), grave)
    if not smtp:
        return _delivery_without_smtp(fails)
    unknown = found.unknown(*MX_RULES)
    turned_away = found.unknown("TLS-STARTTLS-MISSING")
    if not reached:
        return _delivery_untested(fails, unknown, _untested(unknown))
    if turned_away and not _spoken(found):
        because = "The mail servers that accept connections turned us away before anything could be learned."
        return _delivery_untested(fails, turned_away, because)
    if fails:
        return _opinion("delivery", State.WARNING, "with trouble", _first(fails), fails)
    if unknown:
        because = "A mail server accepts connections; another could not be tested."
        return _opinion("delivery", State.GOOD, "yes", because, unknown)
    return _opinion("delivery", State.GOOD, "yes", "The mail servers are found and accept connections.")


def _delivery_without_smtp(fails: tuple[Finding, ...]) -> Opinion:
    """What the DNS alone tells: trouble that no server can make good."""
    because = "Mail servers were not connected to in this run."
    if fails:
        return _opinion("delivery", State.WARNING, "at best with trouble", f"{_first(fails)} {because}", fails)
    return _opinion("delivery", State.UNKNOWN, "not tested", because)


def _delivery_untested(fails: tuple[Finding, ...], unknown: tuple[Finding, ...], because: str) -> Opinion:
    """No server was seen to take mail, and one may yet; what is wrong all the same comes first."""
    said = f"{_first(fails)} {because}" if fails else because
    return _opinion("delivery", State.UNKNOWN, "could not test", said, (*fails, *unknown))


def _spoken(found: Findings) -> bool:
    """Whether a server went on as far as to say what it offers."""
    return found.passed("TLS-STARTTLS-MISSING") or found.failed("TLS-STARTTLS-MISSING")


def _may_be_reached(found: Findings, *, smtp: bool) -> bool:
    """Whether there may be a server, of all those with a public address, that was not tried or could not be."""
    private = {f.subject for f in found.fails("MX-PRIVATE")}
    untried = found.of(("MX-PRIVATE",), Result.PASS) if not smtp else found.unknown("MX-REACH")
    return any(f.subject not in private for f in untried)


def _forgery(found: Findings) -> Opinion:
    if open_to_all := found.fails("SPF-ALL-PASS"):
        return _opinion("forgery", State.BAD, "yes", _first(open_to_all), open_to_all)
    if missing := found.fails("DMARC-MISSING", "DMARC-MULTIPLE", "DMARC-P-INVALID"):
        return _opinion("forgery", State.BAD, "yes", _first(missing), missing)
    if idle := found.fails("DMARC-P-NONE"):
        return _forgery_let_through(found, idle)
    unknown = found.unknown("DMARC-MISSING", "DMARC-P-NONE")
    if unknown or not found.passed("DMARC-P-NONE"):
        return _opinion("forgery", State.UNKNOWN, "could not test", _untested(unknown), unknown)
    if unseen := found.unknown("SPF-ALL-PASS"):
        because = "DMARC asks receivers to act on forgeries; whether SPF lets everybody send could not be told."
        return _opinion("forgery", State.UNKNOWN, "not for certain", because, unseen)
    if weak := found.fails(*BROKEN_SPF):
        because = f"DMARC asks receivers to act on forgeries, but genuine mail may suffer: {_first(weak)}"
        return _opinion("forgery", State.WARNING, "hardly", because, weak)
    return _opinion("forgery", State.GOOD, "no", "DMARC asks receivers to act on mail that is not genuine.")


def _forgery_let_through(found: Findings, idle: tuple[Finding, ...]) -> Opinion:
    """DMARC asks for nothing; whether anybody watches depends on who is sent reports."""
    unwatched = found.of(("DMARC-RUA-MISSING",), Result.FAIL)
    if unwatched:
        because = "DMARC asks receivers to do nothing, and nobody is sent reports."
        return _opinion("forgery", State.BAD, "yes", because, (*idle, *unwatched))
    if not found.passed("DMARC-RUA-MISSING"):
        unknown = found.unknown("DMARC-RUA-MISSING")
        because = "DMARC asks receivers to do nothing; whether anybody is sent reports could not be told."
        return _opinion("forgery", State.WARNING, "yes", because, (*idle, *unknown))
    because = "DMARC only watches: mail that fails is delivered all the same."
    return _opinion("forgery", State.WARNING, "yes, but watched", because, idle)


def _encryption(found: Findings, *, smtp: bool) -> Opinion:
    if _takes_no_mail(found):
        return _opinion("encryption", State.NOT_APPLICABLE, "takes no mail", "There is no mail to encrypt.")
    if not smtp:
        return _opinion("encryption", State.UNKNOWN, "not tested", "Mail servers were not connected to in this run.")
    unknown = found.unknown(*TLS_RULES)
    if plain := found.fails(*PLAIN_RULES):
        return _encryption_missing(found, plain, unknown)
    if old := found.fails("TLS-VER-NO12"):
        state = State.BAD if any(f.severity in GRAVE for f in old) else State.WARNING
        because = f"Mail is encrypted, but with versions of TLS that are given up: {_first(old)}"
        return _opinion("encryption", state, "yes, with obsolete TLS", because, old)
    if not found.passed("TLS-STARTTLS-FAIL"):
        return _opinion("encryption", State.UNKNOWN, "could not test", _untested(unknown), unknown)
    if certificates := found.fails(*CERT_RULES):
        because = f"Mail is encrypted, but the certificate has a fault: {_first(certificates)}"
        return _opinion("encryption", State.WARNING, "yes, unproven", because, certificates)
    if unknown:
        because = "Mail is encrypted where it could be tested; another server could not be."
        return _opinion("encryption", State.GOOD, "yes", because, unknown)
    unjudged = found.unknown(*CERT_RULES)
    if unjudged or not found.passed(*CERT_RULES):
        because = "The mail servers encrypt; whether their certificates hold could not be told."
        return _opinion("encryption", State.GOOD, "yes", because, unjudged)
    return _opinion("encryption", State.GOOD, "yes", "The mail servers encrypt, with certificates that hold.")


def _encryption_missing(found: Findings, plain: tuple[Finding, ...], unknown: tuple[Finding, ...]) -> Opinion:
    """A server does not encrypt. Whether that is all there is to say depends on the others."""
    if found.passed("TLS-STARTTLS-FAIL"):
        because = f"Mail is encrypted on the way to some servers, but not to {_servers(plain)}."
        return _opinion("encryption", State.WARNING, "partly", because, plain)
    if unknown:
        because = f"{_first(plain)} Another server could not be tested."
        return _opinion("encryption", State.WARNING, "not everywhere", because, (*plain, *unknown))
    return _opinion("encryption", State.BAD, "no", _first(plain), plain)


def _servers(findings: Iterable[Finding]) -> str:
    """Some of the servers by name and address, the others counted."""
    names = sorted({f.subject.name for f in findings})
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    *most, last = (*(" at ".join(n.split(" ")) for n in names[:NAMED]), *more)
    return f"{', '.join(most)} and {last}" if most else last


def _reputation(found: Findings, *, lists: bool) -> Opinion:
    if not lists:
        return _opinion("reputation", State.UNKNOWN, "not tested", "No blocklist was asked in this run.")
    listed = found.fails("DNSBL-IP-LISTED", "DNSBL-POLICY")
    if listed:
        grave = [f for f in listed if f.severity is not Severity.LOW]
        return _opinion("reputation", State.BAD if grave else State.WARNING, "yes", _first(listed), listed)
    unknown = found.unknown("DNSBL-IP-LISTED", "DNSBL-POLICY")
    if noted := found.remarks("DNSBL-IP-LISTED"):
        return _opinion("reputation", State.WARNING, "only noted", _noted(noted), noted)
    open_questions = {f.subject for f in unknown}
    clean = [f for f in found.of(("DNSBL-IP-LISTED",), Result.PASS) if f.subject not in open_questions]
    if clean:
        answered = f"any of the {len(clean)} look-ups that were" if len(clean) > 1 else "the one look-up that was"
        because = f"Not listed in {answered} answered.{_unasked(open_questions)}"
        return _opinion("reputation", State.GOOD, "no", because, unknown)
    if unknown:
        return _opinion("reputation", State.UNKNOWN, "could not test", _untested(unknown), unknown)
    return _opinion("reputation", State.NOT_APPLICABLE, "no sender", "The domain has no address to look up.")


def _noted(noted: tuple[Finding, ...]) -> str:
    """What an address is listed for that is not known to be the domain's own sender."""
    unsettled = [f for f in noted if f.reason]
    said = (unsettled or noted)[0]
    address, _, blocklist = said.subject.name.partition(" ")
    if unsettled:
        return f"{address} is on {blocklist}; how much that matters could not be told ({said.reason})."
    return f"{address} is on {blocklist}, which matters little: it only takes mail, or is a provider's."


def _unasked(subjects: Iterable[SubjectName]) -> str:
    """How much more there was to ask the lists: look-ups, and addresses that could not even be found."""
    kinds = [s.kind for s in subjects]
    look_ups = kinds.count("list_entry")
    said = f" {look_ups} more look-up{'' if look_ups == 1 else 's'} could not be answered." if look_ups else ""
    return f"{said} There may be addresses that could not be found." if look_ups < len(kinds) else said


def _first(findings: Iterable[Finding]) -> str:
    """The gravest of these, as a sentence."""
    order = list(Severity)
    message = min(findings, key=lambda f: order.index(f.severity or Severity.INFO)).message or ""
    end = "" if message.endswith((".", "!", "?", "…")) else "."
    word = message.split(" ", 1)[0]
    is_name = "." in word or ":" in word or word != word.lower()  # a host, an address, or what is written so
    return f"{message}{end}" if is_name else f"{message[:1].upper()}{message[1:]}{end}"


def _untested(unknown: Iterable[Finding]) -> str:
    reasons = sorted({f.reason for f in unknown if f.reason})
    return f"What this needs could not be asked ({', '.join(reasons[:3])})." if reasons else "Nothing could be tested."
