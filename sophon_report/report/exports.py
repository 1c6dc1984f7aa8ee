"""The service in figures for Prometheus: every counter of every part. Pure: a snapshot in, text out.

What concerns delivery stands in :mod:`~sophon_report.report.delivery_exports`.
"""

from typing import Iterator, Mapping, Sequence

from sophon_report import __version__
from sophon_report.delivery.watch_server import WatchServerStats
from sophon_report.link.messages import DeviceState
from sophon_report.ops.metrics import Figure, counter, gauge, render
from sophon_report.ops.process_usage import ProcessTotals
from sophon_report.recognition.stranger_lookup import StrangerStats
from sophon_report.report import delivery_exports
from sophon_report.report.event_feed import EventFeedStats
from sophon_report.report.figures import Snapshot
from sophon_report.report.photo_events import PhotoStats
from sophon_report.report.vision_link import Departures

STATES = ("starting", "online", "offline", "ended", "failed", "inactive")


def metrics(now: Snapshot) -> bytes:
    """Prometheus text of everything that is counted."""
    return render(_all(now))


def _all(now: Snapshot) -> Iterator[Figure]:
    yield gauge("build_info", "1 for the version that runs.", 1.0, version=__version__)
    yield from _processes(now.processes)
    yield from _vision(now)
    yield from _flow(now)
    yield from _photos(now.photos)
    yield from _strangers(now.strangers)
    yield from _history(now.history)
    yield from _access(now)
    yield from _work(now)
    yield from _watchers("preview", "on the preview port", now.preview)
    yield from _watchers("control", "on the control port", now.control)
    yield from _watchers("page_preview", "by pages of the box", now.pages)
    yield from _status(now)
    yield from delivery_exports.figures(now)
    yield from _devices(now.states)


def _processes(processes: Sequence[ProcessTotals]) -> Iterator[Figure]:
    for each in processes:
        name = each.process
        yield counter(
            "process_cpu_seconds", "Processor time of the process; its rate is in cores.", each.cpu_s, process=name
        )
        yield gauge("process_resident_bytes", "Memory that the process holds.", each.memory_bytes, process=name)
        yield gauge("process_start_seconds", "When the process began, since 1970.", each.started_s, process=name)


VISION = (
    ("frames", "frames", "Frames in which faces were looked for."),
    ("faces", "faces", "Faces that were found in frames, faint ones too."),
    ("shots", "shots", "Pictures of faces that were told to the report process."),
    ("shots_filtered", "shots_filtered", "Faces too blurred, or turned too far, to become a shot."),
    ("embeddings", "embeddings", "Faces of frames that the embedding model has computed."),
    ("shots_deferred", "shots_deferred", "Faces worth a shot that a turn had no time for: they stayed due."),
    ("shots_failed", "shots_failed", "Faces whose shot could not be computed: they stayed due; the log says why."),
    (
        "measures_deferred",
        "measures_deferred",
        "Faces that were not measured in a frame because too many were due.",
    ),
    ("previews", "previews", "Pictures made for those who watch the preview."),
    ("previews_skipped", "previews_skipped", "Turns that made none since recognition went first."),
    ("previews_failed", "previews_failed", "Pictures for the preview that could not be made; the log says why."),
    ("photos_refused", "photos_refused", "Photos that were turned away there because too many waited."),
    ("frames_failed", "frames_failed", "Frames that could not be computed; the log says why."),
    ("odd_answers", "odd_answers", "Answers of the chip that could not be right; they became errors."),
    ("prepared_by_cpu", "prepared_by_cpu", "Pictures the CPU made the detector's input of, the chip could not."),
    ("aligned_by_cpu", "aligned_by_cpu", "Faces of the chip's pictures that the CPU turned upright."),
    ("encoded_by_cpu", "encoded_by_cpu", "JPEGs of the chip's pictures that the CPU encoded."),
    ("busy_s", "busy_seconds", "Time spent on frames; its rate is the load of the thread that feeds the engine."),
    ("turns", "turns", "Turns of the engine; frames of a turn: vision_frames by this."),
    ("turns_s", "turns_seconds", "Time in which a turn was under way; its rate is the load of the engine."),
    ("bad_faces", "tracker_bad_faces", "Faces the tracker passed over: not finite, or under one pixel."),
    ("surplus_faces", "tracker_surplus_faces", "Faces the tracker passed over: too many in one frame."),
    ("refused_tracks", "tracker_refused_tracks", "Faces the tracker began no track for: too many at one time."),
)
"""Counters of the vision process: its own name, ours, what it says. What else it tells is not passed on."""


def _vision(now: Snapshot) -> Iterator[Figure]:
    yield gauge("vision_up", "1 while the vision process is connected.", float(now.connected))
    yield counter("vision_starts", "Starts of the vision process by this service.", now.supervisor.starts)
    yield from _departures(now.departures)
    told = now.vision
    for key, name, help_text in VISION:
        yield counter(f"vision_{name}", f"{help_text} Since vision started.", told.get(key, 0.0))


def _departures(told: Departures) -> Iterator[Figure]:
    yield counter(
        "vision_departures",
        "Times at which vision ended itself since only a new process helped.",
        told.count,
    )
    for device_id, times in told.hangs:
        words = "Times at which the device hung and all devices were opened anew for it."
        yield counter("device_hangs", words, times, device=device_id)
        words = "1 while the device is not opened because it hung again and again."
        yield gauge("device_held_back", words, float(device_id in told.waiting), device=device_id)


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


def _strangers(strangers: StrangerStats) -> Iterator[Figure]:
    for kind, name, help_text in STRANGERS:
        yield kind(f"strangers_{name}", help_text, float(getattr(strangers, name)))


STRANGERS = (
    (gauge, "filed", "Unknown people in the stranger library."),
    (gauge, "capacity", "How many it holds; over it who was not seen for longest goes."),
    (gauge, "other_embedder", "Filed by another embedding model: not compared."),
    (gauge, "unfiled", "Unknown faces that were not seen often enough yet."),
    (counter, "registered", "Unknown people who were filed."),
    (counter, "improved", "Photos in the library that a better one replaced."),
    (counter, "merged", "Entries that turned out to be one person."),
    (counter, "taken_back", "Entries of people who were registered all along."),
    (counter, "evicted", "Entries that went for want of room."),
    (counter, "refused_by_quality", "Unknown faces whose picture was not worth filing."),
    (gauge, "writes_waiting", "Changes of the library that are not on the disk yet."),
    (counter, "writes_dropped", "Changes that did not happen because the disk was behind."),
    (counter, "write_failures", "Times that the disk refused a change."),
)
"""Figures of the stranger library by their field."""


def _history(history: EventFeedStats) -> Iterator[Figure]:
    for kind, name, help_text in HISTORY:
        yield kind(f"history_{name}", help_text, float(getattr(history, name)))
    yield gauge("history_failing", "1 while the disk takes no rows.", float(bool(history.problem)))


HISTORY = (
    (gauge, "rows", "Events that can be asked for."),
    (gauge, "size_bytes", "Bytes of the files they are in."),
    (gauge, "lag", "Records of the journal that are not among them yet."),
    (counter, "put", "Rows that were new or changed."),
    (counter, "trimmed", "Rows that went over the bounds of number or age."),
    (counter, "missed", "Numbers of records, at most, that went from the journal before they were read."),
    (counter, "damaged", "Damaged records of the journal that were passed over."),
    (counter, "refused", "Events that no row can be made of."),
    (counter, "begun_anew", "Times that the file could not be used and was begun anew."),
)
"""Figures of the event index by their field."""


def _work(now: Snapshot) -> Iterator[Figure]:
    jobs = now.jobs
    yield gauge("jobs_open", "Long work that waits or runs.", float(jobs.open))
    yield counter("jobs_forgotten", "Long work that had ended, and went for newer.", float(jobs.forgotten))
    yield counter("jobs_refused", "Long work that was not taken on: too much was open.", float(jobs.refused))
    yield counter(
        "changes_refused",
        "Changes of the store that were not taken on: too many waited.",
        float(now.changes_refused),
    )


def _access(now: Snapshot) -> Iterator[Figure]:
    for need in ("open", "read", "write", "push", "admin"):
        help_text = "Calls and event streams that were not allowed, by what they needed."
        yield counter("calls_refused", help_text, now.refused.get(need, 0), need=need)
    traffic = now.traffic
    for status, answers in sorted(traffic.answers.items()):
        yield counter("api_answers", "Answers of the API port by HTTP status.", answers, status=str(status))
    yield gauge("api_connections", "Connections of the API port.", sum(traffic.connections.values()))
    yield counter("api_connections_full", "Connections that had no place at the API port.", traffic.refused_full)
    yield counter(
        "api_connections_gave_way", "Idle connections that lost their place to new ones.", traffic.gave_way
    )
    yield counter("api_connections_cut", "Connections that kept the API port waiting, or flooded it.", traffic.cut)
    for kind, field, help_text in _LOGINS:
        yield kind(field, help_text, getattr(now.access, field))


_LOGINS = (
    (gauge, "sessions", "People who are logged in."),
    (counter, "sessions_crowded_out", "Sessions that ended because there were too many."),
    (counter, "logins_failed", "Logins with a wrong password, and those not looked at after too many."),
    (counter, "logins_refused", "Logins refused because too many waited."),
    (counter, "login_addresses_forgotten", "Addresses whose logins are not remembered, for want of room."),
    (counter, "audit_lost", "Lines of the audit that could not be kept."),
)
"""Figures of people who come in by their field."""


def _watchers(port: str, at: str, told: WatchServerStats) -> Iterator[Figure]:
    hub = told.hub
    yield gauge(f"{port}_watchers", f"Clients that watch {at}.", len(hub.watchers))
    yield counter(f"{port}_messages", f"Messages made {at}, each once for all watchers.", hub.published)
    yield counter(f"{port}_sent", f"Messages handed to watchers {at}.", hub.sent)
    yield counter(f"{port}_sent_bytes", f"Bytes of the messages handed to watchers {at}.", hub.sent_bytes)
    yield counter(f"{port}_skipped", f"Messages {at} that a newer one replaced for a slow watcher.", hub.skipped)
    yield counter(f"{port}_dropped", f"Messages {at} lost to a watcher for which too much waited.", hub.dropped)
    yield counter(f"{port}_closed_stalled", f"Watchers {at} closed: they took nothing.", told.closed_stalled)
    for why, times in told.refused:
        yield counter(f"{port}_refused", f"Watchers that were turned away {at}.", times, why=why)


def _status(now: Snapshot) -> Iterator[Figure]:
    for row in now.status:
        labels = {"report": row.report, "address": str(row.number)}
        yield counter(
            "status_reports_accepted", "Reports on devices or the box that were accepted.", row.accepted, **labels
        )
        yield counter("status_reports_failed", "Those that were not; each is tried once.", row.failed, **labels)
        yield counter("status_reports_skipped", "Those that a newer one replaced.", row.skipped, **labels)


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
        yield gauge(
            "device_delay_seconds",
            "From a frame's arrival to the end of the work on it: mean of the last seconds.",
            state.delay_ms / 1000,
            device=device_id,
        )
        yield gauge(
            "device_share",
            "Of the frames looked at in the last seconds, those of this device: from 0 to 1.",
            state.share_pct / 100,
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
