"""Every route of the running service, with what it needs and one honest call: what attacks begin from.

A route that the service has and this table has not fails a test.
"""

import base64
import dataclasses
import pathlib
from typing import Any, Dict, Mapping, Optional, Tuple

from running_box import DIM, picture

FACE = base64.b64encode(picture("ada")).decode()
FEATURE = [1.0] + [0.0] * (DIM - 1)
OPEN, READ, WRITE, PUSH, ADMIN, LOGIN = "open", "read", "write", "push", "admin", "login"
"""What a call needs. ``LOGIN``: a right password and nothing else, from anywhere."""
SESSION = "session"
"""A session of whatever role: it changes nothing but what is one's own."""
ANYBODY = "anybody"
"""Nothing at all, from anywhere: the page, with which one logs in."""
NOTHING = OPEN
"""Not built: it says so to whoever may see that the box is there."""


@dataclasses.dataclass(frozen=True)
class Honest:
    """An honest call of one route."""

    need: str
    body: Optional[Mapping[str, Any]] = None
    """JSON; ``None`` for a call that is asked by its query."""
    query: Mapping[str, str] = dataclasses.field(default_factory=dict)
    path: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """For the parts of the path that vary."""
    most_bytes: int = 0
    """Of a body that is taken piece by piece."""


DEVICE = {
    "media_device_name": "gate",
    "media_device_type": "photo",
    "media_device_url": "10.9.8.7",
    "media_device_id": "gate-9",
    "permission_id": "staff",
    "net_relay": {"ip": "10.9.8.6", "port": 1, "channel": 1, "delay_time": 1},
    "do_rtmp_forward": False,
    "rtmp_address": "",
    "roi_area": [0, 0, 10, 10],
}
OLD_DEVICE = {
    "device_id": "old-9",
    "device_name": "gate",
    "group_id": "",
    "permission_id": "",
    "device_key": "10.9.8.5",
    "device_type": "0",
}
SOURCE = {"register_image": FACE, "fiqa_level": "no"}
PREVIEW = {
    "selected_device_list": ["door"],
    "preview_device_list": ["door"],
    "preview_mode": "4",
    "last_set_name": "QT",
}
NOTHING_WIPED = {"users": False, "events": False, "all": False}
V2: Mapping[str, Honest] = {
    "createpermission": Honest(WRITE, {"permission_name": "n", "permission_id": "p", "description": "d"}),
    "getpermission": Honest(READ, {"permission_id": "staff", "permission_name": "Staff"}),
    "getpermissions": Honest(READ, {"permission_name": "S", "page_limit": 5, "page_index": 0}),
    "updatepermission": Honest(
        WRITE,
        {"permission_id": "staff", "permission_name": "Staff", "new_name": "Staff", "new_description": "d"},
    ),
    "deletepermission": Honest(WRITE, {"permission_id": "nobody", "permission_name": "nobody"}),
    "createidentity": Honest(
        WRITE,
        {
            **SOURCE,
            "register_image_path": "a.jpg",
            "register_feature": FEATURE,
            "identity_name": "n",
            "identity_id": "i",
            "user_type": "vip",
            "permission_ids": ["staff"],
            "ext_user_info": {"mobile": "1"},
            "force_replace": True,
        },
    ),
    "getidentity": Honest(READ, {"identity_id": "E-1"}),
    "getidentities": Honest(
        READ,
        {
            "filters": {"permission_id_list": ["staff"], "identity_name": "A", "identity_id": "E-1"},
            "page_limit": 10,
            "page_index": 0,
        },
    ),
    "updateidentity": Honest(
        WRITE,
        {
            "identity_id": "E-1",
            "identity_name": "Ada",
            "user_type": "vip",
            "permission_ids": ["staff"],
            "ext_user_info": {"mobile": "1"},
        },
    ),
    "deleteidentities": Honest(WRITE, {"identity_ids": ["nobody"]}),
    "addface": Honest(WRITE, {"identity_id": "E-1", **SOURCE}),
    "deleteface": Honest(WRITE, {"identity_id": "E-1", "register_image_id": "none", "face_id": "none"}),
    "replaceface": Honest(
        WRITE,
        {
            "identity_id": "E-1",
            "register_image_index": 0,
            "register_image_id": "none",
            "face_id": "none",
            **SOURCE,
            "register_image_path": "a.jpg",
        },
    ),
    "getregisterimage/{image_id}": Honest(READ, {}, path={"image_id": "p1"}),
    "detect": Honest(
        WRITE,
        {
            "image_base64_str": FACE,
            "image_path": "a.jpg",
            "with_feature": True,
            "with_attribute": True,
            "with_headpose": True,
            "with_landmark": True,
            "max_num_faces": 3,
        },
    ),
    "compare": Honest(
        WRITE,
        {
            "image_1_base64": FACE,
            "image_1_path": "a.jpg",
            "image_2_base64": FACE,
            "image_2_path": "a.jpg",
            "fiqa_level": "no",
        },
    ),
    "fiqa": Honest(WRITE, {"image_base64_str": FACE, "image_path": "a.jpg", "fiqa_level": "high"}),
    "search": Honest(
        PUSH,
        {
            "rgb_image_path": "a.jpg",
            "rgb_image_base64": FACE,
            "ir_image_path": "a.jpg",
            "ir_image_base64": FACE,
            "permission_name": "Staff",
            "media_device_ip": "10.0.0.9",
            "min_face_size": 20,
            "with_register_photo": True,
            "with_liveness_check": "liveness_off",
            "with_result_modification": True,
            "with_default_group_only": False,
            "with_attribute": False,
            "with_debug_info": True,
        },
    ),
    "addmediadevice": Honest(WRITE, DEVICE),
    "getmediadevices": Honest(OPEN, {"media_device_id": "door"}),
    "updatemediadevice": Honest(WRITE, {**DEVICE, "media_device_id": "yard"}),
    "deletemediadevice": Honest(WRITE, {"media_device_id": "nobody"}),
    "deletemediadevices": Honest(WRITE, {}),
    "getpreview": Honest(OPEN, {}),
    "updatepreview": Honest(WRITE, PREVIEW),
    "getevent": Honest(READ, {"event_id": "1"}),
    "getevents": Honest(
        READ,
        {
            "filters": {
                "datetime_gte": 1,
                "datetime_lte": 2,
                "identity_name": "a",
                "identity_id": "E-1",
                "score_min": 0,
                "score_max": 100,
                "user_type": "vip",
                "media_device_ids": ["door"],
            },
            "page_limit": 10,
            "page_index": 0,
        },
    ),
    "searchbyimage": Honest(
        READ,
        {
            "face_image_base64": FACE,
            "face_image_path": "a.jpg",
            "fiqa_level": "no",
            "starttime": 1,
            "endtime": 2,
            "last_end_timestamp": 1,
            "threshold": 82.0,
            "media_device_ids": ["door"],
            "reverse": True,
        },
    ),
    "getspotimage/{image_id}": Honest(READ, {}, query={"timestamp": "1"}, path={"image_id": "1"}),
    "checkeventimagepath": Honest(READ, {}),
    "getconfigs": Honest(READ, {"config_names": ["MATCH_THRESHOLD"]}),
    "setconfigs": Honest(WRITE, {"config_dict": {"MATCH_THRESHOLD": 82}}),
    "wipedata": Honest(WRITE, NOTHING_WIPED),
    "login": Honest(LOGIN, {"username": "admin", "password": "wrong-one"}),
    "changepassword": Honest(
        LOGIN, {"username": "admin", "old_password": "wrong-one", "new_password": "another-one"}
    ),
}
ALIASES = {
    "getidentitys": "getidentities",
    "updateidenity": "updateidentity",
    "updateimage": "replaceface",
}
"""Misspelt names that the vendor's own tables have."""
ALSO_GET = ("getregisterimage/{image_id}", "getspotimage/{image_id}")
OLD_USER = {
    "identity_id": "E-1",
    "group_name": "default_group",
    "reg_photo": FACE,
    "import_mode": False,
    "feature": "AAAA",
    "need_bring_pic": True,
    "ignore_exist": True,
    "create_no_exit_permission": True,
    "support_single_face": False,
    "fiqa_level": "no",
    "info": {"name": "n", "type": 1, "permission_ids": ["staff"], "user_id": "u", "ext_info": {"mobile": "1"}},
}
FACE_WINDOW = {"starttime": 1, "endtime": 2, "threshold": 82, "device_id_list": ["door"]}
OLDER: Mapping[Tuple[str, str], Honest] = {
    ("GET", "/SophonDevice/api/Devices"): Honest(OPEN, query={"device_id": "door", "need_preview_list": "true"}),
    ("POST", "/SophonDevice/api/Devices"): Honest(WRITE, {"devices_list": [OLD_DEVICE]}),
    ("PUT", "/SophonDevice/api/Devices"): Honest(WRITE, {"devices_list": [OLD_DEVICE]}),
    ("DELETE", "/SophonDevice/api/Devices"): Honest(
        WRITE, {"clear_all": False, "devices_list": [{"device_id": "nobody"}]}
    ),
    ("GET", "/SophonFogSys/api/permissions"): Honest(READ, query={"permission_name": "Staff"}),
    ("POST", "/SophonFogSys/api/permissions"): Honest(
        WRITE, {"permission_name": "old", "description": "d", "info": {"a": 1}}
    ),
    ("PUT", "/SophonFogSys/api/permissions"): Honest(WRITE, {"permission_name": "old", "description": "d"}),
    ("DELETE", "/SophonFogSys/api/permissions"): Honest(WRITE, {"permission_name": "nobody"}),
    ("POST", "/SophonFogSys/api/groups"): Honest(WRITE, {"group_name": "g", "description": "d", "info": {"a": 1}}),
    ("PUT", "/SophonFogSys/api/GroupUsers"): Honest(
        WRITE, {"group_name": "g", "identity_id": ["E-1"], "with_identity_id": True}
    ),
    ("DELETE", "/SophonFogSys/api/GroupUsers"): Honest(
        WRITE, {"group_name": "g", "identity_id": ["nobody"], "with_identity_id": True}
    ),
    ("GET", "/SophonFogSys/api/users"): Honest(
        READ, query={"identity_id": "E-1", "group_name": "default_group", "limit": "10", "skip_num": "0"}
    ),
    ("POST", "/SophonFogSys/api/users"): Honest(WRITE, OLD_USER),
    ("PUT", "/SophonFogSys/api/users"): Honest(WRITE, OLD_USER),
    ("DELETE", "/SophonFogSys/api/users"): Honest(WRITE, {"identity_id": "nobody", "identity_ids": ["nobody"]}),
    ("GET", "/SophonFace/api/permissions"): Honest(OPEN, query={"info.name": "Staff", "exact": "true"}),
    ("GET", "/SophonFogSys/api/groups"): Honest(READ, query={"group_name": "g"}),
    ("GET", "/SophonFace/api/groups"): Honest(OPEN, query={"info.name": "default_group", "exact": "true"}),
    ("GET", "/SophonFace/api/images/{image_id}"): Honest(READ, path={"image_id": "p1"}),
    ("POST", "/SophonFace/api/detect"): Honest(WRITE, {"image_base64_str": FACE, "with_feature": True}),
    ("POST", "/SophonFace/api/FIQA"): Honest(WRITE, {"image_base64_str": FACE, "fiqa_level": "high"}),
    ("GET", "/SophonFace/api/events"): Honest(
        READ,
        query={
            "per_page": "5",
            "page": "1",
            "top_k": "5",
            "datetime_gte": "1",
            "datetime_lte": "2",
            "name": "A",
            "identity_id": "E-1",
            "score_min": "0",
            "score_max": "1",
            "userType": "1",
            "room": "r",
            "groups": "g",
            "streams": "door",
        },
    ),
    ("DELETE", "/SophonFace/api/events"): Honest(WRITE, {}, query={"event_id_list": "a,b"}),
    ("DELETE", "/SophonFace/api/event_images"): Honest(
        NOTHING, {}, query={"image_id_list": "a", "datetime_list": "1"}
    ),
    ("GET", "/SophonFace/api/event_images/{image_id}"): Honest(
        READ, query={"datetime": "1"}, path={"image_id": "1"}
    ),
    ("POST", "/SophonMatch/api/PictureMatch"): Honest(
        PUSH,
        {
            "rgb_image_base64": FACE,
            "image_file_path": "a.jpg",
            "device_ip": "10.0.0.9",
            "group_name": "default_group",
            "permission_name": "Staff",
            "ir_image_base64": FACE,
            "grab_fiqa_info": {"age": 1},
            "compare_time": 1,
            "need_register_photo": True,
            "min_face_size": 20,
            "liveness_mode": "liveness_off",
            "support_stranger": True,
            "need_keep_info": True,
            "with_attribute": True,
            "with_debug_info": True,
        },
    ),
    ("POST", "/SophonMatch/api/compare"): Honest(
        WRITE,
        {
            "face_image_base64": FACE,
            "card_image_base64": FACE,
            "threshold": "middle",
            "fiqa_level": "no",
            "need_save": False,
            "compare_time": 1,
            "identity_info": {"a": 1},
        },
    ),
    ("GET", "/SophonConfig/api/Configs"): Honest(READ),
    ("GET", "/SophonConfig/api/Configs/{name}"): Honest(READ, path={"name": "THRESHOLD"}),
    ("PUT", "/SophonConfig/api/Configs"): Honest(WRITE, {"config_dict": {"THRESHOLD": 82}}),
    **{
        (method, f"/SophonFogSys/api/{name}"): Honest(
            READ if method == "GET" else WRITE, None if method == "GET" else {"url": "http://10.0.0.1/a"}
        )
        for name in ("EventServerUrl", "HistoryEventUrl", "MonitorServerUrl")
        for method in ("GET", "POST")
    },
    ("GET", "/SophonMQ/api/DevSno"): Honest(READ),
    ("GET", "/SophonMQ/api/LoginUrl"): Honest(READ),
    ("PUT", "/SophonMQ/api/DevSno"): Honest(WRITE, {"dev_sno": "1"}),
    ("PUT", "/SophonMQ/api/LoginUrl"): Honest(WRITE, {"url": "http://10.0.0.1/a"}),
    ("GET", "/SophonFogSys/api/GateControllerMode"): Honest(NOTHING),
    ("POST", "/SophonFogSys/api/GateControllerMode"): Honest(NOTHING, {}),
    ("PUT", "/SophonFogSys/api/EventAction"): Honest(NOTHING, {}),
    ("GET", "/SophonFogSys/api/PrettyScore"): Honest(READ),
    ("PUT", "/SophonFogSys/api/PrettyScore"): Honest(NOTHING, {}),
    ("POST", "/SophonFogSys/api/WipeData"): Honest(WRITE, {"wipe_options": NOTHING_WIPED}),
    ("POST", "/SophonMatch/api/picturesearch"): Honest(READ, {"face_image_base64": FACE, **FACE_WINDOW}),
}


OWN_DEVICE = {
    "device_id": "own",
    "name": "own",
    "type": "photo",
    "url": "10.9.8.4",
    "permission_id": "",
    "photo_kind": "gate",
    "region": [],
    "loop": False,
    "speed": "realtime",
    "transport": "tcp",
}
OWN_DESTINATION = {
    "name": "platform",
    "url": "http://127.0.0.1:9/a",
    "layout": "g2",
    "enabled": False,
    "timeout_s": 5,
    "headers": {"X-Key": "k"},
    "signing_secrets": [],
    "devices": ["door"],
    "ca_file": "",
}
CERTIFICATES = pathlib.Path(__file__).resolve().parent.parent / "certificates"
CERTIFICATE = {
    "certificate": (CERTIFICATES / "box.crt").read_text(),
    "key": (CERTIFICATES / "box.key").read_text(),
    "port": 0,
}
OWN: Mapping[Tuple[str, str], Honest] = {
    ("GET", "/healthz"): Honest(OPEN),
    ("GET", "/metrics"): Honest(OPEN),
    ("GET", "/api/openapi.json"): Honest(OPEN),
    ("GET", "/"): Honest(ANYBODY),
    ("GET", "/page/{digest}/{file}"): Honest(ANYBODY, path={"digest": "0", "file": "main.js"}),
    ("GET", "/api/docs"): Honest(OPEN),
    ("GET", "/api/docs.css"): Honest(OPEN),
    ("GET", "/api/docs.js"): Honest(OPEN),
    ("GET", "/api/v1/jobs"): Honest(READ),
    ("GET", "/api/v1/jobs/{job_id}"): Honest(READ, path={"job_id": "1"}),
    ("DELETE", "/api/v1/jobs/{job_id}"): Honest(WRITE, {}, path={"job_id": "1"}),
    ("POST", "/api/v1/jobs/{job_id}/cancel"): Honest(WRITE, {}, path={"job_id": "1"}),
    ("DELETE", "/api/v1/people"): Honest(WRITE, {"identity_id": "nobody"}),
    ("POST", "/api/v1/people"): Honest(
        WRITE,
        {
            "photo": FACE,
            "identity_id": "E-3",
            "name": "n",
            "user_type": "vip",
            "permission_ids": ["staff"],
            "ext": {"a": 1},
            "fiqa_level": "no",
            "accept_poor": True,
            "replace": True,
        },
    ),
    ("GET", "/api/v1/people/erasing"): Honest(READ),
    ("GET", "/api/v1/people"): Honest(
        READ,
        query={
            "name": "A",
            "permission_id": "staff",
            "q": "E",
            "user_type": "vip",
            "sort": "name",
            "limit": "5",
            "offset": "0",
        },
    ),
    ("POST", "/api/v1/photos/check"): Honest(READ, {"photo": FACE, "fiqa_level": "high", "identity_id": "E-1"}),
    ("POST", "/api/v1/people/{identity_id}/photos"): Honest(
        WRITE, {"photo": FACE, "fiqa_level": "no", "accept_poor": True}, path={"identity_id": "E-1"}
    ),
    ("DELETE", "/api/v1/people/{identity_id}/photos/{photo_id}"): Honest(
        WRITE, {}, path={"identity_id": "E-1", "photo_id": "none"}
    ),
    ("POST", "/api/v1/people/{identity_id}/photos/{photo_id}/first"): Honest(
        WRITE, {}, path={"identity_id": "E-1", "photo_id": "p1"}
    ),
    ("GET", "/api/v1/people/{identity_id}/erasure"): Honest(READ, path={"identity_id": "E-1"}),
    ("GET", "/api/v1/groups"): Honest(READ, query={"name": "S", "limit": "5", "offset": "0"}),
    ("POST", "/api/v1/groups"): Honest(WRITE, {"name": "Own", "permission_id": "own", "description": "d"}),
    ("GET", "/api/v1/groups/{permission_id}"): Honest(READ, path={"permission_id": "own"}),
    ("PATCH", "/api/v1/groups/{permission_id}"): Honest(
        WRITE, {"name": "Own", "description": "d"}, path={"permission_id": "own"}
    ),
    ("DELETE", "/api/v1/groups/{permission_id}"): Honest(WRITE, {}, path={"permission_id": "nobody"}),
    ("POST", "/api/v1/groups/{permission_id}/members"): Honest(
        WRITE, {"add": ["E-1"], "remove": ["E-2"]}, path={"permission_id": "own"}
    ),
    ("GET", "/api/v1/people/{identity_id}"): Honest(READ, path={"identity_id": "E-1"}),
    ("PATCH", "/api/v1/people/{identity_id}"): Honest(
        WRITE,
        {"name": "Ada", "user_type": "vip", "permission_ids": [], "ext": {"a": 1}},
        path={"identity_id": "E-1"},
    ),
    ("DELETE", "/api/v1/people/{identity_id}"): Honest(WRITE, {}, path={"identity_id": "nobody"}),
    ("GET", "/api/v1/photos/{photo_id}"): Honest(READ, query={"width": "96"}, path={"photo_id": "p1"}),
    ("POST", "/api/v1/people/import"): Honest(
        WRITE,
        {
            "file": "nothing.zip",
            "user_type": "vip",
            "permissions": ["staff"],
            "fiqa_level": "no",
            "replace": True,
            "resume": True,
        },
    ),
    ("POST", "/api/v1/uploads"): Honest(WRITE, {}, query={"name": "people.zip"}, most_bytes=2 << 30),
    ("GET", "/api/v1/uploads"): Honest(READ),
    ("GET", "/api/v1/files"): Honest(READ, query={"kind": "film"}),
    ("DELETE", "/api/v1/uploads/{upload_id}"): Honest(WRITE, {}, path={"upload_id": "0123456789abcdef"}),
    ("GET", "/api/v1/imports"): Honest(READ),
    ("GET", "/api/v1/imports/{import_id}/report"): Honest(READ, path={"import_id": "1"}),
    ("POST", "/api/v1/people/export"): Honest(ADMIN, {"photos": False}),
    ("GET", "/api/v1/exports"): Honest(ADMIN),
    ("GET", "/api/v1/exports/{name}"): Honest(ADMIN, path={"name": "people.tar"}),
    ("DELETE", "/api/v1/exports/{name}"): Honest(ADMIN, {}, path={"name": "people.tar"}),
    ("POST", "/api/v1/session"): Honest(LOGIN, {"username": "admin", "password": "wrong-one", "cookie": False}),
    ("GET", "/api/v1/session"): Honest(OPEN),
    ("DELETE", "/api/v1/session"): Honest(OPEN, {}),
    ("PUT", "/api/v1/session/password"): Honest(
        SESSION, {"old_password": "wrong-one", "new_password": "another-one"}
    ),
    ("GET", "/api/v1/users"): Honest(ADMIN),
    ("POST", "/api/v1/users"): Honest(ADMIN, {"name": "eve", "role": "viewer", "password": "long enough"}),
    ("PATCH", "/api/v1/users/{name}"): Honest(
        ADMIN, {"role": "viewer", "password": "long enough"}, path={"name": "eve"}
    ),
    ("DELETE", "/api/v1/users/{name}"): Honest(ADMIN, {}, path={"name": "eve"}),
    ("GET", "/api/v1/tokens"): Honest(ADMIN),
    ("POST", "/api/v1/tokens"): Honest(ADMIN, {"name": "program", "role": "viewer"}),
    ("DELETE", "/api/v1/tokens/{name}"): Honest(ADMIN, {}, path={"name": "program"}),
    ("GET", "/api/v1/audit"): Honest(ADMIN, query={"limit": "5", "offset": "1", "text": "admin"}),
    ("GET", "/api/v1/status"): Honest(OPEN),
    ("GET", "/api/v1/live"): Honest(READ),
    ("GET", "/api/v1/live/preview"): Honest(READ),
    ("GET", "/api/v1/today"): Honest(READ, query={"utc_offset_min": "480"}),
    ("GET", "/api/v1/problems-now"): Honest(READ),
    ("GET", "/api/v1/setup"): Honest(ANYBODY),
    ("PUT", "/api/v1/setup"): Honest(ADMIN, {"done": False, "passed": ["name"]}),
    ("GET", "/api/v1/tls"): Honest(READ),
    ("POST", "/api/v1/tls"): Honest(ADMIN, CERTIFICATE),
    ("POST", "/api/v1/tls/self-signed"): Honest(ADMIN, {"names": ["box.local"], "days": 90, "port": 0}),
    ("DELETE", "/api/v1/tls"): Honest(ADMIN, {}),
    ("GET", "/api/v1/settings"): Honest(READ),
    ("POST", "/api/v1/backups"): Honest(ADMIN, {"parts": ["settings"], "passphrase": ""}),
    ("GET", "/api/v1/backups"): Honest(ADMIN),
    ("GET", "/api/v1/backups/{name}"): Honest(ADMIN, path={"name": "backup-20260101-000000-00000000.zip"}),
    ("DELETE", "/api/v1/backups/{name}"): Honest(ADMIN, {}, path={"name": "backup-20260101-000000-00000000.zip"}),
    ("POST", "/api/v1/restore"): Honest(
        ADMIN, {"backup": "", "file": "a.jpg", "parts": ["settings"], "passphrase": "", "dry_run": True}
    ),
    ("GET", "/api/v1/logs"): Honest(ADMIN, query={"after": "1", "level": "info", "text": "a", "limit": "10"}),
    ("GET", "/api/v1/usage"): Honest(READ),
    ("GET", "/api/v1/models"): Honest(READ),
    ("GET", "/api/v1/licences"): Honest(OPEN),
    ("GET", "/api/v1/release-notes"): Honest(OPEN),
    ("GET", "/api/v1/restart"): Honest(READ),
    ("POST", "/api/v1/restart"): Honest(ADMIN, {}),
    ("PATCH", "/api/v1/settings"): Honest(ADMIN, {"changes": {"visit.gap_s": 3}}),
    ("POST", "/api/v1/devices"): Honest(WRITE, OWN_DEVICE),
    ("GET", "/api/v1/devices/{device_id}"): Honest(READ, path={"device_id": "door"}),
    ("PUT", "/api/v1/devices/{device_id}"): Honest(WRITE, OWN_DEVICE, path={"device_id": "own"}),
    ("DELETE", "/api/v1/devices/{device_id}"): Honest(WRITE, {}, path={"device_id": "nobody"}),
    ("GET", "/api/v1/devices/{device_id}/picture"): Honest(READ, path={"device_id": "door"}),
    ("GET", "/api/v1/destinations"): Honest(READ),
    ("POST", "/api/v1/destinations"): Honest(WRITE, OWN_DESTINATION),
    ("GET", "/api/v1/destinations/{name}"): Honest(READ, path={"name": "platform"}),
    ("PUT", "/api/v1/destinations/{name}"): Honest(WRITE, OWN_DESTINATION, path={"name": "platform"}),
    ("DELETE", "/api/v1/destinations/{name}"): Honest(WRITE, {}, path={"name": "nobody"}),
    ("GET", "/api/v1/events"): Honest(
        READ,
        query={
            "from_ms": "1",
            "to_ms": "2",
            "name": "A",
            "identity_id": "E-1",
            "user_type": "vip",
            "device_id": "door",
            "oldest_first": "true",
            "limit": "5",
            "before": "1760000000123.1760000000123456",
            "counted": "true",
            "known": "true",
            "permission_id": "staff",
            "min_score": "1",
            "max_score": "99",
            "gender": "male",
            "glasses": "true",
            "mask": "false",
            "hat": "false",
            "min_age": "1",
            "max_age": "99",
        },
    ),
    ("POST", "/api/v1/events/export"): Honest(
        WRITE,
        {"format": "zip", "pictures": ["face"], "language": "zh", "utc_offset_min": 480},
        query={"known": "true"},
    ),
    ("GET", "/api/v1/events/exports"): Honest(READ),
    ("GET", "/api/v1/events/exports/{name}"): Honest(READ, path={"name": "events.csv"}),
    ("DELETE", "/api/v1/events/exports/{name}"): Honest(WRITE, {}, path={"name": "events.csv"}),
    ("GET", "/api/v1/events/histogram"): Honest(READ, query={"from_ms": "1", "to_ms": "2", "buckets": "5"}),
    ("POST", "/api/v1/events/search-by-picture"): Honest(READ, {}, query={"min_likeness": "82", "limit": "5"}),
    ("GET", "/api/v1/events/{event_id}"): Honest(READ, path={"event_id": "1760000000123456"}),
    ("GET", "/api/v1/events/{event_id}/pictures/{which}"): Honest(
        READ, path={"event_id": "1760000000123456", "which": "scene"}
    ),
    ("GET", "/api/v1/events/reindex"): Honest(READ),
    ("POST", "/api/v1/events/reindex"): Honest(WRITE, {}),
    ("POST", "/api/v1/destinations/reload"): Honest(ADMIN, {}),
    ("GET", "/api/v1/delivery"): Honest(READ),
    ("GET", "/api/v1/devices"): Honest(READ),
    ("POST", "/api/v1/devices/test"): Honest(WRITE, {"url": "rtsp://127.0.0.1:1/a", "timeout_s": 1}),
    ("GET", "/api/v1/strangers"): Honest(READ, query={"limit": "10", "newest": "true"}),
    ("POST", "/api/v1/strangers/{stranger_id}/join"): Honest(
        WRITE, {"identity_id": "E-1"}, path={"stranger_id": "1.000000001"}
    ),
    ("DELETE", "/api/v1/strangers/{stranger_id}"): Honest(WRITE, {}, path={"stranger_id": "1.000000001"}),
    ("POST", "/api/v1/strangers/{stranger_id}/enrol"): Honest(
        WRITE, {"identity_id": "E-2", "name": "n", "user_type": "vip"}, path={"stranger_id": "1.000000001"}
    ),
    ("GET", "/api/v1/destinations/{name}/dead"): Honest(READ, path={"name": "platform"}),
    ("GET", "/api/v1/destinations/{name}/dead/{letter_id}"): Honest(
        READ, path={"name": "platform", "letter_id": "1"}
    ),
    ("POST", "/api/v1/destinations/{name}/dead/drop"): Honest(WRITE, {"ids": ["1"]}, path={"name": "platform"}),
    ("POST", "/api/v1/destinations/{name}/dead/resend"): Honest(WRITE, {"ids": ["1"]}, path={"name": "platform"}),
    ("POST", "/api/v1/destinations/{name}/pause"): Honest(WRITE, {}, path={"name": "platform"}),
    ("POST", "/api/v1/destinations/{name}/resume"): Honest(WRITE, {}, path={"name": "platform"}),
    ("POST", "/api/v1/destinations/preview"): Honest(
        WRITE, OWN_DESTINATION, query={"layout": "g2", "whole": "true"}
    ),
    ("POST", "/api/v1/destinations/test"): Honest(WRITE, OWN_DESTINATION),
    ("POST", "/api/v1/destinations/{name}/test"): Honest(WRITE, {}, path={"name": "platform"}),
}


V6_TOLD = (
    *("getsoftwareversion", "getdevicesn", "gethostname", "gettime", "getuptime", "gettemperature"),
    *("getfanspeed", "getexternaldisk", "getsystemmode", "getcpuinfo", "gettpuinfo", "getmemoryinfo"),
)
V5_TOLD = (
    *("cpu", "tpu", "memoryInfo", "diskInfo", "externalDiskInfo", "temperature", "uptime", "hostname"),
    *("systemVersion", "systemMode"),
)
LOGINS: Mapping[Tuple[str, str], Honest] = {
    ("POST", "/SophonConfig/api/login"): V2["login"],
    ("POST", "/SophonConfig/api/password"): V2["changepassword"],
}
AT_8888 = {route: Honest(NOTHING, honest.body) for route, honest in LOGINS.items()}
"""On the API port they say where they are."""
SYSTEM: Mapping[Tuple[str, str], Honest] = {
    **LOGINS,
    **{("POST", f"/sophon/v2/system/{name}"): Honest(OPEN, {}) for name in V6_TOLD},
    **{("GET", f"/SophonSystem/api/{name}"): Honest(OPEN) for name in V5_TOLD},
    ("POST", "/sophon/v2/system/getstorage"): Honest(OPEN, {"device": "emmc"}),
    ("POST", "/sophon/v2/system/getip"): Honest(READ, {}),
    ("GET", "/SophonSystem/api/ip"): Honest(READ),
    ("POST", "/sophon/v2/system/getsystemmonitorconfig"): Honest(READ, {}),
    ("POST", "/sophon/v2/system/setsystemmonitorconfig"): Honest(
        WRITE,
        {"device_monitor_url": "http://10.0.0.1/a", "device_monitor_report_period": 60, "reporter_id": "r"},
    ),
    ("POST", "/sophon/v2/system/login"): V2["login"],
    ("POST", "/sophon/v2/system/updatepassword"): V2["changepassword"],
    ("POST", "/SophonSystem/api/password"): V2["changepassword"],
}
ELSEWHERE: Mapping[Tuple[str, str], Honest] = {
    **{
        (method, "/SophonSystem/api/{call}"): Honest(NOTHING, path={"call": "reboot"})
        for method in ("GET", "POST", "PUT", "DELETE")
    },
    **{
        (method, "/sophon/v2/system/{call}"): Honest(NOTHING, path={"call": "reboot"})
        for method in ("GET", "POST")
    },
}
"""What asks for more than a reporting service should do: it says no."""


def table() -> Dict[Tuple[str, str, str], Honest]:
    """Honest calls by port, method and path."""
    calls: Dict[Tuple[str, str, str], Honest] = {}
    root = "/sophon/v2/face/"
    for name, honest in V2.items():
        calls["api", "POST", root + name] = honest
    for alias, name in ALIASES.items():
        calls["api", "POST", root + alias] = V2[name]
    for name in ALSO_GET:
        calls["api", "GET", root + name] = dataclasses.replace(V2[name], body=None)
    for (method, path), honest in (*OLDER.items(), *OWN.items(), *AT_8888.items(), *ELSEWHERE.items()):
        calls["api", method, path] = honest
    for (method, path), honest in (*SYSTEM.items(), *ELSEWHERE.items()):
        calls["system", method, path] = honest
    return calls
