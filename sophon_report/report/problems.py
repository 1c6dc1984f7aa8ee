"""What is wrong right now: each thing with a code, the values of its words, and the place that mends it. Pure.

A code never changes its meaning: the page has words for it in each language, programs may go by it. ``text`` is
for logs and for who reads ``/healthz``. What makes the service fail, and what is only amiss, is ``severity``:

============  ==========================================================================
``failing``   no events come, or none are kept: ``/healthz`` is 503
``warning``   something does not do its work while the rest goes on; ``/healthz`` says it
``notice``    nothing is lost, or not yet: somebody should look; only here
============  ==========================================================================

======================  ==============================================  ====================
code                    values                                          subject
======================  ==============================================  ====================
``vision_gone``         ``reason``
``journal_failing``
``camera_off``          ``name``, ``state``, ``reason``,                device
                        ``reason_code``
``camera_stalled``      ``name``                                        device
``destination_paused``  ``reason``, ``reason_code``, ``status``,        destination
                        ``backlog``
``destination_failing`` as above, ``losing`` when events are lost       destination
``events_dropped``      ``count``                                       destination
``backlog_grows``       ``backlog``, ``oldest_ms``                      destination
``dead_letters``        ``count``                                       destination
``status_report``       ``report``, ``reason``                          number of the address
``many_people``         ``count``, ``most``
``gallery_model``       ``count``
``strangers_unwritten`` ``count``
``history_stopped``     ``count``, ``reason``
``disk_nearly_full``    ``free_bytes``, ``reserve_bytes``
``clock_not_set``
``clock_jumped``        ``by_s``
``certificate_kept``    ``reason``
``certificate_over``
``certificate_ends``    ``days``
``certificate_unused``  ``reason``
``restart_waits``       ``keys``
``password_made_up``
======================  ==============================================  ====================
"""

from dataclasses import dataclass
from typing import Dict, Iterator, List, Mapping, Optional, Sequence
from urllib.parse import quote

from sophon_report.api.v1.problems_now import ProblemNow, Value
from sophon_report.delivery.journal import JournalStats
from sophon_report.delivery.journal.ages import CLOCK_SET_MS
from sophon_report.delivery.standing import DestinationStats, State
from sophon_report.delivery.status_post import StatusPostStats
from sophon_report.link.messages import DeviceState
from sophon_report.model import Device
from sophon_report.ops.certificate import CertificateStats
from sophon_report.recognition.known_people import KnownPeopleStats
from sophon_report.recognition.stranger_lookup import StrangerStats
from sophon_report.report.event_feed import EventFeedStats
from sophon_report.report.figures import Snapshot
from sophon_report.store.people import MANY, NEARLY_MANY

FAILING, WARNING, NOTICE = SEVERITIES = ("failing", "warning", "notice")
DAY_MS = 86_400_000
EXPIRES_SOON_MS = 14 * DAY_MS
NEARLY_FULL = 1.25
"""Times the reserve: soon the oldest events go for it."""


@dataclass(frozen=True)
class Beside:
    """What counts beside the figures of the parts."""

    waiting: Sequence[str] = ()
    """Settings that count from the next start on."""
    password_made_up: bool = False
    stalled: Sequence[str] = ()
    """Devices that are online and give no new picture."""
    growing: Sequence[str] = ()
    """Destinations whose backlog grows and does not shrink."""
    jumped_s: float = 0.0
    """By how much the clock was set a while ago; 0: it was not."""
    tls_fault: str = ""
    """Why the service started without what is stored of TLS."""


def found(now: Snapshot) -> List[ProblemNow]:
    """What the figures of the parts say is wrong, the worst first."""
    names = {device.device_id: device.name for device in now.devices}
    return [
        *_failing(now),
        *_devices(now.states, names),
        *_destinations(now.destinations),
        *_status(now.status),
        *_people(now.people),
        *_strangers(now.strangers),
        *_history(now.history),
        *_certificate(now.clients.certificate, now.now_ms),
    ]


def noticed(now: Snapshot, beside: Beside) -> List[ProblemNow]:
    """What is no fault of a part, and somebody should look at."""
    return [
        *_clock(now.now_ms, beside),
        *_stalled(now.devices, beside.stalled),
        *_disk(now.journal),
        *_backlogs(now.destinations, beside.growing),
        *_dead_letters(now.destinations),
        *_model(now.people),
        *_waiting(beside),
    ]


def _failing(now: Snapshot) -> Iterator[ProblemNow]:
    if not now.connected:
        why = now.departures.why_away or now.supervisor.last_end
        text = "the vision process is not there" + (f": {why}" if why else "")
        yield ProblemNow("vision_gone", FAILING, text, "system/health", values={"reason": why})
    if now.journal.failing:
        text = "the disk takes no events: the journal cannot write"
        yield ProblemNow("journal_failing", FAILING, text, "system/health")


def _devices(states: Mapping[str, DeviceState], names: Mapping[str, str]) -> Iterator[ProblemNow]:
    for device_id, state in states.items():
        if state.state in ("offline", "failed"):
            text = f"device {device_id}: {state.state}" + (f", {state.reason}" if state.reason else "")
            values: Dict[str, Value] = {
                "name": names.get(device_id, device_id),
                "state": state.state,
                "reason": state.reason,
                "reason_code": state.reason_code,
            }
            yield ProblemNow("camera_off", WARNING, text, _at("cameras/edit", device_id), device_id, values)


def _destinations(rows: Sequence[DestinationStats]) -> Iterator[ProblemNow]:
    for row in rows:
        if row.in_trouble:
            yield _in_trouble(row)
        if row.dropped:
            yield ProblemNow(
                "events_dropped",
                WARNING if row.backlog else NOTICE,
                f"destination {row.destination}: {row.dropped} events went for want of room before it had them",
                "upload",
                row.destination,
                {"count": row.dropped},
            )


def _in_trouble(row: DestinationStats) -> ProblemNow:
    text = f"destination {row.destination}: {row.state.value}" + (f", {row.last_error}" if row.last_error else "")
    code = "destination_paused" if row.state is State.PAUSED else "destination_failing"
    values: Dict[str, Value] = {
        "reason": row.last_error,
        "reason_code": row.last_error_code,
        "status": row.last_status or 0,
        "backlog": row.backlog,
        "losing": row.state is State.LOSING,
    }
    return ProblemNow(code, WARNING, text, "upload", row.destination, values)


def _status(rows: Sequence[StatusPostStats]) -> Iterator[ProblemNow]:
    for row in rows:
        if row.last_error:
            text = f"status report of {row.report} to address {row.number}: {row.last_error}"
            values: Dict[str, Value] = {"report": row.report, "reason": row.last_error}
            subject = f"{row.report} {row.number}"
            yield ProblemNow("status_report", WARNING, text, "system/settings", subject, values)


def _people(stats: KnownPeopleStats) -> Iterator[ProblemNow]:
    faces = stats.faces + stats.other_embedder + stats.unusable
    if faces >= NEARLY_MANY:
        text = f"{faces:,} faces are registered: more than {MANY:,} were never measured, erase whom you can"
        yield ProblemNow("many_people", WARNING, text, "people", values={"count": faces, "most": MANY})


def _strangers(stats: StrangerStats) -> Iterator[ProblemNow]:
    if stats.writes_failing:
        text = f"the disk takes no changes of the stranger library: {stats.writes_waiting} wait"
        values = {"count": stats.writes_waiting}
        yield ProblemNow("strangers_unwritten", WARNING, text, "system/health", values=values)


def _history(stats: EventFeedStats) -> Iterator[ProblemNow]:
    if stats.problem:
        text = f"the history of events is in trouble, {stats.lag:,} records wait: {stats.problem}"
        values: Dict[str, Value] = {"count": stats.lag, "reason": stats.problem}
        yield ProblemNow("history_stopped", WARNING, text, "system/health", values=values)


def _certificate(shown: Optional[CertificateStats], now_ms: int) -> Iterator[ProblemNow]:
    if shown is None:
        return
    place = "access/tls"
    if shown.problem:
        text = f"the TLS ports go on with the certificate they had: {shown.problem}"
        yield ProblemNow("certificate_kept", WARNING, text, place, values={"reason": shown.problem})
    left_ms = shown.expires_ms - now_ms
    days = left_ms // DAY_MS
    if left_ms < 0:
        yield ProblemNow("certificate_over", WARNING, "the certificate of the TLS ports has expired", place)
    elif left_ms < EXPIRES_SOON_MS:
        text = f"the certificate of the TLS ports expires in {days} days"
        yield ProblemNow("certificate_ends", WARNING, text, place, values={"days": days})


def _clock(now_ms: int, beside: Beside) -> Iterator[ProblemNow]:
    if now_ms < CLOCK_SET_MS:
        yield ProblemNow("clock_not_set", WARNING, "the clock of this box is not set", "system/health")
    if beside.jumped_s:
        text = f"the clock of this box was set by {beside.jumped_s:+.0f} s"
        yield ProblemNow("clock_jumped", NOTICE, text, "system/health", values={"by_s": round(beside.jumped_s)})


def _stalled(devices: Sequence[Device], stalled: Sequence[str]) -> Iterator[ProblemNow]:
    for device in devices:
        if device.device_id in stalled:
            text = f"device {device.device_id}: no new picture"
            place, values = _at("cameras/edit", device.device_id), {"name": device.name}
            yield ProblemNow("camera_stalled", WARNING, text, place, device.device_id, values)


def _disk(journal: JournalStats) -> Iterator[ProblemNow]:
    if journal.free_bytes < NEARLY_FULL * journal.reserve_bytes:
        values = {"free_bytes": journal.free_bytes, "reserve_bytes": journal.reserve_bytes}
        text = "the disk is nearly full: soon the oldest events go"
        yield ProblemNow("disk_nearly_full", WARNING, text, "system/health", values=values)


def _backlogs(rows: Sequence[DestinationStats], growing: Sequence[str]) -> Iterator[ProblemNow]:
    for row in rows:
        if row.destination in growing:
            text = f"destination {row.destination}: {row.backlog} events wait, and they become more"
            values = {"backlog": row.backlog, "oldest_ms": row.oldest_ms or 0}
            yield ProblemNow("backlog_grows", NOTICE, text, "upload", row.destination, values)


def _dead_letters(rows: Sequence[DestinationStats]) -> Iterator[ProblemNow]:
    for row in rows:
        if row.dead_letters:
            text = f"destination {row.destination}: {row.dead_letters} events were refused and are set aside"
            place, values = _at("upload/refused", row.destination), {"count": row.dead_letters}
            yield ProblemNow("dead_letters", NOTICE, text, place, row.destination, values)


def _model(stats: KnownPeopleStats) -> Iterator[ProblemNow]:
    count = stats.other_embedder + stats.unusable
    if count:
        text = f"{count:,} faces are of another model and match nobody: register their photos again"
        yield ProblemNow("gallery_model", WARNING, text, "people", values={"count": count})


def _waiting(beside: Beside) -> Iterator[ProblemNow]:
    if beside.tls_fault:
        text = f"the service started without what is stored of TLS: {beside.tls_fault}"
        values: Dict[str, Value] = {"reason": beside.tls_fault}
        yield ProblemNow("certificate_unused", WARNING, text, "access/tls", values=values)
    if beside.waiting:
        keys = ", ".join(beside.waiting)
        text = f"settings count from the next start on: {keys}"
        yield ProblemNow("restart_waits", NOTICE, text, "system/settings", values={"keys": keys})
    if beside.password_made_up:
        text = "the admin password is still the one that was made up"
        yield ProblemNow("password_made_up", NOTICE, text, "account")


def _at(screen: str, subject: str) -> str:
    return f"{screen}/{quote(subject, safe='')}"
