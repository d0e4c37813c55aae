"""The names at which mail programs look for their settings: `autodiscover` (Microsoft) and `autoconfig` (Thunderbird).

Both are mostly aliases to names of whoever hosts the mailboxes. An alias that has outlived a move leads programs, and
what people type into them, to the former host; one whose target is gone leads them to whoever takes that name next.
"""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import DnsStatus, Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, answer, attempt, inquiry, records, settle
from audit.protocol.mx.hosts import mail_class
from audit.protocol.registration import NONE_FREE, FreeDomains, free_domains
from audit.syntax import srv

NAMES = ("autodiscover", "autoconfig")


@dataclass(frozen=True, slots=True)
class SettingsName:
    """One of the names: the aliases that it leads through, and whether anything is at their end.

    `domains` is the one that a missing target lies in, which anybody may register if it is free.
    """

    name: str
    aliases: tuple[str, ...]
    exists: bool
    domains: FreeDomains = NONE_FREE

    @property
    def target(self) -> str | None:
        return self.aliases[-1] if self.aliases else None

    @property
    def free(self) -> Fact[str | None]:
        """The free domain that a missing target lies in."""
        return self.domains.behind(self.target) if self.target else Known(None)


@dataclass(frozen=True, slots=True)
class SettingsNames:
    """The names of a domain, each as far as it could be looked up; empty of a domain that takes no mail."""

    rows: tuple[tuple[str, Fact[SettingsName]], ...]

    def of(self, label: str) -> Fact[SettingsName] | None:
        return dict(self.rows).get(label)


@dataclass(frozen=True, slots=True)
class AutodiscoverService:
    """The hosts that `_autodiscover._tcp` names: another way to the same service."""

    hosts: Fact[tuple[str, ...]]


@inquiry
def settings_names(domain: Domain, options: DomainOptions) -> Steps[SettingsNames]:
    """Look up both names; of a target that is gone, ask the registry whether it is anybody's."""
    mail = yield from mail_class(domain, options)
    if mail.takes_mail == Known(False):
        return SettingsNames(())
    found = yield from attempt(_settings_name(f"{label}.{domain.name}", domain) for label in NAMES)
    return SettingsNames(tuple(zip(NAMES, found, strict=True)))


@inquiry
def autodiscover_service(domain: Domain, options: DomainOptions) -> Steps[AutodiscoverService]:
    """Ask for the SRV record that stands in for `autodiscover`, where that name is no alias."""
    names = yield from settings_names(domain, options)
    named = names.of("autodiscover")
    if named is None or (isinstance(named, Known) and named.value.aliases):
        return AutodiscoverService(Known(()))
    found = yield from settle(records(Question(name=f"_autodiscover._tcp.{domain.name}", rdtype="SRV")))
    if isinstance(found, Unknown):
        return AutodiscoverService(found)
    return AutodiscoverService(Known(tuple(r.target for text in found.value if (r := srv.parse(text)))))


def _settings_name(name: str, domain: Domain) -> Steps[SettingsName]:
    got = yield from answer(Question(name=name, rdtype="A"))
    exists = got.status is not DnsStatus.NXDOMAIN
    gone = () if exists else got.aliases[-1:]
    return SettingsName(name, got.aliases, exists, (yield from free_domains(gone, domain.name, 1)))
