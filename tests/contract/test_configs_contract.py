"""Configuration on the wire, key by key as the vendor's table of firmware V6R1C01 and V6R2C01 has it."""

import pytest
from config_calls import FOG, OLD, Box

DAY = "00:00:00,23:59:59"
SIZES = [10000, 100000, 200000, 300000, 400000, 500000]
TABLE = {
    "HISTORY_EVENT_UPLOAD_URL": "",
    "HISTORY_REPORT_PEROID": 5,
    "MEDIA_DEVICE_MONITOR_URL": "",
    "MEDIA_DEVICE_MONITOR_REPORT_PEROID": 60,
    "GATE_MONGO_IP": "127.0.0.1",
    "GATE_WORK_MODE": "local",
    "GATE_DUPLICATE_REMOVAL_TIMEOUT": 6,
    "GATE_SUPPORT_STRANGER_GROUP": False,
    "GATE_INIT": "0",
    "GATE_EVENT_IMAGE_PATH": "local",
    "GATE_APPLY_MODE": "recognize",
    "GATE_BOX_USAGE": "normal",
    "GATE_PASS_MODE": "normal",
    "GATE_DEFAULT_GROUP_SIZE": 100000,
    "GATE_STRANGER_GROUP_SIZE": 30000,
    "GATE_PRODUCT_TYPE": "SE5",
    "MATCH_THRESHOLD": 82.0,
    "MQ_LOGIN_URL": "",
    "MQ_LOGIN_STATUS": 0,
    "MQ_LICENSE_KEY": "",
    "MQ_USERNAME": "",
    "MQ_PASSWORD": "",
    "MQ_SERVER_IP": "",
    "MQ_SERVER_PORT": 5672,
    "MQ_EXCHANGE_NAME": "",
    "MQ_EXCHANGE_TYPE": "",
    "MQ_EXCHANGE_DURABLE": False,
    "MQ_EXCHANGE_PASSIVE": False,
    "MQ_EXCHANGE_AUTO_DELETE": False,
    "MQ_EXCHANGE_ARGUMENTS": {},
    "MQ_DOWN_QUEUE": "",
    "MQ_UP_QUEUE": "",
    "MQ_FIQA_DOWN_QUEUE": "",
    "MQ_FIQA_UP_QUEUE": "",
    "MQ_VHOST": "",
    "MQ_UPLOAD_VHOST": "",
    "MQ_UNNEED_BIND_EXCHANGE": False,
    "MQ_LOGIN_TOKEN": "",
    "MQ_REMOTE_SERVER_ADDR": "",
    "MQ_IMG_SERVER_ADDR": "",
    "ALG_ATTRIBUTE_DETECT": False,
    "ALG_SUPPORT_MASK": False,
    "ALG_DEFAULT_GROUP_RANGE": SIZES,
    "ALG_STRANGER_GROUP_RANGE": [30000, 50000, 100000],
    "GRAB_MIN_FACE": 40,
    "REGN_MIN_FACE": 40,
    "GRAB_TIME_PART1": DAY,
    "GRAB_TIME_PART2": DAY,
    "REGN_TIME_PART1": DAY,
    "REGN_TIME_PART2": DAY,
    "GRAB_TIME_PART1_SWITCH": False,
    "GRAB_TIME_PART2_SWITCH": False,
    "REGN_TIME_PART1_SWITCH": False,
    "REGN_TIME_PART2_SWITCH": False,
    "GRAB_THRESHOLD": 44.0,
    "GRAB_MODE": "quality",
    "GRAB_IMAGE_TYPE": "recognize_face",
    "REGN_IMAGE_TYPE": "all",
    "GRAB_POSE_THRESH": "high",
    "REGN_POSE_THRESH": "high",
    "GRAB_VIDEO_FIQA": True,
    "REGN_VIDEO_FIQA": True,
}
"""Each key with its default; the type is the default's."""

OTHER = {
    "HISTORY_EVENT_UPLOAD_URL": "http://10.0.0.5:9528/HistoryEvent",
    "HISTORY_REPORT_PEROID": 1,
    "MEDIA_DEVICE_MONITOR_URL": "http://10.0.0.5:9528/DeviceStatus",
    "MEDIA_DEVICE_MONITOR_REPORT_PEROID": 20,
    "GATE_WORK_MODE": "mq",
    "GATE_EVENT_IMAGE_PATH": "remote",
    "GATE_APPLY_MODE": "grab",
    "GATE_BOX_USAGE": "fiqa",
    "GATE_PASS_MODE": "allpass",
    "GATE_INIT": "1",
    "GATE_DEFAULT_GROUP_SIZE": 200000,
    "GATE_STRANGER_GROUP_SIZE": 50000,
    "MQ_LOGIN_URL": "http://10.0.0.5:9061/login",
    "MQ_LOGIN_STATUS": 600002,
    "MQ_EXCHANGE_ARGUMENTS": {"x-expires": 5},
    "MQ_REMOTE_SERVER_ADDR": "http://10.0.0.5",
    "MQ_IMG_SERVER_ADDR": "10.0.0.5:9061",
    "GRAB_MODE": "speed",
    "GRAB_IMAGE_TYPE": "all",
    "REGN_IMAGE_TYPE": "spot_image",
    "GRAB_POSE_THRESH": "off",
    "REGN_POSE_THRESH": "middle",
}
"""A value that is not the default, where a rule says which there are."""
READ_ONLY = ("GATE_PRODUCT_TYPE", "ALG_DEFAULT_GROUP_RANGE", "ALG_STRANGER_GROUP_RANGE")
SECRET = ("MQ_PASSWORD", "MQ_LOGIN_TOKEN")

RENAMED = {
    "HISTORY_UPLOAD_EVENT_URL": "HISTORY_EVENT_UPLOAD_URL",
    "REPORTED_PEROID": "HISTORY_REPORT_PEROID",
    "WEB_HEART_URL": "MEDIA_DEVICE_MONITOR_URL",
    "WEB_HEART_TIME": "MEDIA_DEVICE_MONITOR_REPORT_PEROID",
    "THRESHOLD": "MATCH_THRESHOLD",
    "DUPLICATE_REMOVAL_TIMEOUT": "GATE_DUPLICATE_REMOVAL_TIMEOUT",
    "SUPPORT_STRANGER_GROUP": "GATE_SUPPORT_STRANGER_GROUP",
    "WORK_MODE": "GATE_WORK_MODE",
    "PASSMODE": "GATE_PASS_MODE",
    "APPLY_MODE": "GATE_APPLY_MODE",
    "EVENT_IMAGE_PATH": "GATE_EVENT_IMAGE_PATH",
    "MONGO_IP": "GATE_MONGO_IP",
    "INIT": "GATE_INIT",
    "BOX_USAGE": "GATE_BOX_USAGE",
    "DEFAULT_GROUP_SIZE": "GATE_DEFAULT_GROUP_SIZE",
    "STRANGER_GROUP_SIZE": "GATE_STRANGER_GROUP_SIZE",
    "DEFAULT_GROUP_RANGE": "ALG_DEFAULT_GROUP_RANGE",
    "STRANGER_GROUP_RANGE": "ALG_STRANGER_GROUP_RANGE",
    "PRODUCT_TYPE": "GATE_PRODUCT_TYPE",
    "DEV_SNO": "MQ_LICENSE_KEY",
    "LOGIN_URL": "MQ_LOGIN_URL",
    "LOGIN_TOKEN": "MQ_LOGIN_TOKEN",
    "EXCHANGE_NAME": "MQ_EXCHANGE_NAME",
    "EXCHANGE_TYPE": "MQ_EXCHANGE_TYPE",
    "EXCHANGE_DURABLE": "MQ_EXCHANGE_DURABLE",
    "EXCHANGE_PASSIVE": "MQ_EXCHANGE_PASSIVE",
    "EXCHANGE_AUTO_DELETE": "MQ_EXCHANGE_AUTO_DELETE",
    "EXCHANGE_ARGUMENTS": "MQ_EXCHANGE_ARGUMENTS",
    "MQ_QUEUE": "MQ_DOWN_QUEUE",
    "MQ_UPLOAD_QUEUE": "MQ_UP_QUEUE",
    "MQ_FIQA_UPLOAD_QUEUE": "MQ_FIQA_UP_QUEUE",
}
OLD_ONLY = {
    "HISTORY_EVENT_NEED_REG_PIC": True,
    "HISTORY_EVENT_NEED_SPOT_PIC": True,
    "HISTORY_EVENT_NEED_RECOGNIZE_FACE": True,
    "HISTORY_UPLOAD_NEED_INFO": False,
    "IR_COLLECTION": False,
    "HISTORY_CONTENT_TYPE": "json",
    "THRESHOLD_RANGE": "0.0,82.0,100.0",
    "FIRST_SCORE_FUNC_A": 149.0909,
    "FIRST_SCORE_FUNC_B": 0.0,
    "SECOND_SCORE_FUNC_A": 40.0,
    "SECOND_SCORE_FUNC_B": 60.0,
}


def other(name):
    """A value of ``name`` that is not its default."""
    default = TABLE[name]
    if name in OTHER:
        return OTHER[name]
    if isinstance(default, bool):
        return not default
    if isinstance(default, str):
        return "01:00:00,02:00:00" if default == DAY else "text"
    return default + 1


@pytest.fixture
def box(tmp_path):
    box = Box(tmp_path / "store.sqlite")
    yield box
    box.close()


def same(found, wanted):
    """Equal, and of one JSON type: 82.0 is no 82, false no 0."""
    return found == wanted and type(found) is type(wanted)


def test_all_keys_come_flat_with_their_defaults(box):
    """No more and no fewer than the table has, each of the table's type."""
    found = box.get()
    assert list(found) != []
    assert set(found) == set(TABLE)
    assert {name: value for name, value in found.items() if not same(value, TABLE[name])} == {}


@pytest.mark.parametrize("name", TABLE)
def test_one_key_comes_alone(box, name):
    """``config_name`` asks for it."""
    assert box.ask("POST", "/sophon/v2/face/getconfigs", json={"config_name": name}) == (200, {name: TABLE[name]})


@pytest.mark.parametrize("name", [name for name in TABLE if name not in READ_ONLY])
def test_a_key_is_set_and_told_afterwards(box, name):
    """The answer is flat with the new value; a secret is told as three stars."""
    value = "***" if name in SECRET else other(name)
    status, said = box.set(**{name: other(name)})
    assert status == 200
    assert set(said) == {name}
    assert same(said[name], value)
    assert same(box.get(name), value)


@pytest.mark.parametrize("name", [name for name in TABLE if name not in READ_ONLY])
def test_a_key_is_set_by_a_text(box, name):
    """The table calls every value a string; it is read by the key's type."""
    value = other(name)
    text = value if isinstance(value, str) else str(value).replace("'", '"')
    assert box.set(**{name: text})[0] == 200
    assert same(box.get(name), "***" if name in SECRET else value)


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_is_read_only_is_not_set(box, name):
    """The call fails and names it; the value that it has anyway is no change."""
    another = "docker" if isinstance(TABLE[name], str) else [1]
    status, said = box.set(**{name: another})
    assert (status, said["error"]["code"]) == (400, "CONFIG_ITEM_FAIL")
    assert said["error"]["message"] == f"{name}: cannot be set to another value"
    assert box.set(**{name: TABLE[name]})[0] == 200


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_an_old_name_is_an_alias_both_ways(box, old, new):
    """What one generation sets the other sees, under either name."""
    if new in READ_ONLY:
        assert box.ask("GET", f"{OLD}/{old}") == (200, {"data": {old: TABLE[new]}})
        return
    value = "***" if new in SECRET else other(new)
    assert box.set_old(**{old: other(new)}) == {"success_configs": [old], "failed_configs": []}
    assert box.get(new) == value
    assert box.get(old) == value
    assert box.set(**{new: "***" if new in SECRET else TABLE[new]})[0] == 200
    assert box.ask("GET", f"{OLD}/{old}") == (200, {"data": {old: value if new in SECRET else TABLE[new]}})


def test_the_old_call_tells_everything_under_old_names(box):
    """With the switches that have no newer name."""
    status, said = box.ask("GET", OLD)
    assert status == 200
    renamed = {old: TABLE[new] for old, new in RENAMED.items()}
    same_name = {name: value for name, value in TABLE.items() if name not in RENAMED.values()}
    login = {"LOGIN_STATUS": {"code": 0, "message": "success", "chinese_message": ""}}
    del same_name["MQ_LOGIN_STATUS"]
    assert said["data"] == {**renamed, **same_name, **OLD_ONLY, **login}


def test_c9_the_period_of_history_is_5_s_and_at_least_1(box):
    """As the newest firmware and its sample have it, not 20."""
    assert box.get("HISTORY_REPORT_PEROID") == 5
    assert box.set(HISTORY_REPORT_PEROID=1)[0] == 200
    status, said = box.set(HISTORY_REPORT_PEROID=0)
    assert status == 400
    assert "HISTORY_REPORT_PEROID: must be a whole number from 1" in said["error"]["message"]


@pytest.mark.parametrize("url", ["/HistoryEvent", "HistoryEvent", "//host/HistoryEvent"])
def test_c20_a_relative_address_is_refused(box, url):
    """There is no login whose address could be its base."""
    assert box.set(HISTORY_EVENT_UPLOAD_URL=url)[1]["error"]["code"] == "CONFIG_ITEM_FAIL"
    body = {"monitor_server_url": url, "content-type": "json", "reported_peroid": 5}
    assert box.ask("POST", FOG + "MonitorServerUrl", json=body)[0] == 400


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("EVENT_IMAGE_PATH", "GATE_EVENT_IMAGE_PATH"),
        ("WEB_HEART_URL", "MEDIA_DEVICE_MONITOR_URL"),
        ("WEB_HEART_TIME", "MEDIA_DEVICE_MONITOR_REPORT_PEROID"),
        ("HISTORY_REPORT_PERIOD", "HISTORY_REPORT_PEROID"),
        ("REPORTED_PERIOD", "HISTORY_REPORT_PEROID"),
        ("MEDIA_DEVICE_MONITOR_REPORT_PERIOD", "MEDIA_DEVICE_MONITOR_REPORT_PEROID"),
        ("EVENTOPLAD_URL", "HISTORY_EVENT_UPLOAD_URL"),
    ],
)
def test_c29_other_spellings_mean_the_same(box, spelling, name):
    """Set by one and told under it, and under the name of the table."""
    assert box.set(**{spelling: OTHER[name]}) == (200, {spelling: OTHER[name]})
    assert box.get(name) == box.get(spelling) == OTHER[name]


def test_c30_the_stranger_library_is_off(box):
    """By default; a page of the cloud docking calls it on."""
    assert box.get("GATE_SUPPORT_STRANGER_GROUP") is False


@pytest.mark.parametrize("spelling", ["HISROTY_EVENT_NEED_REG_PIC", "HISTORY_EVENT_NEED_REG_PIC"])
def test_c31_misspelt_keys_are_taken(box, spelling):
    """And told under the right spelling."""
    assert box.set_old(**{spelling: False})["success_configs"] == [spelling]
    assert box.ask("GET", f"{OLD}/HISTORY_EVENT_NEED_REG_PIC")[1]["data"] == {"HISTORY_EVENT_NEED_REG_PIC": False}
