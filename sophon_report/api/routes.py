"""The service's own calls: health and figures for anyone, delivery and devices for who may, and commands."""

from typing import Any, Dict, List, Optional

from aiohttp import web

from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.front import Check, Note, Who, application, nothing_to_check
from sophon_report.api.not_built import not_built
from sophon_report.api.service import EnrolRequest, Service
from sophon_report.errors import BadInput
from sophon_report.model import UserType
from sophon_report.ops.metrics import CONTENT_TYPE
from sophon_report.quality_limits import LEVEL_WORDS


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
    routes = Routes(service)
    enrol = web.post("/api/v1/people", routes.enrol)
    return application([*routes.calls(), *routes.admin_calls(), *calls], nothing_to_check, [enrol], note=note)


class Routes:
    """Handlers over one service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def calls(self) -> List[Call]:
        """Those that take and give JSON."""
        return [
            Call("GET", "/healthz", Need.OPEN, self.health),
            Call("GET", "/metrics", Need.OPEN, self.metrics),
            Call("GET", "/api/v1/devices", Need.READ, self.devices),
            Call("GET", "/api/v1/delivery", Need.READ, self.delivery),
            Call("POST", "/api/v1/destinations/{name}/pause", Need.WRITE, self.pause_destination),
            Call("POST", "/api/v1/destinations/{name}/resume", Need.WRITE, self.resume_destination),
            Call("POST", "/api/v1/destinations/{name}/test", Need.WRITE, self.test_destination),
        ]

    def admin_calls(self) -> List[Call]:
        """What only commands on this machine ask."""
        return [
            Call("DELETE", "/api/v1/people", Need.WRITE, self.erase_person),
            Call("GET", "/api/v1/people/erasing", Need.READ, self.erasing),
            Call("POST", "/api/v1/destinations/reload", Need.WRITE, self.reload_destinations),
            Call("POST", "/api/v1/events/reindex", Need.WRITE, self.begin_reindex),
            Call("GET", "/api/v1/events/reindex", Need.READ, self.reindexing),
        ]

    async def health(self, _incoming: Incoming) -> web.Response:
        """200 while the service does its work, with whatever is amiss; else 503 with every reason."""
        health = self._service.health()
        body = {"status": health.status, "reasons": list(health.reasons)}
        return web.json_response(body, status=503 if health.failing else 200)

    async def metrics(self, _incoming: Incoming) -> web.Response:
        """Prometheus text."""
        return web.Response(body=self._service.metrics(), headers={"Content-Type": CONTENT_TYPE})

    async def devices(self, _incoming: Incoming) -> Dict[str, Any]:
        """Devices with their states."""
        return {"devices": self._service.devices()}

    async def delivery(self, _incoming: Incoming) -> Dict[str, Any]:
        """Who gets events, and what was not delivered."""
        return self._service.delivery()

    async def pause_destination(self, incoming: Incoming) -> Dict[str, Any]:
        """Send nothing to the destination of the path until it is resumed."""
        await self._service.pause_destination(incoming.path["name"])
        return {}

    async def resume_destination(self, incoming: Incoming) -> Dict[str, Any]:
        """Try again now what the destination of the path lacks."""
        await self._service.resume_destination(incoming.path["name"])
        return {}

    async def reload_destinations(self, _incoming: Incoming) -> Dict[str, Any]:
        """Deliver as the store says now."""
        await self._service.reload_destinations()
        return {}

    async def test_destination(self, incoming: Incoming) -> Dict[str, Any]:
        """Post a sample event to the destination of the path, and what came of it."""
        return await self._service.test_destination(incoming.path["name"])

    async def erase_person(self, incoming: Incoming) -> Dict[str, Any]:
        """Begin to erase a person from everything. The id is in the body, since addresses may be logged."""
        identity_id = incoming.arguments.text("identity_id")
        return self._service.erase_person(identity_id, incoming.peer or "command")

    async def erasing(self, _incoming: Incoming) -> Dict[str, Any]:
        """How far it is."""
        return self._service.erasing()

    async def begin_reindex(self, _incoming: Incoming) -> Dict[str, Any]:
        """Begin to read the whole journal into the event index again."""
        return self._service.begin_reindex()

    async def reindexing(self, _incoming: Incoming) -> Dict[str, Any]:
        """How far it is."""
        return self._service.reindexing()

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
        level = query.get("fiqa_level", "")
        if level and level not in LEVEL_WORDS:
            raise BadInput("fiqa_level must be one of " + ", ".join(LEVEL_WORDS))
        replace = query.get("replace") == "true"
        photo = await request.read()
        person = await self._service.enrol(
            EnrolRequest(identity_id, name or identity_id, user_type, photo, replace, level)
        )
        return web.json_response(person)
