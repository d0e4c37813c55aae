"""Rules on what another tool says of the same evidence: information for whoever compares reports."""

from __future__ import annotations

from audit.model.fact import need
from audit.model.opinion import Heard, SecondOpinion, Stance
from audit.model.report import Severity
from audit.protocol.dmarc.walk import AppliedDmarc, OwnDmarc
from audit.protocol.spf.tree import SpfRecordFound, SpfTree
from audit.protocol.tls_rpt import TlsRptFound
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.rules.second_opinion import ours as judged
from audit.rules.second_opinion.differences import differs, explained
from audit.rules.second_opinion.ours import Ours


@rule(
    "SPF-SECOND-OPINION",
    severity=Severity.INFO,
    reference="RFC 7208 sections 4.5 and 4.6",
    message="on SPF checkdmarc says {theirs}, mxaudit {ours}; what decides is {clause}",
)
def spf_second_opinion(found: SpfRecordFound, tree: SpfTree, opinion: SecondOpinion) -> Verdict:
    """Another tool judges the SPF record differently.

    ## Why it matters
    Receivers differ where tools differ. Whoever sees both reports wants to know which of them to follow.
    ## What to do
    Nothing for this alone: the findings on SPF say what is to be mended. The clause that is named decides between the
    two verdicts.
    """
    if not opinion.asked:
        return not_applicable()
    return _compared("spf", judged.spf(found, tree), need(opinion.settled(opinion.spf)))


@rule(
    "DMARC-SECOND-OPINION",
    severity=Severity.INFO,
    reference="RFC 9989 sections 4.7, 4.8 and 4.10",
    message="on DMARC checkdmarc says {theirs}, mxaudit {ours}; what decides is {clause}",
)
def dmarc_second_opinion(own: OwnDmarc, applied: AppliedDmarc, opinion: SecondOpinion) -> Verdict:
    """Another tool judges the DMARC record differently.

    ## Why it matters
    Receivers differ where tools differ: a record that one cannot read protects only at those that can.
    ## What to do
    Nothing for this alone: the findings on DMARC say what is to be mended. The clause that is named decides between the
    two verdicts.
    """
    if not opinion.asked:
        return not_applicable()
    return _compared("dmarc", judged.dmarc(own, applied), need(opinion.settled(opinion.dmarc)))


@rule(
    "TLSRPT-SECOND-OPINION",
    severity=Severity.INFO,
    reference="RFC 8460 section 3",
    message="on TLS-RPT checkdmarc says {theirs}, mxaudit {ours}; what decides is {clause}",
)
def tlsrpt_second_opinion(found: TlsRptFound, opinion: SecondOpinion) -> Verdict:
    """Another tool judges the TLS-RPT record differently.

    ## Why it matters
    Senders differ where tools differ: a record that some cannot read brings reports from the others only.
    ## What to do
    Nothing for this alone: the findings on TLS-RPT say what is to be mended. The clause that is named decides between
    the two verdicts.
    """
    if not opinion.asked:
        return not_applicable()
    return _compared("tls-rpt", judged.tls_rpt(found), need(opinion.settled(opinion.tls_rpt)))


def _compared(topic: str, ours: Ours, heard: Heard) -> Verdict:
    theirs = differs(ours, heard)
    if theirs is None:
        return ok()
    known = explained(topic, ours, theirs)
    return fail(theirs=_said(heard), ours=ours.said, clause=known.clause if known else ours.clause)


def _said(heard: Heard) -> str:
    """The other verdict in words: its own, where it gives any."""
    if heard.stance is Stance.VALID and heard.policy is not None:
        return f"{heard.stance} (p={heard.policy} of {heard.at})"
    return f"{heard.stance} ({heard.words})" if heard.words else str(heard.stance)
