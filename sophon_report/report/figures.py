"""The service in figures: for Prometheus, for administration calls, for people. Pure: a snapshot in, rows out."""

from dataclasses import asdict, dataclass
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

from sophon_report.api.traffic import Traffic
from sophon_report.delivery.journal import JournalStats
from sophon_report.delivery.standing import DestinationStats, State
from sophon_report.delivery.status_post import StatusPostStats
from sophon_report.delivery.ws_server import EventServerStats
from sophon_report.link.messages import DeviceState
from sophon_report.model import Device, DeviceType, redact_url
from sophon_report.ops.metrics import Figure, counter, gauge, render
from sophon_report.recognition.known_people import KnownPeopleStats
from sophon_report.recognition.visits import VisitStats
from sophon_report.report.eventflow import FlowStats
from sophon_report.report.photo_events import PhotoStats
from sophon_report.report.supervisor import SupervisorStats

STATES = ("starting", "online", "offline", "ended", "failed")


@dataclass(frozen=True)
class Snapshot:
    """What every part of the report process says of itself at one moment."""

    connected: bool
    """Whether vision is there."""
    supervisor: SupervisorStats
    vision: Mapping[str, float]
    devices: Sequence[Device]
    states: Mapping[str, DeviceState]
    flow: FlowStats
    visits: VisitStats
    people: KnownPeopleStats
    photos: PhotoStats
    clients: EventServerStats
    destinations: Tuple[DestinationStats, ...]
    status: Tuple[StatusPostStats, ...]
    """Addresses that are told which devices are online and how the box does."""
    journal: JournalStats
    refused: Mapping[str, int]
    """Calls and streams that were turned away, by what they needed."""
    traffic: Traffic


def metrics(now: Snapshot) -> bytes:
    """Prometheus text of everything that is counted."""
    return render(_all(now))


def delivery(now: Snapshot) -> Dict[str, Any]:
    """Who gets events and what was not delivered, JSON-ready."""
    events, visits = now.clients, now.visits
    return {
        "vision": now.vision,
        "devices": device_rows(now.devices, now.states),
        "visits": {"open": visits.open_visits, "recognitions": visits.recognitions, "ended": visits.visits},
        "clients": [asdict(row) for row in events.clients],
        "destinations": [asdict(row) for row in now.destinations],
        "status": [asdict(row) for row in now.status],
        "journal": asdict(now.journal),
    }


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
        }
        for key in (
            "state",
            "reason",
            "now_ms",
            "started_ms",
            "width",
            "height",
            "fps",
            "frames",
            "frames_skipped",
        ):
            row[key] = getattr(state, key)
        rows.append({**row, "faces": len(state.tracks)})
    return rows


def _all(now: Snapshot) -> Iterator[Figure]:
    yield from _vision(now)
    yield from _flow(now)
    yield from _photos(now.photos)
    yield from _clients(now)
    yield from _access(now)
    yield from _destinations(now)
    yield from _status(now)
    yield from _journal(now)
    yield from _devices(now.states)


VISION = (
    ("frames", "frames", "Frames in which faces were looked for."),
    ("faces", "faces", "Faces that were found in frames, faint ones too."),
    ("shots", "shots", "Pictures of faces that were told to the report process."),
    ("photos_refused", "photos_refused", "Photos that were turned away there because too many waited."),
    ("frames_failed", "frames_failed", "Frames that could not be computed; the log says why."),
    ("busy_s", "busy_seconds", "Time spent on frames; its rate is the load of the one thread that computes."),
    ("bad_faces", "tracker_bad_faces", "Faces the tracker passed over: not finite, or under one pixel."),
    ("surplus_faces", "tracker_surplus_faces", "Faces the tracker passed over: too many in one frame."),
    ("refused_tracks", "tracker_refused_tracks", "Faces the tracker began no track for: too many at one time."),
)
"""Counters of the vision process: its own name, ours, what it says. What else it tells is not passed on."""


def _vision(now: Snapshot) -> Iterator[Figure]:
    yield gauge("vision_up", "1 while the vision process is connected.", float(now.connected))
    yield counter("vision_starts", "Starts of the vision process by this service.", now.supervisor.starts)
    told = now.vision
    for key, name, help_text in VISION:
        yield counter(f"vision_{name}", f"{help_text} Since vision started.", told.get(key, 0.0))


def _flow(now: Snapshot) -> Iterator[Figure]:
    flow, visits, people = now.flow, now.visits, now.people
    yield counter("shots", "Pictures of faces that were compared with the registered people.", flow.shots)
    yield counter(
        "shots_of_unknown_devices",
        "Pictures of faces dropped because their device is not in the list.",
        flow.shots_of_unknown_devices,
    )
    yield counter("pushed_events", "Events made of pictures that photo devices pushed.", flow.pushed_events)
    yield counter(
        "recognitions", "Decisions who somebody is: each is an event pushed to clients.", visits.recognitions
    )
    yield counter("visits", "Visits that ended: each is an event posted to destinations.", visits.visits)
    yield gauge("visits_open", "People in front of a device now.", visits.open_visits)
    yield gauge("tracks_open", "Faces being followed now.", visits.open_tracks)
    yield counter("tracks_refused", "Messages about faces over the bound of a device.", visits.refused_tracks)
    yield counter("devices_refused", "Messages of devices over the bound of devices.", visits.refused_devices)
    yield counter("tracks_late", "Messages about faces that had already gone.", visits.late_messages)
    yield counter("device_clock_steps", "Times at which a device's clock was set.", visits.clock_steps)
    yield counter(
        "journal_failures",
        "Events that are in no journal: clients had them, destinations never will.",
        flow.journal_failures,
    )
    yield gauge("gallery_faces", "Registered faces that are compared.", people.faces)
    yield gauge(
        "gallery_faces_of_other_models",
        "Registered faces of another embedding model: import their photos again.",
        people.other_embedder,
    )
    yield gauge(
        "gallery_faces_unusable",
        "Registered faces whose vector is damaged: import their photos again.",
        people.unusable,
    )
    yield counter(
        "shots_incomparable",
        "Pictures of faces with a vector that fits no registered one, taken for strangers.",
        people.incomparable_shots,
    )


def _photos(photos: PhotoStats) -> Iterator[Figure]:
    yield counter("photos_pushed", "Pictures that were sent to be matched.", photos.pushed)
    yield counter("photos_repeated", "Pictures answered without an event: it was told already.", photos.suppressed)
    yield counter("photos_forgotten", "Recent faces dropped over the bound: maybe told twice.", photos.forgotten)
    yield gauge("photos_waiting", "Pictures that vision looks at now.", photos.waiting)
    yield counter("photos_turned_away", "Pictures refused because too many waited.", photos.refused)
    yield counter("photos_unanswered", "Pictures that vision did not answer.", photos.unanswered)


def _clients(now: Snapshot) -> Iterator[Figure]:
    stats = now.clients
    yield gauge(
        "clients",
        "Realtime clients that are connected, whether they have asked for events or not.",
        len(stats.clients),
    )
    yield gauge("clients_queued_bytes", "Bytes that clients have not fetched.", stats.queued_bytes)
    yield counter("realtime_published", "Events that were offered to clients.", stats.published)
    yield counter(
        "realtime_encoded", "Messages that were made of them, one for each distinct wish.", stats.encoded
    )
    yield counter("realtime_sent", "Messages handed to clients.", stats.sent)
    yield counter("realtime_dropped", "Messages dropped because a client was too slow.", stats.dropped)
    yield counter(
        "realtime_lost_to_resume",
        "Events the disk refused that a client cannot ask for any more.",
        stats.lost_to_resume,
    )
    yield counter("clients_stalled", "Clients closed because they took nothing any more.", stats.closed_stalled)
    for why, value in (
        ("full", stats.refused_full),
        ("address", stats.refused_address),
        ("access", stats.refused_access),
        ("origin", stats.refused_origin),
        ("handshake", stats.refused_handshake),
        ("configuration", stats.refused_configuration),
        ("flood", stats.refused_flood),
    ):
        yield counter(
            "clients_refused", "Clients turned away: no place, not allowed, or what they sent.", value, why=why
        )


def _access(now: Snapshot) -> Iterator[Figure]:
    for need in ("open", "read", "write", "push"):
        help_text = "Calls and event streams that were not allowed, by what they needed."
        yield counter("calls_refused", help_text, now.refused.get(need, 0), need=need)
    traffic = now.traffic
    for status, answers in sorted(traffic.answers.items()):
        yield counter("api_answers", "Answers of the API port by HTTP status.", answers, status=str(status))
    yield gauge("api_connections", "Connections of the API port.", sum(traffic.connections.values()))
    yield counter("api_connections_full", "Connections that had no place at the API port.", traffic.refused_full)
    yield counter("api_connections_cut", "Connections that kept the API port waiting, or flooded it.", traffic.cut)


def _destinations(now: Snapshot) -> Iterator[Figure]:
    for row in now.destinations:
        yield from _destination(row)


def _destination(row: DestinationStats) -> Iterator[Figure]:
    name = row.destination
    yield counter("posts_accepted", "Events that the destination has accepted.", row.accepted, destination=name)
    yield counter("posts_retried", "Attempts that failed and are repeated.", row.retried, destination=name)
    yield counter(
        "posts_set_aside", "Events that the destination refused for good.", row.set_aside, destination=name
    )
    yield counter(
        "posts_lost",
        "Realtime events that were not delivered and never will be.",
        row.lost,
        destination=name,
    )
    yield counter(
        "posts_lost_late", "Realtime events that had waited too long to be tried.", row.lost_late, destination=name
    )
    yield gauge(
        "dead_letters", "Refused events that are kept to be looked at.", row.dead_letters, destination=name
    )
    yield counter(
        "dead_letters_dropped",
        "Refused events that had no place any more.",
        row.dead_letters_dropped,
        destination=name,
    )
    yield gauge(
        "backlog_records", "Journal records behind the destination's place.", row.backlog, destination=name
    )
    yield gauge(
        "destination_info",
        "1 for the layout and the content type of what the destination is told.",
        1.0,
        destination=name,
        layout=row.layout,
        content_type=row.content_type,
    )
    yield gauge(
        "destination_period_seconds",
        "Time between two looks for events once none is left; 0 means at once.",
        row.period_s,
        destination=name,
    )
    for state in State:
        yield gauge(
            "destination_state",
            "1 for the state that the destination is in.",
            float(row.state is state),
            destination=name,
            state=state.value,
        )


def _status(now: Snapshot) -> Iterator[Figure]:
    for row in now.status:
        labels = {"report": row.report, "address": str(row.number)}
        yield counter(
            "status_reports_accepted", "Reports on devices or the box that were accepted.", row.accepted, **labels
        )
        yield counter("status_reports_failed", "Those that were not; each is tried once.", row.failed, **labels)
        yield counter("status_reports_skipped", "Those that a newer one replaced.", row.skipped, **labels)


JOURNAL = (
    (gauge, "segments", "Files of the journal."),
    (gauge, "size_bytes", "Bytes of the journal's files."),
    (gauge, "max_bytes", "Bytes at which the journal's oldest file goes."),
    (gauge, "oldest_seq", "Number of the oldest record that is still there."),
    (gauge, "last_seq", "Number of the newest record that is on the disk."),
    (counter, "appended", "Records given to the journal."),
    (counter, "synced_batches", "Batches of records made durable, one sync each."),
    (gauge, "pending_bytes", "Bytes that are not on the disk yet."),
    (counter, "refused", "Records that the full queue to the disk did not take."),
    (counter, "failed", "Records that the disk did not take."),
    (gauge, "failing", "1 while the disk takes nothing."),
    (counter, "gaps", "Stretches of damaged records that were passed over while reading."),
    (counter, "damaged_cursors", "Places of destinations that could not be read: their events are repeated."),
    (counter, "dropped_segments", "Files that went because of the bounds of bytes and age, or a full disk."),
    (counter, "dropped_bytes", "Bytes that went with them."),
    (counter, "dropped_visits", "Visits that went with them, delivered or not."),
    (counter, "dropped_recognitions", "Recognitions that went with them, delivered or not."),
    (gauge, "free_bytes", "Free bytes of the journal's disk."),
    (gauge, "reserve_bytes", "Bytes of the disk that the journal leaves free."),
    (counter, "distrusted_segments", "Files that were ended early because a sync failed."),
    (counter, "forgotten_open_visits", "Open visits over the bound: a crash would leave them without an end."),
    (counter, "pictures_stripped", "Records that lost their pictures to journal.pictures_max_age_days."),
    (counter, "pictures_stripped_bytes", "Bytes that became free with the pictures."),
)
"""Figures of the journal by their field."""


def _journal(now: Snapshot) -> Iterator[Figure]:
    stats = now.journal
    for kind, name, help_text in JOURNAL:
        yield kind(f"journal_{name}", help_text, float(getattr(stats, name)))
    for destination, lost in stats.dropped_undelivered.items():
        yield counter(
            "journal_dropped_undelivered",
            "Records that went before the destination that is told them had them.",
            lost,
            destination=destination,
        )


def _devices(states: Mapping[str, DeviceState]) -> Iterator[Figure]:
    for device_id, state in states.items():
        yield counter(
            "device_frames", "Frames that a device gave since it was opened.", state.frames, device=device_id
        )
        yield counter(
            "device_frames_skipped",
            "Frames that nobody looked at because newer ones came.",
            state.frames_skipped,
            device=device_id,
        )
        for name in STATES:
            yield gauge(
                "device_state",
                "1 for the state that the device is in.",
                float(state.state == name),
                device=device_id,
                state=name,
            )
