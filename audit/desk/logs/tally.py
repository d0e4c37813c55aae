"""What the lines of a log come to, in constant memory.

A delivery is joined with the beginning of its mail by the queue id, in a table with a bound: the mail that was longest
not heard of falls out, and is counted. Days are those of UTC.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from audit.catalog.providers import load_providers
from audit.catalog.suffixes import registry_domain
from audit.desk.logs.causes import Causes
from audit.desk.logs.events import Delivery, Event, Gone, Received, Reject, Tls
from audit.desk.logs.hiding import Hiding
from audit.desk.logs.measure import OTHERS, Delays, count

MAX_OPEN, MAX_PROCESSES, MAX_PLACES, MAX_DAYS = 100_000, 5_000, 500, 4_000
DAY = 86400


@dataclass(slots=True)
class Traffic:
    """What became of attempts: at a provider, or on a day."""

    outcomes: Counter[str] = field(default_factory=Counter)
    delays: Delays = field(default_factory=Delays)
    tls: Counter[str] = field(default_factory=Counter)
    days: dict[int, list[int]] = field(default_factory=dict)  # a day's attempts, and those that failed


@dataclass(slots=True)
class _Mail:
    sender: str = ""
    begun: bool = False
    counted: bool = False
    sized: bool = False
    waits_at: str = ""  # the place that deferred it last


class Tally:
    """Counts events as they come."""

    def __init__(self, hiding: Hiding, *, domain: str = "", most_open: int = MAX_OPEN) -> None:
        self._open: OrderedDict[str, _Mail] = OrderedDict()
        self._tls: OrderedDict[str, Tls] = OrderedDict()
        self._most, self._domain = most_open, domain.lower()
        self.totals: Counter[str] = Counter()
        self.octets = 0
        self.forgotten = self.unjoined = 0
        self.first: float | None = None
        self.last: float | None = None
        self.delays = Delays()
        self.tls: dict[str, Counter[str]] = {"out": Counter(), "in": Counter()}
        self.providers: dict[str, Traffic] = {}
        self.days: dict[int, Counter[str]] = {}
        self.causes = Causes(hiding)

    def add(self, event: Event, moment: float | None) -> None:
        if moment is not None:
            self.first = moment if self.first is None or moment < self.first else self.first
            self.last = moment if self.last is None or moment > self.last else self.last
        if isinstance(event, Delivery):
            self._delivery(event, moment)
        elif isinstance(event, Received):
            self._received(event, moment)
        elif isinstance(event, Gone):
            self._open.pop(event.id, None)
        elif isinstance(event, Reject):
            self._reject(event, moment)
        else:
            self._encrypted(event)

    @property
    def waiting(self) -> int:
        """Mails of which the log says that they were deferred, and not that they are gone."""
        return sum(mail.waits_at != "" for mail in self._open.values())

    def _received(self, event: Received, moment: float | None) -> None:
        mail = self._mail(event.id)
        if event.begins:
            if mail.begun:  # the id is used again
                mail = self._open[event.id] = _Mail()
            mail.begun = True
        if event.sender:
            mail.sender = event.sender
        if not mail.begun or (self._domain and not self._concerns(mail.sender)):
            return  # a bounce that the server makes itself has no beginning
        if not mail.counted:
            mail.counted = True
            self.totals["received"] += 1
            self._on_day(moment, "received")
        if event.size and not mail.sized:
            mail.sized = True
            self.octets += event.size

    def _delivery(self, event: Delivery, moment: float | None) -> None:
        mail = self._open.get(event.id)
        sender = mail.sender if mail else ""
        place = provider(event.host, event.recipient) if event.via == "out" else "(this machine)"
        if mail is None:
            self.unjoined += 1
        else:
            if not event.recipient and mail.waits_at:  # Postfix gives up a mail, not its recipients
                place = mail.waits_at
            mail.waits_at = place if event.outcome == "deferred" else ""
        if self._domain and not (self._concerns(event.recipient) or self._concerns(sender)):
            return
        self.totals[event.outcome] += 1
        self.totals[event.via] += 1
        self._on_day(moment, event.outcome)
        traffic = self._traffic(place)
        traffic.outcomes[event.outcome] += 1
        if event.delay is not None and event.outcome == "sent":
            self.delays.add(event.delay)
            traffic.delays.add(event.delay)
        if event.via == "out" and event.outcome == "sent":
            version = event.tls or "not told"
            traffic.tls[version] += 1
            count(self.tls["out"], version, 20)
        if moment is not None:
            day = traffic.days.setdefault(int(moment // DAY), [0, 0]) if len(traffic.days) < MAX_DAYS else [0, 0]
            day[0] += 1
            day[1] += event.outcome != "sent"
        if event.outcome != "sent":
            self.causes.add(
                event.reply,
                way=event.outcome,
                host=event.host,
                place=place,
                sender=_domain_of(sender),
                recipient=event.recipient,
                moment=moment,
            )

    def _reject(self, event: Reject, moment: float | None) -> None:
        if self._domain and not (self._concerns(event.recipient) or self._concerns(event.sender)):
            return
        self.totals["rejected"] += 1
        self.totals["rejected_for_now" if event.temporary else "rejected_for_good"] += 1
        self._on_day(moment, "rejected")
        client = event.client.partition("[")[0] or event.client
        self.causes.add(
            event.reply,
            way="rejected",
            host="",
            place=registry_domain(client) or client[:255] or "(unknown)",
            sender=_domain_of(event.sender),
            recipient=event.recipient,
            moment=moment,
        )

    def _encrypted(self, event: Tls) -> None:
        if event.way == "in":
            count(self.tls["in"], event.version, 20)
            return
        self._tls[event.pid] = event
        self._tls.move_to_end(event.pid)
        if len(self._tls) > MAX_PROCESSES:
            self._tls.popitem(last=False)

    def tls_for(self, pid: str, event: Delivery) -> None:
        """Give a delivery the TLS of the connection that its process has made to that host."""
        found = self._tls.get(pid)
        if found is not None and event.via == "out" and not event.tls:
            same = not found.peer or event.host in found.peer.lower() or (event.address and event.address in found.peer)
            event.tls = found.version if same else ""

    def _mail(self, id: str) -> _Mail:
        mail = self._open.get(id)
        if mail is None:
            mail = self._open[id] = _Mail()
            if len(self._open) > self._most:
                self._open.popitem(last=False)
                self.forgotten += 1
        else:
            self._open.move_to_end(id)
        return mail

    def _concerns(self, address: str) -> bool:
        domain = _domain_of(address)
        return domain == self._domain or domain.endswith(f".{self._domain}")

    def _traffic(self, place: str) -> Traffic:
        if place not in self.providers and len(self.providers) >= MAX_PLACES:
            place = OTHERS
        return self.providers.setdefault(place, Traffic())

    def _on_day(self, moment: float | None, what: str) -> None:
        if moment is not None and ((day := int(moment // DAY)) in self.days or len(self.days) < MAX_DAYS):
            self.days.setdefault(day, Counter())[what] += 1


def day_text(day: int) -> str:
    return datetime.fromtimestamp(day * DAY, UTC).date().isoformat()


def _domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()[:253] if "@" in address else ""


@lru_cache(4096)
def _provider(host: str, domain: str) -> str:
    if ":" in host or host[-1:].isdecimal():  # an address: nobody's domain
        return host
    known = load_providers().of_mx(host) if host else None
    return known.name if known else registry_domain(host) or host or registry_domain(domain) or domain or "(unknown)"


def provider(host: str, recipient: str) -> str:
    """Who takes the mail: the provider of the host, else its registered domain, else the recipient's."""
    return _provider(host if host != "none" else "", _domain_of(recipient))
