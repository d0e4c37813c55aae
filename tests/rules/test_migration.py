"""A move of a domain's mail from Microsoft 365 to Google Workspace: what the zone then lacks, or has still."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from audit.catalog.migration import load_migrations
from audit.catalog.providers import load_providers
from audit.model.fact import Fact, Known, Unknown
from audit.protocol.migration.goal import goal_of
from audit.protocol.migration.relocation import Before, Relocation, key_names
from audit.syntax.mta_sts import StsPolicy, parse_policy
from tests.rules.keys import rsa_text
from tests.rules.pki import NOW
from tests.rules.test_dane import OURS, internet
from tests.rules.test_dane import case as signed_case
from tests.rules.world import DOMAIN, Case, check, found

OLD = "story-example.mail.protection.outlook.com"
NEW = "smtp.google.com"
LEAVING = "include:spf.protection.outlook.com"
OLD_KEY, NEW_KEY = f"selector1._domainkey.{DOMAIN}", f"google._domainkey.{DOMAIN}"
UNSEEN = Unknown("dns.timeout")
PROVIDERS = load_providers()

MX = f"{DOMAIN}. MX 1 {NEW}\n{NEW}. A 192.0.2.1\n"
OLD_MX = f"{DOMAIN}. MX 5 {OLD}\n{OLD}. A 192.0.2.9\n"
OTHER_MX = f"{DOMAIN}. MX 9 mx.other.example\nmx.other.example. A 192.0.2.7\n"
SPF = f'{DOMAIN}. TXT "v=spf1 {LEAVING} include:_spf.google.com -all"\n'
INCLUDED = '_spf.google.com. TXT "v=spf1 -all"\nspf.protection.outlook.com. TXT "v=spf1 -all"\n'
KEY = f'{NEW_KEY}. TXT "v=DKIM1; k=rsa; p={rsa_text(2048)}"\n'
KEPT = f'{OLD_KEY}. TXT "v=DKIM1; k=rsa; p={rsa_text(2048)}"\n'
REJECT = f'_dmarc.{DOMAIN}. TXT "v=DMARC1; p=reject"\n'
DISCOVERY = f"autodiscover.{DOMAIN}. CNAME autodiscover.outlook.com\nautodiscover.outlook.com. A 192.0.2.8\n"
ZONE = (
    f"{DOMAIN}. SOA ns1.{DOMAIN}. hostmaster.{DOMAIN}. 1 7200 3600 1209600 300\n{DOMAIN}. NS ns1.{DOMAIN}\n"
    f"ns1.{DOMAIN}. A 192.0.2.53\n"
)
MOVED = f"{DOMAIN}. NS ns.new-dns.example\nns.new-dns.example. A 192.0.2.54\n"


def policy(mode: str = "enforce", *hosts: str) -> StsPolicy:
    lines = ("version: STSv1", f"mode: {mode}", "max_age: 1209600", *(f"mx: {host}" for host in hosts or (OLD,)))
    return parse_policy("\n".join(lines).encode())


def was(**facts: Any) -> Before:
    """What there was before."""
    told: dict[str, Any] = {
        "hosts": Known((OLD,)),
        "providers": (PROVIDERS["microsoft-365"],),
        "policy": Known(None),
        "leaving": Known((LEAVING,)),
        "keys": Known((OLD_KEY,)),
        "leads": (),
        "dane": Known(False),
        "servers": Known((f"ns1.{DOMAIN}",)),
        "signed": Known(False),
    }
    return Before(**{**told, **facts})


def move(to: str = "google", *, days: int = 0, **facts: Any) -> Relocation:
    """A move, judged so many days after its cutover."""
    entry = load_migrations().of(to)
    assert entry is not None
    goal = goal_of(entry, DOMAIN, {})
    return Relocation(
        goal=goal,
        provider=None if to == "own" else goal.id,
        keys=key_names(entry, DOMAIN, goal),
        before=was(**facts),
        observed_at=NOW,
        moment=NOW + timedelta(days=days),
        cutover=NOW,
    )


MOVE = move()
NO_TERMS = replace(MOVE, goal=replace(MOVE.goal, terms=()))


def case(rule: str, expected: str, zone: str = "", *, moves: Relocation = MOVE, **rest: Any) -> Case:
    return Case(rule, expected, zone, move=moves, **rest)


def ns(state: bool | Fact[bool]) -> Relocation:
    return move(signed=Known(state) if isinstance(state, bool) else state)


TEN = "".join(f" include:i{n}.example" for n in range(10))
FULL = f'{DOMAIN}. TXT "v=spf1 include:_spf.google.com{TEN} -all"\n' + "".join(
    f'i{n}.example. TXT "v=spf1 -all"\n' for n in range(10)
)

CASES = (
    case("MIG-MX-EXPECTED", "pass", MX),
    case("MIG-MX-EXPECTED", "pass", f"{DOMAIN}. MX 1 aspmx.l.google.com\n", why="an older set of the provider"),
    case("MIG-MX-EXPECTED", "pass", MX + OLD_MX, why="what is left is told elsewhere"),
    case(
        "MIG-MX-EXPECTED",
        "fail",
        OLD_MX,
        severity="high",
        arguments={"goal": "Google Workspace and Gmail", "hosts": (f"{NEW} is missing",)},
    ),
    case(
        "MIG-MX-EXPECTED",
        "fail",
        MX + OTHER_MX,
        why="a stranger's host",
        arguments={"hosts": ("mx.other.example is not expected",)},
    ),
    case("MIG-MX-EXPECTED", "fail", OTHER_MX, why="hosts that only the console knows", moves=move("microsoft-365")),
    case("MIG-MX-EXPECTED", "pass", OLD_MX, why="one that only the console knows", moves=move("microsoft-365")),
    case(
        "MIG-MX-EXPECTED",
        "unknown",
        OTHER_MX,
        why="own hosts not told",
        moves=move("own"),
        reason="migration.value_lacking",
    ),
    case("MIG-MX-EXPECTED", "unknown", f"{DOMAIN}. MX timeout\n", reason="dns.timeout"),
    case("MIG-MX-LEFTOVER", "pass", MX),
    case("MIG-MX-LEFTOVER", "fail", MX + OLD_MX, severity="medium", arguments={"hosts": (OLD,)}),
    case("MIG-MX-LEFTOVER", "unknown", MX, why="the hosts of before", moves=move(hosts=UNSEEN), reason="dns.timeout"),
    case("MIG-MX-LEFTOVER", "unknown", f"{DOMAIN}. MX servfail\n", reason="dns.servfail"),
    case("MIG-SPF-NEW", "pass", MX + SPF + INCLUDED),
    case(
        "MIG-SPF-NEW",
        "pass",
        f'{DOMAIN}. TXT "v=spf1 include:all.example -all"\nall.example. TXT "v=spf1 include:_spf.google.com"\n'
        + INCLUDED,
        why="by another include",
    ),
    case(
        "MIG-SPF-NEW",
        "fail",
        f'{DOMAIN}. TXT "v=spf1 {LEAVING} -all"\n' + INCLUDED,
        severity="high",
        arguments={"terms": ("include:_spf.google.com",)},
    ),
    case(
        "MIG-SPF-NEW",
        "unknown",
        f'{DOMAIN}. TXT "v=spf1 {LEAVING} -all"\nspf.protection.outlook.com. TXT timeout\n',
        reason="dns.timeout",
    ),
    case("MIG-SPF-NEW", "unknown", SPF, why="terms not told", moves=move("zoho"), reason="migration.value_lacking"),
    case("MIG-SPF-NEW", "not_applicable", SPF, why="nothing to name", moves=NO_TERMS),
    case("MIG-SPF-OLD", "pass", f'{DOMAIN}. TXT "v=spf1 include:_spf.google.com -all"\n' + INCLUDED),
    case("MIG-SPF-OLD", "fail", SPF + INCLUDED, severity="info", arguments={"terms": (LEAVING,)}),
    case("MIG-SPF-OLD", "fail", SPF + INCLUDED, why="a fortnight later", moves=move(days=14), severity="low"),
    case("MIG-SPF-OLD", "unknown", SPF, why="the terms of before", moves=move(leaving=UNSEEN), reason="dns.timeout"),
    case("MIG-SPF-OLD", "unknown", f"{DOMAIN}. TXT servfail\n", reason="dns.servfail"),
    case("MIG-SPF-LOOKUPS", "pass", SPF + INCLUDED),
    case("MIG-SPF-LOOKUPS", "fail", FULL + INCLUDED, severity="high", arguments={"lookups": 11, "allowed": 10}),
    case("MIG-SPF-LOOKUPS", "unknown", SPF + "_spf.google.com. TXT timeout\n", reason="dns.timeout"),
    case("MIG-DKIM-NEW", "pass", KEY),
    case("MIG-DKIM-NEW", "fail", MX, severity="high", arguments={"names": (NEW_KEY,)}),
    case("MIG-DKIM-NEW", "fail", f'{NEW_KEY}. TXT "v=DKIM1; p="\n', why="a key that was revoked"),
    case("MIG-DKIM-NEW", "unknown", f"{NEW_KEY}. TXT timeout\n", reason="dns.timeout"),
    case("MIG-DKIM-NEW", "unknown", KEY, why="a name not told", moves=move("zoho"), reason="migration.value_lacking"),
    case("MIG-DKIM-NEW", "not_applicable", MX, why="servers of one's own", moves=replace(MOVE, keys=Known(()))),
    case("MIG-DKIM-OLD", "pass", KEPT),
    case("MIG-DKIM-OLD", "fail", MX, severity="info", arguments={"names": (OLD_KEY,)}),
    case("MIG-DKIM-OLD", "not_applicable", MX, why="a week later", moves=move(days=7)),
    case("MIG-DKIM-OLD", "not_applicable", MX, why="none before", moves=move(keys=Known(()))),
    case("MIG-DKIM-OLD", "unknown", f"{OLD_KEY}. TXT refused\n", reason="dns.refused"),
    case("MIG-DMARC-STRICT", "pass", REJECT + KEY + SPF + INCLUDED),
    case("MIG-DMARC-STRICT", "pass", REJECT + KEY, why="by DKIM alone"),
    case("MIG-DMARC-STRICT", "pass", REJECT + SPF + INCLUDED, why="by SPF alone"),
    case("MIG-DMARC-STRICT", "fail", REJECT, severity="high", arguments={"policy": "reject"}),
    case("MIG-DMARC-STRICT", "not_applicable", f'_dmarc.{DOMAIN}. TXT "v=DMARC1; p=none"\n', why="nothing asked for"),
    case("MIG-DMARC-STRICT", "not_applicable", REJECT, why="nothing known of the goal", moves=move("own")),
    case("MIG-DMARC-STRICT", "unknown", REJECT + f"{NEW_KEY}. TXT timeout\n", reason="dns.timeout"),
    case("MIG-DMARC-STRICT", "unknown", f"_dmarc.{DOMAIN}. TXT servfail\n", why="the policy", reason="dns.servfail"),
    case("MIG-MTASTS", "pass", MX, moves=move(policy=Known(policy("enforce", OLD, NEW)))),
    case(
        "MIG-MTASTS",
        "fail",
        MX,
        moves=move(policy=Known(policy())),
        severity="critical",
        arguments={"hosts": (NEW,), "until": (NOW + timedelta(days=14)).strftime("%Y-%m-%d %H:%M UTC")},
    ),
    case("MIG-MTASTS", "fail", MX, why="only tested", moves=move(policy=Known(policy("testing"))), severity="low"),
    case("MIG-MTASTS", "not_applicable", MX, why="no policy"),
    case("MIG-MTASTS", "not_applicable", MX, why="mode none", moves=move(policy=Known(policy("none")))),
    case("MIG-MTASTS", "unknown", MX, moves=move(policy=Unknown("https.timeout")), reason="https.timeout"),
    case(
        "MIG-MTASTS",
        "unknown",
        f"{DOMAIN}. MX timeout\n",
        why="the hosts",
        moves=move(policy=Known(policy())),
        reason="dns.timeout",
    ),
    replace(
        signed_case("MIG-DANE", "fail", severity="high", arguments={"hosts": ("mx.story.example",)}),
        move=move(dane=Known(True)),
    ),
    replace(signed_case("MIG-DANE", "pass", OURS), move=move(dane=Known(True))),
    case("MIG-DANE", "not_applicable", MX, why="none before"),
    case("MIG-DANE", "unknown", MX, moves=move(dane=UNSEEN), reason="dns.timeout"),
    replace(
        signed_case(
            "MIG-DANE",
            "unknown",
            of=internet(),
            zone="_25._tcp.mx.story.example TLSA+dnssec timeout\n",
            why="the records",
        ),
        move=move(dane=Known(True)),
        reason="dns.timeout",
    ),
    case("MIG-AUTODISCOVER", "pass", MX),
    case("MIG-AUTODISCOVER", "pass", f"autodiscover.{DOMAIN}. CNAME web.{DOMAIN}\n", why="a host of one's own"),
    case(
        "MIG-AUTODISCOVER",
        "fail",
        DISCOVERY,
        severity="medium",
        arguments={"names": (f"autodiscover.{DOMAIN} to autodiscover.outlook.com",)},
    ),
    case(
        "MIG-AUTODISCOVER",
        "fail",
        f"_autodiscover._tcp.{DOMAIN}. SRV 0 0 443 autodiscover.outlook.com.\n",
        why="by SRV",
    ),
    case("MIG-AUTODISCOVER", "unknown", f"autodiscover.{DOMAIN}. A timeout\n", reason="dns.timeout"),
    case("MIG-DNS-PROVIDER", "pass", ZONE),
    case(
        "MIG-DNS-PROVIDER",
        "fail",
        ZONE + MOVED,
        moves=ns(True),
        severity="high",
        arguments={"servers": ("ns.new-dns.example",)},
    ),
    case("MIG-DNS-PROVIDER", "fail", ZONE + MOVED, why="not signed", moves=ns(False), severity="info"),
    case("MIG-DNS-PROVIDER", "unknown", ZONE + MOVED, moves=ns(UNSEEN), reason="dns.timeout"),
    case("MIG-DNS-PROVIDER", "not_applicable", ZONE, why="nothing known", moves=move(servers=Known(()))),
)


@pytest.mark.parametrize("each", CASES, ids=lambda c: c.id)
def test_the_rules_of_a_move(each: Case) -> None:
    check(each)


def test_no_rule_of_a_move_is_judged_where_nobody_says_that_mail_moves() -> None:
    assert not [f for f in found(Case("X", "pass", MX)).all if f.rule.startswith("MIG-")]
