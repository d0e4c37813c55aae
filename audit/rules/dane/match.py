"""Rules on whether the servers of a mail host fit its signed TLSA records."""

from __future__ import annotations

from audit.model.fact import Known, need
from audit.model.hello import Offer
from audit.model.report import Severity
from audit.model.subject import Server
from audit.protocol.dane import DaneMatch, Fitting, HostKeys, HostTlsa
from audit.rules.dane.mending import mended, short
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax.dane import TA, Dane, Fit, Misfit

SAID = 6  # records in one message
WHY = {
    Misfit.USAGE: "usage {usage} is not for mail",
    Misfit.SELECTOR: "the selector is unknown",
    Misfit.MATCHING: "the matching type is unknown",
    Misfit.LENGTH: "the digest has the wrong length",
    Misfit.UNREADABLE: "no certificate or key in it",
    Misfit.WEAKER: "not heeded beside a stronger digest",
    Misfit.NO_CHAIN: "no certificate was sent",
    Misfit.OTHER_KEY: "of another certificate or key",
    Misfit.NOT_LEAF: "of an issuer, and said to be of the server",
    Misfit.IS_LEAF: "of the server, and said to be of an issuer",
    Misfit.NOT_ISSUER: "no certificate that was sent is the authority that it names",
}
FOR = {Offer.RSA: " (shown to those who ask for RSA)", Offer.ECDSA: " (shown to those who ask for ECDSA)"}


@rule(
    "DANE-NOSTARTTLS",
    severity=Severity.CRITICAL,
    reference="RFC 7672 section 2.2",
    message="{host} has TLSA records, but at {address} it {failure}",
)
def dane_nostarttls(server: Server, match: DaneMatch) -> Verdict:
    """A mail server whose host has TLSA records does not encrypt.

    ## Why it matters
    TLSA records make senders insist on TLS. Those that validate DANE do not deliver to this server.
    ## What to do
    Turn STARTTLS on, with the certificate that the records name; or take the records away for as long.
    """
    if not match.bound:
        return not_applicable()
    if match.failure is None:
        return ok()
    return fail(host=server.host, address=server.address, failure=match.failure)


@rule(
    "DANE-MISMATCH",
    severity=Severity.CRITICAL,
    reference="RFC 7672 section 3.1; RFC 7671 section 5",
    message="no TLSA record fits the certificate of {host} at {address}{shown}: {records}",
)
def dane_mismatch(server: Server, match: DaneMatch, tlsa: HostTlsa, keys: HostKeys) -> Verdict:
    """The certificate of a mail server is not one that its host's TLSA records name.

    ## Why it matters
    Senders that validate DANE take the server for somebody else's, and do not deliver to it.
    ## What to do
    If the certificate is your own, publish the records below; take those of old keys away later. Then renew so that
    this cannot happen: keep the key, or publish the next one's record first and wait for twice the TTL. If the
    certificate is not yours, find out who answers in your server's place.
    """
    if not match.bound or not match.fittings:
        return not_applicable()
    wrong = _without_match(match)
    if not wrong:
        need(match.hole or Known(True))
        return ok() if any(f.verdict.state is Dane.MATCH for f in match.fittings) else not_applicable()
    return fail(
        host=server.host,
        address=server.address,
        shown=_shown(wrong[0]),
        records=_said(wrong[0].verdict.fits[:SAID]),
        publish=mended(server.host, tlsa, keys),
    )


@rule(
    "DANE-TA-CHAIN",
    severity={"refused": Severity.CRITICAL, "spared": Severity.LOW},
    reference="RFC 7672 section 3.1.2; RFC 7671 section 5.2.2",
    message="{host} at {address} does not send the certificate of the authority that TLSA records name ({records})",
    supersedes=("DANE-MISMATCH",),
)
def dane_ta_chain(server: Server, match: DaneMatch, tlsa: HostTlsa, keys: HostKeys) -> Verdict:
    """A mail server does not send the certificate of the authority that its host's TLSA records name.

    ## Why it matters
    A TLSA record holds a digest of the authority's certificate, and senders cannot tell a certificate that they do not
    see. Servers usually leave the root out, as TLS lets them.
    ## What to do
    Put the certificate of that authority into the chain that the server sends, the root as well. Or name the server's
    own key instead, by the records below.
    """
    if not match.bound or not any(_names_authority(f) for f in match.fittings):
        return not_applicable()
    found = [f for f in match.fittings if _unsent(f)]
    if not found:
        need(match.hole or Known(True))
        return ok()
    refused = [f for f in found if f.verdict.state is Dane.NO_MATCH]
    first = (refused or found)[0]
    return fail(
        "refused" if refused else "spared",
        host=server.host,
        address=server.address,
        records=_unsent(first)[:SAID],
        publish=mended(server.host, tlsa, keys) if refused else (),
    )


def _without_match(match: DaneMatch) -> list[Fitting]:
    return [f for f in match.fittings if f.verdict.state is Dane.NO_MATCH]


def _names_authority(fitting: Fitting) -> bool:
    return any(fit.usable and fit.record.usage == TA for fit in fitting.verdict.fits)


def _unsent(fitting: Fitting) -> tuple[str, ...]:
    """The records whose authority is missing in a chain: a public root, or, where nothing fits and the chain stops
    below any authority, whichever they name."""
    if fitting.unsent.roots:
        return tuple(map(short, fitting.unsent.roots))
    if not fitting.unsent.short or fitting.verdict.state is Dane.MATCH:
        return ()
    return tuple(short(fit.record) for fit in fitting.verdict.fits if fit.why is Misfit.NOT_ISSUER)


def _said(fits: tuple[Fit, ...]) -> tuple[str, ...]:
    """Why none of these records fits, those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for fit in fits:
        by_reason.setdefault(_reason(fit), []).append(short(fit.record))
    return tuple(f"{' and '.join(records)}: {reason}" for reason, records in by_reason.items())


def _reason(fit: Fit) -> str:
    if fit.why is Misfit.CHAIN:
        problems = ", ".join(f"{p.code} {p.detail}".strip() for p in fit.problems)
        return f"the way to the authority fails ({problems})"
    return WHY[fit.why].format(usage=fit.record.usage) if fit.why else "fits"


def _shown(fitting: Fitting) -> str:
    return FOR.get(fitting.shown.asked, "") if fitting.shown.asked else ""
