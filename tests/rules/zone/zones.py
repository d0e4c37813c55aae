"""A sound zone with two name servers, delegated by its registry; a case changes one thing of it."""

from __future__ import annotations

PARENT = """
example.            SOA   a.nic.example. hostmaster.nic.example. 1 1800 900 1209600 300
example.            NS    a.nic.example.
a.nic.example.      A     198.51.100.1
"""
REFERRAL = "story.example. NS@198.51.100.1 referral ns1.story.example=192.0.2.53 ns2.story.example=198.51.100.53\n"
SOA = "story.example. SOA ns1.story.example. hostmaster.story.example. 7 3600 900 1209600 3600\n"
OWN = "story.example. NS ns1.story.example.\nstory.example. NS ns2.story.example.\n"
HOSTS = """
ns1.story.example.  A     192.0.2.53
ns2.story.example.  A     198.51.100.53
"""
DUAL = HOSTS + "ns1.story.example. AAAA 2001:db8:1::53\n"
MAIL = """
story.example.      MX    10 mx.story.example.
story.example.      TXT   "v=spf1 mx -all"
mx.story.example.   A     192.0.2.25
"""
ZONE = PARENT + REFERRAL + SOA + OWN + MAIL
SOUND = ZONE + DUAL
ONE, TWO, SIX = "192.0.2.53", "198.51.100.53", "2001:db8:1::53"
FIRST, SECOND, BY_IPV6 = f"ns1.story.example {ONE}", f"ns2.story.example {TWO}", f"ns1.story.example {SIX}"


def mark(server: str, what: str, rdtype: str = "ANY") -> str:
    """A line on how one server answers for the zone."""
    return f"story.example. {rdtype}@{server} {what}\n"
