"""What was met is shown in words that a reader can judge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.catalog.blocklists import load_blocklists
from audit.catalog.providers import load_providers
from audit.model.evidence import Asked, DomainEvidence, DomainOptions, InputLine
from audit.model.hello import Offer, TlsFlight, TlsHello
from audit.model.probe import Answer, DnsStatus, HttpsGet, Outcome, Question, SmtpVisit, StageName
from audit.rules.summary.found import Shared, found
from tests.rules import fetches, hellos, pki, sessions
from tests.rules.pki import NOW

NOTHING = Shared({}, {})
LISTS = load_blocklists().selected(("spamhaus-zen-dqs", "dnswl", "surbl"))
VISIT = SmtpVisit(host="mx.story.example", address="192.0.2.1", port=25)
EVIDENCE = DomainEvidence(
    input=InputLine(file="domains.txt", line=1, column=1, text="story.example"),
    domain="story.example",
    unicode="story.example",
    options=DomainOptions(),
    observed_at=NOW,
    sightings=None,
    answers=(),
    visits=(VISIT,),
    fetches=(),
)


def lines(injected: str | None) -> tuple[str, ...]:
    session = replace(sessions.healthy(pki.good(VISIT.host)), injected=injected)
    smtp, _ = found(EVIDENCE, Shared({VISIT: session}, {}), {}, LISTS, load_providers())
    return smtp.records[0].values


def test_plain_text_after_the_reply_to_starttls_is_explained() -> None:
    (line,) = set(lines("250 injected\\x0d\\x0a")) - set(lines(None))
    assert line.startswith("after the reply to STARTTLS, before TLS, came more in plain text")
    assert line.endswith(": 250 injected\\x0d\\x0a")


LISTED = "5.7.1 Service unavailable; Client host [198.51.100.1] blocked using zen.spamhaus.org"
BLOCKED = (
    "Its reply means: A blocklist that the receiver asks has the sending address, or a domain in the mail. That is "
    "about the address from which we asked, not about the server. (reputation-block, permanent)"
)


@pytest.mark.parametrize(
    ("code", "text", "explained"),
    [
        (554, LISTED, BLOCKED),
        (
            451,
            "4.7.1 Greylisted",
            "Its reply means: The receiver defers every sender that it does not know yet. (greylist, temporary)",
        ),
        (554, "no", None),  # says no more than its code
        (220, LISTED, None),  # agrees
    ],
)
def test_why_a_server_turned_us_away(code: int, text: str, explained: str | None) -> None:
    session = sessions.greeting(code, text) if code != 220 else sessions.healthy(pki.good(VISIT.host))
    (smtp, *_) = found(EVIDENCE, Shared({VISIT: session}, {}), {}, LISTS, load_providers())
    assert smtp.records[0].explained == explained


@pytest.mark.parametrize(
    ("name", "record", "value"),
    [
        ("1.2.0.192.list.dnswl.org", "127.0.5.3", "127.0.5.3 (known sender, trust high)"),
        ("story.example.multi.surbl.org", "127.0.0.72", "127.0.0.72 (PH: phishing; ABUSE: seen in spam)"),
        ("1.2.0.192.{spamhaus_dqs}.zen.dq.spamhaus.net", "127.0.0.99", "127.0.0.99"),
    ],
)
def test_the_answer_of_a_list_is_shown_with_its_meaning(name: str, record: str, value: str) -> None:
    asked = Asked(question=Question(name=name, rdtype="A"), answer=Answer(status=DnsStatus.NOERROR, records=(record,)))
    (topic,) = found(replace(EVIDENCE, answers=(asked,), visits=()), NOTHING, {}, LISTS, load_providers())
    assert (topic.topic, topic.records[0].values) == ("blocklists", (value,))


def test_lists_that_do_not_know_an_address_are_not_shown() -> None:
    question = Question(name="1.2.0.192.list.dnswl.org", rdtype="A")
    asked = Asked(question=question, answer=Answer(status=DnsStatus.NXDOMAIN))
    assert found(replace(EVIDENCE, answers=(asked,), visits=()), NOTHING, {}, LISTS, load_providers()) == ()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("_dmarc.story.example", '"v=DMARC1; p=none; x=\\233\\255"', "v=DMARC1; p=none; x=\\xe9\\xff"),
        ("_dmarc.story.example", '"v=DMARC1; rua=mailto:<b>@x"', "v=DMARC1; rua=mailto:<b>@x"),
        ("dmarc.story.example", '"v=DMARC1"', "v=DMARC1"),
        ("story.example._report._dmarc.reports.test", '"v=DMARC1" ";"', "v=DMARC1;"),
    ],
)
def test_texts_on_dmarc_stand_together_with_octets_that_are_not_ascii_escaped(name: str, text: str, value: str) -> None:
    asked = Asked(question=Question(name=name, rdtype="TXT"), answer=Answer(status=DnsStatus.NOERROR, records=(text,)))
    (topic,) = found(replace(EVIDENCE, answers=(asked,), visits=()), NOTHING, {}, LISTS, load_providers())
    assert (topic.topic, topic.records[0].values) == ("dmarc", (value,))


@pytest.mark.parametrize(
    ("name", "rdtype"),
    [("dmarc.story.example", "TXT"), ("_dmarc.story.example", "CNAME"), ("a._report._dmarc.b.test", "TXT")],
)
def test_a_look_in_vain_at_other_names_of_dmarc_is_not_shown(name: str, rdtype: str) -> None:
    asked = Asked(question=Question(name=name, rdtype=rdtype), answer=Answer(status=DnsStatus.NODATA))
    evidence = replace(EVIDENCE, domain="story.example", answers=(asked,), visits=())
    assert found(evidence, NOTHING, {}, LISTS, load_providers()) == ()


def test_what_one_server_said_itself_is_told_apart_from_the_resolvers_answer() -> None:
    question = Question(name="story.example", rdtype="MX", server="192.0.2.53", recurse=False)
    asked = Asked(question=question, answer=Answer(status=DnsStatus.NOERROR, records=("10 mx.story.example.",)))
    (topic,) = found(replace(EVIDENCE, answers=(asked,), visits=()), NOTHING, {}, LISTS, load_providers())
    assert (topic.topic, topic.records[0].type) == ("zone", "MX at 192.0.2.53")


@pytest.mark.parametrize(
    ("rdtype", "texts", "shown"),
    [
        ("TXT", ("v=spf1 -all", "verification=1", "verification=2"), ("v=spf1 -all",)),
        ("TXT", ("v=spf1-all", "spf2.0/pra -all", "verification=1"), ("v=spf1-all", "spf2.0/pra -all")),
        ("TXT", ("see https://story.example",), ("see https://story.example",)),  # an explanation
        ("TXT", ("verification=1", "verification=2"), ()),
        ("TXT", ("v=spf1 include:\\233.example -all",), ("v=spf1 include:\\xe9.example -all",)),
        ("SPF", ("v=spf1 -all",), ("v=spf1 -all",)),
    ],
)
def test_of_texts_those_on_spf_are_shown(rdtype: str, texts: tuple[str, ...], shown: tuple[str, ...]) -> None:
    question = Question(name="story.example", rdtype=rdtype)
    answer = Answer(status=DnsStatus.NOERROR, records=tuple(f'"{t}"' for t in texts))
    evidence = replace(EVIDENCE, answers=(Asked(question=question, answer=answer),), visits=())
    (topic,) = found(evidence, NOTHING, {}, LISTS, load_providers())
    assert (topic.topic, topic.records[0].values) == ("spf", shown)


def test_a_look_in_vain_for_the_old_type_is_not_shown() -> None:
    asked = Asked(question=Question(name="story.example", rdtype="SPF"), answer=Answer(status=DnsStatus.NODATA))
    assert found(replace(EVIDENCE, answers=(asked,), visits=()), NOTHING, {}, LISTS, load_providers()) == ()


@pytest.mark.parametrize(
    ("question", "records", "topic"),
    [
        (Question(name="story.example", rdtype="DS", dnssec=True, cd=True), ("1 15 2 AB",), "dnssec"),
        (Question(name="_25._tcp.mx.story.example", rdtype="TLSA", dnssec=True, cd=True), ("3 1 1 AB",), "dnssec"),
        (Question(name="story.example", rdtype="SOA", server="192.0.2.53", recurse=False), ("a. b. 1",), "zone"),
        (Question(name="story.example", rdtype="CAA"), ('0 issue "ca.example"',), "caa"),
        (Question(name="_imaps._tcp.story.example", rdtype="SRV"), ("0 1 993 a.",), "client"),
        (Question(name="autodiscover.story.example", rdtype="A"), ("192.0.2.7",), "client"),
        (Question(name="mta-sts.story.example", rdtype="A"), ("192.0.2.80",), "mta_sts"),
        (Question(name="_mta-sts.story.example", rdtype="TXT"), ('"v=STSv1; id=1"',), "mta_sts"),
        (Question(name="default._bimi.story.example", rdtype="TXT"), ('"v=BIMI1"',), "bimi"),
    ],
)
def test_each_kind_of_record_has_its_topic(question: Question, records: tuple[str, ...], topic: str) -> None:
    asked = Asked(question=question, answer=Answer(status=DnsStatus.NOERROR, records=records))
    (shown,) = found(replace(EVIDENCE, answers=(asked,), visits=()), NOTHING, {}, LISTS, load_providers())
    assert shown.topic == topic


@pytest.mark.parametrize(
    "question",
    [
        Question(name="story.example", rdtype="SOA", dnssec=True, cd=True),
        Question(name="org", rdtype="DNSKEY", dnssec=True, cd=True),
        Question(name="mx.story.example", rdtype="A", dnssec=True, cd=True),
    ],
)
def test_what_serves_to_validate_is_not_shown(question: Question) -> None:
    asked = Asked(question=question, answer=Answer(status=DnsStatus.NOERROR, records=("x",)))
    assert found(replace(EVIDENCE, answers=(asked,), visits=()), NOTHING, {}, LISTS, load_providers()) == ()


@pytest.mark.parametrize(
    ("url", "topic"),
    [
        ("https://mta-sts.story.example/.well-known/mta-sts.txt", "mta_sts"),
        ("https://mta-sts.story.example/logo.svg", "bimi"),
        ("https://pic.story.example/mta-sts/logo.svg", "bimi"),
    ],
)
def test_a_fetch_belongs_to_what_it_was_for(url: str, topic: str) -> None:
    get = HttpsGet(url=url, address="192.0.2.80")
    shared = Shared({}, {get: fetches.got()})
    (shown,) = found(replace(EVIDENCE, fetches=(get,), visits=()), shared, {}, LISTS, load_providers())
    assert shown.topic == topic


def test_a_fetch_is_shown_with_what_came() -> None:
    get = HttpsGet(url="https://mta-sts.story.example/.well-known/mta-sts.txt", address="192.0.2.80")
    fetch = fetches.got(b"version: STSv1\r\nmode: none\r\n\x1b[31m")
    evidence = replace(EVIDENCE, visits=(), fetches=(get,))
    (topic,) = found(evidence, Shared({}, {get: fetch}), {}, LISTS, load_providers())
    assert topic.topic == "mta_sts"
    assert topic.records[0].values == (
        "status 200",
        "content-type: text/plain",
        "version: STSv1",
        "mode: none",
        "\\x1b[31m",
    )


@pytest.mark.parametrize(
    ("flight", "status", "values"),
    [
        (
            hellos.takes("TLSv1.0", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", dh_bits=1024, compression=True),
            "ok",
            ("tls: ok", "TLSv1.0, TLS_DHE_RSA_WITH_AES_128_CBC_SHA, prime of 1024 bits, compressed"),
        ),
        (hellos.refuses(), "tls_failed", ("tls: tls_failed (alert handshake_failure)",)),
        (hellos.before(StageName.STARTTLS, Outcome.DEFERRED, 454), "deferred", ("starttls: deferred 454 no",)),
    ],
)
def test_an_offer_is_shown_with_what_the_server_said(flight: TlsFlight, status: str, values: tuple[str, ...]) -> None:
    hello = TlsHello(host=VISIT.host, address=VISIT.address, offer=Offer.TLS11)
    evidence = replace(EVIDENCE, visits=(), hellos=(hello,))
    (topic,) = found(evidence, Shared({}, {}, {hello: flight}), {}, LISTS, load_providers())
    (record,) = topic.records
    assert (topic.topic, record.type, record.status, record.values) == ("smtp", "TLS offer tls1.1", status, values)
    assert record.evidence == hello.key
