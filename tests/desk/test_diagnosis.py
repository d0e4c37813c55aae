"""What decides: the text, then the enhanced code, then the code; and who says it, where codes mean two things."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.desk.diagnosis import diagnose
from audit.desk.reading import MAX_INPUT
from audit.rules.registry import RULES
from tests.timing import within

GOOGLE, EXCHANGE = "aspmx.l.google.com", "contoso-com.mail.protection.outlook.com"


@pytest.mark.parametrize(
    ("text", "host", "kind", "basis", "pattern"),
    [
        ("550 5.1.1 over quota", "", "soft-mailbox", "text", "mailbox-full"),
        ("550 5.2.2 xyzzy", "", "soft-mailbox", "enhanced_code", None),
        ("550 xyzzy", "", "hard-address", "code", None),
        ("450 4.2.1 xyzzy", "", "soft-mailbox", "enhanced_code", None),
        ("550 5.2.1 xyzzy", "", "hard-address", "enhanced_code", None),
        ("530 5.7.0 xyzzy", "", "config-sender", "code", None),  # 7.0 says less than 530
        ("554 5.7.0 xyzzy", "", "policy-block", "enhanced_code", None),
        ("550 5.7.999 xyzzy", "", "policy-block", "enhanced_code", None),  # stands for its subject
        ("550 5.99.1 xyzzy", "", "hard-address", "code", None),
        ("499 xyzzy", "", "soft-system", "code", None),
        ("599 xyzzy", "", "unknown", "code", None),
        ("550 xyzzy (in reply to end of DATA command)", "", "policy-block", "code", None),
        ("250 2.0.0 Ok: spam is welcome here", "", "ok", "code", None),
        ("xyzzy", "", "unknown", "nothing", None),
        ("", "", "unknown", "nothing", None),
    ],
)
def test_what_decides(text: str, host: str, kind: str, basis: str, pattern: str | None) -> None:
    told = diagnose(text, host=host)
    assert (told.kind.id, told.basis, told.pattern) == (kind, basis, pattern)


@pytest.mark.parametrize(
    ("code", "host", "words", "kind", "confidence"),
    [
        ("5.7.30", GOOGLE, "xyzzy", "auth-fail", "medium"),
        ("5.7.30", "", "xyzzy - gsmtp", "auth-fail", "medium"),
        ("5.7.30", EXCHANGE, "Basic authentication is not supported for Client Submission.", "config-sender", "high"),
        ("5.7.30", "", "Basic authentication is not supported", "config-sender", "medium"),
        ("5.7.30", "mx.example.org", "xyzzy", "tls", "low"),
        ("5.7.27", GOOGLE, "xyzzy", "auth-fail", "medium"),
        ("5.7.27", "", "xyzzy", "config-sender", "low"),
        ("5.7.29", GOOGLE, "xyzzy", "tls", "medium"),
        ("5.7.29", "", "xyzzy", "auth-fail", "low"),
        ("5.7.511", EXCHANGE, "xyzzy", "reputation-block", "medium"),
        ("5.7.612", EXCHANGE, "xyzzy", "reputation-block", "medium"),
        ("5.7.612", "mx.example.org", "xyzzy", "reputation-block", "low"),
        ("5.7.612", GOOGLE, "xyzzy", "policy-block", "low"),
        ("5.7.57", "mx.example.org", "xyzzy", "policy-block", "low"),
        ("5.7.57", EXCHANGE, "xyzzy", "config-sender", "medium"),
        ("5.7.650", EXCHANGE, "xyzzy", "policy-block", "low"),
    ],
)
def test_codes_that_mean_two_things(code: str, host: str, words: str, kind: str, confidence: str) -> None:
    told = diagnose(f"550 {code} {words}", host=host)
    assert (told.kind.id, told.confidence) == (kind, confidence)


def test_words_of_one_provider_say_nothing_from_another() -> None:
    assert diagnose("550 5.7.1 [TSS04] xyzzy", host="mta7.am0.yahoodns.net").pattern == "yahoo-deferred"
    assert diagnose("550 5.7.1 [TSS04] xyzzy", host=GOOGLE).pattern is None
    assert diagnose("550 5.7.1 xyzzy", host="aspmx.l.google.com.evil.example").speaker == ""


@pytest.mark.parametrize(
    ("text", "kind", "pattern"),
    [
        ("554 5.7.1 <news@shop.example>: Sender address rejected: Access denied", "policy-block", "sender-refused"),
        ("450 4.7.1 <news@shop.example>: Sender address rejected: Access denied", "policy-block", "sender-refused"),
        ("550 sender refused", "policy-block", "sender-refused"),
        (
            "554 5.7.1 <a@b.example>: Recipient address rejected: Access denied",
            "policy-block",
            "recipient-access-denied",
        ),
        ("450 4.1.8 <a@b.example>: Sender address rejected: Domain not found", "config-sender", None),
        (
            "553 5.7.1 <a@b.example>: Sender address rejected: not owned by user anna",
            "config-sender",
            "sender-not-owned",
        ),
    ],
)
def test_a_sender_that_is_refused_is_no_recipient(text: str, kind: str, pattern: str | None) -> None:
    told = diagnose(text)
    assert told.kind.id == kind
    assert not told.suppress
    if pattern:
        assert told.pattern == pattern


@pytest.mark.parametrize(
    "text",
    [
        "550 SPF check failed: 203.0.113.9 is not allowed to send mail from shop.example",
        "550 [SPF] 203.0.113.9 is not allowed to send mail from shop.example.",
        "550 203.0.113.9 is not authorized to send from shop.example: see http://www.openspf.org/Why",
    ],
)
def test_spf_speaks_of_hosts_and_no_account(text: str) -> None:
    assert (diagnose(text).kind.id, diagnose(text).pattern) == ("auth-fail", "spf-not-allowed")


def test_a_wrong_order_is_no_number_of_faults() -> None:
    for text in ("503 5.5.1 Bad sequence of commands", "503 5.5.1 Error: need RCPT command"):
        assert diagnose(text).cause == "A command came out of order."
    assert "too many" in diagnose("421 4.7.0 mx.example Error: too many errors").cause


def test_content_that_is_restricted() -> None:
    assert diagnose("550 5.7.1 Message rejected due to content restrictions").kind.id == "content"


@pytest.mark.parametrize(
    "address",
    ["spam@example.org", "a@spamhaus.org", "full@quota.example", "virus.dmarc@helo.example", "greylist@rbl.example"],
)
def test_an_address_in_the_text_says_nothing_of_the_mail(address: str) -> None:
    for text in (f"<{address}>: User unknown", f"No such user: {address}", f"{address} does not exist"):
        assert diagnose(f"550 5.1.1 {text}").kind.id == "hard-address"


@pytest.mark.parametrize(
    ("text", "permanent"),
    [
        ("550 4.2.2 mailbox full", True),  # the code is what the dialogue goes by
        ("450 5.1.1 user unknown", False),
        ("421 5.7.32 xyzzy", False),
        ("5.1.1 user unknown", True),
        ("4.2.2 mailbox full", False),
        ("user unknown", True),
        ("mailbox full", False),
        ("message expired", True),
        ("status=deferred (user unknown)", False),
        ("Action: failed\nmailbox full", True),
        ("250 2.0.0 ok", None),
        ("xyzzy", None),
    ],
)
def test_whether_it_lasts(text: str, permanent: bool | None) -> None:
    assert diagnose(text).permanent is permanent


@pytest.mark.parametrize(
    ("text", "suppress", "when"),
    [
        ("550 5.1.1 user unknown", True, "never"),
        ("550 5.1.1 xyzzy", True, "never"),
        ("450 4.1.1 user unknown", False, "later"),
        ("550 xyzzy", False, "never"),  # a bare 550 may be anything
        ("550 5.7.1 recipient address rejected", False, "never"),
        ("556 5.1.10 null MX", True, "never"),
        ("552 5.2.2 over quota", False, "later"),
        ("550 5.7.26 DMARC", False, "after_change"),
        ("451 4.7.1 greylisted", False, "later"),
        ("250 ok", False, "none"),
    ],
)
def test_what_follows(text: str, suppress: bool, when: str) -> None:
    told = diagnose(text)
    assert (told.suppress, told.retry.when) == (suppress, when)
    assert (told.retry.backoff is not None) == (when == "later")


def test_where_codes_disagree_it_is_less_sure() -> None:
    assert diagnose("550 5.2.2 xyzzy").confidence == "high"
    assert diagnose("550 4.2.2 xyzzy").confidence == "medium"


def test_everything_is_explained() -> None:
    told = diagnose("550 5.7.26 SPF check failed")
    assert told.cause
    assert told.advice
    assert "SPF-MISSING" in told.rules
    assert {"SPF-MISSING"} <= {rule.id for rule in RULES}
    assert told.excerpt == "SPF"


@pytest.mark.parametrize(
    ("text", "spf", "dkim"),
    [
        ("550-5.7.26 … (SPF and DKIM both do not pass)", True, True),
        ("550 5.7.26 neither SPF nor DKIM pass", True, True),
        ("550 5.7.1 DKIM and SPF failed", True, True),
        ("550 5.7.26 sender is unauthenticated. Gmail requires either SPF or DKIM. - gsmtp", True, True),
        ("550 5.7.9 the sender is unauthenticated. Yahoo requires either SPF or DKIM", True, True),
        ("550 5.7.1 SPF failed", True, False),
        ("550 5.7.20 no valid DKIM signature", False, True),
        ("550 5.7.1 DKIM passed, SPF failed", True, False),
    ],
)
def test_where_spf_and_dkim_both_fail_both_are_to_be_looked_at(text: str, spf: bool, dkim: bool) -> None:
    told = diagnose(text)
    first = {rule.partition("-")[0] for rule in told.rules[:4]}  # as many as a terminal shows
    assert (told.kind.id, "SPF" in first, "DKIM" in first) == ("auth-fail", spf, dkim)
    assert ("SPF" in told.cause, "DKIM" in told.cause) == (spf, dkim)


HOSTILE = [
    "550 5.1.1 \x1b[2J\u202euser unknown",
    "550 " + "a" * 1_000_000,
    "550-" * 200_000,
    "550-5.7.26 x\n" * 50_000,
    "\n" * 100_000,
    "5.7.1" * 50_000,
    "#5.7.1 smtp;550 " * 20_000,
    "host a.b.c.d[" * 20_000,
    "host " + "a." * 50_000,
    "\udcff\x00550 user unknown",
    "550 5." + "9" * 5000 + ".1",
    "٥٥٠ user unknown",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_read_in_bounds(text: str) -> None:
    told = diagnose(text)
    assert len(told.text) <= 600
    assert all(c.isprintable() for c in told.text)
    assert told.cut == (len(text) > 65536)


@pytest.mark.parametrize(
    "word", ["a ", "sender ", "too many ", "exceeded ", "account ", "connection ", "550 5.7.1 ", "x"]
)
def test_no_text_takes_long(word: str) -> None:
    assert within(1, lambda: diagnose("550 " + word * (MAX_INPUT // len(word))))


@given(st.text(max_size=300), st.sampled_from(["", "550 ", "550-5.7.1 ", "451 4", "#5.7.1 smtp;", "host x.example["]))
@settings(max_examples=150, deadline=None)
def test_nothing_raises(text: str, before: str) -> None:
    told = diagnose(before + text)
    assert told.kind.id
    assert told.text.isprintable()


DANE = {
    "TLSA lookup error for mx1.example.org:25": "DANE-BOGUS",
    "451 4.7.5 TLSA lookup error for mx1.example.org:25": "DANE-BOGUS",
    "DANE error: tlsa lookup DEFER": "DANE-BOGUS",
    "DANE error: TLSA lookup for mx1.example.org not DNSSEC": "DANE-BOGUS",
    "TLSA lookup failed": "DANE-BOGUS",
    "550 5.7.1 DANE required, but mx1.example.org has no TLSA records": "DANE-MISSING",
    "DANE is required": "DANE-NOSTARTTLS",
    "Server certificate failed DANE validation": "DANE-MISMATCH",
    "450 4.7.321 starttls-not-supported: Destination mail server must support TLS to receive mail.": "DANE-NOSTARTTLS",
    "450 4.7.322 certificate-expired: Destination mail server's certificate is expired.": "DANE-TA-CHAIN",
    "550 5.7.323 tlsa-invalid: The domain failed DANE validation.": "DANE-MISMATCH",
    "550 5.7.324 dnssec-invalid: Destination domain returned invalid DNSSEC records": "DANE-BOGUS",
    "450 4.7.325 certificate-host-mismatch: the names do not match": "DANE-MISMATCH",
}


@pytest.mark.parametrize(("text", "rule"), DANE.items())
def test_words_on_dane_lead_to_its_rules(text: str, rule: str) -> None:
    told = diagnose(text)
    assert (told.kind.id, told.side, rule in told.rules) == ("tls", "theirs", True), told
    assert all(r.startswith(("DANE-", "DNSSEC-", "CERT-", "TLS-")) for r in told.rules)


def test_a_bare_code_of_exchange_leads_there_too() -> None:
    told = diagnose("550 5.7.323 refused", host="fabrikam-example.mail.protection.outlook.com")
    assert {"DANE-MISMATCH", "DANE-BOGUS", "DANE-NOSTARTTLS"} <= set(told.rules)


@pytest.mark.parametrize("text", ["550 5.1.1 <dane@example.org> User unknown", "Dane Failing: mailbox full"])
def test_a_person_of_that_name_is_no_protocol(text: str) -> None:
    assert not [r for r in diagnose(text).rules if r.startswith("DANE-")]
