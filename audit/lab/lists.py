"""The lab's two blocklists (RFC 5782): one well kept, and one that was given up and now lists the whole world."""

from __future__ import annotations

from ipaddress import ip_address

from audit.catalog.blocklists import Blocklists, load_blocklists
from audit.lab.story import addresses, apex, txt

GOOD_LIST, DEAD_LIST = "bl.lab.example", "dead-bl.lab.example"
LISTED = addresses(50)[0]  # of listed.example


def blocklists() -> Blocklists:
    """The two lists, as those that only a user knows: by their zones, without an entry in the catalogue."""
    return load_blocklists().selected((GOOD_LIST, DEAD_LIST))


def records() -> tuple[str, ...]:
    """A blocklist with the test entries of RFC 5782 section 5 and one listed address, and one that lists the world."""
    entries = ("127.0.0.2", "::ffff:127.0.0.2", LISTED)
    listed = (
        record
        for address in entries
        for owner in (entry(address, GOOD_LIST),)
        for record in (f"{owner} A 127.0.0.2", txt(owner, f"{address} sent mail to a trap, see https://{GOOD_LIST}/"))
    )
    return (
        *apex(GOOD_LIST),
        *listed,
        *apex(DEAD_LIST),
        f"*.{DEAD_LIST} A 127.0.0.2",
        txt(f"*.{DEAD_LIST}", "this list is no longer maintained"),
    )


def entry(address: str, zone: str) -> str:
    """The name under which a blocklist keeps an address: its parts reversed, below the zone (RFC 5782 section 2)."""
    reversed_parts = ip_address(address).reverse_pointer
    return f"{reversed_parts.removesuffix('.in-addr.arpa').removesuffix('.ip6.arpa')}.{zone}"
