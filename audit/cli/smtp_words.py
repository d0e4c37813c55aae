"""What `mxaudit smtp` found, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from audit.cli.reply import as_value as reply_value
from audit.desk.account import Account, Told
from audit.model.dialogue import Ending, Part, Step
from audit.model.probe import TlsShown
from audit.report.pen import Pen
from audit.syntax import x509
from audit.syntax.escape import visible

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


def whole(accounts: Sequence[Account], pen: Pen, *, verbose: bool) -> str:
    """The answer for people: what decides first, then the stages."""
    lines: list[str] = []
    if len(accounts) > 1:
        lines += [*_table(accounts, pen), ""]
    for each in accounts:
        lines += _one(each, pen, verbose=verbose)
    return "\n".join(lines)


def _table(accounts: Sequence[Account], pen: Pen) -> Iterator[str]:
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


def _one(account: Account, pen: Pen, *, verbose: bool) -> Iterator[str]:
    yield from (pen.paint(line, BOLD) for line in pen.write(_place(account)))
    verdict = "It works." if account.good else f"It stops at {_stage(account.stage)}."
    hue = GREEN if account.good else RED
    yield from (pen.paint(line, hue) for line in pen.write(f"{verdict} {account.cause}", "  "))
    if not account.good and SIDES[account.side]:
        yield from pen.write(f"The cause lies {SIDES[account.side]}.", "  ")
    for number, text in enumerate(account.advice, 1):
        yield from pen.write(text, f"  {number}. ")
    for note in account.notes:
        yield from pen.write(note, "  Note: ", "  ")
    yield ""
    for told in account.stages:
        yield from _stage_lines(told, account.dialogue.tls, pen, verbose=verbose)
    yield ""


def _stage(part: Part) -> str:
    return {Part.EHLO_TLS: "EHLO within TLS", Part.TLS: "the TLS handshake", Part.CERTIFICATE: "the certificate"}.get(
        part, part.value if part in {Part.RESOLVE, Part.CONNECT, Part.BANNER, Part.MESSAGE} else part.value.upper()
    )


def _stage_lines(told: Told, tls: TlsShown | None, pen: Pen, *, verbose: bool) -> Iterator[str]:
    step = told.step
    took = f"{step.elapsed_ms:,.0f} ms" if step.elapsed_ms is not None else ""
    name = f"  {step.part.value:<{LABEL}}"
    mark = pen.paint(f"{step.ending.value.replace('_', ' '):<{LABEL}}", GREEN if told.good else RED)
    if pen.roomy:
        yield f"{name} {mark} {took:>9}"
    else:
        yield f"{name} {mark}".rstrip()
    for text in _details(step, tls, verbose=verbose):
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
    elif step.detail is not None:
        yield step.detail
    yield from step.problems
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


def value(accounts: Sequence[Account]) -> dict[str, Any]:
    """The answer for programs."""
    return {"ok": good(accounts), "dialogues": tuple(map(_value, accounts))}


def good(accounts: Sequence[Account]) -> bool:
    """Whether something works, and nothing that answers fails: of ports that were only compared some may be closed."""
    closed = {Ending.REFUSED, Ending.TIMEOUT, Ending.UNREACHABLE}
    open_ones = [a for a in accounts if not (a.stage is Part.CONNECT and a.dialogue.last.ending in closed)]
    return bool(open_ones) and all(a.good for a in open_ones)


def _value(account: Account) -> Mapping[str, Any]:
    one = account.dialogue
    return {
        "host": one.host,
        "port": one.port,
        "address": one.address or None,
        "implicit_tls": one.implicit_tls,
        "ok": account.good,
        "stage": account.stage,
        "cause": visible(account.cause, 2000),
        "side": account.side,
        "advice": account.advice,
        "notes": tuple(visible(n, 2000) for n in account.notes),
        "mechanism": one.mechanism,
        "offered_in_clear": one.before,
        "offered_in_tls": one.after,
        "injected": one.injected,
        "tls": None if one.tls is None else _tls(one.tls),
        "stages": tuple(_stage_value(told) for told in account.stages),
    }


def _tls(shown: TlsShown) -> Mapping[str, Any]:
    leaf = x509.parse(shown.chain[0]) if shown.chain else None
    return {
        "version": shown.version,
        "cipher": shown.cipher,
        "bits": shown.bits,
        "group": shown.group,
        "certificates": len(shown.chain),
        "names": leaf.dns_names[:100] if leaf else (),
        "not_before": leaf.not_before if leaf else None,
        "not_after": leaf.not_after if leaf else None,
    }


def _stage_value(told: Told) -> Mapping[str, Any]:
    step = told.step
    return {
        "stage": step.part,
        "ending": step.ending,
        "elapsed_ms": step.elapsed_ms,
        "said": step.said,
        "reply": None if step.reply is None else {"code": step.reply.code, "lines": step.reply.lines},
        "detail": step.detail,
        "problems": step.problems,
        "means": told.means,
        "side": told.side,
        "advice": told.advice,
        "diagnosis": None if told.diagnosis is None else reply_value(told.diagnosis),
    }
