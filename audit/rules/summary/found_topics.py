"""Under which topic of the report an answer of the DNS is shown, and which are left out as tries that found nothing."""

from __future__ import annotations

from audit.model.evidence import DomainEvidence
from audit.model.probe import Answer, Question
from audit.protocol.dkim.discovery import unlikely

ORDER = (
    *("mx", "addresses", "spf", "dmarc", "dkim", "mta_sts", "tls_rpt", "bimi", "reverse", "blocklists"),
    *("smtp", "certificates", "caa", "client", "dnssec", "zone"),
)
ARPA = (".in-addr.arpa", ".ip6.arpa")
BY_TYPE = {
    **dict.fromkeys(("A", "AAAA"), "addresses"),
    **dict.fromkeys(("TXT", "SPF"), "spf"),
    **dict.fromkeys(("NS", "SOA"), "zone"),
    "MX": "mx",
    "SRV": "client",
    "CAA": "caa",
}
BY_FIRST_LABEL = {
    **dict.fromkeys(("_mta-sts", "mta-sts"), "mta_sts"),
    **dict.fromkeys(("autodiscover", "autoconfig"), "client"),
    **dict.fromkeys(("_dmarc", "dmarc"), "dmarc"),
}
SIGNING = frozenset({"DS", "DNSKEY", "NSEC3PARAM", "TLSA"})
SHOWN_WHEN_FOUND = frozenset({"blocklists", "mta_sts", "bimi", "caa", "client"})


def topic_of(question: Question) -> str | None:
    """The topic; None for what is shown elsewhere, or serves only to judge something else."""
    name = question.name
    if question.server is not None:
        return "zone"
    if question.dnssec:
        return "dnssec" if question.rdtype in SIGNING and "." in name else None
    if name.endswith(ARPA):
        return "reverse"
    if "._domainkey." in name:
        return None  # the topic is made as a whole
    if "._report._dmarc." in name:
        return "dmarc"
    if name.startswith("_smtp._tls."):
        return "tls_rpt"
    if "._bimi." in name:
        return "bimi"
    return BY_FIRST_LABEL.get(name.partition(".")[0]) or BY_TYPE.get(question.rdtype)


def idle(topic: str, answer: Answer, question: Question, evidence: DomainEvidence) -> bool:
    """Whether an answer is a try that found nothing."""
    if question.name == f"{unlikely(evidence.domain)}.{evidence.domain}" and answer.speaks:
        return not answer.records
    if not answer.speaks or answer.records:
        return topic == "addresses" and question.name.startswith("_domainkey.")
    if topic in SHOWN_WHEN_FOUND or question.rdtype in SIGNING or question.rdtype == "SPF":
        return not answer.aliases
    if topic == "dmarc":
        return (question.name, question.rdtype) != (f"_dmarc.{evidence.domain}", "TXT")
    return topic == "addresses" and question.name.startswith("_domainkey.")
