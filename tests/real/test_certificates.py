"""Certificates as OpenSSL's own server shows them, and as its own client judges them."""

from __future__ import annotations

import pytest

from tests.real.command import Audit
from tests.real.internet import HOSTS, Internet
from tests.real.mailhost import judged_by_openssl

pytestmark = pytest.mark.real

STAGES = ["connect", "banner", "ehlo", "starttls", "tls", "ehlo_tls", "quit"]
COMMANDS = ["EHLO", "STARTTLS", "EHLO", "QUIT"]
JUDGED = {
    "mx1.good.test": (None, "Verification: OK"),
    "mx2.good.test": (None, "Verification: OK"),
    "mx1.expired.test": ("CERT-EXPIRED", "certificate has expired"),
    "mx1.wrongname.test": ("CERT-NAME", "hostname mismatch"),
}


@pytest.mark.parametrize("host", HOSTS)
def test_the_certificate_is_judged_as_openssl_judges_it(audited: Audit, internet: Internet, host: str) -> None:
    rule, words = JUDGED[host]
    domain = host.split(".", 1)[1]
    subject = f"{host} {internet.hosts[host].at.smtp}"
    found = {r for r in audited.results(domain) if r[0].startswith(("CERT-", "TLS-")) and r[1] == subject}
    assert ("TLS-STARTTLS-FAIL", subject, "pass", None) in found
    assert {r[0] for r in found if r[2] != "pass"} == ({rule} if rule else set())
    assert words in judged_by_openssl(internet.hosts[host], internet.ca_file)


@pytest.mark.parametrize("host", HOSTS)
def test_the_session_went_through_all_its_stages(audited: Audit, host: str) -> None:
    session = audited.session(host)
    assert [(s["stage"], s["outcome"]) for s in session["stages"]] == [(stage, "ok") for stage in STAGES]
    assert session["tls"]["version"] == "TLSv1.3"
    assert len(session["tls"]["chain"]) == 2  # the leaf and the intermediate, as sent


def test_nothing_but_the_polite_commands_was_said(audited: Audit, internet: Internet) -> None:
    assert audited.session("mx1.expired.test")
    heard = internet.hosts["mx1.expired.test"].heard
    assert heard[: len(COMMANDS)] == COMMANDS
    assert set(heard) <= set(COMMANDS)
