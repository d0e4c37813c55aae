"""Two hundred ways to become markup: each payload of the list alone, and in what it might break out of."""

from __future__ import annotations

from tests.report.test_html import PAYLOADS

AROUND = (
    "{}",
    '">{}',
    "'>{}",
    "</textarea></title></style></script>{}",
    "<svg><desc>{}</desc></svg>",
    "<math><annotation-xml encoding=text/html>{}",
)
MANY = 200
EACH = tuple(around.format(payload) for around in AROUND for payload in PAYLOADS)[:MANY]
