"""Foreign errors in words of ours."""

import asyncio
import errno
import ssl

import aiohttp
import pytest

from sophon_report.delivery.outcome import Pause, Retry
from sophon_report.delivery.resolver import LookupFailed
from sophon_report.delivery.trouble import Limits, outcome_of
from sophon_report.errors import Unavailable

LIMITS = Limits(connect_s=1.5, first_byte_s=2, total_s=30)
KEY = "http://receiver/?key=geheim"


def chained(outer, inner):
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (aiohttp.ConnectionTimeoutError(KEY), Retry("no connection within 1.5 s")),
        (aiohttp.SocketTimeoutError(KEY), Retry("connected, but no answer began within 2 s")),
        (asyncio.TimeoutError(KEY), Retry("no answer within 30 s")),
        (Unavailable("ca_file cannot be read"), Pause("ca_file cannot be read")),
        (OSError(errno.ECONNREFUSED, KEY), Retry("connection refused: nothing listens there")),
        (aiohttp.ClientOSError(errno.EPIPE, KEY), Retry("the connection was reset")),
        (OSError(errno.EHOSTUNREACH, KEY), Retry("no way to this host")),
        (OSError(errno.EMFILE, KEY), Retry("Too many open files")),
        (chained(aiohttp.ClientError(KEY), LookupFailed("host name not found")), Retry("host name not found")),
        (aiohttp.ServerDisconnectedError(KEY), Retry("it hung up without an answer")),
        (aiohttp.ClientConnectionError(KEY), Retry("it hung up without an answer")),
        (aiohttp.ClientPayloadError(KEY), Retry("the answer is no HTTP")),
        (aiohttp.ClientError(KEY), Retry("ClientError")),
        (ValueError(KEY), Retry("ValueError")),
        (ssl.SSLError(1, KEY), Retry("TLS fails")),
        (aiohttp.ClientOSError(1, "[SSL: BAD_RECORD_MAC] of geheim"), Retry("TLS fails: BAD_RECORD_MAC")),
        (ssl.SSLEOFError(8, "[SSL: UNEXPECTED_EOF_WHILE_READING] x"), Retry("it hung up without an answer")),
        (
            aiohttp.ClientOSError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert (_ssl.c:2580)"),
            Pause("it asks for a client certificate (client_cert_file)"),
        ),
        (
            aiohttp.ClientOSError(1, "[SSL: TLSV1_ALERT_PROTOCOL_VERSION] alert"),
            Pause("it speaks no TLS that is still secure: 1.2 or newer is needed"),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_told_without_a_word_of_its_own(error, outcome):
    """Those hold addresses, and of many receivers the address is the key."""
    assert outcome_of(error, LIMITS) == outcome


def test_errors_that_hold_each_other_end():
    """A circle of causes is looked through once."""
    one, other = aiohttp.ClientError("one"), aiohttp.ClientError("other")
    one.__cause__, other.__cause__ = other, one
    assert outcome_of(one, LIMITS) == Retry("ClientError")


def test_a_certificate_refused_for_another_reason_is_told_with_openssls():
    """Which is one of its constants."""
    error = ssl.SSLCertVerificationError(1, KEY)
    error.verify_code, error.verify_message = 26, "unsupported certificate purpose"
    assert outcome_of(error, LIMITS) == Pause("its certificate is not accepted: unsupported certificate purpose")
