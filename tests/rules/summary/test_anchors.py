"""The keys that DNSSEC is validated from, as the report names them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.model.report import ZoneAnchors
from audit.report.words import anchored
from audit.rules.summary.anchors import zone_anchors
from tests.rules.world import SETTINGS

ROOT = f". DS 20326 8 2 {'AB' * 32}"
CORP = tuple(f"corp.example. DS {tag} 13 2 {'AB' * 32}" for tag in (1, 65535))


@pytest.mark.parametrize(
    ("given", "expected", "said"),
    [
        (
            (),
            (ZoneAnchors(zone=".", tags=(20326, 38696), built_in=True),),
            ["DNSSEC is validated from the keys of the root with tag 20326, 38696 (built in)."],
        ),
        (
            (*CORP, ROOT),
            (
                ZoneAnchors(zone="corp.example", tags=(1, 65535), built_in=False),
                ZoneAnchors(zone=".", tags=(20326,), built_in=False),
            ),
            [
                "DNSSEC is validated from the keys of corp.example with tag 1, 65535 (from --trust-anchor).",
                "DNSSEC is validated from the keys of the root with tag 20326 (from --trust-anchor).",
            ],
        ),
        (("no anchor",), (), []),
    ],
)
def test_the_anchors_of_a_run(given: tuple[str, ...], expected: tuple[ZoneAnchors, ...], said: list[str]) -> None:
    found = zone_anchors(replace(SETTINGS, trust_anchors=given))
    assert found == expected
    assert [anchored(each) for each in found] == said
