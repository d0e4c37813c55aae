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


def test_a_record_of_another_type() -> None:
    assert zonefile.line("example.org", "MX", "0 .", 300) == "example.org. 300 IN MX 0 ."
