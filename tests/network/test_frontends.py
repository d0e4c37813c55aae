"""Behind a shared front end a few names are visited, and speak for the rest."""

from __future__ import annotations

import asyncio

import pytest

from audit.model.probe import Outcome, SmtpSession, SmtpVisit, Stage, StageName, TlsShown
from audit.network.frontends import NAMES_SAMPLED, Frontends

TLS = TlsShown(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", bits=256, group=None, chain=(b"leaf",))
GOOD = SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.OK),), tls=TLS)
DEFERRED = SmtpSession(stages=(Stage(stage=StageName.BANNER, outcome=Outcome.DEFERRED),))


def tenant(
    number: int, address: str = "192.0.2.1", *, port: int = 25, of: str = "mail.protection.outlook.com"
) -> SmtpVisit:
    return SmtpVisit(host=f"story{number}-example.{of}", address=address, port=port)


def held(visits: list[SmtpVisit], sessions: list[SmtpSession]) -> list[str | None]:
    """For each visit the host whose session stood for it; null where it had one of its own."""

    async def run() -> list[str | None]:
        frontends, coming = Frontends(), iter(sessions)

        async def one(visit: SmtpVisit) -> str | None:
            async with frontends.turn(visit) as standing:
                if standing is not None:
                    return standing.sampled
                await asyncio.sleep(0)
                frontends.keep(visit, next(coming))
                return None

        return list(await asyncio.gather(*map(one, visits)))

    return asyncio.run(run())


def test_three_names_are_visited_and_the_last_speaks_for_all_others() -> None:
    visits = [tenant(n) for n in range(40)]
    assert held(visits, [GOOD] * 40) == [None] * NAMES_SAMPLED + [visits[2].host] * 37


def test_what_is_remembered_has_a_bound_and_the_address_in_use_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.network.frontends.MOST_ADDRESSES", 2)

    async def run() -> list[bool]:
        frontends = Frontends()

        async def is_spoken_for(address: str) -> bool:
            async with frontends.turn(tenant(9, address)) as standing:
                return standing is not None

        for address in ("192.0.2.1", "192.0.2.2"):
            for number in range(NAMES_SAMPLED):
                frontends.keep(tenant(number, address), GOOD)
        async with frontends.turn(tenant(8, "192.0.2.1")):
            frontends.keep(tenant(0, "192.0.2.2"), GOOD)  # came later than the other
            frontends.keep(tenant(0, "192.0.2.3"), GOOD)  # one too many
        return [await is_spoken_for(address) for address in ("192.0.2.1", "192.0.2.2")]

    assert asyncio.run(run()) == [True, False]


@pytest.mark.parametrize(
    "visits",
    [
        [tenant(n, f"192.0.2.{n}") for n in range(6)],  # each address is looked at
        [tenant(n, port=25 + n) for n in range(6)],
        [tenant(n, of="mail.example") for n in range(6)],  # not a provider's
        [tenant(n, of="l.google.com") for n in range(6)],  # a provider's, whose customers share one name
    ],
    ids=["addresses", "ports", "own", "one-name"],
)
def test_what_is_visited_all_the_same(visits: list[SmtpVisit]) -> None:
    assert held(visits, [GOOD] * 6) == [None] * 6


def test_a_session_that_came_as_far_as_tls_speaks_rather_than_a_deferral() -> None:
    visits = [tenant(n) for n in range(5)]
    assert held(visits, [GOOD, DEFERRED, DEFERRED])[3:] == [visits[0].host] * 2
    assert held(visits, [DEFERRED] * 3)[3:] == [visits[2].host] * 2
