"""BIMI (draft-brand-indicators-for-message-identification): the picture of its brand that a domain wants shown.

The record stands at `default._bimi` below the domain or, where that has none, below its organizational domain. It names
files, and receivers fetch them as browsers do: over TLS, with a certificate that is valid for the host. Here each is
fetched at the first address of its host, which is judged before, and nothing is followed. The certificate of a mark
holds the picture, too, so the one that is served is compared with it.
"""

from __future__ import annotations

from audit.catalog.suffixes import registrable
from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown, need
from audit.model.probe import FetchOutcome, HttpsFetch, HttpsGet, Question
from audit.model.subject import Domain, Host
from audit.model.value import dataclass
from audit.protocol.alias import Alias, alias_at
from audit.protocol.circumstances import Circumstances
from audit.protocol.dmarc.policies import NamePolicy, dmarc_policies
from audit.protocol.fetching import GONE, TOO_OFTEN, confirmed, judged, silent, unfit
from audit.protocol.inquiry import Steps, inquiry, lookup, settle
from audit.protocol.mx.hosts import host_addresses
from audit.protocol.vantage import Vantage
from audit.syntax import bimi as syntax
from audit.syntax import mark_certificate, svg_tiny, txt
from audit.syntax.addresses import special_use
from audit.syntax.chain import TrustStore

SELECTOR = "default"
BELOW = f"{SELECTOR}._bimi"
MAX_FILE = 256 * 1024  # octets
NOTHING_WRONG: Fact[tuple[str, ...]] = Known(())


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
class BimiPolicies:
    """The policies of DMARC that must all be enforced, with the names that they are for."""

    rows: tuple[tuple[str, Fact[NamePolicy]], ...]


@dataclass(frozen=True, slots=True)
class BimiAlias:
    """Where `default._bimi` leads, when it is an alias."""

    alias: Alias | None


@dataclass(frozen=True, slots=True)
class BimiFile:
    """What is at a URL: octets, or in their stead a fault. `unfit` is why the web server's certificate is not taken."""

    body: bytes
    fault: str | None
    unfit: Fact[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class BimiPicture:
    """The picture and what is wrong with it; None where no record names one."""

    file: BimiFile | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BimiMark:
    """The file with the certificate of the mark, None where the record names none, and the certificate in it.

    `covers`: whether it is for the domain or its organizational domain. `shows`: whether it holds the picture that the
    record names; None where there are not both, or that cannot be told.
    """

    file: BimiFile | None
    certificate: mark_certificate.MarkCertificate | None
    covers: bool
    shows: Fact[bool | None]


@inquiry
def bimi_found(domain: Domain) -> Steps[BimiFound]:
    """Find the record that applies."""
    found: tuple[str, ...] = ()
    for name in _places(domain):
        question = _question(name)
        texts = (yield from lookup(question)).records
        found = tuple(filter(syntax.is_bimi, map(txt.joined, texts)))
        if found:
            return BimiFound(question.name, found)
    return BimiFound(f"{BELOW}.{domain.name}", found)


def _question(name: str) -> Question:
    return Question(name=f"{BELOW}.{name}", rdtype="TXT")


@inquiry
def bimi_alias(domain: Domain) -> Steps[BimiAlias]:
    """See whether the domain's own `default._bimi` is an alias, and whether anybody may take its target."""
    return BimiAlias((yield from alias_at(_question(domain.name), domain.name)))


@inquiry
def bimi_policies(domain: Domain) -> Steps[BimiPolicies]:
    """Find the policies on which it depends: that of the organizational domain, too, where that is another one."""
    own = yield from dmarc_policies(domain)
    rows = [("the domain", own.domain), ("existing subdomains", own.existing_subdomains)]
    *_, organization = _places(domain)
    if organization != domain.name:
        rows.append(("the organizational domain", (yield from dmarc_policies(Domain(organization))).domain))
    return BimiPolicies(tuple(rows))


@inquiry
def bimi_picture(
    domain: Domain, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[BimiPicture]:
    """Fetch the picture and read it."""
    record = (yield from bimi_found(domain)).record
    if record is None or record.picture is None:
        return BimiPicture(None, ())
    file = yield from bimi_file(record.picture, settings, vantage, circumstances, store)
    return BimiPicture(file, () if file.fault else svg_tiny.problems(file.body))


@inquiry
def bimi_mark(
    domain: Domain, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[BimiMark]:
    """Fetch the certificate of the mark and read it."""
    record = (yield from bimi_found(domain)).record
    if record is None or record.certificate is None:
        return BimiMark(None, None, False, Known(None))
    file = yield from bimi_file(record.certificate, settings, vantage, circumstances, store)
    certificate = None if file.fault else mark_certificate.read(file.body)
    if certificate is None:
        return BimiMark(file, None, False, Known(None))
    if not certificate.readable:
        raise Unestablished(Unknown("cert.unreadable"))
    covers = any(certificate.covers(name, SELECTOR) for name in _places(domain))
    picture = yield from settle(bimi_picture(domain, settings, vantage, circumstances, store))
    return BimiMark(file, certificate, covers, _shows(certificate, picture))


@inquiry
def bimi_file(
    place: syntax.Place, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[BimiFile]:
    """Fetch what is at a URL.

    Raises:
        Unestablished: that could not be seen.
    """
    if place.port != syntax.PORT:
        raise Unestablished(Unknown("https.port"))
    found = yield from host_addresses(Host(place.host))
    addresses = need(found.ipv4) or need(found.ipv6)  # always the same one, whatever else could not be asked
    if not addresses:
        return BimiFile(b"", "its host has no address", NOTHING_WRONG)
    if special := special_use(addresses[0], settings.allow_net):
        return BimiFile(b"", f"its host has an address that is not public: {special}", NOTHING_WRONG)
    get, fetch = yield from confirmed(
        HttpsGet(url=place.url, address=addresses[0], port=settings.https_port, limit=MAX_FILE)
    )
    body, fault = need(_came(get, fetch))
    return BimiFile(body, fault, _unfit(fetch, place.host, vantage, circumstances, store))


def _places(domain: Domain) -> tuple[str, ...]:
    """The domain, and its organizational domain."""
    return tuple(dict.fromkeys((domain.name, registrable(domain.name) or domain.name)))


def _came(get: HttpsGet, fetch: HttpsFetch) -> Fact[tuple[bytes, str | None]]:
    """A file, or what is there instead."""
    if fetch.outcome is FetchOutcome.TOO_LONG:
        return Known((b"", "there are more than 256 KiB"))
    if fetch.outcome is not FetchOutcome.OK or fetch.status is None:
        return silent(get, fetch)
    if fetch.status == 200:
        return Known((fetch.body, None))
    if fetch.status in GONE:
        return Known((b"", f"nothing is there (status {fetch.status})"))
    return Unknown("https.turned_away" if fetch.status == TOO_OFTEN else "https.status", (get,))


def _unfit(
    fetch: HttpsFetch, host: str, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Fact[tuple[str, ...]]:
    """Why receivers do not take the certificate of a web server."""
    verdict = judged(fetch, host, circumstances, store)
    if isinstance(verdict, Known) and vantage.clock == Known(False):
        return Unknown("vantage.clock")
    if isinstance(verdict, Unknown):
        return verdict
    reasons = unfit(verdict.value) if verdict.value else ()
    return Known(tuple(f"the certificate of its web server is not valid: {reason}" for reason in reasons))


def _shows(certificate: mark_certificate.MarkCertificate, picture: Fact[BimiPicture]) -> Fact[bool | None]:
    if isinstance(picture, Unknown):
        return picture
    file = picture.value.file
    return Known(None if file is None or file.fault else certificate.shows(file.body))
