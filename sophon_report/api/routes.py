"""What each door serves, and two calls that belong to no interface: health and figures."""

from typing import List, Optional

from aiohttp import web

from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.front import Check, Note, Who, application, nothing_to_check
from sophon_report.api.not_built import not_built
from sophon_report.api.service import Service
from sophon_report.ops.metrics import CONTENT_TYPE


def public_app(
    service: Service,
    calls: List[Call],
    check: Check,
    who: Who = lambda _token: "",
    note: Optional[Note] = None,
) -> web.Application:
    """What the API port serves: our own calls and the vendor's, those that are not built yet as such."""
    return application([*Routes(service).calls(), *calls, *not_built()], check, who=who, note=note)


def admin_app(service: Service, calls: List[Call], note: Optional[Note] = None) -> web.Application:
    """What the local Unix socket serves: everything. Its file mode is its access control."""
    return application([*Routes(service).calls(), *calls], nothing_to_check, note=note)


class Routes:
    """Handlers over one service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def calls(self) -> List[Call]:
        """Those that take and give JSON."""
        return [
            Call("GET", "/healthz", Need.OPEN, self.health),
            Call("GET", "/metrics", Need.OPEN, self.metrics),
        ]

    async def health(self, _incoming: Incoming) -> web.Response:
        """200 while the service does its work, with whatever is amiss; else 503 with every reason."""
        health = self._service.health()
        body = {"status": health.status, "reasons": list(health.reasons)}
        return web.json_response(body, status=503 if health.failing else 200)

    async def metrics(self, _incoming: Incoming) -> web.Response:
        """Prometheus text."""
        return web.Response(body=self._service.metrics(), headers={"Content-Type": CONTENT_TYPE})
