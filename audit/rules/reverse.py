"""Rules on reverse DNS (RFC 1912 section 2.1)."""

from __future__ import annotations

from audit.catalog.providers import Providers
from audit.model.fact import Fact, Known, need
from audit.model.report import Severity
from audit.model.subject import Address
from audit.protocol.reverse import Confirmation, MailRole, ReverseNames, pointer
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule, rung
from audit.syntax import zonefile
from audit.syntax.pointer import STATIC, generic_by

MANY = 10  # SPF's `ptr` looks at no more (RFC 7208 section 4.6.4)


@rule(
    "PTR-MISSING",
    severity={"sending": Severity.HIGH, "possible": Severity.LOW, "receiving": Severity.INFO},
    reference="RFC 1912 section 2.1; Google, Email sender guidelines",
    message="{address} has no PTR record",
    supersedes=("PTR-FCRDNS",),
)
def ptr_missing(address: Address, reverse: ReverseNames, role: MailRole) -> Verdict:
    """An address of the domain's mail has no PTR record.

    ## Why it matters
    Large receivers refuse mail from an address without a name; Gmail answers 550 5.7.25. An address that only takes
    mail needs none. One that may send as part of a network, and does not, needs not be in the SPF record.
    ## What to do
    Ask whoever gave you the address to set its PTR record to the name of the mail server.
    """
    if not reverse.public:
        return not_applicable()
    if reverse.names:
        return ok()
    step: Fact[str] = Known("possible") if role.possible else _step(role, "sending")
    return fail(step, address=address.address, publish=_named(address, role))


@rule(
    "PTR-FCRDNS",
    severity={"sending": Severity.HIGH, "receiving": Severity.LOW},
    reference="RFC 1912 section 2.1, RFC 9499 section 8",
    message="no name of {address} leads back to it: {names}",
)
def ptr_fcrdns(address: Address, confirmation: Confirmation, role: MailRole) -> Verdict:
    """The names of an address do not lead back to it.

    ## Why it matters
    Anyone may put any name into the reverse zone of his addresses. Receivers believe it only if the name leads back.
    ## What to do
    Make the A or AAAA record of the name in the PTR record point at the address, or set the PTR record to a name that
    does.
    """
    if not confirmation.names:
        return not_applicable()
    if need(confirmation.confirmed):
        return ok()
    return fail(
        _step(role, "sending"),
        address=address.address,
        names=confirmation.names,
        publish=_named(address, role),
    )


@rule(
    "PTR-GENERIC",
    severity={"generic": Severity.MEDIUM, "static": Severity.LOW, "receiving": Severity.INFO},
    reference="M3AAWG, Sending Domains Best Common Practices; RFC 1912 section 2.1",
    message="the name of {address} looks made by rule: {names} (it holds {signs})",
)
def ptr_generic(address: Address, reverse: ReverseNames, role: MailRole, providers: Providers) -> Verdict:
    """The name of an address looks like one that an access provider made for a customer.

    ## Why it matters
    Receivers take such an address for somebody's home or office line, from which no mail should come directly, and
    lists of such lines hold it.
    ## What to do
    Ask whoever gave you the address to set its PTR record to the name of the mail server.
    """
    if not reverse.names or role.shared:
        return not_applicable()
    found = {name: generic_by(name, address.address) for name in reverse.names}
    signs = tuple(dict.fromkeys(f"“{s}”" if s != "the address" else s for s in found.values() if s))
    if not all(found.values()) or all(providers.runs(n) and s != "the address" for n, s in found.items()):
        return ok()
    only_static = set(found.values()) == {STATIC}
    return fail(
        _step(role, "static" if only_static else "generic"),
        address=address.address,
        names=reverse.names[:MANY],
        signs=signs,
        publish=_named(address, role),
    )


@rule(
    "PTR-MULTIPLE",
    severity={"many": Severity.MEDIUM, "several": Severity.LOW, "receiving": Severity.INFO},
    reference="RFC 7208 sections 4.6.4 and 5.5",
    message="{address} has {count} PTR records",
)
def ptr_multiple(address: Address, reverse: ReverseNames, role: MailRole) -> Verdict:
    """An address has several names.

    ## Why it matters
    Receivers look at one of them, which one is chance, and follow ten at most.
    ## What to do
    Keep one PTR record, with the name of the mail server.
    """
    count = len(reverse.names)
    if not count:
        return not_applicable()
    if count == 1:
        return ok()
    step = _step(role, "many" if count > MANY else "several")
    return fail(step, address=address.address, count=count, publish=_named(address, role))


@rule(
    "PTR-CNAME",
    severity=Severity.INFO,
    reference="RFC 2317 section 4",
    message="the name of {address} stands at {target}, to which an alias leads",
)
def ptr_cname(address: Address, reverse: ReverseNames) -> Verdict:
    """The names of an address are kept in another zone, to which an alias leads.

    ## Why it matters
    So a network of less than 256 addresses is handed to its holder. It works as long as both zones do.
    ## What to do
    Nothing. Whoever changes the name must do it in the zone to which the alias leads.
    """
    if not reverse.names:
        return not_applicable()
    return fail(address=address.address, target=reverse.aliases[-1]) if reverse.aliases else ok()


def _step(role: MailRole, sending: str) -> Fact[str]:
    """The step of an address that sends, or the one of those that are not known to."""
    return Known("receiving") if role.possible else rung(role.sends, sending, "receiving")


def _named(address: Address, role: MailRole) -> tuple[str, ...]:
    """The PTR record that names the address as one of the domain's own names that lead to it; it belongs into the zone
    of whoever holds the address."""
    if role.shared or role.name is None or generic_by(role.name, address.address):
        return ()
    return (zonefile.line(pointer(address.address), "PTR", f"{role.name}."),)
