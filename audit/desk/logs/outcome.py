"""A tally as it is written: sorted, bounded, with the advice of the engine and the findings of an audit beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from audit.desk.logs.causes import Cause
from audit.desk.logs.joining import Failure, joined
from audit.desk.logs.measure import Delays
from audit.desk.logs.reading import LogReader
from audit.desk.logs.rises import rises
from audit.desk.logs.tally import Traffic, day_text
from audit.desk.rates import limits
from audit.desk.retry import waits

Value = dict[str, Any]
PLACES, CAUSES, WAITS = 50, 50, 5
OUTCOMES = ("received", "sent", "deferred", "bounced", "expired", "rejected")


def outcome(reader: LogReader, found: Iterable[Failure] | None = None) -> Value:
    """All that is told of logs, as plain values: `found` are the failures of an audit, None where there is none."""
    tally, known = reader.tally, None if found is None else tuple(found)
    causes = tally.causes.top()
    unusual = [rise for place, traffic in tally.providers.items() for rise in rises(place, traffic.days)]
    busiest = sorted(tally.providers.items(), key=lambda item: (-item[1].outcomes.total(), item[0]))
    return {
        "schema": "mxaudit.logs/1",
        "servers": sorted(reader.servers),
        "first": _time(tally.first),
        "last": _time(tally.last),
        "zones": sorted(zone or "not said" for zone in reader.stamps.zones),
        "lines": reader.lines,
        "lines_counted": reader.counted,
        "lines_unparsed": reader.unparsed,
        "unparsed_samples": reader.samples,
        "beginnings_forgotten": tally.forgotten,
        "attempts_without_beginning": tally.unjoined,
        "replies_by_code_alone": tally.causes.by_code_alone,
        "causes_dropped": tally.causes.dropped,
        "totals": {name: tally.totals[name] for name in OUTCOMES}
        | {"octets": tally.octets, "waiting": tally.waiting, "rejected_for_now": tally.totals["rejected_for_now"]},
        "latency_s": _latency(tally.delays),
        "tls": {way: dict(sorted(counts.items())) for way, counts in tally.tls.items()},
        "providers": [_provider(name, traffic) for name, traffic in busiest[:PLACES]],
        "days": [
            {"day": day_text(day), **{name: counts[name] for name in OUTCOMES}}
            for day, counts in sorted(tally.days.items())
        ],
        "causes": [_cause(cause, known) for cause in causes[:CAUSES]],
        "rises": [
            {"provider": r.place, "day": day_text(r.day), "failed": r.failed, "usual": r.usual}
            for r in sorted(unusual, key=lambda r: (-r.day, -r.failed, r.place))[:CAUSES]
        ],
        "rate_limits": [_rate(cause) for cause in causes if cause.told.kind.id == "rate"][:CAUSES],
        "blocklistings": [
            {
                "lists": _top(cause.lists),
                "addresses": _top(cause.addresses),
                "providers": _top(cause.places),
                "count": cause.count,
                "first": _time(cause.first),
                "last": _time(cause.last),
            }
            for cause in causes
            if cause.told.kind.id == "reputation-block" and cause.way != "rejected"
        ][:CAUSES],
    }


def _provider(name: str, traffic: Traffic) -> Value:
    return {
        "provider": name,
        **{outcome: traffic.outcomes[outcome] for outcome in ("sent", "deferred", "bounced", "expired")},
        "latency_s": _latency(traffic.delays),
        "tls": dict(sorted(traffic.tls.items())),
    }


def _cause(cause: Cause, found: tuple[Failure, ...] | None) -> Value:
    told = cause.told
    return {
        "way": cause.way,
        "count": cause.count,
        "class": told.kind.id,
        "cause": told.cause,
        "code": told.code,
        "enhanced_code": told.enhanced_code,
        "permanent": told.permanent,
        "side": told.side if cause.way != "rejected" else None,  # the engine speaks to whoever sends
        "advice": list(told.advice) if cause.way != "rejected" else [],
        "rules": list(told.rules) if cause.way != "rejected" else [],
        "blocklist": told.blocklist,
        "places": _top(cause.places),
        "addresses": _top(cause.addresses),
        "first": _time(cause.first),
        "last": _time(cause.last),
        "sample": cause.sample,
        "findings": None
        if found is None or cause.way == "rejected"
        else [
            {"rule": f.rule, "domain": f.domain, "subject": f.subject, "message": f.message}
            for f in joined(cause, found)
        ],
    }


def _rate(cause: Cause) -> Value:
    plan = cause.told.retry.backoff
    place = cause.places.most_common(1)[0][0]
    return {
        "provider": place,
        "way": cause.way,
        "count": cause.count,
        "first": _time(cause.first),
        "last": _time(cause.last),
        "waits_s": [list(wait) for wait in waits(plan, WAITS)] if plan else [],
        "give_up_s": plan.give_up_s if plan else None,
        "limits": [{"text": f.text, "checked": f.checked.isoformat(), "source": f.source} for f in limits(place)],
    }


def _latency(delays: Delays) -> Value:
    return {
        "median": delays.share(0.5),
        "p95": delays.share(0.95),
        "longest": delays.longest if delays.total else None,
        "deliveries": delays.total,
    }


def _top(counter: Counter[str]) -> list[Value]:
    most = sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:5]
    return [{"name": name, "count": number} for name, number in most]


def _time(moment: float | None) -> str | None:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else None
