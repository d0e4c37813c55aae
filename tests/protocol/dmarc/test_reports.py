"""Where DMARC reports are to go, and whether they can get there (RFC 9990 section 4)."""

from __future__ import annotations

import pytest

from audit.model.fact import Known, Unknown
from audit.model.subject import Domain, ReportMailbox
from audit.protocol.dmarc.reports import (
    MAX_MAILBOXES,
    MAX_QUESTIONS,
    report_consent,
    report_host,
    report_mailboxes,
    report_reach,
)
from audit.protocol.dmarc.walk import AppliedDmarc, applied_dmarc
from audit.syntax.dmarc import parse
from tests.protocol.dmarc.test_walk import zone
from tests.protocol.walking import found, value

D = zone(d_example="p=none") + "\n"


def box(host: str) -> ReportMailbox:
    return ReportMailbox("rua", f"mailto:a@{host}")


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("mailto:a@X.example", "x.example"),
        ("mailto:a@x.example!10m", "x.example"),
        ("https://x.example/r", "x.example"),
        ("https://user@X.example:8443/r", "x.example"),
        ("https://192.0.2.1/r", None),
        ("https://[::1]/r", None),
        ("https://[::1/r", None),
        ("x:y", None),
        ("mailto:a@", None),
    ],
)
def test_the_host_of_an_address(uri: str, host: str | None) -> None:
    assert report_host(uri) == host


def test_each_address_once_and_not_too_many() -> None:
    uris = ",".join(f"mailto:a@h{n}.example" for n in (*range(4), 0))
    record = parse(f"v=DMARC1; p=none; rua={uris}; ruf={uris}")
    boxes = report_mailboxes(AppliedDmarc("d.example", record, inherited=False))
    assert [b.label for b in boxes.known[:4]] == [f"rua mailto:a@h{n}.example" for n in range(4)]
    assert [b.tag for b in boxes.known] == ["rua"] * 4 + ["ruf"] * (MAX_MAILBOXES - 4)
    assert boxes.hole == Unknown("budget")
    assert report_mailboxes(AppliedDmarc(None, None, inherited=False)).known == ()


@pytest.mark.parametrize(
    ("domain", "host", "text", "internal", "given"),
    [
        ("d.example", "d.example", D, True, False),
        ("d.example", "s.d.example", D, True, False),
        ("s.d.example", "d.example", D, True, False),
        ("s.d.example", "t.d.example", D, True, False),
        ("d.example", "s.d.example", D + zone(s_d_example="p=none"), True, False),  # fewest labels
        ("d.example", "s.d.example", D + zone(s_d_example="p=none; psd=n"), False, False),
        ("d.example", "x.example", D, False, False),
        ("d.example", "ad.example", D, False, False),  # no whole label
        ("d.example", "x.example", D + zone(example="p=none"), True, False),  # a record above both, without psd=y
        ("d.example", "x.example", D + zone(example="p=none; psd=y"), False, False),
        ("d.example", "x.test", D + 'd.example._report._dmarc.x.test TXT "v=DMARC1"', False, True),
        ("d.example", "x.test", D + 'd.example._report._dmarc.x.test TXT "v=DMARC1; rua=mailto:b@x.test"', False, True),
        ("d.example", "x.test", D + 'd.example._report._dmarc.x.test TXT "v=dmarc1"', False, False),
        ("d.example", "x.test", D + '*._report._dmarc.x.test TXT "v=DMARC1"', False, True),
        ("s.d.example", "x.test", D + 'd.example._report._dmarc.x.test TXT "v=DMARC1"', False, True),
        ("s.d.example", "x.test", D + 's.d.example._report._dmarc.x.test TXT "v=DMARC1"', False, False),
    ],
)
def test_who_may_be_sent_reports(domain: str, host: str, text: str, internal: bool, given: bool) -> None:
    consent = value(report_consent(Domain(domain), box(host)), text)
    assert (consent.internal, consent.given) == (Known(internal), Known(given))


def test_hosts_elsewhere_are_not_walked_up_from() -> None:
    _, asked = found(report_consent(Domain("d.example"), box("x.test")), D)
    assert asked == ("_dmarc.d.example TXT", "_dmarc.example TXT", "d.example._report._dmarc.x.test TXT")


def test_consent_is_certain_though_the_organization_is_not() -> None:
    text = D + 'd.example._report._dmarc.x.test TXT "v=DMARC1"\n_dmarc.example TXT timeout'
    consent = value(report_consent(Domain("d.example"), box("x.test")), text)
    assert consent.given == Known(True)
    assert isinstance(consent.internal, Unknown)


@pytest.mark.parametrize(
    ("text", "takes_mail"),
    [
        ("x.test MX 10 m.x.test.", True),
        ("x.test AAAA 2001:db8::1", True),
        ("x.test MX 0 .", False),
        ('x.test TXT "nothing"', False),
        ("", False),
    ],
)
def test_what_takes_reports(text: str, takes_mail: bool) -> None:
    assert value(report_reach(box("x.test")), text).takes_mail == Known(takes_mail)


def test_a_silent_server_is_not_a_mailbox_that_is_gone() -> None:
    assert isinstance(value(report_reach(box("x.test")), "x.test MX timeout").takes_mail, Unknown)
    consent = value(
        report_consent(Domain("d.example"), box("x.test")), D + "d.example._report._dmarc.x.test TXT timeout"
    )
    assert isinstance(consent.given, Unknown)


def test_mailboxes_are_few_and_cost_a_few_questions_each() -> None:
    deep = [box(f"a{n}.b{n}.c{n}.d.example") for n in range(MAX_MAILBOXES)]
    text = D + "\n".join(zone(**{f"a{n}_b{n}_c{n}_d_example": "p=none; psd=n"}) for n in range(MAX_MAILBOXES))
    walk = set(found(applied_dmarc(Domain("d.example")), D)[1]) | {"_dmarc.example TXT"}
    asked = {q for b in deep for q in found(report_consent(Domain("d.example"), b), text)[1]}
    asked |= {q for b in deep for q in found(report_reach(b), text)[1]}
    assert len(asked - walk) <= MAX_QUESTIONS


def test_a_host_far_below_is_not_walked_up_from() -> None:
    consent = value(report_consent(Domain("d.example"), box("a.b.c.e.d.example")), D)
    assert consent.internal == Unknown("budget")
    text = D + 'd.example._report._dmarc.a.b.c.e.d.example TXT "v=DMARC1"'
    assert value(report_consent(Domain("d.example"), box("a.b.c.e.d.example")), text).given == Known(True)
