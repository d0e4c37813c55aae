"""Faults that are planted in domains, each with the rules that must say so, written by hand from the standards.

A domain begins sound; a fault changes its records. `-` takes away all records of a name and type, `+` adds one, `=`
puts one in the place of all. `@` is the domain; `{d}` its name; names that end in a dot are elsewhere. `options` go
beside the domain in the list.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from math import prod

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

SENDER = "192.0.2.25"
SOUND = """
    + @ MX 10 mx1.ok.test.
    + @ MX 20 mx2.ok.test.
    + @ TXT "v=spf1 ip4:192.0.2.25 -all"
    + _dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{d}"
    + _smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@{d}"
    + s1._domainkey TXT {key}
"""
PARKED = """
    - @ MX
    - s1._domainkey TXT
    - _smtp._tls TXT
    = @ TXT "v=spf1 -all"
    = _dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@ok.test"
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """A change to a sound domain, and the rules that fail because of it."""

    name: str
    topic: str  # faults of different topics may stand in one domain
    change: str
    rules: frozenset[str]
    options: str = ""
    alone: bool = False  # it changes what other topics say


def _fault(name: str, change: str, rules: str, options: str = "", *, alone: bool = False) -> Fault:
    return Fault(name, name.split(" ", 1)[0], change, frozenset(rules.split()), options, alone)


def _spf(name: str, record: str, rules: str, options: str = "", *, alone: bool = False) -> Fault:
    """The domain's SPF record, as the strings of its TXT record."""
    text = record if record.startswith('"') else f'"{record}"'
    return _fault(f"spf {name}", f"= @ TXT {text}", rules, options, alone=alone)


def _dmarc(name: str, record: str, rules: str, *, alone: bool = False) -> Fault:
    return _fault(f"dmarc {name}", f'= _dmarc TXT "{record}"', rules, alone=alone)


def _dkim(name: str, record: str, rules: str, *, alone: bool = False) -> Fault:
    """A second selector, which is configured, too."""
    return _fault(f"dkim {name}", f"+ s2._domainkey {record}", rules, "selectors=s1,s2", alone=alone)


def _text(octets: bytes, tags: str = "k=rsa") -> str:
    text = base64.b64encode(octets).decode()
    whole = f"v=DKIM1; {tags}; p={text}"
    return " ".join(f'"{whole[i : i + 250]}"' for i in range(0, len(whole), 250))


def _integer(number: int) -> bytes:
    octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + _length(len(octets)) + octets


def _length(length: int) -> bytes:
    if length < 128:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


@cache
def _primes() -> tuple[int, ...]:
    """Primes of 1024 bits."""
    keys = (rsa.generate_private_key(public_exponent=65537, key_size=2048).private_numbers() for _ in range(3))
    return tuple(prime for key in keys for prime in (key.p, key.q))


def _rsa(bits: int, exponent: int = 65537) -> bytes:
    """A bare RSAPublicKey (RFC 8017 appendix A.1.1) without small factors. 512 bits are a prime of that length."""
    if bits < 1024:
        modulus = rsa.generate_private_key(public_exponent=65537, key_size=2 * bits).private_numbers().p
    else:
        modulus = prod(_primes()[: bits // 1024])
    body = _integer(modulus) + _integer(exponent)
    return b"\x30" + _length(len(body)) + body


def sound_key() -> str:
    """A key as it should be: RSA with 2048 bits."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return _text(
        key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
    )


def _ed25519(octets: int = 32) -> bytes:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return raw[:octets]


GOOD_RSA = "k=rsa; "
A_NAMES = " ".join(f"a:l{i}.ok.test" for i in range(1, 12))
ELEVEN = "\n".join(f"+ @ MX {30 + i} x{i}.many.ok.test." for i in range(1, 12))

SPF = (
    _fault("spf missing", "- @ TXT", "SPF-MISSING"),
    _fault("spf two records", '+ @ TXT "v=spf1 mx -all"', "SPF-MULTIPLE"),
    _spf("unknown mechanism", "v=spf1 ip4:192.0.2.25 inclde:_spf.ok.test -all", "SPF-SYNTAX"),
    _spf("glued all", "v=spf1 ip4:192.0.2.25 ~allfoo", "SPF-SYNTAX"),
    _spf("ip4 with an IPv6 address", "v=spf1 ip4:2001:db8::25 -all", "SPF-SYNTAX"),
    _spf("a prefix of 33", "v=spf1 ip4:192.0.2.25/33 -all", "SPF-SYNTAX"),
    _spf("an include without a name", "v=spf1 ip4:192.0.2.25 include: -all", "SPF-SYNTAX"),
    _spf("a tab", r"v=spf1\009ip4:192.0.2.25 -all", "SPF-MISSING"),
    _spf("a tab between terms", r"v=spf1 ip4:192.0.2.25\009-all", "SPF-SYNTAX"),
    _spf("an octet that is not ASCII", r"v=spf1 ip4:192.0.2.25 include:\233.test -all", "SPF-SYNTAX"),
    _spf("a macro without its end", "v=spf1 ip4:192.0.2.25 exists:%{i.ok.test -all", "SPF-SYNTAX"),
    _spf("two redirects", "v=spf1 redirect=_spf.ok.test redirect=_spf.ok.test", "SPF-SYNTAX"),
    _spf("no blank after the version", '"v=spf1" "-all"', "SPF-MISSING"),
    _spf("version 10", "v=spf10 ip4:192.0.2.25 -all", "SPF-MISSING"),
    _spf("an unknown modifier", "v=spf1 ip4:192.0.2.25 ra=postmaster -all", "SPF-UNKNOWN-MODIFIER"),
    _spf("eleven lookups", f"v=spf1 {A_NAMES} -all", "SPF-LOOKUPS"),
    _spf("nine lookups", f"v=spf1 {' '.join(A_NAMES.split()[:9])} -all", "SPF-LOOKUPS-NEAR"),
    _spf("eleven lookups in includes", "v=spf1 include:six.ok.test include:_six.ok.test -all", "SPF-LOOKUPS"),
    _spf("three voids", "v=spf1 ip4:192.0.2.25 a:n1.ok.test a:n2.ok.test a:n3.ok.test -all", "SPF-VOID"),
    _spf("one void", "v=spf1 ip4:192.0.2.25 a:n1.ok.test -all", "SPF-VOID-ANY"),
    _spf("an include without record", "v=spf1 ip4:192.0.2.25 include:mx1.ok.test -all", "SPF-INCLUDE-NONE"),
    _spf("an include that is gone", "v=spf1 ip4:192.0.2.25 include:gone.ok.test -all", "SPF-INCLUDE-NXDOMAIN"),
    _spf("an include nobody has registered", "v=spf1 ip4:192.0.2.25 include:spf.nobody-has.com -all", "SPF-TAKEOVER"),
    _spf("a broken include", "v=spf1 ip4:192.0.2.25 include:broken.ok.test -all", "SPF-INCLUDE-PERMERROR"),
    _spf("an include with two records", "v=spf1 ip4:192.0.2.25 include:double.ok.test -all", "SPF-INCLUDE-PERMERROR"),
    _spf("an include twice", "v=spf1 include:_spf.ok.test include:_spf.ok.test -all", "SPF-INCLUDE-DUP"),
    _spf("a loop", "v=spf1 ip4:192.0.2.25 include:{d} -all", "SPF-LOOP"),
    _spf("eleven MX behind mx", "v=spf1 mx:many.ok.test -all", "SPF-MX-GT10"),
    _spf("ptr", "v=spf1 ip4:192.0.2.25 ptr -all", "SPF-PTR"),
    _spf("all pass", "v=spf1 ip4:192.0.2.25 +all", "SPF-ALL-PASS"),
    _spf("the whole internet", "v=spf1 ip4:0.0.0.0/0 -all", "SPF-ALL-PASS"),
    _spf("neutral", "v=spf1 ip4:192.0.2.25 ?all", "SPF-ALL-NEUTRAL"),
    _spf("no all", "v=spf1 ip4:192.0.2.25", "SPF-ALL-NEUTRAL"),
    _spf("softfail", "v=spf1 ip4:192.0.2.25 ~all", "SPF-ALL-SOFTFAIL"),
    _spf("a term after all", "v=spf1 ip4:192.0.2.25 -all a:mx1.ok.test", "SPF-ALL-NOT-LAST"),
    _spf("a redirect beside all", "v=spf1 ip4:192.0.2.25 -all redirect=_spf.ok.test", "SPF-REDIRECT-IGNORED"),
    _spf("a broad range", "v=spf1 ip4:192.0.2.25 ip4:12.0.0.0/8 -all", "SPF-CIDR-BROAD"),
    _spf("a private address", "v=spf1 ip4:192.0.2.25 ip4:10.1.2.3 -all", "SPF-PRIVATE-IP"),
    _spf("strings that part a term", '"v=spf1 ip4:192.0.2.25 -a" "ll"', "SPF-SPLIT-SPACE"),
    _spf(
        "strings that glue terms", '"v=spf1 include:_spf.ok.test" "ip4:192.0.2.25 -all"', "SPF-SYNTAX SPF-SPLIT-SPACE"
    ),
    _spf("two blanks", "v=spf1  ip4:192.0.2.25 -all", "SPF-SPACES"),
    _spf("an explanation that is gone", "v=spf1 ip4:192.0.2.25 exp=gone.ok.test -all", "SPF-EXP"),
    _fault("spf type 99", '+ @ SPF "v=spf1 ip4:192.0.2.25 -all"', "SPF-TYPE99"),
    _fault("spf sender id", '+ @ TXT "spf2.0/pra ip4:192.0.2.25 -all"', "SPF-SENDERID"),
    _fault("spf a large answer", f'+ @ TXT "{"x" * 250}" "{"y" * 250}"', "SPF-SIZE"),
    _fault("spf a subdomain without", "+ www A 192.0.2.25", "SPF-SUBDOMAIN-NONE", "subdomains=www.{d}"),
)
DMARC = (
    _fault("dmarc missing", "- _dmarc TXT", "DMARC-MISSING DMARC-NEXT-STEP"),
    _fault("dmarc two records", '+ _dmarc TXT "v=DMARC1; p=none"', "DMARC-MULTIPLE DMARC-NEXT-STEP"),
    _dmarc("a version in lower case", "v=dmarc1; p=reject; rua=mailto:dmarc@{d}", "DMARC-VERSION DMARC-NEXT-STEP"),
    _dmarc("the version not first", "p=reject; v=DMARC1; rua=mailto:dmarc@{d}", "DMARC-VERSION DMARC-NEXT-STEP"),
    _fault("dmarc another text", '+ _dmarc TXT "hello"', "DMARC-EXTRA-TXT"),
    _fault("dmarc at the domain", '+ @ TXT "v=DMARC1; p=reject"', "DMARC-WRONG-PLACE"),
    _fault("dmarc one level too deep", '+ _dmarc._dmarc TXT "v=DMARC1; p=reject"', "DMARC-WRONG-PLACE"),
    _fault("dmarc an alias", "- _dmarc TXT\n+ _dmarc CNAME policy.ok.test.", "DMARC-CNAME"),
    _fault(
        "dmarc a dangling alias",
        "- _dmarc TXT\n+ _dmarc CNAME gone.ok.test.",
        "DMARC-CNAME DMARC-MISSING DMARC-NEXT-STEP",
    ),
    _dmarc("no tag", "v=DMARC1; p=reject; rua=mailto:dmarc@{d}; reject", "DMARC-SYNTAX"),
    _dmarc("a tag twice", "v=DMARC1; p=reject; rua=mailto:dmarc@{d}; p=none", "DMARC-SYNTAX"),
    _dmarc("no policy", "v=DMARC1; rua=mailto:dmarc@{d}", "DMARC-P-MISSING DMARC-P-NONE DMARC-NEXT-STEP"),
    _dmarc("a policy that is none", "v=DMARC1; p=block; rua=mailto:dmarc@{d}", "DMARC-P-INVALID DMARC-NEXT-STEP"),
    _dmarc("none", "v=DMARC1; p=none; rua=mailto:dmarc@{d}", "DMARC-P-NONE DMARC-NEXT-STEP"),
    _dmarc("quarantine", "v=DMARC1; p=quarantine; rua=mailto:dmarc@{d}", "DMARC-P-QUARANTINE DMARC-NP DMARC-NEXT-STEP"),
    _dmarc(
        "quarantine but np",
        "v=DMARC1; p=quarantine; np=reject; rua=mailto:dmarc@{d}",
        "DMARC-P-QUARANTINE DMARC-NEXT-STEP",
    ),
    _dmarc(
        "weak subdomains", "v=DMARC1; p=reject; sp=none; rua=mailto:dmarc@{d}", "DMARC-SP-WEAK DMARC-NP DMARC-NEXT-STEP"
    ),
    _dmarc(
        "weak sp, strict np",
        "v=DMARC1; p=reject; sp=none; np=reject; rua=mailto:dmarc@{d}",
        "DMARC-SP-WEAK DMARC-NEXT-STEP",
    ),
    _dmarc("weak np", "v=DMARC1; p=reject; np=none; rua=mailto:dmarc@{d}", "DMARC-NP DMARC-NEXT-STEP"),
    _dmarc(
        "a test",
        "v=DMARC1; p=reject; t=y; rua=mailto:dmarc@{d}",
        "DMARC-T-Y DMARC-P-QUARANTINE DMARC-NP DMARC-NEXT-STEP",
    ),
    _dmarc("pct", "v=DMARC1; p=reject; pct=50; rua=mailto:dmarc@{d}", "DMARC-PCT"),
    _dmarc("pct of nought", "v=DMARC1; p=reject; pct=0; rua=mailto:dmarc@{d}", "DMARC-PCT"),
    _dmarc("pct of all", "v=DMARC1; p=reject; pct=100; rua=mailto:dmarc@{d}", "DMARC-PCT"),
    _dmarc("rf", "v=DMARC1; p=reject; rf=afrf; rua=mailto:dmarc@{d}", "DMARC-RF-RI"),
    _dmarc("ri", "v=DMARC1; p=reject; ri=86400; rua=mailto:dmarc@{d}", "DMARC-RF-RI"),
    _dmarc("a size", "v=DMARC1; p=reject; rua=mailto:dmarc@{d}!10m", "DMARC-URI-SIZE"),
    _dmarc("no reports", "v=DMARC1; p=reject", "DMARC-RUA-MISSING"),
    _dmarc("an address without scheme", "v=DMARC1; p=reject; rua=mailto:dmarc@{d},other@{d}", "DMARC-RUA-SYNTAX"),
    _dmarc("https alone", "v=DMARC1; p=reject; rua=https://{d}/reports", "DMARC-RUA-SCHEME"),
    _dmarc("three addresses", "v=DMARC1; p=reject; rua=mailto:a@{d},mailto:b@{d},mailto:c@{d}", "DMARC-RUA-COUNT"),
    _dmarc("a mailbox that is nowhere", "v=DMARC1; p=reject; rua=mailto:dmarc@nowhere.{d}", "DMARC-RUA-MX"),
    _dmarc("failure reports", "v=DMARC1; p=reject; rua=mailto:dmarc@{d}; ruf=mailto:dmarc@{d}", "DMARC-RUF"),
    _dmarc("fo without ruf", "v=DMARC1; p=reject; rua=mailto:dmarc@{d}; fo=1", "DMARC-RUF"),
    _dmarc("reports to others", "v=DMARC1; p=reject; rua=mailto:dmarc@quiet.test", "DMARC-EXT-AUTH"),
    _dmarc("strict", "v=DMARC1; p=reject; adkim=s; rua=mailto:dmarc@{d}", "DMARC-ALIGN-STRICT"),
    _dmarc("a public suffix", "v=DMARC1; p=reject; psd=y; rua=mailto:dmarc@{d}", "DMARC-PSD"),
)
DKIM = (
    _fault("dkim configured, not there", "", "DKIM-CONFIGURED-MISSING", "selectors=s1,s2"),
    _dkim("a dangling alias", "CNAME gone.ok.test.", "DKIM-CNAME-DANGLING"),
    _fault(
        "dkim two keys",
        f"+ s2._domainkey TXT {{key}}\n+ s2._domainkey TXT {_text(_rsa(2048))}",
        "DKIM-MULTI-TXT DKIM-SIZE",
        "selectors=s1,s2",
    ),
    _dkim("no key in it", 'TXT "v=DKIM1; k=rsa"', "DKIM-SYNTAX"),
    _dkim("not base64", 'TXT "v=DKIM1; k=rsa; p=*not*base64*"', "DKIM-SYNTAX"),
    _dkim("the version last", f"TXT {_text(_rsa(2048)).replace('v=DKIM1; ', '')} " + '"; v=DKIM1"', "DKIM-SYNTAX"),
    _dkim("revoked", 'TXT "v=DKIM1; p="', "DKIM-REVOKED"),
    _dkim("a kind of key that is none", f"TXT {_text(_rsa(2048), 'k=dsa')}", "DKIM-KEYTYPE"),
    _dkim("512 bits", f"TXT {_text(_rsa(512))}", "DKIM-RSA-BITS"),
    _dkim("1024 bits", f"TXT {_text(_rsa(1024))}", "DKIM-RSA-1024"),
    _dkim("5120 bits", f"TXT {_text(_rsa(5120))}", "DKIM-RSA-LARGE"),
    _dkim("an exponent of one", f"TXT {_text(_rsa(2048, 1))}", "DKIM-RSA-WEAK"),
    _dkim("half an Ed25519 key", f"TXT {_text(_ed25519(16), 'k=ed25519')}", "DKIM-ED25519-LEN"),
    _fault("dkim Ed25519 alone", f"= s1._domainkey TXT {_text(_ed25519(), 'k=ed25519')}", "DKIM-ED25519-ONLY"),
    _dkim("sha1 alone", f"TXT {_text(_rsa(2048), 'h=sha1; k=rsa')}", "DKIM-HASH"),
    _dkim("not for mail", f"TXT {_text(_rsa(2048), 'k=rsa; s=chat')}", "DKIM-SERVICE"),
    _dkim("a test", f"TXT {_text(_rsa(2048), 'k=rsa; t=y')}", "DKIM-TEST"),
    _dkim("strict", f"TXT {_text(_rsa(2048), 'k=rsa; t=s')}", "DKIM-STRICT-I"),
    _dkim("a granularity", f"TXT {_text(_rsa(2048), 'k=rsa; g=*')}", "DKIM-G"),
    _fault("dkim a wildcard", "+ *._domainkey TXT {key}", "DKIM-WILDCARD"),
    _fault("dkim none", "- s1._domainkey TXT", "DKIM-NONE DMARC-SPF-ONLY", "-", alone=True),
)
MX = (
    _fault("mx null beside another", "+ @ MX 0 .", "MX-NULL-MIXED"),
    _fault("mx an address", "+ @ MX 30 192.0.2.99.", "MX-IPLIT"),
    _fault("mx an underscore", "+ @ MX 30 mx_3.ok.test.", "MX-HOST-SYNTAX"),
    _fault("mx an alias", "+ @ MX 30 alias.ok.test.", "MX-CNAME"),
    _fault("mx gone", "+ @ MX 30 gone.ok.test.", "MX-NXDOMAIN"),
    _fault("mx nobody has registered", "+ @ MX 30 mx.nobody-has.com.", "MX-TAKEOVER"),
    _fault("mx without address", "+ @ MX 30 empty.ok.test.", "MX-NOADDR"),
    _fault("mx private", "+ @ MX 30 private.ok.test.", "MX-PRIVATE"),
    _fault("mx twice", "+ @ MX 30 mx1.ok.test.", "MX-DUP"),
    _fault("mx twins", "+ @ MX 30 twin.ok.test.", "MX-DUP-ADDR"),
    _fault("mx one alone", "= @ MX 10 mx1.ok.test.", "MX-SINGLE"),
    _fault("mx too many", ELEVEN, "MX-COUNT"),
    _fault("mx short-lived", "- @ MX\n+ @ 60 MX 10 mx1.ok.test.\n+ @ 60 MX 20 mx2.ok.test.", "MX-TTL-LOW"),
    _fault("mx long-lived", "- @ MX\n+ @ 604800 MX 10 mx1.ok.test.\n+ @ 604800 MX 20 mx2.ok.test.", "MX-TTL-HIGH"),
    _fault("mx without IPv6", "- @ MX\n+ @ MX 10 v4a.ok.test.\n+ @ MX 10 v4b.ok.test.", "MX-IPV6-NONE"),
    _fault(
        "mx two providers",
        "+ @ MX 30 aspmx.l.google.com.\n+ @ MX 30 x.mail.protection.outlook.com.",
        "MX-MIXED-PROVIDER",
        alone=True,
    ),
    _fault("mx of a provider that SPF leaves out", "= @ MX 1 aspmx.l.google.com.", "SPF-MX-NOT-AUTH", alone=True),
    _fault(
        "mx implicit", "- @ MX\n+ @ A 192.0.2.10\n+ @ A 192.0.2.11\n+ @ AAAA 2001:db8::10", "MX-MISSING", alone=True
    ),
    _fault("mx parked", f"{PARKED}+ @ MX 0 .", "MX-NULL", "-", alone=True),
    _fault("mx parked with another preference", f"{PARKED}+ @ MX 10 .", "MX-NULL MX-NULL-PREF", "-", alone=True),
    _fault(
        "mx parked but sending",
        f'{PARKED}+ @ MX 0 .\n= @ TXT "v=spf1 ip4:192.0.2.25 -all"',
        "MX-NULL MX-NULL-SENDS SPF-NOMAIL DOMAIN-PARKED-INCOMPLETE DKIM-NONE DMARC-SPF-ONLY",
        "-",
        alone=True,
    ),
    _fault("mx nowhere", PARKED, "MX-NONE-NOADDR", "-", alone=True),
)
PTR = (
    _fault("ptr missing", '= @ TXT "v=spf1 ip4:192.0.2.40 -all"', "PTR-MISSING"),
    _fault("ptr that leads elsewhere", '= @ TXT "v=spf1 ip4:192.0.2.41 -all"', "PTR-FCRDNS"),
    _fault("ptr of a pool", '= @ TXT "v=spf1 ip4:192.0.2.42 -all"', "PTR-GENERIC"),
    _fault("ptr twice", '= @ TXT "v=spf1 ip4:192.0.2.43 -all"', "PTR-MULTIPLE"),
    _fault("ptr by an alias", '= @ TXT "v=spf1 ip4:192.0.2.44 -all"', "PTR-CNAME"),
    _fault("ptr listed", '= @ TXT "v=spf1 ip4:192.0.2.66 -all"', "DNSBL-IP-LISTED"),
)
HELO = (
    _fault("helo localhost", "", "HELO-SYNTAX", "helo=localhost"),
    _fault("helo that is nowhere", "", "HELO-RESOLVE HELO-SPF", "helo=gone.ok.test"),
    _fault("helo without SPF", "", "HELO-SPF", "helo=mx1.ok.test"),
    _fault("helo of another", "", "HELO-RESOLVE", "helo=helo.ok.test sending_ips=192.0.2.25", alone=True),
)
TLSRPT = (
    _fault("tlsrpt missing", "- _smtp._tls TXT", "TLSRPT-MISSING"),
    _fault("tlsrpt two records", '+ _smtp._tls TXT "v=TLSRPTv1; rua=mailto:other@{d}"', "TLSRPT-MULTI"),
    _fault("tlsrpt without address", '= _smtp._tls TXT "v=TLSRPTv1;"', "TLSRPT-SYNTAX"),
    _fault(
        "tlsrpt to a mailbox that is nowhere", '= _smtp._tls TXT "v=TLSRPTv1; rua=mailto:a@no.{d}"', "TLSRPT-RUA-MX"
    ),
)
FAULTS = (*SPF, *DMARC, *DKIM, *MX, *PTR, *HELO, *TLSRPT)
