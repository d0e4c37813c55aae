"""A name server that holds some of the zones, and answers for those alone (RFC 1034 section 4.3.2, RFC 9499).

It holds the zones whose own NS records name it. So a server that only the zone above names is lame, without more ado.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from audit.lab.recursion import ALIASES, refused, response, wants_dnssec
from audit.lab.signing import SignedZones
from audit.lab.statement import Statement
from audit.lab.zone import Labels, ZoneFault, ancestry, labels


class Manners(StrEnum):
    """How a name server behaves."""

    SOUND = "sound"
    REFUSES = "refuses"  # it knows nothing of the zones that it is to hold: REFUSED
    UNAUTHORITATIVE = "unauthoritative"  # it answers, but not as one that holds the zone: no AA
    SILENT = "silent"
    WITHOUT_TCP = "without_tcp"
    WITHOUT_EDNS = "without_edns"  # what is before it drops datagrams that speak of it (RFC 6891 section 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameServer:
    """A name server, and where it listens. `records` is zone text that only it has, in place of what the others have
    under the same name and type."""

    name: str
    addresses: tuple[str, ...]
    manners: Manners = Manners.SOUND
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Authority:
    """What one name server replies."""

    signed: SignedZones
    held: frozenset[Labels]
    manners: Manners

    @classmethod
    def of(cls, server: NameServer, signed: SignedZones) -> Authority:
        """The server with the zones that name it."""
        own = SignedZones(signed.zones.replaced(server.records), signed.now) if server.records else signed
        name = dns.name.from_text(server.name)
        held = frozenset(
            owner
            for (owner, kind), rrset in own.zones.records.items()
            if kind == dns.rdatatype.NS and any(rdata.target == name for rdata in rrset)
        )
        return cls(own, held, server.manners)

    def answer(self, query: dns.message.Message) -> dns.message.Message | None:
        """The reply, or nothing."""
        if self.manners is Manners.SILENT:
            return None
        reply = response(query, recursive=False)
        if refused(query, reply):
            return reply
        apex = None if self.manners is Manners.REFUSES else self._home(query.question[0].name, query.question[0].rdtype)
        if apex is None:
            reply.set_rcode(dns.rcode.REFUSED)
            return reply
        match self.signed.zones.fault(apex):
            case ZoneFault.SILENT:
                return None
            case ZoneFault.SERVFAIL:
                reply.set_rcode(dns.rcode.SERVFAIL)
                return reply
        self._tell(reply, query, apex)
        if self.manners is Manners.UNAUTHORITATIVE:
            reply.flags &= ~dns.flags.AA
        return reply

    def _tell(self, reply: dns.message.Message, query: dns.message.Message, apex: Labels | None) -> None:
        said = Statement(self.signed, reply, dnssec=wants_dnssec(query))
        name, kind = query.question[0].name, query.question[0].rdtype
        for _ in range(ALIASES + 1):
            if apex is None:
                return  # the alias leads to a zone of somebody else's, whom the client must ask
            cut = self._cut(labels(name), kind, apex)
            if cut is not None:
                said.refer(cut, apex)
                return
            reply.flags |= dns.flags.AA
            onward = said.say(name, kind, apex)
            if onward is None:
                return
            name, apex = onward, self._home(onward, kind)

    def _home(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> Labels | None:
        """The lowest zone held here at or above a name. Of a DS record that is the one above, if both are held."""
        own = labels(name)
        above = next((each for each in ancestry(own[1:]) if each in self.held), None)
        if own not in self.held or (kind == dns.rdatatype.DS and above is not None):
            return above
        return own

    def _cut(self, name: Labels, kind: dns.rdatatype.RdataType, apex: Labels) -> Labels | None:
        """The first beginning of another zone on the way down to a name."""
        way = [each for each in ancestry(name) if each in self.signed.zones.apexes and len(each) > len(apex)]
        if kind == dns.rdatatype.DS and name in way:
            way.remove(name)
        return way[-1] if way else None
