"""The names with which a domain's own servers greet others (RFC 5321 sections 2.3.5, 4.1.1.1).

What a server says in EHLO cannot be seen from its outside, so only names that the user tells are looked at. A receiver
may not refuse mail because the name does not lead to the address (section 4.1.4), but filters count it. For mail
without a sender, such as bounces, SPF is looked for at this name (RFC 7208 section 2.3).
"""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known, Unknown, any_of
from audit.model.subject import Domain, HeloName, Host
from audit.model.value import dataclass
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, inquiry, settle, texts
from audit.protocol.mx.hosts import host_addresses
from audit.syntax.names import as_address, canonical, host_fault
from audit.syntax.spf import is_spf

MAX_NAMES = 8  # three questions each
BUDGET = Unknown("budget")


@dataclass(frozen=True, slots=True)
class HeloForm:
    """What is wrong with a name for EHLO, in words; `literal`: it is an address in brackets, which is allowed."""

    fault: str | None
    literal: bool

    @property
    def is_name(self) -> bool:
        return self.fault is None and not self.literal


@dataclass(frozen=True, slots=True)
class HeloLookup:
    """Where a name leads, and whether SPF stands at it; None for what is no name. `expected`: whether one of the
    configured sending addresses is among its own, None where none are configured."""

    addressed: Fact[bool]
    expected: Fact[bool] | None
    spf: Fact[bool]


@inquiry
def helo_form(helo: HeloName) -> Steps[HeloForm]:
    """Judge the form of a name."""
    yield from ()
    literal = _is_literal(helo.name)
    return HeloForm(None if literal else _fault(helo.name), literal)


@inquiry
def helo_lookup(helo: HeloName, options: DomainOptions) -> Steps[HeloLookup]:
    """Look a name up; what cannot be one is not asked."""
    form = yield from helo_form(helo)
    if not form.is_name:
        return HeloLookup(Known(False), None, Known(False))
    name = canonical(helo.name)
    found = yield from host_addresses(Host(name))
    records = yield from settle(texts(name))
    spf = records if isinstance(records, Unknown) else Known(any(is_spf(t) for t in records.value))
    expected = None
    if options.sending_ips:
        each = (f if isinstance(f, Unknown) else Known(_meet(f.value, options)) for f in (found.ipv4, found.ipv6))
        expected = any_of(each)
    return HeloLookup(found.any, expected, spf)


def helo_names(_: Domain, options: DomainOptions) -> Children[HeloName]:
    """Each name that the user told."""
    names = tuple(HeloName(n) for n in options.helo)
    return Children(names[:MAX_NAMES], BUDGET if len(names) > MAX_NAMES else None)


def _meet(addresses: tuple[str, ...], options: DomainOptions) -> bool:
    return not set(addresses).isdisjoint(options.sending_ips)


def _fault(text: str) -> str | None:
    name = canonical(text)
    if as_address(name):
        return "an address without brackets"
    if "." not in name:
        return "no domain, only a single word"
    if fault := host_fault(name):
        return fault
    return "a name that only the machine itself has" if name.endswith((".localhost", ".localdomain")) else None


def _is_literal(text: str) -> bool:
    """An address literal (section 4.1.3): `[192.0.2.1]`, `[IPv6:2001:db8::1]`."""
    if not (text.startswith("[") and text.endswith("]")):
        return False
    inner = text[1:-1]
    address = as_address(inner[5:]) if inner.lower().startswith("ipv6:") else as_address(inner)
    return address is not None and (":" in address) == inner.lower().startswith("ipv6:")
