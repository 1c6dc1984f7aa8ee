"""Addresses and configuration by the vendor's calls, over a real socket with a real store."""

from dataclasses import replace

import aiohttp
import pytest
from config_calls import FOG, GET, OLD, SET, Box

from sophon_report.api.call import Need
from sophon_report.api.configs import ConfigCalls
from sophon_report.api.vendor_keys import KEYS, Kind, read
from sophon_report.config import Settings
from sophon_report.model import Content, Destination, EventFilter, Transport, UserType
from sophon_report.store.destinations import MAX_DESTINATIONS
from sophon_report.store.settings import merged

A, B, C = (f"http://10.0.0.{number}:9528/HistoryEvent" for number in (1, 2, 3))
EVENTS, HISTORY, MONITOR = (FOG + name for name in ("EventServerUrl", "HistoryEventUrl", "MonitorServerUrl"))


@pytest.fixture
def box(tmp_path):
    box = Box(tmp_path / "store.sqlite")
    yield box
    box.close()


# Errors, each at its place.


@pytest.mark.parametrize("path", [GET, SET])
def test_anything_but_json_is_refused(box, path):
    """UNSUPPORT_CONTENT_TYPE, 415."""
    status, said = box.ask("POST", path, data={"config_dict": "{}"})
    assert (status, said["error"]["code"]) == (415, "UNSUPPORT_CONTENT_TYPE")


@pytest.mark.parametrize("path", [GET, SET])
@pytest.mark.parametrize("raw", [b"{", b"[]", b'"a"', b"nan"])
def test_a_body_that_is_no_json_object_is_refused(box, path, raw):
    """INVALID_REQUEST_JSON."""
    status, said = box.ask("POST", path, data=raw, headers={"Content-Type": "application/json"})
    assert (status, said["error"]["code"]) == (400, "INVALID_REQUEST_JSON")


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (SET, {}, "MISSING_ARGUMENTS"),
        (SET, {"config_dict": None}, "MISSING_ARGUMENTS"),
        (SET, {"config_dict": []}, "INVALID_ARGUMENTS"),
        (SET, {"config_dict": "A=1"}, "INVALID_ARGUMENTS"),
        (SET, {"config_dict": {str(number): 1 for number in range(300)}}, "INVALID_ARGUMENTS"),
        (GET, {"config_name": 5}, "INVALID_ARGUMENTS"),
        (GET, {"config_name": "NO_SUCH"}, "INVALID_ARGUMENTS"),
        (SET, {"config_dict": {"NO_SUCH": 1}}, "CONFIG_ITEM_FAIL"),
    ],
)
def test_wrong_arguments_have_their_code(box, path, body, code):
    """And status 400."""
    status, said = box.ask("POST", path, json=body)
    assert (status, said["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        (EVENTS, {"content-type": "json"}, "event_server_url"),
        (EVENTS, {"event_server_url": [A]}, "content-type"),
        (EVENTS, {"event_server_url": [A], "content-type": "xml"}, "content-type must be one of json, form-data"),
        (EVENTS, {"event_server_url": 5, "content-type": "json"}, "event_server_url must be addresses"),
        (EVENTS, {"event_server_url": [A, "x"], "content-type": "json"}, "event_server_url address 2 must begin"),
        (HISTORY, {"history_upload_event_url": [A], "content-type": "json"}, "reported_peroid"),
        (HISTORY, {"content-type": "json", "reported_peroid": 5}, "history_upload_event_url"),
        (
            HISTORY,
            {"history_upload_event_url": [A], "content-type": "json", "reported_peroid": 0},
            "reported_peroid must be a whole number from 1 to 86400",
        ),
        (
            HISTORY,
            {
                "history_upload_event_url": [A],
                "content-type": "json",
                "reported_peroid": 1,
                "history_need_spot_pic": "x",
            },
            "history_need_spot_pic must be true or false",
        ),
        (
            MONITOR,
            {"monitor_server_url": A, "content-type": "form-data", "reported_peroid": 5},
            "content-type must be one of json",
        ),
    ],
)
def test_the_old_calls_name_the_argument(box, path, body, said):
    """PARAM_ERROR, 40091; nothing is set."""
    status, answer = box.ask("POST", path, json=body)
    assert (status, answer["error"]["code"], answer["error"]["status"]) == (400, 40091, "PARAM_ERROR")
    assert said in answer["error"]["message"]
    assert (box.receivers(), box.live.now.status.urls) == ([], ())


def test_an_unknown_old_name_is_not_there(box):
    """404, 40400."""
    status, said = box.ask("GET", f"{OLD}/NO_SUCH")
    assert (status, said["error"]["code"], said["error"]["status"]) == (404, 40400, "NOT_FOUND")


# Keys.


def test_a_bad_key_fails_the_call_and_the_good_ones_take_effect(box):
    """Each failed key is named with its reason; never its value."""
    status, said = box.set(MATCH_THRESHOLD="hunter2", GATE_PASS_MODE="allpass", NO_SUCH=1, REGN_MIN_FACE=60)
    assert (status, said["error"]["code"]) == (400, "CONFIG_ITEM_FAIL")
    assert said["error"]["message"] == "MATCH_THRESHOLD: must be a number; NO_SUCH: unknown key"
    assert (box.get("GATE_PASS_MODE"), box.get("REGN_MIN_FACE")) == ("allpass", 60)
    assert (box.live.now.match.min_face_px, box.live.now.match.pass_pct) == (60, 82.0)


def test_what_the_old_call_tells_it_takes_back_whole(box):
    """The state of the login too, which it tells as an object."""
    told = box.ask("GET", OLD)[1]["data"]
    assert box.set_old(**told) == {"success_configs": list(told), "failed_configs": []}
    box.set_old(LOGIN_STATUS={"code": 600_002})
    assert box.get("MQ_LOGIN_STATUS") == 600_002


def test_the_old_call_lists_what_was_set_and_what_was_not(box):
    """By the names that were given."""
    said = box.set_old(THRESHOLD=70, WORK_MODE="cloud", PRODUCT_TYPE="SE3", INIT=None)
    assert said["success_configs"] == ["THRESHOLD"]
    assert said["failed_configs"] == ["WORK_MODE", "PRODUCT_TYPE"]
    assert said["message"] == "WORK_MODE: must be one of mq, local; PRODUCT_TYPE: cannot be set to another value"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATE_DUPLICATE_REMOVAL_TIMEOUT", "6.5"),
        ("GATE_DUPLICATE_REMOVAL_TIMEOUT", True),
        ("GATE_DUPLICATE_REMOVAL_TIMEOUT", ""),
        ("MATCH_THRESHOLD", "nan"),
        ("MATCH_THRESHOLD", "1e999"),
        ("MATCH_THRESHOLD", 100.1),
        ("MATCH_THRESHOLD", 10**400),
        ("REGN_MIN_FACE", 19),
        ("REGN_MIN_FACE", [40]),
        ("GATE_SUPPORT_STRANGER_GROUP", "yes"),
        ("GATE_SUPPORT_STRANGER_GROUP", 2),
        ("MQ_USERNAME", {"a": 1}),
        ("MQ_USERNAME", "x" * 3000),
        ("MQ_EXCHANGE_ARGUMENTS", "{"),
        ("MQ_EXCHANGE_ARGUMENTS", []),
        ("MQ_EXCHANGE_ARGUMENTS", {"a": "x" * 20_000}),
        ("REGN_TIME_PART1", "24:00:00,25:00:00"),
        ("GATE_DEFAULT_GROUP_SIZE", 12),
        ("MQ_SERVER_PORT", 0),
        ("MQ_LOGIN_URL", "http://admin:hunter2@10.0.0.5/"),
    ],
)
def test_a_value_that_cannot_be_is_refused(box, name, value):
    """The old one stays, and the value is not repeated."""
    before = box.get(name)
    status, said = box.ask(
        "POST", SET, data=_json({"config_dict": {name: value}}), headers={"Content-Type": "application/json"}
    )
    assert (status, said["error"]["code"]) in ((400, "CONFIG_ITEM_FAIL"), (400, "INVALID_REQUEST_JSON"))
    assert "hunter2" not in said["error"]["message"]
    assert box.get(name) == before


def _json(value):
    import json

    return json.dumps(value).encode()


def test_null_is_no_value_and_an_empty_text_is_one(box):
    """The vendor's general rule."""
    assert box.set(MQ_USERNAME="guest", MQ_VHOST="/")[0] == 200
    assert box.set(MQ_USERNAME=None, MQ_VHOST="") == (200, {"MQ_VHOST": ""})
    assert (box.get("MQ_USERNAME"), box.get("MQ_VHOST")) == ("guest", "")


def test_secrets_are_told_to_nobody_and_stay_when_set_back_as_told(box):
    """A client that reads all, changes one and sets all again must not lose the password."""
    assert box.set(MQ_PASSWORD="hunter2", MQ_LICENSE_KEY="ABC", MQ_LOGIN_TOKEN="t0ken")[1]["MQ_PASSWORD"] == "***"
    everything = box.get()
    old = box.ask("GET", OLD)[1]["data"]
    assert [old[name] for name in ("MQ_PASSWORD", "DEV_SNO", "LOGIN_TOKEN")] == ["***", "ABC", "***"]
    assert box.set(**{**everything, "GATE_PASS_MODE": "allpass"})[0] == 200
    assert box.live.now.license_key.get_secret_value() == "ABC"
    assert {name: box.kept.all()[name] for name in ("MQ_PASSWORD", "MQ_LOGIN_TOKEN")} == {
        "MQ_PASSWORD": "hunter2",
        "MQ_LOGIN_TOKEN": "t0ken",
    }


def test_keys_that_are_settings_are_settings(box):
    """They count at once, and the other way round: what the page sets is told."""
    assert (
        box.set(MATCH_THRESHOLD="75.5", GATE_DUPLICATE_REMOVAL_TIMEOUT="8.0", ALG_ATTRIBUTE_DETECT="True")[0]
        == 200
    )
    now = box.live.now
    assert (now.match.pass_pct, now.match.duplicate_s, now.engine.attributes) == (75.5, 8, True)
    box.change({"match.pass_pct": 60, "status.urls": [A, B]})
    assert box.get("MATCH_THRESHOLD") == 60
    assert box.get("WEB_HEART_URL") == f"{A},{B}"
    assert box.kept.all() == {}


@pytest.mark.parametrize("key", [key for key in KEYS.values() if key.setting], ids=lambda key: key.name)
def test_the_settings_take_whatever_the_table_takes(key):
    """Lowest, highest and default: else a good key would fail the call."""
    section, _, name = key.setting.partition(".")
    default = getattr(Settings(), section)
    assert name == "" or hasattr(default, name)
    ranges = key.kind in (Kind.WHOLE, Kind.NUMBER) and not key.words
    values = [key.low, key.high] if ranges else [*key.words, key.default]
    for value in values:
        merged({}, {key.setting: read(key, value)})


def test_a_kept_value_of_another_version_is_passed_over(box):
    """The default counts where this version would refuse it."""
    box.kept.put({"GATE_PASS_MODE": "odd", "HISTORY_REPORT_PEROID": "x", "GONE": 1})
    assert (box.get("GATE_PASS_MODE"), box.get("HISTORY_REPORT_PEROID")) == ("normal", 5)
    assert "GONE" not in box.get()


# Addresses.


@pytest.mark.parametrize("value", [f"{A},{B}", f" {A} , {B},", [A, B], f'["{A}", "{B}"]', f"{A},,{B},{A}"])
def test_addresses_come_as_a_text_with_commas_or_a_list(box, value):
    """The last comma is one of the vendor's own dumps; twice the same is one."""
    assert box.set(HISTORY_EVENT_UPLOAD_URL=value) == (200, {"HISTORY_EVENT_UPLOAD_URL": f"{A},{B}"})
    assert box.receivers() == [("history-1", A, "g2"), ("history-2", B, "g2")]
    assert box.delivered == [box.destinations.list()]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("ftp://10.0.0.1/", "address 1 must begin with http:// or https://"),
        (f"{A},http://", "address 2 has no host"),
        (f"{A},,http://admin:hunter2@10.0.0.2/", "address 2 must not carry a user name or password"),
        (f"{A},{B},http://10.0.0.3:99999/", "address 3 is no address: Port out of range 0-65535"),
        (f"{A} {B}", "address 1 must not hold blanks or control characters"),
        (",".join(f"http://{number}/" for number in range(9)), "must not name more than 8 addresses"),
        ([A, 5], "must be addresses: a list of texts, or a text with commas"),
    ],
)
def test_a_bad_address_is_named_by_its_position_and_the_old_ones_stay(box, value, why):
    """Nothing is delivered anew; what was good beside it counts."""
    box.set(HISTORY_EVENT_UPLOAD_URL=A)
    status, said = box.set(HISTORY_EVENT_UPLOAD_URL=value, GATE_PASS_MODE="allpass")
    assert (status, said["error"]["code"]) == (400, "CONFIG_ITEM_FAIL")
    assert said["error"]["message"] == f"HISTORY_EVENT_UPLOAD_URL: {why}"
    assert (box.get("HISTORY_EVENT_UPLOAD_URL"), box.get("GATE_PASS_MODE")) == (A, "allpass")
    assert len(box.delivered) == 1


def test_an_empty_text_clears(box):
    """Only history's receivers; those of the page stay."""
    box.destinations.add(Destination("platform", C))
    box.set(HISTORY_EVENT_UPLOAD_URL=A)
    assert box.set(HISTORY_EVENT_UPLOAD_URL="") == (200, {"HISTORY_EVENT_UPLOAD_URL": ""})
    assert box.receivers() == [("platform", C, "g2")]


def test_a_changed_address_goes_on_from_the_old_ones_place(box):
    """A corrected typo must not lose what waits: the name stays."""
    box.set(HISTORY_EVENT_UPLOAD_URL=f"{A},http://typo/")
    box.set(HISTORY_EVENT_UPLOAD_URL=f"{B},{A}")
    assert box.receivers() == [("history-2", B, "g2"), ("history-1", A, "g2")]


def test_too_many_destinations_fail_the_addresses_only(box):
    """With the reason; what was there stays."""
    for number in range(MAX_DESTINATIONS):
        box.destinations.add(Destination(f"d{number}", A))
    status, said = box.set(HISTORY_EVENT_UPLOAD_URL=B, GATE_PASS_MODE="allpass")
    assert status == 400
    assert said["error"]["message"].startswith("HISTORY_EVENT_UPLOAD_URL: there are")
    old = box.set_old(HISTORY_UPLOAD_EVENT_URL=B, PASSMODE="allpass")
    assert (old["success_configs"], old["failed_configs"]) == (["PASSMODE"], ["HISTORY_UPLOAD_EVENT_URL"])
    assert (len(box.destinations.list()), box.get("GATE_PASS_MODE")) == (MAX_DESTINATIONS, "allpass")


def test_how_history_is_sent_is_the_same_for_all_its_receivers(box):
    """Set before or after the addresses; the receivers of the page go their own way."""
    box.destinations.add(Destination("platform", C))
    box.set(HISTORY_REPORT_PEROID=7, HISTORY_EVENT_UPLOAD_URL=f"{A},{B}")
    box.set_old(HISTORY_EVENT_NEED_REG_PIC=False, IR_COLLECTION=True, HISTORY_UPLOAD_NEED_INFO="true")
    box.set(HISTORY_CONTENT_TYPE="form-data")
    platform, *history = box.destinations.list()
    assert platform == Destination("platform", C)
    for each in history:
        assert each.content == Content(register_photo=False, infrared=True, attributes=True)
        assert (each.period_s, each.content_type, each.origin) == (7, "form-data", "history")


@pytest.mark.parametrize(
    ("kind", "scene", "face"),
    [("all", True, True), ("recognize_face", False, True), ("spot_image", True, False)],
)
def test_the_image_type_says_which_pictures_go(box, kind, scene, face):
    """And the old switch of each must allow it too."""
    box.set(HISTORY_EVENT_UPLOAD_URL=A, REGN_IMAGE_TYPE=kind)
    assert box.destinations.list()[0].content == Content(scene=scene, face=face)
    box.set(HISTORY_EVENT_NEED_SPOT_PIC=False)
    assert box.destinations.list()[0].content == Content(scene=False, face=face)


# The old calls for addresses.


def test_history_by_the_old_call(box):
    """JSON; what was left out has its default; the answer and GET repeat it; the newer call sees it."""
    body = {"history_upload_event_url": [A, B], "content-type": "json", "reported_peroid": 1}
    status, said = box.ask("POST", HISTORY, json={**body, "history_need_spot_pic": False})
    full = {
        **body,
        "history_need_reg_pic": True,
        "history_need_spot_pic": False,
        "history_need_recognize_face": True,
    }
    assert (status, said) == (200, {"data": {**full, "message": "ok"}})
    assert box.ask("GET", HISTORY) == (200, {"data": full})
    assert box.get("HISTORY_EVENT_UPLOAD_URL") == f"{A},{B}"
    assert box.receivers() == [("history-1", A, "g1"), ("history-2", B, "g1")]
    assert [each.content.scene for each in box.destinations.list()] == [False, False]


def test_the_layout_is_that_of_the_call_that_set_the_addresses(box):
    """A later call about anything else leaves it; ``compat.history_layout`` says which old one."""
    box.set_old(HISTORY_UPLOAD_EVENT_URL=A)
    box.set(HISTORY_REPORT_PEROID=9)
    assert box.receivers() == [("history-1", A, "g1")]
    box.set(HISTORY_EVENT_UPLOAD_URL=A)
    assert box.receivers() == [("history-1", A, "g2")]
    box.change({"compat.history_layout": "g0"})
    body = {"history_upload_event_url": [A], "content-type": "form-data", "reported_peroid": 1}
    assert box.ask("POST", HISTORY, json=body)[0] == 200
    assert box.receivers() == [("history-1", A, "g0")]


def test_realtime_by_the_old_call(box):
    """Layout se3 with half a second for each address; the switch of the gallery photo is kept."""
    body = {"event_server_url": [A, B], "content-type": "form-data", "real_need_reg_pic": False}
    assert box.ask("POST", EVENTS, json=body) == (200, {"data": body})
    assert box.ask("GET", EVENTS) == (200, {"data": body})
    first, second = box.destinations.list()
    assert first == Destination(
        "realtime-1",
        A,
        "se3",
        timeout_s=0.5,
        content_type="form-data",
        content=Content(register_photo=False),
        origin="realtime",
    )
    assert (second.name, second.url) == ("realtime-2", B)
    assert box.get("HISTORY_EVENT_UPLOAD_URL") == ""
    box.ask("POST", EVENTS, json={"event_server_url": [], "content-type": "json"})
    assert box.ask("GET", EVENTS)[1] == {
        "data": {"event_server_url": [], "content-type": "json", "real_need_reg_pic": True}
    }


BY_HAND = {
    "filter": EventFilter(("door",), (UserType.VIP,), 90.0),
    "transport": Transport(ca_file="/ca.pem", gzip=True, headers=(("X-Key", "secret"),)),
    "in_flight": 4,
    "paused": True,
    "timeout_s": 7.0,
}


def by_hand(box, content):
    """Change the only receiver as a person does."""
    (made,) = box.destinations.list()
    box.destinations.update(replace(made, **BY_HAND, content=replace(made.content, **content)))
    return box.destinations.get(made.name)


def test_what_was_set_by_hand_of_a_receiver_of_history_outlives_the_calls(box):
    """Which events, how they travel, the pause; other keys, the same address, a corrected one, the old call."""
    box.set(HISTORY_EVENT_UPLOAD_URL=A)
    before = by_hand(box, {"feature": False, "person_name": False})
    box.set(HISTORY_EVENT_NEED_SPOT_PIC=False)
    box.set(HISTORY_EVENT_UPLOAD_URL=A, HISTORY_REPORT_PEROID=9)
    content = replace(before.content, scene=False)
    assert box.destinations.list() == [replace(before, content=content, period_s=9)]
    box.set(HISTORY_EVENT_UPLOAD_URL=B)
    assert box.destinations.list() == [replace(before, content=content, period_s=9, url=B)]
    old = {"history_upload_event_url": [C], "content-type": "form-data", "reported_peroid": 5}
    assert box.ask("POST", HISTORY, json=old)[0] == 200
    (now,) = box.destinations.list()
    assert (now.url, now.content.feature, now.content.person_name) == (C, False, False)
    assert {key: getattr(now, key) for key in BY_HAND} == BY_HAND


def test_what_was_set_by_hand_of_a_realtime_receiver_outlives_the_call(box):
    """It has a word for the gallery photo alone: a scene that may not leave the box still may not."""
    body = {"event_server_url": [A], "content-type": "json", "real_need_reg_pic": False}
    box.ask("POST", EVENTS, json=body)
    before = by_hand(box, {"scene": False, "person_name": False})
    box.ask("POST", EVENTS, json={**body, "event_server_url": [B], "real_need_reg_pic": True})
    content = replace(before.content, register_photo=True)
    assert box.destinations.list() == [replace(before, url=B, content=content)]


def test_the_state_of_devices_by_the_old_call(box):
    """The whole box is told, as that generation does; the newer call sees it and changes the layout back."""
    body = {"monitor_server_url": A, "content-type": "json", "reported_peroid": "20"}
    assert box.ask("POST", MONITOR, json=body) == (200, {"data": "ok"})
    assert box.ask("GET", MONITOR) == (200, {"data": {"monitor_server_url": A, "reported_peroid": 20}})
    status = box.live.now.status
    assert (status.urls, status.layout, status.period_s) == ((A,), "g0", 20)
    assert box.get("MEDIA_DEVICE_MONITOR_URL") == A
    box.set_old(WEB_HEART_URL=A)
    assert box.live.now.status.layout == "g1"
    box.set(MEDIA_DEVICE_MONITOR_URL=A)
    assert box.live.now.status.layout == "g2"


def form(**fields):
    data = aiohttp.FormData()
    for name, values in fields.items():
        for value in values if isinstance(values, list) else [values]:
            data.add_field(name.replace("_type", "-type"), value, content_type="text/plain")
    return data


@pytest.mark.parametrize("urls", [[A, B], f'["{A}", "{B}"]', f"{A},{B}"], ids=["fields", "JSON", "commas"])
def test_the_old_calls_take_form_data(box, urls):
    """A list is a field for each, JSON text, or a text with commas; numbers and switches are texts."""
    data = form(
        history_upload_event_url=urls, content_type="json", reported_peroid="3", history_need_reg_pic="false"
    )
    status, said = box.ask("POST", HISTORY, data=data)
    assert status == 200, said
    assert said["data"]["history_upload_event_url"] == [A, B]
    assert (said["data"]["reported_peroid"], said["data"]["history_need_reg_pic"]) == (3, False)


def test_the_period_is_taken_in_the_right_spelling_too(box):
    """``reported_period``; the answer has the vendor's."""
    body = {"history_upload_event_url": A, "content-type": "json", "reported_period": 4}
    assert box.ask("POST", HISTORY, json=body)[1]["data"]["reported_peroid"] == 4


def test_reading_needs_to_be_let_read_and_setting_to_be_let_write():
    """None of the calls is open: addresses and broker names are nobody's business."""
    needs = {(call.method, call.path): call.need for call in ConfigCalls(None, str).calls()}
    writes = {("POST", SET), ("PUT", OLD), ("POST", EVENTS), ("POST", HISTORY), ("POST", MONITOR)}
    writes |= {("PUT", "/SophonMQ/api/DevSno"), ("PUT", "/SophonMQ/api/LoginUrl")}
    assert {place for place, need in needs.items() if need is Need.WRITE} == writes
    assert {need for place, need in needs.items() if place not in writes} == {Need.READ}


def test_licence_key_and_login_address_have_calls_of_their_own(box):
    """The answer to a change repeats what the caller sent; whoever may read settings sees both later."""
    for call, argument, value in (("DevSno", "dev_sno", "ABC0001"), ("LoginUrl", "login_url", "http://10.0.0.5/")):
        path = f"/SophonMQ/api/{call}"
        assert box.ask("GET", path) == (200, {"data": {argument: ""}})
        assert box.ask("PUT", path, json={argument: value}) == (200, {"data": {"response": value}})
        assert box.ask("PUT", path, json={})[1]["error"]["status"] == "PARAM_ERROR"
    assert box.ask("GET", "/SophonMQ/api/DevSno")[1] == {"data": {"dev_sno": "ABC0001"}}
    assert box.live.now.license_key.get_secret_value() == "ABC0001"
    assert box.get("MQ_LOGIN_URL") == "http://10.0.0.5/"
    assert box.ask("PUT", "/SophonMQ/api/LoginUrl", json={"login_url": "ftp://10.0.0.5/"})[0] == 400
