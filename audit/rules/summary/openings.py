"""What lets anybody pass for genuine, whatever DMARC asks for (RFC 9989 section 4.4): SPF that lets everybody send, or
a domain that SPF, DKIM or DMARC lead to and that anybody can register.

An opening at one name may open others. Under relaxed alignment, which is the default, whoever passes SPF as one name of
an organization, or signs as it, may write each other one into the From line; under strict alignment only that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit.model.fact import Fact, Known
from audit.model.report import Finding
from audit.protocol.dkim.abandoned import AbandonedAliases
from audit.protocol.dmarc.places import DmarcAlias
from audit.protocol.registration import NONE_FREE, FreeDomains
from audit.rules.summary.findings import Findings

OF_DOMAIN = ("SPF-ALL-PASS", "SPF-TAKEOVER")
DKIM, DMARC = "DKIM-CNAME-DANGLING", "DMARC-CNAME"


@dataclass(frozen=True, slots=True)
class Opened:
    """The findings that say that anybody can pass, and those of which it cannot be told."""

    certain: tuple[Finding, ...] = ()
    untold: tuple[Finding, ...] = ()

    def __add__(self, other: Opened) -> Opened:
        return Opened(self.certain + other.certain, self.untold + other.untold)


NOT_OPENED = Opened()


@dataclass(frozen=True, slots=True)
class Openings:
    """What opens one kind of name: always, or under relaxed alignment of SPF or of DKIM."""

    always: Opened
    relaxed_spf: Opened = NOT_OPENED
    relaxed_dkim: Opened = NOT_OPENED

    def under(self, *, spf: bool, dkim: bool) -> Opened:
        """What opens it where these alignments are relaxed."""
        opened = self.always + (self.relaxed_spf if spf else NOT_OPENED)
        return opened + (self.relaxed_dkim if dkim else NOT_OPENED)


def openings(found: Findings, facts: Mapping[type, Fact[Any]]) -> tuple[Openings, Openings, Openings]:
    """What opens the domain itself, names below it that exist, and names that somebody makes up."""
    own = _of(found, *OF_DOMAIN)
    signed = _free(found, DKIM, _domains(facts.get(AbandonedAliases)))
    asked = _free(found, DMARC, _domains(facts.get(DmarcAlias)))
    listed, invented = _of(found, "SPF-SUBDOMAIN-OPEN"), _of(found, "SPF-WILDCARD-OPEN")
    return (
        Openings(own + signed + asked, listed + invented),
        Openings(asked + listed, own + invented, signed),
        Openings(asked + invented, own + listed, signed),
    )


def _of(found: Findings, *rules: str) -> Opened:
    return Opened(found.fails(*rules), found.untold(*rules))


def _domains(fact: Fact[Any] | None) -> FreeDomains:
    """The domains that a fact on aliases tells of. Where it is not established, its rule says so."""
    domains: FreeDomains = fact.value.domains if isinstance(fact, Known) else NONE_FREE
    return domains


def _free(found: Findings, rule: str, domains: FreeDomains) -> Opened:
    """Of findings on aliases those whose target lies in a domain that anybody can register."""
    certain = tuple(f for f in found.fails(rule) if _is_free(domains, str(f.arguments["target"])))
    return Opened(certain, found.untold(rule))


def _is_free(domains: FreeDomains, target: str) -> bool:
    behind = domains.behind(target)
    return isinstance(behind, Known) and behind.value is not None
