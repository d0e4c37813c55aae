"""What `mxaudit smtp` found, for programs: what `schemas/smtp.json` describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.cli import smtp_depth, smtp_probes
from audit.cli.reply import as_value as reply_value
from audit.cli.smtp_depth import Clean
from audit.cli.smtp_probes import ProbeResult
from audit.cli.smtp_words import SPARED, Deeper, Found
from audit.desk.account import Account, Told
from audit.gather.depth import Spared
from audit.model.probe import Reply, TlsShown
from audit.rules.server_tls import ServerTls
from audit.syntax import x509
from audit.syntax.escape import visible

SCHEMA = "https://mxaudit.example/schemas/smtp-1.json"
NAMES_SHOWN = 100


def value(found: Found, clean: Clean) -> dict[str, Any]:
    """The answer for programs."""
    return {
        "schema": SCHEMA,
        "ok": found.good,
        "login_tried": found.login_tried,
        "dialogues": tuple(_value(*each, clean) for each in found.each()),
    }


def _value(account: Account, deeper: Deeper, probes: tuple[ProbeResult, ...], clean: Clean) -> Mapping[str, Any]:
    one = account.dialogue
    left_out = (SPARED[deeper],) if isinstance(deeper, Spared) else ()
    return {
        "host": one.host,
        "port": one.port,
        "address": one.address or None,
        "implicit_tls": one.implicit_tls,
        "ok": account.good,
        "stage": account.stage,
        "cause": visible(account.cause, 2000),
        "side": account.side,
        "advice": tuple(visible(a, 2000) for a in account.advice),
        "notes": tuple(visible(n, 2000) for n in (*account.notes, *left_out)),
        "mechanism": one.mechanism,
        "offered_in_clear": one.before,
        "offered_in_tls": one.after,
        "injected": one.injected,
        "tls": None if one.tls is None else _tls(one.tls, deeper, clean),
        "stages": tuple(map(_stage_value, account.stages)),
        "probes": tuple(map(smtp_probes.value, probes)),
    }


def _tls(shown: TlsShown, deeper: Deeper, clean: Clean) -> Mapping[str, Any]:
    leaf = x509.parse(shown.chain[0]) if shown.chain else None
    return {
        "version": shown.version,
        "cipher": shown.cipher,
        "bits": shown.bits,
        "group": shown.group,
        "certificates": len(shown.chain),
        "names": tuple(visible(n) for n in leaf.dns_names[:NAMES_SHOWN]) if leaf else (),
        "not_before": leaf.not_before if leaf else None,
        "not_after": leaf.not_after if leaf else None,
        "depth": smtp_depth.value(deeper, clean) if isinstance(deeper, ServerTls) else None,
    }


def _stage_value(told: Told) -> Mapping[str, Any]:
    step = told.step
    return {
        "stage": step.part,
        "ending": step.ending,
        "elapsed_ms": step.elapsed_ms,
        "said": step.said,
        "reply": _reply(step.reply),
        "detail": step.detail,
        "problems": step.problems,
        "means": None if told.means is None else visible(told.means, 2000),
        "more": tuple(visible(m, 2000) for m in told.more),
        "side": told.side,
        "advice": tuple(visible(a, 2000) for a in told.advice),
        "diagnosis": None if told.diagnosis is None else reply_value(told.diagnosis),
    }


def _reply(reply: Reply | None) -> Mapping[str, Any] | None:
    return None if reply is None else {"code": reply.code, "lines": reply.lines}
