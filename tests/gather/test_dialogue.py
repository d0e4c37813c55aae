"""Dialogues with places: addresses come from the DNS, are judged before they are dialled, and hear a login once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from audit.gather.dialogue import TYPED, Place, dialogues
from audit.model.dialogue import Dialogue, Ending, Part
from audit.model.secret import Secret
from audit.network.dialogue import BEGINS_WITH_TLS
from audit.network.options import NetworkOptions, SmtpLimits
from audit.network.script import Manner, Script
from audit.syntax.sasl.mechanism import Credential
from tests.cli.served import served
from tests.network.smtpfault import FAULTS, LOOPBACK, mail_servers
from tests.network.submission import HOST, NOW, STORE, Submission

ZONE = f"""\
test. SOA a.test. admin.test. 1 1800 900 604800 86400
{HOST}. A 192.0.2.25
{HOST}. A 192.0.2.26
{HOST}. AAAA 2001:db8:25::25
four.good.test. A 192.0.2.25
empty.good.test. TXT nothing
inside.good.test. A 10.0.0.1
loop.good.test. A 127.0.0.1
"""
LIMITS = SmtpLimits(connect=2, banner=0.5, ehlo=1, tls=1, quit=0.5, session=3, gap_between_visits=0)
LOGIN = Script(until=Part.AUTH, credential=Credential(user="anna", secret=Secret("c4n4ry")))
GREET = Script(until=Part.BANNER)
P587 = Place(host=HOST, port=587)
E, P = Ending, Part


def held(
    places: list[Place], script: Script, server: Submission | str = "good", nameserver: str | None = None
) -> tuple[Dialogue, ...]:
    """The dialogues with places, at each address of which one server listens."""

    async def run(asked: str) -> tuple[Dialogue, ...]:
        async with mail_servers("planned") as mail:
            at = (LOOPBACK, mail.ports["planned"])
            addresses = ("192.0.2.25", "192.0.2.26", "2001:db8:25::25")
            host, _, port = asked.rpartition(":")
            options = NetworkOptions(
                nameservers=((host, int(port)),),
                connect_to={(a, p): at for a in addresses for p in (25, 465, 587)},
                allow_net=("192.0.2.0/24", "2001:db8:25::/64"),
                question_timeout=1,
                first_timeout=0.3,
            )
            manner = Manner(ehlo="auditor.test", limits=LIMITS, store=STORE, at=NOW)
            return await dialogues(places, script, manner, options, fault=faults.append)

    faults: list[BaseException] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FAULTS, "planned", server if isinstance(server, Submission) else FAULTS[server])
        if nameserver is not None:
            found = asyncio.run(run(nameserver))
        else:
            with served(ZONE) as asked:
                found = asyncio.run(run(asked))
    assert faults == []
    return found


@pytest.mark.parametrize(
    ("place", "addresses"),
    [
        (P587, ["192.0.2.25", "2001:db8:25::25"]),
        (replace(P587, family=4), ["192.0.2.25"]),
        (replace(P587, family=6), ["2001:db8:25::25"]),
        (replace(P587, host="four.good.test"), ["192.0.2.25"]),
        (replace(P587, host="192.0.2.26"), ["192.0.2.26"]),
        (replace(P587, host="2001:db8:25::25"), ["2001:db8:25::25"]),
    ],
)
def test_one_address_of_each_family(place: Place, addresses: list[str]) -> None:
    found = held([place], GREET)
    assert [d.address for d in found] == addresses
    assert {(d.host, d.port, d.last.ending) for d in found} == {(place.host, 587, E.OK)}


@pytest.mark.parametrize(
    ("host", "part", "ending"),
    [
        ("absent.good.test", P.RESOLVE, E.NO_NAME),
        ("empty.good.test", P.RESOLVE, E.NO_ADDRESS),
        ("inside.good.test", P.CONNECT, E.GUARD_REFUSED),
        ("loop.good.test", P.CONNECT, E.GUARD_REFUSED),
        ("127.0.0.1", P.CONNECT, E.GUARD_REFUSED),
        ("169.254.169.254", P.CONNECT, E.GUARD_REFUSED),
    ],
)
def test_where_nothing_is_dialled(host: str, part: Part, ending: Ending) -> None:
    (found,) = held([replace(P587, host=host)], GREET)
    assert [(s.part, s.ending) for s in found.steps] == [(part, ending)]


@pytest.mark.parametrize(("host", "problems"), [("127.0.0.1", (TYPED,)), ("inside.good.test", ())])
def test_who_named_an_internal_address_is_told_apart(host: str, problems: tuple[str, ...]) -> None:
    (found,) = held([replace(P587, host=host)], GREET)
    assert found.last.problems == problems


def test_a_family_that_a_host_lacks_is_no_address() -> None:
    (found,) = held([Place(host="four.good.test", port=587, family=6)], GREET)
    assert (found.last.part, found.last.ending) == (P.RESOLVE, E.NO_ADDRESS)


def test_silence_of_the_dns_is_not_absence() -> None:
    (found,) = held([P587], GREET, nameserver="127.0.0.1:9")
    assert (found.last.part, found.last.ending) == (P.RESOLVE, E.NO_ANSWER)
    assert found.last.problems == (found.last.detail,)
    assert (found.last.detail or "").startswith("dns.")


def test_a_host_that_is_not_there_is_told_once() -> None:
    absent = replace(P587, host="absent.good.test")
    found = held([replace(absent, port=25), absent, replace(P587, family=4)], GREET)
    assert [(d.host, d.port, d.last.ending) for d in found] == [("absent.good.test", 25, E.NO_NAME), (HOST, 587, E.OK)]


def said(found: tuple[Dialogue, ...]) -> list[tuple[int, str, bool]]:
    return [(d.port, d.address, d.mechanism is not None) for d in found]


def test_a_login_is_said_to_the_first_address_that_gets_so_far() -> None:
    server = Submission()
    assert said(held([P587], LOGIN, server)) == [(587, "192.0.2.25", True), (587, "2001:db8:25::25", False)]
    assert sum(word.startswith("AUTH") for word in server.heard) == 1


def test_a_refusal_is_not_repeated_elsewhere() -> None:
    server = Submission(login=(b"535 5.7.8 no\r\n",))
    found = held([P587, replace(P587, port=465)], LOGIN, server)
    assert sum(d.mechanism is not None for d in found) == 1
    assert sum(word.startswith("AUTH") for word in server.heard) == 1


@pytest.mark.parametrize(
    ("places", "ports"),
    [
        ([replace(P587, port=25, family=4), replace(P587, family=4)], [(25, False), (587, True)]),
        ([replace(P587, port=25, family=4)], [(25, True)]),  # it was named
        ([replace(P587, family=4, hearsay=True)], [(587, False)]),
        ([replace(P587, family=4, hearsay=True), replace(P587, family=6)], [(587, False), (587, True)]),
    ],
)
def test_where_a_login_is_said(places: list[Place], ports: list[tuple[int, bool]]) -> None:
    assert [(port, entered) for port, _, entered in said(held(places, LOGIN, Submission()))] == ports


def test_a_server_that_waits_for_tls_is_told_from_one_that_is_slow() -> None:
    place = replace(P587, family=4)
    (waits,) = held([place], Script(), Submission(implicit=True))
    (slow,) = held([place], Script(), "silent")
    assert (waits.last.part, waits.last.ending, waits.last.problems) == (P.BANNER, E.TIMEOUT, (BEGINS_WITH_TLS,))
    assert (slow.last.part, slow.last.ending, slow.last.problems) == (P.BANNER, E.TIMEOUT, ())


def test_what_answers_is_not_asked_for_tls() -> None:
    (drips,) = held([replace(P587, family=4)], Script(), "tarpit")
    assert drips.last.problems == ()


def test_to_any_server_only_what_is_public_is_said() -> None:
    assert LOGIN.public == Script(until=P.AUTH)
