"""What our own facts say of a record, in the terms in which another tool judges: valid, invalid or missing.

Each judgement holds all its causes with the clause that decides. A certain cause beside a hole stays certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from audit.model.fact import Fact, Known, Unknown, need
from audit.model.opinion import Stance
from audit.model.value import dataclass
from audit.protocol.dmarc.walk import AppliedDmarc, OwnDmarc
from audit.protocol.spf.terms import SpfNode, evaluated
from audit.protocol.spf.tree import SpfRecordFound, SpfTree
from audit.protocol.tls_rpt import TlsRptFound
from audit.syntax.dmarc import Policy
from audit.syntax.spf import VERSION, SpfRecord, Term

LOOKUPS, VOIDS, MX_NAMES = 10, 2, 10  # RFC 7208 section 4.6.4; a profile's own limits don't change what receivers do
NOT_ASCII = "character that is not printable ASCII"
OF_CODES: Mapping[str, str] = MappingProxyType({"not a domain": "spf domain"})
OF_MACROS = frozenset({"bad macro", "unknown macro letter", "macro of no labels"})
MODIFIER = re.compile(r"(?!(?:redirect|exp)=)[A-Za-z][A-Za-z0-9_.-]{0,63}=", re.IGNORECASE)

CLAUSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "spf none": ("there is none", "RFC 7208 section 4.5"),
        "spf one": ("receivers can evaluate it", "RFC 7208 section 4.6"),
        "spf ptr": ("receivers can evaluate it", "RFC 7208 section 4.6"),
        "spf capitals": ("receivers can evaluate it, V=SPF1 and all", "RFC 7208 section 12, RFC 5234 section 2.3"),
        "spf several": ("there are several", "RFC 7208 section 4.5"),
        "spf syntax": ("it breaks the grammar", "RFC 7208 section 4.6"),
        "spf blanks": (
            "its terms are parted, or hold, a control character where only a space parts",
            "RFC 7208 section 12",
        ),
        "spf octets": ("it holds octets that are not ASCII, or another beside it does", "RFC 7208 section 3.1"),
        "spf modifier": ("a modifier in it holds a bad macro", "RFC 7208 sections 6 and 7.1"),
        "spf domain": ("a name in it cannot be one", "RFC 7208 section 7.1"),
        "spf behind all": ("it breaks the grammar behind its all", "RFC 7208 section 4.6"),
        "spf loop": ("it leads back to itself", "RFC 7208 section 4.6.4"),
        "spf lookups": ("it takes too many lookups", "RFC 7208 section 4.6.4"),
        "spf voids": ("too many of its terms find nothing", "RFC 7208 section 4.6.4"),
        "spf exists": ("too many of its terms find nothing, exists among them", "RFC 7208 section 4.6.4"),
        "spf mx names": ("a term names a domain with too many mail hosts", "RFC 7208 section 4.6.4"),
        "spf include": ("it includes a name that has not one SPF record", "RFC 7208 section 5.2"),
        "spf redirect": ("it leads on to a name that has not one SPF record", "RFC 7208 section 6.1"),
        "dmarc none": ("none applies", "RFC 9989 section 4.10"),
        "dmarc several": ("there are several", "RFC 9989 section 4.10, step 2"),
        "dmarc one": ("receivers can use it", "RFC 9989 section 4.10.1"),
        "dmarc p=none": ("it is taken for p=none, since its own policy cannot be read", "RFC 9989 section 4.10.1"),
        "dmarc void": ("it has no policy that can be used", "RFC 9989 section 4.10.1"),
        "tls-rpt none": ("there is none", "RFC 8460 section 3"),
        "tls-rpt several": ("there are several", "RFC 8460 section 3"),
        "tls-rpt one": ("senders can use it", "RFC 8460 section 3"),
        "tls-rpt octets": ("it holds octets that are not ASCII, or another beside it does", "RFC 8460 section 3"),
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
    if found.record and any(p.code == NOT_ASCII for p in found.record.problems):
        return Ours(stance=Stance.INVALID, causes=(_characters(found.record),))
    several = "spf several" if all(text.isascii() for text in found.found) else "spf octets"
    parts = tuple(_spf_parts(tree)) if found.record else ((Known(True), several),)
    causes = tuple(dict.fromkeys(cause for fact, cause in parts if fact == Known(True)))
    if causes:
        return Ours(stance=Stance.INVALID, causes=causes)
    for fact, _ in parts:
        need(fact)
    return Ours(stance=Stance.VALID, causes=(_kind_of_valid(tree),))


def _kind_of_valid(tree: SpfTree) -> str:
    """What about a valid record others may stumble over."""
    nodes = (tree.root, *(f.value for _, f in tree.nodes if isinstance(f, Known)))
    if not all(text.startswith(VERSION) for node in nodes for text in node.found):
        return "spf capitals"
    terms = (term for node in nodes if node.record for term in evaluated(node.record))
    return "spf ptr" if any(term.name == "ptr" for term in terms) else "spf one"


def _spf_parts(tree: SpfTree) -> Iterator[tuple[Fact[bool], str]]:
    """What may make the record a permanent error, and the key of its clause."""
    for node in (Known(tree.root), *(fact for _, fact in tree.nodes)):
        yield from ((Known(True), cause) for cause in _syntax(node))
    for branch in tree.branches:
        node = tree.node(branch.target)
        cause = "spf redirect" if branch.redirect else "spf include"
        if isinstance(node, Unknown):
            yield node, cause
        else:
            ascii_only = all(text.isascii() for text in node.value.found)
            yield Known(len(node.value.found) != 1), cause if ascii_only else "spf octets"
    yield _cycle(tree.loop), "spf loop"
    yield tree.lookups.exceeds(LOOKUPS), "spf lookups"
    exists = any(term.lstrip("+-~?").startswith("exists") for term in tree.void_terms)
    yield tree.voids.exceeds(VOIDS), "spf exists" if exists else "spf voids"
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
    if record is None:
        return
    for problem in record.problems:
        if _behind(record, problem.at):
            yield "spf behind all"
        elif problem.code in OF_MACROS and MODIFIER.match(problem.text):
            yield "spf modifier"
        else:
            odd = problem.code == NOT_ASCII
            yield _characters(record) if odd else OF_CODES.get(problem.code, "spf syntax")


def _characters(record: SpfRecord) -> str:
    """What is wrong with the characters of a record."""
    return "spf blanks" if record.text.isascii() else "spf octets"


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
    if not applied.record.valid:
        return Ours(stance=Stance.VALID, causes=("dmarc p=none", *several), at=applied.at, policy=Policy.NONE)
    return Ours(stance=Stance.VALID, causes=("dmarc one", *several), at=applied.at, policy=applied.record.p)


def tls_rpt(found: TlsRptFound) -> Ours:
    """Whether senders find one TLS-RPT record that they can use."""
    if not found.found:
        return Ours(stance=Stance.MISSING, causes=("tls-rpt none",))
    octets = not all(text.isascii() for text in found.found)
    if found.record is None:
        return Ours(stance=Stance.INVALID, causes=("tls-rpt octets" if octets else "tls-rpt several",))
    if found.record.problems:
        return Ours(stance=Stance.INVALID, causes=("tls-rpt octets" if octets else "tls-rpt syntax",))
    return Ours(stance=Stance.VALID, causes=("tls-rpt one",))
