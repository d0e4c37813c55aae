"""What can be measured of a domain by its report, each by a name that profiles use.

A word is one of an order, from the least; a number counts or is a size; a set holds mailboxes. A measure that rests on
what was not seen has no value, and says why; one about which there is nothing to say, such as the policy of a domain
that takes no mail, has none either, and no reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from audit.model.compliance import Condition, ControlState
from audit.model.report import Finding
from audit.report.compliance import dkim_measures, dmarc_measures, policy_measures, sender_measures, zone_measures
from audit.report.compliance.reading import Reading
from audit.report.compliance.seen import Outcome, Seen
from audit.report.reasons import reason


@dataclass(frozen=True, slots=True)
class Measure:
    """How something is read, what it is called in a sentence, and its words from the least where it is one of these."""

    read: Callable[[Seen, str], Reading]
    called: str
    order: tuple[str, ...] = ()
    number: bool = False
    over: bool = False  # it can differ for names below the domain


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "spf.all": Measure(policy_measures.spf_all, "the end of the SPF record", policy_measures.ENDS),
        "dmarc.policy": Measure(dmarc_measures.policy, "the DMARC policy", dmarc_measures.POLICIES, over=True),
        "dmarc.rua": Measure(dmarc_measures.rua, "the mailboxes for DMARC reports"),
        "dmarc.rua_count": Measure(dmarc_measures.rua_count, "the number of mailboxes for DMARC reports", number=True),
        "dkim.keys": Measure(dkim_measures.keys, "the number of DKIM keys that can be used", number=True),
        "dkim.rsa_bits": Measure(dkim_measures.rsa_bits, "the length of the shortest RSA key of DKIM", number=True),
        "senders.known": Measure(sender_measures.known, "the number of addresses known to send its mail", number=True),
        "ns.ipv6": Measure(zone_measures.ipv6_servers, "the number of name servers with an IPv6 address", number=True),
        "mta_sts.mode": Measure(policy_measures.sts_mode, "the mode of the MTA-STS policy", policy_measures.MODES),
    }
)
NAMES: Mapping[str, str] = MappingProxyType(
    {"domain": "", "subdomains": " for existing subdomains", "nonexistent": " for names that do not exist"}
)


def outcome(condition: Condition, seen: Seen) -> Outcome:
    """Whether a measure is as wanted, for each kind of name that the condition is about."""
    measure = MEASURES[condition.measure or ""]
    kinds = condition.over if measure.over else ("domain",)
    found = [_one(condition, measure, kind, measure.read(seen, kind)) for kind in kinds]
    for state in (ControlState.NOT_MET, ControlState.NOT_ASSESSED, ControlState.MET):
        those = [each for each in found if each.state is state]
        if those:
            return joined(state, those)
    return joined(ControlState.NOT_APPLICABLE, found)


def joined(state: ControlState, parts: Iterable[Outcome]) -> Outcome:
    """Several outcomes as one, each sentence, finding and reason once."""
    because: dict[str, None] = {}
    findings: dict[int, Finding] = {}  # by identity: all are of one report, and there may be thousands
    reasons: dict[str, None] = {}
    evidence: dict[str, None] = {}
    for part in parts:
        because |= dict.fromkeys(part.because)
        findings |= {id(finding): finding for finding in part.findings}
        reasons |= dict.fromkeys(part.reasons)
        evidence |= dict.fromkeys(part.evidence)
    return Outcome(state, tuple(because), tuple(findings.values()), tuple(reasons), tuple(evidence))


def wanted(condition: Condition) -> str:
    """What a measure should be, in words."""
    if condition.values:
        return " or ".join(f"“{value}”" for value in condition.values)
    if condition.contains:
        return f"{' and '.join(condition.contains)} among them"
    least = condition.at_least
    return f"at least {least}" if isinstance(least, int) else f"at least “{least}”"


def _one(condition: Condition, measure: Measure, kind: str, got: Reading) -> Outcome:
    called = f"{measure.called}{NAMES[kind]}"
    if got.reasons:
        told = " ".join(reason(code).sentence for code in got.reasons)
        because = f"{called[:1].upper()}{called[1:]} could not be told: {told}"
        return Outcome(ControlState.NOT_ASSESSED, (because,), got.findings, got.reasons, got.evidence)
    if got.value is None:
        because = f"There is nothing to be said of {called}."
        return Outcome(ControlState.NOT_APPLICABLE, (because,), evidence=got.evidence)
    is_so = _holds(condition, measure, got.value)
    because = f"{called[:1].upper()}{called[1:]}: {_shown(got.value)}"
    if is_so:
        return Outcome(ControlState.MET, (f"{because}.",), evidence=got.evidence)
    because = f"{because}; {wanted(condition)} is wanted."
    return Outcome(ControlState.NOT_MET, (because,), got.findings, (), got.evidence)


def _holds(condition: Condition, measure: Measure, value: str | int | tuple[str, ...]) -> bool:
    if condition.values:
        return str(value) in condition.values
    if condition.contains:
        return isinstance(value, tuple) and {text.lower() for text in condition.contains} <= set(value)
    least = condition.at_least
    if isinstance(value, int):
        return isinstance(least, int) and value >= least
    return least in measure.order and value in measure.order[measure.order.index(str(least)) :]


def _shown(value: str | int | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return ", ".join(value[:5]) or "none"
    return str(value)
