"""Where a registrable domain begins."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from publicsuffixlist import PublicSuffixList

from audit.catalog import suffixes


@pytest.mark.parametrize(
    ("domain", "registrable"),
    [
        ("example.org", "example.org"),
        ("www.example.org", "example.org"),
        ("WWW.Example.ORG.", "example.org"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("co.uk", None),
        ("org", None),
        ("city.kawasaki.jp", "city.kawasaki.jp"),  # an exception to *.kawasaki.jp
        ("x.y.kawasaki.jp", "x.y.kawasaki.jp"),
        ("someone.github.io", "someone.github.io"),  # the private section counts
        ("a.b.xn--55qx5d.cn", "b.xn--55qx5d.cn"),
        ("a.b.nosuchtld", "b.nosuchtld"),
        ("nosuchtld", None),
        ("", None),
        ("a..org", None),
    ],
)
def test_registrable(domain: str, registrable: str | None) -> None:
    assert suffixes.registrable(domain) == registrable


@pytest.mark.parametrize(
    ("domain", "registered"),
    [
        ("a.b.example.co.uk", "example.co.uk"),
        ("a.someone.github.io", "github.io"),  # the private section is somebody's
        ("a.b.nosuchtld", "b.nosuchtld"),
        ("co.uk", None),
        ("nosuchtld", None),
        ("", None),
        ("a..org", None),
    ],
)
def test_what_a_registry_gave_to_somebody(domain: str, registered: str | None) -> None:
    assert suffixes.registry_domain(domain) == registered


@pytest.mark.parametrize(
    ("domain", "public"),
    [
        ("org", True),
        ("co.uk", True),
        ("anything.kawasaki.jp", True),  # of *.kawasaki.jp
        ("city.kawasaki.jp", False),
        ("nosuchtld", True),
        ("uk.com", False),  # the private section has owners
        ("blogspot.com", False),
        ("github.io", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_only_a_registry_s_suffix_is_nobody_s(domain: str, public: bool) -> None:
    assert suffixes.is_registry_suffix(domain) is public


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("example.org", True),
        ("Example.CO.UK", True),
        ("someone.github.io", True),
        ("domains.txt", False),
        ("list", False),
        ("", False),
    ],
)
def test_a_name_that_ends_as_domains_do(name: str, known: bool) -> None:
    assert suffixes.has_known_suffix(name) is known


def test_digest_is_hex_and_the_same_again() -> None:
    assert len(bytes.fromhex(suffixes.digest())) == 32
    assert suffixes.digest() == suffixes.digest()


@pytest.mark.parametrize(("ours", "only_icann"), [(suffixes._suffixes, False), (suffixes._registries, True)])
def test_all_suffixes_are_known_that_the_package_reads_itself(
    ours: Callable[[], PublicSuffixList], only_icann: bool
) -> None:
    theirs = PublicSuffixList(only_icann=only_icann)
    assert ours()._publicsuffix == theirs._publicsuffix
    assert ours()._maxlabel == theirs._maxlabel
