"""Destinations held back, resumed and tried, through our own calls."""

import pytest
from own_calls import own_port

from sophon_report.api.call import Need
from sophon_report.api.errors import Refusal
from sophon_report.api.v1.delivery import DeliveryCalls
from sophon_report.delivery.trial import Trial
from sophon_report.errors import NotFound


class ScriptedDelivery:
    """Knows one destination."""

    def __init__(self):
        self.asked = []

    async def pause_destination(self, name):
        self._look(name)
        self.asked.append(("pause", name))

    async def resume_destination(self, name):
        self._look(name)
        self.asked.append(("resume", name))

    async def reload_destinations(self):
        self.asked.append(("reload",))

    async def test_destination(self, name):
        self._look(name)
        return Trial(f"test-{name}", accepted=True, status=200, reason="", took_ms=3)

    def _look(self, name):
        if name != "platform":
            raise NotFound(f"there is no running destination named {name}")


def test_a_destination_is_paused_resumed_and_tried_by_its_name():
    """A name that nothing runs for is 404 with the reason."""
    service = ScriptedDelivery()
    with own_port(DeliveryCalls(service).operations()) as port:
        calls = ("platform/pause", "platform/resume", "platform/test", "nobody/resume")
        paused, resumed, tried, unknown = (port.ask("POST", f"/api/v1/destinations/{call}") for call in calls)
        assert port.ask("POST", "/api/v1/destinations/reload").json == {}
    assert (paused.json, resumed.json) == ({}, {})
    assert (tried.json["event_id"], tried.json["accepted"]) == ("test-platform", True)
    assert service.asked == [("pause", "platform"), ("resume", "platform"), ("reload",)]
    assert (unknown.status, unknown.detail) == (404, "there is no running destination named nobody")


def nobody_has_a_token(need, _peer, _token):
    return None if need is Need.OPEN else Refusal("PASSWORD_ERROR", need.value)


@pytest.mark.parametrize(
    ("method", "path", "need"),
    [
        ("GET", "/api/v1/delivery", "read"),
        ("POST", "/api/v1/destinations/platform/pause", "write"),
        ("POST", "/api/v1/destinations/platform/resume", "write"),
        ("POST", "/api/v1/destinations/platform/test", "write"),
        ("POST", "/api/v1/destinations/reload", "admin"),
    ],
)
def test_the_gate_is_asked_before_anything_is_done(method, path, need):
    """And its refusal is a problem like any other."""
    service = ScriptedDelivery()
    with own_port(DeliveryCalls(service).operations(), nobody_has_a_token) as port:
        reply = port.ask(method, path)
    assert (reply.status, reply.code, reply.detail) == (401, "UNAUTHORIZED", need)
    assert reply.headers["www-authenticate"] == "Bearer"
    assert service.asked == []
