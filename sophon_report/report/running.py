"""What the HTTP edge asks of the running service, answered from its parts."""

import os
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple

from sophon_report.api.doorkeeper import Doorkeeper
from sophon_report.api.job import Job
from sophon_report.api.service import EnrolRequest, Health
from sophon_report.api.sessions import Sessions
from sophon_report.api.traffic import Traffic
from sophon_report.api.v1.delivery import Delivery
from sophon_report.config import Settings
from sophon_report.delivery.destinations import DestinationSet
from sophon_report.delivery.journal import Journal
from sophon_report.delivery.trial import Trial
from sophon_report.delivery.ws_server import EventServer
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.ops.process_usage import ProcessTotals, totals
from sophon_report.quality_limits import Level
from sophon_report.recognition.known_people import KnownPeople
from sophon_report.recognition.strangers import StrangerLibrary
from sophon_report.report import exports, figures
from sophon_report.report.access_desks import AccessDesks, access_stats
from sophon_report.report.destination_changes import DestinationChanges
from sophon_report.report.device_changes import DeviceChanges
from sophon_report.report.enrolment import Enrolment
from sophon_report.report.erasure_desk import ErasureDesk
from sophon_report.report.eventflow import EventFlow
from sophon_report.report.figures import Snapshot
from sophon_report.report.group_desk import GroupDesk
from sophon_report.report.health import judge
from sophon_report.report.history import History
from sophon_report.report.jobs import Jobs
from sophon_report.report.live_settings import LiveSettings
from sophon_report.report.login_desk import LoginDesk
from sophon_report.report.people_desk import PeopleDesk
from sophon_report.report.permission_desk import PermissionDesk
from sophon_report.report.photo_events import PhotoEvents
from sophon_report.report.preview_parts import PreviewParts
from sophon_report.report.shelf import Shelf
from sophon_report.report.status_reports import StatusReports
from sophon_report.report.supervisor import Supervisor, SupervisorStats
from sophon_report.report.vision_link import VisionLink
from sophon_report.store.audit_desk import AuditDesk
from sophon_report.store.vendor_config import VendorConfigStore


@dataclass(frozen=True)
class Parts:
    """The parts of the report process that calls concern."""

    place: DataDir
    settings: Callable[[], Settings]
    """Those of the moment."""
    live: LiveSettings
    level: Callable[[str], Level]
    """What a word of the vendor's ``fiqa_level`` means; ``""`` is that of registering here."""
    access: AccessDesks
    jobs: Jobs
    device_changes: DeviceChanges
    vendor_config: VendorConfigStore
    supervisor: Optional[Supervisor]
    vision: VisionLink
    flow: EventFlow
    people: KnownPeople
    people_desk: PeopleDesk
    shelf: Shelf
    """For short changes of the store, one after the other in a thread."""
    listing: Shelf
    """For lists of it, in another."""
    permissions: PermissionDesk
    groups: GroupDesk
    strangers: StrangerLibrary
    photos: PhotoEvents
    enrolment: Enrolment
    erasure: ErasureDesk
    events: EventServer
    history: History
    destinations: DestinationSet
    destination_changes: DestinationChanges
    preview: PreviewParts
    status: StatusReports
    journal: Journal
    traffic: Traffic

    @property
    def audit(self) -> AuditDesk:
        """Where it is noted who did what."""
        return self.access.audit

    @property
    def sessions(self) -> Sessions:
        """Of who logged in."""
        return self.access.sessions

    @property
    def logins(self) -> LoginDesk:
        """Looks at passwords."""
        return self.access.logins

    @property
    def doorkeeper(self) -> Doorkeeper:
        """Says who may do what."""
        return self.access.doorkeeper


class RunningService:
    """The service that calls ask, of ``parts``."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def health(self) -> Health:
        """Whether it works."""
        return judge(self.snapshot())

    def metrics(self) -> bytes:
        """Prometheus text."""
        return exports.metrics(self.snapshot())

    def devices(self) -> List[Dict[str, Any]]:
        """Devices with their states."""
        return figures.device_rows(self._parts.flow.devices(), self._parts.flow.states())

    def delivery(self) -> Delivery:
        """Clients, destinations and journal in figures."""
        return figures.delivery(self.snapshot())

    async def pause_destination(self, name: str) -> None:
        """Send nothing to it."""
        await self._pause(name, paused=True)

    async def resume_destination(self, name: str) -> None:
        """Try again now."""
        await self._pause(name, paused=False)
        self._parts.destinations.try_now(name)

    async def _pause(self, name: str, paused: bool) -> None:
        known = self._parts.destinations.get(name)
        await self._parts.destination_changes.pause(known.name, paused)

    async def reload_destinations(self) -> None:
        """Deliver as the store says now."""
        await self._parts.destination_changes.look_again()

    async def test_destination(self, name: str) -> Trial:
        """Post a sample event to it."""
        return await self._parts.destinations.try_out(name)

    async def enrol(self, request: EnrolRequest) -> Dict[str, Any]:
        """Register a person from a photo."""
        person = await self._parts.enrolment.enrol(request)
        return {
            "identity_id": person.identity_id,
            "identity_name": person.name,
            "user_type": person.user_type.value,
        }

    def erase_person(self, identity_id: str, actor: str) -> Job:
        """Begin to erase a person from everything."""
        return self._parts.erasure.begin(identity_id, actor)

    def erasing(self) -> Dict[str, Any]:
        """How far that is."""
        return self._parts.erasure.state()

    def snapshot(self) -> Snapshot:
        """What every part says of itself now."""
        parts, now_ms = self._parts, clock_ms()
        return Snapshot(
            now_ms=now_ms,
            connected=parts.vision.connected,
            supervisor=parts.supervisor.stats() if parts.supervisor is not None else SupervisorStats(None, 0, ""),
            departures=parts.vision.departures(),
            vision=parts.flow.vision_counters(),
            devices=parts.flow.devices(),
            states=parts.flow.states(),
            flow=parts.flow.stats(),
            visits=parts.flow.visit_stats(),
            people=parts.people.stats(),
            strangers=parts.strangers.stats(),
            photos=parts.photos.stats(),
            clients=parts.events.stats(),
            destinations=parts.destinations.stats(),
            preview=parts.preview.viewers.stats(),
            control=parts.preview.control.stats(),
            pages=parts.preview.pages.stats(),
            status=parts.status.stats(),
            journal=parts.journal.stats(),
            history=parts.history.feed.stats(),
            refused=parts.doorkeeper.refused,
            traffic=parts.traffic,
            jobs=parts.jobs.stats(),
            changes_refused=parts.shelf.lane.refused,
            access=access_stats(parts.audit, parts.sessions, parts.logins),
            processes=self._processes(now_ms / 1000),
        )

    def _processes(self, now_s: float) -> Tuple[ProcessTotals, ...]:
        vision = self._parts.flow.vision()
        pids = {"report": os.getpid(), **({"vision": vision.pid} if vision is not None else {})}
        found = (totals(process, pid, now_s) for process, pid in pids.items())
        return tuple(each for each in found if each is not None)
