"""What a rule needs that a run did not have, so that it was not selected."""

from __future__ import annotations

NEEDING_HISTORY = frozenset({"DKIM-AGE", "MTASTS-ID-STALE"})
NEEDING_DEPTH = frozenset(
    {
        "CERT-OTHER-KEY",
        "TLS-CIPHER-BAD",
        "TLS-CIPHER-NOFS",
        "TLS-COMPRESSION",
        "TLS-DH-BITS",
        "TLS-PQ",
        "TLS-RENEG",
        "TLS-REQUIRED-25",
        "TLS-VER-10-11",
        "TLS-VER-SSL",
    }
)
NEEDING_OWN = frozenset({"SMTP-OPENRELAY", "SMTP-POSTMASTER", "SMTP-VRFY", "SMTP-EXPN"})
NEEDING_MOVE = "MIG-"
FETCHING = ("MTASTS-", "BIMI-")


def selecting(rule: str, *, smtp: bool, https: bool, second_opinion: bool, only: str | None = None) -> str:
    """What a rule needs that a run did not have, and the option that gives it."""
    if rule in NEEDING_OWN:
        return "a dialogue with a server of one's own, which no audit holds: mxaudit smtp HOST --own --probe"
    if rule.startswith(NEEDING_MOVE):
        return "a planned zone, and where the mail moves to: mxaudit migrate rehearse"
    if only is not None:
        return f"more than {only.upper()} to be looked at, as without --only"
    if rule in NEEDING_HISTORY:
        return "an earlier run, given with --history"
    if rule == "DNSBL-DOMAIN-LISTED":
        return "a blocklist of names: name one with --dnsbl, or set the key of one that takes a key"
    if rule.startswith("DNSBL-"):
        return "a blocklist, chosen with --dnsbl"
    if rule.endswith("-SECOND-OPINION") and not second_opinion:
        return "the second opinion, wanted with --second-opinion"
    if not https and rule.startswith(FETCHING):
        return "policies to be fetched, as without --no-https"
    if smtp and rule == "CERT-REVOKED":
        return "the server's word on revocation, wanted with --revocation"
    if smtp and rule in NEEDING_DEPTH:
        return "more handshakes with mail servers, made with --tls-depth full"
    return "a profile that has it" if smtp else "mail servers to be visited, as without --no-smtp"
