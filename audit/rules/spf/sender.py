"""Whether the domain's own senders pass its SPF (RFC 7208 sections 2.6 and 8)."""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Unestablished
from audit.model.report import Severity
from audit.model.subject import Address, Domain
from audit.protocol.spf import closing
from audit.protocol.spf.draft import configured_senders
from audit.protocol.spf.outcome import SpfOutcome, SpfResult
from audit.protocol.spf.sender import SenderCheck
from audit.protocol.spf.tree import SpfTree
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax import spf_edit
from audit.syntax.escape import octet_text
from audit.syntax.spf import SpfRecord

DOUBTED = frozenset({SpfResult.SOFTFAIL, SpfResult.NEUTRAL})


@rule(
    "SPF-SENDER-NOT-PASS",
    severity={"": Severity.HIGH, "doubted": Severity.MEDIUM},
    reference="RFC 7208 sections 4 and 8",
    message="receivers find {result} for mail of {domain} from {address}, which sends it: {why}",
)
def spf_sender_not_pass(domain: Domain, address: Address, check: SenderCheck, options: DomainOptions) -> Verdict:
    """An address that sends the domain's mail does not pass the domain's SPF.

    ## Why it matters
    You named this address as one that sends your mail. Receivers refuse or mark what it sends, and DMARC can pass by
    DKIM alone.
    ## What to do
    Name the address in the SPF record, before the term that ends it. If the address does not send your mail any more,
    take it off your list.
    """
    outcome = check.outcome
    if outcome is None:
        return not_applicable()
    if outcome.result is SpfResult.PASS:
        return ok()
    if outcome.hole:
        raise Unestablished(outcome.hole)
    return fail(
        "doubted" if outcome.result in DOUBTED else "",
        domain=domain.name,
        address=address.address,
        result=str(outcome.result),
        why=_why(outcome),
        publish=_published(check.tree, address, outcome, configured_senders(options)),
    )


def _why(outcome: SpfOutcome) -> str:
    if outcome.reason:
        return octet_text(outcome.reason)
    if outcome.matched is None:
        return "no term names it"
    return f"{octet_text(outcome.matched.term)} of {octet_text(outcome.matched.domain)} decides"


def _published(
    tree: SpfTree | None, address: Address, outcome: SpfOutcome, senders: tuple[str, ...]
) -> tuple[str, ...]:
    """The record with the address in it: before the end, where it is the end that decides, else before all terms."""
    record = tree.root.record if tree else None
    if tree is None or record is None or record.problems:
        return ()
    term = f"ip{6 if ':' in address.address else 4}:{address.address}"
    if _end_decides(record, outcome):
        return closing.kept(tree, spf_edit.with_terms(record, (term,)), senders)
    words = {each.at: each.text for each in record.terms} | {each.at: each.text for each in record.modifiers}
    first = min(words)  # there is one, as it did not end without a term that matched
    return closing.kept(tree, spf_edit.replaced(record, {first: f"{term} {words[first]}"}), senders)


def _end_decides(record: SpfRecord, outcome: SpfOutcome) -> bool:
    """Whether nothing before the end of the record matched, or broke it."""
    if outcome.result is SpfResult.PERMERROR:
        return False
    first = outcome.path[0].term if outcome.path else ""
    ends = {each.text for each in (record.all, record.redirect) if each}
    return not first or first in ends
