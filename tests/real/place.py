"""Where the real servers listen: loopback addresses with the usual ports, since a delegation and an MX name no port."""

from __future__ import annotations

import os
from dataclasses import dataclass

FIRST_NET = 10


@dataclass(frozen=True, slots=True)
class Place:
    """127.`net`.0.0/16. Each worker of pytest-xdist has one of its own, so that two can run side by side."""

    net: int

    @classmethod
    def of_this_process(cls) -> Place:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        return cls(FIRST_NET + int(worker))

    @property
    def root(self) -> str:
        return f"127.{self.net}.0.1"

    @property
    def tld(self) -> str:
        return f"127.{self.net}.0.2"

    @property
    def domains(self) -> str:
        return f"127.{self.net}.0.3"

    @property
    def lists(self) -> str:
        return f"127.{self.net}.0.4"

    @property
    def resolver(self) -> str:
        return f"127.{self.net}.0.53"

    @property
    def listed(self) -> str:
        """An address that the blocklist names; nobody listens there."""
        return self.mail(7)

    def mail(self, number: int) -> str:
        return f"127.{self.net}.1.{number}"

    def engine(self, number: int) -> str:
        """Where the TLS of a mail host is done, behind its SMTP."""
        return f"127.{self.net}.2.{number}"

    @property
    def reverse(self) -> str:
        return f"{self.net}.127.in-addr.arpa"
