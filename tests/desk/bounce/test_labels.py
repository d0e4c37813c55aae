"""What was labelled is enough to hold a reading of bounces to."""

from __future__ import annotations

from collections import Counter

from audit.catalog.replies import load_replies
from tests.desk.bounce.samples import samples


def test_there_are_enough_of_every_kind() -> None:
    bounces = [s for s in samples() if s.kind in {"bounce", "delayed"}]
    assert len({s.mail for s in samples()}) == len(samples())
    assert len(bounces) >= 240
    assert len({s.form for s in bounces}) >= 45
    kinds = Counter(s.kind for s in samples())
    assert min(kinds[kind] for kind in ("feedback", "auto-reply", "none")) >= 3
    labels = Counter(label.kind for s in bounces for label in s.recipients)
    assert set(labels) == {c.id for c in load_replies().classes} - {"unknown"}
    assert min(count for kind, count in labels.items() if kind != "ok") >= 3
