"""What a run asks for, and what it leaves out because nobody wanted it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.model.evidence import Settings, TlsDepth
from audit.model.opinion import SecondOpinion
from audit.model.own import OwnProbes
from audit.model.value import dataclass
from audit.protocol import (
    banner,
    bimi,
    caa,
    certificate,
    dane,
    extensions,
    revocation,
    senders,
    smtp,
    tls_context,
    tls_terms,
    vantage,
)
from audit.protocol.client import submission
from audit.protocol.migration.relocation import MoveSight, Relocation
from audit.protocol.mta_sts import cover as sts_cover
from audit.protocol.mta_sts import history as sts_history
from audit.protocol.mta_sts import policy as sts_policy
from audit.protocol.mx import hosts as mx
from audit.protocol.survey.declaration import CHILDREN, FACTS, Declared

STANDARD_FACTS: frozenset[type] = frozenset({tls_terms.OldTls, tls_terms.BadSuites})
FULL_FACTS: frozenset[type] = frozenset(
    {
        tls_terms.Ssl3,
        tls_terms.StaticKeys,
        tls_terms.DiffieHellman,
        tls_terms.OlderHabits,
        tls_terms.PostQuantum,
        tls_terms.OtherCertificate,
        tls_terms.ClearCommands,
    }
)
BEYOND: Mapping[TlsDepth, frozenset[type]] = {
    TlsDepth.SESSION: STANDARD_FACTS | FULL_FACTS,
    TlsDepth.STANDARD: FULL_FACTS,
    TlsDepth.FULL: frozenset(),
}
MOVING: frozenset[type] = frozenset({Relocation, MoveSight})  # only where somebody says that mail moves, and where to
NEVER: frozenset[type] = MOVING | {OwnProbes}  # only who owns a server may ask it so, in a dialogue
SMTP_FACTS: frozenset[type] = frozenset(
    {
        smtp.Contact,
        smtp.Reach,
        smtp.Ipv6Reach,
        smtp.StartTls,
        smtp.NeighboursStartTls,
        smtp.Handshake,
        extensions.Extensions,
        banner.Greeting,
        banner.GreetingName,
        certificate.Shown,
        certificate.JudgedChain,
        certificate.HostCertificates,
        revocation.Revocation,
        tls_context.TlsContext,
        dane.DaneMatch,
        *STANDARD_FACTS,
        *FULL_FACTS,
        sts_cover.TlsProof,
        caa.CertificatesInUse,
        senders.SenderPaths,
        submission.SubmissionTls,
        submission.SubmissionsTls,
        submission.PlainOffer,
    }
)
HTTPS_FACTS: frozenset[type] = frozenset(
    {
        sts_policy.StsServed,
        sts_policy.StsPolicyFound,
        sts_policy.StsStray,
        sts_policy.StsCertificates,
        sts_cover.StsReadiness,
        sts_history.StsAge,
        bimi.BimiPicture,
        bimi.BimiMark,
    }
)


def _visiting() -> frozenset[type]:
    """The facts for which mail servers are visited and nothing else is looked at, and what leads to the servers."""
    fans = {mx.hosts, mx.servers, submission.submission_servers}
    led = {taken for fan in CHILDREN if fan.function in fans for _, taken in fan.takes}
    return frozenset(
        {
            *(led & FACTS.keys()),
            vantage.Vantage,
            mx.Existence,
            smtp.Contact,
            smtp.Reach,
            smtp.Ipv6Reach,
            smtp.StartTls,
            smtp.NeighboursStartTls,
            smtp.Handshake,
            banner.Greeting,
            certificate.Shown,
            submission.SubmissionTls,
            submission.PlainOffer,
        }
    )


VISITING = _visiting()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left out because the user did not want it, or because no audit asks for it."""

    without: frozenset[type] = frozenset()

    @staticmethod
    def of(settings: Settings) -> Plan:
        if settings.only == "smtp":
            return Plan(frozenset({SecondOpinion, *FACTS}) - VISITING | NEVER)
        unwanted = NEVER if settings.second_opinion else NEVER | {SecondOpinion}
        unwanted |= frozenset() if settings.revocation else frozenset({revocation.Revocation})
        unwanted |= BEYOND[settings.tls_depth] if settings.smtp else SMTP_FACTS
        return Plan(unwanted if settings.https else HTTPS_FACTS | unwanted)

    def less(self, *facts: type) -> Plan:
        """Without these facts as well."""
        return Plan(self.without | frozenset(facts))

    def moving(self) -> Plan:
        """With what a move of the domain's mail is judged by."""
        return Plan(self.without - MOVING)

    def has(self, what: Declared[Any]) -> bool:
        return not any(t in self.without for _, t in what.takes)
