"""Rules on reverse DNS (RFC 1912 section 2.1)."""

from __future__ import annotations

from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Address
from audit.protocol.reverse import Confirmation, MailRole, ReverseNames
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule, rung


@rule(
    "PTR-MISSING",
    severity={"sending": Severity.HIGH, "receiving": Severity.INFO},
    reference="RFC 1912 section 2.1; Google, Email sender guidelines",
    message="{address} has no PTR record",
    supersedes=("PTR-FCRDNS",),
)
def ptr_missing(address: Address, reverse: ReverseNames, role: MailRole) -> Verdict:
    """An address of the domain's mail has no PTR record.

    ## Why it matters
    Large receivers refuse mail from an address without a name; Gmail answers 550 5.7.25. An address that only takes
    mail needs none.
    ## What to do
    Ask whoever gave you the address to set its PTR record to the name of the mail server.
    """
    return ok() if reverse.names else fail(rung(role.sends, "sending", "receiving"), address=address.address)


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
    Make the A or AAAA record of the name in the PTR record point at the address.
    """
    if not confirmation.names:
        return not_applicable()
    if need(confirmation.confirmed):
        return ok()
    return fail(rung(role.sends, "sending", "receiving"), address=address.address, names=confirmation.names)
