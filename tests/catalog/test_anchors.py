"""The root's keys, in a form that can be believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.catalog.anchors import load_anchors
from audit.syntax.dnssec.anchors import Anchor, anchors

DEBIAN = Path("/usr/share/dns/root.ds")  # of the package dns-root-data


def shipped() -> tuple[Anchor, ...]:
    read = anchors("\n".join(a.record for a in load_anchors()))
    assert isinstance(read, tuple)
    return read


def test_both_keys_of_the_root_are_shipped() -> None:
    assert [(a.owner.to_text(), a.tag) for a in shipped()] == [(".", 20326), (".", 38696)]
    assert [a.text for a in shipped()] == [a.record for a in load_anchors()]


@pytest.mark.skipif(not DEBIAN.is_file(), reason="the package dns-root-data is not installed")
def test_a_distribution_ships_none_that_we_lack() -> None:
    theirs = anchors(DEBIAN.read_text("ascii"))
    assert isinstance(theirs, tuple)
    assert {a.text for a in theirs} <= {a.text for a in shipped()}
