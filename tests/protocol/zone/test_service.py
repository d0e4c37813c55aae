"""What an answer makes of a server, and when silence counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Answer, DnsStatus, Probe, Question
from audit.model.subject import Domain
from audit.protocol.drive import replay
from audit.protocol.vantage import Vantage
from audit.protocol.zone.port53 import Port53, is_lame, port53
from audit.protocol.zone.service import Heard, Service, Voice, failing_word, heard, service
from tests.protocol.walking import found, value
from tests.rules.world import SETTINGS, zone
from tests.rules.zone.zones import ONE, SOUND, mark

SOA = Question(name="story.example", rdtype="SOA", server=ONE, recurse=False)
UPWARDS = (". 60 NS a.root-servers.net.",)
DATA = "ns. h. 1 2 3 4 5"
AUTHORITY, SILENT = Heard(Voice.AUTHORITY, "", DATA, True), Heard(Voice.SILENT, "timeout", None, True)
ASTRAY = Heard(Voice.ASTRAY, "refused", None, True)
HOLE, CLOSED = Unknown("dns.malformed"), Unknown("vantage.dns53_blocked")
OPEN = Port53(Known(True), Known(True), CLOSED, CLOSED)


@pytest.mark.parametrize(
    ("got", "voice", "word"),
    [
        (Answer(status=DnsStatus.NOERROR, records=(DATA,), flags=("aa",)), Voice.AUTHORITY, ""),
        (Answer(status=DnsStatus.NOERROR, records=(DATA,), flags=("ra",)), Voice.ASTRAY, "not authoritative"),
        (Answer(status=DnsStatus.NOERROR, records=(DATA,), flags=("aa",), aliases=("a",)), Voice.ASTRAY, None),
        (Answer(status=DnsStatus.NODATA, flags=("aa",)), Voice.ASTRAY, "denies the zone"),
        (Answer(status=DnsStatus.NXDOMAIN, flags=("aa",)), Voice.ASTRAY, "denies the zone"),
        (Answer(status=DnsStatus.LAME, authority=UPWARDS), Voice.ASTRAY, "refers elsewhere"),
        (Answer(status=DnsStatus.LAME, flags=("aa",)), Voice.ASTRAY, "has no SOA of the zone"),
        *((Answer(status=s), Voice.ASTRAY, str(s)) for s in (DnsStatus.REFUSED, DnsStatus.NOTIMP)),
        *((Answer(status=s), Voice.SILENT, str(s)) for s in (DnsStatus.TIMEOUT, DnsStatus.UNREACHABLE)),
    ],
)
def test_how_a_server_answers(got: Answer, voice: Voice, word: str | None) -> None:
    fact = heard(SOA, got)
    assert isinstance(fact, Known)
    assert fact.value.voice is voice
    assert word in (None, fact.value.word)


@pytest.mark.parametrize(
    "status",
    [s for s in DnsStatus if s in {"budget", "not_gathered", "guard_refused", "rewritten", "malformed", "truncated"}],
)
def test_what_says_nothing_of_the_server(status: DnsStatus) -> None:
    assert isinstance(heard(SOA, Answer(status=status)), Unknown)


@pytest.mark.parametrize(
    ("udp", "tcp", "port", "lame"),
    [
        (AUTHORITY, AUTHORITY, OPEN, Known(False)),
        (AUTHORITY, SILENT, OPEN, Known(False)),
        (SILENT, AUTHORITY, OPEN, Known(False)),
        (AUTHORITY, HOLE, OPEN, Known(False)),
        (ASTRAY, ASTRAY, OPEN, Known(True)),
        (SILENT, SILENT, OPEN, Known(True)),
        (ASTRAY, SILENT, OPEN, Known(True)),
        (SILENT, ASTRAY, OPEN, Known(True)),
        (ASTRAY, HOLE, OPEN, HOLE),  # the other transport may have served
        (SILENT, SILENT, Port53(CLOSED, CLOSED, CLOSED, CLOSED), CLOSED),
        (SILENT, SILENT, Port53(Known(True), CLOSED, CLOSED, CLOSED), CLOSED),  # TCP was not really tried
        (ASTRAY, SILENT, Port53(Known(True), CLOSED, CLOSED, CLOSED), Known(True)),
        (ASTRAY, ASTRAY, Port53(CLOSED, CLOSED, CLOSED, CLOSED), CLOSED),  # somebody answers in everybody's place
    ],
)
def test_when_a_server_is_lame(udp: Heard | Unknown, tcp: Heard | Unknown, port: Port53, lame: Fact[bool]) -> None:
    each = [h if isinstance(h, Unknown) else Known(h) for h in (udp, tcp)]
    assert is_lame(Service(ONE, each[0], each[1], None), port) == lame


def test_silence_by_ipv6_counts_only_beside_an_answer_by_ipv6() -> None:
    silent = Service("2001:db8::53", Known(SILENT), Known(SILENT), None)
    assert is_lame(silent, OPEN) == CLOSED
    assert failing_word(silent) == "timeout"


@pytest.mark.parametrize(
    ("more", "questions", "serves"),
    [
        ("", 2, True),
        (mark(ONE, "servfail +0", "SOA"), 4, True),
        (mark(ONE, "timeout"), 4, False),
        (mark(f"{ONE}/tcp", "timeout", "SOA"), 3, True),
        (mark(ONE, "plain"), 3, True),
        (mark(ONE, "malformed"), 2, None),
    ],
)
def test_a_server_is_asked_again_only_where_it_gave_no_good_answer(
    more: str, questions: int, serves: bool | None
) -> None:
    fact, asked = found(service("story.example", ONE), SOUND + more)
    assert isinstance(fact, Known)
    said = fact.value.serves
    assert (said.value if isinstance(said, Known) else None) == serves
    assert len(asked) == questions


def test_the_better_of_two_answers_counts() -> None:
    seen = value(service("story.example", ONE), SOUND + mark(ONE, "timeout +0", "SOA"))
    assert (seen.edns, seen.soa is not None) == (Known(True), True)


@pytest.mark.parametrize(("flags", "reason"), [((), None), (("ra",), CLOSED)])
def test_a_referral_from_who_offers_to_resolve_does_not_show_that_port_53_is_open(
    flags: tuple[str, ...], reason: Unknown | None
) -> None:
    """A network that answers in everybody's place may hand on the parent's referral out of its cache."""
    text = SOUND + mark(ONE, "cached") + mark("198.51.100.53", "cached") + "example. ANY@198.51.100.1 cached\n"

    def seen(probe: Probe[Any]) -> Answer:
        assert isinstance(probe, Question)
        got = zone(text).answer(probe)
        return replace(got, flags=flags) if got.glue else got

    yes = Known(True)
    vantage = Vantage(yes, yes, (), yes, yes, yes, yes, yes, yes)
    fact, _ = replay(port53(Domain("story.example"), SETTINGS, vantage), seen)
    assert isinstance(fact, Known)
    found = fact.value.udp4
    assert (found.reason if isinstance(found, Unknown) else None) == (reason.reason if reason else None)
