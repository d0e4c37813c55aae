"""DKIM keys (RFC 6376 section 3.6): which selectors of a domain can be found, and what stands at them.

Selectors cannot be listed. They are tried: those that the user named, those of the providers that MX and SPF give away,
then a generic list. A miss proves nothing. Only a denial of `_domainkey` itself says that there are none (RFC 8020),
and as some servers deny empty names wrongly, a few selectors are tried even then; the whole list, where it could not be
seen which are likely. Whoever wants fewer questions may leave out the list, or all guesses; then what was not found is
not known of.

A selector that the user named and at which a key stands vouches for the names: then guesses may still find something,
but what they could not ask is no hole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

from audit.catalog.providers import Providers
from audit.catalog.selectors import Selectors
from audit.model.evidence import DkimGuesses, DomainOptions, Settings
from audit.model.fact import Fact, Known, Unknown, first_hole
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.subject import Domain, Selector
from audit.model.value import dataclass
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, attempt, inquiry, lookup, settle
from audit.protocol.mx.hosts import mail_hosts
from audit.protocol.spf.tree import spf_tree
from audit.syntax import dkim as syntax
from audit.syntax import txt

MAX_QUESTIONS = 40  # the two probes among them
MAX_TRIED = MAX_QUESTIONS - 2
LIKELIEST = 5  # of the list, tried after a denial, or where the user wants no more
BUDGET = Unknown("budget")
NOT_GUESSED = Unknown("dkim.not_guessed")


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A selector at which something stands: a key, several texts, or an alias that leads to nothing."""

    name: str
    has_key: bool
    key_type: str | None  # of a key that can be read
    taken: bool  # verifiers of mail may take signatures made with it
    alias: bool  # it stands elsewhere


@dataclass(frozen=True, slots=True)
class DkimDiscovery:
    """What trying selectors found. `hole` is set when one that counts did not answer, or could not be known of;
    `untried` when the user wanted fewer guesses, so that what was not found is not known of."""

    denied: Fact[bool]  # `_domainkey` does not exist
    wildcard: Fact[tuple[str, ...]]  # the texts that any selector gets
    met: tuple[FoundKey, ...]  # in the order tried
    anything: bool  # a key or an alias, be it what any selector gets
    tried: int
    named: bool  # the user has named the domain's selectors
    hole: Unknown | None
    untried: Unknown | None = None

    @property
    def found(self) -> tuple[str, ...]:
        """The selectors with a key."""
        return tuple(m.name for m in self.met if m.has_key)

    @property
    def answered(self) -> Fact[None]:
        """Whether all that there is to try was tried and answered."""
        return self.missed or Known(None)

    @property
    def missed(self) -> Unknown | None:
        """Why a key that was not found may yet be at one of the selectors that are worth a try."""
        return self.hole or self.untried

    @property
    def nothing_there(self) -> Fact[bool]:
        """Whether it is certain that the domain publishes no key: `_domainkey` is denied, and no try found one."""
        if self.anything or self.denied == Known(False):
            return Known(False)
        return self.missed or self.denied

    @property
    def signs(self) -> Fact[bool]:
        """Whether a key was found that verifiers can use; while some selector is not known of, only that can be
        certain."""
        return Known(True) if any(m.key_type for m in self.met) else self.missed or Known(False)

    @property
    def all_selectors(self) -> Fact[None]:
        """All selectors of the domain: trying cannot tell them (RFC 6376 section 3.1), only whoever signs can."""
        return self.missed or (Known(None) if self.named else Unknown("dkim.selectors_unknown"))


@dataclass(frozen=True, slots=True)
class DkimKeyFound:
    """What stands at one selector. `octets` is the size of the reply that holds it, and nothing else."""

    configured: bool
    exists: bool  # a text that is no other record, as a wildcard's for SPF would be
    texts: tuple[str, ...]
    aliases: tuple[str, ...]
    circle: bool  # the aliases lead back to where they were before, and nobody finds a key
    target_denied: bool  # the last alias leads to a name that does not exist
    provider: str | None  # who signs, where an alias leads to somebody known
    awaiting: bool  # a provider's spare selector, which is empty until the first change of keys
    key: syntax.DkimKey | None  # None: there is none, or several, of which none can be chosen (section 3.6.2.2)
    octets: int

    @property
    def usable(self) -> syntax.DkimKey | None:
        """The key, where there is one that verifiers can read."""
        return self.key if self.key is not None and self.key.usable else None


@inquiry
def dkim_discovery(
    domain: Domain, options: DomainOptions, providers: Providers, generic: Selectors, settings: Settings
) -> Steps[DkimDiscovery]:
    """Try selectors, the likely ones first."""
    base = f"_domainkey.{domain.name}"
    probes = yield from attempt(
        (
            lookup(Question(name=base, rdtype="A")),
            lookup(Question(name=f"{unlikely(domain.name)}.{base}", rdtype="TXT")),
        )
    )
    denied: Fact[bool] = Known(_denies(probes[0].value)) if isinstance(probes[0], Known) else probes[0]
    wildcard: Fact[tuple[str, ...]] = Known(joined(probes[1].value)) if isinstance(probes[1], Known) else probes[1]
    wanted = settings.dkim_guesses
    likely, unseen = ((), None) if wanted is DkimGuesses.NONE else (yield from _of_providers(domain, providers))
    few = denied == Known(True) and unseen is None
    named = options.selectors[:MAX_TRIED]
    names = tuple(dict.fromkeys((*named, *likely, *_listed(generic, wanted, few=few))))[:MAX_TRIED]
    got = yield from attempt(lookup(Question(name=f"{n}.{base}", rdtype="TXT")) for n in names)
    answers = dict(zip(names, got, strict=True))
    met = tuple(m for n, f in answers.items() if (m := _met(domain, n, f, None if n in named else probes[1])))
    vouched = any(m.key_type and m.name in named for m in met)
    hole = _hole_beside(answers, options, probes[1]) if vouched else None
    if not vouched:
        over = BUDGET if len({*options.selectors, *likely}) > MAX_TRIED else None
        hole = first_hole(denied, wildcard, None if denied == Known(True) else unseen, over, *got)
    less = wanted is DkimGuesses.NONE or (wanted is DkimGuesses.PROVIDER and not few)
    return DkimDiscovery(
        denied=denied,
        wildcard=wildcard,
        met=met,
        anything=any(isinstance(f, Known) and _stands(f.value) for f in (probes[1], *got)),
        tried=len(names),
        named=bool(named),
        hole=hole,
        untried=NOT_GUESSED if less and not vouched else None,
    )


@inquiry
def dkim_key(domain: Domain, selector: Selector, options: DomainOptions, providers: Providers) -> Steps[DkimKeyFound]:
    """Read the key at a selector."""
    question = Question(name=f"{selector.name}._domainkey.{domain.name}", rdtype="TXT")
    got = yield from lookup(question)
    found = joined(got)
    if all(map(syntax.OTHER_RECORD.match, found)):
        found = ()
    provider = next((p for a in got.aliases if (p := providers.of_key(a))), None)
    return DkimKeyFound(
        configured=selector.name in options.selectors,
        exists=bool(found),
        texts=found,
        aliases=got.aliases,
        circle=got.status is DnsStatus.CNAME_CHAIN,
        target_denied=bool(got.aliases) and got.status is DnsStatus.NXDOMAIN,
        provider=provider.name if provider else None,
        awaiting=provider is not None and selector.name in provider.spare_selectors,
        key=only_key(found),
        octets=_octets(question, got.aliases, found),
    )


def selectors(domain: Domain, discovery: DkimDiscovery, options: DomainOptions) -> Children[Selector]:
    """The selectors that the user named, and those that were found. Where some are named these are judged, and a guess
    that was not answered is no hole. A shorter list of guesses is none either, but to try nothing at all is."""
    names = dict.fromkeys((*options.selectors[:MAX_TRIED], *(m.name for m in discovery.met)))
    over = BUDGET if len(options.selectors) > MAX_TRIED else None
    guessed = discovery.hole if discovery.tried else discovery.missed
    return Children(tuple(Selector(domain.name, n) for n in names), over if options.selectors else guessed)


def _listed(generic: Selectors, wanted: DkimGuesses, *, few: bool) -> tuple[str, ...]:
    """What to try of the list that fits all domains."""
    if wanted is DkimGuesses.NONE:
        return ()
    return generic.names[: LIKELIEST if few or wanted is DkimGuesses.PROVIDER else None]


def _hole_beside(answers: Mapping[str, Fact[Answer]], options: DomainOptions, anything: Fact[Answer]) -> Unknown | None:
    """The hole beside a named key: another that was named, or a find that may be what any name gets."""
    named = options.selectors[:MAX_TRIED]
    over = BUDGET if len(options.selectors) > MAX_TRIED else None
    doubtful = any(isinstance(f, Known) and _stands(f.value) for n, f in answers.items() if n not in named)
    return first_hole(over, *(answers[n] for n in named), anything if doubtful else None)


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


def joined(got: Answer) -> tuple[str, ...]:
    """The texts of an answer."""
    if not got.records:
        return ()  # as of almost every guess
    return tuple(txt.joined(r) for r in got.records)


def only_key(found: tuple[str, ...]) -> syntax.DkimKey | None:
    """The key of a selector. Beside other texts it is the one that looks like a key; of several, none can be chosen."""
    meant = found if len(found) == 1 else tuple(t for t in found if syntax.looks_like_key(t))
    return syntax.parse(meant[0]) if len(meant) == 1 else None


def _met(domain: Domain, name: str, got: Fact[Answer], anything: Fact[Answer] | None) -> FoundKey | None:
    return met_at(domain.name, name, got.value, anything) if isinstance(got, Known) else None


def _stands(got: Answer) -> bool:
    """Whether somebody meant a key to be where this was answered: one is there, or an alias that leads to no text."""
    found = joined(got)
    return any(syntax.looks_like_key(t) for t in found) if found else bool(got.aliases)


def met_at(domain: str, name: str, got: Answer, anything: Fact[Answer] | None) -> FoundKey | None:
    """What stands at a selector, if anything does.

    A guess that gets what any name gets (`anything`, None for a selector that the user named) is no find, and without
    knowing that, no guess is. An alias that leads nowhere is one: somebody meant a key to be there.
    """
    if not (got.records or got.aliases) or not _stands(got):
        return None
    found = joined(got)
    if anything is not None:
        if isinstance(anything, Unknown):
            return None
        like = tuple(a.replace(unlikely(domain), name) for a in anything.value.aliases)  # a DNAME makes one for each
        if found == joined(anything.value) if found else got.aliases == like:
            return None
    key = only_key(found)
    usable = key is not None and key.usable
    taken = key is not None and key.taken
    return FoundKey(name, bool(found), key.key_type if key and usable else None, taken, bool(got.aliases))


@lru_cache(maxsize=16)
def unlikely(domain: str) -> str:
    """A label that nobody uses, the same each time for a domain, so that evidence replays."""
    return f"x{hashlib.sha256(domain.encode()).hexdigest()[:15]}"


def _denies(got: Answer) -> bool:
    """Whether nothing exists below the name that was asked for (RFC 8020); an alias exists, wherever it leads."""
    return got.status is DnsStatus.NXDOMAIN and not got.aliases


def _octets(question: Question, aliases: tuple[str, ...], texts: tuple[str, ...]) -> int:
    """The size of a reply with these records alone, names compressed where they repeat (RFC 1035 section 4.1)."""
    strings = sum(12 + len(t) + max(1, -(-len(t) // 255)) for t in texts)
    return 12 + len(question.name) + 2 + 4 + sum(12 + len(a) + 2 for a in aliases) + strings
