"""The terminal: plain words, in a width, without a byte that steers it."""

from __future__ import annotations

import re
import unicodedata

import pytest

from audit.model.report import RunReport
from audit.report.reasons import reason
from audit.report.text import render, render_text
from tests.report.golden import is_as_it_was
from tests.report.sample import CLEAN, ONLY_BAD_ROWS, REPORTS, SAMPLE, poisoned

SGR = re.compile(r"\x1b\[[0-9;]*m")
EVIL = "\x1b[2J\x1b]0;t\x07\r\n\x00\x7f\x9b31m\u202ex\u2066\u200b\ufeff\u2028"


def steering(text: str) -> set[str]:
    return {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs"}} - {"\n"}


def test_the_sample_is_as_it_was() -> None:
    assert is_as_it_was("report.txt", render(SAMPLE))


@pytest.mark.parametrize("report", [*REPORTS.values(), poisoned(SAMPLE, EVIL)], ids=[*REPORTS, "poisoned"])
@pytest.mark.parametrize("colour", [False, True])
def test_only_our_own_colours_reach_the_terminal(report: RunReport, colour: bool) -> None:
    text = render_text(report, colour=colour)
    assert bool(SGR.search(text)) is colour
    assert not steering(SGR.sub("", text))


@pytest.mark.parametrize("width", [32, 40, 60, 80, 100, 140])
def test_lines_stay_within_the_width_and_no_id_of_a_rule_is_cut(width: int) -> None:
    told = render_text(SAMPLE, width=width).splitlines()
    records = [line for line in told if " 3600 IN " in line]
    assert len(records) == 4
    assert max(len(line) for line in told if line not in records) <= width
    wide = render_text(SAMPLE, width=1000)
    named = [rule.id for rule in SAMPLE.rules if rule.id in wide]
    assert len(named) > 5
    assert [id_ for id_ in named if id_ not in "\n".join(told)] == []


def test_why_a_severity_is_not_settled_is_said_in_words() -> None:
    doubted = next(f for d in SAMPLE.domains for f in d.findings if f.severity and f.reason)
    assert doubted.reason
    told = " ".join(render_text(SAMPLE).split())
    assert f"How grave this is could not be settled: {reason(doubted.reason).sentence} ({doubted.reason})" in told


def test_in_a_narrow_terminal_the_answer_stands_below_its_question() -> None:
    assert render_text(CLEAN, width=40).startswith(
        "good.example\n"
        "  + Will mail arrive?\n"
        "      yes\n"
        "      Two mail servers accept mail, over\n"
        "      IPv4 and IPv6, and their names\n"
        "      match.\n"
        "  + Can it be forged?\n"
        "      no\n"
    )


def test_colour_changes_nothing_but_colour() -> None:
    assert SGR.sub("", render_text(SAMPLE, colour=True)) == render_text(SAMPLE)


def test_a_clean_domain_is_answered_shortly() -> None:
    assert render(CLEAN).decode() == (
        "good.example\n"
        "  + Will mail arrive?              yes\n"
        "      Two mail servers accept mail, over IPv4 and IPv6, and their names match.\n"
        "  + Can it be forged?              no\n"
        "      SPF ends in -all, one DKIM key is in place, and DMARC asks to reject what fails.\n"
        "  + Can its subdomains be forged?  no\n"
        "      SPF ends in -all, one DKIM key is in place, and DMARC asks to reject what fails.\n"
        "  + Can made-up names be forged?   no\n"
        "      SPF ends in -all, one DKIM key is in place, and DMARC asks to reject what fails.\n"
        "  + Is it encrypted?               yes\n"
        "      Both servers offer TLS 1.3 with a valid certificate for their name.\n"
        "  + Is it on a blocklist?          no\n"
        "      None of 6 blocklists names its 2 addresses.\n"
        "\n"
        "  How mail comes in:\n"
        "  + A plain sender: encrypted.\n"
        "  ? A sender that honours MTA-STS: could not test.\n"
        "      mx1.good.example is not named in the policy, so it is passed by\n"
        "      mx2.good.example 198.51.100.25 could not be tested\n"
        "\n"
        "  18 checks passed, 4 did not apply.\n"
        "\n"
        "This run\n"
        "  No check applied.\n"
        "  DNSSEC is validated from the keys of the root with tag 20326, 38696 (built in).\n"
        "  DNSSEC is validated from the keys of corp.example with tag 1 (from --trust-anchor).\n"
    )


def test_a_bad_row_says_why() -> None:
    assert (
        render(ONLY_BAD_ROWS)
        .decode()
        .startswith(
            "https://exa mple.com/ü\n"
            "  not understood: This is a web address, not a domain.\n"
            "  Did you mean example.com?\n"
        )
    )


@pytest.mark.parametrize(
    "line",
    [
        "      high  11 DNS lookups are needed; receivers stop at 10",
        "            To do: Remove unused includes, or replace a and mx by ip4 and ip6.",
        "            Publish this record in place of all that is there of its kind:",
        '            _dmarc.shop.example. 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@shop.example"',
        "            An alternative to what is shown with SPF-ALL-SOFTFAIL for the same place: each mends its",
        "            own finding alone. Publish one of them in place of the present one, if there is one, and",
        "      high  198.51.100.25 has no PTR record",
        "            Affects 2 domains; fix once. shop.example, odd.example",
        "            Affects 214 domains; fix once. shop.example, elsewhere.example and 212 more",
        "  Could not test 6 checks:",
        "  ? The mail server asked us to come back later (a 4xx reply). (smtp.tempfail)",
        "      DNSBL-IP-LISTED of 192.0.2.25 dead.list, 198.51.100.25 dead.list",
        "  No mail server was contacted, because of --no-smtp.",
        "  Not selected: TLS-STARTTLS-MISSING, TLS-STARTTLS-FAIL, CERT-KEY need mail servers to be visited,",
        "  x No connection to port 25 gets out of this network, so no mail server could be tested.",
    ],
)
def test_a_reader_finds(line: str) -> None:
    assert line in render_text(SAMPLE).splitlines()


def test_the_keys_that_dnssec_begins_with_are_named() -> None:
    text = " ".join(render(SAMPLE).decode().split())
    assert "DNSSEC is validated from the keys of the root with tag 20326, 38696 (built in)." in text
    assert "DNSSEC is validated from the keys of corp.example with tag 1 (from --trust-anchor)." in text
