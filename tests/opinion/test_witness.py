"""Evidence poses as a resolver and as a nameserver; each end is the one that dnspython's users know."""

from __future__ import annotations

import dns.exception
import dns.message
import dns.name
import dns.resolver
import pytest

from audit.model.probe import Answer, DnsStatus, Question
from audit.opinion.witness import EvidenceNameserver, EvidenceResolver, Unheard, Witness

NAME = "story.example"


def resolver(answer: Answer | None, name: str = NAME, rdtype: str = "TXT") -> EvidenceResolver:
    answers = {} if answer is None else {Question(name=name, rdtype=rdtype): answer}
    return EvidenceResolver(Witness(answers))


def found(*records: str, aliases: tuple[str, ...] = ()) -> Answer:
    return Answer(status=DnsStatus.NOERROR, records=records, aliases=aliases)


def texts(answer: dns.resolver.Answer) -> list[str]:
    return [rdata.to_text() for rdata in answer]


@pytest.mark.parametrize(
    ("rdtype", "records"),
    [
        ("TXT", ('"v=spf1 -all"',)),
        ("TXT", ('"caf\\195\\169" "\\"x\\""', '"y"')),
        ("MX", ("10 mx.example.", "0 .")),
        ("A", ("192.0.2.1", "192.0.2.2")),
        ("AAAA", ("2001:db8::1",)),
        ("PTR", ("mx.example.",)),
        ("CNAME", ("other.example.",)),
    ],
)
def test_records_come_back_as_they_are(rdtype: str, records: tuple[str, ...]) -> None:
    asked = resolver(found(*records), rdtype=rdtype)
    assert texts(asked.resolve(NAME, rdtype)) == list(records)


def test_a_name_is_found_in_whatever_case_and_with_its_final_dot() -> None:
    asked = resolver(found('"x"'))
    assert texts(asked.resolve("Story.EXAMPLE.", "TXT")) == ['"x"']
    assert texts(asked.resolve(dns.name.from_text(NAME), "TXT")) == ['"x"']


def test_aliases_are_followed() -> None:
    answer = resolver(found('"x"', aliases=("one.example", "two.example"))).resolve(NAME, "TXT")
    assert texts(answer) == ['"x"']
    assert answer.canonical_name.to_text() == "two.example."


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (Answer(status=DnsStatus.NXDOMAIN), dns.resolver.NXDOMAIN),
        (Answer(status=DnsStatus.NODATA), dns.resolver.NoAnswer),
        (Answer(status=DnsStatus.NODATA, aliases=("one.example",)), dns.resolver.NoAnswer),
    ],
)
def test_what_is_not_there_is_said_to_be_not_there(answer: Answer, end: type[Exception]) -> None:
    with pytest.raises(end) as raised:
        resolver(answer).resolve(NAME, "TXT")
    assert not isinstance(raised.value, Unheard)


LATE = {DnsStatus.TIMEOUT, DnsStatus.UNREACHABLE, DnsStatus.BUDGET, DnsStatus.NOT_GATHERED}
SPEAKING = {DnsStatus.NOERROR, DnsStatus.NODATA, DnsStatus.NXDOMAIN}


@pytest.mark.parametrize("status", [s for s in DnsStatus if s not in SPEAKING])
def test_silence_is_never_absence(status: DnsStatus) -> None:
    expected = dns.exception.Timeout if status in LATE else dns.resolver.NoNameservers
    with pytest.raises(expected) as raised:
        resolver(Answer(status=status)).resolve(NAME, "TXT")
    assert isinstance(raised.value, Unheard)


def test_what_evidence_does_not_hold_ends_as_a_timeout_does() -> None:
    with pytest.raises(dns.resolver.LifetimeTimeout):
        resolver(None).resolve(NAME, "TXT")


@pytest.mark.parametrize(
    ("rdtype", "record"), [("A", "192.0.2"), ("MX", "x"), ("MX", "10 " + "a" * 70 + "."), ("AAAA", "::1%1")]
)
def test_a_record_that_is_none_says_nothing(rdtype: str, record: str) -> None:
    with pytest.raises(dns.resolver.NoNameservers) as raised:
        resolver(found(record), rdtype=rdtype).resolve(NAME, rdtype)
    assert isinstance(raised.value, Unheard)


def test_more_than_anybody_needs_is_not_told() -> None:
    most = f'"{"x" * 255}"'
    assert texts(resolver(found(*[most] * 60)).resolve(NAME, "TXT"))
    with pytest.raises(dns.resolver.NoNameservers) as raised:
        resolver(found(*[most] * 64)).resolve(NAME, "TXT")
    assert isinstance(raised.value, Unheard)


def test_an_alias_that_is_no_name_says_nothing() -> None:
    with pytest.raises(dns.resolver.NoNameservers):
        resolver(found('"x"', aliases=("a..b",))).resolve(NAME, "TXT")


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", ".".join(["x" * 60] * 5)])
def test_a_name_that_cannot_be_one_ends_as_with_dnspython(name: str) -> None:
    with pytest.raises(dns.exception.DNSException):
        resolver(None).resolve(name, "TXT")


def through_dnspython(answer: Answer | None) -> dns.resolver.Answer:
    asked = dns.resolver.Resolver(configure=False)
    answers = {} if answer is None else {Question(name=NAME, rdtype="TXT"): answer}
    asked.nameservers = [EvidenceNameserver(Witness(answers))]
    asked.lifetime = 30
    return asked.resolve(NAME, "TXT")


def test_the_nameserver_answers_as_well() -> None:
    assert texts(through_dnspython(found('"x"'))) == ['"x"']


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (Answer(status=DnsStatus.NXDOMAIN), dns.resolver.NXDOMAIN),
        (Answer(status=DnsStatus.NODATA), dns.resolver.NoAnswer),
        (Answer(status=DnsStatus.TIMEOUT), dns.resolver.NoNameservers),
        (None, dns.resolver.NoNameservers),
    ],
)
def test_a_nameserver_that_says_nothing_is_given_up_at_once(answer: Answer | None, end: type[Exception]) -> None:
    with pytest.raises(end):
        through_dnspython(answer)


def test_the_nameserver_raises_what_a_timeout_raises() -> None:
    request = dns.message.make_query(NAME, "TXT")
    with pytest.raises(dns.exception.Timeout):
        EvidenceNameserver(Witness({})).query(request)
