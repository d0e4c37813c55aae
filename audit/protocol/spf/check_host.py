"""`check_host()` (RFC 7208 section 4): what a receiver of mail finds when it checks a client against a domain's SPF.

Terms are tried from left to right until one matches. Whoever publishes a record has a stranger's DNS questions in his
hand, so at most ten terms may ask (section 4.6.4), at most two questions may find nothing, and no `mx` may name more
than ten hosts; beyond that the record is in error, permerror. A question without an answer is temperror, but for `ptr`.

Two kinds of silence differ. What the DNS did not answer is temperror for a receiver as it is for us. What we did not
ask, or could not see through our own resolver, says nothing of any receiver, and leaves the result unestablished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_network

from audit.model.fact import Unestablished
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, inquiry
from audit.protocol.spf.lookups import Lookups, Permerror, Purse, Temperror
from audit.protocol.spf.outcome import SpfMatch, SpfOutcome, SpfQuery, SpfResult
from audit.protocol.spf.terms import evaluated
from audit.syntax import labels as raw
from audit.syntax import spf as syntax
from audit.syntax import spf_macro, txt
from audit.syntax.escape import octet_text
from audit.syntax.labels import Labels

MAX_MX = 10
RESULTS = {
    syntax.Qualifier.PASS: SpfResult.PASS,
    syntax.Qualifier.FAIL: SpfResult.FAIL,
    syntax.Qualifier.SOFTFAIL: SpfResult.SOFTFAIL,
    syntax.Qualifier.NEUTRAL: SpfResult.NEUTRAL,
}
NO_DOMAIN = "this is not a domain of two labels or more"
NO_RECORD = "there is no SPF record"


@dataclass(frozen=True, slots=True)
class _Ended:
    """What a record comes to. `speaker` is the record whose explanation counts, with its domain."""

    result: SpfResult
    path: tuple[SpfMatch, ...] = ()
    reason: str | None = None
    speaker: tuple[str, syntax.SpfRecord] | None = None


@inquiry
def check_host(query: SpfQuery) -> Steps[SpfOutcome]:
    """Check a client against the SPF record of the domain that it names.

    Raises:
        Unestablished: a question that decides was not asked, or our resolver cannot be believed.
    """
    check = _Check(query)
    made = SpfOutcome(SpfResult.NONE, query.domain, query.identity)
    try:
        ended = yield from check.domain(query.domain)
        place = query.domain if ended.reason else None
        made = replace(made, result=ended.result, path=ended.path, reason=ended.reason, place=place)
        if ended.result is SpfResult.FAIL and ended.speaker:
            made = replace(made, explanation=(yield from check.explanation(*ended.speaker)))
    except Permerror as end:
        made = replace(made, result=SpfResult.PERMERROR, reason=end.reason, place=end.place)
    except Temperror as end:
        made = replace(made, result=SpfResult.TEMPERROR, reason=end.hole.reason, place=end.place, hole=end.hole)
    return replace(made, lookups=check.asked.terms, voids=check.asked.voids)


class _Check:
    """One check of one client."""

    def __init__(self, query: SpfQuery) -> None:
        self._query = query
        self.asked = Lookups(query)

    def domain(self, domain: str, purse: Purse = Purse.SHARED) -> Steps[_Ended]:
        """The record of a domain, or none (sections 4.3 to 4.5), and what it comes to."""
        name = _labels(domain)
        if name is None or len(name) < 2:
            return _Ended(SpfResult.NONE, reason=NO_DOMAIN)
        texts = yield from self.asked.answered(name, "TXT", domain, purse)
        found = [text for text in map(txt.joined, texts) if syntax.is_spf(text)]
        if not found:
            return _Ended(SpfResult.NONE, reason=NO_RECORD)
        if len(found) > 1:
            raise Permerror(f"there are {len(found)} SPF records", domain)
        record = syntax.parse(found[0])
        if record.problems:
            fault = record.problems[0]
            raise Permerror(f"the record cannot be read: {fault.code}: {fault.text}", domain)
        return (yield from self._record(domain, record))

    def _record(self, domain: str, record: syntax.SpfRecord) -> Steps[_Ended]:
        """Try the terms, then follow the redirect (sections 4.6.2, 4.7 and 6.1)."""
        for term in evaluated(record):
            path = yield from self._path(domain, term)
            if path is not None:
                return _Ended(RESULTS[term.qualifier], path, speaker=(domain, record))
        redirect = record.redirect
        if redirect is None or record.all:
            return _Ended(SpfResult.NEUTRAL)
        self.asked.term(domain)
        target = yield from self._target(domain, redirect.value)
        ended = yield from self.domain(target, Purse.of(macro=redirect.macro))
        if ended.result is SpfResult.NONE:
            raise Permerror(f"{octet_text(redirect.text, 100)} leads nowhere: {ended.reason}", domain)
        return replace(ended, path=(SpfMatch(domain, redirect.text), *ended.path) if ended.path else ())

    def _path(self, domain: str, term: syntax.Term) -> Steps[tuple[SpfMatch, ...] | None]:
        """The way to the mechanism that matches, from this term on; None when it does not match (section 5)."""
        here = SpfMatch(domain, term.text)
        network = term.network
        if network or term.name == "all":
            return (here,) if network is None or self._query.address in network else None
        self.asked.term(domain)
        target = yield from self._target(domain, term.target)
        if term.name == "include":
            return (yield from self._included(here, term, target))
        name = _labels(target)
        matches = name is not None and (yield from self._matches(name, target, term))
        return (here,) if matches else None

    def _included(self, here: SpfMatch, term: syntax.Term, target: str) -> Steps[tuple[SpfMatch, ...] | None]:
        """Section 5.2: only a pass matches, and no record is an error."""
        ended = yield from self.domain(target, Purse.of(macro=term.macro))
        if ended.result is SpfResult.NONE:
            raise Permerror(f"{octet_text(term.text, 100)} leads nowhere: {ended.reason}", here.domain)
        return (here, *ended.path) if ended.result is SpfResult.PASS else None

    def _matches(self, name: Labels, target: str, term: syntax.Term) -> Steps[bool]:
        """Whether the client is what a term that asks the DNS names (sections 5.3 to 5.5 and 5.7)."""
        match term.name:
            case "a":
                found = yield from self.asked.addresses(name, target, Purse.of(macro=term.macro))
                return self._is_one_of(found, term)
            case "mx":
                return (yield from self._is_host_of(name, target, term))
            case "exists":
                return bool((yield from self.asked.records(name, "A", target, Purse.of(macro=term.macro))))
            case _:
                names = yield from self.asked.validated(target)
                return any(raw.is_below(each, name) for each in names)

    def _is_host_of(self, name: Labels, target: str, term: syntax.Term) -> Steps[bool]:
        hosts = yield from self.asked.records(name, "MX", target, Purse.of(macro=term.macro))
        if len(hosts) > MAX_MX:
            raise Permerror(f"{octet_text(term.text, 100)} names more than {MAX_MX} hosts", target)
        for _, host in sorted((int(preference), host) for preference, host in map(str.split, hosts)):
            exchange = raw.labels(host)
            if raw.is_name(exchange):  # the root says that there is no host (RFC 7505)
                found = yield from self.asked.addresses(exchange, target, Purse.of(macro=term.macro))
                if self._is_one_of(found, term):
                    return True
        return False

    def _is_one_of(self, addresses: tuple[str, ...], term: syntax.Term) -> bool:
        prefix = term.cidr4 if self._query.address.version == 4 else term.cidr6
        suffix = "" if prefix is None else f"/{prefix}"
        return any(self._query.address in ip_network(f"{a}{suffix}", strict=False) for a in addresses)

    # ---- texts with macros ----------------------------------------------------------------------------------------

    def _target(self, domain: str, spec: str | None) -> Steps[str]:
        """The name that a domain-spec becomes (section 4.8); the domain itself where there is none."""
        if spec is None:
            return domain
        pieces = spf_macro.pieces(spec)
        values = yield from self._values(domain, spf_macro.asked_for(pieces))
        return raw.lowered(spf_macro.name(pieces, values))

    def _values(self, domain: str, letters: frozenset[str]) -> Steps[Mapping[str, str]]:
        """What the macros stand for (section 7.2)."""
        query, address = self._query, self._query.address
        dotted = str(address) if address.version == 4 else ".".join(address.exploded.replace(":", ""))
        values = {
            "s": f"{query.local}@{query.written}",
            "l": query.local,
            "o": query.written,
            "d": query.written if domain == query.domain else domain,
            "i": dotted,
            "v": "in-addr" if address.version == 4 else "ip6",
            "h": query.greeting,
            "c": str(address),
            "r": query.receiver,
            "t": str(query.now),
        }
        if "p" in letters:
            values["p"] = yield from self.asked.client_name(_labels(domain) or (), domain)
        return values

    def explanation(self, domain: str, record: syntax.SpfRecord) -> Steps[str | None]:
        """Why the domain does not want the mail, in its own words; none where any fault is in them (section 6.2)."""
        told = next((m for m in record.modifiers if m.name == "exp"), None)
        if told is None:
            return None
        self.asked.over = True
        try:
            target = yield from self._target(domain, told.value)
            name = _labels(target)
            texts = (yield from self.asked.answered(name, "TXT", target, Purse.of(macro=told.macro))) if name else ()
            if len(texts) != 1:
                return None
            pieces = spf_macro.pieces(txt.joined(texts[0]), spf_macro.EXPLAINING)
            values = yield from self._values(domain, spf_macro.asked_for(pieces))
        except (Temperror, Unestablished, spf_macro.MacroFault):
            return None
        return spf_macro.sentence(pieces, values)


def _labels(domain: str) -> Labels | None:
    """The labels of a domain as macros make it, where dots stand for nothing else; None when it is no name."""
    name = tuple(domain.split("."))
    return name if raw.is_name(name) else None
