"""The measurements, a letter each. In every round all that is compared is run in turn, so that another's load on the
machine falls on all of them; what is compared is the ratio within a round.

Wherever domains are few, the start of the program is taken off (a run over one domain), and the row says so.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import logs, programs
from benchmarks.measure import Cost, Figure, run
from benchmarks.programs import Asks
from benchmarks.servers import FAR, NEAR, WHOLE, World, cores, serving, zone_files
from benchmarks.table import Row, at_least, at_most

DISTANCE = 30.0  # milliseconds
STARTS = 5  # starts of a program in a round; each takes a fraction of a second
IN_FLIGHT = 1000  # questions: more than a round trip of 30 ms can use of them (rate times distance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured. `sizes` are the domains of the runs that memory is watched in, `log_mb` is
    the size of the log in megabytes."""

    rounds: int = 3
    domains: int = 500
    peer_domains: int = 60
    sizes: tuple[int, ...] = (1000, 5000)
    log_mb: int = 1000
    say: Callable[[str], None] = field(default=lambda _: None)


def audits(scale: Scale) -> Iterator[Row]:
    """(a), (b), (d), (f), (g): whole audits beside the checkdmarc CLI, at a distance and without."""
    with zone_files(scale.domains) as place:
        for distance in (DISTANCE, 0.0):
            with serving(place, scale.domains, distance) as world:
                yield from _beside(scale, place, world, distance)
                if distance:
                    yield from _shared(scale, place, world)
                    yield from _judged(scale, place)
                    yield from _two(scale, place, world)


def _beside(scale: Scale, place: Path, world: World, distance: float) -> Iterator[Row]:
    """Ours in its two stages and the CLI, on the same domains: asking about as much, and all that we ask."""
    clients, _ = cores()
    domains, few = range(scale.domains), Asks.AS_THE_CLI
    peers, runs, gathers, full, gathered, paced = [], [], [], [], [], []
    for turn in range(scale.rounds):
        scale.say(f"audits at {distance:g} ms, round {turn + 1}")
        numbers = range(turn * scale.peer_domains, (turn + 1) * scale.peer_domains)
        start = programs.checkdmarc(place, numbers[:1], world, clients)
        peers.append(_further(start, programs.checkdmarc(place, numbers, world, clients), len(numbers) - 1))
        gathers.append(_each(_audit("gather", place, domains, world, few, pinned=clients), scale.domains))
        gathered.append(_each(_audit("gather", place, domains, world, pinned=clients), scale.domains))
        if distance:
            runs.append(_each(_audit("run", place, domains, world, few), scale.domains))
            full.append(_each(_audit("run", place, domains, world), scale.domains))
        if distance and not turn:  # the lists' pace is most of it, and that doesn't change
            paced.append(_each(_audit("run", place, domains, world, Asks.ALL_AND_LISTS), scale.domains))
    at = f"at {distance:g} ms"
    asks = f"{_questions(peers):.0f} questions a domain; serial; {scale.peer_domains} a round, less the start"
    yield Row(part="a", what=f"checkdmarc CLI {at}: domains", figure=_rate(peers), unit="1/s", note=asks)
    yield Row(part="a", what=f"checkdmarc CLI {at}: CPU a domain", figure=_cpu(peers), unit="ms")
    for part, name, costs, targets in (
        ("a", f"run, {few.value}", runs, (250, 10)),
        ("a", f"gather, one core, {few.value}", gathers, (400, 20)),
        ("b", f"run, {Asks.ALL.value}", full, None),
        ("b", f"gather, one core, {Asks.ALL.value}", gathered, None),
        ("b", f"run, {Asks.ALL_AND_LISTS.value}", paced, None),
    ):
        if costs:
            yield from _compared(part, f"{name} {at}", costs, peers, targets if distance else None)


def _compared(
    part: str, name: str, ours: list[_Each], peers: list[_Each], targets: tuple[float, float] | None
) -> Iterator[Row]:
    """What a domain cost us, and how often that goes into what it cost the CLI."""
    kind = ", its two DKIM keys named and none guessed" if part == "a" else ""
    asks = f"{_questions(ours):.0f} questions a domain{kind}; {_beside_share(ours)}"
    wall, cpu = (at_least(least) for least in targets) if targets else (None, None)
    yield Row(part=part, what=f"{name}: domains", figure=_rate(ours), unit="1/s", note=asks)
    yield Row(part=part, what=f"{name}: CPU a domain", figure=_cpu(ours), unit="ms")
    yield Row(
        part=part,
        what=f"{name}: over the CLI, by wall",
        figure=_ratio(peers, ours, lambda cost: cost.wall),
        unit="times",
        target=wall,
        note="mostly the CLI's being serial",
    )
    yield Row(
        part=part,
        what=f"{name}: over the CLI, by CPU",
        figure=_ratio(peers, ours, lambda cost: cost.cpu),
        unit="times",
        target=cpu,
    )


def _shared(scale: Scale, place: Path, world: World) -> Iterator[Row]:
    """(d) What a domain asks alone, and what it asks among others."""
    clients, _ = cores()
    out = place / "shared"
    alone = _audit("gather", place, range(1), world, pinned=clients).traffic.questions
    cost = run(programs.asking("gather", place, programs.listed(place, range(scale.domains)), out), world=world)
    held = programs.checked_evidence(out, scale.domains)
    each = cost.traffic.questions / scale.domains
    yield Row(part="d", what="questions for one domain alone, with the run's own", figure=_one(alone), unit="")
    yield Row(part="d", what=f"questions a domain among {scale.domains}", figure=_one(each), unit="")
    yield Row(
        part="d",
        what="answers in evidence that no question of their own was asked for",
        figure=_one(100 * (1 - cost.traffic.questions / held)),
        unit="%",
        note=f"{held / scale.domains:.0f} answers in the evidence of a domain",
    )


def _judged(scale: Scale, place: Path) -> Iterator[Row]:
    """(f) Judging and rendering, over the evidence that `_shared` left."""
    single = place / "single"
    first = single / "evidence.jsonl"
    single.mkdir(exist_ok=True)
    costs = []
    with (place / "shared" / "evidence.jsonl").open("rb") as lines, first.open("wb") as kept:
        for _, line in zip(range(2), lines, strict=False):
            kept.write(line)
    shutil.copy(place / "shared" / "hosts.jsonl", single / "hosts.jsonl")
    for turn in range(scale.rounds):
        scale.say(f"judging, round {turn + 1}")
        start = run(programs.judging(single, place / "judged-one"), accepted=(0, 2))
        whole = run(programs.judging(place / "shared", place / "judged"))
        programs.checked_report(place / "judged", scale.domains)
        costs.append((whole.cpu - start.cpu) / (scale.domains - 1) * 1000)
    yield Row(
        part="f",
        what="judge, validate, write and render: CPU a domain",
        figure=Figure.of(costs),
        unit="ms",
        target=at_most(3),
        note="`mxaudit judge`, less what it takes over one domain",
    )


def _two(scale: Scale, place: Path, world: World) -> Iterator[Row]:
    """(g) Two processes, each with half of the list, against one."""
    half = scale.domains // 2
    parts = (range(half), range(half, scale.domains))
    ratios, shares = [], []
    for turn in range(scale.rounds):
        scale.say(f"two processes, round {turn + 1}")
        one = _audit("gather", place, range(scale.domains), world)
        outs = [place / f"half-{part.start}" for part in parts]
        commands = [
            programs.asking("gather", place, programs.listed(place, part), out)
            for part, out in zip(parts, outs, strict=True)
        ]
        two = run(*commands, world=world)
        for part, out in zip(parts, outs, strict=True):
            programs.checked_evidence(out, len(part))
            shutil.rmtree(out)
        ratios.append(one.wall / two.wall)
        shares.append(two)
    yield Row(
        part="g",
        what="gather in two processes over one: domains a second",
        figure=Figure.of(ratios),
        unit="times",
        target=at_least(1.5),
        note=f"two processes: {_beside_share([_each(cost, scale.domains) for cost in shares])}",
    )


def clients(scale: Scale) -> Iterator[Row]:
    """(c), (i): the resolver alone, beside dnspython's codec and dnsperf."""
    pinned, _ = cores()
    few, many = min(scale.domains, 300), min(scale.domains, 2000)
    near, far, rates = [], [], []
    with zone_files(many) as place, serving(place, many, DISTANCE) as world:
        for turn in range(scale.rounds):
            scale.say(f"the resolver, round {turn + 1}")
            bare = _per_question(programs.asked("codec", WHOLE, few, world=world, cores=pinned))
            near.append(_per_question(programs.asked("asker", NEAR, many, IN_FLIGHT, world=world, cores=pinned)) / bare)
            far.append(_per_question(programs.asked("asker", FAR, many, IN_FLIGHT, world=world, cores=pinned)) / bare)
            peer = programs.dnsperf(place, many, IN_FLIGHT, world, pinned)
            ours = programs.asked("asker", NEAR, many, IN_FLIGHT, world=world, cores=pinned)
            if peer is not None:
                rates.append((ours["questions"] / ours["wall"], peer))
    over = "CPU a question over dnspython's encode and decode"
    yield Row(part="c", what=f"{over}: resolver here", figure=Figure.of(near), unit="times", target=at_most(0.35))
    yield Row(
        part="c",
        what=f"{over}: resolver elsewhere",
        figure=Figure.of(far),
        unit="times",
        target=at_most(0.5),
        note="a socket a question, as its port is part of what a forger has to guess (RFC 5452)",
    )
    if not rates:
        return
    yield Row(part="i", what="questions, ours, at 30 ms", figure=Figure.of(r[0] for r in rates), unit="1/s")
    yield Row(part="i", what="questions, dnsperf, at 30 ms", figure=Figure.of(r[1] for r in rates), unit="1/s")
    yield Row(
        part="i",
        what="questions a second over dnsperf",
        figure=Figure.of(ours / theirs for ours, theirs in rates),
        unit="times",
        target=at_least(0.3),
    )


def sizes(scale: Scale) -> Iterator[Row]:
    """(e) Memory and time of a whole run, and memory of what is done with it afterwards, as lists grow."""
    peaks = []
    for size in scale.sizes:
        scale.say(f"a run over {size} domains")
        with zone_files(size) as place:
            out = place / "long"
            with serving(place, size, DISTANCE) as world:
                cost = run(programs.asking("run", place, programs.listed(place, range(size)), out), world=world)
            programs.checked_report(out, size)
            programs.checked_evidence(out, size)
            later = {name: run(command).rss for name, command in programs.afterwards(out).items()}
        peaks.append(cost.rss)
        each = cost.cpu / size * 1000
        yield Row(part="e", what=f"run over {size:,} domains: domains", figure=_one(size / cost.wall), unit="1/s")
        yield Row(part="e", what=f"run over {size:,} domains: CPU a domain", figure=_one(each), unit="ms")
        limit = 512 if size > 100_000 else 200
        yield Row(
            part="e",
            what=f"run over {size:,} domains: resident memory at its peak",
            figure=_one(cost.rss),
            unit="MiB",
            target=at_most(limit) if size > 1000 else None,
        )
        for name, rss in later.items():
            yield Row(part="e", what=f"{name}, {size:,} domains: resident memory", figure=_one(rss), unit="MiB")
    if len(peaks) > 1:
        yield Row(
            part="e",
            what=f"memory at {scale.sizes[-1]:,} over memory at {scale.sizes[-2]:,} domains",
            figure=_one(peaks[-1] / peaks[-2]),
            unit="times",
            target=at_most(1.1),
        )


def starts(scale: Scale) -> Iterator[Row]:
    """(h) What it takes until a command has said something."""
    bare: list[float] = []
    found: dict[str, list[float]] = {name: [] for name in ("--version", "--help", "check --help")}
    for _ in range(scale.rounds):
        bare.append(_start("-c", "pass"))
        for name, costs in found.items():
            costs.append(_start("-m", "audit", *name.split()))
    for name, costs in found.items():
        yield Row(
            part="h",
            what=f"mxaudit {name} over python -c pass: CPU",
            figure=Figure.of(cost / python for cost, python in zip(costs, bare, strict=True)),
            unit="times",
            target=at_most(4) if name == "--version" else None,
            note=f"{statistics.median(costs) * 1000:.0f} ms",
        )


def _start(*arguments: str) -> float:
    return statistics.median(run((sys.executable, *arguments)).cpu for _ in range(STARTS))


def _audit(
    command: str,
    place: Path,
    numbers: range,
    world: World,
    asks: Asks = Asks.ALL,
    *,
    pinned: set[int] | None = None,
) -> Cost:
    """One run of ours whose result is looked at and thrown away."""
    out = place / "out"
    listed = programs.listed(place, numbers, asks)
    cost = run(programs.asking(command, place, listed, out, asks), world=world, cores=pinned)
    if command == "run":
        programs.checked_report(out, len(numbers))
    programs.checked_evidence(out, len(numbers))
    shutil.rmtree(out)
    return cost


@dataclass(frozen=True, slots=True)
class _Each:
    """What a domain cost: seconds, and questions."""

    wall: float
    cpu: float
    questions: float
    shares: tuple[float, float, float]  # of one core: ours, the relay's, the servers'


def _each(cost: Cost, domains: int) -> _Each:
    shares = (cost.cpu / cost.wall, cost.traffic.relay_seconds / cost.wall, cost.traffic.server_seconds / cost.wall)
    return _Each(cost.wall / domains, cost.cpu / domains, cost.traffic.questions / domains, shares)


def _further(start: Cost, whole: Cost, domains: int) -> _Each:
    """What each domain after the first cost: what a program takes to start would weigh more where domains are few."""
    return _Each(
        (whole.wall - start.wall) / domains,
        (whole.cpu - start.cpu) / domains,
        (whole.traffic.questions - start.traffic.questions) / domains,
        _each(whole, domains).shares,
    )


def _rate(costs: list[_Each]) -> Figure:
    return Figure.of(1 / cost.wall for cost in costs)


def _cpu(costs: list[_Each]) -> Figure:
    return Figure.of(cost.cpu * 1000 for cost in costs)


def _ratio(theirs: list[_Each], ours: list[_Each], of: Callable[[_Each], float]) -> Figure:
    return Figure.of(of(their) / of(our) for their, our in zip(theirs, ours, strict=False))


def _questions(costs: list[_Each]) -> float:
    return statistics.median(cost.questions for cost in costs)


def _beside_share(costs: list[_Each]) -> str:
    ours, relay, servers = (100 * statistics.median(cost.shares[n] for cost in costs) for n in range(3))
    return f"of a core: itself {ours:.0f} %, relay {relay:.0f} %, servers {servers:.0f} %"


def _per_question(found: dict[str, float]) -> float:
    return found["cpu"] / found["questions"]


def _one(value: float) -> Figure:
    return Figure.of([value])


def logs_read(scale: Scale) -> Iterator[Row]:
    """(l): a log of a gigabyte by `mxaudit logs` and by pflogsumm; once, as it takes minutes."""
    yield from logs.rows(scale.log_mb, 1, scale.say)


PARTS: dict[str, Callable[[Scale], Iterable[Row]]] = {
    "a": audits,
    "b": audits,
    "c": clients,
    "d": audits,
    "e": sizes,
    "f": audits,
    "g": audits,
    "h": starts,
    "i": clients,
    "l": logs_read,
}
