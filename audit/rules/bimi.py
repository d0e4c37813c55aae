"""Rules on BIMI: the picture of a brand beside a domain's mail. Few receivers show one, and each asks for more."""

from __future__ import annotations

from collections.abc import Iterator

from audit.model.fact import Known, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.bimi import BimiAlias, BimiFile, BimiFound, BimiMark, BimiPicture, BimiPolicies
from audit.protocol.circumstances import Moment
from audit.protocol.dmarc.policies import NamePolicy
from audit.protocol.dmarc.walk import DmarcPolicy
from audit.protocol.mx.hosts import MailClass
from audit.rules.alias import ALIAS, DANGLING, FREE, judged
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax import bimi
from audit.syntax.dmarc import Policy

DRAFT = "draft-brand-indicators-for-message-identification"
SHOWN = 5


@rule(
    "BIMI-MISSING",
    severity=Severity.INFO,
    reference=DRAFT,
    message="{domain} enforces DMARC and has no BIMI record: no picture of its brand can be shown",
)
def bimi_missing(domain: Domain, found: BimiFound, policy: DmarcPolicy, mail: MailClass) -> Verdict:
    """A domain that could have the picture of its brand shown names none.

    ## Why it matters
    It does not, for delivery. Some receivers show a picture beside mail of domains that enforce DMARC.
    ## What to do
    Nothing, unless your brand is to be seen: that takes a picture in SVG Tiny PS, and mostly a mark certificate.
    """
    if found.found:
        return ok()
    if not need(mail.takes_mail) or not need(policy.enforcing):
        return not_applicable()
    return fail(domain=domain.name)


@rule(
    "BIMI-SYNTAX",
    severity=Severity.LOW,
    reference=f"{DRAFT} section 4.2",
    message="the BIMI record of {domain} cannot be read: {places}",
)
def bimi_syntax(domain: Domain, found: BimiFound) -> Verdict:
    """The BIMI record breaks the grammar, or there is more than one.

    ## Why it matters
    Receivers then show no picture.
    ## What to do
    Publish one record: v=BIMI1; l= and the https address of the picture; a= and that of the mark certificate.
    """
    if not found.found:
        return not_applicable()
    if len(found.found) > 1:
        return fail(domain=domain.name, places=(f"there are {len(found.found)}",))
    problems = bimi.parse(found.found[0]).problems
    places = tuple(f"{p.text} (character {p.at + 1}: {p.code})" for p in problems)
    return fail(domain=domain.name, places=places[:SHOWN]) if places else ok()


@rule(
    "BIMI-CNAME",
    severity={FREE: Severity.MEDIUM, DANGLING: Severity.LOW, ALIAS: Severity.INFO},
    reference=f"{DRAFT} section 4.2; RFC 1034 section 3.6.2",
    message="{name}, where the BIMI record belongs, is an alias of {target}{state}",
)
def bimi_cname(found: BimiAlias) -> Verdict:
    """The name of the BIMI record is an alias.

    ## Why it matters
    Whoever has the target decides which picture stands beside mail of the domain. That is as it should be with a
    service that keeps it. If the target does not exist, there is no picture; and where nobody has registered its
    domain, anybody may, and then chooses one.
    ## What to do
    Nothing where the target is your service's. Remove an alias that leads to nothing.
    """
    return judged(found.alias)


@rule(
    "BIMI-DMARC",
    severity=Severity.MEDIUM,
    reference=f"{DRAFT} section 7.1",
    message="{domain} has a BIMI record, but its DMARC policy is too weak for it: {lacks}",
)
def bimi_dmarc(domain: Domain, found: BimiFound, policies: BimiPolicies) -> Verdict:
    """The DMARC policy of a domain with BIMI is not enforced.

    ## Why it matters
    Receivers show a picture only where DMARC keeps others from using it: quarantine or reject for the domain, its
    subdomains and its organizational domain, without t=y, and for all of the mail (pct).
    ## What to do
    Go on with the roll-out of DMARC until both p and sp are quarantine or reject.
    """
    if found.record is None or found.record.declined:
        return not_applicable()
    lacks = tuple(
        f"{weak} for {kind}" for kind, fact in policies.rows if isinstance(fact, Known) and (weak := _weak(fact.value))
    )
    if lacks:
        return fail(domain=domain.name, lacks=lacks)
    for _, fact in policies.rows:
        need(need(fact).legacy)
    return ok()


@rule(
    "BIMI-SVG",
    severity=Severity.LOW,
    reference="draft-svg-tiny-ps-abrotman",
    message="the BIMI picture of {domain} is not as receivers want it: {problems}",
)
def bimi_svg(domain: Domain, picture: BimiPicture) -> Verdict:
    """The picture that a BIMI record names is not in the profile SVG Tiny PS, or cannot be had.

    ## Why it matters
    Receivers do not show it.
    ## What to do
    Export the picture as SVG Tiny PS: square, with a title, without scripts, style sheets, animations, links and
    outside references, in at most 32 KiB. Serve it from a web server with a valid certificate.
    """
    file = picture.file
    if file is None:
        return not_applicable()
    problems = (*_missing(file), *picture.problems)
    if problems:
        return fail(domain=domain.name, problems=problems[:SHOWN])
    need(file.unfit)
    return ok()


@rule(
    "BIMI-VMC",
    severity=Severity.INFO,
    reference=f"{DRAFT} section 4.2; requirements for mark certificates (VMC, CMC)",
    message="the BIMI record of {domain} has no mark certificate that can be used: {problems}",
)
def bimi_vmc(domain: Domain, found: BimiFound, mark: BimiMark, moment: Moment) -> Verdict:
    """A BIMI record names no mark certificate, or one that does not fit.

    ## Why it matters
    Large receivers show the picture only with a certificate: for a registered mark (VMC), or for one that is in use
    (CMC), which not all of them take. Whether its authority is one that they accept is not judged here.
    ## What to do
    Get a mark certificate for the domain and the picture, serve it with those above it as one PEM file from a web
    server with a valid certificate, and name it in a=.
    """
    if found.record is None or found.record.declined:
        return not_applicable()
    if mark.file is None:
        return fail(domain=domain.name, problems=("none is named",))
    problems = (*_missing(mark.file), *_lacking(mark, moment))
    if problems:
        return fail(domain=domain.name, problems=problems[:SHOWN])
    need(mark.file.unfit)
    need(mark.shows)
    return ok()


def _missing(file: BimiFile) -> tuple[str, ...]:
    """Why a file cannot be had by receivers, as far as that is certain."""
    return (*((file.fault,) if file.fault else ()), *(file.unfit.value if isinstance(file.unfit, Known) else ()))


def _lacking(mark: BimiMark, moment: Moment) -> Iterator[str]:
    """What is certainly wrong with the certificate in a file that is there."""
    if mark.certificate is None:
        if mark.file is not None and mark.file.fault is None:
            yield "what is there is no certificate"
        return
    yield from mark.certificate.faults(moment.now)
    if not mark.covers:
        yield "it is for other names"
    if mark.shows == Known(False):
        yield "the picture that the record names is not the one in it"


def _weak(policy: NamePolicy) -> str | None:
    """What a policy lacks; whether receivers of RFC 7489 spare a share counts where it is known."""
    if policy.requested in (None, Policy.NONE):
        return str(policy.requested or "no policy")
    if policy.requested is not policy.written:
        return "t=y"
    legacy = policy.legacy
    if isinstance(legacy, Known) and legacy.value.percent < 100:
        return f"pct={legacy.value.percent}"
    return None
