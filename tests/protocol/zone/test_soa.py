"""The mailbox in a SOA."""

from __future__ import annotations

import pytest

from audit.protocol.zone.soa import mailbox


@pytest.mark.parametrize(
    ("rname", "address"),
    [
        ("hostmaster.example.org.", "hostmaster@example.org"),
        ("Host.Master.Example.org.", "host@master.example.org"),
        (r"host\.master.example.org.", "host.master@example.org"),
        (r"hostmaster\@example.org.", None),
        ("hostmaster@example.org.", None),
        ("hostmaster.org.", None),  # no domain has a single label
        ("hostmaster.", None),
        (".", None),
        ("", None),
        (r"a\032b.example.org.", None),
        ("hostmaster.-.org.", None),
        ("x" * 10_000 + ".example.org.", "x" * 10_000 + "@example.org"),
        ("\\" * 9_999, None),
    ],
)
def test_a_mailbox_written_as_a_name(rname: str, address: str | None) -> None:
    assert mailbox(rname) == address
