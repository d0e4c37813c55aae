"""The real servers, started once, and one run of the real command against them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.command import Audit, audit
from tests.real.internet import Internet, required, running
from tests.real.place import claimed
from tests.real.zones import LISTS, NAME_LISTS

DOMAINS = ("good.test", "bogus.test", "unsigned.test", "lame.test", "expired.test", "wrongname.test", "listed.test")


@pytest.fixture(scope="session")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    required()
    with claimed() as place, running(tmp_path_factory.mktemp("internet"), place) as servers:
        yield servers


@pytest.fixture(scope="session")
def audited(internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """All the domains, asked about in all the lists."""
    lines = [f"{domain} selectors=s1" for domain in DOMAINS if domain != "listed.test"]
    lines.append(f"listed.test selectors=s1 sending_ips={internet.place.listed}")
    return audit(
        internet,
        lines,
        tmp_path_factory.mktemp("audited"),
        "--dnsbl",
        ",".join((*LISTS, *(f"names:{n}" for n in NAME_LISTS))),
    )
