"""Every error that a program can meet today, where it meets it: status, code and shape, over the running service.

The vendor documents no HTTP status but 200 for success, and two shapes: a word for API 2.0, a number with a word
before. How bodies, forms, connections and credentials are read is told in ``tests/api`` and ``tests/cli``.
"""

import base64
from typing import Any, NamedTuple

import pytest
from http_port import HttpPort
from running_box import picture, running_box

from sophon_report.api.body import MAX_BODY_BYTES
from sophon_report.api.errors import CODES
from sophon_report.errors import CERTIFICATE_REASONS

V2 = "/sophon/v2/face/"
DEVICES, MATCH = "/SophonDevice/api/Devices", "/SophonMatch/api/PictureMatch"
FOG, CONFIGS = "/SophonFogSys/api/", "/SophonConfig/api/Configs"
JSON, TEXT = {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}


def image(of):
    return base64.b64encode(picture(of)).decode()


class Case(NamedTuple):
    """A request, and the code of API 2.0 for what is wrong with it."""

    code: str
    method: str
    path: str
    body: Any = None
    headers: Any = None


def v2(code, call, body=None, headers=None):
    return Case(code, "POST", V2 + call, body, headers)


def search(code, of="ada", **more):
    return v2(code, "search", {"rgb_image_base64": image(of), **more})


def device(**more):
    return {
        "media_device_name": "new",
        "media_device_type": "rtsp",
        "media_device_url": "rtsp://10.0.0.99/",
        **more,
    }


NEW = [
    v2("UNSUPPORT_CONTENT_TYPE", "search", b"{}", TEXT),
    v2(
        "UNSUPPORT_CONTENT_TYPE",
        "setconfigs",
        b"config_dict=1",
        {"Content-Type": "application/x-www-form-urlencoded"},
    ),
    v2("INVALID_REQUEST_JSON", "setconfigs", b"{'config_dict': 1}", JSON),
    v2("INVALID_REQUEST_JSON", "search", b"[]", JSON),
    v2("EMPTY_REQUEST_JSON", "addmediadevice", b"", JSON),
    v2("MISSING_ARGUMENTS", "addmediadevice", device(media_device_url=None)),
    v2("MISSING_ARGUMENTS", "search", {"media_device_ip": "10.0.0.31"}),
    v2("INVALID_ARGUMENTS", "addmediadevice", device(roi_area=[1, 2, 3])),
    search("INVALID_ARGUMENTS", min_face_size="small"),
    v2("NOT_FOUND", "nothing", {}),
    Case("NOT_FOUND", "GET", "/nothing"),
    Case("METHOD_NOT_ALLOWED", "GET", V2 + "search"),
    Case("METHOD_NOT_ALLOWED", "DELETE", V2 + "getmediadevices"),
    v2("PASSWORD_ERROR", "getmediadevices", {}, {"Authorization": "Bearer of-nothing"}),
    v2("IMAGE_DECODE_ERROR", "search", {"rgb_image_base64": "no base64 at all"}),
    search("IMAGE_DECODE_ERROR", "text"),
    v2("IMAGE_NOT_OPENED", "search", {"rgb_image_path": "nothing.jpg"}),
    v2("IMAGE_NOT_OPENED", "search", {"rgb_image_path": "/etc/passwd"}),
    v2("IMAGE_SIZE_TOO_LARGE_ERROR", "search", {"rgb_image_base64": "A" * (7 << 20)}),
    search("IMAGE_SIZE_TOO_LARGE_ERROR", "poster"),
    search("NO_FACE_ERROR", "wall"),
    search("LOW_QUALITY_ERROR", "tiny"),
    search("UNAVAILABLE", "crowd"),
    search("EMPTY_GROUP_ERROR", permission_name="nobody's"),
    search("PERMISSION_ID_NOT_FOUND", permission_name="no such group"),
    search("LIVENESS_DETECT_FAIL", with_liveness_check="liveness_rgb"),
    search("NOT_SUPPORT_IR_LIVENESS", with_liveness_check="liveness_rgb_ir"),
    search("DEVICE_ID_NOT_FOUND", media_device_ip="10.0.0.98"),
    v2("DEVICE_ID_NOT_FOUND", "updatemediadevice", {"media_device_id": "nobody"}),
    v2("DEVICE_ID_NOT_FOUND", "deletemediadevice", {"media_device_id": "nobody"}),
    v2("DEVICE_ADDRESS_DUPLICATE_ERROR", "addmediadevice", device(media_device_url="rtsp://10.0.0.21/ch1")),
    v2("DEVICE_MAX_NUM_ERROR", "addmediadevice", device()),
    v2(
        "DEVICE_RTMP_ADDRESS_DUPLICATE_ERROR",
        "updatemediadevice",
        {"media_device_id": "yard", "rtmp_address": "rtmp://10.0.0.5/live"},
    ),
    v2("CONFIG_ITEM_FAIL", "setconfigs", {"config_dict": {"MATCH_THRESHOLD": 101}}),
    v2("CONFIG_ITEM_FAIL", "setconfigs", {"config_dict": {"NO_SUCH_KEY": 1}}),
    Case("NOT_IMPLEMENTED", "POST", "/sophon/v2/system/getip", {}),
]


def match(code, of="ada", **more):
    return Case(code, "POST", MATCH, {"rgb_image_base64": image(of), **more})


def old_device(**more):
    table = {"device_name": "new", "device_type": "rtsp", "device_key": "rtsp://10.0.0.99/"}
    return {"devices_list": [{**table, "group_id": "g", "permission_id": "p", **more}]}


def old_user(identity_id, **info):
    return {"identity_id": identity_id, "reg_photo": image("ada"), "info": {"name": "Ada", **info}}


HISTORY = {"history_upload_event_url": ["http://10.0.0.5/"], "content-type": "json", "reported_peroid": 5}
OLD = [
    Case("UNSUPPORT_CONTENT_TYPE", "POST", MATCH, b"{}", TEXT),
    Case("INVALID_REQUEST_JSON", "POST", FOG + "HistoryEventUrl", b"nothing", JSON),
    Case("EMPTY_REQUEST_JSON", "POST", DEVICES, b"", JSON),
    Case("MISSING_ARGUMENTS", "POST", DEVICES, old_device(device_key=None)),
    Case("MISSING_ARGUMENTS", "POST", FOG + "HistoryEventUrl", {**HISTORY, "content-type": None}),
    Case("INVALID_ARGUMENTS", "POST", FOG + "HistoryEventUrl", {**HISTORY, "content-type": "xml"}),
    Case(
        "INVALID_ARGUMENTS",
        "POST",
        FOG + "EventServerUrl",
        {"event_server_url": ["ftp://h/"], "content-type": "json"},
    ),
    Case("NOT_FOUND", "GET", CONFIGS + "/NO_SUCH_KEY"),
    Case("NOT_FOUND", "POST", "/SophonFace/api/nothing"),
    Case("METHOD_NOT_ALLOWED", "PUT", MATCH),
    Case("PASSWORD_ERROR", "GET", DEVICES, None, {"Authorization": "Bearer of-nothing"}),
    Case("IMAGE_DECODE_ERROR", "POST", MATCH, {"rgb_image_base64": "!"}),
    Case("IMAGE_NOT_OPENED", "POST", MATCH, {"image_file_path": "nothing.jpg"}),
    match("IMAGE_SIZE_TOO_LARGE_ERROR", "poster"),
    match("NO_FACE_ERROR", "wall"),
    match("LOW_QUALITY_ERROR", "tiny"),
    match("UNAVAILABLE", "crowd"),
    match("EMPTY_GROUP_ERROR", permission_name="nobody's"),
    match("LIVENESS_DETECT_FAIL", liveness_mode="liveness_rgb"),
    match("NOT_SUPPORT_IR_LIVENESS", liveness_mode="liveness_rgb_ir"),
    match("DEVICE_ID_NOT_FOUND", device_ip="10.0.0.98"),
    Case("DEVICE_ID_NOT_FOUND", "DELETE", DEVICES, {"devices_list": [{"device_id": "nobody"}]}),
    Case("DEVICE_ADDRESS_DUPLICATE_ERROR", "POST", DEVICES, old_device(device_key="rtsp://10.0.0.21/ch1")),
    Case("DEVICE_MAX_NUM_ERROR", "POST", DEVICES, old_device()),
    Case("ID_NOT_FOUND", "GET", FOG + "users?identity_id=nobody"),
    Case("ID_REPEAT_ERROR", "POST", FOG + "users", old_user("E-1")),
    Case("NAME_REPEAT_ERROR", "POST", FOG + "groups", {"group_name": "default_group"}),
    Case("PERMISSION_ID_NOT_FOUND", "POST", FOG + "users", old_user("E-2", permission_ids=["p"])),
    Case("DELETE_USERS_FAILED", "DELETE", FOG + "users", {"identity_ids": ["nobody"]}),
    Case("NOT_IMPLEMENTED", "PUT", FOG + "EventAction", {}),
]

ELSEWHERE = {
    "PAYLOAD_TOO_LARGE": "below: its body is never sent",
    "DEVICE_INIT_ERROR": "below: vision is away",
    "REQUEST_TIMEOUT": "takes half a minute: tests/api/test_front.py",
    "INTERNAL_ERROR": "nothing that is known brings it about: tests/api/test_front.py",
    "INSUFFICIENT_SPACE_LEFT": "nobody says it yet",
    "MATCH_FAIL": "nobody says it yet",
    "ANOTHER_PICTURE_SEARCH_RUNNING_ERROR": "takes two searches at a time: among the tests of searchbyimage",
    "DEVICE_PERVIEW_ID_NOT_EXIST": "among the tests of updatepreview",
    "TOO_MANY_TRIES": "takes many logins: tests/contract/test_login_contract.py",
    "GROUP_LEN_ERROR": "takes a full gallery: tests/report/test_people_desk.py",
    "FORBIDDEN": "takes an account of another role: tests/attacks/test_roles_on_every_route.py",
    "FOREIGN_PAGE": "takes a browser: tests/api/v1/test_users_and_sessions.py",
    "SESSION_OVER": "takes a session: tests/api/v1/test_users_and_sessions.py",
    "NO_PICTURE": "of our own calls: tests/api/v1/test_device_pictures.py",
    "FULL": "of our own calls: tests/api/v1/test_people_calls.py",
    "TOO_MUCH": "of our own calls, takes a scan over its time: tests/store/test_event_index.py",
    "ADDRESS_REFUSED": "of our own calls: tests/api/v1/test_refused_addresses.py",
    **dict.fromkeys(CERTIFICATE_REASONS, "of our own calls: tests/ops/test_certificate_pem.py"),
    **dict.fromkeys(("CONFLICT", "PRECONDITION_FAILED", "UPGRADE_REQUIRED"), "of our own calls: tests/api/v1"),
}
"""Codes that are in neither table, and why."""


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """A service that lets everybody in, with all the streams that it may have, and a gate."""
    settings = {
        "access": {"open_reads": True, "open_writes": True},
        "limits": {"streams": 2},
        "device": [
            {"id": "door", "name": "front door", "url": "rtsp://10.0.0.21/ch1"},
            {"id": "yard", "name": "back yard", "url": "rtsp://10.0.0.22/ch1"},
            {"id": "gate", "name": "gate", "type": "photo", "url": "10.0.0.31"},
        ],
    }
    with running_box(tmp_path_factory.mktemp("s") / "d", **settings) as running:
        running.register("E-1", "Ada", "ada")
        assert running.post(V2 + "createpermission", {"permission_name": "nobody's"}).status == 200
        forwarded = {"media_device_id": "door", "rtmp_address": "rtmp://10.0.0.5/live"}
        assert running.post(V2 + "updatemediadevice", forwarded).status == 200
        yield running


def named(case):
    return f"{case.code} {case.method} {case.path}"


@pytest.mark.parametrize("case", NEW, ids=named)
def test_api_2_refuses_with_status_and_word(box, case):
    """Nothing else is in the answer but a message for people."""
    answer = box.ask(case.method, case.path, case.body, case.headers)
    word = "INTERNAL_ERROR" if case.code == "UNAVAILABLE" else case.code
    assert (answer.status, answer.body["error"]["code"]) == (CODES[case.code].http_status, word)
    assert set(answer.body) == {"error"}
    assert set(answer.body["error"]) == {"code", "message"}
    assert answer.body["error"]["message"] != ""


@pytest.mark.parametrize("case", OLD, ids=named)
def test_older_calls_refuse_with_status_number_and_word(box, case):
    """The number begins with the status, as the vendor's do."""
    answer = box.ask(case.method, case.path, case.body, case.headers)
    wanted = CODES[case.code]
    assert set(answer.body) == {"error"}
    error = answer.body["error"]
    assert (answer.status, error["code"], error["status"]) == (wanted.http_status, wanted.number, wanted.word)
    assert set(error) == {"code", "message", "status"}
    assert error["message"] != ""


def test_every_code_is_met_or_said_to_be_elsewhere():
    """In the tables of this file, or in the list of those that are not."""
    met = {case.code for case in (*NEW, *OLD)}
    assert met.isdisjoint(ELSEWHERE)
    assert met | set(ELSEWHERE) == set(CODES)


@pytest.mark.parametrize(("path", "code"), [(V2 + "search", "PAYLOAD_TOO_LARGE"), (MATCH, 41300)])
def test_a_body_over_the_bound_is_refused_before_it_is_sent(box, path, code):
    """413 in the shape of the call, for one byte more than two pictures need."""
    head = f"POST {path} HTTP/1.1\r\nHost: box\r\nContent-Type: application/json\r\n"
    reply = HttpPort(box.process.api_port, None).say(
        f"{head}Content-Length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode()
    )
    assert (reply.status, reply.code) == (413, code)


def test_a_wrong_method_names_the_right_ones(box):
    """In the header of HTTP for it."""
    assert box.ask("GET", V2 + "search").headers["Allow"] == "POST"
    assert box.ask("PATCH", DEVICES).headers["Allow"] == "DELETE, GET, HEAD, POST, PUT"


def test_a_missing_argument_is_the_message(box):
    """The vendor's message is the name and nothing else."""
    answer = box.post(V2 + "addmediadevice", device(media_device_url=None))
    assert answer.body["error"]["message"] == "media_device_url"
    answer = box.post(DEVICES, old_device(device_key=None))
    assert answer.body["error"]["message"] == "device_key"


def test_the_good_keys_of_a_failed_call_take_effect(box):
    """As the page of setconfigs says; the message names the bad one."""
    answer = box.post(V2 + "setconfigs", {"config_dict": {"GRAB_MODE": "speed", "REGN_MIN_FACE": 1}})
    assert (answer.status, answer.code) == (400, "CONFIG_ITEM_FAIL")
    assert "REGN_MIN_FACE" in answer.body["error"]["message"]
    assert "GRAB_MODE" not in answer.body["error"]["message"]
    assert box.post(V2 + "getconfigs", {"config_name": "GRAB_MODE"}).body == {"GRAB_MODE": "speed"}


def test_while_vision_is_away_a_picture_is_refused_and_the_rest_goes_on(root):
    """503 to come again, in both shapes; lists and settings are answered."""
    with running_box(root, access={"open_reads": True, "open_writes": True}) as box:
        box.vision_goes()
        answer = box.post(V2 + "search", {"rgb_image_base64": image("ada")})
        assert (answer.status, answer.code) == (503, "DEVICE_INIT_ERROR")
        answer = box.post(MATCH, {"rgb_image_base64": image("ada")})
        assert (answer.status, answer.code) == (503, 50072)
        assert box.post(V2 + "getmediadevices", {}).status == 200
        assert box.post(V2 + "getconfigs", {}).status == 200
        assert box.ask("GET", DEVICES).status == 200


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("POST", V2 + "setconfigs", "PASSWORD_ERROR"),
        ("POST", V2 + "getconfigs", "PASSWORD_ERROR"),
        ("POST", V2 + "addmediadevice", "PASSWORD_ERROR"),
        ("PUT", CONFIGS, 40100),
        ("GET", CONFIGS, 40100),
        ("POST", DEVICES, 40100),
    ],
)
def test_who_may_not_is_told_so_before_anything_else(root, method, path, code):
    """Whatever is wrong with the body; reading settings has a switch of its own."""
    with running_box(root) as box:
        answer = box.ask(method, path, None if method == "GET" else b"no json", TEXT)
        assert (answer.status, answer.code) == (401, code)
        switch = "open_reads" if "get" in path or method == "GET" else "open_writes"
        assert f"access.{switch} = true" in answer.body["error"]["message"]


def test_null_is_not_given_and_an_empty_text_is_a_value(box):
    """The vendor's one general rule: the second leaves what was there, the third takes it away."""
    told = []
    for value in ("group", None, ""):
        change = {"media_device_id": "yard", "permission_id": value}
        assert box.post(V2 + "updatemediadevice", change).status == 200
        [yard] = box.post(V2 + "getmediadevices", {"media_device_id": "yard"}).body["devices"]
        told.append(yard["permission_id"])
    assert told == ["group", "group", ""]
