"""What probes of a server of one's own showed, in words and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audit.desk.probes import own_probes
from audit.model.dialogue import Dialogue
from audit.model.own import Probed, ProbeName
from audit.model.probe import Reply
from audit.model.report import Finding, Result
from audit.model.subject import Server
from audit.protocol.drive import FaultHook
from audit.report.pen import Pen
from audit.report.words import capital
from audit.rules.registry import named
from audit.rules.server import server_probes

LINES_SHOWN = 4  # of a reply
GREEN, RED, DIM = "32", "31", "2"
HUES = {Result.PASS: GREEN, Result.FAIL: RED, Result.UNKNOWN: DIM}
PASSES = {
    ProbeName.RELAY: "The server does not relay for strangers.",
    ProbeName.POSTMASTER: "The server takes mail to postmaster.",
    ProbeName.VRFY: "VRFY tells nothing.",
    ProbeName.EXPN: "EXPN tells nothing.",
}


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """A probe, and what its rule says."""

    probed: Probed
    finding: Finding

    @property
    def suspected(self) -> bool:
        """Whether it failed by a sign that is no proof."""
        return self.finding.result is Result.FAIL and self.probed.name is ProbeName.RELAY

    @property
    def text(self) -> str:
        found, reply = self.finding, self.probed.reply
        if found.result is Result.FAIL:
            return f"{capital(found.message or '', found.arguments.values())}. {named(found.rule).fix}"
        if found.result is Result.PASS:
            return PASSES[self.probed.name]
        why = f"the server answers {reply.code}, which tells nothing" if reply else "the dialogue did not come so far"
        return f"This could not be told: {why}."


def results(
    dialogue: Dialogue, wanted: tuple[ProbeName, ...], relayed_to: str, fault: FaultHook
) -> tuple[ProbeResult, ...]:
    """Judge the probes of a dialogue; `relayed_to` is the recipient elsewhere."""
    own = own_probes(dialogue, wanted, relayed_to)
    findings = server_probes(Server(dialogue.host, dialogue.address), own, fault)
    return tuple(map(ProbeResult, own.probes, findings))


def lines(result: ProbeResult, pen: Pen) -> Iterator[str]:
    """A part of a screen."""
    found = result.finding
    severity = f" ({'suspected, ' if result.suspected else ''}{found.severity})" if found.severity else ""
    yield f"  {pen.paint(found.result, HUES[found.result])} {found.rule}{severity}"
    yield from pen.write(result.text, "      ")
    said = result.probed.said
    for text in (f"> {said}" if said else "", *_reply(result.probed.reply)):
        yield from (pen.paint(line, DIM) for line in pen.write(text, "      ") if text)


def _reply(reply: Reply | None) -> Iterator[str]:
    for line in reply.lines[:LINES_SHOWN] if reply else ():
        yield f"{reply.code if reply else ''} {line}"


def value(result: ProbeResult) -> Mapping[str, Any]:
    """The same for programs."""
    found, reply = result.finding, result.probed.reply
    return {
        "rule": found.rule,
        "result": found.result,
        "severity": found.severity,
        "suspected": result.suspected,
        "text": result.text,
        "said": result.probed.said,
        "reply": None if reply is None else {"code": reply.code, "lines": reply.lines},
    }
