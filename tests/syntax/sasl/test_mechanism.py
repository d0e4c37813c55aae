"""The mechanisms say what their documents show, and refuse what a server must not ask."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.model.secret import Secret
from audit.syntax.sasl import scram
from audit.syntax.sasl.mechanism import FOR_PASSWORDS, Credential, Dialogue, Place, SaslFault, chosen, known

PLACE = Place(host="smtp.story.example", port=587, nonce="n0nce")
ANNA = Credential(user="anna@story.example", secret=Secret("tanstaaf"))
TOKEN = Credential(user="anna@story.example", secret=Secret("vF9dft4qmT"), bearer=True)


def talk(dialogue: Dialogue, *challenges: bytes) -> list[bytes | None]:
    said = [next(dialogue)]
    return said + [dialogue.send(challenge) for challenge in challenges]


@pytest.mark.parametrize(
    ("name", "credential", "challenges", "said"),
    [
        ("PLAIN", ANNA, (), [b"\0anna@story.example\0tanstaaf"]),
        ("LOGIN", ANNA, (b"User Name\0", b"any"), [None, b"anna@story.example", b"tanstaaf"]),
        ("XOAUTH2", TOKEN, (b"{}",), [b"user=anna@story.example\x01auth=Bearer vF9dft4qmT\x01\x01", b""]),
        (
            "OAUTHBEARER",
            TOKEN,
            (b'{"status":"invalid_token"}',),
            [
                b"n,a=anna@story.example,\x01host=smtp.story.example\x01port=587\x01auth=Bearer vF9dft4qmT\x01\x01",
                b"\x01",
            ],
        ),
    ],
)
def test_what_is_said(
    name: str, credential: Credential, challenges: tuple[bytes, ...], said: list[bytes | None]
) -> None:
    assert talk(known(bearer=credential.bearer)[name](credential, PLACE), *challenges) == said


def test_cram_md5_is_the_example_of_rfc_2195() -> None:
    tim = Credential(user="tim", secret=Secret("tanstaaftanstaaf"))
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"
    assert talk(FOR_PASSWORDS["CRAM-MD5"](tim, PLACE), challenge) == [None, b"tim b913a602c7eda7a495b4e6e7334d3890"]


@pytest.mark.parametrize(
    ("algorithm", "nonce", "first", "proof", "final"),
    [
        (  # RFC 5802 section 5
            "sha1",
            "fyko+d2lbbFgONRv9qkxdawL",
            b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        ),
        (  # RFC 7677 section 3
            "sha256",
            "rOprNGfwEbeRWgbNEkqO",
            b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ),
    ],
)
def test_scram_is_the_examples_of_its_documents(
    algorithm: str, nonce: str, first: bytes, proof: bytes, final: bytes
) -> None:
    dialogue = scram.dialogue(algorithm, "user", Secret("pencil"), nonce)
    assert next(dialogue) == f"n,,n=user,r={nonce}".encode()
    assert dialogue.send(first) == proof
    assert dialogue.send(final) == b""
    with pytest.raises(StopIteration) as end:
        dialogue.send(b"")
    assert end.value.value is True


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (b"", "not in form"),
        (b"m=ext,r=abcdX,s=QSXC,i=4096", "not in form"),
        (b"r=otherX,s=QSXC,i=4096", "nonce"),
        (b"r=abcd,s=QSXC,i=4096", "nonce"),
        (b"r=abcdX,s=QSXC,i=4095", "iterations"),
        (b"r=abcdX,s=QSXC,i=1000001", "iterations"),
        (b"r=abcdX,s=QSXC,i=99999999999", "not in form"),
        (b"r=abcdX,s=QSX,i=4096", "base64"),
        (b"r=abcdX,s=QSXC,i=+4096", "not in form"),
        (b"r=" + b"a" * 5000, "not in form"),
    ],
)
def test_what_no_server_may_ask_is_not_answered(first: bytes, why: str) -> None:
    dialogue = scram.dialogue("sha256", "user", Secret("pencil"), "abcd")
    next(dialogue)
    with pytest.raises(scram.Refused, match=why):
        dialogue.send(first)


def test_a_server_that_does_not_know_the_password_is_found_out() -> None:
    dialogue = scram.dialogue("sha256", "user", Secret("pencil"), "abcd")
    next(dialogue)
    dialogue.send(b"r=abcdX,s=QSXC,i=4096")
    with pytest.raises(scram.Refused, match="prove"):
        dialogue.send(b"v=" + base64.b64encode(hmac.digest(b"", b"", hashlib.sha256)))


def test_a_fault_of_scram_is_one_of_sasl() -> None:
    dialogue = FOR_PASSWORDS["SCRAM-SHA-1"](ANNA, PLACE)
    next(dialogue)
    with pytest.raises(SaslFault):
        dialogue.send(b"no")


@given(st.binary(max_size=200))
def test_nothing_else_is_raised_on_what_a_server_says(said: bytes) -> None:
    for name, mechanism in FOR_PASSWORDS.items():
        dialogue = mechanism(ANNA, PLACE)
        next(dialogue)
        try:
            while True:
                dialogue.send(said)
        except StopIteration:
            assert name not in {"SCRAM-SHA-256", "SCRAM-SHA-1"}
        except SaslFault:
            pass


@pytest.mark.parametrize(
    ("offered", "bearer", "wanted", "name"),
    [
        (("LOGIN", "PLAIN"), False, None, "PLAIN"),
        (("plain", "scram-sha-1", "SCRAM-SHA-256"), False, None, "SCRAM-SHA-256"),
        (("CRAM-MD5", "LOGIN"), False, None, "LOGIN"),
        (("XOAUTH2", "PLAIN"), True, None, "XOAUTH2"),
        (("XOAUTH2", "OAUTHBEARER"), True, None, "OAUTHBEARER"),
        (("XOAUTH2",), False, None, None),
        (("PLAIN",), True, None, None),
        (("GSSAPI", "NTLM"), False, None, None),
        ((), False, None, None),
        (("PLAIN", "LOGIN"), False, "login", "LOGIN"),
        (("PLAIN",), False, "LOGIN", None),
        (("GSSAPI",), False, "GSSAPI", None),
        (("XOAUTH2", "PLAIN"), False, "XOAUTH2", None),
    ],
)
def test_which_mechanism_is_chosen(
    offered: tuple[str, ...], bearer: bool, wanted: str | None, name: str | None
) -> None:
    assert chosen(offered, bearer=bearer, wanted=wanted) == name
