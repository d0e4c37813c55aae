"""The addresses that are known to send a domain's mail: of these alone reverse DNS can be held against it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from audit.model.report import Finding, Judged, SpfLine
from audit.report.compliance.reading import Reading
from audit.report.compliance.seen import NOT_JUDGED, Seen, untold

REVERSE = ("PTR-MISSING", "PTR-FCRDNS")
MX_TERMS = frozenset({"mx", "+mx"})
UNKNOWN = "senders.unknown"


def known(seen: Seen, _: str) -> Reading:
    """How many there are: the ones that the owner named, that SPF names singly, or all that take the domain's mail
    where SPF lets those send."""
    if not any(seen.judged(rule) for rule in REVERSE):
        return Reading(reasons=(NOT_JUDGED,))
    looked_at = set(_looked_at(seen))
    named = {record.name for record in seen.records("spf") if record.type == "check_host"}
    lines = seen.report.spf.lines if seen.report.spf is not None else ()
    senders = looked_at & (named | set(_single(lines)))
    if any(line.depth == 0 and line.text.lower() in MX_TERMS for line in lines):
        senders = looked_at
    if senders:
        return Reading(len(senders))
    return Reading(reasons=untold(seen.unknown(*REVERSE)) or (UNKNOWN,))


def _looked_at(seen: Seen) -> Iterator[str]:
    """The addresses whose names were looked up."""
    judged: tuple[Judged | Finding, ...] = (*seen.report.passed, *seen.report.findings)
    yield from (each.subject.name for each in judged if each.rule in REVERSE and each.subject.kind == "address")


def _single(lines: tuple[SpfLine, ...]) -> Iterator[str]:
    for line in lines:
        name, _, value = line.text.lower().lstrip("+").partition(":")
        if name in ("ip4", "ip6"):
            try:
                network = ipaddress.ip_network(value, strict=False)
            except ValueError:
                continue
            if network.num_addresses == 1:
                yield str(network.network_address)
