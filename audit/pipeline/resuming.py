"""Go on with a run that was cut short: what of its evidence is whole, stays, and is not asked for again.

A run is its run record: list, settings, resolvers, catalogue and version. If one of them is another now, what came
before and what would come now do not belong into one report, so that is refused unless the user adopts it. Of what is
there a torn last line is cut off; a damaged line goes to evidence.bad or hosts.bad, and what it was about is audited
again. A file from whose middle something is to go is written anew beside it, and renamed.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

from audit import __version__, contract
from audit.gather.domain import Target
from audit.model.evidence import Digests, DomainEvidence, Row, RunEvidence
from audit.model.probe import Probe
from audit.pipeline.config import RunConfig
from audit.pipeline.ending import EVIDENCE, HOSTS, unfinished
from audit.pipeline.hosts import KnownHosts, read_shared
from audit.pipeline.journal import INTERRUPTED, Standing
from audit.pipeline.rewriting import cut, quarantine, rewrite, whole_lines, write
from audit.pipeline.shelf import Index, LastOf, Numbers
from audit.pipeline.store import read_record
from audit.syntax.escape import visible

KEPT = ".evidence.kept"


class ResumeError(Exception):
    """The run cannot be gone on with; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The run as it would be begun now."""

    config: RunConfig
    digests: Digests
    rows: Iterable[Target | Row]  # of the list, as often as they are wanted
    adopt: bool = False  # whether a run that was another is gone on with all the same
    max_age: timedelta | None = None
    told: bool = False  # whether the run record was given; else one without domains may not have seen its vantage whole


@dataclass(frozen=True, slots=True)
class Resumed:
    """What stays of a run. Without a `head` the vantage is looked at anew."""

    head: RunEvidence | None
    lines: Set[int]  # of the list, that are done
    standing: Standing


@dataclass(slots=True)
class _Found:
    """What evidence.jsonl holds: where the run record is and how long, of each line of the list that is done the last
    record, and what is damaged. `domains`: whether any is done. `aged`: whether they were told what earlier runs saw of
    them."""

    head: RunEvidence | None = None
    first: tuple[int, int] = (0, 0)
    places: LastOf = field(default_factory=LastOf)
    bad: array[int] = field(default_factory=lambda: array("Q"))
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
    bad = array("Q")
    end = 0
    for at, text in whole_lines(path):
        end = at + len(text)
        try:
            shared = read_shared(text)
        except contract.ContractError:
            bad.append(at)
            continue
        hosts.note(shared, at)
    if bad:
        damaged = Numbers(bad)
        rewrite(path, lambda at: at not in damaged, damaged)
        return _hosts(directory)
    cut(path, end)
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
    return Resumed(found.head, found.places.lines(), Standing(found.head.rows or 0, len(found.places), hosts))


def _found(path: Path, wanted: Wanted, hosts: KnownHosts) -> _Found:
    found = _Found()
    for at, text in whole_lines(path):
        try:
            record = read_record(text)
        except contract.ContractError:
            found.bad.append(at)
            continue
        if isinstance(record, RunEvidence):
            found.head, found.first = record, (at, len(text))
        elif isinstance(record, DomainEvidence | Row) and _is_done(record, wanted, hosts):
            try:
                found.places.note(record.input.line, at, len(text))
            except OverflowError:  # no list has so many lines
                found.bad.append(at)
                continue
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
        return ["its run record is damaged"] if len(found.places) or found.bad else []
    if found.head.merged:
        raise ResumeError("What several runs gathered was put together here: go on with each of them instead.")
    apart = differences(found.head, wanted.config, wanted.digests)
    if found.aged is not None and found.aged != (wanted.config.history is not None):
        apart.append(f"history: {'some' if found.aged else 'none'} then, {'none' if found.aged else 'some'} now")
    return apart


def _adopted(path: Path, wanted: Wanted, hosts: KnownHosts, found: _Found) -> Resumed:
    """Keep the domains that the list still names in the same way, to stand behind a new run record. The list is gone
    through, and what is there is looked up: neither of them is in memory."""
    kept = path.with_name(KEPT)
    offsets = found.places.offsets()
    there = _by_domain(path, offsets)
    done, claimed = array("Q"), array("Q")

    def lines() -> Iterator[bytes]:
        with path.open("rb") as file:
            for target in wanted.rows:
                if not isinstance(target, Target):
                    continue
                for offset in there.offsets(_digest(target.domain)):
                    file.seek(offset)
                    record = read_record(file.readline())
                    if isinstance(record, DomainEvidence) and record.domain == target.domain:
                        if record.options == target.options:
                            done.append(target.input.line)
                            claimed.append(offset)
                            yield contract.line(replace(record, input=target.input))
                        break

    write(kept, lines())
    _put_away(path, offsets, claimed=Numbers(claimed), bad=Numbers(found.bad))
    return Resumed(None, Numbers(done), Standing(0, len(done), hosts, kept))


def _by_domain(path: Path, offsets: Numbers) -> Index:
    """Where the records of domains begin, among those that count."""
    there = Index()
    for at, text in whole_lines(path):
        record = read_record(text) if at in offsets else None
        if isinstance(record, DomainEvidence):
            there.note(_digest(record.domain), at)
    return there


def _put_away(path: Path, offsets: Numbers, *, claimed: Numbers, bad: Numbers) -> None:
    """Put aside the domains that the list does not name any more, or in another way, and what is damaged."""
    for at, text in whole_lines(path):
        left = at in offsets and at not in claimed and isinstance(read_record(text), DomainEvidence)
        if left or at in bad:
            quarantine(path, text)


def _digest(domain: str) -> int:
    return int.from_bytes(blake2b(domain.encode(), digest_size=8).digest())


def _tidy(path: Path, found: _Found) -> None:
    """Leave the run record and what is done, and nothing else."""
    at, size = found.first
    end = max(at + size, found.places.end)
    if found.bad or end != size + found.places.octets:
        starts = found.places.offsets()
        rewrite(path, lambda begin: begin == at or begin in starts, Numbers(found.bad))
    else:
        cut(path, end)
