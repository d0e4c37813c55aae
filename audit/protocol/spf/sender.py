"""Whether receivers let the addresses that a domain's owner sends from pass SPF (RFC 7208 section 4).

The owner names these addresses on the list. Each is checked as a receiver would: with a path of the domain, and with
the name that the owner's servers greet with.
"""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known
from audit.model.subject import Address, Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Inquiry, Steps, attempt, inquiry, settle
from audit.protocol.reverse import MAX_ADDRESSES
from audit.protocol.spf.check_host import check_host
from audit.protocol.spf.outcome import POSTMASTER, SpfOutcome, SpfQuery
from audit.protocol.spf.tree import SpfTree, spf_tree

MAX_SHARED = 60  # questions to which the records lead whoever sends; the tree of records asks most of them as well
MAX_OWN = 5  # questions to which macros lead one sender


@dataclass(frozen=True, slots=True)
class SenderCheck:
    """What receivers find of an address; None when the owner does not name it as a sender. `tree` begins with the
    domain's own record."""

    outcome: SpfOutcome | None
    tree: SpfTree | None


@dataclass(frozen=True, slots=True)
class SenderChecks:
    """What receivers find of each address that the owner names, as many as are looked at."""

    each: tuple[tuple[str, Fact[SpfOutcome]], ...]


@inquiry
def sender_check(domain: Domain, address: Address, options: DomainOptions) -> Steps[SenderCheck]:
    """Check an address as receivers do, if it is said to send."""
    if address.address not in options.sending_ips:
        return SenderCheck(None, None)
    outcome = yield from _checked(domain, address.address, options)
    found = yield from settle(spf_tree(domain))
    return SenderCheck(outcome, found.value if isinstance(found, Known) else None)


@inquiry
def sender_checks(domain: Domain, options: DomainOptions) -> Steps[SenderChecks]:
    """Check every address that is said to send."""
    senders = options.sending_ips[:MAX_ADDRESSES]
    found = yield from attempt(_checked(domain, a, options) for a in senders)
    return SenderChecks(tuple(zip(senders, found, strict=True)))


def _checked(domain: Domain, address: str, options: DomainOptions) -> Inquiry[SpfOutcome]:
    path = f"{POSTMASTER}@{domain.name}"
    greeting = options.helo[0] if options.helo else domain.name
    return check_host(SpfQuery(address, path, greeting, shared=MAX_SHARED, own=MAX_OWN))
