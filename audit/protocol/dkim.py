"""DKIM keys (RFC 6376 section 3.6): which selectors of a domain can be found, and what stands at them.

Selectors cannot be listed. They are tried: those that the user named, those of the providers that MX and SPF give away,
then a generic list. A miss proves nothing. Only a denial of `_domainkey` itself says that there are none (RFC 8020),
and as some servers deny empty names wrongly, a few selectors are tried even then.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from audit.catalog.providers import Providers
from audit.catalog.selectors import Selectors
from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known, Unknown, first_hole
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.subject import Domain, Selector
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, answer, attempt, inquiry, settle
from audit.protocol.mx import mail_hosts
from audit.protocol.spf import spf_tree
from audit.syntax import dkim as syntax
from audit.syntax import txt

MAX_QUESTIONS = 40  # the two probes among them
MAX_TRIED = MAX_QUESTIONS - 2
TRIED_AFTER_DENIAL = 5
BUDGET = Unknown("budget")


@dataclass(frozen=True, slots=True)
class DkimDiscovery:
    """What trying selectors found. `hole` is set when a selector that was tried did not answer."""

    denied: Fact[bool]  # `_domainkey` does not exist
    wildcard: Fact[tuple[str, ...]]  # the texts that any selector gets
    found: tuple[str, ...]  # selectors with a key, in the order tried
    tried: int
    named: bool  # the user has named the domain's selectors
    hole: Unknown | None

    @property
    def nothing_there(self) -> Fact[bool]:
        """Whether it is certain that the domain publishes no key: `_domainkey` is denied, and no try found one."""
        if self.found or self.denied == Known(False):
            return Known(False)
        return self.hole or self.denied

    @property
    def signs(self) -> Fact[bool]:
        """Whether a key was found; while some selector is not known of, only that can be certain."""
        return Known(True) if self.found else self.hole or Known(False)

    @property
    def all_selectors(self) -> Fact[None]:
        """All selectors of the domain: trying cannot tell them (RFC 6376 section 3.1), only whoever signs can."""
        return self.hole or (Known(None) if self.named else Unknown("dkim.selectors_unknown"))


@dataclass(frozen=True, slots=True)
class DkimKeyFound:
    """What stands at one selector."""

    configured: bool
    exists: bool
    texts: tuple[str, ...]
    aliases: tuple[str, ...]
    key: syntax.DkimKey | None  # None: there is none, or several, of which none can be chosen (section 3.6.2.2)


@inquiry
def dkim_discovery(
    domain: Domain, options: DomainOptions, providers: Providers, generic: Selectors
) -> Steps[DkimDiscovery]:
    """Try selectors, the likely ones first."""
    base = f"_domainkey.{domain.name}"
    probes = yield from attempt(
        (
            answer(Question(name=base, rdtype="A")),
            answer(Question(name=f"{_unlikely(domain.name)}.{base}", rdtype="TXT")),
        )
    )
    denied: Fact[bool] = (
        Known(probes[0].value.status is DnsStatus.NXDOMAIN) if isinstance(probes[0], Known) else probes[0]
    )
    wildcard: Fact[tuple[str, ...]] = Known(_joined(probes[1].value)) if isinstance(probes[1], Known) else probes[1]
    likely, unseen = yield from _of_providers(domain, providers)
    guesses = generic.names[:TRIED_AFTER_DENIAL] if denied == Known(True) else generic.names
    good = tuple(dict.fromkeys((*options.selectors, *likely)))
    names = tuple(dict.fromkeys((*good, *guesses)))[:MAX_TRIED]
    over = BUDGET if len(good) > MAX_TRIED else None
    answers = yield from attempt(answer(Question(name=f"{n}.{base}", rdtype="TXT")) for n in names)
    found = tuple(
        name
        for name, fact in zip(names, answers, strict=True)
        if isinstance(fact, Known)
        and _is_key(_joined(fact.value), Known(()) if name in options.selectors else wildcard)
    )
    hole = first_hole(denied, wildcard, unseen, over, *answers)
    return DkimDiscovery(denied, wildcard, found, len(names), bool(options.selectors), hole)


@inquiry
def dkim_key(domain: Domain, selector: Selector, options: DomainOptions) -> Steps[DkimKeyFound]:
    """Read the key at a selector."""
    got = yield from answer(Question(name=f"{selector.name}._domainkey.{domain.name}", rdtype="TXT"))
    found = _joined(got)
    return DkimKeyFound(
        configured=selector.name in options.selectors,
        exists=bool(found),
        texts=found,
        aliases=got.aliases,
        key=_only_key(found),
    )


def selectors(domain: Domain, discovery: DkimDiscovery, options: DomainOptions) -> Children[Selector]:
    """The selectors that the user named, and those that were found."""
    names = dict.fromkeys((*options.selectors[:MAX_TRIED], *discovery.found))
    return Children(tuple(Selector(domain.name, n) for n in names), discovery.hole)


def _of_providers(domain: Domain, providers: Providers) -> Steps[tuple[tuple[str, ...], Unknown | None]]:
    """The selectors of those who, by MX and SPF, handle the mail, and the hole where that could not be seen."""
    mail = yield from settle(mail_hosts(domain))
    tree = yield from settle(spf_tree(domain))
    hosts = mail.value.hosts if isinstance(mail, Known) else ()
    targets = tuple(b.target for b in tree.value.branches) if isinstance(tree, Known) else ()
    below = tuple(f for _, f in tree.value.nodes) if isinstance(tree, Known) else ()
    met = [*(providers.of_mx(h) for h in hosts), *(providers.of_include(t) for t in targets)]
    found = tuple(dict.fromkeys(s for provider in met if provider for s in provider.selectors))
    return found, first_hole(mail, tree, *below)


def _joined(got: Answer) -> tuple[str, ...]:
    return tuple(txt.joined(r) for r in got.records)


def _only_key(found: tuple[str, ...]) -> syntax.DkimKey | None:
    """The key of a selector. Beside other texts it is the one that looks like a key; of several, none can be chosen."""
    meant = found if len(found) == 1 else tuple(t for t in found if syntax.looks_like_key(t))
    return syntax.parse(meant[0]) if len(meant) == 1 else None


def _is_key(found: tuple[str, ...], wildcard: Fact[tuple[str, ...]]) -> bool:
    """A guess that gets what any name gets is no find, and without knowing that, no guess is."""
    unlike = isinstance(wildcard, Known) and found != wildcard.value
    return bool(found) and unlike and any(syntax.looks_like_key(t) for t in found)


def _unlikely(domain: str) -> str:
    """A label that nobody uses, the same each time for a domain, so that evidence replays."""
    return f"x{hashlib.sha256(domain.encode()).hexdigest()[:15]}"
