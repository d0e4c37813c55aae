"""The mechanisms, each a generator: it yields what the client says, and is sent what the server says.

The first thing it yields is the initial response, or None where the server speaks first. What it yields after that
answers the challenge that it was sent. One that has nothing more to say ends; what it ends with is whether the server
has proved that it knows the password as well, which only SCRAM can tell.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Generator
from typing import TypeAlias

from audit.model.secret import Secret
from audit.model.value import dataclass
from audit.syntax.sasl import scram

Dialogue: TypeAlias = Generator[bytes | None, bytes, bool]
WITHOUT_PROOF = False


class SaslFault(Exception):
    """What the server said cannot be answered; the text says why, and holds nothing of the secret."""


class Unsayable(SaslFault):
    """What we hold cannot be said by this mechanism, or not from this machine: the server has no part in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Who we are, for one server. `bearer`: the secret is an OAuth 2.0 access token, not a password."""

    user: str
    secret: Secret
    bearer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The server that a token is shown to (RFC 7628 section 3.1), and the client's nonce for this one login."""

    host: str
    port: int
    nonce: str


def plain(credential: Credential, _: Place) -> Dialogue:
    """RFC 4616: both in the clear, in one piece."""
    yield b"\0" + credential.user.encode() + b"\0" + credential.secret.reveal().encode()
    return WITHOUT_PROOF


def login(credential: Credential, _: Place) -> Dialogue:
    """Never a standard: two questions, whose words differ between servers, so that only their order counts."""
    yield None
    yield credential.user.encode()
    yield credential.secret.reveal().encode()
    return WITHOUT_PROOF


def cram_md5(credential: Credential, _: Place) -> Dialogue:
    """RFC 2195: a digest of the server's challenge under the password."""
    challenge = yield None
    try:
        digest = hmac.new(credential.secret.reveal().encode(), challenge, "md5").hexdigest()
    except ValueError:
        raise Unsayable("this machine computes no MD5 (FIPS mode)") from None
    yield credential.user.encode() + b" " + digest.encode()
    return WITHOUT_PROOF


def xoauth2(credential: Credential, _: Place) -> Dialogue:
    """Google's and Microsoft's own: the token. An error comes as a challenge, and wants an empty answer."""
    yield f"user={credential.user}\x01auth=Bearer {credential.secret.reveal()}\x01\x01".encode()
    yield b""
    return WITHOUT_PROOF


def oauthbearer(credential: Credential, place: Place) -> Dialogue:
    """RFC 7628: the token. An error comes as a challenge, and wants one octet of 01 as the answer."""
    user = scram.escaped(credential.user)
    token = credential.secret.reveal()
    yield f"n,a={user},\x01host={place.host}\x01port={place.port}\x01auth=Bearer {token}\x01\x01".encode()
    yield b"\x01"
    return WITHOUT_PROOF


def _scram(algorithm: str) -> Callable[[Credential, Place], Dialogue]:
    def dialogue(credential: Credential, place: Place) -> Dialogue:
        try:
            return (yield from scram.dialogue(algorithm, credential.user, credential.secret, place.nonce))
        except scram.Refused as refused:
            raise SaslFault(str(refused)) from None

    return dialogue


FOR_PASSWORDS: dict[str, Callable[[Credential, Place], Dialogue]] = {
    "SCRAM-SHA-256": _scram("sha256"),
    "SCRAM-SHA-1": _scram("sha1"),
    "PLAIN": plain,
    "LOGIN": login,
    "CRAM-MD5": cram_md5,
}
FOR_TOKENS: dict[str, Callable[[Credential, Place], Dialogue]] = {"OAUTHBEARER": oauthbearer, "XOAUTH2": xoauth2}


def known(*, bearer: bool) -> dict[str, Callable[[Credential, Place], Dialogue]]:
    """The mechanisms for a token or for a password, the best first."""
    return FOR_TOKENS if bearer else FOR_PASSWORDS


def chosen(offered: tuple[str, ...], *, bearer: bool, wanted: str | None = None) -> str | None:
    """The mechanism to use of those that a server offers; None where there is none.

    CRAM-MD5 comes last: it needs a server that keeps passwords in the clear. `wanted` is taken or nothing is.
    """
    names = {name.upper() for name in offered}
    if wanted is not None:
        return wanted.upper() if wanted.upper() in names and wanted.upper() in known(bearer=bearer) else None
    return next((name for name in known(bearer=bearer) if name in names), None)
