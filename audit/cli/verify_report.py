"""`mxaudit verify-report`: whether evidence and reports are as they were written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import rich_click as click

from audit.cli.messages import UserError, folded
from audit.pipeline.exits import Exit
from audit.pipeline.verifying import Outcome, Verified, verify, wanted
from audit.syntax.escape import visible

CODES = {
    Outcome.UNALTERED: Exit.OK,
    Outcome.CONSISTENT: Exit.OK,
    Outcome.ALTERED: Exit.FINDINGS,
    Outcome.UNCHECKED: Exit.INCOMPLETE,
}
SENTENCES = {
    Outcome.UNALTERED: "unaltered: evidence and reports are those of the digest that was given.",
    Outcome.CONSISTENT: "consistent, not authenticated: all agrees, and without a digest that was kept elsewhere "
    "nobody can tell whether all was written anew.",
    Outcome.ALTERED: "altered:",
    Outcome.UNCHECKED: "not checked: there are no digests to hold the files to.",
}


@click.command()
@click.argument("place", metavar="DIR|REPORT", type=click.Path(exists=True, path_type=Path))
@click.option("--digest", metavar="SHA256", help="The digest that the run printed, and that you kept.")
def verify_report(place: Path, digest: str | None) -> None:
    """Tell whether the evidence and reports of a run are as they were written.

    Exit 0: unaltered, or, without a digest, consistent; 1: altered, and where; 3: there is nothing to hold them to.
    """
    kept = None
    if digest is not None and (kept := wanted(digest)) is None:
        raise UserError(f"--digest takes 64 hexadecimal digits, as the run printed them, not “{visible(digest, 80)}”.")
    found = verify(place, kept)
    for line in _told(place, found):
        click.echo(line)
    sys.exit(CODES[found.outcome])


def _told(place: Path, found: Verified) -> Iterator[str]:
    """The outcome, and what it rests on, line by line."""
    yield folded(f"{visible(str(place), 300)}: {SENTENCES[found.outcome]}", "", "  ")
    for text in (
        *found.altered,
        *(f"Checked: {held}." for held in found.held),
        *(f"Not checked: {unchecked}" for unchecked in found.unchecked),
        *([f"Digest of these files: sha256:{found.digest}"] if found.digest else []),
    ):
        yield folded(text, "  ", "    ")
