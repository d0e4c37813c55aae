"""Dialogues with the servers that a person names: find the addresses of a host, and talk to one of each family.

The host's name is what the certificate must prove. The addresses come from the resolver, are judged as all that the
world names, and are dialled as they are: no name is resolved twice. A login is said once, to however many places we go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

from audit.gather.asking import asked
from audit.model.dialogue import Dialogue, Ending, Part, Step
from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import SmtpVisit
from audit.model.subject import Host
from audit.network.dial import Dialer, Refusal
from audit.network.dialogue import talk
from audit.network.guard import Guard
from audit.network.options import NetworkOptions
from audit.network.script import Manner, Script
from audit.protocol.drive import FaultHook
from audit.protocol.mx.hosts import HostAddresses, host_addresses

IMPLICIT_TLS, MX_PORT = 465, 25
TYPED = "typed"  # a problem of an address that no DNS record named


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A port of a host, 0 for one that is still to be chosen. `family` is 4, 6, or None for one address of each;
    `address` is "" before it is known. `hearsay`: only the DNS tells that it serves the domain, and it lies outside of
    it, so that whoever forges an answer could have named it (RFC 6186 section 6): no login is said there."""

    host: str
    port: int = 0
    implicit_tls: bool = False
    family: int | None = None
    address: str = ""
    hearsay: bool = False

    @property
    def is_address(self) -> bool:
        return _numeric(self.host) is not None


async def dialogues(
    places: Sequence[Place], script: Script, manner: Manner, options: NetworkOptions, *, fault: FaultHook
) -> tuple[Dialogue, ...]:
    """Talk to the first address of each family of each place, one after the other. A host without an address has one
    dialogue, too, which ends before it begins.

    What only a user of the server may say is said at the first address that gets so far; of several ports not on 25,
    where servers deliver.
    """
    dialer = Dialer(Guard(options.allow_net), options.connect_to, only_mapped=options.only_mapped)
    found: list[Dialogue] = []
    lost: set[str] = set()
    for place in places:
        addresses, ending = ((), None) if place.host in lost else await _addresses(place, options, fault)
        if ending is not None:  # which is so for each of its ports, and told once
            lost.add(place.host)
            found.append(_unbegun(place, "", ending))
        for address in addresses:
            spent = any(d.mechanism is not None or d.at(Part.MAIL) is not None for d in found)
            held_back = spent or place.hearsay or (len(places) > 1 and place.port == MX_PORT)
            said = script.public if held_back else script
            found.append(await _dialogue(replace(place, address=address), said, manner, dialer))
    return tuple(found)


async def _dialogue(place: Place, script: Script, manner: Manner, dialer: Dialer) -> Dialogue:
    """Talk to one address."""
    endpoint = dialer.resolve(place.address, place.port)
    if isinstance(endpoint, Refusal):
        problems = (TYPED,) if place.is_address else ()
        refused = Step(part=Part.CONNECT, ending=Ending.GUARD_REFUSED, detail=endpoint.reason, problems=problems)
        return _unbegun(place, place.address, refused)
    visit = SmtpVisit(host=place.host, address=place.address, port=place.port, implicit_tls=place.implicit_tls)
    return await talk(visit, endpoint, script, manner, _nobody)


async def _addresses(place: Place, options: NetworkOptions, fault: FaultHook) -> tuple[tuple[str, ...], Step | None]:
    """The addresses to try, or the step that says why there is none."""
    try:
        return (str(ip_address(place.host)),), None
    except ValueError:
        pass
    fact: Fact[HostAddresses] = await asked(
        host_addresses(Host(place.host)), options, options.question_timeout * 3, fault
    )
    if isinstance(fact, Unknown):
        return (), _unanswered(fact)
    found = fact.value
    wanted = {4: found.ipv4, 6: found.ipv6}
    families = (place.family,) if place.family else (4, 6)
    first = [records.value[0] for f in families if isinstance(records := wanted[f], Known) and records.value]
    if first:
        return tuple(first), None
    if found.exists == Known(False):
        return (), Step(part=Part.RESOLVE, ending=Ending.NO_NAME)
    holes = [wanted[f] for f in families if isinstance(wanted[f], Unknown)]
    if holes and isinstance(holes[0], Unknown):
        return (), _unanswered(holes[0])
    return (), Step(part=Part.RESOLVE, ending=Ending.NO_ADDRESS)


def _unanswered(hole: Unknown) -> Step:
    return Step(part=Part.RESOLVE, ending=Ending.NO_ANSWER, detail=hole.reason, problems=(hole.reason,))


def _numeric(host: str) -> str | None:
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def _unbegun(place: Place, address: str, step: Step) -> Dialogue:
    return Dialogue(host=place.host, address=address, port=place.port, implicit_tls=place.implicit_tls, steps=(step,))


def _nobody(_: str) -> None:
    """Nobody listens."""
