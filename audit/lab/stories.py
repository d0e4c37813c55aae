"""The lab's domains, each with one story. Whatever a story is not about is well in its domain."""

from __future__ import annotations

from audit.lab.keys import RSA_1024
from audit.lab.pki import CertificateFault
from audit.lab.smtp_server import Behaviour
from audit.lab.story import (
    SELECTOR,
    MailHost,
    Story,
    addresses,
    apex,
    dkim,
    dmarc,
    host,
    listening,
    pointer,
    servers,
    spf,
    txt,
    well,
)
from audit.model.report import Severity

SENDERS = ("newsletter", "shop", "tickets", "crm", "billing", "survey", "events", "jobs", "support", "forum")

EXISTENCE = (
    Story(
        name="good",
        text="Everything is as it should be: this is what the others are measured by.",
        domain="good.example",
        zone=well("good.example", 10),
        hosts=listening("good.example", 10),
    ),
    Story(
        name="null MX",
        text="The domain says that it takes no mail, and sends none.",
        domain="nullmx.example",
        zone=(*apex("nullmx.example"), "nullmx.example MX 0 .", spf("nullmx.example", "-all"), dmarc("nullmx.example")),
        options=(),
    ),
    Story(
        name="parked",
        text="The domain is only registered: no host, no mail, and nobody may send in its name.",
        domain="parked.example",
        zone=(*apex("parked.example"), spf("parked.example", "-all"), dmarc("parked.example")),
        options=("parked=true",),
    ),
    Story(
        name="SERVFAIL",
        text="The name servers answer every question with SERVFAIL, so nothing can be said.",
        domain="servfail.example",
        zone=("servfail.example SERVFAIL",),
    ),
    Story(
        name="silent",
        text="The name servers never answer, so nothing can be said.",
        domain="silent.example",
        zone=("silent.example SILENT",),
    ),
)

MX = (
    Story(
        name="implicit MX",
        text="There is no MX record; mail goes to the address of the domain itself.",
        domain="implicit.example",
        zone=well(
            "implicit.example",
            11,
            without=("mx", "host", "spf"),
            adding=(*host("implicit.example", 11), spf("implicit.example", "a", "-all")),
        ),
        hosts=(MailHost(name="implicit.example", addresses=addresses(11)),),
        fails=(("MX-MISSING", "implicit.example", Severity.MEDIUM),),
    ),
    Story(
        name="MX is a CNAME",
        text="The MX record names an alias instead of a host.",
        domain="mxcname.example",
        zone=well(
            "mxcname.example",
            12,
            without=("mx",),
            adding=("mxcname.example MX 10 mail.mxcname.example", "mail.mxcname.example CNAME mx.mxcname.example"),
        ),
        hosts=(MailHost(name="mx.mxcname.example", addresses=addresses(12), also=("mail.mxcname.example",)),),
        fails=(("MX-CNAME", "mail.mxcname.example", Severity.MEDIUM),),
    ),
    Story(
        name="MX without address",
        text="The first mail host has no address; mail arrives only by way of the second.",
        domain="noaddr.example",
        zone=well(
            "noaddr.example",
            13,
            without=("mx", "spf"),
            adding=(
                "noaddr.example MX 10 old.noaddr.example",
                "noaddr.example MX 20 mx.noaddr.example",
                txt("old.noaddr.example", "this host was taken out of service"),
                spf("noaddr.example", *(f"ip{4 if '.' in a else 6}:{a}" for a in addresses(13)), "-all"),
            ),
        ),
        hosts=listening("noaddr.example", 13),
        fails=(("MX-NOADDR", "old.noaddr.example", Severity.HIGH),),
    ),
    Story(
        name="private address",
        text="The mail host's IPv4 address is one of a private network, where nobody outside can reach it.",
        domain="private.example",
        zone=well(
            "private.example",
            14,
            without=("host", "spf"),
            adding=(
                "mx.private.example A 10.0.0.25",
                f"mx.private.example AAAA {addresses(14)[1]}",
                pointer(addresses(14)[1], "mx.private.example"),
                spf("private.example", f"ip6:{addresses(14)[1]}", "-all"),
            ),
        ),
        hosts=(MailHost(name="mx.private.example", addresses=addresses(14)[1:]),),
        fails=(("MX-PRIVATE", "mx.private.example 10.0.0.25", Severity.HIGH),),
    ),
    Story(
        name="no reverse name",
        text="The address that sends the mail has no name, and many receivers turn it away for that.",
        domain="noptr.example",
        zone=well(
            "noptr.example",
            15,
            without=("host",),
            adding=(
                f"mx.noptr.example A {addresses(15)[0]}",
                f"mx.noptr.example AAAA {addresses(15)[1]}",
                pointer(addresses(15)[1], "mx.noptr.example"),
            ),
        ),
        hosts=listening("noptr.example", 15),
        fails=(("PTR-MISSING", addresses(15)[0], Severity.HIGH),),
    ),
)

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
            dmarc("inherits.example"),
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
)

BLOCKLISTS = (
    Story(
        name="listed sender",
        text="The address that sends the mail is on a blocklist.",
        domain="listed.example",
        zone=well("listed.example", 50),
        hosts=listening("listed.example", 50),
        fails=(("DNSBL-IP-LISTED", f"{addresses(50)[0]} lab-good", Severity.HIGH),),
    ),
    Story(
        name="dead blocklist",
        text="A blocklist that was given up lists the whole world; nobody is called listed because of it.",
        domain="deadlist.example",
        zone=well("deadlist.example", 51),
        hosts=listening("deadlist.example", 51),
    ),
)

TLS = (
    Story(
        name="no STARTTLS",
        text="The mail host offers no encryption.",
        domain="notls.example",
        zone=well("notls.example", 60),
        hosts=listening("notls.example", 60, Behaviour.NO_STARTTLS),
        fails=servers("TLS-STARTTLS-MISSING", Severity.HIGH, "notls.example", 60),
    ),
    Story(
        name="STARTTLS fails",
        text="The mail host offers encryption and then breaks off the handshake.",
        domain="tlsfails.example",
        zone=well("tlsfails.example", 61),
        hosts=listening("tlsfails.example", 61, Behaviour.TLS_REFUSED),
        fails=servers("TLS-STARTTLS-FAIL", Severity.HIGH, "tlsfails.example", 61),
    ),
    Story(
        name="expired certificate",
        text="The certificate ran out ten days ago.",
        domain="expired.example",
        zone=well("expired.example", 62),
        hosts=listening("expired.example", 62, certificate=CertificateFault.EXPIRED),
        fails=servers("CERT-EXPIRED", Severity.MEDIUM, "expired.example", 62),
    ),
    Story(
        name="wrong name",
        text="The certificate is for another host.",
        domain="wrongname.example",
        zone=well("wrongname.example", 63),
        hosts=listening("wrongname.example", 63, certificate=CertificateFault.WRONG_NAME),
        fails=servers("CERT-NAME", Severity.LOW, "wrongname.example", 63),
    ),
    Story(
        name="self-signed certificate",
        text="The certificate is signed by nobody but itself.",
        domain="selfsigned.example",
        zone=well("selfsigned.example", 64),
        hosts=listening("selfsigned.example", 64, certificate=CertificateFault.SELF_SIGNED),
        fails=servers("CERT-SELFSIGNED", Severity.LOW, "selfsigned.example", 64),
    ),
    Story(
        name="incomplete chain",
        text="The mail host does not send the intermediate certificate.",
        domain="nochain.example",
        zone=well("nochain.example", 65),
        hosts=listening("nochain.example", 65, certificate=CertificateFault.INCOMPLETE),
        fails=servers("CERT-CHAIN-INCOMPLETE", Severity.LOW, "nochain.example", 65),
    ),
    Story(
        name="not now",
        text="The mail host asks everybody to come back later: that says nothing of its encryption.",
        domain="greylists.example",
        zone=well("greylists.example", 66),
        hosts=listening("greylists.example", 66, Behaviour.DEFERS),
    ),
    Story(
        name="not you",
        text="The mail host turns us away at the door: that is about us, not about it.",
        domain="rejects.example",
        zone=well("rejects.example", 67),
        hosts=listening("rejects.example", 67, Behaviour.REJECTS),
    ),
)

STORIES: tuple[Story, ...] = (*EXISTENCE, *MX, *SPF, *DKIM, *DMARC, *BLOCKLISTS, *TLS)
