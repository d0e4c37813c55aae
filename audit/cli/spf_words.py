"""What the commands on SPF share in words: counts of which a lower bound is certain, networks, and unknown parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.model.fact import Count, Unknown
from audit.protocol.spf.cost import ENOUGH
from audit.protocol.spf.networks import Networks
from audit.report.reasons import reason
from audit.report.words import plural


def count(number: Count) -> str:
    """`12`, or `12 or more` where a part is not known, or was not counted."""
    return str(number.at_least) if exact(number) else f"{number.at_least} or more"


def exact(number: Count) -> bool:
    """Whether a number is known to the end: from some size on it is not counted further."""
    return number.hole is None and number.at_least < ENOUGH


def counted(number: Count) -> Mapping[str, Any]:
    """A count for JSON."""
    return {"at_least": number.at_least, "exact": exact(number)}


def networks(given: Networks) -> str:
    """`3 IPv4 networks, 1 IPv6 network`; what cannot be counted (hosts of `mx`, macros, errors) is said to be more."""
    parts = [plural(len(each), f"{name} network") for each, name in _families(given) if each]
    more = [] if given.whole else ["perhaps more" if parts else "networks that cannot be counted"]
    return ", ".join([*parts, *more])


def networks_counted(given: Networks) -> Mapping[str, Any]:
    """Networks for JSON."""
    return {
        "ipv4": len(given.ipv4),
        "ipv6": len(given.ipv6),
        "ipv4_addresses": sum(n.num_addresses for n in given.ipv4),
        "whole": given.whole,
    }


def unseen(hole: Unknown | None) -> str | None:
    """Why a part is not known, in a sentence."""
    return reason(hole.reason).sentence if hole else None


def _families(given: Networks) -> tuple[tuple[tuple[object, ...], str], ...]:
    return (given.ipv4, "IPv4"), (given.ipv6, "IPv6")
