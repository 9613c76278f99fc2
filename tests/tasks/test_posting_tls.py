"""Sending over TLS: to whom a trusted authority vouches for, under the very name that was asked for, and to nobody else."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from casework.core.outbound import Allowed
from tasks.sending import posting
from tasks.sending.posting import Line, NotSent
from tests.receiver import Receiver, receiving

LOCAL = Allowed.read("127.0.0.1")
NOW = datetime.now(UTC)


class Authority:
    """One that signs certificates."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "county authority")])
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        built = self._built(self.name, self.key).add_extension(x509.BasicConstraints(True, None), critical=True)
        self.certificate = built.add_extension(usage, critical=True).sign(self.key, hashes.SHA256())

    def _built(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number())
        return made.not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))

    def vouch(self, address: str, path: Path) -> Path:
        """Write key and certificate of a server at an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks")])
        signed = self._built(subject, key).add_extension(alternative, critical=False).sign(self.key, hashes.SHA256())
        plain = serialization.NoEncryption()
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
        return path


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """Found an authority and let this process trust it, as an administrator does."""
    made = Authority()
    (tmp_path / "authority.pem").write_bytes(made.certificate.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    posting._context.cache_clear()
    yield made
    posting._context.cache_clear()


def sent(receiver: Receiver, times: int = 1) -> list[int]:
    line = Line(receiver.url, LOCAL, 3.0)
    try:
        return [line.post(b"{}", {}, at=NOW).status for _ in range(times)]
    finally:
        line.close()


def test_it_goes_over_one_connection_to_whom_a_trusted_authority_vouches_for(
    authority: Authority, tmp_path: Path
) -> None:
    with receiving(tls=authority.vouch("127.0.0.1", tmp_path / "hooks.pem")) as receiver:
        assert sent(receiver, 3) == [200] * 3
        assert (receiver.connections, len(receiver.received)) == (1, 3)


@pytest.mark.parametrize("who", ["another name", "another authority"])
def test_nothing_is_told_to_whom_nobody_vouches_for(who: str, authority: Authority, tmp_path: Path) -> None:
    signer, address = (authority, "127.0.0.2") if who == "another name" else (Authority(), "127.0.0.1")
    with receiving(tls=signer.vouch(address, tmp_path / "hooks.pem")) as receiver:
        with pytest.raises(NotSent, match="no_trust"):
            sent(receiver)
        assert receiver.received == []
