"""Rules on how an MTA-STS policy is served (RFC 8461 section 3.3)."""

from __future__ import annotations

from collections.abc import Iterator

from audit.model.fact import Known, all_of, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.circumstances import Moment
from audit.protocol.fetching import unfit
from audit.protocol.mta_sts.history import of_policy
from audit.protocol.mta_sts.policy import StsCertificates, StsPolicyFound, StsServed
from audit.protocol.mta_sts.record import POLICY_HOST
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule

SHOWN = 4
TEXT = "text/plain"


@rule(
    "MTASTS-FETCH",
    severity=Severity.HIGH,
    reference="RFC 8461 section 3.3",
    message="the MTA-STS policy of {domain} cannot be fetched: {failures}",
    supersedes=("MTASTS-ADDRESS",),
)
def mtasts_fetch(domain: Domain, offered: StsServed) -> Verdict:
    """No sender can fetch the MTA-STS policy that is announced.

    ## Why it matters
    Senders that do not know the policy yet go on without it. Those that know it go by the old one until it expires,
    and then nothing protects the mail any more.
    ## What to do
    Have the web server answer the path /.well-known/mta-sts.txt of the host mta-sts itself, with status 200 and the
    text of the policy; a redirect to anywhere counts as no policy.
    """
    if not offered.announced:
        return not_applicable()
    if not need(offered.failed):
        return ok()
    failures = tuple(f"at {address} {fault.text}" for address, fault in offered.faults)
    nowhere = f"{POLICY_HOST}.{domain.name} has no address"
    return fail(domain=domain.name, failures=failures[:SHOWN] or (nowhere,))


@rule(
    "MTASTS-ADDRESS",
    severity=Severity.MEDIUM,
    reference="RFC 8461 section 3.3",
    message="the MTA-STS policy of {domain} is not given at each address of its host: {failures}",
)
def mtasts_address(domain: Domain, offered: StsServed) -> Verdict:
    """One address of the policy's host does not give the MTA-STS policy, or gives another one.

    ## Why it matters
    Senders that come to that address, such as those that prefer IPv6, do not get the policy that the others get.
    ## What to do
    Set the address right, or remove it from the DNS.
    """
    if not offered.announced or (not offered.tries and offered.hole is None):
        return not_applicable()
    failures = (*(f"at {address} {fault.text}" for address, fault in offered.faults), *_others(offered))
    if failures:
        return fail(domain=domain.name, failures=failures[:SHOWN])
    need(all_of((*(Known(True) if isinstance(t.fault, Known) else t.fault for t in offered.tries),)))
    need(offered.hole or Known(True))
    return ok()


@rule(
    "MTASTS-CERT",
    severity=Severity.HIGH,
    reference="RFC 8461 section 3.3, RFC 9525 section 6.3",
    message="the certificate of the MTA-STS policy of {domain} is not valid for {host}: {problems}",
)
def mtasts_cert(domain: Domain, shown: StsCertificates, _: Moment) -> Verdict:
    """The web server of the MTA-STS policy shows a certificate that senders do not accept.

    ## Why it matters
    The certificate is all that proves the policy to be yours. Without a valid one senders do not take it.
    ## What to do
    Get a certificate of a public authority for the host mta-sts below the domain, with its whole chain, and let it be
    renewed by itself. With an operator of policies, the operator must do so.
    """
    if not shown.announced:
        return not_applicable()
    problems = tuple(
        f"{problem} at {address}"
        for address, verdict in shown.chains
        if isinstance(verdict, Known) and verdict.value is not None
        for problem in unfit(verdict.value)
    )
    if problems:
        return fail(domain=domain.name, host=shown.host, problems=problems[:SHOWN])
    if all(verdict == Known(None) for _, verdict in shown.chains) and shown.hole is None:
        return not_applicable()
    need(all_of(Known(True) if isinstance(v, Known) else v for _, v in shown.chains))
    need(shown.hole or Known(True))
    return ok()


@rule(
    "MTASTS-CTYPE",
    severity=Severity.LOW,
    reference="RFC 8461 section 3.3",
    message="the MTA-STS policy of {domain} comes as {kinds} instead of text/plain",
)
def mtasts_ctype(domain: Domain, found: StsPolicyFound) -> Verdict:
    """The MTA-STS policy comes with another content type than text/plain.

    ## Why it matters
    Senders should look at the type, to tell a policy from a page that a web server gives for any path; some do.
    ## What to do
    Have the web server send Content-Type: text/plain for the file.
    """
    if found.policy is None:
        return not_applicable()
    kinds = tuple(k.value or "nothing" for k in found.types if isinstance(k, Known) and _bare(k.value) != TEXT)
    if kinds:
        return fail(domain=domain.name, kinds=tuple(dict.fromkeys(kinds)))
    need(all_of(Known(True) if isinstance(k, Known) else k for k in found.types))
    return ok()


def _others(offered: StsServed) -> Iterator[str]:
    """The addresses at which another policy is given than at the first that gives one."""
    given = [(t.address, of_policy(t.fetch.body)) for t in offered.tries if t.gives and t.fetch is not None]
    for address, digest in given[1:]:
        if digest != given[0][1]:
            yield f"at {address} another policy than at {given[0][0]}"


def _bare(kind: str | None) -> str:
    """A content type without its parameters."""
    return (kind or "").partition(";")[0].strip().lower()
