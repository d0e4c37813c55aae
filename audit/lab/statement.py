"""What one zone says of a name: data, an alias, a denial with its SOA, or whom to ask (RFC 1034 section 4.3.2).

With `dnssec` the signatures and proofs go with it (RFC 4035 section 3.1); without, a client is not bothered with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from audit.lab.signing import SignedZones
from audit.lab.zone import Labels, labels, owned

RdataType = dns.rdatatype.RdataType
ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA)


@dataclass(slots=True)
class Statement:
    """A reply as it grows."""

    signed: SignedZones
    reply: dns.message.Message
    dnssec: bool

    def say(self, name: dns.name.Name, kind: RdataType, apex: Labels) -> dns.name.Name | None:
        """What the zone that begins at `apex` has to say. Returns the name to go on with when it is an alias."""
        found, aliased = self.signed.lookup(name, kind), None
        if found is None and kind != dns.rdatatype.CNAME:
            found = aliased = self.signed.lookup(name, dns.rdatatype.CNAME)
        if found is None:
            self._deny(name, apex)
            return None
        self._put(self.reply.answer, found, apex)
        if self.dnssec:
            self._append(self.reply.authority, self.signed.expansion(name, apex))
        target: dns.name.Name | None = aliased[0].target if aliased else None
        return target

    def refer(self, cut: Labels, apex: Labels) -> None:
        """To the servers of a zone below, with such addresses as belong here (RFC 1034 section 4.2.1)."""
        zones, name = self.signed.zones, dns.name.Name(cut)
        servers = zones.delegation(cut)
        if servers is None:
            self.reply.set_rcode(dns.rcode.SERVFAIL)
            return
        self.reply.authority.append(owned(servers, name))
        if self.dnssec and (ds := self.signed.ds(cut)) is not None:
            self._put(self.reply.authority, ds, apex)
        elif self.dnssec:
            self._append(self.reply.authority, self.signed.denial(name, apex))
        for server in servers:
            if server.target.is_subdomain(dns.name.Name(apex)):
                glue = (zones.records.get((labels(server.target), kind)) for kind in ADDRESSES)
                self._append(self.reply.additional, tuple(each for each in glue if each is not None))

    def _deny(self, name: dns.name.Name, apex: Labels) -> None:
        if not self.signed.zones.exists(name):
            self.reply.set_rcode(dns.rcode.NXDOMAIN)
        soa = self.signed.zones.records.get((apex, dns.rdatatype.SOA))
        if soa is not None:
            self._put(self.reply.authority, soa, apex)
        if self.dnssec:
            self._append(self.reply.authority, self.signed.denial(name, apex))

    def _put(self, section: list[dns.rrset.RRset], rrset: dns.rrset.RRset, apex: Labels) -> None:
        self._append(section, (rrset, *(self.signed.signature(rrset, apex) if self.dnssec else ())))

    @staticmethod
    def _append(section: list[dns.rrset.RRset], rrsets: tuple[dns.rrset.RRset, ...]) -> None:
        """Nothing twice: an alias and its target may need the same proof."""
        section.extend(rrset for rrset in rrsets if rrset not in section)
