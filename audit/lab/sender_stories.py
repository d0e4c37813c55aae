"""The lab's stories of who may send in a domain's name: SPF, DKIM, DMARC, and blocklists."""

from __future__ import annotations

from audit.lab.keys import RSA_1024
from audit.lab.lists import GOOD_LIST
from audit.lab.story import SELECTOR, Story, addresses, apex, dkim, dmarc, listening, spf, txt, well
from audit.model.report import Severity

OLD_MAILER = "_spf.oldmailer.example"  # two domains still include it
SENDERS = ("newsletter", "shop", "tickets", "crm", "billing", "survey", "events", "jobs", "support", "forum")

SPF = (
    Story(
        name="SPF with eleven lookups",
        text="The SPF record needs eleven DNS lookups, and receivers stop at ten.",
        domain="spfeleven.example",
        zone=well(
            "spfeleven.example",
            20,
            without=("spf",),
            adding=(
                spf("spfeleven.example", "mx", *(f"include:{s}.spfeleven.example" for s in SENDERS), "-all"),
                *(
                    spf(f"{sender}.spfeleven.example", f"ip6:2001:db8:{at:x}::/48", "-all")
                    for at, sender in enumerate(SENDERS, 0x100)
                ),
            ),
        ),
        hosts=listening("spfeleven.example", 20),
        fails=(("SPF-LOOKUPS", "spfeleven.example", Severity.HIGH),),
    ),
    Story(
        name="SPF loop",
        text="Two included SPF records include each other.",
        domain="spfloop.example",
        zone=well(
            "spfloop.example",
            21,
            without=("spf",),
            adding=(
                spf("spfloop.example", "mx", "include:north.spfloop.example", "-all"),
                spf("north.spfloop.example", "include:south.spfloop.example", "-all"),
                spf("south.spfloop.example", "include:north.spfloop.example", "-all"),
            ),
        ),
        hosts=listening("spfloop.example", 21),
        fails=(("SPF-LOOP", "spfloop.example", Severity.HIGH),),
    ),
    Story(
        name="two SPF records",
        text="There are two SPF records, so that neither counts.",
        domain="spftwo.example",
        zone=well("spftwo.example", 22, adding=(spf("spftwo.example", "ip4:198.51.100.0/24", "-all"),)),
        hosts=listening("spftwo.example", 22),
        fails=(("SPF-MULTIPLE", "spftwo.example", Severity.HIGH),),
    ),
    Story(
        name="SPF lets everybody send",
        text="The SPF record ends in +all: whoever likes may send in this domain's name.",
        domain="spfall.example",
        zone=well("spfall.example", 23, without=("spf",), adding=(spf("spfall.example", "mx", "+all"),)),
        hosts=listening("spfall.example", 23),
        fails=(("SPF-ALL-PASS", "spfall.example", Severity.CRITICAL),),
    ),
    Story(
        name="an include that two domains share, here",
        text="The SPF record includes that of a service which has ended; so does that of another domain.",
        domain="spfshared.example",
        zone=well(
            "spfshared.example",
            24,
            without=("spf",),
            adding=(
                spf("spfshared.example", "mx", f"include:{OLD_MAILER}", "-all"),
                *apex("oldmailer.example"),
                txt(OLD_MAILER, "this service has ended"),
            ),
        ),
        hosts=listening("spfshared.example", 24),
        fails=(("SPF-INCLUDE-NONE", "spfshared.example", Severity.HIGH),),
    ),
    Story(
        name="an include that two domains share, there",
        text="The SPF record includes that of the same service: what troubles both is said once.",
        domain="spfsharedtoo.example",
        zone=well(
            "spfsharedtoo.example",
            25,
            without=("spf",),
            adding=(spf("spfsharedtoo.example", "mx", f"include:{OLD_MAILER}", "-all"),),
        ),
        hosts=listening("spfsharedtoo.example", 25),
        fails=(("SPF-INCLUDE-NONE", "spfsharedtoo.example", Severity.HIGH),),
    ),
)

DKIM = (
    Story(
        name="DKIM key of 1024 bits",
        text="The DKIM key has 1024 bits, half of what is advised.",
        domain="dkim1024.example",
        zone=well("dkim1024.example", 30, without=("dkim",), adding=(dkim("dkim1024.example", SELECTOR, RSA_1024),)),
        hosts=listening("dkim1024.example", 30),
        fails=(("DKIM-RSA-1024", f"{SELECTOR}._domainkey.dkim1024.example", Severity.MEDIUM),),
    ),
    Story(
        name="DKIM key revoked",
        text="One of the two selectors in use has been revoked: what is signed with it fails.",
        domain="dkimrevoked.example",
        zone=well("dkimrevoked.example", 31, adding=(dkim("dkimrevoked.example", "lab0", ""),)),
        hosts=listening("dkimrevoked.example", 31),
        options=(f"selectors=lab0,{SELECTOR}",),
        fails=(("DKIM-REVOKED", "lab0._domainkey.dkimrevoked.example", Severity.HIGH),),
    ),
)

DMARC = (
    Story(
        name="DMARC none",
        text="The DMARC policy only watches: forged mail is delivered.",
        domain="dmarcnone.example",
        zone=well("dmarcnone.example", 40, without=("dmarc",), adding=(dmarc("dmarcnone.example", "none"),)),
        hosts=listening("dmarcnone.example", 40),
        fails=(("DMARC-P-NONE", "dmarcnone.example", Severity.MEDIUM),),
    ),
    Story(
        name="DMARC inherited",
        text="The domain has no DMARC record of its own; the one of the domain above it applies.",
        domain="mail.inherits.example",
        zone=(
            *apex("inherits.example"),
            dmarc("inherits.example", reports="mail.inherits.example"),
            *well("mail.inherits.example", 41, without=("dmarc",)),
        ),
        hosts=listening("mail.inherits.example", 41),
    ),
    Story(
        name="no DMARC",
        text="There is no DMARC record: nobody is told what to do with forged mail.",
        domain="nodmarc.example",
        zone=well("nodmarc.example", 42, without=("dmarc",)),
        hosts=listening("nodmarc.example", 42),
        fails=(("DMARC-MISSING", "nodmarc.example", Severity.HIGH),),
    ),
    Story(
        name="DMARC reports astray",
        text="Reports are to go to a stranger, who never agreed to be sent any: receivers send none.",
        domain="astray.example",
        zone=well("astray.example", 43, without=("dmarc",), adding=(dmarc("astray.example", reports="good.example"),)),
        hosts=listening("astray.example", 43),
        fails=(("DMARC-EXT-AUTH", "rua mailto:dmarc@good.example", Severity.MEDIUM),),
    ),
)

BLOCKLISTS = (
    Story(
        name="listed sender",
        text="The address that sends the mail is on a blocklist.",
        domain="listed.example",
        zone=well("listed.example", 50),
        hosts=listening("listed.example", 50),
        fails=(("DNSBL-IP-LISTED", f"{addresses(50)[0]} {GOOD_LIST}", Severity.MEDIUM),),
    ),
    Story(
        name="dead blocklist",
        text="A blocklist that was given up lists the whole world; nobody is called listed because of it.",
        domain="deadlist.example",
        zone=well("deadlist.example", 51),
        hosts=listening("deadlist.example", 51),
    ),
)

SENDER_STORIES: tuple[Story, ...] = (*SPF, *DKIM, *DMARC, *BLOCKLISTS)
