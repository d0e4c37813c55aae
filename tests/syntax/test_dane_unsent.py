"""Authorities that TLSA records name and a chain does not hold: public roots, and chains that stop short."""

from __future__ import annotations

import random

import pytest

from audit.syntax.certpath import TrustStore
from audit.syntax.dane import judged, pin, read
from audit.syntax.dane_unsent import Unsent, unsent
from tests.syntax.pki import CA, HOST, NOW, ROOT
from tests.syntax.test_dane import CHAIN, LEAF, STRANGER, WITH_ROOT, tlsa

PUBLIC, PRIVATE = TrustStore.of((ROOT.der,)), TrustStore.of(())
OF_ROOT, OF_CA, OF_STRANGER = (tlsa(2, 1, 1, of) for of in (ROOT, CA, STRANGER))


def found(*records: str, chain: tuple[bytes, ...] = CHAIN, store: TrustStore = PUBLIC) -> Unsent:
    parsed = [r for r in map(read, records) if r]
    return unsent(judged(parsed, chain, (HOST,), NOW).fits, chain, NOW, store)


@pytest.mark.parametrize(
    ("records", "chain", "store", "roots", "short"),
    [
        ((OF_ROOT,), CHAIN, PUBLIC, (OF_ROOT,), False),
        ((OF_ROOT, OF_STRANGER), CHAIN, PUBLIC, (OF_ROOT,), False),
        ((tlsa(2, 0, 2, ROOT),), CHAIN, PUBLIC, (tlsa(2, 0, 2, ROOT),), False),
        ((OF_ROOT,), WITH_ROOT, PUBLIC, (), False),
        ((OF_CA,), CHAIN, PUBLIC, (), False),  # sent
        ((OF_CA,), (LEAF.der,), PUBLIC, (), True),
        ((OF_ROOT,), CHAIN, PRIVATE, (), True),  # nobody knows what is above
        ((OF_STRANGER,), CHAIN, PUBLIC, (), False),  # another authority: that is no matter of what was sent
        ((tlsa(3, 1, 1, STRANGER),), (LEAF.der,), PUBLIC, (), False),
        ((OF_ROOT,), (), PUBLIC, (), False),
        ((OF_ROOT,), (b"no certificate",), PUBLIC, (), False),
    ],
)
def test_what_is_not_sent(
    records: tuple[str, ...], chain: tuple[bytes, ...], store: TrustStore, roots: tuple[str, ...], short: bool
) -> None:
    seen = found(*records, chain=chain, store=store)
    assert (tuple(map(str, seen.roots)), seen.short) == (roots, short)


def test_no_mutant_raises() -> None:
    chance = random.Random(3)
    for _ in range(300):
        broken = bytearray(CHAIN[chance.randrange(2)])
        broken[chance.randrange(len(broken))] = chance.randrange(256)
        for chain in ((bytes(broken), CA.der), (LEAF.der, bytes(broken))):
            found(OF_ROOT, chain=chain)
            pin(bytes(broken))


@pytest.mark.parametrize("matching", [1, 2])
def test_the_record_of_a_key(matching: int) -> None:
    assert str(pin(LEAF.der, matching)) == tlsa(3, 1, matching, LEAF)
    assert pin(b"no certificate", matching) is None
