"""The company's world while a plan is carried out: each step's records and files, each at its time."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import cache

from audit import contract
from audit.lab.keys import rsa_2048
from audit.lab.moving import providers
from audit.lab.moving.company import DOMAIN, NEW, OLD, SIGNED_HERE, State, epoch, story, webs
from audit.lab.moving.history import Door, Epoch, History, Key, Said, Sts, bare
from audit.lab.story import Story, addresses
from audit.model.migration import FileChange, Plan, RecordSet, Step
from audit.syntax import mta_sts, txt
from tests.cli.command import mxaudit
from tests.cli.moving import alone

GIVEN = {"dkim": f"v=DKIM1; k=rsa; p={rsa_2048(DOMAIN)}", "verification": "google-site-verification=lab"}


@cache
def planned() -> Plan:
    """What `mxaudit migrate plan` makes of the company before its first step."""
    with ExitStack() as opened:
        words = opened.enter_context(alone(story(State())))
        sets = [word for key, value in GIVEN.items() for word in ("--set", f"{key}={value}")]
        done = mxaudit("migrate", "plan", DOMAIN, "--to", "google", *sets, *words, "--json")
    assert done.code == 0, done.err
    return contract.load(done.out, Plan)


def timetable(plan: Plan) -> dict[str, int]:
    """Each step as early as it may be, in seconds since the plan was made."""
    return {s.id: int((s.earliest - plan.made_at).total_seconds()) + 1 for s in plan.steps if s.earliest is not None}


def lived(plan: Plan, times: Mapping[str, int]) -> History:
    """The world with these steps of a plan at these times; the others are never done. Of steps at one time the order
    of the plan holds."""
    at = epoch(-10 * 365 * 86400, State())
    epochs = {at.since: at}
    steps = sorted((step for step in plan.steps if step.id in times), key=lambda step: times[step.id])
    for step in steps:
        at = replace(after(at, step), since=times[step.id])
        epochs[at.since] = at
    return History(tuple(epochs[since] for since in sorted(epochs)))


def after(before: Epoch, step: Step) -> Epoch:
    """The world after a step: its records, its files, and what its people do besides."""
    records = dict(before.records)
    for change in step.changes:
        key = change.name, change.type
        records.pop(key, None)
        if change.after is not None:
            records[key] = said(change.after)
    doors, sending = dict(before.doors), set(before.sending)
    match step.id:
        case "prepare":
            doors[addresses(providers.NEW_AT)[0]] = Door.TAKES
        case "switch-mx":
            sending.add(NEW.name)
        case "keep-old":  # the last user has left by then
            sending.discard(OLD.name)
        case "remove-rest":
            doors[addresses(providers.OLD_AT)[0]] = Door.REFUSES
    policy = before.policy
    for file in step.files:
        policy = policy_of(file, records)
    return replace(before, records=records, doors=doors, sending=frozenset(sending), policy=policy)


def said(of: RecordSet) -> Said:
    return Said(3600 if of.ttl is None else of.ttl, of.values)


def policy_of(file: FileChange, records: Mapping[Key, Said]) -> Sts | None:
    """The policy as it is served, with the id of the record that announces it."""
    if file.after is None:
        return None
    read = mta_sts.parse_policy(file.after.encode())
    assert read.mode is not None
    assert read.max_age is not None
    record = txt.joined(records[f"_mta-sts.{DOMAIN}", "TXT"].values[0])
    return Sts(mta_sts.parse_record(record).id or "", read.mode, read.max_age, tuple(map(bare, read.mx)))


def story_of(at: Epoch) -> Story:
    """The world at some moment, as a story of the lab."""
    lines = (
        f"{name} {said.ttl} {kind} " + (f'"{txt.joined(value)}"' if kind == "TXT" else value)  # cut anew by the lab
        for (name, kind), said in at.records.items()
        for value in said.values
    )
    assert at.policy is not None
    return replace(story(State()), zone=(SIGNED_HERE, *lines), webs=webs(at.policy))
