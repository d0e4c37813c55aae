"""What stands beside an SPF record: the record type of its own that SPF once had, and the explanation that receivers
may show to whoever is refused (RFC 7208 sections 3.1 and 6.2)."""

from __future__ import annotations

from audit.model.fact import Unestablished
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, answer, inquiry, texts
from audit.protocol.spf.terms import MACRO
from audit.protocol.spf.tree import spf_record
from audit.syntax.names import canonical

OWN_NAME = ("%{d}", "%{o}", "%{D}", "%{O}")  # of the domain's own record, for mail of the domain: its name
MAX_QUESTIONS = 2


@dataclass(frozen=True, slots=True)
class SpfTyped:
    """The records of type SPF (99) at a domain, which no receiver reads."""

    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpfExplanation:
    """Where a record's `exp` leads; `at` is None without one. Receivers use it when there is exactly one text."""

    at: str | None
    texts: tuple[str, ...]


@inquiry
def spf_typed(domain: Domain) -> Steps[SpfTyped]:
    """Look for records of the type that is no longer used."""
    return SpfTyped((yield from answer(Question(name=domain.name, rdtype="SPF"))).records)


@inquiry
def spf_explanation(domain: Domain) -> Steps[SpfExplanation]:
    """Read the explanation that a record names.

    Raises:
        Unestablished: its name depends on the mail.
    """
    record = (yield from spf_record(domain)).record
    named = next((m for m in record.modifiers if m.name == "exp"), None) if record else None
    if named is None:
        return SpfExplanation(None, ())
    at = named.value
    for macro in OWN_NAME:
        at = at.replace(macro, domain.name)
    if "%" in at:
        raise Unestablished(MACRO)
    return SpfExplanation(canonical(at), (yield from texts(canonical(at))))
