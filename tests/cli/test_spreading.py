"""Who does the work of a run: what of the options goes together, and what of a place that is named is ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.cli import spreading
from audit.cli.job import Telling
from audit.cli.messages import UserError
from audit.cli.spreading import OURS, many_of
from audit.pipeline.many.run import Many

QUIET = Telling(color="never", no_progress=True, quiet=True, verbose=False)
ALONE = {"processes": 1, "dask": None, "storage": None}


class Cluster:
    """Stands in for the workers of a scheduler."""

    hands, dashboard = 3, "http://127.0.0.1:8787/status"

    def __init__(self, _: str) -> None: ...

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    ("storage", "kept"),
    [
        ("{here}/shared", f"{{here}}/shared/{OURS}"),
        ("{here}/shared/", f"{{here}}/shared/{OURS}"),
        ("s3://bucket/audit-1/", f"s3://bucket/audit-1/{OURS}"),
        (None, "{here}/run/pieces"),
    ],
)
def test_a_place_that_is_emptied_is_ours_alone(
    storage: str | None, kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "Dask", Cluster)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "theirs").touch()
    place = storage.format(here=tmp_path) if storage else None
    with many_of({**ALONE, "dask": "tcp://x:1", "storage": place}, tmp_path / "run", QUIET) as many:
        assert isinstance(many, Many)
        assert many.storage.place == kept.format(here=tmp_path)
        if "://" not in many.storage.place:
            many.storage.clear()
    assert (tmp_path / "shared" / "theirs").exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"processes": 2, "dask": "local:2"}, "--dask and --processes exclude each other"),
        ({"storage": "/mnt"}, "--storage goes with --dask"),
        ({"processes": 2, "storage": "/mnt"}, "--storage goes with --dask"),
    ],
)
def test_what_does_not_go_together_is_refused(given: dict[str, object], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=sentence), many_of({**ALONE, **given}, tmp_path, QUIET):
        pass


def test_one_process_does_it_alone_unless_pieces_are_there(tmp_path: Path) -> None:
    with many_of(ALONE, tmp_path, QUIET) as many:
        assert many is None
    (tmp_path / "pieces").mkdir()
    with many_of(ALONE, tmp_path, QUIET) as many:
        assert many is not None
