"""What is there before a move, as far as it was seen: by this its rules judge."""

from __future__ import annotations

from typing import Any

import pytest

from audit.catalog.migration import load_migrations
from audit.catalog.providers import Providers
from audit.model.evidence import DomainOptions, Settings
from audit.model.fact import Known, Unknown
from audit.model.subject import Domain
from audit.protocol.circumstances import Circumstances
from audit.protocol.drive import replay
from audit.protocol.migration.goal import goal_of
from audit.protocol.migration.relocation import Before, Lead, before_move, belongs, key_names
from audit.protocol.vantage import Vantage
from audit.syntax.chain import TrustStore
from tests.rules.keys import rsa_text
from tests.rules.world import DOMAIN, Case, World, domain_scope, run_replayed

TAKEN = (DomainOptions, Settings, Vantage, Circumstances, TrustStore, Providers)
OLD = "story-example.mail.protection.outlook.com"
TARGET = "selector1-story-example._domainkey.story.onmicrosoft.com"
ZONE = f"""
{DOMAIN}. SOA ns1.{DOMAIN}. hostmaster.{DOMAIN}. 1 7200 3600 1209600 300
{DOMAIN}. NS ns1.{DOMAIN}
{DOMAIN}. MX 0 {OLD}
{OLD}. A 192.0.2.9
{DOMAIN}. TXT "v=spf1 include:spf.protection.outlook.com include:other.example -all"
selector1._domainkey.{DOMAIN}. CNAME {TARGET}
{TARGET}. TXT "v=DKIM1; k=rsa; p={rsa_text(2048)}"
autodiscover.{DOMAIN}. CNAME autodiscover.outlook.com
autodiscover.outlook.com. A 192.0.2.8
_imaps._tcp.{DOMAIN}. SRV 0 1 993 outlook.office365.com.
_pop3._tcp.{DOMAIN}. SRV 0 0 0 .
"""


def before(text: str, goal: str = "google") -> Before:
    case = Case("X", "pass", text)
    seen, faults = World(case), []  # type: tuple[World, list[BaseException]]
    run, _ = run_replayed(case, seen, faults, ())
    scope: Any = domain_scope(case, run)[0]
    fact, _ = replay(before_move(Domain(DOMAIN), goal, *(scope[kind] for kind in TAKEN)), seen, faults.append)
    assert not faults, faults
    assert isinstance(fact, Known)
    return fact.value


def leads(found: Before) -> set[Lead]:
    return {f.value for f in found.leads if isinstance(f, Known) and f.value is not None}


def test_what_belongs_to_the_former_provider_is_told_from_the_rest() -> None:
    found = before(ZONE)
    assert found.hosts == Known((OLD,))
    assert [p.id for p in found.providers] == ["microsoft-365"]
    assert found.leaving == Known(("include:spf.protection.outlook.com",))
    assert found.keys == Known((f"selector1._domainkey.{DOMAIN}",))
    assert (found.servers, found.policy) == (Known((f"ns1.{DOMAIN}",)), Known(None))
    assert leads(found) == {
        Lead(f"autodiscover.{DOMAIN}", "autodiscover.outlook.com"),
        Lead(f"_imaps._tcp.{DOMAIN}", "outlook.office365.com"),
    }


def test_who_the_mail_moves_to_is_no_former_provider() -> None:
    found = before(ZONE, "microsoft-365")
    assert (found.providers, found.leaving, found.keys) == ((), Known(()), Known(()))


@pytest.mark.parametrize(
    ("lost", "part"),
    [
        (f"{DOMAIN}. MX timeout", "hosts"),
        (f"{DOMAIN}. TXT timeout", "leaving"),
        (f"{DOMAIN}. NS timeout", "servers"),
        (f"_mta-sts.{DOMAIN}. TXT timeout", "policy"),
    ],
)
def test_what_was_not_seen_is_not_known(lost: str, part: str) -> None:
    assert isinstance(getattr(before(f"{ZONE}{lost}\n"), part), Unknown)


@pytest.mark.parametrize(
    ("target", "theirs"),
    [
        ("autodiscover.outlook.com", True),
        ("mail.protection.outlook.com", True),
        ("web.story.example", False),
        ("notoutlook.com", False),
    ],
)
def test_whose_a_name_is(target: str, *, theirs: bool) -> None:
    assert belongs(target, before(ZONE), DOMAIN) is theirs


@pytest.mark.parametrize(("target", "theirs"), [(f"mx.{DOMAIN}", True), (f"web.{DOMAIN}", False)])
def test_of_a_domain_that_took_its_mail_itself_its_mail_hosts_are_left(target: str, *, theirs: bool) -> None:
    own = f"{DOMAIN}. MX 0 mx.{DOMAIN}\nmx.{DOMAIN}. A 192.0.2.9\n"
    assert belongs(target, before(own), DOMAIN) is theirs


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("google", Known((f"google._domainkey.{DOMAIN}",))),
        ("microsoft-365", Known(tuple(f"selector{n}._domainkey.{DOMAIN}" for n in (1, 2)))),
        ("zoho", Unknown("migration.value_lacking")),
    ],
)
def test_the_names_of_the_new_keys_are_known_without_the_keys(word: str, names: object) -> None:
    entry = load_migrations().of(word)
    assert entry is not None
    assert key_names(entry, DOMAIN, goal_of(entry, DOMAIN, {})) == names
