"""The door of the HTTP interface: a request in, a JSON answer out, whatever it was.

Every answer is JSON: errors, unknown paths, wrong methods and bodies over the limit too, each in the shape of the
call (:func:`~sophon_report.api.call.shape_of`). What a call needs is asked before its body is read. ``HEAD`` is a
GET without the answer's body; ``OPTIONS`` is a wrong method: no page of another site gets past a preflight.
"""

import asyncio
from dataclasses import replace
from typing import Any, Awaitable, Callable, Dict, Iterable, Mapping, Optional

import orjson
import structlog
from aiohttp import web

from sophon_report.api.arguments import Arguments
from sophon_report.api.body import BODY_S, MAX_BODY_BYTES, Bodies, arguments_of, head_of, message_of, too_large
from sophon_report.api.call import Call, Incoming, Need, Noted, shape_of
from sophon_report.api.errors import Refusal, Shape, error_body, refusal_of
from sophon_report.api.problems import MEDIA_TYPE, RETRY_AFTER_S, problem_body, problem_of
from sophon_report.api.shown import (
    LOOKS,
    Shown,
    is_of_no_other_site,
    is_of_the_page,
    may_be_lured,
    no_cookie,
    shown_by,
)
from sophon_report.api.streamed import Streamed
from sophon_report.errors import SophonReportError

AUDITED = (Need.WRITE, Need.ADMIN)
"""What is noted when it was done; pictures that are pushed come by the thousand and are events."""

LURED = (
    "a browser is shown nothing by a name that anybody may have registered: ask the box by its address, or by TLS"
)

PAGE_CALLS = "/api/v1/"
"""What the page asks, and nothing that a browser shows by itself."""

LOOK_S = 0.25
"""Between two looks whether the caller of a long call is still there."""

log = structlog.get_logger()
Check = Callable[[Need, str, Optional[str]], Optional[Refusal]]
"""Need, address of the caller, token: why not, or ``None``."""
Who = Callable[[Optional[str]], str]
"""Token: whose it is, ``""`` when nobody's."""
Note = Callable[[str, str, str], None]
"""Who did what, and from where: a line of the audit."""
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(
    calls: Iterable[Call],
    check: Check,
    extra: Iterable[web.RouteDef] = (),
    body_s: float = BODY_S,
    who: Who = lambda _token: "",
    note: Optional[Note] = None,
) -> web.Application:
    """An app that serves ``calls``, each let through by ``check``; ``extra`` routes look after themselves.

    A body has ``body_s`` to come; ``who`` is asked whose token a call shows; ``note`` is told of each call that
    changed something.
    """
    app = web.Application(middlewares=[errors_as_json], client_max_size=MAX_BODY_BYTES)
    app.add_routes(list(extra))
    bodies = Bodies(body_s)
    for call in calls:
        for method in ("GET", "HEAD") if call.method == "GET" else (call.method,):
            app.router.add_route(method, call.path, _answer(call, check, who, note, bodies))
    return app


def nothing_to_check(_need: Need, _peer: str, _token: Optional[str]) -> Optional[Refusal]:
    """Everyone may: for the local Unix socket, whose file mode says who reaches it."""
    return None


def _answer(call: Call, check: Check, who: Who, note: Optional[Note], bodies: Bodies) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        peer, shown = request.remote or "", shown_by(request.headers, request.secure)
        whose = who(shown.token)
        if shown.by_cookie and not whose:
            shown = _without_session(call)
        refusal = check(call.need, peer, shown.token) or _foreign(call, request, shown)
        if refusal is not None:
            raise refusal
        incoming = Incoming(
            Arguments({}),
            peer,
            _path_parts(request),
            shown.token is not None,
            who=whose,
            bearer=shown.token,
            by_cookie=shown.by_cookie,
            secure=request.secure,
        )
        if call.takes_over:
            return _answered(await call.handler(replace(incoming, request=request)))
        if not call.reads_body:
            return noted(incoming, await call.handler(incoming))
        if call.streamed_bytes:
            streamed = Streamed(request, call.streamed_bytes)
            incoming = replace(incoming, message=head_of(request), stream=streamed)
            return noted(incoming, await call.handler(incoming))
        with bodies.room_for(request):
            if call.raw:
                message = await message_of(request, bodies.body_s)
                return noted(incoming, await call.handler(replace(incoming, message=message)))
            arguments = await arguments_of(request, call.shape, bodies.body_s, call.takes_query)
            handled = call.handler(replace(incoming, arguments=arguments))
            result = await (_while_there(request, handled) if call.ends_with_caller else handled)
            return noted(incoming, result)

    def noted(incoming: Incoming, result: Any) -> web.StreamResponse:
        told, answered = (
            (result.detail, _answered(result.answer)) if isinstance(result, Noted) else ("", _answered(result))
        )
        # The path as it is declared: what varies in it may be somebody's id.
        if note is not None and call.need in AUDITED and answered.status < 400 and not _is_look(call, answered):
            detail = ", ".join(filter(None, [told, incoming.origin]))
            note(incoming.actor, f"{call.method} {call.path}", detail)
        return answered

    return answer


def _is_look(call: Call, answered: web.StreamResponse) -> bool:
    """Whether nothing was changed, and nothing taken away: a file that an admin fetches is noted."""
    return call.method in LOOKS and (answered.status == 304 or answered.content_type == "application/json")


async def _while_there(request: web.Request, handled: Awaitable[Any]) -> Any:
    """What ``handled`` gives, which is left off when the caller leaves first."""
    task = asyncio.ensure_future(handled)
    try:
        while not task.done():
            await asyncio.wait([task], timeout=LOOK_S)
            if request.transport is None and not task.done():
                raise ConnectionResetError("the caller has gone")
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


def _without_session(call: Call) -> Shown:
    """What a request shows whose cookie is worth nothing any more: nothing, but the page has to learn it."""
    if call.need is not Need.ANYONE and call.path.startswith(PAGE_CALLS):
        raise Refusal("SESSION_OVER", "the session is over: log in again")
    return Shown()


def _foreign(call: Call, request: web.Request, shown: Shown) -> Optional[Refusal]:
    """Why not, when a browser says that a page of another site asks, or cannot say that ours does."""
    if shown.by_cookie:
        if is_of_the_page(request.method, request.headers, request.secure):
            return None
        return Refusal("FOREIGN_PAGE", "by the page's cookie only the page of this box may change anything")
    if shown.token is not None or (call.need is Need.ANYONE and call.method in LOOKS):
        return None
    if call.need in (Need.OPEN, Need.READ):
        return Refusal("PASSWORD_ERROR", LURED) if may_be_lured(request.headers, request.secure) else None
    if is_of_no_other_site(request.headers, request.secure):
        return None
    # The page says to a wrong password what it says to any 401: here it has to say what to do.
    code = "FOREIGN_PAGE" if call.need is Need.ANYONE and call.path.startswith(PAGE_CALLS) else "PASSWORD_ERROR"
    return Refusal(
        code, "a page of another site may change nothing without a token; open one of this box by its address"
    )


def _path_parts(request: web.Request) -> Mapping[str, str]:
    parts: Dict[str, str] = dict(request.match_info)
    try:
        "".join(parts.values()).encode()
    except UnicodeEncodeError:
        raise Refusal("NOT_FOUND", "the address is not UTF-8") from None
    return parts


@web.middleware
async def errors_as_json(request: web.Request, handler: Answer) -> web.StreamResponse:
    """Turn every error into a JSON answer in the shape of the path."""
    headers: Dict[str, str] = {}
    try:
        return await handler(request)
    except web.HTTPException as error:
        refusal = _http_refusal(error, request)
        if isinstance(error, web.HTTPMethodNotAllowed):
            headers["Allow"] = _methods(error)
    except SophonReportError as error:
        refusal = refusal_of(error)
    except ConnectionError:
        # The caller has gone, often before the 100 that it asked for: nobody's fault, and no line of the log.
        refusal = Refusal("INVALID_ARGUMENTS", "the connection broke off")
    except Exception:
        log.exception("request_failed", path=request.path)
        refusal = Refusal("INTERNAL_ERROR", "see the service's log")
    if refusal.http_status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if refusal.code == "SESSION_OVER":
        headers["Set-Cookie"] = no_cookie(request.secure)
    return refused(refusal, request.path, headers)


def refused(refusal: Refusal, path: str, headers: Optional[Mapping[str, str]] = None) -> web.Response:
    """The answer that is no, in the shape of ``path``; what is no Unicode in it becomes question marks."""
    shape, said = shape_of(path), Refusal(refusal.code, _printable(str(refusal)), refusal.fields)
    if shape is not Shape.PROBLEM:
        return _json(error_body(said, shape), refusal.http_status, headers)
    status, more, wait_s = problem_of(said).http_status, dict(headers or {}), refusal.retry_after_s
    if status == 503 or wait_s is not None:
        more["Retry-After"] = str(wait_s or RETRY_AFTER_S)
    return _json(problem_body(said, _printable(path)), status, more, MEDIA_TYPE)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _http_refusal(error: web.HTTPException, request: web.Request) -> Refusal:
    if isinstance(error, web.HTTPMethodNotAllowed):
        return Refusal("METHOD_NOT_ALLOWED", f"this path takes {_methods(error)}")
    if isinstance(error, web.HTTPNotFound):
        return Refusal("NOT_FOUND", f"there is nothing at {request.path[:200]}")
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return too_large()
    return Refusal("INVALID_ARGUMENTS", error.reason)


def _methods(error: web.HTTPMethodNotAllowed) -> str:
    return ", ".join(sorted(error.allowed_methods))


def _answered(result: Any) -> web.StreamResponse:
    return result if isinstance(result, web.StreamResponse) else _json(result, 200)


def _json(
    value: Any, status: int, headers: Optional[Mapping[str, str]] = None, content_type: str = "application/json"
) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, headers=headers, content_type=content_type)
