"""The records and observations of a domain, as found, grouped by topic for the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from itertools import islice
from typing import Any

from audit.catalog.blocklists import Blocklist, Blocklists
from audit.catalog.providers import Providers
from audit.desk.turned_away import turned_away
from audit.model.evidence import DomainEvidence
from audit.model.fact import Fact
from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import Answer, HttpsFetch, HttpsGet, Outcome, Question, SmtpSession, SmtpVisit, StageName
from audit.model.report import FoundRecord, Topic
from audit.model.value import dataclass
from audit.protocol.mta_sts.policy import PATH as POLICY
from audit.rules.summary import excerpts
from audit.rules.summary.excerpts import MOST
from audit.rules.summary.found_keys import found_keys
from audit.rules.summary.found_policies import found_policies
from audit.rules.summary.found_senders import found_senders
from audit.rules.summary.found_topics import ORDER, idle, topic_of
from audit.syntax import spf, txt, x509
from audit.syntax.escape import octet_text
from audit.syntax.spf_mend import nearly

MX_PORT = 25
FETCHED, LINES = 8192, 40  # octets of a body, and lines, that are shown


@dataclass(frozen=True, slots=True)
class Shared:
    """What was met that domains share: sessions with mail servers, and fetches over HTTPS."""

    sessions: Mapping[SmtpVisit, SmtpSession]
    fetches: Mapping[HttpsGet, HttpsFetch]
    flights: Mapping[TlsHello, TlsFlight] = field(default_factory=dict)


def found(
    evidence: DomainEvidence,
    shared: Shared,
    facts: Mapping[type, Fact[Any]],
    blocklists: Blocklists,
    providers: Providers,
) -> tuple[Topic, ...]:
    """Sort what was found by topic, without the tries that found nothing: guessed selectors, lists that name nobody.

    What was worked out from it, of the domain as a whole, comes behind it.
    """
    topics: dict[str, list[FoundRecord]] = {topic: [] for topic in ORDER}
    topics["dkim"] += found_keys(evidence, providers)
    zones = [(f".{b.zone}", b) for b in blocklists.entries]
    ends = tuple([zone for zone, _ in zones])  # most names lie below none of them, which is told in one go
    for asked in evidence.answers:
        name = asked.question.name
        blocklist = next(b for zone, b in zones if name.endswith(zone)) if name.endswith(ends) else None
        topic = "blocklists" if blocklist else topic_of(asked.question)
        if topic and not idle(topic, asked.answer, asked.question, evidence):
            topics[topic].append(_record(topic, asked.question, asked.answer, blocklist))
    for visit in evidence.visits:
        session = shared.sessions.get(visit)
        if session is not None:
            topics["smtp"].append(_session(visit, session))
            if session.tls is not None:
                topics["certificates"].append(_chain(visit, session.tls.chain))
    for hello in evidence.hellos:
        flight = shared.flights.get(hello)
        if flight is not None:
            topics["smtp"].append(_offer(hello, flight))
    for get in evidence.fetches:
        fetch = shared.fetches.get(get)
        if fetch is not None:
            topics["mta_sts" if get.url.endswith(POLICY) else "bimi"].append(_fetch(get, fetch))
    topics["dmarc"] += found_policies(evidence.domain, facts)
    topics["spf"] += found_senders(evidence.domain, facts)
    shown = excerpts.bounded(record for records in topics.values() for record in records)
    placed = {topic: tuple(islice(shown, len(records))) for topic, records in topics.items()}
    return tuple(Topic(topic=topic, records=records) for topic, records in placed.items() if records)


def _record(topic: str, question: Question, answer: Answer, blocklist: Blocklist | None = None) -> FoundRecord:
    aliases = [f"alias of {a}" for a in answer.aliases]
    if question.rdtype in ("TXT", "SPF"):
        joined = [txt.joined(r) for r in answer.records]
        chosen = _on_spf(joined) if (topic, question.rdtype) == ("spf", "TXT") else joined
        values, cuts = excerpts.of_texts(chosen, len(aliases))
    else:
        told = (_coded(blocklist, r) for r in answer.records) if blocklist else answer.records
        values, cuts = excerpts.of_values(told, len(aliases))
    return FoundRecord(
        name=excerpts.pointer(question.name),
        type=f"{question.rdtype} at {question.server}" if question.server else question.rdtype,
        status=str(answer.status),
        values=(*aliases, *values),
        evidence=excerpts.pointer(question.key),
        truncated=cuts,
    )


def _on_spf(texts: list[str]) -> list[str]:
    """The texts that are SPF records, or were meant to be; an only text in any case, which may explain a refusal."""
    wanted = [t for t in texts if spf.is_spf(t) or t[:7].lower() == "spf2.0/" or nearly(t)]
    return wanted or (texts if len(texts) == 1 else [])


def _coded(blocklist: Blocklist, record: str) -> str:
    """An answer of a list and what it means by it: of a list of good senders it is said nowhere else."""
    meanings = "; ".join(code.meaning for code in blocklist.meanings(record))
    return f"{record} ({meanings})" if meanings else record


def _held(session: SmtpSession) -> list[str]:
    """Who held a session and for whom, where that is not this run in the name of this host."""
    named = f"held under the name {session.sampled}, which leads to the same servers" if session.sampled else ""
    seen = f"held by the run that greets as {session.vantage}" if session.vantage else ""
    return [told for told in (named, seen) if told]


def _session(visit: SmtpVisit, session: SmtpSession) -> FoundRecord:
    lines = _held(session)
    for stage in session.stages:
        said = f" {stage.reply.code} {' / '.join(stage.reply.lines)}" if stage.reply else ""
        detail = f" ({stage.detail})" if stage.detail else ""
        lines.append(f"{stage.stage}: {stage.outcome}{said}{detail}"[:500])
    if session.tls:
        group = f", {session.tls.group}" if session.tls.group else ""
        lines.append(f"{session.tls.version}, {session.tls.cipher}{group}")
    if session.injected:
        lines.append(
            "after the reply to STARTTLS, before TLS, came more in plain text, where anybody on the way can add to it; "
            f"it was thrown away: {session.injected}"
        )
    last = next((s.outcome for s in session.stages if s.outcome is not Outcome.OK), Outcome.OK)
    where = f" port {visit.port}" if visit.port != MX_PORT else ""
    return FoundRecord(
        name=f"{visit.host} {visit.address}{where}",
        type="SMTP",
        status=str(last),
        values=tuple(lines),
        evidence=visit.key,
        explained=turned_away(visit.host, session),
    )


def _offer(hello: TlsHello, flight: TlsFlight) -> FoundRecord:
    """What a server said to an offer of TLS."""
    last = next((s for s in reversed(flight.stages) if s.stage is not StageName.QUIT), None)
    said = f" {last.reply.code} {' / '.join(last.reply.lines)}" if last and last.reply else ""
    detail = f" ({last.detail})" if last and last.detail else ""
    lines = [f"{last.stage}: {last.outcome}{said}{detail}"[:500]] if last else []
    if flight.version and last and last.outcome is Outcome.OK:
        prime = f"prime of {flight.dh_bits} bits" if flight.dh_bits is not None else None
        agreed = (flight.version, flight.cipher, flight.group, prime, "compressed" if flight.compression else None)
        lines.append(", ".join(part for part in agreed if part))
    return FoundRecord(
        name=f"{hello.host} {hello.address}",
        type=f"TLS offer {hello.offer}",
        status=str(last.outcome) if last else "not_gathered",
        values=tuple(lines),
        evidence=hello.key,
    )


def _fetch(get: HttpsGet, fetch: HttpsFetch) -> FoundRecord:
    """How a fetch went, and what of it is text."""
    said = [f"status {fetch.status}"] if fetch.status is not None else []
    kept = [f"{h.name}: {h.value}" for h in fetch.headers]
    lines = [octet_text(line, MOST) for line in fetch.body[:FETCHED].decode("latin-1").splitlines()[:LINES]]
    detail = [fetch.detail] if fetch.detail else []
    status = str(fetch.outcome)
    values = (*said, *kept, *detail, *(lines if "<svg" not in "".join(lines)[:FETCHED] else ()))
    return FoundRecord(name=f"{get.url} at {get.address}", type="HTTPS", status=status, values=values, evidence=get.key)


def _chain(visit: SmtpVisit, chain: tuple[bytes, ...]) -> FoundRecord:
    lines = []
    for der in chain:
        read = x509.parse(der)
        until = read.not_after.date().isoformat() if read.not_after else "unreadable"
        names = f" for {', '.join(read.dns_names[:5])}" if read.dns_names else ""
        lines.append(
            f"{read.subject or 'no subject'}{names}; issued by {read.issuer}; until {until}; {read.key} {read.bits}"
        )
    return FoundRecord(
        name=f"{visit.host} {visit.address}", type="certificate", status="ok", values=tuple(lines), evidence=visit.key
    )
