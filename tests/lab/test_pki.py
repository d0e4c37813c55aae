"""The lab's certificates, by cryptography's own verifier."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from audit.lab.pki import CertificateFault, credentials, der, derived_key, intermediate, pem, root

NOW = datetime(2026, 11, 24, 12, 0, 0, 123, tzinfo=UTC)
HOST = "mx.good.example"
ROOT_OF_2026 = "5af91826473a72540a3f2b22171b82e976a6aca6898845f83f78cf032e7ffb23"


def verify(fault: CertificateFault, *, name: str = HOST, at: datetime = NOW, given: bool = False) -> None:
    shown = credentials(HOST, fault, NOW)
    verifier = PolicyBuilder().store(Store([root(NOW)])).time(at).build_server_verifier(x509.DNSName(name))
    verifier.verify(shown.chain[0], [*shown.chain[1:], *([intermediate(NOW)] if given else [])])


@pytest.mark.parametrize("days", [-29, 0, 59])
def test_a_sound_chain_verifies(days: int) -> None:
    verify(CertificateFault.NONE, at=NOW + timedelta(days=days))


@pytest.mark.parametrize("fault", [f for f in CertificateFault if f is not CertificateFault.NONE])
def test_a_faulty_one_does_not(fault: CertificateFault) -> None:
    with pytest.raises(VerificationError):
        verify(fault)


def test_each_fault_is_the_only_one() -> None:
    verify(CertificateFault.EXPIRED, at=NOW - timedelta(days=20))
    verify(CertificateFault.WRONG_NAME, name="mail.elsewhere.example")
    verify(CertificateFault.INCOMPLETE, given=True)


def test_a_self_signed_one_is_sound_but_for_its_signer() -> None:
    (alone,) = credentials(HOST, CertificateFault.SELF_SIGNED, NOW).chain
    alone.verify_directly_issued_by(alone)
    assert alone.not_valid_before_utc < NOW < alone.not_valid_after_utc
    names = alone.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [HOST]


@pytest.mark.parametrize("fault", list(CertificateFault))
def test_the_same_time_gives_the_same_octets(fault: CertificateFault) -> None:
    first, second = (credentials(HOST, fault, NOW) for _ in range(2))
    assert [der(c) for c in first.chain] == [der(c) for c in second.chain]
    assert first.key.private_numbers() == second.key.private_numbers()


def test_another_time_gives_other_dates() -> None:
    later = credentials(HOST, CertificateFault.NONE, NOW + timedelta(days=1)).chain[0]
    assert later.not_valid_after_utc - credentials(HOST, CertificateFault.NONE, NOW).chain[0].not_valid_after_utc == (
        timedelta(days=1)
    )


def test_octets_are_the_same_on_every_machine() -> None:
    """A digest that was written down: two runs of one process can't show that nothing here is random."""
    fixed = datetime(2026, 1, 1, tzinfo=UTC)
    assert root(fixed).fingerprint(hashes.SHA256()).hex() == ROOT_OF_2026


def test_serial_numbers_differ() -> None:
    made = [credentials(f"mx{n}.example", CertificateFault.NONE, NOW).chain[0].serial_number for n in range(5)]
    assert len(set(made)) == 5


def test_keys_differ_by_name() -> None:
    assert derived_key("a").private_numbers() != derived_key("b").private_numbers()


def test_the_root_is_written_as_pem() -> None:
    assert x509.load_pem_x509_certificate(pem(root(NOW))) == root(NOW)
