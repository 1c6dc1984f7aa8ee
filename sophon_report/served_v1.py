"""Every operation of our own REST, made over the parts of the report process: one line a resource."""

from typing import List, Sequence

from sophon_report.api.call import Call
from sophon_report.api.v1.audit import AuditCalls
from sophon_report.api.v1.backups import BackupCalls
from sophon_report.api.v1.bulk import BulkCalls, BulkService
from sophon_report.api.v1.camera_tests import CameraTestCalls
from sophon_report.api.v1.dead_letters import DeadLetterCalls
from sophon_report.api.v1.delivery import DeliveryCalls
from sophon_report.api.v1.describing import describing
from sophon_report.api.v1.destination_seeds import SeedRules
from sophon_report.api.v1.destination_trials import TrialCalls
from sophon_report.api.v1.destinations import DestinationCalls
from sophon_report.api.v1.devices import DeviceCalls
from sophon_report.api.v1.erasure import ErasureCalls
from sophon_report.api.v1.files import FileCalls
from sophon_report.api.v1.history import HistoryCalls
from sophon_report.api.v1.jobs import JobCalls
from sophon_report.api.v1.licences import LicenceCalls
from sophon_report.api.v1.live import LiveCalls
from sophon_report.api.v1.logs import LogCalls
from sophon_report.api.v1.models import ModelCalls
from sophon_report.api.v1.operation import Operation
from sophon_report.api.v1.past import PastCalls
from sophon_report.api.v1.past_exports import PastExportCalls
from sophon_report.api.v1.people import PeopleCalls
from sophon_report.api.v1.permission_groups import GroupCalls
from sophon_report.api.v1.person_photos import PersonPhotoCalls
from sophon_report.api.v1.photo_checks import PhotoCheckCalls
from sophon_report.api.v1.problems_now import ProblemCalls
from sophon_report.api.v1.registered import RegisteredCalls
from sophon_report.api.v1.release_notes import ReleaseNoteCalls
from sophon_report.api.v1.restart import RestartCalls
from sophon_report.api.v1.session import SessionCalls
from sophon_report.api.v1.settings import SettingCalls
from sophon_report.api.v1.setup import SetupCalls
from sophon_report.api.v1.status import StatusCalls
from sophon_report.api.v1.strangers import StrangerCalls
from sophon_report.api.v1.tags import Tags
from sophon_report.api.v1.tls import TlsCalls
from sophon_report.api.v1.today import TodayCalls
from sophon_report.api.v1.tokens import TokenCalls
from sophon_report.api.v1.uploads import UploadCalls
from sophon_report.api.v1.usage import UsageCalls
from sophon_report.api.v1.users import UserCalls
from sophon_report.ops import restart
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.licences import shipped
from sophon_report.ops.logs import KEPT
from sophon_report.report.backup_desk import BackupDesk
from sophon_report.report.bulk_desk import BACKUP, EXPORT, RESTORE
from sophon_report.report.camera_test import CameraTest, device_at
from sophon_report.report.device_pictures import PictureDesk
from sophon_report.report.erasure_preview import ErasurePreview
from sophon_report.report.event_desk import EventDesk, sent_up_to
from sophon_report.report.event_export_desk import open_event_exports
from sophon_report.report.live_desk import LiveDesk
from sophon_report.report.live_settings import AT_START
from sophon_report.report.model_desk import ModelDesk
from sophon_report.report.own_desk import OwnDesk
from sophon_report.report.photo_check import PhotoCheck
from sophon_report.report.reindexing import ReindexDesk
from sophon_report.report.running import Parts, RunningService
from sophon_report.report.setup_desk import SetupDesk
from sophon_report.report.tls_desk import TlsDesk
from sophon_report.report.usage_desk import UsageDesk
from sophon_report.report.whereabouts import Whereabouts


def own_calls(parts: Parts, bulk: BulkService, live: LiveDesk) -> List[Call]:
    """Our own REST as the doors serve it, with what tells of it."""
    tags = Tags()
    ours = [*operations(parts, tags, bulk), *_live(parts, live)]
    return [*(operation.call(tags) for operation in ours), *describing(ours, tags)]


def operations(parts: Parts, tags: Tags, bulk: BulkService) -> List[Operation]:
    """All operations."""
    service, imports = RunningService(parts), parts.place.import_folder
    cameras, desk = CameraTest(parts.place.models), OwnDesk(parts)
    pictures = PictureDesk(parts.preview.stream, parts.flow.devices, parts.flow.states)
    seeds = SeedRules(imports, parts.live.reach)
    return [
        *DeliveryCalls(service).operations(),
        *DestinationCalls(desk, tags, seeds).operations(),
        *TrialCalls(desk, seeds).operations(),
        *DeadLetterCalls(parts.destinations).operations(),
        *DeviceCalls(service, parts.device_changes, pictures, tags, imports).operations(),
        *CameraTestCalls(cameras, parts.device_changes.get, device_at, imports).operations(),
        *PeopleCalls(service, parts.audit.note).operations(),
        *BulkCalls(bulk).operations(),
        *UploadCalls(bulk.uploads).operations(),
        *FileCalls(imports).operations(),
        *StrangerCalls(parts.strangers, parts.enrolment).operations(),
        *_of_people(parts, tags),
        *HistoryCalls(ReindexDesk(parts.history.feed, parts.jobs)).operations(),
        *PastExportCalls(open_event_exports(parts)).operations(),
        *PastCalls(_events(parts), parts.photos, clock_ms).operations(),
        *JobCalls(parts.jobs, desk, (BACKUP, RESTORE, EXPORT)).operations(),
        *StatusCalls(desk).operations(),
        *SessionCalls(parts.logins, parts.sessions, desk).operations(),
        *SettingCalls(parts.live, AT_START, tags).operations(),
        *UserCalls(parts.access.users).operations(),
        *SetupCalls(SetupDesk(parts), parts.place.admin_password).operations(),
        *TlsCalls(TlsDesk(parts)).operations(),
        *TokenCalls(desk).operations(),
        *AuditCalls(desk).operations(),
        *_of_system(parts),
    ]


def _of_people(parts: Parts, tags: Tags) -> List[Operation]:
    check = PhotoCheck(parts.photos, parts.people, parts.listing, lambda: parts.settings().match, parts.level)
    preview = ErasurePreview(
        parts.listing,
        parts.erasure.strangers,
        parts.history,
        parts.journal,
        parts.destinations,
        parts.destination_changes.list,
        parts.place,
    )
    return [
        *RegisteredCalls(parts.people_desk, tags).operations(),
        *PhotoCheckCalls(check).operations(),
        *PersonPhotoCalls(parts.people_desk, parts.level, parts.audit.note, tags).operations(),
        *ErasureCalls(preview).operations(),
        *GroupCalls(parts.permissions, parts.device_changes.list, tags).operations(),
    ]


def _of_system(parts: Parts) -> List[Operation]:
    return [
        *BackupCalls(BackupDesk(parts)).operations(),
        *LogCalls(KEPT).operations(),
        *UsageCalls(UsageDesk(parts)).operations(),
        *ModelCalls(ModelDesk(parts)).operations(),
        *LicenceCalls(shipped).operations(),
        *ReleaseNoteCalls().operations(),
        *RestartCalls(restart, parts.live).operations(),
    ]


def _live(parts: Parts, live: LiveDesk) -> List[Operation]:
    def origins() -> Sequence[str]:
        return parts.settings().access.allowed_origins

    return [
        *LiveCalls(parts.events, parts.preview.pages, parts.doorkeeper.stays, origins).operations(),
        *TodayCalls(live).operations(),
        *ProblemCalls(live, clock_ms).operations(),
    ]


def _events(parts: Parts) -> EventDesk:
    return EventDesk(
        parts.history,
        parts.people,
        parts.permissions,
        parts.place.journal,
        lambda: sent_up_to(parts.destination_changes.list(), parts.journal.cursors.all()),
        parts.events.shown,
        Whereabouts(parts.destinations, parts.journal),
    )
