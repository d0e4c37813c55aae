"""DKIM key records (RFC 6376 section 3.6.1, RFC 8301, RFC 8463): a tag list, and in `p=` the public key.

RSA keys stand there as SubjectPublicKeyInfo; the RFC's own text asks for a bare RSAPublicKey, and both are met. Ed25519
keys are 32 octets, without any wrapping.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from functools import lru_cache

from audit.model.value import dataclass
from audit.syntax import rsa
from audit.syntax.escape import octet_text
from audit.syntax.spf import SyntaxProblem

MAX_TAGS = 50
MAX_KEY = 16 * 1024  # characters of base64: far beyond any key in use
ED25519_OCTETS = 32
LEAST_BITS = 1024  # of an RSA modulus
RSA, ED25519 = "rsa", "ed25519"
SHA256 = "sha256"
FOR_MAIL = frozenset({"*", "email"})
TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
OTHER_RECORD = re.compile(r"[ \t]{0,20}v[ \t]{0,20}=[ \t]{0,20}(?:dmarc|spf|bimi|sts|tlsrpt)", re.IGNORECASE)
WHITE = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A key record. `bits` is the length of an RSA modulus, `octets` that of the decoded key; None where it cannot be
    told. `digest` is SHA-256 (hex) of `p=` without white space, None where there is no key."""

    text: str
    tags: tuple[tuple[str, str], ...]
    problems: tuple[SyntaxProblem, ...]
    key_type: str
    revoked: bool
    bits: int | None
    octets: int | None
    weaknesses: tuple[str, ...]
    digest: str | None
    hashes: tuple[str, ...]
    services: tuple[str, ...]
    flags: tuple[str, ...]

    def tag(self, name: str) -> str | None:
        return dict(self.tags).get(name)

    @property
    def usable(self) -> bool:
        """Whether a verifier can read it, and it is not revoked."""
        return not self.problems and not self.revoked

    @property
    def taken(self) -> bool:
        """Whether a verifier of mail may take signatures made with it: RFC 6376 section 3.6.1 for what it is meant for,
        RFC 8301 section 3 for the hash and the length, RFC 8463 section 4 for Ed25519."""
        long_enough = {
            RSA: self.bits is not None and self.bits >= LEAST_BITS,
            ED25519: self.octets == ED25519_OCTETS,
        }
        for_mail = self.tag("s") is None or bool(FOR_MAIL & set(self.services))
        hashed = self.tag("h") is None or SHA256 in self.hashes
        return self.usable and for_mail and hashed and long_enough.get(self.key_type, False)


def looks_like_key(text: str) -> bool:
    """Whether a text is meant as a key record: it has a `p` tag, or begins with the version; and is no other record,
    such as the DMARC record of a wildcard."""
    if OTHER_RECORD.match(text):
        return False
    names = [part.partition("=")[0].strip().lower() for part in text.split(";")[:MAX_TAGS] if "=" in part]
    return "p" in names or text.replace(" ", "").upper().startswith("V=DKIM1")


@lru_cache(maxsize=64)  # many protocols and rules read the records of one domain
def parse(text: str) -> DkimKey:
    """Read a key record; what cannot be read is a problem."""
    tags, problems = _tags(text)
    value = dict(tags)
    version = value.get("v")
    if version is not None and (version != "DKIM1" or tags[0][0] != "v"):
        problems.append(SyntaxProblem("v must be DKIM1 and stand first", octet_text(f"v={version}", 100), 0))
    key_type = value.get("k", RSA).lower()
    key = WHITE.sub("", value["p"]) if "p" in value else None
    octets = None
    if key is None:
        problems.append(SyntaxProblem("no p tag", "p", 0))
    elif key:
        octets = decoded(key)
        if octets is None:
            problems.append(SyntaxProblem("not base64", octet_text(key, 60), 0))
    found = rsa.read(octets) if octets is not None and key_type == RSA else None
    if octets is not None and key_type == RSA and found is None:
        problems.append(SyntaxProblem("not an RSA key", octet_text(key or "", 60), 0))
    return DkimKey(
        text=text,
        tags=tags,
        problems=tuple(problems),
        key_type=key_type,
        revoked=key == "",
        bits=found.bits if found else None,
        octets=len(octets) if octets is not None else None,
        weaknesses=found.weaknesses if found else (),
        digest=hashlib.sha256(key.encode("utf-8", "replace")).hexdigest() if key else None,
        hashes=_list(value.get("h")),
        services=_list(value.get("s")),
        flags=_list(value.get("t")),
    )


def decoded(text: str) -> bytes | None:
    """The octets of a key in base64 without white space; None where it is not base64, or too long for any key."""
    if len(text) > MAX_KEY or not text.isascii():
        return None
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, ValueError):
        return None


def _tags(text: str) -> tuple[tuple[tuple[str, str], ...], list[SyntaxProblem]]:
    tags: list[tuple[str, str]] = []
    problems: list[SyntaxProblem] = []
    at = 0
    for part in text.split(";")[:MAX_TAGS]:
        name, sign, value = part.partition("=")
        name = name.strip(" \t\r\n")
        if part.strip():
            if not sign or not TAG.fullmatch(name):
                problems.append(SyntaxProblem("not a tag", octet_text(part.strip(), 100), at))
            elif any(name == seen for seen, _ in tags):
                problems.append(SyntaxProblem("second time", octet_text(part.strip(), 100), at))
            else:
                tags.append((name, value.strip(" \t\r\n")))
        at += len(part) + 1
    return tuple(tags), problems


def _list(value: str | None) -> tuple[str, ...]:
    return tuple(v.strip().lower() for v in (value or "").split(":") if v.strip())
