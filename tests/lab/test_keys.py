"""The keys of the lab are sound, and each domain has its own."""

from __future__ import annotations

from audit.lab.keys import RSA_1024, rsa_2048
from audit.syntax.dkim import parse


def test_each_domain_has_a_sound_key_of_its_own() -> None:
    keys = [parse(f"p={rsa_2048(domain)}") for domain in ("a.example", "b.example", "a.example")]
    assert all((k.usable, k.bits, k.weaknesses) == (True, 2048, ()) for k in keys)
    assert keys[0].digest == keys[2].digest != keys[1].digest


def test_the_short_key_is_sound_but_for_its_length() -> None:
    key = parse(f"p={RSA_1024}")
    assert (key.usable, key.bits, key.weaknesses) == (True, 1024, ())
