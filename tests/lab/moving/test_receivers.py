"""Whether receivers take the company's own mail, by what their caches hold."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from audit.lab.moving.history import Epoch, History, records
from audit.lab.moving.receivers import Receivers, Service, Way
from audit.lab.moving.senders import DAY, HOUR

OLD, NEW = Service("old", "203.0.113.1", "o"), Service("new", "203.0.113.2", "n")
FIXED = (
    '_dmarc.a.example 3600 TXT "v=DMARC1; p=reject"',
    'old.example 300 TXT "v=spf1 ip4:203.0.113.1 -all"',
    'new.example 300 TXT "v=spf1 ip4:203.0.113.2 -all"',
)
SPF_OLD, SPF_NEW, SPF_BOTH = (
    f'a.example 3600 TXT "v=spf1 {" ".join(terms)} -all"'
    for terms in (["include:old.example"], ["include:new.example"], ["include:old.example", "include:new.example"])
)
TOO_MANY = 'a.example 3600 TXT "v=spf1 {} include:new.example -all"'.format(
    " ".join(f"a:h{n}.b.example" for n in range(10))
)
HOSTS = tuple(f"h{n}.b.example 300 A 203.0.113.{100 + n}" for n in range(10))
KEY_OLD, KEY_NEW = (f'{s}._domainkey.a.example 3600 TXT "v=DKIM1; p=AAAA"' for s in "on")
START, SWITCH, END = 0, 100 * DAY, 120 * DAY


def epoch(since: int, sending: str, *lines: str) -> Epoch:
    return Epoch(since, records([*lines, *FIXED]), sending=frozenset(sending.split()))


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    epochs: tuple[Epoch, ...]
    lost: tuple[tuple[str, int, str], ...] = ()


NEW_DIRECT, NEW_FORWARDED = "from new, direct", "from new, forwarded"
NO_NEW_KEY, NO_OLD_KEY = "DKIM: no key at n._domainkey.a.example", "DKIM: no key at o._domainkey.a.example"
FORWARDED = "SPF: its sender is who forwards it; "
CASES = (
    Case(
        name="published in time, removed when nothing is under way",
        epochs=(
            epoch(START, "old", SPF_OLD, KEY_OLD),
            epoch(SWITCH - HOUR, "old", SPF_BOTH, KEY_OLD, KEY_NEW),
            epoch(SWITCH, "new", SPF_BOTH, KEY_OLD, KEY_NEW),
            epoch(END, "new", SPF_NEW, KEY_NEW),
        ),
    ),
    Case(
        name="a key that is published when mail is signed with it: some still hold its denial",
        epochs=(epoch(START, "old", SPF_BOTH, KEY_OLD), epoch(SWITCH, "new", SPF_BOTH, KEY_OLD, KEY_NEW)),
        lost=((NEW_FORWARDED, SWITCH, FORWARDED + NO_NEW_KEY),),
    ),
    Case(
        name="no key and no SPF",
        epochs=(epoch(START, "old", SPF_OLD, KEY_OLD), epoch(SWITCH, "new", SPF_OLD, KEY_OLD)),
        lost=((NEW_DIRECT, SWITCH, "SPF: fail; " + NO_NEW_KEY), (NEW_FORWARDED, SWITCH, FORWARDED + NO_NEW_KEY)),
    ),
    Case(
        name="a key alone is enough",
        epochs=(epoch(START, "old", SPF_OLD, KEY_OLD, KEY_NEW), epoch(SWITCH, "new", SPF_OLD, KEY_OLD, KEY_NEW)),
    ),
    Case(
        name="an SPF record that asks too much, without a key",
        epochs=(
            epoch(START, "new", TOO_MANY, *HOSTS, KEY_OLD),
            epoch(SWITCH, "new", TOO_MANY, *HOSTS, KEY_OLD, KEY_NEW),
        ),
        lost=(
            (NEW_DIRECT, SWITCH - 1 - 5 * DAY, "SPF: permerror; " + NO_NEW_KEY),
            (NEW_FORWARDED, SWITCH - 1 - 5 * DAY, FORWARDED + NO_NEW_KEY),
        ),
    ),
    Case(
        name="the old key goes while mail is under way",
        epochs=(
            epoch(START, "old", SPF_OLD, KEY_OLD),
            epoch(SWITCH - HOUR, "old", SPF_BOTH, KEY_OLD, KEY_NEW),
            epoch(SWITCH, "new", SPF_BOTH, KEY_OLD, KEY_NEW),
            epoch(SWITCH + DAY, "new", SPF_BOTH, KEY_NEW),
        ),
        lost=(("from old, forwarded", SWITCH - 4 * DAY, FORWARDED + NO_OLD_KEY),),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_lost(case: Case) -> None:
    found = [(l.kind, l.sent_at, l.because) for l in Receivers(History(case.epochs), "a.example", (OLD, NEW)).losses()]
    assert sorted(found) == sorted(case.lost)


def test_a_domain_that_only_asks_for_reports_loses_nothing() -> None:
    only_reports = Epoch(0, records(['_dmarc.a.example 60 TXT "v=DMARC1; p=none"']), sending=frozenset({"new"}))
    assert Receivers(History((only_reports,)), "a.example", (NEW,)).loss(NEW, Way.DIRECT, 0) is None
