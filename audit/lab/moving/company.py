"""The company that moves its mail from one provider to another, in six steps of some weeks.

Each step is something that is done: what it leaves of the zone, the MTA-STS policy and the providers' doors. So the
steps can be taken in the right order and in others, and at other times, and the same senders live through them all.
Before the first step all is well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from audit.lab.https_server import Page, WebHost
from audit.lab.keys import rsa_2048
from audit.lab.moving import providers as known
from audit.lab.moving.history import Door, Epoch, History, Sts, published
from audit.lab.moving.receivers import Service
from audit.lab.moving.senders import DAY
from audit.lab.story import Story, addresses, apex, dkim, dmarc, host, spf, tls_rpt, txt, web
from audit.lab.zone import parse

DOMAIN = "moving.example"
START = datetime(2026, 11, 24, 12, tzinfo=UTC)
LONG, SHORT = 3600, 300  # seconds: TTLs before and after the move, and while it lasts
WEB_AT, SHOP_AT, CRM_AT = 140, 141, 142
MONTH = 28 * DAY
NEGATIVE = 300  # seconds, by the SOA record
SIGNED_HERE = f"{DOMAIN} SIGNED"

OLD = Service("the old provider", addresses(known.OLD_AT)[0], known.OLD_KEYS[0][0])
NEW = Service("the new provider", addresses(known.NEW_AT)[0], "google")
NEWSLETTER = Service("the newsletter service", addresses(known.NEWSLETTER_AT)[0], "news")
SHOP = Service("the shop", addresses(SHOP_AT)[0], "shop")
SERVICES = (OLD, NEW, NEWSLETTER, SHOP)

ENFORCED = Sts("20260901T000000", "enforce", MONTH, (known.OLD_MX,))
EASED = Sts("20261125T000000", "testing", DAY, (known.OLD_MX, known.NEW_MX))
RENEWED = Sts("20270101T000000", "enforce", MONTH, (known.NEW_MX,))

BY_NAME = (f"a:shop.{DOMAIN}", f"a:crm.{DOMAIN}")  # two lookups
BY_ADDRESS = tuple(f"ip{4 if '.' in each else 6}:{each}" for number in (SHOP_AT, CRM_AT) for each in addresses(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What there is at some moment. `servers` are those by which the company itself sends, as SPF terms."""

    mx: tuple[str, ...] = (f"0 {known.OLD_MX}",)
    ttl: int = LONG  # of what is switched
    includes: tuple[str, ...] = (known.OLD_SPF,)
    servers: tuple[str, ...] = BY_NAME
    old_keys: bool = True
    new_key: bool = False
    texts: tuple[str, ...] = ("MS=ms12345678",)
    discovery: bool = True
    policy: Sts = ENFORCED
    old_door: Door | None = Door.TAKES
    new_door: Door | None = Door.REFUSES
    sending: tuple[Service, ...] = (OLD, NEWSLETTER, SHOP)


Deed: TypeAlias = Callable[[State], State]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of the six, and when it is done when all goes by the plan."""

    name: str
    at: int
    deed: Deed


def publish(state: State) -> State:
    """The new provider's records go beside the old one's. The SPF record would need eleven lookups; so the company's
    own servers are listed by address."""
    texts = (*state.texts, "google-site-verification=lab")
    both = (*state.includes, known.NEW_SPF)
    made = replace(state, includes=both, servers=BY_ADDRESS, new_key=True, texts=texts)
    return replace(made, policy=EASED, new_door=Door.TAKES)


def lower(state: State) -> State:
    return replace(state, ttl=SHORT)


def switch(state: State) -> State:
    """Mail goes to the new provider, and users begin to send there."""
    senders = (*(each for each in state.sending if each is not NEW), NEW)
    return replace(state, mx=(f"1 {known.NEW_MX}",), discovery=False, sending=senders)


def keep(state: State) -> State:
    """The last user sends by the new provider. The old one goes on to take mail."""
    return replace(state, sending=tuple(each for each in state.sending if each is not OLD))


def raise_again(state: State) -> State:
    return replace(state, ttl=LONG, policy=RENEWED)


def remove(state: State) -> State:
    """Nothing of the old provider is left, and it takes no more mail."""
    left = tuple(each for each in state.includes if each != known.OLD_SPF)
    texts = tuple(each for each in state.texts if not each.startswith("MS="))
    return replace(state, includes=left, texts=texts, old_keys=False, old_door=Door.REFUSES)


STEPS = (
    Step(name="publish", at=1 * DAY, deed=publish),
    Step(name="lower", at=28 * DAY, deed=lower),
    Step(name="switch", at=30 * DAY, deed=switch),
    Step(name="keep", at=33 * DAY, deed=keep),
    Step(name="raise", at=37 * DAY, deed=raise_again),
    Step(name="remove", at=60 * DAY, deed=remove),
)


def states(steps: Iterable[Step] = STEPS) -> tuple[tuple[int, State], ...]:
    """Since when each state holds: before the first step, and after each; of steps at one time the last."""
    state = State()
    found = {0: state}
    for step in sorted(steps, key=lambda each: each.at):
        state = found[step.at] = step.deed(state)
    return tuple(sorted(found.items()))


def history(steps: Iterable[Step] = STEPS) -> History:
    """What senders and receivers live through."""
    return History(tuple(epoch(since, state) for since, state in states(steps)))


def moment(since: int) -> datetime:
    return START + timedelta(seconds=since)


def epoch(since: int, state: State) -> Epoch:
    doors = {known.OLD_AT: state.old_door, known.NEW_AT: state.new_door}
    return Epoch(
        since,
        published(parse((*zone(state), *known.providers(rsa_2048(DOMAIN))))),
        negative_ttl=NEGATIVE,
        policy=state.policy,
        doors={addresses(number)[0]: door for number, door in doors.items() if door},
        sending=frozenset(each.name for each in state.sending),
    )


def story(state: State) -> Story:
    """The company as a story of the lab."""
    return Story(
        name="moving",
        text="The company moves its mail from one provider to another.",
        domain=DOMAIN,
        zone=(*zone(state), *known.providers(rsa_2048(DOMAIN))),
        hosts=known.MAIL_HOSTS,
        webs=webs(state.policy),
        options=("selectors=news,shop",),
    )


def webs(policy: Sts) -> tuple[WebHost, ...]:
    """The host that shows the policy."""
    return web(DOMAIN, WEB_AT, page(policy))[1]


def page(policy: Sts) -> Page:
    """The policy as the web server shows it."""
    lines = ("version: STSv1", f"mode: {policy.mode}", *(f"mx: {mx}" for mx in policy.mx), f"max_age: {policy.max_age}")
    return Page(body="\r\n".join((*lines, "")).encode())


def zone(state: State) -> tuple[str, ...]:
    """The company's zone, as zone text."""
    aliases = known.OLD_KEYS if state.old_keys else ()
    return (
        *apex(DOMAIN),
        SIGNED_HERE,
        *(f"{DOMAIN} {state.ttl} MX {mx}" for mx in state.mx),
        *_lasting(
            spf(
                DOMAIN, *(f"include:{each}" for each in (*state.includes, known.NEWSLETTER_SPF)), *state.servers, "-all"
            )
        ),
        *_lasting(*(txt(DOMAIN, text) for text in state.texts)),
        *(f"{selector}._domainkey.{DOMAIN} {LONG} CNAME {target}" for selector, target in aliases),
        *_lasting(*((dkim(DOMAIN, "google"),) if state.new_key else ()), dkim(DOMAIN, "news"), dkim(DOMAIN, "shop")),
        *_lasting(dmarc(DOMAIN), tls_rpt(DOMAIN), txt(f"_mta-sts.{DOMAIN}", f"v=STSv1; id={state.policy.id}")),
        *((f"autodiscover.{DOMAIN} {state.ttl} CNAME {known.DISCOVERY}",) if state.discovery else ()),
        *host(f"mta-sts.{DOMAIN}", WEB_AT),
        *host(f"shop.{DOMAIN}", SHOP_AT),
        *host(f"crm.{DOMAIN}", CRM_AT),
    )


def _lasting(*lines: str) -> tuple[str, ...]:
    """Lines of zone text, kept for an hour."""
    return tuple(line.replace(" ", f" {LONG} ", 1) for line in lines)
