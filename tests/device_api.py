"""The device calls of both interfaces on a real port, over a real store."""

import asyncio
import json
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager

from aiohttp import web

from sophon_report.api.device_reader import OLD, V2, DeviceReader
from sophon_report.api.devices_old import PATH, DevicesOld
from sophon_report.api.devices_v2 import DevicesV2
from sophon_report.api.front import application, nothing_to_check
from sophon_report.config import Limits
from sophon_report.ops.clock import clock_ms
from sophon_report.report.device_changes import DeviceChanges
from sophon_report.report.preview_desk import PreviewDesk
from sophon_report.report.shelf import Lane
from sophon_report.report.turn import Turn
from sophon_report.store.database import Database
from sophon_report.store.devices import DeviceStore
from sophon_report.store.preview import PreviewStore


class DeviceApi:
    """A client; ``applied`` is the list of devices at each change, ``limits`` are those in force."""

    def __init__(self, database, folder):
        self.database, self.folder, self.applied, self.limits = database, folder, [], Limits()
        self.store = DeviceStore(database, lambda: self.limits)
        self.port = 0
        self.lane = Lane("devices")

    def calls(self):
        changes = DeviceChanges(self.store, self.store, Turn(self.lane), self.applied.append)
        preview = PreviewDesk(
            PreviewStore(self.database), self.store.list, lambda _number, _frame: None, bool, clock_ms
        )
        return [
            *DevicesV2(changes, DeviceReader(V2, self.folder)).calls(),
            *DevicesOld(changes, DeviceReader(OLD, self.folder), preview).calls(),
        ]

    def ask(self, method, path, raw=None, content_type="application/json"):
        """Status and JSON of an answer."""
        headers = {} if raw is None else {"Content-Type": content_type}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", raw, headers=headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def v2(self, call, **body):
        return self.ask("POST", f"/sophon/v2/face/{call}", json.dumps(body).encode())

    def old(self, method, **body):
        return self.ask(method, PATH, json.dumps(body).encode())

    def old_list(self, query=""):
        return self.ask("GET", PATH + query)[1]["data"]["devices_list"]

    def v2_list(self, **body):
        return self.v2("getmediadevices", **body)[1]["devices"]


@contextmanager
def device_api(tmp_path):
    """A running one, on a thread of its own."""
    folder = tmp_path / "import"
    folder.mkdir()
    database = Database.open(tmp_path / "store.sqlite")
    api = DeviceApi(database, folder)
    loop = asyncio.new_event_loop()

    async def start():
        runner = web.AppRunner(application(api.calls(), nothing_to_check))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        api.port = runner.addresses[0][1]
        return runner

    runner = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield api
    finally:
        for ending in (runner.cleanup(), api.lane.stop()):
            asyncio.run_coroutine_threadsafe(ending, loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        database.close()
