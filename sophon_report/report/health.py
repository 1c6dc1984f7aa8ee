"""Whether the service does its work: what makes it fail, and what is only amiss.

Failing (503) is what stops events altogether, so that a supervisor or a load balancer may act on it: no vision
process, a disk that takes nothing. A camera that is switched off, a receiver that is away are told as well, and
the status stays 200: the other cameras go on, and a restart of the service mends neither.
"""

from typing import Iterator, Mapping, Sequence

from sophon_report.api.service import Health
from sophon_report.delivery.standing import DestinationStats, State
from sophon_report.delivery.status_post import StatusPostStats
from sophon_report.link.messages import DeviceState
from sophon_report.report.figures import Snapshot


def judge(now: Snapshot) -> Health:
    """Return the service's health from the figures of its parts."""
    failing = []
    if not now.connected:
        ended = f": {now.supervisor.last_end}" if now.supervisor.last_end else ""
        failing.append(f"the vision process is not there{ended}")
    if now.journal.failing:
        failing.append("the disk takes no events: the journal cannot write")
    return Health(tuple(failing), (*_devices(now.states), *_destinations(now.destinations), *_status(now.status)))


def _devices(states: Mapping[str, DeviceState]) -> Iterator[str]:
    for device_id, state in states.items():
        if state.state in ("offline", "failed"):
            yield f"device {device_id}: {state.state}" + (f", {state.reason}" if state.reason else "")


def _destinations(rows: Sequence[DestinationStats]) -> Iterator[str]:
    for row in rows:
        if row.state in (State.WAITING, State.LOSING, State.PAUSED):
            yield f"destination {row.destination}: {row.state.value}" + (
                f", {row.last_error}" if row.last_error else ""
            )


def _status(rows: Sequence[StatusPostStats]) -> Iterator[str]:
    for row in rows:
        if row.last_error:
            yield f"status report of {row.report} to address {row.number}: {row.last_error}"
