"""Rules on the announcement of an MTA-STS policy (RFC 8461 section 3.1)."""

from __future__ import annotations

from audit.model.fact import Known, all_of, first_hole, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.mta_sts.policy import StsServed, StsStray
from audit.protocol.mta_sts.record import BELOW, StsAliases, StsRecordFound
from audit.protocol.mx.hosts import HostTable, MailClass
from audit.rules.alias import gone
from audit.rules.mta_sts.mending import FIRST_AGE, new_record, served
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.syntax import mta_sts

SHOWN = 5


@rule(
    "MTASTS-MISSING",
    severity=Severity.LOW,
    reference="RFC 8461 section 3; RFC 7435",
    message="{domain} announces no MTA-STS policy: senders encrypt only as long as nobody on the way objects",
)
def mtasts_missing(
    domain: Domain, found: StsRecordFound, mail: MailClass, table: HostTable, aliases: StsAliases
) -> Verdict:
    """The domain asks nobody to insist on TLS by MTA-STS.

    ## Why it matters
    Senders fall back to plain text when STARTTLS is not offered, and somebody on the way can see to it that it is not.
    With a policy they deliver only over TLS, to hosts that the policy names.
    ## What to do
    Serve a policy with the mode "testing" from a web server with a valid certificate, then publish the record, and ask
    for reports (TLS-RPT). When the reports are clean for some weeks, change the mode to "enforce" and the id.
    """
    if not need(mail.takes_mail):
        return not_applicable()
    if found.found:
        return ok()
    sound = table.hole is None and all(isinstance(row, Known) and row.value.known for _, row in table.rows)
    free = aliases.record == Known(None)  # beside an alias nothing may stand (RFC 1034 section 3.6.2)
    names = tuple(host for host, _ in table.rows)  # a policy must not bind senders to a host that is not there
    policy = served(domain, mta_sts.Mode.TESTING, names, FIRST_AGE) if sound and free else ()
    return fail(domain=domain.name, publish=(*policy, new_record(domain, found.next_id)) if policy else ())


@rule(
    "MTASTS-TXT-MULTI",
    severity=Severity.HIGH,
    reference="RFC 8461 section 3.1",
    message="{domain} has {count} MTA-STS records; senders use none of them",
)
def mtasts_txt_multi(domain: Domain, found: StsRecordFound) -> Verdict:
    """More than one MTA-STS record stands at the domain.

    ## Why it matters
    Senders then take it that there is no policy, and nothing protects the mail.
    ## What to do
    Remove all but one. The one that stays needs an id that no earlier one had.
    """
    if not found.announced:
        return not_applicable()
    if len(found.found) <= 1:
        return ok()
    return fail(domain=domain.name, count=len(found.found), publish=(new_record(domain, found.next_id),))


@rule(
    "MTASTS-TXT-SYNTAX",
    severity=Severity.HIGH,
    reference="RFC 8461 section 3.1",
    message="the MTA-STS record of {domain} cannot be read: {places}",
    supersedes=("MTASTS-MISSING",),
)
def mtasts_txt_syntax(domain: Domain, found: StsRecordFound) -> Verdict:
    """The MTA-STS record breaks the grammar.

    ## Why it matters
    Senders take it that there is no policy. A record that does not begin literally with "v=STSv1;" is none at all.
    ## What to do
    Write v=STSv1; id= and up to 32 letters and digits, such as the time of the last change.
    """
    texts = found.found or found.meant
    if not texts:
        return not_applicable()
    problems = [p for text in texts for p in mta_sts.parse_record(text).problems]
    places = tuple(f"{p.text} (character {p.at + 1}: {p.code})" for p in problems)
    if not places:
        return ok()
    return fail(domain=domain.name, places=places[:SHOWN], publish=(new_record(domain, found.next_id),))


@rule(
    "MTASTS-ORPHAN",
    severity={"no policy": Severity.HIGH, "no record": Severity.LOW},
    reference="RFC 8461 sections 3.1 and 3.3",
    message="{domain} has only one half of MTA-STS: {half}",
    supersedes=("MTASTS-FETCH", "MTASTS-ADDRESS", "MTASTS-MISSING"),
)
def mtasts_orphan(domain: Domain, found: StsRecordFound, offered: StsServed, stray: StsStray) -> Verdict:
    """An MTA-STS record announces a policy that is not there, or a policy is there that no record announces.

    ## Why it matters
    Senders need both: without the policy they have nothing to go by, and without the record they never look for it.
    ## What to do
    Serve the policy, or publish the record. To end MTA-STS first serve a policy with the mode "none" for as long as
    the max_age of the last one, then remove both.
    """
    if not found.announced:
        text = need(stray.policy)
        if text is None or text.broken or text.mode is mta_sts.Mode.NONE:
            return not_applicable()
        half = f"a policy, which no record at {BELOW}.{domain.name} announces"
        return fail("no record", domain=domain.name, half=half, publish=(new_record(domain, found.next_id),))
    if not need(offered.gone):
        return ok()
    why = "whose host has no address" if offered.exists == Known(False) else f"which is not there ({_first(offered)})"
    return fail("no policy", domain=domain.name, half=f"a record, for a policy {why}")


@rule(
    "MTASTS-CNAME",
    severity={"free": Severity.CRITICAL, "dangling": Severity.HIGH, "alias": Severity.INFO},
    reference="RFC 8461 section 8.2",
    message="names of MTA-STS of {domain} are aliases: {aliases}",
)
def mtasts_cname(domain: Domain, names: StsAliases) -> Verdict:
    """A name that MTA-STS rests on is an alias.

    ## Why it matters
    Whoever has the target decides on the policy, and so on which hosts get the mail of senders that heed it. That is
    as it should be with an operator of policies. A target that does not exist may be there for anybody to take, and
    certainly is where nobody has registered its domain: with a policy of his own he makes senders withhold your mail.
    ## What to do
    Nothing where the target is your operator's. Remove an alias whose target is gone.
    """
    known = [a.value for a in (names.record, names.host) if isinstance(a, Known) and a.value is not None]
    told = tuple(f"{a.name} to {a.target}{gone(a)}" for a in known)
    causes = tuple(cause("alias", a.target) for a in known)
    if any(a.lost for a in known):
        step = "free" if any(a.taken_by for a in known) else "dangling"
        doubt = None if step == "free" else first_hole(*(a.free for a in known), names.record, names.host)
        return fail(step, domain=domain.name, aliases=told, causes=causes, doubt=doubt)
    need(all_of(Known(True) if isinstance(a, Known) else a for a in (names.record, names.host)))
    return fail("alias", domain=domain.name, aliases=told, causes=causes) if told else ok()


def _first(offered: StsServed) -> str:
    return next((f"{fault.text} at {address}" for address, fault in offered.faults), "")
