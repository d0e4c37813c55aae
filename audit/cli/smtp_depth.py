"""What a server's TLS takes beside the best, in words and for programs: a line for each question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audit.model.fact import Fact, Known
from audit.model.hello import TlsFlight
from audit.model.report import Finding, Result, Severity
from audit.report.pen import Pen
from audit.report.reasons import reason
from audit.report.words import plural
from audit.rules.rule import ORDER
from audit.rules.server_tls import ServerTls
from audit.rules.tls.suites import NAMED
from audit.syntax.escape import visible
from audit.syntax.tls.codes import POST_QUANTUM
from audit.syntax.x509 import Certificate

NAMES_SHOWN = 4
MARKS = {
    Result.PASS: ("ok", "32"),
    Result.FAIL: ("no", "31"),
    Result.UNKNOWN: ("?", "36"),
    Result.NOT_APPLICABLE: ("-", "2"),
}
GRAVITY = (Result.FAIL, Result.UNKNOWN, Result.PASS, Result.NOT_APPLICABLE)
LABEL = 14
NEWEST_FIRST = ("TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1.0", "SSLv3")
Clean = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Row:
    """A question, and what the rules on it say, the gravest first."""

    label: str
    text: str
    findings: tuple[Finding, ...]

    @property
    def result(self) -> Result:
        found = {f.result for f in self.findings}
        return next(r for r in GRAVITY if r in found)


def lines(tls: ServerTls, pen: Pen, clean: Clean) -> Iterator[str]:
    """A section of a screen."""
    made = plural(tls.connections, "more connection")
    yield from (pen.paint(line, "1") for line in pen.write(f"TLS in depth ({made})", "  "))
    failed: list[Finding] = []
    for row in _rows(tls):
        word, hue = MARKS[row.result]
        failing = [f for f in row.findings if f.result is Result.FAIL]
        failed += failing
        names = ", ".join(f"{f.rule}, {f.severity}" for f in failing)
        text = clean(row.text) + (f" ({names})" if names else "")
        head = f"  {row.label:<{LABEL}} {word:<3}"
        mark = f"  {row.label:<{LABEL}} {pen.paint(f'{word:<3}', hue)}"
        if pen.roomy:
            first, *rest = pen.write(text, head, " " * len(head))
            yield mark + first[len(head) :]
            yield from rest
        else:
            yield mark.rstrip()
            yield from pen.write(text, "      ")
    if tls.offers.hole is not None:
        yield from pen.write(f"No more was asked: {reason(tls.offers.hole.reason).sentence}", "  ")
    if failed:
        worst = min(failed, key=lambda f: ORDER.index(f.severity or Severity.INFO))
        yield from pen.write(f"`mxaudit explain {worst.rule}` tells why that matters, and what to do.", "  ")


def value(tls: ServerTls, clean: Clean) -> Mapping[str, Any]:
    """The same for programs."""
    full = tls.depth is tls.depth.FULL
    other = tls.other.verdict.value if isinstance(tls.other.verdict, Known) else None
    flight = _known(tls.habits.flight)
    return {
        "level": tls.depth,
        "connections": tls.connections,
        "stopped": tls.offers.hole.reason if tls.offers.hole else None,
        "versions": versions(tls),
        "weak_suites": tls.bad.taken or (),
        "anonymous_suites": tls.bad.anonymous,
        "static_suite": (_known(tls.static.suite) or None) if full else None,
        "dh_bits": tls.primes.bits or (),
        "post_quantum": _known(tls.quantum.known),
        "secure_renegotiation": None if flight is None else flight.renegotiation_info,
        "compression": None if flight is None else flight.compression,
        "other_certificate": None
        if other is None or tls.other.leaf is None
        else {
            "key": _key(tls.other.leaf),
            "names": tuple(clean(visible(n)) for n in tls.other.leaf.dns_names),
            "not_before": tls.other.leaf.not_before,
            "not_after": tls.other.leaf.not_after,
            "problems": tuple(clean(visible(f"{p.code}@{p.position} {p.detail}".strip())) for p in other.problems),
        },
        "rules": tuple(_finding(f, clean) for f in tls.findings),
    }


def _finding(found: Finding, clean: Clean) -> Mapping[str, Any]:
    return {
        "rule": found.rule,
        "result": found.result,
        "severity": found.severity,
        "reason": found.reason if found.result is Result.UNKNOWN else None,
        "text": None if found.message is None else clean(visible(found.message, 2000)),
    }


def versions(tls: ServerTls) -> tuple[str, ...]:
    """The versions that were seen to be taken, the newest first."""
    taken = (a.taken.value for a in tls.offers.answers if isinstance(a.taken, Known))
    seen = {tls.offers.best, *(f.version for f in taken if f is not None)}
    return tuple(v for v in NEWEST_FIRST if v in seen)


def _rows(tls: ServerTls) -> Iterator[Row]:
    texts: Mapping[str, tuple[str, tuple[str, ...]]] = {
        "versions": (", ".join(versions(tls)), ("TLS-VER-NO12", "TLS-VER-NO13", "TLS-VER-10-11", "TLS-VER-SSL")),
        "weak suites": (_suites(tls), ("TLS-CIPHER-BAD",)),
        "static keys": (_known(tls.static.suite) or "none", ("TLS-CIPHER-NOFS",)),
        "Diffie-Hellman": (
            ", ".join(f"{bits} bits" for bits in tls.primes.bits or ()) or "only over curves",
            ("TLS-DH-BITS",),
        ),
        "compression": (_habit(tls.habits.flight, lambda f: "on" if f.compression else "off"), ("TLS-COMPRESSION",)),
        "renegotiation": (
            _habit(tls.habits.flight, lambda f: "safe" if f.renegotiation_info else "not safe"),
            ("TLS-RENEG",),
        ),
        "post-quantum": (_quantum(tls.quantum.known), ("TLS-PQ",)),
        "other key": (_other(tls), ("CERT-OTHER-KEY",)),
        "before TLS": (_clear(tls), ("TLS-REQUIRED-25",)),
    }
    for label, (text, ids) in texts.items():
        found = tuple(f for f in tls.findings if f.rule in ids)
        hole = next((f.reason for f in found if f.result is Result.UNKNOWN), None)
        told = text if hole is None else f"{text}; {_not_known(hole)}" if label == "versions" else _not_known(hole)
        if found:
            yield Row(label, told, found)


def _not_known(hole: str) -> str:
    return f"not known: {reason(hole).sentence}"


def _suites(tls: ServerTls) -> str:
    kinds = ((", ".join(tls.bad.families), tls.bad.taken or ()), ("without a certificate", tls.bad.anonymous))
    return "; ".join(f"{kind}: {_few(names)}" for kind, names in kinds if names) or "none"


def _few(names: tuple[str, ...]) -> str:
    rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{rest}"


def _habit(flight: Fact[TlsFlight | None], said: Callable[[TlsFlight], str]) -> str:
    found = _known(flight)
    return "no TLS older than 1.3" if found is None else said(found)


def _quantum(known: Fact[bool] | None) -> str:
    if known is None:
        return "no TLS 1.3"
    return POST_QUANTUM if _known(known) else f"{POST_QUANTUM} is refused"


def _other(tls: ServerTls) -> str:
    verdict, leaf = _known(tls.other.verdict), tls.other.leaf
    if verdict is None or leaf is None:
        return "one kind of key only"
    more = " …" if len(leaf.dns_names) > NAMES_SHOWN else ""
    names = f"{_key(leaf)} for {', '.join(leaf.dns_names[:NAMES_SHOWN]) or 'no name'}{more}"
    dates = f", {leaf.not_before:%Y-%m-%d} to {leaf.not_after:%Y-%m-%d}" if leaf.not_before and leaf.not_after else ""
    faults = ", ".join(dict.fromkeys(f"{p.code} {p.detail}".strip() for p in verdict.problems))
    return f"{names}{dates}{f': {faults}' if faults else ''}"


def _clear(tls: ServerTls) -> str:
    reply = _known(tls.clear.reply) if tls.clear else None
    return "" if reply is None else f"RSET is answered {reply.code} {' '.join(reply.lines)}"


def _key(leaf: Certificate) -> str:
    return " ".join(str(part) for part in (leaf.key, leaf.curve or leaf.bits) if part)


def _known(fact: Any) -> Any:
    """The value of a fact that may not be there, or not be known."""
    return fact.value if isinstance(fact, Known) else None
