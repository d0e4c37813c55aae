"""CAA records are read as an authority reads them (RFC 8659 sections 4.1 to 4.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.syntax import caa

LETS_ENCRYPT, NOBODY = frozenset({"letsencrypt.org"}), frozenset[str]()


@pytest.mark.parametrize(
    ("rdata", "tag", "issuer", "malformed"),
    [
        ('0 issue "letsencrypt.org"', "issue", "letsencrypt.org", None),
        ('128 issue "letsencrypt.org"', "issue", "letsencrypt.org", None),
        ('0 ISSUE "LetsEncrypt.org"', "issue", "letsencrypt.org", None),
        ('0 issue "ca1.example.net; account=230123"', "issue", "ca1.example.net", None),
        ('0 issue " ca.example ;\tpolicy=ev ; x=y"', "issue", "ca.example", None),
        ('0 issue "ca.example; validationmethods=dns-01"', "issue", "ca.example", None),
        ('0 issue "ca.example;"', "issue", "ca.example", None),
        ('0 issue ";"', "issue", None, None),
        ('0 issue ""', "issue", None, None),
        ('0 issuewild "ca.example"', "issuewild", "ca.example", None),
        ('0 iodef "mailto:security@example.com"', "iodef", None, None),
        ('0 issuemail "ca.example"', "issuemail", None, None),
        ('0 tbs "Unknown"', "tbs", None, None),
        ('128 tbs "Unknown"', "tbs", None, "“tbs” is critical and no known tag"),
        ('1 issue "ca.example"', "issue", "ca.example", "the flags are 1"),
        ('0 is-sue "ca.example"', "is-sue", None, "the tag “is-sue” holds more"),
        ('0 issue "https://ca.example/"', "issue", None, "“https://ca.example/” is no domain name"),
        ('0 issue "ca.example, other.example"', "issue", None, "is no domain name"),
        ('0 issue "ca.example; what is this"', "issue", None, "“what is this” is no parameter"),
        (f'0 issue "ca.example; account={"1" * 993}; validationmethods=dns-01"', "issue", "ca.example", None),
        ('0 issue "caf\\233.example"', "issue", None, "“caf\\xe9.example” is no domain name"),
        (f'0 issue "{"_" * 5000}"', "issue", None, "_…” is no domain name"),
        ('0 issue "%%%%%"', "issue", None, "“%%%%%” is no domain name"),
        ("nonsense", "", None, "the tag “” holds"),
    ],
)
def test_a_record(rdata: str, tag: str, issuer: str | None, malformed: str | None) -> None:
    found = caa.parse(rdata)
    assert (found.tag, found.issuer) == (tag, issuer)
    assert (found.malformed is None) == (malformed is None)
    assert malformed is None or malformed in (found.malformed or "")


@pytest.mark.parametrize(
    ("records", "wildcard", "may"),
    [
        ((), False, True),
        (('0 iodef "mailto:a@example.com"',), False, True),
        (('0 issue "letsencrypt.org"',), False, True),
        (('0 issue "letsencrypt.org"',), True, True),
        (('0 issue "other.example"',), False, False),
        (('0 issue "other.example"', '0 issue "letsencrypt.org"'), False, True),
        (('0 issue ";"',), False, False),
        (('0 issue ";"', '0 issue "letsencrypt.org"'), False, True),
        (('0 issuewild "other.example"',), False, True),
        (('0 issuewild "other.example"',), True, False),
        (('0 issue "other.example"', '0 issuewild "letsencrypt.org"'), True, True),
        (('0 issue "letsencrypt.org"', '0 issuewild ";"'), True, False),
        (('0 issue "letsencrypt.org"', '0 issuewild ";"'), False, True),
        (('0 issue "letsencrypt.org"', '128 tbs "x"'), False, False),
        (('0 issue "letsencrypt.org"', '0 tbs "x"'), False, True),
        (('0 issue "letsencrypt.org.evil.example"',), False, False),
    ],
)
def test_who_may_issue(records: tuple[str, ...], wildcard: bool, may: bool) -> None:
    found = tuple(caa.parse(r) for r in records)
    assert caa.may_issue(found, LETS_ENCRYPT, wildcard=wildcard) is may


def test_an_authority_without_a_name_may_not_issue_where_one_is_named() -> None:
    assert not caa.may_issue((caa.parse('0 issue "ca.example"'),), NOBODY, wildcard=False)


@pytest.mark.parametrize("rdata", [f'0 {"_" * 5000} "x"', f'0 issue "{"_" * 5000}"', f'128 {"x" * 5000} "x"'])
def test_what_is_wrong_is_said_in_short(rdata: str) -> None:
    assert len(caa.parse(rdata).malformed or "") < 200


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(caa.parse(text), caa.Property)
