"""The lab's domains, each with one story. Whatever a story is not about is well in its domain.

Here are the stories of domains and their mail hosts; beside stand those of their senders, of name servers, and of what
protects mail on its way."""

from __future__ import annotations

from audit.lab.infrastructure import SHARED_SERVERS, addressed
from audit.lab.pki import CertificateFault
from audit.lab.sender_stories import SENDER_STORIES
from audit.lab.smtp_server import Behaviour
from audit.lab.story import (
    UNSIGNED,
    MailHost,
    Story,
    addresses,
    apex,
    consent,
    dmarc,
    host,
    listening,
    pointer,
    policy,
    servers,
    spf,
    tlsa,
    txt,
    web,
    well,
)
from audit.lab.transport_stories import TRANSPORT_STORIES
from audit.lab.zone_stories import ZONE_STORIES
from audit.model.report import Severity

POLICY_HOST = web("good.example", 93, policy("good.example"))

EXISTENCE = (
    Story(
        name="good",
        text="Everything is as it should be: this is what the others are measured by.",
        domain="good.example",
        lacks=(),
        zone=well(
            "good.example",
            10,
            adding=(
                *(consent(domain, "good.example") for domain in ("nullmx.example", "parked.example")),
                "good.example SIGNED",
                *tlsa("mx.good.example"),
                *POLICY_HOST[0],
            ),
        ),
        hosts=listening("good.example", 10),
        webs=POLICY_HOST[1],
    ),
    Story(
        name="null MX",
        text="The domain says that it takes no mail, and sends none.",
        domain="nullmx.example",
        lacks=(UNSIGNED,),
        zone=(
            *apex("nullmx.example"),
            "nullmx.example MX 0 .",
            spf("nullmx.example", "-all"),
            dmarc("nullmx.example", reports="good.example"),
        ),
        options=(),
    ),
    Story(
        name="parked",
        text="The domain is only registered: no host, no mail, and nobody may send in its name.",
        domain="parked.example",
        lacks=(UNSIGNED,),
        zone=(
            *apex("parked.example"),
            spf("parked.example", "-all"),
            dmarc("parked.example", reports="good.example"),
        ),
        options=("parked=true",),
    ),
    Story(
        name="SERVFAIL",
        text="The name servers answer every question with SERVFAIL, so nothing can be said but that.",
        domain="servfail.example",
        lacks=(),
        zone=(*apex("servfail.example"), "servfail.example SERVFAIL"),
        fails=addressed("NS-LAME", Severity.HIGH, *SHARED_SERVERS),
    ),
    Story(
        name="silent",
        text="The name servers never answer, so nothing can be said but that.",
        domain="silent.example",
        lacks=(),
        zone=(*apex("silent.example"), "silent.example SILENT"),
        fails=addressed("NS-LAME", Severity.HIGH, *SHARED_SERVERS),
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

STORIES: tuple[Story, ...] = (*EXISTENCE, *MX, *SENDER_STORIES, *TLS, *TRANSPORT_STORIES, *ZONE_STORIES)
