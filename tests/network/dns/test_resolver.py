"""The resolver against a nameserver that fails in every way we know of: what is said must be what happened."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from audit.model.probe import SPEAKING, Answer, DnsStatus, Question
from audit.network.dial import Dialer
from audit.network.dns.resolver import Resolver, believed
from audit.network.guard import Guard
from audit.network.options import Endpoint, NetworkOptions
from tests.network.dnsfault import LOOPBACK, FaultServer, fault_server

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KINDS = ("MX", "TXT", "A", "PTR")
TRUTH = {
    "MX": ("10 mx.good.test.",),
    "TXT": ('"v=spf1 " "-all"',),
    "A": ("192.0.2.1",),
    "PTR": ("mail.good.test.",),
}
STATUS = {
    "good": DnsStatus.NOERROR,
    "nodata": DnsStatus.NODATA,
    "nxdomain": DnsStatus.NXDOMAIN,
    "nosoa": DnsStatus.NODATA,
    "nosoa_unrecursive": DnsStatus.LAME,
    "servfail": DnsStatus.SERVFAIL,
    "servfail_once": DnsStatus.NOERROR,
    "bogus": DnsStatus.BOGUS,
    "stale": DnsStatus.SERVFAIL,
    "refused": DnsStatus.REFUSED,
    "formerr": DnsStatus.FORMERR,
    "formerr_bare": DnsStatus.FORMERR,
    "notimp": DnsStatus.NOTIMP,
    "yxdomain": DnsStatus.OTHER_RCODE,
    "silence": DnsStatus.TIMEOUT,
    "wrong_id": DnsStatus.TIMEOUT,
    "wrong_question": DnsStatus.TIMEOUT,
    "wrong_type": DnsStatus.TIMEOUT,
    "wrong_port": DnsStatus.TIMEOUT,
    "echo": DnsStatus.TIMEOUT,
    "garbage": DnsStatus.TIMEOUT,
    "short": DnsStatus.TIMEOUT,
    "cut": DnsStatus.MALFORMED,
    "pointer_loop": DnsStatus.MALFORMED,
    "tc_closed": DnsStatus.TRUNCATED,
    "tc_hangs": DnsStatus.TRUNCATED,
    "tc_garbage": DnsStatus.TRUNCATED,
    "tc_always": DnsStatus.TRUNCATED,
    "tc_whole": DnsStatus.NOERROR,
    "cname_loop": DnsStatus.CNAME_CHAIN,
    "cname_loops_later": DnsStatus.CNAME_CHAIN,
    "cname_long": DnsStatus.CNAME_CHAIN,
    "cname_whole": DnsStatus.NOERROR,
    "cname_half": DnsStatus.NOERROR,
    "stray_records": DnsStatus.NOERROR,
    "upward": DnsStatus.LAME,
    "sideways": DnsStatus.LAME,
    "foreign_nxdomain": DnsStatus.LAME,
    "foreign_nodata": DnsStatus.LAME,
    "spoof_then_truth": DnsStatus.NOERROR,
    "formerr_on_edns": DnsStatus.NOERROR,
    "silent_on_edns": DnsStatus.NOERROR,
    "late": DnsStatus.NOERROR,
    "shouting": DnsStatus.NOERROR,
}
MATRIX = [(fault, kind) for fault in STATUS for kind in KINDS]


def question(
    fault: str, kind: str = "A", *, server: str | None = None, recurse: bool = True, transport: str | None = None
) -> Question:
    name = f"4.{fault}.2.0.192.in-addr.arpa" if kind == "PTR" else f"{kind.lower()}.{fault}.test"
    return Question(name=name, rdtype=kind, server=server, recurse=recurse, transport=transport)


def resolver(
    *servers: Endpoint,
    timeout: float = 1.5,
    first: float = 0.1,
    connect_to: dict[Endpoint, Endpoint] | None = None,
    allow_net: tuple[str, ...] = (),
    sent: list[str] | None = None,
    pool: int = 16,
) -> Resolver:
    options = NetworkOptions(nameservers=servers, question_timeout=timeout, first_timeout=first, dns_pool=pool)
    dialer = Dialer(Guard(allow_net), connect_to or {}, only_mapped=False)
    return Resolver(options, dialer, lambda: NOW, ([] if sent is None else sent).append)


async def answered(asker: Resolver, asked: Question, *, last: bool = True) -> Answer:
    """What a resolver answers; it is closed behind the last question."""
    end: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    try:
        asker.ask(asked, end.set_result, end.set_exception)  # a second answer would raise
        return await end
    finally:
        if last:
            asker.close()
            await asker.closed()


async def _ask_each_alone(questions: Iterable[Question], timeout: float = 1.5, pool: int = 16) -> list[Answer]:
    """Many at the same time, but each by a resolver of its own, which has met no silence yet."""
    at_once = asyncio.Semaphore(40)

    async def ask(server: FaultServer, asked: Question) -> Answer:
        async with at_once:
            return await answered(resolver(server.endpoint, timeout=timeout, first=0.2, pool=pool), asked)

    async with fault_server() as server:
        return await asyncio.gather(*(ask(server, asked) for asked in questions))


@pytest.fixture(scope="module", params=[0, 16], ids=["own sockets", "shared sockets"])
def answers(request: pytest.FixtureRequest) -> dict[tuple[str, str], Answer]:
    asking = _ask_each_alone((question(fault, kind) for fault, kind in MATRIX), timeout=3, pool=request.param)
    found = asyncio.run(asking)
    return dict(zip(MATRIX, found, strict=True))


@pytest.mark.parametrize(("fault", "kind"), MATRIX)
def test_what_is_said_is_what_happened(answers: dict[tuple[str, str], Answer], fault: str, kind: str) -> None:
    answer = answers[fault, kind]
    assert answer.status is STATUS[fault]
    assert answer.records == (TRUTH[kind] if answer.status is DnsStatus.NOERROR else ())
    assert answer.speaks == (STATUS[fault] in SPEAKING)
    assert answer.asked_at == NOW
    assert answer.edns == (fault not in {"formerr_on_edns", "silent_on_edns", "formerr", "formerr_bare"})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fault", "transport", "aliases"),
    [
        ("good", "udp", ()),
        ("tc_whole", "tcp", ()),
        ("cname_whole", "udp", ("there.good.test",)),
        ("cname_half", "udp", ("there.good.test",)),
        ("cname_long", None, tuple(f"c{i}.test" for i in range(9))),
    ],
)
def test_the_way_of_an_answer(
    answers: dict[tuple[str, str], Answer], fault: str, kind: str, transport: str | None, aliases: tuple[str, ...]
) -> None:
    assert (answers[fault, kind].transport, answers[fault, kind].aliases) == (transport, aliases)


@pytest.mark.parametrize("kind", KINDS)
def test_a_circle_of_aliases_is_shown_whole(answers: dict[tuple[str, str], Answer], kind: str) -> None:
    name = question("cname_loop", kind).name
    later = question("cname_loops_later", kind).name
    assert answers["cname_loop", kind].aliases == ("b.test", name)
    assert answers["cname_loops_later", kind].aliases == (f"x.{later}", later)


def _one(asked: Question, *, status: DnsStatus) -> Answer:
    answer = asyncio.run(_ask_each_alone([asked]))[0]
    assert answer.status is status
    return answer


def test_a_denial_shows_its_authority() -> None:
    answer = _one(question("nodata"), status=DnsStatus.NODATA)
    assert (answer.authority, answer.ttl) == (("test. 60 SOA a.test. b.test. 1 1 1 1 30",), 30)
    assert answer.flags == ("ra",)


def test_a_denial_at_the_end_of_a_chain_is_of_the_last_name() -> None:
    answer = _one(question("cname_absent"), status=DnsStatus.NXDOMAIN)
    assert answer.aliases == ("gone.nxdomain.test",)


def test_an_extended_error_is_kept_and_escaped() -> None:
    (error,) = _one(question("bogus"), status=DnsStatus.BOGUS).ede
    assert error.code == 7
    assert error.text.startswith("signature expired ")
    assert error.text.isascii()
    assert error.text.isprintable()


@pytest.mark.parametrize(
    ("server", "expected"),
    [(("127.0.0.1", 53), ("ra", "ad")), (("::1", 53), ("ra", "ad")), (("192.0.2.53", 53), ("ra",)), (None, ("ra",))],
)
def test_ad_is_believed_over_loopback_alone(server: Endpoint | None, expected: tuple[str, ...]) -> None:
    assert believed(("ra", "ad"), server) == expected


def test_ad_comes_through() -> None:
    assert "ad" in _one(question("validated"), status=DnsStatus.NOERROR).flags


UNASKABLE = (
    "",
    "@",
    "a..test",
    ".test",
    "a" * 64 + ".test",
    ".".join(["a" * 60] * 5),
    "stra\u00dfe.test",
    "a\\.b\\",
    "\\999.t",
)


@pytest.mark.parametrize("name", UNASKABLE)
def test_what_cannot_be_put_on_the_wire_is_not_sent(name: str) -> None:
    sent: list[str] = []
    answer = asyncio.run(answered(resolver((LOOPBACK, 9), sent=sent), Question(name=name, rdtype="A")))
    assert (answer.status, sent) == (DnsStatus.MALFORMED, [])


def test_an_unknown_type_is_not_sent() -> None:
    answer = asyncio.run(answered(resolver((LOOPBACK, 9)), Question(name="a.test", rdtype="NO-SUCH")))
    assert answer.status is DnsStatus.MALFORMED


def _closed_port() -> Endpoint:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((LOOPBACK, 0))
        return LOOPBACK, sock.getsockname()[1]


@pytest.mark.parametrize("transport", [None, "tcp"])
def test_a_closed_port_is_told_at_once(transport: str | None) -> None:
    began = time.monotonic()
    answer = asyncio.run(answered(resolver(_closed_port(), timeout=5), question("good", transport=transport)))
    assert answer.status is DnsStatus.UNREACHABLE
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("first", "second", "status", "answered_by"),
    [
        ("closed", "good", DnsStatus.NOERROR, 1),
        ("silence", "good", DnsStatus.NOERROR, 1),
        ("servfail", "good", DnsStatus.NOERROR, 1),
        ("bogus", "good", DnsStatus.NOERROR, 1),
        ("refused", "good", DnsStatus.NOERROR, 1),
        ("notimp", "good", DnsStatus.NOERROR, 1),
        ("formerr", "good", DnsStatus.NOERROR, 1),
        ("upward", "nodata", DnsStatus.NODATA, 1),
        ("foreign_nxdomain", "good", DnsStatus.NOERROR, 1),
        ("cut", "good", DnsStatus.NOERROR, 1),
        ("tc_closed", "good", DnsStatus.NOERROR, 1),
        ("tc_hangs", "good", DnsStatus.NOERROR, 1),
        ("nxdomain", "good", DnsStatus.NXDOMAIN, 0),
        ("late", "silence", DnsStatus.NOERROR, 0),
        ("closed", "silence", DnsStatus.TIMEOUT, None),
        ("silence", "closed", DnsStatus.TIMEOUT, None),
        ("refused", "silence", DnsStatus.REFUSED, 0),
        ("refused", "servfail", DnsStatus.SERVFAIL, 1),
        ("refused", "closed", DnsStatus.REFUSED, 0),
        ("closed", "closed", DnsStatus.UNREACHABLE, None),
    ],
)
def test_another_server_stands_in(first: str, second: str, status: DnsStatus, answered_by: int | None) -> None:
    """Both are asked for the same name; each has one fault whatever it is asked."""

    async def ask() -> tuple[Answer, list[Endpoint]]:
        async with fault_server(first) as one, fault_server(second) as two:
            closed = _closed_port()
            servers = [closed if f == "closed" else s.endpoint for f, s in ((first, one), (second, two))]
            return await answered(resolver(*servers, timeout=0.9), Question(name="a.test", rdtype="A")), servers

    answer, servers = asyncio.run(ask())
    assert answer.status is status
    if answered_by is not None:
        assert answer.server == "{}:{}".format(*servers[answered_by])


def test_tcp_can_be_asked_for() -> None:
    assert _one(question("good", transport="tcp"), status=DnsStatus.NOERROR).transport == "tcp"


@pytest.mark.parametrize(
    ("fault", "status", "transport", "records"),
    [
        ("tc_hangs", DnsStatus.TIMEOUT, None, ()),
        ("tc_closed", DnsStatus.UNREACHABLE, None, ()),
        ("refused", DnsStatus.REFUSED, "tcp", ()),
        ("formerr", DnsStatus.FORMERR, "tcp", ()),
        ("formerr_on_edns", DnsStatus.NOERROR, "tcp", TRUTH["A"]),
    ],
)
def test_faults_by_tcp_alone(fault: str, status: DnsStatus, transport: str | None, records: tuple[str, ...]) -> None:
    async def ask() -> tuple[Answer, int]:
        async with fault_server() as server:
            asked = question(fault, transport="tcp")
            return await answered(resolver(server.endpoint), asked), len(server.datagrams)

    answer, datagrams = asyncio.run(ask())
    assert (answer.status, answer.transport, answer.records) == (status, transport, records)
    assert datagrams == 0


def test_the_total_holds_whatever_comes() -> None:
    began = time.monotonic()
    found = asyncio.run(_ask_each_alone(question(fault) for fault in ("flood", "garbage", "tc_hangs", "silence")))
    assert time.monotonic() - began < 8
    assert [a.status for a in found] == [DnsStatus.TIMEOUT, DnsStatus.TIMEOUT, DnsStatus.TRUNCATED, DnsStatus.TIMEOUT]


def _datagrams(questions: list[Question], timeout: float = 0.8, pool: int = 16) -> FaultServer:
    """What a server saw when one resolver asked it all this, one after another."""

    async def ask() -> FaultServer:
        async with fault_server() as server:
            one = resolver(server.endpoint, timeout=timeout, pool=pool)
            for each in questions:
                await answered(one, each, last=each is questions[-1])
            return server

    return asyncio.run(ask())


def _retried(server: FaultServer, lost: list[Question]) -> list[bool]:
    return [server.seen[f"{q.name}. {q.rdtype}"] > 1 for q in lost]


def test_silence_is_met_with_patience_and_at_last_without_edns() -> None:
    server = _datagrams([question("silence")])
    assert [edns for _, edns in server.datagrams][:3] == [True, True, False]
    assert 3 <= len(server.datagrams) <= 4


def test_each_datagram_has_its_own_port_and_id() -> None:
    server = _datagrams([question("good", kind) for kind in KINDS] + [question("silence")], pool=0)
    assert len(server.sources) == len(server.datagrams) >= 7
    assert len(server.ids) == len(server.datagrams)


def test_to_a_resolver_on_this_machine_questions_share_some_ports() -> None:
    server = _datagrams([Question(name=f"n{n}.good.test", rdtype="A") for n in range(40)], pool=4)
    assert 2 <= len(server.sources) <= 4
    assert len(server.ids) > 35  # of 65,536, drawn anew for each


def test_where_three_questions_were_lost_the_rest_is_asked_once() -> None:
    lost = [Question(name=f"{n}.silence.test", rdtype="A") for n in range(5)]
    elsewhere = question("good")
    server = _datagrams([elsewhere, *lost], timeout=0.35)
    assert _retried(server, lost) == [True, True, True, False, False]


def test_a_resolver_that_never_said_a_word_is_asked_once_wherever_the_name_is() -> None:
    lost = [Question(name=f"silence.{n}.test", rdtype="A") for n in range(5)]
    server = _datagrams(lost, timeout=0.35)
    assert _retried(server, lost) == [True, True, True, False, False]


def test_a_reply_ends_the_haste() -> None:
    lost = [Question(name=f"silence.{n}.test", rdtype="A") for n in range(5)]
    server = _datagrams([*lost[:4], question("good"), lost[4]], timeout=0.35)
    assert _retried(server, lost) == [True, True, True, False, True]


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fe80::1%lo", "localhost"])
def test_a_server_that_the_world_names_is_judged(address: str) -> None:
    sent: list[str] = []
    answer = asyncio.run(answered(resolver(_closed_port(), sent=sent), question("good", server=address)))
    assert (answer.status, sent) == (DnsStatus.GUARD_REFUSED, [])


def test_a_server_that_the_world_names_is_asked_where_it_really_listens() -> None:
    async def ask() -> Answer:
        async with fault_server() as server:
            stand_in = {("203.0.113.53", 53): server.endpoint}
            asker = resolver(_closed_port(), connect_to=stand_in, allow_net=("203.0.113.0/24",))
            return await answered(asker, question("good", server="203.0.113.53", recurse=False))

    assert asyncio.run(ask()).status is DnsStatus.NOERROR
