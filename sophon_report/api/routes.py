"""HTTP answers: what anyone on a trusted network may see, and what only the machine's own commands may do.

Every answer but ``/metrics`` is JSON, errors too: ``{"error": {"code": ..., "message": ...}}`` as in the vendor's
interface of firmware V6.
"""

from typing import Awaitable, Callable, List, Tuple

import structlog
from aiohttp import web

from sophon_report.api.service import EnrolRequest, Service
from sophon_report.errors import BadImage, BadInput, NotFound, SophonReportError, Unavailable
from sophon_report.model import UserType
from sophon_report.ops.metrics import CONTENT_TYPE

MAX_BODY_BYTES = 8 << 20
"""The vendor takes pictures of up to 5 MB; base64 and a form around it fit."""
_IMAGE_CODES = {
    "not_an_image": "IMAGE_DECODE_ERROR",
    "too_large": "IMAGE_SIZE_TOO_LARGE_ERROR",
    "no_face": "NO_FACE_ERROR",
}

log = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def public_app(service: Service) -> web.Application:
    """What the API port serves: health and figures."""
    app = web.Application(middlewares=[errors_as_json], client_max_size=MAX_BODY_BYTES)
    app.add_routes(_open_routes(Routes(service)))
    return app


def admin_app(service: Service) -> web.Application:
    """What the local Unix socket serves: everything. Its file mode is its access control."""
    routes = Routes(service)
    app = web.Application(middlewares=[errors_as_json], client_max_size=MAX_BODY_BYTES)
    app.add_routes(_open_routes(routes))
    app.add_routes(
        [
            web.get("/api/v1/devices", routes.devices),
            web.get("/api/v1/delivery", routes.delivery),
            web.post("/api/v1/people", routes.enrol),
        ]
    )
    return app


def _open_routes(routes: "Routes") -> List[web.RouteDef]:
    return [web.get("/healthz", routes.health), web.get("/metrics", routes.metrics)]


class Routes:
    """Handlers over one service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def health(self, _request: web.Request) -> web.Response:
        """200 while the service does its work, with whatever is amiss; else 503 with every reason."""
        health = self._service.health()
        body = {"status": health.status, "reasons": list(health.reasons)}
        return web.json_response(body, status=503 if health.failing else 200)

    async def metrics(self, _request: web.Request) -> web.Response:
        """Prometheus text."""
        return web.Response(body=self._service.metrics(), headers={"Content-Type": CONTENT_TYPE})

    async def devices(self, _request: web.Request) -> web.Response:
        """Devices with their states."""
        return web.json_response({"devices": self._service.devices()})

    async def delivery(self, _request: web.Request) -> web.Response:
        """Who gets events, and what was not delivered."""
        return web.json_response(self._service.delivery())

    async def enrol(self, request: web.Request) -> web.Response:
        """Register the person of the query from the photo in the body."""
        query = request.query
        identity_id, name = query.get("identity_id", ""), query.get("name", "")
        if not identity_id:
            raise BadInput("identity_id is missing")
        try:
            user_type = UserType(query.get("user_type", "employee"))
        except ValueError:
            raise BadInput("user_type must be one of " + ", ".join(kind.value for kind in UserType)) from None
        replace = query.get("replace") == "true"
        photo = await request.read()
        person = await self._service.enrol(
            EnrolRequest(identity_id, name or identity_id, user_type, photo, replace)
        )
        return web.json_response(person)


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a JSON answer with its code."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        code, message = _http_error(error, request)
        return _error(error.status, code, message)
    except SophonReportError as error:
        status, code = _own_error(error)
        return _error(status, code, str(error))
    except Exception:
        log.exception("request_failed", path=request.path)
        return _error(500, "INTERNAL_ERROR", "see the service's log")


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


def _http_error(error: web.HTTPException, request: web.Request) -> Tuple[str, str]:
    if error.status == 404:
        return "NOT_FOUND", f"there is nothing at {request.path[:200]}"
    if error.status == 413:
        return "IMAGE_SIZE_TOO_LARGE_ERROR", f"the body is over {MAX_BODY_BYTES} bytes"
    return "INVALID_ARGUMENTS", error.reason


def _own_error(error: SophonReportError) -> Tuple[int, str]:
    if isinstance(error, BadImage):
        return 400, _IMAGE_CODES.get(error.reason, "LOW_QUALITY_ERROR")
    if isinstance(error, BadInput):
        return 400, "INVALID_ARGUMENTS"
    if isinstance(error, NotFound):
        return 404, "ID_NOT_FOUND"
    return (503 if isinstance(error, Unavailable) else 500), "INTERNAL_ERROR"
