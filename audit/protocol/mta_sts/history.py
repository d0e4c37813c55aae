"""Whether a policy was changed without a new id, as far as earlier runs saw both (RFC 8461 section 3.1).

Senders keep a policy for `max_age` and fetch it anew when the id in the DNS has changed. So they go by the old one
when only the text was changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from audit.model.evidence import DomainEvidence, Fetched, Settings
from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import FetchOutcome
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.dkim.history import Sightings
from audit.protocol.inquiry import Steps, inquiry
from audit.protocol.mta_sts.policy import PATH, sts_policy
from audit.protocol.mta_sts.record import BELOW, POLICY_HOST, sts_record
from audit.protocol.vantage import Vantage
from audit.syntax import mta_sts as syntax
from audit.syntax import txt


@dataclass(frozen=True, slots=True)
class StsAge:
    """Since when the text of the policy has been as it is, and since when the id; None where there are not both."""

    since: Fact[tuple[datetime, datetime] | None]


@inquiry
def sts_age(
    domain: Domain, settings: Settings, vantage: Vantage, circumstances: Circumstances, sightings: Sightings
) -> Steps[StsAge]:
    """Look for the policy and for its id among what was seen before."""
    record = (yield from sts_record(domain, circumstances)).record
    if record is None or record.id is None:
        return StsAge(Known(None))
    found = yield from sts_policy(domain, settings, vantage, circumstances)
    if found.policy is None:
        return StsAge(Known(None))
    before = {s.name: s for s in sightings.entries or ()}
    text, id_ = before.get(f"{POLICY_HOST}.{domain.name}"), before.get(f"{BELOW}.{domain.name}")
    if text is None or id_ is None:
        return StsAge(Unknown("history.none"))
    now = circumstances.observed_at
    text_since = text.first_seen if text.digest == of_policy(found.body) else now
    return StsAge(Known((text_since, id_.first_seen if id_.digest == of_id(record.id) else now)))


def of_policy(body: bytes) -> str:
    """The digest of a policy's text; how its lines end does not matter."""
    return hashlib.sha256(b"\n".join(body.splitlines())).hexdigest()


def of_id(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def seen_policies(fetched: Iterable[Fetched]) -> dict[str, str]:
    """The digests of the policies among a run's fetches, by URL; none where its addresses gave different ones."""
    found: dict[str, set[str]] = {}
    for each in fetched:
        if each.get.url.endswith(PATH) and each.fetch.status == 200 and each.fetch.outcome is FetchOutcome.OK:
            found.setdefault(each.get.url, set()).add(of_policy(each.fetch.body))
    return {url: digest for url, (digest, *others) in found.items() if not others}


def seen(record: DomainEvidence, policies: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The id and the policy that a run saw of a domain, as names and digests."""
    host = f"{POLICY_HOST}.{record.domain}"
    if digest := policies.get(f"https://{host}{PATH}"):
        yield host, digest
    name = f"{BELOW}.{record.domain}"
    for asked in record.answers:
        if (asked.question.name, asked.question.rdtype) == (name, "TXT"):
            texts = [text for text in map(txt.joined, asked.answer.records) if syntax.is_record(text)]
            id_ = syntax.parse_record(texts[0]).id if len(texts) == 1 else None
            if id_ is not None:
                yield name, of_id(id_)
            return
