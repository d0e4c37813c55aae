"""What would cost too much is given up, and leaves a name without a state."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from audit.model.fact import Known, Unknown
from audit.model.subject import Domain
from audit.protocol.circumstances import Circumstances
from audit.protocol.dnssec.domain import domain_security
from audit.protocol.dnssec.security import security
from audit.syntax.dnssec.keys import DS_READ, KEYS_READ
from audit.syntax.dnssec.state import State
from tests.protocol.dnssec.bending import GOOD, genuine, instead
from tests.protocol.dnssec.test_host import VANTAGE
from tests.protocol.dnssec.tree import trust, walked
from tests.rules.pki import NOW
from tests.rules.world import SETTINGS
from tests.signed import Internet, Zone


def test_keys_and_signatures_without_number_are_given_up() -> None:
    """KeyTrap: signatures by one key's tag, each to be tried."""
    own = genuine(GOOD, "MX")
    signature = next(r for r in own.proof if r.split()[2:4] == ["RRSIG", "MX"])
    many = tuple(f"{signature[:-6]}{n:02}{signature[-4:]}" for n in range(50))
    bent = replace(own, proof=(*(r for r in own.proof if r != signature), *many))
    fact, _ = walked(security(GOOD, "MX", trust()), instead(GOOD, "MX", bent))
    assert not isinstance(fact, Known)
    assert fact.reason == "dnssec.too_costly"


def test_denials_without_number_are_given_up() -> None:
    own = genuine(GOOD, "AAAA")
    (signature,) = [r for r in own.proof if r.split()[2:4] == ["RRSIG", "NSEC"]]
    more = [f"n{n}.good.test. 60 NSEC o.good.test. A" for n in range(50)]
    signed = [signature.replace("good.test. 3600", f"n{n}.good.test. 3600", 1) for n in range(50)]
    bent = replace(own, proof=(*own.proof, *more, *signed))
    fact, _ = walked(security(GOOD, "AAAA", trust()), instead(GOOD, "AAAA", bent))
    assert not isinstance(fact, Known)
    assert fact.reason == "dnssec.too_costly"


def key(n: int) -> str:
    """A key that signs nothing."""
    return f"256 3 13 {base64.b64encode(bytes([n]) * 64).decode()}"


def ds(n: int) -> str:
    return f"{n} 13 2 {n:064x}"


def crowded(apex: str, keys: int = 0, others: int = 0) -> Internet:
    """The root, `test.` and `a.test.`, one of which has that many keys beside its own, and DS of none of them."""
    made = []
    for each in (".", "test.", "a.test."):
        text = "\n".join(f"{each} DNSKEY {key(n)}" for n in range(keys if each == apex else 0))
        mail = "\na.test. MX 10 mx.a.test." if each == "a.test." else ""
        right = Zone(apex=each).right_ds
        wrong = (*map(ds, range(others)), right) if each == apex else (right,)
        made.append(Zone(apex=each, text=text + mail, ds=wrong))
    return Internet(*made)


@pytest.mark.parametrize("apex", [".", "test.", "a.test."])
@pytest.mark.parametrize(("keys", "known"), [(KEYS_READ - 1, True), (KEYS_READ, False)])
def test_a_zone_with_more_keys_than_are_read_has_no_state(apex: str, keys: int, known: bool) -> None:
    """What is not read may be what counts: neither secure, nor insecure, nor bogus."""
    of = crowded(apex, keys=keys)
    fact, _ = walked(security("a.test", "MX", trust(of.anchor)), of=of)
    assert (fact.value.state if isinstance(fact, Known) else fact.reason) == (
        State.SECURE if known else "dnssec.too_costly"
    )


@pytest.mark.parametrize("apex", ["test.", "a.test."])
@pytest.mark.parametrize(("others", "known"), [(DS_READ - 1, True), (DS_READ, False)])
def test_a_zone_with_more_ds_than_are_read_has_no_state(apex: str, others: int, known: bool) -> None:
    of = crowded(apex, others=others)
    fact, _ = walked(security("a.test", "MX", trust(of.anchor)), of=of)
    assert (fact.value.state if isinstance(fact, Known) else fact.reason) == (
        State.SECURE if known else "dnssec.too_costly"
    )


def test_of_an_island_with_more_keys_than_are_read_the_keys_are_not_known() -> None:
    of = Internet(
        Zone(apex="."),
        Zone(apex="test."),
        Zone(apex="a.test.", linked=False, text="\n".join(f"a.test. DNSKEY {key(n)}" for n in range(KEYS_READ))),
    )
    settings = replace(SETTINGS, trust_anchors=(of.anchor,))
    fact, _ = walked(domain_security(Domain("a.test"), settings, Circumstances(NOW), VANTAGE), of=of)
    assert isinstance(fact, Known)
    assert fact.value.state is State.INSECURE
    assert isinstance(fact.value.keys, Unknown)
    assert fact.value.keys.reason == "dnssec.too_costly"
