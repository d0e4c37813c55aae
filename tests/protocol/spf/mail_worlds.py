"""Small worlds for SPF, made by a seed: a domain's record, what it leads to, and a client that sends.

They are made so that things go wrong often: names that are not there, servers that fail, records in error, limits that
are just met. Nothing in them was published by anybody.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from audit.model.probe import DnsStatus
from audit.protocol.spf.outcome import SpfQuery
from tests.rules.world import Zone, reverse

CLIENTS = ("192.0.2.1", "192.0.2.65", "2001:db8::1", "2001:db8::1", "::ffff:192.0.2.1")
SENDERS = (
    "lee@story.example",
    "lee-bad.x+y@story.example",
    "Lee@Story.Example",
    "",
    "@story.example",
    "@story.example",
    "a b@story.example",
)
IPV4 = ("192.0.2.1", "192.0.2.65", "192.0.2.200", "198.51.100.1", "203.0.113.9")
IPV6 = ("2001:db8::1", "2001:db8::2", "2001:db8:1::1", "2001:db8:ffff::9")
RECORDS = tuple(f"r{n}.example" for n in range(6))
HOSTS = tuple(f"h{n}.example" for n in range(6))
ABSENT = ("gone.example", "gone.a-b.example")
SICK = "sick.example"
NAMED = (*HOSTS, *HOSTS, *ABSENT, SICK, "crowd.example", "alias.example", "loop.example")
MACROS = (
    "%{d}", "%{d2}", "%{dr}", "%{d1r}", "%{o}", "%{h}", "%{l}", "%{l-}", "%{lr-}", "%{l1r-+.}", "%{s}", "%{S}", "%{i}",
    "%{ir}", "%{iR}", "%{v}", "%{p}", "%{p2}", "%{d999}", "%{D}", "%%", "%_", "%-", "%{h-}", "%{h2-.}",
)  # fmt: skip
BAD_WORDS = (
    "nonsense", "all:x.example", "-all/8", "ip4:192.0.2", "ip4:192.0.2.1/33", "ip4:192.0.02.1", "ip6:2001:db8::/129",
    "ip6:1:2", "a:museum", "a:x.12", "a:h0.example/33", "a:h0.example//129", "a:h0.example/024", "mx:", "include",
    "include:r0.example/24", "exists", "ptr/8", "a:%{z}.example", "a:%{c}.example", "a:%", "a:%{d", "a:%{d0}.example",
    "redirect=", "-redirect=r0.example", "exp=", "++all", "!mx", "a:h0.example,", "a:%{d}x", "ipv4:192.0.2.1", "x=%{y}",
)  # fmt: skip
ODD_WORDS = (
    "ra=lee", "x=1 x=1", "x=1", "x=2", "x=%{d}", "y=%{c}", "A:H0.example", "MX", "ALL", "REDIRECT=r0.example",
    "EXP=e.example",
    "a:h0.example.", "a:h0.example/0", "a//0", "ip4:0.0.0.0/0", "ip6:::/0", "ip6:::ffff:192.0.2.1", "a:x.1-1",
)  # fmt: skip
EXPLANATIONS = (
    '"go away %{i} %{c}"', '"%{i}"', '"%{s} %{S} %{d} %{o}"', '"%{h} %{p} %{v}"', '"%{r} %{t}"', '"half %{d"',
    '"unknown %{z}"', '"%{p}"',
    '"caf\\195\\169"', '"two " "strings"', '"%{lr-} %{d1r} %{l1r-+.}"', '"100%% %_%-"', '"plain"', '"%{h-} %{h1r-}"',
    '"%{iR}"',
    '"a. %{s} %{s} %{s} %{s} %{s} %{s} %{s} %{s} %{s} %{s} %{s} %{s} %{s} %{s} %{s}"',
)  # fmt: skip


@dataclass(frozen=True)
class MailWorld:
    """A zone and a client."""

    zone: Zone
    query: SpfQuery

    @property
    def texts(self) -> str:
        """Every text of the world, one after the other."""
        return "\n".join(r for (_, kind), held in self.zone.records.items() if kind == "TXT" for r in held)


class Maker:
    """Makes worlds, each from what its numbers say."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def world(self) -> MailWorld:
        chance = self._random
        client = chance.choice(CLIENTS)
        query = SpfQuery(
            client,
            chance.choice(SENDERS),
            chance.choice(("mail.story.example", "h.a-b.example")),
            "mx.rcv.example",
            1700000000,
        )
        records: dict[tuple[str, str], tuple[str, ...]] = {}
        records["e.example", "TXT"] = (chance.choice(EXPLANATIONS),)
        for name in HOSTS:
            self._host(records, name)
        records["alias.example", "CNAME"] = (chance.choice(("h0.example.", "gone.example.", "crowd.example.")),)
        records["loop.example", "CNAME"] = ("loop2.example.",)
        records["loop2.example", "CNAME"] = ("loop.example.",)
        crowd = chance.choice((9, 10, 11))
        records["crowd.example", "MX"] = tuple(f"{n} h{n % 6}.example." for n in range(crowd))
        self._reverse(records, str(query.address))
        long = chance.random() < 0.25
        for name in ("story.example", "mail.story.example", "h.a-b.example", *RECORDS):
            if name in ("story.example", "r0.example") or chance.random() < 0.85:
                records[name, "TXT"] = self._texts(chance.choice((7, 9, 12)) if long else 3)
        drawn = chance.random()
        if drawn < 0.08:
            self._brim(records)
        elif drawn < 0.16:
            records["story.example", "TXT"] = ('"v=spf1 ip4:203.0.113.9 exp=e.example -all"',)
        if chance.random() < 0.5:
            answer = chance.choice(("lee.story.example", "192.0.2.1.story.example", "story.example.h0.example"))
            records[answer, "A"] = ("127.0.0.2",)
        marks: dict[tuple[str, str, int | None], DnsStatus] = {
            (SICK, "ANY", None): chance.choice((DnsStatus.SERVFAIL, DnsStatus.TIMEOUT))
        }
        if chance.random() < 0.1:
            marks[chance.choice(HOSTS), "ANY", None] = DnsStatus.SERVFAIL
        owners = {owner for owner, _ in records}
        names = frozenset(".".join(o.split(".")[i:]) for o in owners for i in range(o.count(".") + 1))
        return MailWorld(Zone(records, marks, names), query)

    def _host(self, records: dict[tuple[str, str], tuple[str, ...]], name: str) -> None:
        chance = self._random
        if chance.random() < 0.8:
            records[name, "A"] = tuple(sorted(set(chance.choices(IPV4, k=chance.choice((1, 1, 2))))))
        if chance.random() < 0.6:
            records[name, "AAAA"] = tuple(sorted(set(chance.choices(IPV6, k=1))))
        if chance.random() < 0.5:
            hosts = chance.choices((*HOSTS, *HOSTS, *ABSENT, SICK), k=chance.choice((1, 2, 3)))
            records[name, "MX"] = tuple(sorted({f"{n * 10} {h}." for n, h in enumerate(hosts, 1)}))
        records.setdefault((name, "TXT"), ('"nothing of note"',))

    def _brim(self, records: dict[tuple[str, str], tuple[str, ...]]) -> None:
        """A record that all but meets the limit of ten lookups."""
        chance = self._random
        records["h0.example", "A"], records["h0.example", "AAAA"] = ("203.0.113.9",), ("2001:db8:ffff::9",)
        ends = ("-all", "exists:%{p}.h0.example -all", "a:h0.example -all", "ip4:192.0.2.0/24 ip6:2001:db8::/32",
                "redirect=r0.example")  # fmt: skip
        words = ["a:h0.example"] * chance.choice((8, 9, 10))
        words += chance.sample(ends, k=chance.choice((1, 2)))
        records["story.example", "TXT"] = (f'"v=spf1 {" ".join(words)}"',)

    def _reverse(self, records: dict[tuple[str, str], tuple[str, ...]], client: str) -> None:
        chance = self._random
        pool = ["m.story.example.", "story.example.", "h0.example.", "h1.example.", "gone.example.", "sick.example.",
                "loop.example.", "m\\.story.example.", "x.a-b.example."]  # fmt: skip
        found = sorted(set(chance.choices(pool, k=chance.choice((0, 1, 1, 2, 3)))))
        if chance.random() < 0.15:
            found = sorted({*found, *(f"n{n}.story.example." for n in range(11))})
        if found:
            records[reverse(client), "PTR"] = tuple(found)
        kind = "AAAA" if ":" in client else "A"
        for name in ("m.story.example", "m\\.story.example", "n3.story.example", "x.a-b.example"):
            if chance.random() < 0.7:
                records[name, kind] = (client,)

    def _texts(self, most: int) -> tuple[str, ...]:
        chance = self._random
        whole = [f'"v=spf1 {self._record(most)}"']
        if chance.random() < 0.03:
            whole.append('"v=spf1 -all"')
        if chance.random() < 0.03:
            whole = ['"v=spf1"' if chance.random() < 0.5 else '"v=spf10 -all"']
        if chance.random() < 0.1:
            whole.append('"some=verification"')
        return tuple(sorted(whole))

    def _record(self, most: int) -> str:
        chance = self._random
        words = [self._word() for _ in range(chance.randint(0, most))]
        if chance.random() < 0.06:
            words.insert(chance.randint(0, len(words)), chance.choice(BAD_WORDS))
        if chance.random() < 0.08:
            words.insert(chance.randint(0, len(words)), chance.choice(ODD_WORDS))
        if chance.random() < 0.3:
            words.append(
                f"exp={chance.choice(('e.example', 'e.example', 'gone.example', 'r1.example', '%{d}', 'sick.example'))}"
            )
        if chance.random() < 0.25:
            words.append(f"redirect={self._name(RECORDS)}")
        if chance.random() < 0.7:
            words.append(chance.choice(("-all", "-all", "~all", "?all", "+all")))
        return " ".join(words)

    def _word(self) -> str:
        chance = self._random
        mark = chance.choice(("", "", "", "+", "-", "~", "?"))
        kind = chance.choice(("ip4", "ip6", "a", "a", "mx", "mx", "include", "include", "include", "exists", "ptr"))
        if kind == "ip4":
            return f"{mark}ip4:{chance.choice(IPV4[1:])}{chance.choice(('', '', '/26', '/25', '/31'))}"
        if kind == "ip6":
            return f"{mark}ip6:{chance.choice(IPV6[1:])}{chance.choice(('', '/127', '/48', '/126'))}"
        if kind == "include":
            return f"{mark}include:{self._name(RECORDS)}"
        if kind == "exists":
            return f"{mark}exists:{self._name(NAMED)}"
        target = "" if chance.random() < 0.25 else f":{self._name(NAMED)}"
        if kind == "ptr":
            return f"{mark}ptr{target}"
        return f"{mark}{kind}{target}{chance.choice(('', '', '', '/26', '/24', '//64', '/30//126'))}"

    def _name(self, pool: tuple[str, ...]) -> str:
        chance = self._random
        drawn = chance.random()
        if drawn < 0.80:
            return chance.choice(pool)
        if drawn < 0.83:
            return chance.choice((*ABSENT, SICK, "loop.example", "story.example"))
        if drawn < 0.84:
            return ".".join(["%{d}"] * chance.choice((19, 20, 25))) + ".h0.example"
        return f"{chance.choice(MACROS)}.{chance.choice(('story.example', 'h0.example', '%{d}', 'x.a-b.example'))}"
