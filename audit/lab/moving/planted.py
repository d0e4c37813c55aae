"""The zone that the company meant to publish at first, with four faults in it, which a rehearsal is to find.

Both providers' includes make for eleven DNS lookups (RFC 7208 section 4.6.4). The MTA-STS policy stays as it is: in
mode enforce, and senders that hold it do not deliver to the new host (RFC 8461 section 5). The new provider's DKIM key
is not there. And autodiscover still leads to the old provider.
"""

from __future__ import annotations

from dataclasses import replace

import dns.name

from audit.lab.moving import providers as known
from audit.lab.moving.company import BY_ADDRESS, DOMAIN, EASED, SHORT, State, zone
from audit.lab.zone import SIGNED, parse

PLANNED = State(
    mx=(f"1 {known.NEW_MX}",),
    ttl=SHORT,
    includes=(known.OLD_SPF, known.NEW_SPF),
    texts=("MS=ms12345678", "google-site-verification=lab"),
)
MENDED = replace(PLANNED, servers=BY_ADDRESS, new_key=True, discovery=False, policy=EASED)


def zone_file(state: State) -> str:
    """The company's zone of some state as a zone file (RFC 1035 section 5)."""
    read = parse(line for line in zone(state) if SIGNED not in line.split()[1:2])
    apex = dns.name.from_text(DOMAIN)
    return "".join(f"{rrset.to_text()}\n" for rrset in read.records.values() if rrset.name.is_subdomain(apex))
