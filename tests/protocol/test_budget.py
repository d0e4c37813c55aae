"""No domain makes us ask more than its share, and what falls off is unknown."""

from __future__ import annotations

import re
from typing import Any

import pytest

from audit.model.evidence import DomainOptions
from audit.model.fact import Known, Unknown
from audit.model.probe import Probe, Question, SmtpVisit
from audit.model.report import Finding, Result
from audit.model.subject import Domain
from audit.protocol.spf import abandoned as spf_abandoned
from audit.protocol.spf import sender, subdomains
from audit.protocol.spf.tree import MAX_SAMPLED, spf_tree
from audit.protocol.zone.delegation import MAX_SERVERS
from tests.protocol.walking import found
from tests.rules import sessions
from tests.rules.world import Case, World, replayed

BUDGET = "budget"
OWN, SELECTORS, SPF, ADDRESSES = 72, 40, 60, 16  # own: two a host, six services, four hosts for CAA, policies, zone
GREETINGS, TAKEOVERS, REGISTRY = 5, 8, 2
ZONE = 140  # of thirteen servers with two addresses each
HOME = "198.51.100."


def asked(case: Case) -> tuple[list[Probe[Any]], dict[tuple[str, str], Finding]]:
    world = World(case)
    findings = replayed(case, world).findings
    return list(world.asked), {(f.rule, f.subject.name): f for f in findings}


def of_family(probes: list[Probe[Any]], family: str) -> list[str]:
    """The questions of a family, beside those that the run asks."""
    return [p.key for p in probes if isinstance(p, Question) and _family(p.name) == family]


def _family(name: str) -> str:
    if name == "." or name.endswith(".test") or ".0.0.127." in name or ".7.f.f.f.f." in name:
        return "the run's"
    endings = {
        "reverse": (".in-addr.arpa", ".ip6.arpa"),
        "lists": (".bl.spamcop.net", ".zen.spamhaus.org"),
        "spf": (".inc.example",),
    }
    if "_domainkey." in name:
        return "dkim"
    return next((family for family, ends in endings.items() if name.endswith(ends)), "own")


def includes(fan: int, depth: int, name: str = "r") -> str:
    """A tree of includes; the root's record is the domain's."""
    if not depth:
        return f'{name}.inc.example TXT "v=spf1 a -all"\n'
    below = [f"{name}{i}" for i in range(fan)]
    owner = "story.example" if name == "r" else f"{name}.inc.example"
    text = f'{owner} TXT "v=spf1 {" ".join(f"include:{b}.inc.example" for b in below)} -all"\n'
    return text + "".join(includes(fan, depth - 1, b) for b in below[: 1 if depth < 8 else fan])


def test_a_tree_of_includes_without_end() -> None:
    fact, questions = found(spf_tree(Domain("story.example")), includes(10, 10))
    assert isinstance(fact, Known)
    assert len([q for q in questions if q != "story.example TXT"]) == SPF
    assert fact.value.lookups.exceeds(10) == Known(True)
    assert [f for _, f in fact.value.nodes if isinstance(f, Unknown)]


def test_more_includes_than_are_asked_leave_a_hole() -> None:
    names = [f"i{n}.inc.example" for n in range(80)]
    zone = f'story.example TXT "v=spf1 {" ".join(f"include:{n}" for n in names)} -all"\n'
    zone += "".join(f'{n} TXT "v=spf1 -all"\n' for n in names)
    probes, findings = asked(Case("", "", zone))
    assert len(of_family(probes, "spf")) == SPF
    assert findings["SPF-LOOKUPS", "story.example"].result is Result.FAIL
    assert findings["SPF-INCLUDE-NONE", "story.example"].reason == BUDGET
    assert findings["SPF-LOOP", "story.example"].reason == BUDGET


def test_terms_that_are_looked_up_share_the_budget_of_includes() -> None:
    zone = f'story.example TXT "v=spf1 {" ".join(f"a:h{n}.inc.example" for n in range(80))} -all"'
    probes, findings = asked(Case("", "", zone))
    assert len(of_family(probes, "spf")) == SPF
    assert findings["SPF-VOID", "story.example"].arguments["voids"] == "30 or more"


def test_a_hundred_mail_hosts() -> None:
    zone = "".join(
        f"story.example MX {n} mx{n}.story.example.\nmx{n}.story.example A 192.0.2.{n}\n" for n in range(100)
    )
    probes, findings = asked(Case("", "", zone))
    hosts = {q.split()[1] for q in of_family(probes, "own") if q.split()[1].startswith("mx")}
    greeting = {"mx.story.example"}  # the name in all their greetings
    assert hosts - greeting == {f"mx{n}.story.example" for n in range(20)}  # those that senders try first
    assert len(of_family(probes, "own")) <= OWN
    for rule in ("MX-NOADDR", "MX-PRIVATE", "MX-REACH", "CERT-EXPIRED", "PTR-MISSING", "DNSBL-IP-LISTED"):
        assert findings[rule, "story.example"].reason == BUDGET
    assert findings["MX-IPV6-NONE", "story.example"].reason == BUDGET
    assert len([p for p in probes if isinstance(p, SmtpVisit) and p.host.startswith("mx")]) == 20


def test_a_host_with_a_hundred_addresses() -> None:
    zone = "story.example MX 10 mx.story.example.\n" + "".join(f"mx.story.example A 192.0.2.{n}\n" for n in range(100))
    probes, findings = asked(Case("", "", zone))
    assert len([p for p in probes if isinstance(p, SmtpVisit) and p.host.startswith("mx")]) == 8
    assert findings["MX-REACH", "mx.story.example"].reason == BUDGET


def test_sixteen_addresses() -> None:
    """Configured ones first, then those that take mail, then those that SPF names."""
    configured = tuple(f"198.51.100.{n}" for n in range(1, 7))
    taking = tuple(f"192.0.2.{n}" for n in range(1, 6))
    sending = " ".join(f"ip4:192.0.2.{n}" for n in range(101, 121))
    zone = f'story.example TXT "v=spf1 {sending} -all"\nstory.example MX 10 mx.story.example.\n'
    zone += "".join(f"mx.story.example A {address}\n" for address in taking)
    probes, findings = asked(Case("", "", zone, options=DomainOptions(sending_ips=configured)))
    subjects = {name for rule, name in findings if rule == "PTR-MISSING"}
    assert subjects == {*configured, *taking, *(f"192.0.2.{n}" for n in range(101, 106)), "story.example"}
    assert len(of_family(probes, "reverse")) == ADDRESSES
    nobody = 3  # of the health checks: SpamCop's for IPv4, Spamhaus's for both families
    assert len(of_family(probes, "lists")) == 2 * ADDRESSES + nobody
    assert findings["PTR-MISSING", "story.example"].reason == BUDGET
    assert findings["DNSBL-POLICY", "story.example"].reason == BUDGET


def test_sixteen_senders_each_with_questions_of_its_own() -> None:
    senders = tuple(f"192.0.2.{n}" for n in range(1, 17))
    macros = " ".join(f"exists:%{{i}}.{n}.mac.inc.example" for n in range(8))
    zone = f'story.example TXT "v=spf1 mx:team.inc.example {macros} -all"\n'
    zone += "".join(f"{a}.{n}.mac.inc.example A nodata\n" for a in senders for n in range(8))
    zone += "".join(f"team.inc.example MX {n} h{n}.inc.example.\nh{n}.inc.example A 198.51.100.1\n" for n in range(10))
    probes, findings = asked(Case("", "", zone, options=DomainOptions(sending_ips=senders)))
    assert len([q for q in of_family(probes, "spf") if ".mac." in q]) <= sender.MAX_OWN * ADDRESSES
    assert len([q for q in of_family(probes, "spf") if ".mac." not in q]) <= sender.MAX_SHARED
    assert findings["SPF-SENDER-NOT-PASS", "192.0.2.1"].arguments["why"] == "more than 2 lookups find nothing"


def test_a_sender_for_whom_too_much_must_be_asked() -> None:
    macros = " ".join(f"a:%{{i}}.{n}.mac.inc.example" for n in range(8))
    zone = f'story.example TXT "v=spf1 {macros} -all"\n'
    zone += "".join(f"192.0.2.1.{n}.mac.inc.example A 198.51.100.1\n" for n in range(8))
    probes, findings = asked(Case("", "", zone, options=DomainOptions(sending_ips=("192.0.2.1",))))
    assert len([q for q in of_family(probes, "spf") if " 192.0.2.1." in q]) == sender.MAX_OWN
    assert findings["SPF-SENDER-NOT-PASS", "192.0.2.1"].reason == BUDGET


def test_a_sample_of_strangers_asks_for_a_few_names() -> None:
    """Whatever the records make of it: names side by side, names one behind the other, and a record without end."""
    for macros in (
        " ".join(f"exists:%{{i}}.{n}.mac.inc.example" for n in range(9)),
        "include:%{i}.mac.inc.example",
        " ".join(f"include:%{{i}}.{n}.mac.inc.example" for n in range(9)),
    ):
        zone = f'story.example TXT "v=spf1 {macros} -all"\n*.mac.inc.example TXT "v=spf1 include:%{{i}}.%{{d}} -all"'
        fact, questions = found(spf_tree(Domain("story.example")), zone)
        assert isinstance(fact, Known)
        assert 0 < len([q for q in questions if ".mac." in q]) <= MAX_SAMPLED


def test_a_network_is_no_sender() -> None:
    zone = 'story.example TXT "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ip4:198.51.100.7/32 -all"'
    _, findings = asked(Case("", "", zone))
    assert {name for rule, name in findings if rule == "PTR-MISSING"} == {"198.51.100.7"}


def test_networks_that_may_send() -> None:
    """Fourteen names are asked for, whatever the networks; that there are more is no hole, and no list is asked."""
    networks = " ".join(f"ip4:198.51.{n}.0/28" for n in range(100, 120))
    zone = f'story.example TXT "v=spf1 {networks} -all"\n'
    zone += "story.example MX 10 mx.story.example.\nmx.story.example A 192.0.2.1\n"
    probes, findings = asked(Case("", "", zone, settings={"allow_net": ("192.0.2.0/24", "198.51.0.0/16")}))
    assert {name for rule, name in findings if rule == "PTR-MISSING"} == {
        "192.0.2.1",
        *(f"198.51.100.{n}" for n in range(1, 15)),
    }
    assert len(of_family(probes, "reverse")) == 1 + 14
    assert {name.split()[0] for rule, name in findings if rule == "DNSBL-IP-LISTED"} == {"192.0.2.1"}


def test_greetings_that_all_bear_other_names() -> None:
    zone = "".join(f"story.example MX {n} mx{n}.story.example.\nmx{n}.story.example A {HOME}{n}\n" for n in range(30))
    said = {f"{HOME}{n}": sessions.greets(f"g{n}.greeting.example") for n in range(30)}
    probes, findings = asked(Case("", "", zone, sessions=said))
    assert len([p for p in probes if ".greeting.example" in p.key]) == GREETINGS
    assert findings["BANNER-MISMATCH", f"mx0.story.example {HOME}0"].result is Result.FAIL
    assert findings["BANNER-MISMATCH", f"mx9.story.example {HOME}9"].reason == BUDGET


def of_the_zone(probes: list[Probe[Any]]) -> tuple[list[str], set[str]]:
    """What is asked of servers themselves and of their names, and the servers."""
    asked_of_it = [p for p in probes if isinstance(p, Question) and (p.server or ".dns.example" in p.name)]
    return [p.key for p in asked_of_it], {p.server for p in asked_of_it if p.server}


PARENT = "example SOA a.nic.test. b. 1 2 3 4 5\nexample NS a.nic.test.\na.nic.test A 203.0.113.1\n"
OWN_ZONE = "story.example SOA n10.dns.example. b. 1 2 3 4 5\nstory.example MX 10 mx.story.example.\n"
OWN_ZONE += "mx.story.example A 192.0.2.1\n"
NUMBERS = range(100, 400)


def delegated(addresses: str = "") -> str:
    """A zone with three hundred name servers, and no glue."""
    names = [f"n{i}.dns.example" for i in NUMBERS]
    zone = PARENT + OWN_ZONE + f"story.example NS@203.0.113.1 referral {' '.join(names)}\n"
    return zone + "".join(addresses.format(i=i, n=i % 250 + 1) for i in NUMBERS)


def test_a_zone_with_two_servers_of_both_families() -> None:
    zone = PARENT + OWN_ZONE + "story.example NS@203.0.113.1 referral n1.dns.example n2.dns.example\n"
    zone += "".join(f"story.example NS n{i}.dns.example.\nn{i}.dns.example A {HOME}{i}\n" for i in (1, 2))
    zone += "".join(f"n{i}.dns.example AAAA 2001:db8::{i}\n" for i in (1, 2))
    asked_of_it, servers = of_the_zone(asked(Case("", "", zone))[0])
    assert len(servers) == 5
    assert len(asked_of_it) == 4 + 1 + 4 * 2 + 2 * 4 + 1  # addresses, delegation, SOA, records with _dmarc, NS


def test_a_delegation_to_hundreds_of_names_makes_us_ask_a_few() -> None:
    """As NXNSAttack has resolvers do: each name lies with a victim, which is asked for it in vain."""
    asked_of_it, servers = of_the_zone(asked(Case("", "", delegated()))[0])
    assert servers == {"203.0.113.1"}
    assert len({key.split()[1] for key in asked_of_it if ".dns.example" in key}) == MAX_SERVERS
    assert len(asked_of_it) == 2 * MAX_SERVERS + 1 + REGISTRY  # names, the delegation, and whether dns.example is there


@pytest.mark.parametrize(
    "answer", ["", "story.example ANY@198.51.100.{n} timeout\nstory.example ANY@2001:db8::{n} lame\n"]
)
def test_hundreds_of_servers_are_not_all_asked(answer: str) -> None:
    both = f"n{{i}}.dns.example A {HOME}{{n}}\nn{{i}}.dns.example AAAA 2001:db8::{{n}}\n"
    probes, findings = asked(Case("", "", delegated(both + answer)))
    asked_of_it, servers = of_the_zone(probes)
    assert len(servers - {"203.0.113.1"}) == 2 * MAX_SERVERS
    assert len(asked_of_it) <= ZONE
    assert findings["NS-LAME", "story.example"].reason == BUDGET
    assert findings["NS-LAME", f"n100.dns.example {HOME}101"].result is (Result.FAIL if answer else Result.PASS)


def test_three_registries_are_asked_of_name_servers_that_are_missing() -> None:
    zone = PARENT + OWN_ZONE + "com SOA a. b. 1 2 3 4 5\ncom NS ns.nic.com.\nns.nic.com A 198.51.100.53\n"
    zone += f"story.example NS@203.0.113.1 referral {' '.join(f'ns.gone{i}.com' for i in range(20))}\n"
    probes, findings = asked(Case("", "", zone))
    assert len([p for p in probes if isinstance(p, Question) and p.server == "198.51.100.53"]) == 3 * REGISTRY
    assert findings["NS-TAKEOVER", "ns.gone0.com"].result is Result.FAIL
    assert findings["NS-TAKEOVER", "ns.gone2.com"].reason == BUDGET


def test_twenty_dangling_hosts() -> None:
    """Each may lie in another domain, and the registry of each is asked: what they share once."""
    zone = 'com SOA "a. b. 1 2 3 4 5"\ncom NS ns.nic.com.\nns.nic.com A 198.51.100.53\n'
    zone += "".join(f"story.example MX {n} mx.gone{n}.com.\n" for n in range(40))
    probes, findings = asked(Case("", "", zone))
    registry = [p for p in probes if isinstance(p, Question) and p.server]
    assert len(registry) == REGISTRY * TAKEOVERS
    assert findings["MX-TAKEOVER", "mx.gone0.com"].result is Result.FAIL
    assert findings["MX-TAKEOVER", "mx.gone19.com"].reason == BUDGET


def test_a_hundred_selectors() -> None:
    names = tuple(f"own{n}" for n in range(100))
    zone = "story.example MX 10 mx.story.example.\nmx.story.example A 192.0.2.1\n_domainkey.story.example A nodata"
    probes, findings = asked(Case("", "", zone, options=DomainOptions(selectors=names)))
    tried = of_family(probes, "dkim")
    assert len(tried) <= SELECTORS, len(tried)
    assert findings["DKIM-CONFIGURED-MISSING", "own0._domainkey.story.example"].result is Result.FAIL
    assert findings["DKIM-CONFIGURED-MISSING", "story.example"].reason == BUDGET
    assert findings["DKIM-NOTFOUND", "story.example"].reason == BUDGET


def test_the_walk_of_dmarc_is_short() -> None:
    name = f"{'a.' * 60}story.example"
    probes, _ = asked(Case("", "", f"{name} A 192.0.2.1", domain=name))
    assert len([p for p in probes if p.key.startswith("dns _dmarc.") and "_dmarc._dmarc" not in p.key]) == 8


def test_a_circle_of_includes_is_asked_once() -> None:
    """Seed 3."""
    zone = (
        'story.example TXT "v=spf1 include:a.inc.example -all"\na.inc.example TXT "v=spf1 include:story.example -all"'
    )
    fact, questions = found(spf_tree(Domain("story.example")), zone)
    assert isinstance(fact, Known)
    assert fact.value.loop == Known(("story.example", "a.inc.example", "story.example"))
    assert len(questions) == 2


def test_a_fan_of_ten_by_ten() -> None:
    """Seed 4."""
    probes, findings = asked(Case("", "", includes(10, 10)))
    assert len([p for p in probes if isinstance(p, Question) and p.name.endswith("inc.example")]) <= 100
    assert findings["SPF-LOOKUPS", "story.example"].result is Result.FAIL


def test_names_that_anybody_may_register_cost_a_few_questions_each() -> None:
    zone = 'story.example TXT "v=spf1 ' + " ".join(f"include:_spf.gone{n}.com" for n in range(20)) + ' -all"\n'
    zone += 'com SOA "ns.nic.com. hostmaster.nic.com. 1 2 3 4 5"\ncom NS a.nic.com.\na.nic.com A 198.51.100.53'
    probes, findings = asked(Case("", "", zone))
    assert findings["SPF-TAKEOVER", "story.example"].result is Result.FAIL
    asking = [p for p in probes if isinstance(p, Question) and (p.server or p.name in ("com", "a.nic.com"))]
    assert len(asking) <= 3 + 2 * spf_abandoned.MAX_DOMAINS + 1


def test_subdomains_are_few() -> None:
    options = DomainOptions(subdomains=tuple(f"n{i}" for i in range(50)))
    probes, findings = asked(Case("", "", 'story.example TXT "v=spf1 -all"', options=options))
    below = [p for p in probes if isinstance(p, Question) and re.fullmatch(r"n[0-9]+\.story\.example", p.name)]
    assert len(below) <= 4 * subdomains.MAX_SUBDOMAINS
    assert findings["SPF-SUBDOMAIN-NONE", "story.example"].reason == BUDGET
