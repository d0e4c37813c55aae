"""Records that are made on purpose, with errors in front of what lets everybody send: whatever rule gives a record to
paste for one, no stranger passes by it."""

from __future__ import annotations

import random

import pytest

from audit.model.fact import Known
from audit.model.report import Finding
from audit.model.subject import Domain
from audit.protocol.spf.check_host import check_host
from audit.protocol.spf.closing import strangers
from audit.protocol.spf.outcome import SpfQuery, SpfResult
from audit.protocol.spf.tree import spf_tree
from audit.rules.registry import RULES
from tests.protocol.spf.test_kept import HOSTS, MECHANISMS
from tests.protocol.spf.test_stranger import STRANGERS
from tests.protocol.walking import value
from tests.rules.test_spf_mended import mended
from tests.rules.world import Case, replayed

SPF_RULES = tuple(r for r in RULES if r.topic == "spf")
OPEN = ("+all", "all", "ip4:0.0.0.0/0", "ip4:0.0.0.0/1 ip4:128.0.0.0/1", "ip6:::/0", "a:host.example/0",
        "mx:host.example/0", "exists:host.example", "include:open.example")  # fmt: skip
FAULTS = (
    "ip4:2001:db8::1", "mx:host.example-all", "include=b.example", "include:b.exampleinclude:c.example", " ", "ptr",
    "ip4:10.0.0.1", "exp=gone.example", "redirect=b.example", "include:a.example", "include:gone.example", "-all mx",
    "~all ip4:0.0.0.0/0", "-all include:open.example", "a:void1.example a:void2.example a:void3.example",
    "ip4=0.0.0.0/0",
    "include:b.example include:b.example", "include=open.example", "include:b.example,include:open.example",
)  # fmt: skip
BELOW = f"""
    {HOSTS}
    open.example TXT "v=spf1 +all"
    b.example    TXT "v=spf1 ip4:192.0.2.0/24 -all"
    c.example    TXT "v=spf1 include:gone.example +all"
    d.example    TXT "v=spf1 a:host.example include:e.example ~all"
    e.example    TXT "v=spf1 mx:host.example"
    a.example    MX  10 both.example.
"""


def made(seed: int) -> str:
    """A record with errors, and with a term that lets everybody send who comes so far."""
    pick = random.Random(seed)
    words = [
        *pick.choices([m for m in MECHANISMS if m != "include:gone.example"], k=pick.randint(0, 4)),
        *pick.choices(FAULTS, k=pick.randint(1, 2)),
    ]
    pick.shuffle(words)
    words.insert(pick.randint(len(words) // 2, len(words)), pick.choice(OPEN))
    first = pick.choice(("v=spf1 ", "v=spf1 ", "v=spf1 ", "v=spf1 ", "v=spf1", "spf1 "))
    more = '\na.example TXT "v=spf1 mx -all"' if pick.random() < 0.1 else ""
    end = pick.choice(("", "", " -all", " ~all"))
    return f'a.example TXT "{first}{" ".join(words)}{end}"{more}\n{BELOW}'


def given(seed: int) -> list[tuple[Case, Finding]]:
    case = Case("", "", made(seed), domain="a.example")
    found = replayed(case, rules=SPF_RULES)
    assert not found.faults, found.faults
    return [(case, f) for f in found.findings if f.publish]


@pytest.mark.parametrize("start", range(0, 300, 30))
def test_no_stranger_passes_by_what_is_given(start: int) -> None:
    rules = set()
    for seed in range(start, start + 30):
        for case, finding in given(seed):
            zone = mended(case, finding)
            for client in STRANGERS:
                ended = value(check_host(SpfQuery(client, "x@a.example", "h.example")), zone)
                assert ended.result is not SpfResult.PASS, (seed, finding.rule, case.zone, finding.publish)
            opens = strangers(value(spf_tree(Domain("a.example")), zone))
            assert isinstance(opens, Known), (seed, finding.publish)
            assert not opens.value, (seed, finding.rule, case.zone, finding.publish)
            rules.add(finding.rule)
    assert len(rules) > 5
