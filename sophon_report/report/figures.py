"""The service in figures, for our own calls and for people. Pure: a snapshot in, rows out."""

from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from sophon_report.api.traffic import Traffic
from sophon_report.api.v1.delivery import Delivery, VisitFigures
from sophon_report.api.v1.devices import DeviceRow
from sophon_report.delivery.journal import JournalStats
from sophon_report.delivery.standing import DestinationStats
from sophon_report.delivery.status_post import StatusPostStats
from sophon_report.delivery.watch_server import WatchServerStats
from sophon_report.delivery.ws_server import EventServerStats
from sophon_report.link.messages import DeviceState
from sophon_report.model import Device, DeviceType, redact_url
from sophon_report.ops.process_usage import ProcessTotals
from sophon_report.recognition.known_people import KnownPeopleStats
from sophon_report.recognition.stranger_lookup import StrangerStats
from sophon_report.recognition.visits import VisitStats
from sophon_report.report.access_desks import AccessStats
from sophon_report.report.event_feed import EventFeedStats
from sophon_report.report.eventflow import FlowStats
from sophon_report.report.jobs import JobStats
from sophon_report.report.photo_events import PhotoStats
from sophon_report.report.supervisor import SupervisorStats
from sophon_report.report.vision_link import Departures


@dataclass(frozen=True)
class Snapshot:
    """What every part of the report process says of itself at one moment."""

    now_ms: int
    connected: bool
    """Whether vision is there."""
    supervisor: SupervisorStats
    departures: Departures
    """Why vision left, when it did so on purpose."""
    vision: Mapping[str, float]
    devices: Sequence[Device]
    states: Mapping[str, DeviceState]
    flow: FlowStats
    visits: VisitStats
    people: KnownPeopleStats
    strangers: StrangerStats
    photos: PhotoStats
    clients: EventServerStats
    destinations: Tuple[DestinationStats, ...]
    preview: WatchServerStats
    """The preview's port."""
    control: WatchServerStats
    pages: WatchServerStats
    """Pages that look at cameras."""
    status: Tuple[StatusPostStats, ...]
    """Addresses that are told which devices are online and how the box does."""
    journal: JournalStats
    history: EventFeedStats
    refused: Mapping[str, int]
    """Calls and streams that were turned away, by what they needed."""
    traffic: Traffic
    jobs: JobStats
    changes_refused: int
    """Changes of the store that were turned away because too many waited."""
    access: AccessStats = AccessStats()
    processes: Tuple[ProcessTotals, ...] = ()
    """What the processes have taken of the machine; one that has gone is not there."""


def delivery(now: Snapshot) -> Delivery:
    """Who gets events and what was not delivered."""
    visits = now.visits
    return Delivery(
        now_ms=now.now_ms,
        vision=dict(now.vision),
        devices=[DeviceRow(**row) for row in device_rows(now.devices, now.states)],
        visits=VisitFigures(open=visits.open_visits, recognitions=visits.recognitions, ended=visits.visits),
        strangers=now.strangers,
        clients=now.clients.clients,
        destinations=now.destinations,
        status=now.status,
        journal=now.journal,
        history=asdict(now.history),
    )


def device_rows(devices: Sequence[Device], states: Mapping[str, DeviceState]) -> List[Dict[str, Any]]:
    """Devices with their states, addresses without passwords, JSON-ready.

    A photo device is ``passive``: nobody looks at it, it sends when it has something.
    """
    rows = []
    for device in devices:
        passive = device.type is DeviceType.PHOTO
        unknown = DeviceState(device.device_id, "passive" if passive else "starting")
        state = unknown if passive else states.get(device.device_id, unknown)
        row = {
            "device_id": device.device_id,
            "name": device.name,
            "type": device.type.value,
            "url": device.safe_url,
            "permission_id": device.permission_id,
            "region": list(device.roi or ()),
            "rtmp_address": redact_url(device.rtmp_address),
            "transport": device.transport,
            "photo_kind": device.photo_kind.value,
        }
        for key in (
            "state",
            "reason",
            "reason_code",
            "now_ms",
            "started_ms",
            "width",
            "height",
            "fps",
            "frames",
            "frames_skipped",
            "codec",
            "delay_ms",
            "share_pct",
        ):
            row[key] = getattr(state, key)
        rows.append({**row, "faces": len(state.tracks)})
    return rows
