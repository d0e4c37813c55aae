"""Names as people write them: one canonical form, or a reason with its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax.names import DomainName, NameFault, as_address, canonical, domain_name, host_fault


@pytest.mark.parametrize(
    ("text", "ascii_", "unicode"),
    [
        ("example.org", "example.org", "example.org"),
        ("EXAMPLE.Com.", "example.com", "example.com"),
        ("straße.de", "xn--strae-oqa.de", "straße.de"),
        ("STRASSE.de", "strasse.de", "strasse.de"),
        ("faß.de", "xn--fa-hia.de", "faß.de"),
        ("βόλος.com", "xn--nxasmm1c.com", "βόλος.com"),
        ("xn--nxasmm1c.com", "xn--nxasmm1c.com", "βόλος.com"),
        ("XN--Strae-OQA.DE", "xn--strae-oqa.de", "straße.de"),
        ("Bücher。example", "xn--bcher-kva.example", "bücher.example"),
        ("ｅｘａｍｐｌｅ．org", "example.org", "example.org"),
        ("a\u00ad.com", "a.com", "a.com"),
        ("_dmarc.example.org", "_dmarc.example.org", "_dmarc.example.org"),
        ("r3---sn.example", "r3---sn.example", "r3---sn.example"),
        ("1.example", "1.example", "1.example"),
        (".".join(["a" * 62] * 4) + ".", ".".join(["a" * 62] * 4), ".".join(["a" * 62] * 4)),
    ],
)
def test_a_name_is_settled_once(text: str, ascii_: str, unicode: str) -> None:
    assert domain_name(text) == DomainName(ascii_, unicode)


@pytest.mark.parametrize(
    ("text", "reason", "suggestion", "offset"),
    [
        ("", "input.empty", None, 0),
        ("http://x/", "input.url", None, 0),
        ("https://user@Example.org:8443/a?b", "input.url", "example.org", 0),
        ("postmaster@Example.org", "input.email_address", "example.org", 0),
        ("*.example.org", "input.wildcard", "example.org", 0),
        ("*.com", "input.wildcard", None, 0),
        ("127.0.0.1", "input.ip_address", None, 0),
        ("127.0.0.1.", "input.ip_address", None, 0),
        ("１２７.０.０.１", "input.ip_address", None, 0),
        ("127。0。0。1", "input.ip_address", None, 0),
        ("2001:db8::1", "input.ip_address", None, 0),
        ("[::1]", "input.ip_address", None, 0),
        ("2130706433", "input.numeric", None, 0),
        ("0x7f.1", "input.numeric", None, 0),
        ("127.1", "input.numeric", None, 0),
        ("0177.0.0.0x1", "input.numeric", None, 0),
        ("１２７.１", "input.numeric", None, 0),
        ("con", "input.no_dot", None, 0),
        ("localhost.", "input.no_dot", None, 0),
        ("com", "input.no_dot", None, 0),
        ("a" * 64 + ".com", "input.label_too_long", None, 0),
        ("é" * 64 + ".com", "input.label_too_long", None, 0),
        (".".join(["a" * 60] * 5), "input.name_too_long", None, 0),
        ("..", "input.empty_label", None, 0),
        (".", "input.empty_label", None, 0),
        ("a..b", "input.empty_label", None, 1),
        ("example.com..", "input.empty_label", None, 0),
        ("../../etc/passwd", "input.character", None, 2),
        ("a\u202eb.com", "input.character", None, 1),
        ("exam ple.com", "input.character", None, 4),
        ("x\0.com", "input.character", None, 1),
        ("\ud800.com", "input.character", None, 0),
        ("\ufeffexample.org", "input.character", None, 0),
        ("！.com", "input.character", None, 0),
        ("-a.com", "input.hyphen", None, 0),
        ("a-.com", "input.hyphen", None, 0),
        ("xn--999999999999.com", "input.idna", None, 0),
        ("xn--a.com", "input.idna", None, 0),
        ("a\u200db.com", "input.idna", None, 0),
    ],
)
def test_what_is_no_domain_is_told_why(text: str, reason: str, suggestion: str | None, offset: int) -> None:
    fault = domain_name(text)
    assert isinstance(fault, NameFault)
    assert (fault.reason, fault.suggestion, fault.offset) == (reason, suggestion, offset)
    assert fault.message.endswith(".")
    assert fault.message.isprintable()


def test_a_character_is_named() -> None:
    fault = domain_name("a\u202eb.com")
    assert isinstance(fault, NameFault)
    assert "U+202E (RIGHT-TO-LEFT OVERRIDE)" in fault.message


@pytest.mark.parametrize(
    ("presentation", "name"),
    [("MX.Example.org.", "mx.example.org"), (".", "."), ("a", "a"), ("a\\.", "a\\."), ("", "")],
)
def test_canonical(presentation: str, name: str) -> None:
    assert canonical(presentation) == name


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1.", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2130706433", None),
        ("127.1", None),
        ("0177.0.0.1", None),
        ("mx.example.org", None),
        ("", None),
    ],
)
def test_addresses_are_told_from_names(text: str, address: str | None) -> None:
    assert as_address(text) == address


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.one_of(st.text(st.characters(), max_size=80), st.text(st.sampled_from("aA1.-_*@:/[]xn。１ß\u200d\u202e"))))
def test_every_text_is_a_name_or_has_a_reason(text: str) -> None:
    read = domain_name(text)
    if isinstance(read, NameFault):
        assert read.reason.startswith("input.")
        assert 0 <= read.offset <= len(text)
    else:
        assert read.ascii.isascii()
        assert len(read.ascii) <= 253
        assert domain_name(read.ascii) == read, "settled means settled"
        assert read.unicode.isprintable()
    as_address(text)


@pytest.mark.parametrize("token", ["a", "a.", "xn--", "ß", "é.", "1.", "\u0301", "-", "@", "*.", "ل", "http://"])
def test_long_texts_are_judged_quickly(token: str) -> None:
    assert isinstance(domain_name(token * (65536 // len(token))), NameFault)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("mx.example", None),
        ("localhost", None),
        ("1and1.example", None),
        ("xn--bcher-kva.example", None),
        ("mx_1.example", "an underscore"),
        ("m\\195\\188.example", "a character that hosts cannot have"),
        ("m x_1.example", "a character that hosts cannot have"),
        ("-mx.example", "a label that begins or ends with a hyphen"),
        ("mx-.example", "a label that begins or ends with a hyphen"),
        ("mx.example.25", "a number at the end"),
        ("0x7f000001", "a number at the end"),
        ("", "an empty label"),
        ("a..example", "an empty label"),
        (f"{'a' * 64}.example", "a label of more than 63 characters"),
        (".".join(["a" * 63] * 4), "longer than 253 characters"),
    ],
)
def test_what_no_host_can_be_called(name: str, fault: str | None) -> None:
    assert host_fault(name) == fault
