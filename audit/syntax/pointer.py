"""Names of addresses that say nothing but the address, or the kind of line that it is on.

Access providers name the addresses of their customers by rule: `192-0-2-1.dyn.example.net`, `cust17.dsl.example.net`.
No mail server is meant by such a name, and receivers trust it little. A name holds the address when it holds octets of
it side by side, in order or reversed, as decimal numbers, padded with zeros or not, or as hexadecimal digits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import pairwise

MAX_NAME = 255
FEW_DIGITS = 4  # two octets such as 1-2 may be anything; 10-20 are hardly chance
NUMBERS = re.compile(r"[0-9]+")
GROUPS = re.compile(r"[0-9a-f]{1,4}(?![0-9a-f])")
WORDS = re.compile(
    r"(?:^|[.-])"
    r"(dyn|dynamic|dhcp|dial(?:up|in)?|pool|ppp|dsl|adsl|vdsl|cable|cust(?:omer)?|client|user|host|static|unassigned|rev"
    r"|broadband|res(?:idential)?|ip)"
    r"[.-]?[0-9]"
)
STATIC = "static"  # at least somebody keeps the address


def generic_by(name: str, address: str) -> str | None:
    """By what a name is generic: `the address`, or the word that tells the kind of line; None when it is a real name.

    Both are in canonical form.
    """
    name = name[:MAX_NAME]
    parsed = ip_address(address)
    holds = _holds_ipv4(name, parsed) if isinstance(parsed, IPv4Address) else _holds_ipv6(name, parsed)
    if holds:
        return "the address"
    words = WORDS.findall(name)
    return next((w for w in words if w != STATIC), words[0]) if words else None


def _holds_ipv4(name: str, address: IPv4Address) -> bool:
    octets = tuple(address.packed)
    found = tuple(NUMBERS.finditer(name))
    numbers = [int(m[0]) if len(m[0]) <= 3 else -1 for m in found]
    for wanted in (octets, octets[::-1]):
        for first in range(len(found)):
            last = first
            while last + 1 < len(found) and found[last + 1].start() - found[last].end() == 1:
                last += 1
            if _run(numbers[first : last + 1], [m[0] for m in found[first : last + 1]], wanted):
                return True
        if "".join(f"{o:03}" for o in wanted) in name or "".join(f"{o:02x}" for o in wanted) in name:
            return True
    return any(m[0] == str(int(address)) for m in found)


def _run(numbers: Sequence[int], texts: Sequence[str], wanted: tuple[int, ...]) -> bool:
    """Whether numbers begin with octets of the address that stand side by side in it."""
    for start in range(len(wanted) - 1):
        same = 0
        while same < min(len(numbers), len(wanted) - start) and numbers[same] == wanted[start + same]:
            same += 1
        if same > 2 or (same == 2 and sum(map(len, texts[:2])) >= FEW_DIGITS):
            return True
    return False


def _holds_ipv6(name: str, address: IPv6Address) -> bool:
    digits = address.exploded.replace(":", "")
    if digits in name or digits[::-1] in name.replace(".", ""):
        return True
    groups = [int(g, 16) for g in address.exploded.split(":")]
    found = tuple(GROUPS.finditer(name))
    pairs = set(pairwise(groups))
    for here, after in pairwise(found):
        beside = after.start() - here.end() == 1 and name[here.end()] in ".-_"
        if beside and (int(here[0], 16), int(after[0], 16)) in pairs and len(here[0]) + len(after[0]) >= 6:
            return True
    return False
