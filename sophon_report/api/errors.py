"""Why a call was refused, in both of the vendor's shapes; in our own by :mod:`sophon_report.api.problems`.

========  =================================================================================
API 2.0   ``{"error": {"code": "NO_FACE_ERROR", "message": "..."}}``
older     ``{"error": {"code": 40004, "message": "...", "status": "NO_FACE"}}``
========  =================================================================================

Inside a refusal has the word of API 2.0; :data:`CODES` gives each its HTTP status and its older number and word.
The vendor documents no HTTP status but "200 = success"; the numbers begin with one (40004, 41591, 50100): it is
used. A refusal never comes with 200. What the message holds is the vendor's: the name of a missing argument, the
id that is not there; the items that a poor picture lacks, and words for a person after them.
"""

import enum
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple, Type

from sophon_report.errors import (
    CERTIFICATE_REASONS,
    AddressRefused,
    AddressTaken,
    BadCertificate,
    BadImage,
    BadInput,
    DeviceNotFound,
    Full,
    GalleryFull,
    IdTaken,
    NameTaken,
    NobodyKnown,
    NoPicture,
    NotFound,
    PreviewNotFound,
    RtmpAddressTaken,
    SophonReportError,
    TooManyDevices,
    TooMuch,
    Unavailable,
    VisionAway,
    WrongState,
)


class Shape(enum.Enum):
    """Which form of error a call answers with."""

    V2 = "v2"
    OLD = "old"
    PROBLEM = "problem"
    """RFC 9457, for our own calls."""


@dataclass(frozen=True)
class Code:
    """One reason, as each shape says it."""

    http_status: int
    number: int
    word: str


CODES: Mapping[str, Code] = {
    "UNSUPPORT_CONTENT_TYPE": Code(415, 40001, "UNSUPPORT_CONTENT_TYPE"),
    "INVALID_REQUEST_JSON": Code(400, 40000, "BAD_REQUEST"),
    "EMPTY_REQUEST_JSON": Code(400, 40002, "EMPTY_REQUEST_JSON"),
    "MISSING_ARGUMENTS": Code(400, 40091, "PARAM_ERROR"),
    "INVALID_ARGUMENTS": Code(400, 40091, "PARAM_ERROR"),
    "ADDRESS_REFUSED": Code(400, 40091, "PARAM_ERROR"),
    "CONFLICT": Code(409, 40000, "BAD_REQUEST"),
    "PRECONDITION_FAILED": Code(412, 40000, "BAD_REQUEST"),
    "PAYLOAD_TOO_LARGE": Code(413, 41300, "PAYLOAD_TOO_LARGE"),
    "REQUEST_TIMEOUT": Code(408, 40000, "BAD_REQUEST"),
    "METHOD_NOT_ALLOWED": Code(405, 40000, "BAD_REQUEST"),
    "NOT_FOUND": Code(404, 40400, "NOT_FOUND"),
    "ID_NOT_FOUND": Code(404, 40401, "ID_NOT_FOUND"),
    "PERMISSION_ID_NOT_FOUND": Code(404, 40401, "ID_NOT_FOUND"),
    "ID_REPEAT_ERROR": Code(400, 40011, "IDENTITY_EXSIT_ERROR"),
    "DELETE_USERS_FAILED": Code(400, 400091, "DELETE_USERS_FAILED"),
    "NAME_REPEAT_ERROR": Code(400, 40012, "GROUP_NAME_ERROR"),
    "IMAGE_DECODE_ERROR": Code(400, 40003, "IMAGE_ERROR"),
    "IMAGE_NOT_OPENED": Code(400, 40003, "IMAGE_ERROR"),
    "IMAGE_SIZE_TOO_LARGE_ERROR": Code(400, 40007, "IMAGE_SIZE_TOO_LARGE_ERROR"),
    "NO_FACE_ERROR": Code(400, 40004, "NO_FACE"),
    "LOW_QUALITY_ERROR": Code(400, 40006, "LOW_QUALITY_ERROR"),
    "EMPTY_GROUP_ERROR": Code(400, 40008, "EMPTY_GROUP_ERROR"),
    "GROUP_LEN_ERROR": Code(400, 40015, "GROUP_LEN_ERROR"),
    "MATCH_FAIL": Code(400, 40000, "BAD_REQUEST"),
    "LIVENESS_DETECT_FAIL": Code(400, 40000, "BAD_REQUEST"),
    "NOT_SUPPORT_IR_LIVENESS": Code(400, 40000, "BAD_REQUEST"),
    "ANOTHER_PICTURE_SEARCH_RUNNING_ERROR": Code(400, 40000, "BAD_REQUEST"),
    "DEVICE_ADDRESS_DUPLICATE_ERROR": Code(400, 40091, "PARAM_ERROR"),
    "DEVICE_RTMP_ADDRESS_DUPLICATE_ERROR": Code(400, 40091, "PARAM_ERROR"),
    "DEVICE_ID_NOT_FOUND": Code(404, 40401, "ID_NOT_FOUND"),
    "DEVICE_PERVIEW_ID_NOT_EXIST": Code(404, 40401, "ID_NOT_FOUND"),
    "DEVICE_INIT_ERROR": Code(503, 50072, "SERVER_PROCESS_FAILED"),
    "DEVICE_MAX_NUM_ERROR": Code(400, 40091, "PARAM_ERROR"),
    "CONFIG_ITEM_FAIL": Code(400, 40091, "PARAM_ERROR"),
    "PASSWORD_ERROR": Code(401, 40100, "UNAUTHORIZED"),
    "SESSION_OVER": Code(401, 40100, "UNAUTHORIZED"),
    "FORBIDDEN": Code(403, 40100, "UNAUTHORIZED"),
    "FOREIGN_PAGE": Code(403, 40100, "UNAUTHORIZED"),
    "UPGRADE_REQUIRED": Code(426, 40091, "PARAM_ERROR"),
    "TOO_MANY_TRIES": Code(429, 40100, "UNAUTHORIZED"),
    "FULL": Code(409, 40000, "BAD_REQUEST"),
    "INSUFFICIENT_SPACE_LEFT": Code(507, 400005, "NOT_ENOUGH_SPACE_ERROR"),
    "INTERNAL_ERROR": Code(500, 50072, "SERVER_PROCESS_FAILED"),
    "UNAVAILABLE": Code(503, 50072, "SERVER_PROCESS_FAILED"),
    "NO_PICTURE": Code(503, 50072, "SERVER_PROCESS_FAILED"),
    "TOO_MUCH": Code(503, 50072, "SERVER_PROCESS_FAILED"),
    "NOT_IMPLEMENTED": Code(501, 50100, "NOT_IMPLEMENTED"),
    **{reason: Code(400, 40091, "PARAM_ERROR") for reason in CERTIFICATE_REASONS},
}
"""By the word of API 2.0. ``PAYLOAD_TOO_LARGE``, ``REQUEST_TIMEOUT``, ``METHOD_NOT_ALLOWED``, ``NOT_FOUND``,
``UNAVAILABLE`` and ``NOT_IMPLEMENTED`` are not in its list of 41; nothing there says what they do. Nor is
``TOO_MANY_TRIES``, ``FORBIDDEN``, ``FOREIGN_PAGE``; ``DELETE_USERS_FAILED`` is of the older interface alone,
``CONFLICT``, ``FULL``, ``NO_PICTURE``, ``PRECONDITION_FAILED``, ``SESSION_OVER``, ``TOO_MUCH``,
``UPGRADE_REQUIRED`` and those of certificates of our own."""

_TOLD_AS = {
    "ADDRESS_REFUSED": "INVALID_ARGUMENTS",
    "UNAVAILABLE": "INTERNAL_ERROR",
    "NO_PICTURE": "INTERNAL_ERROR",
    "TOO_MUCH": "INTERNAL_ERROR",
    "TOO_MANY_TRIES": "PASSWORD_ERROR",
    "FORBIDDEN": "PASSWORD_ERROR",
    "FOREIGN_PAGE": "PASSWORD_ERROR",
}
"""Reasons that a word of the list covers."""

_IMAGE_CODES = {
    "not_an_image": "IMAGE_DECODE_ERROR",
    "too_large": "IMAGE_SIZE_TOO_LARGE_ERROR",
    "no_face": "NO_FACE_ERROR",
}

_ERROR_CODES: Tuple[Tuple[Type[SophonReportError], str], ...] = (
    (AddressRefused, "ADDRESS_REFUSED"),
    (AddressTaken, "DEVICE_ADDRESS_DUPLICATE_ERROR"),
    (RtmpAddressTaken, "DEVICE_RTMP_ADDRESS_DUPLICATE_ERROR"),
    (TooManyDevices, "DEVICE_MAX_NUM_ERROR"),
    (IdTaken, "ID_REPEAT_ERROR"),
    (NameTaken, "NAME_REPEAT_ERROR"),
    (GalleryFull, "GROUP_LEN_ERROR"),
    (Full, "FULL"),
    (WrongState, "CONFLICT"),
    (BadInput, "INVALID_ARGUMENTS"),
    (PreviewNotFound, "DEVICE_PERVIEW_ID_NOT_EXIST"),
    (DeviceNotFound, "DEVICE_ID_NOT_FOUND"),
    (NobodyKnown, "EMPTY_GROUP_ERROR"),
    (NotFound, "ID_NOT_FOUND"),
    (VisionAway, "DEVICE_INIT_ERROR"),
    (NoPicture, "NO_PICTURE"),
    (TooMuch, "TOO_MUCH"),
    (Unavailable, "UNAVAILABLE"),
    (SophonReportError, "INTERNAL_ERROR"),
)
"""What an error of the package is called at the edge: the first kind it is of."""


@dataclass(frozen=True)
class WrongField:
    """What is wrong with one part of a request."""

    detail: str
    pointer: str = ""
    """JSON pointer into the body, as a fragment: ``#/ids/0``; ``""`` when it is not of the body."""
    parameter: str = ""
    """Name of a parameter of the query; ``""`` when it is none."""


class Refusal(SophonReportError):  # noqa: N818 - what the edge answers, not a fault
    """An answer that is no: ``code`` is a key of :data:`CODES`."""

    def __init__(
        self, code: str, message: str, fields: Sequence[WrongField] = (), retry_after_s: Optional[int] = None
    ) -> None:
        self.code, self.fields, self.retry_after_s = code, tuple(fields), retry_after_s
        super().__init__(message)

    @property
    def http_status(self) -> int:
        """Status of the answer."""
        return CODES[self.code].http_status


def error_body(refusal: Refusal, shape: Shape) -> Dict[str, Any]:
    """The JSON body of a refusal in one of the vendor's shapes."""
    message = str(refusal)
    if shape is Shape.V2:
        return {"error": {"code": _TOLD_AS.get(refusal.code, refusal.code), "message": message}}
    code = CODES[refusal.code]
    return {"error": {"code": code.number, "message": message, "status": code.word}}


def refusal_of(error: SophonReportError) -> Refusal:
    """What an error of the package means for the caller."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, BadCertificate):
        return Refusal(error.code, str(error), [WrongField(str(error), pointer=f"#/{error.part}")])
    if isinstance(error, BadImage):
        return Refusal(_IMAGE_CODES.get(error.reason, "LOW_QUALITY_ERROR"), str(error))
    return Refusal(next(code for kind, code in _ERROR_CODES if isinstance(error, kind)), str(error))
