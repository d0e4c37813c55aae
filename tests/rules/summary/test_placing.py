"""No record is given to paste where an alias stands: a zone that holds both is refused."""

from __future__ import annotations

import pytest

from audit.model.evidence import Asked, DomainEvidence, DomainOptions, InputLine
from audit.model.probe import Question
from audit.rules.summary.placing import placeable
from tests.rules.pki import NOW
from tests.rules.world import Case, World, replayed

HOSTED = "site.host.example. A 192.0.2.1\nsite.host.example. MX 5 mx.host.example.\nmx.host.example. A 192.0.2.2\n"
ALIAS = f"story.example. CNAME site.host.example.\n{HOSTED}"
OWN = 'story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\nstory.example. TXT "v=spf1 mx -all"\n'


def published(zone: str, options: DomainOptions) -> set[str]:
    """Owner and type of each record that is given to paste."""
    world = World(Case("", "", zone, options=options))
    found = replayed(Case("", "", zone, options=options), world).findings
    evidence = DomainEvidence(
        input=InputLine(file="domains.txt", line=1, column=1, text="story.example"),
        domain="story.example",
        unicode="story.example",
        options=options,
        observed_at=NOW,
        sightings=None,
        answers=tuple(Asked(question=p, answer=a) for p, a in world.asked.items() if isinstance(p, Question)),
        visits=(),
        fetches=(),
    )
    lines = [r.split() for f in placeable(found, evidence) for r in f.publish if " IN " in r]
    return {f"{owner} {rdtype}" for owner, _, _, rdtype, *_ in lines}


@pytest.mark.parametrize(
    ("zone", "options", "given", "withheld"),
    [
        (HOSTED + OWN.replace("mx -all", "+all"), {}, "story.example. TXT", ""),
        (ALIAS, {}, "_dmarc.story.example. TXT", "story.example. TXT"),
        (f'{ALIAS}site.host.example. TXT "v=spf1 +all"', {}, "_dmarc.story.example. TXT", "story.example. TXT"),
        (ALIAS, {"parked": True}, "_dmarc.story.example. TXT", "story.example. TXT"),
        (ALIAS, {"parked": True}, "_dmarc.story.example. TXT", "story.example. MX"),
        (f"{OWN}www.story.example. A 192.0.2.9", {"subdomains": ("www",)}, "www.story.example. TXT", ""),
        (
            f"{OWN}www.story.example. CNAME site.host.example.\n{HOSTED}",
            {"subdomains": ("www.story.example",)},
            "_dmarc.story.example. TXT",
            "www.story.example. TXT",
        ),
        (  # what a wildcard gives to any name keeps no record out
            f"{OWN}*.story.example. CNAME site.host.example.\n{HOSTED}",
            {"subdomains": ("www",)},
            "www.story.example. TXT",
            "",
        ),
    ],
)
def test_nothing_is_put_beside_an_alias(zone: str, options: dict[str, object], given: str, withheld: str) -> None:
    found = published(zone, DomainOptions(**options))  # type: ignore[arg-type]
    assert given in found
    assert withheld not in found
