"""A certificate with its key as texts: looked at before it is used, told to people, or made for a box by itself.

::
    PEM text = certificate of the box, those that signed it (each by the next)     PEM text = its private key

Everything here is pure. Who needs it imports it when it is asked for: *cryptography* takes a tenth of a second and
10 MB, and most boxes never need it. OpenSSL has the last word: :func:`sophon_report.ops.certificate.load`.
"""

import datetime as dt
import ipaddress
import re
import warnings
from dataclasses import dataclass
from typing import List, Sequence, Union

warnings.filterwarnings("ignore", message="Python 3.8 is no longer supported")  # nobody could read it in the log

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives import serialization as form  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes  # noqa: E402
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: E402

from sophon_report.errors import BadCertificate  # noqa: E402

MAX_CHAIN = 10
MAX_NAMES = 64
SMALLEST_RSA_BITS = 2048
COMMON_NAME_BYTES = 64
"""What the field may have."""
CLOCK_S = 86_400
"""A certificate made here counts from a day ago: clocks of clients differ."""
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----\s.+?-----END CERTIFICATE-----", re.DOTALL)
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")

Key = Union[rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey]


@dataclass(frozen=True)
class Described:
    """What people want to know of a certificate."""

    subject: str
    """As RFC 4514 writes it: ``CN=box,O=Example``."""
    issuer: str
    names: List[str]
    """Host names and addresses that it is for."""
    not_before_ms: int
    not_after_ms: int
    """UTC, both."""
    fingerprint_sha256: str
    """32 bytes in hexadecimal digits, with colons, as browsers show it."""
    key: str
    """Such as ``EC secp256r1`` or ``RSA 2048``."""
    self_signed: bool
    chain: int
    """Certificates of those that signed it, behind it."""


def describe(certificate_pem: str) -> Described:
    """What the certificate says of itself.

    Raises:
        BadCertificate: it cannot be read, or those behind it did not sign it.
    """
    chain = _chain(certificate_pem)
    first = chain[0]
    digest = first.fingerprint(hashes.SHA256())
    return Described(
        subject=first.subject.rfc4514_string()[:256],
        issuer=first.issuer.rfc4514_string()[:256],
        names=_names(first),
        not_before_ms=_ms(first.not_valid_before_utc),
        not_after_ms=_ms(first.not_valid_after_utc),
        fingerprint_sha256=":".join(f"{byte:02X}" for byte in digest),
        key=_key_words(first.public_key()),
        self_signed=first.issuer == first.subject,
        chain=len(chain) - 1,
    )


def checked(certificate_pem: str, key_pem: str, now_ms: int) -> str:
    """Both as one PEM text, key first, when they can be used.

    Raises:
        BadCertificate: what is wrong, and with which of the two.
    """
    chain, key = _chain(certificate_pem), _key(key_pem)
    if _public(key.public_key()) != _public(chain[0].public_key()):
        raise BadCertificate("KEY_MISMATCH", "key", "this is the key of another certificate")
    if _ms(chain[0].not_valid_after_utc) <= now_ms:
        raise BadCertificate(
            "CERTIFICATE_EXPIRED", "certificate", "it has expired, or the clock of the box is wrong"
        )
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < SMALLEST_RSA_BITS:
        raise BadCertificate("KEY_TOO_SMALL", "key", f"it has fewer than {SMALLEST_RSA_BITS} bits")
    return _pem(chain, key)


def self_signed(names: Sequence[str], days: int, now_ms: int, title: str = "") -> str:
    """A new key (ECDSA P-256) and a certificate that it signs itself, as one PEM text, key first.

    Args:
        names: host names and addresses that it is for, the first also as its common name; at least one.
        days: from now on.
        now_ms: UTC.
        title: the common name instead.

    Raises:
        BadCertificate: one of the names is none.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    held = [_general_name(name) for name in names]
    common = (title or names[0]).encode()[:COMMON_NAME_BYTES].decode("utf-8", "ignore")
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    now = dt.datetime.fromtimestamp(now_ms // 1000, dt.timezone.utc)
    usage = x509.KeyUsage(True, *([False] * 8))  # digital signature, and none of the other eight
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(seconds=CLOCK_S))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(held), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _pem([made], key)


def named(name: str) -> str:
    """``name`` as a certificate holds it: a host name in small letters, or an address.

    Raises:
        BadCertificate: it is neither.
    """
    text = name.strip().strip("[]").rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        if not _NAME.fullmatch(text):
            raise BadCertificate(
                "NAME_UNUSABLE", "names", f"{name[:64]!r} is no host name and no address"
            ) from None
        return text


def _general_name(name: str) -> x509.GeneralName:
    text = named(name)
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _chain(text: str) -> List[x509.Certificate]:
    blocks = _BLOCK.findall(text)
    if not blocks:
        raise BadCertificate("CERTIFICATE_UNREADABLE", "certificate", "it holds no certificate in PEM form")
    if len(blocks) > MAX_CHAIN:
        raise BadCertificate("CHAIN_BROKEN", "certificate", f"it holds more than {MAX_CHAIN} certificates")
    chain = [_certificate(number, block) for number, block in enumerate(blocks, 1)]
    for number, (signed, signer) in enumerate(zip(chain, chain[1:]), 1):
        try:
            signed.verify_directly_issued_by(signer)
        except Exception:  # noqa: BLE001 - whatever is wrong with it: types, names, algorithms, the signature
            words = (
                f"certificate {number + 1} did not sign certificate {number}: each signer stands behind its own"
            )
            raise BadCertificate("CHAIN_BROKEN", "certificate", words) from None
    return chain


def _certificate(number: int, block: str) -> x509.Certificate:
    try:
        found = x509.load_pem_x509_certificate(block.encode("ascii", "replace"))
        found.public_key()
    except Exception:  # noqa: BLE001 - ValueError, UnsupportedAlgorithm, and what old releases raise beside
        words = f"certificate {number} is damaged, or of a kind that is not known"
        raise BadCertificate("CERTIFICATE_UNREADABLE", "certificate", words) from None
    return found


def _key(text: str) -> Key:
    if "PRIVATE KEY-----" not in text:
        raise BadCertificate("KEY_UNREADABLE", "key", "it holds no private key in PEM form")
    if "ENCRYPTED" in text:
        words = "it is encrypted: nobody is there to type its password at each start; save it without one"
        raise BadCertificate("KEY_ENCRYPTED", "key", words)
    try:
        key = form.load_pem_private_key(text.encode("ascii", "replace"), password=None)
    except Exception:  # noqa: BLE001 - as above
        raise BadCertificate("KEY_UNREADABLE", "key", "it is damaged, or of a kind that is not known") from None
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)):
        raise BadCertificate("KEY_UNREADABLE", "key", "it must be an RSA, ECDSA or Ed25519 key")
    return key


def _pem(chain: Sequence[x509.Certificate], key: Key) -> str:
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    return (private + b"".join(each.public_bytes(form.Encoding.PEM) for each in chain)).decode("ascii")


def _public(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)


def _key_words(key: PublicKeyTypes) -> str:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    return "Ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else "another kind"


def _names(certificate: x509.Certificate) -> List[str]:
    try:
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # noqa: BLE001 - none, twice, or damaged: it has no names then
        return []
    hosts, addresses = held.get_values_for_type(x509.DNSName), held.get_values_for_type(x509.IPAddress)
    return [str(name)[:253] for name in [*hosts, *addresses][:MAX_NAMES]]


def _ms(when: dt.datetime) -> int:
    return int(when.timestamp()) * 1000
