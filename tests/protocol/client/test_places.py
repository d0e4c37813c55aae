"""Where people of a domain hand in mail: by its SRV records, else by its provider's servers; nothing is made up."""

from __future__ import annotations

import pytest

from audit.catalog.providers import load_providers
from audit.model.fact import Known
from audit.model.subject import Domain
from audit.protocol.client.places import MailPlace, mail_places
from tests.protocol.walking import found

SOA = "one.test. SOA a.one.test. admin.one.test. 1 1800 900 604800 86400\n"
MX = "one.test. MX 10 mx.one.test.\nmx.one.test. A 192.0.2.1\n"
GOOGLE = "one.test. MX 1 smtp.google.com.\n"
OWN = MailPlace("smtp.one.test", 587, False, "SRV")
SERVICES = (("_submission._tcp.one.test", 587), ("_submissions._tcp.one.test", 465))
GMAIL = [MailPlace("smtp.gmail.com", 465, True, "Google Workspace and Gmail")]


def places(text: str) -> tuple[list[MailPlace], list[str], bool]:
    """The places for programs, the hosts for servers, and whether an answer is missing."""
    fact, _ = found(mail_places(Domain("one.test"), load_providers()), SOA + text)
    assert isinstance(fact, Known)
    return list(fact.value.submission), [p.host for p in fact.value.exchanges], fact.value.hole is not None


@pytest.mark.parametrize(
    ("records", "submission"),
    [
        ("_submission._tcp.one.test. SRV 0 1 587 smtp.one.test.", [OWN]),
        (
            "\n".join(f"{service}. SRV 0 1 {port} smtp.one.test." for service, port in SERVICES),
            [MailPlace("smtp.one.test", 465, True, "SRV"), OWN],
        ),
        ("_submission._tcp.one.test. SRV 0 1 587 .", []),
        ("_submission._tcp.one.test. SRV 0 1 22 smtp.one.test.", []),
        (
            "".join(f"_submission._tcp.one.test. SRV {n} 1 587 s{n}.one.test.\n" for n in (3, 1, 2)),
            [MailPlace("s1.one.test", 587, False, "SRV"), MailPlace("s2.one.test", 587, False, "SRV")],
        ),
        ("", []),
    ],
)
def test_what_srv_records_say(records: str, submission: list[MailPlace]) -> None:
    assert places(MX + records) == (submission, ["mx.one.test"], False)


def test_without_them_the_provider_tells() -> None:
    submission, exchanges, _ = places(GOOGLE)
    assert submission[:1] == GMAIL
    assert {p.host for p in submission} == {"smtp.gmail.com"}
    assert exchanges == ["smtp.google.com"]


def test_records_of_ones_own_go_before_the_provider() -> None:
    assert places(f"{GOOGLE}_submission._tcp.one.test. SRV 0 1 587 smtp.one.test.")[0] == [OWN]


def test_a_domain_without_mail_has_no_places() -> None:
    assert places("one.test. MX 0 .") == ([], [], False)
    assert places("one.test. A 192.0.2.1") == ([], [], False)  # an address is no mail server of its own accord


def test_what_could_not_be_asked_is_a_hole_and_the_rest_stands() -> None:
    assert places(f"{MX}_submission._tcp.one.test. SRV timeout") == ([], ["mx.one.test"], True)
    assert places("one.test. MX servfail\n_submission._tcp.one.test. SRV 0 1 587 smtp.one.test.") == ([OWN], [], True)


def test_at_most_two_hosts_of_the_mx() -> None:
    many = "".join(f"one.test. MX {n} mx{n}.one.test.\nmx{n}.one.test. A 192.0.2.{n}\n" for n in range(1, 6))
    assert places(many)[1] == ["mx1.one.test", "mx2.one.test"]
