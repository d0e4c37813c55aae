"""Names that lead into a domain which nobody has registered, as its registry's own servers say: each is found.

`com.` has two servers, and knows `here.com` alone. What leads to a name that is missing there is broken, and nobody's
to take. With the registry's servers stopped nobody can say which it is, whether or not a resolver still remembers that
the name does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.real.command import Audit, audited_through
from tests.real.daemons import Daemons, answers
from tests.real.internet import NSD, UNBOUND, required
from tests.real.place import Place, claimed

pytestmark = pytest.mark.real

FREE, HAD = "gone.com", "here.com"


@dataclass(frozen=True, slots=True)
class Lure:
    """A way to lead elsewhere: `text` is what stands in the zone, and `{to}` in it the domain that it leads to.

    `rule` fails with `gravest` where anybody may register that. Where it is had `instead` fails, with `less`.
    """

    kind: str
    text: str
    rule: str
    gravest: str
    instead: str
    less: str

    def domain(self, to: str) -> str:
        return f"{self.kind}-{to.partition('.')[0]}.test"


DANGLING = "DKIM-CNAME-DANGLING"
LURES = (
    Lure("mx", "@ MX 5 mx.{to}.", "MX-TAKEOVER", "critical", "MX-NXDOMAIN", "high"),
    Lure("mx-alias", "@ MX 5 b\nb CNAME mx.{to}.", "MX-TAKEOVER", "critical", "MX-NXDOMAIN", "high"),
    Lure("ns", "@ NS dns.{to}.", "NS-TAKEOVER", "critical", "NS-UNRESOLVABLE", "high"),
    Lure("include", "", "SPF-TAKEOVER", "critical", "SPF-INCLUDE-NXDOMAIN", "high"),
    Lure("include-alias", "spf CNAME s.{to}.", "SPF-TAKEOVER", "critical", "SPF-INCLUDE-NXDOMAIN", "high"),
    Lure("dkim", "s1._domainkey CNAME s1.k.{to}.", DANGLING, "critical", DANGLING, "high"),
    Lure("guess", "google._domainkey CNAME k.{to}.", DANGLING, "critical", DANGLING, "medium"),
    Lure("autodiscover", "autodiscover CNAME a.{to}.", "AUTOD-STALE", "high", "AUTOD-STALE", "medium"),
    Lure("autoconfig", "autoconfig CNAME a.{to}.", "AUTOD-STALE", "high", "AUTOD-STALE", "medium"),
    Lure("sts", "mta-sts CNAME p.{to}.", "MTASTS-CNAME", "critical", "MTASTS-CNAME", "high"),
    Lure("sts-record", "_mta-sts CNAME r.{to}.", "MTASTS-CNAME", "critical", "MTASTS-CNAME", "high"),
    Lure("tls-rpt", "_smtp._tls CNAME r.{to}.", "TLSRPT-CNAME", "medium", "TLSRPT-CNAME", "low"),
    Lure("bimi", "default._bimi CNAME b.{to}.", "BIMI-CNAME", "medium", "BIMI-CNAME", "low"),
    Lure("dmarc", "", "DMARC-CNAME", "critical", "DMARC-CNAME", "high"),
    Lure("imap", "_imaps._tcp SRV 0 1 993 i.{to}.", "SUB-SRV-TARGET", "high", "SUB-SRV-TARGET", "medium"),
)
SAID = {
    "dkim",
    "guess",
    "autodiscover",
    "autoconfig",
    "sts",
    "sts-record",
    "tls-rpt",
    "bimi",
    "dmarc",
    "imap",
}  # within one rule


@dataclass(frozen=True, slots=True)
class Runs:
    """What was found while the registry answered, after it had fallen silent, and by a resolver that was new then."""

    alive: Audit
    silent: Audit
    forgotten: Audit


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    required()
    directory = tmp_path_factory.mktemp("takeovers")
    registry, others = Daemons(directory), Daemons(directory)
    with claimed() as place:
        try:
            _nsd(registry, directory, "com", (place.tld, place.lists), {"com": _com(place)})
            _nsd(others, directory, "above", (place.root,), {"": _root(place), "test": _test(place)})
            zones = {lure.domain(to): _zone(lure, to, place) for to in (FREE, HAD) for lure in LURES}
            _nsd(others, directory, "zones", (place.domains,), {HAD: _apex(f"{HAD}.", place.domains), **zones})
            _unbound(others, directory, place.resolver, place)
            alive = _audit(place.resolver, (FREE, HAD), tmp_path_factory)
            registry.stop()
            silent = _audit(place.resolver, (FREE,), tmp_path_factory)
            _unbound(others, directory, place.mail(1), place)
            yield Runs(alive, silent, _audit(place.mail(1), (FREE,), tmp_path_factory))
        finally:
            registry.stop()
            others.stop()


def _audit(resolver: str, leading_to: tuple[str, ...], made: pytest.TempPathFactory) -> Audit:
    lines = [
        f"{lure.domain(to)}{' selectors=s1' if lure.kind == 'dkim' else ''}" for to in leading_to for lure in LURES
    ]
    options = ("--no-smtp", "--no-https", "--dnsbl", "none", "--no-second-opinion", "--dns-timeout", "2")
    nets = [o for net in ("127.0.0.0/8", "192.0.2.0/24") for o in ("--allow-net", net)]
    return audited_through(f"{resolver}:53", lines, made.mktemp("audited"), *options, "--concurrency", "20", *nets)


def results(audit: Audit, domain: str, rule: str) -> set[tuple[str, str | None, str | None]]:
    """Result, severity and reason of a rule, of each subject."""
    report = audit.domain(domain)
    found = {(f["result"], f["severity"], f["reason"]) for f in report["findings"] if f["rule"] == rule}
    return found | {("pass", None, None) for p in report["passed"] if p["rule"] == rule}


def failures(audit: Audit, domain: str, rule: str) -> list[dict[str, Any]]:
    return [f for f in audit.domain(domain)["findings"] if (f["rule"], f["result"]) == (rule, "fail")]


@pytest.mark.parametrize("lure", LURES, ids=lambda lure: lure.kind)
def test_what_anybody_may_register_is_found_at_its_gravest(runs: Runs, lure: Lure) -> None:
    (found,) = failures(runs.alive, lure.domain(FREE), lure.rule)
    assert (found["severity"], found["reason"]) == (lure.gravest, None)
    assert FREE in found["message"]


@pytest.mark.parametrize("lure", LURES, ids=lambda lure: lure.kind)
def test_what_somebody_has_is_broken_and_not_to_be_taken(runs: Runs, lure: Lure) -> None:
    (found,) = failures(runs.alive, lure.domain(HAD), lure.instead)
    assert (found["severity"], found["reason"]) == (lure.less, None)
    assert "register" not in found["message"]
    if lure.rule != lure.instead:
        assert {r[0] for r in results(runs.alive, lure.domain(HAD), lure.rule)} == {"pass"}


@pytest.mark.parametrize("lure", LURES, ids=lambda lure: lure.kind)
def test_a_silent_registry_makes_it_unknown(runs: Runs, lure: Lure) -> None:
    """The resolver remembers that the name does not exist: so much is certain, and no more."""
    domain = lure.domain(FREE)
    if lure.kind in SAID:
        (found,) = failures(runs.silent, domain, lure.rule)
        assert found["severity"] == lure.less
        assert found["reason"] is not None
        assert "register" not in found["message"]
    else:
        said = results(runs.silent, domain, lure.rule)
        assert "fail" not in {result for result, _, _ in said}
        assert [reason for result, _, reason in said if result == "unknown"] != []
        assert [f["severity"] for f in failures(runs.silent, domain, lure.instead)] == [lure.less]


@pytest.mark.parametrize("lure", LURES, ids=lambda lure: lure.kind)
def test_to_a_resolver_that_never_heard_of_it_all_is_unknown(runs: Runs, lure: Lure) -> None:
    for rule in {lure.rule, lure.instead}:
        said = results(runs.forgotten, lure.domain(FREE), rule)
        assert {result for result, _, _ in said} >= {"unknown"}
        assert "fail" not in {result for result, _, _ in said}


# ---- the internet -------------------------------------------------------------------------------------------------


def _apex(origin: str, address: str, *names: str) -> str:
    """The beginning of a zone; its own name server is `ns`, unless it has others."""
    own = "".join(f"@ NS {name}\n" for name in names) or f"@ NS ns.{origin}\nns.{origin} A {address}\n"
    soa = f"{next(iter(names), f'ns.{origin}')} hostmaster.test. 1 3600 600 1209600 300"
    return f"$ORIGIN {origin}\n$TTL 300\n@ SOA {soa}\n{own}"


def _root(place: Place) -> str:
    com = f"com. NS a.nic.com.\ncom. NS b.nic.com.\na.nic.com. A {place.tld}\nb.nic.com. A {place.lists}\n"
    test = f"test. NS ns.test.\nns.test. A {place.root}\n"
    soa = "ns.root-lab. hostmaster.test. 1 3600 600 1209600 300"
    return f"$ORIGIN .\n$TTL 300\n@ SOA {soa}\n@ NS ns.root-lab.\nns.root-lab. A {place.root}\n{com}{test}"


def _com(place: Place) -> str:
    servers = f"a.nic.com. A {place.tld}\nb.nic.com. A {place.lists}\n"
    had = f"{HAD}. NS ns.{HAD}.\nns.{HAD}. A {place.domains}\n"
    return _apex("com.", place.tld, "a.nic.com.", "b.nic.com.") + servers + had


def _test(place: Place) -> str:
    """The delegations of all domains."""
    text = _apex("test.", place.root)
    for to in (FREE, HAD):
        for lure in LURES:
            domain = lure.domain(to)
            text += f"{domain}. NS ns.{domain}.\nns.{domain}. A {place.domains}\n"
            text += f"{domain}. NS dns.{to}.\n" if lure.kind == "ns" else ""
    return text


def _zone(lure: Lure, to: str, place: Place) -> str:
    """A domain that is sound but for where it leads."""
    included = {"include": f"include:spf.{to} ", "include-alias": f"include:spf.{lure.domain(to)} "}
    spf = included.get(lure.kind, "")
    dmarc = f"_dmarc CNAME d.{to}." if lure.kind == "dmarc" else '_dmarc TXT "v=DMARC1; p=reject"'
    announced = '_mta-sts TXT "v=STSv1; id=1"\n' if lure.kind == "sts" else ""
    mail = f'@ MX 10 mx\nmx A 192.0.2.25\n@ TXT "v=spf1 mx {spf}-all"\n{dmarc}\n{announced}'
    return f"{_apex(f'{lure.domain(to)}.', place.domains)}{mail}{lure.text.replace('{to}', to)}\n"


def _nsd(daemons: Daemons, directory: Path, level: str, addresses: tuple[str, ...], zones: dict[str, str]) -> None:
    """One NSD at all these addresses."""
    folder = directory / level
    folder.mkdir()
    more = "".join(f"  ip-address: {each}@53\n" for each in addresses[1:])
    text = NSD.format(address=addresses[0], level=level, directory=folder).replace("server:\n", f"server:\n{more}", 1)
    for name, lines in zones.items():
        (folder / f"{name or 'root'}.zone").write_text(lines)
        text += f'zone:\n  name: "{name or "."}"\n  zonefile: "{name or "root"}.zone"\n'
    configuration = folder / "nsd.conf"
    configuration.write_text(text)
    ready = answers(addresses[-1], next(iter(zones)) or ".", "SOA")
    daemons.start(f"nsd-{level}", ("nsd", "-d", "-c", str(configuration)), ready)


def _unbound(daemons: Daemons, directory: Path, at: str, place: Place) -> None:
    folder = directory / at
    folder.mkdir()
    (folder / "hints").write_text(f". 300 NS ns.root-lab.\nns.root-lab. 300 A {place.root}\n")
    text = UNBOUND.format(address=at, directory=folder).replace("validator iterator", "iterator")
    configuration = folder / "unbound.conf"
    configuration.write_text("".join(f"{line}\n" for line in text.splitlines() if "trust-anchor" not in line))
    ready = answers(at, "ns.test", "A")
    daemons.start(f"unbound-{at}", ("unbound", "-d", "-c", str(configuration)), ready)
