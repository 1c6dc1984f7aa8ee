"""Every operation of our own REST, made over the parts of the report process: one line a resource."""

from typing import List

from sophon_report.api.call import Call
from sophon_report.api.v1.audit import AuditCalls
from sophon_report.api.v1.bulk import BulkCalls, BulkService
from sophon_report.api.v1.camera_tests import CameraTestCalls
from sophon_report.api.v1.dead_letters import DeadLetterCalls
from sophon_report.api.v1.delivery import DeliveryCalls
from sophon_report.api.v1.describing import describing
from sophon_report.api.v1.destinations import DestinationCalls
from sophon_report.api.v1.devices import DeviceCalls
from sophon_report.api.v1.history import HistoryCalls
from sophon_report.api.v1.jobs import JobCalls
from sophon_report.api.v1.operation import Operation
from sophon_report.api.v1.past import PastCalls
from sophon_report.api.v1.people import PeopleCalls
from sophon_report.api.v1.registered import RegisteredCalls
from sophon_report.api.v1.session import SessionCalls
from sophon_report.api.v1.settings import SettingCalls
from sophon_report.api.v1.status import StatusCalls
from sophon_report.api.v1.strangers import StrangerCalls
from sophon_report.api.v1.tags import Tags
from sophon_report.api.v1.tokens import TokenCalls
from sophon_report.report.camera_test import CameraTest, device_at
from sophon_report.report.event_desk import EventDesk, sent_up_to
from sophon_report.report.live_settings import AT_START
from sophon_report.report.own_desk import OwnDesk
from sophon_report.report.running import Parts, RunningService


def own_calls(parts: Parts, bulk: BulkService) -> List[Call]:
    """Our own REST as the doors serve it, with what tells of it."""
    tags = Tags()
    ours = operations(parts, tags, bulk)
    return [*(operation.call(tags) for operation in ours), *describing(ours, tags)]


def operations(parts: Parts, tags: Tags, bulk: BulkService) -> List[Operation]:
    """All operations."""
    service, imports = RunningService(parts), parts.place.import_folder
    cameras, desk = CameraTest(parts.place.models), OwnDesk(parts)
    return [
        *DeliveryCalls(service).operations(),
        *DestinationCalls(desk, tags, imports).operations(),
        *DeadLetterCalls(parts.destinations).operations(),
        *DeviceCalls(service, parts.device_changes, tags, imports).operations(),
        *CameraTestCalls(cameras, parts.device_changes.get, device_at, imports).operations(),
        *PeopleCalls(service).operations(),
        *BulkCalls(bulk).operations(),
        *StrangerCalls(parts.strangers, parts.enrolment).operations(),
        *HistoryCalls(parts.history.reindexing).operations(),
        *RegisteredCalls(parts.people_desk, tags).operations(),
        *PastCalls(_events(parts)).operations(),
        *JobCalls(parts.jobs).operations(),
        *StatusCalls(desk).operations(),
        *SessionCalls(parts.logins, parts.sessions, desk).operations(),
        *SettingCalls(parts.live, AT_START, tags).operations(),
        *TokenCalls(desk).operations(),
        *AuditCalls(desk).operations(),
    ]


def _events(parts: Parts) -> EventDesk:
    return EventDesk(
        parts.history,
        parts.people,
        parts.permissions,
        parts.place.journal,
        lambda: sent_up_to(parts.destination_changes.list(), parts.journal.cursors.all()),
    )
