"""Domains that nobody wrote by hand: SPF, DMARC and TLS-RPT records with what goes wrong in them, from a fixed seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from audit.model.probe import DnsStatus
from tests.rules.world import Zone

SILENT = (DnsStatus.SERVFAIL, DnsStatus.TIMEOUT, DnsStatus.REFUSED, DnsStatus.BOGUS, DnsStatus.MALFORMED)
POLICIES = ("none", "quarantine", "reject")
BAD_TERMS = (
    *("ip4:192.0.2", "ip4:192.0.2.1/33", "ip4:192.0.2.1/08", "ip4:2001:db8::1", "ip6:192.0.2.1", "ip6:2001:db8::/129"),
    *("include:", "include", "include=x.example", "exists:", "a:", "mx:", "a:h.example/33", "mx:h.example//129"),
    *("ip4", "ipv4:192.0.2.1", "foo", "foo:bar.example", "all:x.example", "ptr/24", "exists:%{x}.example"),
    *("include:%h.example", "exists:%{i0}.example", "redirect=", "exp=", "-redirect=x.example", "ip4:192.0.2.1~all"),
    *("include:a..example", "include:localhost", "a:192.0.2.1", "exists:x.123", "mx:a_b", "include:-x.-example"),
    *("redirect=localhost", "exists:%{c}.example", "ip4:192.0.2.1,", "“quoted”", "a:h.example/", "ip4:%{i}"),
)
ODD_TERMS = (
    *("IP4:192.0.2.9", "A", "MX:h.example", "x=y", "ra=postmaster", "rp=200", "rr=e:f", "unknown=%{d}", "x-y.z=%%_"),
    *("exists:%{i}.x.example", "a:%{d}", "exists:%{ir}.%{l1r-}.x.example", "ip4:0.0.0.0/0", "a:h.example//64", "ptr"),
    *(
        "include:%{d}.x.example",
        "exists:%{iR}.x.example",
        "exists:%{I}.x.example",
        "ptr:h.example",
        "exp=e.example",
        "exp=%{d}.example",
        "a:under_score.example",
    ),
    *("ip6:2001:db8::1", "ip6:::ffff:192.0.2.1", "a:h.example./24", "include:H0.EXAMPLE", "unknown=%z"),
)
BEHIND_ALL = ("ip4:192.0.2.3", "junk", "include:", "x=%z", "-all", "exp=e.example", "redirect=x.example", "ip4:999")

ODD_TAGS = (
    *("sp=reject", "sp=none", "sp=nothing", "np=reject", "np=x", "t=y", "t=n", "t=x", "psd=y", "psd=n", "psd=u"),
    *("psd=z", "adkim=s", "adkim=x", "aspf=r", "fo=1", "fo=0:1", "fo=q", "fo=d:d", "pct=50", "pct=200", "rf=afrf"),
    *("ri=1", "x=1", "x1=2", "p=none", "rua=a@h.example", "rua=mailto:a", "rua=https://h.example/x"),
    *("rua=mailto:a@h.example!10m", "junk", "ruf=mailto:a@h.example", "ruf=nobody", "=x", "", "sp=", "rua="),
    *("rua=mailto:a@h.example,", "x=caf\u00e9", "x-y=1"),
)
ODD_URIS = (
    *("https://h.example/tls", "https://h.example:8443/a?b=c", "mailto:a.b@h.example", "MAILTO:a@h.example"),
    *("ftp://x.example", "mailto:a", "a@h.example", "mailto:a@h.example!1m", "https://[2001:db8::1]/x"),
    *("http://h.example/", "https://", "mailto:.a@h.example", "mailto:a@h.example?subject=x"),
    *("https://h.example/a b", "mailto:a%21@h.example", "https://h.example/%zz", "mailto:a..b@h.example"),
    *("https://u@h.example/", "https://h.example#x", "mailto:a/b@h.example", "https://h_x.example/"),
    *("mailto:a:b@h.example",),
)
ODD_FIELDS = (
    *("x=1", "x=a b", "RUA=mailto:a@h.example", "x", "=1", "rua=mailto:q@h.example", "", "x-y=1", "x=", "v=TLSRPTv1"),
    *("x=caf\u00e9", "rua = mailto:a@h.example", "rua="),
)


@dataclass
class Maker:
    """Writes the zone of one domain."""

    seed: int
    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    marks: dict[tuple[str, str, int | None], DnsStatus] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        below = self.chance(0.3)
        self.organization = f"d{self.seed}.example"
        deep = ".".join(f"l{i}" for i in range(self.rng.choice((1, 2, 3, 7, 9)))) if below else ""
        self.domain = f"{deep}.{self.organization}" if deep else self.organization

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def txt(self, owner: str, text: str) -> None:
        """A TXT record, in one string or in several; of some the octets are no UTF-8."""
        octets = text.encode()
        if self.chance(0.015):
            octets += b" \xe9"
        cut = self.rng.randrange(1, len(octets)) if self.chance(0.1) and len(octets) > 1 else 255
        parts = [octets[:cut], *(octets[i : i + 255] for i in range(cut, len(octets), 255))]
        self.add(owner, "TXT", " ".join(f'"{_escaped(p)}"' for p in parts))

    def add(self, owner: str, rdtype: str, data: str) -> None:
        held = self.records.setdefault((owner, rdtype), [])
        if data not in held:  # the same twice is once (RFC 2181 section 5)
            held.append(data)

    def silence(self, owner: str, rdtype: str = "TXT") -> None:
        self.marks[owner, rdtype, None] = self.rng.choice(SILENT)

    def zone(self) -> Zone:
        self.add(self.domain, "A", "192.0.2.1")
        self._hosts()
        self._spf(self.domain, 0)
        self._dmarc()
        self._tls_rpt()
        owners = {owner for owner, _ in (*self.records, *((o, t) for o, t, _ in self.marks))}
        names = frozenset(".".join(o.split(".")[i:]) for o in owners for i in range(len(o.split("."))))
        return Zone({k: tuple(sorted(v)) for k, v in self.records.items()}, self.marks, names)

    # ---- SPF ------------------------------------------------------------------------------------------------------

    def _hosts(self) -> None:
        for number in range(4):
            self.add(f"h{number}.example", "A", f"192.0.2.{number + 10}")
        self.add("h.example", "AAAA", "2001:db8::1")
        self.add("h.example", "MX", "10 h0.example.")
        for number in range(12):
            self.add("many.example", "MX", f"10 h{number}.example.")
        self.txt("e.example", "no mail from %{i}")
        if self.chance(0.5):
            self.add(self.domain, "MX", "10 h0.example.")

    def _spf(self, owner: str, depth: int) -> None:
        """The SPF record of a name, and of those that it leads to."""
        rng = self.rng
        fate = rng.random()
        if fate < (0.1 if depth else 0.06):
            if self.chance(0.4):
                self.txt(
                    owner, rng.choice(("v=spf10 -all", "hello", "spf2.0/pra -all", " v=spf1 -all", "v=spf1\t-all"))
                )
            return
        if fate < (0.13 if depth else 0.08):
            self.silence(owner)
            return
        if self.chance(0.03):
            self.txt(owner, "v=spf1 -all")
        if self.chance(0.1):
            self.txt(
                owner,
                rng.choice(
                    ("unrelated", "v=spf1x", "caf\u00e9", "v=DMARC1; p=none", "v=TLSRPTv1; rua=mailto:a@b.example")
                ),
            )
        self.txt(owner, self._spf_text(owner, depth))

    def _spf_text(self, owner: str, depth: int) -> str:
        rng = self.rng
        terms = [self._term(owner, depth) for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4, 6)))]
        if self.chance(0.04 if depth else 0.08):
            terms += [f"exists:h{rng.randrange(4)}.example" for _ in range(rng.randrange(6, 13))]
        if self.chance(0.02):
            terms += ["a:gone0.example", "ptr:gone0.example", "ptr:gone0.example"]
        if self.chance(0.06):
            terms += [f"a:gone{i}.example" for i in range(rng.randrange(1, 5))]
        ending = rng.random()
        if ending < 0.8:
            terms.append(rng.choice(("-all", "~all", "?all", "+all", "all", "-ALL")))
            if self.chance(0.08):
                terms += rng.sample(BEHIND_ALL, rng.randrange(1, 3))
        elif ending < 0.92:
            terms.insert(rng.randrange(len(terms) + 1), f"redirect={self._below(owner, depth)}")
        glue = "\t" if self.chance(0.01) else "  " if self.chance(0.05) else " "
        version = "V=SPF1" if self.chance(0.03) else "v=spf1"
        return f"{version} {glue.join(terms)}{' ' if self.chance(0.05) else ''}"

    def _term(self, owner: str, depth: int) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.03:
            return rng.choice(BAD_TERMS)
        if kind < 0.2:
            return rng.choice(ODD_TERMS)
        if kind < 0.45:
            return f"{rng.choice(('', '', '?', '~', '-', '+'))}include:{self._below(owner, depth)}"
        host = rng.choice(("h0.example", "h1.example", "h.example", "gone0.example", "many.example"))
        if self.chance(0.02):
            self.silence(host, rng.choice(("A", "MX")))
        return rng.choice(("a", "mx", f"a:{host}", f"mx:{host}", "ip4:192.0.2.7", "ip4:192.0.2.0/24", f"exists:{host}"))

    def _below(self, owner: str, depth: int) -> str:
        """A name that a record leads to: a new one, one that was there, or back to where it came from."""
        if self.chance(0.03):
            return owner
        if depth >= 3 or self.chance(0.15):
            return "h0.example" if self.chance(0.5) else "gone1.example"
        name = f"s{depth}{self.rng.randrange(3)}.{self.organization}"
        if (name, "TXT") not in self.records and (name, "TXT", None) not in self.marks:
            self.records[name, "TXT"] = []
            self._spf(self._aliased(name), depth + 1)
            if not self.records.get((name, "TXT"), True):
                del self.records[name, "TXT"]
        return name

    def _aliased(self, name: str) -> str:
        """The name, or now and then another that it is an alias of."""
        if not self.chance(0.05):
            return name
        other = f"alias-of.{name}"
        self.add(name, "CNAME", f"{other}.")
        return other

    # ---- DMARC ----------------------------------------------------------------------------------------------------

    def _dmarc(self) -> None:
        self._dmarc_at(self.domain, 0.7)
        if self.domain != self.organization:
            labels = self.domain.split(".")
            for start in range(1, len(labels) - 1):
                self._dmarc_at(".".join(labels[start:]), 0.4)
        if self.chance(0.05):
            self._dmarc_at("example", 0.8)

    def _dmarc_at(self, name: str, share: float) -> None:
        rng, owner = self.rng, self._aliased(f"_dmarc.{name}")
        if self.chance(0.03):
            self.silence(owner)
            return
        if not self.chance(share):
            if name == self.domain and self.chance(0.2):
                self.add(owner, "A", "192.0.2.1")
                self.txt(name, self._dmarc_text())
            if self.chance(0.2):
                self.txt(
                    owner,
                    rng.choice(
                        ("unrelated", "v=DMARC2; p=none", "v=dmarc1; p=none", " v=DMARC1; p=none", "v=spf1 -all")
                    ),
                )
            return
        self.txt(owner, self._dmarc_text())
        if self.chance(0.05):
            self.txt(owner, self._dmarc_text())
        if self.chance(0.05):
            self.txt(owner, rng.choice(("unrelated", "caf\u00e9", "v=spf1 -all")))

    def _dmarc_text(self) -> str:
        rng = self.rng
        tags = [f"p={rng.choice(POLICIES)}"]
        if self.chance(0.08):
            tags[0] = rng.choice(("p=", "p=rejct", "p=NONE", "P=reject", "p = reject", "p=reject,", "p=monitor"))
        if self.chance(0.06):
            tags = []
        if self.chance(0.7):
            mailboxes = ("mailto:a@h.example", f"mailto:a@{self.domain}", "mailto:a@h.example,mailto:b@h.example")
            tags.append(f"rua={rng.choice(mailboxes)}")
        for odd in ODD_TAGS:
            if self.chance(0.02):
                tags.insert(rng.randrange(len(tags) + 1), odd)
        glue = rng.choice(("; ", ";", " ; ", "; ", ";", ";", "; ", ";; " if self.chance(0.2) else ";"))
        version = rng.choice(("v=DMARC1",) * 12 + ("v = DMARC1", "V=DMARC1", "v=DMARC1 ", "v=\tDMARC1"))
        text = glue.join([version, *tags]) + (";" if self.chance(0.3) else "")
        return text.replace(";", "", 1) if self.chance(0.01) else text

    # ---- TLS-RPT --------------------------------------------------------------------------------------------------

    def _tls_rpt(self) -> None:
        rng, owner = self.rng, self._aliased(f"_smtp._tls.{self.domain}")
        if self.chance(0.04):
            self.silence(owner)
            return
        if self.chance(0.2):
            if self.chance(0.3):
                self.txt(
                    owner, rng.choice(("unrelated", "v=spf1 -all", "v=TLSRPTv1", "v=tlsrptv1; rua=mailto:a@b.example"))
                )
            return
        for _ in range(2 if self.chance(0.05) else 1):
            self.txt(owner, self._tls_rpt_text())
        if self.chance(0.05):
            self.txt(owner, "unrelated")

    def _tls_rpt_text(self) -> str:
        rng = self.rng
        uris = ["mailto:tls@h.example"] if self.chance(0.7) else []
        uris += [odd for odd in ODD_URIS if self.chance(0.02)]
        if not uris and self.chance(0.8):
            uris = ["mailto:z@h.example"]
        fields = [f"rua={rng.choice((',', ', ', ' , ')).join(uris)}"] if uris or self.chance(0.3) else []
        for odd in ODD_FIELDS:
            if self.chance(0.015):
                fields.insert(rng.randrange(len(fields) + 1), odd)
        version = rng.choice(("v=TLSRPTv1",) * 16 + ("v=TLSRPTv1 ", "V=TLSRPTv1", "v= TLSRPTv1"))
        return rng.choice(("; ", ";", " ; " if self.chance(0.1) else ";")).join([version, *fields]) + (
            ";" if self.chance(0.3) else ""
        )


def _escaped(octets: bytes) -> str:
    return "".join(chr(o) if 32 <= o < 127 and o not in b'"\\' else f"\\{o:03d}" for o in octets)
