"""Settings: command line > environment > file > default, and each known with where it comes from."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from audit import contract
from audit.cli.configured import keys, parameter_of, settable, variable_of
from audit.cli.group import CONFIGURED, loaded
from tests.cli.command import mxaudit

PROPERTIES: dict[str, dict[str, Any]] = contract.schema("config")["$defs"]["ConfigFile"]["properties"]
NOT_SET = {"now", "resume", "adopt", "max_age", "dask", "storage", "config", "help"}  # which belong to one run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def show(*arguments: str) -> dict[str, dict[str, Any]]:
    done = mxaudit("config", "show", "--origin", "--json", *arguments)
    assert (done.code, done.err) == (0, "")
    found: dict[str, dict[str, Any]] = json.loads(done.out)
    return found


# ---- what can be set ----------------------------------------------------------------------------------------------


def test_every_option_of_a_run_can_be_set_but_for_those_of_one_run() -> None:
    names = {p.name for p in loaded("run").params}
    assert {parameter_of(key) for key in keys()} == names - NOT_SET


def _schema_of(option: click.Parameter) -> dict[str, Any]:
    """What a schema says of such an option."""
    type_ = option.type
    if option.multiple:
        return {"type": "array"}
    if isinstance(type_, click.IntRange | click.FloatRange):
        bounds: Any = (("minimum", type_.min), ("maximum", type_.max))
        kind = "integer" if isinstance(type_, click.IntRange) else "number"
        return {"type": kind, **{name: bound for name, bound in bounds if bound is not None}}
    if isinstance(type_, click.Choice):
        return {"type": "string", "enum": list(type_.choices)}
    if isinstance(type_, click.types.BoolParamType):
        return {"type": "boolean"}
    return {"type": "integer" if isinstance(type_, click.types.IntParamType) else "string"}


@pytest.mark.parametrize("key", keys())
def test_the_schema_takes_what_the_option_takes(key: str) -> None:
    option = next(p for p in loaded("run").params if p.name == parameter_of(key))
    told = {name: PROPERTIES[key].get(name) for name in _schema_of(option)}
    if key in ("dnsbl", "require-vantage"):
        assert told == {"type": ["string", "array"]}
    else:
        assert told == _schema_of(option)


@pytest.mark.parametrize("command", sorted(CONFIGURED))
def test_a_command_takes_from_the_file_what_it_has(command: str) -> None:
    options = {p.name: p for p in loaded(command).params}
    for key in settable(command):
        if parameter_of(key) in options:
            assert options[parameter_of(key)].envvar == variable_of(key)
    assert "config" in options


# ---- which goes before which --------------------------------------------------------------------------------------


def test_a_file_goes_before_a_default_and_the_environment_before_both(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert show()["fail-on"] == {"value": "high", "origin": "default"}
    (here / "mxaudit.toml").write_text('# ours\nfail-on = "low"\n  strict = true\n')
    assert show()["fail-on"] == {"value": "low", "origin": "mxaudit.toml:2:1"}
    assert show()["strict"] == {"value": True, "origin": "mxaudit.toml:3:3"}
    monkeypatch.setenv("MXAUDIT_FAIL_ON", "never")
    assert show()["fail-on"] == {"value": "never", "origin": "MXAUDIT_FAIL_ON"}
    assert show()["max-unknown"] == {"value": 5.0, "origin": "default"}


def test_the_command_line_goes_before_all(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "mxaudit.toml").write_text('nameserver = ["192.0.2.1:x"]\n')
    monkeypatch.setenv("MXAUDIT_PROFILE", "nosuch")
    assert "There is no profile 'nosuch'" in mxaudit("check", "a.example", "--nameserver", "127.0.0.1").err
    said = mxaudit("check", "a.example", "--profile", "baseline").err
    assert "--nameserver takes IP or IP:PORT, such as 127.0.0.1:5335, not “192.0.2.1:x”" in said


def test_several_values_of_a_variable_stand_between_blanks(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXAUDIT_NAMESERVER", "127.0.0.1 [::1]:53")
    assert show()["nameserver"] == {"value": ["127.0.0.1", "[::1]:53"], "origin": "MXAUDIT_NAMESERVER"}


def test_another_file_can_be_named_and_its_paths_are_meant_from_where_it_is(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = here / "etc"
    there.mkdir()
    (there / "ca.pem").write_text("")
    (there / "other.toml").write_text(
        'list = "ours.txt"\nca-file = "ca.pem"\noutput = ["csv=x.csv", "md=-"]\ndnsbl = ["a", "b"]\n'
    )
    (here / "mxaudit.toml").write_text("timeout = 5\n")
    found = show("--config", "etc/other.toml")
    assert found["timeout"]["origin"] == "default"
    assert found["list"]["value"] == "etc/ours.txt"
    assert found["ca-file"]["value"] == "etc/ca.pem"
    assert found["output"]["value"] == ["csv=etc/x.csv", "md=-"]
    assert found["dnsbl"]["value"] == "a,b"
    monkeypatch.setenv("MXAUDIT_CONFIG", "etc/other.toml")
    assert show()["list"]["value"] == "etc/ours.txt"


def test_what_is_shown_is_a_file_of_settings_again(here: Path) -> None:
    (here / "mxaudit.toml").write_text('profile = "baseline"\ndnsbl = "none"\nquiet = true\n')
    done = mxaudit("config", "show")
    read = tomllib.loads(done.out.decode())
    assert (read["dnsbl"], read["quiet"], read["concurrency"]) == ("none", True, 50)
    assert contract.errors("config", read) == []
    told = mxaudit("config", "show", "--origin").out.decode()
    assert tomllib.loads(told) == read
    assert all("#" in line for line in told.splitlines())


def test_a_command_takes_its_settings_from_the_file(here: Path) -> None:
    (here / "mxaudit.toml").write_text('require-vantage = ["port25", "prot25"]\n')
    done = mxaudit("check", "a.example")
    assert (done.code, done.out) == (2, b"")
    assert "--require-vantage: “prot25” is nothing that is looked at. Did you mean port25?" in done.err


# ---- what is wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('\nfail_on = "low"\n', "mxaudit.toml:2:1: there is no key “fail_on”. Did you mean fail-on?"),
        (
            'fail-on = "hihg"\n',
            ":1:1: fail-on is one of critical, high, medium, low, info, never, not “hihg”. Did you",
        ),
        ("fail-on = low\n", "mxaudit.toml:1:11: invalid value."),
        ("smtp-port = 0\n", "mxaudit.toml:1:1: smtp-port is at least 1, not 0."),
        ("max-unknown = 101\n", "mxaudit.toml:1:1: max-unknown is at most 100, not 101."),
        ("timeout = true\n", "mxaudit.toml:1:1: timeout cannot be true. Seconds for one domain."),
        (
            'nameserver = "127.0.0.1"\n',
            ":1:1: nameserver cannot be “127.0.0.1”. An array of resolvers, each as",
        ),
        ("[smtp]\nport = 25\n", "mxaudit.toml:1:1: there is no key “smtp”."),
        (
            'ca-file = "nowhere.pem"\n',
            "'nowhere.pem' does not exist. (from mxaudit.toml:1:1). See mxaudit run --help.",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(here: Path, text: str, said: str) -> None:
    (here / "mxaudit.toml").write_text(text)
    for command in (("run",), ("config", "show")):
        done = mxaudit(*command)
        assert (done.code, done.out) == (2, b"")
        assert said in done.err
        assert done.err.startswith("mxaudit: ")


@pytest.mark.parametrize("key", ["spamhaus_dqs_key", "password", "api-token", "client_secret"])
def test_no_secret_is_taken_from_a_file_nor_repeated(here: Path, key: str) -> None:
    (here / "mxaudit.toml").write_text(f'{key} = "abcdefghijklmnop0123"\n')
    done = mxaudit("run")
    assert done.code == 2
    assert "No secret belongs in mxaudit.toml, which others read: put it into the environment (" in done.err
    assert "MXAUDIT_SPAMHAUS_DQS_KEY" in done.err
    assert "abcdefghijklmnop0123" not in done.err


def test_a_value_of_the_environment_that_is_wrong_names_its_variable(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MXAUDIT_FAIL_ON", "hihg")
    done = mxaudit("run")
    assert done.code == 2
    assert "(from MXAUDIT_FAIL_ON). See mxaudit run --help." in done.err


@pytest.mark.parametrize("words", [("run", "--help"), ("rules",), ("schema", "report"), ("explain", "SPF-LOOKUPS")])
def test_a_broken_file_troubles_only_who_needs_it(here: Path, words: tuple[str, ...]) -> None:
    (here / "mxaudit.toml").write_text("broken")
    assert mxaudit(*words).code == 0


def test_a_file_of_settings_can_be_held_to_its_schema(here: Path) -> None:
    file = here / "mxaudit.toml"
    file.write_text("quiet = true\n")
    assert mxaudit("validate", file).code == 0
    file.write_text("quite = true\n")
    done = mxaudit("validate", file)
    assert (done.code, "Did you mean quiet?" in done.out.decode()) == (1, True)
