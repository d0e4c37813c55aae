"""For each control that can be tested: how a domain has to differ from a sound one for it not to be met, and not to be
assessed. The words are those of `domains`; of a control with several ways, all of these are broken."""

from __future__ import annotations

CASES = {
    "bulk-google": """
        G-ALL-1     | SPF-MISSING keys=0             | ?SPF-LOOKUPS ?keys
        G-ALL-2     | PTR-FCRDNS                     | ?senders
        G-ALL-6     | DNSBL-IP-LISTED                | ?DNSBL-IP-LISTED
        G-BULK-1    | DKIM-RSA-BITS                  | ?keys
        G-BULK-2    | DMARC-MISSING dmarc=missing    | ?DMARC-MISSING ?dmarc
        G-BULK-3    | rua=                           | ?DMARC-EXT-AUTH
    """,
    "bulk-yahoo": """
        Y-ALL-1     | SPF-SYNTAX keys=0              | !SPF-SYNTAX ?keys
        Y-ALL-2     | PTR-MISSING                    | ?PTR-MISSING
        Y-ALL-3     | MX-NONE-NOADDR                 | ?MX-NONE-NOADDR
        Y-BULK-1    | SPF-INCLUDE-NXDOMAIN           | ?DKIM-RSA-WEAK
        Y-BULK-2    | DMARC-P-INVALID                | ?dmarc
        Y-BULK-3    | DMARC-EXT-AUTH                 | ?dmarc
    """,
    "bulk-microsoft": """
        MS-1        | SPF-LOOKUPS                    | ?SPF-VOID
        MS-2        | DMARC-MULTIPLE dmarc=missing   | ?DMARC-MULTIPLE
        MS-4        | MX-NULL:info                   | ?MX-REACH
    """,
    "bulk-apple": """
        A-1         | keys=0                         | ?keys
        A-2         | DMARC-VERSION dmarc=missing    | ?DMARC-VERSION
        A-3         | PTR-FCRDNS                     | ?PTR-FCRDNS
    """,
    "pci-dss": """
        5.4.1-spf      | SPF-ALL-NEUTRAL             | ?SPF-ALL-NEUTRAL
        5.4.1-dkim     | keys=0                      | ?keys
        5.4.1-dmarc    | DMARC-P-NONE dmarc=none     | ?dmarc
        4.2.1-starttls | TLS-STARTTLS-MISSING        | !TLS-CIPHER-BAD
        4.2.1-trust    | CERT-EXPIRED                | ?CERT-UNTRUSTED
        4.2.1-policy   | MTASTS-MODE DNSSEC-NONE     | ?MTASTS-MODE ?DNSSEC-NONE
    """,
    "bod-18-01": """
        18-01.mail-1 | TLS-STARTTLS-FAIL             | ?TLS-STARTTLS-MISSING
        18-01.mail-2 | rua=                          | ?SPF-SYNTAX
        18-01.mail-3 | TLS-VER-SSL                   | !TLS-VER-SSL
        18-01.mail-4 | TLS-CIPHER-BAD:medium         | !TLS-CIPHER-BAD
        18-01.mail-5 | rua=dmarc@sound.example       | ?dmarc
        18-01.mail-6 | DMARC-SP-WEAK sp=quarantine   | ?dmarc
    """,
    "scuba-exo": """
        MS.EXO.2.2v3 | SPF-ALL-PASS                  | ?SPF-ALL-PASS
        MS.EXO.3.1v1 | keys=0                        | ?keys
        MS.EXO.4.1v1 | DMARC-MISSING dmarc=missing   | ?DMARC-MISSING
        MS.EXO.4.2v1 | DMARC-P-QUARANTINE dmarc=quarantine | ?dmarc
        MS.EXO.4.3v1 | rua=                          | ?dmarc
        MS.EXO.4.4v1 | rua=reports@dmarc.cyber.dhs.gov | ?dmarc
    """,
    "nist-800-177": """
        4.4          | SPF-ALL-SOFTFAIL              | ?SPF-ALL-SOFTFAIL
        4.4-parked   | parked SPF-NOMAIL             | parked ?SPF-NOMAIL
        4.5          | DKIM-RSA-1024 bits=1024       | ?DKIM-RSA-1024
        4.5-rotation | DKIM-AGE                      | !DKIM-AGE
        4.6          | rua=                          | ?dmarc
        4.6-reject   | dmarc=quarantine              | ?dmarc
        4-dnssec     | DNSSEC-BOGUS                  | ?DNSSEC-NONE
        5.2-tls      | TLS-VER-10-11                 | !TLS-VER-10-11
        5.2-policy   | MTASTS-MODE DANE-MISSING      | ?MTASTS-MODE ?DANE-MISSING
    """,
    "uk-government": """
        UK-1         | TLS-VER-NO12                  | ?TLS-VER-NO12
        UK-2         | TLS-REQUIRED-25               | !TLS-REQUIRED-25
        UK-3         | MTASTS-MISSING -MTASTS-MODE   | ?MTASTS-MX-MATCH
        UK-4         | TLSRPT-MISSING                | ?TLSRPT-MISSING
        UK-5         | SPF-ALL-NEUTRAL               | ?SPF-INCLUDE-NONE
        UK-6         | keys=0                        | ?keys
        UK-7         | dmarc=none                    | ?dmarc
        UK-8         | parked DOMAIN-PARKED-INCOMPLETE | parked ?SPF-MISSING
    """,
    "bsi-tr-03182": """
        SPF-1        | SPF-LOOKUPS                   | ?SPF-LOOKUPS
        SPF-2        | SPF-ALL-NEUTRAL               | ?SPF-ALL-NEUTRAL
        DKIM-1       | DKIM-RSA-1024                 | ?keys
        DMARC-1      | dmarc=none                    | ?dmarc
        DMARC-2      | DMARC-RUA-MX                  | ?DMARC-RUA-MX
    """,
    "bsi-tr-03108": """
        TLS-1        | TLS-VER-10-11                 | !TLS-VER-SSL
        TLS-2        | CERT-KEY                      | ?CERT-NAME
        DANE-1       | DANE-MISMATCH                 | ?DANE-MISMATCH
        STS-1        | MTASTS-MX-TLS                 | ?MTASTS-MODE
        RPT-1        | TLSRPT-SYNTAX                 | ?TLSRPT-MULTI
    """,
    "nl-comply-or-explain": """
        NL-IPV6-NS   | ns6=1                         | ?ns6
        NL-IPV6-MX   | MX-IPV6-NONE                  | ?MX-IPV6-REACH
        NL-DNSSEC    | DNSSEC-NO-DS                  | ?DNSSEC-BOGUS
        NL-DMARC     | DMARC-MISSING dmarc=missing   | ?DMARC-MISSING
        NL-DMARC-P   | dmarc=none                    | ?DMARC-EXT-AUTH
        NL-DKIM      | keys=0                        | ?DKIM-NONE
        NL-SPF       | SPF-MULTIPLE                  | ?SPF-MISSING
        NL-SPF-P     | SPF-ALL-NEUTRAL               | ?SPF-LOOKUPS
        NL-STARTTLS  | TLS-STARTTLS-MISSING          | ?TLS-STARTTLS-FAIL
        NL-TLS       | TLS-COMPRESSION               | !TLS-RENEG
        NL-CERT      | CERT-SIG                      | ?CERT-KEY
        NL-TRUST     | CERT-NAME:low                 | ?CERT-NAME
        NL-DANE      | -DANE-MISSING                 | ?DANE-MISSING
        NL-DANE-ROLLOVER | DANE-ROLLOVER:info        | ?DANE-ROLLOVER
        NL-CAA       | CAA-MISSING                   | ?CAA-MISSING
        NL-NOMAIL    | parked np=none                | parked ?dmarc
    """,
    "au-ism": """
        ISM-0574     | SPF-SUBDOMAIN-NONE            | ?SPF-SUBDOMAIN-NONE
        ISM-1183     | SPF-ALL-SOFTFAIL              | ?SPF-ALL-SOFTFAIL
        ISM-0861     | keys=0                        | ?keys
        ISM-1540     | np=none                       | ?dmarc
        ISM-1589     | MTASTS-MODE                   | ?MTASTS-MODE
        ISM-0572     | TLS-STARTTLS-STRIPPED         | !TLS-STARTTLS-MISSING
    """,
    "nis2-2024-2690": """
        6.7.2-k-auth   | DMARC-PCT:medium            | ?DMARC-PCT
        6.7.2-k-parked | parked dmarc=quarantine     | parked ?DOMAIN-PARKED-INCOMPLETE
        6.7.2-k-tls    | TLS-VER-NO12                | ?MTASTS-MODE ?DANE-MISSING
        6.7.2-k-rpt    | TLSRPT-MISSING:low          | ?TLSRPT-CNAME
        6.7.2-l-dns    | NS-LAME                     | ?NS-COUNT
        6.7.2-j-ipv6   | MX-IPV6-NONE                | ?NS-IPV6
    """,
    "m3aawg": """
        M3-SPF       | SPF-MX-GT10                   | ?SPF-MX-GT10
        M3-DKIM      | DKIM-RSA-1024                 | ?DKIM-RSA-BITS
        M3-ROTATE    | DKIM-AGE                      | !DKIM-AGE
        M3-DMARC     | rua=                          | ?dmarc
        M3-DMARC-P   | dmarc=none                    | ?dmarc
        M3-PTR       | PTR-MISSING                   | ?senders
        M3-TAKES     | MX-NXDOMAIN:high              | ?MX-NOADDR
        M3-PARKED    | parked SPF-ALL-SOFTFAIL       | parked ?SPF-ALL-SOFTFAIL
    """,
    "nz-sge": """
        SGE-TLS      | TLS-VER-NO12                  | ?TLS-VER-NO12
        SGE-STS      | MTASTS-MODE                   | ?MTASTS-MX-TLS
        SGE-RPT      | TLSRPT-MISSING                | ?TLSRPT-MISSING
        SGE-SPF      | SPF-ALL-SOFTFAIL              | ?SPF-ALL-PASS
        SGE-DKIM     | keys=0                        | ?keys
        SGE-DMARC    | dmarc=quarantine              | ?dmarc
    """,
}


def rows() -> list[tuple[str, str, str, str]]:
    """Profile, control, what makes it not met, and what makes it not assessed."""
    lines = [(profile, line) for profile, text in CASES.items() for line in text.strip().splitlines()]
    return [(profile, *(part.strip() for part in line.split("|", 2))) for profile, line in lines]  # type: ignore[misc]
