"""Planned records: three forms of file come to the same records, and what cannot be read is told by line and column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.model.migration import PlannedRecord
from audit.syntax.planned import MAX_OCTETS, Form, PlannedFault, read_planned

DOMAIN = "story.example"
ZONE = r"""
$TTL 1h
@       IN SOA ns1 hostmaster 1 7200 3600 1209600 300
        IN NS  ns1.story.example.
@   300 IN MX  10 MX.New.example.
        TXT    "v=spf1 include:_spf.new.example" " -all"
_dmarc  TXT    ( "v=DMARC1; "     ; a remark
                 "p=none" )
autodiscover CNAME autodiscover.new.example.
$ORIGIN sub.story.example.
www 60  AAAA   2001:DB8::1
www     RRSIG  A 13 3 3600 20261201000000 20261124000000 1 story.example. AAAA
"""
YAML = r"""
---
'':
- type: SOA
  value: ns1.story.example. hostmaster.story.example. 1 7200 3600 1209600 300
- type: NS
  value: ns1.story.example.
- {type: MX, ttl: 300, values: [{exchange: MX.New.example., preference: 10}]}
- type: TXT
  ttl: 300
  value: '"v=spf1 include:_spf.new.example" " -all"'
_dmarc: {type: TXT, ttl: 300, value: 'v=DMARC1\; p=none'}
autodiscover: {type: CNAME, ttl: 300, value: autodiscover.new.example.}
www.sub:
  type: AAAA
  ttl: 60
  values:
  - 2001:DB8::1
"""
LINES = """
# name ttl type value
Story.example          300 MX    10 MX.New.example
story.example          300 TXT   "v=spf1 include:_spf.new.example -all"
_dmarc.story.example   300 txt   "v=DMARC1; p=none"
- old.story.example CNAME
"""
DATA = f"certificate_association_data: {'AB' * 32}"
TLSA = f"3 1 1 {'ab' * 32}"


def record(name: str, rdtype: str, value: str, ttl: int = 300) -> PlannedRecord:
    return PlannedRecord(name=name, ttl=ttl, type=rdtype, value=value)


def test_a_zone_file_is_read_as_bind_reads_it() -> None:
    read = read_planned(ZONE.encode(), DOMAIN)
    assert read.records == (
        record(DOMAIN, "SOA", "ns1.story.example. hostmaster.story.example. 1 7200 3600 1209600 300", 3600),
        record(DOMAIN, "NS", "ns1.story.example.", 3600),
        record(DOMAIN, "MX", "10 mx.new.example."),
        record(DOMAIN, "TXT", '"v=spf1 include:_spf.new.example" " -all"', 3600),
        record("_dmarc.story.example", "TXT", '"v=DMARC1; " "p=none"', 3600),
        record("autodiscover.story.example", "CNAME", "autodiscover.new.example.", 3600),
        record("www.sub.story.example", "AAAA", "2001:db8::1", 60),
    )
    assert read.whole
    assert read.unjudged == 1


def test_a_time_to_live_is_that_of_the_record_before_where_nothing_else_is_said() -> None:
    read = read_planned(b"a 60 A 192.0.2.1\nb A 192.0.2.2\nc 5 IN A 192.0.2.3\n", DOMAIN)
    assert [r.ttl for r in read.records] == [60, 60, 5]
    assert not read.whole


def test_an_octodns_file_comes_to_the_same_records() -> None:
    read = read_planned(YAML.encode(), DOMAIN, name="story.example.yaml")
    assert {(r.name, r.type) for r in read.records} == {
        (r.name, r.type) for r in read_planned(ZONE.encode(), DOMAIN).records
    }
    assert record(DOMAIN, "MX", "10 mx.new.example.") in read.records
    assert record(DOMAIN, "TXT", '"v=spf1 include:_spf.new.example -all"') in read.records
    assert record("_dmarc.story.example", "TXT", '"v=DMARC1; p=none"') in read.records
    assert read.whole


def test_lines_name_what_changes_and_what_goes() -> None:
    read = read_planned(LINES.encode(), DOMAIN)
    assert read.records == (
        record(DOMAIN, "MX", "10 mx.new.example."),
        record(DOMAIN, "TXT", '"v=spf1 include:_spf.new.example -all"'),
        record("_dmarc.story.example", "TXT", '"v=DMARC1; p=none"'),
    )
    assert read.removed == (("old.story.example", "CNAME"),)
    assert not read.whole


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("whole", [True, False])
def test_what_the_caller_says_of_the_file_counts(form: Form, *, whole: bool) -> None:
    text = {Form.ZONE: ZONE, Form.OCTODNS: YAML, Form.LINES: LINES}[form]
    assert read_planned(text.encode(), DOMAIN, form=form, whole=whole).whole is whole


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ("SRV, value: {priority: 0, weight: 1, port: 993, target: imap.new.example.}", "0 1 993 imap.new.example."),
        ("CAA, value: {tag: issue, value: ca.example}", '0 issue "ca.example"'),
        (
            f"TLSA, value: {{certificate_usage: 3, selector: 1, matching_type: 1, {DATA}}}",
            TLSA,
        ),
        ("MX, value: {priority: 5, value: mx.new.example.}", "5 mx.new.example."),
        ("A, value: 192.0.2.1", "192.0.2.1"),
        (f"TXT, value: '{'x' * 300}'", f'"{"x" * 255}" "{"x" * 45}"'),
    ],
)
def test_the_values_of_octodns(fields: str, value: str) -> None:
    read = read_planned(f"a: {{type: {fields}}}".encode(), DOMAIN, form=Form.OCTODNS)
    assert [(r.name, r.value, r.ttl) for r in read.records] == [("a.story.example", value, 3600)]


def test_the_addresses_that_a_provider_makes_up_are_not_known() -> None:
    text = b"'': [{type: ALIAS, value: web.example.}, {type: MX, value: {preference: 1, exchange: a.example.}}]"
    read = read_planned(text, DOMAIN, form=Form.OCTODNS)
    assert read.opaque == (DOMAIN,)
    assert [r.type for r in read.records] == ["MX"]


FAULTS = [  # the form, the text, line and column, and what is said
    (Form.ZONE, "$INCLUDE /etc/passwd\n", 1, 1, "$INCLUDE is not read"),
    (Form.ZONE, "a A 192.0.2.1\n$GENERATE 1-9 h$ A 192.0.2.$\n", 2, 1, "$GENERATE is not read"),
    (Form.ZONE, "$INCLUDER x\n", 1, 1, "no directive"),
    (Form.ZONE, "a 300 IN A 192.0.2.1\nb 300 IN A 192.0.2.999\n", 2, 10, "the data of this A record"),
    (Form.ZONE, "a 300 IN MX ten mx.new.example.\n", 1, 10, "the data of this MX record"),
    (Form.ZONE, "a 300 IN NONSENSE x\n", 1, 10, "no type of record"),
    (Form.ZONE, "a 300 IN ANY x\n", 1, 10, "class IN"),
    (Form.ZONE, "a 300 IN AXFR x\n", 1, 10, "a zone holds no record of type AXFR"),
    (Form.ZONE, "a 300 CH TXT x\n", 1, 7, "class IN"),
    (Form.ZONE, "mail.other.example. 300 A 192.0.2.1\n", 1, 1, "does not lie in the zone story.example"),
    (Form.ZONE, "  300 A 192.0.2.1\n", 1, 3, "no name before it"),
    (Form.ZONE, "a 300 IN\n", 1, 7, "no type"),
    (Form.ZONE, 'a TXT "open\n', 1, 3, "TXT"),
    (Form.ZONE, f"a TXT {'x ' * 40_000}\n", 1, 3, "longer than 65535 octets"),
    (Form.ZONE, "a CNAME b\na TXT c\n", 1, 1, "cannot hold a CNAME beside TXT"),
    (Form.ZONE, "a CNAME b\na CNAME c\n", 1, 1, "cannot hold a CNAME beside a second one"),
    (Form.ZONE, "", 1, 1, "no record"),
    (Form.LINES, "other.example 300 A 192.0.2.1\n", 1, 1, "does not lie in the zone"),
    (Form.LINES, "story.example 300 A\n", 1, 1, "has 3 words"),
    (Form.LINES, "story.example soon A 192.0.2.1\n", 1, 15, "no time to live"),
    (Form.LINES, "story.example 300 A 192.0.2.999\n", 1, 21, "the data of this A record"),
    (Form.LINES, "- story.example\n", 1, 1, "`- name type`"),
    (Form.OCTODNS, "a: &x {type: A, value: 192.0.2.1}\nb: *x\n", 1, 4, "anchors and aliases"),
    (Form.OCTODNS, "a: !!python/object:os.system {}\n", 1, 4, "tags"),
    (Form.OCTODNS, "a: {type: A, value: 192.0.2.1}\na: {type: A, value: 192.0.2.1}\n", 2, 1, "twice"),
    (Form.OCTODNS, "a: {type: A, value: 192.0.2.1\n", 2, 1, "not YAML"),
    (Form.OCTODNS, "- a\n", 1, 1, "mapping of names"),
    (Form.OCTODNS, "a: {type: A, values: []}\n", 1, 22, "no value"),
    (Form.OCTODNS, "a: {type: A}\n", 1, 4, "either value or values"),
    (Form.OCTODNS, "a: {type: MX, value: {preference: 1}}\n", 1, 22, "no exchange"),
    (Form.OCTODNS, "a: {type: CNAME, value: b}\n", 1, 25, "no dot at its end"),
    (Form.OCTODNS, "a: {typ: A}\n", 1, 5, "no field"),
    (Form.OCTODNS, "a: {type: A, value: 192.0.2.1}\n---\nb: {}\n", 2, 1, "second document"),
    (Form.OCTODNS, "a: " + "[" * 40 + "]" * 40, 1, 19, "levels deep"),
    (Form.OCTODNS, "a: \x07", 1, 4, "cannot hold this character"),
]


@pytest.mark.parametrize(("form", "text", "line", "column", "said"), FAULTS)
def test_what_cannot_be_read_is_told_by_its_place(form: Form, text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(PlannedFault) as caught:
        read_planned(text.encode(), DOMAIN, form=form)
    assert said in caught.value.message
    assert (caught.value.place.line, caught.value.place.column) == (line, column)


@pytest.mark.parametrize(
    ("octets", "said"), [(b"a" * (MAX_OCTETS + 1), "longer"), (b"a A 192.0.2.1\n\xff", "not UTF-8")]
)
def test_a_file_has_its_bounds(octets: bytes, said: str) -> None:
    with pytest.raises(PlannedFault, match=said):
        read_planned(octets, DOMAIN)


MARKS = "ab.$@ \t\n\\\"();:{}[]-&*!0123456789TXAMINCE'"


@given(st.text(alphabet=st.sampled_from(MARKS), max_size=120), st.sampled_from(Form))
def test_no_text_breaks_the_reading(text: str, form: Form) -> None:
    fault: PlannedFault | None = None
    try:
        read_planned(text.encode(), DOMAIN, form=form)
    except PlannedFault as met:
        fault = met
    assert fault is None or (fault.message.isprintable() and fault.place.line > 0 < fault.place.column)
