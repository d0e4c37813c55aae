"""TLS-RPT records: what senders keep, and where they send reports (RFC 8460 section 3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.syntax.tls_rpt import is_meant, is_tls_rpt, meant, parse, written
from tests.timing import in_proportion

MAIL, WEB = "mailto:t@example.org", "https://reports.example.org/v1?x=1"


@pytest.mark.parametrize("text", ["v=TLSRPTv1;", "v=TLSRPTv1; rua=x", "v=TLSRPTv1;;"])
def test_what_senders_keep(text: str) -> None:
    assert is_tls_rpt(text)
    assert not is_meant(text)


MEANT = (
    *("v=TLSRPTv1 ; rua=x", "v=TLSRPTv1", "V=tlsrptv1; rua=x", " v=TLSRPTv1; rua=x"),
    *('"v=TLSRPTv1; rua=x"', "v=TLSRPTv1\\; rua=x", "'v = TLSRPTv1;'"),
)


@pytest.mark.parametrize("text", MEANT)
def test_what_misses_the_version_narrowly(text: str) -> None:
    assert not is_tls_rpt(text)
    assert is_meant(text)


@pytest.mark.parametrize("text", ["", "v=TLSRPTv10; rua=x", "v=TLSRPTv2;", "rua=x; v=TLSRPTv1;", "v=STSv1; id=1"])
def test_what_is_something_else(text: str) -> None:
    assert not is_tls_rpt(text)
    assert not is_meant(text)


@pytest.mark.parametrize(
    ("fields", "rua"),
    [
        (f" rua={MAIL}", (MAIL,)),
        (f"rua={MAIL};", (MAIL,)),
        (f" rua={MAIL} , {WEB} ; ", (MAIL, WEB)),
        (f"\trua={WEB}", (WEB,)),
        (f" rua={WEB}#part", (f"{WEB}#part",)),
        (" rua=https://u@h_x.example.org:8443/%2c", ("https://u@h_x.example.org:8443/%2c",)),
        (f" rua={MAIL},{MAIL}", (MAIL,)),
        (f" x-y.z=1; rua={MAIL}; later=a/b", (MAIL,)),
        (" rua=MAILTO:t@EXAMPLE.org?subject=TLS%20report", ("MAILTO:t@EXAMPLE.org?subject=TLS%20report",)),
    ],
)
def test_where_reports_go(fields: str, rua: tuple[str, ...]) -> None:
    record = parse(f"v=TLSRPTv1;{fields}")
    assert (record.rua, record.problems) == (rua, ())


@pytest.mark.parametrize(
    ("fields", "code", "at"),
    [
        ("", "no rua", 0),
        (" x=1", "no rua", 0),
        (f" RUA={MAIL}", "no rua", 0),  # the name is case-sensitive
        (" rua=ftp://example.org/", "neither mailto nor https", 12),
        (" rua=t@example.org", "neither mailto nor https", 12),
        (" rua=http://example.org/", "neither mailto nor https", 12),
        (" rua=https://example.org/%zz", "neither mailto nor https", 12),  # an octet is two digits (RFC 3986 2.1)
        (" rua=mailto:a..b@example.org", "neither mailto nor https", 12),  # words with dots between (RFC 6068 2)
        (" rua=mailto:.a@example.org", "neither mailto nor https", 12),
        (" rua=mailto:a@example..org", "neither mailto nor https", 12),
        (" rua=mailto:a/b@example.org", "neither mailto nor https", 12),
        (" rua=mailto:t@example.org!10m", "a size, which DMARC had", 12),
        (" rua=https://example.org/!5", "a size, which DMARC had", 12),
        (" rua=t@example.org!10m", "neither mailto nor https", 12),
        (f" rua={MAIL},,{WEB}", "an empty place", 12),
        (f" rua = {MAIL}", "not a field", 12),
        (f" rua={MAIL}; oops", "not a field", 38),
        (f"; rua={MAIL}", "empty field", 11),
    ],
)
def test_what_breaks_the_grammar(fields: str, code: str, at: int) -> None:
    assert [(p.code, p.at) for p in parse(f"v=TLSRPTv1;{fields}").problems] == [(code, at)]


def test_one_bad_address_does_not_spoil_the_others() -> None:
    record = parse(f"v=TLSRPTv1; rua=nonsense,{MAIL},{WEB}")
    assert record.rua == (MAIL, WEB)
    assert record.mailboxes == (MAIL,)
    assert [p.text for p in record.problems] == ["nonsense"]


@pytest.mark.parametrize(
    ("fields", "addresses"),
    [
        (f" rua={MAIL}", (MAIL,)),
        (" rua=mailto:t@example.org!10m,https://example.org/!5", (MAIL, "https://example.org/")),
        (f" rua=t@example.org!10M , {WEB}", (MAIL, WEB)),
        (f" rua={MAIL},,{WEB}", (MAIL, WEB)),
        (f" rua={MAIL}; {WEB}; x=1; mailto:no@example.org", (MAIL, WEB)),
        (f" rua={MAIL} {WEB}", (MAIL, WEB)),
        (f" RUA = <{MAIL}>", (MAIL,)),
        (" rua=mailto://t@example.org", (MAIL,)),
        (f" x=1; {MAIL}", ()),
        (" rua=nonsense,ftp://example.org/", ()),
        (
            " rua=" + ",".join(f"mailto:{n}@example.org" for n in range(30)),
            tuple(f"mailto:{n}@example.org" for n in range(30)),
        ),
    ],
)
def test_the_addresses_that_were_meant(fields: str, addresses: tuple[str, ...]) -> None:
    assert meant(f"v=TLSRPTv1;{fields}") == addresses


def test_what_is_written_is_read() -> None:
    record = parse(written((MAIL, WEB)))
    assert (record.rua, record.problems) == ((MAIL, WEB), ())


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=300))
def test_any_text_is_read(tail: str) -> None:
    record = parse(f"v=TLSRPTv1;{tail}")
    assert record.rua or record.problems
    assert all(p.text.isprintable() for p in record.problems)


@pytest.mark.parametrize("piece", ["rua=mailto:a", ";", "rua=,", "mailto:a@b,", " ", "rua=https://a?", "\xff"])
@pytest.mark.parametrize("work", [parse, meant])
def test_sixteen_times_the_text_takes_at_most_twenty_times_as_long(piece: str, work: Callable[[str], object]) -> None:
    assert in_proportion(work, lambda length: f"v=TLSRPTv1; rua={piece * (length // len(piece))}")
