"""The door of the HTTP interface: a request in, a JSON answer out, whatever it was.

Every answer is JSON: errors, unknown paths, wrong methods and bodies over the limit too, each in the shape of the
call (:func:`~sophon_report.api.call.shape_of`). What a call needs is asked before its body is read.
"""

from typing import Any, Awaitable, Callable, Dict, Iterable, List, Optional, Tuple

import orjson
import structlog
from aiohttp import web

from sophon_report.api.arguments import Arguments
from sophon_report.api.call import Call, Incoming, Need, shape_of
from sophon_report.api.errors import Refusal, Shape, error_body, refusal_of
from sophon_report.errors import SophonReportError

MAX_BODY_BYTES = 16 << 20
"""Two pictures of 5 MB, the vendor's bound, in base64 and a little around them."""
MAX_FIELDS = 256
"""Parts of a form."""
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")

log = structlog.get_logger()
Check = Callable[[Need, str, Optional[str]], Optional[Refusal]]
"""Need, address of the caller, token: why not, or ``None``."""
_Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(calls: Iterable[Call], check: Check, extra: Iterable[web.RouteDef] = ()) -> web.Application:
    """An app that serves ``calls``, each let through by ``check``; ``extra`` routes look after themselves."""
    app = web.Application(middlewares=[errors_as_json], client_max_size=MAX_BODY_BYTES)
    app.add_routes(list(extra))
    for call in calls:
        app.router.add_route(call.method, call.path, _answer(call, check))
    return app


def nothing_to_check(_need: Need, _peer: str, _token: Optional[str]) -> Optional[Refusal]:
    """Everyone may: for the local Unix socket, whose file mode says who reaches it."""
    return None


def _answer(call: Call, check: Check) -> _Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        token = _token(request)
        refusal = check(call.need, request.remote or "", token)
        if refusal is not None:
            raise refusal
        arguments = await _arguments(request, call.shape)
        result = await call.handler(
            Incoming(arguments, request.remote or "", dict(request.match_info), credentials=token is not None)
        )
        return result if isinstance(result, web.StreamResponse) else _json(result, 200)

    return answer


def _token(request: web.Request) -> Optional[str]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def _arguments(request: web.Request, shape: Shape) -> Arguments:
    lenient = shape is Shape.OLD
    query: Dict[str, Any] = dict(request.query)
    if request.method in ("GET", "HEAD"):
        return Arguments(query, lenient=True)
    kind = request.content_type
    if lenient and kind in _FORMS:
        return Arguments({**query, **await _form(request)}, lenient=True)
    raw = await request.read()
    if raw and kind != "application/json" and not (lenient and "Content-Type" not in request.headers):
        takes = "application/json or form-data" if lenient else "application/json"
        raise Refusal("UNSUPPORT_CONTENT_TYPE", f"only {takes} is accepted")
    if not raw and query and lenient:
        return Arguments(query, lenient=True)
    return Arguments.of_json(raw, lenient=lenient)


async def _form(request: web.Request) -> Dict[str, Any]:
    """Fields of a form; one that comes twice is a list."""
    try:
        posted = await request.post()
    except ValueError as error:
        raise Refusal("INVALID_ARGUMENTS", "the form cannot be read") from error
    if len(posted) > MAX_FIELDS:
        raise Refusal("INVALID_ARGUMENTS", f"the form has more than {MAX_FIELDS} fields")
    fields: Dict[str, Any] = {}
    for name in posted:
        values = [_field(value) for value in posted.getall(name)]
        fields[name] = values[0] if len(values) == 1 else values
    return fields


def _field(value: Any) -> str:
    """A part with a file name is read as text too: some clients send every part so."""
    raw = value.file.read() if isinstance(value, web.FileField) else value
    return raw.decode("utf-8", "replace") if isinstance(raw, (bytes, bytearray)) else str(raw)


@web.middleware
async def errors_as_json(request: web.Request, handler: _Answer) -> web.StreamResponse:
    """Turn every error into a JSON answer in the shape of the path."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        refusal, headers = _http_refusal(error, request)
    except SophonReportError as error:
        refusal, headers = refusal_of(error), []
    except Exception:
        log.exception("request_failed", path=request.path)
        refusal, headers = Refusal("INTERNAL_ERROR", "see the service's log"), []
    answer = _json(error_body(refusal, shape_of(request.path)), refusal.http_status)
    answer.headers.extend(headers)
    return answer


def _http_refusal(error: web.HTTPException, request: web.Request) -> Tuple[Refusal, List[Tuple[str, str]]]:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return Refusal("METHOD_NOT_ALLOWED", f"this path takes {allowed}"), [("Allow", allowed)]
    if isinstance(error, web.HTTPNotFound):
        return Refusal("NOT_FOUND", f"there is nothing at {request.path[:200]}"), []
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return Refusal("PAYLOAD_TOO_LARGE", f"the body is over {MAX_BODY_BYTES} bytes"), []
    return Refusal("INVALID_ARGUMENTS", error.reason), []


def _json(value: Any, status: int) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
