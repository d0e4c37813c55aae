"""RFC 7208 as a table: each row a clause, a record or a zone, a client, and what a receiver must come to.

The zones are made for the clauses. A row that gives a record alone publishes it at story.example; SHARED is there
always. Where the standard leaves a choice, the row says which one is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.model.fact import Known, Unknown
from audit.model.probe import Answer, DnsStatus, Probe, Question
from audit.network.dns.wire import asking
from audit.protocol.drive import replay
from audit.protocol.spf.check_host import check_host
from audit.protocol.spf.outcome import SpfMatch, SpfOutcome, SpfQuery
from tests.protocol.walking import found

CLIENT, CLIENT6 = "192.0.2.1", "2001:db8::1"
LABEL = "x" * 63

SHARED = """
    pass.example      TXT   "v=spf1 +all"
    fail.example      TXT   "v=spf1 -all exp=why.example"
    soft.example      TXT   "v=spf1 ~all"
    neutral.example   TXT   "v=spf1 ?all"
    silent.example    TXT   "v=spf1"
    none.example      TXT   "site-verification=1234"
    two.example       TXT   "v=spf1 +all"
    two.example       TXT   "v=spf1 -all"
    broken.example    TXT   "v=spf1 +all nonsense"
    sick.example      ANY   servfail
    slow.example      ANY   timeout
    shut.example      ANY   refused
    loop.example      ANY   cname_chain
    why.example       TXT   "ask postmaster@story.example"
    here.example      A     192.0.2.1
    here.example      AAAA  2001:db8::1
    near.example      A     192.0.2.200
    near.example      AAAA  2001:db8::ffff
    far.example       A     198.51.100.7
    far.example       AAAA  2001:db8:7::7
    both.example      A     198.51.100.7
    both.example      A     192.0.2.1
    empty.example     TXT   "no addresses"
    empty2.example    TXT   "no addresses"
    empty3.example    TXT   "no addresses"
    old.example       CNAME here.example.
    hosts.example     MX    10 far.example.
    hosts.example     MX    20 here.example.
    farhosts.example  MX    10 far.example.
    nohosts.example   MX    10 gone.example.
    sickhosts.example MX    10 sick.example.
    halfsick.example  MX    10 here.example.
    halfsick.example  MX    20 sick.example.
    nullmx.example    MX    0 .
"""


@dataclass(frozen=True)
class Row:
    clause: str
    result: str
    zone: str
    ip: str = CLIENT
    mail_from: str = "lee@story.example"
    helo: str = "mail.story.example"
    says: str | None = None

    @property
    def text(self) -> str:
        whole = "TXT " in self.zone or " MX " in self.zone or not self.zone
        return SHARED + (self.zone if whole else f'story.example TXT "{self.zone}"')


def numbered(owner: str, count: int) -> str:
    return "\n".join(owner.format(n=n) for n in range(1, count + 1))


ELEVEN_HOSTS = numbered("crowd.example MX {n} h{n}.example.\nh{n}.example A 192.0.2.1", 11)
TEN_HOSTS = numbered("team.example MX {n} h{n}.example.\nh{n}.example A 198.51.100.{n}", 9) + (
    "\nteam.example MX 10 here.example."
)
MANY_NAMES = numbered("192.0.2.1 PTR n{n}.story.example.\nn{n}.story.example A 198.51.100.1", 9)
CHAIN = numbered('c{n}.example TXT "v=spf1 include:d{n}.example"\nd{n}.example TXT "v=spf1 -all"', 6)

INITIAL = [  # sections 2.3, 2.4, 4.1 to 4.5: what is checked, and which record
    Row("2.4", "pass", "v=spf1 ip4:192.0.2.1 -all"),
    Row("2.4", "pass", 'mail.story.example TXT "v=spf1 +all"', mail_from=""),
    Row("2.3", "fail", 'mail.story.example TXT "v=spf1 -all"\nstory.example TXT "v=spf1 +all"', mail_from=""),
    Row("2.4", "none", 'mail.story.example TXT "v=spf1 -all"'),
    Row("4.1", "pass", 'story.example TXT "v=spf1 exists:%{l}.l.story.example -all"\nlee.l.story.example A 127.0.0.2'),
    Row("4.3", "none", "", mail_from="lee@com"),
    Row("4.3", "none", 'com TXT "v=spf1 +all"', mail_from="lee@com"),
    Row("4.3", "none", 'com TXT "v=spf1 +all"', mail_from="lee@com."),
    Row("4.3", "none", "", mail_from="lee@story..example"),
    Row("4.3", "none", "", mail_from="lee@.story.example"),
    Row("4.3", "none", "", mail_from=f"lee@{LABEL}x.example"),
    Row("4.3", "pass", f'{LABEL}.example TXT "v=spf1 +all"', mail_from=f"lee@{LABEL}.example"),
    Row("4.3", "none", "", mail_from="lee@" + ".".join([LABEL] * 4)),
    Row("4.3", "none", "", mail_from="lee@[192.0.2.1]"),
    Row("4.3", "none", "", mail_from="", helo="[192.0.2.1]"),
    Row("4.3", "none", "", mail_from="", helo="192.0.2.1"),
    Row("4.3", "none", "", mail_from="", helo=""),
    Row("4.3", "none", "v=spf1 +all", mail_from="lee@nowhere.example"),
    Row("4.3", "pass", "v=spf1 +all", mail_from="lee@story.example."),
    Row("4.3", "pass", "v=spf1 +all", mail_from="lee@STORY.Example"),
    Row("4.3", "pass", 'xn--bcher-kva.example TXT "v=spf1 +all"', mail_from="lee@b\u00fccher.example"),
    Row(
        "4.3",
        "pass",
        'story.example TXT "v=spf1 exists:%{l}.ok.example -all"\npostmaster.ok.example A 127.0.0.2',
        mail_from="@story.example",
    ),
    Row(
        "4.3",
        "pass",
        'story.example TXT "v=spf1 exists:%{l}.ok.example -all"\npostmaster.ok.example A 127.0.0.2',
        mail_from="story.example",
    ),
    Row(
        "4.3",
        "pass",
        'mail.story.example TXT "v=spf1 exists:%{l}.%{o}.ok.example -all"\n'
        "postmaster.mail.story.example.ok.example A 127.0.0.2",
        mail_from="",
    ),
    Row("4.3", "pass", "v=spf1 +all", mail_from='"a@b"@story.example'),
    Row("4.4", "temperror", "story.example TXT servfail"),
    Row("4.4", "temperror", "story.example TXT timeout"),
    Row("4.4", "temperror", "story.example TXT refused"),
    Row("4.4", "temperror", "story.example TXT notimp"),
    Row("4.4", "temperror", "story.example TXT formerr"),
    Row("4.4", "temperror", "story.example TXT other_rcode"),
    Row("4.4", "temperror", "story.example TXT bogus"),
    Row("4.4", "temperror", "story.example TXT truncated"),
    Row("4.4", "temperror", "story.example TXT cname_chain"),
    Row("4.4", "none", "story.example TXT nodata"),
    Row("4.4", "none", "story.example TXT nxdomain"),
    Row("4.5", "none", 'story.example TXT "v=spf10 +all"'),
    Row("4.5", "none", 'story.example TXT "v=spf1-all"'),
    Row("4.5", "none", 'story.example TXT " v=spf1 +all"'),
    Row("4.5", "none", 'story.example TXT "spf2.0/pra +all"'),
    Row("4.5", "none", 'story.example TXT "v=spf1\\009+all"'),
    Row("4.5", "pass", 'story.example TXT "V=SPF1 +all"'),
    Row("4.5", "neutral", 'story.example TXT "v=spf1"'),
    Row("4.5", "neutral", 'story.example TXT "v=spf1 "'),
    Row("4.5", "pass", 'story.example TXT "v=spf10 -all"\nstory.example TXT "v=spf1 +all"'),
    Row("4.5", "permerror", 'story.example TXT "v=spf1 +all"\nstory.example TXT "v=spf1 -all"'),
    Row("4.5", "permerror", 'story.example TXT "v=spf1"\nstory.example TXT "V=spf1 -all"'),
    Row("3.3", "pass", 'story.example TXT "v=spf1 ip4:192.0" ".2.1 -all"'),
    Row("3.3", "none", 'story.example TXT "v=spf1" "+all"'),
    Row("3.1", "pass", 'story.example CNAME real.example.\nreal.example TXT "v=spf1 +all"'),
    Row("3.5", "pass", '*.story.example TXT "v=spf1 +all"', mail_from="lee@any.story.example"),
]

EVALUATION = [  # sections 4.6.1, 4.6.2, 4.7 and 12
    Row("4.6.1", "permerror", "v=spf1 +all nonsense"),
    Row("4.6.1", "permerror", "v=spf1 ip4:192.0.2.1 include"),
    Row("4.6.1", "permerror", "v=spf1 +all +all:story.example"),
    Row("4.6.1", "permerror", "v=spf1 +all ip4:192.0.2.1/33"),
    Row("4.6.1", "permerror", "v=spf1 +all redirect=pass.example redirect=pass.example"),
    Row("4.6.1", "permerror", "v=spf1 +all exp=why.example exp=why.example"),
    Row("4.6.1", "permerror", "v=spf1 +all -redirect=pass.example"),
    Row("4.6.1", "permerror", "v=spf1 +all a:%{x}.example"),
    Row("4.6.1", "permerror", "v=spf1 +all\\009mx"),
    Row("4.6.1", "permerror", "v=spf1 +all include:\\233\\255.example"),
    Row("4.6.1", "permerror", "v=spf1 !all"),
    Row("4.6.1", "permerror", "v=spf1 ++all"),
    Row("4.6.1", "permerror", "v=spf1 +all =x"),
    Row("4.6.1", "permerror", "v=spf1 +all 1x=y"),
    Row("4.6.1", "pass", "v=spf1   +all   "),
    Row("4.6.1", "pass", "v=spf1 +ALL"),
    Row("4.6.1", "pass", "v=spf1 IP4:192.0.2.1 -all"),
    Row("4.6.2", "pass", "v=spf1 +all"),
    Row("4.6.2", "pass", "v=spf1 all"),
    Row("4.6.2", "fail", "v=spf1 -all"),
    Row("4.6.2", "softfail", "v=spf1 ~all"),
    Row("4.6.2", "neutral", "v=spf1 ?all"),
    Row("4.6.2", "fail", "v=spf1 -ip4:192.0.2.1 +all"),
    Row("4.6.2", "pass", "v=spf1 ip4:192.0.2.1 -ip4:192.0.2.1 -all"),
    Row("4.6.2", "softfail", "v=spf1 ip4:192.0.2.2 ~ip4:192.0.2.0/24 -all"),
    Row("4.6.2", "pass", "v=spf1 ip4:192.0.2.1 a:sick.example -all"),
    Row("4.6.3", "pass", "v=spf1 redirect=fail.example ip4:192.0.2.1"),
    Row("4.7", "neutral", "v=spf1 ip4:192.0.2.2"),
    Row("4.7", "neutral", "v=spf1 exp=why.example"),
    Row("6", "pass", "v=spf1 ra=lee rp=100 x.y-z_1=%{c}%_%{t} +all"),
    Row("6", "pass", "v=spf1 x=1 x=2 +all"),
    Row("6", "pass", "v=spf1 x= +all"),
    Row("6", "pass", "v=spf1 +all unknown=v=spf1"),
    Row("6", "permerror", "v=spf1 +all x=%{y"),
    Row("6", "permerror", "v=spf1 +all x=%"),
    Row("6", "pass", f"v=spf1 {'n' * 200}=1 +all"),
]

LIMITS = [  # section 4.6.4
    Row("4.6.4", "fail", f"v=spf1 {'a:far.example ' * 10}-all"),
    Row("4.6.4", "permerror", f"v=spf1 {'a:far.example ' * 11}-all"),
    Row("4.6.4", "pass", f"v=spf1 {'a:far.example ' * 9}a:here.example {'a:far.example ' * 9}-all"),
    Row("4.6.4", "fail", f"v=spf1 {'mx:farhosts.example ' * 10}-all"),
    Row("4.6.4", "permerror", f"v=spf1 {'mx:farhosts.example ' * 11}-all"),
    Row("4.6.4", "fail", f"v=spf1 {'include:fail.example ' * 10}-all"),
    Row("4.6.4", "permerror", f"v=spf1 {'include:fail.example ' * 11}-all"),
    Row("4.6.4", "permerror", f"v=spf1 {'a:far.example ' * 10}redirect=pass.example"),
    Row("4.6.4", "pass", f"v=spf1 {'a:far.example ' * 9}redirect=pass.example"),
    Row("4.6.4", "permerror", f"v=spf1 {'a:far.example ' * 10}exists:here.example -all"),
    Row("4.6.4", "permerror", f'{MANY_NAMES}\nstory.example TXT "v=spf1 {"a:far.example " * 10}ptr -all"'),
    Row("4.6.4", "pass", f"v=spf1 {'ip4:198.51.100.1 ip6:2001:db8::7 ' * 20}+all"),
    Row(
        "4.6.4",
        "permerror",
        f'{CHAIN}\nstory.example TXT "v=spf1 {" ".join(f"include:c{n}.example" for n in range(1, 7))} -all"',
    ),
    Row(
        "4.6.4",
        "fail",
        f'{CHAIN}\nstory.example TXT "v=spf1 {" ".join(f"include:c{n}.example" for n in range(1, 6))} -all"',
    ),
    Row("4.6.4", "permerror", "v=spf1 include:story.example -all"),
    Row("4.6.4", "permerror", "v=spf1 redirect=story.example"),
    Row(
        "4.6.4",
        "permerror",
        'story.example TXT "v=spf1 include:x.example"\nx.example TXT "v=spf1 include:story.example"',
    ),
    Row(
        "4.6.4",
        "pass",
        'story.example TXT "v=spf1 ip4:192.0.2.1 include:x.example"\nx.example TXT "v=spf1 include:story.example"',
    ),
    Row("4.6.4", "fail", "v=spf1 -all exp=why.example " + "x=1 " * 20, says="ask postmaster@story.example"),
    Row("4.6.4", "fail", f"v=spf1 {'a:far.example ' * 10}-all exp=why.example", says="ask postmaster@story.example"),
    Row("4.6.4", "fail", "v=spf1 a:empty.example a:gone.example -all"),
    Row("4.6.4", "permerror", "v=spf1 a:empty.example a:gone.example a:empty2.example -all"),
    Row("4.6.4", "permerror", "v=spf1 mx:gone.example exists:gone.example a:gone.example -all"),
    Row("4.6.4", "permerror", "v=spf1 a:gone.example a:gone.example a:gone.example -all"),
    Row("4.6.4", "pass", "v=spf1 a:empty.example a:empty2.example a:here.example a:empty3.example -all"),
    Row("4.6.4", "permerror", "v=spf1 mx:nohosts.example mx:nohosts.example mx:nohosts.example -all"),
    Row("4.6.4", "permerror", f'{ELEVEN_HOSTS}\nstory.example TXT "v=spf1 mx:crowd.example -all"'),
    Row("4.6.4", "pass", f'{TEN_HOSTS}\nstory.example TXT "v=spf1 mx:team.example -all"'),
    Row(
        "4.6.4",
        "pass",
        f"{MANY_NAMES}\n192.0.2.1 PTR zz.story.example.\nzz.story.example A 192.0.2.1\n"
        'story.example TXT "v=spf1 ptr -all"',
    ),
    Row(
        "4.6.4",
        "fail",
        f"{MANY_NAMES}\n192.0.2.1 PTR y.story.example.\ny.story.example A 198.51.100.1\n"
        '192.0.2.1 PTR zz.story.example.\nzz.story.example A 192.0.2.1\nstory.example TXT "v=spf1 ptr -all"',
    ),
    Row("4.6.4", "permerror", f'{MANY_NAMES}\nstory.example TXT "v=spf1 {"a:far.example " * 10}a:%{{p}}.example -all"'),
    Row(
        "4.6.4",
        "permerror",
        f"{MANY_NAMES}\nunknown.far.example A 198.51.100.1\n"
        f'story.example TXT "v=spf1 {"a:far.example " * 9}a:%{{p}}.far.example -all"',
    ),
    Row(
        "4.6.4",
        "fail",
        f"{MANY_NAMES}\nunknown.far.example A 198.51.100.1\n"
        f'story.example TXT "v=spf1 {"a:far.example " * 8}a:%{{p}}.far.example -all"',
    ),
]

MECHANISMS = [  # section 5
    Row("5.1", "fail", "v=spf1 -all +ip4:192.0.2.1"),
    Row("5.1", "fail", "v=spf1 -all a:sick.example"),
    Row("5.1", "fail", "v=spf1 -all redirect=pass.example"),
    Row("5.1", "fail", "v=spf1 redirect=pass.example -all"),
    Row("5.1", "permerror", "v=spf1 -all/8"),
    Row("5.2", "pass", "v=spf1 include:pass.example -all"),
    Row("5.2", "fail", "v=spf1 -include:pass.example +all"),
    Row("5.2", "softfail", "v=spf1 include:fail.example ~all"),
    Row("5.2", "softfail", "v=spf1 include:soft.example ~all"),
    Row("5.2", "softfail", "v=spf1 include:neutral.example ~all"),
    Row("5.2", "softfail", "v=spf1 include:silent.example ~all"),
    Row("5.2", "permerror", "v=spf1 include:none.example +all"),
    Row("5.2", "permerror", "v=spf1 include:gone.example +all"),
    Row("5.2", "permerror", "v=spf1 include:two.example +all"),
    Row("5.2", "permerror", "v=spf1 include:broken.example +all"),
    Row("5.2", "temperror", "v=spf1 include:sick.example +all"),
    Row("5.2", "temperror", "v=spf1 include:slow.example +all"),
    Row("5.2", "pass", "v=spf1 ip4:192.0.2.1 include:sick.example -all"),
    Row("5.2", "permerror", "v=spf1 include +all"),
    Row("5.2", "permerror", "v=spf1 include: +all"),
    Row("5.2", "permerror", "v=spf1 include:pass.example/24 +all"),
    Row(
        "5.2", "pass", 'story.example TXT "v=spf1 include:x.example -all"\nx.example TXT "v=spf1 redirect=pass.example"'
    ),
    Row(
        "5.2",
        "pass",
        'story.example TXT "v=spf1 include:x.example -all"\nx.example TXT "v=spf1 exists:%{o}.ok.example"\n'
        "story.example.ok.example A 127.0.0.2",
    ),
    Row(
        "5.2",
        "pass",
        'story.example TXT "v=spf1 include:x.example -all"\nx.example TXT "v=spf1 exists:%{d}.ok.example"\n'
        "x.example.ok.example A 127.0.0.2",
    ),
    Row("5.3", "pass", "v=spf1 a:here.example -all"),
    Row("5.3", "pass", "v=spf1 a:here.example -all", ip=CLIENT6),
    Row("5.3", "pass", 'story.example TXT "v=spf1 a -all"\nstory.example A 192.0.2.1'),
    Row("5.3", "fail", "v=spf1 a:near.example -all"),
    Row("5.3", "pass", "v=spf1 a:near.example/24 -all"),
    Row("5.3", "fail", "v=spf1 a:near.example/25 -all"),
    Row("5.3", "pass", "v=spf1 a:far.example/0 -all"),
    Row("5.3", "pass", "v=spf1 a:near.example//64 -all", ip=CLIENT6),
    Row("5.3", "fail", "v=spf1 a:near.example/24 -all", ip=CLIENT6),
    Row("5.3", "pass", "v=spf1 a:near.example/32//112 -all", ip=CLIENT6),
    Row("5.3", "fail", "v=spf1 a:near.example/32//113 -all", ip=CLIENT6),
    Row("5.3", "fail", "v=spf1 a:near.example//64 -all"),
    Row("5.3", "pass", "v=spf1 a:both.example -all"),
    Row("5.3", "pass", "v=spf1 a:old.example -all"),
    Row("5.3", "fail", "v=spf1 a:gone.example -all"),
    Row("5.3", "fail", "v=spf1 a:empty.example -all"),
    Row("5.3", "temperror", "v=spf1 a:sick.example +all"),
    Row("5.3", "temperror", "v=spf1 a:loop.example +all"),
    Row("5.3", "permerror", "v=spf1 a: +all"),
    Row("5.3", "permerror", "v=spf1 a:here.example/33 +all"),
    Row("5.3", "permerror", "v=spf1 a:here.example//129 +all"),
    Row("5.3", "permerror", "v=spf1 a:here.example/024 +all"),
    Row("5.3", "permerror", "v=spf1 a:here.example/ +all"),
    Row("5.4", "pass", "v=spf1 mx:hosts.example -all"),
    Row("5.4", "pass", "v=spf1 mx:hosts.example -all", ip=CLIENT6),
    Row("5.4", "fail", "v=spf1 mx:farhosts.example -all"),
    Row("5.4", "pass", "v=spf1 mx:farhosts.example/0 -all"),
    Row("5.4", "pass", 'story.example TXT "v=spf1 mx -all"\nstory.example MX 10 here.example.'),
    Row("5.4", "fail", "v=spf1 mx:here.example -all"),  # no fall-back to the address
    Row("5.4", "fail", "v=spf1 mx:nullmx.example -all"),
    Row("5.4", "temperror", "v=spf1 mx:sickhosts.example +all"),
    Row("5.4", "pass", "v=spf1 mx:halfsick.example -all"),  # the choice is ours: hosts in order, until one matches
    Row("5.4", "temperror", "v=spf1 mx:sick.example +all"),
    Row(
        "5.5",
        "pass",
        'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR m.story.example.\nm.story.example A 192.0.2.1',
    ),
    Row("5.5", "pass", 'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR story.example.\nstory.example A 192.0.2.1'),
    Row(
        "5.5",
        "fail",
        'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR m.story.example.\nm.story.example A 192.0.2.9',
    ),
    Row(
        "5.5",
        "fail",
        'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR m.xstory.example.\nm.xstory.example A 192.0.2.1',
    ),
    Row(
        "5.5",
        "pass",
        'story.example TXT "v=spf1 ptr:other.example -all"\n192.0.2.1 PTR m.other.example.\n'
        "m.other.example A 192.0.2.1",
    ),
    Row(
        "5.5",
        "pass",
        'story.example TXT "v=spf1 ptr:Other.Example -all"\n192.0.2.1 PTR m.other.example.\n'
        "m.other.example A 192.0.2.1",
    ),
    Row(
        "5.5",
        "pass",
        'story.example TXT "v=spf1 ptr -all"\n2001:db8::1 PTR m.story.example.\nm.story.example AAAA 2001:db8::1',
        ip=CLIENT6,
    ),
    Row("5.5", "fail", "v=spf1 ptr -all"),
    Row("5.5", "fail", 'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR servfail'),
    Row("5.5", "fail", 'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR timeout'),
    Row(
        "5.5",
        "pass",
        'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR a.story.example.\na.story.example A servfail\n'
        "192.0.2.1 PTR b.story.example.\nb.story.example A 192.0.2.1",
    ),
    Row(
        "5.5",
        "pass",
        'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR a.story.example.\na.story.example CNAME b.story.example.\n'
        "b.story.example CNAME a.story.example.\n192.0.2.1 PTR c.story.example.\nc.story.example A 192.0.2.1",
    ),
    Row(
        "5.5",
        "fail",
        'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR m\\.story.example.\nm\\.story.example A 192.0.2.1',
    ),
    Row(
        "5.5",
        "pass",
        'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR m\\.n.story.example.\nm\\.n.story.example A 192.0.2.1',
    ),
    Row(
        "5.5",
        "pass",
        'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR \\255\\032.story.example.\n'
        "\\255\\032.story.example A 192.0.2.1",
    ),
    Row("5.5", "permerror", "v=spf1 ptr/24 +all"),
    Row("5.5", "permerror", "v=spf1 ptr: +all"),
    Row("5.6", "pass", "v=spf1 ip4:192.0.2.1 -all"),
    Row("5.6", "pass", "v=spf1 ip4:192.0.2.77/24 -all"),
    Row("5.6", "fail", "v=spf1 ip4:192.0.2.2 -all"),
    Row("5.6", "pass", "v=spf1 ip4:1.2.3.4/0 -all"),
    Row("5.6", "fail", "v=spf1 ip4:0.0.0.0/0 -all", ip=CLIENT6),
    Row("5.6", "pass", "v=spf1 ip6:2001:db8::1 -all", ip=CLIENT6),
    Row("5.6", "pass", "v=spf1 ip6:2001:DB8:0:0::/64 -all", ip=CLIENT6),
    Row("5.6", "fail", "v=spf1 ip6:::/0 -all"),
    Row("5.6", "pass", "v=spf1 ip6:::/0 -all", ip=CLIENT6),
    Row("5", "pass", "v=spf1 ip4:192.0.2.1 -all", ip="::ffff:192.0.2.1"),
    Row("5", "fail", "v=spf1 ip6:::ffff:192.0.2.1 -all", ip="::ffff:192.0.2.1"),
    Row("5", "pass", "v=spf1 a:here.example -all", ip="::ffff:192.0.2.1"),
    Row("5.6", "permerror", "v=spf1 ip4:192.0.2 +all"),
    Row("5.6", "permerror", "v=spf1 ip4:192.0.2.256 +all"),
    Row("5.6", "permerror", "v=spf1 ip4:192.0.02.1 +all"),
    Row("5.6", "permerror", "v=spf1 ip4:192.0.2.1/ +all"),
    Row("5.6", "permerror", "v=spf1 ip4:192.0.2.1//24 +all"),
    Row("5.6", "permerror", "v=spf1 ip4:here.example +all"),
    Row("5.6", "permerror", "v=spf1 ip4 +all"),
    Row("5.6", "permerror", "v=spf1 ip6:2001:db8::1/129 +all"),
    Row("5.6", "permerror", "v=spf1 ip6:2001:db8:::1 +all"),
    Row("5.6", "permerror", "v=spf1 ip6:fe80::1%eth0 +all"),
    Row("5.7", "pass", "v=spf1 exists:far.example -all"),
    Row("5.7", "pass", "v=spf1 exists:far.example -all", ip=CLIENT6),
    Row("5.7", "fail", "v=spf1 exists:gone.example -all"),
    Row("5.7", "fail", 'story.example TXT "v=spf1 exists:six.example -all"\nsix.example AAAA 2001:db8::1', ip=CLIENT6),
    Row("5.7", "fail", "v=spf1 exists:hosts.example -all"),
    Row("5.7", "temperror", "v=spf1 exists:sick.example +all"),
    Row("5.7", "permerror", "v=spf1 exists +all"),
    Row("5.7", "permerror", "v=spf1 exists: +all"),
    Row("5.7", "permerror", "v=spf1 exists:far.example/24 +all"),
]

MODIFIERS = [  # section 6
    Row("6.1", "pass", "v=spf1 redirect=pass.example"),
    Row("6.1", "fail", "v=spf1 redirect=fail.example", says="ask postmaster@story.example"),
    Row("6.1", "softfail", "v=spf1 ip4:192.0.2.2 redirect=soft.example"),
    Row("6.1", "neutral", "v=spf1 redirect=silent.example"),
    Row("6.1", "permerror", "v=spf1 redirect=none.example"),
    Row("6.1", "permerror", "v=spf1 redirect=gone.example"),
    Row("6.1", "permerror", "v=spf1 redirect=two.example"),
    Row("6.1", "permerror", "v=spf1 redirect=broken.example"),
    Row("6.1", "temperror", "v=spf1 redirect=sick.example"),
    Row("6.1", "permerror", "v=spf1 redirect="),
    Row("6.1", "pass", "v=spf1 REDIRECT=pass.example"),
    Row(
        "6.1",
        "pass",
        'story.example TXT "v=spf1 redirect=x.example"\nx.example TXT "v=spf1 a -all"\nx.example A 192.0.2.1',
    ),
    Row(
        "6.1",
        "fail",
        'story.example TXT "v=spf1 redirect=x.example exp=mine.example"\nx.example TXT "v=spf1 -all"\n'
        'mine.example TXT "mine"',
    ),
    Row("6.1", "permerror", "v=spf1 redirect=%{d1}"),  # a name of one label has no record
    Row("6.2", "fail", "v=spf1 -all exp=why.example", says="ask postmaster@story.example"),
    Row("6.2", "fail", "v=spf1 exp=why.example -all", says="ask postmaster@story.example"),
    Row("6.2", "softfail", "v=spf1 ~all exp=why.example"),
    Row("6.2", "pass", "v=spf1 +all exp=sick.example"),
    Row("6.2", "fail", "v=spf1 -all exp=gone.example"),
    Row("6.2", "fail", "v=spf1 -all exp=sick.example"),
    Row("6.2", "fail", "v=spf1 -all exp=here.example"),
    Row("6.2", "fail", "v=spf1 -all exp=two.example"),
    Row("6.2", "permerror", "v=spf1 -all exp="),
    Row(
        "6.2",
        "fail",
        'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "one " "two" "three"',
        says="one twothree",
    ),
    Row(
        "6.2",
        "fail",
        'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "100%% %_sure%-"',
        says="100%  sure%20",
    ),
    Row("6.2", "fail", 'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "not %{x} known"'),
    Row("6.2", "fail", 'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "half %{i"'),
    Row("6.2", "fail", 'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "sch\\195\\182n"'),
    Row("6.2", "fail", 'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "two\\013\\010lines"'),
    Row("6.2", "fail", 'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT ""', says=""),
    Row(
        "6.2",
        "fail",
        'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "%{s} at %{c} by %{r} on %{t}"',
        says="lee@story.example at 192.0.2.1 by mx.receiver.example on 1700000000",
    ),
    Row(
        "6.2",
        "fail",
        'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "%{c} %{i}"',
        ip=CLIENT6,
        says="2001:db8::1 2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1",
    ),
    Row(
        "6.2",
        "fail",
        'story.example TXT "v=spf1 -all exp=%{d}.e.example"\nstory.example.e.example TXT "here"',
        says="here",
    ),
    Row(
        "6.2",
        "fail",
        'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "%{s}"',
        mail_from="l\u00e9e@story.example",
    ),
    Row(
        "6.2",
        "fail",
        'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "%{S}"',
        mail_from="l\u00e9e@story.example",
        says="l%C3%A9e%40story.example",
    ),
    Row("6.2", "fail", 'story.example TXT "v=spf1 include:fail.example -all"'),
    Row(
        "6.2",
        "fail",
        'story.example TXT "v=spf1 include:fail.example -all exp=e.example"\ne.example TXT "mine"',
        says="mine",
    ),
    Row(
        "6.2",
        "fail",
        'story.example TXT "v=spf1 -include:x.example exp=e.example"\nx.example TXT "v=spf1 +all exp=why.example"\n'
        'e.example TXT "mine"',
        says="mine",
    ),
    Row(
        "6.2",
        "fail",
        'story.example TXT "v=spf1 redirect=x.example"\nx.example TXT "v=spf1 -all exp=e.example"\n'
        'e.example TXT "%{d} of %{o}"',
        says="x.example of story.example",
    ),
    Row(
        "6.2",
        "fail",
        'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "%{p}"\n192.0.2.1 PTR m.story.example.\n'
        "m.story.example A 192.0.2.1",
        says="m.story.example",
    ),
    Row("6.2", "fail", 'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "%{p}"', says="unknown"),
    Row("6.2", "permerror", "v=spf1 -all exp=%{r}.example"),
]

MACROS = [  # section 7; the mail is of strong-bad@email.story.example
    ("7.3", "%{s}", "strong-bad@email.story.example"),
    ("7.3", "%{l}", "strong-bad"),
    ("7.3", "%{o}", "email.story.example"),
    ("7.3", "%{d}", "email.story.example"),
    ("7.3", "%{i}", "192.0.2.1"),
    ("7.3", "%{v}", "in-addr"),
    ("7.3", "%{h}", "mail.story.example"),
    ("7.3", "%{p}", "m.email.story.example"),
    ("7.3", "%{ir}", "1.2.0.192"),
    ("7.3", "%{iR}", "1.2.0.192"),
    ("7.3", "%{d1}", "example"),
    ("7.3", "%{d2}", "story.example"),
    ("7.3", "%{d02}", "story.example"),
    ("7.3", "%{d3}", "email.story.example"),
    ("7.3", "%{d999}", "email.story.example"),
    ("7.3", "%{d1000000000000}", "email.story.example"),
    ("7.3", "%{dr}", "example.story.email"),
    ("7.3", "%{d1r}", "email"),
    ("7.3", "%{d2r}", "story.email"),
    ("7.3", "%{l-}", "strong.bad"),
    ("7.3", "%{lr-}", "bad.strong"),
    ("7.3", "%{l1r-}", "strong"),
    ("7.3", "%{s-}", "strong.bad@email.story.example"),
    ("7.3", "%{d+.}", "email.story.example"),
    ("7.3", "%{i1}", "1"),
    ("7.3", "%{p2}", "story.example"),
    ("7.3", "%{L}", "strong-bad"),
    ("7.3", "%{S}", "strong-bad%40email.story.example"),
    ("7.1", "a%%b", "a%b"),
    ("7.1", "a%_b", "a b"),
    ("7.1", "a%-b", "a%20b"),
]
MACRO_ZONE = """
    192.0.2.1 PTR zzz.elsewhere.example.
    192.0.2.1 PTR m.email.story.example.
    zzz.elsewhere.example A 192.0.2.1
    m.email.story.example A 192.0.2.1
"""
NAMES = [  # section 7.4 and what section 7.3 says of the names that come out; what is asked, as the DNS writes it
    ("7.4", "%{ir}.%{v}._spf.%{d2}", CLIENT, "1.2.0.192.in-addr._spf.story.example"),
    ("7.4", "%{lr-}.lp._spf.%{d2}", CLIENT, "bad.strong.lp._spf.story.example"),
    ("7.4", "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", CLIENT, "bad.strong.lp.1.2.0.192.in-addr._spf.story.example"),
    ("7.4", "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", CLIENT, "1.2.0.192.in-addr.strong.lp._spf.story.example"),
    ("7.4", "%{d2}.trusted-domains.example.net", CLIENT, "story.example.trusted-domains.example.net"),
    (
        "7.4",
        "%{ir}.%{v}._spf.%{d2}",
        CLIENT6,
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.story.example",
    ),
    ("7.3", "%{d}.x.example.", CLIENT, "email.story.example.x.example"),
    ("7.3", "A.%{d}", CLIENT, "a.email.story.example"),
    ("7.3", "%{s}.x.example", CLIENT, "strong-bad\\@email.story.example.x.example"),
    ("7.1", "a%_b%%.x.example", CLIENT, "a\\032b%.x.example"),
    ("7.3", "%{d}." * 20 + "x.example", CLIENT, "email.story.example." * 12 + "x.example"),
    ("7.3", f"{LABEL}.{LABEL}.{LABEL}.{LABEL}.%{{d2}}", CLIENT, f"{LABEL}.{LABEL}.{LABEL}.story.example"),
]
NO_NAME = [  # section 4.8 leaves open what is to be done: ours do not match, and as a record's name they are none
    Row("4.8", "fail", "v=spf1 a:%{l}..x.example -all"),
    Row("4.8", "fail", "v=spf1 exists:%{l}.x.example -all", mail_from=f"{'l' * 64}@story.example"),
    Row("4.8", "fail", "v=spf1 mx:.%{d} -all"),
    Row("4.8", "fail", "v=spf1 ptr:%{l}.x.example -all", mail_from="a..b@story.example"),
    Row("4.8", "permerror", "v=spf1 include:%{l}.x.example +all", mail_from="a..b@story.example"),
    Row("4.8", "permerror", "v=spf1 redirect=%{l}.x.example", mail_from="a..b@story.example"),
    Row("4.8", "fail", "v=spf1 -all exp=%{l}.x.example", mail_from="a..b@story.example"),
    Row("4.8", "permerror", "v=spf1 a:x..example +all"),
    Row("4.8", "permerror", f"v=spf1 a:x{LABEL}.example +all"),
]
GRAMMAR = [  # section 7.1 and the collected grammar of section 12
    ("12", "a:here.example", True),
    ("12", "a:here.example.", True),
    ("12", "a:foo:bar/baz.here.example", True),
    ("12", "a:b-c.d-e", True),
    ("12", "a:x.1a", True),
    ("12", "a:x.1-1", True),
    ("12", "a:%{d}", True),
    ("12", "a:x.%{d}", True),
    ("12", "a:%{d}/24//64", True),
    ("12", "a:%{d/}", True),
    ("12", "a:x%%", True),
    ("12", "a:x%_", True),
    ("12", "a:x%-", True),
    ("12", "a:%{D2R.-+,/_=}", True),
    ("12", "a:$!.&*.example", True),
    ("12", "a:%{d}.", False),
    ("12", "a:museum", False),
    ("12", "a:x.123", False),
    ("12", "a:x.-y", False),
    ("12", "a:x.y-", False),
    ("12", "a:x.y_z", False),
    ("12", "a:x.y,", False),
    ("12", "a:x.y}", False),
    ("12", "a:%{d}}", False),
    ("12", "a:%{d}x", False),
    ("12", "a:%{d}.12", False),
    ("12", "a:%{}", False),
    ("12", "a:%{2d}", False),
    ("12", "a:%{dd}", False),
    ("12", "a:%{d r}", False),
    ("12", "a:%{d-r}", False),
    ("12", "a:%{d*}", False),
    ("7.2", "a:%{c}", False),
    ("7.2", "a:%{r}", False),
    ("7.2", "a:%{t}", False),
    ("7.3", "a:%{d0}", False),
    ("7.3", "a:%{d00}", False),
    ("12", "a:%d", False),
    ("12", "a:x.%", False),
    ("12", "a:%(d)", False),
    ("12", "ptr:x.y/24", False),
    ("12", "x-y_z.1=", True),
    ("12", "x=a:b/c=d", True),
    ("12", "-x=y", False),
    ("12", "_x=y", False),
    ("12", "ip4=192.0.2.1", True),  # a modifier that nobody knows
]


HOLES = [
    ("not_gathered", "story.example TXT not_gathered"),
    ("budget", "story.example TXT budget"),
    ("vantage.rewriting", "story.example TXT rewritten"),
    ("net.guard_refused", 'story.example TXT "v=spf1 include:x.example -all"\nx.example TXT guard_refused'),
    ("not_gathered", 'story.example TXT "v=spf1 a:x.example -all"\nx.example A not_gathered'),
    ("not_gathered", 'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR not_gathered'),
    (
        "not_gathered",
        'story.example TXT "v=spf1 ptr -all"\n192.0.2.1 PTR m.story.example.\nm.story.example A not_gathered',
    ),
]


def checked(text: str, query: SpfQuery) -> SpfOutcome:
    fact, _ = found(check_host(query), text)
    assert isinstance(fact, Known), fact
    return fact.value


ROWS = [*INITIAL, *EVALUATION, *LIMITS, *MECHANISMS, *MODIFIERS, *NO_NAME]


@pytest.mark.parametrize("row", ROWS, ids=[f"{r.clause} {i}" for i, r in enumerate(ROWS)])
def test_what_a_receiver_comes_to(row: Row) -> None:
    query = SpfQuery(row.ip, row.mail_from, row.helo, receiver="mx.receiver.example", now=1700000000)
    outcome = checked(row.text, query)
    assert (outcome.result, outcome.explanation) == (row.result, row.says), outcome


@pytest.mark.parametrize(("clause", "macro", "value"), MACROS, ids=[m for _, m, _ in MACROS])
def test_what_a_macro_becomes(clause: str, macro: str, value: str) -> None:
    text = f'{MACRO_ZONE}email.story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "[{macro}]"'
    query = SpfQuery(CLIENT, "strong-bad@email.story.example", "mail.story.example")
    assert checked(text, query).explanation == f"[{value}]", clause


def test_a_name_is_said_as_the_client_wrote_it() -> None:
    text = 'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT "%{s} %{o} %{d} %{h}"'
    outcome = checked(text, SpfQuery(CLIENT, "Lee@Story.Example", "Mail.Story.Example"))
    assert outcome.explanation == "Lee@Story.Example Story.Example Story.Example Mail.Story.Example"
    assert outcome.domain == "story.example"


@pytest.mark.parametrize(("clause", "spec", "ip", "asked"), NAMES, ids=[s[:60] for _, s, _, _ in NAMES])
def test_which_name_is_asked(clause: str, spec: str, ip: str, asked: str) -> None:
    text = f'email.story.example TXT "v=spf1 exists:{spec} -all"'
    query = SpfQuery(ip, "strong-bad@email.story.example", "mail.story.example")
    fact, questions = found(check_host(query), text)
    assert isinstance(fact, Known)
    assert questions[-1] == f"{asked} A", clause


@pytest.mark.parametrize(("clause", "word", "good"), GRAMMAR, ids=[w for _, w, _ in GRAMMAR])
def test_the_grammar(clause: str, word: str, good: bool) -> None:
    outcome = checked(f'story.example TXT "v=spf1 ip4:192.0.2.1 {word}"', SpfQuery(CLIENT, "lee@story.example"))
    assert outcome.result == ("pass" if good else "permerror"), clause


@pytest.mark.parametrize(("reason", "zone"), HOLES)
def test_what_we_could_not_ask_is_no_temperror(reason: str, zone: str) -> None:
    fact, _ = found(check_host(SpfQuery(CLIENT, "lee@story.example")), zone)
    assert isinstance(fact, Unknown)
    assert fact.reason == reason


@pytest.mark.parametrize("mark", ["servfail", "not_gathered"])
def test_a_lost_explanation_leaves_the_result(mark: str) -> None:
    zone = f'story.example TXT "v=spf1 -all exp=e.example"\ne.example TXT {mark}'
    outcome = checked(zone, SpfQuery(CLIENT, "lee@story.example"))
    assert (outcome.result, outcome.explanation) == ("fail", None)


@pytest.mark.parametrize(
    ("record", "reason", "place"),
    [
        ("v=spf1 a:sick.example -all", "dns.servfail", "sick.example"),
        ("v=spf1 include:slow.example -all", "dns.timeout", "slow.example"),
        ("v=spf1 include:loop.example -all", "dns.cname_chain", "loop.example"),
    ],
)
def test_a_temperror_names_the_question_without_an_answer(record: str, reason: str, place: str) -> None:
    outcome = checked(Row("", "", record).text, SpfQuery(CLIENT, "lee@story.example"))
    assert outcome.hole is not None
    assert (outcome.hole.reason, outcome.place) == (reason, place)
    assert [p.key.split()[1] for p in outcome.hole.probes] == [place]


@pytest.mark.parametrize(
    ("record", "reason", "place"),
    [
        ("v=spf1 include:none.example", "include:none.example leads nowhere: there is no SPF record", "story.example"),
        ("v=spf1 include:two.example", "there are 2 SPF records", "two.example"),
        ("v=spf1 include:broken.example", "the record cannot be read: unknown mechanism: nonsense", "broken.example"),
        (f"v=spf1 {'a:far.example ' * 11}", "more than 10 terms need the DNS", "story.example"),
        ("v=spf1 a:gone.example a:gone.example a:empty.example", "more than 2 lookups find nothing", "empty.example"),
        ("v=spf1 x\\255", "the record cannot be read: character that is not printable ASCII: x\\xff", "story.example"),
    ],
)
def test_a_permerror_says_why_and_where(record: str, reason: str, place: str) -> None:
    outcome = checked(Row("", "", record).text, SpfQuery(CLIENT, "lee@story.example"))
    assert (outcome.result, outcome.reason, outcome.place) == ("permerror", reason, place)


def test_the_way_to_the_mechanism_that_matched() -> None:
    zone = """
        story.example TXT "v=spf1 redirect=a.example"
        a.example     TXT "v=spf1 a:far.example ?include:b.example -all"
        b.example     TXT "v=spf1 ip4:192.0.2.0/24 -all"
    """
    outcome = checked(SHARED + zone, SpfQuery(CLIENT, "lee@story.example"))
    assert outcome.result == "neutral"
    assert outcome.path == (
        SpfMatch("story.example", "redirect=a.example"),
        SpfMatch("a.example", "?include:b.example"),
        SpfMatch("b.example", "ip4:192.0.2.0/24"),
    )
    assert outcome.matched == SpfMatch("b.example", "ip4:192.0.2.0/24")
    assert (outcome.lookups, outcome.voids, outcome.domain, outcome.identity) == (3, 0, "story.example", "mailfrom")


def test_nothing_is_asked_behind_a_match() -> None:
    text = Row("", "", "v=spf1 a:far.example ip4:192.0.2.1 mx:hosts.example include:pass.example exp=why.example").text
    _, questions = found(check_host(SpfQuery(CLIENT, "lee@story.example")), text)
    assert questions == ("story.example TXT", "far.example A")


def test_a_client_has_its_own_share_of_questions() -> None:
    text = Row("", "", "v=spf1 a:far.example exists:%{i}.far.example exists:%{l}.far.example -all").text
    query = SpfQuery(CLIENT, "lee@story.example", shared=2, own=1)
    fact, questions = found(check_host(query), text)
    assert fact == Unknown("budget")
    assert questions == ("story.example TXT", "far.example A", "192.0.2.1.far.example A")


def test_worst_case_of_questions() -> None:
    hosts = numbered("team.example MX {n} h{n}.example.\nh{n}.example A 198.51.100.1", 10)
    record = f'story.example TXT "v=spf1 {" ".join("mx:team.example" for _ in range(10))} -all exp=why.example"'
    fact, questions = found(check_host(SpfQuery(CLIENT, "lee@story.example", shared=112)), f"{SHARED}{hosts}\n{record}")
    assert isinstance(fact, Known)
    assert len(questions) == 13, "each name once"


@pytest.mark.parametrize(
    ("got", "result"),
    [
        (Answer(status=DnsStatus.LAME, rcode=0), "none"),
        (Answer(status=DnsStatus.LAME, rcode=3), "none"),
        (Answer(status=DnsStatus.LAME, rcode=0, authority=("example. 60 NS ns.example.",)), "temperror"),
        (Answer(status=DnsStatus.LAME), "temperror"),
    ],
)
def test_a_bare_denial_of_a_server_that_does_not_recurse_counts(got: Answer, result: str) -> None:
    fact, _ = replay(check_host(SpfQuery(CLIENT, "lee@story.example")), lambda _: got)
    assert isinstance(fact, Known)
    assert fact.value.result == result


WORDS = st.sampled_from(
    [
        "a",
        "mx",
        "ptr",
        "include:%{d}",
        "exists:%{p}.%{l}",
        "redirect=%{h}",
        "exp=%{s}",
        "a:%{i2r}.x.y",
        "mx:%{d999}.z",
        "-all",
    ]
)
DATA = st.one_of(
    st.text(st.characters(max_codepoint=255), max_size=80),
    st.lists(WORDS, max_size=14).map(lambda words: f'"v=spf1 {" ".join(words)}"'),
    st.sampled_from(
        ["192.0.2.1", "2001:db8::1", "10 .", "5 a..b.", "10 \\255\\.x.", "\\", "story.example.", "a\\.b.story.example."]
    ),
)
ANSWERS = st.builds(
    Answer,
    status=st.sampled_from([DnsStatus.NOERROR] * 8 + list(DnsStatus)),
    records=st.lists(DATA, max_size=3).map(tuple),
)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(
    st.lists(ANSWERS, min_size=1, max_size=12),
    st.sampled_from([CLIENT, CLIENT6]),
    st.text(max_size=40),
    st.text(max_size=40),
)
def test_whatever_comes_back_there_is_an_outcome_or_a_hole(
    answers: list[Answer], ip: str, path: str, helo: str
) -> None:
    asked: dict[Probe[Any], Answer] = {}
    faults: list[BaseException] = []

    def seen(probe: Probe[Any]) -> Answer:
        return asked.setdefault(probe, answers[len(asked) % len(answers)])

    fact, _ = replay(check_host(SpfQuery(ip, path, helo)), seen, faults.append)
    assert faults == []
    assert len(asked) <= 250
    for probe in asked:
        assert isinstance(probe, Question)
        assert wire_name(probe.name)
    if isinstance(fact, Known):
        said = fact.value.explanation
        assert said is None or (said.isascii() and said.isprintable() and fact.value.result == "fail")
        assert (fact.value.hole is not None) is (fact.value.result == "temperror")


def wire_name(name: str) -> bool:
    """Whether the network client can ask for a name."""
    return asking(name, "A").name.to_text(omit_final_dot=True) == name
