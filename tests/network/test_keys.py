"""Keys of blocklists: on the wire, and nowhere else."""

from __future__ import annotations

import pytest

from audit.model.probe import Answer, DnsStatus, ExtendedError, Question
from audit.model.secret import Secret
from audit.network.keys import Keys, is_key

KEY = "canaryCANARY0123456789abcd"
ZONE = "{spamhaus_dqs}.zen.dq.spamhaus.net"
KEYS = Keys({"spamhaus_dqs": Secret(KEY)}, (ZONE, "bl.spamcop.net"))
HIDDEN = "{spamhaus_dqs}"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        (f"2.0.0.127.{ZONE}", f"2.0.0.127.{KEY.lower()}.zen.dq.spamhaus.net"),
        ("2.0.0.127.bl.spamcop.net", "2.0.0.127.bl.spamcop.net"),
        (f"2.0.0.127.{ZONE}.evil.example", f"2.0.0.127.{ZONE}.evil.example"),  # a name that the world chose
        ("{spamhaus_dqs}.evil.example", "{spamhaus_dqs}.evil.example"),
        ("{spamhaus_dqs}.dbl.dq.spamhaus.net", "{spamhaus_dqs}.dbl.dq.spamhaus.net"),  # not asked in this run
        ("{abusix}.combined.mail.abusix.zone", "{abusix}.combined.mail.abusix.zone"),
    ],
)
def test_where_a_key_is_put(name: str, asked: str) -> None:
    assert KEYS.put_in(Question(name=name, rdtype="A")) == Question(name=asked, rdtype="A")


@pytest.mark.parametrize("key", [KEY, KEY.lower(), KEY.upper(), KEY.swapcase()])
def test_whatever_repeats_the_key_is_shown_without_it(key: str) -> None:
    name = f"2.0.0.127.{key}.zen.dq.spamhaus.net."
    answer = Answer(
        status=DnsStatus.NOERROR,
        records=(f'"https://check.example/?key={key}&ip=x"', f'"a{key[:9]}" "{key[9:]}b"', name),
        aliases=(name,),
        authority=(f"{key}.zen.dq.spamhaus.net. 60 SOA a. b. 1 2 3 4 5",),
        signatures=(f"A 8 9 60 1 2 3 {key}.zen.dq.spamhaus.net. c2ln",),
        glue=(f"ns.{key}.zen.dq.spamhaus.net. 60 A 192.0.2.1",),
        proof=(f"{key}.zen.dq.spamhaus.net. 60 NSEC a.{key}.zen.dq.spamhaus.net. A",),
        ede=(ExtendedError(code=0, text=f"key {key} over quota"),),
    )
    shown = KEYS.take_out(answer)
    assert KEY.lower() not in repr(shown).lower()
    assert shown.records[:2] == (f'"https://check.example/?key={HIDDEN}&ip=x"', f'"a{HIDDEN}b"')
    assert shown.aliases == (f"2.0.0.127.{HIDDEN}.zen.dq.spamhaus.net.",)
    assert shown.ede == (ExtendedError(code=0, text=f"key {HIDDEN} over quota"),)


def test_an_answer_without_a_key_is_left_alone() -> None:
    answer = Answer(status=DnsStatus.NOERROR, records=('"a" "b"', '"\\255"'), aliases=("x.example",))
    assert KEYS.take_out(answer) == answer
    assert Keys({}, (ZONE,)).take_out(answer) is answer


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        (KEY, True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("short", False),
        ("a.b" * 8, False),
        ("a" * 20 + "\n", False),
        ("é" * 20, False),
    ],
)
def test_what_can_be_a_key(text: str, fit: bool) -> None:
    assert is_key(text) is fit


def test_what_is_no_key_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValueError, match="letters and digits") as caught:
        Keys({"spamhaus_dqs": Secret("not a key!")}, ())
    assert "not a key!" not in str(caught.value)
