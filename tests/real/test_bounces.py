"""Bounces of real Postfix and Exim, and their logs: each is read as what it is, with its class and permanence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from audit import contract
from audit.desk.bounce.reading import Bounce, read_bounce
from audit.desk.bounce.returned import Returned
from benchmarks.bounces import flufl
from benchmarks.bounces import ours as read_by_ours
from tests.cli.command import mxaudit
from tests.real.bouncers import REFUSALS, Refuser, Sent, from_exim, from_postfix, refusing
from tests.real.daemons import NotReady
from tests.real.mail_daemons import needed, postfix
from tests.real.pflogsumm import summed

pytestmark = pytest.mark.real

Label = tuple[str, bool | None]
Send = Callable[[Path, Refuser, int, Mapping[str, int]], Sent]
STARTS = 4
HARD, FULL, GREY, LISTED = "hard-address", "soft-mailbox", "greylist", "reputation-block"
LABELS: Mapping[str, Label] = {
    **dict.fromkeys(("unknown", "nosuch", "vmail", "disabled"), (HARD, True)),
    "full": (FULL, True),
    "quota": (FULL, False),
    **dict.fromkeys(("grey", "grey2"), (GREY, False)),
    **dict.fromkeys(("listed", "listed2"), (LISTED, True)),
    "policy": ("policy-block", True),
    **dict.fromkeys(("relay", "relay2"), ("relay", True)),
    "spf": ("auth-fail", True),
    "ptr": ("auth-fail", False),
    "rate": ("rate", False),
    "busy": ("soft-system", False),
    "sender": ("config-sender", True),
    "auth": ("config-sender", True),
    "tlsonly": ("tls", True),
    **dict.fromkeys(("spam", "virus", "lines"), ("content", True)),
    "large": ("size", True),
    **dict.fromkeys(("dmarc", "dkim"), ("auth-fail", True)),
    "later": ("soft-system", False),
}
# What no reply of the refusing server makes: the sending server itself, or a real Postfix that receives.
ELSEWHERE: Mapping[str, tuple[int, Label]] = {
    "nobody@real.test": (0, (HARD, True)),
    "grey@real.test": (0, (GREY, False)),
    "ok@real.test": (30_000, ("size", True)),
    "x@elsewhere.test": (0, ("relay", True)),
    "nosuchuser@local.test": (0, (HARD, True)),
    "x@down.test": (0, ("soft-system", False)),
    "x@tls.test": (0, ("tls", False)),
    "x@closed.test": (0, ("hard-domain", True)),
}
RECIPIENTS = {f"{name}@far.test": 0 for name in REFUSALS} | {name: size for name, (size, _) in ELSEWHERE.items()}
WANTED: Mapping[str, Label] = {f"{n}@far.test": label for n, label in LABELS.items()} | {
    name: label for name, (_, label) in ELSEWHERE.items()
}
# Exim says of what it tried in vain only that its time was over, not why, and gives it the status 5.0.0.
ON_EXIM: Mapping[str, Label] = dict.fromkeys(("x@down.test", "x@tls.test"), ("soft-system", True))
SERVERS: Mapping[str, tuple[str, Send]] = {
    "postfix": ("postfix", from_postfix),
    "exim": ("exim4", from_exim),
}


@dataclass(frozen=True)
class Made:
    server: str
    mails: tuple[bytes, ...]
    log: bytes
    found: Mapping[str, tuple[Bounce, Returned]]


def _made_by(send: Send) -> Sent:
    """What one server makes of all mails, while a real Postfix receives."""
    with TemporaryDirectory(dir="/var/tmp") as receiving, TemporaryDirectory(dir="/var/tmp") as sending:
        for place in (receiving, sending):
            Path(place).chmod(0o755)
        with postfix(Path(receiving)) as real, refusing() as refuser:
            return send(Path(sending), refuser, real, RECIPIENTS)


@pytest.fixture(scope="module", params=SERVERS)
def made(request: pytest.FixtureRequest) -> Made:
    name: str = request.param
    daemon, send = SERVERS[name]
    for needs in ("postfix", daemon):
        needed(needs)
    for attempt in range(STARTS):
        try:
            sent = _made_by(send)
            break
        except (NotReady, OSError, CalledProcessError):  # somebody took the port in between, or the load is high
            if attempt == STARTS - 1:
                raise
    found = {r.address: (b, r) for b in map(read_bounce, sent.bounces) for r in b.recipients}
    return Made(name, sent.bounces, sent.log, found)


def test_each_mail_came_back_and_is_a_bounce(made: Made) -> None:
    assert set(made.found) == set(RECIPIENTS)
    assert {b.kind for b, _ in made.found.values()} == {"bounce"}
    assert len(made.mails) >= 35


def test_class_and_permanence_are_right_each_time(made: Made) -> None:
    wanted = {**WANTED, **(ON_EXIM if made.server == "exim" else {})}
    told = {a: (r.told.kind.id if r.told else "", r.permanent) for a, (_, r) in made.found.items()}
    assert {a: t for a, t in told.items() if t != wanted[a]} == {}


def test_only_addresses_that_are_gone_are_given_up(made: Made) -> None:
    gone = {a for a, (_, r) in made.found.items() if r.suppress}
    assert gone <= {a for a, (kind, _) in WANTED.items() if kind.startswith("hard-")}
    assert {"unknown@far.test", "vmail@far.test", "nobody@real.test"} <= gone


def test_the_id_of_the_mail_is_found(made: Made) -> None:
    assert {a: b.message_id for a, (b, _) in made.found.items()} == {
        a: f"{a.replace('@', '.at.')}@news.test" for a in RECIPIENTS
    }


def test_line_ends_change_nothing_and_cutting_makes_none_hard(made: Made) -> None:
    for octets in made.mails:
        plain = octets.replace(b"\r\n", b"\n")
        found = read_bounce(plain)
        assert read_bounce(plain.replace(b"\n", b"\r\n")) == read_bounce(plain.replace(b"\n", b"\r")) == found
        soft = {r.address for r in found.recipients if not r.suppress}
        for end in range(0, len(plain), 200):
            cut = read_bounce(plain[:end])
            assert [r.address for r in cut.recipients if r.suppress and r.address in soft] == []


def test_flufl_finds_no_address_that_ours_does_not(made: Made) -> None:
    found = Counter[str]()
    for octets in made.mails:
        (theirs, for_now), (ours, passing) = flufl(octets), read_by_ours(octets)
        assert theirs | for_now <= ours | passing
        assert for_now <= passing
        found.update(flufl=len(theirs | for_now), ours=len(ours | passing), differ=len(theirs & passing))
    assert found["ours"] == len(RECIPIENTS)
    assert found["flufl"] > len(RECIPIENTS) // 2
    assert found["differ"] <= sum(not permanent for _, permanent in WANTED.values())  # given up over a 4xx


# ---- what the same servers wrote into their logs ------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(made: Made) -> dict[str, Any]:
    done = mxaudit("logs", "-", "--json", "--salt", "real", stdin=made.log)
    contract.check("logs", done.out)
    value: dict[str, Any] = json.loads(done.out)
    return value


def test_the_log_counts_what_was_done(told: dict[str, Any], made: Made) -> None:
    passing = sum(not permanent for _, permanent in WANTED.values())
    counts = {name: told["totals"][name] for name in ("received", "sent", "deferred", "bounced", "expired", "rejected")}
    assert counts == {
        "received": len(RECIPIENTS),
        "sent": len(RECIPIENTS),  # the bounces, to the author
        "deferred": passing,
        "bounced": len(RECIPIENTS) - passing,
        "expired": passing,  # as nothing is tried twice
        "rejected": 0,
    }
    assert (told["lines_unparsed"], told["attempts_without_beginning"], told["totals"]["waiting"]) == (0, 0, 0)
    assert told["servers"] == [made.server.capitalize()]


def test_the_log_gives_each_refusal_its_reason(told: dict[str, Any]) -> None:
    wanted = Counter(("bounced" if permanent else "deferred", kind) for kind, permanent in WANTED.values())
    found: Counter[tuple[str, str]] = Counter()
    for cause in told["causes"]:
        found[cause["way"], cause["class"]] += cause["count"]
    expired = {kind: count for (way, kind), count in found.items() if way == "expired"}
    assert {key: count for key, count in found.items() if key[0] != "expired"} == wanted
    assert expired == {"soft-system": found.total() - wanted.total()}


def test_the_log_names_lists_places_and_the_refusal_for_pace(told: dict[str, Any]) -> None:
    lists = {row["name"] for listing in told["blocklistings"] for row in listing["lists"]}
    assert len(lists) == 2
    assert [rate["count"] for rate in told["rate_limits"]] == [1]
    places = {row["provider"] for row in told["providers"]}
    assert "127.0.0.1" in places  # a server that is named by its address is nobody's domain
    assert not places & {"0.1", "(unknown)"}


def test_pflogsumm_counts_the_same_of_a_real_log(told: dict[str, Any], made: Made, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(made.log)
    theirs = summed(log) if made.server == "postfix" else {}  # it reads Postfix's logs alone
    assert {name: told["totals"][name] for name in theirs} == theirs


def test_no_local_part_is_told(told: dict[str, Any]) -> None:
    text = json.dumps(told)
    assert [a for a in RECIPIENTS if a in text] == []
    assert "author@" not in text
