"""The MTA-STS policy during a move (RFC 8461): it first covers both providers, in the end the new one.

Senders keep a policy for its max_age, and fetch it again when the id in the record changes. So the file comes first and
then the record; and for how long a former policy in mode enforce may still be held, is known from the policy alone.
"""

from __future__ import annotations

from audit.model.fact import Known
from audit.model.migration import FileChange, RecordSet
from audit.model.value import dataclass
from audit.protocol.migration.goal import Goal
from audit.protocol.migration.ground import MoveGround, StsGround
from audit.syntax import zonefile
from audit.syntax.mta_sts import Mode, StsPolicy, policy_lines, record

SHORT_AGE = 86_400  # seconds: while it may have to change again
SOUND_AGE = 604_800
TTL = 3600
PATH_NOTE = (
    "Put the file in place first, look at it from outside, and only then change the record: its id sends for it."
)


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """The file as it becomes, and the record that announces it: name, type and set."""

    file: FileChange
    record: tuple[str, str, RecordSet]


def policy_of(ground: MoveGround) -> tuple[StsGround, StsPolicy] | None:
    """The policy that senders find; None where there is none, or it is not known."""
    found = ground.sts.value if isinstance(ground.sts, Known) else None
    policy = found.policy.policy if found else None
    if found is None or policy is None or policy.broken or policy.mode is None:
        return None
    return found, policy


def binding(ground: MoveGround, goal: Goal) -> bool:
    """Whether there is a policy in mode enforce that does not cover a new host."""
    found = policy_of(ground)
    return found is not None and found[1].mode is Mode.ENFORCE and not _covered(found[1], goal)


def awaiting_hosts(ground: MoveGround, goal: Goal) -> bool:
    """Whether there is a policy, and the hosts are not known that it has to name."""
    found = policy_of(ground)
    return found is not None and found[1].mode is not Mode.NONE and not goal.hosts


def opened(ground: MoveGround, goal: Goal, id_: str) -> PolicyChange | None:
    """The policy for the time of the move; None where none is needed, or none is there."""
    found = policy_of(ground)
    if found is None or found[1].mode is Mode.NONE or _covered(found[1], goal) or not goal.hosts:
        return None
    there, policy = found
    hosts = tuple(dict.fromkeys((*policy.mx, *(h for h in goal.hosts if not policy.covers(h)))))
    age = min(policy.max_age or SHORT_AGE, SHORT_AGE)
    return _changed(ground, there.url, _text(there), _file(Mode.TESTING, hosts, age), f"{id_}1")


def closed(ground: MoveGround, goal: Goal, id_: str) -> PolicyChange | None:
    """The policy after the move: only the new hosts, as strict as it was; None where it may stay."""
    found = policy_of(ground)
    if found is None or found[1].mode in (Mode.NONE, None) or not goal.hosts:
        return None
    there, policy = found
    former = tuple(p for p in policy.mx if not any(StsPolicy(None, None, (p,), ()).covers(h) for h in goal.hosts))
    during = opened(ground, goal, id_)
    if not former and during is None:
        return None
    needed = tuple(p for p in policy.mx if p not in former)
    hosts = tuple(dict.fromkeys((*needed, *(h for h in goal.hosts if not policy.covers(h)))))
    before = during.file.after if during else _text(there)
    after = _file(policy.mode or Mode.TESTING, hosts, policy.max_age or SOUND_AGE)
    return _changed(ground, there.url, before, after, f"{id_}2")


def _covered(policy: StsPolicy, goal: Goal) -> bool:
    return bool(goal.hosts) and all(policy.covers(host) for host in goal.hosts)


def _changed(ground: MoveGround, url: str, before: str | None, after: str, id_: str) -> PolicyChange:
    fact = ground.at(f"_mta-sts.{ground.domain}", "TXT")
    ttl = fact.value.ttl if isinstance(fact, Known) else fact
    seconds = ttl.value if isinstance(ttl, Known) and ttl.value else TTL
    announced = RecordSet(values=(zonefile.text_data(record(id_)),), ttl=seconds)
    return PolicyChange(
        FileChange(url=url, before=before, after=after), (f"_mta-sts.{ground.domain}", "TXT", announced)
    )


def _file(mode: Mode, hosts: tuple[str, ...], max_age: int) -> str:
    return "".join(f"{line}\r\n" for line in policy_lines(mode, hosts, max_age))


def _text(there: StsGround) -> str:
    return there.policy.body.decode("utf-8", "replace")
