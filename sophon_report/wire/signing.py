"""Signatures of bodies, in the published form of Standard Webhooks (https://www.standardwebhooks.com).

::

    webhook-id: <event_id>
    webhook-timestamp: <unix seconds of this attempt>
    webhook-signature: v1,<base64 of HMAC-SHA256(key, "<id>.<timestamp>.<body>")> v1,<the same with the next key>

 - The body is signed as it is before ``Content-Encoding: gzip``: that is what receivers' frameworks hand out.
 - Every key signs. To change one: the sender gets the new beside the old, then the receivers learn the new, then
   the sender loses the old.
 - An id is the same at every attempt, the timestamp is not: receivers refuse what is more than five minutes off,
   so both clocks have to be right.
"""

import base64
import hmac
from typing import Mapping, Sequence

from sophon_report.errors import BadSignature

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"
MAX_SKEW_S = 300


def signed_headers(keys: Sequence[bytes], event_id: str, at_s: int, body: bytes) -> Mapping[str, str]:
    """The three headers of a body sent at ``at_s``, unix seconds."""
    signatures = (f"v1,{_signature(key, event_id, str(at_s), body)}" for key in keys)
    return {ID: event_id, TIMESTAMP: str(at_s), SIGNATURE: " ".join(signatures)}


def verify(key: bytes, headers: Mapping[str, str], body: bytes, now_s: float) -> None:
    """Return when ``body`` was signed with ``key``, not longer than :data:`MAX_SKEW_S` ago or ahead.

    Args:
        key: one is enough, whoever else signed.
        headers: of the request, whose names are looked up in lower case.
        body: decoded, if it came with an encoding.
        now_s: seconds since the epoch.

    Raises:
        BadSignature: it was not; says why.
    """
    event_id, at, given = (headers.get(name) for name in (ID, TIMESTAMP, SIGNATURE))
    if event_id is None or at is None or given is None:
        raise BadSignature("it is not signed")
    if not (at.isdecimal() and len(at) < 16 and abs(now_s - int(at)) <= MAX_SKEW_S):
        raise BadSignature(f"it was signed more than {MAX_SKEW_S} s from now: is a clock wrong?")
    wanted = f"v1,{_signature(key, event_id, at, body)}".encode()
    if not any(hmac.compare_digest(_bytes(one), wanted) for one in given.split(" ")):
        raise BadSignature("its signature is another key's, or the body was changed")


def _signature(key: bytes, event_id: str, at: str, body: bytes) -> str:
    mac = hmac.new(key, _bytes(f"{event_id}.{at}."), "sha256")
    mac.update(body)
    return base64.b64encode(mac.digest()).decode("ascii")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")  # whatever stood in a header
