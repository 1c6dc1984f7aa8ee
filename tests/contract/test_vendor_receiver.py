"""A receiver of the shape that the vendor bundles with a box, and the service's real senders.

Known of it: a Flask development server, the three routes, started by hand on 9528. Its source is not published, so
this one is written as anybody would who has those pages: ``request.get_json()`` or ``request.form``, any answer.
"""

import asyncio
import logging
import queue
import threading
from contextlib import contextmanager

import orjson
import pytest
from events import EVERYTHING, telling
from flask import Flask, request
from full_events import full_recognition, full_visit
from werkzeug.serving import make_server

from sophon_report.condition import BoxState
from sophon_report.config import BoxStatus, Journal, Status
from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.journal import journal
from sophon_report.link.messages import DeviceState
from sophon_report.model import Destination, Recognition
from sophon_report.report.status_reports import StatusReports
from sophon_report.wire import status
from sophon_report.wire.layouts import LAYOUTS

ROUTES = ["/RealTimeEvent", "/HistoryEvent", "/DeviceStatus"]
PATHS = {Recognition: "/RealTimeEvent"}
DEADLINE_S = 60.0


class VendorReceiver:
    """What came in: route and fields."""

    def __init__(self):
        self._got = queue.Queue()
        app = Flask("Event_Receive_server")
        for route in ROUTES:
            app.add_url_rule(route, route, self._take, methods=["POST"])
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _take(self):
        self._got.put((request.path, request.get_json() if request.is_json else request.form.to_dict()))
        return "ok"

    @contextmanager
    def serving(self):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    async def next(self):
        """The next thing that comes in."""
        return await asyncio.get_running_loop().run_in_executor(None, self._got.get, True, DEADLINE_S)


@pytest.fixture
def receiver():
    with VendorReceiver().serving() as running:
        yield running


async def delivered(folder, receiver, destination, event):
    """What the receiver has of ``event``, through a journal on disk and the worker of ``destination``."""
    log = journal.Journal.open(folder / "journal", Journal(segment_bytes="64 KiB"), clock_ms=lambda: event.in_ms)
    await log.start()
    destinations = DestinationSet(log, log.cursors, folder / "dead", license_key=lambda: telling().license_key)
    try:
        await destinations.apply([destination])
        await log.append(event).accepted
        return await receiver.next()
    finally:
        await destinations.stop(10.0)
        await log.close()


def as_form(fields):
    """Texts as they are, anything else as JSON text."""
    return {
        key: value if isinstance(value, str) else orjson.dumps(value).decode() for key, value in fields.items()
    }


@pytest.mark.parametrize("content_type", ["json", "form-data"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_it_gets_an_event_of_every_layout(tmp_path, receiver, name, content_type):
    """Every field, as JSON and as a form."""
    layout = LAYOUTS[name]
    event = full_recognition() if layout.tells is Recognition else full_visit()
    path = PATHS.get(layout.tells, "/HistoryEvent")
    destination = Destination(
        "platform", receiver.url + path, name, content_type=content_type, content=EVERYTHING, timeout_s=DEADLINE_S
    )
    route, got = asyncio.run(delivered(tmp_path, receiver, destination, event))
    told = orjson.loads(orjson.dumps(layout.fields(event, telling())))
    assert (route, got) == (path, told if content_type == "json" else as_form(told))


@pytest.mark.parametrize("name", status.LAYOUTS)
def test_it_gets_a_status_report_of_every_layout(receiver, name):
    """The devices by the names of that layout."""

    async def scenario():
        device = full_visit().device
        states = {device.device_id: DeviceState(device.device_id, "online")}
        reports = StatusReports(lambda: [device], lambda: states, lambda: BoxState(name="box"), tick_s=0.01)
        reports.start()
        wanted = Status(urls=(f"{receiver.url}/DeviceStatus",), layout=name, settle_s=0)
        reports.apply(wanted, BoxStatus(), "LICENCE")
        try:
            return await receiver.next()
        finally:
            await reports.stop()

    route, got = asyncio.run(scenario())
    row = got["sub_devices"][0]
    assert (route, row.get("ep_name", row.get("media_device_name"))) == ("/DeviceStatus", "the gate's camera")
