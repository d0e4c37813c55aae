"""checkdmarc, asked: SPF (RFC 7208), DMARC (RFC 9989) and TLS-RPT (RFC 8460) of one domain.

It is imported here, when it is first asked, and only in a process of its own (see `worker`): the import takes half a
second. It reports a DNS failure as a missing record; what it raised tells the two apart.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from audit.model.opinion import Consultation, Heard, SecondOpinion, Stance
from audit.opinion.witness import EvidenceNameserver, EvidenceResolver, Unheard, Witness
from audit.syntax.escape import visible

PACKAGE = "checkdmarc"
MAX_WORDS = 300
CAUSES = 20  # how far back the causes of an error are followed
MISSING = frozenset({"SPFRecordNotFound", "DMARCRecordNotFound", "SMTPTLSReportingRecordNotFound"})


def opinion_on(consultation: Consultation) -> SecondOpinion:
    """What checkdmarc says of a domain, on this evidence and nothing else."""
    package = import_module(PACKAGE)
    logging.getLogger(PACKAGE).disabled = True
    for module in _modules():
        logging.getLogger(module.__name__).disabled = True
    forget()
    witness = Witness({told.question: told.answer for told in consultation.answers})
    asking = {"resolver": EvidenceResolver(witness), "nameservers": [EvidenceNameserver(witness)], "timeout": 1.0}
    return SecondOpinion(
        asked=True,
        tool=f"{PACKAGE} {package.__version__}",
        spf=_heard(lambda: _spf(consultation.domain, asking), "SPFError"),
        dmarc=_heard(lambda: _dmarc(consultation.domain, asking), "DMARCError"),
        tls_rpt=_heard(lambda: _tls_rpt(consultation.domain, asking), "SMTPTLSReportingError"),
    )


def forget() -> None:
    """Clear all that it remembers between two domains: its caches are the process's, and don't know of resolvers."""
    for module in _modules():
        for value in vars(module).values():
            if type(value).__name__ == "ExpiringDict":
                value.clear()


def _modules() -> Iterator[ModuleType]:
    return (m for name, m in sorted(sys.modules.items()) if name.split(".")[0] == PACKAGE)


def _spf(domain: str, asking: dict[str, Any]) -> Heard:
    """As its own `check_spf`, which keeps of an error only the text."""
    spf = import_module("checkdmarc.spf")
    record = spf.query_spf_record(domain, **asking)["record"]
    parsed = spf.parse_spf_record(record, domain, **asking)
    return Heard(stance=Stance.VALID, lookups=parsed["dns_lookups"], voids=parsed["void_dns_lookups"])


def _dmarc(domain: str, asking: dict[str, Any]) -> Heard:
    dmarc = import_module("checkdmarc.dmarc")
    found = dmarc.query_dmarc_record(domain, **asking)
    tags = dmarc.parse_dmarc_record(found["record"], found["location"], **asking)["tags"]
    return Heard(
        stance=Stance.VALID,
        at=visible(found["location"], 253),
        policy=str(tags["p"]["value"]),
        subdomain_policy=str(tags["sp"]["value"]),
    )


def _tls_rpt(domain: str, asking: dict[str, Any]) -> Heard:
    tls_rpt = import_module("checkdmarc.smtp_tls_reporting")
    record = tls_rpt.query_smtp_tls_reporting_record(domain, **asking)["record"]
    tls_rpt.parse_smtp_tls_reporting_record(record)
    return Heard(stance=Stance.VALID)


def _heard(ask: Callable[[], Heard], error_type: str) -> Heard:
    """Its verdict; where it raises anything but what it means to raise, that is said, and is its own."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 -- another's code over hostile text: whatever it raises is its verdict
        meant = any(kind.__name__ == error_type for kind in type(error).__mro__)
        return Heard(
            stance=_stance(error) if meant else Stance.COULD_NOT_ASK,
            kind=type(error).__name__,
            words=visible(" ".join(str(error).split()), MAX_WORDS),
            lookups=_number(error, "dns_lookups"),
            voids=_number(error, "void_dns_lookups"),
        )


def _stance(error: BaseException) -> Stance:
    if any(isinstance(cause, Unheard) for cause in _causes(error)):
        return Stance.COULD_NOT_ASK
    root = getattr(error, "__cause__", None)
    return Stance.MISSING if type(error).__name__ in MISSING and root is None else Stance.INVALID


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
