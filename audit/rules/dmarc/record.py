"""Rules on the DMARC record itself: whether there is one, where it stands, and whether it can be read (RFC 9989)."""

from __future__ import annotations

from audit.model.fact import Known, Unknown, any_of, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dmarc.places import DmarcAlias, DmarcStrays
from audit.protocol.dmarc.policies import DmarcPolicies
from audit.protocol.dmarc.readers import ReportsMeant
from audit.protocol.dmarc.walk import MAX_LABELS, AppliedDmarc, DmarcWalk, OwnDmarc
from audit.protocol.zone.denial import DmarcDenial
from audit.rules.dmarc.publishing import changed, first_record, of_record, own_text, published
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.syntax import zonefile
from audit.syntax.dmarc_edit import meant as meant_record
from audit.syntax.dmarc_edit import without_faults
from audit.syntax.escape import octet_text

MAX_SHOWN = 100
MAX_NAMED = 5


@rule(
    "DMARC-MISSING",
    severity=Severity.HIGH,
    reference="RFC 9989 section 4.10; Google, Email sender guidelines",
    message="no DMARC record applies to {domain}",
)
def dmarc_missing(
    domain: Domain, dmarc: AppliedDmarc, denial: DmarcDenial, alias: DmarcAlias, meant: ReportsMeant
) -> Verdict:
    """No DMARC record applies to the domain.

    ## Why it matters
    Anyone can put the domain into the From line, nobody is asked to stop it, and you are sent no reports. Gmail, Yahoo
    and Microsoft want a record from everyone who sends much.
    ## What to do
    Publish a TXT record at _dmarc below the domain: "v=DMARC1; p=none; rua=mailto:" and an address that you read, which
    need not be the postmaster's. Go on to quarantine and reject when the reports show that all your senders pass. A
    domain that never sends can ask for reject at once. Where _dmarc is an alias, no TXT record can stand beside it:
    publish the record at its target, or remove the alias first.
    """
    if dmarc.record:
        return ok()
    need(denial.doubt or Known(None))
    record = None if alias.stands else first_record(domain.name, meant)
    return fail(
        publish=(zonefile.txt(f"_dmarc.{domain.name}", record),) if record else (),
        domain=domain.name,
    )


@rule(
    "DMARC-INHERITED",
    severity=Severity.INFO,
    reference="RFC 9989 section 4.10.1",
    message="the DMARC record of {at} applies to {domain}",
)
def dmarc_inherited(domain: Domain, dmarc: AppliedDmarc) -> Verdict:
    """The DMARC record of a domain above applies.

    ## Why it matters
    That is as it should be. Changes to the record above change this domain too.
    ## What to do
    Nothing, unless this domain needs a policy of its own.
    """
    if dmarc.record is None:
        return not_applicable()
    return fail(domain=domain.name, at=dmarc.at or "") if dmarc.inherited else ok()


@rule(
    "DMARC-MULTIPLE",
    severity=Severity.HIGH,
    reference="RFC 9989 section 4.10, step 2",
    message="{at} has {count} DMARC records; receivers use none of them",
    supersedes=("DMARC-MISSING", "DMARC-INHERITED"),
)
def dmarc_multiple(domain: Domain, own: OwnDmarc, walk: DmarcWalk, policies: DmarcPolicies) -> Verdict:
    """More than one DMARC record stands at one name.

    ## Why it matters
    Receivers discard all of them, as if there were none.
    ## What to do
    Keep one. It takes effect from then on: a record to paste asks for no more than applies now.
    """
    if own.record is not None:
        return ok()  # nothing above matters
    if len(own.found) > 1:
        texts = {t.strip() for t in own.found}
        same = not own.aliases and len(texts) == 1
        publish = own_text(domain.name, texts.pop(), policies) if same else ()
        return fail(publish=publish, at=domain.name, count=len(own.found))
    for step in reversed(walk.steps):  # the shortest name decides (section 4.10.2)
        count = len(need(step.own).found)
        if count:
            return fail(at=step.name, count=count) if count > 1 else ok()
    return ok()


@rule(
    "DMARC-VERSION",
    severity={"": Severity.HIGH, "beside a record": Severity.LOW},
    reference="RFC 9989 sections 4.7 (v) and 4.10, step 2",
    message="the text at _dmarc.{domain} is no DMARC record, because {fault}: {text}",
    supersedes=("DMARC-MISSING", "DMARC-INHERITED"),
)
def dmarc_version(domain: Domain, own: OwnDmarc, policies: DmarcPolicies) -> Verdict:
    """A text that was meant to be a DMARC record does not begin with v=DMARC1.

    ## Why it matters
    Receivers discard it, as if it were not there.
    ## What to do
    Begin the record with exactly v=DMARC1, in capitals, and a semicolon. What it asks for counts from then on. So a
    record to paste asks for no more than applies now, and DMARC-NEXT-STEP leads on from there. Where a good record
    stands beside it, that one counts: remove this one.
    """
    near = [(text, found) for text in own.others if (found := meant_record(text))]
    if not near:
        return ok()
    text, first = near[0]
    repaired = first.repaired if len(near) == 1 and not own.aliases and not own.found else None
    return fail(
        "beside a record" if own.found else "",
        publish=own_text(domain.name, repaired, policies) if repaired else (),
        domain=domain.name,
        fault=first.fault,
        text=octet_text(text, MAX_SHOWN),
    )


@rule(
    "DMARC-EXTRA-TXT",
    severity=Severity.LOW,
    reference="RFC 9989 section 4.10, step 2",
    message="texts at _dmarc.{domain} that are no DMARC record: {texts}",
)
def dmarc_extra_txt(domain: Domain, own: OwnDmarc) -> Verdict:
    """Other texts stand where the DMARC record belongs.

    ## Why it matters
    Receivers discard them. But they make answers longer, and often come from a wildcard that answers for any name.
    ## What to do
    Remove them. If a wildcard is behind them, limit it to the names that need it.
    """
    others = tuple(t for t in own.others if not meant_record(t))
    if not others:
        return ok()
    return fail(domain=domain.name, texts=tuple(octet_text(t, MAX_SHOWN) for t in others[:MAX_NAMED]))


@rule(
    "DMARC-WRONG-PLACE",
    severity=Severity.MEDIUM,
    reference="RFC 9989 section 4.5",
    message="a DMARC record stands where nobody looks: {places}",
)
def dmarc_wrong_place(domain: Domain, strays: DmarcStrays, own: OwnDmarc, policies: DmarcPolicies) -> Verdict:
    """A DMARC record stands at a name where receivers do not look.

    ## Why it matters
    It has no effect. Whoever put it there believes that it has.
    ## What to do
    Move it to _dmarc below the domain, or remove it if there is one already. Control panels often add the domain
    themselves: type only _dmarc there. What it asks for counts from then on, so a record to paste asks for no more than
    applies now.
    """
    found = {place: fact.value for place, fact in strays.places if isinstance(fact, Known) and fact.value}
    if not found:
        need(any_of(Known(False) if isinstance(fact, Known) else fact for _, fact in strays.places))
        return ok()
    texts = {text for each in found.values() for text in each}
    lone = len(texts) == 1 and not own.found and not own.aliases
    return fail(
        publish=own_text(domain.name, texts.pop(), policies) if lone else (),
        places=tuple(found),
    )


@rule(
    "DMARC-CNAME",
    severity={
        "free": Severity.CRITICAL,
        "dangling": Severity.HIGH,
        "beside texts": Severity.HIGH,
        "": Severity.INFO,
    },
    reference="RFC 1034 section 3.6.2; RFC 9989 section 4.5",
    message="_dmarc.{domain} is an alias of {target}{state}",
)
def dmarc_cname(domain: Domain, alias: DmarcAlias) -> Verdict:
    """The name of the DMARC record is an alias.

    ## Why it matters
    Services that keep the record for you want it so. But who holds the target decides on your policy: if the target
    does not exist, whoever comes by its name does, and anybody may where nobody has registered its domain. Aliases in a
    circle lead to no record; many receivers take that for a failure of the DNS, and then heed no record above either.
    Beside an alias no other record may stand; servers treat that each in its own way.
    ## What to do
    Nothing, if you know the target. Remove an alias that leads nowhere or in a circle, and one that stands beside a TXT
    record.
    """
    if not alias.target:
        need(alias.beside_texts)
        return ok()
    behind = alias.domains.behind(alias.target)
    free = behind.value if isinstance(behind, Known) else None
    beside = alias.beside_texts == Known(True)
    at = ("free" if free else "dangling") if alias.lost else "beside texts" if beside else ""
    if not at and need(alias.wildcard):
        return ok()
    states = {
        "free": f", which does not exist; anybody may register {free}, and then decides on the policy",
        "dangling": ", and the aliases lead in a circle" if alias.circle else ", which does not exist",
        "beside texts": ", beside which it holds texts of its own",
        "": "",
    }
    return fail(
        at,
        causes=(cause("host", alias.target),),
        doubt=behind if isinstance(behind, Unknown) else None,
        domain=domain.name,
        target=alias.target,
        state=states[at],
    )


@rule(
    "DMARC-SYNTAX",
    severity=Severity.MEDIUM,
    reference="RFC 9989 section 4.8",
    message="the DMARC record of {at} cannot be read at {places}",
)
def dmarc_syntax(dmarc: AppliedDmarc) -> Verdict:
    """The DMARC record breaks the grammar.

    ## Why it matters
    Receivers ignore what they cannot read, each in its own way.
    ## What to do
    Write tags as name=value, with a semicolon between them, each tag once.
    """
    if dmarc.record is None:
        return not_applicable()
    if not dmarc.record.problems:
        return ok()
    places = tuple(f"{p.text} (character {p.at + 1}: {p.code})" for p in dmarc.record.problems[:MAX_NAMED])
    mended = published(dmarc, without_faults(dmarc.record.text))
    return fail(publish=mended, causes=of_record(dmarc), at=dmarc.at or "", places=places)


@rule(
    "DMARC-RF-RI",
    severity=Severity.INFO,
    reference="RFC 9989 appendix C.5.2",
    message="the DMARC record of {at} has tags that mean nothing any more: {tags}",
)
def dmarc_rf_ri(dmarc: AppliedDmarc) -> Verdict:
    """The DMARC record has tags of the former standard.

    ## Why it matters
    The tags rf and ri were removed; hardly any receiver ever heeded them.
    ## What to do
    Remove them.
    """
    if dmarc.record is None:
        return not_applicable()
    tags = tuple(t for t in ("rf", "ri") if dmarc.record.value(t) is not None)
    return fail(publish=changed(dmarc, rf=None, ri=None), at=dmarc.at or "", tags=tags) if tags else ok()


@rule(
    "DMARC-LONGNAME",
    severity=Severity.INFO,
    reference="RFC 9989 section 4.10",
    message="{domain} has {labels} labels: receivers look there, then pass over {skipped}; what applies is {applied}",
)
def dmarc_longname(domain: Domain, dmarc: AppliedDmarc) -> Verdict:
    """The name has so many labels that receivers leave out some of the domains above it.

    ## Why it matters
    To keep the number of questions low, they look at the name itself and then at the seven right-most labels. A record
    between those has no effect on this name.
    ## What to do
    Give the name a record of its own if the one that applies is not the one that you mean.
    """
    labels = domain.name.count(".") + 1
    if labels <= MAX_LABELS:
        return ok()
    skipped = labels - MAX_LABELS
    return fail(
        domain=domain.name,
        labels=labels,
        skipped="one name" if skipped == 1 else f"{skipped} names",
        applied=f"the record of {dmarc.at}" if dmarc.at else "no record",
    )
