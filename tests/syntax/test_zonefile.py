"""Records to paste."""

from __future__ import annotations

import dns.rrset
import pytest

from audit.syntax import zonefile


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("v=spf1 mx -all", '"v=spf1 mx -all"'),
        ('say "no"; a\\b', '"say \\"no\\"; a\\\\b"'),
        ("\xe9", '"\\233"'),
        ("", '""'),
        ("x" * 256, f'"{"x" * 255}" "x"'),
    ],
)
def test_a_text_is_written_so_that_it_reads_back(text: str, written: str) -> None:
    line = zonefile.txt("_dmarc.example.org.", text)
    assert line == f"_dmarc.example.org. 3600 IN TXT {written}"
    name, ttl, rdclass, rdtype, data = line.split(" ", 4)
    rrset = dns.rrset.from_text(name, int(ttl), rdclass, rdtype, data)
    assert b"".join(rrset[0].strings) == text.encode("latin-1")


@pytest.mark.parametrize(
    ("text", "lengths"),
    [("a" * 200 + " " + "b" * 100, [201, 100]), ("a" * 300, [255, 45]), ("a " * 128, [254, 2]), ("a" * 255, [255])],
)
def test_words_are_kept_whole_where_there_are_spaces(text: str, lengths: list[int]) -> None:
    data = zonefile.txt("example.org", text, whole_words=True).split(" ", 4)[4]
    strings = dns.rrset.from_text("example.org.", 1, "IN", "TXT", data)[0].strings
    assert [len(s) for s in strings] == lengths
    assert b"".join(strings) == text.encode()


def test_a_record_of_another_type() -> None:
    assert zonefile.line("example.org", "MX", "0 .", 300) == "example.org. 300 IN MX 0 ."


def test_what_is_no_octet_is_a_question_mark() -> None:
    assert zonefile.txt("a.example", "v=\U0001f98a\xff") == 'a.example. 3600 IN TXT "v=?\\255"'


@pytest.mark.parametrize("text", ["v=spf1 ##[error]x -all", "###[a", "##[" * 90])
def test_no_log_takes_a_record_for_a_command(text: str) -> None:
    line = zonefile.txt("example.org", text)
    assert "##[" not in line
    assert b"".join(dns.rrset.from_text("example.org.", 1, "IN", *line.split(" ", 4)[3:])[0].strings) == text.encode()


def test_nor_a_name() -> None:
    line = zonefile.line("example.org", "NS", "##[group]x.example.org.")
    assert "##[" not in line
    assert dns.rrset.from_text("example.org.", 1, "IN", *line.split(" ", 4)[3:])[0].target.labels[0] == b"##[group]x"
