"""Denials, by the examples of RFC 5155 appendix B and RFC 4035 appendix B, and by what they do not prove."""

from __future__ import annotations

import dns.rdata
import dns.rdatatype
import pytest

from audit.syntax.dnssec.denial import MAX_DEPTH, MAX_ITERATIONS, Denials, Denied
from audit.syntax.dnssec.records import name

APEX = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example", "2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG"
NS1 = "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example", "2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG"
A = "35mthgpgcu1qg68fab165klnsnk3dpvl.example", "b4um86eghhds6nea196smvmlo4ors995 NS DS RRSIG"
X_W = "b4um86eghhds6nea196smvmlo4ors995.example", "gjeqe526plbf1g8mklp59enfd789njgi MX RRSIG"
W = "k8udemvp1j2f7eg6jebps17vp3n8i58h.example", "kohar7mbb8dc2ce8a9qvl8hon4k53uhi"
Y_W = "q04jkcevqvmu85r014c7dkba38o0ji5r.example", "r53bq7cc2uvmubfu5ocmm6pers9tk9en A RRSIG"
WILD_W = "r53bq7cc2uvmubfu5ocmm6pers9tk9en.example", "t644ebqk9bibcna874givr6joj62mlhv MX RRSIG"


def hashed(*records: tuple[str, str], flags: int = 1, iterations: int = 12, algorithm: int = 1) -> Denials:
    texts = [(o, "NSEC3", f"{algorithm} {flags} {iterations} aabbccdd {rest}") for o, rest in records]
    return denials("example", *texts)


def plain(*records: tuple[str, str]) -> Denials:
    return denials("example", *((o, "NSEC", rest) for o, rest in records))


def denials(zone: str, *records: tuple[str, str, str]) -> Denials:
    return Denials.of(
        name(zone),
        [(name(o), dns.rdata.from_text("IN", t, data, dns.name.root, relativize=False)) for o, t, data in records],
    )


@pytest.mark.parametrize(
    ("held", "of", "expected"),
    [
        (hashed(APEX, X_W, A), "c.x.w.example", Denied.OPT_OUT),  # B.1; its chain has opt-out throughout
        (hashed(APEX, X_W, A, flags=0), "c.x.w.example", Denied.NAME),
        (hashed(X_W, A, flags=0), "c.x.w.example", Denied.NOTHING),  # the next closer name is not covered
        (hashed(APEX, A, flags=0), "c.x.w.example", Denied.NOTHING),  # no closest encloser
        (hashed(APEX, X_W, flags=0), "c.x.w.example", Denied.NOTHING),  # the wildcard is not covered
        (hashed(APEX, X_W, A, flags=2), "c.x.w.example", Denied.NOTHING),  # flags that nobody knows
        (hashed(APEX, X_W, A, flags=0, algorithm=2), "c.x.w.example", Denied.NOTHING),
        (hashed(APEX, X_W, A, iterations=MAX_ITERATIONS + 1), "c.x.w.example", Denied.ITERATIONS),
        (hashed(APEX, flags=0), "a." * MAX_DEPTH + "x.example", Denied.TOO_DEEP),
        (hashed(APEX, NS1, flags=0), "ns1.example", Denied.NOTHING),  # it is there
        (plain(("b.example", "ns1.example NS RRSIG NSEC"), ("example", "a.example NS SOA")), "ml.example", Denied.NAME),
        (plain(("b.example", "ns1.example NS RRSIG NSEC")), "ml.example", Denied.NOTHING),  # nor the wildcard
        (
            plain(("b.example", "ns1.example NS RRSIG NSEC"), ("example", "a.example SOA")),
            "x.b.example",
            Denied.NOTHING,
        ),
        (plain(("b.example", "ns1.example DNAME"), ("example", "a.example SOA")), "x.b.example", Denied.NOTHING),
        (plain(("xx.example", "example A"), ("example", "a.example SOA")), "zz.example", Denied.NAME),  # the last
        (plain(("xx.example", "example A")), "zz.other", Denied.NOTHING),
        (plain(("ns1.example", "a.w.example A"), ("example", "a.example SOA")), "w.example", Denied.NOTHING),  # ENT
        (plain(("a.example", "z.example A")), "a.example", Denied.NOTHING),
        (plain(), "a.example", Denied.NOTHING),
        (plain(("a.example", "\\000.a.example RRSIG NSEC TYPE128")), "a.example", Denied.NAME),  # RFC 9824
        (plain(("a.example", "\\000.a.example RRSIG NSEC")), "a.example", Denied.NOTHING),
        (plain(("a.example", "\\000.a.example NS RRSIG NSEC TYPE128")), "b.a.example", Denied.NOTHING),
        (hashed((NS1[0], f"{NS1[1].split()[0]} TYPE128"), flags=0), "ns1.example", Denied.NAME),
    ],
)
def test_a_missing_name(held: Denials, of: str, expected: Denied) -> None:
    assert held.name_at(name(of)) is expected


@pytest.mark.parametrize(
    ("held", "of", "rdtype", "expected"),
    [
        (hashed(NS1), "ns1.example", "MX", Denied.TYPE),  # B.2
        (hashed(NS1), "ns1.example", "A", Denied.NOTHING),
        (hashed(APEX, A), "c.example", "DS", Denied.OPT_OUT),  # B.3
        (hashed(W), "w.example", "A", Denied.TYPE),  # an empty non-terminal
        (hashed(W, Y_W, WILD_W, flags=0), "a.z.w.example", "AAAA", Denied.TYPE),  # B.5
        (hashed(W, Y_W, WILD_W, flags=0), "a.z.w.example", "MX", Denied.NOTHING),  # the wildcard has it
        (hashed(W, WILD_W, flags=0), "a.z.w.example", "AAAA", Denied.NOTHING),
        (hashed(APEX), "example", "DS", Denied.NOTHING),  # B.6: that of the child says nothing of its DS
        (hashed(A), "a.example", "MX", Denied.NOTHING),  # a delegation, of which only the DS could be denied
        (hashed(A), "a.example", "DS", Denied.NOTHING),
        (plain(("b.example", "ns1.example NS RRSIG NSEC")), "b.example", "DS", Denied.DELEGATION),
        (plain(("b.example", "ns1.example NS RRSIG NSEC")), "b.example", "MX", Denied.NOTHING),
        (plain(("ns1.example", "ns2.example A RRSIG NSEC")), "ns1.example", "MX", Denied.TYPE),
        (plain(("ns1.example", "ns2.example A RRSIG NSEC")), "ns1.example", "DS", Denied.TYPE),
        (plain(("ns1.example", "ns2.example CNAME RRSIG NSEC")), "ns1.example", "MX", Denied.NOTHING),
        (plain(("ns2.example", "*.w.example A RRSIG NSEC")), "w.example", "A", Denied.TYPE),
        (
            plain(("x.y.w.example", "xx.example MX"), ("*.w.example", "x.w.example MX")),
            "a.z.w.example",
            "AAAA",
            Denied.TYPE,
        ),
        (
            plain(("x.y.w.example", "xx.example MX"), ("*.w.example", "x.w.example MX")),
            "a.z.w.example",
            "MX",
            Denied.NOTHING,
        ),
        (
            plain(("x.y.w.example", "xx.example MX"), ("*.example", "a.example MX")),
            "a.z.w.example",
            "A",
            Denied.NOTHING,
        ),
        (plain(("b.example", "d.example A")), "c.example", "DS", Denied.NAME),  # no zone begins there
    ],
)
def test_a_missing_type(held: Denials, of: str, rdtype: str, expected: Denied) -> None:
    assert held.type_at(name(of), rdtype) is expected


@pytest.mark.parametrize(
    ("held", "of", "labels", "expected"),
    [
        (hashed(Y_W), "a.z.w.example", 2, Denied.OPT_OUT),  # B.4
        (hashed(Y_W, flags=0), "a.z.w.example", 2, Denied.NAME),
        (hashed(X_W, flags=0), "a.z.w.example", 2, Denied.NOTHING),
        (plain(("x.y.w.example", "xx.example MX")), "a.z.w.example", 2, Denied.NAME),  # RFC 4035 B.6
        (plain(("x.y.w.example", "xx.example MX")), "a.y.w.example", 2, Denied.NOTHING),  # y.w.example is there
        (plain(("b.w.example", "a.z.w.example MX")), "b.z.w.example", 2, Denied.NOTHING),  # as a non-terminal
    ],
)
def test_nothing_closer_than_a_wildcard(held: Denials, of: str, labels: int, expected: Denied) -> None:
    assert held.closer_than(name(of), labels) is expected


def test_records_of_other_zones_count_for_nothing() -> None:
    foreign = (f"{APEX[0]}.sub.example", "NSEC3", f"1 0 12 aabbccdd {APEX[1]}")
    assert denials("example", foreign).hashed == ()
