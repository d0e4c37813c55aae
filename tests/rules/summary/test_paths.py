"""How mail comes in, for a plain sender, for one that honours MTA-STS, and for one that validates DANE."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest

from audit.model.probe import FetchOutcome, Header, HttpsFetch, Outcome, Probe, SmtpSession, TlsShown
from audit.model.report import MailPath
from audit.protocol.senders import MAX_STEPS
from audit.rules.summary.paths import paths
from audit.syntax import dane
from tests.rules import pki, sessions
from tests.rules.world import ROOT_SIGNATURE, Case, World, not_gathered, replayed
from tests.signed import DAYS, Internet, Zone

FIRST, SECOND = "mx1.story.example", "mx2.story.example"
MX = f"story.example. MX 10 {FIRST}.\nstory.example. MX 20 {SECOND}.\n{FIRST}. A 192.0.2.1\n{SECOND}. A 192.0.2.2\n"
STS = '_mta-sts.story.example. TXT "v=STSv1; id=1"\nmta-sts.story.example. A 192.0.2.80\n'
GOOD = {"192.0.2.1": sessions.healthy(pki.good(FIRST)), "192.0.2.2": sessions.healthy(pki.good(SECOND))}
CLEAR, REFUSED, SILENT = sessions.no_starttls(), sessions.refused(), sessions.timeout()


def policy(text: str) -> Mapping[str, HttpsFetch]:
    headers = (Header(name="content-type", value="text/plain"),)
    body = text.replace("\n", "\r\n").encode()
    chain = pki.good("mta-sts.story.example")
    tls = TlsShown(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", bits=256, group="X25519", chain=chain)
    fetch = HttpsFetch(outcome=FetchOutcome.OK, status=200, headers=headers, body=body, tls=tls)
    return {"https://mta-sts.story.example/.well-known/mta-sts.txt": fetch}


ENFORCED = f"version: STSv1\nmode: enforce\nmax_age: 604800\nmx: {FIRST}\nmx: {SECOND}\n"
ONE = f"version: STSv1\nmode: enforce\nmax_age: 604800\nmx: {SECOND}\n"
NEITHER = "version: STSv1\nmode: enforce\nmax_age: 604800\nmx: mail.other.example\n"
TESTING = f"version: STSv1\nmode: testing\nmax_age: 604800\nmx: {SECOND}\n"


def found(zone: str, met: Mapping[str, SmtpSession], text: str | None = None) -> dict[str, MailPath]:
    fetches = policy(text) if text else {}
    case = Case("", "", zone, sessions=met, fetches=fetches)
    return {path.sender: path for path in paths(replayed(case, rules=()).domain.facts)}


def turns(path: MailPath) -> list[tuple[str, str]]:
    return [(step.host, step.turn) for step in path.steps]


@pytest.mark.parametrize(
    ("met", "expected", "state"),
    [
        (GOOD, [(FIRST, "encrypted")], "good"),
        ({**GOOD, "192.0.2.1": CLEAR}, [(FIRST, "clear")], "warning"),
        ({**GOOD, "192.0.2.1": REFUSED}, [(FIRST, "closed"), (SECOND, "encrypted")], "good"),
        ({**GOOD, "192.0.2.1": sessions.tls_alert()}, [(FIRST, "fallback")], "warning"),
        ({"192.0.2.1": REFUSED, "192.0.2.2": REFUSED}, [(FIRST, "closed"), (SECOND, "closed")], "bad"),
        ({**GOOD, "192.0.2.1": sessions.greeting(421)}, [(FIRST, "unknown"), (SECOND, "encrypted")], "unknown"),
        (
            {"192.0.2.1": sessions.greeting(421), "192.0.2.2": REFUSED},
            [(FIRST, "unknown"), (SECOND, "closed")],
            "unknown",
        ),
        (
            {**GOOD, "192.0.2.1": sessions.connect(Outcome.GUARD_REFUSED)},
            [(FIRST, "unknown"), (SECOND, "encrypted")],
            "unknown",
        ),
    ],
)
def test_a_plain_sender(met: Mapping[str, SmtpSession], expected: list[tuple[str, str]], state: str) -> None:
    path = found(MX, met)["plain"]
    assert (turns(path), path.state) == (expected, state)


@pytest.mark.parametrize(
    ("met", "text", "expected", "state"),
    [
        (GOOD, ENFORCED, [(FIRST, "authenticated")], "good"),
        (GOOD, ONE, [(FIRST, "uncovered"), (SECOND, "authenticated")], "good"),
        (GOOD, NEITHER, [(FIRST, "uncovered"), (SECOND, "uncovered")], "bad"),
        ({**GOOD, "192.0.2.1": CLEAR}, ENFORCED, [(FIRST, "unproved"), (SECOND, "authenticated")], "good"),
        (
            {**GOOD, "192.0.2.1": sessions.healthy(pki.expired(FIRST))},
            ENFORCED,
            [(FIRST, "unproved"), (SECOND, "authenticated")],
            "good",
        ),
        ({"192.0.2.1": CLEAR, "192.0.2.2": CLEAR}, ENFORCED, [(FIRST, "unproved"), (SECOND, "unproved")], "bad"),
        (GOOD, TESTING, [(FIRST, "encrypted")], "good"),
    ],
)
def test_a_sender_that_honours_mta_sts(
    met: Mapping[str, SmtpSession], text: str, expected: list[tuple[str, str]], state: str
) -> None:
    path = found(MX + STS, met, text)["mta_sts"]
    assert (turns(path), path.state) == (expected, state)


def test_a_policy_that_could_not_be_fetched_leaves_open_what_such_a_sender_does() -> None:
    path = found(MX + STS, GOOD)["mta_sts"]
    assert (path.state, path.answer) == ("unknown", "could not test")


def test_without_a_policy_the_way_is_the_plain_one() -> None:
    both = found(MX, GOOD)
    assert both["mta_sts"].steps == both["plain"].steps
    assert both["mta_sts"].because.startswith("It finds no policy")


def test_hosts_come_by_preference_and_not_by_name() -> None:
    zone = f"story.example. MX 9 {SECOND}.\nstory.example. MX 10 {FIRST}.\n{FIRST}. A 192.0.2.1\n{SECOND}. A 192.0.2.2"
    assert turns(found(zone, {**GOOD, "192.0.2.2": REFUSED})["plain"]) == [(SECOND, "closed"), (FIRST, "encrypted")]


def test_a_host_without_address_is_passed_by() -> None:
    zone = f"story.example. MX 10 {FIRST}.\nstory.example. MX 20 {SECOND}.\n{SECOND}. A 192.0.2.2"
    assert turns(found(zone, GOOD)["plain"]) == [(FIRST, "absent"), (SECOND, "encrypted")]


def test_a_host_that_could_not_be_looked_up_leaves_the_rest_open() -> None:
    path = found(f"{MX}{FIRST}. ANY servfail", GOOD)["plain"]
    assert turns(path) == [(FIRST, "unknown"), (SECOND, "encrypted")]
    assert path.state == "unknown"
    assert path.steps[0].reason == "dns.servfail"


def test_addresses_that_could_not_be_looked_up_may_come_first() -> None:
    path = found(f"{MX}{FIRST}. AAAA timeout", GOOD)["plain"]
    assert turns(path) == [(FIRST, "unknown"), (FIRST, "encrypted")]
    assert (path.state, path.steps[0].reason) == ("unknown", "dns.timeout")
    refused = found(f"{MX}{SECOND}. AAAA timeout", {"192.0.2.1": REFUSED, "192.0.2.2": REFUSED})["plain"]
    assert turns(refused) == [(FIRST, "closed"), (SECOND, "unknown"), (SECOND, "closed")]
    assert refused.state == "unknown"


def test_after_many_servers_it_is_not_known_how_it_ends() -> None:
    hosts = "".join(
        f"story.example. MX {n} h{n}.story.example.\n"
        + "".join(f"h{n}.story.example. A 192.0.2.{n * 8 + each}\n" for each in range(8))
        for n in range(4)
    )
    met = {f"192.0.2.{n}": REFUSED for n in range(24)}
    last = {f"192.0.2.{n}": sessions.healthy(pki.good("h3.story.example")) for n in range(24, 32)}
    path = found(hosts, {**met, **last})["plain"]
    assert (path.state, path.answer, len(path.steps)) == ("unknown", "could not test", MAX_STEPS + 1)
    assert path.steps[-1].reason == "budget"


def test_a_domain_that_takes_no_mail_has_no_paths() -> None:
    assert found("story.example. MX 0 .", {}) == {}


def test_a_domain_takes_its_mail_itself_without_mx() -> None:
    path = found("story.example. A 192.0.2.1", {"192.0.2.1": sessions.healthy(pki.good("story.example"))})["plain"]
    assert [(s.host, s.preference, s.turn) for s in path.steps] == [("story.example", None, "encrypted")]


# ---- a sender that validates DANE --------------------------------------------------------------------------------

LEAF = hashlib.sha256(pki.good(FIRST)[0]).hexdigest()
OTHER = "ab" * 32
MAIL = f"""
    story.example          MX    10 {FIRST}
    story.example          MX    20 {SECOND}
    {FIRST}  A  192.0.2.1
    {SECOND}  A  192.0.2.2
"""


def validated(
    tlsa: str,
    met: Mapping[str, SmtpSession] = GOOD,
    said: str = "",
    root_signature: str | None = ROOT_SIGNATURE,
    **ways: Any,
) -> MailPath:
    """`said`: what the resolver says otherwise than the zones. Without a signature of the root it does not validate."""
    zones = Zone(apex="."), Zone(apex="example."), Zone(apex="story.example.", text=MAIL + tlsa, **ways)
    case = Case("", "", said, internet=Internet(*zones), sessions=met, root_signature=root_signature)
    return {path.sender: path for path in paths(replayed(case, rules=()).domain.facts)}["dane"]


def of(host: str, data: str) -> str:
    return f"_25._tcp.{host} TLSA {data}\n"


@pytest.mark.parametrize(
    ("tlsa", "met", "expected", "state"),
    [
        (of(FIRST, f"3 0 1 {LEAF}"), GOOD, [(FIRST, "authenticated")], "good"),
        (of(FIRST, f"3 0 1 {OTHER}"), GOOD, [(FIRST, "unproved"), (SECOND, "encrypted")], "good"),
        (
            of(FIRST, f"3 0 1 {OTHER}") + of(SECOND, f"3 0 1 {OTHER}"),
            GOOD,
            [(FIRST, "unproved"), (SECOND, "unproved")],
            "bad",
        ),
        (of(FIRST, f"1 0 1 {OTHER}"), GOOD, [(FIRST, "encrypted")], "good"),
        (
            of(FIRST, f"3 0 1 {LEAF}"),
            {**GOOD, "192.0.2.1": CLEAR},
            [(FIRST, "unproved"), (SECOND, "encrypted")],
            "good",
        ),
        ("", GOOD, [(FIRST, "encrypted")], "good"),
    ],
)
def test_a_sender_that_validates_dane(
    tlsa: str, met: Mapping[str, SmtpSession], expected: list[tuple[str, str]], state: str
) -> None:
    path = validated(tlsa, met)
    assert (turns(path), path.state) == (expected, state)


GONE_BY = (-40 * DAYS, -10 * DAYS)


ALIAS = "alias.story.example"
ISSUED = f"_25._tcp.{FIRST} TLSA 2 0 1 {hashlib.sha256(pki.intermediate()).hexdigest()}"
ALIASED = f"""
    story.example  MX     10 {ALIAS}
    {ALIAS}  CNAME  {FIRST}
    {FIRST}  A      192.0.2.1
    {ISSUED}
"""


@pytest.mark.parametrize(
    ("named", "turn"), [(FIRST, "authenticated"), ("story.example", "authenticated"), (ALIAS, "unproved")]
)
def test_the_certificate_bears_the_name_at_which_the_tlsa_record_is_or_the_domain_s(named: str, turn: str) -> None:
    """RFC 7672 section 3.2.2: of an MX host that is an alias, the name that it leads to counts, and not its own."""
    zones = Zone(apex="."), Zone(apex="example."), Zone(apex="story.example.", text=ALIASED)
    met = {"192.0.2.1": sessions.healthy(pki.good(named))}
    case = Case("", "", "", internet=Internet(*zones), sessions=met)
    (path,) = (path for path in paths(replayed(case, rules=()).domain.facts) if path.sender == "dane")
    assert turns(path) == [(ALIAS, turn)]


def test_more_tlsa_records_than_are_read_leave_it_open() -> None:
    many = "".join(of(FIRST, f"3 0 1 {n:064x}") for n in range(dane.MAX_RECORDS))
    assert turns(validated(many)) == [(FIRST, "unproved"), (SECOND, "encrypted")]
    path = validated(many + of(FIRST, f"3 0 1 {LEAF}"))
    assert (turns(path)[0], path.steps[0].reason) == ((FIRST, "unknown"), "dnssec.too_costly")


def test_no_mail_goes_to_a_domain_whose_mx_records_fail_validation() -> None:
    path = validated("", old={"MX": GONE_BY}, root_signature=None)
    assert (turns(path), path.state, path.answer) == ([("story.example", "forged")], "bad", "not delivered")


def test_mx_records_that_the_resolver_withholds_are_forged_to_who_validates() -> None:
    """Whether others find them cannot be seen through it."""
    zones = Zone(apex="."), Zone(apex="example."), Zone(apex="story.example.", text=MAIL, old={"MX": GONE_BY})
    case = Case("", "", "story.example MX bogus", internet=Internet(*zones), sessions=GOOD)
    seen = {path.sender: path for path in paths(replayed(case, rules=()).domain.facts)}
    assert {sender: path.state for sender, path in seen.items()} == {
        "plain": "unknown",
        "mta_sts": "unknown",
        "dane": "bad",
    }
    assert turns(seen["dane"]) == [("story.example", "forged")]


def test_mx_records_that_could_not_be_asked_leave_no_path() -> None:
    assert found("story.example MX timeout", GOOD) == {}


def test_a_host_whose_tlsa_records_fail_validation_is_passed_by() -> None:
    tlsa = of(FIRST, f"3 0 1 {LEAF}")
    path = validated(tlsa, said=f"_25._tcp.{FIRST} TLSA bogus", old={"TLSA": GONE_BY})
    assert turns(path) == [(FIRST, "forged"), (SECOND, "encrypted")]


def test_a_host_whose_addresses_fail_validation_is_passed_by() -> None:
    path = validated("", old={"A": GONE_BY}, root_signature=None)
    assert (turns(path), path.answer) == ([(FIRST, "forged"), (SECOND, "forged")], "not delivered")


@pytest.mark.parametrize("rdtype", ["MX", "A", "TLSA"])
def test_what_a_validating_resolver_takes_for_good_leaves_the_way_open(rdtype: str) -> None:
    """As the rule DNSSEC-BOGUS calls it disputed, so does the path."""
    path = validated(of(FIRST, f"3 0 1 {LEAF}"), old={rdtype: GONE_BY})
    assert (path.steps[0].turn, path.steps[0].reason) == ("unknown", "dnssec.disputed")
    assert path.state == "unknown"


def test_an_soa_that_fails_validation_keeps_no_mail_back() -> None:
    assert turns(validated("", old={"SOA": GONE_BY})) == [(FIRST, "encrypted")]


def test_tlsa_records_of_an_unsigned_zone_count_for_nothing() -> None:
    path = validated(of(FIRST, f"3 0 1 {OTHER}"), signed=False)
    assert turns(path) == [(FIRST, "encrypted")]
    assert path.because.startswith("It finds no signed TLSA records")


def test_a_resolver_that_leaves_out_signatures_leaves_open_what_such_a_sender_does() -> None:
    path = found(MX, GOOD)["dane"]
    assert (path.state, path.steps[0].reason) == ("unknown", "vantage.dnssec_stripped")


def signed(said: str = "", *old: str) -> Case:
    """`old`: types of which the signatures have expired."""
    text = MAIL + of(FIRST, f"3 0 1 {LEAF}")
    leaf = Zone(apex="story.example.", text=text, old=dict.fromkeys(old, GONE_BY))
    return Case("", "", said, internet=Internet(Zone(apex="."), Zone(apex="example."), leaf), sessions=GOOD)


CASES = (
    Case("", "", MX, sessions=GOOD),
    Case("", "", MX + STS, sessions=GOOD, fetches=policy(ONE)),
    Case("", "", f"{MX}{FIRST}. AAAA 2001:db8::1", sessions={**GOOD, "192.0.2.1": CLEAR}),
    Case("", "", MX, sessions={**GOOD, "192.0.2.1": REFUSED}),
    signed(),
    signed("story.example MX bogus", "MX"),
    signed(f"_25._tcp.{FIRST} TLSA bogus", "TLSA"),
)


@pytest.mark.parametrize("case", CASES)
def test_an_observation_less_leaves_a_path_as_it_was_or_open(case: Case) -> None:
    world = World(case)
    whole = {p.sender: p.state for p in paths(replayed(case, world, rules=()).domain.facts)}
    assert whole
    for lost in [probe for probe in world.asked if "._domainkey." not in probe.key]:

        def seen(probe: Probe[Any], lost: Probe[Any] = lost) -> Any:
            return not_gathered(probe) if probe == lost else world.asked.get(probe) or not_gathered(probe)

        for path in paths(replayed(case, seen, rules=()).domain.facts):
            assert path.state in (whole[path.sender], "unknown"), (lost.key, path)
