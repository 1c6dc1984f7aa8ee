"""The report process: every part made, started and stopped in one written order.

Start: folder, store, journal (recovers), gallery, event port, destinations, link, API, vision.
Stop, the other way round: open visits end and are journaled, what vision still says is passed over; destinations
get a moment for what is under way (the rest is on disk); clients get what waits for them; the journal closes last.
"""

import asyncio
import contextlib
import dataclasses
import os
import signal
import time
from typing import Any, Dict, List, Optional, Sequence

import structlog
from aiohttp import web

from sophon_report.api import door
from sophon_report.api.call import Call
from sophon_report.api.configs import ConfigCalls
from sophon_report.api.dead_letters import DeadLetterCalls
from sophon_report.api.device_reader import OLD, V2, DeviceReader
from sophon_report.api.devices_old import DevicesOld
from sophon_report.api.devices_v2 import DevicesV2
from sophon_report.api.doorkeeper import Doorkeeper
from sophon_report.api.matching import MatchCalls
from sophon_report.api.routes import admin_app, public_app
from sophon_report.api.service import EnrolRequest, Health
from sophon_report.api.strangers import StrangerCalls
from sophon_report.api.traffic import Traffic
from sophon_report.api.vendor_config import VendorConfig
from sophon_report.config import Settings
from sophon_report.delivery.dead_letters import Bounds
from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.event_ids import EventIds
from sophon_report.delivery.hub import Hub
from sophon_report.delivery.journal import Journal, RealFiles
from sophon_report.delivery.resume import Resume
from sophon_report.delivery.ws_server import EventServer
from sophon_report.errors import JournalError, StoreError, Unavailable
from sophon_report.link.messages import Devices, Hello, Message, PhotoResult, VisionSettings
from sophon_report.link.server import LinkServer
from sophon_report.model import Device, Visit
from sophon_report.ops import logs, ports, systemd
from sophon_report.ops.box import BoxReader
from sophon_report.ops.certificate import Certificate
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.tls_port import TlsPort
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.recognition.strangers import StrangerLibrary, stranger_settings
from sophon_report.report import exports, figures
from sophon_report.report.device_changes import DeviceChanges
from sophon_report.report.enrolment import Enrolment
from sophon_report.report.erasing import PersonEraser, Places
from sophon_report.report.erasure_desk import ErasureDesk
from sophon_report.report.erasure_note import ErasureNote, NoteFile
from sophon_report.report.eventflow import EventFlow
from sophon_report.report.figures import Snapshot
from sophon_report.report.former_strangers import FormerStrangers
from sophon_report.report.health import judge
from sophon_report.report.live_settings import LiveSettings
from sophon_report.report.photo_desk import PhotoDesk
from sophon_report.report.photo_events import PhotoEvents, photo_device_at
from sophon_report.report.status_reports import StatusReports
from sophon_report.report.supervisor import OVERSLEPT_S, SILENCE_S, Supervisor, SupervisorStats
from sophon_report.store.audit import AuditStore
from sophon_report.store.database import Database
from sophon_report.store.destinations import DestinationStore
from sophon_report.store.devices import DeviceStore
from sophon_report.store.people import PeopleStore
from sophon_report.store.settings import SettingsStore
from sophon_report.store.stranger_writes import StrangerWrites
from sophon_report.store.strangers import StrangerStore
from sophon_report.store.tokens import TokenStore
from sophon_report.store.vendor_config import VendorConfigStore

DRAIN_S = 5.0
STRANGERS_S = 5.0
"""For what the stranger library has not written yet."""
WATCH_S = 1.0

log = structlog.get_logger()


async def serve(settings: Settings, vision_command: Optional[List[str]]) -> None:
    """Run the report process until SIGTERM or SIGINT; with a command, vision beside it."""
    leave = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave.set)
    async with contextlib.AsyncExitStack() as stack:
        process = ReportProcess(settings, vision_command)
        await process.start(stack)
        log.info("serving", event_port=process.events.port, api_port=process.api_port)
        await leave.wait()
        log.info("leaving")
    log.info("left")


class ReportProcess:
    """All parts of the report process; what the HTTP edge sees of it.

    ``_settings`` are those of the moment: a part that reads them late is given ``lambda: self._settings.x``.
    """

    def __init__(self, settings: Settings, vision_command: Optional[List[str]]) -> None:
        self._settings = settings
        self._place = DataDir(settings.data_dir)
        self._traffic = Traffic()
        self._supervisor = Supervisor(vision_command) if vision_command is not None else None

    async def start(self, stack: contextlib.AsyncExitStack) -> None:
        """Make and start everything; what was started is stopped by ``stack``, last first.

        Raises:
            Unavailable: the folder cannot be used, a port is taken, the journal cannot be opened.
        """
        await self._open_state(stack)
        await self._open_delivery(stack)
        await self._open_doors(stack)

    async def _open_state(self, stack: contextlib.AsyncExitStack) -> None:
        self._place.prepare()
        stack.callback(self._place.lock().close)
        database = Database.open(self._place.store)
        stack.callback(database.close)
        self.live = LiveSettings(self._settings, SettingsStore(database), self._apply)
        if self.live.now.log != self._settings.log:
            logs.configure(self.live.now.log, "report")
        self._settings = self.live.now
        self._devices = DeviceStore(database, lambda: self._settings.limits)
        self._people_store, self._audit, self._scrub = PeopleStore(database), AuditStore(database), database.scrub
        self._doorkeeper = Doorkeeper(
            lambda: self.live.now.access, TokenStore(database), self._is_photo_device, clock_ms
        )
        self._devices.seed([seed.device() for seed in self._settings.device])
        self._vendor_config = VendorConfigStore(database)
        self._destination_store = DestinationStore(database)
        self.journal = Journal.open(self._place.journal, self._settings.journal, clock_ms=clock_ms)
        await self.journal.start()
        stack.push_async_callback(self.journal.close)
        newest_seq = self.journal.last_seq
        self._destination_store.seed([seed.destination(newest_seq) for seed in self._settings.destination])
        self.people = KnownPeople(self._people_store)
        self._open_strangers(database, stack)
        await self._close_orphans()

    def _open_strangers(self, database: Database, stack: contextlib.AsyncExitStack) -> None:
        """The stranger library; what it writes goes by a connection of its own, beside the event loop."""
        written = Database.open(self._place.store)
        stack.callback(written.close)
        writes = StrangerWrites(StrangerStore(written))
        loop = asyncio.get_running_loop()
        stack.push_async_callback(lambda: loop.run_in_executor(None, writes.stop, STRANGERS_S))
        self._stranger_store = StrangerStore(database)
        self.strangers = StrangerLibrary(stranger_settings(self._settings), self._stranger_store, writes)

    async def _close_orphans(self) -> None:
        """Visits that were open when the service died end with the last time known."""
        erasing = self._unfinished_erasing()
        for recognition, last_seen_ms in self.journal.open_at_start():
            if erasing and erasing.is_of(recognition):
                continue
            visit = Visit(
                event_id=recognition.event_id,
                device=recognition.device,
                in_ms=recognition.in_ms,
                recognised_ms=recognition.recognised_ms,
                out_ms=max(last_seen_ms, recognition.recognised_ms),
                shot=recognition.shot,
                match=recognition.match,
                post_action=recognition.post_action,
                ended_by="restart",
            )
            try:
                await self.journal.append(visit).accepted
            except JournalError as error:
                # It stays open on disk until a start finds room; realtime does not wait for that.
                log.error("visit_left_open", event_id=visit.event_id, reason=str(error))
                return
            log.info("visit_closed_after_restart", event_id=visit.event_id)

    def _unfinished_erasing(self) -> Optional[ErasureNote]:
        try:
            return NoteFile(self._place.erasing, RealFiles()).read()
        except StoreError as error:
            log.error("erasing_unknown", reason=str(error))
            return None

    async def _open_delivery(self, stack: contextlib.AsyncExitStack) -> None:
        hub = Hub(self._settings.server, self._settings.compat)
        resume = Resume(self.journal, hub)
        self.events = EventServer(
            self._settings.server,
            hub,
            self._doorkeeper.answer,
            resume,
            lambda: self._settings.access.allowed_origins,
        )
        await self.events.start()
        stack.push_async_callback(self.events.stop)
        self._certificate = self._own_certificate()
        if self._certificate is not None and self._settings.server.tls_event_port:
            await self.events.start_tls(self._certificate, self._settings.server.tls_event_port)
        self.destinations = DestinationSet(
            self.journal,
            self.journal.cursors,
            self._place.dead_letters,
            license_key=self._license_key,
            compat=lambda: self._settings.compat,
            bounds=Bounds(reserve_bytes=lambda: self._settings.journal.reserve_bytes),
        )
        stack.push_async_callback(self.destinations.stop, DRAIN_S)
        await self.destinations.apply(self._destination_store.list())
        ids = EventIds(lambda: time.time_ns() // 1000, self.journal.newest_event_us)
        self.flow = EventFlow(
            self._settings, self.people, self.journal, self.events.publish, ids.next, self.strangers
        )
        self.flow.devices_changed(self._devices.list())
        self.flow.start()
        self._open_erasing(stack)
        self.status = StatusReports(self.flow.devices, self.flow.states, BoxReader(self._place.root).read)
        self.status.start()
        stack.push_async_callback(self.status.stop)
        self.status.apply(self._settings.status, self._settings.box_status, self._license_key())

    def _open_erasing(self, stack: contextlib.AsyncExitStack) -> None:
        """Whoever was being erased when the service ended goes on to be."""
        places = Places(
            store=self._people_store,
            people=self.people,
            journal=self.journal,
            forget_visits=self.flow.forget,
            erase_letters=self.destinations.erase,
            audit=self._audit,
            scrub=self._scrub,
            strangers=FormerStrangers(self._stranger_store, self.strangers),
        )
        eraser = PersonEraser(places, NoteFile(self._place.erasing, RealFiles()), clock_ms)
        self._erasure = ErasureDesk(eraser)
        self._erasure.start()
        stack.push_async_callback(self._erasure.stop)

    async def _open_doors(self, stack: contextlib.AsyncExitStack) -> None:
        self.link = LinkServer(
            self._place.vision_socket, self._vision_opened, self._vision_said, self._vision_closed
        )
        self._desk = PhotoDesk(self.link.send)
        self._enrolment = Enrolment(
            self.people, self._desk, lambda: self._settings.match.min_face_px, self.strangers
        )
        self._photos = PhotoEvents(
            lambda: self._settings.match, self._desk, self.people, self.flow, clock_ms, self.strangers
        )
        await self.link.start()
        stack.push_async_callback(self.link.stop)
        await self._open_api(stack)
        watching = asyncio.get_running_loop().create_task(self._watch_vision(), name="watch")
        stack.callback(watching.cancel)
        if self._supervisor is not None:
            self._supervisor.start()
            stack.push_async_callback(self._supervisor.stop)
        # Left first: people who are in front of a device now have stayed until the service stopped.
        stack.push_async_callback(self.flow.stop)

    def _apply(self, settings: Settings) -> None:
        """Hand changed settings to the parts that keep a copy."""
        before, self._settings = self._settings, settings
        self.events.apply(settings.server, settings.compat)
        self.flow.apply(settings)
        self.status.apply(settings.status, settings.box_status, self._license_key())
        if settings.match.min_face_px != before.match.min_face_px:
            self.link.send(VisionSettings(settings.match.min_face_px))
        if settings.journal != before.journal:
            try:
                self.journal.apply(settings.journal)
            except JournalError as error:
                log.error("journal_bounds_unchanged", reason=str(error))
        if settings.log != before.log:
            logs.configure(settings.log, "report")

    def _own_certificate(self) -> Optional[Certificate]:
        """What the TLS ports show; ``None`` without such a port.

        Raises:
            ConfigError: its files cannot be used.
        """
        server = self._settings.server
        wanted = server.tls_event_port or server.tls_api_port
        return Certificate(lambda: self._settings.access) if wanted else None

    def _license_key(self) -> str:
        return self._settings.license_key.get_secret_value()

    def _vendor_calls(self) -> List[Call]:
        """Every call of the vendor's interface that is served, and ours on refused events and strangers."""
        return [
            *MatchCalls(self._photos, self._place.import_folder, lambda: self._settings.access).calls(),
            *self._config_calls(),
            *self._device_calls(),
            *DeadLetterCalls(self.destinations).calls(),
            *StrangerCalls(self.strangers, self._enrolment).calls(),
        ]

    def _config_calls(self) -> List[Call]:
        config = VendorConfig(
            lambda: self._settings,
            self.live.change,
            self._vendor_config,
            self._destination_store,
            self.destinations.apply,
            lambda: self.journal.last_seq,
        )
        return ConfigCalls(config, lambda: self._settings.compat.history_layout).calls()

    def _device_calls(self) -> List[Call]:
        devices = DeviceChanges(self._devices, self.flow.devices_changed, self._tell_devices)
        folder = self._place.import_folder
        return [
            *DevicesV2(devices, DeviceReader(V2, folder)).calls(),
            *DevicesOld(devices, DeviceReader(OLD, folder)).calls(),
        ]

    def _tell_devices(self, devices: Sequence[Device]) -> None:
        self.link.send(Devices(tuple(devices)))

    def _is_photo_device(self, address: str) -> bool:
        return photo_device_at(self.flow.devices(), address) is not None

    async def _open_api(self, stack: contextlib.AsyncExitStack) -> None:
        calls = self._vendor_calls()
        admin = web.AppRunner(admin_app(self, calls), access_log=None)
        await admin.setup()
        stack.push_async_callback(admin.cleanup)
        if self._place.admin_socket.exists():
            self._place.admin_socket.unlink()
        mask = os.umask(0o177)
        try:
            await web.UnixSite(admin, str(self._place.admin_socket)).start()
        finally:
            os.umask(mask)
        public = door.runner(public_app(self, calls, self._doorkeeper.refusal), self._traffic)
        await public.setup()
        stack.push_async_callback(public.cleanup)
        host, port = self._settings.server.host, self._settings.server.api_port
        try:
            await web.TCPSite(public, host, port).start()
        except OSError as error:
            raise ports.refusal(error, host, port) from error
        self.api_port: int = public.addresses[0][1]
        if self._certificate is not None and self._settings.server.tls_api_port:
            await self._open_tls(stack, public, self._certificate)

    async def _open_tls(
        self, stack: contextlib.AsyncExitStack, public: web.AppRunner, certificate: Certificate
    ) -> None:
        """The API port once more, by TLS; a connection has the same bounds there."""
        server = public.server
        assert server is not None
        secure = TlsPort(server, lambda: certificate.context)
        await secure.start(self._settings.server.host, self._settings.server.tls_api_port)
        stack.callback(secure.stop)

    async def _watch_vision(self) -> None:
        """Drop the link of a vision that says nothing, whoever started it: its devices must not seem watched."""
        looked_s = time.monotonic()
        while True:
            await asyncio.sleep(WATCH_S)
            systemd.tell_alive()
            if self._certificate is not None:
                self._certificate.look_again()
            now_s = time.monotonic()
            if now_s - looked_s > OVERSLEPT_S:
                self._heard_s = now_s  # this process stood still itself
            looked_s = now_s
            if self.flow.vision() is not None and now_s - self._heard_s > SILENCE_S:
                log.error("vision_silent", quiet_s=round(now_s - self._heard_s))
                self.link.drop()

    async def _vision_opened(self, hello: Hello) -> None:
        self._heard_s = time.monotonic()
        log.info("vision_connected", pid=hello.pid, engine=hello.engine)
        await self.flow.vision_opened(hello)
        self._heard_s = time.monotonic()
        self.link.send(VisionSettings(self._settings.match.min_face_px))
        self._tell_devices(self.flow.devices())

    async def _vision_said(self, message: Message) -> None:
        self._heard_s = time.monotonic()
        if self._supervisor is not None:
            self._supervisor.heard()
        if isinstance(message, PhotoResult):
            self._desk.answered(message)
            return
        try:
            await self.flow.message(message)
        except Exception:
            # A fault in one message must not cost the link, and with it every open visit.
            log.exception("message_failed", kind=type(message).__name__)

    def _vision_closed(self) -> None:
        log.warning("vision_gone")
        self.flow.vision_closed()
        self._desk.vision_gone()

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            now_ms=clock_ms(),
            connected=self.link.connected,
            supervisor=self._supervisor.stats() if self._supervisor is not None else SupervisorStats(None, 0, ""),
            vision=self.flow.vision_counters(),
            devices=self.flow.devices(),
            states=self.flow.states(),
            flow=self.flow.stats(),
            visits=self.flow.visit_stats(),
            people=self.people.stats(),
            strangers=self.strangers.stats(),
            photos=self._photos.stats(),
            clients=self.events.stats(),
            destinations=self.destinations.stats(),
            status=self.status.stats(),
            journal=self.journal.stats(),
            refused=self._doorkeeper.refused,
            traffic=self._traffic,
        )

    # What the HTTP edge sees.

    def health(self) -> Health:
        """Whether it works."""
        return judge(self._snapshot())

    def metrics(self) -> bytes:
        """Prometheus text."""
        return exports.metrics(self._snapshot())

    def devices(self) -> List[Dict[str, Any]]:
        """Devices with their states."""
        return figures.device_rows(self.flow.devices(), self.flow.states())

    def delivery(self) -> Dict[str, Any]:
        """Clients, destinations and journal in figures."""
        return figures.delivery(self._snapshot())

    async def pause_destination(self, name: str) -> None:
        """Send nothing to it."""
        await self._pause(name, paused=True)

    async def resume_destination(self, name: str) -> None:
        """Try again now."""
        await self._pause(name, paused=False)
        self.destinations.try_now(name)

    async def _pause(self, name: str, paused: bool) -> None:
        self._destination_store.pause(self.destinations.get(name).name, paused)
        await self.destinations.apply(self._destination_store.list())

    async def test_destination(self, name: str) -> Dict[str, Any]:
        """Post a sample event to it."""
        return dataclasses.asdict(await self.destinations.try_out(name))

    async def enrol(self, request: EnrolRequest) -> Dict[str, Any]:
        """Register a person from a photo."""
        if self._erasure.is_erasing(request.identity_id):
            raise Unavailable("the person of this id is being erased: register them when that is done")
        person = await self._enrolment.enrol(request)
        return {
            "identity_id": person.identity_id,
            "identity_name": person.name,
            "user_type": person.user_type.value,
        }

    def erase_person(self, identity_id: str, actor: str) -> Dict[str, Any]:
        """Begin to erase a person from everything."""
        return self._erasure.begin(identity_id, actor)

    def erasing(self) -> Dict[str, Any]:
        """How far that is."""
        return self._erasure.state()
