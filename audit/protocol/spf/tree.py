"""SPF (RFC 7208): a domain's record, and all that it includes.

A receiver stops with permerror after ten terms that need the DNS (section 4.6.4) and should after two that find
nothing. The tree is read once, level by level, for the worst case: a client that no term matches. Each name is asked
once, however often it is included; its cost counts each time.
"""

from __future__ import annotations

from collections.abc import Mapping

from audit.model.fact import Count, Fact, Known, Unestablished, Unknown
from audit.model.probe import Answer, Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, answer, attempt, inquiry, records, together
from audit.protocol.spf.cost import MAX_DEPTH, Costs, loop
from audit.protocol.spf.crowd import Vast
from audit.protocol.spf.sight import Mode
from audit.protocol.spf.stranger import MAX_VOIDS, strangers, wanted_of_sample
from audit.protocol.spf.terms import MACRO, SpfBranch, SpfNode, around, branches, questions, read
from audit.syntax import spf as syntax
from audit.syntax import txt
from audit.syntax.names import canonical

MAX_QUESTIONS = 60
MAX_SAMPLED = 8  # of them for what macros make of a client: four names of each family of addresses
BUDGET = Unknown("budget")
UNREAD = Unknown("not_gathered")


@dataclass(frozen=True, slots=True)
class SpfTree:
    """A domain's SPF record with everything below it."""

    root: SpfNode
    nodes: tuple[tuple[str, Fact[SpfNode]], ...]  # below the root, in the order in which a receiver meets them
    branches: tuple[SpfBranch, ...]
    looked_up: tuple[tuple[Question, Fact[Answer]], ...]  # what `a`, `mx` and `exists` name, and hosts of `mx`
    sampled: tuple[tuple[Question, Fact[Answer]], ...]  # what macros make of a sample of strangers
    lookups: Count
    costs: tuple[tuple[str, Count], ...]  # what each include or redirect of the domain's own record costs, with itself
    voids: Count
    void_terms: tuple[str, ...]
    half_void_terms: tuple[str, ...]  # those that find something for one family of addresses only
    family_voids: tuple[Count, Count]  # what an IPv4 client and an IPv6 client look up in vain, each for itself
    loop: Fact[tuple[str, ...]]  # the names of a cycle; empty when there is none
    everybody: Fact[tuple[str, ...]]  # the terms that together let everybody send; empty when there are none
    vast: Fact[Vast]  # so many may send that strangers are among them
    vast_if_patient: Fact[Vast]  # the same of receivers that put no limit to void lookups
    hidden: Unknown | None  # where a macro leads to names that cannot be told without a mail

    def node(self, name: str) -> Fact[SpfNode]:
        return self.by_name().get(name, BUDGET)

    def by_name(self) -> dict[str, Fact[SpfNode]]:
        """What stands at each name that the record leads to, its own among them."""
        return {self.root.name: Known(self.root), **dict(self.nodes)}


@dataclass(frozen=True, slots=True)
class SpfRecordFound:
    """The SPF records at the domain itself: one question's worth."""

    found: tuple[str, ...]
    record: syntax.SpfRecord | None
    texts: tuple[tuple[str, ...], ...]  # all TXT records at the name, each as its strings


@dataclass(frozen=True, slots=True)
class SpfDefault:
    """What happens to a client that nothing matches: the effective `all` (section 5.1, 4.7)."""

    qualifier: syntax.Qualifier | None  # None: neither `all` nor redirect, so neutral
    permerror: bool  # no receiver gets so far: a record on the way of redirects is missing, doubled or broken


@inquiry
def spf_record(domain: Domain) -> Steps[SpfRecordFound]:
    """Read the SPF record of a domain."""
    node = yield from _node(domain.name)
    found = yield from records(Question(name=domain.name, rdtype="TXT"))
    return SpfRecordFound(node.found, node.record, tuple(txt.strings(r) for r in found))


@inquiry
def spf_tree(domain: Domain) -> Steps[SpfTree]:
    """Read the SPF record of a domain and, level by level, those that it includes."""
    return (yield from _walk((yield from _node(domain.name))))


@inquiry
def spf_planned(domain: Domain, text: str) -> Steps[SpfTree]:
    """The tree as it would be with another record at the domain itself, the rest as it is now."""
    return (yield from _walk(_planned(domain.name, text)))


def _planned(name: str, text: str) -> SpfNode:
    return SpfNode(name, exists=True, found=(text,), record=syntax.parse(text))


def _walk(root: SpfNode) -> Steps[SpfTree]:
    """From a record to all that it leads to."""
    nodes: dict[str, Fact[SpfNode]] = {root.name: Known(root)}
    looked_up: dict[Question, Fact[Answer]] = {}
    left = MAX_QUESTIONS
    level: tuple[str, ...] = (root.name,)
    while level:
        here = [n.value for n in (nodes[name] for name in level) if isinstance(n, Known)]
        found = [b for node in here for b in branches(node)]
        asked = [q for node in here for q in questions(node, root.name) if q not in looked_up]
        targets = [b.target for b in found if b.target not in nodes]
        level, wanted = tuple(dict.fromkeys(targets)), tuple(dict.fromkeys(asked))
        for name in level[left:]:
            nodes[name] = BUDGET
        level = level[:left]
        left -= len(level)
        for question in wanted[left:]:
            looked_up[question] = BUDGET
        wanted = wanted[:left]
        left -= len(wanted)
        below, answers = yield from together(attempt(_node(n) for n in level), attempt(answer(q) for q in wanted))
        nodes.update(zip(level, below, strict=True))
        looked_up.update(zip(wanted, answers, strict=True))
    wide = _around(root, nodes, looked_up)
    looked_up.update((question, BUDGET) for question in wide[left:])
    wide = wide[:left]
    left -= len(wide)
    looked_up.update(zip(wide, (yield from attempt(answer(q) for q in wide)), strict=True))
    sampled = yield from _sampled(root, nodes, looked_up, min(left, MAX_SAMPLED))
    return _tree(root, nodes, looked_up, sampled)


def _around(
    root: SpfNode, nodes: Mapping[str, Fact[SpfNode]], looked_up: Mapping[Question, Fact[Answer]]
) -> tuple[Question, ...]:
    """What is to be asked of the mail hosts that `mx` terms lead to."""
    met = [f.value for f in nodes.values() if isinstance(f, Known)]
    asked = dict.fromkeys(q for node in met for q in around(node, root.name, looked_up))
    return tuple(q for q in asked if q not in looked_up)


def _sampled(
    root: SpfNode, nodes: Mapping[str, Fact[SpfNode]], looked_up: Mapping[Question, Fact[Answer]], left: int
) -> Steps[dict[Question, Fact[Answer]]]:
    """Look up the names that macros make of a sample of strangers, as far as it comes to them and they matter."""
    sampled: dict[Question, Fact[Answer]] = {}
    while wanted := wanted_of_sample(root, nodes, looked_up, sampled)[: left - len(sampled)]:
        sampled.update(zip(wanted, (yield from attempt(answer(q) for q in wanted)), strict=True))
    return sampled


@inquiry
def spf_default(domain: Domain) -> Steps[SpfDefault]:
    """Follow redirects to the record whose `all` decides."""
    name, broken = domain.name, False
    for _ in range(MAX_DEPTH):
        node = yield from _node(name)
        if node.record is None:
            return SpfDefault(None, permerror=True)
        broken = broken or bool(node.record.problems)
        redirect = node.record.redirect
        if node.record.all or redirect is None:
            return SpfDefault(node.record.all.qualifier if node.record.all else None, permerror=broken)
        if redirect.macro:
            raise Unestablished(MACRO)
        name = canonical(redirect.value)
    return SpfDefault(None, permerror=True)


@inquiry
def _node(name: str) -> Steps[SpfNode]:
    """Read what stands at one name."""
    return read(name, (yield from answer(Question(name=name, rdtype="TXT"))))


def changed(tree: SpfTree, text: str) -> SpfTree:
    """The tree as it would be with another record at the domain itself. What was not asked of it is not known."""
    root = _planned(tree.root.name, text)
    nodes: dict[str, Fact[SpfNode]] = {**tree.by_name(), root.name: Known(root)}
    names = dict.fromkeys((root.name, *(b.target for b in _leading(root, nodes))))
    kept: dict[str, Fact[SpfNode]] = {name: nodes.get(name, UNREAD) for name in names}
    met = [f.value for f in kept.values() if isinstance(f, Known)]
    answers = dict(tree.looked_up)
    looked_up = {q: answers.get(q, UNREAD) for node in met for q in questions(node, root.name)}
    looked_up.update((q, answers.get(q, UNREAD)) for q in _around(root, kept, looked_up))
    return _tree(root, kept, looked_up, dict(tree.sampled))


def _leading(root: SpfNode, nodes: Mapping[str, Fact[SpfNode]]) -> tuple[SpfBranch, ...]:
    """The terms that lead from record to record, level by level."""
    found: dict[SpfBranch, None] = {}
    level, met = [root], {root.name}
    while level:
        below: list[SpfNode] = []
        for branch in (b for node in level for b in branches(node)):
            found[branch] = None
            fact = nodes.get(branch.target)
            if branch.target not in met and isinstance(fact, Known):
                met.add(branch.target)
                below.append(fact.value)
        level = below
    return tuple(found)


def _tree(
    root: SpfNode,
    nodes: Mapping[str, Fact[SpfNode]],
    looked_up: Mapping[Question, Fact[Answer]],
    sampled: Mapping[Question, Fact[Answer]],
) -> SpfTree:
    leading = _leading(root, nodes)
    costs = Costs(nodes, looked_up)
    cost = costs.of(root.name, frozenset())
    below = tuple((n, f) for n, f in nodes.items() if n != root.name)
    let = strangers(root, nodes, looked_up, sampled)
    beyond = any(count.at_least > MAX_VOIDS for count in (cost.voids, cost.voids_ipv4, cost.voids_ipv6))
    patient = strangers(root, nodes, looked_up, sampled, Mode.PATIENT) if beyond else let
    return SpfTree(
        root,
        below,
        leading,
        tuple(looked_up.items()),
        tuple(sampled.items()),
        cost.lookups,
        tuple((b.term, Count(1) + costs.of(b.target, frozenset({root.name})).lookups) for b in branches(root)),
        cost.voids,
        tuple(costs.void_terms),
        tuple(costs.half_void_terms),
        (cost.voids_ipv4, cost.voids_ipv6),
        loop(root.name, nodes, leading),
        let.everybody,
        let.vast,
        patient.vast,
        MACRO if any(isinstance(f, Known) and f.value.hidden for f in nodes.values()) else None,
    )
