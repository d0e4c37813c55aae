"""The programs that are measured, and how it is known that they did their work: ours, the checkdmarc CLI, dnsperf.

checkdmarc's own command asks one domain after the other; ours is told to leave mail and web servers alone, as that one
does. Both ask the same servers for the same domains, though not the same questions: each row says how many.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from enum import Enum
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from benchmarks import zones
from benchmarks.measure import Cost, Wrong, run
from benchmarks.servers import NEAR, World, program

LONGEST_COVERAGE = 1 << 20  # bytes
WELL = frozenset({"noerror", "nodata", "nxdomain", "lame"})  # lame: how a referral by the parents is written down
OURS = (sys.executable, "-m", "audit")
QUIET = ("--no-progress", "-q")
LISTS = ",".join(zones.LISTS)


class Asks(Enum):
    """How much is asked of a domain. checkdmarc knows no DKIM, so beside it none is guessed: two keys are named."""

    AS_THE_CLI = "DKIM not guessed"
    ALL = "all asked"
    ALL_AND_LISTS = f"all, and {len(zones.LISTS)} blocklists (paced)"


def listed(place: Path, numbers: range, asks: Asks = Asks.ALL) -> Path:
    """A list of domains for our command."""
    named = f" selectors={','.join(zones.SELECTORS)}" if asks is Asks.AS_THE_CLI else ""
    file = place / f"list-{asks.name}-{numbers.start}-{len(numbers)}.txt"
    file.write_text("".join(f"{zones.domain(number)}{named}\n" for number in numbers))
    return file


def asking(command: str, place: Path, domains: Path, out: Path, asks: Asks = Asks.ALL) -> tuple[str, ...]:
    """Our command for a list, within the world."""
    return (
        *(*OURS, command, str(domains), "--out-dir", str(out), "--nameserver", NEAR, "--no-smtp", "--no-https"),
        *(
            "--no-second-opinion",
            "--dnsbl",
            LISTS if asks is Asks.ALL_AND_LISTS else "none",
            "--trust-anchor",
            str(place / "anchor"),
        ),
        *("--allow-net", "127.0.0.0/8", "--allow-net", "fd00::/8", *QUIET),
        *("--dkim-guesses", "none" if asks is Asks.AS_THE_CLI else "all"),
        *(("--fail-on", "never", "--max-unknown", "100") if command == "run" else ()),  # it is looked at below
    )


def judging(evidence: Path, out: Path) -> tuple[str, ...]:
    return (*OURS, "judge", str(evidence), "--out-dir", str(out), "--fail-on", "never", "--max-unknown", "100", *QUIET)


def afterwards(run: Path) -> dict[str, tuple[str, ...]]:
    """What is done with a run later: its report in another format, and its evidence beside another's, here its own."""
    return {
        "render": (*OURS, "render", str(run / "report.json"), "-o", f"csv={run / 'again.csv'}"),
        "merge": (*OURS, "merge", str(run), str(run), "--out-dir", str(run / "merged"), *QUIET),
    }


def checked_evidence(directory: Path, domains: int) -> int:
    """The questions whose answers the evidence of a run holds, over all its domains.

    Raises:
        Wrong: a domain is missing, or an answer says nothing about its name.
    """
    audited = answers = 0
    for record in _records(directory / "evidence.jsonl"):
        if record["kind"] != "domain":
            continue
        audited += 1
        for asked in record["answers"]:
            answers += 1
            if asked["answer"]["status"] not in WELL:
                raise Wrong(f"{record['domain']}: {asked['question']} was answered with {asked['answer']['status']}")
    if audited != domains:
        raise Wrong(f"{audited} of {domains} domains were audited")
    return answers


def checked_report(directory: Path, domains: int) -> None:
    """Look at a report's own count, without reading all of it: it may be larger than memory.

    Raises:
        Wrong: a domain is missing in the report, or something could not be tested.
    """
    with (directory / "report.json").open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
        start = text.find(b'"coverage"')
        if start < 0:
            raise Wrong("the report has no coverage")
        begun = text[(brace := text.find(b"{", start)) : brace + LONGEST_COVERAGE].decode(errors="replace")
    coverage, _ = json.JSONDecoder().raw_decode(begun)
    if coverage["audited"] != domains or coverage["unknown"]:
        raise Wrong(f"{coverage['audited']} of {domains} were audited, {coverage['unknown']} checks were not made")
    if not (directory / "index.html").exists():
        raise Wrong("there is no index.html")


def checkdmarc(place: Path, numbers: range, world: World, cores: set[int]) -> Cost:
    """checkdmarc's own command over some domains.

    Raises:
        Wrong: it is missing, or it did not find the SPF and DMARC records that are there.
    """
    command = str(Path(sys.executable).with_name("checkdmarc"))  # of our own environment: its release is pinned
    out = place / "checkdmarc.json"
    names = [zones.domain(number) for number in numbers]
    cost = run((command, *names, "-n", NEAR, "-o", str(out)), world=world, cores=cores)
    found = json.loads(out.read_text())
    found = [found] if isinstance(found, dict) else found  # of a single domain it writes no list
    sound = [d["domain"] for d in found if d["spf"].get("valid") and d["dmarc"].get("valid")]
    if sorted(sound) != sorted(names):
        raise Wrong(f"checkdmarc found {len(sound)} of {len(names)} domains sound")
    return cost


def asked(module: str, server: str, *arguments: int, world: World, cores: set[int]) -> dict[str, float]:
    """What `benchmarks.asker` or `benchmarks.codec` measured of itself.

    Raises:
        Wrong: an answer said nothing.
    """
    command = (sys.executable, "-m", f"benchmarks.{module}", server, *map(str, arguments))
    found: dict[str, float] = json.loads(run(command, world=world, cores=cores).said)
    if found["questions"] != found["speaking"]:
        raise Wrong(f"{module}: {found['speaking']} of {found['questions']} questions were answered")
    return found


def dnsperf(place: Path, domains: int, in_flight: int, world: World, cores: set[int]) -> float | None:
    """The questions that dnsperf gets answered in a second; None where it is not installed.

    Raises:
        Wrong: not all came.
    """
    command = program("dnsperf")
    if command is None:
        return None
    questions = [f"{name} {rdtype}\n" for number in range(domains) for name, rdtype in zones.questions(number)]
    file = place / "questions.txt"
    file.write_text("".join(questions))
    words = (command, "-s", NEAR, "-d", str(file), "-n", "1", "-c", "16", "-q", str(in_flight), "-e")
    said = run(words, world=world, cores=cores).said
    completed, rate = (
        re.search(pattern, said) for pattern in (r"Queries completed:\s+(\d+)", r"per second:\s+([\d.]+)")
    )
    if not completed or not rate or int(completed[1]) != len(questions):
        raise Wrong(f"dnsperf did not get every answer: {said[-800:]}")
    return float(rate[1])


def _records(file: Path) -> Iterator[dict[str, Any]]:
    with file.open("rb") as lines:
        for line in lines:
            yield json.loads(line)
