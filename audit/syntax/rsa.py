"""RSA public keys in DER: SubjectPublicKeyInfo (RFC 5280 section 4.1), and the RSAPublicKey in it (RFC 8017 A.1.1).

RFC 6376 section 3.6.1 names the inner form, practice is the outer; both are read. Libraries refuse keys with a
senseless exponent, of which an auditor wants to tell what is wrong, so the few octets are read here.
"""

from __future__ import annotations

from math import prod

from audit.model.value import dataclass

SEQUENCE, INTEGER, BIT_STRING = 0x30, 0x02, 0x03
RSA_ENCRYPTION = bytes.fromhex("06092a864886f70d010101")
ED25519_INFO = bytes.fromhex("302a300506032b6570032100")  # RFC 8410 section 4: what stands before the 32 octets
PRIMES = tuple(p for p in range(3, 168) if all(p % q for q in range(2, p)))
PRODUCT = prod(PRIMES)  # what is left of a number by it is left of it by each of them
# The moduli of one maker's faulty chips are powers of 65537 modulo each small prime (CVE-2017-15361, "ROCA"). Only
# primes of which not every residue is such a power tell anything.
ROCA = tuple((p, frozenset(pow(65537, i, p) for i in range(p))) for p in PRIMES)


@dataclass(frozen=True, slots=True)
class RsaKey:
    modulus: int
    exponent: int

    @property
    def bits(self) -> int:
        return self.modulus.bit_length()

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What makes it easy to break, whatever its length."""
        found = []
        if self.exponent < 3 or self.exponent % 2 == 0:
            small = self.exponent < 1 << 64
            found.append(f"its exponent is {self.exponent}" if small else "its exponent is even")
        if self.modulus % 2 == 0:
            found.append("its modulus is even")
        left = self.modulus % PRODUCT
        factor = next((p for p in PRIMES if left % p == 0), None)
        if factor:
            found.append(f"its modulus has the factor {factor}")
        elif all(left % p in powers for p, powers in ROCA):
            found.append("it was made by a chip with a known fault (ROCA, CVE-2017-15361)")
        return tuple(found)


def read(octets: bytes) -> RsaKey | None:
    """The key, from either form; None where it is none, or not whole."""
    inner = _contents(octets, SEQUENCE)
    if inner is None:
        return None
    if inner[:1] == bytes((SEQUENCE,)):
        unwrapped = _unwrapped(inner)
        inner = None if unwrapped is None else _contents(unwrapped, SEQUENCE)
    numbers = None if inner is None else _integers(inner)
    if numbers is None or len(numbers) != 2 or min(numbers) <= 0:
        return None
    return RsaKey(*numbers)


def cut_off(octets: bytes) -> bool:
    """Whether an outer SEQUENCE announces more octets than there are: the end of the key is missing."""
    if len(octets) < 4 or octets[0] != SEQUENCE:
        return False
    head = _length(octets, 1)
    return head is not None and head[1] + head[0] > len(octets)


def ed25519_of(octets: bytes) -> bytes | None:
    """The 32 octets of an Ed25519 key that stands as SubjectPublicKeyInfo."""
    bare = octets.removeprefix(ED25519_INFO)
    return bare if len(octets) == len(ED25519_INFO) + 32 == len(bare) + len(ED25519_INFO) else None


def _unwrapped(info: bytes) -> bytes | None:
    """The RSAPublicKey of what stands in a SubjectPublicKeyInfo."""
    algorithm, rest = _first(info) or (b"", b"")
    bits = _contents(rest, BIT_STRING)
    if not algorithm.startswith(RSA_ENCRYPTION) or bits is None or bits[:1] != b"\x00":
        return None
    return bits[1:]


def _integers(octets: bytes) -> tuple[int, ...] | None:
    found: list[int] = []
    while octets and len(found) < 3:
        if octets[0] != INTEGER or (read_one := _first(octets)) is None or not read_one[0]:
            return None
        found.append(int.from_bytes(read_one[0], signed=True))
        octets = read_one[1]
    return None if octets else tuple(found)


def _contents(octets: bytes, tag: int) -> bytes | None:
    """What an element of that tag holds, when nothing stands behind it."""
    first = _first(octets) if octets[:1] == bytes((tag,)) else None
    return first[0] if first and not first[1] else None


def _first(octets: bytes) -> tuple[bytes, bytes] | None:
    """The contents of the first element, and what follows it."""
    head = _length(octets, 1)
    if head is None:
        return None
    length, start = head
    return (octets[start : start + length], octets[start + length :]) if start + length <= len(octets) else None


def _length(octets: bytes, at: int) -> tuple[int, int] | None:
    """A length in DER, and where the contents begin (X.690 section 8.1.3)."""
    if len(octets) <= at:
        return None
    first = octets[at]
    if first < 0x80:
        return first, at + 1
    size = first & 0x7F
    if not 1 <= size <= 4 or len(octets) < at + 1 + size:
        return None
    return int.from_bytes(octets[at + 1 : at + 1 + size]), at + 1 + size
