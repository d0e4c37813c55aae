"""SPF records: the one at the domain, and all that it leads to."""

from __future__ import annotations

import pytest

from tests.rules.keys import rsa_text
from tests.rules.world import Case, check


def spf(terms: str, *below: str) -> str:
    """A domain with this record, and whatever else stands in the zone."""
    return "\n".join((f'story.example. TXT "v=spf1 {terms}"', *below))


def include(name: str, terms: str = "-all") -> str:
    return f'{name} TXT "v=spf1 {terms}"'


MAIL = "story.example. MX 10 mx.story.example."
DENY = spf("-all")
NO_RECORD = 'story.example. TXT "google-site-verification=x"'
UNKNOWN = "story.example. TXT servfail"
SILENT = "story.example. TXT timeout"
# T29: the strings of one record are joined without anything between them.
SPLIT = 'story.example. TXT "v=spf1 ip4:192.0.2" ".1 -all"'
SPLIT_BADLY = 'story.example. TXT "v=spf1 ip4:192.0.2.1" "-all"'
TWO = spf("-all") + '\nstory.example. TXT "v=spf1 mx -all"'

ELEVEN = " ".join(f"include:i{n}.example" for n in range(11))
ELEVEN_BELOW = tuple(include(f"i{n}.example") for n in range(11))
TEN = " ".join(f"include:i{n}.example" for n in range(10))
ELEVENTH_DEAD = (*ELEVEN_BELOW[:10], "i10.example. TXT servfail")
NESTED = (
    spf("include:a.example include:b.example -all"),
    include("a.example", TEN),
    include("b.example", "a mx exists:x.example"),
)

PROTECTED = "\n".join(
    (
        spf("mx ?all"),
        '_dmarc.story.example. TXT "v=DMARC1; p=reject; rua=mailto:d@story.example"',
        f'google._domainkey.story.example. TXT "v=DKIM1; p={rsa_text(2048)}"',
    )
)

RECORD = (
    Case("SPF-MISSING", "pass", DENY),
    Case("SPF-MISSING", "pass", SPLIT, why="two strings"),
    Case("SPF-MISSING", "fail", f"{NO_RECORD}\n{MAIL}", severity="high", arguments={"domain": "story.example"}),
    Case("SPF-MISSING", "fail", NO_RECORD, why="takes no mail", severity="medium"),
    Case("SPF-MISSING", "fail", "www.story.example. A 192.0.2.1", why="NODATA"),
    Case("SPF-MISSING", "fail", 'story.example. TXT "v=spf10 -all"', why="another version"),  # T33
    Case("SPF-MISSING", "fail", 'story.example. TXT " v=spf1 -all"', why="a space before it"),
    Case("SPF-MISSING", "pass", 'story.example. TXT "V=SPF1 -all"', why="upper case"),
    Case("SPF-MISSING", "unknown", UNKNOWN, reason="dns.servfail"),  # T22
    Case("SPF-MISSING", "unknown", SILENT, why="silence", reason="dns.timeout"),
    Case("SPF-MISSING", "unknown", "story.example. TXT bogus", why="bogus", reason="dns.bogus"),
    Case("SPF-MISSING", "unknown", "story.example. TXT truncated", why="cut off", reason="dns.tcp_failed"),
    Case("SPF-MISSING", "unknown", "story.example. TXT lame", why="lame", reason="dns.lame"),
    Case("SPF-MISSING", "pass", f"{DENY}\nstory.example. MX servfail", why="who takes mail is unknown"),
    Case(
        "SPF-MISSING",
        "fail",
        f"{NO_RECORD}\nstory.example. MX servfail",
        why="none, and who takes mail is unknown",
        severity="medium",
        reason="dns.servfail",
    ),
    Case("SPF-MISSING", "pass", TWO, why="two records"),
    Case("SPF-MULTIPLE", "pass", DENY),
    Case("SPF-MULTIPLE", "pass", f'{DENY}\nstory.example. TXT "v=spf10 -all"', why="another version"),  # T33
    Case("SPF-MULTIPLE", "fail", TWO, severity="high", arguments={"domain": "story.example", "count": 2}),
    Case("SPF-MULTIPLE", "unknown", UNKNOWN, reason="dns.servfail"),
    Case("SPF-LOOKUPS", "not_applicable", TWO, why="two records"),
    Case("SPF-SYNTAX", "pass", DENY),
    Case("SPF-SYNTAX", "pass", spf("ra=postmaster exp=why.%{d} -all"), why="unknown modifiers and macros"),
    Case(
        "SPF-SYNTAX",
        "fail",
        spf("ip4:192.0.2.300 -all"),
        severity="high",
        arguments={"places": ("ip4:192.0.2.300 (character 8: bad address)",)},
    ),
    Case("SPF-SYNTAX", "fail", SPLIT_BADLY, why="no space between two strings"),
    Case("SPF-SYNTAX", "fail", spf("mx ~allmx"), why="unknown mechanism"),
    Case("SPF-SYNTAX", "not_applicable", NO_RECORD),
    Case("SPF-SYNTAX", "unknown", SILENT, reason="dns.timeout"),
)
LOOKUPS = (
    Case("SPF-LOOKUPS", "pass", spf(f"{TEN} -all", *ELEVEN_BELOW), why="ten"),
    Case(
        "SPF-LOOKUPS",
        "fail",
        spf(f"{ELEVEN} -all", *ELEVEN_BELOW),
        severity="high",
        arguments={"lookups": "11", "allowed": 10},
    ),
    Case("SPF-LOOKUPS", "fail", "\n".join(NESTED), why="nested", arguments={"lookups": "15", "allowed": 10}),
    Case(
        "SPF-LOOKUPS",
        "fail",
        spf(f"{ELEVEN} -all", *ELEVENTH_DEAD),
        why="one of them dead",
        arguments={"lookups": "11 or more", "allowed": 10},
    ),
    Case(
        "SPF-LOOKUPS",
        "unknown",
        spf(f"{TEN} -all", *ELEVEN_BELOW[:9], "i9.example. TXT servfail"),
        reason="dns.servfail",
    ),
    Case("SPF-LOOKUPS", "pass", spf(f"-all {ELEVEN}", *ELEVEN_BELOW), why="behind all"),
    Case(
        "SPF-LOOKUPS",
        "pass",
        spf("mx -all", *(f"story.example. MX 10 mx{n}.story.example." for n in range(12))),
        why="the hosts of mx don't count",
    ),  # T31
    Case(
        "SPF-LOOKUPS", "pass", spf(f"exp=why.story.example {TEN} -all", *ELEVEN_BELOW), why="exp does not count"
    ),  # T31
    Case(
        "SPF-LOOKUPS",
        "pass",
        spf(f"ip4:192.0.2.1 ip6:2001:db8::1 {TEN} -all", *ELEVEN_BELOW),
        why="networks don't count",
    ),
    Case("SPF-LOOKUPS", "fail", spf(f"ptr {TEN} -all", *ELEVEN_BELOW), why="ptr counts"),
    Case(
        "SPF-LOOKUPS",
        "fail",
        spf(f"{TEN} redirect=r.example", *ELEVEN_BELOW, include("r.example")),
        why="redirect counts",
    ),
    Case("SPF-LOOKUPS", "pass", spf(f"{TEN} -all redirect=r.example", *ELEVEN_BELOW), why="redirect beside all"),
    Case(
        "SPF-LOOKUPS",
        "fail",
        spf("include:t.example include:t.example include:t.example -all", include("t.example", "a mx ptr -all")),
        why="the same include counts each time",
        arguments={"lookups": "12", "allowed": 10},
    ),
    Case("SPF-LOOKUPS", "pass", spf("exists:%{i}.list.example -all"), why="a macro counts once"),  # T32
    Case("SPF-LOOKUPS", "not_applicable", NO_RECORD),
    Case("SPF-LOOKUPS", "unknown", UNKNOWN, why="no answer", reason="dns.servfail"),
    Case(
        "SPF-LOOKUPS",
        "not_applicable",
        spf(f"{ELEVEN} include:story.example -all", *ELEVEN_BELOW),
        why="superseded by SPF-LOOP",
    ),
)
VOIDS = (
    Case("SPF-VOID", "pass", spf("a:x.example mx:y.example -all"), why="two"),
    Case(
        "SPF-VOID",
        "fail",
        spf("a:x.example mx:y.example exists:z.example -all"),
        severity="high",
        arguments={
            "voids": "3",
            "whom": "every sender",
            "allowed": 2,
            "terms": (
                "a:x.example (story.example)",
                "mx:y.example (story.example)",
                "exists:z.example (story.example)",
            ),
        },
    ),
    Case("SPF-VOID", "pass", spf("a a -all", "story.example. AAAA 2001:db8::1"), why="two in one family"),
    Case(
        "SPF-VOID",
        "fail",
        spf("a a a -all", "story.example. AAAA 2001:db8::1"),
        why="three in one family",
        severity="info",
        arguments={"voids": "3", "whom": "IPv4 clients"},
    ),
    Case(
        "SPF-VOID",
        "fail",
        spf("a:x.example ip4:192.0.2.1 a:y.example a:z.example -all"),
        why="behind a sender",
        severity="medium",
        arguments={"whom": "senders that no earlier term names"},
    ),
    Case(
        "SPF-VOID",
        "fail",
        spf("include:i.example a:z.example -all", include("i.example", "a:x.example a:y.example -all")),
        why="of everybody, within an include",
        severity="high",
    ),
    Case(
        "SPF-VOID",
        "fail",
        spf("include:i.example a:z.example -all", include("i.example", "a:x.example ip4:192.0.2.1 a:y.example -all")),
        why="within an include that may match",
        severity="medium",
    ),
    Case(
        "SPF-VOID",
        "fail",
        spf("a:w.example a:w.example a:w.example a:t.example -all", "w.example. A 192.0.2.1", "t.example. ANY timeout"),
        why="three in one family beside a silence",
        severity="info",
        reason="dns.timeout",
    ),
    Case(
        "SPF-VOID",
        "pass",
        spf("mx:y.example mx:z.example mx:x.example -all", *(f"{n}.example. MX 0 ." for n in "xyz")),
        why="something is found",
    ),
    Case(
        "SPF-VOID",
        "unknown",
        spf("a:x.example a:y.example a:z.example -all", "x.example. ANY timeout"),
        reason="dns.timeout",
    ),
    Case(
        "SPF-VOID",
        "unknown",
        spf("a:x.example a:y.example exists:%{i}.z.example -all"),
        why="a macro",
        reason="spf.macro",
    ),  # T32
    Case(
        "SPF-VOID",
        "fail",
        spf("a:x.example a:y.example a:z.example exists:%{i}.w.example -all"),
        why="three beside a macro",
        arguments={
            "voids": "3 or more",
            "allowed": 2,
            "terms": ("a:x.example (story.example)", "a:y.example (story.example)", "a:z.example (story.example)"),
        },
    ),
    Case("SPF-VOID", "not_applicable", NO_RECORD),
)
INCLUDES = (
    Case("SPF-INCLUDE-NONE", "pass", spf("include:a.example -all", include("a.example"))),
    Case("SPF-INCLUDE-NONE", "pass", DENY, why="no include"),
    Case(
        "SPF-INCLUDE-NONE",
        "fail",
        spf("include:a.example -all", "a.example. A 192.0.2.1"),
        severity="high",
        arguments={"targets": ("a.example",)},
    ),
    Case(
        "SPF-INCLUDE-NONE",
        "fail",
        spf("include:a.example -all", include("a.example", "include:b.example"), "b.example. A 192.0.2.1"),
        why="deep",
        arguments={"targets": ("b.example",)},
    ),
    Case("SPF-INCLUDE-NONE", "fail", spf("redirect=a.example", "a.example. A 192.0.2.1"), why="redirect"),
    Case(
        "SPF-INCLUDE-NONE", "unknown", spf("include:a.example -all", "a.example. TXT servfail"), reason="dns.servfail"
    ),
    Case(
        "SPF-INCLUDE-NONE",
        "fail",
        spf("include:a.example include:b.example -all", "a.example. TXT servfail", "b.example. A 192.0.2.1"),
        why="beside a dead one",
    ),
    Case("SPF-INCLUDE-NONE", "not_applicable", NO_RECORD),
    Case(
        "SPF-INCLUDE-NONE", "not_applicable", spf("include:gone.example -all"), why="superseded by SPF-INCLUDE-NXDOMAIN"
    ),
    Case(
        "SPF-INCLUDE-NONE",
        "not_applicable",
        spf("include:gone.example include:a.example -all", "a.example. A 192.0.2.1"),
        why="superseded, and true of another",
    ),
    Case("SPF-INCLUDE-NXDOMAIN", "pass", spf("include:a.example -all", "a.example. A 192.0.2.1")),
    Case(
        "SPF-INCLUDE-NXDOMAIN",
        "fail",
        spf("include:gone.example -all"),
        severity="high",
        arguments={"targets": ("gone.example",)},
    ),
    Case(
        "SPF-INCLUDE-NXDOMAIN", "unknown", spf("include:%{d}.gone.example -all"), why="a macro", reason="spf.macro"
    ),  # T32
    Case("SPF-INCLUDE-NONE", "unknown", spf("redirect=%{d}.gone.example"), why="a macro", reason="spf.macro"),
    Case("SPF-LOOP", "unknown", spf("include:%{d}.gone.example -all"), why="a macro", reason="spf.macro"),
    Case("SPF-INCLUDE-NXDOMAIN", "pass", spf("-all include:gone.example"), why="behind all"),
    Case(
        "SPF-INCLUDE-NXDOMAIN", "unknown", spf("include:a.example -all", "a.example. TXT timeout"), reason="dns.timeout"
    ),
    Case("SPF-INCLUDE-NXDOMAIN", "not_applicable", NO_RECORD),
    Case("SPF-LOOP", "pass", spf("include:a.example include:a.example -all", include("a.example"))),
    Case(
        "SPF-LOOP",
        "fail",
        spf("include:a.example -all", include("a.example", "include:story.example -all")),
        severity="high",
        arguments={"names": "story.example → a.example → story.example"},
    ),
    Case("SPF-LOOP", "fail", spf("redirect=story.example"), why="redirect to itself"),
    Case("SPF-LOOP", "pass", spf("-all include:story.example"), why="behind all"),
    Case("SPF-LOOP", "unknown", spf("include:a.example -all", "a.example. TXT timeout"), reason="dns.timeout"),
    Case(
        "SPF-LOOP",
        "fail",
        spf("include:story.example include:a.example -all", "a.example. TXT timeout"),
        why="beside a dead include",
    ),
    Case("SPF-LOOP", "not_applicable", NO_RECORD),
)
THERE = "A 127.0.0.2"
SERVFAIL = "b.example. ANY servfail\n*.b.example. ANY servfail"
ENDS = (
    Case("SPF-ALL-PASS", "pass", DENY),
    Case(
        "SPF-ALL-PASS",
        "fail",
        spf("+all"),
        severity="critical",
        arguments={"domain": "story.example", "terms": ("+all",)},
    ),
    Case("SPF-ALL-PASS", "fail", spf("all"), why="without a sign"),
    Case("SPF-ALL-PASS", "fail", spf("redirect=a.example", include("a.example", "+all")), why="by redirect"),
    Case(
        "SPF-ALL-PASS",
        "fail",
        spf("ip4:0.0.0.0/0 -all"),
        why="all of IPv4",
        arguments={"domain": "story.example", "terms": ("ip4:0.0.0.0/0",)},
    ),
    Case("SPF-ALL-PASS", "fail", spf("ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"), why="both halves of IPv4"),
    Case("SPF-ALL-PASS", "pass", spf("-ip4:0.0.0.0/0 -all"), why="all of IPv4, refused"),
    Case("SPF-ALL-PASS", "fail", spf("include:a.example -all", include("a.example", "+all")), why="by an include"),
    Case("SPF-ALL-PASS", "pass", spf("-include:a.example -all", include("a.example", "+all")), why="a refused include"),
    Case(
        "SPF-ALL-PASS",
        "fail",
        spf("redirect=a.example", include("a.example", "ip4:0.0.0.0/0 -all")),
        why="redirect to all of IPv4",
    ),
    Case("SPF-ALL-PASS", "pass", spf("?all ip4:0.0.0.0/0"), why="behind all"),
    Case(
        "SPF-ALL-PASS",
        "fail",
        spf("ip4:0.0.0.0/2 ip4:64.0.0.0/2 ip4:128.0.0.0/2 ip4:192.0.0.0/2 -all"),
        why="four quarters of IPv4",
    ),
    Case("SPF-ALL-PASS", "unknown", spf("redirect=a.example", "a.example. TXT servfail"), reason="dns.servfail"),
    *(
        Case("SPF-ALL-PASS", "unknown", spf(record, *more), why=why, reason="spf.macro")
        for record, why, *more in (
            ("redirect=%{l}.a.example", "a record that the sender chooses"),
            ("exists:%{p}.b.example -all", "a name that the client's network gives it"),
            ("exists:%{i}.%{h}.b.example -all", "a name of client and sender"),
            ("a:%{h} -all", "a name that the client chooses"),
            ("include:a.example -all", "such a name below", include("a.example", "exists:%{l}.b.example -all")),
            ("exists:%{l}.b.example include:none.example", "before an error"),
            (f"{' '.join(f'exists:%{{l}}.l{i}.example' for i in range(3))} +all", "three, and all finds who is left"),
            ("-exists:%{l}.b.example +all", "a macro that may refuse all"),
            (
                "include:a.example +all",
                "a macro below that may end before an error",
                include("a.example", "-exists:%{l}.x.example include:none.example"),
            ),
            (
                " ".join(f"include:%{{i}}.l{i}.example" for i in range(5)),
                "more names than the sample is asked for",
                *(f'*.l{i}.example. TXT "v=spf1 -all"' for i in range(5)),
            ),
        )
    ),
    *(
        Case("SPF-ALL-PASS", "fail", spf(record, *more), why=why)
        for record, why, *more in (
            ("a:host.example/0 -all", "a host's whole family", "host.example. A 192.0.2.1"),
            ("mx:host.example/0 -all", "the whole family of an MX", "host.example. MX 10 mx.host.example."),
            ("exists:host.example -all", "a name that is there", "host.example. A 192.0.2.1"),
            ("exists:%{d}.b.example -all", "a name made of the domain", "story.example.b.example. A 192.0.2.1"),
            ("exists:%{i}.b.example +all", "behind a name of each client"),
            ("exists:%{i}.b.example -all", "a name of each client, which is there for all", f"*.b.example. {THERE}"),
            ("include:%{ir}.%{v}.%{d}.b.example -all", "a record of each client", '*.b.example. TXT "v=spf1 +all"'),
            (
                "include:%{i}.b.example -all",
                "a name of each client, below a record of each client",
                '*.b.example. TXT "v=spf1 exists:%{ir}.c.example -all"',
                f"*.c.example. {THERE}",
            ),
            ("redirect=%{i}.b.example", "a redirect of each client", '*.b.example. TXT "v=spf1 +all"'),
            ("exists:%{v}.b.example -all", "IPv6 only", f"ip6.b.example. {THERE}"),
            ("exists:%{i}.b.example -all", "where IPv6 is dead", f"203.0.113.254.b.example. {THERE}", SERVFAIL),
            ("-exists:%{i}.b.example +all", "all but who is on a list"),
            (f"{' '.join(f'exists:%{{i}}.l{i}.example' for i in range(2))} +all", "behind two voids"),
            (
                "include:a.example +all",
                "a macro below that refuses",
                include("a.example", "-exists:%{i}.x.example -all"),
            ),
            (
                "include:a.example -all",
                "a host in an include",
                include("a.example", "a:h.example/0"),
                "h.example. A 192.0.2.1",
            ),
            ("-ip4:192.0.2.1 ip4:0.0.0.0/0 -all", "all but one"),
            ("+all include:none.example", "what is behind all is not read"),
            ("ip4:0.0.0.0/1 ip4:128.0.0.0/2 ip4:192.0.0.0/3 -all", "all unicast of IPv4"),
            ("ip4:0.0.0.0/2 ip4:64.0.0.0/2 ip4:128.0.0.0/2 ip4:192.0.0.0/3 -all", "in pieces"),
            ("ip6:2000::/3 -all", "all global unicast of IPv6"),
            ("mx/1 ip4:128.0.0.0/1 -all", "half of it around a mail host", f"{MAIL}\nmx.story.example. A 12.0.0.1"),
            ("mx//3 -all", "IPv6 around a mail host", f"{MAIL}\nmx.story.example. AAAA 2600::1"),
            ("ip4:0.0.0.0/0 include:none.example -all", "before a permerror"),
        )
    ),
    *(
        Case("SPF-ALL-PASS", "pass", spf(record, *more), why=why)
        for record, why, *more in (
            ("mx +all foo", "a record that cannot be read"),
            ("include:none.example +all", "behind an include without record", 'none.example. TXT "nothing"'),
            ("include:a.example +all", "behind an error below", include("a.example", "include:none.example")),
            ("a:n1.example a:n2.example a:n3.example +all", "behind three voids"),
            (f"{ELEVEN} +all", "behind eleven lookups", *ELEVEN_BELOW),
            ("exists:%{d}.b.example -all", "a name made of the domain, which is not there"),
            ("ptr -all", "reverse names"),
            ("-exists:%{i}.b.example -all", "a macro that refuses"),
            ("exists:%{i}.b.example -all", "a name of each client, which is there for none"),
            ("exists:%{i}.b.example -all", "a name that is there for one client", f"192.0.2.1.b.example. {THERE}"),
            ("exists:%{i}.b.example include:none.example", "a name of each client before an error"),
            ("include:%{ir}.%{v}.%{d}.b.example -all", "no record for who is no client"),
            ("include:%{i}.b.example -all", "a record of each client that refuses", '*.b.example. TXT "v=spf1 -all"'),
            ("redirect=%{d}.a.example", "a redirect that leads nowhere"),
            ("-exists:%{i}.b.example +all", "behind a list that holds all", f"*.b.example. {THERE}"),
            (f"{' '.join(f'exists:%{{i}}.l{i}.example' for i in range(3))} +all", "behind three voids of each client"),
            (
                "include:a.example -all",
                "a name of each client, below an include",
                include("a.example", "exists:%{i}._spf.mta.a.example -all"),
            ),
            ("include:story.example +all", "behind a loop"),
            ("-ip4:0.0.0.0/0 ip4:0.0.0.0/0 -all", "where all are refused before"),
            ("-ip6:2000::/3 ip6:::/0 -all", "where all clients of IPv6 are refused before"),
            ("-ip4:0.0.0.0/1 -ip4:128.0.0.0/2 -ip4:192.0.0.0/3 ip4:0.0.0.0/0 -all", "where all unicast is refused"),
            ("ip6:3000::/4 ip4:0.0.0.0/1 ip4:192.0.0.0/3 -all", "parts of both families"),
            ("mx/1 ip4:128.0.0.0/1 -all", "twice the same half", f"{MAIL}\nmx.story.example. A 200.0.0.1"),
            ("-exists:host.example +all", "behind a refusal of all", "host.example. A 192.0.2.1"),
            (
                "mx:host.example +all",
                "behind too many hosts",
                *(f"host.example. MX {i} m{i}.example." for i in range(11)),
            ),
        )
    ),
    *(
        Case("SPF-ALL-PASS", "unknown", spf(record, *more), why=why, reason="dns.servfail")
        for record, why, *more in (
            ("exists:%{i}.b.example -all", "a name of each client", SERVFAIL),
            ("include:%{i}.b.example -all", "a record of each client", SERVFAIL),
            ("include:%{i}.c.example -all", "below one", '*.c.example TXT "v=spf1 include:b.example"', SERVFAIL),
        )
    ),
    Case(
        "SPF-ALL-PASS",
        "unknown",
        spf("mx/1 ip4:128.0.0.0/1 -all", f"{MAIL}\nmx.story.example. A timeout"),
        why="around a mail host that is not seen",
        reason="dns.timeout",
    ),
    Case(
        "SPF-ALL-PASS",
        "unknown",
        spf("include:a.example +all", "a.example. TXT servfail"),
        why="who may get so far",
        reason="dns.servfail",
    ),
    Case("SPF-ALL-PASS", "not_applicable", NO_RECORD),
    Case("SPF-ALL-PASS", "not_applicable", TWO, why="two records"),
    Case("SPF-ALL-NEUTRAL", "pass", DENY),
    Case("SPF-ALL-NEUTRAL", "fail", spf("mx ?all"), severity="medium", arguments={"domain": "story.example"}),
    Case("SPF-ALL-NEUTRAL", "fail", spf("mx"), why="no end"),
    Case("SPF-ALL-NEUTRAL", "fail", spf("mx ?ip4:0.0.0.0/0 ?ip6:::/0 -all"), why="before its end"),
    Case("SPF-ALL-NEUTRAL", "fail", spf("?ip4:0.0.0.0/1 ?ip4:128.0.0.0/2 ?ip4:192.0.0.0/3 -all"), why="all unicast"),
    Case("SPF-ALL-NEUTRAL", "pass", spf("mx ?ip4:0.0.0.0/1 -all"), why="neutral to half of IPv4"),
    Case("SPF-ALL-NEUTRAL", "pass", spf("-ip4:0.0.0.0/0 ?ip4:0.0.0.0/0 -all"), why="refused before"),
    Case("SPF-ALL-NEUTRAL", "pass", spf("redirect=a.example", include("a.example")), why="by redirect"),
    Case("SPF-ALL-NEUTRAL", "unknown", spf("redirect=a.example", "a.example. TXT timeout"), reason="dns.timeout"),
    Case("SPF-ALL-NEUTRAL", "not_applicable", NO_RECORD),
    Case("SPF-ALL-NEUTRAL", "not_applicable", spf("redirect=a.example"), why="a redirect to nothing is a permerror"),
    Case("SPF-ALL-NEUTRAL", "not_applicable", spf("redirect=story.example"), why="a redirect to itself"),
    Case("SPF-ALL-NEUTRAL", "not_applicable", spf("mx ~allx"), why="a record that cannot be read"),
    Case("SPF-ALL-NEUTRAL", "fail", PROTECTED, why="DMARC rejects, and mail is signed", severity="low"),
    Case("SPF-ALL-SOFTFAIL", "pass", DENY),
    Case("SPF-ALL-SOFTFAIL", "fail", spf("mx ~all"), severity="info", arguments={"domain": "story.example"}),
    Case("SPF-ALL-SOFTFAIL", "pass", spf("mx -all ~all"), why="only the first all counts"),
    Case("SPF-ALL-SOFTFAIL", "unknown", UNKNOWN, reason="dns.servfail"),
    Case("SPF-ALL-SOFTFAIL", "not_applicable", NO_RECORD),
)
CASES = (*RECORD, *LOOKUPS, *VOIDS, *INCLUDES, *ENDS)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
