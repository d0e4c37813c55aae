"""The root of the world is signed, as the real one is, and `test.` below it is not (RFC 4035 section 5.2).

Without a signed root a validator can only say that signatures are kept from it, and would then ask less than it does
in the world. Keys and dates are new each time: nothing that is measured hangs on them.
"""

from __future__ import annotations

import time
from pathlib import Path

import dns.dnssec
import dns.rdataclass
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssectypes import Algorithm

DAYS = 86_400
KEY_SIGNING = 257  # the flags of a DNSKEY: zone key and secure entry point


def sign_root(file: Path, anchor: Path) -> None:
    """Sign the root's zone file in its place, and write its key as a trust anchor."""
    zone = dns.zone.from_file(str(file), origin=".", relativize=False)
    secret = ec.generate_private_key(ec.SECP256R1())
    key = dns.dnssec.make_dnskey(secret.public_key(), Algorithm.ECDSAP256SHA256, flags=KEY_SIGNING)
    now = int(time.time())
    with zone.writer() as changes:
        dns.dnssec.sign_zone(
            zone, changes, keys=[(secret, key)], inception=now - DAYS, expiration=now + 30 * DAYS, dnskey_ttl=3600
        )
    zone.to_file(str(file), relativize=False)
    anchor.write_text(f". 3600 IN DNSKEY {key.to_text()}\n")
