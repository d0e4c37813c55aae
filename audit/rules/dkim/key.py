"""Rules on the key in a DKIM record: its strength and its age (RFC 8301, RFC 8463)."""

from __future__ import annotations

from datetime import timedelta

from audit.catalog.profiles import Thresholds
from audit.model.fact import need
from audit.model.report import Severity, SubjectName
from audit.model.subject import Selector
from audit.protocol.circumstances import Moment
from audit.protocol.dkim.discovery import DkimKeyFound
from audit.protocol.dkim.history import KeyAge
from audit.rules.dkim.mending import one_record
from audit.rules.dkim.record import MAX_UDP
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.syntax.dkim import ED25519, ED25519_OCTETS, RSA

MOST_BITS = 4096  # RFC 8301 section 3.2: verifiers must be able to handle keys of 1024 to 4096 bits
YEAR, HALF_YEAR = (12, timedelta(days=365)), (6, timedelta(days=183))


@rule(
    "DKIM-RSA-BITS",
    severity=Severity.HIGH,
    reference="RFC 8301 section 3.2",
    message="the key at {name} has {bits} bits; verifiers must refuse fewer than {least}",
)
def dkim_rsa_bits(selector: Selector, found: DkimKeyFound, limits: Thresholds) -> Verdict:
    """A DKIM key is too short to be accepted.

    ## Why it matters
    Keys of fewer than 1024 bits can be broken at home; verifiers must not accept them.
    ## What to do
    Make a key of 2048 bits, publish it at a new selector, and sign with that.
    """
    bits = _rsa_bits(found)
    if bits is None:
        return not_applicable()
    if bits >= limits.dkim_min_bits:
        return ok()
    return fail(causes=_key(found), name=selector.label, bits=bits, least=limits.dkim_min_bits)


@rule(
    "DKIM-RSA-1024",
    severity=Severity.MEDIUM,
    reference="RFC 8301 section 3.2",
    message="the key at {name} has {bits} bits; {good} are recommended",
)
def dkim_rsa_1024(selector: Selector, found: DkimKeyFound, limits: Thresholds) -> Verdict:
    """A DKIM key is shorter than recommended.

    ## Why it matters
    Keys of 1024 bits are accepted today, and within reach of those who have the means.
    ## What to do
    Make a key of 2048 bits, publish it at a new selector, sign with it, and remove the old one a week later.
    """
    bits = _rsa_bits(found)
    if bits is None or bits < limits.dkim_min_bits:
        return not_applicable()
    if bits >= limits.dkim_good_bits:
        return ok()
    return fail(causes=_key(found), name=selector.label, bits=bits, good=limits.dkim_good_bits)


@rule(
    "DKIM-RSA-LARGE",
    severity={"beyond": Severity.LOW, "long reply": Severity.INFO},
    reference="RFC 8301 section 3.2",
    message="the key at {name} has {bits} bits: {trouble}",
    supersedes=("DKIM-SIZE",),
)
def dkim_rsa_large(selector: Selector, found: DkimKeyFound, limits: Thresholds) -> Verdict:
    """A DKIM key is longer than is of use.

    ## Why it matters
    Verifiers need not handle keys of more than 4096 bits. Shorter ones than that may still need a DNS reply that does
    not pass everywhere, and each check takes longer.
    ## What to do
    A key of 2048 bits is enough.
    """
    bits = _rsa_bits(found)
    if bits is None:
        return not_applicable()
    if bits > MOST_BITS:
        trouble = f"verifiers need not handle more than {MOST_BITS}"
        return fail("beyond", causes=_key(found), name=selector.label, bits=bits, trouble=trouble)
    if bits > limits.dkim_good_bits and found.octets > MAX_UDP:
        trouble = f"the DNS reply has {found.octets} octets, and needs EDNS or TCP"
        return fail("long reply", name=selector.label, bits=bits, trouble=trouble)
    return ok()


@rule(
    "DKIM-RSA-WEAK",
    severity=Severity.HIGH,
    reference="RFC 8017 section 3.1; CVE-2017-15361",
    message="the RSA key at {name} is weak: {weaknesses}",
)
def dkim_rsa_weak(selector: Selector, found: DkimKeyFound) -> Verdict:
    """A DKIM key is easy to break, whatever its length.

    ## Why it matters
    Its private half can be worked out from the public one: anybody can sign in the name of the domain. Some verifiers
    refuse such a key outright.
    ## What to do
    Make a new key of 2048 bits with current software, publish it at a new selector, sign with it, and remove this one.
    """
    key = found.usable
    if key is None or key.bits is None:
        return not_applicable()
    return fail(causes=_key(found), name=selector.label, weaknesses=key.weaknesses) if key.weaknesses else ok()


@rule(
    "DKIM-ED25519-LEN",
    severity=Severity.HIGH,
    reference="RFC 8463 section 4.2",
    message="the Ed25519 key at {name} has {octets} octets, and should have {right}",
)
def dkim_ed25519_len(selector: Selector, found: DkimKeyFound) -> Verdict:
    """An Ed25519 key has the wrong length.

    ## Why it matters
    Verifiers cannot use it: signatures made with it fail.
    ## What to do
    Publish the 32 octets of the key alone, in base64. Tools write them wrapped (SubjectPublicKeyInfo, 44 octets, text
    that begins with MCowBQYDK2VwAyEA): take the last 32 octets of that.
    """
    key = found.usable
    if key is None or key.key_type != ED25519 or key.octets is None:
        return not_applicable()
    if key.octets == ED25519_OCTETS:
        return ok()
    return fail(publish=one_record(selector, found), name=selector.label, octets=key.octets, right=ED25519_OCTETS)


@rule(
    "DKIM-AGE",
    severity=Severity.INFO,
    reference="M3AAWG DKIM Key Rotation Best Common Practices",
    message="the key at {name} has been in use since {since} at least; {months} months are advised",
)
def dkim_age(selector: Selector, found: DkimKeyFound, age: KeyAge, moment: Moment, limits: Thresholds) -> Verdict:
    """A DKIM key has been in use for longer than advised.

    ## Why it matters
    The longer a key is in use, the more time there is to break or to steal it, and nobody notices.
    ## What to do
    Publish a new key at a new selector, sign with it, and a week later empty the p= of the old one. Keys that a
    provider publishes for you are the provider's to change.
    """
    if found.usable is None:
        return not_applicable()
    since = need(age.since)
    bits = _rsa_bits(found)
    months, most = HALF_YEAR if bits is not None and bits < limits.dkim_good_bits else YEAR
    if since is None or moment.now - since <= most:
        return ok()
    return fail(name=selector.label, since=since.date().isoformat(), months=months)


def _key(found: DkimKeyFound) -> tuple[SubjectName, ...]:
    """The key itself, which other domains may publish as well: by an alias, or themselves."""
    digest = found.usable.digest if found.usable else None
    return (cause("key", digest),) if digest else ()


def _rsa_bits(found: DkimKeyFound) -> int | None:
    return found.usable.bits if found.usable is not None and found.usable.key_type == RSA else None
