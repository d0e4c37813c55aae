"""Mozilla's roots, as DER."""

from __future__ import annotations

import certifi
import pytest
from cryptography import x509

from audit.catalog import roots


# Six roots, Go Daddy's and others', have the serial number 0, which RFC 5280 forbids and the parser warns of.
@pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn't positive")
def test_they_are_the_certificates_of_the_file() -> None:
    with open(certifi.where(), "rb") as file:
        expected = x509.load_pem_x509_certificates(file.read())
    assert [x509.load_der_x509_certificate(der) for der in roots.mozilla()] == expected
    assert len(expected) > 80


def test_digest_depends_on_the_set_alone() -> None:
    some = roots.mozilla()[:3]
    assert roots.digest(some) == roots.digest(reversed(some)) == roots.digest((*some, some[0]))
    assert roots.digest(some) != roots.digest(some[:2])
    assert roots.digest((b"ab", b"c")) != roots.digest((b"a", b"bc"))
