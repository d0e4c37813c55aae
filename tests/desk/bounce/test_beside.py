"""flufl.bounce over the same mails: what it finds, ours finds; and the benchmark counts both alike."""

from __future__ import annotations

import pytest

from tests.desk.bounce.samples import samples

pytest.importorskip("flufl.bounce")

from benchmarks.bounces import flufl, ours, score, table


def test_each_recipient_that_the_other_finds_is_found() -> None:
    for s in samples():
        if s.kind in {"bounce", "delayed"}:
            failed = {label.address.lower() for label in s.recipients if label.kind != "ok"}
            theirs = {address.lower() for part in flufl(s.mail) for address in part} & failed
            assert theirs <= {address.lower() for part in ours(s.mail) for address in part}, s.name


def test_ours_is_never_worse() -> None:
    mine, other = score("ours", ours, samples()), score("flufl.bounce", flufl, samples())
    assert mine.found == mine.recipients == other.recipients >= other.found
    assert mine.permanence == mine.recipients >= other.permanence
    assert (mine.hard_by_mistake, mine.strange) == (0, 0)
    assert other.found > 0.7 * other.recipients  # it is asked in a way that lets it find something
    assert table([mine, other]).count("\n") == 3
