"""Extended DNS Errors (RFC 8914): a code, and perhaps a text, by which a server says why it fails.

IANA registers the codes. The text is free, and many servers leave it out, so that the code's name is all there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NAMES: Mapping[int, str] = MappingProxyType(
    {
        0: "other error",
        1: "unsupported DNSKEY algorithm",
        2: "unsupported DS digest type",
        3: "stale answer",
        4: "forged answer",
        5: "DNSSEC indeterminate",
        6: "DNSSEC bogus",
        7: "signature expired",
        8: "signature not yet valid",
        9: "DNSKEY missing",
        10: "RRSIGs missing",
        11: "no zone key bit set",
        12: "NSEC missing",
        13: "cached error",
        14: "not ready",
        15: "blocked",
        16: "censored",
        17: "filtered",
        18: "prohibited",
        19: "stale NXDOMAIN answer",
        20: "not authoritative",
        21: "not supported",
        22: "no reachable authority",
        23: "network error",
        24: "invalid data",
        25: "signature expired before valid",
        26: "too early",
        27: "unsupported NSEC3 iterations value",
        28: "unable to conform to policy",
        29: "synthesized",
        30: "invalid query type",
        31: "rate limited",
        32: "over quota",
    }
)


def shown(code: int, text: str, limit: int) -> str:
    """An error as a person reads it: the server's own words or, where it has none, what its code stands for."""
    if text:
        return f"EDE {code} “{text[:limit]}”"
    name = NAMES.get(code)
    return f"EDE {code} ({name})" if name else f"EDE {code}"
