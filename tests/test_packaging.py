"""What is tested is what is shipped: under tox the package comes from the built wheel, schemas and data included."""

from __future__ import annotations

import os
from importlib.metadata import metadata
from pathlib import Path

import pytest

import audit
from audit import contract

CHECKOUT = Path(__file__).parents[1]
INSTALLED = Path(audit.__file__).parent
under_tox = pytest.mark.skipif(os.environ.get("TOX_ENV_NAME") != "py", reason="only tox installs the built wheel")


@under_tox
def test_the_package_is_the_wheel_and_not_the_checkout() -> None:
    assert INSTALLED != CHECKOUT / "audit"
    assert INSTALLED.parent.name == "site-packages"


@under_tox
def test_the_wheel_holds_what_the_checkout_holds() -> None:
    def files(folder: Path) -> set[str]:
        return {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file() and f.suffix != ".pyc"}

    schemas = {f"schemas/{name}" for name in files(CHECKOUT / "schemas")}
    assert files(INSTALLED) == files(CHECKOUT / "audit") | schemas
    assert {f"schemas/{name}.json" for name in contract.SCHEMAS} <= schemas


def test_the_package_says_its_version_licence_and_python() -> None:
    said = metadata("mxaudit")
    assert said["Version"] == audit.__version__
    assert said["License-Expression"] == "Apache-2.0"
    assert said["Requires-Python"] == ">=3.11"
