"""The calls for addresses and configuration over a real socket and a real store, with delivery written down."""

import asyncio

import aiohttp
from aiohttp import web

from sophon_report.api.configs import ConfigCalls
from sophon_report.api.front import application, nothing_to_check
from sophon_report.api.vendor_config import VendorConfig
from sophon_report.config import parse_settings
from sophon_report.report.destination_changes import DestinationChanges
from sophon_report.report.live_settings import LiveSettings
from sophon_report.report.shelf import Lane
from sophon_report.report.turn import Turn
from sophon_report.store.database import Database
from sophon_report.store.destinations import DestinationStore
from sophon_report.store.settings import SettingsStore
from sophon_report.store.vendor_config import VendorConfigStore

GET, SET = "/sophon/v2/face/getconfigs", "/sophon/v2/face/setconfigs"
OLD = "/SophonConfig/api/Configs"
FOG = "/SophonFogSys/api/"


class Box:
    """What a client talks to; ``delivered`` are the destinations after each change, ``live`` the settings."""

    def __init__(self, path, file=None):
        self.database = Database.open(path)
        self.destinations, self.kept = DestinationStore(self.database), VendorConfigStore(self.database)
        self.delivered = []
        self._loop = asyncio.new_event_loop()
        self._lane = Lane("box")
        self._run(self._open(parse_settings(file or {})))

    def close(self):
        """End its thread, loop and store."""
        self._run(self._lane.stop())
        self._loop.close()
        self.database.close()

    async def _open(self, file):
        self.live = LiveSettings(file, SettingsStore(self.database), Turn(self._lane), lambda _now: None)
        self.changes = DestinationChanges(self.destinations, self.destinations, Turn(self._lane), self._deliver)

    def _run(self, coroutine):
        return self._loop.run_until_complete(coroutine)

    def change(self, changes):
        """Change settings without the calls."""
        self._run(self.live.change(changes))

    async def _deliver(self, destinations):
        self.delivered.append(list(destinations))

    def ask(self, method, path, **body):
        """Status and body of one call."""
        return self._run(self._ask(method, path, body))

    async def _ask(self, method, path, body):
        config = VendorConfig(
            lambda: self.live.now,
            self.live.change,
            self.kept,
            lambda values: self._lane.do(lambda: self.kept.put(values)),
            self.changes,
            lambda: 0,
        )
        calls = ConfigCalls(config, lambda: self.live.now.compat.history_layout).calls()
        runner = web.AppRunner(application(calls, nothing_to_check))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{path}"
        try:
            async with aiohttp.ClientSession() as session, session.request(method, url, **body) as reply:
                return reply.status, await reply.json()
        finally:
            await runner.cleanup()

    def get(self, *name):
        """``getconfigs`` of one key, or of all."""
        status, said = self.ask("POST", GET, json={"config_name": name[0]} if name else {})
        assert status == 200, said
        return said[name[0]] if name else said

    def set(self, **values):
        """``setconfigs``."""
        return self.ask("POST", SET, json={"config_dict": values})

    def set_old(self, **values):
        """The older PUT; returns its data."""
        status, said = self.ask("PUT", OLD, json={"config_dict": values})
        assert status == 200, said
        return said["data"]

    def receivers(self):
        return [(each.name, each.url, each.layout) for each in self.destinations.list()]
