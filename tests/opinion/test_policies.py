"""checkdmarc's parsers of MTA-STS and BIMI read what they are handed, and fetch nothing."""

from __future__ import annotations

from importlib import import_module

import pytest

from audit.opinion.policies import MAX_TEXT, parse_bimi_record, parse_mta_sts_policy, parse_mta_sts_record

POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: mx.example.org\r\nmx: *.example.net\r\nmax_age: 86400\r\n"
SVG = b"""<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps"
 viewBox="0 0 10 10" width="10" height="10"><title>Example</title></svg>"""
BIMI = "v=BIMI1; l=https://example.org/logo.svg; a="


def test_a_record_of_mta_sts() -> None:
    read = parse_mta_sts_record("v=STSv1; id=20261124; x=1")
    assert (read.valid, read.values) == (True, {"v": ("STSv1",), "id": ("20261124",)})
    assert "x" in read.warnings[0]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("v=STSv1;", "MTASTSRecordSyntaxError"),
        ("v=STSv1; id=a-b", "InvalidSTSTagValue"),
        ("v=spf1 -all", "SPFRecordFoundWhereMTASTSRecordShouldBe"),
        ("", "MTASTSRecordSyntaxError"),
        ("v=STSv1; id=1;" + "x" * MAX_TEXT, "ValueError"),
    ],
)
def test_a_record_of_mta_sts_that_it_refuses(text: str, kind: str) -> None:
    read = parse_mta_sts_record(text)
    assert (read.valid, read.kind, read.values) == (False, kind, {})
    assert read.words


def test_a_policy_of_mta_sts() -> None:
    read = parse_mta_sts_policy(POLICY)
    assert read.valid
    assert read.values == {
        "version": ("STSv1",),
        "mode": ("enforce",),
        "max_age": ("86400",),
        "mx": ("mx.example.org", "*.example.net"),
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (POLICY.replace(b"enforce", b"always"), "Invalid mode"),
        (POLICY.replace(b"max_age: 86400", b"max_age: 1e3"), "max_age"),
        (POLICY.replace(b"mx: mx.example.org\r\nmx: *.example.net\r\n", b""), "mx"),
        (POLICY.replace(b"\r\n", b"\r\r\n"), "carriage return"),
        (b"\xff\xfe", "decode"),
        (b"<html>" * 20_000, "longer"),
        (b"", "Missing required key"),
    ],
)
def test_a_policy_of_mta_sts_that_it_refuses(content: bytes, words: str) -> None:
    read = parse_mta_sts_policy(content)
    assert not read.valid
    assert words in read.words
    assert len(read.words) <= 300


def test_a_record_of_bimi_with_its_image() -> None:
    read = parse_bimi_record(BIMI, "example.org", {"https://example.org/logo.svg": SVG})
    assert (read.valid, read.values["l"]) == (True, ("https://example.org/logo.svg",))
    assert not any("download" in w for w in read.warnings)


def test_what_was_not_fetched_is_to_bimi_as_if_its_host_were_silent() -> None:
    read = parse_bimi_record(BIMI, "example.org")
    assert read.valid
    assert "Failed to download BIMI image at https://example.org/logo.svg - not fetched" in read.warnings


def test_after_bimi_its_http_client_is_its_own_again() -> None:
    bimi = import_module("checkdmarc.bimi")
    before = bimi.requests
    parse_bimi_record(BIMI, "example.org")
    assert bimi.requests is before


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("v=BIMI1; a=https://example.org/a.pem", "BIMISyntaxError"),
        ("v=BIMI1; l=http://example.org/logo.svg", "InvalidBIMIIndicatorURI"),
        ("v=BIMI1; l=; l=", "InvalidBIMITag"),
        ("v=spf1 -all", "SPFRecordFoundWhereBIMIRecordShouldBe"),
    ],
)
def test_a_record_of_bimi_that_it_refuses(text: str, kind: str) -> None:
    read = parse_bimi_record(text, "example.org")
    assert (read.valid, read.kind) == (False, kind)


def test_what_it_says_can_hide_nothing() -> None:
    read = parse_mta_sts_policy(b"version: STSv1\nmode: \x1b[31m\xe2\x80\xae\n")
    assert "\x1b" not in read.words
    assert "\u202e" not in read.words
