"""The one record that a selector should hold, where it follows from what stands there."""

from __future__ import annotations

from audit.model.subject import Selector
from audit.protocol.dkim.discovery import DkimKeyFound
from audit.syntax import zonefile
from audit.syntax.dkim import looks_like_key
from audit.syntax.dkim_mending import mended


def one_record(selector: Selector, found: DkimKeyFound) -> tuple[str, ...]:
    """The record to publish. Where the selector is an alias, the key is somebody else's to mend."""
    meant = {m for t in found.texts if (m := mended(t)) is not None}
    others = [t for t in found.texts if looks_like_key(t) and mended(t) is None]
    if found.aliases or others or len(meant) != 1:
        return ()
    return (zonefile.txt(selector.label, meant.pop()),)
