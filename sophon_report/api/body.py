"""What a request brings, as arguments: read within bounds, refused when it is not what it says it is.

==========================  ====================  =======================================================
what                        bound                 over it
==========================  ====================  =======================================================
a body                      ``MAX_BODY_BYTES``    413; one that announces more is refused unread
all bodies at one time      ``MAX_BODIES_BYTES``  503 until others are done
time to send a body         ``BODY_S``            408
fields of a form            256                   400
values in a body            ``MAX_VALUES``        400: a million empty lists take a second and 100 MB to read
``%41`` in a body           ``MAX_ESCAPES``       400: each is decoded by itself
compression of a body       none                  415: a megabyte of zeros is a kilobyte when compressed
==========================  ====================  =======================================================

JSON is UTF-8, with a byte order mark or without. A key that comes twice counts by its last value; NaN, infinity
and nesting deeper than 1,024 levels are no JSON. Old calls (``/Sophon...``) take forms as well.
"""

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Dict, Iterable, Iterator, Tuple

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from sophon_report.api.arguments import Arguments, bad
from sophon_report.api.call import Message
from sophon_report.api.errors import Refusal, Shape
from sophon_report.wire.receive import form_fields

MAX_BODY_BYTES = 16 << 20
"""Two pictures of 5 MB, the vendor's bound, in base64 and a little around them."""
MAX_BODIES_BYTES = 128 << 20
MAX_VALUES = 100_000
"""Items, lists and objects, by their signs; the text of a picture has none of them."""
MAX_ESCAPES = 1_000_000
"""Two pictures in a form have half as many."""
BODY_S = 30.0
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_BOM = b"\xef\xbb\xbf"


class Bodies:
    """The room that all bodies share, from the first byte of each to its answer; each has ``body_s`` to come."""

    def __init__(self, body_s: float = BODY_S) -> None:
        self.body_s = body_s
        self._held_bytes = 0

    @contextmanager
    def room_for(self, request: web.Request) -> Iterator[None]:
        """Room for the body of ``request``; one that does not say its size takes as much as it may have.

        Raises:
            Refusal: it is too large, or there is no room now.
        """
        size_bytes = (request.content_length or MAX_BODY_BYTES) if request.can_read_body else 0
        if size_bytes > MAX_BODY_BYTES:
            raise too_large()
        if self._held_bytes + size_bytes > MAX_BODIES_BYTES:
            raise Refusal("UNAVAILABLE", "too many large requests at one time: try again")
        self._held_bytes += size_bytes
        try:
            yield
        finally:
            self._held_bytes -= size_bytes


def too_large() -> Refusal:
    """The refusal of a body over the bound."""
    return Refusal("PAYLOAD_TOO_LARGE", f"the body is over {MAX_BODY_BYTES} bytes")


async def arguments_of(request: web.Request, shape: Shape, body_s: float, takes_query: bool = False) -> Arguments:
    """The body of a POST, PUT or DELETE, else the query; an old call may have its arguments in either.

    Args:
        request: its headers are here.
        shape: of the call.
        body_s: how long the body may take to come.
        takes_query: whether the query counts where there is no body, as it does for any old call.

    Raises:
        Refusal: what is wrong with it.
        BadMessage: a form that cannot be read.
    """
    query = _by_name(_query(request))
    if request.method in ("GET", "HEAD"):
        return Arguments(query, lenient=True)
    lenient = shape is Shape.OLD
    body = plain_json(await _read(request, body_s))
    if not body and query and (lenient or takes_query):
        return Arguments(query, lenient=True)
    kind = request.content_type
    if not body or kind == "application/json" or (lenient and _is_json_unsaid(request, body)):
        return Arguments.of_json(body, lenient=lenient)
    if lenient and kind in _FORMS:
        return Arguments({**query, **_form(body, request.headers["Content-Type"])}, lenient=True)
    takes = "application/json or form-data" if lenient else "application/json"
    raise Refusal("UNSUPPORT_CONTENT_TYPE", f"only {takes} is accepted")


def head_of(request: web.Request) -> Message:
    """The request without its body, which is left where it is.

    Raises:
        Refusal: the query is no text.
    """
    content_type = request.content_type if "Content-Type" in request.headers else ""
    return Message(_by_name(_query(request)), request.headers, content_type)


async def message_of(request: web.Request, body_s: float) -> Message:
    """The request as it came; the body of a GET is not read.

    Raises:
        Refusal: the query is no text, or the body did not come.
    """
    body = b"" if request.method in ("GET", "HEAD") else await _read(request, body_s)
    return replace(head_of(request), body=body)


def _is_json_unsaid(request: web.Request, body: bytes) -> bool:
    """No type at all, or that of a form because ``curl -d`` says so of everything."""
    unsaid = "Content-Type" not in request.headers
    return unsaid or (request.content_type == _FORMS[1] and body.lstrip().startswith(b"{"))


async def _read(request: web.Request, body_s: float) -> bytes:
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Refusal("UNSUPPORT_CONTENT_TYPE", "a compressed body is not accepted")
    try:
        body = await asyncio.wait_for(request.read(), body_s)
    except asyncio.TimeoutError:
        raise Refusal("REQUEST_TIMEOUT", f"the body did not come within {body_s:g} s") from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
        raise Refusal("INVALID_ARGUMENTS", "the body broke off, or is not what its headers say") from None
    return body


def plain_json(body: bytes) -> bytes:
    """``body`` without a byte order mark.

    Raises:
        Refusal: reading it would take too long.
    """
    _refuse_endless(body)
    return body[len(_BOM) :] if body.startswith(_BOM) else body


def _refuse_endless(body: bytes) -> None:
    """Refuse what would hold up every other call, and the events, while it is read."""
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise bad("the body", f"must not hold more than {MAX_VALUES:,} values")
    if body.count(b"%") > MAX_ESCAPES:
        raise bad("the body", f"must not hold more than {MAX_ESCAPES:,} escaped signs")


def _query(request: web.Request) -> Iterator[Tuple[str, str]]:
    for name, value in request.query.items():
        try:
            (name + value).encode()
        except UnicodeEncodeError:
            raise bad("the query", "is not UTF-8") from None
        yield name, value


def _form(body: bytes, content_type: str) -> Dict[str, Any]:
    return _by_name(_texts(form_fields(body, content_type)))


def _texts(fields: Iterable[Tuple[str, bytes]]) -> Iterator[Tuple[str, str]]:
    """A part with a file name is read as text too: some clients send every part so."""
    for name, value in fields:
        try:
            yield name, value.decode()
        except UnicodeDecodeError:
            raise bad(name[:64], "is not UTF-8") from None


def _by_name(pairs: Iterable[Tuple[str, str]]) -> Dict[str, Any]:
    """Values by name; those of a name that comes several times are a list."""
    found: Dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found
