"""Who publishes which key, and whether he does so himself."""

from __future__ import annotations

from itertools import permutations

import pytest

from audit.model.evidence import Asked, DomainEvidence, DomainOptions, InputLine
from audit.model.fact import Known
from audit.model.probe import Question
from audit.model.subject import PublicKey, Run
from audit.protocol.dkim.census import MAX_NAMED, MAX_POINTERS, Holder, KeyCensus, KeyUse, census, key_use, shared_keys
from audit.protocol.dkim.discovery import MAX_TRIED, unlikely
from audit.syntax.dkim import parse
from tests.protocol.walking import found
from tests.rules.pki import NOW
from tests.rules.world import zone

KEY, OTHER = "v=DKIM1; p=QUJD", "v=DKIM1; p=QUJE"
DIGEST, SECOND = parse(KEY).digest or "", parse(OTHER).digest or ""


def record(domain: str, text: str, *named: str, tried: tuple[str, ...] = ("s1", "s2")) -> DomainEvidence:
    """What was asked at a domain, answered from zone text."""
    names = (unlikely(domain), *tried)
    questions = [Question(name=f"{name}._domainkey.{domain}", rdtype="TXT") for name in names]
    return DomainEvidence(
        input=InputLine(file="domains.txt", line=1, column=1, text=domain),
        domain=domain,
        unicode=domain,
        options=DomainOptions(selectors=named),
        observed_at=NOW,
        sightings=None,
        answers=tuple(Asked(question=q, answer=zone(text).answer(q)) for q in questions),
        visits=(),
        fetches=(),
    )


def key(selector: str, domain: str, text: str = f'"{KEY}"') -> str:
    return f"{selector}._domainkey.{domain} TXT {text}\n"


def count(*records: DomainEvidence) -> KeyCensus:
    return census(lambda: records)


def test_who_holds_a_key() -> None:
    a = record("a.example", key("s1", "a.example") + key("s2", "a.example", f'"{OTHER}"'))
    b = record("b.example", f"s1._domainkey.b.example CNAME s1._domainkey.a.example\n{key('s1', 'a.example')}")
    counted = count(a, b)
    assert counted.hole is None
    assert counted.uses == {
        DIGEST: KeyUse(
            domains=2,
            own=1,
            named=("a.example",),
            holders=(Holder("a.example", "s1", own=True), Holder("b.example", "s1", own=False)),
        )
    }
    assert shared_keys(Run(), counted).known == (PublicKey(DIGEST),)


@pytest.mark.parametrize(
    ("text", "named", "held"),
    [
        (key("*", "a.example"), (), 0),  # what any name gets
        (key("*", "a.example"), ("s1",), 1),
        (key("*", "a.example", "timeout") + key("s1", "a.example"), (), 0),
        (key("s1", "a.example", '"v=DKIM1; p="'), (), 0),
        (key("s1", "a.example", '"hello"'), ("s1",), 0),
        (key("s1", "a.example", f'"{KEY}"') + key("s1", "a.example", f'"{OTHER}"'), (), 0),  # which one?
        (key("s1", "a.example", '"k=rsa; p=Q U J D"'), (), 1),
    ],
)
def test_what_counts_as_held(text: str, named: tuple[str, ...], held: int) -> None:
    """Beside a domain that surely holds the keys, so that whoever else does is told of."""
    sure = record("sure.example", key("s1", "sure.example") + key("s2", "sure.example", f'"{OTHER}"'))
    uses = count(sure, record("a.example", text, *named)).uses.values()
    assert sum(holder.domain == "a.example" for use in uses for holder in use.holders) == held


def test_a_selector_that_does_not_answer_is_a_hole() -> None:
    spoken = record("a.example", key("s1", "a.example"))
    silent = record("b.example", key("s1", "b.example", "servfail"))
    counted = count(spoken, record("c.example", key("s1", "c.example")), silent)
    assert list(counted.uses) == [DIGEST]
    assert counted.hole is not None
    assert counted.hole.reason == "dns.servfail"
    assert shared_keys(Run(), counted).hole == counted.hole


@pytest.mark.parametrize(("lost", "hole"), [("g1", None), ("s1", "dns.servfail")])
def test_of_named_selectors_only_those_leave_a_hole(lost: str, hole: str | None) -> None:
    counted = count(record("b.example", key(lost, "b.example", "servfail"), "s1"))
    assert (counted.hole and counted.hole.reason) == hole


def test_a_key_of_one_domain_is_not_judged() -> None:
    texts = {d: key("s1", d) for d in ("a.example", "b.example")} | {"c.example": key("s1", "c.example", f'"{OTHER}"')}
    silent = record("d.example", key("s1", "d.example", "servfail"))
    whole = tuple(record(d, text) for d, text in texts.items())
    assert shared_keys(Run(), count(*whole)).known == (PublicKey(DIGEST),)
    assert shared_keys(Run(), count(*whole, silent)).known == (PublicKey(DIGEST),)


def test_which_hole_is_told_does_not_hang_on_the_order() -> None:
    texts = {f"{answer}.example": answer for answer in ("timeout", "servfail", "refused")}
    records = [record(d, key("s1", d, answer)) for d, answer in texts.items()]
    reasons = {hole.reason for order in permutations(records) if (hole := count(*order).hole)}
    assert reasons == {"dns.refused"}


def test_more_selectors_than_are_tried_leave_a_hole() -> None:
    names = tuple(f"s{n}" for n in range(MAX_TRIED + 1))
    counted = count(record("a.example", "", *names))
    assert counted.hole is not None
    assert counted.hole.reason == "budget"


def test_a_finding_points_at_a_few_answers() -> None:
    many = count(*(record(f"d{n:03}.example", key("s1", f"d{n:03}.example")) for n in range(50)))
    fact, asked = found(key_use(PublicKey(DIGEST), many), "")
    domains = tuple(f"d{n:03}.example" for n in range(50))
    shown = tuple(Holder(d, "s1", own=True) for d in domains[:MAX_POINTERS])
    assert fact == Known(KeyUse(50, 50, domains[:MAX_NAMED], shown))
    assert asked == tuple(f"s1._domainkey.{d} TXT" for d in domains[:MAX_POINTERS])
