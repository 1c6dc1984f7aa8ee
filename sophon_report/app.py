"""The report process: every part made, started and stopped in one written order.

Start: folder, store, journal (recovers), gallery, event port, destinations, link, API, vision.
Stop, the other way round: open visits end and are journaled, what vision still says is passed over; destinations
get a moment for what is under way (the rest is on disk); clients get what waits for them; the journal closes last.
"""

import asyncio
import contextlib
import signal
import time
from functools import partial
from typing import Callable, Dict, List, Optional

import structlog
from aiohttp import web

from sophon_report.api.routes import admin_app, public_app
from sophon_report.api.traffic import Traffic
from sophon_report.config import Settings
from sophon_report.delivery.dead_letters import Bounds
from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.event_ids import EventIds
from sophon_report.delivery.hub import Hub
from sophon_report.delivery.journal import Journal, RealFiles, reserve_bytes
from sophon_report.delivery.resume import Resume
from sophon_report.delivery.ws_server import EventServer
from sophon_report.errors import JournalError, StoreError
from sophon_report.link.messages import VisionSettings
from sophon_report.ops import interpreter, listeners, logs, restart, systemd
from sophon_report.ops.box import BoxReader
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.life_signs import LifeSigns, why_not_alive
from sophon_report.ops.rounds import Rounds
from sophon_report.ops.threads import waits_in_kernel
from sophon_report.quality_limits import Level, level_of, stream_limits
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.recognition.stranger_lookup import stranger_settings
from sophon_report.recognition.strangers import StrangerLibrary
from sophon_report.report.access_desks import ShowPassword, open_access, show_nobody
from sophon_report.report.active_hours import rest_reason
from sophon_report.report.api_doors import open_admin_socket, open_api_port, own_certificate
from sophon_report.report.bulk_desk import open_bulk_desk
from sophon_report.report.destination_changes import DestinationChanges
from sophon_report.report.device_changes import DeviceChanges
from sophon_report.report.enrolment import Enrolment
from sophon_report.report.erasing import PersonEraser, Places
from sophon_report.report.erasure_desk import ErasureDesk
from sophon_report.report.erasure_note import ErasureNote, NoteFile
from sophon_report.report.eventflow import EventFlow
from sophon_report.report.former_strangers import FormerStrangers
from sophon_report.report.group_desk import GroupDesk
from sophon_report.report.history import open_history
from sophon_report.report.jobs import Jobs
from sophon_report.report.live_desk import open_live
from sophon_report.report.live_settings import LiveSettings
from sophon_report.report.orphans import close_orphans
from sophon_report.report.people_desk import PeopleDesk
from sophon_report.report.permission_desk import PermissionDesk
from sophon_report.report.photo_events import PhotoEvents, photo_device_at
from sophon_report.report.preview_parts import open_preview
from sophon_report.report.running import Parts, RunningService
from sophon_report.report.shelf import open_shelf
from sophon_report.report.status_reports import StatusReports
from sophon_report.report.supervisor import Supervisor
from sophon_report.report.system_port import open_system_port, system_app
from sophon_report.report.turn import open_turn
from sophon_report.report.vision_link import VisionLink
from sophon_report.report.wipe_desk import open_wipe_desk
from sophon_report.report.wipe_places import finish_broken_off
from sophon_report.served import handed_rows, served_calls
from sophon_report.store.audit import AuditStore
from sophon_report.store.database import Database
from sophon_report.store.destinations import DestinationStore
from sophon_report.store.devices import DeviceStore
from sophon_report.store.people import PeopleStore
from sophon_report.store.settings import SettingsStore
from sophon_report.store.stranger_writes import StrangerWrites
from sophon_report.store.strangers import StrangerStore
from sophon_report.store.vendor_config import VendorConfigStore

DRAIN_S = 5.0
VISIT_OVER_MS = 1000
"""Beside what the settings say: vision tells the time twice a second."""
STRANGERS_S = 5.0
"""For what the stranger library has not written yet."""
WATCH_S = 1.0
STORE_S, JOURNAL_S, PEOPLE_S, HISTORY_S = 900.0, 300.0, 300.0, 900.0
"""How long a step of the start may take: a newer version may have to write a file anew, on a slow eMMC."""

log = structlog.get_logger()


async def serve(settings: Settings, vision_command: Optional[List[str]], show_password: ShowPassword) -> None:
    """Run the report process until SIGTERM or SIGINT; with a command, vision beside it."""
    leave = asyncio.Event()
    loop = asyncio.get_running_loop()

    def leave_for_good() -> None:
        restart.call_off()
        leave.set()

    restart.leave_by(leave.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave_for_good)
    async with contextlib.AsyncExitStack() as stack:
        process = ReportProcess(settings, vision_command, show_password)
        await process.start(stack)
        listeners.SHARED.let_go_of_rest()
        systemd.ready(f"Serving: events on port {process.events.port}, page and calls on port {process.api_port}")
        log.info(
            "serving",
            event_port=process.events.port,
            **process.doors.told(),
            preview_port=process.preview.viewers.port,
            control_port=process.preview.control.port,
            system_port=process.system_port,
        )
        loop.call_later(interpreter.SETTLED_S, interpreter.keep_what_is_there)
        await leave.wait()
        log.info("leaving")
        systemd.stopping("Leaving: open visits end, clients get what waits for them, the journal is closed")
    log.info("left")


class ReportProcess:
    """All parts of the report process.

    ``_settings`` are those of the moment: a part that reads them late is given ``lambda: self._settings.x``.
    """

    def __init__(
        self,
        settings: Settings,
        vision_command: Optional[List[str]],
        show_password: ShowPassword = show_nobody,
    ) -> None:
        self._settings, self._show_password = settings, show_password
        self._place = DataDir(settings.data_dir)
        self._traffic = Traffic()
        self._starving = False
        self._supervisor = Supervisor(vision_command) if vision_command is not None else None
        self.apps: Dict[str, web.Application] = {}
        """What answers on each HTTP port, by the name of the port's setting."""

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
        systemd.starting("Starting: the store is opened, and brought up to date", STORE_S)
        await finish_broken_off(self._place, self._settings)
        database = Database.open(self._place.store)
        stack.callback(database.close)
        self._changing = open_shelf(self._place.store, "store changed", stack)
        self._listing = open_shelf(self._place.store, "store listed", stack)
        changing, turn = self._changing.database, open_turn(self._changing.lane, stack)
        self.live = LiveSettings(self._settings, SettingsStore(changing), turn, self._apply)
        if self.live.now.log != self._settings.log:
            logs.configure(self.live.now.log, "report")
        self._settings = self.live.now
        self._devices = DeviceStore(database, lambda: self._settings.limits)
        self._people_store, self._audit, self._scrub = PeopleStore(database), AuditStore(database), database.scrub
        self._access = open_access(
            stack,
            self._place,
            database,
            lambda: self.live.now.access,
            self._is_photo_device,
            self._show_password,
        )
        self._doorkeeper = self._access.doorkeeper
        self._devices.seed([seed.device() for seed in self._settings.device])
        self._vendor_config, self._destination_store = VendorConfigStore(database), DestinationStore(database)
        systemd.starting("Starting: the journal is looked through", JOURNAL_S)
        self.journal = Journal.open(self._place.journal, self._settings.journal, clock_ms=clock_ms)
        await self.journal.start()
        stack.push_async_callback(self.journal.close)
        seeds, newest = self._settings.destination, self.journal.last_seq
        self._destination_store.seed([seed.destination(newest) for seed in seeds])
        systemd.starting("Starting: people are read", PEOPLE_S)
        self.people = KnownPeople(self._people_store, self._changing.people)
        self._open_strangers(database, stack)
        await close_orphans(self.journal, self._unfinished_erasing())
        systemd.starting("Starting: the history is opened, and brought up to date", HISTORY_S)
        self.history = open_history(stack, self._place.events, self.journal, lambda: self._settings.events)

    def _open_strangers(self, database: Database, stack: contextlib.AsyncExitStack) -> None:
        """The stranger library; what it writes goes by a connection of its own, beside the event loop."""
        written = Database.open(self._place.store)
        stack.callback(written.close)
        writes = StrangerWrites(StrangerStore(written))
        loop = asyncio.get_running_loop()
        stack.push_async_callback(lambda: loop.run_in_executor(None, writes.stop, STRANGERS_S))
        self._stranger_store = StrangerStore(database)
        self.strangers = StrangerLibrary(stranger_settings(self._settings), self._stranger_store, writes)

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
        self._certificate = own_certificate(lambda: self._settings)
        if self._certificate is not None and self._settings.server.tls_event_port:
            await self.events.start_tls(self._certificate, self._settings.server.tls_event_port)
        self.destinations = DestinationSet(
            self.journal,
            self.journal.cursors,
            self._place.dead_letters,
            license_key=self._license_key,
            compat=lambda: self._settings.compat,
            bounds=Bounds(reserve_bytes=self._reserve_bytes),
            reach=self.live.reach,
        )
        stack.push_async_callback(self.destinations.stop, DRAIN_S)
        await self.destinations.apply(self._destination_store.list())
        next_id = EventIds(lambda: time.time_ns() // 1000, self.journal.newest_event_us).next
        told = self.events.publish
        self.flow = EventFlow(self._settings, self.people, self.journal, told, next_id, self.strangers)
        self.flow.devices_changed(self._devices.list())
        self.flow.start()
        self._open_erasing(stack)
        read_box = BoxReader(self._place.root).read
        self.status = StatusReports(self.flow.devices, self.flow.states, read_box, reach=self.live.reach)
        self.status.start()
        stack.push_async_callback(self.status.stop)
        self.status.apply(self._settings.status, self._settings.box_status, self._license_key())

    def _open_erasing(self, stack: contextlib.AsyncExitStack) -> None:
        """Whoever was being erased when the service ended goes on to be."""
        places = Places(
            store=self._people_store,
            remove_people=lambda ids: self._changing.do(partial(self.people.remove, ids)),
            journal=self.journal,
            forget_visits=self.flow.forget,
            erase_letters=self.destinations.erase,
            forget_shown=self.events.forget,
            audit=self._audit,
            scrub=self._scrub,
            strangers=FormerStrangers(self._stranger_store, self.strangers),
            rows=self.history.feed,
            data_dir=self._place,
        )
        eraser = PersonEraser(places, NoteFile(self._place.erasing, RealFiles()), clock_ms)
        self.jobs = Jobs(clock_ms)
        self._erasure = ErasureDesk(eraser, self.jobs)
        self._erasure.start()
        stack.push_async_callback(self._erasure.stop)
        stack.push_async_callback(self.jobs.stop)

    def _reserve_bytes(self) -> int:
        return reserve_bytes(RealFiles(), self._place.root, self._settings.journal)

    def _level(self, word: str) -> Level:
        """What the vendor's ``fiqa_level`` means; ``""`` is that of registering here."""
        quality = self._settings.quality
        return level_of(word or quality.enrol_level, level_of(quality.custom_level))

    def _vision_settings(self) -> VisionSettings:
        quality, visit = self._settings.quality, self._settings.visit
        return VisionSettings(
            self._settings.match.min_face_px,
            self._settings.engine.attributes,
            stream_limits(checks_quality=quality.stream_fiqa, pose=quality.stream_pose),
            visit_over_ms=round((visit.gap_s + visit.stranger_after_s) * 1000) + VISIT_OVER_MS,
            longest_visit_ms=round(visit.max_s * 1000),
            mask=self._settings.engine.mask,
        )

    async def _open_doors(self, stack: contextlib.AsyncExitStack) -> None:
        self.preview = await open_preview(
            stack, self._place.store, lambda: self._settings, self.flow, self._doorkeeper.answer
        )
        self._vision = VisionLink(
            self._place.vision_socket, self.flow, self._vision_settings, self._supervisor, self.preview.stream
        )
        self.preview.stream.tell = self._vision.tell_preview
        self._keep_hours()
        self._people_desk = PeopleDesk(
            self.people,
            self._changing,
            self._listing,
            self._vision.desk,
            lambda: self._settings.match.min_face_px,
            self._erasure.is_erasing,
        )
        self._enrolment = Enrolment(self._people_desk, self._level, self.strangers)
        self._photos = PhotoEvents(
            lambda: self._settings.match, self._vision.desk, self.people, self.flow, clock_ms, self.strangers
        )
        await self._vision.start()
        stack.push_async_callback(self._vision.stop)
        parts = self._parts(stack)
        bulk, live = open_bulk_desk(stack, parts), open_live(stack, parts)
        self.service, calls = RunningService(parts), served_calls(parts, open_wipe_desk(stack, parts), bulk, live)
        local = admin_app(self.service, [*calls, *handed_rows(bulk)], parts.audit.note)
        await open_admin_socket(stack, self._place.admin_socket, local)
        self.apps["api"] = public_app(
            self.service, calls, self._doorkeeper.refusal, self._doorkeeper.who, parts.audit.note
        )
        server, app = self._settings.server, self.apps["api"]
        self.doors = await open_api_port(stack, server, app, self._traffic, self._certificate)
        self.api_port = self.doors.api
        self.apps["system"] = system_app(stack, parts)
        self.system_port = await open_system_port(stack, parts, self.apps["system"])
        watching = asyncio.get_running_loop().create_task(self._watch(), name="watch")
        stack.callback(watching.cancel)
        if self._supervisor is not None:
            self._supervisor.start()
            stack.push_async_callback(self._supervisor.stop)
        # Left first: people who are in front of a device now have stayed until the service stopped.
        stack.push_async_callback(self.flow.stop)

    def _parts(self, stack: contextlib.AsyncExitStack) -> Parts:
        return Parts(
            place=self._place,
            settings=lambda: self._settings,
            live=self.live,
            level=self._level,
            access=self._access,
            jobs=self.jobs,
            device_changes=DeviceChanges(
                self._devices,
                DeviceStore(self._changing.database, lambda: self._settings.limits),
                open_turn(self._changing.lane, stack),
                self.flow.devices_changed,
                self._vision.tell_devices,
                self.preview.desk.devices_changed,
                tell=self.preview.desk.device_changed,
            ),
            preview=self.preview,
            vendor_config=self._vendor_config,
            supervisor=self._supervisor,
            vision=self._vision,
            flow=self.flow,
            people=self.people,
            shelf=self._changing,
            listing=self._listing,
            people_desk=self._people_desk,
            permissions=PermissionDesk(self.people, self._changing, self._listing),
            groups=GroupDesk(self._changing, self._listing),
            strangers=self.strangers,
            photos=self._photos,
            enrolment=self._enrolment,
            erasure=self._erasure,
            events=self.events,
            history=self.history,
            destinations=self.destinations,
            destination_changes=DestinationChanges(
                self._destination_store,
                DestinationStore(self._changing.database),
                open_turn(self._changing.lane, stack),
                self.destinations.apply,
            ),
            status=self.status,
            journal=self.journal,
            traffic=self._traffic,
        )

    def _apply(self, settings: Settings) -> None:
        """Hand changed settings to the parts that keep a copy."""
        told, before, self._settings = self._vision_settings(), self._settings, settings
        self.events.apply(settings.server, settings.compat)
        self.flow.apply(settings)
        self.preview.apply(settings.server)
        self.status.apply(settings.status, settings.box_status, self._license_key())
        if self._vision_settings() != told:
            self._vision.tell_settings()
        self._keep_hours()
        if settings.journal != before.journal:
            try:
                self.journal.apply(settings.journal)
            except JournalError as error:
                log.error("journal_bounds_unchanged", reason=str(error))
        if settings.log != before.log:
            logs.configure(settings.log, "report")

    def _license_key(self) -> str:
        return self._settings.license_key.get_secret_value()

    def _is_photo_device(self, address: str) -> bool:
        return photo_device_at(self.flow.devices(), address) is not None

    async def _watch(self) -> None:
        steps: Dict[str, Callable[[], None]] = {"hours": self._keep_hours, "vision": self._vision.look}
        if self._certificate is not None:
            steps["certificate"] = self._certificate.look_again
        rounds = Rounds(**steps)
        while True:
            await asyncio.sleep(WATCH_S)
            self._tell_alive()
            rounds.go()

    def _tell_alive(self) -> None:
        """Feed systemd's watchdog, unless only a new process helps; by a turn of the loop, and never a thread."""
        stuck_s = self.journal.stuck_s()
        held = stuck_s > 0 and waits_in_kernel(self.journal.thread_id)
        why = why_not_alive(LifeSigns(stuck_s, waits_for_disk=held))
        if not why:
            systemd.tell_alive()
        elif not self._starving:
            log.critical("watchdog_not_fed", reason=why)
            systemd.status(f"To be started anew: {why}")
        self._starving = bool(why)

    def _keep_hours(self) -> None:
        self._vision.rest(rest_reason(self._settings.active, time.localtime()))
