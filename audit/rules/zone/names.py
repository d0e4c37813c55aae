"""Rules on what a domain answers for any name, and for how long its records may be kept (RFC 4592, RFC 1035)."""

from __future__ import annotations

from audit.catalog.profiles import Thresholds
from audit.model.fact import Known, any_of, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.zone.lifetimes import Lifetimes
from audit.protocol.zone.wildcard import Wildcard
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax import dmarc, spf, zonefile

NOBODY = "v=spf1 -all"
PASTED = 30  # records; of more a part would be worse than none


@rule(
    "DOMAIN-WILDCARD",
    severity={"policy": Severity.MEDIUM, "any": Severity.INFO},
    reference="RFC 4592; RFC 7208 section 3.5",
    message="any name below {domain} is answered, with {what}",
)
def domain_wildcard(domain: Domain, found: Wildcard) -> Verdict:
    """A wildcard answers for names below the domain that nobody made.

    ## Why it matters
    Made-up names look real: they have addresses or mail servers, and whoever sends in their name is not refused for
    that. A wildcard with a record of SPF that lets somebody send, or of DMARC, speaks for every name there, also for
    those where another kind of record is looked for.
    ## What to do
    Give records to the names that need them, and remove the wildcard. A wildcard "v=spf1 -all" does no harm: it says
    that nobody sends in the name of what does not exist.
    """
    policies = tuple(t for t in found.texts if (spf.is_spf(t) and not _says_nobody(t)) or dmarc.is_dmarc(t))
    if policies:
        what = "a policy of DMARC" if any(dmarc.is_dmarc(t) for t in policies) else "a record of SPF"
        return fail("policy", domain=domain.name, what=what)
    texts = tuple(t for t in found.texts if not _says_nobody(t))
    if texts:
        return fail("any", domain=domain.name, what="TXT records")
    if need(any_of(f if not isinstance(f, Known) else Known(bool(f.value)) for f in (found.mx, found.addresses))):
        kinds = [k for k, f in (("MX", found.mx), ("A", found.addresses)) if isinstance(f, Known) and f.value]
        return fail("any", domain=domain.name, what=f"{' and '.join(kinds)} records")
    return ok()


@rule(
    "TTL-MIGRATION",
    severity=Severity.MEDIUM,
    reference="RFC 1912 section 2.2; RFC 1035 section 3.2.1",
    message="records that a move of the mail changes may be kept for more than {ceiling} seconds: {records}",
)
def ttl_migration(found: Lifetimes, limits: Thresholds) -> Verdict:
    """Records that a move of the mail changes may be kept for long.

    ## Why it matters
    After the move resolvers go on with the old records for as long as their TTL says. Mail goes to servers that are
    given up, and what comes from the new ones fails SPF.
    ## What to do
    Publish the records shown, with a short TTL, at least twice the old TTL before the move. Raise it when all is well.
    """
    ceiling = limits.ttl_ceiling
    if not ceiling:
        return not_applicable()
    long = tuple(x for x in found.known if x.ttl > ceiling)
    if long:
        lines = tuple(zonefile.line(x.name, x.rdtype, r, ceiling) for x in long for r in x.records)
        told = tuple(f"{x.name} {x.rdtype} {x.ttl}" for x in long)
        return fail(ceiling=str(ceiling), records=told, publish=lines if len(lines) <= PASTED else ())
    need(found.hole or Known(None))
    return ok() if found.known else not_applicable()


def _says_nobody(text: str) -> bool:
    return " ".join(text.lower().split()) == NOBODY
