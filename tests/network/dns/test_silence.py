"""Zone cuts as they are presumed, and when silence is taken as given."""

from __future__ import annotations

import pytest

from audit.network.dns.silence import Silence, cut


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("example.org", "example.org"),
        ("a.b.EXAMPLE.org", "example.org"),
        ("selector._domainkey.example.co.uk", "example.co.uk"),
        ("4.3.2.1.zen.list.example", "list.example"),
        ("4.3.2.192.in-addr.arpa", "2.192.in-addr.arpa"),
        ("org", "org"),
        (".", "."),
    ],
)
def test_cut(name: str, expected: str) -> None:
    assert cut(name) == expected


def test_silence_reigns_after_three_under_one_cut() -> None:
    silence = Silence()
    silence.note(None, "elsewhere.test", replied=True)
    for n in range(3):
        assert not silence.reigns(None, "x.example.org")
        silence.note(None, f"{n}.example.org", replied=False)
    assert silence.reigns(None, "x.example.org")
    assert not silence.reigns(None, "x.example.net")
    assert not silence.reigns("192.0.2.53", "x.example.org")  # another server may talk
    silence.note(None, "y.example.org", replied=True)
    assert not silence.reigns(None, "x.example.org")
