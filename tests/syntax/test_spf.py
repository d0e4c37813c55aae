"""SPF records: what receivers read, and what makes them give up (RFC 7208)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax.spf import MAX_COUNTED, MAX_PROBLEMS, Qualifier, is_spf, parse
from audit.syntax.spf_macro import pieces
from audit.syntax.txt import joined
from tests.timing import in_proportion, within


@pytest.mark.parametrize("text", ["v=spf1", "v=spf1 ", "v=spf1 -all", "V=SPF1 -all", "v=SpF1  mx"])
def test_records(text: str) -> None:
    assert is_spf(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=spf10 -all",
        "v=spf1-all",
        " v=spf1 -all",
        "\ufeffv=spf1",
        "v=spf1\t-all",
        "v=spf2.0/pra",
        "spf1",
        "v=spf1.",
    ],
)
def test_what_is_no_record(text: str) -> None:
    assert not is_spf(text)


@pytest.mark.parametrize(("rdata", "record"), [('"v=spf1 " "-all"', True), ('"v=spf1" "-all"', False)])
def test_strings_join_without_a_space(rdata: str, record: bool) -> None:
    assert is_spf(joined(rdata)) is record


@pytest.mark.parametrize(
    ("word", "qualifier", "name", "target", "network", "cidr4", "cidr6", "macro"),
    [
        ("all", Qualifier.PASS, "all", None, None, None, None, False),
        ("-ALL", Qualifier.FAIL, "all", None, None, None, None, False),
        ("~all", Qualifier.SOFTFAIL, "all", None, None, None, None, False),
        ("?all", Qualifier.NEUTRAL, "all", None, None, None, None, False),
        ("a", Qualifier.PASS, "a", None, None, None, None, False),
        ("a/24", Qualifier.PASS, "a", None, None, 24, None, False),
        ("a//64", Qualifier.PASS, "a", None, None, None, 64, False),
        ("mx/24//64", Qualifier.PASS, "mx", None, None, 24, 64, False),
        ("A:Mail.Example.ORG/28", Qualifier.PASS, "a", "mail.example.org", None, 28, None, False),
        ("mx:example.org//0", Qualifier.PASS, "mx", "example.org", None, None, 0, False),
        ("+include:_spf.Example.org", Qualifier.PASS, "include", "_spf.example.org", None, None, None, False),
        ("?include:example.org.", Qualifier.NEUTRAL, "include", "example.org.", None, None, None, False),
        ("ptr", Qualifier.PASS, "ptr", None, None, None, None, False),
        ("ptr:example.org", Qualifier.PASS, "ptr", "example.org", None, None, None, False),
        ("ip4:192.0.2.1", Qualifier.PASS, "ip4", None, "192.0.2.1/32", None, None, False),
        ("ip4:192.0.2.9/24", Qualifier.PASS, "ip4", None, "192.0.2.0/24", None, None, False),
        ("ip4:0.0.0.0/0", Qualifier.PASS, "ip4", None, "0.0.0.0/0", None, None, False),
        ("ip6:2001:DB8::1", Qualifier.PASS, "ip6", None, "2001:db8::1/128", None, None, False),
        ("ip6:2001:db8:0:0::/32", Qualifier.PASS, "ip6", None, "2001:db8::/32", None, None, False),
        ("ip6:::ffff:192.0.2.1/96", Qualifier.PASS, "ip6", None, "::ffff:0:0/96", None, None, False),
        ("exists:%{ir}.%{v}._spf.%{d2}", Qualifier.PASS, "exists", "%{ir}.%{v}._spf.%{d2}", None, None, None, True),
        ("exists:%{l1r-}.Sub.%{d}", Qualifier.PASS, "exists", "%{l1r-}.Sub.%{d}", None, None, None, True),
        ("include:%{d999}.example.org", Qualifier.PASS, "include", "%{d999}.example.org", None, None, None, True),
        ("a:%{h}.example.org/24", Qualifier.PASS, "a", "%{h}.example.org", None, 24, None, True),
    ],
)
def test_mechanisms(
    word: str,
    qualifier: Qualifier,
    name: str,
    target: str | None,
    network: str | None,
    cidr4: int | None,
    cidr6: int | None,
    macro: bool,
) -> None:
    record = parse(f"v=spf1 {word}")
    assert record.problems == ()
    (term,) = record.terms
    assert (term.text, term.at, term.qualifier, term.name) == (word, 7, qualifier, name)
    named = None if term.network is None else str(term.network)
    assert (term.target, named, term.cidr4, term.cidr6, term.macro) == (target, network, cidr4, cidr6, macro)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("foo", "unknown mechanism"),
        ("~allfoo", "unknown mechanism"),
        ("-all.", "unknown mechanism"),
        ("-all;", "unknown mechanism"),
        ("ipv4:192.0.2.1", "unknown mechanism"),
        ("192.0.2.1", "unknown mechanism"),
        ("--all", "unknown mechanism"),
        ("!all", "unknown mechanism"),
        ("-", "unknown mechanism"),
        ("all:example.org", "all takes no value"),
        ("all/8", "all takes no value"),
        ("include", "missing domain"),
        ("include:", "missing domain"),
        ("exists", "missing domain"),
        ("a:", "missing domain"),
        ("mx:/24", "missing domain"),
        ("redirect=", "missing domain"),
        ("-redirect=example.org", "qualifier on a modifier"),
        ("ip4", "missing address"),
        ("ip4:", "missing address"),
        ("ip4:2001:db8::1", "bad address"),
        ("ip6:192.0.2.1", "bad address"),
        ("ip4:192.0.2", "bad address"),
        ("ip4:192.0.2.256", "bad address"),
        ("ip4:192.0.2.01", "bad address"),
        ("ip4:192.0.2.1,192.0.2.2", "bad address"),
        ("ip4:192.0.2.0/33", "bad prefix length"),
        ("ip4:192.0.2.0/024", "bad prefix length"),
        ("ip4:192.0.2.0/", "bad prefix length"),
        ("ip4:192.0.2.0/-1", "bad prefix length"),
        ("ip6:2001:db8::/129", "bad prefix length"),
        ("a/33", "bad prefix length"),
        ("a/08", "bad prefix length"),
        ("a//129", "bad prefix length"),
        ("mx/", "bad prefix length"),
        ("include:example.org/24", "not a domain"),
        ("ptr/24", "unexpected prefix length"),
        ("include:localhost", "not a domain"),
        ("include:example.org:25", "not a domain"),
        ("include:a..example", "not a domain"),
        ("include:192.0.2.1", "not a domain"),
        ("include:example.-org", "not a domain"),
        ("include:" + "a" * 64 + ".org", "not a domain"),
        ("exists:%{z}.example", "unknown macro letter"),
        ("exists:%{c}.example", "unknown macro letter"),
        ("exists:%{r}.example", "unknown macro letter"),
        ("exists:%{t}.example", "unknown macro letter"),
        ("redirect=%{t}.example", "unknown macro letter"),
        ("x=%{z}", "unknown macro letter"),
        ("exists:%{", "bad macro"),
        ("exists:%{i", "bad macro"),
        ("exists:%{i}%", "bad macro"),
        ("exists:%(i).example", "bad macro"),
        ("exists:%{i!}.example", "bad macro"),
        ("exists:%{d0}.example", "macro of no labels"),
        ("include:\xe9\xff.example", "character that is not printable ASCII"),
        ("a\tmx", "character that is not printable ASCII"),
    ],
)
def test_one_fault_is_named_with_its_place(word: str, code: str) -> None:
    record = parse(f"v=spf1  mx {word} -all")
    assert [(p.code, p.at) for p in record.problems] == [(code, 11)]
    assert [t.name for t in record.terms] == ["mx", "all"], "the rest is read all the same"


def test_octets_are_shown_as_octets() -> None:
    (problem,) = parse("v=spf1 include:\xe9\xff.example -all").problems
    assert problem.text == "include:\\xe9\\xff.example"


@pytest.mark.parametrize("name", ["redirect", "exp"])
def test_a_modifier_of_the_standard_stands_once(name: str) -> None:
    record = parse(f"v=spf1 {name}=a.example {name.upper()}=b.example")
    assert [p.code for p in record.problems] == [f"second {name}"]
    assert [(m.name, m.value) for m in record.modifiers] == [(name, "a.example")]


def test_other_modifiers_are_ignored_and_may_repeat() -> None:
    record = parse("v=spf1 ra=postmaster x.y=%{c}%_ x.y= -all")
    assert record.problems == ()
    assert [m.name for m in record.modifiers] == ["ra", "x.y", "x.y"]


def test_redirect_and_the_all_that_decides() -> None:
    record = parse("v=spf1 redirect=%{d}.example ~all -all")
    assert record.redirect is not None
    assert (record.redirect.value, record.redirect.macro) == ("%{d}.example", True)
    assert record.all is not None
    assert record.all.qualifier is Qualifier.SOFTFAIL
    assert parse("v=spf1 mx").redirect is None
    assert parse("v=spf1 mx").all is None


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.one_of(
        st.text(st.characters(max_codepoint=255), max_size=120),
        st.text(st.sampled_from("+-~?%{}dirz019:/=._ amxip46")),
        st.lists(st.sampled_from(["a:", "%{d}", "/24", " ", "include:", "=", "x.y", "ip6:", "::"])).map("".join),
    )
)
def test_no_record_is_too_odd(text: str) -> None:
    record = parse(f"v=spf1 {text}")
    words = [w for w in text.split(" ") if w]
    found = len(record.terms) + len(record.modifiers)
    assert found + len(record.problems) == len(words) or len(record.problems) == 20
    places = [(t.text, t.at) for t in record.terms] + [(m.text, m.at) for m in record.modifiers]
    assert all(record.text.startswith(word, at) for word, at in places)
    assert all(p.text.isprintable() for p in record.problems)


@pytest.mark.parametrize(
    "token",
    [
        "a ",
        "a:/",
        "/1",
        "%",
        "%{d}",
        "%{d",
        "ip4:1.2.3.4 ",
        "include:",
        "=",
        "\xe9",
        "1",
        "-",
        ".",
        " ",
        "x.",
        ":",
        "a",
    ],
)
@pytest.mark.parametrize("start", ["", "a:", "include:a.", "ip6:", "redirect="])
@pytest.mark.parametrize("end", ["", "_"])
def test_long_records_are_read_quickly(token: str, start: str, end: str) -> None:
    text = f"v=spf1 {start}{token * (65536 // len(token))}{end}"
    assert within(0.5, lambda: _parsed_anew(text))


def _parsed_anew(text: str) -> None:
    pieces.cache_clear()
    parse(text)


@pytest.mark.parametrize("token", ["a ", "%{d}", "a:%{d}/24 ", "x=%{s} ", "include:", "ip6:1::/4 ", "\xe9", "%", "/1"])
def test_a_long_record_costs_in_proportion(token: str) -> None:
    assert in_proportion(_parsed_anew, lambda size: f"v=spf1 {token * (size // len(token))}")


@pytest.mark.parametrize(
    ("word", "good"),
    [
        ("exists:%{d1000000000000}.example", True),
        ("exists:%{iR}.example", True),
        ("exists:%{" + "d" + "9" * 60000 + "}.example", True),
        ("a:example.org}", False),
        ("a:%{d}}", False),
        ("a:%{d}org", False),
        ("a:%{d}.", False),
        ("a:x.%{d}.12", False),
        ("a:foo:bar/baz.example.org", True),
        ("a:x.1-1", True),
        ("n" * 100 + "=x", True),
        ("n" * 60000 + "=x", True),
        ("_n=x", False),
    ],
)
def test_what_the_grammar_of_section_12_allows(word: str, good: bool) -> None:
    assert (parse(f"v=spf1 {word} -all").problems == ()) is good


LONG = 60_000  # octets


def _long(*words: str) -> str:
    return f"v=spf1 {' '.join(words)} ".ljust(LONG, " ")


@pytest.mark.parametrize("end", ["", "~all"])
def test_of_a_long_record_terms_that_change_nothing_are_not_kept(end: str) -> None:
    asking = [f"a:h{n}.example" for n in range(200)]
    record = parse(_long("ip4:192.0.2.1", *asking, "ip4:192.0.2.2", "ip4:192.0.2.1", end, "-all", *asking, "mx"))
    before = [t.text for t in record.reached]
    assert before == ["ip4:192.0.2.1", *asking[:MAX_COUNTED], "ip4:192.0.2.2", end or "-all"]
    assert [t.text for t in record.terms[len(before) :]] == [*(["-all"] if end else []), *asking[:MAX_COUNTED]]
    assert (record.lookups, record.all) == (200, record.reached[-1])


def test_of_a_long_record_one_repeat_of_a_term_is_kept() -> None:
    asking = [f"include:h{n}.example" for n in range(200)]
    kept = [t.text for t in parse(_long(*asking, *reversed(asking), *asking)).terms]
    assert kept == [*asking[:MAX_COUNTED], asking[MAX_COUNTED - 1]]


@pytest.mark.parametrize(
    ("words", "lookups"),
    [
        (["a"] * 100, 100),
        (["include:a.example"] * 100, 100),
        (["exists:%{i}.a.example"] * 100, 100),
        ([f"mx:h{n}.example/24" for n in range(100)], 100),
        ([f"ptr:h{n}.example" for n in range(100)] + ["all"] + ["a"] * 100, 100),
        (["ip4:192.0.2.1"] * 100, 0),
        (["a"] * 10 + ["-all"] + ["mx"] * 10, 10),
    ],
)
def test_lookups_are_counted_whether_or_not_terms_are_kept(words: list[str], lookups: int) -> None:
    assert parse(_long(*words)).lookups == parse(f"v=spf1 {' '.join(words)}").lookups == lookups


@pytest.mark.parametrize(
    ("many", "last", "code"),
    [
        ([f"a:h{n}.example" for n in range(200)], "a:b..example", "not a domain"),
        ([f"a:h{n}.example" for n in range(200)], "a:b.example/33", "bad prefix length"),
        ([f"a:h{n}.example" for n in range(200)], "include:", "missing domain"),
        ([f"a:h{n}.example" for n in range(200)], "a:example", "not a domain"),
        ([f"m{n}=x" for n in range(200)], "m=%", "bad macro"),
        ([f"m{n}=x" for n in range(200)], "-m=x", "qualifier on a modifier"),
        ([f"m{n}=x" for n in range(200)], "m=\xe9", "character that is not printable ASCII"),
        ([f"m{n}=x" for n in range(200)], "exp=", "missing domain"),
        (["all"] * 200, "all:x", "all takes no value"),
    ],
)
def test_a_fault_is_found_behind_any_number_of_words(many: list[str], last: str, code: str) -> None:
    assert [p.code for p in parse(_long(*many, last)).problems] == [code]


def test_a_redirect_counts_behind_any_number_of_modifiers() -> None:
    record = parse(_long(*(f"m{n}=x" for n in range(200)), "redirect=a.example"))
    assert record.redirect is not None
    assert record.redirect.value == "a.example"


@pytest.mark.parametrize(
    "words",
    [
        [f"ip4:192.0.2.{n}" for n in range(300, 400)],
        ["oops"] * 100,
        ["redirect=a.example"] * 100,
        [f"oops{n}" for n in range(100)],
    ],
)
def test_faults_are_told_up_to_a_number(words: list[str]) -> None:
    faults = parse(_long(*words)).problems
    assert faults == parse(f"v=spf1 {' '.join(words)}").problems
    assert len(faults) == MAX_PROBLEMS


@pytest.mark.parametrize(
    "token",
    [
        *("ip4:1.2.3.4 ", "ip6:1::/4 ", "ip4:1.2.3.444 ", "a ", "a/ ", "a:b.c ", "include:b.c ", "-all ", "x=y ", "x "),
        *("ip4:{n}.{n}.0.0/16 ", "ip6:{x}::/16 ", "a:h{x}.c/24 ", "include:h{x}.c ", "x{x}=y ", "x{x} ", "a/{x} "),
    ],
)
def test_sixty_thousand_octets_are_read_in_no_time(token: str) -> None:
    text = "v=spf1 " + "".join(token.format(n=n % 256, x=f"{n:x}") for n in range(LONG // len(token)))
    assert within(0.05, lambda: _parsed_anew(text))
