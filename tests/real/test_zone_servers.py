"""Name servers that disagree, are lame, are silent, or lack TCP: each is found, and spoils nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from audit.rules.registry import RULES
from tests.real.command import Audit, audited_through
from tests.real.internet import required
from tests.real.place import Place, claimed
from tests.real.zone_servers import CUT, DATAGRAMS, EMPTY, SECOND, SILENT, SOUND, ZONES, address, serving

pytestmark = pytest.mark.real

OF_ZONES = {rule.id for rule in RULES if rule.topic == "zone"} - {"NS-IPV6"}
UNHEARD = "unheard.test"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Audit, Place]]:
    required()
    with claimed() as place, serving(tmp_path_factory.mktemp("servers"), place):
        options = ("--no-smtp", "--dnsbl", "none", "--no-second-opinion", "--dns-timeout", "5")
        nets = [o for net in ("127.0.0.0/8", "192.0.2.0/24") for o in ("--allow-net", net)]
        names = [zone.name for zone in ZONES]
        where = tmp_path_factory.mktemp("audited")
        yield audited_through(f"{place.resolver}:53", names, where, *options, *nets), place


def at(place: Place, domain: str, server: str) -> str:
    return f"{server}.{domain} {address(place, server)}"


def test_each_is_found_by_its_rule(run: tuple[Audit, Place]) -> None:
    audit, place = run
    found = {z.name: {f for f in audit.fails(z.name) if f[0] in OF_ZONES} for z in ZONES}
    assert found == {
        "sound.test": set(),
        "differ.test": {("DNS-INCONSISTENT", "differ.test")},
        "hollow.test": {("DNS-INCONSISTENT", "hollow.test")},
        "behind.test": {("SOA-SERIAL", "behind.test")},
        "lame.test": {("NS-LAME", at(place, "lame.test", EMPTY))},
        "silent.test": {("NS-LAME", at(place, "silent.test", SILENT))},
        "notcp.test": {("NS-TCP", at(place, "notcp.test", DATAGRAMS))},
        "cut.test": {("NS-TCP", at(place, "cut.test", CUT))},
        "single.test": {("NS-COUNT", "single.test")},
        "moved.test": {("NS-PARENT-CHILD", "moved.test"), ("SOA-SERIAL", "moved.test")},
        "dead.test": {("NS-LAME", at(place, "dead.test", s)) for s in (EMPTY, SILENT)},
        "taken.test": {("NS-TAKEOVER", "ns.gone.com")},
        "inside.test": {("NS-ADDRESS", "ns.within.com")},
        "unheard.test": set(),
    }


def test_what_is_said_of_them(run: tuple[Audit, Place]) -> None:
    audit, _ = run
    said = {(z.name, f["rule"]): f for z in ZONES for f in audit.domain(z.name)["findings"] if f["rule"] in OF_ZONES}
    assert said["lame.test", "NS-LAME"]["arguments"]["what"] == "refused"
    assert said["lame.test", "NS-LAME"]["severity"] == "high"
    assert said["silent.test", "NS-LAME"]["arguments"]["what"] == "timeout"
    assert said["taken.test", "NS-TAKEOVER"]["severity"] == "critical"
    assert said["inside.test", "NS-ADDRESS"]["arguments"]["addresses"] == ["10.0.0.1 (private)"]
    for domain, rule in (("inside.test", "NS-ADDRESS"), ("taken.test", "NS-TAKEOVER")):
        assert said[domain, rule]["publish"] == [f"{domain}. 3600 IN NS {s}.{domain}." for s in (SOUND, SECOND)]
    assert said["differ.test", "DNS-INCONSISTENT"]["arguments"]["views"] == [
        "a.differ.test 10 mx.differ.test.",
        "old.differ.test 10 former.differ.test.",
    ]


def test_a_registry_that_is_silent_makes_a_takeover_unknown(run: tuple[Audit, Place]) -> None:
    results = {(rule, subject): (result, reason) for rule, subject, result, reason in run[0].results(UNHEARD)}
    result, reason = results["NS-TAKEOVER", "ns.gone.net"]
    assert (result, reason) in {("unknown", "dns.timeout"), ("unknown", "dns.servfail")}


def test_a_server_that_nobody_reaches_leaves_the_others_to_be_compared(run: tuple[Audit, Place]) -> None:
    results = {rule: result for rule, _, result, _ in run[0].results("inside.test")}
    assert {results[rule] for rule in ("DNS-INCONSISTENT", "SOA-SERIAL", "NS-TAKEOVER")} == {"pass"}


RISKS = {  # what of a domain's name servers puts its mail at risk
    **dict.fromkeys(("differ.test", "lame.test", "silent.test", "taken.test", "inside.test"), True),
    **dict.fromkeys(("sound.test", "behind.test", "notcp.test"), False),
}


@pytest.mark.parametrize("domain", RISKS)
def test_whether_mail_arrives_knows_its_name_servers(run: tuple[Audit, Place], domain: str) -> None:
    (verdict,) = (v for v in run[0].domain(domain)["verdicts"] if v["id"] == "delivery")
    assert verdict["answer"] == ("at best with trouble" if RISKS[domain] else "not tested")


def test_what_an_empty_copy_denies_is_not_missing(run: tuple[Audit, Place]) -> None:
    results = {rule: (result, reason) for rule, _, result, reason in run[0].results("hollow.test")}
    missing = ("SPF-MISSING", "DMARC-MISSING", "MX-NONE-NOADDR")
    assert {results[rule] for rule in missing} == {("unknown", "dns.servers_disagree")}
    pasted = [line for f in run[0].domain("hollow.test")["findings"] for line in f["publish"] or ()]
    assert not [line for line in pasted if "v=spf1" in line or "v=DMARC1" in line]


@pytest.mark.parametrize("domain", ["differ.test", "behind.test", "lame.test", "silent.test", "notcp.test", "cut.test"])
def test_the_verdicts_on_the_records_rest_on_the_servers_that_are_well(run: tuple[Audit, Place], domain: str) -> None:
    records = ("SPF-", "DMARC-")
    audit, _ = run
    sound = {(rule, result) for rule, _, result, _ in audit.results("sound.test") if rule.startswith(records)}
    assert {(rule, result) for rule, _, result, _ in audit.results(domain) if rule.startswith(records)} == sound
