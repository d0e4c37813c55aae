"""What DNSSEC begins with in a run: the keys that are believed without a signature (RFC 4033 section 2)."""

from __future__ import annotations

from audit.catalog.anchors import load_anchors
from audit.model.evidence import Settings
from audit.model.report import ZoneAnchors
from audit.syntax.dnssec.anchors import anchors
from audit.syntax.dnssec.records import shown


def zone_anchors(settings: Settings) -> tuple[ZoneAnchors, ...]:
    """The trust anchors by zone, in the order in which they are given."""
    given = settings.trust_anchors
    read = anchors("\n".join(given or (a.record for a in load_anchors())))
    tags: dict[str, list[int]] = {}
    for anchor in read if isinstance(read, tuple) else ():
        tags.setdefault(shown(anchor.owner), []).append(anchor.tag)
    return tuple(ZoneAnchors(zone=zone, tags=tuple(found), built_in=not given) for zone, found in tags.items())
