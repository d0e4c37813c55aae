"""What answers say to a protocol, and which say nothing."""

from __future__ import annotations

import pytest

from audit.model.fact import Known, Unknown
from audit.model.probe import Answer, DnsStatus, Question
from audit.protocol.drive import replay
from audit.protocol.inquiry import answer, records, texts


def question(name: str, rdtype: str = "A") -> Question:
    return Question(name=name, rdtype=rdtype)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (DnsStatus.SERVFAIL, "dns.servfail"),
        (DnsStatus.REFUSED, "dns.refused"),
        (DnsStatus.FORMERR, "dns.formerr"),
        (DnsStatus.NOTIMP, "dns.notimp"),
        (DnsStatus.OTHER_RCODE, "dns.other_rcode"),
        (DnsStatus.TIMEOUT, "dns.timeout"),
        (DnsStatus.UNREACHABLE, "dns.unreachable"),
        (DnsStatus.TRUNCATED, "dns.tcp_failed"),
        (DnsStatus.BOGUS, "dns.bogus"),
        (DnsStatus.LAME, "dns.lame"),
        (DnsStatus.MALFORMED, "dns.malformed"),
        (DnsStatus.CNAME_CHAIN, "dns.cname_chain"),
        (DnsStatus.REWRITTEN, "vantage.rewriting"),
        (DnsStatus.BUDGET, "budget"),
        (DnsStatus.GUARD_REFUSED, "net.guard_refused"),
        (DnsStatus.NOT_GATHERED, "not_gathered"),
    ],
)
def test_what_an_answer_that_says_nothing_means(status: DnsStatus, reason: str) -> None:
    assert replay(records(question("a")), lambda _: Answer(status=status))[0] == Unknown(reason, (question("a"),))


@pytest.mark.parametrize("status", [DnsStatus.NODATA, DnsStatus.NXDOMAIN])
def test_absence_is_an_answer(status: DnsStatus) -> None:
    assert replay(records(question("a")), lambda _: Answer(status=status))[0] == Known(())


@pytest.mark.parametrize(
    ("rdtype", "text"),
    [("A", "::1"), ("A", ""), ("AAAA", "192.0.2.1"), ("AAAA", "fe80::1%1"), ("MX", "mx."), ("MX", "x mx.")],
)
def test_records_without_the_form_of_their_type_are_no_answer(rdtype: str, text: str) -> None:
    came = Answer(status=DnsStatus.NOERROR, records=(text,))
    assert replay(answer(question("a", rdtype)), lambda _: came)[0] == Unknown(
        "dns.malformed", (question("a", rdtype),)
    )


def test_the_strings_of_a_text_are_joined_without_anything_between_them() -> None:
    came = Answer(status=DnsStatus.NOERROR, records=('"v=spf1 a" " -a" "ll"',))
    assert replay(texts("a"), lambda _: came)[0] == Known(("v=spf1 a -all",))
