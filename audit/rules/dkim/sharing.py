"""The rule on keys that several domains of a run publish."""

from __future__ import annotations

from audit.model.report import Severity
from audit.model.subject import PublicKey
from audit.protocol.dkim.census import KeyUse
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule


@rule(
    "DKIM-SHARED-KEY",
    severity=Severity.LOW,
    reference="M3AAWG DKIM Key Rotation Best Common Practices",
    message="{domains} domains publish the same DKIM key themselves: {names}",
)
def dkim_shared_key(_: PublicKey, use: KeyUse) -> Verdict:
    """Several domains publish the same DKIM key.

    ## Why it matters
    Whoever gets hold of its private half can sign for all of them, and it can be changed only everywhere at once.
    ## What to do
    Make a key for each domain. Or publish the key once, and let the selectors of the others be aliases (CNAME) of that
    name: then it is changed at one place.
    """
    if use.domains == 1:
        return ok()
    if use.own < 2:
        return not_applicable()
    more = (f"{use.own - len(use.named)} more",) if use.own > len(use.named) else ()
    return fail(domains=use.own, names=(*use.named, *more))
