"""DKIM key records (RFC 6376 section 3.6.1, RFC 8301, RFC 8463): a tag list, and in `p=` the public key.

RSA keys stand there as SubjectPublicKeyInfo; the RFC's own text asks for a bare RSAPublicKey, and both are met. Ed25519
keys are 32 octets, without any wrapping.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from audit.syntax.escape import octet_text
from audit.syntax.spf import SyntaxProblem

MAX_TAGS = 50
MAX_KEY = 16 * 1024  # characters of base64: far beyond any key in use
ED25519_OCTETS = 32
TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
WHITE = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A key record. `bits` is the length of an RSA modulus, None where it cannot be told."""

    text: str
    tags: tuple[tuple[str, str], ...]
    problems: tuple[SyntaxProblem, ...]
    key_type: str
    revoked: bool
    bits: int | None
    hashes: tuple[str, ...]
    services: tuple[str, ...]
    flags: tuple[str, ...]


def looks_like_key(text: str) -> bool:
    """Whether a text is meant as a key record: it has a `p` tag, or begins with the version."""
    names = [part.partition("=")[0].strip().lower() for part in text.split(";")[:MAX_TAGS] if "=" in part]
    return "p" in names or text.replace(" ", "").upper().startswith("V=DKIM1")


def parse(text: str) -> DkimKey:
    """Read a key record; what cannot be read is a problem."""
    tags, problems = _tags(text)
    value = dict(tags)
    version = value.get("v")
    if version is not None and (version != "DKIM1" or tags[0][0] != "v"):
        problems.append(SyntaxProblem("v must be DKIM1 and stand first", octet_text(f"v={version}", 100), 0))
    key_type = value.get("k", "rsa").lower()
    key = WHITE.sub("", value["p"]) if "p" in value else None
    bits = None
    if key is None:
        problems.append(SyntaxProblem("no p tag", "p", 0))
    elif key:
        bits = _key(key, key_type, problems)
    return DkimKey(
        text=text,
        tags=tags,
        problems=tuple(problems),
        key_type=key_type,
        revoked=key == "",
        bits=bits,
        hashes=_list(value.get("h")),
        services=_list(value.get("s")),
        flags=_list(value.get("t")),
    )


def _tags(text: str) -> tuple[tuple[tuple[str, str], ...], list[SyntaxProblem]]:
    tags: list[tuple[str, str]] = []
    problems: list[SyntaxProblem] = []
    at = 0
    for part in text.split(";")[:MAX_TAGS]:
        name, sign, value = part.partition("=")
        name = WHITE.sub("", name)
        if part.strip():
            if not sign or not TAG.fullmatch(name):
                problems.append(SyntaxProblem("not a tag", octet_text(part.strip(), 100), at))
            elif any(name == seen for seen, _ in tags):
                problems.append(SyntaxProblem("second time", octet_text(part.strip(), 100), at))
            else:
                tags.append((name, value.strip(" \t\r\n")))
        at += len(part) + 1
    return tuple(tags), problems


def _key(text: str, key_type: str, problems: list[SyntaxProblem]) -> int | None:
    """The bits of an RSA key; what is wrong with a key is added to the problems."""
    octets = _decoded(text)
    if octets is None:
        problems.append(SyntaxProblem("not base64", octet_text(text, 60), 0))
        return None
    if key_type == "ed25519":
        if len(octets) != ED25519_OCTETS:
            problems.append(SyntaxProblem(f"{len(octets)} octets where Ed25519 has 32", octet_text(text, 60), 0))
        return None
    if key_type != "rsa":
        return None
    bits = _modulus(octets)
    if bits is None:
        problems.append(SyntaxProblem("not an RSA key", octet_text(text, 60), 0))
    return bits


def _decoded(text: str) -> bytes | None:
    if len(text) > MAX_KEY or not text.isascii():
        return None
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, ValueError):
        return None


def _modulus(octets: bytes) -> int | None:
    """The bits of an RSA modulus; the library reads SubjectPublicKeyInfo and bare RSAPublicKey alike."""
    try:
        key = load_der_public_key(octets)
    except Exception:  # noqa: BLE001 -- whatever the library makes of hostile octets, it is no key
        return None
    return key.key_size if isinstance(key, rsa.RSAPublicKey) else None


def _list(value: str | None) -> tuple[str, ...]:
    return tuple(v.strip().lower() for v in (value or "").split(":") if v.strip())
