"""Rules put to one server, apart from any domain and run: what a person sees who tests a server of theirs.

The rules are those of an audit, and so say the same. What was not established there is given as any other fact is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from audit.model.fact import Fact, Known
from audit.model.own import OwnProbes
from audit.model.report import Finding
from audit.model.subject import Server
from audit.protocol.drive import FaultHook
from audit.protocol.survey import Survey
from audit.rules.engine import Engine
from audit.rules.rule import Rule
from audit.rules.smtp.probes import BY_PROBE


def judged(
    rules: Iterable[Rule], server: Server, facts: Mapping[type, Fact[Any]], fault: FaultHook | None
) -> tuple[Finding, ...]:
    """What those of the rules say whose facts are there."""
    survey = Survey({Server: server}, server, facts, {}, (), {})
    askable = tuple(r for r in rules if all(t in facts or t is Server for _, t in r.judge.takes))
    return Engine(askable, {}, fault).judge(survey, lambda _: ())


def server_probes(server: Server, own: OwnProbes, fault: FaultHook | None = None) -> tuple[Finding, ...]:
    """Judge what probes of a server of one's own showed: a finding for each, in their order."""
    wanted = [BY_PROBE[p.name] for p in own.probes]
    found = {f.rule: f for f in judged(wanted, server, {OwnProbes: Known(own)}, fault)}
    return tuple(found[rule.id] for rule in wanted)
