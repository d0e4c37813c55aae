"""What was met is shown in words that a reader can judge."""

from __future__ import annotations

from dataclasses import replace

from audit.model.evidence import DomainEvidence, DomainOptions, InputLine
from audit.model.probe import SmtpVisit
from audit.rules.summary.found import found
from tests.rules import pki, sessions
from tests.rules.pki import NOW

VISIT = SmtpVisit(host="mx.story.example", address="192.0.2.1", port=25)
EVIDENCE = DomainEvidence(
    input=InputLine(file="domains.txt", line=1, column=1, text="story.example"),
    domain="story.example",
    unicode="story.example",
    options=DomainOptions(),
    observed_at=NOW,
    sightings=None,
    answers=(),
    visits=(VISIT,),
)


def lines(injected: str | None) -> tuple[str, ...]:
    session = replace(sessions.healthy(pki.good(VISIT.host)), injected=injected)
    smtp, _ = found(EVIDENCE, {VISIT: session}, ())
    return smtp.records[0].values


def test_plain_text_after_the_reply_to_starttls_is_explained() -> None:
    (line,) = set(lines("250 injected\\x0d\\x0a")) - set(lines(None))
    assert line.startswith("after the reply to STARTTLS, before TLS, came more in plain text")
    assert line.endswith(": 250 injected\\x0d\\x0a")
