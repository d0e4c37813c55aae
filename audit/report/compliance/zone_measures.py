"""What the name servers of a domain's zone have (RFC 1035 section 3.3.11), by the records of the report."""

from __future__ import annotations

import ipaddress

from audit.model.report import FoundRecord
from audit.report.compliance.reading import Reading
from audit.report.compliance.seen import NOT_JUDGED, Seen, untold

RULE = "NS-IPV6"
ENOUGH = 2  # what is asked of a zone; beyond, those that were not told do not matter
ABSENT = frozenset({"nodata", "nxdomain"})


def ipv6_servers(seen: Seen, _: str) -> Reading:
    """How many name servers of the zone have an IPv6 address; at least so many, where it is not known of each."""
    listed = _listed(seen)
    if listed is None or listed.status != "noerror" or listed.left_out:
        why = untold(seen.unknown(RULE)) or ((f"dns.{listed.status}",) if listed is not None else (NOT_JUDGED,))
        return Reading(reasons=why)
    asked = {r.name: r for r in seen.records("addresses") if r.type == "AAAA"}
    servers = [asked.get(value.rstrip(".").lower()) for value in listed.values]
    able = [server for server in servers if server is not None and _has_address(server)]
    shown = (listed.evidence, *(server.evidence for server in servers if server is not None))
    hole = [s for s in servers if s is None or not (_has_address(s) or s.status in ABSENT)]
    if hole and len(able) < ENOUGH:
        first = next((f"dns.{s.status}" for s in hole if s is not None and s.status != "noerror"), "not_gathered")
        return Reading(reasons=(first,), evidence=shown)
    return Reading(len(able), findings=seen.fails(RULE), evidence=shown)


def _listed(seen: Seen) -> FoundRecord | None:
    """The answer that names the zone's servers: the domain's own, or that of the next name above which is a zone."""
    answers = {r.name: r for r in seen.records("zone") if r.type == "NS"}
    name = seen.domain
    while name:
        answer = answers.get(name)
        if answer is None or answer.status not in ABSENT:
            return answer
        name = name.partition(".")[2]
    return None


def _has_address(record: FoundRecord) -> bool:
    return record.status == "noerror" and any(_is_ipv6(value) for value in record.values)


def _is_ipv6(value: str) -> bool:
    try:
        return ipaddress.ip_address(value).version == 6
    except ValueError:
        return False
