"""The HTTP edge over a real socket: JSON always, errors too."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from sophon_report.api.call import Need
from sophon_report.api.errors import Refusal
from sophon_report.api.front import MAX_BODY_BYTES, nothing_to_check
from sophon_report.api.routes import admin_app, public_app
from sophon_report.api.service import Health
from sophon_report.errors import BadImage, BadInput, NotFound, Unavailable


class ScriptedService:
    """Answers as told."""

    def __init__(self, health=None, enrol_error=None):
        self._health, self._enrol_error = health or Health(), enrol_error
        self.enrolled = []
        self.asked = []

    def health(self):
        return self._health

    def metrics(self):
        return b"a 1\n"

    def devices(self):
        return [{"device_id": "d"}]

    def delivery(self):
        return {"clients": []}

    async def pause_destination(self, name):
        self.asked.append(("pause", name))

    async def resume_destination(self, name):
        if name != "platform":
            raise NotFound(f"there is no running destination named {name}")
        self.asked.append(("resume", name))

    async def test_destination(self, name):
        return {"accepted": True, "event_id": f"test-{name}"}

    async def enrol(self, request):
        if self._enrol_error:
            raise self._enrol_error
        self.enrolled.append(request)
        return {"identity_id": request.identity_id}


def ask(app, method, path, **more):
    """One request to ``app`` on a free port: status, content type, body."""

    async def story():
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        async with aiohttp.ClientSession() as session, session.request(
            method, f"http://127.0.0.1:{port}{path}", **more
        ) as reply:
            body = await (reply.json() if reply.content_type == "application/json" else reply.text())
            status = reply.status
        await runner.cleanup()
        return status, body

    return asyncio.run(story())


@pytest.mark.parametrize(
    ("health", "status", "said"),
    [
        (Health(), 200, {"status": "ok", "reasons": []}),
        (Health(degraded=("a", "b")), 200, {"status": "degraded", "reasons": ["a", "b"]}),
        (Health(failing=("f",), degraded=("a",)), 503, {"status": "failing", "reasons": ["f", "a"]}),
    ],
)
def test_health_is_503_only_when_failing_and_tells_every_reason(health, status, said):
    """What is merely amiss is told with 200: a restart would not mend it."""
    assert ask(public_app(ScriptedService(health), [], nothing_to_check), "GET", "/healthz") == (status, said)


@pytest.mark.parametrize("path", ["/api/v1/people", "/", "/nothing", "/../etc/passwd"])
def test_what_is_not_there_is_told_in_the_vendors_shape(path):
    """A 404 with its code; people are registered on the local socket only."""
    status, body = ask(public_app(ScriptedService(), [], nothing_to_check), "GET", path)
    assert status == 404
    assert body["error"]["code"] == "NOT_FOUND"


def test_a_wrong_method_is_json_too():
    """No HTML leaves this service."""
    status, body = ask(public_app(ScriptedService(), [], nothing_to_check), "POST", "/healthz")
    assert status == 405
    assert body["error"]["message"] == "this path takes GET, HEAD"


def test_a_person_is_enrolled_from_the_body():
    """Id and name come from the query, the photo is the body as it is."""
    service = ScriptedService()
    query = {"identity_id": "7", "name": "李雷", "user_type": "vip"}
    assert ask(admin_app(service, []), "POST", "/api/v1/people", params=query, data=b"jpeg")[0] == 200
    [request] = service.enrolled
    assert (request.identity_id, request.name, request.user_type.value, request.photo) == (
        "7",
        "李雷",
        "vip",
        b"jpeg",
    )
    assert request.level == ""


def test_who_enrols_may_say_how_good_the_photo_must_be():
    """In the vendor's words; any other is refused with all of them."""
    service, query = ScriptedService(), {"identity_id": "7", "fiqa_level": "high"}
    assert ask(admin_app(service, []), "POST", "/api/v1/people", params=query, data=b"jpeg")[0] == 200
    assert [request.level for request in service.enrolled] == ["high"]
    status, body = ask(
        admin_app(service, []), "POST", "/api/v1/people", params={**query, "fiqa_level": "best"}, data=b"jpeg"
    )
    assert (status, len(service.enrolled)) == (400, 1)
    assert body["error"]["message"] == "fiqa_level must be one of no, low, normal, middle, high, custom"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BadImage("no_face", "no face was found"), 400, "NO_FACE_ERROR"),
        (BadImage("not_an_image", "is text"), 400, "IMAGE_DECODE_ERROR"),
        (BadImage("face_too_small", "12 px"), 400, "LOW_QUALITY_ERROR"),
        (BadInput("7 is taken"), 400, "INVALID_ARGUMENTS"),
        (Unavailable("vision is away"), 503, "INTERNAL_ERROR"),
    ],
)
def test_a_refusal_has_a_code_and_words(error, status, code):
    """The error tree is mapped once, here."""
    query = {"identity_id": "7"}
    said = ask(
        admin_app(ScriptedService(enrol_error=error), []), "POST", "/api/v1/people", params=query, data=b"x"
    )
    assert said == (status, {"error": {"code": code, "message": str(error)}})


def test_an_unexpected_error_tells_nothing_of_the_inside():
    """500, a pointer to the log, no traceback."""
    said = ask(
        admin_app(ScriptedService(enrol_error=KeyError("secret")), []), "POST", "/api/v1/people?identity_id=7"
    )
    assert said == (500, {"error": {"code": "INTERNAL_ERROR", "message": "see the service's log"}})


def test_a_body_over_the_bound_is_refused():
    """413, and not read to its end."""
    body = b"x" * (MAX_BODY_BYTES + 1)
    status, said = ask(
        admin_app(ScriptedService(), []), "POST", "/api/v1/people", params={"identity_id": "7"}, data=body
    )
    assert status == 413
    assert str(MAX_BODY_BYTES) in said["error"]["message"]


@pytest.mark.parametrize("query", [{}, {"identity_id": "7", "user_type": "king"}])
def test_a_missing_or_wrong_argument_is_named(query):
    """The message names the argument."""
    status, said = ask(admin_app(ScriptedService(), []), "POST", "/api/v1/people", params=query, data=b"x")
    assert status == 400
    assert "identity_id" in said["error"]["message"] or "user_type" in said["error"]["message"]


def test_a_destination_is_paused_resumed_and_tried_by_its_name():
    """On the local socket; a name that nothing runs for is 404 with the reason."""
    service = ScriptedService()
    calls = ("platform/pause", "platform/resume", "platform/test", "nobody/resume")
    answers = [ask(admin_app(service, []), "POST", f"/api/v1/destinations/{call}") for call in calls]
    assert answers[:3] == [(200, {}), (200, {}), (200, {"accepted": True, "event_id": "test-platform"})]
    assert service.asked == [("pause", "platform"), ("resume", "platform")]
    assert answers[3][0] == 404
    assert answers[3][1]["error"]["message"] == "there is no running destination named nobody"


def nobody_has_a_token(need, _peer, _token):
    return None if need is Need.OPEN else Refusal("PASSWORD_ERROR", need.value)


@pytest.mark.parametrize(
    ("method", "path", "need"),
    [
        ("GET", "/api/v1/delivery", "read"),
        ("GET", "/api/v1/devices", "read"),
        ("POST", "/api/v1/destinations/platform/pause", "write"),
        ("POST", "/api/v1/destinations/platform/resume", "write"),
        ("POST", "/api/v1/destinations/platform/test", "write"),
    ],
)
def test_on_the_api_port_delivery_is_seen_and_changed_by_who_may(method, path, need):
    """The gate is asked for each of our own calls; health and figures are open."""
    service = ScriptedService()
    refused = ask(public_app(service, [], nobody_has_a_token), method, path)
    assert refused == (401, {"error": {"code": "PASSWORD_ERROR", "message": need}})
    assert service.asked == []
    assert ask(public_app(service, [], nothing_to_check), method, path)[0] == 200
    assert ask(public_app(service, [], nobody_has_a_token), "GET", "/healthz")[0] == 200
