"""A rule explained: all of it, within the width, and with nothing that a reader of Markdown would take for markup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from audit.model.explanation import Explanation, Grade
from audit.model.report import Severity
from audit.report.explanation import index, page, text
from audit.rules.explanation import explanation
from audit.rules.registry import RULES
from tests.together import of_each

RULE = Explanation(
    id="DMARC-P-NONE",
    topic="dmarc",
    title="The DMARC policy asks receivers to do nothing.",
    subject="domain",
    severities=(
        Grade(context="no mail", when="the domain sends no mail", severity=Severity.HIGH),
        Grade(context="", when="high or low", severity=Severity.MEDIUM),
    ),
    message="the policy for {domain} is none ({tag})",
    why="With `p=none` mail that fails is delivered all the same, which protects nobody at all from anything.",
    fix="Publish a record at _dmarc: `v=DMARC1; p=reject`. See *the guide* <here> [there](http://a.example).",
    reference="RFC 9989 section 4.7",
    supersedes=("DMARC-WEAK",),
    superseded_by=("DMARC-P-INVALID",),
    facts=("AppliedDmarc",),
)
BARE = replace(
    RULE,
    id="DNSBL-LIST-BROKEN",
    topic="dnsbl",
    subject="run",
    severities=(Grade(context="", when="", severity=Severity.INFO),),
    supersedes=(),
    superseded_by=(),
    facts=(),
)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("{host} is an alias of {target}{state}", "HOST is an alias of TARGET STATE"),
        (
            "{name} is an alias of {target}, where no key is{danger}",
            "NAME is an alias of TARGET, where no key is DANGER",
        ),
        ("_dmarc.{domain} ({tag})", "_dmarc.DOMAIN (TAG)"),
    ],
)
def test_no_two_values_of_a_message_stick_together(message: str, said: str) -> None:
    assert f"  Says          {said}\n" in text(replace(RULE, message=message), width=80)


def test_a_rule_at_a_terminal() -> None:
    assert text(RULE, width=80) == (
        "DMARC-P-NONE\n"
        "  The DMARC policy asks receivers to do nothing.\n"
        "\n"
        "  Severity      high when the domain sends no mail\n"
        "                medium when high or low\n"
        "  Topic         DMARC\n"
        "  Judged for    each domain\n"
        "  Says          the policy for DOMAIN is none (TAG)\n"
        "  Reference     RFC 9989 section 4.7\n"
        "  Silences      DMARC-WEAK\n"
        "  Silent after  DMARC-P-INVALID\n"
        "  Rests on      AppliedDmarc\n"
        "\n"
        "Why it matters\n"
        "  With p=none mail that fails is delivered all the same, which protects nobody\n"
        "  at all from anything.\n"
        "\n"
        "What to do\n"
        "  Publish a record at _dmarc: v=DMARC1; p=reject. See *the guide* <here>\n"
        "  [there](http://a.example).\n"
    )


def test_a_narrow_terminal_has_no_column_of_labels() -> None:
    assert text(RULE, width=40).startswith(
        "DMARC-P-NONE\n"
        "  The DMARC policy asks receivers to do\n"
        "  nothing.\n"
        "\n"
        "  Severity: high when the domain sends\n"
        "    no mail\n"
        "    medium when high or low\n"
        "  Topic: DMARC\n"
    )


@of_each([RULE, *map(explanation, RULES)], lambda rule: rule.id)
def test_lines_stay_within_the_width_and_no_id_is_cut(rule: Explanation) -> None:
    for width in (10, 32, 40, 59, 60, 80, 100, 200):
        told = text(rule, width=width)
        assert max(map(len, told.splitlines())) <= max(width, 32), width
        for id_ in (rule.id, *rule.supersedes, *rule.superseded_by):
            assert id_ in told, width


def test_a_step_without_a_condition_is_its_severity_alone() -> None:
    assert "  Severity      info\n" in text(BARE)
    assert "| Severity | info |" in page(BARE)


def test_a_value_that_is_tied_to_a_word_is_told_apart_from_it() -> None:
    rule = replace(RULE, message="_dmarc.{domain} leads to ({target}), where nothing is{danger}")
    assert "_dmarc.DOMAIN leads to (TARGET), where nothing is DANGER\n" in text(rule)
    assert "\\_dmarc.DOMAIN leads to (TARGET), where nothing is DANGER\n" in page(rule)


def test_colour_changes_nothing_but_colour() -> None:
    assert re.sub(r"\x1b\[[0-9;]*m", "", text(RULE, colour=True)) == text(RULE)
    assert "\x1b[31mhigh\x1b[0m when" in text(RULE, colour=True)
    assert "\x1b[33mmedium\x1b[0m when high or low" in text(RULE, colour=True)


def test_what_a_rule_does_not_have_is_not_named() -> None:
    assert not re.search("Silences|Silent after|Rests on|each", text(BARE))
    assert not re.search("instead of|Unsaid|Unknown without|each", page(BARE))


def test_a_page_holds_all_of_it() -> None:
    assert page(RULE) == (
        "# DMARC-P-NONE\n\n"
        "The DMARC policy asks receivers to do nothing.\n\n"
        "| | |\n|---|---|\n"
        "| Topic | DMARC |\n"
        "| Judged for | each domain |\n"
        "| Severity | high when the domain sends no mail; medium when high or low |\n"
        "| Reference | RFC 9989 section 4.7 |\n"
        "| Says it instead of | [DMARC-WEAK](DMARC-WEAK.md) |\n"
        "| Unsaid where it fails | [DMARC-P-INVALID](DMARC-P-INVALID.md) |\n"
        "| Unknown without | `AppliedDmarc` |\n\n"
        "A finding says: the policy for DOMAIN is none (TAG)\n\n"
        "## Why it matters\n\n"
        "With `p=none` mail that fails is delivered all the same, which protects nobody at all from anything.\n\n"
        "## What to do\n\n"
        "Publish a record at \\_dmarc: `v=DMARC1; p=reject`. See \\*the guide\\* \\<here\\> "
        "\\[there\\](http://a.example).\n\n"
        "[All rules](README.md)\n"
    )


def test_the_index_leads_to_each_page_by_topic() -> None:
    told = index([RULE, BARE])
    assert told.index("## DMARC") < told.index("[DMARC-P-NONE](DMARC-P-NONE.md)") < told.index("## Blocklists")
    assert (
        "| [DNSBL-LIST-BROKEN](DNSBL-LIST-BROKEN.md) | info | The DMARC policy asks receivers to do nothing. |" in told
    )
