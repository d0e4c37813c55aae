"""The domain of a mailbox for reports."""

from __future__ import annotations

import pytest

from audit.protocol.report_mailbox import mail_domain


@pytest.mark.parametrize(
    ("uri", "domain"),
    [
        ("mailto:d@example.org", "example.org"),
        ("MAILTO:d@Example.ORG.", "example.org"),
        ("mailto:d@example.org?subject=a@b.example", "example.org"),
        ("mailto:d@example.org!10m", "example.org"),
        ('mailto:"a@b"@example.org', "example.org"),
        ("mailto:a%40b@example.org", "example.org"),
        ("mailto:example.org", None),
        ("mailto:d@", None),
        ("mailto:d@..", None),
        ("mailto:d@192.0.2.1", None),
        ("https://example.org/d@example.org", None),
        ("d@example.org", None),
        ("", None),
    ],
)
def test_the_domain_of_a_mailbox(uri: str, domain: str | None) -> None:
    assert mail_domain(uri) == domain
