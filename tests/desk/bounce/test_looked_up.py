"""Replies of iCloud and Amazon SES that others wrote down, word for word; the labelled mails are from memory.

Looked up on 30 November 2026: smtp.codes/icloud, suped.com on bounces of iCloud, and the page of AWS's knowledge center
on the suppression list of SES.
"""

from __future__ import annotations

import pytest

from audit.desk.diagnosis import diagnose

ICLOUD, SES = "mx01.mail.icloud.com", ""
PAGE = "https://support.apple.com/en-us/HT204137"
POLICY = f"Message rejected due to local policy. Please visit {PAGE}"
LISTED = (
    "Your email was rejected due to having a domain present in the Spamhaus DBL -- see https://www.spamhaus.org/dbl/"
)
LATELY = "has suppressed sending to this address because it has a recent history of bouncing as an invalid address."
ACCOUNT = "did not send the message to this address because it is on the suppression list for your account."
CASES = [
    (ICLOUD, "550 5.1.1 <lee@icloud.com>: user does not exist", "hard-address", True),
    (ICLOUD, "450 4.2.2 <lee@icloud.com>: user is overquota", "soft-mailbox", False),
    (
        ICLOUD,
        f"421 4.7.1 Messages to lee@icloud.com deferred due to excessive volume. Try again later - {PAGE}",
        "rate",
        False,
    ),
    (ICLOUD, f"550 5.7.1 [CS01] {POLICY}", "policy-block", True),
    (ICLOUD, f"554 5.7.1 [HM08] {POLICY}", "reputation-block", True),
    (ICLOUD, "550 5.7.1 Your message was rejected due to shop.example DMARC policy.", "auth-fail", True),
    (ICLOUD, f"550 5.7.1 {LISTED}", "reputation-block", True),
    (SES, f"Amazon SES {LATELY}", "hard-address", True),
    (SES, f"Amazon SES {ACCOUNT}", "hard-address", True),
]


@pytest.mark.parametrize(("host", "reply", "kind", "permanent"), CASES)
def test_it_is_told_as_what_it_is(host: str, reply: str, kind: str, permanent: bool) -> None:
    told = diagnose(reply, host=host)
    assert (told.kind.id, told.permanent) == (kind, permanent)
