"""Scoring services over TLS: a certificate nobody vouches for gets no patient, a known one does."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from explainers.errors import ServiceError
from explainers.models.http_client import CA_VARIABLE, ScoringClient
from explainers.models.http_endpoint import HOSTS_VARIABLE, Endpoint
from tests.unit.models.scoring_service import Service, score, serving

PATIENT = [63.0, 1.0]


def write_certificate(folder: Path, address: str, *, days: int = 2) -> Path:
    """A certificate that vouches for itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ward-7")])
    today = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=9))
        .not_valid_after(today + timedelta(days=days))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{address}-{days}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def certificate(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    address, days = getattr(request, "param", ("127.0.0.1", 2))
    return write_certificate(tmp_path, address, days=days)


@pytest.fixture
def service(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    monkeypatch.delenv(CA_VARIABLE, raising=False)
    with serving(Service(), tls=tls) as running:
        monkeypatch.setenv(HOSTS_VARIABLE, running.address)
        yield running


def client(service: Service) -> ScoringClient:
    return ScoringClient(Endpoint(f"https://{service.address}/score", ("age", "ward")))


def test_a_certificate_that_nobody_vouches_for_gets_no_patient(service: Service) -> None:
    """Prevents patients' values from going to whoever stands between."""
    with pytest.raises(ServiceError, match="authority trusted here") as refused:
        client(service).ask([PATIENT])
    assert CA_VARIABLE in str(refused.value)
    assert "self-signed" in str(refused.value)
    assert service.requests == []


def test_the_file_of_ones_own_authority_is_enough(
    service: Service, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CA_VARIABLE, str(certificate))
    assert client(service).ask([PATIENT]).tolist() == pytest.approx([score(PATIENT)])


@pytest.mark.parametrize(
    "certificate", [("127.0.0.2", 2), ("127.0.0.1", -1)], ids=["another host", "expired"],
    indirect=True,
)  # fmt: skip
def test_a_trusted_certificate_of_another_host_or_time_gets_no_patient(
    service: Service, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents one certificate of the hospital's from standing for every service, for ever."""
    monkeypatch.setenv(CA_VARIABLE, str(certificate))
    with pytest.raises(ServiceError, match="authority trusted here"):
        client(service).ask([PATIENT])
    assert service.requests == []


def test_a_file_of_certificates_that_holds_none_is_refused(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for path in (empty, tmp_path / "absent.pem"):
        monkeypatch.setenv(CA_VARIABLE, str(path))
        with pytest.raises(ServiceError, match="file of certificates"):
            client(service).ask([PATIENT])
