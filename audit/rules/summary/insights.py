"""What troubles many domains at once: an include, a host, an address, a key or a list entry that at least two share.

Mended once, it is mended for all of them. A finding names its causes, or its subject is one: domains share hosts,
addresses and list entries. Of a server both its host and its address may be shared (many names can lead to one
machine); where both would say the same, the one that covers more domains speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from audit.model.report import DomainReport, Finding, Insight, Result, Severity, SubjectName
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


@dataclass(slots=True)
class _Trouble:
    """What one cause does by one rule, as far as domains were read."""

    severity: Severity
    message: str | None
    publish: tuple[str, ...]
    domains: dict[str, None] = field(default_factory=dict)

    def add(self, domain: str, finding: Finding, severity: Severity) -> None:
        self.severity = min(self.severity, severity, key=ORDER.index)
        self.message = self.message if self.message == finding.message else None
        self.publish = self.publish if self.publish == finding.publish else ()
        self.domains[domain] = None


def insights(domains: Iterable[DomainReport]) -> tuple[Insight, ...]:
    """The causes that several domains share, the gravest and then the most frequent first.

    Remarks (severity `info`) do not count: what comes first is what is worth mending. Of each domain only its name is
    kept, so that the domains may come one by one.
    """
    troubles: dict[tuple[str, SubjectName], _Trouble] = {}
    paired: dict[tuple[str, SubjectName, SubjectName], None] = {}
    for report in domains:
        for finding in report.findings:
            severity = finding.severity
            if report.domain is None or finding.result is not Result.FAIL or severity in (None, Severity.INFO):
                continue
            causes = tuple(_causes(finding))
            for cause in causes:
                fresh = _Trouble(severity, finding.message, finding.publish)
                troubles.setdefault((finding.rule, cause), fresh).add(report.domain, finding, severity)
            if finding.subject.kind == "server" and len(causes) == 2:
                paired[finding.rule, causes[0], causes[1]] = None
    shared = {key: trouble for key, trouble in troubles.items() if len(trouble.domains) >= FEWEST}
    for rule, host, address in paired:
        _keep_the_wider(shared, (rule, host), (rule, address))
    return tuple(sorted((_insight(*key, trouble) for key, trouble in shared.items()), key=_rank))


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


def _keep_the_wider(
    shared: dict[tuple[str, SubjectName], _Trouble], host: tuple[str, SubjectName], address: tuple[str, SubjectName]
) -> None:
    """Of a host and an address of it, drop the one that says nothing more."""
    if host not in shared or address not in shared:
        return
    of_host, of_address = shared[host].domains.keys(), shared[address].domains.keys()
    if of_address <= of_host:
        del shared[address]
    elif of_host <= of_address:
        del shared[host]


def _insight(rule: str, cause: SubjectName, trouble: _Trouble) -> Insight:
    return Insight(
        rule=rule,
        cause=cause,
        severity=trouble.severity,
        message=trouble.message,
        affected=len(trouble.domains),
        domains=tuple(trouble.domains)[:NAMED],
        publish=trouble.publish,
    )


def _rank(insight: Insight) -> tuple[int, int, str, str, str]:
    return ORDER.index(insight.severity), -insight.affected, insight.rule, insight.cause.kind, insight.cause.name
