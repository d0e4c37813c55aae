"""checkdmarc, asked: SPF (RFC 7208), DMARC (RFC 9989) and TLS-RPT (RFC 8460) of one domain.

It is imported here, when it is first asked, and only in a process of its own (see `worker`): the import takes half a
second. It reports a DNS failure as a missing record; what it raised tells the two apart.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from audit.model.opinion import Consultation, Heard, SecondOpinion, Stance
from audit.opinion.witness import EvidenceNameserver, EvidenceResolver, Unheard, Witness
from audit.opinion.words import words
from audit.syntax.escape import visible

PACKAGE = "checkdmarc"
VOIDS = 2  # RFC 7208 section 4.6.4
CAUSES = 20  # how far back the causes of an error are followed
MISSING = frozenset({"SPFRecordNotFound", "DMARCRecordNotFound", "SMTPTLSReportingRecordNotFound"})


@dataclass(frozen=True, slots=True)
class Package:
    """checkdmarc, imported."""

    version: str
    caches: tuple[Any, ...]

    def forget(self) -> None:
        """Clear all that it remembers: its caches are the process's, and know nothing of whom it asked."""
        for held in self.caches:
            held.clear()


@cache
def imported() -> Package:
    """Import it, and let it say nothing on standard error."""
    package = import_module(PACKAGE)
    modules = [m for name, m in sorted(sys.modules.items()) if name.split(".")[0] == PACKAGE]
    for module in modules:
        logging.getLogger(module.__name__).disabled = True
    held = (value for module in modules for value in vars(module).values() if type(value).__name__ == "ExpiringDict")
    return Package(str(package.__version__), tuple({id(value): value for value in held}.values()))


def opinion_on(consultation: Consultation) -> SecondOpinion:
    """What checkdmarc says of a domain, on this evidence and nothing else."""
    package = imported()
    package.forget()
    answers = {told.question: told.answer for told in consultation.answers}
    return SecondOpinion(
        asked=True,
        tool=f"{PACKAGE} {package.version}",
        spf=_heard(_spf, consultation.domain, Witness(answers), "SPFError"),
        dmarc=_heard(_dmarc, consultation.domain, Witness(answers), "DMARCError"),
        tls_rpt=_heard(_tls_rpt, consultation.domain, Witness(answers), "SMTPTLSReportingError"),
    )


def _spf(domain: str, witness: Witness) -> Heard:
    """As its own `check_spf`, which keeps of an error only the text."""
    spf, asking = import_module("checkdmarc.spf"), _asking(witness)
    record = spf.query_spf_record(domain, **asking)["record"]
    parsed = spf.parse_spf_record(record, domain, **asking)
    lookups, voids = parsed["dns_lookups"], parsed["void_dns_lookups"]
    certain = voids + witness.missed_hosts <= VOIDS  # it takes silence for something found
    return Heard(stance=Stance.VALID if certain else Stance.COULD_NOT_ASK, lookups=lookups, voids=voids)


def _dmarc(domain: str, witness: Witness) -> Heard:
    dmarc, asking = import_module("checkdmarc.dmarc"), _asking(witness)
    found = dmarc.query_dmarc_record(domain, **asking)
    if found["location"] != domain and witness.missed_texts(domain):  # it would object to a record there, were it heard
        return Heard(stance=Stance.COULD_NOT_ASK)
    tags = dmarc.parse_dmarc_record(found["record"], found["location"], **asking)["tags"]
    return Heard(
        stance=Stance.VALID,
        at=visible(found["location"], 253),
        policy=str(tags["p"]["value"]),
        subdomain_policy=str(tags["sp"]["value"]),
    )


def _tls_rpt(domain: str, witness: Witness) -> Heard:
    tls_rpt = import_module("checkdmarc.smtp_tls_reporting")
    record = tls_rpt.query_smtp_tls_reporting_record(domain, **_asking(witness))["record"]
    tls_rpt.parse_smtp_tls_reporting_record(record)
    return Heard(stance=Stance.VALID)


def _asking(witness: Witness) -> dict[str, Any]:
    return {"resolver": EvidenceResolver(witness), "nameservers": [EvidenceNameserver(witness)], "timeout": 1.0}


def _heard(ask: Callable[[str, Witness], Heard], domain: str, witness: Witness, error_type: str) -> Heard:
    """Its verdict; where it raises anything but what it means to raise, that is said, and is its own."""
    try:
        return ask(domain, witness)
    except Exception as error:  # noqa: BLE001 -- another's code over hostile text: whatever it raises is its verdict
        meant = any(kind.__name__ == error_type for kind in type(error).__mro__)
        return Heard(
            stance=_stance(error, witness) if meant else Stance.COULD_NOT_ASK,
            kind=type(error).__name__,
            words=words(error),
            lookups=_number(error, "dns_lookups"),
            voids=_number(error, "void_dns_lookups"),
        )


def _stance(error: BaseException, witness: Witness) -> Stance:
    """What an error that it means to raise says. Of a redirect without a record it says "not found" as well: a record
    was missing only if it was looking for the domain's own, and found every door open."""
    if any(isinstance(cause, Unheard) for cause in _causes(error)):
        return Stance.COULD_NOT_ASK
    steps = {step.name for step in traceback.extract_tb(error.__traceback__)}
    if type(error).__name__ not in MISSING or any(step.startswith("parse_") for step in steps):
        return Stance.INVALID
    return Stance.COULD_NOT_ASK if witness.missed_texts() else Stance.MISSING


def _causes(error: BaseException) -> Iterator[object]:
    """The error and what it was raised over."""
    seen: BaseException | None = error
    for _ in range(CAUSES):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def _number(error: BaseException, key: str) -> int | None:
    data = getattr(error, "data", None)
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, int) else None
