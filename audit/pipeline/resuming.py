"""Go on with a run that was cut short: what of its evidence is whole, stays, and is not asked for again.

A run is its run record: list, settings, resolvers, catalogue and version. If one of them is another now, what came
before and what would come now do not belong into one report, so that is refused unless the user adopts it. Of what is
there a torn last line is cut off; a damaged line goes to evidence.bad or hosts.bad, and what it was about is audited
again. A file from whose middle something is to go is written anew beside it, and renamed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

from audit import __version__, contract
from audit.gather.domain import Target
from audit.model.evidence import Digests, DomainEvidence, Row, RunEvidence
from audit.model.probe import Probe
from audit.pipeline.config import RunConfig
from audit.pipeline.ending import EVIDENCE, HOSTS, unfinished
from audit.pipeline.hosts import KnownHosts, read_shared
from audit.pipeline.journal import INTERRUPTED, Standing, sync_directory
from audit.pipeline.store import MAX_LINE, read_record
from audit.syntax.escape import visible

KEPT = ".evidence.kept"


class ResumeError(Exception):
    """The run cannot be gone on with; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The run as it would be begun now."""

    config: RunConfig
    digests: Digests
    targets: Mapping[str, Target]  # by domain
    adopt: bool = False  # whether a run that was another is gone on with all the same
    max_age: timedelta | None = None
    told: bool = False  # whether the run record was given; else one without domains may not have seen its vantage whole


@dataclass(frozen=True, slots=True)
class Resumed:
    """What stays of a run. Without a `head` the vantage is looked at anew."""

    head: RunEvidence | None
    lines: frozenset[int]  # of the list, that are done
    standing: Standing


Place: TypeAlias = tuple[int, int]  # where a line begins, and how many octets it has


@dataclass(slots=True)
class _Found:
    """What evidence.jsonl holds: where the run record is, of each line of the list that is done the last record, and
    what is damaged. `domains`: whether any is done. `aged`: whether they were told what earlier runs saw of them."""

    head: RunEvidence | None = None
    first: Place = (0, 0)
    places: dict[int, Place] = field(default_factory=dict)
    bad: set[int] = field(default_factory=set)
    domains: bool = False
    aged: bool | None = None


def resume(directory: Path, wanted: Wanted) -> Resumed | None:
    """Prepare the directory of a run to be gone on with. None where no domain is done: then it begins anew.

    The caller holds the directory's lock.

    Raises:
        ResumeError: it is another run.
        OSError: its files cannot be read or written.
    """
    if not (directory / EVIDENCE).is_file():
        return None
    return _evidence(directory, wanted, _hosts(directory))


def newest_unfinished(reports: Path, list_digest: str, suffix: str = "") -> Path | None:
    """The directory of the newest unfinished run of a list, by the names that runs give to theirs; those of parts have
    a suffix."""
    found = [place for place in reports.glob(f"*Z-{list_digest[:8]}{suffix}") if place.is_dir() and unfinished(place)]
    return max(found, key=lambda place: place.name, default=None)


def differences(old: RunEvidence, config: RunConfig, digests: Digests) -> list[str]:
    """In what a run that would begin now differs from one that is there, each as `what: then, now`."""
    before = {
        "version": old.tool,
        "nameservers": ", ".join(old.nameservers),
        "ca-file": contract.sha256(*old.extra_ca)[:12] if old.extra_ca else "none",
        **{f"digest of {f.name}": getattr(old.digests, f.name)[:12] for f in fields(Digests)},
        **_told(old.settings),
    }
    now = {
        "version": __version__,
        "nameservers": ", ".join(nameservers(config)),
        "ca-file": contract.sha256(*config.extra_ca)[:12] if config.extra_ca else "none",
        **{f"digest of {f.name}": getattr(digests, f.name)[:12] for f in fields(Digests)},
        **_told(replace(config.settings, absent_name=old.settings.absent_name)),  # each run has its own
    }
    return [f"{k}: {visible(before[k], 80)} then, {visible(now[k], 80)} now" for k in now if before[k] != now[k]]


def nameservers(config: RunConfig) -> tuple[str, ...]:
    """The resolvers, as they are written down."""
    return tuple(f"{address}:{port}" for address, port in config.network.nameservers)


def _told(settings: Any) -> dict[str, str]:
    plain = contract.load(contract.dump(settings), dict[str, Any])
    return {name.replace("_", "-"): contract.dump(value).decode() for name, value in plain.items()}


# ---- hosts.jsonl ------------------------------------------------------------------------------------------------


def _hosts(directory: Path) -> KnownHosts:
    """The index of hosts.jsonl, from which damaged lines are gone."""
    path = directory / HOSTS
    path.touch()
    hosts = KnownHosts(path)
    bad: set[int] = set()
    end = 0
    for at, text in _lines(path):
        end = at + len(text)
        try:
            shared = read_shared(text)
        except contract.ContractError:
            bad.add(at)
            continue
        hosts.note(shared, at)
    if bad:
        _rewrite(path, lambda at: at not in bad, bad)
        return _hosts(directory)
    _cut(path, end)
    return hosts


# ---- evidence.jsonl ---------------------------------------------------------------------------------------------


def _evidence(directory: Path, wanted: Wanted, hosts: KnownHosts) -> Resumed | None:
    path = directory / EVIDENCE
    found = _found(path, wanted, hosts)
    apart = _apart(found, wanted)
    if apart and not wanted.adopt:
        raise ResumeError(
            f"{directory} holds another run: {'; '.join(apart)}. Begin a new one without --resume, or go on with "
            "--adopt: what is done stays as it was asked."
        )
    if not found.domains and (apart or found.head is None or not wanted.told):  # see `Wanted.told`
        return None
    if apart or found.head is None:
        return _adopted(path, wanted, hosts, found)
    _tidy(path, found)
    return Resumed(found.head, frozenset(found.places), Standing(found.head.rows or 0, len(found.places), hosts))


def _found(path: Path, wanted: Wanted, hosts: KnownHosts) -> _Found:
    found = _Found()
    for at, text in _lines(path):
        try:
            record = read_record(text)
        except contract.ContractError:
            found.bad.add(at)
            continue
        if isinstance(record, RunEvidence):
            found.head, found.first = record, (at, len(text))
        elif isinstance(record, DomainEvidence | Row) and _is_done(record, wanted, hosts):
            found.places[record.input.line] = (at, len(text))
            found.domains = found.domains or isinstance(record, DomainEvidence)
        if isinstance(record, DomainEvidence):
            found.aged = record.sightings is not None
    return found


def _is_done(record: DomainEvidence | Row, wanted: Wanted, hosts: KnownHosts) -> bool:
    if isinstance(record, Row):
        return record.reason != INTERRUPTED
    if wanted.max_age is not None and wanted.config.clock() - record.observed_at > wanted.max_age:
        return False
    named: tuple[Probe[Any], ...] = (*record.visits, *record.fetches, *record.hellos)
    return all(map(hosts.names, named))


def _apart(found: _Found, wanted: Wanted) -> list[str]:
    """In what the run is another than the one that is wanted."""
    if found.head is None:
        return ["its run record is damaged"] if found.places or found.bad else []
    if found.head.merged:
        raise ResumeError("What several runs gathered was put together here: go on with each of them instead.")
    apart = differences(found.head, wanted.config, wanted.digests)
    if found.aged is not None and found.aged != (wanted.config.history is not None):
        apart.append(f"history: {'some' if found.aged else 'none'} then, {'none' if found.aged else 'some'} now")
    return apart


def _adopted(path: Path, wanted: Wanted, hosts: KnownHosts, found: _Found) -> Resumed:
    """Keep the domains that the list still names in the same way, to stand behind a new run record."""
    kept = path.with_name(KEPT)
    at = {place for place, _ in found.places.values()}
    done: set[int] = set()

    def lines() -> Iterator[bytes]:
        for place, text in _lines(path):
            record = read_record(text) if place in at else None
            target = wanted.targets.get(record.domain) if isinstance(record, DomainEvidence) else None
            if isinstance(record, DomainEvidence) and target is not None and target.options == record.options:
                done.add(target.input.line)
                yield contract.line(replace(record, input=target.input))
            elif isinstance(record, DomainEvidence) or place in found.bad:
                _quarantine(path, text)

    _write(kept, lines())
    return Resumed(None, frozenset(done), Standing(0, len(done), hosts, kept))


def _tidy(path: Path, found: _Found) -> None:
    """Leave the run record and what is done, and nothing else."""
    stays = {found.first, *found.places.values()}
    end = max(at + size for at, size in stays)
    if found.bad or end != sum(size for _, size in stays):
        starts = {at for at, _ in stays}
        _rewrite(path, lambda at: at in starts, found.bad)
    else:
        _cut(path, end)


# ---- files ------------------------------------------------------------------------------------------------------


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with the places where they begin, but for a torn one at its end."""
    at = 0
    with path.open("rb") as file:
        while text := file.readline(MAX_LINE):
            if not text.endswith(b"\n") and len(text) < MAX_LINE:
                return
            yield at, text
            at += len(text)


def _quarantine(path: Path, text: bytes) -> None:
    """Put a line where a person can look at it."""
    with path.with_suffix(".bad").open("ab") as file:
        file.write(text if text.endswith(b"\n") else text + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _rewrite(path: Path, stays: Callable[[int], bool], bad: set[int]) -> None:
    """Write a file anew, of the lines that stay; damaged ones are put aside first."""
    for at, text in _lines(path):
        if at in bad:
            _quarantine(path, text)
    new = path.with_name(f".{path.name}.new")
    _write(new, (text for at, text in _lines(path) if stays(at)))
    new.replace(path)
    sync_directory(path.parent)


def _write(path: Path, texts: Iterator[bytes]) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(texts)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _cut(path: Path, size: int) -> None:
    """Cut off what comes behind, if there is anything."""
    if path.stat().st_size != size:
        with path.open("rb+") as file:
            file.truncate(size)
            file.flush()
            os.fsync(file.fileno())
