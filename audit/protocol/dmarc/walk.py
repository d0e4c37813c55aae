"""DMARC (RFC 9989): the record that applies to a domain, found by walking up the DNS tree (section 4.10).

The walk begins at the domain; from a name of more than eight labels it jumps to the seven right-most. It ends early at
a record with a `psd` of `y` or `n`. The organizational domain follows from what was met (section 4.10.2), and the
record that applies is the domain's own, else the organizational domain's, else a public suffix's (section 4.10.1).

Where the aliases of a `_dmarc` lead in a circle, no record is. Some resolvers say so, and receivers walk on; most
answer SERVFAIL, and receivers have no policy. So a record that stands elsewhere on such a walk may apply or not.
"""

from __future__ import annotations

from collections.abc import Sequence

from audit.model.fact import Fact, Known, Unestablished, Unknown, first_hole, need
from audit.model.probe import DnsStatus, Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, inquiry, lookup, settle
from audit.syntax import dmarc as syntax
from audit.syntax import txt

MAX_LABELS = 8
VOID = "no policy that can be used"
CIRCLE = "dns.cname_chain"


@dataclass(frozen=True, slots=True)
class OwnDmarc:
    """What stands at `_dmarc` below the domain itself; texts that are no DMARC record are discarded, not errors."""

    found: tuple[str, ...]
    others: tuple[str, ...]  # what receivers discard
    aliases: tuple[str, ...]
    exists: bool  # the name that the aliases lead to, or `_dmarc` itself where there are none
    circle: bool = False  # the aliases lead back to where they were before, and nobody finds a record

    @property
    def alias(self) -> str:
        """Where the texts really stand, when `_dmarc` is an alias; else empty."""
        return self.aliases[-1] if self.aliases else ""

    @property
    def record(self) -> str | None:
        """More than one record counts as none (section 4.10, step 2)."""
        return self.found[0] if len(self.found) == 1 else None


@dataclass(frozen=True, slots=True)
class DmarcStep:
    """A name of the walk, and what stands there."""

    name: str
    own: Fact[OwnDmarc]

    @property
    def record(self) -> syntax.DmarcRecord | None:
        """The record that was met here, if that is known."""
        text = self.own.value.record if isinstance(self.own, Known) else None
        return None if text is None else syntax.parse(text)


@dataclass(frozen=True, slots=True)
class DmarcWalk:
    """The walk up from a domain, as far as it goes; where a name did not answer, it may go too far."""

    steps: tuple[DmarcStep, ...]


@dataclass(frozen=True, slots=True)
class AppliedDmarc:
    """The record that applies; both None when the whole walk found none."""

    at: str | None
    record: syntax.DmarcRecord | None
    inherited: bool
    alias: str = ""  # where the record really stands, when `_dmarc` is an alias


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """What receivers are asked to do with mail of the domain that fails; None when no record applies or it is void."""

    requested: Fact[syntax.Policy | None]
    written: Fact[syntax.Policy | None]  # the same, were it not for `t=y`
    tag: str  # what decides: "p", "sp", "p with t=y"; "no policy that can be used" of a record that is void

    @property
    def rejecting(self) -> Fact[bool]:
        """Whether receivers are asked to reject."""
        asked = self.requested
        return asked if isinstance(asked, Unknown) else Known(asked.value is syntax.Policy.REJECT)

    @property
    def enforcing(self) -> Fact[bool]:
        """Whether receivers are asked to do anything."""
        asked = self.requested
        return asked if isinstance(asked, Unknown) else Known(asked.value not in (None, syntax.Policy.NONE))


@dataclass(frozen=True, slots=True)
class AskedPolicy:
    """What a record asks for the mail of one kind of name. `written` is the same, were it not for `t=y`."""

    requested: syntax.Policy | None
    written: syntax.Policy | None
    tag: str


def walk(domain: str) -> tuple[str, ...]:
    """The names that are asked, from the domain to the top level (section 4.10)."""
    labels = domain.split(".")
    rest = labels[-(MAX_LABELS - 1) :] if len(labels) > MAX_LABELS else labels[1:]
    return (domain, *(".".join(rest[i:]) for i in range(len(rest))))


def walk_below(domain: str) -> tuple[str, ...]:
    """The names that are asked above a name just below the domain. They leave out a domain of eight labels or more."""
    return walk(f"x.{domain}")[1:]


def own_question(name: str) -> Question:
    """What stands at the `_dmarc` of a name."""
    return Question(name=f"_dmarc.{name}", rdtype="TXT")


@inquiry
def own_dmarc(domain: Domain) -> Steps[OwnDmarc]:
    """Read what stands at the domain's own `_dmarc`."""
    got = yield from lookup(own_question(domain.name))
    texts = tuple(txt.joined(r) for r in got.records)
    return OwnDmarc(
        found=tuple(t for t in texts if syntax.is_dmarc(t)),
        others=tuple(t for t in texts if not syntax.is_dmarc(t)),
        aliases=got.aliases,
        exists=got.status is not DnsStatus.NXDOMAIN,
        circle=got.status is DnsStatus.CNAME_CHAIN,
    )


@inquiry
def dmarc_walk(domain: Domain) -> Steps[DmarcWalk]:
    """Walk from the domain to the top level, or to a record that says where the organization ends."""
    return DmarcWalk((yield from climb(walk(domain.name))))


def climb(names: Sequence[str]) -> Steps[tuple[DmarcStep, ...]]:
    """Read these names in turn, up to a record with a `psd` of `y` or `n`."""
    steps: list[DmarcStep] = []
    for name in names:
        steps.append(DmarcStep(name, (yield from settle(own_dmarc(Domain(name))))))
        record = steps[-1].record
        if record is not None and record.psd != "u":
            break
    return tuple(steps)


@inquiry
def applied_dmarc(domain: Domain) -> Steps[AppliedDmarc]:
    """Find the record that applies: the domain's own needs one answer, an inherited one the walk."""
    own = yield from own_dmarc(domain)
    if own.record is not None:
        return AppliedDmarc(domain.name, syntax.parse(own.record), inherited=False, alias=own.alias)
    steps = (yield from dmarc_walk(domain)).steps
    return applied(domain.name, steps)


def applied(domain: str, steps: tuple[DmarcStep, ...]) -> AppliedDmarc:
    """The record that applies to a name without one of its own, from what was met on the walk (section 4.10.1).

    Raises:
        Unestablished: a name on the way did not answer, or in a way that receivers take differently.
    """
    organization = organizational(domain, steps)
    met = [(step, record) for step in steps if (record := step.record) is not None]
    for wanted in ([m for m in met if m[0].name == organization], [m for m in met if m[1].psd == "y"]):
        for step, record in wanted:
            return AppliedDmarc(step.name, record, inherited=True, alias=need(step.own).alias)
    return AppliedDmarc(None, None, inherited=False)


def organizational(domain: str, steps: Sequence[DmarcStep]) -> str:
    """The organizational domain, from what was met on the walk (section 4.10.2).

    Raises:
        Unestablished: a name on the way did not answer, or in a way that receivers take differently.
    """
    if hole := first_hole(*(step.own for step in steps)) or _torn(steps):
        raise Unestablished(hole)
    shortest = domain
    for step in steps:
        record = step.record
        if record is None:
            continue
        if record.psd == "n":
            return step.name
        if record.psd == "y" and step.name != domain:
            return ".".join(domain.split(".")[-(step.name.count(".") + 2) :])
        shortest = step.name
    return shortest


def _torn(steps: Sequence[DmarcStep]) -> Unknown | None:
    """Why receivers do not agree on what they met: a record, and a circle of aliases, at which some give up."""
    if all(step.record is None for step in steps):
        return None  # no record applies, whatever they make of the circle
    circles = (own_question(s.name) for s in steps if isinstance(s.own, Known) and s.own.value.circle)
    return next((Unknown(CIRCLE, (question,)) for question in circles), None)


@inquiry
def dmarc_policy(domain: Domain) -> Steps[DmarcPolicy]:
    """Work out the policy for the domain itself (sections 4.7, 4.10.1)."""
    found = yield from settle(applied_dmarc(domain))
    if isinstance(found, Unknown):
        return DmarcPolicy(found, found, "p")
    asked = asked_policy(found.value.record, ("sp", "p") if found.value.inherited else ("p",))
    return DmarcPolicy(Known(asked.requested), Known(asked.written), asked.tag)


def asked_policy(record: syntax.DmarcRecord | None, tags: tuple[str, ...]) -> AskedPolicy:
    """What a record asks for; of the tags, the first that is there decides (section 4.10.1)."""
    if record is None:
        return AskedPolicy(None, None, "p")
    if not record.valid:
        asked = syntax.Policy.NONE if record.rua else None
        return AskedPolicy(asked, asked, "p" if record.rua else VOID)
    written = {"p": record.p, "sp": record.sp, "np": record.np}
    tag = next(t for t in tags if written[t] is not None)
    policy = written[tag]
    softer = record.softened(policy) if policy else None
    return AskedPolicy(softer, policy, f"{tag} with t=y" if softer is not policy else tag)
