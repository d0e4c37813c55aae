"""Answers that are damaged, lost, or of a resolver that claims what it likes."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from audit.model.fact import Known
from audit.model.probe import Answer, DnsStatus, Question
from audit.protocol.dnssec.security import Security, security
from audit.syntax.dnssec.records import name, read
from audit.syntax.dnssec.state import State
from tests.protocol.dnssec.bending import GOOD, genuine
from tests.protocol.dnssec.tree import stands, trust, walked

QUESTIONS = (
    (GOOD, "MX"),
    ("gone.good.test", "A"),
    ("mx.nsec3.test", "AAAA"),
    ("any.wild.nsec3.test", "TXT"),
    ("plain.test", "MX"),
    ("plain.optout", "MX"),
    ("alias.rsa.test", "A"),
)


def damaged(chance: random.Random, answer: Answer) -> Answer:
    """Some characters of some record are others, or records are missing, doubled or of another answer."""
    proof = list(answer.proof)
    for _ in range(chance.randint(1, 3)):
        match chance.randrange(4):
            case 0 if proof:
                del proof[chance.randrange(len(proof))]
            case 1:
                proof += genuine(*chance.choice(QUESTIONS)).proof
            case _ if proof:
                which = chance.randrange(len(proof))
                at = chance.randrange(len(proof[which]))
                letter = chance.choice("0aZ9 .=+/\\")
                proof[which] = proof[which][:at] + letter + proof[which][at + 1 :]
            case _:
                pass
    status = chance.choice((answer.status, answer.status, DnsStatus.NXDOMAIN, DnsStatus.NODATA, DnsStatus.NOERROR))
    return replace(answer, proof=tuple(proof), status=status)


@pytest.mark.parametrize("seed", range(215))
def test_no_damage_makes_secure_what_is_not(seed: int) -> None:
    """What is secure after all must be what is really there."""
    chance = random.Random(seed)
    for of, rdtype in QUESTIONS:
        hit = chance.choice(("all", of, "test", "."))
        seen: dict[tuple[str, str], Answer] = {}

        def bend(question: Question, answer: Answer, hit: str = hit, seen: dict[Any, Answer] = seen) -> Answer:
            bent = damaged(chance, answer) if hit in ("all", question.name) else answer
            seen[question.name, question.rdtype] = bent
            return bent

        fact, _ = walked(security(of, rdtype, trust()), bend)
        if isinstance(fact, Known) and fact.value.state is State.SECURE:
            assert stands(of, rdtype).state is State.SECURE
            assert said(seen[of, rdtype], of, rdtype) == said(genuine(of, rdtype), of, rdtype)


def said(answer: Answer, of: str, rdtype: str) -> object:
    """What an answer comes to: whether there is something, and what."""
    proof = read(answer.proof)
    assert proof is not None
    found = proof.at(name(answer.aliases[-1] if answer.aliases else of), rdtype)
    return answer.status, found and found.rrset


def test_a_far_resolver_s_word_counts_for_nothing() -> None:
    """AD on everything, or on nothing, changes no state."""

    def states(flags: tuple[str, ...]) -> list[Security]:
        return [stands(*q, lambda _, a: replace(a, flags=flags)) for q in (*QUESTIONS, ("expired.test", "MX"))]

    assert states(("ad", "ra")) == states(())


@pytest.mark.parametrize("reply", [DnsStatus.SERVFAIL, DnsStatus.TIMEOUT, DnsStatus.NOT_GATHERED, DnsStatus.LAME])
@pytest.mark.parametrize("lost", [". DNSKEY", "test DS", "test DNSKEY", f"{GOOD} DS", f"{GOOD} DNSKEY", f"{GOOD} MX"])
def test_what_could_not_be_asked_is_no_state(reply: DnsStatus, lost: str) -> None:
    fact, _ = walked(
        security(GOOD, "MX", trust()),
        lambda q, a: Answer(status=reply) if f"{q.name} {q.rdtype}" == lost else a,
    )
    assert not isinstance(fact, Known)
    assert [p.key for p in fact.probes] == [f"dns {lost} +dnssec +cd"]
