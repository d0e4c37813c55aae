"""The lab's stories of what protects mail on its way: signed zones (DNSSEC), TLSA records in them (DANE), and policies
over HTTPS (MTA-STS)."""

from __future__ import annotations

from audit.lab.https_server import NOT_FOUND, Page
from audit.lab.pki import CertificateFault
from audit.lab.story import (
    NO_POLICY,
    NO_TLSA,
    OLD,
    OLDER,
    UNSIGNED,
    Story,
    listening,
    policy,
    servers,
    tlsa,
    web,
    well,
)
from audit.model.report import Severity

OLD_PAGE = Page(status="301 Moved Permanently", location="https://www.stsmoved.example/.well-known/mta-sts.txt")
MOVED = web("stsmoved.example", 90, OLD_PAGE)
MISNAMED = web("stsname.example", 91, policy("stsname.example"), CertificateFault.WRONG_NAME)
MISSING = web("stsmissing.example", 94, NOT_FOUND)
EXPIRED = web("stsexpired.example", 95, policy("stsexpired.example"), CertificateFault.EXPIRED)
LEFT_OUT = web("stsleftout.example", 92, policy("stsleftout.example", "old.stsleftout.example"))

DNSSEC = (
    Story(
        name="signatures ran out",
        text="The signatures of the zone have expired, so that validating resolvers withhold all of it.",
        domain="bogus.example",
        lacks=(),
        zone=(*well("bogus.example", 70), "bogus.example SIGNED expired"),
        hosts=listening("bogus.example", 70),
        fails=(("DNSSEC-BOGUS", "bogus.example", Severity.CRITICAL),),
    ),
    Story(
        name="signatures run out tomorrow",
        text="The signatures hold until tomorrow, and nobody has renewed them.",
        domain="runsout.example",
        lacks=(NO_POLICY, NO_TLSA),
        zone=(*well("runsout.example", 71), "runsout.example SIGNED expiring"),
        hosts=listening("runsout.example", 71),
        fails=(("DNSSEC-SIG-EXPIRY", "runsout.example", Severity.MEDIUM),),
    ),
    Story(
        name="signed but cut off",
        text="The zone is signed, but the zone above does not say so: nobody can know.",
        domain="island.example",
        zone=(*well("island.example", 72), "island.example SIGNED island"),
        hosts=listening("island.example", 72),
    ),
    Story(
        name="signed long ago",
        text="The zone is signed as it was done when DNSSEC was young: SHA-1, short keys, rounds of hashing.",
        domain="oldsigned.example",
        lacks=(NO_POLICY, NO_TLSA),
        zone=(*well("oldsigned.example", 73), "oldsigned.example SIGNED aged iterated"),
        hosts=listening("oldsigned.example", 73),
        fails=(
            ("DNSSEC-ALG", "oldsigned.example", Severity.MEDIUM),
            ("DNSSEC-RSA-BITS", "oldsigned.example", Severity.MEDIUM),
            ("DNSSEC-DS-SHA1", "oldsigned.example", Severity.MEDIUM),
            ("DNSSEC-NSEC3", "oldsigned.example", Severity.LOW),
        ),
    ),
)

DANE = (
    Story(
        name="DANE",
        text="Signed TLSA records name the key of the mail host, and the next one.",
        domain="dane.example",
        lacks=(NO_POLICY,),
        zone=(*well("dane.example", 74), "dane.example SIGNED", *tlsa("mx.dane.example")),
        hosts=listening("dane.example", 74),
    ),
    Story(
        name="DANE of old keys",
        text="The mail host has a new key, and the TLSA records still name those that it had before.",
        domain="daneold.example",
        lacks=(NO_POLICY,),
        zone=(
            *well("daneold.example", 75),
            "daneold.example SIGNED",
            *tlsa("mx.daneold.example", *(key.format("mx.daneold.example") for key in (OLD, OLDER))),
        ),
        hosts=listening("daneold.example", 75),
        fails=servers("DANE-MISMATCH", Severity.CRITICAL, "daneold.example", 75),
    ),
    Story(
        name="DANE and an expired certificate",
        text="The certificate has expired, but the TLSA records name its key, and senders look at nothing else.",
        domain="danedated.example",
        lacks=(NO_POLICY,),
        zone=(*well("danedated.example", 76), "danedated.example SIGNED", *tlsa("mx.danedated.example")),
        hosts=listening("danedated.example", 76, certificate=CertificateFault.EXPIRED),
    ),
)

MTA_STS = (
    Story(
        name="MTA-STS policy moved",
        text="The address of the MTA-STS policy leads on to another, where no sender may follow.",
        domain="stsmoved.example",
        lacks=(UNSIGNED,),
        zone=well("stsmoved.example", 80, adding=MOVED[0]),
        hosts=listening("stsmoved.example", 80),
        webs=MOVED[1],
        fails=(("MTASTS-FETCH", "stsmoved.example", Severity.HIGH),),
    ),
    Story(
        name="MTA-STS certificate of another",
        text="The certificate of the host with the MTA-STS policy is for another name.",
        domain="stsname.example",
        lacks=(UNSIGNED,),
        zone=well("stsname.example", 81, adding=MISNAMED[0]),
        hosts=listening("stsname.example", 81),
        webs=MISNAMED[1],
        fails=(("MTASTS-CERT", "stsname.example", Severity.HIGH),),
    ),
    Story(
        name="MTA-STS policy not there",
        text="A record announces an MTA-STS policy, and its web server says that there is none.",
        domain="stsmissing.example",
        lacks=(UNSIGNED,),
        zone=well("stsmissing.example", 83, adding=MISSING[0]),
        hosts=listening("stsmissing.example", 83),
        webs=MISSING[1],
        fails=(("MTASTS-ORPHAN", "stsmissing.example", Severity.HIGH),),
    ),
    Story(
        name="MTA-STS certificate expired",
        text="The certificate of the host with the MTA-STS policy ran out ten days ago.",
        domain="stsexpired.example",
        lacks=(UNSIGNED,),
        zone=well("stsexpired.example", 84, adding=EXPIRED[0]),
        hosts=listening("stsexpired.example", 84),
        webs=EXPIRED[1],
        fails=(("MTASTS-CERT", "stsexpired.example", Severity.HIGH),),
    ),
    Story(
        name="MTA-STS forgot a mail host",
        text="The MTA-STS policy names an old mail host: to the one that is there, nobody may deliver.",
        domain="stsleftout.example",
        lacks=(UNSIGNED,),
        zone=well("stsleftout.example", 82, adding=LEFT_OUT[0]),
        hosts=listening("stsleftout.example", 82),
        webs=LEFT_OUT[1],
        fails=(("MTASTS-MX-MATCH", "stsleftout.example", Severity.CRITICAL),),
    ),
)

TRANSPORT_STORIES: tuple[Story, ...] = (*DNSSEC, *DANE, *MTA_STS)
