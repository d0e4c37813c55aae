"""Which list a reply speaks of, and where to go."""

from __future__ import annotations

import pytest

from audit.desk.diagnosis import diagnose
from audit.desk.listing import listing


@pytest.mark.parametrize(
    ("text", "name", "word"),
    [
        ("blocked using zen.spamhaus.org; see", "Spamhaus ZEN", "https://check.spamhaus.org/"),
        ("see https://www.spamhaus.org/query/ip/192.0.2.1", "Spamhaus ZEN", "https://check.spamhaus.org/"),
        ("listed in DBL.SPAMHAUS.ORG.", "Spamhaus Domain Blocklist", "https://check.spamhaus.org/"),
        ("using combined.mail.abusix.zone", "Abusix combined", "https://lookup.abusix.com/"),
        ("using dnsbl-2.uceprotect.net", "UCEPROTECT level 2", "https://www.uceprotect.net/"),
        ("using truncate.gbudb.net", "GBUdb Truncate", "ask for removal there"),
        ("using dul.dnsbl.sorbs.net", "sorbs.net", "ask the receiver's postmaster to stop asking it"),
        ("using ix.dnsbl.manitu.net", "ix.dnsbl.manitu.net", "It removes nobody"),
        ("using list.dnswl.org", None, ""),  # a list of good senders
        ("using zen.spamhaus.org.evil.example", None, ""),
        ("user@zen.spamhaus.org", None, ""),
        ("our own list", None, ""),
        ("a." * 3000, None, ""),
    ],
)
def test_the_list_is_known_by_its_zone_or_its_pages(text: str, name: str | None, word: str) -> None:
    found = listing(text)
    assert (found and found.name) == name
    assert found is None or word in found.advice


def test_where_to_go_comes_first() -> None:
    told = diagnose("554 5.7.1 Client host [192.0.2.1] blocked using bl.spamcop.net")
    assert (told.kind.id, told.blocklist) == ("reputation-block", "SpamCop Blocking List")
    assert "https://www.spamcop.net/bl.shtml" in told.advice[0]
    assert len(told.advice) > 1


def test_only_a_listing_is_looked_for() -> None:
    assert diagnose("550 5.1.1 <a@zen.spamhaus.org>: user unknown").blocklist is None
