"""What an audit found, beside what servers said."""

from __future__ import annotations

import pytest

from audit.desk.logs.causes import Causes
from audit.desk.logs.hiding import Hiding
from audit.desk.logs.joining import Failure, joined
from audit.desk.logs.rises import rises

PTR = Failure("PTR-MISSING", "shop.example", "address", "203.0.113.7", "no PTR")
OTHER = Failure("PTR-MISSING", "shop.example", "address", "203.0.113.8", "no PTR")
SPF = Failure("SPF-MISSING", "shop.example", "domain", "shop.example", "no SPF")
DKIM = Failure("DKIM-NONE", "shop.example", "domain", "shop.example", "no key")
FOREIGN = Failure("SPF-MISSING", "else.example", "domain", "else.example", "no SPF")
LISTED = Failure("DNSBL-IP-LISTED", "shop.example", "list_entry", "203.0.113.7 zen.spamhaus.org", "listed")
LISTED_ELSEWHERE = Failure("DNSBL-IP-LISTED", "else.example", "list_entry", "198.51.100.7 zen.spamhaus.org", "listed")
ALL = (PTR, OTHER, SPF, DKIM, FOREIGN, LISTED, LISTED_ELSEWHERE)
MX = "host gmail-smtp-in.l.google.com[192.0.2.9] said: "


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (MX + "550-5.7.25 [203.0.113.7] The IP address sending this message does not have a PTR record", [PTR]),
        (MX + "550-5.7.26 This mail has been blocked because the sender is unauthenticated", [SPF, DKIM]),
        (MX + "554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using zen.spamhaus.org", [LISTED]),
        (MX + "554 5.7.1 Service unavailable; blocked using zen.spamhaus.org", [LISTED]),
        (MX + "554 5.7.1 Service unavailable; see https://www.spamhaus.org/query/", [LISTED]),
        (MX + "554 5.7.1 Your address is listed by Spamhaus", [LISTED]),
        (MX + "554 5.7.1 Service unavailable; blocked using bl.spamcop.net", []),
        (MX + "554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org", []),
        (MX + "554 5.7.1 rejected: on a blocklist", []),
        (MX + "550 5.1.1 User unknown", []),
    ],
)
def test_a_refusal_is_tied_to_the_finding_that_explains_it(reply: str, wanted: list[Failure]) -> None:
    causes = Causes(Hiding(b"k"))
    cause = causes.add(
        reply,
        way="bounced",
        host="gmail-smtp-in.l.google.com",
        place="Google",
        sender="shop.example",
        recipient="a@b.example",
        moment=None,
    )
    assert cause is not None
    assert joined(cause, ALL) == wanted


def test_many_different_replies_take_a_bounded_place() -> None:
    causes = Causes(Hiding(b"k"))
    letters = "abcdefghijklmnop"
    for number in range(3500):
        word = "".join(letters[number >> shift & 15] for shift in (0, 4, 8))
        text = f"550 5.7.1 {word} is refused"
        causes.add(text, way="bounced", host="", place="x", sender="", recipient="", moment=None)
    assert causes.by_code_alone == 500
    assert sum(cause.count for cause in causes.top()) == 3500


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ({1: [100, 2], 2: [100, 2], 3: [100, 2], 4: [100, 30]}, [4]),
        ({1: [100, 2], 2: [100, 2], 3: [100, 2], 4: [100, 19]}, []),
        ({2: [100, 2], 3: [100, 2], 4: [100, 30]}, []),
        ({1: [100, 15], 2: [100, 15], 3: [100, 15], 4: [100, 40]}, []),
        ({1: [100, 10], 2: [100, 10], 3: [100, 10], 4: [900, 90]}, []),
    ],
)
def test_a_rise_is_told_by_its_rule(days: dict[int, list[int]], found: list[int]) -> None:
    assert [rise.day for rise in rises("x", days)] == found
