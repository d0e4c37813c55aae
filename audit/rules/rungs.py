"""The steps of severity ladders in words: each ends the sentence “it is this grave when …”.

A ladder names its contexts in a word or two, for the rule's own code. What they mean to a person stands here, by rule;
the step "" is the one that is left when no other holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_TRUST = {
    "enforced": "an MTA-STS policy makes senders insist on it",
    "dane_ta": "TLSA records name an authority, and it does not lead there as senders want it to",
    "testing": "an MTA-STS policy asks senders to report it",
    "none": "no policy asks senders to look at it",
}
_DATES = {**_TRUST, "pinned": "TLSA records name what the server shows, and senders look at nothing else"}
_TLS = {
    **{context: said for context, said in _TRUST.items() if context != "dane_ta"},
    "dane": "TLSA records make senders insist on it",
}
_POLICY = {"enforced": "the policy is enforced", "testing": "the policy is being tested"}
_WANTED = {"wanted": "the list of domains says mail=true", "unasked": "it does not say that mail is wanted"}
_PREFERENCE = {"first": "senders try the host first", "later": "senders try others before it"}
_SENDING = {
    "sending": "the address sends mail",
    "receiving": "the address is not known to send mail",
}
_DKIM = {
    "configured": "the list of domains names the selector",
    "guessed": "the selector was found by guessing",
}
_SENDS = {"sends": "the domain sends mail", "sends nothing": "the domain sends no mail"}
_SERVERS_LEFT = {"last": "at most one other server is left", "others": "more servers are left"}
_ALIAS = {
    "free": "anybody may register the domain that the alias leads to",
    "dangling": "it leads to a name that does not exist, or in a circle",
    "alias": "its target exists",
}
_LISTED = {
    "critical": "the list weighs 5",
    "high": "the list weighs 4",
    "medium": "the list weighs 3",
    "low": "the list weighs 2",
    "info": "the list weighs 1",
}

MEANINGS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "DOMAIN-PARKED-INCOMPLETE": {"open": "a record is missing", "keys": "only old DKIM keys are left"},
        "MX-MISSING": {
            "mail": "the list of domains says mail=true or parked=false",
            "implicit": "it does not say that mail is wanted",
        },
        "MX-NONE-NOADDR": _WANTED,
        "MX-NULL": _WANTED,
        "MX-NXDOMAIN": _PREFERENCE,
        "MX-NOADDR": _PREFERENCE,
        "MX-REACH": {
            "all": "no mail server of the domain accepts connections",
            "some": "another server of the domain accepts connections",
        },
        "PTR-MISSING": {**_SENDING, "possible": "the address only lies in a network that may send"},
        "PTR-FCRDNS": _SENDING,
        "PTR-GENERIC": {
            "generic": "the address sends mail",
            "static": "it sends mail, and the name says only that it is static",
            "receiving": _SENDING["receiving"],
        },
        "PTR-MULTIPLE": {
            "many": "the address sends mail and has more than ten names",
            "several": "it sends mail and has ten names or fewer",
            "receiving": _SENDING["receiving"],
        },
        "SPF-MISSING": {"mail": "the domain takes mail", "no mail": "the domain takes no mail"},
        "SPF-SIZE": {
            "fragments": "the answer has more than 1232 octets, and may arrive in fragments",
            "tcp": "the answer has more than 512 octets, and needs EDNS or TCP",
            "record": "only the record itself is long",
        },
        "SPF-VOID": {
            "every sender": "it strikes every sender",
            "some senders": "it strikes those that no earlier term names",
            "one family": "it strikes clients of one address family",
        },
        "SPF-VOID-ANY": {
            "one family": "clients of one address family only are looked up in vain",
            "": "others are, too",
        },
        "SPF-ALL-NEUTRAL": {"protected": "DMARC asks to reject and the domain signs with DKIM", "": "it has not both"},
        "SPF-ALL-NOT-LAST": {"lost": "a sender is named behind “all”", "": "no sender is named there"},
        "SPF-CIDR-BROAD": {
            "vast": "one in 256 addresses of a family or more may send",
            "wide": "fewer addresses may send",
        },
        "SPF-PTR": {"only": "nothing but ptr names senders", "": "other terms name senders as well"},
        "SPF-SENDER-NOT-PASS": {
            "doubted": "the result is softfail or neutral",
            "": "it is worse than that",
        },
        "DKIM-NONE": {"enforced": "DMARC asks for quarantine or reject", "": "DMARC asks for neither"},
        "DKIM-CNAME-DANGLING": {
            "free": "anybody can register the domain that the alias leads to",
            **_DKIM,
            "spare": "it is the second selector of a pair, which stays empty at first",
        },
        "DKIM-REVOKED": _DKIM,
        "DKIM-SERVICE": {
            "": "the key is for something else, or the list of domains names the selector",
            "reports": "the key is for reports on TLS",
        },
        "DKIM-RSA-LARGE": {
            "beyond": "the key has more than 4096 bits",
            "long reply": "the key is shorter, but needs a long DNS reply",
        },
        "DMARC-VERSION": {"beside a record": "a good record stands beside it", "": "no good record stands beside it"},
        "DMARC-CNAME": {
            "free": "anybody may register the domain that the target lies in",
            "dangling": "the target does not exist, or the aliases lead in a circle",
            "beside texts": "texts stand beside the alias",
            "": "neither is so",
        },
        "DMARC-P-NONE": _SENDS,
        "DMARC-P-QUARANTINE": _SENDS,
        "DMARC-T-Y": {"enforcing": "the policy is quarantine or reject", "": "there is nothing to soften"},
        "DMARC-PCT": {"sampled": "it spares a share of the mail", "": "it changes nothing, or goes with t=y"},
        "DMARC-PSL-DIVERGE": {
            "above": "the walk through the DNS ends above what the list says",
            "below": "it ends below that",
        },
        "TLSRPT-MISSING": {
            "TLS insisted on": "the domain announces an MTA-STS policy",
            "TLS not insisted on": "it announces none",
        },
        "DNSBL-IP-LISTED": {
            **_LISTED,
            "info": "it weighs 1, or the address is a provider's; one that only takes mail counts two steps less",
        },
        "DNSBL-DOMAIN-LISTED": _LISTED,
        "MTASTS-ORPHAN": {"no policy": "a record announces a policy", "no record": "a policy waits for its record"},
        "TLSRPT-CNAME": _ALIAS,
        "BIMI-CNAME": _ALIAS,
        "MTASTS-CNAME": _ALIAS,
        "MTASTS-POLICY-SYNTAX": {"broken": "senders take it that there is no policy", "odd": "they take it as it is"},
        "MTASTS-MODE": {"testing": "the policy is being tested", "none": "the policy is being withdrawn"},
        "MTASTS-MAXAGE": {
            "less than a day": "senders forget the policy within a day",
            "less than a week": "they keep it for less than a week",
        },
        "MTASTS-MX-MATCH": _POLICY,
        "MTASTS-MX-TLS": _POLICY,
        "SUB-SRV-TARGET": {
            "free": "anybody may register the domain that a missing target lies in",
            "": "programs only fail",
        },
        "AUTOD-STALE": {
            "free": "anybody may register the domain that the alias leads to",
            "gone": "the alias leads to a name that does not exist",
            "elsewhere": "it leads to another host of mailboxes than the one that takes the mail",
        },
        "DNSSEC-BOGUS": {
            "withheld": "it keeps mail from the domain",
            "unproved": "it only keeps mail of the domain from being checked",
        },
        "DNSSEC-ALG": {"outdated": "the algorithm is deprecated", "aging": "it is good, and on its way out"},
        "DNSSEC-RSA-BITS": {"broken": "a key is shorter than 1024 bits", "short": "a key is shorter than 2048 bits"},
        "DNSSEC-NSEC3": {
            "many": "there are more than 50 rounds, and resolvers may treat the zone as unsigned",
            "some": "there are fewer rounds, or a salt",
        },
        "NS-PARENT-CHILD": {"disjoint": "the two sets have nothing in common", "differ": "they have some in common"},
        "NS-ADDRESS": _SERVERS_LEFT,
        "NS-LAME": _SERVERS_LEFT,
        "DNS-INCONSISTENT": {"mail": "MX or TXT records differ", "address": "addresses differ, as they may by place"},
        "DOMAIN-WILDCARD": {"policy": "the wildcard gives out an SPF or DMARC record", "any": "it gives out others"},
        "TLS-STARTTLS-MISSING": _TLS,
        "TLS-STARTTLS-STRIPPED": _TLS,
        "TLS-VER-10-11": _TLS,
        "TLS-CIPHER-BAD": {
            "bad": "a suite can be attacked, or does not encrypt",
            "anonymous": "the suites only prove nothing",
        },
        "TLS-DH-BITS": {
            "broken": "the prime has less than 1024 bits",
            "short": "the prime is longer than that",
        },
        "CERT-EXPIRED": _DATES,
        "DANE-MISSING": {
            "able": "a host without records lies in a signed zone, and could have them",
            "unable": "its operator would have to sign its zone first",
        },
        "DANE-USAGE": {"only": "no other record can be used", "others": "senders use the others"},
        "DANE-PARAMS": {"broken": "senders pass over a record", "whole": "the records can be used, and are long"},
        "DANE-ROLLOVER": {
            "server": "the key that they name is the server's own",
            "authority": "it is an authority's, which lasts longer",
        },
        "DANE-TA-CHAIN": {
            "refused": "no other record fits, and senders do not deliver",
            "spared": "another record fits",
        },
        "SMTP-AUTH-PLAINTEXT": {
            "readable": "the password itself goes over the line",
            "hashed": "only what can be computed from the password goes over the line",
        },
        "SMTP-SIZE": {"small": "the limit is under 10 MiB", "absent": "no limit is announced"},
        "CERT-EXPIRING": {"soon": "less than three days are left", "later": "more days are left"},
        "CERT-NAME": _TRUST,
        "CERT-UNTRUSTED": _TRUST,
        "CERT-SELFSIGNED": _TRUST,
        "CERT-CHAIN-INCOMPLETE": _TRUST,
        "CERT-EKU": {context: said for context, said in _TRUST.items() if context != "testing"},
        "CERT-OTHER-KEY": {"dates": "it has expired, or is not yet valid", "rest": "something else is wrong with it"},
        "CERT-REVOKED": {"revoked": "the authority says so", "owed": "only the proof that it is not is missing"},
        "CERT-KEY": {"broken": "the key can be broken today", "weak": "the key is longer than that"},
        "MIG-SPF-OLD": {
            "while": "mail that the former provider sent may still be under way",
            "after": "two weeks have passed since the switch",
        },
        "MIG-MTASTS": {
            "enforce": "the policy is enforced",
            "testing": "the policy is being tested",
        },
        "MIG-DNS-PROVIDER": {
            "signed": "the zone above holds DS records of the domain",
            "unsigned": "it holds none",
        },
    }
)


def meaning(rule: str, context: str) -> str:
    """What must hold for a step of a rule's ladder; a step without words speaks for itself."""
    return MEANINGS.get(rule, {}).get(context, context)
