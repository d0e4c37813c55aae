"""What a finding is about. A subject is its identity, whole and nothing else: what is known of it is a fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Subject:
    kind: ClassVar[str]
    parent: ClassVar[type[Subject] | None] = None

    @property
    def label(self) -> str:
        raise NotImplementedError


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
class Domain(Subject):
    kind: ClassVar[str] = "domain"
    parent: ClassVar[type[Subject] | None] = Run
    name: str

    @property
    def label(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Host(Subject):
    """A host that takes the domain's mail."""

    kind: ClassVar[str] = "host"
    parent: ClassVar[type[Subject] | None] = Domain
    name: str

    @property
    def label(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Server(Subject):
    """One address of one MX host: what a session is held with."""

    kind: ClassVar[str] = "server"
    parent: ClassVar[type[Subject] | None] = Host
    host: str
    address: str

    @property
    def label(self) -> str:
        return f"{self.host} {self.address}"


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
