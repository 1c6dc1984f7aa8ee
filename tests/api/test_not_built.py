"""Documented calls that are not built yet: 501 in their own shape; and no documented path is a 404."""

from collections import Counter

import pytest
from command import running_service, write_config
from http_port import HttpPort

from sophon_report.api.errors import Shape
from sophon_report.api.not_built import not_built

V2_INDEX = (
    *("createpermission", "getpermission", "getpermissions", "updatepermission", "deletepermission"),
    *("createidentity", "getidentity", "getidentities", "updateidentity", "deleteidentities"),
    *("addface", "deleteface", "replaceface", "getregisterimage/1"),
    *("detect", "compare", "fiqa", "search"),
    *("addmediadevice", "getmediadevices", "updatemediadevice", "deletemediadevice", "deletemediadevices"),
    *("getpreview", "updatepreview"),
    *("getevent", "getevents", "searchbyimage", "getspotimage/1", "checkeventimagepath"),
    *("getconfigs", "setconfigs", "wipedata", "login", "changepassword"),
    *("updateidenity", "getidentitys", "updateimage"),
)
OLD_INDEX = (
    "GET /SophonDevice/api/Devices",
    "POST /SophonDevice/api/Devices",
    "PUT /SophonDevice/api/Devices",
    "DELETE /SophonDevice/api/Devices",
    "POST /SophonFogSys/api/EventServerUrl",
    "POST /SophonFogSys/api/HistoryEventUrl",
    "GET /SophonFogSys/api/HistoryEventUrl",
    "POST /SophonFogSys/api/MonitorServerUrl",
    "GET /SophonConfig/api/Configs",
    "PUT /SophonConfig/api/Configs",
    "POST /SophonMatch/api/PictureMatch",
    "POST /SophonFogSys/api/users",
    "GET /SophonFace/api/events",
    "GET /SophonMQ/api/DevSno",
    "PUT /SophonMQ/api/LoginUrl",
)


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """The API port of a real service."""
    config = write_config(tmp_path_factory.mktemp("s"))
    with running_service(config, "--only", "report") as service:
        yield HttpPort(service.api_port, None)


def test_no_call_stands_in_the_table_twice():
    """A path and a method are one call."""
    assert [
        one for one, times in Counter((call.method, call.path) for call in not_built()).items() if times > 1
    ] == []


@pytest.mark.parametrize("call", not_built(), ids=lambda call: f"{call.method} {call.path}")
def test_a_call_that_is_not_built_says_so(port, call):
    """Whatever its body is. One that is built meanwhile fails here: take it out of the table."""
    reply = port.ask(call.method, call.path.replace("{", "").replace("}", ""), b"anything", "text/plain")
    assert reply.status == 501
    error = reply.json["error"]
    if call.shape is Shape.V2:
        assert error["code"] == "NOT_IMPLEMENTED"
    else:
        assert (error["code"], error["status"]) == (50100, "NOT_IMPLEMENTED")


@pytest.mark.parametrize("line", [*(f"POST /sophon/v2/face/{name}" for name in V2_INDEX), *OLD_INDEX])
def test_every_documented_path_is_known(port, line):
    """It is built, or not built yet, or needs a token; never 404, never a page."""
    method, path = line.split()
    assert port.ask(method, path, b"{}").json
    assert port.ask(method, path, b"{}").status not in (404, 405)
