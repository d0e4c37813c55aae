"""What a finding is about. A subject is its identity, whole and nothing else: what is known of it is a fact."""

from __future__ import annotations

from typing import ClassVar

from audit.model.value import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    kind: ClassVar[str]
    parent: ClassVar[type[Subject] | None] = None

    @property
    def label(self) -> str:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Named(Subject):
    """A subject that a name alone identifies."""

    name: str

    @property
    def label(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Located(Subject):
    """One address of a host: one may fail while another is well."""

    host: str
    address: str

    @property
    def label(self) -> str:
        return f"{self.host} {self.address}"


@dataclass(frozen=True, slots=True)
class Run(Subject):
    """The run itself: what holds for all domains is established once, before them."""

    kind: ClassVar[str] = "run"

    @property
    def label(self) -> str:
        return "run"


@dataclass(frozen=True, slots=True)
class ListZone(Subject):
    """A DNS blocklist, by its id in the catalogue."""

    kind: ClassVar[str] = "blocklist"
    parent: ClassVar[type[Subject] | None] = Run
    id: str

    @property
    def label(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Domain(Named):
    kind: ClassVar[str] = "domain"
    parent: ClassVar[type[Subject] | None] = Run


@dataclass(frozen=True, slots=True)
class Host(Named):
    """A host that takes the domain's mail."""

    kind: ClassVar[str] = "host"
    parent: ClassVar[type[Subject] | None] = Domain


@dataclass(frozen=True, slots=True)
class Server(Located):
    """One address of one MX host: what a session is held with."""

    kind: ClassVar[str] = "server"
    parent: ClassVar[type[Subject] | None] = Host


@dataclass(frozen=True, slots=True)
class NameServer(Named):
    """A name server of the zone that holds the domain, by its name."""

    kind: ClassVar[str] = "name_server"
    parent: ClassVar[type[Subject] | None] = Domain


@dataclass(frozen=True, slots=True)
class NameServerAddress(Located):
    """One address of a name server: what is asked about the zone."""

    kind: ClassVar[str] = "name_server_address"
    parent: ClassVar[type[Subject] | None] = Domain


@dataclass(frozen=True, slots=True)
class Address(Subject):
    """An address that sends or takes the domain's mail."""

    kind: ClassVar[str] = "address"
    parent: ClassVar[type[Subject] | None] = Domain
    address: str

    @property
    def label(self) -> str:
        return self.address


@dataclass(frozen=True, slots=True)
class ListEntry(Subject):
    """What one blocklist says of one address."""

    kind: ClassVar[str] = "list_entry"
    parent: ClassVar[type[Subject] | None] = Address
    address: str
    list: str

    @property
    def label(self) -> str:
        return f"{self.address} {self.list}"


@dataclass(frozen=True, slots=True)
class Selector(Subject):
    """A DKIM selector of the domain that was configured or found."""

    kind: ClassVar[str] = "selector"
    parent: ClassVar[type[Subject] | None] = Domain
    domain: str
    name: str

    @property
    def label(self) -> str:
        return f"{self.name}._domainkey.{self.domain}"


@dataclass(frozen=True, slots=True)
class HeloName(Named):
    """A name with which one of the domain's own servers greets others; configured."""

    kind: ClassVar[str] = "helo_name"
    parent: ClassVar[type[Subject] | None] = Domain


@dataclass(frozen=True, slots=True)
class Subdomain(Named):
    """A name below the domain that its owner wants looked at as well; configured."""

    kind: ClassVar[str] = "subdomain"
    parent: ClassVar[type[Subject] | None] = Domain


@dataclass(frozen=True, slots=True)
class ReportMailbox(Subject):
    """Where DMARC or TLS reports are to go: an address for reports, as the record names it."""

    kind: ClassVar[str] = "report_mailbox"
    parent: ClassVar[type[Subject] | None] = Domain
    tag: str  # "rua" or "ruf" of DMARC, "tlsrpt"
    uri: str

    @property
    def label(self) -> str:
        return f"{self.tag} {self.uri}"


@dataclass(frozen=True, slots=True)
class ListedName(Named):
    """A name that is looked up in lists of domains: the domain, its registrable domain, the domain of an MX host."""

    kind: ClassVar[str] = "listed_name"
    parent: ClassVar[type[Subject] | None] = Domain


@dataclass(frozen=True, slots=True)
class NameEntry(Subject):
    """What one list of domains says of one name."""

    kind: ClassVar[str] = "name_entry"
    parent: ClassVar[type[Subject] | None] = ListedName
    name: str
    list: str

    @property
    def label(self) -> str:
        return f"{self.name} {self.list}"


@dataclass(frozen=True, slots=True)
class SubmissionHost(Located):
    """One to which mail programs are sent to hand in mail, and the port there."""

    port: int

    @property
    def label(self) -> str:
        return f"{self.host}:{self.port} {self.address}"


@dataclass(frozen=True, slots=True)
class SubmissionServer(SubmissionHost):
    """One that begins in the clear and goes over to TLS: mostly on 587."""

    kind: ClassVar[str] = "submission_server"
    parent: ClassVar[type[Subject] | None] = Domain


@dataclass(frozen=True, slots=True)
class SubmissionsServer(SubmissionHost):
    """One that begins with TLS: mostly on 465."""

    kind: ClassVar[str] = "submissions_server"
    parent: ClassVar[type[Subject] | None] = Domain


@dataclass(frozen=True, slots=True)
class CertifiedName(Named):
    """A name for which certificates are issued: of a host that takes the domain's mail, or gives its MTA-STS policy."""

    kind: ClassVar[str] = "certified_name"
    parent: ClassVar[type[Subject] | None] = Domain


@dataclass(frozen=True, slots=True)
class PublicKey(Subject):
    """A DKIM key that the run met, by SHA-256 (hex) of its `p=`; domains may share it."""

    kind: ClassVar[str] = "public_key"
    parent: ClassVar[type[Subject] | None] = Run
    digest: str

    @property
    def label(self) -> str:
        return self.digest


def lineage(kind: type[Subject] | None) -> tuple[type[Subject], ...]:
    """The kinds from the top down to this one."""
    return () if kind is None else (*lineage(kind.parent), kind)


def deepest(kinds: set[type[Subject]]) -> type[Subject]:
    """The one kind that has all the others above it.

    Raises:
        TypeError: they are not on one line.
    """
    for kind in kinds:
        if kinds <= set(lineage(kind)):
            return kind
    raise TypeError(f"{sorted(k.__name__ for k in kinds)} are not on one line of subjects")
