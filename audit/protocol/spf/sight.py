"""What is seen of SPF records on behalf of a client of one family of addresses: the records at names, and the networks
that terms name (RFC 7208 sections 5 and 7).

A macro makes names out of the client and of what it says (section 7). A name that is made of domains alone is the same
for all, and is looked up. Of the names that are made of addresses, those of a sample are: a client of each family whose
address nobody has. What a sender takes part in, by its words or its reverse names, no sample can stand for.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from enum import Enum

from audit.model.fact import Fact, Unknown, need
from audit.model.probe import Answer, Question
from audit.model.value import dataclass
from audit.protocol.spf.terms import MAX_HOSTS, SpfNode, around_hosts, asked_by, expanded, sample_name, wide_around
from audit.syntax import spf_macro
from audit.syntax.names import canonical
from audit.syntax.span import Network
from audit.syntax.spf import Modifier, Term

ADDRESS = frozenset("ip")  # macros that a client's address fills in: their names are of that client alone
BUDGET = Unknown("budget")


class Mode(Enum):
    """How a record is walked: as receivers do; as those do that put no limit to void lookups; as if its errors were
    mended; and then past what was not asked, too."""

    AS_IT_IS = "as it is"
    PATIENT = "past void lookups"
    MENDED = "mended"
    SEEN = "mended, as far as it is seen"


@dataclass(slots=True)
class Sight:
    """What was read and looked up, for a client of version 4 or 6."""

    version: int
    root: str
    nodes: Mapping[str, Fact[SpfNode]]
    looked_up: Mapping[Question, Fact[Answer]]
    mode: Mode
    wanted: dict[Question, None] = field(default_factory=dict)  # of the sample, and not looked up

    @property
    def passes_over(self) -> bool:
        """Whether what is not seen is passed over."""
        return self.mode is Mode.SEEN

    def node(self, name: str) -> SpfNode | None:
        """What stands at a name; None where that is not seen, and is to be passed over.

        Raises:
            Unestablished: it is not seen.
        """
        fact = self._node(name) or BUDGET
        return None if isinstance(fact, Unknown) and self.passes_over else need(fact)

    def target(self, name: str, term: Term | Modifier, spec: str) -> str | None:
        """The name of the record that a term leads to; None where a mail decides it, or nobody has looked there."""
        if not term.macro:
            return canonical(spec)
        target = sample_name(spec, name, self.root, self.version)
        return target if target and self._node(target) else None

    def of_sample(self, name: str, term: Term) -> Term:
        """A term with the name that its macros make of domains, or of the sample, where that has been looked up."""
        if not term.macro:
            return term
        term = expanded(term, name, self.root)
        target = sample_name(term.target, name, self.root, self.version) if term.macro and term.target else None
        made = term._replace(target=target, macro=False) if target else term
        return made if made.name == "ptr" or (target and self._answer(name, made)) else term

    def found(self, name: str, term: Term) -> tuple[str, ...]:
        """The records that a term finds.

        Raises:
            Unestablished: it is not seen.
        """
        fact = self._answer(name, term) or BUDGET
        return () if isinstance(fact, Unknown) and self.passes_over else need(fact).records

    def around(self, name: str, term: Term) -> tuple[Network, ...]:
        """The networks around the hosts that a term names; of those of an `mx` only wide ones."""
        if term.name not in ("a", "mx"):
            return ()
        length = term.cidr4 if self.version == 4 else term.cidr6
        if term.name == "a":
            suffix = "" if length is None else f"/{length}"
            return tuple(ipaddress.ip_network(f"{a}{suffix}", strict=False) for a in self.found(name, term))
        hosts = [r for r in self.found(name, term) if r.split()[-1] != "."]
        if hosts and length == 0:
            return (ipaddress.ip_network("0.0.0.0/0" if self.version == 4 else "::/0"),)
        return tuple(self._around_hosts(hosts, length)) if length and wide_around(term, self.version) else ()

    def of_hosts(self, name: str, term: Term) -> tuple[Network, ...]:
        """The networks around the hosts of an `mx`, however wide, of those hosts that were looked up."""
        length = term.cidr4 if self.version == 4 else term.cidr6
        hosts = self.found(name, term)
        whole = 32 if self.version == 4 else 128
        return tuple(self._around_hosts(hosts, whole if length is None else length)) if len(hosts) <= MAX_HOSTS else ()

    def _around_hosts(self, hosts: Iterable[str], length: int) -> Iterator[Network]:
        """The networks around the hosts of an `mx`, which are looked up where they are so wide."""
        for question in around_hosts(hosts, self.version):
            fact = self.looked_up.get(question) or BUDGET
            if not (isinstance(fact, Unknown) and self.passes_over):
                yield from (ipaddress.ip_network(f"{a}/{length}", strict=False) for a in need(fact).records)

    def _node(self, name: str) -> Fact[SpfNode] | None:
        """What stands at a name; None where nobody asked, and then it is wanted for the sample."""
        fact = self.nodes.get(name)
        if fact is None:
            self.wanted[Question(name=name, rdtype="TXT")] = None
        return fact

    def _answer(self, name: str, term: Term) -> Fact[Answer] | None:
        """What a client of this family finds for a term, A records or AAAA records; None where nobody asked."""
        questions = asked_by(name, term)
        asked = questions[-1] if self.version == 6 else questions[0]
        fact = self.looked_up.get(asked)
        if fact is None:
            self.wanted[asked] = None
        return fact


def of_address(term: Term | Modifier) -> bool:
    """Whether each client is led to a name of its own, by a macro that its address fills in."""
    text = (term.target or "") if isinstance(term, Term) else term.value
    return bool(spf_macro.asked_for(spf_macro.pieces(text)) & ADDRESS)
