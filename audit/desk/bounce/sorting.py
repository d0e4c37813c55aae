"""What kind of mail came: a bounce, a complaint, an answer of a program, or none of these.

A bounce for machines is `multipart/report` with a part `message/delivery-status` (RFC 3464); a complaint has
`message/feedback-report` (RFC 5965); a receipt is about a mail that did arrive (RFC 8098). Without such a part a bounce
is told by who sends it, nobody (`Return-Path: <>`, RFC 5321 section 4.5.5) or a mail server, and by its words. A
program that answers says so (`Auto-Submitted: auto-replied`, RFC 3834). What a person writes about a bounce is none.
"""

from __future__ import annotations

import re
from typing import Literal

from audit.catalog.bounces import BounceForm, Bounces
from audit.catalog.replies import holding
from audit.syntax.mail import Mail, plain_text

Kind = Literal["bounce", "delayed", "delivered", "feedback", "auto-reply", "none", "unparseable"]
Sort = Literal["report", "notice", "event", "feedback", "auto-reply", "none"]
FACE = 8 * 1024  # characters of a text in which its form is looked for
HEADS = ("from", "subject", "x-mailer", "received", "message-id", "user-agent")
STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_DAEMON = re.compile(
    r"mailer-?_?daemon|post_?master|mail.?delivery|mdaemon|system administrator|microsoft ?exchange|internet mail",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"^(?:auto(?:matic|matische|matisch)?[ :-]{1,2}(?:reply|response|antwort)|automatische antwort|autoreply|out of "
    r"(?:the )?office|abwesenheit|r.ponse automatique|absence|respuesta autom.tica|risposta automatica)",
    re.IGNORECASE,
)
_EVENT = re.compile(r'\A\s{0,200}\{\s{0,20}"(?:notificationType|eventType|Type)"')


def sort(mail: Mail, text: str, known: Bounces) -> tuple[Sort, BounceForm | None]:
    """What kind a mail is, and whose words it has."""
    types = {part.type for part in mail.parts}
    form = form_of(mail, text, known)
    if "message/feedback-report" in types or mail.headers.get("x-hmxmroriginalrecipient"):
        return "feedback", None
    if "message/disposition-notification" in types:
        return "none", None
    if types & STATUS_TYPES:
        return "report", form
    if _EVENT.match(text) and '"bouncedRecipients"' in text:
        return "event", None
    if _automatic(mail) and form is not None:
        return "notice", form
    return ("auto-reply" if _answers(mail) else "none"), None


def notice_text(mail: Mail) -> str:
    """The text for people: all that comes before the copy of the mail, the page where there is no plain text."""
    plain, pages = list[str](), list[str]()
    for part in mail.parts:
        if part.type.startswith("message/") or part.type == "text/rfc822-headers":
            break
        if part.type == "text/html":
            pages.append(part.text)
        elif part.type.startswith(("text/", "multipart/", "application/json")):
            plain.append(part.text)
    return "\n".join(plain) if any(t.strip() for t in plain) else "\n".join(map(plain_text, pages))


def form_of(mail: Mail, text: str, known: Bounces) -> BounceForm | None:
    """The first form whose words a mail has."""
    heads = "\n".join(f"{name}: {value}" for name in HEADS for value in mail.headers.all(name))[:FACE]
    face = text[:FACE]
    return next(
        (
            form
            for form in known.forms
            if (not form.heads or holding(form.heads, heads)) and (not form.says or holding(form.says, face))
        ),
        None,
    )


def _automatic(mail: Mail) -> bool:
    """Whether nobody, or a mail server, is the sender."""
    sender = f"{mail.headers.get('from')} {mail.headers.get('sender')} {mail.headers.get('return-path')}"
    return mail.headers.get("return-path").strip() == "<>" or _DAEMON.search(sender) is not None


def _answers(mail: Mail) -> bool:
    return (
        mail.headers.get("auto-submitted").lower().startswith("auto-replied")
        or mail.headers.get("precedence").lower() == "auto_reply"
        or any(mail.headers.get(name) for name in ("x-autoreply", "x-autorespond"))
        or _ANSWER.match(mail.headers.get("subject")) is not None
    )
