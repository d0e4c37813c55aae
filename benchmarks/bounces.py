"""`python -m benchmarks.bounces` reads the labelled bounces by ours and by flufl.bounce, and prints what each finds.

flufl.bounce (Mailman's) finds addresses and tells permanent from temporary; it knows no classes, so only that is
compared. Its temporary failures are mails that are still tried or were refused for now.
"""

from __future__ import annotations

import email
import time
from collections.abc import Callable
from dataclasses import dataclass

from flufl.bounce import all_failures

from audit.desk.bounce.reading import read_bounce
from tests.desk.bounce.samples import Sample, samples

Found = tuple[set[str], set[str]]  # addresses given up for good, and for now


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a reader found. `strange`: addresses that are no recipient, or of a mail that is no bounce."""

    name: str
    recipients: int
    found: int
    permanence: int
    hard_by_mistake: int
    strange: int
    milliseconds: float


def ours(octets: bytes) -> Found:
    found = read_bounce(octets)
    failed = [r for r in found.recipients if r.told is not None and r.told.kind.id != "ok"]
    return {r.address for r in failed if r.permanent}, {r.address for r in failed if not r.permanent}


def flufl(octets: bytes) -> Found:
    temporary, permanent = all_failures(email.message_from_bytes(octets))
    known = tuple({a.decode("utf-8", "replace") for a in part} for part in (permanent, temporary))
    return known[0], known[1]


def score(name: str, reader: Callable[[bytes], Found], mails: tuple[Sample, ...]) -> Score:
    """How a reader does over labelled mails; each is read once before, so that nothing is loaded in the time."""
    reader(mails[0].mail)
    began = time.process_time()
    read = [reader(mail.mail) for mail in mails]
    took = time.process_time() - began
    recipients = found = permanence = hard = strange = 0
    for mail, (permanent, temporary) in zip(mails, read, strict=True):
        failed = {x.address.lower(): x.permanent for x in mail.recipients if x.kind not in {"ok", ""}}
        lasting, passing = {a.lower() for a in permanent}, {a.lower() for a in temporary}
        recipients += len(failed)
        found += len(failed.keys() & (lasting | passing))
        permanence += sum(a in (lasting if lasts else passing) for a, lasts in failed.items())
        hard += sum(not failed[a] for a in lasting & failed.keys())
        strange += len((lasting | passing) - failed.keys())
    return Score(
        name=name,
        recipients=recipients,
        found=found,
        permanence=permanence,
        hard_by_mistake=hard,
        strange=strange,
        milliseconds=1000 * took / len(mails),
    )


def table(scores: list[Score]) -> str:
    heads = (
        *("reader", "recipients found", "permanent or not is right", "taken for permanent by mistake"),
        *("strange addresses", "ms a mail"),
    )
    rows = [heads, ("---",) * len(heads), *map(_cells, scores)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(score: Score) -> tuple[str, ...]:
    of = f"of {score.recipients}"
    return (
        *(score.name, f"{score.found} {of}", f"{score.permanence} {of}", f"{score.hard_by_mistake}"),
        *(f"{score.strange}", f"{score.milliseconds:.1f}"),
    )


def main() -> None:
    mails = samples()
    print(table([score("mxaudit", ours, mails), score("flufl.bounce", flufl, mails)]))


if __name__ == "__main__":
    main()
