"""Rules on DNSSEC: whether what the DNS says of a domain can be proved, and with what it is signed.

The state of a domain comes from our own validation, from the root's keys down. A resolver's word decides nothing.
"""

from __future__ import annotations

from datetime import timedelta

from audit.catalog.profiles import Thresholds
from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.circumstances import Moment
from audit.protocol.dnssec.bogus import BogusFound
from audit.protocol.dnssec.confirmation import Bogus, ResolverView
from audit.protocol.dnssec.domain import DomainSecurity
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule, rung
from audit.syntax import extended_error
from audit.syntax.dnssec.keys import algorithm_name
from audit.syntax.dnssec.state import Standing, State, Why

ADDRESSES = frozenset({"A", "AAAA"})
OUTDATED, AGING = frozenset({1, 3, 5, 6, 7, 12}), frozenset({10})
OUTDATED_DIGESTS = frozenset({1, 3})
MANY_ROUNDS = 50  # beyond, resolvers that are in use take the zone for unsigned
EXPIRING, SHARE = timedelta(hours=48), 0.25  # who signs each answer anew does so for a day or two
SAID = 3  # reasons of a resolver that are shown
CHARACTERS = 100  # of each

REASONS = {
    Why.NO_DS: "the zone above has no DS record for {}",
    Why.OPT_OUT: "the zone above has no DS record for {}",
    Why.ALGORITHM: "the DS records of {} are of algorithms or digests that resolvers do not know",
    Why.ITERATIONS: "the denials of {} take more rounds of hashing than resolvers put up with",
    Why.DS_MISMATCH: "no key of {} is the one that its DS record names",
    Why.NO_DNSKEY: "{} has a DS record and no DNSKEY",
    Why.UNSIGNED: "the signature over {} is missing",
    Why.SIGNER: "{} is signed by a zone that may not sign it",
    Why.NO_KEY: "{} is signed by a key that the zone does not have",
    Why.EXPIRED: "the signature over {} has expired",
    Why.NOT_YET_VALID: "the signature over {} is not valid yet",
    Why.SIGNATURE: "the signature over {} is wrong",
    Why.WILDCARD: "{} comes from a wildcard without proof that it may",
    Why.DENIAL: "the proof that there is no {} is missing or wrong",
    Why.NO_ANCHOR: "no trust anchor is above {}",
}


@rule(
    "DNSSEC-NONE",
    severity=Severity.LOW,
    reference="RFC 4035 section 5.2; RFC 9364",
    message="{domain} is not protected by DNSSEC: {reason}",
)
def dnssec_none(domain: Domain, security: DomainSecurity) -> Verdict:
    """The domain is not protected by DNSSEC.

    ## Why it matters
    Whoever can put forged answers into a resolver can lead the domain's mail to a server of his own, or take its SPF,
    DKIM and DMARC records away. DANE, by which senders know a mail server, does not work without DNSSEC.
    ## What to do
    Let the operator of the domain's name servers sign the zone, and give the DS record that it names to the registrar.
    Where the zone above is not signed itself, this cannot be had there.
    """
    if security.state is State.INSECURE:
        return fail(domain=domain.name, reason=_reason(security.own.standing))
    return ok() if security.state is State.SECURE else not_applicable()


@rule(
    "DNSSEC-BOGUS",
    severity={"withheld": Severity.CRITICAL, "unproved": Severity.HIGH},
    reference="RFC 4035 section 5.5; RFC 7208 section 2.6.6; RFC 8914",
    message="DNSSEC validation fails for the mail of {domain}: {failures}{resolver}",
)
def dnssec_bogus(domain: Domain, bogus: BogusFound) -> Verdict:
    """What the DNS says of the domain, of its SPF and DMARC, or of a host that takes its mail, fails DNSSEC validation.

    ## Why it matters
    To all who use a validating resolver, among them the largest mailbox providers, these names do not answer at all.
    Without MX records and addresses mail to the domain waits and comes back. Without SPF and DMARC records mail from it
    cannot be checked: both end in a temporary error, and no policy protects the domain. Certificates are not issued.
    ## What to do
    When the signatures have expired, let the signer run and see why it had stopped. When one record alone fails, sign
    the zone anew: something changed it, or the name servers hold parts of two versions. When the DS record is that of
    another key, have the registrar put the right one in its place, or take it away until the zone is signed again.
    """
    if not bogus.found:
        need(bogus.whole)
        return ok()
    said = tuple(dict.fromkeys(s for b in bogus.found for s in b.said))[:SAID]
    shown = ", ".join(extended_error.shown(code, text, CHARACTERS) for code, text in said)
    return fail(
        rung(bogus.withheld, "withheld", "unproved"),
        domain=domain.name,
        failures=tuple(dict.fromkeys(_failure(b) for b in bogus.found)),
        resolver=f"; the resolver says {shown}" if said else "",
        causes=tuple(dict.fromkeys(cause("host", b.name) for b in bogus.found if b.rdtype in ADDRESSES)),
    )


@rule(
    "DNSSEC-NO-DS",
    severity=Severity.INFO,
    reference="RFC 4035 section 5.2; RFC 7344",
    message="{domain} is signed with DNSSEC keys, but the zone above has no DS record for them",
)
def dnssec_no_ds(domain: Domain, security: DomainSecurity) -> Verdict:
    """The domain's zone is signed, and nothing leads to its keys.

    ## Why it matters
    Without a DS record in the zone above nobody can tell these signatures from forged ones: resolvers treat the zone
    as unsigned.
    ## What to do
    Give the DS record, as the signer of the zone names it, to the registrar; or stop to sign, if that was the end of
    an experiment.
    """
    if not security.own.signed or security.state in (State.BOGUS, State.INDETERMINATE):
        return not_applicable()
    if security.state is State.SECURE:
        return ok()
    own = security.own.standing
    if own.why not in (Why.NO_DS, Why.OPT_OUT) or own.where != security.own.zone:
        return not_applicable()  # the chain of trust ends above, or in DS records that nobody can follow
    return fail(domain=domain.name) if need(security.keys) else not_applicable()


@rule(
    "DNSSEC-ALG",
    severity={"outdated": Severity.MEDIUM, "aging": Severity.LOW},
    reference="RFC 9904; RFC 9905; RFC 9906",
    message="{domain} is signed with DNSSEC algorithms that are out of use: {algorithms}",
)
def dnssec_alg(domain: Domain, security: DomainSecurity) -> Verdict:
    """The domain's zone is signed with an algorithm that is out of use.

    ## Why it matters
    Signatures with SHA-1 are deprecated, and resolvers begin to take such zones for unsigned. Those older still are
    not understood by anyone.
    ## What to do
    Move to algorithm 13 (ECDSA P-256), as the signer's manual describes for a change of algorithm: the new keys and
    signatures first, then the DS record, the old ones last.
    """
    keys = need(security.keys)
    if not keys:
        return not_applicable()
    found = sorted({k.algorithm for k in keys})
    names = tuple(algorithm_name(a) for a in found if a in OUTDATED | AGING)
    if not names:
        return ok()
    return fail("outdated" if OUTDATED & set(found) else "aging", domain=domain.name, algorithms=names)


@rule(
    "DNSSEC-DS-SHA1",
    severity=Severity.MEDIUM,
    reference="RFC 9904; IANA, DNSSEC Delegation Signer digest algorithms",
    message="the zone above vouches for {domain} by outdated digests alone: {digests}",
)
def dnssec_ds_sha1(domain: Domain, security: DomainSecurity) -> Verdict:
    """All DS records of the domain are digests that are out of use.

    ## Why it matters
    Resolvers stop to accept DS records of SHA-1, and then take the zone for unsigned.
    ## What to do
    Give a DS record of digest type 2 (SHA-256) of the same key to the registrar, and take the old one away.
    """
    records = need(security.ds)
    if not records:
        return not_applicable()
    digests = {d.digest for d in records}
    if digests - OUTDATED_DIGESTS:
        return ok()
    names = {1: "SHA-1", 3: "GOST R 34.11-94"}
    return fail(domain=domain.name, digests=tuple(f"{d} ({names[d]})" for d in sorted(digests)))


@rule(
    "DNSSEC-RSA-BITS",
    severity={"broken": Severity.HIGH, "short": Severity.MEDIUM},
    reference="NIST SP 800-57 part 1, section 5.6; RFC 6781 section 3.4.2",
    message="{domain} is signed with short RSA keys: {keys}",
)
def dnssec_rsa_bits(domain: Domain, security: DomainSecurity, limits: Thresholds) -> Verdict:
    """The domain's zone is signed with an RSA key that is too short.

    ## Why it matters
    A key of less than 1024 bits can be broken by anyone, one of 1024 by those with much money. Whoever has the key can
    sign whatever he wants.
    ## What to do
    Roll over to keys of 2048 bits, or better to algorithm 13, whose keys are short and strong.
    """
    keys = need(security.keys)
    if not keys:
        return not_applicable()
    short = [(k.bits, k) for k in keys if k.bits is not None and k.bits < limits.rsa_key_good]
    if not short:
        return ok()
    names = tuple(f"{'KSK' if k.sep else 'ZSK'} {k.tag}, {bits} bits" for bits, k in short)
    broken = any(bits < limits.rsa_key_min for bits, _ in short)
    return fail("broken" if broken else "short", domain=domain.name, keys=names)


@rule(
    "DNSSEC-NSEC3",
    severity={"many": Severity.MEDIUM, "some": Severity.LOW},
    reference="RFC 9276 section 3.1",
    message="{domain} hashes the names in its denials with {parameters}",
)
def dnssec_nsec3(domain: Domain, security: DomainSecurity) -> Verdict:
    """The domain's zone uses NSEC3 with more iterations than none, or with salt.

    ## Why it matters
    Neither keeps the names of a zone from being guessed. Both cost every resolver and name server time, and beyond a
    number of iterations resolvers take the zone for unsigned.
    ## What to do
    Set the parameters of NSEC3 to no iterations and no salt (1 0 0 -), or use NSEC where the names are no secret.
    """
    if not security.own.signed:
        return not_applicable()
    hashing = need(security.hashing)
    if hashing is None:
        return not_applicable()
    if not hashing.iterations and not hashing.salt:
        return ok()
    rounds = f"{hashing.iterations} {'iteration' if hashing.iterations == 1 else 'iterations'}"
    parts = ([rounds] if hashing.iterations else []) + (["salt"] if hashing.salt else [])
    many = hashing.iterations > MANY_ROUNDS
    return fail("many" if many else "some", domain=domain.name, parameters=" and ".join(parts))


@rule(
    "DNSSEC-SIG-EXPIRY",
    severity=Severity.MEDIUM,
    reference="RFC 6781 section 4.4.2",
    message="DNSSEC signatures of {domain} end soon and are not renewed: {signatures}",
)
def dnssec_sig_expiry(domain: Domain, security: DomainSecurity, moment: Moment) -> Verdict:
    """Signatures of the domain's zone are about to expire.

    ## Why it matters
    With the end of its signatures a zone disappears for all validating resolvers. Signers renew them days before, so
    this one may have stopped. It is said when less than 48 hours are left, and less than a quarter of the time for
    which they hold: who signs each answer as it is asked for makes signatures that hold for a day or two, and of those
    it says nothing that they end soon.
    ## What to do
    See whether the signer runs, whether its keys are there, and whether the name servers fetch the zone from it.
    """
    lifetimes = need(security.lifetimes)
    if not lifetimes:
        return not_applicable()
    due = []
    for rdtype, life in lifetimes:
        left, whole = life.expiration - moment.now, life.expiration - life.inception
        if left < min(EXPIRING, whole * SHARE):
            due.append(f"{rdtype} in {_hours(left)}")
    return fail(domain=domain.name, signatures=tuple(due)) if due else ok()


@rule(
    "DNSSEC-RESOLVER-DIFFERS",
    severity=Severity.INFO,
    reference="RFC 4035 section 3.2.3; RFC 6840 section 5.7",
    message="by our own validation {domain} is {ours}, by the resolver's it is {theirs}",
)
def dnssec_resolver_differs(domain: Domain, view: ResolverView) -> Verdict:
    """A validating resolver on this machine sees the domain's state otherwise than we do.

    ## Why it matters
    Both walk from the same keys down. They differ where the resolver has other trust anchors or exceptions, does not
    know an algorithm or rejects it by policy, or keeps old answers. Our own validation is the one that is judged by.
    ## What to do
    Look into the resolver's configuration for negative trust anchors, disabled algorithms and private zones.
    """
    return fail(domain=domain.name, ours=str(view.ours), theirs=view.differs) if view.differs else ok()


def _reason(standing: Standing) -> str:
    return REASONS[standing.why].format(standing.where) if standing.why else str(standing.state)


def _failure(bogus: Bogus) -> str:
    reason = _reason(bogus.standing)
    return reason if bogus.name in bogus.standing.where else f"{bogus.name}: {reason}"


def _hours(left: timedelta) -> str:
    hours = int(left / timedelta(hours=1))
    return {0: "less than an hour", 1: "1 hour"}.get(hours, f"{hours} hours")
