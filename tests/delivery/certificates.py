"""Certificates made for a test: an authority, receivers that it signed, and what a box shows."""

import ipaddress
import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PEM = serialization.Encoding.PEM
_PKCS8 = serialization.PrivateFormat.PKCS8


class Authority:
    """Signs, and keeps its files in ``folder``."""

    def __init__(self, folder, name="ca"):
        self._folder = folder
        self._ca = trustme.CA()
        self.file = str(folder / f"{name}.pem")
        self._ca.cert_pem.write_to_path(self.file)

    def receiver(self, host="127.0.0.1", days=30, wants=None):
        """A receiver's context; with ``wants``, an authority, clients have to show what that one signed."""
        made = self._ca.issue_cert(host, not_after=datetime.now(timezone.utc) + timedelta(days=days))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.configure_cert(context)
        if wants:
            wants._ca.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client(self, name="box", together=True):
        """Path of a client's certificate and, unless it is in there, of its key."""
        made = self._ca.issue_cert(f"{name}@example.org")
        certificate, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        if together:
            made.private_key_and_cert_chain_pem.write_to_path(str(certificate))
            return str(certificate), ""
        certificate.write_bytes(b"".join(each.bytes() for each in made.cert_chain_pems))
        made.private_key_pem.write_to_path(str(key))
        return str(certificate), str(key)


def locked(key, password):
    """Path of a copy of the file ``key`` that opens with ``password`` only."""
    opened = serialization.load_pem_private_key(Path(key).read_bytes(), None)
    path = Path(key + ".locked")
    path.write_bytes(opened.private_bytes(_PEM, _PKCS8, serialization.BestAvailableEncryption(password)))
    return str(path)


def signed_by_itself(folder, address="127.0.0.1"):
    """Path of a file with a certificate that no authority signed, and its key."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "own")]),
    )
    now = datetime.now(timezone.utc)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(1)
    )
    certificate = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
    path = folder / "own.pem"
    unlocked = key.private_bytes(_PEM, _PKCS8, serialization.NoEncryption())
    path.write_bytes(certificate.public_bytes(_PEM) + unlocked)
    return str(path)
