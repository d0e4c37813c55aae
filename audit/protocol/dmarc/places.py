"""Where else a DMARC record may have landed, and what `_dmarc` really is.

Receivers look at `_dmarc` below the domain and nowhere else (RFC 9989 section 4.5). Control panels add the domain, or
the `_dmarc`, that one has typed already. Where `_dmarc` is an alias, somebody else holds the record; where the alias
leads to a name that does not exist, whoever comes by that name does. Beside an alias nothing may stand (RFC 1034
section 3.6.2).
"""

from __future__ import annotations

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.alias import by_wildcard
from audit.protocol.dmarc.walk import own_dmarc
from audit.protocol.inquiry import Steps, answer, attempt, inquiry, settle, texts
from audit.protocol.registration import NONE_FREE, FreeDomains, free_domains
from audit.syntax import dmarc as syntax
from audit.syntax.dmarc_edit import meant
from audit.syntax.names import canonical

MAX_QUESTIONS = 4
ITS_OWN: Fact[bool] = Known(False)


@dataclass(frozen=True, slots=True)
class DmarcStrays:
    """DMARC records at names where nobody looks: each name that was looked at, and the records there."""

    places: tuple[tuple[str, Fact[tuple[str, ...]]], ...]
    misspelt: tuple[str, ...] = ()  # texts there that were meant to be one

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them; records first."""
        found = (fact.value for _, fact in self.places if isinstance(fact, Known))
        return (*(text for each in found for text in each), *self.misspelt)


@dataclass(frozen=True, slots=True)
class DmarcAlias:
    """Where `_dmarc` leads as an alias; empty when it is none."""

    target: str
    dangling: bool  # the target does not exist
    beside_texts: Fact[bool]  # servers give out texts of the same name as well
    domains: FreeDomains = NONE_FREE  # that a target which does not exist lies in
    circle: bool = False  # the aliases lead back to where they were before, and to no record
    wildcard: Fact[bool] = ITS_OWN  # any name of the domain leads there

    @property
    def lost(self) -> bool:
        """Whether it leads to nothing."""
        return self.dangling or self.circle

    @property
    def stands(self) -> bool:
        """Whether it keeps a record from standing in its place, as far as is known: that of a wildcard does not."""
        return bool(self.target) and self.wildcard != Known(True)


@inquiry
def dmarc_strays(domain: Domain) -> Steps[DmarcStrays]:
    """Look for DMARC records at the domain itself, and at names that are easily mistaken for `_dmarc`."""
    names = (domain.name, f"dmarc.{domain.name}", f"_dmarc._dmarc.{domain.name}")
    right = yield from settle(own_dmarc(domain))
    standing = yield from attempt(texts(name) for name in names)
    found = tuple(Known(tuple(filter(syntax.is_dmarc, f.value))) if isinstance(f, Known) else f for f in standing)
    wildcard = right.value.found if isinstance(right, Known) else ()
    return DmarcStrays(
        tuple(
            # What any name gets from a wildcard is not at this one.
            (n, Known(()) if isinstance(f, Known) and n != domain.name and f.value == wildcard else f)
            for n, f in zip(names, found, strict=True)
        ),
        tuple(text for f in standing if isinstance(f, Known) for text in f.value if meant(text)),
    )


@inquiry
def dmarc_alias(domain: Domain) -> Steps[DmarcAlias]:
    """See whether `_dmarc` is an alias; of one whose target is gone, whether anybody may register that."""
    own = yield from own_dmarc(domain)
    if own.aliases:
        gone = () if own.exists else (own.aliases[-1],)
        target = own.aliases[0] if own.circle else own.alias
        domains = yield from free_domains(gone, domain.name, 1)
        any_name = yield from settle(by_wildcard(own.aliases, domain.name))
        return DmarcAlias(target, bool(gone), Known(False), domains, own.circle, any_name)
    if not (own.found or own.others):
        return DmarcAlias("", dangling=False, beside_texts=Known(False))
    got = yield from settle(answer(Question(name=f"_dmarc.{domain.name}", rdtype="CNAME")))
    if isinstance(got, Unknown):
        return DmarcAlias("", dangling=False, beside_texts=got)
    target = canonical(got.value.records[0]) if got.value.records else ""
    return DmarcAlias(target, dangling=False, beside_texts=Known(bool(target)))
