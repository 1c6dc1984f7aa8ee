"""The service in figures: for Prometheus, for the administration calls, for people."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Mapping, Sequence

from sophon_report.link.messages import DeviceState
from sophon_report.model import Device
from sophon_report.ops.metrics import Figure, counter, gauge, render

if TYPE_CHECKING:
    from sophon_report.app import ReportProcess

STATES = ("starting", "online", "offline", "ended", "failed")


def metrics(process: "ReportProcess") -> bytes:
    """Prometheus text of everything that is counted."""
    return render(_all(process))


def delivery(process: "ReportProcess") -> Dict[str, Any]:
    """Who gets events and what was not delivered, JSON-ready."""
    events, visits = process.events.stats(), process.flow.visit_stats()
    return {
        "vision": process.flow.vision_counters(),
        "devices": device_rows(process.device_list(), process.flow.states()),
        "visits": {"open": visits.open_visits, "recognitions": visits.recognitions, "ended": visits.visits},
        "clients": [asdict(row) for row in events.clients],
        "destinations": [asdict(row) for row in process.destinations.stats()],
        "journal": asdict(process.journal.stats()),
    }


def device_rows(devices: Sequence[Device], states: Mapping[str, DeviceState]) -> List[Dict[str, Any]]:
    """Devices with their states, addresses without passwords, JSON-ready."""
    rows = []
    for device in devices:
        state = states.get(device.device_id, DeviceState(device.device_id, "starting"))
        row = {
            "device_id": device.device_id,
            "name": device.name,
            "type": device.type.value,
            "url": device.safe_url,
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


def _all(process: "ReportProcess") -> Iterator[Figure]:
    yield from _flow(process)
    yield from _clients(process)
    yield from _destinations(process)
    yield from _journal(process)
    yield from _devices(process.flow.states())


def _flow(process: "ReportProcess") -> Iterator[Figure]:
    flow, visits = process.flow.stats(), process.flow.visit_stats()
    yield gauge("vision_up", "Whether the vision process is connected.", float(process.link.connected))
    yield counter("vision_starts", "Starts of the vision process.", process.vision_starts())
    for name, value in process.flow.vision_counters().items():
        yield counter(f"vision_{name}", "Counted by the vision process since its start.", value)
    yield counter("shots", "Pictures of faces that were matched.", flow.shots)
    yield counter("recognitions", "Decisions: visits that were pushed.", visits.recognitions)
    yield counter("visits", "Visits that ended.", visits.visits)
    yield gauge("visits_open", "People in front of a device now.", visits.open_visits)
    yield counter("tracks_refused", "Messages of tracks over the bound.", visits.refused_tracks)
    yield counter("journal_failures", "Events the disk refused.", flow.journal_failures)


def _clients(process: "ReportProcess") -> Iterator[Figure]:
    stats = process.events.stats()
    yield gauge("clients", "Configured realtime clients.", len(stats.clients))
    yield gauge("clients_queued_bytes", "Bytes that clients have not fetched.", stats.queued_bytes)
    yield counter("realtime_sent", "Events handed to clients.", stats.sent)
    yield counter("realtime_dropped", "Events dropped because a client was too slow.", stats.dropped)
    yield counter("clients_stalled", "Clients closed because they took nothing any more.", stats.closed_stalled)
    for why, value in (
        ("full", stats.refused_full),
        ("handshake", stats.refused_handshake),
        ("configuration", stats.refused_configuration),
    ):
        yield counter("clients_refused", "Clients that were turned away.", value, why=why)


def _destinations(process: "ReportProcess") -> Iterator[Figure]:
    for row in process.destinations.stats():
        name = row.destination
        yield counter("posts_accepted", "Events a destination has accepted.", row.accepted, destination=name)
        yield counter("posts_retried", "Attempts that were repeated.", row.retried, destination=name)
        yield counter("posts_set_aside", "Events a destination refused for good.", row.set_aside, destination=name)
        yield gauge("backlog_records", "Records behind the destination's place.", row.backlog, destination=name)
        yield gauge(
            "destination_paused",
            "Whether the destination is paused.",
            float(row.state == "paused"),
            destination=name,
        )


def _journal(process: "ReportProcess") -> Iterator[Figure]:
    for name, value in asdict(process.journal.stats()).items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield gauge(f"journal_{name}", "See the journal's statistics.", value)


def _devices(states: Mapping[str, DeviceState]) -> Iterator[Figure]:
    for device_id, state in states.items():
        yield counter("device_frames", "Frames a device gave.", state.frames, device=device_id)
        yield counter("device_frames_skipped", "Frames nobody looked at.", state.frames_skipped, device=device_id)
        for name in STATES:
            yield gauge(
                "device_state", "State of a device.", float(state.state == name), device=device_id, state=name
            )
