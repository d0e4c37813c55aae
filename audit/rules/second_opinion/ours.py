"""What our own facts say of a record, in the terms in which another tool judges: valid, invalid or missing.

Each judgement holds all its causes with the clause that decides. A certain cause beside a hole stays certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from audit.model.fact import Fact, Known, Unknown, need
from audit.model.opinion import Stance
from audit.protocol.dmarc import AppliedDmarc, OwnDmarc
from audit.protocol.spf import SpfRecordFound, SpfTree
from audit.protocol.spf_terms import SpfNode, evaluated
from audit.protocol.tls_rpt import TlsRptFound
from audit.syntax.spf import SpfRecord, Term

LOOKUPS, VOIDS, MX_NAMES = 10, 2, 10  # RFC 7208 section 4.6.4; a profile's own limits don't change what receivers do

CLAUSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "spf none": ("there is none", "RFC 7208 section 4.5"),
        "spf one": ("receivers can evaluate it", "RFC 7208 section 4.6"),
        "spf several": ("there are several", "RFC 7208 section 4.5"),
        "spf syntax": ("it breaks the grammar", "RFC 7208 section 4.6"),
        "spf domain": ("a name in it cannot be one", "RFC 7208 section 7.1"),
        "spf behind all": ("it breaks the grammar behind its all", "RFC 7208 section 4.6"),
        "spf loop": ("it leads back to itself", "RFC 7208 section 4.6.4"),
        "spf lookups": ("it takes too many lookups", "RFC 7208 section 4.6.4"),
        "spf voids": ("too many of its terms find nothing", "RFC 7208 section 4.6.4"),
        "spf mx names": ("a term names a domain with too many mail hosts", "RFC 7208 section 4.6.4"),
        "spf include": ("it includes a name that has not one SPF record", "RFC 7208 section 5.2"),
        "spf redirect": ("it leads on to a name that has not one SPF record", "RFC 7208 section 6.1"),
        "dmarc none": ("none applies", "RFC 9989 section 4.10"),
        "dmarc several": ("there are several", "RFC 9989 section 4.10, step 2"),
        "dmarc one": ("receivers can use it", "RFC 9989 section 4.10.1"),
        "dmarc void": ("it has no policy that can be used", "RFC 9989 section 4.10.1"),
        "tls-rpt none": ("there is none", "RFC 8460 section 3"),
        "tls-rpt several": ("there are several", "RFC 8460 section 3"),
        "tls-rpt one": ("senders can use it", "RFC 8460 section 3"),
        "tls-rpt syntax": ("it breaks the grammar", "RFC 8460 section 3"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Our judgement. `causes` are keys of CLAUSES, what decides first; `at` and `policy` are of DMARC."""

    stance: Stance
    causes: tuple[str, ...]
    at: str | None = None
    policy: str | None = None

    @property
    def clause(self) -> str:
        return CLAUSES[self.causes[0]][1]

    @property
    def said(self) -> str:
        """The judgement in words."""
        if self.policy is not None:
            return f"{self.stance} (p={self.policy} of {self.at})"
        return f"{self.stance} ({CLAUSES[self.causes[0]][0]})"


def spf(found: SpfRecordFound, tree: SpfTree) -> Ours:
    """Whether receivers can evaluate the domain's SPF record to its end.

    Raises:
        Unestablished: that hangs on something that is not known.
    """
    if not found.found:
        return Ours(stance=Stance.MISSING, causes=("spf none",))
    parts = tuple(_spf_parts(tree)) if found.record else ((Known(True), "spf several"),)
    causes = tuple(dict.fromkeys(cause for fact, cause in parts if fact == Known(True)))
    if causes:
        return Ours(stance=Stance.INVALID, causes=causes)
    for fact, _ in parts:
        need(fact)
    return Ours(stance=Stance.VALID, causes=("spf one",))


def _spf_parts(tree: SpfTree) -> Iterator[tuple[Fact[bool], str]]:
    """What may make the record a permanent error, and the key of its clause."""
    for node in (Known(tree.root), *(fact for _, fact in tree.nodes)):
        yield from ((Known(True), cause) for cause in _syntax(node))
    for branch in tree.branches:
        node = tree.node(branch.target)
        missing: Fact[bool] = node if isinstance(node, Unknown) else Known(len(node.value.found) != 1)
        yield missing, "spf redirect" if branch.redirect else "spf include"
    yield _cycle(tree.loop), "spf loop"
    yield tree.lookups.exceeds(LOOKUPS), "spf lookups"
    yield tree.voids.exceeds(VOIDS), "spf voids"
    for question, answer in tree.looked_up:
        if question.rdtype == "MX":
            many: Fact[bool] = answer if isinstance(answer, Unknown) else Known(len(answer.value.records) > MX_NAMES)
            yield many, "spf mx names"
    if tree.hidden:
        yield tree.hidden, "spf include"


def _cycle(loop: Fact[tuple[str, ...]]) -> Fact[bool]:
    return loop if isinstance(loop, Unknown) else Known(bool(loop.value))


def _syntax(node: Fact[SpfNode]) -> Iterator[str]:
    record = node.value.record if isinstance(node, Known) else None
    for problem in record.problems if record else ():
        if record and _behind(record, problem.at):
            yield "spf behind all"
        else:
            yield "spf domain" if problem.code == "not a domain" else "spf syntax"


def _behind(record: SpfRecord, at: int) -> bool:
    """Whether a place is behind the `all` that ends evaluation."""
    ends: Term | None = record.all
    return ends is not None and at > ends.at and ends in evaluated(record)


def dmarc(own: OwnDmarc, applied: AppliedDmarc) -> Ours:
    """Whether a DMARC record applies to the domain, and holds a policy that receivers can use."""
    several = ("dmarc several",) if len(own.found) > 1 else ()
    if applied.record is None:
        return Ours(stance=Stance.MISSING, causes=several or ("dmarc none",))
    if applied.record.effective is None:
        return Ours(stance=Stance.INVALID, causes=("dmarc void", *several), at=applied.at)
    policy = applied.record.p if applied.record.valid else applied.record.effective
    return Ours(stance=Stance.VALID, causes=(*several, "dmarc one"), at=applied.at, policy=policy)


def tls_rpt(found: TlsRptFound) -> Ours:
    """Whether senders find one TLS-RPT record that they can use."""
    if not found.found:
        return Ours(stance=Stance.MISSING, causes=("tls-rpt none",))
    if found.record is None:
        return Ours(stance=Stance.INVALID, causes=("tls-rpt several",))
    if found.record.problems:
        return Ours(stance=Stance.INVALID, causes=("tls-rpt syntax",))
    return Ours(stance=Stance.VALID, causes=("tls-rpt one",))
