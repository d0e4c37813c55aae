"""`mxaudit spf check`, over a resolver of our own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.command import Done, mxaudit
from tests.cli.served import served

CLIENT = "192.0.2.1"
ZONE = r"""
b.example. TXT "v=spf1 ip4:192.0.2.7 include:i.example -all exp=e.example"
i.example. TXT "v=spf1 ip4:192.0.2.8 ?ip4:192.0.2.9 -all"
e.example. TXT "%{i} is not of %{d}, says %{r}; %{l} at %{h}"
h.example. TXT "v=spf1 ~all"
dead.example. SERVFAIL
mute.example. SILENT
afterdead.example. TXT "v=spf1 a:x.dead.example -all"
aftermute.example. TXT "v=spf1 a:x.mute.example -all"
two.example. TXT "v=spf1 -all"
two.example. TXT "v=spf1 +all"
odd.example. TXT "v=spf1 include:\027[31mred.example exp=\226\128\174x -all"
bytes.example. TXT "v=spf1 include:\233\255.example -all"
text.example. TXT "nothing of ours"
pointed.example. TXT "v=spf1 ptr -all"
1.2.0.192.in-addr.arpa. PTR a\.b.pointed.example.
a\.b.pointed.example. A 192.0.2.1
2.2.0.192.in-addr.arpa. PTR ring.pointed.example.
2.2.0.192.in-addr.arpa. PTR z.pointed.example.
ring.pointed.example. CNAME gnir.pointed.example.
gnir.pointed.example. CNAME ring.pointed.example.
z.pointed.example. A 192.0.2.2
3.2.0.192.in-addr.arpa. PTR x\.pointed.example.
x\.pointed.example. A 192.0.2.3
4.2.0.192.in-addr.arpa. PTR \000\255\032x.pointed.example.
\000\255\032x.pointed.example. A 192.0.2.4
byte.example. TXT "v=spf1 exists:%{l}.l.example -all"
a\032\"b\"\195\169.l.example. A 127.0.0.2
"""


@pytest.fixture(scope="module")
def nameserver() -> Iterator[str]:
    with served(ZONE) as address:
        yield address


def check(nameserver: str, *arguments: str) -> Done:
    return mxaudit("spf", "check", "--nameserver", nameserver, "--dns-timeout", "1", *arguments)


def told(done: Done) -> Any:
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_the_whole_answer_as_json(nameserver: str) -> None:
    given = ("--ip", CLIENT, "--mail-from", "a@b.example", "--helo", "h", "--receiver", "mx.r.example", "--json")
    assert told(check(nameserver, *given)) == {
        "result": "fail",
        "explanation": "192.0.2.1 is not of b.example, says mx.r.example; a at h",
        "ip": CLIENT,
        "identity": "mailfrom",
        "domain": "b.example",
        "matched": {"domain": "b.example", "term": "-all"},
        "path": [{"domain": "b.example", "term": "-all"}],
        "lookups": 1,
        "voids": 0,
        "reason": None,
        "place": None,
        "questions": [],
    }


@pytest.mark.parametrize(
    ("ip", "mail_from", "helo", "result"),
    [
        ("192.0.2.7", "a@b.example", "h.example", "pass"),
        ("192.0.2.8", "a@b.example", None, "pass"),
        ("192.0.2.9", "a@b.example", "h.example", "fail"),
        ("::ffff:192.0.2.7", "a@b.example", "h.example", "pass"),
        ("[192.0.2.7]", "a@b.example", "h.example", "pass"),
        ("2001:db8::1", "a@b.example", "h.example", "fail"),
        (CLIENT, "<a@b.example>", "h.example", "fail"),
        (CLIENT, "", "h.example", "softfail"),
        (CLIENT, "<>", "h.example", "softfail"),
        (CLIENT, None, "h.example", "softfail"),
        (CLIENT, "b.example", None, "fail"),
        (CLIENT, "a@text.example", None, "none"),
        (CLIENT, "a@gone.example", None, "none"),
        (CLIENT, "a@b", None, "none"),
        (CLIENT, None, "[192.0.2.1]", "none"),
        (CLIENT, "a@two.example", None, "permerror"),
        (CLIENT, "a@bytes.example", None, "permerror"),
        (CLIENT, "a@dead.example", None, "temperror"),
        (CLIENT, "a@afterdead.example", None, "temperror"),
        (CLIENT, "a@pointed.example", None, "pass"),  # a dot within a label
        ("192.0.2.2", "a@pointed.example", None, "pass"),  # an alias that leads to itself, and a name beside it
        ("192.0.2.3", "a@pointed.example", None, "fail"),  # no dot between the labels
        ("192.0.2.4", "a@pointed.example", None, "pass"),  # octets that are no characters
        (CLIENT, 'a "b"\u00e9@byte.example', None, "pass"),
    ],
)
def test_results(nameserver: str, ip: str, mail_from: str | None, helo: str | None, result: str) -> None:
    given = [word for pair in (("--mail-from", mail_from), ("--helo", helo)) if pair[1] is not None for word in pair]
    answer = told(check(nameserver, "--ip", ip, "--json", *map(str, given)))
    assert answer["result"] == result


def test_a_silent_server_is_a_temperror_that_names_its_question(nameserver: str) -> None:
    answer = told(check(nameserver, "--ip", CLIENT, "--mail-from", "a@aftermute.example", "--json"))
    assert (answer["result"], answer["explanation"]) == ("temperror", None)
    assert (answer["reason"], answer["place"]) == ("No DNS server answered in time.", "x.mute.example")
    assert answer["questions"] == ["dns x.mute.example A"]


def test_time_that_is_over_is_told_apart(nameserver: str) -> None:
    given = ("--ip", CLIENT, "--mail-from", "a@aftermute.example", "--timeout", "0.2", "--dns-timeout", "5", "--json")
    done = check(nameserver, *given)
    assert done.code == 3
    assert json.loads(done.out)["result"] == "temperror"


def test_for_people(nameserver: str) -> None:
    done = check(nameserver, "--ip", "192.0.2.8", "--mail-from", "a@b.example", "--helo", "h.example")
    assert (done.code, done.err) == (0, "")
    assert done.out.decode() == (
        "pass: The client may send for the domain.\n"
        "  checked   192.0.2.8 for b.example (MAIL FROM)\n"
        "  by        include:i.example  in b.example\n"
        "            ip4:192.0.2.8  in i.example\n"
        "  cost      1 lookup (10 at most), 0 in vain (2 at most)\n"
    )


def test_for_people_with_a_narrow_terminal(nameserver: str) -> None:
    words = ("--ip", "192.0.2.8", "--mail-from", "a@b.example", "--helo", "h.example", "--color", "always")
    done = mxaudit("spf", "check", *words, "--nameserver", nameserver, columns=40)
    assert done.out.decode() == (
        "\x1b[32m\x1b[1mpass\x1b[0m: The client may send for the\n"
        "domain.\n"
        "  checked   192.0.2.8 for b.example\n"
        "            (MAIL FROM)\n"
        "  by        include:i.example  in\n"
        "            b.example\n"
        "            ip4:192.0.2.8  in i.example\n"
        "  cost      1 lookup (10 at most), 0 in\n"
        "            vain (2 at most)\n"
    )


def test_for_people_why(nameserver: str) -> None:
    done = check(nameserver, "--ip", CLIENT, "--helo", "odd.example")
    assert done.out.decode() == (
        "permerror: The records are in error, so it cannot be told whether the client may send.\n"
        "  checked   192.0.2.1 for odd.example (HELO)\n"
        "  because   the record cannot be read: character that is not printable ASCII: include:\\x1b[31mred.example"
        " (odd.example)\n"
        "  cost      0 lookups (10 at most), 0 in vain (2 at most)\n"
    )


def test_hostile_names_are_shown_escaped(nameserver: str) -> None:
    for more in ((), ("--json",)):
        done = check(nameserver, "--ip", CLIENT, "--mail-from", "a@\u202ee\u200bvil\u009b.example", *more)
        assert done.code == 0
        assert done.out.isascii()


def test_colour_when_asked(nameserver: str) -> None:
    given = ("--ip", "192.0.2.7", "--mail-from", "a@b.example")
    assert check(nameserver, *given, "--color", "always").out.startswith(b"\x1b[32m\x1b[1mpass\x1b[0m")
    assert check(nameserver, *given).out.startswith(b"pass")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--ip", "nine"), "--ip takes an address such as 192.0.2.1, not “nine”."),
        (("--ip", "192.0.2.0/24"), "--ip takes an address such as 192.0.2.1, not “192.0.2.0/24”."),
        (("--ip", "\x1b[2J"), "--ip takes an address such as 192.0.2.1, not “\\x1b[2J”."),
        (("--ip", "fe80::1%eth0"), "--ip takes an address without a zone"),
        (("--ip", CLIENT, "--mail-from", "a@b.example\r\nX: y"), "--mail-from takes what a mail server can be told"),
        (("--ip", CLIENT, "--helo", "h" * 2000), "--helo takes what a mail server can be told"),
        (("--ip", CLIENT, "--nameserver", "here"), "--nameserver takes IP or IP:PORT"),
    ],
)
def test_what_cannot_be_checked(nameserver: str, arguments: tuple[str, ...], words: str) -> None:
    done = check(nameserver, "--mail-from", "a@b.example", *arguments)
    assert (done.code, done.out) == (2, b"")
    assert done.sentences[0].startswith(f"mxaudit: {words}")
    assert len(done.sentences) == 1


@pytest.mark.parametrize("nobody", [(), ("--mail-from", ""), ("--mail-from", "<>"), ("--helo", "")])
def test_somebody_must_send(nameserver: str, nobody: tuple[str, ...]) -> None:
    done = check(nameserver, "--ip", CLIENT, *nobody)
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith("mxaudit: Name the sender: --mail-from, --helo, or best both.")


def test_the_address_is_needed() -> None:
    done = mxaudit("spf", "check", "--mail-from", "a@b.example")
    assert done.code == 2
    assert "--ip" in done.err


def test_the_help_says_how_it_ends() -> None:
    done = mxaudit("spf", "check", "--help")
    assert done.code == 0
    assert b"Exit codes" in done.out
