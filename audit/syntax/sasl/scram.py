"""SCRAM (RFC 5802, RFC 7677): both sides prove that they know the password, and neither shows it.

The client names itself with a nonce, the server adds its own nonce, a salt and a count of iterations; both hash the
password that often. The client sends a proof over all that was said, the server answers with its own. A server that
asks for too few iterations may want to guess the password from the proof; one that asks for too many wants our time.
Channel binding (the PLUS variants) is not offered.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Generator

from audit.model.secret import Secret
from audit.syntax.sasl.prepare import prepared

FEWEST, MOST = 4096, 1_000_000  # iterations: RFC 7677 section 4; a million takes about a second
GS2_HEADER = b"n,,"  # no channel binding, no other identity
SERVER_FIRST = re.compile(
    rb"r=([\x21-\x2b\x2d-\x7e]{1,512}),s=([A-Za-z0-9+/=]{1,512}),i=([1-9][0-9]{0,9})(?:,.{0,512})?"
)
SERVER_FINAL = re.compile(rb"v=([A-Za-z0-9+/=]{1,128})(?:,.{0,512})?")


class Refused(Exception):
    """What the server said is not to be answered."""


def escaped(user: str) -> str:
    """A user name inside a message whose parts end with commas (RFC 5802 section 5.1)."""
    return user.replace("=", "=3D").replace(",", "=2C")


def dialogue(algorithm: str, user: str, secret: Secret, ours: str) -> Generator[bytes | None, bytes, bool]:
    """The client's side with the hash `algorithm`; it ends with True once the server has proved itself. `ours` is the
    client's nonce: printable characters without a comma, never used before.

    Raises:
        Refused: the server's message is not in form, or its proof is wrong.
    """
    try:
        bare = f"n={escaped(prepared(user))},r={ours}".encode()
        password = prepared(secret.reveal()).encode()
    except ValueError as error:
        raise Refused(f"the user name or the password holds {error}") from None
    first = yield GS2_HEADER + bare
    theirs, salt, iterations = _read(first, ours)
    salted = hashlib.pbkdf2_hmac(algorithm, password, salt, iterations)
    key = hmac.digest(salted, b"Client Key", algorithm)
    plain = b"c=" + base64.b64encode(GS2_HEADER) + b",r=" + theirs
    said = b",".join((bare, first, plain))
    signature = hmac.digest(hashlib.new(algorithm, key).digest(), said, algorithm)
    proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
    final = yield plain + b",p=" + base64.b64encode(proof)
    expected = hmac.digest(hmac.digest(salted, b"Server Key", algorithm), said, algorithm)
    match = SERVER_FINAL.fullmatch(final)
    if match is None or not hmac.compare_digest(match[1], base64.b64encode(expected)):
        raise Refused("the server does not prove that it knows the password")
    yield b""
    return True


def _read(message: bytes, ours: str) -> tuple[bytes, bytes, int]:
    match = SERVER_FIRST.fullmatch(message)
    if match is None:
        raise Refused("the server's first message is not in form (RFC 5802 section 7)")
    nonce, iterations = match[1], int(match[3])
    if not nonce.startswith(ours.encode()) or len(nonce) == len(ours):
        raise Refused("the server does not go on from the client's nonce")
    if not FEWEST <= iterations <= MOST:
        raise Refused(f"the server asks for {iterations} iterations; {FEWEST} to {MOST} are taken")
    try:
        return nonce, base64.b64decode(match[2], validate=True), iterations
    except binascii.Error:
        raise Refused("the server's salt is not base64") from None
