"""What stands beside an SPF record, what it could begin with, and names of it that anybody can have."""

from __future__ import annotations

import pytest

from audit.catalog.providers import load_providers
from audit.model.evidence import DomainOptions
from audit.model.fact import Known, Unknown
from audit.model.subject import Domain, Subdomain
from audit.protocol.spf.abandoned import spf_abandoned
from audit.protocol.spf.beside import SpfExplanation, spf_explanation, spf_typed
from audit.protocol.spf.draft import spf_draft
from audit.protocol.spf.subdomains import MAX_SUBDOMAINS, subdomain_mail, subdomains
from tests.protocol.spf.test_tree import zone
from tests.protocol.walking import found, value

HERE = Domain("a.example")
COM = """
    com        SOA "ns.nic.com. hostmaster.nic.com. 1 2 3 4 5"
    com        NS  a.nic.com.
    a.nic.com  A   198.51.100.53
    b.com      NS  ns.b.example.
"""


@pytest.mark.parametrize(
    ("terms", "options", "text"),
    [
        ("a.example MX 10 mx.a.example.", {}, "v=spf1 mx ~all"),
        ("a.example MX 10 smtp.google.com.", {}, "v=spf1 include:_spf.google.com ~all"),
        (
            "a.example MX 10 smtp.google.com.\na.example MX 20 mx.a.example.",
            {},
            "v=spf1 mx include:_spf.google.com ~all",
        ),
        ("a.example A 192.0.2.1", {}, "v=spf1 a ~all"),
        ("a.example MX 0 .", {}, "v=spf1 -all"),
        ("a.example TXT x", {}, "v=spf1 -all"),
        ("a.example MX 10 mx.a.example.", {"parked": True}, "v=spf1 -all"),
        (
            "a.example MX 0 .",
            {"sending_ips": ("192.0.2.1", "2001:db8::1")},
            "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ~all",
        ),
    ],
)
def test_a_first_record(terms: str, options: dict[str, object], text: str) -> None:
    given = DomainOptions(**options)  # type: ignore[arg-type]
    assert value(spf_draft(HERE, given, load_providers()), terms).text == Known(text)


def test_who_has_keys_sends_though_nothing_tells_how() -> None:
    draft = value(spf_draft(HERE, DomainOptions(selectors=("s1",)), load_providers()), "a.example MX 0 .")
    assert (draft.text, draft.senders) == (Known(None), Known(()))


def test_a_web_server_is_a_guess() -> None:
    draft = value(spf_draft(HERE, DomainOptions(sending_ips=("192.0.2.9",)), load_providers()), "a.example A 192.0.2.1")
    assert (draft.text, draft.senders) == (Known("v=spf1 ip4:192.0.2.9 a ~all"), Known(("ip4:192.0.2.9",)))


def test_no_first_record_without_knowing_the_hosts() -> None:
    draft = value(spf_draft(HERE, DomainOptions(), load_providers()), "a.example MX timeout")
    assert isinstance(draft.text, Unknown)


@pytest.mark.parametrize(
    ("text", "explanation"),
    [
        (zone(a="-all"), SpfExplanation(None, ())),
        (zone(a="-all exp=w.%{d}") + "\nw.a.example TXT because", SpfExplanation("w.a.example", ("because",))),
        (zone(a="-all exp=W.B.Example") + "\nw.b.example TXT because", SpfExplanation("w.b.example", ("because",))),
        (zone(a="-all exp=w.%{o}"), SpfExplanation("w.a.example", ())),
        ("a.example TXT x", SpfExplanation(None, ())),
    ],
)
def test_an_explanation(text: str, explanation: SpfExplanation) -> None:
    assert value(spf_explanation(HERE), text) == explanation


def test_an_explanation_that_only_a_mail_leads_to_is_not_known() -> None:
    assert found(spf_explanation(HERE), zone(a="-all exp=%{i}.b.example"))[0] == Unknown("spf.macro")


def test_records_of_the_old_type() -> None:
    assert value(spf_typed(HERE), 'a.example SPF "v=spf1 -all"').found == ('"v=spf1 -all"',)
    assert value(spf_typed(HERE), "a.example A 192.0.2.1").found == ()


@pytest.mark.parametrize(
    ("terms", "names"),
    [
        ("include:_spf.gone.com -all", ("_spf.gone.com",)),
        ("include:one.gone.com include:two.gone.com -all", ("one.gone.com",)),  # one domain
        ("include:_spf.b.com -all", ()),
        ("a:gone.com mx:gone.org -all", ("gone.com",)),
        ("include:x.a.example -all", ()),
        ("-all include:gone.com", ()),
    ],
)
def test_names_that_anybody_can_register(terms: str, names: tuple[str, ...]) -> None:
    assert value(spf_abandoned(HERE), zone(a=terms) + COM).names == names


def test_nobody_asks_a_registry_about_names_that_exist() -> None:
    _, asked = found(spf_abandoned(HERE), zone(a="include:b.example -all", b="-all") + COM)
    assert asked == ("a.example TXT", "b.example TXT")


def test_names_below_a_domain() -> None:
    options = DomainOptions(subdomains=("www", "mail.a.example", "www.a.example", "a.example", "bücher", "a b"))
    names = ("www.a.example", "mail.a.example", "xn--bcher-kva.a.example")
    assert subdomains(HERE, options).known == tuple(map(Subdomain, names))
    many = subdomains(HERE, DomainOptions(subdomains=tuple(f"n{n}" for n in range(9))))
    assert len(many.known) == MAX_SUBDOMAINS
    assert many.hole == Unknown("budget")


@pytest.mark.parametrize(
    ("text", "mx", "address"),
    [
        ("w.a.example A 192.0.2.1", False, True),
        ("w.a.example MX 10 mx.b.example.", True, False),
        ("w.a.example MX 0 .", False, False),
        ("w.a.example TXT x", False, False),
    ],
)
def test_what_a_name_shows_of_mail(text: str, mx: bool, address: bool) -> None:
    seen = value(subdomain_mail(Subdomain("w.a.example")), text)
    assert (seen.mx, seen.address, seen.spf) == (Known(mx), Known(address), ())


@pytest.mark.parametrize(
    ("sender", "text"),
    [
        ("192.0.2.1", "v=spf1 mx ~all"),
        ("2001:db8::1", "v=spf1 mx ~all"),
        ("192.0.2.2", "v=spf1 ip4:192.0.2.2 mx ~all"),
        ("192.0.2.7", "v=spf1 ip4:192.0.2.7 mx ~all"),  # of a host that did not answer, nothing is known
    ],
)
def test_a_draft_names_nobody_twice(sender: str, text: str) -> None:
    zone = "a.example MX 10 m.a.example.\na.example MX 20 n.a.example.\nn.a.example ANY timeout\n"
    zone += "m.a.example A 192.0.2.1\nm.a.example AAAA 2001:db8::1"
    draft = value(spf_draft(HERE, DomainOptions(sending_ips=(sender,)), load_providers()), zone)
    assert draft.text == Known(text)
    assert draft.configured == (f"ip{6 if ':' in sender else 4}:{sender}",)
