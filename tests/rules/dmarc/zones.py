"""Zone text of which the cases on DMARC are made."""

from __future__ import annotations

SUB = "mail.dept.story.example"


def at(name: str, *tags: str) -> str:
    """A DMARC record of a domain."""
    return f'_dmarc.{name}. TXT "{"; ".join(("v=DMARC1", *tags))}"\n'


def own(*tags: str) -> str:
    return at("story.example", *tags)


def text(*texts: str) -> str:
    """Texts at the place of the domain's record, as they are."""
    return "".join(f'_dmarc.story.example. TXT "{t}"\n' for t in texts)


RUA = "rua=mailto:d@story.example"
REJECT = own("p=reject", RUA)
HERE = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
NO_MAIL = "story.example. MX 0 .\n"
NO_SEND = 'story.example. TXT "v=spf1 -all"\n'
SPF = 'story.example. TXT "v=spf1 mx -all"\n'
BELOW = f"{SUB}. A 192.0.2.9\n"
SILENT = "_dmarc.story.example. TXT timeout\n"
DEAD = "_dmarc.story.example. TXT servfail\n"
DEAD_ABOVE = "_dmarc.example. TXT servfail\n"
PERHAPS_MAIL = "story.example. MX timeout\n"
