"""The DNS as evidence tells it, in the shape that dnspython's users expect.

checkdmarc asks through a resolver, and where it forgets to pass that on, through nameservers: both are answered from
here. A question that evidence does not hold ends as a timeout does; an answer that says nothing of its name ends as
dnspython would end it. These ends are marked, so that a verdict which follows from silence can be told from one which
follows from the zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.resolver

from audit.model.probe import Answer, DnsStatus, Question
from audit.syntax.rdata import well_formed

TTL = 300
LATE = frozenset({DnsStatus.TIMEOUT, DnsStatus.UNREACHABLE, DnsStatus.BUDGET, DnsStatus.NOT_GATHERED})
MAX_TEXT = 16 * 1024  # what it takes grows with the square of some texts; who publishes more gets no second opinion
HOSTS = frozenset({"A", "AAAA", "MX"})
Answers = Mapping[Question, Answer]


class Unheard:
    """Marks an end that says nothing of the name."""


class Silence(Unheard, dns.resolver.LifetimeTimeout, EOFError):
    """Nobody answers. An EOFError as well: then dnspython gives a nameserver up at once, without waiting."""


class Refusal(Unheard, dns.resolver.NoNameservers):
    """Servers answer, but none of them says anything of the name."""


class Witness:
    """Questions to evidence."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._missed: list[Question] = []
        self._exchanges: set[str] = set()

    def missed_texts(self, name: str | None = None) -> bool:
        """Whether texts were asked for in vain: at a name, or anywhere."""
        return any(q.rdtype == "TXT" and name in (None, q.name) for q in self._missed)

    @property
    def missed_hosts(self) -> int:
        """How often hosts were asked for in vain, each time anew; those that MX records name don't count."""
        return sum(q.rdtype in HOSTS and q.name not in self._exchanges for q in self._missed)

    def response(self, request: dns.message.QueryMessage) -> dns.message.QueryMessage:
        """What a server would reply.

        Raises:
            Silence: evidence holds no answer, or says that nobody gave one.
            Refusal: the answer says nothing of the name.
        """
        (question,) = request.question
        name = question.name.to_text(omit_final_dot=True).lower()
        asked = Question(name=name, rdtype=dns.rdatatype.to_text(question.rdtype))
        try:
            return self._response(request, asked)
        except dns.exception.DNSException:
            self._missed.append(asked)
            raise

    def _response(self, request: dns.message.QueryMessage, question: Question) -> dns.message.QueryMessage:
        found = self._answers.get(question)
        if found is None or found.status in LATE:
            raise Silence(timeout=0.0, errors=[])
        sound = all(well_formed(question.rdtype, r) for r in found.records)
        if not found.speaks or not sound or sum(map(len, found.records)) > MAX_TEXT:
            raise Refusal(request=request, errors=[])
        if question.rdtype == "MX":
            self._exchanges.update(r.split()[-1].removesuffix(".").lower() for r in found.records)
        try:
            return _reply(request, found)
        except (dns.exception.DNSException, ValueError):  # rdata or an alias that dnspython does not take
            raise Refusal(request=request, errors=[]) from None


def _reply(request: dns.message.QueryMessage, found: Answer) -> dns.message.QueryMessage:
    """The message of an answer: its aliases in order, then its records."""
    response = cast("dns.message.QueryMessage", dns.message.make_response(request, recursion_available=True))
    (question,) = request.question
    owner = question.name
    for alias in found.aliases if question.rdtype != dns.rdatatype.CNAME else ():
        _add(response, owner, dns.rdatatype.CNAME, alias)
        owner = dns.name.from_text(alias)
    for record in found.records:
        _add(response, owner, question.rdtype, record)
    if found.status is DnsStatus.NXDOMAIN:
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response


def _add(response: dns.message.Message, owner: dns.name.Name, rdtype: dns.rdatatype.RdataType, text: str) -> None:
    rrset = response.find_rrset(response.answer, owner, dns.rdataclass.IN, rdtype, create=True)
    rrset.add(dns.rdata.from_text(dns.rdataclass.IN, rdtype, text, origin=dns.name.root, relativize=False), TTL)


class EvidenceResolver(dns.resolver.Resolver):
    """`resolver=`: a resolver that reads."""

    def __init__(self, witness: Witness) -> None:
        super().__init__(configure=False)
        self._witness = witness

    def resolve(self, qname: Any, rdtype: Any = "A", *_: Any, **__: Any) -> dns.resolver.Answer:
        """The answer, or the end that dnspython's resolver would come to.

        Raises:
            dns.exception.DNSException: NXDOMAIN, no such record, an impossible name, or silence.
        """
        name = dns.name.from_text(qname) if isinstance(qname, str) else qname
        request = dns.message.make_query(name, rdtype)
        response = self._witness.response(request)
        (question,) = request.question
        if response.rcode() == dns.rcode.NXDOMAIN:
            raise dns.resolver.NXDOMAIN(qnames=[question.name], responses={question.name: response})
        found = dns.resolver.Answer(question.name, question.rdtype, dns.rdataclass.IN, response)
        if found.rrset is None:
            raise dns.resolver.NoAnswer(response=response)
        return found


class EvidenceNameserver(dns.nameserver.Nameserver):
    """`nameservers=`: a nameserver that reads."""

    def __init__(self, witness: Witness) -> None:
        super().__init__()
        self._witness = witness

    def __str__(self) -> str:
        return "evidence"

    def kind(self) -> str:
        return "evidence"

    def is_always_max_size(self) -> bool:
        return True

    def answer_nameserver(self) -> str:
        return "evidence"

    def answer_port(self) -> int:
        return 0

    def query(self, request: dns.message.QueryMessage, *_: Any, **__: Any) -> dns.message.Message:
        """What `Witness.response` says, with its ends."""
        return self._witness.response(request)
