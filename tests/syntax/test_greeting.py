"""What a greeting tells of the software behind it."""

from __future__ import annotations

import pytest

from audit.syntax.greeting import software_in
from tests.timing import within


@pytest.mark.parametrize(
    ("text", "software"),
    [
        ("ESMTP Postfix", ""),
        ("ESMTP Postfix (Debian/GNU)", ""),
        ("ESMTP Postfix (3.7.11)", "Postfix 3.7.11"),
        ("ESMTP Exim 4.96 Tue, 24 Nov 2026 10:00:00 +0000", "Exim 4.96"),
        ("ESMTP Sendmail 8.17.1/8.17.1; Tue, 24 Nov 2026 10:00:00 GMT", "Sendmail 8.17.1/8.17.1"),
        ("Microsoft ESMTP MAIL Service, Version: 10.0.17763.1697 ready", "Version: 10.0.17763.1697"),
        ("ESMTP Haraka/3.0.3 ready", "Haraka/3.0.3"),
        ("ESMTP MDaemon v24.5.1a", "MDaemon v24.5.1a"),
        ("ESMTP ready at Tue, 24 Nov 2026 10:00:00 +0000", ""),
        ("ESMTP for 192.0.2.1", ""),
        ("ESMTP from [192.0.2.1]", ""),
        ("ESMTP 7f3c9a.1234", ""),
        ("", ""),
        ("\\xffPostfix 3.7", ""),
    ],
)
def test_software(text: str, software: str) -> None:
    assert software_in(text) == software


@pytest.mark.parametrize("part", ["a", "1.", "a 1.", "v1.1.1.1.1.", "a/", "Postfix ", ".-"])
def test_a_hostile_greeting_costs_no_more_than_any(part: str) -> None:
    greeting = part * (64 * 1024 // len(part))
    assert within(0.1, lambda: software_in(greeting))
