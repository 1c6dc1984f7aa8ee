"""The vendor's device pages (V5R5C01 and later; API 2.0 of V6R1C01 and V6R2C01) against answers of a real port."""

import uuid

import pytest
from device_api import device_api

from sophon_report.config import Limits

V2_TABLE = {
    "media_device_name": str,
    "media_device_type": str,
    "media_device_url": str,
    "media_device_id": str,
    "permission_id": str,
    "net_relay": dict,
    "do_rtmp_forward": bool,
    "rtmp_address": str,
    "roi_area": list,
    "media_device_ip": str,
}
"""The page's table with what ``getmediadevices`` adds."""
V2_NEEDED = ("media_device_name", "media_device_type", "media_device_url")
V2_FULL = {
    "media_device_id": "6f0c7a52-0000-4000-8000-000000000001",
    "media_device_name": "大门 front door",
    "media_device_type": "rtsp",
    "media_device_url": "rtsp://10.0.0.21:554/ch1",
    "permission_id": "day",
    "net_relay": {"ip": "10.0.0.31", "port": 8080, "channel": 1, "delay_time": 5},
    "do_rtmp_forward": True,
    "rtmp_address": "rtmp://10.0.0.41/live/1",
    "roi_area": [0, 0, 1920, 1080],
}
V2_ADD = {name: V2_FULL[name] for name in V2_NEEDED}
OLD_TABLE = {
    "device_id": str,
    "device_name": str,
    "group_id": str,
    "permission_id": str,
    "device_key": str,
    "device_type": str,
    "device_attr": dict,
    "netRelay": dict,
    "is_start_rtmp": bool,
    "rtmp_address": str,
    "device_ip": str,
}
OLD_NEEDED = ("device_name", "group_id", "permission_id", "device_key", "device_type")
OLD_FULL = {
    "device_id": "6f0c7a52-0000-4000-8000-000000000002",
    "device_name": "后门 back door",
    "group_id": "5d0f",
    "permission_id": "5d10",
    "device_key": "rtsp://10.0.0.22:554/ch1",
    "device_type": "rtsp",
    "device_attr": {"actions": {"do_detect": True, "do_track": True, "paint_bbox": False}},
    "netRelay": {"ip": "10.0.0.32", "net_port": 8080, "door_port": 1, "delay_time": 5},
    "is_start_rtmp": True,
    "rtmp_address": "rtmp://10.0.0.41/live/2",
}
OLD_ADD = {name: OLD_FULL[name] for name in OLD_NEEDED}


@pytest.fixture
def api(tmp_path):
    with device_api(tmp_path) as running:
        yield running


def refused(answer):
    """The word of API 2.0, and the HTTP status."""
    status, body = answer
    assert list(body) == ["error"]
    assert set(body["error"]) == {"code", "message"}
    assert isinstance(body["error"]["message"], str)
    return status, body["error"]["code"]


def refused_old(answer):
    """The older number and word, and the HTTP status."""
    status, body = answer
    assert list(body) == ["error"]
    assert set(body["error"]) == {"code", "message", "status"}
    return status, body["error"]["code"], body["error"]["status"]


class TestV2:
    def test_addmediadevice_answers_with_id_and_name(self, api):
        """The given id, or a uuid when there is none; only three fields are required."""
        assert api.v2("addmediadevice", **V2_FULL) == (
            200,
            {"media_device_id": V2_FULL["media_device_id"], "media_device_name": V2_FULL["media_device_name"]},
        )
        status, made = api.v2("addmediadevice", **{**V2_ADD, "media_device_url": "rtsp://10.0.0.23/"})
        assert status == 200
        assert str(uuid.UUID(made["media_device_id"], version=4)) == made["media_device_id"]

    def test_getmediadevices_gives_every_field_of_the_table_back(self, api):
        """As it was added, and the host of the address with it; types as in the table, given or not."""
        api.v2("addmediadevice", **V2_FULL)
        api.v2("addmediadevice", **{**V2_ADD, "media_device_url": "rtsp://10.0.0.23/"})
        full, bare = api.v2_list()
        assert full == {**V2_FULL, "media_device_ip": "10.0.0.21"}
        assert {name: type(value) for name, value in bare.items()} == V2_TABLE
        assert bare["roi_area"] == []

    def test_getmediadevices_gives_one_or_all(self, api):
        """Absent and null mean all; an id that nobody has matches nothing."""
        api.v2("addmediadevice", **V2_FULL)
        api.old("POST", devices_list=[OLD_FULL])
        assert len(api.v2_list()) == len(api.v2_list(media_device_id=None)) == 2
        assert [one["media_device_name"] for one in api.v2_list(media_device_id=V2_FULL["media_device_id"])] == [
            V2_FULL["media_device_name"]
        ]
        assert api.v2_list(media_device_id="nobody") == []
        assert api.ask("POST", "/sophon/v2/face/getmediadevices")[0] == 200

    @pytest.mark.parametrize(
        "change",
        [
            {"media_device_name": "side door"},
            {"permission_id": ""},
            {"net_relay": {}},
            {"do_rtmp_forward": False},
            {"rtmp_address": ""},
            {"roi_area": []},
            {"media_device_url": "rtsp://10.0.0.21:554/ch2"},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_updatemediadevice_changes_what_is_given(self, api, change):
        """An empty value is a value; the address too, as in the page's example."""
        api.v2("addmediadevice", **V2_FULL)
        status, body = api.v2("updatemediadevice", media_device_id=V2_FULL["media_device_id"], **change)
        expected = {**V2_FULL, **change, "media_device_ip": "10.0.0.21"}
        assert status == 200
        assert body == {
            "media_device_id": expected["media_device_id"],
            "media_device_name": expected["media_device_name"],
        }
        assert api.v2_list() == [expected]

    def test_updatemediadevice_may_make_a_photo_device_of_a_camera(self, api):
        """Type and address together, as in the page's example."""
        api.v2("addmediadevice", **V2_FULL)
        change = {"media_device_type": "photo", "media_device_url": "10.0.0.77"}
        assert api.v2("updatemediadevice", media_device_id=V2_FULL["media_device_id"], **change)[0] == 200
        assert api.v2_list()[0]["media_device_ip"] == "10.0.0.77"

    def test_deletemediadevice_answers_with_id_and_name(self, api):
        """The page's table shows the error shape by mistake."""
        api.v2("addmediadevice", **V2_FULL)
        status, body = api.v2("deletemediadevice", media_device_id=V2_FULL["media_device_id"])
        assert (status, set(body)) == (200, {"media_device_id", "media_device_name"})
        assert api.v2_list() == []

    def test_deletemediadevices_deletes_all(self, api):
        """It takes nothing and tells which and how many."""
        api.v2("addmediadevice", **V2_FULL)
        assert api.ask("POST", "/sophon/v2/face/deletemediadevices") == (
            200,
            {
                "media_device_list": [V2_FULL["media_device_id"]],
                "deleted_device_count": 1,
                "total_device_count": 1,
            },
        )
        assert api.v2("deletemediadevices")[1]["media_device_list"] == []

    @pytest.mark.parametrize("call", ["addmediadevice", "updatemediadevice", "deletemediadevice"])
    def test_only_json_is_accepted(self, api, call):
        """UNSUPPORT_CONTENT_TYPE, 415."""
        answer = api.ask(
            "POST", f"/sophon/v2/face/{call}", b"media_device_id=1", "application/x-www-form-urlencoded"
        )
        assert refused(answer) == (415, "UNSUPPORT_CONTENT_TYPE")

    @pytest.mark.parametrize("missing", V2_NEEDED)
    def test_the_missing_argument_is_named(self, api, missing):
        """In the message, and nothing else."""
        status, body = api.v2("addmediadevice", **{**V2_FULL, missing: None})
        assert (status, body) == (400, {"error": {"code": "MISSING_ARGUMENTS", "message": missing}})

    @pytest.mark.parametrize("call", ["updatemediadevice", "deletemediadevice"])
    def test_an_id_is_needed_and_must_be_somebodys(self, api, call):
        """MISSING_ARGUMENTS, DEVICE_ID_NOT_FOUND."""
        assert refused(api.v2(call, media_device_name="x")) == (400, "MISSING_ARGUMENTS")
        assert refused(api.v2(call, media_device_id="nobody")) == (404, "DEVICE_ID_NOT_FOUND")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("media_device_name", 5),
            ("media_device_type", "webcam"),
            ("media_device_type", "3"),
            ("media_device_url", ["rtsp://10.0.0.21/"]),
            ("media_device_url", ""),
            ("net_relay", "10.0.0.31"),
            ("do_rtmp_forward", "yes"),
            ("rtmp_address", 1),
            ("roi_area", [1, 2, 3]),
            ("permission_id", {}),
        ],
    )
    def test_a_value_of_the_wrong_kind_is_refused_with_its_name(self, api, name, value):
        """INVALID_ARGUMENTS; nothing is added."""
        status, body = api.v2("addmediadevice", **{**V2_FULL, name: value})
        assert (status, body["error"]["code"]) == (400, "INVALID_ARGUMENTS")
        assert body["error"]["message"].startswith(name)
        assert api.v2_list() == []

    def test_addresses_are_unique(self, api):
        """One code for the address, one for that of the forwarded stream, when adding and when changing."""
        api.v2("addmediadevice", **V2_FULL)
        other = {**V2_ADD, "media_device_id": "other", "media_device_url": "rtsp://10.0.0.23/"}
        assert refused(api.v2("addmediadevice", **V2_ADD)) == (400, "DEVICE_ADDRESS_DUPLICATE_ERROR")
        taken = {"rtmp_address": V2_FULL["rtmp_address"]}
        assert refused(api.v2("addmediadevice", **other, **taken)) == (400, "DEVICE_RTMP_ADDRESS_DUPLICATE_ERROR")
        api.v2("addmediadevice", **other)
        answer = api.v2("updatemediadevice", media_device_id="other", **taken)
        assert refused(answer) == (400, "DEVICE_RTMP_ADDRESS_DUPLICATE_ERROR")

    def test_sixteen_streams_and_thirty_two_photo_devices(self, api):
        """The vendor's capacity of an SE5, counted apart; one more is DEVICE_MAX_NUM_ERROR."""
        assert (api.limits.streams, api.limits.photo_devices) == (16, 32)

        def add(kind, number):
            url = f"rtsp://10.0.0.1/{number}" if kind == "rtsp" else f"10.0.1.{number}"
            return api.v2("addmediadevice", media_device_name="", media_device_type=kind, media_device_url=url)

        assert {add("rtsp", number)[0] for number in range(16)} == {200}
        assert {add("photo", number)[0] for number in range(32)} == {200}
        assert refused(add("rtsp", 16)) == refused(add("photo", 32)) == (400, "DEVICE_MAX_NUM_ERROR")


class TestOld:
    def test_post_answers_with_the_devices_that_were_added(self, api):
        """Under ``data.success_devices``; an id is made where there is none."""
        status, body = api.old("POST", devices_list=[OLD_FULL, {**OLD_ADD, "device_key": "rtsp://10.0.0.23/"}])
        given, made = body["data"]["success_devices"]
        assert status == 200
        assert given == {"device_id": OLD_FULL["device_id"], "device_name": OLD_FULL["device_name"]}
        assert str(uuid.UUID(made["device_id"], version=4)) == made["device_id"]

    def test_get_gives_every_field_of_the_table_back(self, api):
        """As it was added, with ``device_ip``; types as in the table, given or not."""
        api.old("POST", devices_list=[OLD_FULL, {**OLD_ADD, "device_key": "rtsp://10.0.0.23/"}])
        full, bare = api.old_list()
        assert full == {**OLD_FULL, "device_ip": "10.0.0.22"}
        assert {name: type(value) for name, value in bare.items()} == OLD_TABLE

    def test_get_gives_one_or_all_and_the_previews_when_asked_for(self, api):
        """``need_preview_list`` is off by default."""
        api.old("POST", devices_list=[OLD_FULL])
        assert api.old_list("?device_id=nobody") == []
        assert len(api.old_list(f"?device_id={OLD_FULL['device_id']}")) == 1
        assert set(api.ask("GET", "/SophonDevice/api/Devices")[1]["data"]) == {"devices_list"}
        data = api.ask("GET", "/SophonDevice/api/Devices?need_preview_list=true")[1]["data"]
        assert set(data["preview_list"]) == {
            "preview_list",
            "current_preview_list",
            "preview_mode",
            "last_set_name",
        }
        assert data["preview_list"]["preview_mode"] in {"1", "4", "16"}
        assert data["preview_list"]["last_set_name"] in {"WEBUI", "QT"}

    def test_put_changes_what_is_given(self, api):
        """The rest stays."""
        api.old("POST", devices_list=[OLD_FULL])
        change = {"device_id": OLD_FULL["device_id"], "device_name": "side door", "netRelay": {"ip": "10.0.0.33"}}
        status, body = api.old("PUT", devices_list=[change])
        assert (status, body["data"]["success_devices"][0]["device_name"]) == (200, "side door")
        assert api.old_list() == [{**OLD_FULL, **change, "device_ip": "10.0.0.22"}]

    def test_put_with_preview_list_sets_that_alone(self, api):
        """Whatever else is given: ``preview_list`` wins, and the devices that are shown are the answer."""
        api.old("POST", devices_list=[OLD_FULL])
        device_id = OLD_FULL["device_id"]
        wish = {"preview_list": [device_id], "current_preview_list": [device_id], "preview_mode": 1}
        status, body = api.old("PUT", preview_list=wish, devices_list=[{**OLD_FULL, "device_name": "other"}])
        assert (status, [each["device_id"] for each in body["data"]["success_devices"]]) == (200, [device_id])
        assert api.old_list()[0]["device_name"] == OLD_FULL["device_name"]
        data = api.ask("GET", "/SophonDevice/api/Devices?need_preview_list=true")[1]["data"]
        assert data["preview_list"] == {**wish, "preview_mode": "1", "last_set_name": "WEBUI"}

    def test_put_with_a_device_that_is_not_there_changes_no_preview(self, api):
        """In the older shape of an id that nobody has."""
        answer = api.old("PUT", preview_list={"preview_list": ["nobody"]})
        assert refused_old(answer) == (404, 40401, "ID_NOT_FOUND")

    def test_delete_takes_the_listed_devices_or_all(self, api):
        """With ``clear_all`` the list may be missing or empty."""
        more = [{**OLD_ADD, "device_id": str(n), "device_key": f"rtsp://10.0.0.23/{n}"} for n in range(3)]
        api.old("POST", devices_list=[OLD_FULL, *more])
        assert api.old("DELETE", devices_list=[{"device_id": "0"}])[1]["data"]["success_devices"] == [
            {"device_id": "0", "device_name": OLD_ADD["device_name"]}
        ]
        status, body = api.old("DELETE", clear_all=True, devices_list=[])
        assert (status, len(body["data"]["success_devices"])) == (200, 3)
        assert api.old_list() == []

    @pytest.mark.parametrize("missing", OLD_NEEDED)
    def test_the_missing_field_is_named(self, api, missing):
        """Of a device, in the older shape."""
        answer = api.old("POST", devices_list=[{**OLD_FULL, missing: None}])
        assert refused_old(answer) == (400, 40091, "PARAM_ERROR")
        assert answer[1]["error"]["message"] == missing

    def test_each_refusal_has_its_number(self, api):
        """Content type, no list, a taken address, an id that nobody has, too many."""
        api.limits = Limits(streams=1)
        api.old("POST", devices_list=[OLD_FULL])
        assert refused_old(api.ask("POST", "/SophonDevice/api/Devices", b"x", "text/plain"))[0] == 415
        assert refused_old(api.old("POST", other=1)) == (400, 40091, "PARAM_ERROR")
        assert refused_old(api.old("POST", devices_list=[OLD_ADD])) == (400, 40091, "PARAM_ERROR")
        assert refused_old(api.old("PUT", devices_list=[{"device_id": "x"}])) == (404, 40401, "ID_NOT_FOUND")
        assert refused_old(api.old("DELETE", devices_list=[{"device_id": "x"}])) == (404, 40401, "ID_NOT_FOUND")
        answer = api.old("POST", devices_list=[{**OLD_ADD, "device_key": "rtsp://10.0.0.23/"}])
        assert refused_old(answer) == (400, 40091, "PARAM_ERROR")
        assert "1 streams already" in answer[1]["error"]["message"]


class TestBoth:
    def test_a_device_of_one_interface_is_visible_through_the_other(self, api):
        """With what both tables know, relay and forwarding too."""
        api.v2("addmediadevice", **V2_FULL)
        api.old("POST", devices_list=[OLD_FULL])
        by_old, by_new = api.old_list()[0], api.v2_list()[1]
        assert by_old["device_key"] == V2_FULL["media_device_url"]
        assert by_old["netRelay"] == {"ip": "10.0.0.31", "net_port": 8080, "door_port": 1, "delay_time": 5}
        assert by_new["net_relay"] == {"ip": "10.0.0.32", "port": 8080, "channel": 1, "delay_time": 5}
        assert by_old["is_start_rtmp"] is by_new["do_rtmp_forward"] is True
        assert set(by_new) == set(V2_TABLE)
        assert set(by_old) == set(OLD_TABLE)

    @pytest.mark.parametrize(
        ("given", "word"),
        [
            *[(number, "photo") for number in ("0", 0, "1", 1, "4", 4)],
            *[(number, "rtsp") for number in ("3", 3)],
            *[(word, word) for word in ("photo", "rtsp", "file", "gb28181")],
        ],
    )
    def test_c6_types_are_taken_as_numbers_and_words_and_told_as_words(self, api, given, word):
        """Numbers as int and as text; 2, which went with protocol 2.2.1, is neither taken nor told."""
        key = {"photo": "10.0.0.9", "rtsp": "rtsp://10.0.0.9/", "file": "a.mp4", "gb28181": "gb28181://a"}[word]
        device = {**OLD_ADD, "device_type": given, "device_key": key}
        assert api.old("POST", devices_list=[device])[0] == 200
        assert [one["device_type"] for one in api.old_list()] == [word]
        assert [one["media_device_type"] for one in api.v2_list()] == [word]
        assert api.old("POST", devices_list=[{**device, "device_type": 2, "device_key": "10.0.0.10"}])[0] == 400

    @pytest.mark.parametrize("scheme", ["gb28181", "gb28281"])
    def test_c31_both_spellings_of_a_gb28181_address_are_taken(self, api, scheme):
        """The standard's and the table's; each comes back as it was given."""
        url = f"{scheme}://34020000001320000001@10.0.0.9:5060"
        device = {**V2_ADD, "media_device_type": "gb28181", "media_device_url": url}
        assert api.v2("addmediadevice", **device)[0] == 200
        assert [one["media_device_url"] for one in api.v2_list()] == [url]
        assert api.old_list()[0]["device_key"] == url
