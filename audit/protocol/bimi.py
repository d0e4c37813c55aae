"""BIMI (draft-brand-indicators-for-message-identification): the picture of its brand that a domain wants shown.

The record stands at `default._bimi` below the domain or, where that has none, below its organizational domain. What it
names is fetched as a policy of MTA-STS is: once, at one judged address, following nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.catalog.suffixes import registrable
from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.probe import FetchOutcome, HttpsFetch, HttpsGet, Question
from audit.model.subject import Domain, Host
from audit.protocol.inquiry import Steps, answer, ask, inquiry, settle
from audit.protocol.mta_sts.policy import OURS
from audit.protocol.mx.hosts import host_addresses
from audit.syntax import bimi as syntax
from audit.syntax import mark_certificate, svg_tiny, txt
from audit.syntax.addresses import special_use

BELOW = "default._bimi"
MAX_FILE = 256 * 1024  # octets


@dataclass(frozen=True, slots=True)
class BimiFound:
    """The records that apply to a domain, and where they stand."""

    at: str
    found: tuple[str, ...]

    @property
    def record(self) -> syntax.BimiRecord | None:
        """More than one record counts as none."""
        return syntax.parse(self.found[0]) if len(self.found) == 1 else None


@dataclass(frozen=True, slots=True)
class BimiPicture:
    """What is wrong with the picture; None where no record names one."""

    problems: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class BimiMark:
    """The certificate of the mark, None where the record names none; or why there is nothing to read at its URL."""

    url: str | None
    certificate: mark_certificate.MarkCertificate | None
    fault: str | None


@inquiry
def bimi_found(domain: Domain) -> Steps[BimiFound]:
    """Find the record that applies."""
    organization = registrable(domain.name) or domain.name
    found: tuple[str, ...] = ()
    for name in dict.fromkeys((domain.name, organization)):
        at = f"{BELOW}.{name}"
        texts = (yield from answer(Question(name=at, rdtype="TXT"))).records
        found = tuple(filter(syntax.is_bimi, map(txt.joined, texts)))
        if found:
            return BimiFound(at, found)
    return BimiFound(f"{BELOW}.{domain.name}", found)


@inquiry
def bimi_picture(domain: Domain, settings: Settings) -> Steps[BimiPicture]:
    """Fetch the picture and read it."""
    record = (yield from bimi_found(domain)).record
    if record is None or record.picture is None:
        return BimiPicture(None)
    body, fault = yield from _fetched(record.picture, settings)
    return BimiPicture((fault,) if fault else svg_tiny.problems(body))


@inquiry
def bimi_mark(domain: Domain, settings: Settings) -> Steps[BimiMark]:
    """Fetch the certificate of the mark and read it."""
    record = (yield from bimi_found(domain)).record
    url = record.certificate if record else None
    if url is None:
        return BimiMark(None, None, None)
    body, fault = yield from _fetched(url, settings)
    return BimiMark(url, None if fault else mark_certificate.read(body), fault)


def _fetched(url: str, settings: Settings) -> Steps[tuple[bytes, str | None]]:
    """A file, or what is there instead.

    Raises:
        Unestablished: that could not be seen.
    """
    found = yield from settle(host_addresses(Host(syntax.url_host(url) or "")))
    if isinstance(found, Unknown):
        raise Unestablished(found)
    if found.value.any == Known(False):
        return b"", "its host has no address"
    if not found.value.known:
        raise Unestablished(found.value.any if isinstance(found.value.any, Unknown) else Unknown("not_gathered"))
    address = found.value.known[0]
    if special := special_use(address, settings.allow_net):
        return b"", f"its host has an address that is not public: {special}"
    get = HttpsGet(url=url, address=address, port=settings.https_port, limit=MAX_FILE)
    fetch = yield from ask(get)
    got = _got(get, fetch)
    if isinstance(got, Unknown):
        raise Unestablished(got)
    return got.value


def _got(get: HttpsGet, fetch: HttpsFetch) -> Fact[tuple[bytes, str | None]]:
    if fetch.outcome is FetchOutcome.TOO_LONG:
        return Known((b"", "there are more than 256 KiB"))
    if fetch.outcome is not FetchOutcome.OK or fetch.status is None:
        return Unknown(OURS.get(fetch.outcome, f"https.{fetch.outcome}"), (get,))
    if fetch.status == 200:
        return Known((fetch.body, None))
    if fetch.status in (404, 410):
        return Known((b"", f"nothing is there (status {fetch.status})"))
    return Unknown("https.turned_away" if fetch.status == 429 else "https.status", (get,))
