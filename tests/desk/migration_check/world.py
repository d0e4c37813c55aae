"""The company that moves, as a plan and as what is seen of it at some moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from audit.desk.migration_check.steps import Seen
from audit.desk.propagation.judging import judge
from audit.desk.propagation.verdict import Propagation
from audit.lab.moving.company import DOMAIN, START, STEPS, State, Step, epoch, moment, page, states
from audit.lab.moving.history import Epoch, History, Key, Said
from audit.model import migration
from audit.model.fact import Fact, Known, Unknown
from audit.model.migration import Because, Change, Expected, FileChange, Match, Plan, RecordSet, StepKind
from audit.model.probe import Answer, DnsStatus
from audit.protocol.propagation import Copies, Round, ServerHeld, Truth

URL = f"https://mta-sts.{DOMAIN}/.well-known/mta-sts.txt"
HOSTS = ("ns1.lab.example", "ns2.lab.example")
KINDS = {kind.value: kind for kind in StepKind}
SILENT = Unknown("dns.timeout")


@cache
def world(steps: tuple[Step, ...]) -> History:
    return History(tuple(epoch(since, state) for since, state in states(steps)))


@cache
def plan(steps: tuple[Step, ...] = STEPS) -> Plan:
    """What the company means to do: each step with what becomes of each name, after the step before."""
    found: list[migration.Step] = []
    before = State()
    for step in steps:
        after = step.deed(before)
        changes = changes_of(epoch(0, before), epoch(0, after))
        last = found[-1].id if found else None
        found.append(
            migration.Step(
                id=step.name,
                kind=KINDS[step.name],
                title=f"the step {step.name}",
                why="",
                changes=changes,
                files=files_of(before, after),
                by_hand=(),
                earliest=moment(step.at),
                latest=None,
                because=(Because(sentence="", seconds=3600, observed=None, evidence=None, after=last),),
                way_back="",
                done_when=tuple(map(expected, changes)),
                waits_for=(last,) if last else (),
                missing=(),
            )
        )
        before = after
    return Plan(
        domain=DOMAIN,
        moves_from=("microsoft-365",),
        moves_to="google",
        made_at=START,
        observed_at=START,
        cutover=None,
        in_time=None,
        evidence_digest="0" * 64,
        steps=tuple(found),
        missing=(),
        not_known=(),
    )


def changes_of(before: Epoch, after: Epoch) -> tuple[Change, ...]:
    keys = sorted({*before.records, *after.records})
    return tuple(
        Change(name=key[0], type=key[1], before=record_set(before, key), after=record_set(after, key), seen=True)
        for key in keys
        if before.records.get(key) != after.records.get(key)
    )


def record_set(at: Epoch, key: Key) -> RecordSet | None:
    said = at.records.get(key)
    return RecordSet(values=tuple(sorted(said.values)), ttl=said.ttl) if said else None


def expected(change: Change) -> Expected:
    if change.after is None:
        return Expected(name=change.name, type=change.type, match=Match.ABSENT, values=(), ttl=None)
    match = Match.AMONG if change.type == "TXT" and change.name == DOMAIN else Match.EXACTLY
    return Expected(name=change.name, type=change.type, match=match, values=change.after.values, ttl=change.after.ttl)


def files_of(before: State, after: State) -> tuple[FileChange, ...]:
    old, new = (page(state.policy).body.decode() for state in (before, after))
    return (FileChange(url=URL, before=old, after=new),) if old != new else ()


def seen(
    steps: tuple[Step, ...],
    at: int,
    *,
    behind: int | None = None,
    silent: tuple[str, ...] = (),
    done_since: dict[str, datetime] | None = None,
) -> Seen:
    """What is seen at a moment, when these steps are taken. `behind`: a resolver asked then, and keeps to it as long as
    it may; `silent`: servers and resolvers that do not answer."""
    return look(plan(), world(steps), at, Eyes(behind, silent), done_since or {})


@dataclass(frozen=True)
class Eyes:
    """Who sees."""

    behind: int | None = None
    silent: tuple[str, ...] = ()


def look(given: Plan, lived: History, at: int, eyes: Eyes, done_since: dict[str, datetime]) -> Seen:
    """What is seen at a moment of all that a plan speaks of."""
    keys = {(e.name, e.type) for step in given.steps for e in step.done_when}
    policy = lived.at(at).policy
    return Seen(
        records={key: spread(lived, key, at, eyes.behind, eyes.silent) for key in keys},
        files={URL: Known(page(policy).body.decode() if policy else None)},
        now=moment(at),
        done_since=done_since,
    )


def spread(lived: History, key: Key, at: int, behind: int | None, silent: tuple[str, ...]) -> Fact[Propagation]:
    asked = asked_at(lived, key, at, Eyes(behind, silent))
    return Known(judge(asked.truth, asked.copies, (), moment(at)))


def asked_at(lived: History, key: Key, at: int, eyes: Eyes) -> Round:
    """What servers and resolvers say of a name at a moment."""
    now = lived.at(at).says(*key)
    kept = now if eyes.behind is None else lived.at(eyes.behind).says(*key)
    age = 0 if eyes.behind is None else at - eyes.behind
    if age >= kept.ttl:
        kept, age = now, 0
    said: dict[str, Fact[Answer]] = {
        host: SILENT if host in eyes.silent else Known(answer(now, 0, at)) for host in HOSTS
    }
    truth = Truth(
        key[1],
        DOMAIN,
        tuple(ServerHeld(host, f"192.0.2.{n}", (fact,), serial=1) for n, (host, fact) in enumerate(said.items())),
        denial_ttl=300,
    )
    quiet = Answer(status=DnsStatus.TIMEOUT)
    copies = (
        Copies("first", "192.0.2.101", ((answer(now, 0, at),),)),
        Copies("second", "192.0.2.102", ((quiet if "second" in eyes.silent else answer(kept, age, at),),)),
    )
    return Round(truth, copies)


def answer(said: Said, age: int, at: int) -> Answer:
    return Answer(
        status=DnsStatus.NOERROR if said.values or said.alias else DnsStatus.NXDOMAIN,
        records=tuple(sorted(said.values)),
        aliases=(said.alias,) if said.alias else (),
        authority=() if said.values else (f"{DOMAIN}. 300 SOA a. b. 1 2 3 4 300",),
        ttl=said.ttl - age,
        flags=("ra",),
        asked_at=START + timedelta(seconds=at),
        elapsed_ms=0.0,
    )
