"""Zone text of the cases on DKIM."""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from tests.rules.keys import rsa_text
from tests.rules.world import Case

NAMED = DomainOptions(selectors=("own",))
AT_OWN = "own._domainkey.story.example"
AT_GOOGLE = "google._domainkey.story.example"
MAIL = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
GOOD = f"v=DKIM1; k=rsa; p={rsa_text(2048)}"


def key(selector: str, *texts: str) -> str:
    return MAIL + "".join(f'{selector}._domainkey.story.example. TXT "{text}"\n' for text in texts)


def silent(rule: str, mark: str = "timeout", reason: str = "dns.timeout") -> Case:
    """A selector that the user named, and that does not answer."""
    zone = f"{MAIL}own._domainkey.story.example. TXT {mark}"
    return Case(rule, "unknown", zone, why="unanswered", options=NAMED, subject=AT_OWN, reason=reason)
