"""What `mxaudit smtp` found, for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from audit.cli import smtp_probes
from audit.cli.smtp_depth import Clean, lines
from audit.cli.smtp_probes import ProbeResult
from audit.desk.account import Account, Told
from audit.gather.depth import Spared
from audit.model.dialogue import Dialogue, Ending, Part, Step
from audit.model.probe import TlsShown
from audit.report.pen import Pen
from audit.report.reasons import reason
from audit.rules.server_tls import ServerTls
from audit.syntax import x509

SIDES = {
    "ours": "on your side",
    "theirs": "on the server's side",
    "recipient": "on the recipient's side",
    "network": "on the way between",
    "none": "",
    "unknown": "",
}
GREEN, RED, DIM, BOLD = "32", "31", "2", "1"
LABEL = 12
LINES_SHOWN = 4  # of a reply, where there is no -v


STAGES = {
    Part.RESOLVE: "the lookup of the name",
    Part.CONNECT: "the connection",
    Part.BANNER: "the greeting",
    Part.TLS: "the TLS handshake",
    Part.CERTIFICATE: "the certificate",
    Part.EHLO_TLS: "EHLO within TLS",
    Part.MESSAGE: "the message",
}
CLOSED = frozenset({Ending.REFUSED, Ending.TIMEOUT, Ending.UNREACHABLE})
UNTRIED = (
    "The login was not tried: nowhere did it get so far. It is sent on the ports for mail programs (587, 465, 2525), "
    "or on one that you name, and over TLS that holds. To a host outside the domain, which only its SRV records name, "
    "it is not sent: name that host yourself, as in `mxaudit smtp HOST:587`."
)
SPARED = {
    Spared.SHARED: "TLS was not tried in depth: this server is one of the few that a provider has for everybody.",
    Spared.TURNED_AWAY: "TLS was not tried in depth: the server turned us away.",
    Spared.INTERRUPTED: "TLS was not tried in depth to the end: that was interrupted.",
}


Deeper: TypeAlias = ServerTls | Spared | None


@dataclass(frozen=True, slots=True)
class Found:
    """What came out; `login_tried` is null where there was no login to try. `deeper` is, of each account, what else the
    server's TLS takes, or why that is not known, null where nobody wanted to know; `probes` are those that its user
    wanted."""

    accounts: tuple[Account, ...]
    login_tried: bool | None
    deeper: tuple[Deeper, ...]
    probes: tuple[tuple[ProbeResult, ...], ...]

    def each(self) -> Iterator[tuple[Account, Deeper, tuple[ProbeResult, ...]]]:
        """What there is to tell of each dialogue."""
        yield from zip(self.accounts, self.deeper, self.probes, strict=True)

    @property
    def good(self) -> bool:
        """Whether something works, and nothing that answers fails: of ports that were only compared some may be
        closed."""
        answering = [a for a in self.accounts if not _closed(a)]
        return bool(answering) and all(a.good for a in answering) and self.login_tried is not False


def _closed(account: Account) -> bool:
    return account.stage is Part.CONNECT and account.dialogue.last.ending in CLOSED


def reasoned(dialogue: Dialogue) -> Dialogue:
    """With a sentence where the DNS gave no answer for a reason that has a code."""
    steps = tuple(
        replace(s, detail=reason(s.detail).sentence) if s.ending is Ending.NO_ANSWER and s.detail else s
        for s in dialogue.steps
    )
    return replace(dialogue, steps=steps)


def whole(found: Found, pen: Pen, clean: Clean, *, verbose: bool) -> str:
    """The answer for people: what decides first, then the stages. Of several ports those that are closed are told in
    one line."""
    text: list[str] = []
    several = len(found.accounts) > 1
    if several:
        text += [*_table(found.accounts, pen), ""]
    if found.login_tried is False and (several or found.accounts[0].good):
        text += [*(pen.paint(line, RED) for line in pen.write(UNTRIED)), ""]
    told = list(found.each())
    for each, deeper, probes in [t for t in told if verbose or not (several and _closed(t[0]))] or told[:1]:
        text += [*_one(each, probes, pen, verbose=verbose), *_deeper(deeper, pen, clean)]
    return "\n".join(text).rstrip() + "\n"


def _deeper(found: Deeper, pen: Pen, clean: Clean) -> Iterator[str]:
    if isinstance(found, Spared):
        yield from (*pen.write(SPARED[found], "  "), "")
    elif found is not None:
        yield from (*lines(found, pen, clean), "")


def _table(accounts: tuple[Account, ...], pen: Pen) -> Iterator[str]:
    for each in accounts:
        mark = pen.paint("ok ", GREEN) if each.good else pen.paint("no ", RED)
        first, *rest = pen.write(f"{_place(each)}: {each.cause}", first="   ")
        yield mark + first[3:]
        yield from rest


def _place(account: Account) -> str:
    one = account.dialogue
    way = "TLS from the start" if one.implicit_tls else "STARTTLS"
    where = f" [{one.address}]" if one.address and one.address != one.host else ""
    return f"{one.host}:{one.port}{where} ({way})"


def _one(account: Account, probes: tuple[ProbeResult, ...], pen: Pen, *, verbose: bool) -> Iterator[str]:
    yield from (pen.paint(line, BOLD) for line in pen.write(_place(account)))
    verdict = "It works." if account.good else f"It fails at {_stage(account.stage)}."
    hue = GREEN if account.good else RED
    yield from (pen.paint(line, hue) for line in pen.write(f"{verdict} {account.cause}", "  "))
    if not account.good and SIDES[account.side]:
        yield from pen.write(f"The cause lies {SIDES[account.side]}.", "  ")
    for number, text in enumerate(account.advice, 1):
        yield from pen.write(text, f"  {number}. ")
    for note in account.notes:
        yield from pen.write(note, "  Note: ", "  ")
    yield ""
    for result in probes:
        yield from smtp_probes.lines(result, pen)
    if probes:
        yield ""
    for told in account.stages:
        yield from _stage_lines(told, account.dialogue.tls, pen, verbose=verbose)
    yield ""


def _stage(part: Part) -> str:
    return STAGES.get(part, part.value.upper())


def _stage_lines(told: Told, tls: TlsShown | None, pen: Pen, *, verbose: bool) -> Iterator[str]:
    step = told.step
    took = f"{step.elapsed_ms:,.0f} ms" if step.elapsed_ms is not None else ""
    name = f"  {step.part.value:<{LABEL}}"
    mark = pen.paint(f"{step.ending.value.replace('_', ' '):<{LABEL}}", GREEN if told.good else RED)
    if pen.roomy:
        yield f"{name} {mark} {took:>9}".rstrip()
    else:
        yield f"{name} {mark}".rstrip()
    for text in (*_details(step, tls, verbose=verbose), *told.more):
        yield from (pen.paint(line, DIM) for line in pen.write(text, "      "))


def _details(step: Step, tls: TlsShown | None, *, verbose: bool) -> Iterator[str]:
    if step.said is not None and (verbose or step.ending is not Ending.OK):
        yield f"> {step.said}"
    if step.reply is not None:
        shown = step.reply.lines if verbose else step.reply.lines[:LINES_SHOWN]
        for line in shown:
            yield f"{step.reply.code} {line}"
        if len(shown) < len(step.reply.lines):
            yield f"and {len(step.reply.lines) - len(shown)} lines more (-v shows all)"
    elif step.detail is not None and step.part is not Part.RESOLVE:
        yield step.detail
    if tls is not None and step.part is Part.TLS:
        yield " ".join(filter(None, (tls.version, tls.cipher, tls.group)))
    if tls is not None and step.part is Part.CERTIFICATE and tls.chain:
        yield from _leaf(tls.chain[0])


def _leaf(der: bytes) -> Iterator[str]:
    leaf = x509.parse(der)
    if not leaf.readable:
        yield "a certificate that cannot be read"
        return
    names = leaf.dns_names[:4]
    yield f"for {', '.join(names) or 'no name'}{' …' if len(leaf.dns_names) > len(names) else ''}"
    if leaf.not_before is not None and leaf.not_after is not None:
        yield f"valid from {leaf.not_before:%Y-%m-%d} to {leaf.not_after:%Y-%m-%d}"
