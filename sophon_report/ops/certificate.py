"""The service's own certificate: read and checked as a whole, and read again when its files change.

``access.tls_cert`` holds the certificate and, behind it, those that signed it; ``access.tls_key`` its private key;
both are PEM. A start with files that cannot be used fails and names the key of the settings. While the service
runs the last good pair goes on: a renewal that writes two files one after the other is taken up once both fit.

The expiry is read off the certificate's DER form, of which no public call of Python tells it: a walk over a few
lengths, instead of one more library on the box::

    Certificate { TBSCertificate { [version] serial algorithm issuer Validity { notBefore notAfter } ... } ... }
"""

import calendar
import os
import ssl
import time
from dataclasses import dataclass
from typing import Any, Callable, Iterator, List, Optional, Tuple

import structlog

from sophon_report.config import Access
from sophon_report.errors import ConfigError
from sophon_report.ops.plain_file import read_plain

CERT_KEY, KEY_KEY = "access.tls_cert", "access.tls_key"
MAX_FILE_BYTES = 1 << 20
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_OF_CERTIFICATE = ("EE_KEY_TOO_SMALL", "CA_KEY_TOO_SMALL", "CA_MD_TOO_WEAK")
"""What OpenSSL says of a certificate while it is loaded with its key."""

log = structlog.get_logger()


@dataclass(frozen=True)
class CertificateStats:
    """What is shown of the certificate."""

    expires_ms: int
    """When it ends to be valid, UTC."""
    problem: str
    """Why the files of the moment are not in use; ``""`` when they are."""


class Certificate:
    """The certificate that TLS ports show.

    Args:
        access: asked for the files' names: they may change.

    Raises:
        ConfigError: the files cannot be used; with the key of the settings.
    """

    def __init__(self, access: Callable[[], Access]) -> None:
        self._access = access
        self._tried = self._files()
        self._context, self._expires_ms = load(access())
        self._problem = ""

    @property
    def context(self) -> ssl.SSLContext:
        """For the next connection."""
        return self._context

    def look_again(self) -> None:
        """Take up other files, or what is new in them; to be called now and then. Raises nothing."""
        files = self._files()
        if files == self._tried:
            return
        self._tried = files
        try:
            self._context, self._expires_ms = load(self._access())
        except ConfigError as error:
            self._problem = str(error)
            log.error("certificate_not_usable", reason=self._problem)
        else:
            self._problem = ""
            log.info("certificate_taken_up", expires_ms=self._expires_ms)

    def stats(self) -> CertificateStats:
        """How it stands."""
        return CertificateStats(self._expires_ms, self._problem)

    def _files(self) -> Tuple[Any, ...]:
        access = self._access()
        return (access.tls_cert, _state(access.tls_cert), access.tls_key, _state(access.tls_key))


def _state(path: str) -> Optional[Tuple[int, int, int]]:
    try:
        found = os.stat(path)
    except (OSError, ValueError):  # the second: a NUL byte
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def load(access: Access) -> Tuple[ssl.SSLContext, int]:
    """A server's context with the certificate of the settings, and when that expires, UTC milliseconds.

    Raises:
        ConfigError: with the key of the file that cannot be used, and why.
    """
    text = _read(CERT_KEY, access.tls_cert)
    try:
        expires_ms = expiry_ms(ssl.PEM_cert_to_DER_cert(_first_certificate(text)))
    except ValueError:
        raise ConfigError([(CERT_KEY, f"{access.tls_cert} holds no certificate in PEM form")]) from None
    _check_key(_read(KEY_KEY, access.tls_key), access.tls_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    try:
        context.load_cert_chain(access.tls_cert, access.tls_key, password=_NO_PASSWORD)
    except ssl.SSLError as error:
        raise ConfigError([_fault(error, access)]) from error
    except OSError as error:
        raise ConfigError([(CERT_KEY, f"cannot be read: {error.strerror}")]) from error
    return context, expires_ms


def _NO_PASSWORD() -> str:  # noqa: N802 - a constant that has to be called
    """Or OpenSSL would ask for one on the terminal."""
    return ""


def _read(key: str, path: str) -> str:
    if not path:
        raise ConfigError([(key, "must name a file when a TLS port is set")])
    try:
        return read_plain(path, MAX_FILE_BYTES).decode("ascii", "replace")
    except OSError as error:
        raise ConfigError([(key, f"{path} cannot be read: {error.strerror}")]) from error


def _first_certificate(text: str) -> str:
    head, tail = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    start, end = text.index(head), text.index(tail)
    return text[start : end + len(tail)]


def _check_key(text: str, path: str) -> None:
    if "PRIVATE KEY-----" not in text:
        raise ConfigError([(KEY_KEY, f"{path} holds no private key in PEM form")])
    if "ENCRYPTED" in text:
        raise ConfigError([(KEY_KEY, f"{path} must not be encrypted: nobody is there to type its password")])


def _fault(error: ssl.SSLError, access: Access) -> Tuple[str, str]:
    if error.reason == "KEY_VALUES_MISMATCH":
        return KEY_KEY, f"{access.tls_key} is not the key of the certificate in {access.tls_cert}"
    key = CERT_KEY if error.reason in _OF_CERTIFICATE else KEY_KEY
    path = access.tls_cert if key is CERT_KEY else access.tls_key
    return key, f"{path} cannot be used: {(error.reason or 'damaged').replace('_', ' ').lower()}"


def expiry_ms(der: bytes) -> int:
    """When a certificate ends to be valid, UTC milliseconds.

    Raises:
        ValueError: these bytes are no certificate.
    """
    try:
        (_, certificate), *_rest = _items(der)
        (_, signed), *_rest = _items(certificate)
        fields = [content for tag, content in _items(signed) if tag != 0xA0]
        (_, _), (tag, not_after) = _items(fields[3])
        return _time_ms(tag, not_after.decode("ascii"))
    except (IndexError, UnicodeDecodeError) as error:
        raise ValueError("not a certificate") from error


def _items(der: bytes) -> List[Tuple[int, bytes]]:
    return list(_walk(der))


def _walk(der: bytes) -> Iterator[Tuple[int, bytes]]:
    """Tag and content of each element; what is cut off raises ``IndexError`` or ``ValueError``."""
    at = 0
    while at < len(der):
        tag, size, at = der[at], der[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(der[at : at + count], "big")
            at += count
        if at + size > len(der):
            raise ValueError("cut off")
        yield tag, der[at : at + size]
        at += size


def _time_ms(tag: int, text: str) -> int:
    """RFC 5280, 4.1.2.5: two digits of the year up to 2049, four from 2050; always UTC, with seconds."""
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("not a time")
    return calendar.timegm(time.strptime(text, "%Y%m%d%H%M%SZ")) * 1000
