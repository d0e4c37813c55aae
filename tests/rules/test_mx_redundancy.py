"""How many ways in a domain's mail hosts are together, and whose."""

from __future__ import annotations

import pytest

from tests.rules.world import Case, check

ONE = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
BOTH = ONE + "mx.story.example. AAAA 2001:db8::1\n"
TWO = ONE + "story.example. MX 20 b.story.example.\nb.story.example. A 192.0.2.2\n"
SAME = ONE + "story.example. MX 20 b.story.example.\nb.story.example. A 192.0.2.1\n"
NULL = "story.example. MX 0 ."
SILENT = "story.example. MX timeout"
MANY = "\n".join(f"story.example. MX 10 mx{i}.story.example.\nmx{i}.story.example. A 192.0.2.{i}" for i in range(25))


def hosted(*exchanges: str) -> str:
    return "\n".join(f"story.example. MX 10 {e}." for e in exchanges)


SINGLE = (
    Case("MX-SINGLE", "pass", TWO),
    Case("MX-SINGLE", "pass", ONE + "mx.story.example. A 192.0.2.2", why="two addresses"),
    Case("MX-SINGLE", "fail", ONE, severity="info", arguments={"host": "mx.story.example"}),
    Case("MX-SINGLE", "fail", BOTH, why="one of each family"),
    Case("MX-SINGLE", "fail", "story.example. A 192.0.2.9", why="implicit MX", arguments={"host": "story.example"}),
    Case("MX-SINGLE", "not_applicable", NULL, why="null MX"),
    Case("MX-SINGLE", "not_applicable", hosted("mx01.mail.icloud.com"), why="a provider's cluster"),
    Case(
        "MX-SINGLE",
        "fail",
        hosted("mail.icloud.com.evil.example") + "\nmail.icloud.com.evil.example. A 192.0.2.1",
        why="not a provider's",
    ),  # T27
    Case("MX-SINGLE", "not_applicable", "story.example. MX 10 gone.example.", why="no address at all"),
    Case("MX-SINGLE", "unknown", SILENT, reason="dns.timeout"),
    Case(
        "MX-SINGLE", "unknown", ONE + "mx.story.example. AAAA servfail", why="a family unknown", reason="dns.servfail"
    ),
)
SHARED = (
    Case("MX-DUP-ADDR", "pass", TWO),
    Case("MX-DUP-ADDR", "pass", SAME + "b.story.example. A 192.0.2.7", why="only some of them"),
    Case("MX-DUP-ADDR", "fail", SAME, severity="info", arguments={"hosts": ("mx.story.example = b.story.example",)}),
    Case("MX-DUP-ADDR", "not_applicable", ONE, why="one host"),
    Case("MX-DUP-ADDR", "not_applicable", NULL, why="null MX"),
    Case("MX-DUP-ADDR", "unknown", SAME + "b.story.example. AAAA timeout", reason="dns.timeout"),
    Case("MX-DUP-ADDR", "unknown", MANY, why="more hosts than are asked", reason="budget"),
    Case(
        "MX-DUP-ADDR",
        "fail",
        SAME + "story.example. MX 30 c.story.example.\nc.story.example. A timeout",
        why="certain all the same",
    ),
)
PROVIDERS = (
    Case("MX-MIXED-PROVIDER", "pass", hosted("mx01.mail.icloud.com", "mx02.mail.icloud.com")),
    Case("MX-MIXED-PROVIDER", "pass", TWO, why="nobody's"),
    Case("MX-MIXED-PROVIDER", "pass", hosted("aspmx.l.google.com", "mx.story.example"), why="one of one's own"),
    Case("MX-MIXED-PROVIDER", "pass", hosted("aspmx.l.google.com", "d1.ess.barracudanetworks.com"), why="a gateway"),
    Case(
        "MX-MIXED-PROVIDER",
        "fail",
        hosted("aspmx.l.google.com", "story-example.mail.protection.outlook.com"),
        severity="medium",
        arguments={"providers": ("Google Workspace and Gmail", "Microsoft 365")},
    ),
    Case(
        "MX-MIXED-PROVIDER",
        "pass",
        hosted("aspmx.l.google.com", "mail.icloud.com.evil.example"),
        why="a suffix elsewhere",
    ),  # T27
    Case("MX-MIXED-PROVIDER", "not_applicable", NULL, why="null MX"),
    Case("MX-MIXED-PROVIDER", "unknown", SILENT, reason="dns.timeout"),
)
CASES = (*SINGLE, *SHARED, *PROVIDERS)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
