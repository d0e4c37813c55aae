"""What DMARC rests upon: alignment, SPF, DKIM."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from tests.rules import keys
from tests.rules.dmarc.zones import DEAD, HERE, NO_SEND, PERHAPS_MAIL, REJECT, SILENT, SPF, own
from tests.rules.world import Case, check

DENIED = HERE + SPF  # nothing is below the domain: `_domainkey` is denied
UNTOLD = "_domainkey.story.example. A nodata\n"
KEY = f'mail._domainkey.story.example. TXT "v=DKIM1; p={keys.rsa_text(2048)}"\n'
REFUSED = KEY.replace("v=DKIM1;", "v=DKIM1; h=sha1;")
NAMED = DomainOptions(selectors=("mail",))


def spf(terms: str) -> str:
    return f'story.example. TXT "v=spf1 {terms}"\n'


ERROR = "an SPF record without an error"
NETWORK = 'a.example. TXT "v=spf1 -ip4:192.0.2.9 ?all"\n'
FUTILE = {
    "two": spf("a -all") + spf("mx -all"),
    "syntax": spf("a ipv4:192.0.2.1 -all"),
    "dead include": spf("include:dead.example a -all") + "dead.example. A 192.0.2.1\n",
    "redirect to nothing": spf("redirect=dead.example") + "dead.example. A 192.0.2.1\n",
    "eleven lookups": spf(" ".join(["include:a.example"] * 11) + " a -all") + NETWORK,
    "circle": spf("include:story.example a -all"),
    "below": spf("include:a.example a -all") + 'a.example. TXT "v=spf1 a b -all"\n',
}
PASSABLE = {
    "before the error": spf("a include:dead.example -all") + "dead.example. A 192.0.2.1\n",
    "in an include": spf("include:a.example include:dead.example") + 'a.example. TXT "v=spf1 ip4:192.0.2.1 -all"\n',
    "by macros": spf("include:%{i}.a.example include:dead.example -all"),
    "ten lookups": spf(" ".join(["include:a.example"] * 9) + " a -all") + NETWORK,
    "nobody, without an error": spf("~all"),
}
CASES = (
    Case("DMARC-ALIGN-STRICT", "pass", REJECT),
    Case("DMARC-ALIGN-STRICT", "pass", own("p=none", "adkim=r", "aspf=x"), why="relaxed"),
    Case(
        "DMARC-ALIGN-STRICT",
        "fail",
        own("p=none", "adkim=s", "aspf=S"),
        severity="info",
        arguments={"at": "story.example", "tags": ("adkim=s", "aspf=s")},
    ),
    Case("DMARC-ALIGN-STRICT", "not_applicable", HERE),
    Case("DMARC-ALIGN-STRICT", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-SPF-ONLY", "pass", REJECT + DENIED + KEY),
    Case("DMARC-SPF-ONLY", "pass", REJECT + DENIED + UNTOLD, why="keys may be there"),
    Case("DMARC-SPF-ONLY", "fail", REJECT + DENIED, severity="medium", arguments={"domain": "story.example"}),
    Case("DMARC-SPF-ONLY", "not_applicable", own("p=quarantine") + DENIED, why="not rejecting"),
    Case("DMARC-SPF-ONLY", "not_applicable", REJECT + NO_SEND, why="sends nothing"),
    Case("DMARC-SPF-ONLY", "not_applicable", REJECT + HERE, why="superseded by DMARC-NO-AUTH"),
    Case("DMARC-SPF-ONLY", "not_applicable", HERE),
    Case("DMARC-SPF-ONLY", "unknown", SILENT, reason="dns.timeout"),
    Case(
        "DMARC-SPF-ONLY",
        "unknown",
        REJECT + DENIED + "_domainkey.story.example. A servfail",
        why="DKIM",
        reason="dns.servfail",
    ),
    Case("DMARC-SPF-ONLY", "unknown", REJECT + PERHAPS_MAIL, why="perhaps sends", reason="dns.timeout"),
    Case("DMARC-NO-AUTH", "pass", REJECT + DENIED, why="SPF"),
    Case("DMARC-NO-AUTH", "pass", REJECT + HERE + KEY, why="DKIM"),
    Case("DMARC-NO-AUTH", "fail", REJECT + HERE, severity="high", arguments={"domain": "story.example"}),
    Case("DMARC-NO-AUTH", "fail", own("p=quarantine") + HERE + UNTOLD, why="none named is there", options=NAMED),
    *(
        Case("DMARC-NO-AUTH", "fail", REJECT + HERE + zone, why=why, severity="high", arguments={"spf": ERROR})
        for why, zone in FUTILE.items()
    ),
    *(Case("DMARC-NO-AUTH", "pass", REJECT + HERE + zone, why=why) for why, zone in PASSABLE.items()),
    Case("DMARC-NO-AUTH", "pass", REJECT + HERE + FUTILE["two"] + KEY, why="a key beside an error"),
    Case("DMARC-NO-AUTH", "fail", REJECT + HERE + REFUSED, why="a key that verifiers refuse", options=NAMED),
    Case(
        "DMARC-NO-AUTH",
        "unknown",
        REJECT + HERE + REFUSED,
        why="a key that verifiers refuse, beside others perhaps",
        reason="dkim.selectors_unknown",
    ),
    Case(
        "DMARC-NO-AUTH",
        "unknown",
        REJECT + HERE + spf("include:a.example -all") + "a.example. TXT servfail",
        why="an include",
        reason="dns.servfail",
    ),
    Case(
        "DMARC-NO-AUTH",
        "unknown",
        REJECT + HERE + FUTILE["two"] + UNTOLD,
        why="an error, nobody named the selectors",
        reason="dkim.selectors_unknown",
    ),
    Case("DMARC-NO-AUTH", "not_applicable", own("p=none") + HERE, why="not enforcing"),
    Case("DMARC-NO-AUTH", "not_applicable", REJECT + "story.example. MX 0 .", why="sends nothing"),
    Case("DMARC-NO-AUTH", "not_applicable", HERE),
    Case("DMARC-NO-AUTH", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-NO-AUTH", "unknown", REJECT + HERE + "story.example. TXT timeout", why="SPF", reason="dns.timeout"),
    Case(
        "DMARC-NO-AUTH",
        "unknown",
        REJECT + HERE + UNTOLD,
        why="nobody named the selectors",
        reason="dkim.selectors_unknown",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
