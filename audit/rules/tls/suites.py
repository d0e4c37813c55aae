"""Rules on the suites that mail servers take, and on how they agree upon keys (RFC 9325 section 4)."""

from __future__ import annotations

from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Server
from audit.protocol.tls_terms import BadSuites, DiffieHellman, OlderHabits, PostQuantum, StaticKeys
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule

GOOD_PRIME, LEAST_PRIME = 2048, 1024  # bits; RFC 9325 section 4.3
NAMED = 5  # suites in one message


@rule(
    "TLS-CIPHER-BAD",
    severity={"bad": Severity.MEDIUM, "anonymous": Severity.LOW},
    reference="RFC 9325 section 4.1, RFC 7465",
    message="{host} at {address} takes suites that must not be used ({kinds}): {suites}",
)
def tls_cipher_bad(server: Server, bad: BadSuites) -> Verdict:
    """A mail server takes cipher suites that must not be used.

    ## Why it matters
    NULL does not encrypt; EXPORT, DES, RC4, 3DES, IDEA, SEED and MD5 can be attacked, and a sender may be led to choose
    them. Suites without a certificate are no worse than one that nobody looks at, but prove nothing to those who do.
    ## What to do
    Allow only suites with ECDHE and AES-GCM or ChaCha20: Mozilla's “intermediate” configuration is a good start.
    """
    if bad.taken is None:
        return not_applicable()
    if bad.taken:
        kinds = tuple(str(family) for family in bad.families)
        return fail("bad", host=server.host, address=server.address, kinds=kinds, suites=bad.taken[:NAMED])
    if bad.anonymous:
        suites = bad.anonymous[:NAMED]
        return fail(
            "anonymous", doubt=bad.hole, host=server.host, address=server.address, kinds=("anonymous",), suites=suites
        )
    if bad.hole:
        need(bad.hole)
    return ok()


@rule(
    "TLS-CIPHER-NOFS",
    severity=Severity.LOW,
    reference="RFC 9325 section 4.1",
    message="{host} at {address} agrees upon keys without forward secrecy: {suite}",
)
def tls_cipher_nofs(server: Server, static: StaticKeys) -> Verdict:
    """A mail server takes suites without forward secrecy.

    ## Why it matters
    Who records mail today can read it on the day on which the server's key is stolen. RSA key exchange has been broken
    time and again as well.
    ## What to do
    Allow only suites with ECDHE, or DHE with a prime of 2048 bits or more.
    """
    if static.suite is None:
        return not_applicable()
    suite = need(static.suite)
    return fail(host=server.host, address=server.address, suite=suite) if suite else ok()


@rule(
    "TLS-DH-BITS",
    severity={"broken": Severity.HIGH, "short": Severity.MEDIUM},
    reference="RFC 9325 section 4.3, RFC 7919",
    message="{host} at {address} agrees upon keys with a prime of {bits} bits",
)
def tls_dh_bits(server: Server, primes: DiffieHellman) -> Verdict:
    """A mail server agrees upon keys with a prime that is too short.

    ## Why it matters
    Primes of 512 bits are broken within hours, those of 1024 bits within the means of states. Some senders refuse them
    and fall back to no encryption.
    ## What to do
    Use a group of RFC 7919 (ffdhe2048 or larger), or turn DHE off: ECDHE does the same with less work.
    """
    if primes.bits is None:
        return not_applicable()
    if primes.bits and primes.bits[0] < GOOD_PRIME:
        step = "broken" if primes.bits[0] < LEAST_PRIME else "short"
        return fail(step, host=server.host, address=server.address, bits=primes.bits[0])
    if primes.hole:
        need(primes.hole)
    return ok() if primes.bits else not_applicable()


@rule(
    "TLS-COMPRESSION",
    severity=Severity.LOW,
    reference="RFC 9325 section 3.3",
    message="{host} at {address} compresses within TLS",
)
def tls_compression(server: Server, older: OlderHabits) -> Verdict:
    """A mail server compresses within TLS.

    ## Why it matters
    How much a text shrinks tells something of what is in it: so secrets have been guessed (CRIME).
    ## What to do
    Turn compression off, and update the server's TLS library: those of today do not compress.
    """
    flight = need(older.flight)
    if flight is None:
        return not_applicable()
    return fail(host=server.host, address=server.address) if flight.compression else ok()


@rule(
    "TLS-RENEG",
    severity=Severity.LOW,
    reference="RFC 5746, RFC 9325 section 3.5",
    message="{host} at {address} does not know safe renegotiation",
)
def tls_reneg(server: Server, older: OlderHabits) -> Verdict:
    """A mail server does not know how to renegotiate safely.

    ## Why it matters
    Whoever is on the way could begin a session of their own and let a sender's go on in it (CVE-2009-3555).
    ## What to do
    Update the server's TLS library: all since 2010 know RFC 5746.
    """
    flight = need(older.flight)
    if flight is None:
        return not_applicable()
    return ok() if flight.renegotiation_info else fail(host=server.host, address=server.address)


@rule(
    "TLS-PQ",
    severity=Severity.INFO,
    reference="RFC 8446 section 4.2.7, draft-ietf-tls-ecdhe-mlkem",
    message="{host} at {address} does not agree upon keys with X25519MLKEM768",
)
def tls_pq(server: Server, quantum: PostQuantum) -> Verdict:
    """A mail server does not know key exchange that withstands quantum computers.

    ## Why it matters
    Mail that is recorded today could be read once there are quantum computers. Large senders offer the new group
    already.
    ## What to do
    Nothing in haste: with OpenSSL 3.5 or newer it is on by default.
    """
    if quantum.known is None:
        return not_applicable()
    return ok() if need(quantum.known) else fail(host=server.host, address=server.address)
