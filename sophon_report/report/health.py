"""Whether the service does its work: what makes it fail, and what is only amiss.

Failing (503) is what stops events altogether, so that a supervisor or a load balancer may act on it: no vision
process, a disk that takes nothing. A camera that is switched off, a receiver that is away are told as well, and
the status stays 200: the other cameras go on, and a restart of the service mends neither.
"""

from typing import Iterator, Mapping, Optional, Sequence

from sophon_report.api.service import Health
from sophon_report.delivery.standing import DestinationStats
from sophon_report.delivery.status_post import StatusPostStats
from sophon_report.link.messages import DeviceState
from sophon_report.ops.certificate import CertificateStats
from sophon_report.recognition.known_people import KnownPeopleStats
from sophon_report.recognition.strangers import StrangerStats
from sophon_report.report.event_feed import EventFeedStats
from sophon_report.report.figures import Snapshot
from sophon_report.store.people import MANY, NEARLY_MANY

DAY_MS = 86_400_000
EXPIRES_SOON_MS = 14 * DAY_MS


def judge(now: Snapshot) -> Health:
    """Return the service's health from the figures of its parts."""
    failing = []
    if not now.connected:
        why = now.departures.why_away or now.supervisor.last_end
        failing.append("the vision process is not there" + (f": {why}" if why else ""))
    if now.journal.failing:
        failing.append("the disk takes no events: the journal cannot write")
    amiss = (
        *_devices(now.states),
        *_destinations(now.destinations),
        *_status(now.status),
        *_people(now.people),
        *_strangers(now.strangers),
        *_history(now.history),
        *_certificate(now.clients.certificate, now.now_ms),
    )
    return Health(tuple(failing), amiss)


def _people(stats: KnownPeopleStats) -> Iterator[str]:
    faces = stats.faces + stats.other_embedder + stats.unusable
    if faces >= NEARLY_MANY:
        yield f"{faces:,} faces are registered: more than {MANY:,} were never measured, erase whom you can"


def _strangers(stats: StrangerStats) -> Iterator[str]:
    if stats.writes_failing:
        yield f"the disk takes no changes of the stranger library: {stats.writes_waiting} wait"


def _history(stats: EventFeedStats) -> Iterator[str]:
    if stats.problem:
        yield f"the history of events is in trouble, {stats.lag:,} records wait: {stats.problem}"


def _devices(states: Mapping[str, DeviceState]) -> Iterator[str]:
    for device_id, state in states.items():
        if state.state in ("offline", "failed"):
            yield f"device {device_id}: {state.state}" + (f", {state.reason}" if state.reason else "")


def _destinations(rows: Sequence[DestinationStats]) -> Iterator[str]:
    for row in rows:
        if row.in_trouble:
            yield f"destination {row.destination}: {row.state.value}" + (
                f", {row.last_error}" if row.last_error else ""
            )
        if row.dropped and row.backlog:
            yield f"destination {row.destination}: {row.dropped} events went for want of room before it had them"


def _status(rows: Sequence[StatusPostStats]) -> Iterator[str]:
    for row in rows:
        if row.last_error:
            yield f"status report of {row.report} to address {row.number}: {row.last_error}"


def _certificate(shown: Optional[CertificateStats], now_ms: int) -> Iterator[str]:
    if shown is None:
        return
    if shown.problem:
        yield f"the TLS ports go on with the certificate they had: {shown.problem}"
    left_ms = shown.expires_ms - now_ms
    if left_ms < 0:
        yield "the certificate of the TLS ports has expired"
    elif left_ms < EXPIRES_SOON_MS:
        yield f"the certificate of the TLS ports expires in {left_ms // DAY_MS} days"
