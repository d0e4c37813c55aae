"""`mxaudit reply`: what an SMTP reply means, and what to do about it."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

import rich_click as click

from audit import contract
from audit.catalog.advice import AdviceFact
from audit.cli.messages import UserError, coloured
from audit.cli.reply_text import told
from audit.cli.terminal import columns
from audit.desk.diagnosis import Diagnosis, diagnose
from audit.desk.rates import plan_for
from audit.desk.reading import MAX_REPLIES, several
from audit.desk.retry import waits
from audit.pipeline.exits import Exit

MAX_STDIN = 8 * 1024 * 1024
WAITS_SHOWN = 5
CODE = re.compile(r"[2-5][0-9]{2}-?")
EPILOG = (
    "Exit codes: 0 each reply is explained; 2 the command is wrong, or there is no reply; 3 of one or more of them "
    "nothing is known (class unknown)."
)


@click.command(epilog=EPILOG)
@click.argument("replies", metavar="REPLY…", nargs=-1)
@click.option("--host", metavar="NAME", default="", help="The server that said it, such as mx.google.com.")
@click.option("--plan", "planned", is_flag=True, help="Also when to try again, at what pace, and when to stop.")
@click.option("--json", "as_json", is_flag=True, help="As a JSON object; as a list for several.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def reply(replies: tuple[str, ...], host: str, color: str, *, planned: bool, as_json: bool) -> None:
    """Explain SMTP replies: what each means, whose side it is, whether it lasts, and what to do now.

    Put each REPLY in quotes, as it came: with its code, a line of a log, or what a bounce quotes. "-" reads from
    standard input: replies parted by blank lines, lines of one reply joined, each line of a log by itself.
    """
    found = [diagnose(text, host=host) for text in _texts(replies)]
    if as_json:
        values = [{**as_value(d), **(planned_value(d) if planned else {})} for d in found]
        click.echo(contract.pretty(values[0] if len(values) == 1 else values), nl=False)
    else:
        colour, width = coloured(color, sys.stdout), columns()
        click.echo("\n".join(told(d, colour=colour, width=width, planned=planned) for d in found), nl=False, color=True)
    sys.exit(Exit.INCOMPLETE if any(d.kind.id == "unknown" for d in found) else Exit.OK)


def _texts(given: tuple[str, ...]) -> list[str]:
    """The replies, one text each. Words of one reply that nobody put in quotes are joined."""
    if not given and sys.stdin.isatty():
        raise UserError("Give a reply in quotes, such as “550 5.1.1 User unknown”, or - for standard input.")
    if len(given) > 1 and CODE.fullmatch(given[0]) and not CODE.fullmatch(given[1]):
        given = (" ".join(given),)
    found: list[str] = []
    for word in given or ("-",):
        found += several(_standard_input()) if word == "-" else [word]
    found = [text for text in found if text.strip()]
    if not found:
        raise UserError("There is no reply to explain: the text is empty.")
    if len(found) > MAX_REPLIES:
        raise UserError(f"These are more than {MAX_REPLIES:,} replies; give fewer at once.")
    return found


def _standard_input() -> str:
    data = sys.stdin.buffer.read(MAX_STDIN + 1)
    if len(data) > MAX_STDIN:
        raise UserError(f"Standard input holds more than {MAX_STDIN // 1024 // 1024} MiB; give fewer replies at once.")
    return data.decode("utf-8", "replace")


def planned_value(found: Diagnosis) -> Mapping[str, Any]:
    """The plan for the mail that met a reply, for programs. Times are in seconds after the refusal."""
    plan = plan_for(found)
    return {
        "plan": {
            "tries": [[t.earliest_s, t.latest_s] for t in plan.tries],
            "give_up_s": plan.give_up_s,
            "pace": plan.pace,
            "stop": plan.stop,
            "provider": plan.provider,
            "allows": [_fact(f) for f in plan.allows],
            "asks": [_fact(f) for f in plan.asks],
        }
    }


def _fact(fact: AdviceFact) -> Mapping[str, str]:
    return {"text": fact.text, "checked": fact.checked.isoformat(), "source": fact.source}


def as_value(found: Diagnosis) -> Mapping[str, Any]:
    """A diagnosis for programs. `pattern` is the text's id in the catalogue, or the code that decided."""
    plan = found.retry.backoff
    decided = {"enhanced_code": f"enhanced:{found.enhanced_code}", "code": f"code:{found.code}"}.get(found.basis)
    return {
        "text": found.text,
        "host": found.host or None,
        "speaker": found.speaker or None,
        "code": found.code,
        "enhanced_code": found.enhanced_code,
        "class": found.kind.id,
        "meaning": found.kind.meaning,
        "cause": found.cause,
        "permanent": found.permanent,
        "side": found.side,
        "retry": {
            "when": found.retry.when,
            "first_s": plan.first_s if plan else None,
            "factor": plan.factor if plan else None,
            "cap_s": plan.cap_s if plan else None,
            "jitter": plan.jitter if plan else None,
            "give_up_s": plan.give_up_s if plan else None,
            "waits_s": waits(plan, WAITS_SHOWN) if plan else (),
        },
        "suppress": found.suppress,
        "rules": found.rules,
        "blocklist": found.blocklist,
        "basis": found.basis,
        "pattern": found.pattern or decided,
        "excerpt": found.excerpt,
        "confidence": found.confidence,
        "advice": found.advice,
    }
