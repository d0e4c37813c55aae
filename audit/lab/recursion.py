"""A recursive resolver that holds all zones itself, and validates what it says (RFC 4035 section 3.2).

What it can show to be right has AD set; what is bogus is withheld, with the reason (SERVFAIL, RFC 8914), unless the
client sets CD to judge for itself.
"""

from __future__ import annotations

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype

from audit.lab.signing import SignedZones, State, Trouble
from audit.lab.statement import Statement
from audit.lab.zone import ZoneFault, labels

ALIASES = 8  # a resolver gives up on a longer chain
PAYLOAD = 1232  # octets that cross every path unfragmented


def answer(signed: SignedZones, query: dns.message.Message) -> dns.message.Message | None:
    """What the resolver replies; nothing when the zone is silent."""
    reply = response(query, recursive=True)
    if refused(query, reply):
        return reply
    checking, states = not query.flags & dns.flags.CD, []
    said = Statement(signed, reply, dnssec=wants_dnssec(query))
    name, kind = query.question[0].name, query.question[0].rdtype
    for _ in range(ALIASES + 1):
        apex = signed.zones.home(labels(name), kind)
        match signed.zones.fault(apex):
            case ZoneFault.SILENT:
                return None
            case ZoneFault.SERVFAIL:
                return _failure(query)
        states.append(signed.state(apex))
        if checking and states[-1] is State.BOGUS:
            return _failure(query, signed.why(apex))
        onward = said.say(name, kind, apex)
        if onward is None:
            if set(states) == {State.SECURE} and (said.dnssec or query.flags & dns.flags.AD):
                reply.flags |= dns.flags.AD
            return reply
        name = onward
    return _failure(query)


def response(query: dns.message.Message, *, recursive: bool) -> dns.message.Message:
    """An empty reply, with EDNS where the query had it."""
    reply = dns.message.make_response(query, recursion_available=recursive, our_payload=PAYLOAD)
    if query.edns >= 0:
        reply.use_edns(0, query.ednsflags & dns.flags.DO, PAYLOAD)
    reply.flags |= query.flags & dns.flags.CD
    return reply


def refused(query: dns.message.Message, reply: dns.message.Message) -> bool:
    """Whether this is no question to answer; the reply then says so."""
    if query.opcode() != dns.opcode.QUERY:
        reply.set_rcode(dns.rcode.NOTIMP)
    elif len(query.question) != 1:
        reply.set_rcode(dns.rcode.FORMERR)
    else:
        return False
    return True


def wants_dnssec(query: dns.message.Message) -> bool:
    return bool(query.edns >= 0 and query.ednsflags & dns.flags.DO)


def _failure(query: dns.message.Message, trouble: Trouble | None = None) -> dns.message.Message:
    reply = response(query, recursive=True)
    reply.set_rcode(dns.rcode.SERVFAIL)
    if trouble is not None and query.edns >= 0:
        because = dns.edns.EDEOption(dns.edns.EDECode(trouble.code), trouble.text)
        reply.use_edns(0, reply.ednsflags, PAYLOAD, options=[because])
    return reply
