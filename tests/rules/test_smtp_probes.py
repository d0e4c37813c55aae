"""What a mail server of one's own does for strangers: judged where its user asked, and nowhere else."""

from __future__ import annotations

import pytest

from audit.model.evidence import TlsDepth
from audit.model.fact import Fact, Known, Unknown
from audit.model.own import OwnProbes, Probed, ProbeName
from audit.model.probe import Reply
from audit.model.report import Argument, Result
from audit.model.subject import Server
from audit.report.selecting import NEEDING_OWN
from audit.rules.registry import RULES
from audit.rules.server import server_probes
from audit.rules.smtp.probes import BY_PROBE
from tests.rules.world import Case, check, selected

MX = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
YES, NO, LATER = Known(True), Known(False), Unknown("smtp.tempfail")
HERE: dict[str, Argument] = {"host": "mx.story.example", "address": "192.0.2.1"}


def probed(name: ProbeName, granted: Fact[bool]) -> Probed:
    return Probed(name=name, said="RCPT TO:<probe@two.test>", reply=Reply(code=250, lines=("",)), granted=granted)


def case(name: ProbeName, expected: str, granted: Fact[bool], severity: str | None = None) -> Case:
    failed = expected == "fail"
    return Case(
        BY_PROBE[name].id,
        expected,
        MX,
        own=OwnProbes((probed(name, granted),)),
        severity=severity,
        arguments=HERE if failed else None,
        reason="smtp.tempfail" if expected == "unknown" else None,
    )


def not_wanted(name: ProbeName) -> Case:
    other = next(n for n in ProbeName if n is not name)
    return Case(BY_PROBE[name].id, "not_applicable", MX, own=OwnProbes((probed(other, YES),)))


R, M, V, X = ProbeName
CASES = (
    case(R, "fail", YES, "high"),
    case(R, "pass", NO),
    case(M, "fail", NO, "low"),
    case(M, "pass", YES),
    case(V, "fail", YES, "low"),
    case(V, "pass", NO),
    case(X, "fail", YES, "low"),
    case(X, "pass", NO),
    *(case(name, "unknown", LATER) for name in ProbeName),
    *(not_wanted(name) for name in ProbeName),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_probes_of_a_server_of_ones_own(case: Case) -> None:
    check(case)


def test_the_words_know_which_rules_no_audit_judges() -> None:
    assert {r.id for r in RULES if any(t is OwnProbes for _, t in r.judge.takes)} == NEEDING_OWN


@pytest.mark.parametrize("settings", [{}, {"only": "smtp"}, {"tls_depth": TlsDepth.FULL}, {"smtp": False}])
def test_no_audit_judges_them(settings: dict[str, object]) -> None:
    assert not NEEDING_OWN & {r.id for r in selected(Case("", "", MX, settings=settings))}


def test_of_one_server_the_probes_that_were_wanted_are_judged_in_their_order() -> None:
    own = OwnProbes((probed(R, YES), probed(M, LATER), probed(X, NO)))
    faults: list[BaseException] = []
    found = server_probes(Server("mx.story.example", "192.0.2.1"), own, faults.append)
    assert not faults
    assert [(f.rule, f.result, f.reason) for f in found] == [
        ("SMTP-OPENRELAY", Result.FAIL, None),
        ("SMTP-POSTMASTER", Result.UNKNOWN, "smtp.tempfail"),
        ("SMTP-EXPN", Result.PASS, None),
    ]
