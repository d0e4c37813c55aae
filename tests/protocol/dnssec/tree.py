"""A signed internet with each kind of zone, and how inquiries find it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

from audit.model.fact import Fact, Known
from audit.model.probe import Answer, Probe, Question
from audit.protocol.dnssec.security import Security, security
from audit.protocol.dnssec.trust import Trust
from audit.protocol.drive import replay
from audit.protocol.inquiry import Work
from tests.rules.pki import NOW
from tests.signed import DAYS, Internet, Zone

T = TypeVar("T")
Bend = Callable[[Question, Answer], Answer]

LEAF = """
    {0}           MX    10 mx.{0}
    {0}           TXT   "v=spf1 mx -all"
    mx.{0}        A     192.0.2.25
    a.ent.{0}     A     192.0.2.26
    *.wild.{0}    TXT   "from a wildcard"
    b.wild.{0}    A     192.0.2.27
    alias.{0}     CNAME mx.good.test.
    out.{0}       CNAME mx.plain.test.
    dangling.{0}  CNAME gone.good.test.
"""


def leaf(apex: str, more: str = "", **ways: Any) -> Zone:
    return Zone(apex=apex, text=LEAF.format(apex) + more, **ways)


EXPIRED = (-40 * DAYS, -10 * DAYS)


@cache
def internet() -> Internet:
    return Internet(
        Zone(apex="."),
        Zone(apex="test."),
        Zone(apex="hashed.", iterations=0),
        Zone(apex="optout.", iterations=0, opt_out=True),
        Zone(apex="dark.", signed=False),
        leaf("good.test."),
        leaf("nsec3.test.", iterations=0),
        leaf("salted.test.", iterations=10, salt="abcd"),
        leaf("dear.test.", iterations=200),
        leaf("plain.test.", signed=False),
        leaf("island.test.", linked=False),
        leaf("expired.test.", dates=EXPIRED),
        leaf("early.test.", dates=(2 * DAYS, 9 * DAYS)),
        leaf("mx-expired.test.", old={"MX": EXPIRED}),
        leaf("soon.test.", old={"MX": (-13 * DAYS, timedelta(hours=30))}),
        leaf("mismatch.test.", ds=(f"1 15 2 {'ab' * 32}",)),
        leaf("unknown-digest.test.", ds=(f"1 15 250 {'ab' * 32}",)),
        leaf("unknown-algorithm.test.", ds=(f"1 250 2 {'ab' * 32}",)),
        leaf("nokey.test.", signed=False, ds=(f"1 15 2 {'ab' * 32}",)),
        leaf("stripped.test.", unsigned=frozenset({"MX", "SOA", "NSEC", "A", "TXT"})),
        leaf("sha1.test.", algorithm=5, rsa=1024),
        leaf("rsa.test.", algorithm=8, rsa=2048, digest="SHA384"),
        leaf("good.hashed."),
        leaf("plain.hashed.", signed=False),
        leaf("good.optout."),
        leaf("plain.optout.", signed=False),
        leaf("child.dark."),
        Zone(apex="sub.good.test.", text="mx.sub.good.test. A 192.0.2.30"),
        Zone(apex="below.plain.test.", text="mx.below.plain.test. A 192.0.2.31"),
        leaf("dname.test.", "moved.dname.test. DNAME wild.good.test."),
    )


def trust(*anchors: str) -> Trust:
    return Trust(anchors or (internet().anchor,), NOW)


def walked(
    work: Work[T], bend: Bend = lambda _, answer: answer, of: Internet | None = None
) -> tuple[Fact[T], list[str]]:
    """What an inquiry establishes, and what it asked."""
    world, asked = of or internet(), list[str]()

    def seen(probe: Probe[Any]) -> Any:
        assert isinstance(probe, Question)
        assert not probe.dnssec or probe.cd
        asked.append(f"{probe.name} {probe.rdtype}")
        return bend(probe, world.answer(probe))

    faults: list[BaseException] = []
    fact = replay(work, seen, faults.append)[0]
    assert not faults, faults
    return fact, asked


def stands(of: str, rdtype: str, bend: Bend = lambda _, answer: answer) -> Security:
    fact, _ = walked(security(of, rdtype, trust()), bend)
    assert isinstance(fact, Known), fact
    return fact.value
