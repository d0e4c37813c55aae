"""DKIM selectors: whether any can be found, and what a miss means."""

from __future__ import annotations

import pytest

from audit.model.evidence import DkimGuesses, DomainOptions
from tests.rules.dkim_zone import AT_OWN, GOOD, MAIL, NAMED, key, silent
from tests.rules.keys import ed25519_text, rsa_text
from tests.rules.world import GONE, Case, check

ENFORCED = '_dmarc.story.example. TXT "v=DMARC1; p=reject"\n'
EMPTY = "_domainkey.story.example. A nodata\n"
ANY, LATE = "dkim.selectors_unknown", "dns.timeout"
FEWER, NO_GUESS = {"dkim_guesses": DkimGuesses.PROVIDER}, {"dkim_guesses": DkimGuesses.NONE}
HIDDEN = MAIL + 'story.example. TXT "v=spf1 include:a.example -all"\na.example. TXT timeout\n'
LOST = "google._domainkey.story.example. TXT timeout\n*._domainkey.story.example. TXT timeout\n"
NONE = (
    Case("DKIM-NONE", "pass", key("google", GOOD)),
    Case("DKIM-NONE", "pass", key("google", f"k=rsa; p={rsa_text(2048)}"), why="without v="),  # T34
    Case("DKIM-NONE", "fail", MAIL, severity="medium", arguments={"domain": "story.example"}),
    Case("DKIM-NONE", "fail", MAIL + ENFORCED, why="DMARC enforced", severity="high"),
    Case(
        "DKIM-NONE",
        "fail",
        MAIL + "_dmarc.story.example. TXT servfail",
        why="policy unknown",
        severity="medium",
        reason="dns.servfail",
    ),
    Case("DKIM-NONE", "pass", MAIL + EMPTY, why="_domainkey exists"),  # T34: never a failure
    Case(
        "DKIM-NONE", "pass", key("default", GOOD) + "_domainkey.story.example. A nxdomain", why="wrongly denied"
    ),  # T34
    Case("DKIM-NONE", "not_applicable", "story.example. MX 0 .", why="null MX"),
    Case("DKIM-NONE", "not_applicable", MAIL + 'story.example. TXT "v=spf1 -all"', why="says that it never sends"),
    Case("DKIM-NONE", "fail", 'story.example. TXT "v=spf1 ip4:192.0.2.9 -all"', why="only sends", severity="medium"),
    Case("DKIM-NONE", "not_applicable", MAIL, why="parked", options=DomainOptions(parked=True)),
    Case("DKIM-NONE", "unknown", MAIL + "_domainkey.story.example. A servfail", reason="dns.servfail"),
    Case(
        "DKIM-NONE",
        "unknown",
        MAIL + "google._domainkey.story.example. TXT timeout\n_domainkey.story.example. A nxdomain",
        why="a try unanswered",
        reason="dns.timeout",
    ),
    Case("DKIM-NONE", "unknown", "story.example. MX timeout", why="who takes mail is unknown", reason="dns.timeout"),
    Case("DKIM-NONE", "fail", HIDDEN, why="below a denied name no provider is hidden", severity="medium"),
    Case(
        "DKIM-NONE",
        "unknown",
        HIDDEN + "s2._domainkey.story.example. TXT timeout\n_domainkey.story.example. A nxdomain",
        why="a provider hidden, and a try unanswered",
        reason=LATE,
    ),
    Case(
        "DKIM-NONE",
        "pass",
        HIDDEN + key("s2", GOOD) + "_domainkey.story.example. A nxdomain",
        why="a provider hidden, and wrongly denied",
    ),
    Case("DKIM-NONE", "unknown", MAIL, why="a denial alone", settings=NO_GUESS, reason="dkim.not_guessed"),
    Case("DKIM-NONE", "fail", MAIL, why="as few as ever", severity="medium", settings=FEWER),
    Case(
        "DKIM-NONE",
        "unknown",
        MAIL + "own._domainkey.story.example. TXT timeout\n_domainkey.story.example. A nxdomain",
        why="a named one unanswered",
        options=NAMED,
        reason=LATE,
    ),
    Case("DKIM-NOTFOUND", "unknown", HIDDEN + EMPTY, why="a provider may be hidden", reason=LATE),
    Case("DKIM-NOTFOUND", "pass", key("selector1", GOOD)),
    Case("DKIM-NOTFOUND", "pass", key("*", GOOD), why="a named key that any name gets", options=NAMED),
    Case(
        "DKIM-NOTFOUND",
        "fail",
        MAIL + EMPTY,
        options=NAMED,
        severity="info",
        arguments={"domain": "story.example"},
    ),
    Case("DKIM-NOTFOUND", "unknown", MAIL + EMPTY, reason="dkim.selectors_unknown"),  # T34: a guess proves nothing
    Case(
        "DKIM-NOTFOUND", "unknown", key("*", "v=spf1 -all"), why="a wildcard is no key", reason="dkim.selectors_unknown"
    ),  # T34
    Case(
        "DKIM-NOTFOUND", "unknown", key("*", GOOD), why="a wildcard key is nobody's", reason="dkim.selectors_unknown"
    ),  # T34
    Case(
        "DKIM-NOTFOUND",
        "unknown",
        key("google", GOOD) + "*._domainkey.story.example. TXT timeout",
        why="a wildcard unknown",
        reason="dns.timeout",
    ),
    *(
        Case("DKIM-NOTFOUND", "unknown", text, why=f"not tried: {n}", settings=g, reason="dkim.not_guessed")
        for n, (text, g) in enumerate(
            ((MAIL + EMPTY, FEWER), (key("zoho", GOOD), FEWER), (key("google", GOOD), NO_GUESS))
        )
    ),
    Case("DKIM-NOTFOUND", "pass", key("google", GOOD), why="of the likeliest", settings=FEWER),
    Case("DKIM-NOTFOUND", "not_applicable", MAIL, why="_domainkey denied"),
    Case("DKIM-NOTFOUND", "not_applicable", "story.example. MX 0 .", why="null MX"),
    Case(
        "DKIM-NOTFOUND",
        "pass",
        "story.example. MX 1 smtp.google.com.\nsmtp.google.com. A 192.0.2.1\n"
        "google._domainkey.story.example. CNAME k.provider.example.\n"
        f'k.provider.example. TXT "{GOOD}"',
        why="by an alias",
    ),
)
CONFIGURED = (
    Case("DKIM-CONFIGURED-MISSING", "pass", key("own", GOOD), options=NAMED),
    Case("DKIM-CONFIGURED-MISSING", "fail", MAIL, options=NAMED, severity="high", arguments={"name": AT_OWN}),
    Case("DKIM-CONFIGURED-MISSING", "fail", key("own.other", GOOD), why="NODATA", options=NAMED),
    Case("DKIM-CONFIGURED-MISSING", "not_applicable", key("google", GOOD), why="guessed"),
    Case(
        "DKIM-CONFIGURED-MISSING", "fail", MAIL, options=NAMED, settings=NO_GUESS, severity="high", why="nothing else"
    ),
    Case("DKIM-CONFIGURED-MISSING", "pass", key("*", GOOD), why="by a wildcard", options=NAMED, subject=AT_OWN),
    Case(
        "DKIM-CONFIGURED-MISSING",
        "unknown",
        MAIL + "own._domainkey.story.example. TXT servfail",
        options=NAMED,
        subject=AT_OWN,
        reason="dns.servfail",
    ),
    Case("DKIM-CONFIGURED-MISSING", GONE, MAIL, why="nothing named, nothing found"),
)
ED = "v=DKIM1; k=ed25519; p=" + ed25519_text()
TENANT = "selector2-story-example._domainkey.contoso.onmicrosoft.com."
NEWER = "selector2-story-example._domainkey.contoso.n-v1.dkim.mail.microsoft."
M365 = MAIL + 'story.example. TXT "v=spf1 include:spf.protection.outlook.com -all"\n'


REGISTRY = """
    com.        SOA  "ns.nic.com. hostmaster.nic.com. 1 2 3 4 5"
    com.        NS   a.nic.com.
    a.nic.com.  A    192.0.2.53
"""


def alias(selector: str, target: str, zone: str = MAIL) -> str:
    return f"{zone}{selector}._domainkey.story.example. CNAME {target}\n"


DANGLING = (
    Case("DKIM-CNAME-DANGLING", "pass", alias("own", "k.p.example") + f'k.p.example. TXT "{GOOD}"', options=NAMED),
    Case(
        "DKIM-CNAME-DANGLING",
        "fail",
        alias("own", "k.gone.invalid"),
        options=NAMED,
        severity="high",
        arguments={"name": AT_OWN, "target": "k.gone.invalid"},
    ),
    Case("DKIM-CNAME-DANGLING", "fail", alias("google", "k.gone.invalid"), why="a guess", severity="medium"),
    Case(
        "DKIM-CNAME-DANGLING",
        "fail",
        alias("google", "k.there.example") + "k.there.example. A 192.0.2.1",
        why="NODATA",
        severity="medium",
    ),
    Case("DKIM-CNAME-DANGLING", "fail", alias("selector2", TENANT, M365), why="Microsoft's spare", severity="info"),
    Case("DKIM-CNAME-DANGLING", "fail", alias("selector2", NEWER, M365), why="the newer form", severity="info"),
    Case(
        "DKIM-CNAME-DANGLING",
        "fail",
        alias("selector1", TENANT.replace("2", "1"), M365),
        why="Microsoft's first",
        severity="medium",
    ),
    Case(
        "DKIM-CNAME-DANGLING",
        "fail",
        alias("google", "k.gone.com.") + REGISTRY,
        why="anybody may register the target",
        severity="critical",
        arguments={"danger": "; nobody owns gone.com, and whoever registers it can sign in your name"},
    ),
    Case(
        "DKIM-CNAME-DANGLING",
        "fail",
        alias("own", "k.gone.com.") + REGISTRY,
        why="anybody may register the target, and the selector is configured",
        options=NAMED,
        severity="critical",
    ),
    Case(
        "DKIM-CNAME-DANGLING",
        "fail",
        alias("google", "k.gone.com.") + REGISTRY + "gone.com. NS@192.0.2.53 timeout",
        why="the registry does not say",
        severity="medium",
        arguments={"danger": ""},
        reason="dns.timeout",
    ),
    Case(
        "DKIM-CNAME-DANGLING",
        "fail",
        alias("own", "k.gone.com.") + "com. SOA timeout",
        why="the registry is silent, and the selector is configured",
        options=NAMED,
        severity="high",
        reason="dns.timeout",
    ),
    Case("DKIM-CNAME-DANGLING", "not_applicable", key("google", GOOD)),
    Case("DKIM-CNAME-DANGLING", GONE, alias("*", "k.gone.example"), why="what any name gets"),
    Case(
        "DKIM-CNAME-DANGLING",
        GONE,
        f"{MAIL}*.story.example. CNAME www.story.example.\nwww.story.example. A 192.0.2.1",
        why="a wildcard for the web",
    ),
    silent("DKIM-CNAME-DANGLING"),
    Case(
        "DKIM-CNAME-DANGLING",
        "unknown",
        alias("own", "k.p.example") + "k.p.example. TXT servfail",
        why="the target is silent",
        options=NAMED,
        subject=AT_OWN,
        reason="dns.servfail",
    ),
    Case(
        "DKIM-CONFIGURED-MISSING",
        "not_applicable",
        alias("own", "k.gone.example"),
        why="superseded by DKIM-CNAME-DANGLING",
        options=NAMED,
    ),
    Case("DKIM-NOTFOUND", "unknown", alias("google", "k.gone.example"), why="an alias of nothing", reason=ANY),
    Case("DKIM-NONE", "pass", alias("google", "k.gone.example"), why="an alias of nothing"),
)
WILDCARD = (
    Case("DKIM-WILDCARD", "pass", key("google", GOOD)),
    Case("DKIM-WILDCARD", "pass", key("*", "v=DKIM1; p="), why="revoked for all names"),
    Case("DKIM-WILDCARD", "pass", key("*", "v=spf1 -all"), why="no key"),
    Case("DKIM-WILDCARD", "pass", key("*", "v=DMARC1; p=reject"), why="a DMARC record for all names"),
    Case("DKIM-WILDCARD", "fail", key("*", GOOD), severity="medium", arguments={"domain": "story.example"}),
    Case("DKIM-WILDCARD", "fail", key("*", "k=rsa; p=broken"), why="a broken one"),
    Case(
        "DKIM-WILDCARD", "unknown", key("*._domainkey.x", GOOD) + "*._domainkey.story.example. TXT timeout", reason=LATE
    ),
)
ED25519 = (
    Case("DKIM-ED25519-ONLY", "pass", key("google", GOOD)),
    Case("DKIM-ED25519-ONLY", "pass", key("google", GOOD) + key("own", ED), why="both", options=NAMED),
    Case("DKIM-ED25519-ONLY", "fail", key("own", ED), options=NAMED, severity="low"),
    Case("DKIM-ED25519-ONLY", "unknown", key("google", ED), why="there may be others", reason=ANY),
    Case(
        "DKIM-ED25519-ONLY",
        "fail",
        key("own", ED) + key("rsa", "v=DKIM1; h=sha1; p=" + rsa_text(2048)),
        why="beside one that verifiers refuse",
        options=DomainOptions(selectors=("own", "rsa")),
    ),
    Case("DKIM-ED25519-ONLY", "not_applicable", MAIL, why="no key"),
    Case("DKIM-ED25519-ONLY", "not_applicable", key("google", "v=DKIM1; p="), why="revoked"),
    Case("DKIM-ED25519-ONLY", "fail", key("own", ED) + LOST, why="a guess unanswered", options=NAMED),
    Case(
        "DKIM-ED25519-ONLY",
        "unknown",
        key("own", ED) + "own2._domainkey.story.example. TXT timeout",
        why="a named one unanswered",
        options=DomainOptions(selectors=("own", "own2")),
        reason=LATE,
    ),
)
ROUND = alias("own", "k.p.example") + "k.p.example. CNAME l.p.example.\nl.p.example. CNAME k.p.example.\n"
CIRCLES = (
    Case(
        "DKIM-CNAME-DANGLING",
        "fail",
        ROUND,
        why="in a circle",
        options=NAMED,
        severity="high",
        arguments={"name": AT_OWN, "target": "k.p.example", "danger": "; the aliases lead in a circle"},
    ),
    Case("DKIM-CNAME-DANGLING", "fail", alias("google", "google._domainkey.story.example."), why="of itself, a guess"),
    Case(
        "DKIM-CNAME-DANGLING",
        GONE,
        alias("*", "k.p.example") + "k.p.example. CNAME k.p.example.",
        why="any in a circle",
    ),
    Case("DKIM-CONFIGURED-MISSING", "not_applicable", ROUND, why="aliases in a circle: superseded", options=NAMED),
    Case("DKIM-NONE", "pass", ROUND, why="aliases in a circle", options=NAMED),
)
UNASKED = (  # what was not named and could not be asked is no hole beside a named key
    Case("DKIM-SYNTAX", "pass", key("own", GOOD) + LOST, why="a guess unanswered", options=NAMED),
    Case("DKIM-SYNTAX", "pass", HIDDEN + key("own", GOOD), why="a provider hidden", options=NAMED),
    Case("DKIM-NOTFOUND", "pass", key("own", GOOD) + LOST, why="a guess unanswered", options=NAMED),
    Case(
        "DKIM-SYNTAX",
        "fail",
        key("google", "v=DKIM1; p=!!") + key("own", GOOD),
        why="a guess that was found",
        options=NAMED,
        subject="google._domainkey.story.example",
    ),
    Case(
        "DKIM-NOTFOUND",
        "unknown",
        MAIL + EMPTY + LOST,
        why="a guess unanswered, and no named key",
        options=NAMED,
        reason=LATE,
    ),
    Case(
        "DKIM-SYNTAX",
        "not_applicable",
        MAIL + EMPTY + "google._domainkey.story.example. TXT timeout",
        why="no named key, a guess unanswered",
        options=NAMED,
    ),
    Case(
        "DKIM-SYNTAX",
        "unknown",
        key("s1", GOOD) + "google._domainkey.story.example. TXT timeout",
        why="a guess unanswered, none named",
        subject="story.example",
        reason=LATE,
    ),
)
CASES = (*NONE, *CONFIGURED, *DANGLING, *WILDCARD, *ED25519, *CIRCLES, *UNASKED)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)
