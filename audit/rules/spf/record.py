"""Rules on the SPF record itself: whether there is one, and whether it can be read (RFC 7208 sections 3, 4.5, 12)."""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.mx.hosts import MailClass
from audit.protocol.spf import closing
from audit.protocol.spf.draft import SpfDraft, configured_senders
from audit.protocol.spf.meant import SpfMeant, cuts, guessable, readings, strings_of
from audit.protocol.spf.tree import SpfRecordFound, SpfTree
from audit.protocol.zone.denial import SpfDenial
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule, rung
from audit.syntax import spf_edit, spf_mend
from audit.syntax.escape import octet_text
from audit.syntax.spf_mend import NearRecord

SHOWN = 60
MAX_SHOWN = 5


@rule(
    "SPF-MISSING",
    severity={"mail": Severity.HIGH, "no mail": Severity.MEDIUM},
    reference="RFC 7208 section 4.5; Google, Yahoo and Microsoft sender requirements",
    message="{domain} has no SPF record: {nearly}",
)
def spf_missing(  # noqa: PLR0917 -- what a rule takes is found by type
    domain: Domain, spf: SpfRecordFound, denial: SpfDenial, mail: MailClass, draft: SpfDraft, meant: SpfMeant
) -> Verdict:
    """The domain has no SPF record.

    ## Why it matters
    Receivers cannot tell your servers from others that use the name. Large ones refuse or sort out such mail.
    ## What to do
    Publish one TXT record at the domain that names your senders, such as "v=spf1 mx -all"; "v=spf1 -all" if it
    never sends.
    """
    if spf.found:
        return ok()
    need(denial.doubt or Known(None))
    near = _near_records(spf)
    hint = f"“{near[0].shown}” is none, as {near[0].fault}" if near else "no text there looks like one"
    publish = _first_record(domain.name, spf, meant.text, draft.text)
    return fail(rung(mail.takes_mail, "mail", "no mail"), domain=domain.name, nearly=hint, publish=publish)


@rule(
    "SPF-MULTIPLE",
    severity=Severity.HIGH,
    reference="RFC 7208 sections 3.2 and 4.5",
    message="{domain} has {count} SPF records",
    supersedes=("SPF-MISSING",),
)
def spf_multiple(domain: Domain, spf: SpfRecordFound, meant: SpfMeant) -> Verdict:
    """The domain has more than one SPF record.

    ## Why it matters
    Receivers cannot choose: the result is permerror, as if there were no record, and often worse.
    ## What to do
    Merge the records into one that begins with v=spf1, with the terms of all of them and a single "all" at the end.
    """
    if len(spf.found) < 2:
        return ok()
    return fail(domain=domain.name, count=len(spf.found), publish=_meant(domain.name, meant.text))


@rule(
    "SPF-SYNTAX",
    severity=Severity.HIGH,
    reference="RFC 7208 sections 4.6.1 and 12",
    message="the SPF record cannot be read at {places}",
)
def spf_syntax(domain: Domain, spf: SpfRecordFound, meant: SpfMeant) -> Verdict:
    """The SPF record breaks the grammar.

    ## Why it matters
    One error anywhere makes the whole record a permerror: nobody is authorised by it.
    ## What to do
    Correct the terms that are named; check for missing spaces, wrong quotes and typing errors.
    """
    if spf.record is None:
        return not_applicable()
    if not spf.record.problems:
        return ok()
    places = tuple(f"{p.text} (character {p.at + 1}: {p.code})" for p in spf.record.problems[:MAX_SHOWN])
    return fail(places=places, publish=_meant(domain.name, meant.text))


@rule(
    "SPF-UNKNOWN-MODIFIER",
    severity=Severity.INFO,
    reference="RFC 7208 section 6",
    message="the SPF record holds what receivers ignore: {modifiers}",
)
def spf_unknown_modifier(
    domain: Domain, spf: SpfRecordFound, meant: SpfMeant, tree: SpfTree, options: DomainOptions
) -> Verdict:
    """The SPF record has a modifier that receivers do not know.

    ## Why it matters
    A name, an equals sign and a value are passed over when the name is not redirect or exp. If a mechanism was meant,
    such as "include=" for "include:", it authorises nobody.
    ## What to do
    Write a colon where a mechanism was meant; else remove the modifier, unless somebody is known to read it.
    """
    if spf.record is None:
        return not_applicable()
    unknown = [m for m in spf.record.modifiers if m.name not in ("redirect", "exp")]
    if not unknown:
        return ok()
    publish = _meant(domain.name, meant.mechanisms)
    if meant.mechanisms == Known(None):
        publish = closing.kept_without(tree, unknown, configured_senders(options))
    return fail(modifiers=tuple(octet_text(m.text, SHOWN) for m in unknown[:MAX_SHOWN]), publish=publish)


@rule(
    "SPF-SPACES",
    severity=Severity.INFO,
    reference="RFC 7208 section 12",
    message="the SPF record holds spaces that separate nothing: {spaces}",
)
def spf_spaces(spf: SpfTree, options: DomainOptions) -> Verdict:
    """The SPF record holds more spaces than it needs.

    ## Why it matters
    The grammar allows them. They are a sign of a record that was put together from pieces, and simple readers trip.
    ## What to do
    Leave one space between terms, and none at the end.
    """
    if spf.root.record is None:
        return not_applicable()
    text = spf.root.record.text
    found = (*(("two in a row",) if "  " in text else ()), *(("one at the end",) if text.endswith(" ") else ()))
    if not found:
        return ok()
    publish = closing.kept(spf, spf_edit.tidy(spf.root.record), configured_senders(options))
    return fail(spaces=found, publish=publish)


@rule(
    "SPF-SPLIT-SPACE",
    severity=Severity.LOW,
    reference="RFC 7208 section 3.3",
    message="the SPF record is cut into strings in the midst of a term: {cuts}",
)
def spf_split_space(
    domain: Domain, spf: SpfRecordFound, meant: SpfMeant, tree: SpfTree, options: DomainOptions
) -> Verdict:
    """The strings of the SPF record are cut within a term.

    ## Why it matters
    Receivers join the strings without anything between them. Where a space was lost at a cut, two terms become one;
    where a term was cut on purpose, whoever edits a string next, or a tool that joins with spaces, breaks it.
    ## What to do
    Cut the record behind a space, so that each string but the last ends with one.
    """
    if spf.record is None:
        return not_applicable()
    found = cuts(strings_of(spf))
    if not found:
        return ok()
    shown = tuple(f"{octet_text(a[-20:], 80)}|{octet_text(b[:20], 80)}" for a, b in found[:MAX_SHOWN])
    plain = spf_mend.plain(spf.record)
    kept = closing.kept(tree, spf.record.text, configured_senders(options)) if plain else ()
    publish = kept if plain else _meant(domain.name, meant.text)
    return fail(cuts=shown, publish=publish)


@rule(
    "SPF-NOMAIL",
    severity=Severity.MEDIUM,
    reference="RFC 7208 section 10.1.2",
    message="{domain} {silent}, and its SPF record says more than “{nobody}”",
)
def spf_nomail(domain: Domain, spf: SpfRecordFound, mail: MailClass, options: DomainOptions) -> Verdict:
    """A domain that takes no mail lets somebody send.

    ## Why it matters
    A domain without mailboxes cannot take the replies and the bounces of what it sends. If it sends nothing, each
    sender in its record is one that can forge it.
    ## What to do
    Publish "v=spf1 -all". If it does send, give it an MX record.
    """
    if len(spf.found) != 1 or options.sending_ips or options.selectors:
        return not_applicable()
    if need(mail.takes_mail):
        return not_applicable()
    if " ".join(spf.found[0].lower().split()) == spf_edit.NOBODY:
        return ok()
    silent = "is said to be parked" if options.parked else "takes no mail"
    publish = spf_edit.paste(domain.name, spf_edit.NOBODY)
    return fail(domain=domain.name, silent=silent, nobody=spf_edit.NOBODY, publish=publish)


def _near_records(spf: SpfRecordFound) -> tuple[NearRecord, ...]:
    """The texts that were meant to be the record."""
    return tuple(near for strings in spf.texts if (near := spf_mend.nearly("".join(strings))))


def _first_record(name: str, spf: SpfRecordFound, meant: Fact[str | None], draft: Fact[str | None]) -> tuple[str, ...]:
    """What to publish where there is none: what was meant, else a draft."""
    return _meant(name, meant if guessable(readings(spf)) else draft)


def _meant(name: str, text: Fact[str | None]) -> tuple[str, ...]:
    """What was meant, where that is clear."""
    return spf_edit.paste(name, text.value) if isinstance(text, Known) and text.value else ()
