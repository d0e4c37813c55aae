"""What a story of the lab consists of, and the records of a domain with which everything is well."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeAlias

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.lab.authority import NameServer
from audit.lab.https_server import Page, WebHost
from audit.lab.keys import rsa_2048
from audit.lab.pki import CertificateFault, derived_key
from audit.lab.smtp_server import Behaviour
from audit.model.report import Severity

IPV4, IPV6 = "203.0.113.{}", "2001:db8:25::{:x}"
OTHER_IPV4, OTHER_IPV6 = "198.51.100.{}", "2001:db8:53::{:x}"  # of second name servers: another network
NAMES = "ns1.lab.example", "ns2.lab.example"  # the servers of most zones
SELECTOR = "lab1"
UNSIGNED, NO_POLICY, NO_TLSA = "DNSSEC-NONE", "MTASTS-MISSING", "DANE-MISSING"
NEXT, OLD, OLDER = "next key of {}", "old key of {}", "older key of {}"
POLICY = "/.well-known/mta-sts.txt"

Fail: TypeAlias = tuple[str, str, Severity]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHost:
    """A mail host that listens on port 25 of its addresses. `also` are further names in its certificate."""

    name: str
    addresses: tuple[str, ...]
    behaviour: Behaviour = Behaviour.POLITE
    certificate: CertificateFault = CertificateFault.NONE
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One domain of the lab, and the one thing that is to be seen there.

    `zone` is zone text, `options` what the list says beside the domain. `fails` are all fails of severity low or above
    that the story means: rule id, name of the subject, severity. `lacks` are rules that fail for most domains, since
    few have everything: neither do most of the lab's.
    """

    name: str
    text: str
    domain: str
    zone: tuple[str, ...]
    hosts: tuple[MailHost, ...] = ()
    webs: tuple[WebHost, ...] = ()
    servers: tuple[NameServer, ...] = ()  # besides those that all zones share
    options: tuple[str, ...] = (f"selectors={SELECTOR}",)
    fails: tuple[Fail, ...] = ()
    lacks: tuple[str, ...] = (UNSIGNED, NO_POLICY)


def addresses(number: int) -> tuple[str, str]:
    """The documentation addresses of the host with this number."""
    return IPV4.format(number), IPV6.format(number)


def apex(zone: str, names: tuple[str, ...] = NAMES) -> tuple[str, ...]:
    """What every zone begins with."""
    return (
        f"{zone} SOA {names[0]} hostmaster.lab.example 1 7200 600 1209600 300",
        *(f"{zone} NS {name}" for name in names),
    )


def txt(owner: str, text: str) -> str:
    return f'{owner} TXT "{text}"'


def host(name: str, number: int) -> tuple[str, ...]:
    """A host with both addresses, and the names of both."""
    ipv4, ipv6 = addresses(number)
    return (f"{name} A {ipv4}", f"{name} AAAA {ipv6}", pointer(ipv4, name), pointer(ipv6, name))


def pointer(address: str, name: str) -> str:
    return f"{ip_address(address).reverse_pointer} PTR {name}"


def spf(domain: str, *terms: str) -> str:
    return txt(domain, " ".join(("v=spf1", *terms)))


def dkim(domain: str, selector: str = SELECTOR, key: str | None = None) -> str:
    """A key record; without a key, one with a sound key of the domain's own."""
    return txt(f"{selector}._domainkey.{domain}", f"v=DKIM1; k=rsa; p={rsa_2048(domain) if key is None else key}")


def dmarc(domain: str, policy: str = "reject", *, reports: str | None = None) -> str:
    """A DMARC record; reports go to the domain itself, or to another host."""
    return txt(f"_dmarc.{domain}", f"v=DMARC1; p={policy}; rua=mailto:dmarc@{reports or domain}")


def consent(domain: str, reports: str) -> str:
    """A host's consent to be sent DMARC reports on a domain."""
    return txt(f"{domain}._report._dmarc.{reports}", "v=DMARC1;")


def tls_rpt(domain: str) -> str:
    return txt(f"_smtp._tls.{domain}", f"v=TLSRPTv1; rua=mailto:tls@{domain}")


def tlsa(host: str, *keys: str) -> tuple[str, ...]:
    """TLSA records that name keys of a mail host (RFC 7671 section 5.1): the one that it shows, and the next, or
    others."""
    records = []
    for key in keys or (host, NEXT.format(host)):
        info = derived_key(key).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        records.append(f"_25._tcp.{host} TLSA 3 1 1 {hashlib.sha256(info).hexdigest()}")
    return tuple(records)


def policy(domain: str, *mx: str, mode: str = "enforce") -> Page:
    """An MTA-STS policy for the domain's one mail host, or for others (RFC 8461 section 3.2)."""
    hosts = (f"mx: {each}" for each in mx or (f"mx.{domain}",))
    lines = ("version: STSv1", f"mode: {mode}", *hosts, "max_age: 2419200", "")
    return Page(body="\r\n".join(lines).encode())


def web(
    domain: str, number: int, page: Page, certificate: CertificateFault = CertificateFault.NONE
) -> tuple[tuple[str, ...], tuple[WebHost, ...]]:
    """The records that announce an MTA-STS policy, and the host that shows it."""
    name = f"mta-sts.{domain}"
    zone = (txt(f"_mta-sts.{domain}", "v=STSv1; id=20261101T000000"), *host(name, number))
    return zone, (WebHost(name=name, addresses=addresses(number), pages={POLICY: page}, certificate=certificate),)


def well(domain: str, number: int, *, without: tuple[str, ...] = (), adding: tuple[str, ...] = ()) -> tuple[str, ...]:
    """A whole zone in which all is well, but for the parts left out (`mx`, `host`, `spf`, `dkim`, `dmarc`, `tls_rpt`)
    and what is put in instead."""
    parts: dict[str, tuple[str, ...]] = {
        "mx": (f"{domain} MX 10 mx.{domain}",),
        "host": host(f"mx.{domain}", number),
        "spf": (spf(domain, "mx", "-all"),),
        "dkim": (dkim(domain),),
        "dmarc": (dmarc(domain),),
        "tls_rpt": (tls_rpt(domain),),
    }
    kept = (record for part, lines in parts.items() if part not in without for record in lines)
    return (*apex(domain), *kept, *adding)


def listening(
    domain: str,
    number: int,
    behaviour: Behaviour = Behaviour.POLITE,
    certificate: CertificateFault = CertificateFault.NONE,
) -> tuple[MailHost, ...]:
    """The domain's one mail host."""
    return (MailHost(name=f"mx.{domain}", addresses=addresses(number), behaviour=behaviour, certificate=certificate),)


def servers(rule: str, severity: Severity, domain: str, number: int) -> tuple[Fail, ...]:
    """A rule that fails for each address of the domain's mail host."""
    return tuple((rule, f"mx.{domain} {address}", severity) for address in addresses(number))
