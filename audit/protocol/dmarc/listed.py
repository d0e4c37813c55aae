"""Names below a domain that its owner listed, and that have a DMARC record of their own.

Such a record decides for its name alone, and the one above is not asked (RFC 9989 section 4.10.1): its policy, who is
sent reports, and whether alignment is strict.
"""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.dmarc.stance import Stance, dmarc_stance
from audit.protocol.dmarc.walk import own_dmarc
from audit.protocol.inquiry import Steps, attempt, inquiry
from audit.protocol.spf.subdomains import subdomains

NO_RECORD = Known(None)


@dataclass(frozen=True, slots=True)
class ListedStances:
    """How each listed name stands by a record of its own; None for one that has none."""

    each: tuple[tuple[str, Fact[Stance] | Known[None]], ...]


@inquiry
def listed_stances(domain: Domain, options: DomainOptions) -> Steps[ListedStances]:
    """Look for the DMARC records of the listed names themselves."""
    names = [each.name for each in subdomains(domain, options).known]
    found = yield from attempt(_own(Domain(name)) for name in names)
    each = (fact.value if isinstance(fact, Known) else fact for fact in found)
    return ListedStances(tuple(zip(names, each, strict=True)))


def _own(name: Domain) -> Steps[Fact[Stance] | Known[None]]:
    """How a name stands by its own record. Of several records none counts (RFC 9989 section 4.10)."""
    own = yield from own_dmarc(name)
    return (yield from dmarc_stance(name)).domain if own.record is not None else NO_RECORD
