"""The lab: an embedded mail internet in one process, on ephemeral ports of 127.0.0.1 and nowhere else.

Its zones use the documentation ranges (RFC 5737, RFC 3849), so that what is found in it looks as it would outside.
Where an address really listens says `connect_to`, as curl's option of that name does; an address that is not in it must
be refused by whoever dials.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from types import TracebackType
from typing import Self

from audit.catalog.blocklists import Blocklists
from audit.lab import lists
from audit.lab.authority import Authority, Manners, NameServer
from audit.lab.dns_server import open_dns, open_server
from audit.lab.https_server import WebHost, WebServer
from audit.lab.infrastructure import SERVERS, infrastructure
from audit.lab.listeners import LOOPBACK, Listeners
from audit.lab.pki import credentials, der, pem, root
from audit.lab.signing import SignedZones
from audit.lab.smtp_server import MailServer
from audit.lab.stories import STORIES
from audit.lab.story import MailHost, Story, addresses, host
from audit.lab.streams import tls_context
from audit.lab.zone import Zones, parse

SMTP_PORT, DNS_PORT, HTTPS_PORT = 25, 53, 443
ALLOW_NET = ("203.0.113.0/24", "198.51.100.0/24", "2001:db8:25::/64", "2001:db8:53::/64")
CANARIES = ("canary1.lab.example", "canary2.lab.example")


class Lab:
    """A running lab, as an asynchronous context. Nothing of it is left after the end.

    Before the start `ca_pem`, `ca_der`, `trust_anchors`, `allow_net`, `canaries`, `blocklists`, `list_text` and
    `stories` are there; after it also `nameserver`, a resolver, and `connect_to`. Certificates and signatures are made
    for the time `now`.

    Raises:
        OSError: (at the start) loopback gives no more ports.
    """

    allow_net: tuple[str, ...] = ALLOW_NET
    canaries: tuple[str, ...] = CANARIES

    def __init__(self, now: datetime, stories: tuple[Story, ...] = STORIES) -> None:
        self.stories = stories
        self._now = now.replace(microsecond=0)
        self._listeners = Listeners()
        self._signed = SignedZones(zones() if stories is STORIES else internet(stories), self._now)
        self.blocklists: Blocklists = lists.blocklists()
        self.ca_pem = pem(root(self._now))
        self.ca_der = der(root(self._now))
        self.trust_anchors: tuple[str, ...] = (self._signed.trust_anchor,)
        self.nameserver: tuple[str, int] = (LOOPBACK, 0)
        self.connect_to: dict[tuple[str, int], tuple[str, int]] = {}

    @property
    def list_text(self) -> str:
        """The lab's list of domains."""
        lines = (" ".join((story.domain, *story.options)) for story in self.stories)
        return "\n".join(("# The lab: each domain has one story.", *lines, ""))

    async def __aenter__(self) -> Self:
        try:
            self.nameserver = await open_dns(self._signed, self._listeners)
            for server in name_servers(self.stories):
                await self._tell(server)
            for each in mail_hosts(self.stories):
                await self._serve(each)
            for web in web_hosts(self.stories):
                await self._show(web)
        except BaseException:
            await self._listeners.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._listeners.close()

    async def _tell(self, server: NameServer) -> None:
        respond = Authority.of(server, self._signed).answer
        listening = await open_server(
            respond,
            self._listeners,
            by_tcp=server.manners is not Manners.WITHOUT_TCP,
            edns=server.manners is not Manners.WITHOUT_EDNS,
        )
        for address in server.addresses:
            self.connect_to[address, DNS_PORT] = listening

    async def _serve(self, mail_host: MailHost) -> None:
        shown = credentials(mail_host.name, mail_host.certificate, self._now, mail_host.also)
        server = MailServer(mail_host.name, mail_host.behaviour, tls_context(shown))
        for address in mail_host.addresses:
            port = await self._listeners.open(server.converse)
            self.connect_to[address, SMTP_PORT] = (LOOPBACK, port)

    async def _show(self, web: WebHost) -> None:
        shown = credentials(web.name, web.certificate, self._now)
        server = WebServer(web.pages, tls_context(shown))
        for address in web.addresses:
            port = await self._listeners.open(server.converse)
            self.connect_to[address, HTTPS_PORT] = (LOOPBACK, port)


def mail_hosts(stories: tuple[Story, ...] = STORIES) -> tuple[MailHost, ...]:
    """Every host that listens on port 25: those of the stories, and the canaries."""
    told = (each for story in stories for each in story.hosts)
    canaries = (MailHost(name=name, addresses=addresses(at)) for at, name in enumerate(CANARIES, 1))
    return (*told, *canaries)


def web_hosts(stories: tuple[Story, ...] = STORIES) -> tuple[WebHost, ...]:
    """Every host that listens on port 443."""
    return tuple(each for story in stories for each in story.webs)


def name_servers(stories: tuple[Story, ...] = STORIES) -> tuple[NameServer, ...]:
    """Every server that listens on port 53: those of the root, of `example`, of most domains, and of some stories."""
    return (*SERVERS, *(each for story in stories for each in story.servers))


@cache
def zones(*more: str) -> Zones:
    """The data of the lab as it is shipped, and more lines of zone text."""
    return internet(STORIES, *more)


def internet(stories: tuple[Story, ...], *more: str) -> Zones:
    """The data of a whole internet: root, reverse zones, blocklists, the domains of the stories, and more lines."""
    canaries = (line for at, name in enumerate(CANARIES, 1) for line in host(name, at))
    told = (line for story in stories for line in story.zone)
    return parse((*infrastructure(), *canaries, *lists.records(), *told, *more))
