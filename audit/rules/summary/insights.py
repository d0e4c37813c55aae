"""What troubles many domains at once: an include, a host, an address, a key or a list entry that at least two share.

Mended once, it is mended for all of them. A finding names its causes, or its subject is one: domains share hosts,
addresses and list entries. Of a server both its host and its address may be shared (many names can lead to one
machine); where both would say the same, the one that covers more domains speaks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import field
from itertools import permutations
from typing import TypeAlias

from audit.model.recurrence import Recurrence
from audit.model.report import DomainReport, Finding, Glance, Insight, Result, Severity, SubjectName, glances
from audit.model.value import dataclass
from audit.rules.rule import ORDER

SHARED = frozenset(
    {
        "host",
        "address",
        "list_entry",
        "name_entry",
        "helo_name",
        "name_server",
        "listed_name",
        "report_mailbox",
        "certified_name",
    }
)  # the kinds of subject that several domains may have in common
NAMED = 100  # domains of one insight that are named; all are counted
FEWEST = 2


Key: TypeAlias = tuple[str, SubjectName]  # what one cause does by one rule


@dataclass(slots=True)
class _Trouble:
    """What one cause does by one rule, as far as domains were read."""

    severity: Severity
    message: str | None
    publish: tuple[str, ...]
    affected: int = 0
    named: list[str] = field(default_factory=list)

    def add(self, finding: Finding, severity: Severity) -> None:
        self.severity = min(self.severity, severity, key=ORDER.index)
        self.message = self.message if self.message == finding.message else None
        self.publish = self.publish if self.publish == finding.publish else ()

    def count(self, domain: str) -> None:
        self.affected += 1
        if len(self.named) < NAMED:
            self.named.append(domain)


class Sharing:
    """What domains share, found in two passes over them: most causes trouble one domain alone, and only those that the
    first pass met twice are counted by the second. Each domain comes once."""

    def __init__(self) -> None:
        self._met = Recurrence()

    def note(self, report: DomainReport | Glance) -> None:
        """A domain of the first pass."""
        for rule, cause in {(f.rule, cause) for f, _ in _counting(report) for cause in _causes(f)}:
            self._met.note(_text(rule, cause))

    def insights(self, domains: Collection[DomainReport]) -> tuple[Insight, ...]:
        """The causes that several domains share, the gravest and then the most frequent first, from all the domains
        once more. Of each cause the first domains are named; all are counted.

        Remarks (severity `info`) do not count: what comes first is what is worth mending.
        """
        if not self._met.any:
            return ()
        counting = _Counting(self._met)
        for report in glances(domains):
            counting.add(report)
        return counting.insights()


def insights(domains: Collection[DomainReport]) -> tuple[Insight, ...]:
    """What several of these domains share."""
    sharing = Sharing()
    for report in domains:
        sharing.note(report)
    return sharing.insights(domains)


class _Counting:
    """The second pass."""

    def __init__(self, met: Recurrence) -> None:
        self._met = met
        self._troubles: dict[Key, _Trouble] = {}
        self._paired: dict[tuple[str, SubjectName, SubjectName], None] = {}  # a host, and an address of it
        self._both: Counter[tuple[str, SubjectName, SubjectName]] = Counter()  # domains that have both

    def add(self, report: DomainReport | Glance) -> None:
        here: dict[str, dict[SubjectName, None]] = {}
        of_servers: set[str] = set()
        for finding, severity in _counting(report):
            causes = tuple(c for c in _causes(finding) if self._met.again(_text(finding.rule, c)))
            for cause in causes:
                fresh = _Trouble(severity, finding.message, finding.publish)
                self._troubles.setdefault((finding.rule, cause), fresh).add(finding, severity)
                here.setdefault(finding.rule, {})[cause] = None
            if finding.subject.kind == "server":
                of_servers.add(finding.rule)
                if len(causes) == 2:
                    self._paired[finding.rule, causes[0], causes[1]] = None
        for rule, met in here.items():
            for cause in met:
                self._troubles[rule, cause].count(report.domain or "")
        for rule in of_servers:
            self._both.update((rule, *pair) for pair in permutations(here.get(rule, ()), 2))

    def insights(self) -> tuple[Insight, ...]:
        shared = {key: trouble for key, trouble in self._troubles.items() if trouble.affected >= FEWEST}
        for rule, host, address in self._paired:
            self._keep_the_wider(shared, (rule, host), (rule, address))
        return tuple(sorted((_insight(*key, trouble) for key, trouble in shared.items()), key=_rank))

    def _keep_the_wider(self, shared: dict[Key, _Trouble], host: Key, address: Key) -> None:
        """Of a host and an address of it, drop the one that says nothing more."""
        if host not in shared or address not in shared:
            return
        both = self._both[(*host, address[1])]
        if shared[address].affected == both:
            del shared[address]
        elif shared[host].affected == both:
            del shared[host]


def _counting(report: DomainReport | Glance) -> Iterator[tuple[Finding, Severity]]:
    """What of a domain counts, and how grave it is."""
    for finding in report.findings if report.domain is not None else ():
        severity = finding.severity
        if finding.result is Result.FAIL and severity is not None and severity is not Severity.INFO:
            yield finding, severity


def _text(rule: str, cause: SubjectName) -> str:
    return f"{rule} {cause.kind} {cause.name}"


def _causes(finding: Finding) -> Iterator[SubjectName]:
    """What it comes from, as far as that may be shared."""
    if finding.causes:
        yield from dict.fromkeys(finding.causes)
    elif finding.subject.kind == "server":
        host, _, address = finding.subject.name.partition(" ")
        yield SubjectName(kind="host", name=host)
        yield SubjectName(kind="address", name=address)
    elif finding.subject.kind in SHARED:
        yield finding.subject


def _insight(rule: str, cause: SubjectName, trouble: _Trouble) -> Insight:
    return Insight(
        rule=rule,
        cause=cause,
        severity=trouble.severity,
        message=trouble.message,
        affected=trouble.affected,
        domains=tuple(trouble.named),
        publish=trouble.publish,
    )


def _rank(insight: Insight) -> tuple[int, int, str, str, str]:
    return ORDER.index(insight.severity), -insight.affected, insight.rule, insight.cause.kind, insight.cause.name
