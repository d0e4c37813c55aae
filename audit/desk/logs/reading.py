"""Lines in, a tally out.

Who wrote a line is told by its tag: `postfix/smtp`, `exim`, `sendmail` or `sm-mta`, `smtpd` of OpenSMTPD. What no time
can be read of is counted and the first of it kept; what other programs write is passed over.
"""

from __future__ import annotations

from audit.desk.logs import exim, others, postfix
from audit.desk.logs.events import Delivery, Entry, Event
from audit.desk.logs.hiding import Hiding
from audit.desk.logs.lines import inner, split
from audit.desk.logs.stamps import Stamps
from audit.desk.logs.tally import Tally

SAMPLES = 5


class LogReader:
    """Reads lines, one after the other. `since` and `until` are in seconds since 1970."""

    def __init__(
        self, stamps: Stamps, tally: Tally, hiding: Hiding, *, since: float | None = None, until: float | None = None
    ) -> None:
        self.stamps, self.tally = stamps, tally
        self._hiding, self._since, self._until = hiding, since, until
        self.lines = self.counted = self.unparsed = 0
        self.samples: list[str] = []
        self.servers: set[str] = set()

    def line(self, text: str) -> None:
        """Take one line, without its end."""
        self.lines += 1
        entry = split(text, self.stamps)
        if entry is None:
            if text.strip():
                self.unparsed += 1
                if len(self.samples) < SAMPLES:
                    self.samples.append(self._hiding.text(text[:300]))
            return
        self._take(entry)

    def entry(self, entry: Entry) -> None:
        """Take one that was split already, as the journal has it."""
        self.lines += 1
        self._take(entry)

    def _take(self, entry: Entry) -> None:
        moment = entry.moment
        if moment is not None and (
            (self._since is not None and moment < self._since) or (self._until is not None and moment >= self._until)
        ):
            return
        event = self._event(entry)
        if event is None:
            return
        self.counted += 1
        if isinstance(event, Delivery) and event.via == "out" and not event.tls:
            self.tally.tls_for(entry.pid, event)
        self.tally.add(event, moment)

    def _event(self, entry: Entry) -> Event | None:
        program = entry.program
        if "/" in program:
            self.servers.add("Postfix") if program[:7] == "postfix" else None
            return postfix.event(entry)
        if program[:4] == "exim":
            if entry.text[:4].isdigit():
                entry = inner(entry, self.stamps)
            event, name = exim.event(entry), "Exim"
        elif program in {"sendmail", "sm-mta", "sm-msp-queue", "sm-acceptingconnections"}:
            event, name = others.sendmail(entry), "Sendmail"
        elif program == "smtpd":
            event, name = others.opensmtpd(entry), "OpenSMTPD"
        else:
            return None
        if event is not None:
            self.servers.add(name)
        return event
