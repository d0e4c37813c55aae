"""The vantage in words: what this run could see from where it stood, said once at the top of the report."""

from __future__ import annotations

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unknown
from audit.model.report import Sight, State
from audit.protocol.vantage import Vantage


def sights(seen: Vantage, settings: Settings) -> tuple[Sight, ...]:
    """Say of each thing whether it could be seen, and what to do where it could not."""
    return (
        _answering(seen),
        _honest(seen),
        _validating(seen),
        _private(settings),
        _port25(seen, settings),
        _family("ipv4", "IPv4", seen.ipv4),
        _family("ipv6", "IPv6", seen.ipv6),
        _clock(seen),
    )


def _reason(fact: Fact[bool]) -> str | None:
    return fact.reason if isinstance(fact, Unknown) else None


def _answering(seen: Vantage) -> Sight:
    if seen.answering == Known(True):
        return Sight(id="resolver", state=State.GOOD, reason=None, text="The resolver answers.", advice=None)
    return Sight(
        id="resolver",
        state=State.BAD,
        reason=_reason(seen.answering),
        text="The resolver did not give the root zone's SOA record.",
        advice="Check --nameserver and the network. A resolver of your own, such as unbound on 127.0.0.1, is best.",
    )


def _honest(seen: Vantage) -> Sight:
    if seen.rewriting == Known(False):
        text = "The resolver says so when a name does not exist."
        return Sight(id="honest", state=State.GOOD, reason=None, text=text, advice=None)
    if isinstance(seen.rewriting, Unknown):
        text = "It could not be seen whether the resolver invents answers for names that do not exist."
        return Sight(id="honest", state=State.UNKNOWN, reason=seen.rewriting.reason, text=text, advice=None)
    return Sight(
        id="honest",
        state=State.BAD,
        reason="vantage.rewriting",
        text="The resolver invents answers for names that do not exist, so nothing can be said to be missing.",
        advice="Use another resolver with --nameserver, best one of your own.",
    )


def _validating(seen: Vantage) -> Sight:
    if seen.validating == Known(True):
        text = "The resolver validates DNSSEC."
        return Sight(id="validating", state=State.GOOD, reason=None, text=text, advice=None)
    if seen.validating == Known(False):
        return Sight(
            id="validating",
            state=State.WARNING,
            reason="vantage.not_validating",
            text="The resolver does not validate DNSSEC: forged answers would not be noticed.",
            advice="Turn validation on, or use a resolver that validates.",
        )
    text = "Whether answers are validated with DNSSEC could not be seen."
    if _reason(seen.validating) == "vantage.resolver_not_local":
        text = "Whether answers are validated with DNSSEC cannot be told: the resolver is not on this machine."
    return Sight(id="validating", state=State.UNKNOWN, reason=_reason(seen.validating), text=text, advice=None)


def _private(settings: Settings) -> Sight:
    if settings.resolver_kind != "public":
        text = "The resolver is not one of the public ones that blocklists refuse."
        return Sight(id="blocklists", state=State.GOOD, reason=None, text=text, advice=None)
    return Sight(
        id="blocklists",
        state=State.WARNING,
        reason="dnsbl.public_resolver",
        text="The resolver is a public one: many blocklists refuse to answer it.",
        advice="Use a resolver of your own, such as unbound on 127.0.0.1, with --nameserver.",
    )


def _port25(seen: Vantage, settings: Settings) -> Sight:
    port = settings.smtp_port
    if not settings.smtp:
        why = settings.smtp_off_because or "it was switched off"
        text = f"Mail servers were not connected to: {why}."
        return Sight(id="port25", state=State.NOT_APPLICABLE, reason="not_selected", text=text, advice=None)
    if seen.port25 == Known(True):
        return Sight(id="port25", state=State.GOOD, reason=None, text=f"Port {port} is open from here.", advice=None)
    if seen.port25 == Known(False):
        return Sight(
            id="port25",
            state=State.BAD,
            reason="smtp.egress_blocked",
            text=(
                f"This network lets no connection out to port {port}: "
                "servers could be tested only where --connect-to names a stand-in."
            ),
            advice="Run from a machine whose provider lets port 25 out, or use --no-smtp. Hosted CI runners block it.",
        )
    return Sight(
        id="port25",
        state=State.UNKNOWN,
        reason=_reason(seen.port25),
        text=f"Whether port {port} is open from here could not be seen: no canary host was reached.",
        advice="Name well-run mail hosts with --canary. Until then no failed connection is held against a server.",
    )


def _family(sight: str, name: str, fact: Fact[bool]) -> Sight:
    if fact == Known(True):
        return Sight(id=sight, state=State.GOOD, reason=None, text=f"{name} is available.", advice=None)
    if isinstance(fact, Unknown):
        text = f"Whether {name} is available could not be seen."
        return Sight(id=sight, state=State.UNKNOWN, reason=fact.reason, text=text, advice=None)
    return Sight(
        id=sight,
        state=State.WARNING,
        reason=f"vantage.no_{sight}",
        text=f"This machine has no {name}: servers could not be tested over it.",
        advice=f"Run from a machine with {name} to test those servers too.",
    )


def _clock(seen: Vantage) -> Sight:
    if seen.clock == Known(True):
        text = "The clock agrees with the signatures of the root zone."
        return Sight(id="clock", state=State.GOOD, reason=None, text=text, advice=None)
    if seen.clock == Known(False):
        return Sight(
            id="clock",
            state=State.BAD,
            reason="vantage.clock",
            text="The clock disagrees with the root zone's signatures: dates of certificates are not judged.",
            advice="Set the clock, best by NTP.",
        )
    text = "The clock could not be checked: the resolver gives no signatures of the root zone."
    return Sight(id="clock", state=State.UNKNOWN, reason=_reason(seen.clock), text=text, advice=None)
