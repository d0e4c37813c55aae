"""What is written is read again as it was; both validators judge alike, whatever comes."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from audit import contract
from audit.model.evidence import DomainEvidence, Row
from audit.pipeline.judging import SCHEMA
from tests import records

Path_ = tuple[str | int, ...]
NAMES = ("evidence", "hosts", "report")
VALUES = [pytest.param(*value, id=name) for name, value in records.WRITTEN.items()]
RICH = ("run", "domain", "row", "visited", "report")


def refused(name: str, text: bytes) -> str:
    """Why the fast validator refuses a text; empty when it accepts it."""
    try:
        contract.check(name, text)
    except contract.ContractError as error:
        return str(error)
    return ""


# ---- what is right ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "type_", "value"), VALUES)
def test_what_is_written_is_read_again_as_it_was(name: str, type_: type[Any], value: Any) -> None:
    assert contract.load(contract.dump(value), type_) == value
    assert contract.load(contract.pretty(value), type_) == value


@pytest.mark.parametrize(("name", "type_", "value"), VALUES)
def test_both_validators_accept_it(name: str, type_: type[Any], value: Any) -> None:
    text = records.dumped(name, value)
    assert refused(name, text) == ""
    assert contract.problems(name, text) == []


@pytest.mark.parametrize("visited", records.every_outcome(), ids=lambda v: str(v.session.stages[0].outcome))
def test_every_stage_may_end_in_every_way(visited: Any) -> None:
    assert refused("hosts", contract.line(visited)) == ""


@pytest.mark.parametrize("fetched", records.every_fetch(), ids=lambda f: str(f.fetch.outcome))
def test_a_fetch_may_end_in_every_way(fetched: Any) -> None:
    assert refused("hosts", contract.line(fetched)) == ""


@pytest.mark.parametrize("offered", records.every_offer(), ids=lambda o: str(o.hello.offer))
def test_each_offer_can_be_written(offered: Any) -> None:
    assert refused("hosts", contract.line(offered)) == ""


@pytest.mark.parametrize(("name", "type_", "value"), VALUES)
def test_a_dump_is_one_line(name: str, type_: type[Any], value: Any) -> None:
    assert b"\n" not in contract.dump(value)


def test_everything_is_written_and_absent_is_null() -> None:
    options = json.loads(contract.dump(records.WRITTEN["bare domain"][2]))["options"]
    assert {k for k, v in options.items() if v is None} == {"parked", "mail", "profile", "unit"}
    assert {k for k, v in options.items() if v == []} == {"selectors", "sending_ips", "helo", "subdomains"}


def test_times_are_written_in_utc_and_octets_in_base64() -> None:
    run = json.loads(contract.dump(records.RUN))
    assert run["observed_at"] == "2026-11-24T00:00:00Z"
    assert run["extra_ca"][1] == ""
    assert run["extra_ca"][0].startswith("AAECAwQF")


def test_a_report_names_its_schema() -> None:
    assert contract.schema("report")["$id"] == SCHEMA
    assert contract.schema("report")["$defs"]["RunReport"]["properties"]["schema"]["const"] == SCHEMA


def test_check_jsonschema_accepts_what_is_written(tmp_path: Path) -> None:
    """The published schemas work with a tool that is not ours."""
    for kind in NAMES:
        files = []
        for label, (name, _, value) in records.WRITTEN.items():
            if name == kind:
                file = tmp_path / f"{label.replace(' ', '-')}.json"
                file.write_bytes(contract.pretty(value) if kind == "report" else contract.line(value))
                files.append(str(file))
        ended = check_jsonschema(kind, tmp_path, *files)
        assert ended.returncode == 0, ended.stdout


def test_check_jsonschema_refuses_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "row.json"
    file.write_bytes(contract.line(records.ROW).replace(b"invalid_input", b"wrong"))
    ended = check_jsonschema("evidence", tmp_path, str(file))
    assert ended.returncode == 1
    assert "$.status" in ended.stdout


def check_jsonschema(name: str, place: Path, *files: str) -> subprocess.CompletedProcess[str]:
    schema = place / f"{name}.schema.json"
    schema.write_text(contract.schema_text(name), "utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema), *files]
    nowhere = {"PATH": "", "HOME": str(place), "https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    return subprocess.run(command, env=nowhere, capture_output=True, text=True, check=False, timeout=60)


# ---- what is wrong ----------------------------------------------------------------------------------------------


def nodes(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """All values in a value, itself included, with their places."""
    yield path, value
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from nodes(inner, (*path, key))


def lean(value: Any) -> Any:
    """A plain value with the first item of each list only: what follows is of the same kind."""
    if isinstance(value, dict):
        return {key: lean(inner) for key, inner in value.items()}
    return [lean(inner) for inner in value[:1]] if isinstance(value, list) else value


def put(value: Any, path: Path_, change: Callable[[Any, Any], None]) -> Any:
    """A copy of the value, changed at a place: `change` is given what holds the place, and its key."""
    changed = copy.deepcopy({"": value})
    holder: Any = changed
    key: str | int = ""
    for step in path:
        holder, key = holder[key], step
    change(holder, key)
    return changed[""]


def replacing(by: Any) -> Callable[[Any, Any], None]:
    return lambda holder, key: holder.__setitem__(key, by)


def spoilt(value: Any) -> Iterator[Any]:
    """Other values in place of one: of another type, empty, out of range, with a tail."""
    yield from (None, [], {}, True)
    if isinstance(value, str):
        yield from (7, "", f"{value}\n", f" {value}", value.upper() + "\u0660", "x" * 300)
        if value.endswith("Z"):
            yield from (value[:-1], value.lower(), value.replace("T", " "), f"{value[:-1]}+00:00", f"{value[:-3]}60Z")
            yield from ("2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24", "now")
    elif isinstance(value, bool):
        yield from (0, 1, "true")
    elif isinstance(value, int | float):
        yield from (-1, 0, 0.5, 1.0, str(value), 10**9, 10**30, 1e300)
    elif isinstance(value, list):
        yield from ([None], [7], [{}], ["\n"])


def mutants(value: Any) -> Iterator[tuple[str, Any]]:
    """Copies of a value, each wrong (mostly) in one place."""
    for path, inner in nodes(value):
        place = "/".join(map(str, path))
        for other in spoilt(inner):
            yield f"/{place} = {other!r:.40}", put(value, path, replacing(other))
        if isinstance(inner, dict):
            yield f"/{place} with more", put(value, (*path, "surplus"), replacing(1))
        if path and isinstance(path[-1], str):
            yield f"/{place} left out", put(value, path, lambda holder, key: holder.__delitem__(key))


def free(path: str) -> bool:
    """Whether a place takes any name: the arguments of a finding's message."""
    return "/arguments" in path


@pytest.fixture(scope="module")
def slow() -> dict[str, jsonschema.Draft202012Validator]:
    """The validators behind `problems`, made once."""
    checker = jsonschema.FormatChecker()
    return {n: jsonschema.Draft202012Validator(contract.schema(n), format_checker=checker) for n in NAMES}


@pytest.mark.parametrize("label", RICH)
def test_both_validators_judge_mutants_alike(label: str, slow: dict[str, jsonschema.Draft202012Validator]) -> None:
    name, found = mutants_of(label)
    apart = [t for t, m in found if slow[name].is_valid(m) == bool(refused(name, contract.dump(m)))]
    assert len(found) > 40
    assert apart == []


@pytest.mark.parametrize("label", RICH)
def test_what_is_left_out_or_too_much_is_refused(label: str) -> None:
    name, mutants = mutants_of(label)
    found = [(t, m) for t, m in mutants if t.endswith(("left out", "with more")) and not free(t)]
    assert found
    assert [t for t, m in found if not refused(name, contract.dump(m))] == []


@pytest.mark.parametrize("label", RICH)
def test_what_keeps_to_the_schema_can_be_read(label: str) -> None:
    """But for two things: base64 that is not well formed, and 1.0, which JSON Schema takes for an integer."""
    name, found = mutants_of(label)
    texts = [contract.dump(mutant) for _, mutant in found]
    messages = {unread(text, records.WRITTEN[label][1]) for text in texts if not refused(name, text)}
    assert [m for m in messages if m and "base64" not in m and "got `float`" not in m] == []


def mutants_of(label: str) -> tuple[str, list[tuple[str, Any]]]:
    name, _, value = records.WRITTEN[label]
    return name, list(mutants(lean(json.loads(records.dumped(name, value)))))


def unread(text: bytes, type_: type[Any]) -> str:
    """Why the codec cannot read a text; empty when it can."""
    try:
        contract.load(text, type_)
    except contract.ContractError as error:
        return str(error)
    return ""


WRONG = [
    ("run", ("kind",), "domain", "/"),
    ("run", ("kind",), "else", "/kind"),
    ("run", ("observed_at",), "2026-11-24T00:00:00", "/observed_at"),
    ("run", ("observed_at",), "2026-11-24T23:59:60Z", "/observed_at"),
    ("run", ("observed_at",), None, "/observed_at"),
    ("run", ("settings", "smtp_port"), 0, "/settings/smtp_port"),
    ("run", ("settings", "smtp_port"), 65536, "/settings/smtp_port"),
    ("run", ("settings", "resolver_kind"), "fast", "/settings/resolver_kind"),
    ("run", ("digests", "list"), "0" * 63, "/digests/list"),
    ("run", ("digests", "list"), "A" * 64, "/digests/list"),
    ("run", ("digests", "list"), "0" * 64 + "\n", "/digests/list"),
    ("run", ("routes", 0, "check", "family"), "ipv5", "/routes/0/check/family"),
    ("domain", ("domain",), "EXAMPLE.org", "/domain"),
    ("domain", ("domain",), "a" * 254, "/domain"),
    ("domain", ("input", "line"), 0, "/input/line"),
    ("domain", ("options", "sending_ips", 0), "192.0.2.256", "/options/sending_ips/0"),
    ("domain", ("answers", 1, "answer", "status"), "fine", "/answers/1/answer/status"),
    ("domain", ("answers", 0, "answer", "ttl"), -1, "/answers/0/answer/ttl"),
    ("domain", ("answers", 0, "answer", "elapsed_ms"), "1", "/answers/0/answer/elapsed_ms"),
    ("domain", ("answers", 0, "answer", "flags", 0), "AD", "/answers/0/answer/flags/0"),
    ("domain", ("answers", 0, "question", "rdtype"), "mx", "/answers/0/question/rdtype"),
    ("domain", ("visits", 0, "depth"), "deep", "/visits/0/depth"),
    ("domain", ("visits", 0, "address"), "mx.example", "/visits/0/address"),
    ("row", ("status",), "audited", "/status"),
    ("row", ("suggestion",), 7, "/suggestion"),
    ("visited", ("session", "stages", 0, "reply", "code"), "220", "/session/stages/0/reply"),
    ("visited", ("session", "stages", 0, "stage"), "data", "/session/stages/0/stage"),
    ("visited", ("session", "stages", 3, "detail"), "x" * 201, "/session/stages/3/detail"),
    ("visited", ("session", "tls", "chain"), None, "/session/tls"),
    ("report", ("schema",), "https://mxaudit.example/schemas/report-2.json", "/schema"),
    ("report", ("run", "coverage", "unknown_share"), 1001, "/run/coverage/unknown_share"),
    ("report", ("run", "coverage", "rows"), True, "/run/coverage/rows"),
    ("report", ("domains", 0, "status"), "done", "/domains/0/status"),
    ("report", ("domains", 0, "findings", 0, "severity"), "warn", "/domains/0/findings/0/severity"),
    ("report", ("domains", 0, "findings", 0, "rule"), "spf", "/domains/0/findings/0/rule"),
    ("report", ("domains", 0, "verdicts", 0, "id"), "beauty", "/domains/0/verdicts/0/id"),
    ("report", ("findings", 0, "arguments", "count"), 1.5, "/findings/0/arguments/count"),
    ("report", ("findings", 0, "arguments", "names"), [1], "/findings/0/arguments/names/0"),
    ("report", ("findings", 0, "arguments", "text"), None, "/findings/0/arguments/text"),
]


@pytest.mark.parametrize(("label", "path", "wrong", "place"), WRONG)
def test_what_is_wrong_is_refused_and_its_place_named(label: str, path: Path_, wrong: object, place: str) -> None:
    name, _, value = records.WRITTEN[label]
    text = contract.dump(put(json.loads(records.dumped(name, value)), path, replacing(wrong)))
    assert refused(name, text).startswith(f"{place}: ")
    assert any(problem.startswith(f"{place}: ") for problem in contract.problems(name, text))


HOSTILE = {
    "empty": b"",
    "nul": b"\0",
    "deep and open": b"[" * 100_000,
    "deep and closed": b"[" * 100_000 + b"]" * 100_000,
    "deeper than a validator follows": b'{"kind":' * 300 + b"1" + b"}" * 300,
    "as deep as a reader follows": b'{"kind":' * 900 + b"1" + b"}" * 900,
    "an integer of 5,000 digits": b'{"kind":' + b"9" * 5000 + b"}",
    "an integer of 400 digits": b'{"kind":' + b"9" * 400 + b"}",
    "a number out of range": b'{"kind":1e999}',
    "not a number": b'{"kind":NaN}',
    "half a surrogate pair": b'{"kind":"\\ud800"}',
    "a surrogate in UTF-8": b'{"kind":"\xed\xa0\x80"}',
    "not UTF-8": b'{"kind":"\xff"}',
    "UTF-16": '{"kind":"run"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "two values": b"{} {}",
    "no object": b"[]",
    "null": b"null",
    "a huge key": b'{"' + b"k" * 1_000_000 + b'":1}',
}


@pytest.mark.parametrize("name", contract.SCHEMAS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused_in_a_sentence(text: bytes, name: str) -> None:
    assert 0 < len(refused(name, text)) < 400
    found = contract.problems(name, text)
    assert found
    assert all(len(problem) < 400 for problem in found)
    for type_ in (Row, DomainEvidence):
        with pytest.raises(contract.ContractError):
            contract.load(text, type_)


def test_what_a_person_is_told_has_an_end() -> None:
    run = json.loads(contract.dump(records.RUN))
    run["blocklists"] = run["nameservers"] = [1] * 1000
    assert len(contract.problems("evidence", contract.dump(run))) == contract.PROBLEMS_SHOWN


@pytest.mark.parametrize("value", [{"selectors": 1}, {"parked": "yes"}, []])
def test_plain_values_of_another_type_are_not_converted(value: object) -> None:
    with pytest.raises(contract.ContractError):
        contract.convert(value, Row)


SEALED = contract.line(records.DOMAIN)


@pytest.mark.parametrize("value", [records.RUN, records.DOMAIN, records.ROW, records.END, records.VISITED])
def test_a_line_carries_the_checksum_of_all_before_it(value: object) -> None:
    text = contract.line(value)
    body = contract.dump(value)[:-1]
    assert text == body + f',"crc":"{zlib.crc32(body):08x}"}}\n'.encode()
    contract.intact(text)
    contract.intact(text.removesuffix(b"\n"))
    assert contract.load(text, type(value)) == value


@pytest.mark.parametrize("at", range(0, len(SEALED) - 1, 97))
def test_an_octet_that_is_not_as_it_was_is_found(at: int) -> None:
    for other in (SEALED[at] ^ 1, SEALED[at] ^ 0x80):
        with pytest.raises(contract.ContractError):
            contract.intact(SEALED[:at] + bytes([other]) + SEALED[at + 1 :])


@pytest.mark.parametrize("text", [b"", b"{}", b"\n", contract.dump(records.ROW), SEALED[:-3], b'"crc":"00000000"}'])
def test_a_line_without_a_checksum_is_told_of(text: bytes) -> None:
    with pytest.raises(contract.ContractError, match="carries no checksum"):
        contract.intact(text)


# ---- the schemas ------------------------------------------------------------------------------------------------


def inner(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inner(child)


@pytest.mark.parametrize("name", contract.SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    schema = contract.schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"https://mxaudit.example/schemas/{name}-1.json"
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize("name", contract.SCHEMAS)
def test_a_schema_stands_alone_and_is_read_alike_everywhere(name: str) -> None:
    schema = contract.schema(name)
    found = list(inner(schema))
    assert {n["$ref"] for n in found if isinstance(n.get("$ref"), str)} <= {f"#/$defs/{d}" for d in schema["$defs"]}
    assert {n["format"] for n in found if isinstance(n.get("format"), str)} <= {"date-time", "ipv4", "ipv6"}
    patterns = [n["pattern"] for n in found if isinstance(n.get("pattern"), str)]
    assert all(p.startswith("^") and p.endswith(r"$(?!\n)") and "\\d" not in p and "\\w" not in p for p in patterns)


def test_what_two_schemas_share_is_the_same() -> None:
    seen: dict[str, Any] = {}
    shared = 0
    for name in contract.SCHEMAS:
        for title, definition in contract.schema(name)["$defs"].items():
            shared += title in seen
            assert seen.setdefault(title, definition) == definition, title
    assert shared


@pytest.mark.parametrize("name", contract.SCHEMAS)
def test_every_definition_is_described(name: str) -> None:
    assert [title for title, d in contract.schema(name)["$defs"].items() if not d.get("description")] == []


def test_a_digest_tells_lists_of_parts_apart() -> None:
    assert contract.sha256(b"ab", b"c") != contract.sha256(b"a", b"bc")
    assert contract.sha256(b"a") != contract.sha256(b"a", b"")
