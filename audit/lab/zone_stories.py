"""The lab's stories of name servers: what they say of a domain, and whether they say it at all."""

from __future__ import annotations

from audit.lab.authority import Manners, NameServer
from audit.lab.infrastructure import addressed, located
from audit.lab.story import NAMES, OTHER_IPV4, OTHER_IPV6, Story, apex, listening, well
from audit.model.report import Severity


def second(domain: str, number: int, manners: Manners = Manners.SOUND, *records: str) -> NameServer:
    """The domain's own second name server."""
    addresses = OTHER_IPV4.format(number), OTHER_IPV6.format(number)
    return NameServer(name=f"ns2.{domain}", addresses=addresses, manners=manners, records=records)


def served(domain: str, number: int, server: NameServer) -> tuple[str, ...]:
    """A zone in which all is well, with a second name server of its own."""
    records = (line for line in well(domain, number) if line not in apex(domain))
    return (*apex(domain, (NAMES[0], server.name)), *located(server), *records)


UNEVEN = second("uneven.example", 100, Manners.SOUND, "uneven.example MX 10 old.uneven.example")
LAME = second("lame.example", 101, Manners.REFUSES)
PLAIN = second("notcp.example", 102, Manners.WITHOUT_TCP)
NEW = second("halfmoved.example", 103)
MUTE = second("mutens.example", 104, Manners.SILENT)
DEAF = second("noedns.example", 105, Manners.WITHOUT_EDNS)

ZONE_STORIES: tuple[Story, ...] = (
    Story(
        name="name servers disagree",
        text="One of the two name servers still has an old MX record.",
        domain="uneven.example",
        zone=served("uneven.example", 110, UNEVEN),
        hosts=listening("uneven.example", 110),
        servers=(UNEVEN,),
        fails=(("DNS-INCONSISTENT", "uneven.example", Severity.HIGH),),
    ),
    Story(
        name="lame name server",
        text="One of the two name servers knows nothing of the domain.",
        domain="lame.example",
        zone=served("lame.example", 111, LAME),
        hosts=listening("lame.example", 111),
        servers=(LAME,),
        fails=addressed("NS-LAME", Severity.HIGH, LAME),
    ),
    Story(
        name="silent name server",
        text="One of the two name servers never answers, so that whoever asks it first waits.",
        domain="mutens.example",
        zone=served("mutens.example", 114, MUTE),
        hosts=listening("mutens.example", 114),
        servers=(MUTE,),
        fails=addressed("NS-LAME", Severity.HIGH, MUTE),
    ),
    Story(
        name="no EDNS",
        text="A firewall before one of the two name servers drops questions with EDNS, so that they are put again.",
        domain="noedns.example",
        zone=served("noedns.example", 115, DEAF),
        hosts=listening("noedns.example", 115),
        servers=(DEAF,),
        fails=addressed("NS-EDNS", Severity.LOW, DEAF),
    ),
    Story(
        name="no DNS over TCP",
        text="One of the two name servers cannot be asked over TCP, so that long answers are lost.",
        domain="notcp.example",
        zone=served("notcp.example", 112, PLAIN),
        hosts=listening("notcp.example", 112),
        servers=(PLAIN,),
        fails=addressed("NS-TCP", Severity.MEDIUM, PLAIN),
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
