"""The real servers, started once, and one run of the real command against them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.real.command import Audit, audit
from tests.real.daemons import program
from tests.real.internet import PROGRAMS, Internet, running
from tests.real.place import claimed
from tests.real.zones import LISTS

DOMAINS = ("good.test", "bogus.test", "unsigned.test", "lame.test", "expired.test", "wrongname.test", "listed.test")


@pytest.fixture(scope="session")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    _require()
    with claimed() as place, running(tmp_path_factory.mktemp("internet"), place) as servers:
        yield servers


@pytest.fixture(scope="session")
def audited(internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """All the domains, asked about in all the lists."""
    lines = [f"{domain} selectors=s1" for domain in DOMAINS if domain != "listed.test"]
    lines.append(f"listed.test selectors=s1 sending_ips={internet.place.listed}")
    return audit(internet, lines, tmp_path_factory.mktemp("audited"), "--dnsbl", ",".join(LISTS))


def _require() -> None:
    """Skip where these servers cannot run, unless they must."""
    missing = [name for name in PROGRAMS if program(name) is None]
    if missing:
        reason = f"not installed: {', '.join(missing)}"
    elif os.geteuid() != 0:
        reason = "only root may use ports 25 and 53"
    else:
        return
    if os.environ.get("REQUIRE_REAL") == "1":
        pytest.fail(f"REQUIRE_REAL is set, but {reason}", pytrace=False)
    pytest.skip(reason)
