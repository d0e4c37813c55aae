"""A zone that is written to do harm makes a plan that keeps to its schema, whatever it holds."""

from __future__ import annotations

import pytest

from tests.desk.migration.test_plan import made
from tests.protocol.migration.test_ground import HERE, POLICY, STS

LONG = "x" * 250
ZONES = {
    "a long DMARC record": '_dmarc.story.example. TXT "v=DMARC1; p=none" ' + " ".join([f'"{LONG}"'] * 200),
    "long proofs": f'story.example. TXT "google-site-verification={LONG}" "{LONG}" "{LONG}"',
    "many texts": "\n".join(f'story.example. TXT "t{n}"' for n in range(3000)),
    "times without end": "story.example. 2147483647 MX 10 aspmx.l.google.com.\nstory.example. 2147483647 TXT x",
    "texts of other octets": 'story.example. TXT "\\000\\255\\"\\\\;"',
    "many senders of the former provider": 'story.example. TXT "v=spf1 '
    + " ".join(f"include:s{n}._spf.google.com" for n in range(200))
    + ' -all"',
    "a loop": "autodiscover.story.example. CNAME autodiscover.story.example.",
    "an SPF record for everybody": 'story.example. TXT "v=spf1 +all"',
    "a broken SPF record": 'story.example. TXT "v=spf1 include: mxx -all"',
    "no MX that is one": "story.example. MX 0 .",
    "addresses for hosts": "story.example. MX 10 192.0.2.1.",
}


@pytest.mark.parametrize("text", ZONES.values(), ids=ZONES)
def test_a_plan_is_made_and_keeps_to_its_schema(text: str) -> None:
    kept = [line for line in HERE.splitlines() if " MX " not in line or " MX " not in text]
    found = made("\n".join([*kept, text]))
    assert [s.id for s in found.steps].count("switch-mx") == 1


@pytest.mark.parametrize(
    "policy",
    [
        POLICY + b"\xff\x00\x1b" * 20_000,
        POLICY + b"mx: a.example\n" * 4000,
        POLICY.replace(b"604800", b"9999999999"),
        POLICY.replace(b"enforce", b"whatever"),
        b"x" * 65_536,
    ],
    ids=["octets", "patterns", "age", "mode", "nothing"],
)
def test_so_does_one_with_a_policy(policy: bytes) -> None:
    made(HERE + STS, policy=policy)


def test_no_plan_opens_a_domain() -> None:
    text = HERE.replace(
        "v=spf1 include:_spf.google.com include:esp.example -all", "v=spf1 include:_spf.google.com +all"
    )
    found = made(text)
    values = [v for s in found.steps for c in s.changes if c.after for v in c.after.values if "spf1" in v]
    assert [v for v in values if "+all" in v and v not in text] == []
