"""The lab's stories of name servers: what they say of a domain, and whether they say it at all."""

from __future__ import annotations

from audit.lab.authority import Manners, NameServer
from audit.lab.infrastructure import addressed, located
from audit.lab.story import NAMES, OTHER_IPV4, OTHER_IPV6, Fail, Story, apex, listening, well
from audit.model.report import Severity


def second(domain: str, number: int, manners: Manners = Manners.SOUND, *records: str) -> NameServer:
    """The domain's own second name server."""
    addresses = OTHER_IPV4.format(number), OTHER_IPV6.format(number)
    return NameServer(name=f"ns2.{domain}", addresses=addresses, manners=manners, records=records)


def served(domain: str, number: int, server: NameServer) -> tuple[str, ...]:
    """A zone in which all is well, with a second name server of its own."""
    records = (line for line in well(domain, number) if line not in apex(domain))
    return (*apex(domain, (NAMES[0], server.name)), *located(server), *records)


def story(name: str, text: str, number: int, server: NameServer, *fails: Fail) -> Story:
    """A domain that is well but for its second name server."""
    domain = server.name.partition(".")[2]
    return Story(
        name=name,
        text=text,
        domain=domain,
        zone=served(domain, number, server),
        hosts=listening(domain, number),
        servers=(server,),
        fails=fails,
    )


UNEVEN = second("uneven.example", 100, Manners.SOUND, "uneven.example MX 10 old.uneven.example")
LAME = second("lame.example", 101, Manners.REFUSES)
PLAIN = second("notcp.example", 102, Manners.WITHOUT_TCP)
NEW = second("halfmoved.example", 103)
MUTE = second("mutens.example", 104, Manners.SILENT)
DEAF = second("noedns.example", 105, Manners.WITHOUT_EDNS)

ZONE_STORIES: tuple[Story, ...] = (
    story(
        "name servers disagree",
        "One of the two name servers still has an old MX record.",
        110,
        UNEVEN,
        ("DNS-INCONSISTENT", "uneven.example", Severity.HIGH),
    ),
    story(
        "lame name server",
        "One of the two name servers knows nothing of the domain.",
        111,
        LAME,
        *addressed("NS-LAME", Severity.HIGH, LAME),
    ),
    story(
        "silent name server",
        "One of the two name servers never answers, so that whoever asks it first waits.",
        114,
        MUTE,
        *addressed("NS-LAME", Severity.HIGH, MUTE),
    ),
    story(
        "no EDNS",
        "A firewall before one of the two name servers drops questions with EDNS, so that they are put again.",
        115,
        DEAF,
        *addressed("NS-EDNS", Severity.LOW, DEAF),
    ),
    story(
        "no DNS over TCP",
        "One of the two name servers cannot be asked over TCP, so that long answers are lost.",
        112,
        PLAIN,
        *addressed("NS-TCP", Severity.MEDIUM, PLAIN),
    ),
    Story(
        name="moved by half",
        text="The zone names a new name server, of which the zone above has not heard.",
        domain="halfmoved.example",
        zone=(
            *served("halfmoved.example", 113, NEW),
            *(f"halfmoved.example DELEGATED {name}" for name in NAMES),
            f"halfmoved.example NS {NAMES[1]}",
        ),
        hosts=listening("halfmoved.example", 113),
        servers=(NEW,),
        fails=(("NS-PARENT-CHILD", "halfmoved.example", Severity.LOW),),
    ),
)
