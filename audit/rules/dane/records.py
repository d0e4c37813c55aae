"""Rules on the signed TLSA records of a mail host: whether they can be used, and how long they will fit."""

from __future__ import annotations

from collections import defaultdict

from audit.catalog.rotations import Rotation, rotation_of
from audit.model.fact import Known, need
from audit.model.report import Severity
from audit.model.subject import Host
from audit.protocol.dane import HostKeys, HostTlsa
from audit.rules.dane.mending import mended, short
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.syntax import dane, x509
from audit.syntax.dane import CERTIFICATE, EE, FULL, TA, Misfit, Tlsa

MOST = 12  # records of one host that Exchange Online reads
SHOWN = 6
ODD = frozenset({Misfit.SELECTOR, Misfit.MATCHING, Misfit.LENGTH, Misfit.UNREADABLE})


@rule(
    "DANE-USAGE",
    severity={"only": Severity.MEDIUM, "others": Severity.LOW},
    reference="RFC 7672 section 3.1.3",
    message="{host} has TLSA records whose usage is not for mail: {records}",
)
def dane_usage(host: Host, tlsa: HostTlsa, keys: HostKeys) -> Verdict:
    """TLSA records of a mail host have a usage that mail servers do not look at.

    ## Why it matters
    Usages 0 and 1 want a certificate that public authorities vouch for, which mail servers do not agree on. Where all
    records are of these, senders encrypt without knowing with whom.
    ## What to do
    Publish records of usage 3 with selector 1 and matching type 1 (3 1 1), and take the others away.
    """
    if not tlsa.signed:
        return not_applicable()
    wrong = tuple(r for r in tlsa.read if dane.unusable(r) is Misfit.USAGE)
    if not wrong:
        return ok()
    return fail(
        "others" if tlsa.usable else "only",
        host=host.name,
        records=tuple(map(short, wrong[:SHOWN])),
        publish=mended(host.name, tlsa, keys),
        causes=(cause("host", host.name),),
    )


@rule(
    "DANE-PARAMS",
    severity={"broken": Severity.MEDIUM, "whole": Severity.INFO},
    reference="RFC 6698 section 2.1; RFC 7671 section 10.1",
    message="{host} has TLSA records {fault}: {records}",
)
def dane_params(host: Host, tlsa: HostTlsa, keys: HostKeys) -> Verdict:
    """TLSA records of a mail host cannot be read, or hold a whole certificate or key.

    ## Why it matters
    Senders pass over a record whose selector or matching type they do not know, or whose digest is cut. One with a
    whole certificate works, but makes the answer long.
    ## What to do
    Make the record anew from the certificate, as a digest: 3 1 1 and the SHA-256 of its public key.
    """
    if not tlsa.signed:
        return not_applicable()
    parsed = tlsa.read
    broken = [short(r) for r in parsed if dane.unusable(r) in ODD]
    broken += [text[:60] for text in tlsa.records if dane.read(text) is None]
    if broken:
        return fail(
            "broken",
            host=host.name,
            fault="that cannot be read",
            records=tuple(broken[:SHOWN]),
            publish=mended(host.name, tlsa, keys),
            causes=(cause("host", host.name),),
        )
    whole = tuple(short(r) for r in tlsa.usable if r.matching == FULL)
    if whole:
        fault = "that hold a whole certificate or key instead of a digest"
        return fail("whole", host=host.name, fault=fault, records=whole[:SHOWN])
    return ok()


@rule(
    "DANE-ROLLOVER",
    severity={"server": Severity.LOW, "authority": Severity.INFO},
    reference="RFC 7671 sections 8.1 and 8.4",
    message="the TLSA records of {host} name one {what} and no other: {records}",
)
def dane_rollover(host: Host, tlsa: HostTlsa, keys: HostKeys) -> Verdict:
    """The TLSA records of a mail host leave no room for the next key.

    ## Why it matters
    On the day when the key is changed, be it planned or in need, no record fits it. Until a new one is published and
    the old one is forgotten, senders that validate DANE do not deliver.
    ## What to do
    Make the next key now, and publish its record (3 1 1) beside that of the present one. Or publish one of the
    authority that issues your certificates (2 1 1) as well. Change the key only when the record has been there for
    twice its TTL.
    """
    usable = tlsa.usable
    if not usable:
        return not_applicable()
    if _several(usable):
        return ok()
    if len(usable) > 1:  # digests of different kinds: of the same thing, or not?
        named = [{i for i, der in enumerate(_seen(keys)) if dane.names(r, der)} for r in usable]
        if not set.intersection(*named):
            if not any(named):
                need(keys.hole or Known(True))
            return ok() if any(named) else not_applicable()
    server = usable[0].usage == EE
    return fail(
        "server" if server else "authority",
        host=host.name,
        what="key or certificate" if server else "authority",
        records=tuple(map(short, usable[:SHOWN])),
        causes=(cause("host", host.name),),
    )


def _several(records: tuple[Tlsa, ...]) -> bool:
    """Whether records name more than one thing for certain: a server and an authority, or two digests of a kind."""
    kinds: dict[tuple[int, int, int], set[bytes]] = defaultdict(set)
    for r in records:
        kinds[r.usage, r.selector, r.matching].add(r.data)
    return len({usage for usage, _, _ in kinds}) > 1 or any(len(data) > 1 for data in kinds.values())


def _seen(keys: HostKeys) -> tuple[bytes, ...]:
    """The certificates that servers of the host were seen to send."""
    return tuple(dict.fromkeys(der for chain in keys.chains for der in chain))


@rule(
    "DANE-SELECTOR0",
    severity=Severity.LOW,
    reference="RFC 7671 section 5.1",
    message="the TLSA records of {host} name its certificate, which every renewal replaces: {records}",
)
def dane_selector0(host: Host, tlsa: HostTlsa, keys: HostKeys) -> Verdict:
    """The TLSA records of a mail host name its certificate rather than its key.

    ## Why it matters
    Each renewal makes a new certificate, which the record does not fit: then senders that validate DANE do not deliver
    until the record is changed. Renewals come ever more often.
    ## What to do
    Publish the digest of the key (3 1 1) beside it, and let renewals keep the key.
    """
    usable = tlsa.usable
    if not usable:
        return not_applicable()
    if any((r.usage, r.selector) != (EE, CERTIFICATE) for r in usable):
        return ok()
    return fail(
        host=host.name,
        records=tuple(map(short, usable[:SHOWN])),
        publish=mended(host.name, tlsa, keys),
        causes=(cause("host", host.name),),
    )


@rule(
    "DANE-LE-TA",
    severity=Severity.MEDIUM,
    reference="RFC 7671 section 5.2",
    message="the TLSA records of {host} name {count} of the {of} intermediates that {authority} may issue from",
)
def dane_le_ta(host: Host, tlsa: HostTlsa, keys: HostKeys) -> Verdict:
    """The TLSA records of a mail host name an intermediate of an authority that changes its intermediates.

    ## Why it matters
    The next certificate may be issued by another intermediate, without notice. Then no record fits, and senders that
    validate DANE do not deliver.
    ## What to do
    Name the server's own key instead (3 1 1), and let renewals keep it. Or publish a record for each intermediate that
    may issue, those in reserve as well, and follow what the authority announces.
    """
    usable = tlsa.usable
    if not usable:
        return not_applicable()
    if any(r.usage != TA for r in usable):
        return ok()
    named = [c for c in keys.chains if any(dane.names(r, der) for r in usable for der in c[1:] if _replaceable(der))]
    rotation = next((r for r in map(_rotation, named) if r is not None), None)
    if rotation is None:
        need(keys.hole or Known(True))
        return ok() if keys.chains else not_applicable()
    count = len({(r.selector, r.matching, r.data) for r in usable})
    if count >= rotation.intermediates:
        return ok()
    return fail(
        host=host.name,
        count=count,
        authority=rotation.name,
        of=rotation.intermediates,
        publish=mended(host.name, tlsa, keys),
        causes=(cause("host", host.name),),
    )


def _replaceable(der: bytes) -> bool:
    """Whether a certificate is an intermediate: a root stays."""
    return not x509.parse(der).self_issued


def _rotation(chain: tuple[bytes, ...]) -> Rotation | None:
    """The authority that issued a server's certificate, if it changes its intermediates."""
    organization = x509.parse(chain[0]).issuer_organization
    return rotation_of(organization) if organization else None


@rule(
    "DANE-COUNT",
    severity=Severity.LOW,
    reference="RFC 7671 section 8; Microsoft Learn, How SMTP DNS-based Authentication of Named Entities works",
    message="{host} has {count} TLSA records, and some senders read {allowed} at most",
)
def dane_count(host: Host, tlsa: HostTlsa) -> Verdict:
    """A mail host has more TLSA records than some senders read.

    ## Why it matters
    Exchange Online reads about twelve. If the record that fits is not among them, it does not deliver.
    ## What to do
    Take away those of keys and authorities that are no longer used.
    """
    if not tlsa.signed:
        return not_applicable()
    if len(tlsa.records) <= MOST:
        return ok()
    return fail(host=host.name, count=len(tlsa.records), allowed=MOST, causes=(cause("host", host.name),))
