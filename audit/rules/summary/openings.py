"""What lets anybody pass for genuine, whatever DMARC asks for (RFC 9989 section 4.4): SPF that lets everybody send, or
a domain that SPF, DKIM or DMARC lead to, or that a name server of the zone lies in, and that anybody can register: he
who has the server publishes what records he likes. SPF that lets a good part of all addresses send
is less, but lets strangers in as well.

An opening at one name may open others. Under relaxed alignment, which is the default, whoever passes SPF as one name of
an organization, or signs as it, may write each other one into the From line; under strict alignment only that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.model.fact import Fact, Known, Unknown
from audit.model.report import Finding
from audit.model.value import dataclass
from audit.protocol.dkim.abandoned import AbandonedAliases
from audit.protocol.dmarc.places import DmarcAlias
from audit.protocol.registration import NONE_FREE, FreeDomains
from audit.protocol.spf.crowd import NOT_VAST, Vast
from audit.protocol.spf.organization import OrganizationSpf
from audit.protocol.spf.tree import SpfTree
from audit.rules.summary.findings import Findings, first

OPEN, LISTED_OPEN, INVENTED_OPEN = "SPF-ALL-PASS", "SPF-SUBDOMAIN-OPEN", "SPF-WILDCARD-OPEN"
TAKEN, LISTED_TAKEN, INVENTED_TAKEN = "SPF-TAKEOVER", "SPF-SUBDOMAIN-TAKEOVER", "SPF-WILDCARD-TAKEOVER"
BROAD, LISTED_BROAD, INVENTED_BROAD = "SPF-CIDR-BROAD", "SPF-SUBDOMAIN-BROAD", "SPF-WILDCARD-BROAD"
DKIM, DMARC = "DKIM-CNAME-DANGLING", "DMARC-CNAME"
ZONE = "NS-TAKEOVER"  # whoever answers for the zone publishes what records he likes
EVERYBODY, MANY = "whether SPF lets everybody send", "whether SPF lets very many send"
ANYBODY = "whether anybody can get a domain that its {} lead to"
ANSWERS = "whether anybody can get a domain that one of its name servers lies in"
PATIENT = "Receivers that do not stop at two void lookups (RFC 7208 section 4.6.4: they should) let {} send."
NOT_SURVEYED: Fact[Any] = Unknown("not_gathered")


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a name, as a sentence, or what could not be told, as “whether …”; and the findings that say so."""

    because: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """By what it is certain that anybody can pass, or that very many can, and of what it cannot be told."""

    certain: tuple[Opening, ...] = ()
    untold: tuple[Opening, ...] = ()
    many: tuple[Opening, ...] = ()

    def __add__(self, other: Opened) -> Opened:
        return Opened(self.certain + other.certain, self.untold + other.untold, self.many + other.many)


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


class Doors:
    """What was found that opens a domain, or names below it."""

    def __init__(self, found: Findings, facts: Mapping[type, Fact[Any]]) -> None:
        self._own = _spf(found, OPEN, TAKEN) + _own_many(found, facts.get(SpfTree, NOT_SURVEYED))
        self._signed = _free(found, DKIM, _domains(facts.get(AbandonedAliases)), "DKIM records")
        self._asked = _free(found, DMARC, _domains(facts.get(DmarcAlias)), "DMARC records")
        self._found = found
        self._zone = Opened(_each(found.fails(ZONE)), _doubted(found.untold(ZONE), ANSWERS))
        self._listed = _listed(found)
        self._invented = _spf(found, INVENTED_OPEN, INVENTED_TAKEN) + _many(found, INVENTED_BROAD)
        self._above = _above(facts.get(OrganizationSpf, NOT_SURVEYED))

    @property
    def domain(self) -> Openings:
        """What opens the domain itself."""
        return Openings(
            self._zone + self._own + self._signed + self._asked, self._listed + self._invented + self._above
        )

    @property
    def existing(self) -> Openings:
        """What opens names below it that exist, and have no DMARC record of their own."""
        return Openings(self._zone + self._asked + self._listed, self._own + self._invented + self._above, self._signed)

    @property
    def made_up(self) -> Openings:
        """What opens names that somebody makes up."""
        return Openings(self._zone + self._asked + self._invented, self._own + self._listed + self._above, self._signed)

    def listed(self, name: str) -> Openings:
        """What opens a name that its owner listed, and that has a DMARC record of its own."""
        at_name = Findings(tuple(f for f in self._found.all if f.subject.name == name))
        relaxed = self._own + self._listed + self._invented + self._above
        return Openings(self._zone + _listed(at_name), relaxed, self._signed)


def _listed(found: Findings) -> Opened:
    return _spf(found, LISTED_OPEN, LISTED_TAKEN) + _many(found, LISTED_BROAD)


def _spf(found: Findings, *rules: str) -> Opened:
    return Opened(_each(found.fails(*rules)), _doubted(found.untold(*rules), EVERYBODY))


def _many(found: Findings, rule: str) -> Opened:
    """That SPF lets so many send that strangers are among them."""
    return Opened((), _doubted(found.untold(rule), MANY), _each(found.fails(rule)))


def _own_many(found: Findings, tree: Fact[SpfTree]) -> Opened:
    """The same of the domain's own record, of which the finding may also say that it names wide networks. Where the
    lookups that find nothing are too many, receivers may stop there, and are free not to."""
    many = _many(found, BROAD)
    if not isinstance(tree, Known) or isinstance(tree.value.vast, Unknown):
        return Opened((), many.untold)
    if tree.value.vast.value:
        return many
    patient = tree.value.vast_if_patient
    told = _told(patient, PATIENT.format(_words(patient)), MANY)
    return Opened((), many.untold + told.untold, told.certain)


def _above(fact: Fact[OrganizationSpf]) -> Opened:
    """What the organizational domain lets send, where that is another domain."""
    if isinstance(fact, Unknown):
        return Opened((), (Opening(f"of which organization the domain is ({fact.reason})"),))
    name, spf = fact.value.name, fact.value
    aligned = "and what passes there is aligned (aspf=r)."
    everybody, many = (
        f"The SPF record of {name} lets everybody send",
        f"whether the SPF record of {name} lets very many",
    )
    opened = _told(spf.everybody, f"{everybody}, {aligned}", f"whether the SPF record of {name} lets everybody send")
    taken = ", ".join(spf.abandoned.value.told) if isinstance(spf.abandoned, Known) else ""
    free = spf.abandoned.value.taken if isinstance(spf.abandoned, Known) else spf.abandoned
    registered = f"Anybody can register {taken}, and then send as {name}, {aligned}"
    opened += _told(free, registered, f"whether anybody can get a domain that the SPF record of {name} leads to")
    if spf.vast == Known(NOT_VAST):
        patient = PATIENT.format(_words(spf.vast_if_patient)).removesuffix(".")
        crowd = _told(spf.vast_if_patient, f"{patient} as {name}, {aligned}", f"{many} send")
    else:
        crowd = _told(spf.vast, f"The SPF record of {name} lets {_words(spf.vast)} send, {aligned}", f"{many} send")
    return opened + Opened((), crowd.untold, crowd.certain)


def _words(crowd: Fact[Vast]) -> str:
    return crowd.value.words if isinstance(crowd, Known) else ""


def _told(fact: Fact[Any], sentence: str, doubt: str) -> Opened:
    if isinstance(fact, Unknown):
        return Opened((), (Opening(doubt),))
    return Opened((Opening(sentence),)) if fact.value else NOT_OPENED


def _each(findings: tuple[Finding, ...]) -> tuple[Opening, ...]:
    return (Opening(first(findings), findings),) if findings else ()


def _doubted(findings: tuple[Finding, ...], doubt: str) -> tuple[Opening, ...]:
    return (Opening(doubt, findings),) if findings else ()


def _domains(fact: Fact[Any] | None) -> FreeDomains:
    """The domains that a fact on aliases tells of. Where it is not established, its rule says so."""
    domains: FreeDomains = fact.value.domains if isinstance(fact, Known) else NONE_FREE
    return domains


def _free(found: Findings, rule: str, domains: FreeDomains, records: str) -> Opened:
    """Of findings on aliases those whose target lies in a domain that anybody can register."""
    certain = tuple(f for f in found.fails(rule) if _is_free(domains, str(f.arguments["target"])))
    return Opened(_each(certain), _doubted(found.untold(rule), ANYBODY.format(records)))


def _is_free(domains: FreeDomains, target: str) -> bool:
    behind = domains.behind(target)
    return isinstance(behind, Known) and behind.value is not None
