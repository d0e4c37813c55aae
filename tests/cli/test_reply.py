"""`mxaudit reply`, for people and for programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from audit.desk.reading import MAX_REPLIES
from tests.cli.command import mxaudit

GOOGLE = (
    "550-5.7.26 The MAIL FROM domain [shop.example] has an SPF record with a hard fail policy (-all)\n"
    "550 5.7.26 but it fails to pass SPF checks with the ip: [192.0.2.7]. - gsmtp"
)
KEYS = [
    *("text", "host", "speaker", "code", "enhanced_code", "class", "meaning", "cause", "permanent", "side", "retry"),
    *("suppress", "rules", "blocklist", "basis", "pattern", "excerpt", "confidence", "advice"),
]


def as_json(*arguments: str, stdin: bytes = b"", code: int = 0) -> Any:
    done = mxaudit("reply", "--json", *arguments, stdin=stdin)
    assert (done.code, done.err) == (code, "")
    return json.loads(done.out)


def test_one_is_an_object_with_all_that_a_program_needs() -> None:
    told = as_json(GOOGLE)
    assert list(told) == KEYS
    assert (told["code"], told["enhanced_code"], told["class"]) == (550, "5.7.26", "auth-fail")
    assert (told["permanent"], told["side"], told["suppress"]) == (True, "ours", False)
    assert (told["pattern"], told["confidence"]) == ("google-spf-hard-fail", "high")
    assert told["retry"]["when"] == "after_change"
    assert "SPF-MISSING" in told["rules"]
    assert told["advice"]


def test_several_are_a_list() -> None:
    told = as_json("550 5.1.1 user unknown", "451 4.7.1 greylisted")
    assert [(t["class"], t["suppress"], t["permanent"]) for t in told] == [
        ("hard-address", True, True),
        ("greylist", False, False),
    ]
    assert told[1]["retry"] == {
        "when": "later",
        "first_s": 600,
        "factor": 2.0,
        "cap_s": 3600,
        "jitter": 0.2,
        "give_up_s": 86400,
        "waits_s": [[480, 720], [960, 1440], [1920, 2880], [2880, 4320], [2880, 4320]],
    }


@pytest.mark.parametrize(
    ("text", "pattern"),
    [("550 5.2.2 xyzzy", "enhanced:5.2.2"), ("550 xyzzy", "code:550")],
)
def test_a_code_that_decided_is_named(text: str, pattern: str) -> None:
    assert as_json(text)["pattern"] == pattern


@pytest.mark.parametrize(
    ("host", "kind"),
    [("mx.google.com", "auth-fail"), ("x.mail.protection.outlook.com", "tls"), ("mx.example.org", "tls")],
)
def test_the_host_decides_where_codes_mean_two_things(host: str, kind: str) -> None:
    assert as_json("550 5.7.30 xyzzy", "--host", host)["class"] == kind


@pytest.mark.parametrize(
    ("arguments", "stdin", "codes"),
    [
        (("-",), b"550-a\r\n550 5.1.1 b\r\n421 c\r\n", [550, 421]),
        ((), b"550 a\n\n451 b\n\n\n452 c", [550, 451, 452]),
        (("421 x", "-"), b"550 a", [421, 550]),
        (("550", "5.1.1", "user", "unknown"), b"", [550]),
        (("550", "421"), b"", [550, 421]),
        (("-",), "451 sp\u00e4ter erneut \u20ac".encode(), [451]),
        (("-",), b"550 \xff\xfe user unknown", [550]),
    ],
)
def test_replies_come_as_arguments_or_by_standard_input(
    arguments: tuple[str, ...], stdin: bytes, codes: list[int]
) -> None:
    told = as_json(*arguments, stdin=stdin)
    assert [t["code"] for t in (told if isinstance(told, list) else [told])] == codes


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("",), b"", "There is no reply to explain: the text is empty."),
        (("-",), b"\n \n", "There is no reply to explain: the text is empty."),
        (("-",), b"x" * (8 * 1024 * 1024 + 1), "Standard input holds more than 8 MiB; give fewer replies at once."),
        (("a",) * (MAX_REPLIES + 1), b"", "These are more than 1,000 replies; give fewer at once."),
    ],
    ids=["empty", "blank", "large", "many"],
)
def test_what_cannot_be_explained_is_a_sentence(arguments: tuple[str, ...], stdin: bytes, said: str) -> None:
    done = mxaudit("reply", *arguments, stdin=stdin)
    assert (done.code, done.out, done.sentences) == (2, b"", [f"mxaudit: {said}"])


@pytest.mark.parametrize(("text", "code"), [("250 ok", 0), ("550 xyzzy", 0), ("xyzzy", 3), ("554 5.0.0 xyzzy", 3)])
def test_what_nobody_knows_has_a_code_of_its_own(text: str, code: int) -> None:
    assert mxaudit("reply", text).code == code


def test_a_screen_for_somebody_whose_mail_does_not_arrive() -> None:
    done = mxaudit("reply", GOOGLE, "--host", "mx.google.com", columns=80)
    assert (done.code, done.err) == (0, "")
    text = done.out.decode()
    lines = text.splitlines()
    assert lines[0] == "550 5.7.26: auth-fail, permanent"
    assert len(lines) <= 24
    for word in (
        "said by   Google at mx.google.com",
        "do now    1. ",
        "mxaudit explain SPF-MISSING",
        "(google-spf-hard-fail)",
    ):
        assert word in text


@pytest.mark.parametrize("columns", [40, 80, 100, 140])
@pytest.mark.parametrize("text", [GOOGLE, "452 4.2.2 over quota", "550 5.1.1 user unknown", "xyzzy " * 200])
def test_lines_fit_the_terminal(columns: int, text: str) -> None:
    lines = mxaudit("reply", text, columns=columns).out.decode().splitlines()
    assert max(map(len, lines)) <= min(columns, 100)
    assert len(lines) <= (60 if columns == 40 else 30)


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_hostile_text_is_shown_and_does_nothing(form: tuple[str, ...]) -> None:
    done = mxaudit("reply", "550 5.1.1 \x1b[2J\x07\u202euser unknown \x00", *form)
    assert done.code == 0
    for bad in (b"\x1b", b"\x07", "\u202e".encode(), b"\x00"):
        assert bad not in done.out
    assert b"x1b[2J" in done.out


def test_colour_only_when_it_is_asked_for() -> None:
    assert b"\x1b[" not in mxaudit("reply", GOOGLE).out
    assert mxaudit("reply", GOOGLE, "--color", "always").out.startswith(b"\x1b[1;31m550 5.7.26")


def test_a_plan_tells_each_try_the_pace_and_the_end() -> None:
    text = "421 4.7.28 Our system has detected an unusual rate of unsolicited mail"
    plain, planned = (mxaudit("reply", text, "--host", "mx.google.com", *more) for more in ((), ("--plan",)))
    rows = planned.out.decode().removeprefix(plain.out.decode())
    assert rows.splitlines()[0] == "  plan      try 1: 12 min to 18 min after the refusal"
    assert "            … try 15: 38.2 h to 2 days after the refusal" in rows
    assert [line[2:10].strip() for line in rows.splitlines() if line[2:3].strip()] == [
        *("plan", "pace", "stop", "allows", "asks")
    ]
    found = json.loads(mxaudit("reply", text, "--host", "mx.google.com", "--plan", "--json").out)
    assert found["plan"]["tries"][0] == [720, 1080]
    assert found["plan"]["give_up_s"] == found["retry"]["give_up_s"]
    assert "plan" not in json.loads(mxaudit("reply", text, "--json").out)
