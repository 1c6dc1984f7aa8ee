"""What went wrong on the way to a receiver, in words for the operator: the one place where foreign errors end.

A word of a foreign error is never shown: it may name an address with a key in it, a path, or what a receiver made
up. OpenSSL's own short reasons are constants and may be.
"""

import asyncio
import errno
import os
import re
import ssl
from dataclasses import dataclass
from typing import List, Optional, Union

import aiohttp

from sophon_report.delivery import reason
from sophon_report.delivery.outcome import Pause, Retry
from sophon_report.delivery.reason import Reason
from sophon_report.delivery.resolver import LookupFailed, RefusedLookup
from sophon_report.errors import Unavailable

HUNG_UP = Reason("it hung up without an answer", reason.RESET)
NO_TLS = Reason("what answers there speaks no TLS", reason.TLS_NONE)
OLD_TLS = Reason("it speaks no TLS that is still secure: 1.2 or newer is needed", reason.TLS_VERSION)
WANTS_CERTIFICATE = Reason("it asks for a client certificate (client_cert_file)", reason.TLS_CLIENT)
REFUSES_CERTIFICATE = Reason("it does not accept the client certificate (client_cert_file)", reason.TLS_CLIENT)
BREAKS_OFF = Reason(
    "it breaks off the TLS handshake: maybe it asks for a client certificate (client_cert_file)", reason.TLS_CLIENT
)
UNKNOWN_AUTHORITY = Reason(
    "its certificate is signed by an authority that is not known here (ca_file)", reason.TLS_AUTHORITY
)

NO_ADDRESS = Reason("this is no address", reason.NO_ADDRESS)

_BY_ERRNO = {
    errno.ECONNREFUSED: Reason("connection refused: nothing listens there", reason.REFUSED),
    errno.ECONNRESET: Reason("the connection was reset", reason.RESET),
    errno.EPIPE: Reason("the connection was reset", reason.RESET),
    errno.ETIMEDOUT: Reason("no packet comes back", reason.NO_WAY),
    errno.EHOSTUNREACH: Reason("no way to this host", reason.NO_WAY),
    errno.ENETUNREACH: Reason("no way to this network", reason.NO_WAY),
}
_BY_VERIFY_CODE = {
    9: Reason("its certificate is not valid yet, or the clock of this box is wrong", reason.TLS_TIME),
    10: Reason("its certificate has expired, or the clock of this box is wrong", reason.TLS_TIME),
    18: UNKNOWN_AUTHORITY,
    19: UNKNOWN_AUTHORITY,
    20: UNKNOWN_AUTHORITY,
    21: UNKNOWN_AUTHORITY,
    62: Reason("its certificate is that of another host", reason.TLS_HOST),
    64: Reason("its certificate is that of another host", reason.TLS_HOST),
}
"""Numbers of X509_verify_cert_error_string(3)."""
_BY_TLS_REASON = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": WANTS_CERTIFICATE,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": BREAKS_OFF,
    **dict.fromkeys(
        (
            *("SSLV3_ALERT_BAD_CERTIFICATE", "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "TLSV1_ALERT_UNKNOWN_CA"),
            *("SSLV3_ALERT_CERTIFICATE_REVOKED", "SSLV3_ALERT_CERTIFICATE_EXPIRED", "TLSV1_ALERT_ACCESS_DENIED"),
            *("SSLV3_ALERT_CERTIFICATE_UNKNOWN", "TLSV1_ALERT_DECRYPT_ERROR"),
        ),
        REFUSES_CERTIFICATE,
    ),
    **dict.fromkeys(
        (
            *("TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION", "DH_KEY_TOO_SMALL"),
            *("TLSV1_ALERT_INSUFFICIENT_SECURITY", "NO_PROTOCOLS_AVAILABLE", "WRONG_SIGNATURE_TYPE"),
        ),
        OLD_TLS,
    ),
    **dict.fromkeys(
        (
            *("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"),
            *("PACKET_LENGTH_TOO_LONG", "HTTPS_PROXY_REQUEST"),
        ),
        NO_TLS,
    ),
    "TLSV1_UNRECOGNIZED_NAME": Reason("it does not know itself by this host name", reason.TLS_HOST),
}
_SAID = {
    b"No required SSL certificate was sent": WANTS_CERTIFICATE,
    b"The SSL certificate error": REFUSES_CERTIFICATE,
    b"The plain HTTP request was sent to HTTPS port": Reason(
        "it wants https, and the address says http", reason.TLS_NONE
    ),
}
"""What nginx says with 400, the status of a body that is not wanted, though it means whoever sends it."""
_TLS_REASON = re.compile(r"\[SSL: ([A-Z0-9_]{1,64})\]")


@dataclass(frozen=True)
class Limits:
    """The times an attempt is given; see :class:`~sophon_report.model.Transport`."""

    connect_s: float
    first_byte_s: float
    total_s: float


def outcome_of(error: Exception, limits: Limits) -> Union[Retry, Pause]:
    """How an attempt ended that broke off with ``error``, as the table of ``outcome.py`` says."""
    if isinstance(error, Unavailable):
        return Pause(Reason(str(error), reason.FILE))
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return Retry(Reason(f"no connection within {limits.connect_s:g} s", reason.TIMEOUT_CONNECT))
    if isinstance(error, aiohttp.SocketTimeoutError):
        words = f"connected, but no answer began within {limits.first_byte_s:g} s"
        return Retry(Reason(words, reason.TIMEOUT_ANSWER))
    if isinstance(error, asyncio.TimeoutError):
        return Retry(Reason(f"no answer within {limits.total_s:g} s", reason.TIMEOUT_ANSWER))
    if isinstance(error, aiohttp.InvalidURL):
        return Pause(NO_ADDRESS)
    refused = next((each for each in _chain(error) if isinstance(each, RefusedLookup)), None)
    if refused is not None:
        return Pause(refused.reason)
    return _tls_outcome(error) or Retry(_words(error))


def in_words(error: Exception, limits: Limits) -> str:
    """The reason of :func:`outcome_of`."""
    return outcome_of(error, limits).reason


def set_up_wrongly(status: int, said: bytes) -> Optional[Pause]:
    """A pause when an answer blames the set-up with a status that blames the event; else ``None``."""
    found = (words for phrase, words in _SAID.items() if status == 400 and phrase in said)
    return next((Pause(words) for words in found), None)


def _tls_outcome(error: Exception) -> Union[Retry, Pause, None]:
    for each in _chain(error):
        code = getattr(each, "verify_code", None)
        if code:
            said = str(getattr(each, "verify_message", ""))[:100]
            unknown = Reason(f"its certificate is not accepted: {said}", reason.TLS_CERTIFICATE)
            return Pause(_BY_VERIFY_CODE.get(code, unknown))
        word = _tls_reason(each)
        if word in _BY_TLS_REASON:
            return Pause(_BY_TLS_REASON[word])
        if word.startswith("UNEXPECTED_EOF"):
            return Retry(HUNG_UP)
        if word or isinstance(each, ssl.SSLError):
            return Retry(Reason(f"TLS fails: {word}".rstrip(": "), reason.TLS))
    return None


def _tls_reason(error: BaseException) -> str:
    """OpenSSL's; asyncio and aiohttp may have put it in an error of their own as a text."""
    word = getattr(error, "reason", None)
    if isinstance(error, ssl.SSLError) and word:
        return str(word)
    found = _TLS_REASON.search(str(error)) if isinstance(error, OSError) else None
    return found.group(1) if found else ""


def _words(error: Exception) -> Reason:
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return HUNG_UP
    if isinstance(error, (aiohttp.ClientResponseError, aiohttp.ClientPayloadError)):
        return Reason("the answer is no HTTP", reason.NO_HTTP)
    for each in _chain(error):
        if isinstance(each, LookupFailed):
            return Reason(str(each), reason.DNS)
        number = each.errno if isinstance(each, OSError) else None
        if number:
            return _BY_ERRNO.get(number) or Reason(os.strerror(number), reason.NO_WAY)
    return HUNG_UP if isinstance(error, aiohttp.ClientConnectionError) else Reason(type(error).__name__)


def _chain(error: BaseException) -> List[BaseException]:
    """What ``error`` was made from, the first cause first, and itself."""
    found = [error]
    while len(found) < 8:
        inner = getattr(found[-1], "os_error", None) or getattr(found[-1], "certificate_error", None)
        cause = inner if isinstance(inner, BaseException) else found[-1].__cause__
        if cause is None:
            break
        found.append(cause)
    return found[::-1]
