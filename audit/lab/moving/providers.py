"""Both providers of the moving company, and a newsletter service: as those that bear these names, with the addresses of
the lab.

Only what a move touches is there: where mail is taken, who may send, where signatures' keys are, and where mail
programs look for their settings.
"""

from __future__ import annotations

from audit.lab.story import MailHost, addresses, apex, host, spf, txt

OLD_MX = "moving-example.mail.protection.outlook.com"
OLD_SPF, NEW_SPF, NEWSLETTER_SPF = "spf.protection.outlook.com", "_spf.google.com", "_spf.newsletter.example"
NEW_MX = "smtp.google.com"
OLD_KEYS = tuple((f"selector{at}", f"selector{at}-moving-example._domainkey.moving.onmicrosoft.com") for at in (1, 2))
DISCOVERY = "autodiscover.outlook.com"
OLD_AT, NEW_AT, NEWSLETTER_AT, DISCOVERY_AT = 130, 131, 132, 133

MAIL_HOSTS = (
    MailHost(name=OLD_MX, addresses=addresses(OLD_AT)),
    MailHost(name=NEW_MX, addresses=addresses(NEW_AT)),
)


def _sends(domain: str, number: int) -> str:
    ipv4, ipv6 = addresses(number)
    return spf(domain, f"ip4:{ipv4}", f"ip6:{ipv6}", "-all")


def _split(domain: str, blocks: str, number: int) -> tuple[str, ...]:
    """An SPF record that costs four lookups: itself, and the three that it includes."""
    names = tuple(f"{blocks}{at}.{domain}" for at in ("", 2, 3))
    return (
        spf(f"_spf.{domain}", *(f"include:{name}" for name in names), "-all"),
        _sends(names[0], number),
        spf(names[1], "ip4:198.51.100.128/28", "-all"),
        spf(names[2], "ip6:2001:db8:53:1::/64", "-all"),
    )


def providers(key: str) -> tuple[str, ...]:
    """Their zones. `key` is what the old provider signs with, as a DKIM record has it."""
    return (
        *apex("outlook.com"),
        *host(OLD_MX, OLD_AT),
        *host(DISCOVERY, DISCOVERY_AT),
        _sends(OLD_SPF, OLD_AT),
        *apex("onmicrosoft.com"),
        *(txt(target, f"v=DKIM1; k=rsa; p={key}") for _, target in OLD_KEYS),
        *apex("google.com"),
        *host(NEW_MX, NEW_AT),
        *_split("google.com", "_netblocks", NEW_AT),
        *apex("newsletter.example"),
        *_split("newsletter.example", "out", NEWSLETTER_AT),
    )
