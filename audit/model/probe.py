"""What can be asked of the world. A probe is hashable: it is the key of evidence, of the cache and of single-flight."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from audit.model.value import dataclass

O = TypeVar("O")


class Probe(Generic[O]):
    """A thing to ask of the world; `O` is what comes back."""

    __slots__ = ()

    @property
    def key(self) -> str:
        """The stable text by which a report points at this probe, such as `dns example.org TXT`."""
        raise NotImplementedError


# ---- DNS --------------------------------------------------------------------------------------------------------


class DnsStatus(StrEnum):
    """What became of a question. Only the first three say something about the name."""

    NOERROR = "noerror"
    NODATA = "nodata"  # the name exists, the type does not (RFC 2308 section 2.2)
    NXDOMAIN = "nxdomain"  # neither the name nor anything below it exists (RFC 8020)
    SERVFAIL = "servfail"
    REFUSED = "refused"
    FORMERR = "formerr"
    NOTIMP = "notimp"
    OTHER_RCODE = "other_rcode"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"  # the server's host said that nobody listens, or there is no route to it
    TRUNCATED = "truncated"  # TC on UDP, and no whole answer by TCP
    BOGUS = "bogus"  # a validating resolver says so, with an Extended DNS Error (RFC 8914)
    LAME = "lame"  # a referral instead of an answer, or a denial signed off by a zone that is not above the name
    MALFORMED = "malformed"  # not a DNS message, or a name that cannot be put on the wire
    CNAME_CHAIN = "cname_chain"  # more than eight aliases, or a loop
    REWRITTEN = "rewritten"  # the resolver answers names that don't exist, so absence cannot be seen through it
    BUDGET = "budget"  # more questions than one domain is given
    GUARD_REFUSED = "guard_refused"  # the server's address may not be asked
    NOT_GATHERED = "not_gathered"  # evidence holds no answer


SPEAKING = frozenset({DnsStatus.NOERROR, DnsStatus.NODATA, DnsStatus.NXDOMAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedError:
    """An Extended DNS Error (RFC 8914): why a resolver answers as it does."""

    code: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back for a question.

    `records` are sorted rdata in presentation form (RFC 1035 section 5.1), of the asked type only; host names in them
    are lower case and end with a dot. `aliases` is the CNAME chain that was followed, in order, without final dots; a
    circle ends with the name that came again. `authority` holds the SOA of a negative answer or the NS of a referral,
    as `owner ttl type rdata`, and `glue` the addresses that a referral gives for the servers it names, in the same
    form. `proof` is for questions with `dnssec` alone: every record of the answer and authority sections in that form,
    sorted, of all messages that a chain of aliases took. `flags` are lower-case names of header bits (`aa`, `tc`, `ad`,
    `ra`). `ttl` is in seconds, `wire_size` in octets.
    """

    status: DnsStatus
    records: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    proof: tuple[str, ...] = ()
    glue: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    ttl: int | None = None
    ede: tuple[ExtendedError, ...] = ()
    rcode: int | None = None
    wire_size: int | None = None
    edns: bool = True  # false: the server answered only when asked without EDNS, or its reply lacks it
    transport: str | None = None  # "udp" or "tcp"
    server: str | None = None
    asked_at: datetime | None = None
    elapsed_ms: float | None = None

    @property
    def speaks(self) -> bool:
        """Whether the answer says something about the name: only then can absence be read from it."""
        return self.status in SPEAKING


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Probe[Answer]):
    """A DNS question. `name` is canonical: lower case, A-labels, no final dot (`.` for the root)."""

    name: str
    rdtype: str
    server: str | None = None  # null: the run's resolver
    recurse: bool = True
    dnssec: bool = False  # set DO: ask for signatures
    cd: bool = False
    transport: str | None = None  # "tcp": don't try UDP first
    repeat: int = 0  # 1, 2 …: the same question again, to confirm a claim

    def __hash__(self) -> int:
        return hash((self.name, self.rdtype, self.server))  # enough to tell most apart: it is often looked up

    @property
    def key(self) -> str:
        text = f"dns {self.name} {self.rdtype}"
        if self.server:
            text += f" @{self.server}"
        if not self.recurse:
            text += " +norecurse"
        if self.dnssec:
            text += " +dnssec"
        if self.cd:
            text += " +cd"
        if self.transport:
            text += f" +{self.transport}"
        return f"{text} #{self.repeat}" if self.repeat else text


# ---- SMTP -------------------------------------------------------------------------------------------------------


class StageName(StrEnum):
    """The stages of a polite session, in order; with implicit TLS, `tls` comes right after `connect`."""

    CONNECT = "connect"
    BANNER = "banner"
    EHLO = "ehlo"
    HELO = "helo"  # only after EHLO was refused (RFC 5321 section 3.2)
    RSET = "rset"  # only where it is to be seen whether the server wants TLS first (RFC 3207 section 4)
    STARTTLS = "starttls"
    TLS = "tls"
    EHLO_TLS = "ehlo_tls"  # what was learned before TLS is forgotten (RFC 3207 section 4.2)
    QUIT = "quit"


class Outcome(StrEnum):
    """How a stage ended."""

    OK = "ok"
    REFUSED = "refused"  # TCP RST at connect
    UNREACHABLE = "unreachable"  # no route, or ICMP said so
    TIMEOUT = "timeout"  # nothing, or too little, within the deadline
    CLOSED = "closed"  # the server closed without a word
    RESET = "reset"
    DEFERRED = "deferred"  # 4yz: not now, or not us
    REJECTED = "rejected"  # 5yz
    NOT_OFFERED = "not_offered"  # EHLO does not list STARTTLS
    NOT_SMTP = "not_smtp"  # what came is not an SMTP reply
    TOO_LONG = "too_long"  # more than the limits on a line, a reply or a session
    TLS_FAILED = "tls_failed"  # an alert or an unusable handshake; `detail` says which
    NOT_TLS = "not_tls"  # something else than TLS after the 220 to STARTTLS
    PAUSED = "paused"  # not tried: this operator turned us away twice in this run
    EGRESS_BLOCKED = "egress_blocked"  # not tried: the network we are in lets no connection out to port 25
    GUARD_REFUSED = "guard_refused"  # not tried: an address that must not be dialled
    BUDGET = "budget"  # not tried: the domain's or the run's time was over
    NOT_GATHERED = "not_gathered"


class Depth(StrEnum):
    CONNECT = "connect"  # connect and close, nothing else
    SESSION = "session"  # connect, banner, EHLO, STARTTLS, TLS, EHLO, QUIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One SMTP reply (RFC 5321 section 4.2). `lines` are without code and line end; octets outside printable ASCII are
    shown as `\\xNN`. `flaws` name what is wrong with its form (`bare_lf`, `codes_differ`, …)."""

    code: int
    lines: tuple[str, ...]
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    stage: StageName
    outcome: Outcome
    reply: Reply | None = None
    detail: str | None = None  # the text of an alert, what came instead of SMTP or TLS; escaped, at most 200 characters
    elapsed_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsShown:
    """What a handshake that verifies nothing showed: the chain is DER as sent, in order."""

    version: str  # "TLSv1.3", "TLSv1.2", …
    cipher: str
    bits: int
    group: str | None
    chain: tuple[bytes, ...]
    stapled: bytes | None = None  # an OCSP response, as sent; at most 16 KiB


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSession:
    """What happened, stage by stage; it ends at the first stage that is not `ok` (and QUIT, where it could be said).

    `sampled` is the host whose session it was, where many names lead to one server: it was held once, and stands for
    the others. `vantage` is the name by which the run greeted that held it, where evidence of several runs was merged.
    """

    stages: tuple[Stage, ...]
    tls: TlsShown | None = None
    injected: str | None = None  # plain text that came after the 220 to STARTTLS, before TLS; escaped and cut
    sampled: str | None = None
    vantage: str | None = None
    asked_at: datetime | None = None

    def at(self, name: StageName) -> Stage | None:
        return next((s for s in self.stages if s.stage is name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpVisit(Probe[SmtpSession]):
    """A visit to one address of one host. `host` is the name that is judged and sent as SNI."""

    host: str
    address: str
    port: int = 25
    depth: Depth = Depth.SESSION
    implicit_tls: bool = False  # TLS before the greeting (RFC 8314 section 3.3)

    @property
    def key(self) -> str:
        short = " +connect" if self.depth is Depth.CONNECT else ""
        return f"smtp {self.host} {self.address} {self.port}{short}{' +tls' if self.implicit_tls else ''}"


# ---- HTTPS ------------------------------------------------------------------------------------------------------


class FetchOutcome(StrEnum):
    """How a fetch ended. Whether what came is good is judged later, also from the certificates."""

    OK = "ok"  # a whole reply was read, whatever its status
    REFUSED = "refused"  # TCP RST at connect
    UNREACHABLE = "unreachable"  # no route, or ICMP said so
    TIMEOUT = "timeout"  # not done within the deadline
    CLOSED = "closed"  # the server closed before the reply was whole
    RESET = "reset"
    TLS_FAILED = "tls_failed"  # an alert, an unusable handshake, or something else than TLS
    NOT_HTTP = "not_http"  # what came is not an HTTP reply
    TOO_LONG = "too_long"  # more than the limits on a handshake, a header or a body
    GUARD_REFUSED = "guard_refused"  # not tried: an address that must not be dialled
    BUDGET = "budget"  # not tried: the domain's or the run's time was over
    NOT_GATHERED = "not_gathered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header field that is kept: its name in lower case, its value escaped, at most 200 characters."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpsFetch:
    """What came back for a GET that follows no redirect. The body is kept of status 200 alone, as sent, never decoded.

    `tls` is there as soon as hands were shaken, also where nothing came afterwards.
    """

    outcome: FetchOutcome
    status: int | None = None
    headers: tuple[Header, ...] = ()  # content-type, content-encoding, content-length and location, in order
    body: bytes = b""
    tls: TlsShown | None = None
    detail: str | None = None  # the text of an alert, what is wrong with a reply; escaped, at most 200 characters
    asked_at: datetime | None = None
    elapsed_ms: float | None = None

    def header(self, name: str) -> str | None:
        """The value of the first header field of a name."""
        return next((h.value for h in self.headers if h.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpsGet(Probe[HttpsFetch]):
    """A GET of a URL at one address of its host. `limit` is for the body, in octets."""

    url: str  # of visible ASCII characters, without user, port and fragment
    address: str
    port: int = 443
    limit: int = 65536
    repeat: int = 0  # 1: the same once more, to confirm a failure

    @property
    def key(self) -> str:
        again = f" #{self.repeat}" if self.repeat else ""
        return f"https {self.url} {self.address} {self.port}{again}"


# ---- ourselves --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Whether packets of an address family can leave this machine at all (no packet is sent to find out)."""

    available: bool
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteCheck(Probe[Route]):
    family: str  # "ipv4" or "ipv6"

    @property
    def key(self) -> str:
        return f"route {self.family}"
