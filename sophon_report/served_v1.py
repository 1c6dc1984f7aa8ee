"""Every operation of our own REST, made over the parts of the report process: one line a resource."""

from typing import List

from sophon_report.api.call import Call
from sophon_report.api.v1.camera_tests import CameraTestCalls
from sophon_report.api.v1.dead_letters import DeadLetterCalls
from sophon_report.api.v1.delivery import DeliveryCalls
from sophon_report.api.v1.describing import describing
from sophon_report.api.v1.devices import DeviceCalls
from sophon_report.api.v1.history import HistoryCalls
from sophon_report.api.v1.jobs import JobCalls
from sophon_report.api.v1.operation import Operation
from sophon_report.api.v1.people import PeopleCalls
from sophon_report.api.v1.strangers import StrangerCalls
from sophon_report.api.v1.tags import Tags
from sophon_report.report.camera_test import CameraTest, device_at
from sophon_report.report.running import Parts, RunningService


def own_calls(parts: Parts) -> List[Call]:
    """Our own REST as the doors serve it, with what tells of it."""
    tags = Tags()
    ours = operations(parts)
    return [*(operation.call(tags) for operation in ours), *describing(ours, tags)]


def operations(parts: Parts) -> List[Operation]:
    """All operations."""
    service, imports = RunningService(parts), parts.place.import_folder
    cameras = CameraTest(parts.place.models)
    return [
        *DeliveryCalls(service).operations(),
        *DeadLetterCalls(parts.destinations).operations(),
        *DeviceCalls(service).operations(),
        *CameraTestCalls(cameras, parts.device_changes.get, device_at, imports).operations(),
        *PeopleCalls(service).operations(),
        *StrangerCalls(parts.strangers, parts.enrolment).operations(),
        *HistoryCalls(parts.history.reindexing).operations(),
        *JobCalls(parts.jobs).operations(),
    ]
