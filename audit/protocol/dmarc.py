"""DMARC (RFC 9989): the record that applies to a domain, found by walking up the DNS tree (section 4.10).

The walk begins at the domain; from a name of more than eight labels it jumps to the seven right-most. It ends early at
a record with a `psd` of `y` or `n`. The organizational domain follows from what was met (section 4.10.2), and the
record that applies is the domain's own, else the organizational domain's, else a public suffix's (section 4.10.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.model.fact import Fact, Known, Unknown
from audit.model.subject import Domain
from audit.protocol.inquiry import Steps, inquiry, settle, texts
from audit.syntax import dmarc as syntax

MAX_LABELS = 8


@dataclass(frozen=True, slots=True)
class OwnDmarc:
    """What stands at `_dmarc` below the domain itself; texts that are no DMARC record are discarded, not errors."""

    found: tuple[str, ...]

    @property
    def record(self) -> str | None:
        """More than one record counts as none (section 4.10, step 2)."""
        return self.found[0] if len(self.found) == 1 else None


@dataclass(frozen=True, slots=True)
class AppliedDmarc:
    """The record that applies; both None when the whole walk found none."""

    at: str | None
    record: syntax.DmarcRecord | None
    inherited: bool


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """What receivers are asked to do with mail of the domain that fails; None when no record applies or it is void."""

    requested: Fact[syntax.Policy | None]
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


def walk(domain: str) -> tuple[str, ...]:
    """The names that are asked, from the domain to the top level (section 4.10)."""
    labels = domain.split(".")
    rest = labels[-(MAX_LABELS - 1) :] if len(labels) > MAX_LABELS else labels[1:]
    return (domain, *(".".join(rest[i:]) for i in range(len(rest))))


@inquiry
def own_dmarc(domain: Domain) -> Steps[OwnDmarc]:
    """Read what stands at the domain's own `_dmarc`."""
    found = yield from texts(f"_dmarc.{domain.name}")
    return OwnDmarc(tuple(t for t in found if syntax.is_dmarc(t)))


@inquiry
def applied_dmarc(domain: Domain) -> Steps[AppliedDmarc]:
    """Find the record that applies: the domain's own needs one answer, an inherited one the walk."""
    own = yield from own_dmarc(domain)
    if own.record is not None:
        return AppliedDmarc(domain.name, syntax.parse(own.record), inherited=False)
    met: list[tuple[str, syntax.DmarcRecord]] = []
    names = walk(domain.name)
    below = domain.name
    for name in names[1:]:
        above = yield from own_dmarc(Domain(name))
        if above.record is not None:
            record = syntax.parse(above.record)
            if record.psd == "n":
                return AppliedDmarc(name, record, inherited=True)
            if record.psd == "y":
                return _below_suffix(name, record, below, met)
            met.append((name, record))
        below = name
    if met:
        at, record = met[-1]  # the one with the fewest labels is the organizational domain's
        return AppliedDmarc(at, record, inherited=True)
    return AppliedDmarc(None, None, inherited=False)


def _below_suffix(
    suffix: str, record: syntax.DmarcRecord, organizational: str, met: list[tuple[str, syntax.DmarcRecord]]
) -> AppliedDmarc:
    """The organizational domain is one label below a public suffix; without a record there, the suffix's applies."""
    for name, own in met:
        if name == organizational:
            return AppliedDmarc(name, own, inherited=True)
    return AppliedDmarc(suffix, record, inherited=True)


@inquiry
def dmarc_policy(domain: Domain) -> Steps[DmarcPolicy]:
    """Work out the policy for the domain itself (sections 4.7, 4.10.1)."""
    applied = yield from settle(applied_dmarc(domain))
    if isinstance(applied, Unknown):
        return DmarcPolicy(applied, "p")
    record = applied.value.record
    if record is None:
        return DmarcPolicy(Known(None), "p")
    if applied.value.inherited and record.sp is not None and record.valid:
        return DmarcPolicy(Known(record.softened(record.sp)), _deciding("sp", record.sp, record))
    if record.effective is None:
        return DmarcPolicy(Known(None), "no policy that can be used")
    return DmarcPolicy(Known(record.effective), _deciding("p", record.p, record))


def _deciding(tag: str, policy: syntax.Policy | None, record: syntax.DmarcRecord) -> str:
    """The tag that decides, and `t=y` where it takes a level away (section 4.7)."""
    return f"{tag} with t=y" if record.t and policy not in (None, syntax.Policy.NONE) else tag
