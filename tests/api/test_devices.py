"""What the device calls take from the network, and what they tell: both interfaces on a real port and store."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from device_api import device_api

from sophon_report.config import Limits
from sophon_report.model import Device, DeviceType

SECRET = "hunter2"
CAMERA = {
    "media_device_id": "door",
    "media_device_name": "front door",
    "media_device_type": "rtsp",
    "media_device_url": f"rtsp://admin:{SECRET}@10.0.0.21:554/ch1",
    "rtmp_address": f"rtmp://admin:{SECRET}@10.0.0.41/live",
    "net_relay": {"ip": "10.0.0.31", "password": SECRET, "urls": [f"http://u:{SECRET}@10.0.0.31/"]},
}


@pytest.fixture
def api(tmp_path):
    with device_api(tmp_path) as running:
        yield running


def added(api, kind, url, **more):
    """Answer to a new device of that kind and address."""
    device = {"media_device_name": "", "media_device_type": kind, "media_device_url": url, **more}
    return api.v2("addmediadevice", **device)


def refusal(answer):
    status, body = answer
    assert status == 400, body
    assert body["error"]["code"] == "INVALID_ARGUMENTS"
    return body["error"]["message"]


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "ftp://10.0.0.1/",
            "10.0.0.1",
            "rtsp:///x",
            "rtsp://u:p/w@host/",
            "rtsp://h:99999/",
            "rtsp://a\nb/",
        ],
    )
    def test_a_stream_has_a_known_scheme_and_a_host(self, api, url):
        """The refusal names the argument and says what is right, and not what was given."""
        said = refusal(added(api, "rtsp", url))
        assert said.startswith("media_device_url must")
        assert url not in said

    def test_rtsps_and_scheme_in_capitals_are_streams(self, api):
        """Schemes know no case."""
        assert added(api, "rtsp", "rtsps://10.0.0.1/a")[0] == added(api, "rtsp", "RTSP://10.0.0.1/b")[0] == 200

    @pytest.mark.parametrize(
        ("given", "stored"),
        [
            ("10.0.0.9", "10.0.0.9"),
            ("::FFFF:10.0.0.9", "10.0.0.9"),
            ("FE80:0::1%eth0", "fe80::1"),
            ("Gate-7.local.", "gate-7.local"),
        ],
    )
    def test_a_photo_devices_address_has_one_spelling(self, api, given, stored):
        """That of a caller, so that the two can be compared."""
        assert added(api, "photo", given)[0] == 200
        [device] = api.v2_list()
        assert device["media_device_url"] == device["media_device_ip"] == stored
        assert added(api, "photo", stored)[1]["error"]["code"] == "DEVICE_ADDRESS_DUPLICATE_ERROR"

    @pytest.mark.parametrize("url", ["http://10.0.0.9/", "10.0.0", "10.0.0.256", "a b", "-", "x" * 300])
    def test_a_photo_device_is_an_ip_address_or_a_host(self, api, url):
        """No URL, no half of an address."""
        assert "must be an IP address or a host name" in refusal(added(api, "photo", url))

    def test_a_file_lies_in_the_import_folder(self, api):
        """By its full path or by its name there."""
        for number, url in enumerate(["a.mp4", str(api.folder / "b" / "c.mp4")]):
            assert added(api, "file", url)[0] == 200
            assert api.v2_list()[number]["media_device_url"] == str(api.folder / url)

    @pytest.mark.parametrize("url", ["/etc/passwd", "../store.sqlite", "a/../../x", ".", "", "link/x"])
    def test_no_other_file_can_be_named(self, api, url):
        """Neither by dots nor through a link; the settings file is the place for those."""
        os.symlink("/", api.folder / "link")
        assert refusal(added(api, "file", url)).startswith("media_device_url ")

    def test_a_file_of_the_settings_stays_while_its_device_gets_another_name(self, api):
        """It is no new file; pointing the device elsewhere is."""
        api.store.add(Device("clip", "clip", DeviceType.FILE, "/srv/clip.mp4", loop=True))
        [told] = api.v2_list()
        assert api.v2("updatemediadevice", **{**told, "media_device_name": "film"})[0] == 200
        assert api.store.get("clip") == Device("clip", "film", DeviceType.FILE, "/srv/clip.mp4", loop=True)
        said = refusal(api.v2("updatemediadevice", media_device_id="clip", media_device_url="/srv/other.mp4"))
        assert "settings file" in said


class TestTexts:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("media_device_name", "门" * 257),
            ("media_device_name", "a\u0000b"),
            ("media_device_name", "a\u2028b"),
            ("media_device_id", "x" * 129),
            ("media_device_id", "a\tb"),
            ("permission_id", "x" * 129),
            ("rtmp_address", "rtmp://x/\r\n"),
        ],
    )
    def test_a_text_is_one_line_of_bounded_length(self, api, name, value):
        """The argument is named."""
        assert refusal(added(api, "rtsp", "rtsp://10.0.0.1/", **{"media_device_id": "d", name: value}))

    def test_a_name_of_256_chinese_characters_is_kept(self, api):
        """The bound counts characters."""
        assert api.v2("addmediadevice", **{**CAMERA, "media_device_name": "门" * 256})[0] == 200
        assert api.v2_list()[0]["media_device_name"] == "门" * 256

    def test_an_id_in_use_is_refused(self, api):
        """With the id in the message."""
        api.v2("addmediadevice", **CAMERA)
        assert "door is taken" in refusal(added(api, "rtsp", "rtsp://10.0.0.1/", media_device_id="door"))

    def test_an_empty_id_is_none(self, api):
        """One is made, as for a device that came without."""
        assert len(added(api, "rtsp", "rtsp://10.0.0.1/", media_device_id="")[1]["media_device_id"]) == 36

    @pytest.mark.parametrize(
        "sides",
        [
            [1, 2, 3],
            [1, 2, 3, 4, 5],
            [5, 0, 5, 9],
            [-1, 0, 5, 5],
            ["0", 0, 5, 5],
            [0, 0, 1.5, 5],
            [0, 0, 1e9, 1e9],
        ],
    )
    def test_a_region_has_four_whole_sides_and_an_area(self, api, sides):
        """Else it is named as what is wrong."""
        assert refusal(added(api, "rtsp", "rtsp://10.0.0.1/", roi_area=sides)).startswith("roi_area")


class TestPasswords:
    def test_no_reply_shows_one(self, api):
        """Neither in addresses nor in what is only kept; refusals neither."""
        api.v2("addmediadevice", **CAMERA)
        said = [api.v2_list(), api.old_list(), api.v2("addmediadevice", **{**CAMERA, "media_device_id": "b"})]
        assert SECRET not in json.dumps(said)
        assert api.v2_list()[0]["media_device_url"] == "rtsp://admin:***@10.0.0.21:554/ch1"
        assert api.v2_list()[0]["net_relay"]["password"] == "***"

    def test_a_device_that_is_sent_back_as_it_was_read_keeps_them(self, api):
        """Through either interface."""
        api.v2("addmediadevice", **CAMERA)
        stored = api.store.get("door")
        assert api.v2("updatemediadevice", **api.v2_list()[0])[0] == 200
        assert api.old("PUT", devices_list=api.old_list())[0] == 200
        assert api.store.get("door") == stored

    def test_what_is_changed_beside_a_masked_password_leaves_it(self, api):
        """A relay's key by key."""
        api.v2("addmediadevice", **CAMERA)
        told = api.v2_list()[0]["net_relay"]
        api.v2("updatemediadevice", media_device_id="door", net_relay={**told, "delay_time": 3})
        kept = json.loads(api.store.get("door").vendor_json)["net_relay"]
        assert kept == {**CAMERA["net_relay"], "delay_time": 3}

    @pytest.mark.parametrize(
        "url", ["rtsp://admin:***@10.0.0.99/ch1", "rtsp://10.0.0.21/user=admin&password=***&channel=1"]
    )
    def test_a_mask_is_no_password(self, api, url):
        """A password is never sent to a host it was not given for."""
        api.v2("addmediadevice", **CAMERA)
        answer = api.v2("updatemediadevice", media_device_id="door", media_device_url=url)
        assert "in place of a password" in refusal(answer)
        assert "in place of a password" in refusal(added(api, "rtsp", url))


class TestFurtherFields:
    def test_keys_that_no_table_has_are_kept_and_told_by_both(self, api):
        """With whatever is in them."""
        added(api, "rtsp", "rtsp://10.0.0.1/", media_device_id="door", place={"floor": [3, None, "东"]})
        api.old("PUT", devices_list=[{"device_id": "door", "serial": 7}])
        for [device] in (api.v2_list(), api.old_list()):
            assert (device["place"], device["serial"]) == ({"floor": [3, None, "东"]}, 7)

    def test_they_cannot_pass_for_what_the_tables_have(self, api):
        """A key of the other interface's table is passed over."""
        added(api, "rtsp", "rtsp://10.0.0.1/", device_name="x", netRelay=5, media_device_ip="1.2.3.4")
        [device] = api.old_list()
        assert (device["device_name"], device["netRelay"], device["device_ip"]) == ("", {}, "10.0.0.1")

    def test_they_have_4_kib_together(self, api):
        """What was stored counts too; nothing of a refused change is kept."""
        assert added(api, "rtsp", "rtsp://10.0.0.1/", media_device_id="door", a="x" * 4000)[0] == 200
        answer = api.v2("updatemediadevice", media_device_id="door", b="x" * 200, media_device_name="changed")
        assert "4096 bytes" in refusal(answer)
        assert api.v2_list()[0]["media_device_name"] == ""

    def test_they_are_not_nested_without_end(self, api):
        """A reply could not be written."""
        nested = json.loads("[" * 300 + "]" * 300)
        assert "nested" in refusal(added(api, "rtsp", "rtsp://10.0.0.1/", a=nested))


class TestLists:
    def device(self, number, **more):
        return {
            "device_id": f"d{number}",
            **dict.fromkeys(("device_name", "group_id", "permission_id"), ""),
            "device_type": "rtsp",
            "device_key": f"rtsp://10.0.0.{number}/",
            **more,
        }

    def test_what_is_good_is_taken_and_listed(self, api):
        """Each device by itself, in order."""
        api.limits = Limits(streams=2)
        listed = [self.device(1), self.device(1), self.device(2, device_type="no"), self.device(3), self.device(4)]
        status, body = api.old("POST", devices_list=listed)
        assert (status, [one["device_id"] for one in body["data"]["success_devices"]]) == (200, ["d1", "d3"])

    def test_the_first_reason_is_told_when_none_is_good(self, api):
        """It is that of the first device."""
        status, body = api.old(
            "POST", devices_list=[self.device(1, device_type="no"), self.device(2, device_key="")]
        )
        assert status == 400
        assert body["error"]["message"].startswith("device_type must be one of ")

    @pytest.mark.parametrize("listed", ["d1", {"device_id": "d1"}, ["d1"], [None]])
    def test_a_list_is_a_list_of_devices(self, api, listed):
        """Else nothing of it is taken."""
        assert api.old("POST", devices_list=listed)[0] == 400

    def test_an_empty_list_changes_nothing(self, api):
        """And is no fault."""
        assert api.old("POST", devices_list=[]) == (200, {"data": {"success_devices": []}})
        assert api.applied == []

    def test_a_form_is_taken_too(self, api):
        """The list is JSON text in it, as old clients send it."""
        body = json.dumps([self.device(1)]).replace("/", "%2F")
        form = f"devices_list={body}".encode()
        answer = api.ask("POST", "/SophonDevice/api/Devices", form, "application/x-www-form-urlencoded")
        assert answer[0] == 200, answer


def test_each_change_is_applied_with_the_whole_list(api):
    """Once a change; a refused one is not applied."""
    api.v2("addmediadevice", **CAMERA)
    added(api, "photo", "10.0.0.9", media_device_id="gate")
    added(api, "photo", "10.0.0.9")
    api.v2("updatemediadevice", media_device_id="gate", media_device_name="gate")
    api.v2("deletemediadevice", media_device_id="door")
    api.v2("deletemediadevices")
    names = [[(each.device_id, each.name) for each in devices] for devices in api.applied]
    door = ("door", "front door")
    assert names == [[door], [door, ("gate", "")], [door, ("gate", "gate")], [("gate", "gate")], []]


def test_how_a_camera_sends_is_set_by_either_interface_and_told_where_it_is_unusual(api):
    """``udp`` goes and comes back as it was read; other words are refused."""
    status, _ = api.v2(
        "addmediadevice",
        media_device_id="door",
        media_device_name="door",
        media_device_type="rtsp",
        media_device_url="rtsp://10.0.0.1/1",
        rtsp_transport="udp",
    )
    assert status == 200
    [told] = api.v2_list()
    assert told["rtsp_transport"] == api.old_list()[0]["rtsp_transport"] == "udp"
    assert api.v2("updatemediadevice", **told)[0] == 200
    assert api.store.get("door").transport == "udp"
    assert api.old("PUT", devices_list=[{"device_id": "door", "rtsp_transport": "tcp"}])[0] == 200
    assert api.store.get("door").transport == "tcp"
    assert "rtsp_transport" not in api.v2_list()[0]
    assert refusal(api.v2("updatemediadevice", media_device_id="door", rtsp_transport="http"))


def test_changes_at_once_are_all_kept_and_applied_as_they_were_stored(api):
    """Each changes what it names of what the one before it left; what is watched in the end is what is stored."""
    assert api.v2("addmediadevice", **CAMERA)[0] == 200
    changes = {
        "media_device_name": "gate",
        "permission_id": "day",
        "roi_area": [0, 0, 640, 360],
        "rtmp_address": "rtmp://10.0.0.42/live",
    }
    with ThreadPoolExecutor(16) as pool:
        asked = [
            pool.submit(api.v2, "updatemediadevice", media_device_id="door", **{name: value})
            for name, value in changes.items()
        ]
        asked += [pool.submit(added, api, "rtsp", f"rtsp://10.0.1.{number}/") for number in range(8)]
    assert {each.result()[0] for each in asked} == {200}
    told = next(device for device in api.v2_list() if device["media_device_id"] == "door")
    assert {name: told[name] for name in changes} == changes
    assert api.applied[-1] == api.store.list()
    counts = [len(devices) for devices in api.applied]
    assert counts == sorted(counts)
