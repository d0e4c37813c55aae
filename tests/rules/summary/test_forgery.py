"""What can be forged: the domain, names below it, names that somebody makes up. Never safe unless seen to be safe."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from audit.model.report import DomainVerdict, State
from audit.rules.summary.verdicts import verdicts
from tests.rules.test_monotone import hold_without_each
from tests.rules.world import Case, replayed

SPF = 'story.example. TXT "v=spf1 mx -all"\n'
MX = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n192.0.2.1 PTR mx.story.example.\n"
GOOD, WARNING, BAD, UNKNOWN, NONE = "good", "warning", "bad", "unknown", "not_applicable"
PROTECTED, PARTLY = (GOOD, "protected"), (WARNING, "partly protected")
MONITORING, OPEN, UNTESTED = (WARNING, "monitoring"), (BAD, "open"), (UNKNOWN, "could not test")
NO_DOMAIN = (NONE, "no domain")
RUA = "rua=mailto:d@story.example"
VOIDS = "a:v1.story.example a:v2.story.example a:v3.story.example"


def dmarc(tags: str, domain: str = "story.example") -> str:
    return f'_dmarc.{domain}. TXT "v=DMARC1; {tags}"\n'


def told(zone: str, domain: str = "story.example", subdomains: tuple[str, ...] = ()) -> dict[str, DomainVerdict]:
    found = replayed(Case("", "", zone, domain=domain, options=DomainOptions(subdomains=subdomains)))
    return {v.id: v for v in verdicts(found.findings, found.domain.facts, smtp=True, lists=True)}


def answers(zone: str, domain: str = "story.example", subdomains: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    verdict = told(zone, domain, subdomains)
    ids = ("forgery", "forgery_subdomains", "forgery_nonexistent")
    return [(str(verdict[id_].state), verdict[id_].answer) for id_ in ids]


@pytest.mark.parametrize(
    ("tags", "domain", "existing", "absent"),
    [
        (f"p=reject; {RUA}", PROTECTED, PROTECTED, PROTECTED),
        ("p=reject", PROTECTED, PROTECTED, PROTECTED),
        (f"p=quarantine; {RUA}", PROTECTED, PROTECTED, PROTECTED),
        (f"p=none; {RUA}", MONITORING, MONITORING, MONITORING),
        ("p=none", OPEN, OPEN, OPEN),
        (f"p=reject; sp=none; {RUA}", PROTECTED, MONITORING, MONITORING),
        ("p=reject; sp=none", PROTECTED, OPEN, OPEN),
        (f"p=none; sp=reject; {RUA}", MONITORING, PROTECTED, PROTECTED),
        (f"p=reject; np=none; {RUA}", PROTECTED, PROTECTED, MONITORING),
        # Those who follow RFC 7489 know no np.
        (f"p=none; np=reject; {RUA}", MONITORING, MONITORING, PARTLY),
        (f"p=reject; sp=none; np=reject; {RUA}", PROTECTED, MONITORING, PARTLY),
        # A test takes a level away (RFC 9989 section 4.7), and older receivers don't know of it.
        (f"p=reject; t=y; {RUA}", PROTECTED, PROTECTED, PROTECTED),
        (f"p=quarantine; t=y; {RUA}", MONITORING, MONITORING, MONITORING),
        # pct is for those who follow RFC 7489.
        (f"p=reject; pct=100; {RUA}", PROTECTED, PROTECTED, PROTECTED),
        (f"p=reject; pct=50; {RUA}", PARTLY, PARTLY, PARTLY),
        (f"p=quarantine; pct=0; {RUA}", PARTLY, PARTLY, PARTLY),
        # A policy that cannot be read is none where somebody is sent reports, and else no policy (section 4.10.1).
        (f"p=refuse; {RUA}", MONITORING, MONITORING, MONITORING),
        ("p=refuse", OPEN, OPEN, OPEN),
    ],
)
def test_what_a_record_protects(
    tags: str, domain: tuple[str, str], existing: tuple[str, str], absent: tuple[str, str]
) -> None:
    assert answers(SPF + MX + dmarc(tags)) == [domain, existing, absent]


WELL = SPF + MX + dmarc(f"p=reject; {RUA}")
OPEN_SPF = WELL.replace("-all", "+all")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (SPF + MX, [OPEN] * 3),
        (SPF + MX + dmarc("p=reject") + dmarc("p=none"), [OPEN] * 3),
        (SPF + MX + "_dmarc.story.example. TXT timeout", [UNTESTED] * 3),
        (SPF + MX + "_dmarc.example. TXT servfail", [UNTESTED] * 3),  # a record above might apply
        ("", [NO_DOMAIN] * 3),
        (dmarc("p=reject") + "story.example. MX 0 .", [PROTECTED] * 3),
        (OPEN_SPF, [OPEN] * 3),
        # With strict alignment what SPF passes for the domain passes for no name below it.
        (OPEN_SPF.replace("p=reject", "p=reject; aspf=s"), [OPEN, PROTECTED, PROTECTED]),
        (OPEN_SPF + "_dmarc.story.example. TXT timeout", [OPEN, UNTESTED, UNTESTED]),
        (WELL.replace("-all", "include:a.example -all") + "a.example. TXT servfail", [UNTESTED] * 3),
        # SPF that is broken harms genuine mail; it opens nothing.
        (WELL.replace("-all", "include:gone.example -all") + "gone.example. A 192.0.2.9", [PROTECTED] * 3),
        (MX + dmarc("p=reject"), [PROTECTED] * 3),
    ],
)
def test_what_else_decides(zone: str, expected: list[tuple[str, str]]) -> None:
    assert answers(zone) == expected


SOA = '"ns.nic.com. hostmaster.nic.com. 1 2 3 4 5"'
REGISTRY = f"com. SOA {SOA}\ncom. NS a.nic.com.\na.nic.com. A 192.0.2.53\n"
TAKEN = REGISTRY + "gone.com. NS ns.gone.com."
SILENT = REGISTRY + "gone.com. NS@192.0.2.53 timeout"
SIGNED = WELL + "google._domainkey.story.example. CNAME k.gone.com.\n"
SIGNED_STRICT = SIGNED.replace("p=reject", "p=reject; adkim=s")
SERVED = (
    "example SOA ns.example. h.example. 1 2 3 4 5\nexample NS ns.example.\nns.example A 192.0.2.54\n"
    "story.example. NS ns.gone.com.\nstory.example. SOA ns.gone.com. h.example. 1 2 3 4 5\n"
    f"story.example. NS@192.0.2.54 referral ns.gone.com.\n{WELL}"
)
HOSTED = SPF + MX + dmarc("p=reject; sp=reject", "example") + "_dmarc.story.example. CNAME d.gone.com.\n"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        # Whoever registers the domain that a selector leads to can sign as the domain.
        (SIGNED + REGISTRY, [OPEN] * 3),
        (SIGNED + TAKEN, [PROTECTED] * 3),
        (SIGNED + SILENT, [UNTESTED] * 3),
        (SIGNED_STRICT + REGISTRY, [OPEN, PROTECTED, PROTECTED]),
        (SIGNED_STRICT + SILENT, [UNTESTED, PROTECTED, PROTECTED]),
        (SIGNED.replace("p=reject", "p=reject; aspf=s") + REGISTRY, [OPEN] * 3),
        # Whoever registers the domain that the policy's name leads to decides on the policy.
        (HOSTED + REGISTRY, [OPEN] * 3),
        (HOSTED + TAKEN, [PARTLY] * 3),  # those that follow RFC 7489 find no record
        (HOSTED + SILENT, [UNTESTED] * 3),
        # Whoever registers the domain of a name server answers for the zone: he publishes what records he likes.
        (SERVED + REGISTRY, [OPEN] * 3),
        (SERVED.replace("p=reject", "p=reject; adkim=s; aspf=s") + REGISTRY, [OPEN] * 3),
        (SERVED + TAKEN, [PROTECTED] * 3),
        (SERVED + SILENT, [UNTESTED] * 3),
    ],
)
def test_whoever_registers_what_the_records_lead_to(zone: str, expected: list[tuple[str, str]]) -> None:
    assert answers(zone) == expected


def test_why_a_selector_opens_it() -> None:
    verdict = told(SIGNED + REGISTRY)["forgery"]
    assert "whoever registers it can sign in your name" in verdict.because
    assert verdict.rules == ("DKIM-CNAME-DANGLING",)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ("ip4:0.0.0.0/1", PARTLY),
        ("ip4:12.0.0.0/8", PARTLY),
        ("ip6:2600::/11", PARTLY),
        ("mx/8", PARTLY),
        ("ip4:12.0.0.0/9", PROTECTED),
    ],
)
def test_strangers_among_very_many(terms: str, expected: tuple[str, str]) -> None:
    assert answers(WELL.replace("mx -all", f"{terms} -all")) == [expected] * 3
    strict = WELL.replace("p=reject", "p=reject; aspf=s").replace("mx -all", f"{terms} -all")
    assert answers(strict) == [expected, PROTECTED, PROTECTED]


HALF = 'a.example. TXT "v=spf1 ip4:0.0.0.0/1"\n'
PARTS = 'a.example. TXT "v=spf1 ip4:12.128.0.0/9"\n'
NEARLY_ALL = "ip4:0.0.0.0/1 ip4:128.0.0.0/2 ip4:192.0.0.0/4 ip4:208.0.0.0/5 ip4:216.0.0.0/6"  # but for four blocks
NEARLY = f'a.example. TXT "v=spf1 {NEARLY_ALL}"\n'
AWAY = "a.example. TXT servfail\n"


@pytest.mark.parametrize(
    ("terms", "below", "expected"),
    [
        ("mx include:a.example", HALF, PARTLY),
        ("mx redirect=a.example", HALF.replace('/1"', '/1 -all"'), PARTLY),
        ("ip4:12.0.0.0/9 include:a.example", PARTS, PARTLY),  # both together
        ("mx include:a.example", NEARLY, OPEN),  # as by +all
        (NEARLY_ALL, "", OPEN),
        ("mx ?include:a.example", NEARLY, PROTECTED),
        ("-ip4:64.0.0.0/3 include:a.example", NEARLY, PARTLY),
        ("-exists:%{l}.story.example include:a.example", NEARLY, UNTESTED),  # perhaps that stops them
        ("mx include:a.example", PARTS, PROTECTED),
        ("mx ?include:a.example", HALF, PROTECTED),
        (  # receivers that stop at two void lookups do not come there, others do
            "a:v1.story.example a:v2.story.example a:v3.story.example include:a.example",
            HALF,
            PARTLY,
        ),
        ("ip4:10.0.0.0/8 ip4:127.0.0.0/8", "", PROTECTED),  # nobody on the internet is there
        ("ip4:12.0.0.0/8 include:a.example", AWAY, UNTESTED),  # there may be more: everybody
    ],
)
def test_strangers_among_those_that_an_include_lets_send(terms: str, below: str, expected: tuple[str, str]) -> None:
    zone = WELL.replace("mx -all", terms if "redirect" in terms else f"{terms} -all") + below
    assert answers(zone) == [expected] * 3
    strict = zone.replace("p=reject", "p=reject; aspf=s")
    assert answers(strict) == [expected, PROTECTED, PROTECTED]


def test_why_strangers_pass_by_an_include() -> None:
    verdict = told(WELL.replace("mx -all", "mx include:a.example -all") + HALF)["forgery"]
    assert "But many strangers pass SPF: The SPF record lets" in verdict.because
    assert verdict.because.endswith("with what it includes; very wide: include:a.example.")
    assert verdict.rules == ("SPF-CIDR-BROAD",)


STRICT = WELL.replace("p=reject", "p=reject; aspf=s")
WWW = 'www.story.example. TXT "v=spf1 {}"'
ANY = '*.story.example. TXT "v=spf1 {}"'


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (WELL + WWW.format("-all"), [PROTECTED] * 3),
        # What passes SPF as a name below the domain is aligned with the domain.
        (WELL + WWW.format("+all"), [OPEN] * 3),
        (STRICT + WWW.format("+all"), [PROTECTED, OPEN, PROTECTED]),
        (WELL + WWW.format("include:a.example -all") + f"\n{NEARLY}", [OPEN] * 3),
        (WELL + "www.story.example. TXT timeout", [UNTESTED] * 3),
        (STRICT + "www.story.example. TXT timeout", [PROTECTED, UNTESTED, PROTECTED]),
        (WELL + ANY.format("-all"), [PROTECTED] * 3),
        (WELL + ANY.format("+all") + "\nwww.story.example. A 192.0.2.3", [OPEN] * 3),
        (STRICT + ANY.format("+all") + "\nwww.story.example. A 192.0.2.3", [PROTECTED, PROTECTED, OPEN]),
    ],
)
def test_what_names_below_let_send(zone: str, expected: list[tuple[str, str]]) -> None:
    assert answers(zone, subdomains=("www",)) == expected


FREE = "mx include:gone.com -all"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        # Whoever registers what the record of a name below leads to decides who passes as that name.
        (WELL + WWW.format(FREE) + REGISTRY, [OPEN] * 3),
        (WELL + WWW.format(FREE) + TAKEN, [PROTECTED] * 3),
        (WELL + WWW.format(FREE) + SILENT, [UNTESTED] * 3),
        (STRICT + WWW.format(FREE) + REGISTRY, [PROTECTED, OPEN, PROTECTED]),
        (STRICT + WWW.format(FREE) + SILENT, [PROTECTED, UNTESTED, PROTECTED]),
        (WELL + ANY.format(FREE) + REGISTRY, [OPEN] * 3),
        (WELL + ANY.format(FREE) + SILENT, [UNTESTED] * 3),
        (STRICT + ANY.format(FREE) + "\nwww.story.example. A 192.0.2.3" + REGISTRY, [PROTECTED, PROTECTED, OPEN]),
        # So many pass that strangers are among them.
        (WELL + WWW.format("ip4:12.0.0.0/8 -all"), [PARTLY] * 3),
        (STRICT + WWW.format("ip4:12.0.0.0/8 -all"), [PROTECTED, PARTLY, PROTECTED]),
        (WELL + WWW.format("include:a.example -all") + "\n" + HALF, [PARTLY] * 3),
        (WELL + WWW.format("ip4:12.0.0.0/9 -all"), [PROTECTED] * 3),
        (WELL + ANY.format("ip4:12.0.0.0/8 -all") + "\nwww.story.example. A 192.0.2.3", [PARTLY] * 3),
        (STRICT + ANY.format("ip4:12.0.0.0/8 -all") + "\nwww.story.example. A 192.0.2.3",
         [PROTECTED, PROTECTED, PARTLY]),
    ],
)  # fmt: skip
def test_who_else_passes_as_names_below(zone: str, expected: list[tuple[str, str]]) -> None:
    assert answers(zone.replace("com. SOA", "\ncom. SOA", 1), subdomains=("www",)) == expected


def own(tags: str) -> str:
    return dmarc(tags, "www.story.example") + "www.story.example. A 192.0.2.3\n"


@pytest.mark.parametrize(
    ("zone", "existing"),
    [
        # A record of a listed name's own decides for that name; the other names below have the domain's.
        (WELL + own("p=reject"), PROTECTED),
        (WELL + own("p=none"), OPEN),
        (WELL + own(f"p=none; {RUA}"), MONITORING),
        (WELL + own("p=reject; pct=50"), PARTLY),
        (WELL.replace("p=reject", "p=none") + own("p=reject"), MONITORING),
        (WELL + "_dmarc.www.story.example. TXT timeout\n", UNTESTED),
        (WELL + own("p=reject") + own("p=none"), PROTECTED),  # two are none: the domain's decides
        # What passes SPF as the domain is aligned with a name whose record does not ask for strictness.
        (OPEN_SPF.replace("p=reject", "p=reject; aspf=s") + own("p=reject; aspf=s"), PROTECTED),
        (OPEN_SPF.replace("p=reject", "p=reject; aspf=s") + own("p=reject"), OPEN),
        (OPEN_SPF + own("p=reject; aspf=s"), OPEN),  # names below without a record of their own are open
        (STRICT.replace("mx -all", "ip4:12.0.0.0/8 -all") + own("p=reject"), PARTLY),
        (STRICT + own("p=reject") + ANY.format("+all"), OPEN),
        (SIGNED_STRICT + own("p=reject") + REGISTRY, OPEN),
        (SIGNED_STRICT + own("p=reject; adkim=s") + REGISTRY, PROTECTED),
    ],
)
def test_what_a_record_of_a_listed_name_decides(zone: str, existing: tuple[str, str]) -> None:
    assert answers(zone, subdomains=("www",))[1] == existing


def test_why_a_record_of_a_listed_name_decides() -> None:
    verdict = {v: told(WELL + own("p=none"), subdomains=("www",))[v] for v in ("forgery", "forgery_subdomains")}
    assert verdict["forgery"].answer == "protected"
    asked = "The DMARC record of www.story.example asks receivers to do nothing about forged mail (p decides)"
    assert verdict["forgery_subdomains"].because == f"{asked}, and nobody is sent reports."
    assert verdict["forgery_subdomains"].rules == ()


ABOVE = SPF + MX + dmarc(f"p=reject; sp=none; {RUA}") + "sub.story.example. A 192.0.2.3\n"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (ABOVE, [MONITORING] * 3),  # what the organization says of subdomains
        (ABOVE.replace("sp=none", "sp=quarantine"), [PROTECTED] * 3),
        # A record of its own decides for the name alone; for names below it, the organization's does.
        (ABOVE + dmarc("p=reject", "sub.story.example"), [PROTECTED, MONITORING, MONITORING]),
        (
            ABOVE.replace("sp=none; ", "") + dmarc("p=none; sp=reject", "sub.story.example"),
            [OPEN, PROTECTED, PROTECTED],
        ),
        (ABOVE.replace(RUA, "") + dmarc(f"p=none; {RUA}", "sub.story.example"), [MONITORING, OPEN, OPEN]),
    ],
)
def test_a_domain_below_another(zone: str, expected: list[tuple[str, str]]) -> None:
    assert answers(zone, "sub.story.example") == expected


OWN = 'sub.story.example. TXT "v=spf1 -all"\n' + dmarc(f"p=reject; sp=reject; {RUA}", "sub.story.example")
TOP = OPEN_SPF + OWN


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (WELL + OWN, [PROTECTED] * 3),
        # Relaxed alignment: what SPF passes for the organization passes for each name of it.
        (TOP, [OPEN] * 3),
        (TOP.replace("sp=reject", "aspf=s; sp=reject"), [PROTECTED, OPEN, OPEN]),
        (OPEN_SPF.replace("p=reject", "p=reject; aspf=s") + OWN, [OPEN, PROTECTED, PROTECTED]),
        (TOP.replace("sp=reject", "psd=n; sp=reject"), [PROTECTED] * 3),  # an organization of its own
        (TOP.replace("mx +all", "include:a.example -all") + "a.example. TXT servfail", [UNTESTED] * 3),
        (TOP.replace(SPF.replace("-all", "+all"), "story.example. TXT timeout\n"), [UNTESTED] * 3),
        (TOP.replace(SPF.replace("-all", "+all"), ""), [PROTECTED] * 3),
        (TOP + "_dmarc.example. TXT servfail", [UNTESTED] * 3),
        # Anybody passes, whatever is asked for; as where the domain's own record lets everybody send.
        (TOP.replace("p=reject; sp=reject", "p=none"), [OPEN] * 3),
        (TOP.replace("p=reject; sp=reject", "aspf=s; p=none"), [MONITORING, OPEN, OPEN]),
        (TOP.replace("mx +all", "ip4:12.0.0.0/8 -all"), [PARTLY] * 3),
        (TOP.replace("mx +all", "include:a.example -all") + HALF, [PARTLY] * 3),
        (TOP.replace("mx +all", "include:a.example -all") + NEARLY, [OPEN] * 3),
        (TOP.replace("mx +all", "ip4:12.0.0.0/8 -all").replace("sp=reject", "aspf=s; sp=reject"),
         [PROTECTED, PARTLY, PARTLY]),
        (TOP.replace("mx +all", FREE) + REGISTRY, [OPEN] * 3),
        (TOP.replace("mx +all", FREE) + TAKEN, [PROTECTED] * 3),
        (TOP.replace("mx +all", FREE) + SILENT, [UNTESTED] * 3),
        (TOP.replace("mx +all", FREE).replace("sp=reject", "aspf=s; sp=reject") + REGISTRY, [PROTECTED, OPEN, OPEN]),
        # Receivers that put no limit to void lookups come behind them.
        (TOP.replace("mx +all", f"{VOIDS} +all"), [PARTLY] * 3),
        (TOP.replace("mx +all", f"{VOIDS} +all").replace("sp=reject", "aspf=s; sp=reject"),
         [PROTECTED, PARTLY, PARTLY]),
        (TOP.replace("mx +all", f"{VOIDS} mx -all"), [PROTECTED] * 3),
        (TOP.replace("mx +all", f"{VOIDS} include:a.example -all") + "a.example. TXT servfail\n", [UNTESTED] * 3),
        # The graver of the two.
        (TOP.replace('"v=spf1 -all"', '"v=spf1 ip4:12.0.0.0/8 -all"'), [OPEN] * 3),
        (TOP.replace('"v=spf1 -all"', '"v=spf1 ip4:12.0.0.0/8 -all"').replace("mx +all", FREE) + SILENT,
         [UNTESTED] * 3),
    ],
)  # fmt: skip
def test_what_the_organization_lets_send(zone: str, expected: list[tuple[str, str]]) -> None:
    assert answers(zone, "sub.story.example") == expected


def test_why_the_organization_opens_it() -> None:
    aligned = "and what passes there is aligned (aspf=r)."
    because = told(TOP, "sub.story.example")["forgery"].because
    assert because == f"The SPF record of story.example lets everybody send, {aligned}"
    because = told(TOP.replace("mx +all", FREE) + REGISTRY, "sub.story.example")["forgery"].because
    assert because == f"Anybody can register gone.com, and then send as story.example, {aligned}"
    because = told(TOP.replace("mx +all", "ip4:12.0.0.0/8 -all"), "sub.story.example")["forgery"].because
    assert because.endswith(
        f"many strangers pass SPF: The SPF record of story.example lets 16777216 IPv4 addresses send, {aligned}"
    )
    patient = told(TOP.replace("mx +all", f"{VOIDS} ip4:12.0.0.0/8 -all"), "sub.story.example")["forgery"].because
    assert patient.endswith(
        "Receivers that do not stop at two void lookups (RFC 7208 section 4.6.4: they should) let 16777216 IPv4"
        f" addresses send as story.example, {aligned}"
    )


@pytest.mark.parametrize(
    ("zone", "id_", "because", "rules"),
    [
        (WELL, "forgery", "The DMARC record of story.example asks receivers to reject forged mail.", ()),
        (
            WELL.replace("mx -all", "a:v1.story.example a:v2.story.example a:v3.story.example mx -all"),
            "forgery",
            (
                "The DMARC record of story.example asks receivers to reject forged mail. Genuine mail may suffer, too:"
                " 3 terms of the SPF record find nothing for every sender; receivers stop after 2:"
                " a:v1.story.example (story.example), a:v2.story.example (story.example),"
                " a:v3.story.example (story.example)."
            ),
            ("SPF-VOID",),
        ),
        (
            MX + dmarc("p=quarantine"),
            "forgery",
            (
                "The DMARC record of story.example asks receivers to quarantine forged mail."
                " Genuine mail may suffer, too: DMARC asks receivers to act on mail that fails as story.example,"
                " which has neither SPF nor a usable DKIM key."
            ),
            ("DMARC-NO-AUTH", "SPF-MISSING"),
        ),
        (
            SPF + MX + dmarc("p=none"),
            "forgery",
            (
                "The DMARC record of story.example asks receivers to do nothing about forged mail (p decides),"
                " and nobody is sent reports."
            ),
            ("DMARC-P-NONE", "DMARC-RUA-MISSING"),
        ),
        (
            SPF + MX + dmarc(f"p=reject; sp=none; {RUA}"),
            "forgery_subdomains",
            (
                "The DMARC record of story.example asks receivers to do nothing about forged mail (sp decides),"
                " but to report it: it is delivered all the same."
            ),
            ("DMARC-SP-WEAK",),
        ),
        (
            SPF + MX + dmarc(f"p=reject; pct=50; {RUA}"),
            "forgery_nonexistent",
            (
                "The DMARC record of story.example asks receivers to reject forged mail; those that still follow"
                " RFC 7489 are asked for reject for 50 % of the mail, quarantine for the rest."
            ),
            ("DMARC-PCT",),
        ),
        (SPF + MX, "forgery", "No DMARC record applies, so nobody is asked to stop forged mail.", ("DMARC-MISSING",)),
        (
            SPF + MX + dmarc("p=refuse"),
            "forgery_subdomains",
            "The DMARC record of story.example holds no policy that receivers can use.",
            None,
        ),
        (
            SPF + MX + "_dmarc.story.example. TXT timeout",
            "forgery_subdomains",
            "What this needs could not be asked (dns.timeout).",
            None,
        ),
    ],
)
def test_why(zone: str, id_: str, because: str, rules: tuple[str, ...] | None) -> None:
    verdict = told(zone)[id_]
    assert verdict.because == because
    assert rules in (verdict.rules, None)


def test_what_spf_leaves_untold_is_not_called_safe() -> None:
    verdict = told(WELL.replace("-all", "include:a.example -all") + "a.example. TXT servfail")["forgery"]
    assert verdict.state is State.UNKNOWN
    assert verdict.because.endswith("whether SPF lets everybody send could not be told.")
    assert "SPF-ALL-PASS" in verdict.rules


@pytest.mark.parametrize(
    ("term", "there", "expected"),
    [
        ("exists:%{i}._spf.mta.a.example", "", PROTECTED),
        ("exists:%{i}._spf.mta.a.example", "192.0.2.7._spf.mta.a.example A 127.0.0.2", PROTECTED),
        ("exists:%{i}._spf.mta.a.example", "*._spf.mta.a.example A 127.0.0.2", OPEN),
        ("exists:%{i}._spf.mta.a.example", "*.a.example ANY servfail", UNTESTED),
        ("include:%{ir}.%{v}.%{d}.spf.has.a.example", '*.spf.has.a.example TXT "v=spf1 -all"', PROTECTED),
        ("include:%{ir}.%{v}.%{d}.spf.has.a.example", '*.spf.has.a.example TXT "v=spf1 +all"', OPEN),
        ("include:%{ir}.%{v}.%{d}.spf.has.a.example", "*.a.example ANY servfail", UNTESTED),
        ("exists:%{l}._spf.a.example", "", UNTESTED),
    ],
)
def test_names_that_are_made_of_the_client(term: str, there: str, expected: tuple[str, str]) -> None:
    assert answers(WELL.replace("-all", f"{term} -all") + there)[0] == expected


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (f"{VOIDS} +all", PARTLY),
        (f"{VOIDS} ip4:0.0.0.0/1 -all", PARTLY),
        (f"{VOIDS} include:a.example -all", UNTESTED),
        (f"{VOIDS} mx -all", PROTECTED),
        ("a:v1.story.example a:v2.story.example +all", OPEN),
        ("include:gone.story.example +all", PROTECTED),  # a permerror for all receivers
    ],
)
def test_receivers_that_put_no_limit_to_void_lookups(terms: str, expected: tuple[str, str]) -> None:
    assert answers(WELL.replace("mx -all", terms) + "a.example. TXT servfail")[0] == expected


def test_why_void_lookups_hold_off_some_only() -> None:
    because = told(WELL.replace("mx -all", f"{VOIDS} ip4:12.0.0.0/8 -all"))["forgery"].because
    assert because.endswith("(RFC 7208 section 4.6.4: they should) let 16777216 IPv4 addresses send.")


LISTED = DomainOptions(subdomains=("www",))


@pytest.mark.parametrize(
    "case",
    [
        Case("", "", WELL + own("p=none"), options=LISTED),
        Case("", "", STRICT + own("p=reject") + ANY.format("+all"), options=LISTED),
        Case("", "", WELL + ANY.format(FREE) + "\n" + REGISTRY, options=LISTED),
        Case("", "", TOP.replace("mx +all", "include:a.example -all") + HALF, domain="sub.story.example"),
        Case("", "", WELL.replace("mx -all", "ip4:12.0.0.0/9 include:a.example -all") + PARTS),
        Case("", "", SERVED + REGISTRY),
        Case("", "", WELL.replace("mx -all", f"{VOIDS} include:a.example -all") + HALF),
        Case("", "", TOP.replace("mx +all", f"{VOIDS} include:a.example -all") + HALF, domain="sub.story.example"),
    ],
)
def test_an_observation_less_makes_nothing_safer(case: Case) -> None:
    hold_without_each(case)
