"""The files: a broken one is named, with the place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from audit.catalog import tables
from audit.catalog.tables import CatalogError


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "catalog"
    with_files = Path(str(tables.shipped()))
    shutil.copytree(with_files, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target


def test_the_copy_is_good(copy: Path) -> None:
    document = tables.read(copy)
    assert set(document) == {
        "blocklists",
        "dead",
        "providers",
        "selectors",
        "resolvers",
        "anchors",
        "issuers",
        "lifetimes",
        "rotations",
        "reply_classes",
        "reply_speakers",
        "reply_codes",
        "enhanced_codes",
        "reply_remedies",
        "reply_patterns",
        "bounce_forms",
        "bounce_lines",
        "bounce_reasons",
        "stages",
        "advice",
        "migrations",
        "profiles",
    }


def test_an_entry_may_leave_out_what_the_defaults_say(copy: Path) -> None:
    lists = {entry["id"]: entry for entry in tables.read(copy)["blocklists"]}
    assert lists["psbl"]["ipv6"] is False
    assert lists["psbl"]["default"] is True


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("blocklists.toml", "weight = 5", "weight = 50", ("blocklists.toml", "/blocklists/0/weight", "50")),
        ("blocklists.toml", "weight = 5\n", "", ("blocklists.toml", "/blocklists/0", "weight")),
        ("blocklists.toml", "weight = 5", "wieght = 5", ("blocklists.toml", "/blocklists/0")),
        (
            "blocklists.toml",
            'kind = "policy"',
            'kind = "pbl"',
            ("blocklists.toml", "/blocklists/0/codes/4/kind", "pbl"),
        ),
        ("blocklists.toml", "[[dead]]", "[[deaad]]", ("blocklists.toml", "deaad", "blocklists and dead")),
        ("blocklists.toml", "[defaults.dead]", "[defaults.daed]", ("blocklists.toml", "defaults.daed")),
        ("blocklists.toml", 'zone = "*.sorbs.net"', "zone = 1", ("blocklists.toml", "/dead/0/zone")),
        ("providers.toml", 'kind = "mailbox"', 'kind = "esp"', ("providers.toml", "/providers/0/kind", "esp")),
        ("providers.toml", 'id = "microsoft-365"', "id = ", ("providers.toml", "not TOML", "line")),
        ("selectors.toml", "names", "nams", ("selectors.toml", "/selectors")),
        ("resolvers.toml", '"8.8.8.8"', '"8.8.8"', ("resolvers.toml", "/resolvers/0/addresses/0")),
        ("replies.toml", "code = 211", "code = 2110", ("replies.toml", "/reply_codes/0/code", "2110")),
        ("advice.toml", 'topic = "login"', 'topic = "news"', ("advice.toml", "/advice/0/facts/", "news")),
        ("profiles/baseline.toml", "spf_voids = 2", "", ("profiles/baseline.toml", "/profiles/0/thresholds")),
        ("profiles/baseline.toml", "severities = {}", "severities = []", ("profiles/baseline.toml", "/severities")),
    ],
)
def test_a_broken_file_is_named_with_the_place(
    copy: Path, file: str, old: str, new: str, said: tuple[str, ...]
) -> None:
    path = copy / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(CatalogError) as caught:
        tables.read(copy)
    assert all(word in str(caught.value) for word in said), str(caught.value)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"defaults = 3\n", b"blocklists = 3\ndead = []\n", b"[defaults]\nblocklists = 3\n"]
)
def test_a_file_that_is_something_else(copy: Path, content: bytes) -> None:
    (copy / "blocklists.toml").write_bytes(content)
    with pytest.raises(CatalogError, match=r"^blocklists\.toml: "):
        tables.read(copy)


def test_a_file_that_is_missing(copy: Path) -> None:
    (copy / "providers.toml").unlink()
    with pytest.raises(CatalogError, match=r"providers\.toml"):
        tables.read(copy)


def test_another_profile_is_found_and_blamed_by_its_own_name(copy: Path) -> None:
    text = (copy / "profiles/baseline.toml").read_text("utf-8")
    (copy / "profiles/strict.toml").write_text(text.replace('id = "baseline"', 'id = "strict"'), "utf-8")
    assert [profile["id"] for profile in tables.read(copy)["profiles"]] == ["baseline", "migration", "strict"]
    (copy / "profiles/strict.toml").write_text(text.replace("spf_voids = 2", "spf_voids = -1"), "utf-8")
    with pytest.raises(CatalogError, match=r"^profiles/strict\.toml: /profiles/2/thresholds/spf_voids"):
        tables.read(copy)
