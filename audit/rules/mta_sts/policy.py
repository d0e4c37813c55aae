"""Rules on what an MTA-STS policy says (RFC 8461 sections 3.2 and 4.1), and on what it means for the mail hosts."""

from __future__ import annotations

from audit.model.fact import Known, need
from audit.model.report import Severity
from audit.model.subject import Domain, Server
from audit.protocol.mta_sts.cover import ENFORCED, NOTHING, TESTING, StsHeeded, StsReadiness, TlsProof
from audit.protocol.mta_sts.history import StsAge
from audit.protocol.mta_sts.policy import StsPolicyFound
from audit.protocol.mta_sts.record import StsRecordFound
from audit.protocol.mx.hosts import MailHosts
from audit.rules.mta_sts.mending import GOOD_AGE, new_record, served
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax.mta_sts import Mode, StsPolicy, matches

DAY, WEEK = 86_400, 604_800
SHOWN = 5
BINDING = {Mode.ENFORCE: ENFORCED, Mode.TESTING: TESTING}


@rule(
    "MTASTS-POLICY-SYNTAX",
    severity={"broken": Severity.HIGH, "odd": Severity.LOW},
    reference="RFC 8461 section 3.2",
    message="the MTA-STS policy of {domain} is not well formed: {places}",
)
def mtasts_policy_syntax(domain: Domain, found: StsPolicyFound) -> Verdict:
    """The MTA-STS policy breaks the grammar.

    ## Why it matters
    A sender that cannot read the policy goes on as if there were none. Of a field that is there twice the first counts.
    ## What to do
    Serve plain lines, ended by LF or CRLF, without a byte order mark: version, mode, max_age (up to 31557600 seconds),
    and an mx for each mail host.
    """
    policy = found.policy
    if policy is None:
        return not_applicable()
    told = policy.broken or policy.problems
    places = tuple(f"{p.text} (octet {p.at + 1}: {p.code})" if p.at else f"{p.code} {p.text}".strip() for p in told)
    return fail("broken" if policy.broken else "odd", domain=domain.name, places=places[:SHOWN]) if places else ok()


@rule(
    "MTASTS-MODE",
    severity={"testing": Severity.LOW, "none": Severity.INFO},
    reference="RFC 8461 sections 5 and 8.3",
    message="the MTA-STS policy of {domain} protects nothing: its mode is {mode}",
)
def mtasts_mode(domain: Domain, found: StsPolicyFound, record: StsRecordFound, readiness: StsReadiness) -> Verdict:
    """The MTA-STS policy is not enforced.

    ## Why it matters
    With the mode "testing" senders deliver whatever they find, and only report it; with "none" they do not even look.
    ## What to do
    When reports show no failures for some weeks, serve the mode "enforce", then change the id of the record.
    """
    policy = _readable(found)
    if policy is None or policy.mode is None:
        return not_applicable()
    if policy.mode is Mode.ENFORCE:
        return ok()
    publish: tuple[str, ...] = ()
    if record.record is not None and readiness.ready == Known(True):
        publish = _changed(domain, Mode.ENFORCE, policy.mx, max(policy.max_age or 0, GOOD_AGE), record.next_id)
    return fail(str(policy.mode), domain=domain.name, mode=str(policy.mode), publish=publish)


@rule(
    "MTASTS-MAXAGE",
    severity={"less than a day": Severity.LOW, "less than a week": Severity.INFO},
    reference="RFC 8461 sections 3.2 and 10",
    message="the MTA-STS policy of {domain} is kept for {seconds} seconds only",
)
def mtasts_maxage(domain: Domain, found: StsPolicyFound) -> Verdict:
    """The MTA-STS policy is kept for a short time only.

    ## Why it matters
    A policy protects from somebody on the way only while senders remember it; with a short max_age it is enough to keep
    them from fetching it for a while.
    ## What to do
    Once the policy is enforced, write a max_age of some weeks, such as 2592000; a week, 604800, is the least. A short
    one is right while the policy is tried out.
    """
    policy = _readable(found)
    if policy is None or policy.max_age is None or policy.mode is Mode.NONE:
        return not_applicable()
    if policy.max_age >= WEEK:
        return ok()
    step = "less than a day" if policy.max_age < DAY else "less than a week"
    return fail(step, domain=domain.name, seconds=policy.max_age)


@rule(
    "MTASTS-MX-MATCH",
    severity={ENFORCED: Severity.CRITICAL, TESTING: Severity.MEDIUM},
    reference="RFC 8461 section 4.1",
    message="the MTA-STS policy of {domain} does not cover its mail hosts {hosts}",
)
def mtasts_mx_match(domain: Domain, found: StsPolicyFound, hosts: MailHosts, record: StsRecordFound) -> Verdict:
    """The MTA-STS policy leaves out a mail host.

    ## Why it matters
    Senders that heed an enforced policy do not deliver to a host that no mx of it covers; where that is each host, the
    domain gets no mail from them. A star stands for exactly one label: *.example.net does not cover a.b.example.net.
    ## What to do
    Add the hosts to the policy, then change the id of the record. Senders keep the old one until they see the new id.
    """
    policy = _readable(found)
    if policy is None or policy.mode not in BINDING or hosts.null:
        return not_applicable()
    names = _names(domain, hosts)
    left = tuple(name for name in names if not policy.covers(name))
    if not left:
        return ok() if names else not_applicable()
    publish = _changed(domain, policy.mode, (*policy.mx, *left), policy.max_age or GOOD_AGE, record.next_id)
    return fail(BINDING[policy.mode], domain=domain.name, hosts=left, publish=publish)


@rule(
    "MTASTS-MX-EXTRA",
    severity=Severity.INFO,
    reference="RFC 8461 section 4.1",
    message="the MTA-STS policy of {domain} allows for hosts that take no mail for it: {patterns}",
)
def mtasts_mx_extra(domain: Domain, found: StsPolicyFound, hosts: MailHosts) -> Verdict:
    """The MTA-STS policy covers hosts that are no mail hosts of the domain.

    ## Why it matters
    Perhaps they are remains of an earlier provider; whoever can forge the domain's MX records may send its mail there.
    ## What to do
    Remove what is not needed any more, then change the id of the record. A host that stands by may stay.
    """
    policy = _readable(found)
    if policy is None or policy.mode not in BINDING:
        return not_applicable()
    names = _names(domain, hosts)
    spare = tuple(pattern for pattern in policy.mx if not any(matches(pattern, name) for name in names))
    return fail(domain=domain.name, patterns=spare[:SHOWN]) if spare else ok()


@rule(
    "MTASTS-MX-TLS",
    severity={ENFORCED: Severity.CRITICAL, TESTING: Severity.HIGH},
    reference="RFC 8461 section 4.2",
    message="{host} at {address} fails what the MTA-STS policy asks of it: {failures}",
)
def mtasts_mx_tls(server: Server, heeded: StsHeeded, proof: TlsProof) -> Verdict:
    """A mail server does not pass what the MTA-STS policy asks of it.

    ## Why it matters
    Senders that heed an enforced policy do not deliver to this server: their mail waits, and comes back after days.
    With the mode "testing" they deliver, and report it.
    ## What to do
    Give the server STARTTLS and a certificate of a public authority for the name in the MX record. Until then serve the
    policy with the mode "testing", and change the id of the record.
    """
    level = need(heeded.level(server.host))
    if level == NOTHING:
        return not_applicable()
    failures = need(proof.failures)
    return fail(level, host=server.host, address=server.address, failures=failures[:SHOWN]) if failures else ok()


@rule(
    "MTASTS-ID-STALE",
    severity=Severity.HIGH,
    reference="RFC 8461 section 3.1",
    message="the MTA-STS policy of {domain} has changed since its id did ({since}): senders go on by the old one",
)
def mtasts_id_stale(domain: Domain, age: StsAge, record: StsRecordFound) -> Verdict:
    """The MTA-STS policy was changed, and the id of its record was not.

    ## Why it matters
    Senders fetch a policy anew only when the id is another one, or when max_age is over. Until then they refuse to
    deliver to a host that only the new policy names.
    ## What to do
    Change the id of the record with each change of the policy, after the policy.
    """
    since = need(age.since)
    if since is None:
        return not_applicable()
    text_since, id_since = since
    if text_since <= id_since:
        return ok()
    publish = (new_record(domain, record.next_id),)
    return fail(domain=domain.name, since=id_since.date().isoformat(), publish=publish)


def _readable(found: StsPolicyFound) -> StsPolicy | None:
    """The policy, where one is announced that senders can read."""
    return found.policy if found.policy is not None and not found.policy.broken else None


def _names(domain: Domain, hosts: MailHosts) -> tuple[str, ...]:
    return (domain.name,) if hosts.implicit else hosts.hosts


def _changed(domain: Domain, mode: Mode, patterns: tuple[str, ...], max_age: int, id_: str) -> tuple[str, ...]:
    policy = served(domain, mode, patterns, max_age)
    return (*policy, new_record(domain, id_)) if policy else ()
