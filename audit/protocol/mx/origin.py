"""What the MX records of a domain are at their origin: with which TTL its own servers publish them, and whether the
domain in which a mail host is missing is registered by anybody.

A resolver's copy counts down from the published TTL (RFC 1035 section 3.2.1), so that only an authority can tell it.
"""

from __future__ import annotations

from audit.catalog.suffixes import registry_domain
from audit.model.fact import Fact, Known, Unestablished, Unknown, first_hole
from audit.model.probe import Question
from audit.model.subject import Domain, Host
from audit.model.value import dataclass
from audit.protocol.authority import AUTHORITATIVE, ask_server, zone_servers
from audit.protocol.inquiry import Steps, answer, attempt, inquiry, settle
from audit.protocol.mx.hosts import BUDGET, addressed, host_addresses, mail_hosts
from audit.protocol.registration import registration

MAX_MISSING = 8  # hosts, the first that senders try, of which registries are asked
MAX_QUESTIONS = 9  # beside the MX itself: two more SOA, the NS, four addresses, two servers; mostly five


@dataclass(frozen=True, slots=True)
class MxLifetime:
    """For how many seconds the MX records may be kept; None when there are none."""

    ttl: Fact[int] | None


@dataclass(frozen=True, slots=True)
class HostRegistration:
    """The registrable domain in which a mail host is missing, and whether it is registered; None for a host that is
    there."""

    domain: str | None
    registered: Fact[bool]


@inquiry
def mx_lifetime(domain: Domain) -> Steps[MxLifetime]:
    """Ask the domain's own servers for the TTL of its MX records, unless the resolver is one of them."""
    got = yield from answer(Question(name=domain.name, rdtype="MX"))
    if not got.records:
        return MxLifetime(None)
    if AUTHORITATIVE in got.flags and got.ttl is not None:
        return MxLifetime(Known(got.ttl))
    return MxLifetime((yield from settle(_published(domain.name))))


def _published(name: str) -> Steps[int]:
    """The TTL at the first server that tells it. They are asked side by side, so that a silent one costs no time."""
    servers = yield from zone_servers(name)
    said = yield from attempt(ask_server(name, "MX", server) for server in servers.addresses)
    for fact in said:
        if isinstance(fact, Known) and fact.value.ttl is not None and fact.value.records:
            return fact.value.ttl
    raise Unestablished(first_hole(*said) or Unknown("dns.not_authoritative"))


@inquiry
def host_registration(domain: Domain, host: Host) -> Steps[HostRegistration]:
    """Of a mail host that does not exist, ask the registry whether anybody has the domain that it lies in."""
    addresses = yield from host_addresses(host)
    if isinstance(addresses.exists, Unknown):
        raise Unestablished(addresses.exists)
    if addresses.exists.value:
        return HostRegistration(None, Known(True))
    missing = addresses.aliases[-1] if addresses.aliases else host.name
    if registry_domain(missing) == registry_domain(domain.name):
        return HostRegistration(registry_domain(missing), Known(True))  # the audited domain's own, which is there
    hosts, _ = addressed(domain, (yield from mail_hosts(domain)))
    if host not in hosts[:MAX_MISSING]:
        raise Unestablished(BUDGET)
    found = yield from registration(missing)
    return HostRegistration(found.domain, found.registered)
