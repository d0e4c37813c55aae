"""Rules on a DKIM key record (RFC 6376 section 3.6.1): one record, in the grammar, that verifiers may use."""

from __future__ import annotations

from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Selector
from audit.protocol.dkim.discovery import DkimKeyFound
from audit.protocol.sending import Sending
from audit.rules.dkim.mending import one_record
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax.dkim import ED25519, FOR_MAIL, RSA, SHA256
from audit.syntax.dkim_mending import hint
from audit.syntax.escape import octet_text

MAX_UDP = 512  # octets that a DNS reply by UDP may have without EDNS (RFC 1035 section 4.2.1)
REPORTS = {"tlsrpt"}  # RFC 8460 section 3


@rule(
    "DKIM-MULTI-TXT",
    severity=Severity.MEDIUM,
    reference="RFC 6376 section 3.6.2.2",
    message="{records} TXT records stand at {name}",
)
def dkim_multi_txt(selector: Selector, found: DkimKeyFound) -> Verdict:
    """More than one TXT record stands at a selector.

    ## Why it matters
    What a verifier does with several is not defined: some take the first that comes, some take none.
    ## What to do
    Keep the one record that holds the key in use. For a second key take a second selector.
    """
    if not found.exists:
        return not_applicable()
    if len(found.texts) == 1:
        return ok()
    return fail(publish=one_record(selector, found), name=selector.label, records=len(found.texts))


@rule(
    "DKIM-SYNTAX",
    severity=Severity.HIGH,
    reference="RFC 6376 sections 3.2 and 3.6.1",
    message="the key at {name} cannot be read: {places}{hint}",
)
def dkim_syntax(selector: Selector, found: DkimKeyFound) -> Verdict:
    """A DKIM key record breaks the grammar.

    ## Why it matters
    Verifiers cannot use it: signatures made with it fail.
    ## What to do
    Paste the record again as it was given. Usual faults: an escaped semicolon, quotes inside, a part that was cut off.
    """
    if found.key is None:
        return not_applicable()
    if not found.key.problems:
        return ok()
    likely = hint(found.key)
    return fail(
        publish=one_record(selector, found),
        name=selector.label,
        places=tuple(f"{p.text} ({p.code})" for p in found.key.problems[:5]),
        hint=f"; {likely}" if likely else "",
    )


@rule(
    "DKIM-REVOKED",
    severity={"configured": Severity.HIGH, "guessed": Severity.INFO},
    reference="RFC 6376 section 3.6.1",
    message="the key at {name} is revoked",
)
def dkim_revoked(selector: Selector, found: DkimKeyFound, sending: Sending) -> Verdict:
    """A DKIM key is revoked.

    ## Why it matters
    An empty p= says that the key must not be used any more: signatures made with it fail.
    ## What to do
    Make sure that nothing signs with the selector, or publish its key again. Of a domain that sends nothing a revoked
    key is as it should be.
    """
    if found.key is None:
        return not_applicable()
    if not found.key.revoked:
        return ok()
    if not need(sending.sends):
        return not_applicable()
    return fail("configured" if found.configured else "guessed", name=selector.label)


@rule(
    "DKIM-KEYTYPE",
    severity=Severity.MEDIUM,
    reference="RFC 6376 section 3.6.1; RFC 8463 section 4.2",
    message="the key at {name} is of type {type}, which verifiers do not know",
)
def dkim_keytype(selector: Selector, found: DkimKeyFound) -> Verdict:
    """A DKIM key is of a type that verifiers do not know.

    ## Why it matters
    Signatures made with it are ignored, as if the mail was not signed.
    ## What to do
    Use an RSA key (k=rsa) of 2048 bits.
    """
    key = found.usable
    if key is None:
        return not_applicable()
    return ok() if key.key_type in (RSA, ED25519) else fail(name=selector.label, type=octet_text(key.key_type, 60))


@rule(
    "DKIM-HASH",
    severity=Severity.HIGH,
    reference="RFC 8301 section 3.1; RFC 6376 section 3.6.1",
    message="the key at {name} does not allow SHA-256: h={hashes}",
)
def dkim_hash(selector: Selector, found: DkimKeyFound) -> Verdict:
    """A DKIM key does not allow SHA-256.

    ## Why it matters
    SHA-256 is the only hash that signers may use and verifiers accept. With this h= no signature can pass.
    ## What to do
    Leave the h= tag out.
    """
    key = found.usable
    if key is None or key.tag("h") is None:
        return not_applicable()
    if SHA256 in key.hashes:
        return ok()
    return fail(publish=one_record(selector, found), name=selector.label, hashes=octet_text(key.tag("h") or "", 60))


@rule(
    "DKIM-SERVICE",
    severity={"": Severity.HIGH, "reports": Severity.INFO},
    reference="RFC 6376 section 3.6.1; RFC 8460 section 3",
    message="the key at {name} is not for mail: s={services}",
)
def dkim_service(selector: Selector, found: DkimKeyFound) -> Verdict:
    """A DKIM key is not meant for mail.

    ## Why it matters
    A verifier of mail must ignore a key whose s= names neither email nor *: signatures made with it fail.
    ## What to do
    Leave the s= tag out. A key for reports on TLS alone (s=tlsrpt) may stay as it is, if nothing signs mail with it.
    """
    key = found.usable
    if key is None or key.tag("s") is None:
        return not_applicable()
    if FOR_MAIL & set(key.services):
        return ok()
    reports = set(key.services) == REPORTS and not found.configured
    return fail(
        "reports" if reports else "",
        publish=() if reports else one_record(selector, found),
        name=selector.label,
        services=octet_text(key.tag("s") or "", 60),
    )


@rule(
    "DKIM-TEST",
    severity=Severity.LOW,
    reference="RFC 6376 section 3.6.1",
    message="the key at {name} says that DKIM is being tested (t=y)",
)
def dkim_test(selector: Selector, found: DkimKeyFound) -> Verdict:
    """A DKIM key says that it is being tested.

    ## Why it matters
    Verifiers must treat the mail no differently, but some do, and it tells everybody that the setup is not finished.
    ## What to do
    Remove the flag y from the t= tag once signing works.
    """
    key = found.usable
    if key is None:
        return not_applicable()
    return fail(publish=one_record(selector, found), name=selector.label) if "y" in key.flags else ok()


@rule(
    "DKIM-STRICT-I",
    severity=Severity.INFO,
    reference="RFC 6376 section 3.6.1",
    message="the key at {name} is for the domain itself, not for names below it (t=s)",
)
def dkim_strict_i(selector: Selector, found: DkimKeyFound) -> Verdict:
    """A DKIM key does not allow identities below the domain.

    ## Why it matters
    With t=s the i= tag of a signature must hold exactly the domain of d=. Mail from subdomains that signs with this key
    and names its own domain in i= fails.
    ## What to do
    Nothing, if no subdomain signs with this key. Else remove the flag s from the t= tag.
    """
    key = found.usable
    if key is None:
        return not_applicable()
    return fail(name=selector.label) if "s" in key.flags else ok()


@rule(
    "DKIM-G",
    severity=Severity.LOW,
    reference="RFC 6376 appendix C.2; RFC 4871 section 3.6.1",
    message="the key at {name} has the tag g={value}, which is obsolete",
)
def dkim_g(selector: Selector, found: DkimKeyFound) -> Verdict:
    """A DKIM key has the obsolete tag g=.

    ## Why it matters
    It has no meaning since RFC 6376, but old verifiers heed it: with an empty g= they accept no signature at all.
    ## What to do
    Leave the g= tag out.
    """
    key = found.usable
    if key is None:
        return not_applicable()
    value = key.tag("g")
    if value is None:
        return ok()
    return fail(publish=one_record(selector, found), name=selector.label, value=octet_text(value, 60))


@rule(
    "DKIM-SIZE",
    severity=Severity.INFO,
    reference="RFC 6376 section 3.6.2.2; RFC 1035 section 4.2.1; RFC 6891",
    message="the record at {name} makes a reply of {octets} octets; {most} fit into the oldest form of DNS",
)
def dkim_size(selector: Selector, found: DkimKeyFound) -> Verdict:
    """A DKIM record needs a long DNS reply.

    ## Why it matters
    Replies of more than 512 octets need EDNS or TCP. Nearly all have them; behind an old firewall the key is not seen.
    ## What to do
    Nothing, as long as DNS passes by TCP as well. A record of a 2048-bit key without notes fits.
    """
    if not found.exists:
        return not_applicable()
    return fail(name=selector.label, octets=found.octets, most=MAX_UDP) if found.octets > MAX_UDP else ok()
