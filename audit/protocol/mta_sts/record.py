"""The announcement of an MTA-STS policy (RFC 8461 section 3.1), and the name of the host that must give it.

Of the TXT records at `_mta-sts` those count that begin with the version; if not exactly one is left, senders take it
that there is no policy. The policy itself is fetched from the host `mta-sts` below the domain. Both names may be
aliases, by which domains leave their policies to an operator.
"""

from __future__ import annotations

from audit.model.fact import Fact
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.alias import Alias, alias_at
from audit.protocol.circumstances import Circumstances
from audit.protocol.inquiry import Steps, attempt, inquiry, lookup
from audit.syntax import mta_sts as syntax
from audit.syntax import txt

BELOW, POLICY_HOST = "_mta-sts", "mta-sts"
NEW_ID = "%Y%m%d%H%M%SZ"


@dataclass(frozen=True, slots=True)
class StsRecordFound:
    """What stands at `_mta-sts`: `found` are the texts that count, `meant` those that miss the version narrowly.

    `next_id` is an id that no earlier record can have had, as it is made of the time.
    """

    found: tuple[str, ...]
    meant: tuple[str, ...]
    next_id: str

    @property
    def record(self) -> syntax.StsRecord | None:
        """The one record; more than one, or one that breaks the grammar, counts as none."""
        read = syntax.parse_record(self.found[0]) if len(self.found) == 1 else None
        return read if read is not None and not read.problems else None

    @property
    def announced(self) -> bool:
        """Whether somebody meant to announce a policy, rightly or not."""
        return bool(self.found or self.meant)


@dataclass(frozen=True, slots=True)
class StsAliases:
    """Those of the two names that are aliases; a hole where one could not be asked."""

    record: Fact[Alias | None]
    host: Fact[Alias | None]


@inquiry
def sts_record(domain: Domain, circumstances: Circumstances) -> Steps[StsRecordFound]:
    """Read what stands at `_mta-sts`."""
    texts = tuple(txt.joined(r) for r in (yield from lookup(_record_question(domain))).records)
    kept, meant = tuple(filter(syntax.is_record, texts)), tuple(filter(syntax.is_meant, texts))
    return StsRecordFound(kept, meant, circumstances.observed_at.strftime(NEW_ID))


@inquiry
def sts_aliases(domain: Domain) -> Steps[StsAliases]:
    """See whether the two names are aliases; of targets that are gone, whether anybody may register them."""
    found = yield from attempt(
        alias_at(question, domain.name) for question in (_record_question(domain), host_question(domain))
    )
    return StsAliases(*found)


def _record_question(domain: Domain) -> Question:
    return Question(name=f"{BELOW}.{domain.name}", rdtype="TXT")


def host_question(domain: Domain) -> Question:
    """Whether the policy's host has an IPv4 address."""
    return Question(name=f"{POLICY_HOST}.{domain.name}", rdtype="A")
