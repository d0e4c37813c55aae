"""A file fetched over HTTPS (RFC 9110) at one address of its host, and the certificate that its server shows there.

Both the policy of MTA-STS and what a BIMI record names are fetched so: following nothing, once more where a failure may
be chance. Certificates are judged as those who fetch such files do: the chain as sent, for the host in the address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import FetchOutcome, HttpsFetch, HttpsGet
from audit.protocol.circumstances import Circumstances
from audit.protocol.inquiry import Steps, ask
from audit.syntax import chain

TOO_OFTEN = 429  # RFC 6585 section 4
GONE = frozenset({404, 410})
OURS = {
    FetchOutcome.UNREACHABLE: "https.unreachable",
    FetchOutcome.TIMEOUT: "https.timeout",
    FetchOutcome.CLOSED: "https.closed",
    FetchOutcome.RESET: "https.closed",
    FetchOutcome.GUARD_REFUSED: "net.guard_refused",
    FetchOutcome.BUDGET: "budget",
    FetchOutcome.NOT_GATHERED: "not_gathered",
}
TWICE = frozenset({FetchOutcome.REFUSED, FetchOutcome.CLOSED, FetchOutcome.RESET})  # once may be chance
UNSHOWN: dict[FetchOutcome, Fact[chain.ChainVerdict | None]] = {
    FetchOutcome.OK: Unknown("not_gathered"),  # a reply comes over TLS, so there was something to show
    FetchOutcome.NOT_HTTP: Unknown("not_gathered"),
    FetchOutcome.TOO_LONG: Unknown("tls.too_long"),
}
UNFIT = frozenset({"expired", "not-yet-valid", "name-mismatch", "no-san", "eku-without-serverauth"})


def confirmed(get: HttpsGet) -> Steps[tuple[HttpsGet, HttpsFetch]]:
    """What comes for a GET, and which GET it was: a failure that may be chance is asked for once more."""
    fetch = yield from ask(get)
    if fetch.outcome in TWICE or (fetch.status or 0) >= 500:
        get = replace(get, repeat=1)
        fetch = yield from ask(get)
    return get, fetch


def silent(get: HttpsGet, fetch: HttpsFetch) -> Unknown:
    """Why a fetch that gave no reply says nothing about the file."""
    return Unknown(OURS.get(fetch.outcome, f"https.{fetch.outcome}"), (get,))


def judged(
    fetch: HttpsFetch, host: str, circumstances: Circumstances, store: chain.TrustStore
) -> Fact[chain.ChainVerdict | None]:
    """What the chain that a server showed is worth; None where it certainly came to no handshake.

    A fetch that ended before that by what may be our own network's doing is for the caller to tell.
    """
    if fetch.tls is None:
        return UNSHOWN.get(fetch.outcome, Known(None))
    if not fetch.tls.chain:
        return Unknown("cert.none_shown")
    verdict = chain.judge(fetch.tls.chain, host, circumstances.observed_at, store)
    return Unknown("cert.unreadable") if "unparsable" in verdict.codes else Known(verdict)


def unfit(verdict: chain.ChainVerdict) -> tuple[str, ...]:
    """Why a chain is not taken: it leads to no trusted root, is out of date, or is for another name."""
    return tuple(dict.fromkeys(_unfit(verdict)))


def _unfit(verdict: chain.ChainVerdict) -> Iterable[str]:
    for problem in verdict.problems:
        if problem.code in chain.PATH_CODES or problem.code in UNFIT:
            yield f"{problem.code} {problem.detail}".strip()
