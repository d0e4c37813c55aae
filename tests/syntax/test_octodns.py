"""What is written as octoDNS YAML is read as the same records."""

from __future__ import annotations

import pytest

from audit.syntax.octodns import document
from audit.syntax.planned import Form, read_planned

ZONE = "story.example"
SETS = [
    ("story.example", "MX", 300, ("10 mx1.new.example.", "20 mx2.new.example.")),
    ("story.example", "TXT", 900, ('"v=spf1 include:a.example -all"', '"k; = \\"x\\" : # - {"')),
    ("s1._domainkey.story.example", "TXT", 3600, (f'"v=DKIM1; p={"x" * 240}" "{"y" * 100}"',)),
    ("s2._domainkey.story.example", "CNAME", 3600, ("s2.new.example.",)),
    ("_imaps._tcp.story.example", "SRV", 3600, ("0 1 993 imap.new.example.",)),
    ("www.story.example", "A", 3600, ("192.0.2.1",)),
    ("_25._tcp.mx.story.example", "TLSA", 3600, ("3 1 1 " + "ab" * 32,)),
]


@pytest.mark.parametrize("each", SETS, ids=lambda s: s[1])
def test_it_is_read_as_the_same_records(each: tuple[str, str, int, tuple[str, ...]]) -> None:
    planned = read_planned(document(ZONE, [each]).encode(), ZONE, form=Form.OCTODNS)
    found = {(r.name, r.type, r.ttl, r.value.replace('" "', "").lower()) for r in planned.records}
    assert found == {(each[0], each[1], each[2], value.replace('" "', "").lower()) for value in each[3]}


def test_all_of_them_make_one_document() -> None:
    planned = read_planned(document(ZONE, SETS).encode(), ZONE, form=Form.OCTODNS)
    assert len(planned.records) == sum(len(s[3]) for s in SETS)


def test_a_type_without_a_form_is_no_record() -> None:
    text = document(ZONE, [("story.example", "HINFO", 60, ("a b",)), ("story.example", "MX", 60, ("10",))])
    assert text.count("# ") == 2
    assert "type:" not in text


def test_a_text_cannot_break_out() -> None:
    hostile = '"x\\"\\010- type: \\"A\\""'
    planned = read_planned(document(ZONE, [("story.example", "TXT", 60, (hostile,))]).encode(), ZONE, form=Form.OCTODNS)
    assert [r.type for r in planned.records] == ["TXT"]
