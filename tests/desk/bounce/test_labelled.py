"""What is read of the bounces that were labelled before: kind, recipients, class, permanence, and the mail's id."""

from __future__ import annotations

import re

from audit.catalog.bounces import load_bounces
from audit.catalog.replies import holding, load_replies
from audit.desk.bounce.reading import read_bounce
from audit.desk.bounce.returned import Returned
from tests.desk.bounce.samples import Sample, samples

CLASSES_RIGHT = 0.97
STEP = 200  # octets
SHORT = 60  # characters


def hard(found: Returned) -> bool:
    return found.permanent is True and found.told is not None and found.told.kind.suppress


def literal(expression: str) -> str:
    """The longest run of characters that stand for themselves."""
    return max(re.split(r"\\.|[^\w @:;'/-]", expression), key=len)


def paired() -> list[tuple[Sample, Returned, str, bool | None, bool]]:
    return [
        (s, found, label.kind, label.permanent, label.hard)
        for s in samples()
        for found, label in zip(read_bounce(s.mail).recipients, s.recipients, strict=True)
    ]


def test_each_mail_is_what_it_is() -> None:
    found = {s.name: (b.kind, b.message_id) for s in samples() for b in (read_bounce(s.mail),)}
    assert found == {s.name: (s.kind, s.message) for s in samples()}


def test_the_recipients_are_found_and_no_others() -> None:
    found = {s.name: [r.address for r in read_bounce(s.mail).recipients] for s in samples()}
    assert found == {s.name: [label.address for label in s.recipients] for s in samples()}


def test_classes_are_right() -> None:
    rows = [(s.name, r.told.kind.id if r.told else "", kind) for s, r, kind, _, _ in paired()]
    wrong = [row for row in rows if row[1] != row[2]]
    assert len(wrong) <= (1 - CLASSES_RIGHT) * len(rows), wrong


def test_none_that_lasts_is_taken_for_one_that_passes_nor_the_reverse() -> None:
    assert [(s.name, r.permanent) for s, r, _, permanent, _ in paired() if r.permanent is not permanent] == []


def test_none_that_is_hard_is_taken_for_soft_nor_the_reverse() -> None:
    assert [s.name for s, r, _, _, is_hard in paired() if hard(r) is not is_hard] == []


def test_no_address_is_given_up_that_may_be_good_and_few_that_are_bad_are_kept() -> None:
    rows = [(s, r, is_hard) for s, r, _, _, is_hard in paired() if s.kind != "feedback"]
    assert [s.name for s, r, is_hard in rows if r.suppress and not is_hard] == []
    kept = [s.name for s, r, is_hard in rows if is_hard and not r.suppress]
    assert len(kept) <= 0.05 * sum(is_hard for _, _, is_hard in rows), kept


def test_line_ends_change_nothing() -> None:
    for s in samples():
        found = read_bounce(s.mail)
        assert read_bounce(s.mail.replace(b"\n", b"\r\n")) == found, s.name
        assert read_bounce(s.mail.replace(b"\n", b"\r")) == found, s.name


def test_a_mail_that_was_cut_off_gives_no_address_up() -> None:
    """Cut anywhere, a mail is read without a fault, and what is not hard does not become so."""
    for s in samples():
        whole = {r.address.lower(): r for r in read_bounce(s.mail).recipients}
        for end in range(0, len(s.mail), STEP):
            for found in read_bounce(s.mail[:end]).recipients:
                of_whole = whole.get(found.address.lower())
                was_hard = of_whole is not None and (hard(of_whole) or of_whole.suppress)
                assert was_hard or not (hard(found) or found.suppress), (s.name, end, found.address)
                assert found.permanent is not True or of_whole is None or of_whole.permanent, (s.name, end)


def test_each_form_is_told_where_it_names_itself() -> None:
    forms: dict[str, set[str]] = {}
    for s in samples():
        forms.setdefault(s.form, set()).add(read_bounce(s.mail).form)
    named = ("postfix", "exim", "sendmail", "qmail", "exchange", "gmail", "yahoo", "courier", "zoho", "opensmtpd")
    assert {name: forms[name] for name in named} == {name: {name} for name in named}


def test_no_pattern_holds_a_whole_sample() -> None:
    """What is known are words, not mails by heart."""
    known = load_bounces()
    says = [e for f in known.forms for e in (*f.heads, *f.says)] + [e for r in known.reasons for e in r.says]
    says += [e for p in load_replies().patterns for e in p.says]
    saids = {r.reply for s in samples() for r in read_bounce(s.mail).recipients if len(r.reply) >= SHORT}
    assert len(saids) > 100
    for expression in says:
        held = [t for t in saids if holding((expression,), t)]
        assert [t for t in held if (found := holding((expression,), t)) and found[0] == t] == []
        assert [t for t in held if len(literal(expression)) > 0.6 * len(t)] == []
