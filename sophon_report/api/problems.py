"""Why one of our own calls was refused: RFC 9457, ``application/problem+json``.

::

    {"type": "/api/docs#INVALID_ARGUMENTS", "title": "Something in the request cannot be used", "status": 400,
     "detail": "limit must be at most 500", "instance": "/api/v1/strangers", "code": "INVALID_ARGUMENTS",
     "errors": [{"detail": "must be at most 500", "parameter": "limit"}]}

``type`` leads to the page of the box that explains it: there may be no way to any other. Programs go by ``code``,
people read ``detail``. ``errors`` names each wrong field, by a JSON pointer into the body or by its parameter; it
is there where fields are what is wrong. Every 503 says in ``Retry-After`` when it is worth another try. Pure.
"""

from dataclasses import dataclass
from typing import Any, Dict, Mapping

from sophon_report.api.errors import Refusal, WrongField

MEDIA_TYPE = "application/problem+json"
DOCS_PATH = "/api/docs"
RETRY_AFTER_S = 5
"""For whatever is busy or away: what is tried again every few seconds is not too much for anything here."""


@dataclass(frozen=True)
class Problem:
    """One kind of refusal."""

    code: str
    http_status: int
    title: str


def _by_code(*problems: Problem) -> Mapping[str, Problem]:
    return {problem.code: problem for problem in problems}


PROBLEMS = _by_code(
    Problem("INVALID_JSON", 400, "The body is not JSON, or no JSON object"),
    Problem("INVALID_ARGUMENTS", 400, "Something in the request cannot be used"),
    Problem("ADDRESS_REFUSED", 400, "The box posts nothing to this address"),
    Problem("NOT_AN_IMAGE", 400, "The picture cannot be read"),
    Problem("IMAGE_TOO_LARGE", 400, "The picture is too large"),
    Problem("NO_FACE", 400, "Nobody's face is on the picture"),
    Problem("LOW_QUALITY", 400, "The face on the picture is too poor"),
    Problem("CERTIFICATE_UNREADABLE", 400, "The certificate cannot be read"),
    Problem("CERTIFICATE_EXPIRED", 400, "The certificate has expired"),
    Problem("CHAIN_BROKEN", 400, "A certificate did not sign the one before it"),
    Problem("KEY_UNREADABLE", 400, "The private key cannot be read"),
    Problem("KEY_ENCRYPTED", 400, "The private key has a password"),
    Problem("KEY_MISMATCH", 400, "The private key is that of another certificate"),
    Problem("KEY_TOO_SMALL", 400, "The private key is too easy to guess"),
    Problem("NAME_UNUSABLE", 400, "A name is no host name and no address"),
    Problem("UNAUTHORIZED", 401, "This needs credentials"),
    Problem("SESSION_OVER", 401, "The session is over: log in again"),
    Problem("FORBIDDEN", 403, "The role of the user or the token is too small"),
    Problem("FOREIGN_PAGE", 403, "A page of another site may change nothing"),
    Problem("NOT_FOUND", 404, "There is nothing of that name"),
    Problem("METHOD_NOT_ALLOWED", 405, "The path takes other methods"),
    Problem("REQUEST_TIMEOUT", 408, "The body did not come in time"),
    Problem("TAKEN", 409, "The id, the name or the address is taken"),
    Problem("CONFLICT", 409, "It does not go with how far it is"),
    Problem("FULL", 409, "As many as there may be are there already"),
    Problem("PRECONDITION_FAILED", 412, "It has changed since it was read"),
    Problem("PAYLOAD_TOO_LARGE", 413, "The body is too large"),
    Problem("UNSUPPORTED_CONTENT_TYPE", 415, "The body has a type that is not taken"),
    Problem("UPGRADE_REQUIRED", 426, "A WebSocket is served there"),
    Problem("TOO_MANY_TRIES", 429, "Too many wrong passwords: wait"),
    Problem("INTERNAL_ERROR", 500, "A fault of the service: see its log"),
    Problem("NOT_IMPLEMENTED", 501, "This version does not do it"),
    Problem("UNAVAILABLE", 503, "It cannot be done now: try again later"),
    Problem("TOO_MUCH", 503, "The question takes too long: ask for less"),
    Problem("NO_PICTURE", 503, "The device gives no picture now"),
    Problem("NO_SPACE", 507, "There is no room for it on the disk"),
)
"""By their codes."""

_OWN_WORDS = {
    "INVALID_REQUEST_JSON": "INVALID_JSON",
    "EMPTY_REQUEST_JSON": "INVALID_ARGUMENTS",
    "MISSING_ARGUMENTS": "INVALID_ARGUMENTS",
    "IMAGE_DECODE_ERROR": "NOT_AN_IMAGE",
    "IMAGE_NOT_OPENED": "NOT_AN_IMAGE",
    "IMAGE_SIZE_TOO_LARGE_ERROR": "IMAGE_TOO_LARGE",
    "NO_FACE_ERROR": "NO_FACE",
    "LOW_QUALITY_ERROR": "LOW_QUALITY",
    "PASSWORD_ERROR": "UNAUTHORIZED",
    "ID_NOT_FOUND": "NOT_FOUND",
    "PERMISSION_ID_NOT_FOUND": "NOT_FOUND",
    "DEVICE_ID_NOT_FOUND": "NOT_FOUND",
    "EMPTY_GROUP_ERROR": "NOT_FOUND",
    "ID_REPEAT_ERROR": "TAKEN",
    "NAME_REPEAT_ERROR": "TAKEN",
    "DEVICE_ADDRESS_DUPLICATE_ERROR": "TAKEN",
    "DEVICE_RTMP_ADDRESS_DUPLICATE_ERROR": "TAKEN",
    "DEVICE_MAX_NUM_ERROR": "FULL",
    "GROUP_LEN_ERROR": "FULL",
    "UNSUPPORT_CONTENT_TYPE": "UNSUPPORTED_CONTENT_TYPE",
    "DEVICE_INIT_ERROR": "UNAVAILABLE",
    "INSUFFICIENT_SPACE_LEFT": "NO_SPACE",
}
"""The vendor's words that ours differ from."""


def problem_of(refusal: Refusal) -> Problem:
    """What kind of problem a refusal is; one that no call of ours gives counts as a wrong argument."""
    return PROBLEMS.get(_OWN_WORDS.get(refusal.code, refusal.code), PROBLEMS["INVALID_ARGUMENTS"])


def problem_body(refusal: Refusal, path: str) -> Dict[str, Any]:
    """The JSON body of a refusal of a call to ``path``."""
    problem = problem_of(refusal)
    body = {
        "type": f"{DOCS_PATH}#{problem.code}",
        "title": problem.title,
        "status": problem.http_status,
        "detail": str(refusal),
        "instance": path,
        "code": problem.code,
    }
    return {**body, "errors": [_told(field) for field in refusal.fields]} if refusal.fields else body


def _told(field: WrongField) -> Dict[str, str]:
    places = {"pointer": field.pointer, "parameter": field.parameter}
    return {"detail": field.detail, **{key: value for key, value in places.items() if value}}
