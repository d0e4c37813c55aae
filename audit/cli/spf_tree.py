"""`mxaudit spf tree`: what a domain's SPF record leads to, what it costs, and whom it lets send."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import rich_click as click

from audit import contract
from audit.catalog.providers import load_providers
from audit.cli.asking import ask, asking_dns
from audit.cli.messages import UNFOLDED, UserError, coloured, folded
from audit.cli.spf_words import count, counted, exact, networks, networks_counted, unseen
from audit.cli.terminal import columns
from audit.model.fact import Count, Known, Unknown
from audit.model.subject import Domain
from audit.pipeline.exits import Exit
from audit.protocol.inquiry import Steps
from audit.protocol.spf.lookups import MAX_TERMS, MAX_VOIDS
from audit.protocol.spf.outline import SpfOutline, TermLine, outline
from audit.protocol.spf.path import out_of_reach, permerrors_below
from audit.protocol.spf.spare import spare_terms
from audit.protocol.spf.tree import SpfTree, spf_record, spf_tree
from audit.syntax.escape import octet_text, visible
from audit.syntax.names import DomainName, domain_name
from audit.syntax.spf_mend import NearRecord, nearly

SHOWN, RECORD_SHOWN = 100, 1000
MAX_COLUMN = 72
COSTS, ABOUT = 17, 20  # columns: of the costs with the gaps around them, and what words beside them need
SAME_KIND = 4  # so many networks of others in a row are told as a number
EPILOG = (
    "Exit codes: 0 the record was read, as far as it leads; 2 the command is wrong; 3 the domain's own record is not "
    "known, as the DNS did not say."
)


@dataclass(frozen=True, slots=True)
class Row:
    """A term in the drawing: `branch` is what stands before it, `guide` before all that belongs to it, below that."""

    branch: str
    text: str
    guide: str
    line: TermLine
    about: str
    bad: bool


@dataclass(frozen=True, slots=True)
class Strokes:
    """What the tree is drawn with."""

    fork: str
    end: str
    down: str
    blank: str


WIDE, NARROW = Strokes("├─ ", "└─ ", "│  ", "   "), Strokes("├ ", "└ ", "│ ", "  ")


@click.command(epilog=EPILOG)
@click.argument("domain")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@asking_dns
def tree(domain: str, **given: Any) -> None:
    """Draw the SPF record of DOMAIN: the cost of each include, who it lets send, and terms that can go."""
    name = named(domain)
    fact = ask(_read(Domain(name)), given)
    if isinstance(fact, Unknown):
        told = contract.pretty({"domain": name, "unknown": unseen(fact)}) if given["as_json"] else None
        click.echo(told or folded(f"{name}: the SPF record is not known. {unseen(fact)}"), nl=told is None)
        sys.exit(Exit.INCOMPLETE)
    found, near = fact.value
    drawn = outline(found, load_providers())
    if given["as_json"]:
        nearly_so = [{"shown": n.shown, "fault": n.fault, "meant": n.meant} for n in near]
        click.echo(contract.pretty({**as_json(found, drawn), "nearly": nearly_so}), nl=False)
    else:
        lines = (*as_text(found, drawn, colour=coloured(given["color"], sys.stdout)), *_hints(near))
        click.echo("\n".join(lines), color=True)


def _read(domain: Domain) -> Steps[tuple[SpfTree, tuple[NearRecord, ...]]]:
    """The record with all below it, and the texts beside it that were meant to be one."""
    found = yield from spf_tree(domain)
    record = yield from spf_record(domain)
    return found, tuple(near for strings in record.texts if (near := nearly("".join(strings))))


def _hints(near: tuple[NearRecord, ...]) -> Iterator[str]:
    for each in near:
        meant = f" Perhaps it was to be: {octet_text(each.meant, RECORD_SHOWN)}" if each.meant else ""
        yield folded(f"“{each.shown}” is no SPF record: {each.fault}.{meant}")


def named(domain: str) -> str:
    """The domain that an argument names.

    Raises:
        UserError: it is none.
    """
    read = domain_name(domain)
    if isinstance(read, DomainName):
        return read.ascii
    hint = f" Did you mean {read.suggestion}?" if read.suggestion else ""
    raise UserError(f"“{visible(domain, 80)}”: {read.message}{hint}")


def as_json(found: SpfTree, drawn: SpfOutline) -> Mapping[str, Any]:
    """A tree as data. Texts of the world are escaped and cut."""
    return {
        "domain": found.root.name,
        "records": [octet_text(text, RECORD_SHOWN) for text in found.root.found],
        "allowed": {"lookups": MAX_TERMS, "voids": MAX_VOIDS},
        "lookups": counted(found.lookups),
        "voids": counted(found.voids),
        "out_of_reach": [octet_text(t.term.text, SHOWN) for t in out_of_reach(found, MAX_TERMS)],
        "problems": [
            *(f"{p.text}: {p.code}" for p in (found.root.record.problems if found.root.record else ())),
            *(octet_text(f"{name}: {why}", 300) for name, why in permerrors_below(found)),
        ],
        "spare": [{"term": octet_text(s.term.text, SHOWN), "why": str(s.why)} for s in spare_terms(found)],
        "terms": [_line_json(line) for line in drawn.lines],
        "cut": drawn.cut,
    }


def _line_json(line: TermLine) -> Mapping[str, Any]:
    return {
        "term": octet_text(line.text, SHOWN),
        "lookups": counted(line.lookups),
        "total": counted(line.total),
        "provider": line.provider,
        "networks": networks_counted(line.networks),
        "remark": line.remark,
        "unknown": unseen(line.hole),
        "terms": [_line_json(below) for below in line.below],
    }


def as_text(found: SpfTree, drawn: SpfOutline, *, colour: bool) -> Iterator[str]:
    """The drawing, a line a term."""
    name = found.root.name
    if len(found.root.found) != 1:
        several = f"{len(found.root.found)} SPF records: receivers use none of them."
        yield folded(f"{name} has {several if found.root.found else 'no SPF record.'}")
        yield from (folded(octet_text(text, RECORD_SHOWN), "  ", "    ") for text in found.root.found)
        return
    yield folded(octet_text(found.root.found[0], RECORD_SHOWN), "", "  ")
    for text, bad in _drawing(name, drawn):
        yield click.style(text, fg="red") if bad and colour else text
    if drawn.cut:
        yield "… and more than is drawn here."
    yield ""
    yield from map(folded, summary(found))


def _drawing(name: str, drawn: SpfOutline) -> Iterator[tuple[str, bool]]:
    """The lines of the tree, and whether each is of a term that is out of reach: costs and words stand beside the
    terms, or below them where the terminal has no room."""
    rows = [*_rows(drawn.lines, "", WIDE, own=True)]
    longest = max((len(text) for text in (name, *(r.branch + r.text for r in rows))), default=0)
    if longest + COSTS + ABOUT <= columns(UNFOLDED):
        width = min(longest, MAX_COLUMN)
        yield f"{name:<{width}}  {'cost':>5} {'so far':>7}", False
        for row in rows:
            first = f"{row.branch + row.text:<{width}}  {_costs(row.line)}  "
            for text in folded(row.about, first, f"{row.guide:<{len(first)}}").splitlines():
                yield text, row.bad
        return
    yield folded(name, "", "  "), False
    for row in _rows(drawn.lines, "", NARROW, own=True):
        below = folded("; ".join(filter(None, (_costs_told(row.line), row.about))), row.guide, row.guide)
        term = folded(row.text, row.branch, row.guide)
        yield f"{term}\n{below}" if below.strip(" │") else term, row.bad


def summary(found: SpfTree) -> Iterator[str]:
    """What the record costs, who is out of reach, and what can go."""
    over = found.lookups.at_least > MAX_TERMS
    lookups = f"{count(found.lookups)} DNS {'lookup' if count(found.lookups) == '1' else 'lookups'}"
    yield (
        f"At worst {lookups} of {MAX_TERMS}, {count(found.voids)} in vain of {MAX_VOIDS}."
        + (f" {unseen(found.lookups.hole or found.voids.hole)}" if found.lookups.hole or found.voids.hole else "")
    )
    if over:
        behind = [octet_text(t.term.text, SHOWN) for t in out_of_reach(found, MAX_TERMS)]
        yield f"Senders get permerror that are named by: {', '.join(behind) or 'nothing'}."
    if isinstance(found.loop, Known) and found.loop.value:
        circle = " → ".join(octet_text(n, SHOWN) for n in found.loop.value)
        yield f"It leads in a circle, which is a permerror: {circle}."
    for problem in found.root.record.problems if found.root.record else ():
        yield f"Cannot be read: {problem.text} ({problem.code}). Until that is mended, the whole record is a permerror."
    for name, why in permerrors_below(found):
        yield f"A permerror for every sender behind it: {octet_text(f'{name}: {why}', 300)}."
    for spare in spare_terms(found):
        yield f"Can go: {octet_text(spare.term.text, SHOWN)} ({spare.why})."


def _rows(lines: tuple[TermLine, ...], indent: str, strokes: Strokes, *, own: bool) -> Iterator[Row]:
    gathered = list(_gathered(lines)) if not own else [(line, 1) for line in lines]
    for index, (line, times) in enumerate(gathered):
        last = index == len(gathered) - 1
        text = octet_text(line.text, SHOWN) if times == 1 else f"{line.text.partition(':')[0].lstrip('+')} × {times}"
        inner = indent + (strokes.blank if last else strokes.down)
        guide = inner + (strokes.down if line.below else strokes.blank)
        branch = indent + (strokes.end if last else strokes.fork)
        yield _row(line, branch, text, guide, alone=times == 1)
        yield from _rows(line.below, inner, strokes, own=False)


def _gathered(lines: tuple[TermLine, ...]) -> Iterator[tuple[TermLine, int]]:
    """The lines, networks of the same kind that follow each other as one."""
    at = 0
    while at < len(lines):
        kind = lines[at].text.partition(":")[0].lower()
        end = at + 1
        while kind in ("ip4", "ip6") and end < len(lines) and lines[end].text.partition(":")[0].lower() == kind:
            end += 1
        if end - at >= SAME_KIND:
            yield lines[at], end - at
            at = end
        else:
            yield lines[at], 1
            at += 1


def _row(line: TermLine, branch: str, text: str, guide: str, *, alone: bool) -> Row:
    leads = line.text.lstrip("+-~?").lower().startswith(("include", "redirect"))
    about = [line.provider, networks(line.networks) if leads and alone and not line.hole else None]
    about += [line.remark, unseen(line.hole)]
    bad = line.total.at_least > MAX_TERMS and _dear(line)
    return Row(branch, text, guide, line, "; ".join(a for a in about if a), bad)


def _dear(line: TermLine) -> bool:
    """Whether a term costs lookups, or may."""
    return bool(line.lookups.at_least or line.lookups.hole)


def _costs(line: TermLine) -> str:
    return f"{_short(line.lookups):>5} {_short(line.total):>7}" if _dear(line) else f"{'':>13}"


def _costs_told(line: TermLine) -> str:
    lookups = "lookup" if _short(line.lookups) == "1" else "lookups"
    return f"{_short(line.lookups)} {lookups}, {_short(line.total)} so far" if _dear(line) else ""


def _short(number: Count) -> str:
    return f"{number.at_least}{'' if exact(number) else '+'}"
