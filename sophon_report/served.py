"""Every call that the service answers, made over the parts of the report process: one line an area."""

from functools import partial
from typing import List

from sophon_report.api.bulk import HandedRows, RowTaker
from sophon_report.api.call import Call, Incoming, Need
from sophon_report.api.comparing import CompareCalls
from sophon_report.api.configs import ConfigCalls
from sophon_report.api.detecting import DetectCalls
from sophon_report.api.device_reader import OLD, V2, DeviceReader
from sophon_report.api.devices_old import DevicesOld
from sophon_report.api.devices_v2 import DevicesV2
from sophon_report.api.event_calls import EventCalls
from sophon_report.api.face_quality import FaceQualityCalls
from sophon_report.api.face_sources import FaceSources
from sophon_report.api.groups_old import OldGroupCalls
from sophon_report.api.identities import IdentityCalls
from sophon_report.api.login import LoginCalls
from sophon_report.api.matching import MatchCalls
from sophon_report.api.page_files import PageFiles
from sophon_report.api.permissions import PermissionCalls
from sophon_report.api.permissions_old import OldPermissionCalls
from sophon_report.api.picture_arguments import PictureArguments
from sophon_report.api.pretty_score import PrettyScoreCalls
from sophon_report.api.preview import PreviewCalls
from sophon_report.api.search_by_image import SearchByImageCalls
from sophon_report.api.users_old import OldUserCalls
from sophon_report.api.v1.bulk import BulkService
from sophon_report.api.vendor_config import VendorConfig
from sophon_report.api.wipe import WipeCalls, WipeService
from sophon_report.ops.clock import clock_ms
from sophon_report.report.bulk.handed_over import BEGIN_PATH, ROWS_PATH
from sophon_report.report.event_desk import EventDesk, sent_up_to
from sophon_report.report.live_desk import LiveDesk
from sophon_report.report.own_desk import OwnDesk
from sophon_report.report.running import Parts
from sophon_report.served_v1 import own_calls
from sophon_report.store.vendor_config import VendorConfigStore


def served_calls(parts: Parts, wipes: WipeService, bulk: BulkService, live: LiveDesk) -> List[Call]:
    """Every call of the vendor's interface that is served, and of our own."""
    imports = parts.place.import_folder
    return [
        *_match_calls(parts),
        *DetectCalls(parts.photos, imports).calls(),
        *CompareCalls(parts.photos, imports, parts.level).calls(),
        *FaceQualityCalls(parts.photos, imports, parts.level).calls(),
        *_event_calls(parts),
        *_old_people_calls(parts),
        *PrettyScoreCalls().calls(),
        *_config_calls(parts),
        *_device_calls(parts),
        *_people_calls(parts),
        *LoginCalls(parts.logins).calls(),
        *WipeCalls(wipes, partial(OwnDesk(parts).may, Need.ADMIN)).calls(),
        *own_calls(parts, bulk, live),
        *PageFiles().calls(),
    ]


def _match_calls(parts: Parts) -> List[Call]:
    return MatchCalls(
        parts.photos,
        parts.place.import_folder,
        lambda: parts.settings().access,
        parts.people_desk,
        parts.permissions,
        parts.groups,
    ).calls()


def _old_people_calls(parts: Parts) -> List[Call]:
    pictures = PictureArguments(parts.place.import_folder)

    def may_read(incoming: Incoming) -> bool:
        return not incoming.peer or parts.doorkeeper.may(Need.READ, incoming.peer, incoming.bearer)

    return [
        *OldPermissionCalls(parts.permissions, may_read).calls(),
        *OldGroupCalls(parts.groups, may_read).calls(),
        *OldUserCalls(parts.people_desk, parts.permissions, parts.groups, pictures, parts.level).calls(),
    ]


def _config_calls(parts: Parts) -> List[Call]:
    changing = VendorConfigStore(parts.shelf.database)
    config = VendorConfig(
        parts.settings,
        parts.live.change,
        parts.vendor_config,
        lambda values: parts.shelf.do(partial(changing.put, values)),
        parts.destination_changes,
        lambda: parts.journal.last_seq,
    )
    return ConfigCalls(config, lambda: parts.settings().compat.history_layout).calls()


def _people_calls(parts: Parts) -> List[Call]:
    faces = FaceSources(parts.place.import_folder, parts.level)
    return [
        *IdentityCalls(parts.people_desk, faces, parts.audit.note).calls(),
        *PermissionCalls(parts.permissions, parts.audit.note).calls(),
    ]


def _device_calls(parts: Parts) -> List[Call]:
    imports = parts.place.import_folder
    return [
        *DevicesV2(parts.device_changes, DeviceReader(V2, imports)).calls(),
        *DevicesOld(parts.device_changes, DeviceReader(OLD, imports), parts.preview.desk).calls(),
        *PreviewCalls(parts.preview.desk).calls(),
    ]


def _event_calls(parts: Parts) -> List[Call]:
    def unit() -> str:
        return parts.settings().compat.query_times

    def license_key() -> str:
        return parts.settings().license_key.get_secret_value()

    desk = EventDesk(
        parts.history,
        parts.people,
        parts.permissions,
        parts.place.journal,
        lambda: sent_up_to(parts.destination_changes.list(), parts.journal.cursors.all()),
    )
    imports, threads = parts.place.import_folder, parts.history.questions
    return [
        *EventCalls(desk, unit, license_key, threads).calls(),
        *SearchByImageCalls(desk, parts.photos, imports, parts.level, unit, clock_ms, threads).calls(),
    ]


def handed_rows(bulk: RowTaker) -> List[Call]:
    """What only the local socket serves: people that a command has read from a file."""
    return HandedRows(bulk, BEGIN_PATH, ROWS_PATH).calls()
