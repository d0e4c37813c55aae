"""What a compliance report calls things, and the sentences on how it came about."""

from __future__ import annotations

from collections.abc import Mapping

from audit.model.compliance import Applies, ControlState, Criticality
from audit.model.report import RunSummary, State

STATES: Mapping[ControlState, str] = {
    ControlState.NOT_MET: "not met",
    ControlState.NOT_ASSESSED: "not assessed",
    ControlState.NEEDS_ATTESTATION: "needs attestation",
    ControlState.ATTESTED: "attested, not tested",
    ControlState.MET: "met",
    ControlState.NOT_APPLICABLE: "not applicable",
}  # in the order in which somebody looks for them
LOOKS: Mapping[ControlState, State] = {
    ControlState.NOT_MET: State.BAD,
    ControlState.NOT_ASSESSED: State.UNKNOWN,
    ControlState.NEEDS_ATTESTATION: State.WARNING,
    ControlState.ATTESTED: State.NOT_APPLICABLE,
    ControlState.MET: State.GOOD,
    ControlState.NOT_APPLICABLE: State.NOT_APPLICABLE,
}
APPLIES: Mapping[Applies, str] = {
    Applies.ALL: "all domains",
    Applies.SENDS: "domains that send mail",
    Applies.RECEIVES: "domains that take mail",
    Applies.PARKED: "domains that send no mail",
}
CRITICALITY: Mapping[Criticality, str] = {
    Criticality.REQUIRED: "required",
    Criticality.RECOMMENDED: "recommended",
    Criticality.INFORMATIVE: "informative",
}
CAVEAT = (
    "This report tells what was seen from outside, at the time and from the place that it names. What could not be "
    "tested counts as not assessed, never as met. What somebody attests is shown as their word. Whether an "
    "organization as a whole keeps to a rule or a law is for its auditor to say."
)


def method(run: RunSummary) -> tuple[str, ...]:
    """How it was looked: what was asked, and what was left out."""
    said = [
        "DNS was asked over the network. The answers, sessions and fetches were written down, and judged from there.",
        "Each control was held to the results of these rules and to what the records say, as its profile has it.",
    ]
    if run.only is not None:
        said.append("Mail servers were looked at, and nothing else: most of DNS was not asked.")
    said.append(
        "Mail servers were connected to on port 25, as a sender does, without handing over mail."
        if run.smtp
        else f"Mail servers were not connected to ({run.smtp_off_because or 'switched off'}): nothing is known of "
        "their TLS and certificates."
    )
    said.append(
        "Policies were fetched over HTTPS."
        if run.https
        else f"Nothing was fetched over HTTPS ({run.https_off_because or 'switched off'}): MTA-STS policies were not "
        "seen."
    )
    if not run.complete:
        said.append(f"The run was cut short: {run.done} of {run.total} rows of the list are done.")
    if run.merged:
        said.append(f"The evidence was put together from {len(run.merged)} runs at several places.")
    return tuple(said)
