"""`mxaudit validate` and `mxaudit schema` on a compliance profile of the user's own."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.command import mxaudit
from tests.pipeline.test_own_profile import HEAD, WAYS


def test_a_profile_is_held_to_its_schema_and_to_the_rules(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(HEAD + WAYS)
    done = mxaudit("validate", file)
    assert (done.code, done.err) == (0, f"{file} keeps to its schema.\n")
    file.write_text(HEAD + WAYS.replace("SPF-MISSING", "SPF-MISING"))
    done = mxaudit("validate", file)
    assert (done.code, done.out) == (
        1,
        f"{file}:20:1: there is no rule SPF-MISING. Did you mean SPF-MISSING?\n".encode(),
    )


def test_the_schema_is_printed() -> None:
    assert json.loads(mxaudit("schema", "compliance-profile").out)["title"] == "A compliance profile of mxaudit"
