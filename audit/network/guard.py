"""The guard: who controls a domain's DNS chooses the addresses that are dialled, so each is judged before it is.

Without it an MX record that points to 169.254.169.254 or 127.0.0.1 would turn the auditor into a door to its network
(server-side request forgery). What the user names (a resolver, a `connect_to` target, an allowed range) is trusted.
"""

from __future__ import annotations

from ipaddress import ip_network

from audit.syntax.addresses import special_use


class Guard:
    """Judges addresses. Ranges in `allow_net` are ordinary, as for the rules.

    Raises:
        ValueError: a range is not a CIDR range.
    """

    def __init__(self, allow_net: tuple[str, ...] = ()) -> None:
        for range_ in allow_net:
            ip_network(range_)
        self._allowed = allow_net

    def refusal(self, address: str) -> str | None:
        """Why an address may not be dialled (`private`, `loopback` …), or None when it may."""
        return special_use(address, self._allowed)
