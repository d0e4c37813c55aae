"""Rules on how the SPF record is published, and on what stands beside it (RFC 7208 sections 3 and 6.2)."""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.spf import closing
from audit.protocol.spf.beside import SpfExplanation, SpfTyped
from audit.protocol.spf.draft import configured_senders
from audit.protocol.spf.tree import SpfRecordFound, SpfTree
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax import spf_edit
from audit.syntax.escape import octet_text

UDP, UNFRAGMENTED, ALONE = 512, 1232, 450  # octets (section 3.4; DNS flag day 2020)
HEADER, QUESTION, RECORD = 12, 6, 12  # octets of a message; of a question and of a record beside name and data
SHOWN, MAX_SHOWN = 60, 5


@rule(
    "SPF-SIZE",
    severity={"fragments": Severity.LOW, "tcp": Severity.LOW, "record": Severity.INFO},
    reference="RFC 7208 section 3.4, RFC 9715",
    message="the TXT records of {domain} take {answer} octets to answer, {record} of them the SPF record: {beyond}",
)
def spf_size(domain: Domain, spf: SpfRecordFound) -> Verdict:
    """The answer that holds the SPF record is large.

    ## Why it matters
    Beyond 512 octets an answer needs EDNS or TCP, beyond 1232 it may arrive in fragments, which some firewalls drop.
    Who cannot fetch the record cannot authorise your servers.
    ## What to do
    Remove TXT records that only proved once that the domain is yours, and shorten the SPF record.
    """
    if len(spf.found) != 1:
        return not_applicable()
    record = len(spf.found[0])
    # Worked out from the records: what one server adds beside them (EDNS, its own names) is not the domain's doing.
    answer = HEADER + QUESTION + len(domain.name) + sum(RECORD + sum(len(s) + 1 for s in t) for t in spf.texts)
    for size, rung, limit in ((answer, "fragments", UNFRAGMENTED), (answer, "tcp", UDP), (record, "record", ALONE)):
        if size > limit:
            return fail(rung, domain=domain.name, answer=answer, record=record, beyond=f"more than {limit}")
    return ok()


@rule(
    "SPF-TYPE99",
    severity=Severity.LOW,
    reference="RFC 7208 section 3.1",
    message="{domain} has {count} records of type SPF (99), which receivers do not read",
)
def spf_type99(domain: Domain, typed: SpfTyped) -> Verdict:
    """The domain has records of the type SPF.

    ## Why it matters
    The type was given up. Such a record does nothing, and it is forgotten when the TXT record changes.
    ## What to do
    Delete it; the record of type TXT is the one that counts.
    """
    return fail(domain=domain.name, count=len(typed.found)) if typed.found else ok()


@rule(
    "SPF-SENDERID",
    severity=Severity.INFO,
    reference="RFC 6686",
    message="{domain} has a record of Sender ID: {records}",
)
def spf_senderid(domain: Domain, spf: SpfRecordFound) -> Verdict:
    """The domain has a record of Sender ID.

    ## Why it matters
    The experiment ended in 2012, and nobody reads spf2.0 records any more. It only makes the TXT answer larger.
    ## What to do
    Delete it.
    """
    joined = ("".join(strings) for strings in spf.texts)
    found = tuple(octet_text(t, SHOWN) for t in joined if t[:7].lower() == "spf2.0/")
    return fail(domain=domain.name, records=found[:MAX_SHOWN]) if found else ok()


@rule(
    "SPF-EXP",
    severity=Severity.INFO,
    reference="RFC 7208 section 6.2",
    message="the explanation at {name} cannot be used: {fault}",
)
def spf_exp(spf: SpfRecordFound, explanation: SpfExplanation, tree: SpfTree, options: DomainOptions) -> Verdict:
    """The SPF record names an explanation that is not there, or that cannot be shown.

    ## Why it matters
    Receivers may show it to whoever is refused. Without exactly one text, in ASCII, they show none.
    ## What to do
    Publish one TXT record at the name, or remove the modifier exp from the record.
    """
    if spf.record is None or explanation.at is None:
        return not_applicable()
    fault = _explanation_fault(explanation.texts)
    if fault is None:
        return ok()
    exp = [m for m in spf.record.modifiers if m.name == "exp"]
    publish = closing.kept(tree, spf_edit.without(spf.record, exp), configured_senders(options))
    return fail(name=octet_text(explanation.at, SHOWN), fault=fault, publish=publish)


def _explanation_fault(texts: tuple[str, ...]) -> str | None:
    if len(texts) != 1:
        return f"there are {len(texts)} texts" if texts else "there is no text"
    return None if texts[0].isascii() else "it is not in ASCII"
