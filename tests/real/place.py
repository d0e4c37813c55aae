"""Where the real servers listen: loopback addresses with the usual ports, since a delegation and an MX name no port."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

NETS = range(10, 42)


@dataclass(frozen=True, slots=True)
class Place:
    """The addresses in 127.`net`.0.0/16."""

    net: int

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


def _bound(end: socket.socket, address: str) -> bool:
    """Whether port 53 of an address was free, and is now this end's.

    Raises:
        OSError: it may not be bound at all.
    """
    try:
        end.bind((address, 53))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True


def _vacant(place: Place) -> bool:
    """Whether no server is left there of a run that was killed."""
    for address in (place.root, place.tld, place.domains, place.lists, place.resolver):
        with socket.socket(type=socket.SOCK_DGRAM) as end:
            if not _bound(end, address):
                return False
    return True


@contextmanager
def claimed() -> Iterator[Place]:
    """A place that is nobody else's, so that two test runs, or two workers of one, don't meet.

    Whoever has bound port 53 of its last address holds it; the kernel gives it back, whatever becomes of us.

    Raises:
        OSError: there is none, or port 53 may not be bound.
    """
    with ExitStack() as stack:
        for net in NETS:
            claim = stack.enter_context(socket.socket())
            place = Place(net)
            if _bound(claim, f"127.{net}.0.254") and _vacant(place):
                yield place
                return
        raise OSError(errno.EADDRINUSE, "every place is taken")
