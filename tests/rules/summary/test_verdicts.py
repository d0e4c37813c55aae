"""The answers: nothing is called good of which nothing was seen."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit.model.probe import Outcome, SmtpSession
from audit.model.report import DomainVerdict, Finding, Result, Severity, State, SubjectName
from audit.protocol.smtp import Mangled
from audit.rules.registry import RULES
from audit.rules.summary import delivery
from audit.rules.summary.findings import QUESTIONS
from audit.rules.summary.verdicts import verdicts
from tests.rules import fetches, pki, sessions
from tests.rules import test_dane as dane
from tests.rules.tables import CASES, found
from tests.rules.world import Case, replayed, selected
from tests.rules.zone.zones import HOSTS, ONE, OWN, PARENT, REFERRAL, SOA, TWO, mark
from tests.signed import DAYS, Internet, Zone
from tests.together import of_each

SPF = 'story.example. TXT "v=spf1 mx -all"\n'
DMARC = '_dmarc.story.example. TXT "v=DMARC1; p=reject; rua=mailto:d@story.example"\n'
WATCHING = DMARC.replace("reject", "none")
MX = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n192.0.2.1 PTR mx.story.example.\n"
SERVED = PARENT + REFERRAL + SOA + OWN + HOSTS
WELL = SPF + DMARC + MX + SERVED
SECOND = "story.example. MX 20 mx2.story.example.\nmx2.story.example. A 192.0.2.2\n"
GONE = "story.example. MX 5 gone.story.example.\n"
LISTED = "192.0.2.1@bl.spamcop.net A 127.0.0.2\n"
NULL = SPF + DMARC + "story.example. MX 0 .\n"
UNWATCHED = '_dmarc.story.example. TXT "v=DMARC1; p=none"\n'
PRIVATE = WELL.replace("192.0.2.1", "10.0.0.1")
PROVIDER = SPF.replace("mx -all", "-all") + "story.example. MX 1 smtp.google.com.\nsmtp.google.com. A 192.0.2.1\n"
UNSEEN_SENDER = MX + "story.example. TXT servfail\n"
REFUSING_LIST = "192.0.2.1@zen.spamhaus.org A 127.255.255.254\n"
ZEN_SILENT = "192.0.2.1@zen.spamhaus.org A timeout\n"
ZEN_BROKEN = "127.0.0.2@zen.spamhaus.org A nodata\n"
RECEIVING = WELL.replace("mx -all", "-all")
BY_IPV6 = "mx.story.example. AAAA 2001:db8::1\n"
UNSEEN_HOST = "story.example. MX 20 b.example.\nb.example. A servfail\nb.example. AAAA servfail\n"
IPV4 = frozenset({"ipv4"})
CLOCK_IS_WRONG = "SOA 8 0 86400 20200101050000 20191222040000 12345 . c2lnbmF0dXJl"
NO_SMTP = {"smtp": False}
HOST = "mx.story.example"

ALL_LAME = PARENT + REFERRAL + mark(ONE, "refused") + mark(TWO, "refused") + "story.example. ANY timeout\n"
LAME, AT_RISK = mark(TWO, "refused"), ("warning", "yes, at risk")


def meeting(session: SmtpSession) -> dict[str, SmtpSession]:
    return {"192.0.2.1": session}


REFUSING = meeting(sessions.refused())
REFUSED_AND_UNSEEN = {"192.0.2.1": sessions.refused(), "192.0.2.2": sessions.connect(Outcome.PAUSED)}
PLAIN_AND_TURNED_AWAY = {"192.0.2.1": sessions.no_starttls(), "192.0.2.2": sessions.greeting(450)}
SECOND_UNSEEN = {"192.0.2.2": sessions.connect(Outcome.PAUSED)}
IPV6_UNSEEN = {"2001:db8::1": sessions.connect(Outcome.PAUSED)}
GUARDED = {"10.0.0.1": sessions.connect(Outcome.GUARD_REFUSED)}
OLD = sessions.healthy(pki.good(HOST), version="TLSv1.1")
OLD_AND_UNSEEN = {"192.0.2.1": OLD, **SECOND_UNSEEN}
OVERWRITTEN = {"192.0.2.1": sessions.no_starttls("XXXXXXXA")}
NEAR_US = Mangled(frozenset({"one.example", "other.example"}))
TIMING_OUT = {a: sessions.timeout() for a in ("192.0.2.1", "198.51.100.251", "198.51.100.252")}


def told(case: Case) -> dict[str, DomainVerdict]:
    case_found = replayed(case, rules=selected(case))
    smtp = case.settings.get("smtp", True)
    lists = bool(case.settings.get("blocklists", True))
    return {v.id: v for v in verdicts(case_found.findings, case_found.domain.facts, smtp=smtp, lists=lists)}


def story(zone: str, **given: object) -> Case:
    return Case("", "", zone, **given)  # type: ignore[arg-type]


SIGNED = """
    story.example     MX   10 mx.story.example
    story.example     TXT  "v=spf1 mx -all"
    mx.story.example  A    192.0.2.1
"""
WRONG = f"3 1 1 {dane.OTHER}"
EXPIRED_KEY = dane.tlsa(3, 1, 1, pki.expired(HOST)[0])
TLSA_GONE = {"old": {"TLSA": (-40 * DAYS, -10 * DAYS)}}


def pinned(*records: str, zone: str = "", ways: dict[str, Any] | None = None, **given: object) -> Case:
    """A signed domain, with TLSA records at its one mail host."""
    return story(SERVED + zone, internet=dane.internet(*records, text=SIGNED, **(ways or {})), **given)


LOST = "a.example. TXT servfail\n"


STORIES: tuple[tuple[str, Case, str, str], ...] = (
    ("delivery", story(WELL), "good", "yes"),
    ("delivery", pinned(dane.OURS), "good", "yes"),
    ("delivery", pinned(WRONG), "warning", "with trouble"),
    ("delivery", pinned(dane.ROOT), "warning", "with trouble"),
    ("delivery", pinned(dane.OURS, sessions=meeting(sessions.no_starttls())), "warning", "with trouble"),
    ("delivery", pinned(dane.OURS, ways=TLSA_GONE, zone=dane.FAILS), "warning", "with trouble"),
    ("delivery", pinned(dane.OURS, zone=dane.LOST), "unknown", "yes, as far as tested"),
    ("encryption", pinned(dane.OURS), "good", "yes"),
    ("encryption", pinned(WRONG), "warning", "yes, unproven"),
    ("encryption", pinned(dane.OURS, zone=dane.LOST), "unknown", "yes, as far as tested"),
    ("encryption", pinned(EXPIRED_KEY, sessions=meeting(sessions.healthy(pki.expired(HOST)))), "good", "yes"),
    ("delivery", story(WELL, sessions=REFUSING), "bad", "no"),
    ("delivery", story(WELL + SECOND, sessions=REFUSING), "warning", "with trouble"),
    ("delivery", story(WELL + GONE), "warning", "with trouble"),
    ("delivery", story(SPF + DMARC + GONE), "bad", "no"),
    ("delivery", story(WELL + GONE, sessions=TIMING_OUT), "unknown", "could not test"),  # nobody could look
    ("delivery", story(WELL + GONE, sessions=meeting(sessions.greeting(450))), "unknown", "could not test"),
    ("delivery", story(WELL + SECOND, sessions=REFUSED_AND_UNSEEN), "unknown", "could not test"),
    (
        "delivery",
        story(PRIVATE + "story.example. MX 20 b.example.\nb.example. A servfail", sessions=GUARDED),
        "unknown",
        "could not test",
    ),
    ("delivery", story(WELL + SECOND, sessions=PLAIN_AND_TURNED_AWAY), "good", "yes"),
    ("delivery", story(WELL, sessions=OVERWRITTEN), "good", "yes"),
    ("delivery", story(WELL, sessions=OVERWRITTEN, mangled=NEAR_US), "good", "yes"),
    ("delivery", story(WELL + GONE, settings=NO_SMTP), "warning", "at best with trouble"),
    ("delivery", story(GONE, settings=NO_SMTP), "bad", "no"),
    ("delivery", story(GONE + GONE.replace("5 gone", "6 lost"), settings=NO_SMTP), "bad", "no"),
    ("delivery", story(SPF + DMARC), "not_applicable", "takes no mail"),
    ("delivery", story(PRIVATE), "bad", "no"),  # what we reach the internet does not
    ("delivery", story(PRIVATE, sessions=GUARDED), "bad", "no"),
    ("delivery", story(WELL, sessions=TIMING_OUT), "unknown", "could not test"),
    ("delivery", story(WELL, sessions=meeting(sessions.greeting(554))), "unknown", "could not test"),
    ("delivery", story(WELL, settings=NO_SMTP), "unknown", "not tested"),
    ("delivery", story("story.example. MX timeout"), "unknown", "could not test"),
    ("delivery", story(NULL), "not_applicable", "takes no mail"),
    ("delivery", story(WELL + SECOND, sessions=SECOND_UNSEEN), "unknown", "yes, as far as tested"),
    ("delivery", story(WELL + SECOND + GONE, sessions=SECOND_UNSEEN), "warning", "with trouble"),
    ("delivery", story(WELL + BY_IPV6, routes=IPV4), "good", "yes"),
    ("delivery", story(WELL + BY_IPV6, sessions=IPV6_UNSEEN), "unknown", "yes, as far as tested"),
    ("delivery", story(GONE + UNSEEN_HOST, settings=NO_SMTP), "unknown", "not tested"),
    ("delivery", story(""), "bad", "no"),
    ("delivery", story(WELL + LAME), *AT_RISK),
    ("delivery", story(WELL + mark(TWO, "timeout")), *AT_RISK),
    ("delivery", story(WELL + GONE + LAME), "warning", "with trouble"),
    ("delivery", story(WELL + mark(TWO, "10 old.example.", "MX")), *AT_RISK),
    ("delivery", story(WELL + mark(TWO, "192.0.2.9", "A")), "good", "yes"),  # addresses may differ
    ("delivery", story(WELL + mark(f"{TWO}/tcp", "timeout", "SOA")), "good", "yes"),
    ("delivery", story(WELL.replace(TWO, "10.0.0.1")), *AT_RISK),
    (
        "delivery",
        story(WELL.replace(f"ns2.story.example.  A     {TWO}", "").replace(f"={TWO}", "")),
        "warning",
        "yes, at risk",
    ),
    ("delivery", story(WELL + mark(TWO, "malformed")), "unknown", "yes, as far as tested"),
    ("delivery", story(WELL + mark(TWO, "timeout", "MX")), "unknown", "yes, as far as tested"),
    (
        "delivery",
        story(WELL + SECOND + LAME, sessions=SECOND_UNSEEN),
        "unknown",
        "yes, as far as tested",
    ),
    ("delivery", story(WELL + LAME, settings=NO_SMTP), "warning", "at best with trouble"),
    ("delivery", story(WELL + mark(TWO, "malformed"), settings=NO_SMTP), "unknown", "not tested"),
    ("delivery", story(WELL + LAME, sessions=REFUSING), "bad", "no"),
    ("encryption", story(WELL), "good", "yes"),
    ("encryption", story(WELL, sessions=meeting(sessions.no_starttls())), "bad", "no"),
    ("encryption", story(WELL, sessions=OVERWRITTEN), "bad", "no"),
    ("encryption", story(WELL, sessions=OVERWRITTEN, mangled=NEAR_US), "unknown", "could not test"),
    ("encryption", story(WELL, sessions=meeting(sessions.tls_alert())), "bad", "no"),
    ("encryption", story(WELL + SECOND, sessions=meeting(sessions.no_starttls())), "warning", "partly"),
    ("encryption", story(WELL + SECOND, sessions=meeting(sessions.tls_alert())), "warning", "partly"),
    ("encryption", story(WELL + SECOND, sessions=PLAIN_AND_TURNED_AWAY), "unknown", "not everywhere"),
    ("encryption", story(WELL, sessions=meeting(OLD)), "bad", "yes, with obsolete TLS"),
    ("encryption", story(WELL + SECOND, sessions=meeting(OLD)), "bad", "yes, with obsolete TLS"),
    ("encryption", story(WELL, sessions=meeting(sessions.healthy(pki.expired(HOST)))), "warning", "yes, unproven"),
    ("encryption", story(WELL, sessions=meeting(sessions.greeting(450))), "unknown", "could not test"),
    ("encryption", story(WELL, sessions=TIMING_OUT), "unknown", "could not test"),
    ("encryption", story(WELL, settings=NO_SMTP), "unknown", "not tested"),
    ("encryption", story(NULL), "not_applicable", "takes no mail"),
    ("encryption", story(WELL + SECOND, sessions=SECOND_UNSEEN), "unknown", "yes, as far as tested"),
    ("encryption", story(WELL + SECOND, sessions=OLD_AND_UNSEEN), "unknown", "yes, with obsolete TLS"),
    ("encryption", story(WELL, root_signature=CLOCK_IS_WRONG), "unknown", "yes, as far as tested"),
    ("encryption", story(WELL + BY_IPV6, routes=IPV4), "good", "yes"),
    ("reputation", story(WELL), "good", "no"),
    ("reputation", story(WELL + LISTED), "bad", "yes"),
    ("reputation", story(WELL.replace("mx -all", "-all") + LISTED), "warning", "yes"),
    ("reputation", story(PROVIDER + LISTED), "warning", "only noted"),
    ("reputation", story(PROVIDER + LISTED, settings={"blocklists": ("spamcop",)}), "warning", "only noted"),
    ("reputation", story(UNSEEN_SENDER + LISTED), "unknown", "only noted, as far as tested"),
    ("reputation", story(WELL + REFUSING_LIST), "unknown", "not where tested"),
    ("reputation", story(WELL + LISTED + ZEN_SILENT), "bad", "yes"),
    ("reputation", story(RECEIVING + LISTED + ZEN_SILENT), "unknown", "yes, as far as tested"),
    ("reputation", story(PROVIDER + LISTED + ZEN_SILENT), "unknown", "only noted, as far as tested"),
    ("reputation", story(WELL + ZEN_BROKEN), "good", "no"),
    ("reputation", story(WELL, settings={"blocklists": ()}), "unknown", "not tested"),
    (
        "reputation",
        story(WELL + "127.0.0.2@bl.spamcop.net A servfail\n127.0.0.2@zen.spamhaus.org A servfail"),
        "unknown",
        "could not test",
    ),
)


@pytest.mark.parametrize(("topic", "case", "state", "answer"), STORIES)
def test_what_is_answered(topic: str, case: Case, state: str, answer: str) -> None:
    verdict = told(case)[topic]
    assert (verdict.state, verdict.answer) == (State(state), answer), verdict
    assert verdict.question == QUESTIONS[verdict.id]
    assert verdict.because.endswith(".")


def test_certificates_of_which_nothing_is_known_are_not_said_to_hold() -> None:
    assert "hold." in told(story(WELL))["encryption"].because
    assert "could not be told" in told(story(WELL, root_signature=CLOCK_IS_WRONG))["encryption"].because


@pytest.mark.parametrize(
    ("topic", "case", "said", "rules"),
    [
        (
            "delivery",
            story(SPF + DMARC),
            "The domain has neither MX nor address, so it takes no mail.",
            (),
        ),
        ("delivery", story(NULL), "The domain says that it takes no mail.", ()),
        (
            "delivery",
            story(WELL + SECOND, sessions=REFUSED_AND_UNSEEN),
            (
                "mx.story.example does not accept connections at 192.0.2.1 (refused)."
                " What this needs could not be asked (smtp.paused)."
            ),
            ("MX-REACH",),
        ),
        (
            "delivery",
            story(WELL + GONE, sessions=meeting(sessions.greeting(450))),
            (
                "gone.story.example does not exist in the DNS."
                " The mail servers that accept connections turned us away before anything could be learned."
            ),
            ("MX-NXDOMAIN", "TLS-STARTTLS-MISSING"),
        ),
        (
            "delivery",
            story(WELL + LAME),
            f"ns2.story.example at {TWO} does not serve story.example: refused.",
            ("NS-LAME",),
        ),
        (
            "delivery",
            story(WELL + SECOND + LAME, sessions=SECOND_UNSEEN),
            (
                f"ns2.story.example at {TWO} does not serve story.example: refused."
                " A mail server accepts connections; whether there is trouble with another could not be tested."
            ),
            ("NS-LAME", "MX-REACH"),
        ),
        (
            "delivery",
            story(WELL + mark(TWO, "malformed")),
            "The mail servers accept connections; whether all name servers lead there could not be tested.",
            ("DNS-INCONSISTENT", "NS-LAME"),
        ),
        (
            "delivery",
            story(ALL_LAME),
            (
                f"ns1.story.example at {ONE} does not serve story.example: refused."
                " What this needs could not be asked (dns.timeout)."
            ),
            None,
        ),
        (
            "encryption",
            story(WELL + SECOND, sessions=meeting(sessions.no_starttls())),
            "Mail is encrypted on the way to some servers, but not to mx.story.example at 192.0.2.1.",
            ("TLS-STARTTLS-MISSING",),
        ),
        (
            "encryption",
            story(WELL + SECOND, sessions=PLAIN_AND_TURNED_AWAY),
            "mx.story.example at 192.0.2.1 does not offer STARTTLS. Another server could not be tested.",
            None,
        ),
        (
            "encryption",
            story(WELL, sessions=meeting(OLD)),
            (
                "Mail is encrypted, but with versions of TLS that are given up:"
                " mx.story.example at 192.0.2.1 knows no newer TLS than TLSv1.1."
            ),
            ("TLS-VER-NO12",),
        ),
        (
            "reputation",
            story(PROVIDER + LISTED),
            "192.0.2.1 is on spamcop, which matters little: it only takes mail, or is a provider's.",
            ("DNSBL-IP-LISTED",),
        ),
        (
            "reputation",
            story(UNSEEN_SENDER + LISTED),
            (
                "192.0.2.1 is on spamcop; how much that matters could not be told (dns.servfail)."
                " There may be more to look up that could not be found."
            ),
            ("DNSBL-IP-LISTED", "DNSBL-POLICY"),
        ),
        ("reputation", story(WELL), "Not listed in any of the 2 look-ups that were answered.", ()),
        (
            "reputation",
            story(WELL + "192.0.2.1@bl.spamcop.net A timeout"),
            "Not listed in the one look-up that was answered. 1 more look-up could not be answered.",
            ("DNSBL-IP-LISTED", "DNSBL-POLICY"),
        ),
        (  # a policy range matters to senders, and whether this is one could not be seen
            "reputation",
            story(UNSEEN_SENDER + "192.0.2.1@zen.spamhaus.org A 127.0.0.10"),
            (
                "Not listed in the one look-up that was answered."
                " 1 more look-up could not be answered. There may be more to look up that could not be found."
            ),
            ("DNSBL-IP-LISTED", "DNSBL-POLICY"),
        ),
    ],
)
def test_why_it_is_answered_so(topic: str, case: Case, said: str, rules: tuple[str, ...] | None) -> None:
    verdict = told(case)[topic]
    assert verdict.because == said
    assert rules in (verdict.rules, None)


def test_of_many_servers_without_encryption_some_are_named() -> None:
    zone, plain = WELL, {}
    for n in range(2, 8):
        zone += f"story.example. MX {n}0 mx{n}.story.example.\nmx{n}.story.example. A 192.0.2.{n}\n"
        plain[f"192.0.2.{n}"] = sessions.no_starttls()
    because = told(story(zone, sessions=plain))["encryption"].because
    assert because.endswith("mx3.story.example at 192.0.2.3, mx4.story.example at 192.0.2.4 and 3 more.")


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("mx1.example.org does not exist", "mx1.example.org does not exist."),
        ("2001:db8::1 is listed", "2001:db8::1 is listed."),
        ("the record is wrong", "The record is wrong."),
        ("no DMARC record applies", "No DMARC record applies."),
        ("the list gives a reason.", "The list gives a reason."),
        ("the server says: why?", "The server says: why?"),
        ("the text is cut…", "The text is cut…"),
        ("", "."),
    ],
)
def test_a_message_becomes_a_sentence_and_a_name_stays_a_name(message: str, sentence: str) -> None:
    finding = Finding(
        rule="MX-NXDOMAIN",
        subject=SubjectName(kind="host", name="mx1.example.org"),
        result=Result.FAIL,
        severity=Severity.HIGH,
        reason=None,
        message=message,
        arguments={},
        publish=(),
        causes=(),
        evidence=(),
    )
    assert verdicts((finding,), {}, smtp=True, lists=True)[0].because == sentence


@of_each(CASES, lambda c: c.id, by=lambda c: c.rule)
def test_what_is_good_was_seen_and_what_led_there_is_named(case: Case) -> None:
    findings, facts = found(case).findings, found(case).domain.facts
    passed = {f.rule for f in findings if f.result is Result.PASS}
    seen = {
        "delivery": {"MX-REACH"},
        "forgery": {"DMARC-P-NONE"},
        "forgery_subdomains": {"DMARC-MISSING"},
        "forgery_nonexistent": {"DMARC-MISSING"},
        "encryption": {"TLS-STARTTLS-FAIL"},
        "reputation": {"DNSBL-IP-LISTED", "DNSBL-DOMAIN-LISTED"},
    }
    for verdict in verdicts(findings, facts, smtp=True, lists=True):
        assert verdict.state is not State.GOOD or seen[verdict.id] & passed
        assert set(verdict.rules) <= {f.rule for f in findings if f.result in (Result.FAIL, Result.UNKNOWN)}


def test_of_unknowns_alone_comes_no_answer() -> None:
    unknown = tuple(
        Finding(
            rule=r.id,
            subject=SubjectName(kind="domain", name="story.example"),
            result=Result.UNKNOWN,
            severity=None,
            reason="dns.timeout",
            message=None,
            arguments={},
            publish=(),
            causes=(),
            evidence=(),
        )
        for r in RULES
    )
    assert {v.state for v in verdicts(unknown, {}, smtp=True, lists=True)} == {State.UNKNOWN}
    assert {v.state for v in verdicts((), {}, smtp=True, lists=True)} <= {State.UNKNOWN, State.NOT_APPLICABLE}


def test_every_rule_that_an_answer_looks_at_is_there() -> None:
    folder = Path(delivery.__file__).parent
    texts = {
        node.value
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = {text for text in texts if re.fullmatch(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+", text)}
    assert len(named) > 30
    assert named <= {r.id for r in RULES}


GONE_BY = {"MX": (-40 * DAYS, -10 * DAYS)}
OTHER_HOST = {fetches.URL: fetches.got(fetches.policy("enforce", "elsewhere.example"))}


SPF_GONE, SPF_WITHHELD = {"TXT": (-40 * DAYS, -10 * DAYS)}, "story.example. TXT bogus\n"
SPF_WITHHELD += "".join(mark(server, '"v=spf1 mx -all"', "TXT") for server in (ONE, TWO))  # who gives it all the same
MX_LOST = f"{SPF_WITHHELD}story.example. MX+dnssec timeout"


def signed(zone: str = "", **ways: Any) -> Case:
    zones = Zone(apex="."), Zone(apex="example."), Zone(apex="story.example.", text=SIGNED, **ways)
    return story(SERVED + zone, internet=Internet(*zones))


@pytest.mark.parametrize(
    ("case", "state", "answer"),
    [
        (signed(), State.GOOD, "yes"),
        (replace(signed(old=GONE_BY), root_signature=None), State.WARNING, "with trouble"),
        (signed(old=GONE_BY), State.UNKNOWN, "yes, as far as tested"),  # the resolver validates, and accepts it
        (signed("story.example. DS+dnssec timeout"), State.UNKNOWN, "yes, as far as tested"),
        (signed(SPF_WITHHELD, old=SPF_GONE), State.GOOD, "yes"),  # what comes in does not hang on it
        (signed(MX_LOST, old=SPF_GONE), State.UNKNOWN, "yes, as far as tested"),
        (story(WELL + fetches.ANNOUNCED, fetches=OTHER_HOST), State.WARNING, "with trouble"),
        (story(WELL + fetches.ANNOUNCED), State.UNKNOWN, "yes, as far as tested"),
        (story(WELL), State.GOOD, "yes"),  # through a resolver that leaves signatures out
    ],
)
def test_mail_that_some_senders_keep_back_is_trouble(case: Case, state: State, answer: str) -> None:
    verdict = told(case)["delivery"]
    assert (verdict.state, verdict.answer) == (state, answer)
