"""`mxaudit spf check`: what a receiver makes of one client."""

from __future__ import annotations

import ipaddress
import platform
import sys
import time
from collections.abc import Mapping
from typing import Any

import rich_click as click

from audit import contract
from audit.cli.asking import ask, asking_dns
from audit.cli.messages import UserError, coloured, folded
from audit.model.fact import Unknown
from audit.pipeline.exits import Exit
from audit.protocol.spf.check_host import check_host
from audit.protocol.spf.lookups import MAX_TERMS, MAX_VOIDS
from audit.protocol.spf.outcome import UNKNOWN, SpfOutcome, SpfQuery, SpfResult
from audit.report.reasons import reason
from audit.report.words import plural
from audit.syntax.escape import octet_text, visible

COLOURS = {
    SpfResult.PASS: "green",
    SpfResult.FAIL: "red",
    SpfResult.PERMERROR: "red",
    SpfResult.SOFTFAIL: "yellow",
    SpfResult.TEMPERROR: "yellow",
}
MEANING = {
    SpfResult.NONE: "There is nothing to check the client against.",
    SpfResult.NEUTRAL: "The domain says neither that the client may send nor that it may not.",
    SpfResult.PASS: "The client may send for the domain.",
    SpfResult.FAIL: "The domain says that the client may not send for it.",
    SpfResult.SOFTFAIL: "The domain says that the client may probably not send for it.",
    SpfResult.TEMPERROR: "The DNS did not answer; a receiver tries again later, or goes without SPF.",
    SpfResult.PERMERROR: "The records are in error, so it cannot be told whether the client may send.",
}
IDENTITIES = {"mailfrom": "MAIL FROM", "helo": "HELO"}
SHOWN = 4096
MAX_NAMED = 1024  # octets of a name or path that is asked for: SMTP allows a quarter of that (RFC 5321 section 4.5.3.1)
EPILOG = (
    "Exit codes: 0 there is a result, whatever it is; 2 the command is wrong; 3 the check could not be ended, because "
    "time was over or the answers are not to be believed: the result is then temperror."
)


@click.command(epilog=EPILOG)
@click.option("--ip", required=True, metavar="ADDRESS", help="The client's address.")
@click.option("--mail-from", metavar="PATH", help="What it says after MAIL FROM; '' or '<>': the null path.")
@click.option("--helo", metavar="NAME", help="What it says after HELO or EHLO; checked itself when there is no path.")
@click.option("--receiver", metavar="NAME", help="The host that checks, for explanations; default: this one.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@asking_dns
def check(**given: Any) -> None:
    """Check a client as a receiver of its mail does: check_host() of RFC 7208.

    One of --mail-from and --helo is needed, and both are better: records may refer to either.
    """
    query = _query(given)
    fact = ask(check_host(query), given)
    outcome = _unended(query, fact) if isinstance(fact, Unknown) else fact.value
    if given["as_json"]:
        click.echo(contract.pretty(_as_json(query, outcome)), nl=False)
    else:
        text = _as_text(query, outcome, colour=coloured(given["color"], sys.stdout))
        click.echo(text, nl=False, color=True)
    sys.exit(Exit.INCOMPLETE if isinstance(fact, Unknown) else Exit.OK)


def _query(given: Mapping[str, Any]) -> SpfQuery:
    """The client that the options describe."""
    path = (given["mail_from"] or "").removeprefix("<").removesuffix(">")
    helo = given["helo"] or ""
    if not path and not helo:
        raise UserError("Name the sender: --mail-from, --helo, or best both. A null path needs --helo.")
    for option, text in (("--mail-from", path), ("--helo", helo)):
        if len(text) > MAX_NAMED or any(ord(c) < 0x20 or ord(c) == 0x7F for c in text):
            raise UserError(f"{option} takes what a mail server can be told, not “{visible(text, 60)}”.")
    address = given["ip"].removeprefix("[").removesuffix("]")
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        raise UserError(f"--ip takes an address such as 192.0.2.1, not “{visible(address, 60)}”.") from None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.scope_id is not None:
        raise UserError("--ip takes an address without a zone: what is behind % means something on one host only.")
    receiver = given["receiver"] or platform.node() or UNKNOWN
    return SpfQuery(str(parsed), path, helo, receiver=receiver, now=int(time.time()))


def _unended(query: SpfQuery, hole: Unknown) -> SpfOutcome:
    """RFC 7208 section 4.6.4: who runs out of time has a temporary error."""
    return SpfOutcome(SpfResult.TEMPERROR, query.domain, query.identity, reason=hole.reason, hole=hole)


def _as_json(query: SpfQuery, outcome: SpfOutcome) -> Mapping[str, Any]:
    path = [{"domain": octet_text(m.domain), "term": octet_text(m.term, SHOWN)} for m in outcome.path]
    return {
        "result": str(outcome.result),
        "explanation": outcome.explanation,
        "ip": str(query.address),
        "identity": outcome.identity,
        "domain": octet_text(outcome.domain, SHOWN),
        "matched": path[-1] if path else None,
        "path": path,
        "lookups": outcome.lookups,
        "voids": outcome.voids,
        "reason": _why(outcome),
        "place": None if outcome.place is None else octet_text(outcome.place, SHOWN),
        "questions": [p.key for p in outcome.hole.probes] if outcome.hole else [],
    }


def _why(outcome: SpfOutcome) -> str | None:
    return reason(outcome.hole.reason).sentence if outcome.hole else outcome.reason


def _as_text(query: SpfQuery, outcome: SpfOutcome, *, colour: bool) -> str:
    result = str(outcome.result)
    shown = click.style(result, fg=COLOURS.get(outcome.result), bold=True) if colour else result
    name = octet_text(outcome.domain, SHOWN) or "no domain"
    rows = [("checked", f"{query.address} for {name} ({IDENTITIES[outcome.identity]})")]
    rows += [
        ("by" if i == 0 else "", f"{octet_text(m.term)}  in {octet_text(m.domain)}") for i, m in enumerate(outcome.path)
    ]
    why = _why(outcome)
    if why:
        place = f" ({octet_text(outcome.place)})" if outcome.place else ""
        rows.append(("because", f"{why.removesuffix('.')}{place}." if why.endswith(".") else f"{why}{place}"))
    rows += [("asked", p.key) for p in (outcome.hole.probes if outcome.hole else ())]
    if outcome.explanation is not None:
        rows.append(("they say", visible(outcome.explanation, SHOWN)))
    cost = f"{plural(outcome.lookups, 'lookup')} ({MAX_TERMS} at most), {outcome.voids} in vain ({MAX_VOIDS} at most)"
    rows.append(("cost", cost))
    head = folded(f"{result}: {MEANING[outcome.result]}").replace(result, shown, 1)
    return "\n".join((head, *(folded(text, f"  {label:<9} ") for label, text in rows), ""))
