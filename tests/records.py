"""One value of each kind that is written, with everything in it that can be there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from audit import contract
from audit.model.evidence import (
    Asked,
    Digests,
    DkimGuesses,
    DomainEvidence,
    DomainOptions,
    Fetched,
    InputLine,
    Offered,
    Routed,
    Row,
    RunEnd,
    RunEvidence,
    Settings,
    Sighting,
    TlsDepth,
    Visited,
)
from audit.model.hello import Offer, TlsFlight, TlsHello
from audit.model.probe import (
    Answer,
    Depth,
    DnsStatus,
    ExtendedError,
    FetchOutcome,
    Header,
    HttpsFetch,
    HttpsGet,
    Outcome,
    Question,
    Reply,
    Route,
    RouteCheck,
    SmtpSession,
    SmtpVisit,
    Stage,
    StageName,
    TlsShown,
)
from audit.model.report import BaselineState, Problem, RunReport
from tests.report.sample import DECIDED, LIVE, SAMPLE

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 0, 0, 1, 250000, tzinfo=UTC)
OCTETS = bytes(range(256))
ROUTE = Routed(check=RouteCheck(family="ipv6"), route=Route(available=False, asked_at=NOW))

ASKED = (
    Asked(
        question=Question(name="example.org", rdtype="MX"),
        answer=Answer(
            status=DnsStatus.NOERROR,
            records=("10 mx.example.org.", r"20 odd\.label.example.org."),
            aliases=("other.example.org",),
            signatures=("MX 13 2 3600 20261201000000 20261124000000 1 example.org. AAAA",),
            flags=("ad", "ra"),
            ttl=3600,
            ede=(ExtendedError(code=3, text="stale"),),
            rcode=0,
            wire_size=120,
            transport="udp",
            server="127.0.0.1",
            asked_at=LATER,
            elapsed_ms=1.5,
        ),
    ),
    Asked(
        question=Question(
            name="no\\000body.example.org",
            rdtype="TXT",
            server="2001:db8::53",
            recurse=False,
            dnssec=True,
            cd=True,
            transport="tcp",
            repeat=1,
        ),
        answer=Answer(
            status=DnsStatus.BOGUS,
            authority=("example.org. 300 SOA a. b. 1 2 3 4 5",),
            glue=("ns1.example.org. 300 A 192.0.2.53",),
            proof=("example.org. 300 RRSIG SOA 13 2 300 20261201000000 20261124000000 1 example.org. AAAA",),
            ede=(ExtendedError(code=6, text="signature … expired"),),
            rcode=2,
            edns=False,
            transport="tcp",
            server="[2001:db8::53]:5353",
        ),
    ),
    *(
        Asked(question=Question(name=f"{status}.example", rdtype="A"), answer=Answer(status=status))
        for status in DnsStatus
    ),
)
VISITS = (
    SmtpVisit(host="mx.example.org", address="192.0.2.25"),
    SmtpVisit(host="mx.example.org", address="2001:db8::25", port=2525, depth=Depth.CONNECT),
    SmtpVisit(host="submit.example.org", address="192.0.2.26", port=465, implicit_tls=True),
)
GETS = (
    HttpsGet(url="https://mta-sts.example.org/.well-known/mta-sts.txt", address="192.0.2.80"),
    HttpsGet(url="https://pic.example.org/a?b=c", address="2001:db8::80", port=8443, limit=1000, repeat=1),
)
HELLOS = (
    TlsHello(host="mx.example.org", address="192.0.2.25", offer=Offer.TLS11),
    TlsHello(
        host="submit.example.org",
        address="2001:db8::26",
        offer=Offer.WEAK,
        port=465,
        implicit_tls=True,
        rset=True,
        repeat=1,
    ),
)

RUN = RunEvidence(
    tool="0.1.0",
    list_name="domains.txt",
    observed_at=NOW,
    nameservers=("127.0.0.1:53",),
    settings=Settings(
        profile="baseline",
        smtp=False,
        smtp_port=25,
        smtp_off_because="--no-smtp",
        https=False,
        https_port=8443,
        https_off_because="--no-https",
        ehlo="[192.0.2.1]",
        blocklists=("spamhaus-zen", "bl.example.org"),
        allow_net=("192.0.2.0/24",),
        canaries=("mx.example.net",),
        absent_name="nx-0123456789.com",
        resolver_kind="loopback",
        second_opinion=False,
        tls_depth=TlsDepth.FULL,
        revocation=True,
        dkim_guesses=DkimGuesses.PROVIDER,
        trust_anchors=(f". DS 20326 8 2 {'0' * 64}", "test. DNSKEY 257 3 13 AAAA"),
    ),
    digests=Digests(list="0" * 64, catalog="1" * 64, trust_store="a" * 64, suffix_list="f" * 64),
    extra_ca=(OCTETS, b""),
    answers=ASKED,
    visits=VISITS,
    routes=(ROUTE, replace(ROUTE, route=Route(available=True))),
)
DOMAIN = DomainEvidence(
    input=InputLine(file="domains.txt", line=3, column=1, text="bücher.example # \\x1b[31m"),
    domain="xn--bcher-kva.example",
    unicode="bücher.example",
    options=DomainOptions(selectors=("s1",), parked=True, sending_ips=("192.0.2.1", "2001:db8::1"), profile="baseline"),
    observed_at=LATER,
    sightings=(Sighting(name="s1._domainkey.example.org", digest="0" * 64, first_seen=NOW),),
    answers=ASKED,
    visits=VISITS,
    fetches=GETS,
    hellos=HELLOS,
)
ROW = Row(
    input=InputLine(file="-", line=1, column=7, text="exa mple"),
    status="invalid_input",
    domain="example.org",
    reason="input.extra_word",
    message="One line holds one domain.",
    suggestion="example.org",
)
VISITED = Visited(
    visit=VISITS[0],
    session=SmtpSession(
        stages=(
            Stage(
                stage=StageName.BANNER,
                outcome=Outcome.OK,
                reply=Reply(code=220, lines=("mx", ""), flaws=("bare_lf",)),
                detail="all is well",
                elapsed_ms=0.25,
            ),
            Stage(stage=StageName.HELO, outcome=Outcome.OK, reply=Reply(code=250, lines=())),
            Stage(stage=StageName.EHLO, outcome=Outcome.OK, reply=Reply(code=250, lines=(), flaws=("bare_lf",))),
            Stage(stage=StageName.TLS, outcome=Outcome.TLS_FAILED, detail="\\x15\\x03 handshake failure"),
        ),
        tls=TlsShown(
            version="TLSv1.3",
            cipher="TLS_AES_256_GCM_SHA384",
            bits=256,
            group="x25519",
            chain=(OCTETS,),
            stapled=OCTETS,
        ),
        injected="250 injected\\x0d\\x0a",
        asked_at=NOW,
    ),
)
FETCHED = Fetched(
    get=GETS[0],
    fetch=HttpsFetch(
        outcome=FetchOutcome.OK,
        status=200,
        headers=(Header(name="content-type", value="text/plain"), Header(name="location", value="\\x1b")),
        body=OCTETS,
        tls=VISITED.session.tls,
        detail="all is well",
        asked_at=LATER,
        elapsed_ms=12.5,
    ),
)
OFFERED = Offered(
    hello=HELLOS[0],
    flight=TlsFlight(
        stages=VISITED.session.stages,
        version="TLSv1.0",
        cipher="TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
        group="0x1A2B",
        dh_bits=1024,
        signature="rsa_pkcs1_sha256",
        compression=True,
        renegotiation_info=True,
        alert="unrecognized_name",
        chain=(OCTETS, b""),
        asked_at=LATER,
    ),
)
SHOP = next(d for d in SAMPLE.domains if d.findings and d.findings[0].severity)
REPORT = replace(
    SAMPLE,
    run=replace(SAMPLE.run, vantage=(replace(SAMPLE.run.vantage[0], reason="vantage.clock", advice="Set the clock."),)),
    rules=SAMPLE.rules[:1],
    domains=(replace(SHOP, problem=Problem(reason="interrupted", message="It was cut short.", suggestion="again")),),
    findings=(
        replace(
            SAMPLE.findings[0],
            arguments={"text": "a", "count": 3, "sure": True, "names": ("b", "c")},
            waiver=LIVE,
            baseline=BaselineState.WORSE,
        ),
    ),
    waivers=DECIDED.waivers,
    baseline=DECIDED.baseline,
)


def every_outcome() -> tuple[Visited, ...]:
    """A session for each stage and outcome that there is."""
    return tuple(
        Visited(visit=VISITS[1], session=SmtpSession(stages=(Stage(stage=stage, outcome=outcome),)))
        for stage in StageName
        for outcome in Outcome
    )


def every_fetch() -> tuple[Fetched, ...]:
    """A fetch of each outcome that there is."""
    return tuple(Fetched(get=GETS[1], fetch=HttpsFetch(outcome=outcome)) for outcome in FetchOutcome)


def every_offer() -> tuple[Offered, ...]:
    """Each offer that there is, without an answer."""
    return tuple(
        Offered(hello=replace(HELLOS[0], offer=offer), flight=TlsFlight(stages=OFFERED.flight.stages[:1]))
        for offer in Offer
    )


END = RunEnd(rows=9, done=7, outcome="interrupted")
WRITTEN: dict[str, tuple[str, type[Any], Any]] = {
    "run": ("evidence", RunEvidence, RUN),
    "bare run": ("evidence", RunEvidence, replace(RUN, extra_ca=(), answers=(), visits=(), routes=(), nameservers=())),
    "domain": ("evidence", DomainEvidence, DOMAIN),
    "bare domain": (
        "evidence",
        DomainEvidence,
        replace(DOMAIN, options=DomainOptions(), answers=(), visits=(), fetches=(), hellos=()),
    ),
    "end": ("evidence", RunEnd, END),
    "row": ("evidence", Row, ROW),
    "bare row": ("evidence", Row, replace(ROW, status="failed", domain=None, suggestion=None)),
    "visited": ("hosts", Visited, VISITED),
    "bare visited": ("hosts", Visited, replace(VISITED, session=SmtpSession(stages=()))),
    "fetched": ("hosts", Fetched, FETCHED),
    "bare fetched": ("hosts", Fetched, every_fetch()[0]),
    "offered": ("hosts", Offered, OFFERED),
    "bare offered": ("hosts", Offered, replace(OFFERED, flight=TlsFlight(stages=()))),
    "report": ("report", RunReport, REPORT),
    "whole report": ("report", RunReport, SAMPLE),
    "bare report": ("report", RunReport, replace(SAMPLE, rules=(), domains=(), insights=(), findings=())),
}


def text_of(label: str) -> bytes:
    """One of the values as it is written, without the end of its line."""
    name, _, value = WRITTEN[label]
    return dumped(name, value)


def dumped(name: str, value: object) -> bytes:
    """A value as a file of that schema holds it."""
    return contract.dump(value) if name == "report" else contract.line(value).removesuffix(b"\n")
