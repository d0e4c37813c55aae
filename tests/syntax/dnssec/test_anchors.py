"""Trust anchors as files have them."""

from __future__ import annotations

import pytest

from audit.syntax.dnssec.anchors import MAX_ANCHORS, MAX_LINE, AnchorFault, anchors

DIGEST = "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
DS = f". DS 20326 8 2 {DIGEST}"
KEY = "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="  # RFC 8080 section 6.1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DS, (DS,)),
        (f"{DS}\n", (DS,)),
        (f". IN DS 20326 8 2 {DIGEST}", (DS,)),
        (f".\t172800\tIN\tDS\t20326 8 2 {DIGEST} ; the key of 2017", (DS,)),
        (f". in 300 ds 20326 8 2 {DIGEST.lower()}", (DS,)),
        (f". DS 20326 8 2 {DIGEST[:32]} {DIGEST[32:]}", (DS,)),
        (f"; first\n\n{DS}\r\n{DS}\n", (DS,)),
        (f"Corp.EXAMPLE. DNSKEY {KEY}", (f"corp.example DNSKEY {KEY}",)),
        (f"corp.example IN DNSKEY {KEY} ;{{id = 3613}}", (f"corp.example DNSKEY {KEY}",)),
        (f"{DS}\ncorp.example. DNSKEY {KEY}", (DS, f"corp.example DNSKEY {KEY}")),
    ],
)
def test_records_are_read_as_a_zone_file_has_them(text: str, expected: tuple[str, ...]) -> None:
    found = anchors(text)
    assert isinstance(found, tuple)
    assert tuple(a.text for a in found) == expected


def test_what_was_read_is_itself_again() -> None:
    found = anchors(f"{DS}\ncorp.example. DNSKEY {KEY}")
    assert isinstance(found, tuple)
    assert anchors("\n".join(a.text for a in found)) == found


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("", 1, 1, "no DS and no DNSKEY"),
        ("; nothing\n", 1, 1, "no DS and no DNSKEY"),
        ("a..b. DS 1 8 2 00", 1, 1, "no name"),
        (f"{DS}\n  . A 192.0.2.1", 2, 5, "a DS or a DNSKEY"),
        (".", 1, 1, "a DS or a DNSKEY"),
        (". IN", 1, 1, "a DS or a DNSKEY"),
        (". DS", 1, 3, "cannot be read"),
        (". DS 20326 8 2 E06D", 1, 6, "cannot be read"),
        (f". DS 99999 8 2 {DIGEST}", 1, 6, "cannot be read"),
        (f"{DS} 00", 1, 6, "cannot be read"),
        (f". DS 20326 1 2 {DIGEST}", 1, 6, "algorithm 1 "),
        (f". DS 20326 8 250 {DIGEST}", 1, 6, "type 250"),
        (f". DNSKEY {KEY.replace('257', '385')}", 1, 10, "revoked"),
        (f". DNSKEY {KEY.replace('257', '1')}", 1, 10, "revoked or not one that signs"),
        ("trust-anchors {", 1, 15, "a DS or a DNSKEY"),
        ("-----BEGIN CERTIFICATE-----", 1, 12, "a DS or a DNSKEY"),
        (" " * (MAX_LINE + 1), 1, MAX_LINE + 1, "more than"),
        ("\ufffd\x00", 1, 1, ""),
    ],
)
def test_the_first_fault_has_its_place(text: str, line: int, column: int, said: str) -> None:
    found = anchors(text)
    assert isinstance(found, AnchorFault)
    assert (found.line, found.column) == (line, column)
    assert said in found.message


def test_anchors_are_bounded() -> None:
    many = "\n".join(f"z{n}. DS 1 8 2 {DIGEST}" for n in range(MAX_ANCHORS + 1))
    assert isinstance(anchors(many), AnchorFault)
